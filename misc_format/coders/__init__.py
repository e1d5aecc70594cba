"""Coders: one module for each method, all with the same interface.

A coder turns the content of one component into a payload and back. It does no input or output, keeps no state between calls, and computes
everything from bytes to symbols in integers. A new method is a module that ends in a `CODER`, and a row in `misc_format.registry.METHODS`.

Modules that are slow to import are imported inside the functions that need them, so that all coders can be listed quickly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, NamedTuple

from misc_format.coders.folderform import ContentType, FolderForm
from misc_format.components import Content, Opaque, Samples, Size
from misc_format.errors import MiscError
from misc_format.registry import METHODS, Method
from misc_format.structure.bits import BitReader, Share
from misc_format.structure.grammar import Syntax
from misc_format.structure.steps import CODEWORD, Step, fields

if TYPE_CHECKING:  # numba takes a while to import
    from misc_format.entropy.stepcoder import Decoder, Encoder


class Opened(NamedTuple):
    """An opened payload: its content, and functions for its canonical payload and its shares.

    They return what `encode` and `split_bits` return for the content, and may take less time.
    """

    content: Any
    payload: Callable[[], bytes]
    shares: Callable[[], Sequence[Share]]


def opened(
    content: Any,
    decoder: Decoder,
    header: Callable[[], bytes],
    encoded: Callable[[], Encoder],
    *,
    counts_information: bool = True,
) -> Opened:
    """An opened payload that ends in a range codeword, of content that has only one way to be encoded.

    `decoder` has decoded the codeword. `header` gives the canonical bytes before it, and raises the errors of `encode`. `encoded` encodes
    the content, which is needed if the codeword is not canonical, or for shares if the decoder has not counted the information content.
    """

    def payload() -> bytes:
        return header() + (decoder.data if decoder.is_canonical else encoded().codeword())

    def shares() -> list[Share]:
        return decoder.shares() if counts_information and decoder.is_canonical else encoded().shares()

    return Opened(content, payload, shares)


class Outside(NamedTuple):
    """Something that a decoder needs and that no file carries: a model, a table, a file of settings.

    `what`: its kind in words. `name`: a registered name or number, or the digest of its file. `size`: bytes of its file; None if not known.
    """

    what: str
    name: str
    size: int | None = None


@dataclass(frozen=True, eq=False)
class ContentForm(Generic[ContentType]):
    """What all methods of one class of content have in common.

    `folder`: the content as plain files; None for an opaque payload, which is one file.
    `symbols`: the content as the conformance suite shows it, in JSON.
    `arrays`: the arrays that the suite keeps as files, by file name: a picture for `.png`, arrays by name for `.npz`.
    """

    content: type[ContentType]
    folder: FolderForm[ContentType] | None
    symbols: Callable[[ContentType], Any]
    arrays: Callable[[ContentType], dict[str, Any]] = lambda content: {}


@dataclass(frozen=True, eq=False)
class Coder(Generic[ContentType]):
    """A coding method. `Size` is the size of the original picture, from the header.

    `encode`: the canonical payload of a content. Raises `MiscError` if the content breaks a rule or a limit.
    `decode`: the content of a payload, the reader's window. Raises `MiscError` for anything that is not a payload. The declared fields
    become leaves of the reader; the codeword does not.
    `split_bits`: the shares of the codeword of a content. They add up to its length in bits, padding included.
    `syntaxes`: the method's syntax tables, by the prefix of their fields' paths, longer prefixes first.
    `steps`: the way through a payload for a reader that has no model. None: the declared fields, then a codeword that is opaque to it.
    `rule_families`: the letters of the rules that its payloads can break, such as TXT in MISC-TXT-001.
    `clauses`: the clauses of other methods whose rules it keeps as well.
    `open_payload`: decodes as `decode` does, and keeps what encoding and splitting need again. None if that saves nothing.
    `open_many`: `open_payload` for many payloads at once. Each result is an opened payload, or the error of that payload.
    `outside`: what a decoder needs beside a payload, from its declared fields alone; raises `MiscError` as `decode` does. None: nothing.
    `paint`: the samples of a content at the picture's size, if integers are enough to compute them.
    """

    form: ContentForm[ContentType]
    encode: Callable[[ContentType, Size], bytes]
    decode: Callable[[BitReader, Size], ContentType]
    split_bits: Callable[[ContentType, Size], list[Share]]
    syntaxes: Mapping[str, Syntax] = field(default_factory=dict)
    rule_families: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    open_payload: Callable[[BitReader, Size], Opened] | None = None
    open_many: Callable[[Sequence[BitReader]], list[Opened | MiscError]] | None = None
    outside: Callable[[BitReader, Size], Sequence[Outside]] | None = None
    paint: Callable[[ContentType, Size], Samples] | None = None
    steps: Sequence[Step] | None = None

    def steps_of(self, kind: str) -> Sequence[Step]:
        """The steps through a payload of this kind of component."""
        if self.steps is not None:
            return self.steps
        return [*(fields(table) for prefix, table in self.syntaxes.items() if prefix == f"{kind}/"), CODEWORD]

    def open(self, reader: BitReader, picture: Size) -> Opened:
        """Open a payload; raises `MiscError` as `decode` does."""
        if self.open_payload is not None:
            return self.open_payload(reader, picture)
        content = self.decode(reader, picture)
        return Opened(content, partial(self.encode, content, picture), partial(self.split_bits, content, picture))


@cache
def coder(method: Method) -> Coder[Any]:
    """The coder of a method. Its module is imported at the first call, so that nobody waits for a coder that is not used."""
    module = import_module(method.module, __name__)
    instance: object = module.CODER
    if not isinstance(instance, Coder):
        raise TypeError(f"{method.module} does not end in a CODER")
    return instance


def methods_for(kind: str, content: Content) -> list[Method]:
    """The methods for this kind of component that code content of this class, in the order of the registry."""
    return [row for row in METHODS.of_kind(kind) if coder(row).form.content is type(content)]


def forms_of(kind: str) -> list[ContentForm[Any]]:
    """The forms of content that a kind of component can have, in the order of the registry, without opaque payloads."""
    forms = (coder(row).form for row in METHODS.of_kind(kind))
    return list(dict.fromkeys(form for form in forms if form.content is not Opaque))


def form_of(kind: str, content: Content) -> ContentForm[Any]:
    """The form of a content of this kind of component."""
    return coder(methods_for(kind, content)[0]).form
