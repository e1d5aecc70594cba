"""Reports over many files: find them, count them, keep the counts on disk, and print, export and draw what they say."""

from __future__ import annotations

from typing import Final

TOTAL: Final = "file"  # the path of the whole file among its parts
