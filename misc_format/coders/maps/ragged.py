"""Maps as in method context, but for large ones, which are under the network for masks that follow pixels (clause 7.5)."""

from __future__ import annotations

from misc_format.coders.maps.context import context_coder

CODER = context_coder("ragged")
