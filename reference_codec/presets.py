"""Presets: what `encode` puts into a bitstream of each profile, unless the user chooses otherwise.

A profile says what is allowed; a preset says what is done. What the papers leave open is chosen here.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from misc_format.profiles import PICTURE


class Preset(NamedTuple):
    """What a bitstream carries.

    - `text`: whether there is a text.
    - `items`: how many regions are named and mapped.
    - `map_side`: columns and rows of their maps, or PICTURE for maps of the picture's size.
    - `block`: of a grid, pixels on a side of a cell; None for no image.
    - `image_bpp`: bits per pixel of learned latents; None for a grid.
    - `depth`: of a grid, bits per sample.
    """

    text: bool
    items: int
    map_side: int | str
    block: int | None
    image_bpp: float | None = None
    depth: int = 6


# The rates of the images are the papers': MISC's 0.0225 and 0.0375 bpp less 0.0061 for everything else, SEDIC's reference image on Kodak,
# and for CMC-Bench a thousandth of 24 bits, less the text.
PRESETS: Final = {
    "free": Preset(True, 3, 8, 32, 0.0164),
    "misc-1": Preset(True, 3, 8, 32, 0.0164),
    "misc-2": Preset(True, 3, 8, 24, 0.0314),
    "misc-3": Preset(True, 0, 8, 24, 0.036),
    "sedic": Preset(True, 3, PICTURE, 32, 0.0181),
    "cmc-text": Preset(True, 0, 8, None),
    "cmc-pixel": Preset(True, 0, 8, 64),
    "cmc-image": Preset(False, 0, 8, 24, 0.022),
    "cmc-full": Preset(True, 0, 8, 24, 0.018),
}
