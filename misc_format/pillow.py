"""A plugin with which Pillow opens `.misc` files. Import it once, then use `Image.open`.

import misc_format.pillow
from PIL import Image
picture = Image.open("photo.misc")   # gives picture.size and picture.info, and decodes no payload
picture.load()                       # decodes the file and paints the pixels
"""

from __future__ import annotations

from typing import IO, Any

from PIL import Image, ImageFile

from misc_format import painting
from misc_format.accounting import account
from misc_format.document import Document
from misc_format.errors import MiscError
from misc_format.pictures import icc_of
from misc_format.structure.container import SIGNATURE

FORMAT, EXTENSION, MIME = "MISC", ".misc", "image/x-misc"
PREFIX = SIGNATURE.to_bytes(3, "big")


class MiscImageFile(ImageFile.ImageFile):
    """A bitstream as a picture. `info`: profile, bpp, methods, and the bits of each component; `icc_profile` if the file has one, once it
    is loaded.

    Opening raises `OSError` if the structure of the file is broken. Loading raises `OSError` if the content cannot be decoded or painted.
    Both messages name the rule.
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
        components = ((component.kind, component.method) for component in self._document.components)
        methods = {kind: method.name for kind, method in components if method is not None}
        bits = {part.path: part.bits for part in counted.components}
        self.info = {"profile": structure.profile, "bpp": counted.bpp, "methods": methods, "bits": bits}

    def load(self) -> Any:
        """Decode and paint the pixels, once. Raises `OSError` if the file cannot be decoded or painted."""
        if self._document is not None:
            try:
                stream = self._document.stream()
                samples, _ = painting.paint(stream, self.width * self.height)
            except (MiscError, LookupError, ImportError) as error:  # ImportError: the painter needs an extra
                raise OSError(str(error)) from error
            if (icc := icc_of(stream)) is not None:
                self.info["icc_profile"] = icc
            self.im = Image.fromarray(samples).convert(self.mode).im
            self._document = None
            if self.fp is not None and self._exclusive_fp:
                self.fp.close()
            self.fp = None
        return super().load()


def accept(prefix: bytes) -> bool:
    """Whether the first bytes of a file are the signature (clause 4.2)."""
    return prefix.startswith(PREFIX)


Image.register_open(FORMAT, MiscImageFile, accept)
Image.register_extension(FORMAT, EXTENSION)
Image.register_mime(FORMAT, MIME)
