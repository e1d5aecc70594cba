"""Pictures of people: opened, converted to 8-bit sRGB samples, and read as masks. Every conversion becomes a note for the user.

No other module of this project opens a picture: `opening.opened` does, and `load` and `from_bytes` on top of it.
"""

from __future__ import annotations

from misc_format.pictures.conversion import Picture
from misc_format.pictures.reading import from_bytes, from_image, icc_of, in_srgb, load

__all__ = ["Picture", "from_bytes", "from_image", "icc_of", "in_srgb", "load"]
