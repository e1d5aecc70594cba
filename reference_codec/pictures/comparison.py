"""A before-and-after picture: the original and the decoded one beside each other, captioned.

Rule 1.  For looking at, not for measuring: very small pictures are enlarged and very large ones reduced.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont, features

from misc_format.components import Samples
from reference_codec.pictures.samples import rgb, shrink

_LONGEST: Final = 1024  # pixels: two of them fit beside each other on a common screen
_SHORT: Final = 256  # pixels: below this long side a picture is enlarged, so that single pixels can be seen
_THINNEST: Final = 16  # pixels: a thinner strip is widened, or nothing of it would be seen
_GAP: Final = 8
_BAR: Final = 22
_CAPTION_WIDTH: Final = 96  # pixels: room for a short caption above a narrow picture
_BACKGROUND: Final = (32, 32, 32)
_INK: Final = (235, 235, 235)


def side_by_side(left: Samples, right: Samples, labels: tuple[str, str] = ("original", "decoded")) -> Samples:
    """Both pictures beside each other under a slim bar with their captions, as one uint8 (H, W, 3) picture.

    Each keeps its own size, except that a long side over 1024 px is scaled down to that, a long side below 256 px is
    scaled up by a whole factor (nearest neighbour), and a strip thinner than 16 px is widened to 16.  Captions that do
    not fit are cut.  Raises ValueError as `rgb` does.
    """
    panels = [_panel(picture, label) for picture, label in zip((left, right), labels, strict=True)]
    height = max(panel.height for panel in panels)
    sheet = Image.new("RGB", (sum(panel.width for panel in panels) + _GAP, height), _BACKGROUND)
    sheet.paste(panels[0], (0, 0))
    sheet.paste(panels[1], (panels[0].width + _GAP, 0))
    return np.asarray(sheet)


def _panel(samples: Samples, label: str) -> Image.Image:
    picture = Image.fromarray(_visible(rgb(samples)))
    panel = Image.new("RGB", (max(picture.width, _CAPTION_WIDTH), picture.height + _BAR), _BACKGROUND)
    panel.paste(picture, (0, _BAR))
    font = _font()
    draw = ImageDraw.Draw(panel)
    draw.text((4, 3), _fitted(label, panel.width - 8, draw, font), fill=_INK, font=font)
    return panel


def _visible(samples: Samples) -> Samples:
    """`samples` at a size that can be looked at; see `side_by_side` for the three rules."""
    longest = max(samples.shape[:2])
    if longest < _SHORT:
        factor = -(-_SHORT // longest)
        samples = samples.repeat(factor, axis=0).repeat(factor, axis=1)
    samples = shrink(samples, _LONGEST)
    for axis in (0, 1):
        if samples.shape[axis] < _THINNEST:
            samples = samples.repeat(-(-_THINNEST // samples.shape[axis]), axis=axis)
    return samples


def _font() -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """Pillow's built-in font; its scalable form where Pillow was built with FreeType."""
    return ImageFont.load_default(size=14) if features.check("freetype2") else ImageFont.load_default()


def _fitted(
    label: str, width: int, draw: ImageDraw.ImageDraw, font: ImageFont.ImageFont | ImageFont.FreeTypeFont
) -> str:
    """`label` on one line (ASCII, as the bitmap font knows no more), cut with "..." where it is wider than `width`."""
    text = " ".join(label.split()).encode("ascii", "replace").decode("ascii")
    if draw.textlength(text, font=font) <= width:
        return text
    while text and draw.textlength(text + "...", font=font) > width:
        text = text[:-1]
    return text + "..."
