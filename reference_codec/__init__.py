"""Reference encoder and decoder: picture to bitstream and back.

data = reference_codec.encode("photo.jpg", profile="misc-1")
picture = reference_codec.decode(data)
"""

from __future__ import annotations

from reference_codec.decoder import decode
from reference_codec.encoder import encode

__all__ = ["decode", "encode"]
