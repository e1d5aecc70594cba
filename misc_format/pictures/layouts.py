"""Pillow's modes: what becomes of a picture in each. A mode that is not here is refused by its name."""

from __future__ import annotations

from typing import Final, NamedTuple

NOTE_ALPHA: Final = "The picture has transparent parts; they were laid over white."
NOTE_CMYK: Final = "The picture is in CMYK inks; it was converted to RGB without a colour profile."
NOTE_LAB: Final = "The picture is in CIELAB; it was converted to RGB."
NOTE_16_BIT: Final = "The picture has 16 bits per sample; it was reduced to 8 bits."


class Mode(NamedTuple):
    """What becomes of a mode of Pillow.

    `steps`: the modes through which Pillow converts it; the last one is "L", "RGB" or "CMYK", or one of them with an alpha channel.
    `wide`: samples of more than 8 bits, which `conversion` narrows; the picture is grey. `note`: for the user.
    """

    meaning: str
    steps: tuple[str, ...] = ()
    wide: bool = False
    note: str | None = None


MODES: Final = {
    "1": Mode("black and white", ("L",)),
    "L": Mode("grey"),
    "LA": Mode("grey with alpha"),
    "La": Mode("grey multiplied by alpha", ("LA",)),
    "P": Mode("palette", ("RGBA",)),
    "PA": Mode("palette with alpha", ("RGBA",)),
    "RGB": Mode("RGB"),
    "RGBA": Mode("RGB with alpha"),
    "RGBa": Mode("RGB multiplied by alpha", ("RGBA",)),
    "RGBX": Mode("RGB and one unused channel", ("RGB",)),
    "CMYK": Mode("inks", ("CMYK",)),
    "YCbCr": Mode("YCbCr", ("RGB",)),
    "HSV": Mode("hue, saturation, value", ("RGB",)),
    "LAB": Mode("CIELAB", ("RGB",), note=NOTE_LAB),
    "I": Mode("grey, 32-bit integers", wide=True),
    "F": Mode("grey, 32-bit floating-point", wide=True),
    "I;16": Mode("grey, 16 bits", wide=True),
    "I;16L": Mode("grey, 16 bits, little-endian", wide=True),
    "I;16B": Mode("grey, 16 bits, big-endian", wide=True),
    "I;16N": Mode("grey, 16 bits, of the machine", wide=True),
}
