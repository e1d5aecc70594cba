"""Bit accounting (clause 13): every bit of a file belongs to one part, and the parts add up to eight times the file's bytes.

Without `deep`, nothing is decoded and a payload is one part. With it, payloads are decoded and split by field; inside an arithmetic
codeword a field's bits are a difference of coder positions, and its information content stands beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from misc_format.bits import Leaf
from misc_format.coders import Share, coder
from misc_format.components import Size
from misc_format.container import Component, Structure, read_structure
from misc_format.stream import find_method, read_ancillary, read_component

KINDS = {"maps": "map"}


class Part(NamedTuple):
    """A part of a file. `information_bits` is None for what was not decoded."""

    path: str
    kind: str
    bits: int
    information_bits: float | None


@dataclass(frozen=True, slots=True)
class Account:
    """The bits of one file; bpp divides by the original width and height."""

    width: int
    height: int
    components: tuple[Part, ...]

    @property
    def file_bits(self) -> int:
        """Eight times the bytes of the file; the sum of the parts."""
        return sum(part.bits for part in self.components)

    @property
    def bpp(self) -> float:
        """Bits per pixel of the original picture."""
        return self.file_bits / (self.width * self.height)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form of `misc bpp`, without the file's name."""
        pixels = self.width * self.height
        parts = [
            {
                "path": part.path,
                "kind": part.kind,
                "bits": part.bits,
                "bpp": part.bits / pixels,
                "information_bits": part.information_bits,
            }
            for part in self.components
        ]
        return {
            "file_bits": self.file_bits,
            "width": self.width,
            "height": self.height,
            "bpp": self.bpp,
            "components": parts,
        }


def account(data: bytes, deep: bool = False) -> Account:
    """The exact bits of every part of a file. Raises `MiscError`."""
    structure = read_structure(data)
    parts = [_overhead(structure, "header"), _overhead(structure, "framing")]
    size = Size(structure.width, structure.height)
    for component in structure.components:
        if deep:
            parts += _deep_parts(data, component, size)
        else:
            parts.append(Part(component.path, _kind(component), component.end - component.start, None))
    return Account(structure.width, structure.height, tuple(parts))


def inspect(data: bytes) -> list[Leaf]:
    """Every leaf field of a file, in order, payloads decoded: contiguous, covering every bit once. Raises `MiscError`."""
    structure = read_structure(data)
    size = Size(structure.width, structure.height)
    payloads = {component.path: component for component in structure.components}
    leaves: list[Leaf] = []
    for leaf in structure.leaves:
        leaves += payload_leaves(data, payloads[leaf.path], size) if leaf.path in payloads else [leaf]
    return leaves


def _overhead(structure: Structure, name: str) -> Part:
    bits = sum(leaf.bit_length for leaf in structure.leaves if leaf.path.startswith(f"{name}/"))
    return Part(name, name, bits, float(bits))


def _kind(component: Component) -> str:
    return KINDS.get(component.kind, component.kind)


def _open(data: bytes, component: Component, size: Size) -> tuple[list[Leaf], Sequence[Share]]:
    """The declared fields of a core component, and the shares of the codeword behind them."""
    leaves: list[Leaf] = []
    content = read_component(data, component, size, leaves)
    return leaves, coder(find_method(component)).price(content, size)


def _deep_parts(data: bytes, component: Component, size: Size) -> list[Part]:
    kind = _kind(component)
    bits = component.end - component.start
    if component.kind == "ancillary":
        read_ancillary(data, component)
        return [Part(component.path, kind, bits, float(bits))]
    leaves, shares = _open(data, component, size)
    fields = sum(leaf.bit_length for leaf in leaves)
    parts = [Part(f"{component.path}/header", kind, fields, float(fields))] if fields else []
    for share in shares:
        if share.path != "padding":
            parts.append(Part(f"{component.path}/{share.path}", kind, share.bits, share.information_bits))
        elif share.bits:
            parts.append(Part(f"{component.path}/padding", "padding", share.bits, 0.0))
    return parts


def payload_leaves(data: bytes, component: Component, size: Size) -> list[Leaf]:
    """Every leaf field of a payload. Raises `MiscError`."""
    if component.kind == "ancillary":
        payload = read_ancillary(data, component).payload
        return [Leaf(component.path, component.start, component.end - component.start, _shown(payload), "10")]
    leaves, shares = _open(data, component, size)
    clause = find_method(component).clause
    position = component.start + sum(leaf.bit_length for leaf in leaves)
    for share in shares:
        if share.bits:
            leaves.append(Leaf(f"{component.path}/{share.path}", position, share.bits, share.value, clause))
        position += share.bits
    return leaves


def _shown(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return payload.hex()
