"""Coders: one module for each method, one contract for all.

A coder turns the content of one component into a payload and back. It does no input or output, keeps no state between calls, and does
everything from bytes to symbols in integers. A new method is a module that ends in a `CODER`, and a row in `misc_format.registry.METHODS`.

What takes a while to import is imported where a coder needs it, so that the contract of every method can be read at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from typing import Any, Generic, NamedTuple

from misc_format.coders.folderform import ContentType, FolderForm
from misc_format.components import Content, Opaque, Samples, Size
from misc_format.errors import MiscError
from misc_format.registry import METHODS, Method
from misc_format.structure.bits import BitReader, Share
from misc_format.structure.grammar import Syntax


class Opened(NamedTuple):
    """A payload decoded: its content, and calls for the payload that `encode` gives for it and the shares that `split_bits` does."""

    content: Any
    payload: Callable[[], bytes]
    shares: Callable[[], Sequence[Share]]


@dataclass(frozen=True, eq=False)
class ContentForm(Generic[ContentType]):
    """What the methods of one class of content share.

    `folder`: its plain files; None: an opaque payload, one file. `symbols`: what the conformance suite shows of it, as JSON.
    `arrays`: arrays that the suite keeps as files, by the end of their names: a picture for `.png`, several by name for `.npz`.
    """

    content: type[ContentType]
    folder: FolderForm[ContentType] | None
    symbols: Callable[[ContentType], Any]
    arrays: Callable[[ContentType], dict[str, Any]] = lambda content: {}


@dataclass(frozen=True, eq=False)
class Coder(Generic[ContentType]):
    """A coding method, described by itself. `picture` is the size of the original picture, from the header.

    `encode`: the canonical payload of content; `MiscError` if the content breaks a rule or a limit.
    `decode`: the content of the payload that is the reader's window; `MiscError` for anything that is not a payload. Fields that a
    syntax table declares are left in the reader's leaves. The codeword behind them is not: `split_bits` splits it.
    `split_bits`: the codeword of content, behind the declared fields, by field; adds up to its length in bits, padding included.
    `syntaxes`: its syntax tables by the prefix of their fields' paths, the longer prefix first.
    `rule_families`: the letters of the rules that its payloads can break, as in MISC-TXT-001. `clauses`: of methods whose rules it
    keeps, too.
    `open_payload`: decodes as `decode` does, and gives again what it computed on its way, most of what encoding and splitting take.
    `open_many`: the same for many payloads side by side; for each what is opened, or what is wrong with it.
    `paint`: the samples of content in the picture's size, where that takes integers alone.
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
    paint: Callable[[ContentType, Size], Samples] | None = None

    def open(self, reader: BitReader, picture: Size) -> Opened:
        """Decode a payload; raises what `decode` does."""
        if self.open_payload is not None:
            return self.open_payload(reader, picture)
        content = self.decode(reader, picture)
        return Opened(content, partial(self.encode, content, picture), partial(self.split_bits, content, picture))


@cache
def coder(method: Method) -> Coder[Any]:
    """The coder of a method; its module is imported at first use, so that nobody waits for a coder that they do not need."""
    module = import_module(method.module, __name__)
    found: object = module.CODER
    if not isinstance(found, Coder):
        raise TypeError(f"{method.module} does not end in a CODER")
    return found


def methods_for(kind: str, content: Content) -> list[Method]:
    """The methods of a kind of component that code content of this class."""
    return [row for row in METHODS.of_kind(kind) if coder(row).form.content is type(content)]


def forms_of(kind: str) -> list[ContentForm[Any]]:
    """The forms of content that a kind of component may have, in the order of the registry, opaque payloads left out."""
    forms = (coder(row).form for row in METHODS.of_kind(kind))
    return list(dict.fromkeys(form for form in forms if form.content is not Opaque))


def form_of(kind: str, content: Content) -> ContentForm[Any]:
    """The form of content."""
    return coder(methods_for(kind, content)[0]).form
