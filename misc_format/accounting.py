"""Bit accounting (clause 17): every bit of a file belongs to one part, and the parts add up to eight times the file's bytes.

Without `deep`, no payload is decoded, and each payload is one part. With `deep`, payloads are decoded and split into one part per field.
The bits of a field in an arithmetic codeword are the difference of two coder positions. A part also has its information content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

from misc_format.components import Stream
from misc_format.document import Document, OpenedComponent, Source, core_of, opened, results_of
from misc_format.errors import MiscError
from misc_format.profiles import BudgetUse, budget_use
from misc_format.structure.bits import Leaf
from misc_format.structure.container import Structure

Status = Literal["verified", "self-declared", "not decoded"]


class Part(NamedTuple):
    """A part of a file.

    `kind`: the kind of its component, or "header", "framing" or "padding".
    `information_bits`: the information content; None for a payload that was not decoded or that is opaque.
    `status`: "verified" if the part was decoded and encoded again; "self-declared" if only its codec can decode it, so that its bits
    are what the encoder says; "not decoded" without `deep`.
    `component`: the path of its component or image part; empty if that is the first word of `path`.
    """

    path: str
    kind: str
    bits: int
    information_bits: float | None
    status: Status = "verified"
    component: str = ""

    @property
    def owner(self) -> str:
        """The path of its component or image part, or "header" or "framing"."""
        return self.component or self.path.partition("/")[0]


class Need(NamedTuple):
    """Something that a decoder needs and that the file does not carry. Its cost is outside the account.

    `path`: the component that needs it. `what`: its kind in words. `name`: a registered name, or the digest of its file. `size`: bytes of
    its file; None if not known.
    """

    path: str
    what: str
    name: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """The bits of one file.

    `width`, `height`: the size of the original picture, in pixels. `budget`: the use of the profile's limits; empty if nothing was decoded.
    `outside`: what a decoder needs beside the file. A count without decoding leaves out the needs of a component whose fields are at fault.
    """

    width: int
    height: int
    components: tuple[Part, ...]
    profile: str
    budget: tuple[BudgetUse, ...] = ()
    outside: tuple[Need, ...] = ()

    @property
    def file_bits(self) -> int:
        """The sum of the parts: eight times the bytes of the file."""
        return sum(part.bits for part in self.components)

    @property
    def self_declared_bits(self) -> int:
        """The bits of the parts that only their codec can decode."""
        return sum(part.bits for part in self.components if part.status == "self-declared")

    @property
    def bpp(self) -> float:
        """Bits per pixel of the original picture."""
        return self.file_bits / (self.width * self.height)

    def as_dict(self) -> dict[str, Any]:
        """The JSON object of `misc bpp`, without the name of the file."""
        pixels = self.width * self.height
        parts = [
            {
                "path": part.path,
                "kind": part.kind,
                "bits": part.bits,
                "bpp": part.bits / pixels,
                "information_bits": part.information_bits,
                "status": part.status,
            }
            for part in self.components
        ]
        return {
            "file_bits": self.file_bits,
            "width": self.width,
            "height": self.height,
            "bpp": self.bpp,
            "self_declared_bits": self.self_declared_bits,
            "components": parts,
            "outside": [need._asdict() for need in self.outside],
        }


def account(source: Source, deep: bool = False) -> Account:
    """The exact bits of every part of a file. Raises `MiscError`, or `OSError` for a path that cannot be read."""
    document = opened(source)
    structure = document.require()
    if deep:
        return _deep_account(document)
    parts = _overhead(structure)
    parts += [
        Part(part.path, part.kind, part.place.end - part.place.start, None, _status(part, "not decoded"), part.path)
        for part in document.components
    ]
    needs = []
    for component in document.components:
        with suppress(MiscError):  # of fields at fault, in a payload that is counted all the same
            needs += _needs(component)
    return Account(structure.width, structure.height, tuple(parts), structure.profile, outside=tuple(needs))


def account_many(
    sources: Iterable[Source], *, deep: bool = True, progress: Callable[[int], None] | None = None
) -> list[Account | MiscError | OSError]:
    """The result of `account(source, deep)` for each source, or the error that it raises. Raises no error of a single source.

    Deep accounts take less time together: the texts of `FILES_PER_GROUP` files are decoded side by side. Only these files are in memory.
    `progress`: called with the number of finished files after each group.
    """
    return results_of(partial(account, deep=deep), sources, together=deep, progress=progress)


def inspect(source: Source) -> list[Leaf]:
    """The leaves of a file, in file order; they cover every bit once. Decodes all payloads. Raises `MiscError`, `OSError`."""
    return opened(source).leaves()


def _overhead(structure: Structure) -> list[Part]:
    """The header and the framing."""
    bits = dict.fromkeys(("header", "framing"), 0)
    for leaf in structure.leaves:
        kind = leaf.path.partition("/")[0]
        if kind in bits:
            bits[kind] += leaf.bit_length
    return [Part(kind, kind, count, float(count)) for kind, count in bits.items()]


def _needs(component: OpenedComponent) -> list[Need]:
    return [Need(component.path, *need) for need in component.outside()]


def _status(component: OpenedComponent, otherwise: Status) -> Status:
    return "self-declared" if component.self_declared else otherwise


def _deep_account(document: Document) -> Account:
    structure = document.structure
    parts = _overhead(structure)
    outside: list[Need] = []
    for component in document.components:
        component.require()
        if component.kind == "ancillary":
            bits = 8 * len(component.payload)
            parts.append(Part(component.path, component.kind, bits, float(bits), component=component.path))
        else:
            parts += _deep_parts(component)
            outside += _needs(component)
    stream = Stream(structure.width, structure.height, structure.profile, **core_of(document.components))
    return Account(
        structure.width, structure.height, tuple(parts), structure.profile, budget_use(stream), tuple(outside)
    )


def _deep_parts(component: OpenedComponent) -> list[Part]:
    kind, path, status = component.kind, component.path, _status(component, "verified")
    fields = sum(leaf.bit_length for leaf in component.fields())
    parts = [Part(f"{path}/header", kind, fields, float(fields), status, path)] if fields else []
    for share in component.shares():
        if share.path != "padding":
            parts.append(Part(f"{path}/{share.path}", kind, share.bits, share.information_bits, status, path))
        elif share.bits:
            parts.append(Part(f"{path}/padding", "padding", share.bits, 0.0, status, path))
    return parts
