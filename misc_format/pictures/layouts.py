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


class Layout(NamedTuple):
    """A kind of samples that people have, and what becomes of it: a row of the table in docs/pictures.md."""

    key: str
    files: str
    samples: str
    result: str


#: Each row has a test under its key in tests/misc_format/test_picture_layouts.py.
LAYOUTS: Final = (
    Layout("bilevel", "PNG, TIFF, PBM, GIF", "black and white", "grey"),
    Layout("grey", "PNG, TIFF", "grey, 2, 4 and 8 bits", "grey"),
    Layout("grey-16", "PNG, TIFF, PGM", "grey, 12 and 16 bits", "grey, with a note"),
    Layout("grey-value", "PNG", "grey with a transparent value, 1 to 16 bits", "grey over white, with a note"),
    Layout("grey-alpha", "PNG, TIFF", "grey with alpha, 8 bits; of PNG also 16", "grey over white, with a note"),
    Layout("rgb", "all", "RGB, 8 bits", "RGB"),
    Layout("rgb-16", "PNG, TIFF, PPM", "RGB, 16 bits", "RGB, with a note"),
    Layout("rgb-value", "PNG", "RGB with a transparent colour, 8 and 16 bits", "RGB over white, with a note"),
    Layout(
        "rgb-alpha",
        "PNG, TIFF, WebP, AVIF",
        "RGB with alpha, 8 and 16 bits, multiplied or not",
        "RGB over white, with a note",
    ),
    Layout("palette", "PNG, TIFF, GIF, BMP", "palette, 1 to 8 bits", "RGB"),
    Layout("palette-alpha", "PNG, GIF", "palette with transparent entries", "RGB over white, with a note"),
    Layout("white-is-zero", "TIFF", "grey where white is zero, 1 to 32 bits, floating-point", "grey, not a negative"),
    Layout(
        "signed", "TIFF", "grey, signed integers of 8, 16 and 32 bits", "grey by the range of the values, with a note"
    ),
    Layout("unsigned-32", "TIFF", "grey, unsigned integers of 32 bits", "grey by the range of the values, with a note"),
    Layout("float", "TIFF, PFM", "grey, floating-point of 32 bits", "grey by the range of the values, with a note"),
    Layout("cmyk", "JPEG, TIFF", "CMYK and YCCK inks", "RGB by the ICC profile, or without one, with a note"),
    Layout("ycbcr", "JPEG, TIFF", "YCbCr", "RGB"),
    Layout("lab", "TIFF", "CIELAB", "RGB, with a note"),
    Layout("frames", "GIF, PNG, WebP, TIFF, JPEG", "several pictures", "the first one, with a note"),
    Layout(
        "other-tiff", "TIFF", "floating-point of 16 and 64 bits, colours of 32 bits, 64-bit integers", "refused by name"
    ),
    Layout("other-jpeg", "JPEG", "12 bits per sample, lossless", "refused by name"),
    Layout("camera-raw", "DNG, NEF, ARW, CR2", "samples of a sensor", "refused by name"),
)


def table() -> str:
    """The table of LAYOUTS in Markdown."""
    rows = [f"| {row.files} | {row.samples} | {row.result} |" for row in LAYOUTS]
    return "\n".join(("| files | samples | what becomes of them |", "|---|---|---|", *rows))
