"""The language models that a program has: the shipped ones, and one that its user brings (clause 6.10)."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from misc_format.coders.text.languagemodel.distribution import Distribution
from misc_format.coders.text.languagemodel.model import Model
from misc_format.coders.text.languagemodel.network import Network
from misc_format.coders.text.languagemodel.pieces import Pieces
from misc_format.system import usermodel
from misc_format.tables import TableError, load_bytes

DIGEST_BYTES = 8
VARIABLE = usermodel.VARIABLE


class Language(NamedTuple):
    """What a text method needs of a model; `digest` is the beginning of its file's SHA-256."""

    digest: bytes
    pieces: Pieces
    network: Network
    distribution: Distribution


@cache
def shipped(name: str) -> Language:
    """The shipped model of this file name; `TableError` if the file is missing or altered."""
    return from_bytes(load_bytes(name))


def own() -> Language | None:
    """The user's model, from the file that MISC_LANGUAGE_MODEL names; `OSError` or `TableError` if it cannot be read or is none.

    There is one at a time, so that a content and a method still give one payload.
    """
    path = usermodel.path()
    return _read(path) if path else None


@cache
def _read(path: str) -> Language:
    data = usermodel.read(path)
    try:
        return from_bytes(data)
    except TableError as error:
        raise TableError(f"{path}: {error}") from None


def from_bytes(data: bytes) -> Language:
    """The model of a file's bytes, ready to code; `TableError` if it is none."""
    model = Model.parse(data)
    return Language(bytes.fromhex(model.digest)[:DIGEST_BYTES], model.pieces, Network(model), Distribution(model))
