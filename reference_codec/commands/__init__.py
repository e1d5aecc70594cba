"""`misc encode` and `misc decode`. `encode_options` and `decode_options` declare their options, which other commands take, too."""

from __future__ import annotations

from reference_codec.commands.decoding import decode
from reference_codec.commands.encoding import encode

__all__ = ["decode", "encode"]
