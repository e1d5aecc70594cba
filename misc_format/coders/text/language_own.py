"""Text under the user's language model, which the payload names by its digest (clause 6.10)."""

from __future__ import annotations

from contextlib import suppress

from misc_format.coders import Coder, Opened, Outside
from misc_format.coders.text import languagecoding
from misc_format.coders.text.form import RULE_FAMILY, TEXT
from misc_format.coders.text.languagemodel import known
from misc_format.components import Size, Text
from misc_format.errors import MiscError
from misc_format.structure.bits import BitReader, BitWriter, Share
from misc_format.structure.grammar import Field, Syntax, build, parse
from misc_format.system import usermodel

OWN_MODEL = Syntax(
    "own_model",
    "6.10",
    "Language model of the user's",
    (Field("model_digest", "u", 8 * known.DIGEST_BYTES, "the first bytes of the SHA-256 of the model's file"),),
)


def encode(content: Text, picture: Size) -> bytes:
    model = _users_model()
    [encoder] = languagecoding.encoders([content], model)
    return _header_bytes(model) + encoder.codeword()


def decode(reader: BitReader, picture: Size) -> Text:
    return languagecoding.decode([reader], _named_model(reader))[0]


def split_bits(content: Text, picture: Size) -> list[Share]:
    return languagecoding.split_bits(content, _users_model())


def open_payload(reader: BitReader, picture: Size) -> Opened:
    model = _named_model(reader)
    [opened] = languagecoding.open_each([reader], model)
    if isinstance(opened, MiscError):
        raise opened
    return opened._replace(payload=lambda: _header_bytes(model) + opened.payload())


def _header_bytes(model: known.Language) -> bytes:
    """The fields before the codeword."""
    writer = BitWriter()
    build(OWN_MODEL, writer, {"model_digest": int.from_bytes(model.digest, "big")})
    return writer.to_bytes()


def _named_model(reader: BitReader) -> known.Language:
    """The model that the payload names; raises `MiscError` if the user's model is another one, or there is none."""
    digest = _digest(reader)
    model = known.own()
    if model is None or model.digest != digest:
        reader.fail("MISC-TXT-007", f"there is no model with the digest {digest.hex()}", path="text/model_digest")
    return model


def _users_model() -> known.Language:
    model = known.own()
    if model is None:
        raise MiscError("MISC-TXT-007", "there is no language model of the user's", path="text/model_digest")
    return model


def _digest(reader: BitReader) -> bytes:
    digest: int = parse(OWN_MODEL, reader, prefix="text/")["model_digest"]
    return digest.to_bytes(known.DIGEST_BYTES, "big")


def _outside(reader: BitReader, picture: Size) -> list[Outside]:
    digest, path, size = _digest(reader), usermodel.path(), None
    with suppress(OSError):  # nothing is decoded here, so that a model which cannot be read leaves its size unknown
        if path is not None and usermodel.digest(path).startswith(digest):
            size = len(usermodel.read(path))
    return [Outside("language model", digest.hex(), size)]


CODER = Coder(
    TEXT, encode, decode, split_bits, {"text/": OWN_MODEL},
    rule_families=(RULE_FAMILY, "ENT"), clauses=("6.4",), open_payload=open_payload, outside=_outside,
)  # fmt: skip
