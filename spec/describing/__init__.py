"""The descriptions of a file for other programs, made of the format as data (`misc spec --json`) and of nothing else.

`kaitai` makes one for Kaitai Struct, `imhex` one for ImHex, and `constructs` one for the Python package construct. Each has the header,
the frames and the declared fields; what needs a model is bytes to them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from describing import constructs, imhex, kaitai

# The makers by the name of the file that they make.
DESCRIPTIONS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "misc_bitstream.ksy": kaitai.description,
    "misc_bitstream.hexpat": imhex.description,
    "misc_bitstream_construct.py": constructs.description,
}
