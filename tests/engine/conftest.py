"""The module `poison` is found by name, here and in the processes that are started from here."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
