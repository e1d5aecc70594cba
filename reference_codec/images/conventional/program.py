"""A program that decodes JPEG XL or JPEG 2000: a codestream on standard input, a PPM or PGM picture on standard output.

Its argument is Pillow's name of the format, a key of `PLUGINS`.
"""

from __future__ import annotations

import importlib
import io
import sys
from typing import Final

import numpy as np
from PIL import Image

from misc_format.pictures.faults import UnreadableError
from misc_format.pictures.opening import opened

#: The module that registers a format with Pillow; none for a format that Pillow has itself.
PLUGINS: Final = {"JXL": "pillow_jxl", "JPEG2000": ""}


def main(kind: str) -> int:
    """Decode a picture. Returns 1, after a sentence on standard error, if it cannot be decoded."""
    if PLUGINS[kind]:
        importlib.import_module(PLUGINS[kind])
    try:
        with opened(sys.stdin.buffer.read(), (kind,)) as picture:
            picture.load()
            image = _in_8_bits(picture.image)
    except (UnreadableError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    stream = io.BytesIO()
    image.save(stream, "PPM")
    sys.stdout.buffer.write(stream.getvalue())
    return 0


def _in_8_bits(image: Image.Image) -> Image.Image:
    """The picture in mode L or RGB. Pillow gives grey samples of more than 8 bits as 16 bits, which its own conversion would clip."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    return image.convert("L" if image.mode == "L" else "RGB")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
