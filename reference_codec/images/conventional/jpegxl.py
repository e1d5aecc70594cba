"""A program that decodes JPEG XL: a codestream on standard input, a PPM or PGM picture on standard output."""

from __future__ import annotations

import io
import sys

import pillow_jxl  # noqa: F401  registers itself with Pillow
from PIL import Image

from misc_format.pictures.faults import UnreadableError
from misc_format.pictures.opening import opened


def main() -> int:
    """Decode a picture. Returns 1, after a sentence on standard error, if it cannot be decoded."""
    try:
        with opened(sys.stdin.buffer.read(), ("JXL",)) as picture:
            picture.load()
            image: Image.Image = picture.image.convert("L" if picture.image.mode == "L" else "RGB")
    except (UnreadableError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    stream = io.BytesIO()
    image.save(stream, "PPM")
    sys.stdout.buffer.write(stream.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(main())
