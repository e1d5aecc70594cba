"""Bit accounting (clause 13): every bit of a file belongs to one part, and the parts add up to eight times the file's bytes.

Without `deep`, nothing is decoded and a payload is one part. With it, payloads are decoded and split by field; inside an arithmetic
codeword a field's bits are a difference of coder positions, and its information content stands beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, ParamSpec, TypeVar

from misc_format.coders import Opened as OpenedPayload
from misc_format.components import Size, Stream
from misc_format.errors import MiscError
from misc_format.profiles import Fill, fill
from misc_format.registry import METHOD_BY_ID, METHOD_BY_NAME
from misc_format.stream import check_canonical, find_method, open_component, read_ancillary
from misc_format.structure.bits import BitReader, Leaf, Share
from misc_format.structure.container import Component, Structure, read_structure

P = ParamSpec("P")
T = TypeVar("T")
KINDS = {"maps": "map"}
LANGUAGE = METHOD_BY_NAME["text", "language"]


class Part(NamedTuple):
    """A part of a file. `information_bits` is None for what was not decoded."""

    path: str
    kind: str
    bits: int
    information_bits: float | None


class Opened(NamedTuple):
    """A core payload decoded: its declared fields, its content, and the shares of the codeword behind the fields."""

    leaves: list[Leaf]
    content: Any
    shares: Sequence[Share]


OpenedTexts = Mapping[str, Opened | MiscError]


@dataclass(frozen=True, slots=True)
class Account:
    """The bits of one file; bpp divides by the original width and height. `fill`: what it uses of its profile, where it was decoded."""

    width: int
    height: int
    components: tuple[Part, ...]
    profile: str
    fill: tuple[Fill, ...] = ()

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
    if deep:
        return _deep_account(data, structure, {})
    parts = [_overhead(structure, "header"), _overhead(structure, "framing")]
    parts += [Part(part.path, _kind(part), part.end - part.start, None) for part in structure.components]
    return Account(structure.width, structure.height, tuple(parts), structure.profile)


def account_many(files: Sequence[bytes]) -> list[Account | MiscError]:
    """What `account(data, deep=True)` returns or raises for each file, several times as fast: their texts are decoded side by side."""
    structures = [_attempt(read_structure, data) for data in files]
    texts = _open_texts(files, structures)
    return [
        found if isinstance(found, MiscError) else _attempt(_deep_account, data, found, texts.get(index, {}))
        for index, (data, found) in enumerate(zip(files, structures, strict=True))
    ]


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


def _attempt(action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | MiscError:
    try:
        return action(*args, **kwargs)
    except MiscError as error:
        return error


def _open(data: bytes, component: Component, size: Size) -> Opened:
    leaves: list[Leaf] = []
    found = open_component(data, component, size, leaves)
    return Opened(leaves, found.content, found.shares())


def _open_texts(files: Sequence[bytes], structures: Sequence[Structure | MiscError]) -> dict[int, OpenedTexts]:
    """The texts under the shipped language model, the slowest payload of most files, by the file's place and the component's path."""
    places = [
        (index, component)
        for index, structure in enumerate(structures)
        if isinstance(structure, Structure)
        for component in structure.components
        if METHOD_BY_ID.get((component.kind, component.number)) is LANGUAGE
    ]
    readers = [BitReader(files[index], part.start, part.end, path=part.path) for index, part in places]
    found: dict[int, OpenedTexts] = {}
    for (index, component), opened in zip(places, _open_many(readers), strict=True):
        checked = opened if isinstance(opened, MiscError) else _attempt(_checked, files[index], component, opened)
        found[index] = {component.path: checked}
    return found


def _checked(data: bytes, component: Component, opened: OpenedPayload) -> Opened:
    check_canonical(data, component, opened.payload())
    return Opened([], opened.content, opened.shares())


def _open_many(readers: Sequence[BitReader]) -> Sequence[OpenedPayload | MiscError]:
    if not readers:
        return []
    from misc_format.coders.text import language as text_language  # the model takes a moment to load

    return text_language.open_many(readers)


def _deep_account(data: bytes, structure: Structure, texts: OpenedTexts) -> Account:
    """`texts`: what was opened already, by path."""
    parts = [_overhead(structure, "header"), _overhead(structure, "framing")]
    size = Size(structure.width, structure.height)
    content: dict[str, Any] = {}
    for component in structure.components:
        if component.kind == "ancillary":
            read_ancillary(data, component)
            bits = component.end - component.start
            parts.append(Part(component.path, _kind(component), bits, float(bits)))
            continue
        opened = texts.get(component.path) or _open(data, component, size)
        if isinstance(opened, MiscError):
            raise opened
        content[component.kind] = opened.content
        parts += _deep_parts(component, opened)
    stream = Stream(structure.width, structure.height, structure.profile, **content)
    return Account(structure.width, structure.height, tuple(parts), structure.profile, fill(stream))


def _deep_parts(component: Component, opened: Opened) -> list[Part]:
    kind = _kind(component)
    fields = sum(leaf.bit_length for leaf in opened.leaves)
    parts = [Part(f"{component.path}/header", kind, fields, float(fields))] if fields else []
    for share in opened.shares:
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
    leaves, _, shares = _open(data, component, size)
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
