"""The language models that a program can use: the shipped ones, and one of the user (clause 6.10)."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from misc_format.coders.text.languagemodel import network
from misc_format.coders.text.languagemodel.model import Model
from misc_format.coders.text.languagemodel.pieces import Pieces
from misc_format.system import usermodel
from misc_format.tables import TableError, load_bytes

DIGEST_BYTES = 8
VARIABLE = usermodel.VARIABLE


class Language(NamedTuple):
    """A model ready for coding. `digest` is the first DIGEST_BYTES bytes of the SHA-256 of its file."""

    digest: bytes
    pieces: Pieces
    net: network.Net


@cache
def shipped(name: str) -> Language:
    """The shipped model of this file name; raises `TableError` if the file is missing or altered."""
    return from_bytes(load_bytes(name))


def own() -> Language | None:
    """The user's model, in the file that MISC_LANGUAGE_MODEL names; None if the variable is not set.

    Raises `OSError` if the file cannot be read, and `TableError` if it is not a model. There is only one at a time, so that a content has
    only one payload under a method.
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
    """The model in a file's bytes; raises `TableError` for anything else."""
    model = Model.parse(data)
    return Language(bytes.fromhex(model.digest)[:DIGEST_BYTES], model.pieces, network.network(model))
