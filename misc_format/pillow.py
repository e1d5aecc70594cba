"""Pillow opens `.misc` files once this is imported: size and what the file says of itself at once, pixels when they are asked for.

import misc_format.pillow
from PIL import Image
picture = Image.open("photo.misc")   # picture.size, picture.info: nothing is decoded
picture.load()                       # the reference decoder paints it
"""

from __future__ import annotations

from typing import IO, Any

from PIL import Image, ImageFile

from misc_format import painting
from misc_format.accounting import account
from misc_format.document import Document
from misc_format.errors import MiscError
from misc_format.structure.container import SIGNATURE

FORMAT, EXTENSION, MIME = "MISC", ".misc", "image/x-misc"
PREFIX = SIGNATURE.to_bytes(3, "big")


class MiscImageFile(ImageFile.ImageFile):
    """A bitstream as a picture. `info`: profile, bpp, methods, and the bits of each component.

    Opening a file of which the structure is broken, and loading one that cannot be decoded, raise `OSError` with the rule.
    """

    format = FORMAT
    format_description = "MISC bitstream"

    def _open(self) -> None:
        stream: IO[bytes] = self.fp  # type: ignore[assignment]
        self._document: Document | None = Document(stream.read())
        try:
            structure, counted = self._document.require(), account(self._document)
        except MiscError as error:
            raise OSError(str(error)) from error
        self._size = (structure.width, structure.height)
        self._mode = "RGB"
        named = ((part.kind, part.method) for part in self._document.components)
        methods = {kind: method.name for kind, method in named if method is not None}
        bits = {part.path: part.bits for part in counted.components}
        self.info = {"profile": structure.profile, "bpp": counted.bpp, "methods": methods, "bits": bits}

    def load(self) -> Any:
        """Paint the pixels; the first time alone."""
        if self._document is not None:
            try:
                samples, _ = painting.paint(self._document.stream(), self.width * self.height)
            except (MiscError, LookupError, ImportError) as error:  # the decoder may need an extra
                raise OSError(str(error)) from error
            self.im = Image.fromarray(samples).convert(self.mode).im
            self._document = None
            if self.fp is not None and self._exclusive_fp:
                self.fp.close()
            self.fp = None
        return super().load()


def accept(prefix: bytes) -> bool:
    """Whether a file begins like a bitstream."""
    return prefix.startswith(PREFIX)


Image.register_open(FORMAT, MiscImageFile, accept)
Image.register_extension(FORMAT, EXTENSION)
Image.register_mime(FORMAT, MIME)
