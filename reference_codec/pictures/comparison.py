"""A before-and-after picture: the original and the decoded picture side by side, with captions.

Rule 1.  It is for viewing, not for measuring: very small pictures are enlarged and very large ones reduced.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont, features

from misc_format.components import Samples
from reference_codec.pictures.samples import rgb, shrink

# All in pixels.
_MAX_LONG_SIDE: Final = 1024  # two such pictures fit side by side on a common screen
_MIN_LONG_SIDE: Final = 256  # smaller pictures are enlarged, so that single pixels can be seen
_MIN_SHORT_SIDE: Final = 16  # thinner strips are widened, so that they can be seen
_GAP: Final = 8
_BAR: Final = 22
_MIN_CAPTION_WIDTH: Final = 96  # room for a short caption above a narrow picture
_BACKGROUND: Final = (32, 32, 32)
_INK: Final = (235, 235, 235)


def side_by_side(left: Samples, right: Samples, labels: tuple[str, str] = ("original", "decoded")) -> Samples:
    """Both pictures side by side, each under a bar with its caption, as one picture, uint8 (H, W, 3).

    A picture keeps its size, with three exceptions: a long side above 1024 pixels is scaled down to 1024, a long side below 256 pixels is
    scaled up by a whole factor (nearest neighbour), and a strip thinner than 16 pixels is widened to 16. A caption that does not fit is
    cut. Raises ValueError as `rgb`.
    """
    panels = [_panel(picture, label) for picture, label in zip((left, right), labels, strict=True)]
    height = max(panel.height for panel in panels)
    sheet = Image.new("RGB", (sum(panel.width for panel in panels) + _GAP, height), _BACKGROUND)
    sheet.paste(panels[0], (0, 0))
    sheet.paste(panels[1], (panels[0].width + _GAP, 0))
    return np.asarray(sheet)


def _panel(samples: Samples, label: str) -> Image.Image:
    picture = Image.fromarray(_visible(rgb(samples)))
    panel = Image.new("RGB", (max(picture.width, _MIN_CAPTION_WIDTH), picture.height + _BAR), _BACKGROUND)
    panel.paste(picture, (0, _BAR))
    font = _font()
    draw = ImageDraw.Draw(panel)
    draw.text((4, 3), _fitted(label, panel.width - 8, draw, font), fill=_INK, font=font)
    return panel


def _visible(samples: Samples) -> Samples:
    """Samples in a size that can be viewed, by the three exceptions of `side_by_side`."""
    long_side = max(samples.shape[:2])
    if long_side < _MIN_LONG_SIDE:
        factor = -(-_MIN_LONG_SIDE // long_side)
        samples = samples.repeat(factor, axis=0).repeat(factor, axis=1)
    samples = shrink(samples, _MAX_LONG_SIDE)
    for axis in (0, 1):
        if samples.shape[axis] < _MIN_SHORT_SIDE:
            samples = samples.repeat(-(-_MIN_SHORT_SIDE // samples.shape[axis]), axis=axis)
    return samples


def _font() -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """Pillow's built-in font, in its scalable form if Pillow was built with FreeType."""
    return ImageFont.load_default(size=14) if features.check("freetype2") else ImageFont.load_default()


def _fitted(
    label: str, width: int, draw: ImageDraw.ImageDraw, font: ImageFont.ImageFont | ImageFont.FreeTypeFont
) -> str:
    """The label on one line, cut and ended by "..." if it is wider than `width` pixels. ASCII, for the bitmap font has no more."""
    text = " ".join(label.split()).encode("ascii", "replace").decode("ascii")
    if draw.textlength(text, font=font) <= width:
        return text
    while text and draw.textlength(text + "...", font=font) > width:
        text = text[:-1]
    return text + "..."
