"""One opened file: its structure is parsed once, and each component is decoded at most once, when somebody asks for it.

Reading, accounting, inspection, validation, the page and the reports are views of a `Document`. It keeps every fault that it
meets, in file order: whoever wants content gets the first as an exception, and the validator gets them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from misc_format.coders import Opened, coder
from misc_format.components import Ancillary, Opaque, Size, Stream
from misc_format.errors import MiscError
from misc_format.registry import ANCILLARY_BY_ID, METHOD_BY_ID, Method
from misc_format.structure.bits import BitReader, Leaf, Share
from misc_format.structure.container import CHECKSUM, Component, Structure, checksum, read_structure

T = TypeVar("T")
UNREAD = Opaque(b"")  # stands for content that cannot be told


class OpenedComponent:
    """A component of a document, decoded at its first use.

    `place`: where it lies. `faults`: all that is wrong with it. `content`: what it holds, or, behind a fault that could be read past, the
    best guess; `UNREAD` behind another.
    """

    __slots__ = ("_data", "_faults", "_fields", "_opened", "_picture", "_shares", "place")

    def __init__(self, data: bytes, place: Component, picture: Size) -> None:
        self.place = place
        self._data = data
        self._picture = picture
        self._fields: list[Leaf] = []
        self._faults: list[MiscError] = []
        self._opened: Opened | None = None
        self._shares: Sequence[Share] | None = None

    @property
    def kind(self) -> str:
        """The kind of component: one of `registry.CORE_KINDS`, or "ancillary"."""
        return self.place.kind

    @property
    def path(self) -> str:
        """Its path, as accounts and errors have it."""
        return self.place.path

    @property
    def payload(self) -> bytes:
        """Its bytes."""
        return self._data[self.place.start >> 3 : self.place.end >> 3]

    @property
    def method(self) -> Method | None:
        """The registered method of a core component; None if its number is reserved."""
        return METHOD_BY_ID.get((self.kind, self.place.number))

    @property
    def faults(self) -> Sequence[MiscError]:
        """All that is wrong with it, in the order in which it was met; decodes."""
        self._open()
        return self._faults

    @property
    def content(self) -> Any:
        """What it holds: content, or a member of the ancillary list; decodes."""
        return self._open().content

    def require(self) -> OpenedComponent:
        """Itself, decoded. Raises the first of its faults."""
        for fault in self.faults:
            raise fault
        return self

    def fields(self) -> Sequence[Leaf]:
        """The declared fields of its payload, as far as they could be read; decodes."""
        self._open()
        return self._fields

    def shares(self) -> Sequence[Share]:
        """What follows the declared fields, split by field. Raises the first of its faults."""
        self.require()
        if self._shares is None:
            self._shares = self._open().shares()
        return self._shares

    def leaves(self) -> list[Leaf]:
        """Every leaf of its payload. Raises the first of its faults."""
        self.require()
        if self.kind == "ancillary":
            payload = self.payload
            return [Leaf(self.path, self.place.start, 8 * len(payload), _shown(payload), "10")]
        method = self._registered()
        leaves = list(self._fields)
        position = self.place.start + sum(leaf.bit_length for leaf in leaves)
        for share in self.shares():
            if share.bits:
                leaves.append(Leaf(f"{self.path}/{share.path}", position, share.bits, share.value, method.clause))
            position += share.bits
        return leaves

    def reader(self) -> BitReader:
        """A reader of its payload that keeps declared fields and faults here."""
        place = self.place
        return BitReader(self._data, place.start, place.end, path=self.path, leaves=self._fields, flaws=self._faults)

    def accept(self, result: Opened | MiscError) -> None:
        """Take what its coder made of `reader()`, and check that the payload is canonical."""
        self._opened = _UNREAD
        if isinstance(result, MiscError):
            self._faults.append(result)
        elif self._faults or self._is_canonical(
            result
        ):  # what is flawed is not canonical either, which says nothing new
            self._opened = result

    def _open(self) -> Opened:
        if self._opened is None:
            self.accept(_attempt(self._decode))
        assert self._opened is not None
        return self._opened

    def _decode(self) -> Opened:
        if self.kind == "ancillary":
            member = _read_ancillary(self._data, self.place, self.payload)
            return Opened(member, lambda: member.payload, tuple)
        return coder(self._registered()).open(self.reader(), self._picture)

    def _registered(self) -> Method:
        if self.method is None:
            raise MiscError(
                "MISC-CON-012", f"{self.kind} method {self.place.number} is reserved and not known to this decoder",
                bit_offset=self.place.frame, path=f"framing/{self.kind}/method",
            )  # fmt: skip
        return self.method

    def _is_canonical(self, result: Opened) -> bool:
        """Whether the payload is what its method gives for its content; if not, that is a fault."""
        payload, again = self.payload, _attempt(result.payload)
        if isinstance(again, bytes):
            if again == payload or self.kind == "ancillary":
                return True
            name = self._registered().name
            message = f"{len(payload)} bytes are not the {len(again)} that method {name} gives for this content"
            offset = self.place.start + _first_difference(payload, again)
            again = MiscError("MISC-CON-018", message, bit_offset=offset, path=self.path)
        self._faults.append(again)
        return False


_UNREAD = Opened(UNREAD, lambda: b"", tuple)


class Document:
    """An opened file, from its bytes or its path. Raises `OSError` for a path that cannot be read, and nothing else.

    `data`: its bytes. Properties that need the structure raise the `MiscError` of a header that cannot be read.
    """

    def __init__(self, source: bytes | bytearray | memoryview | str | Path) -> None:
        self.data = Path(source).read_bytes() if isinstance(source, str | Path) else bytes(source)
        self._flaws: list[MiscError] = []

    @cached_property
    def _parsed(self) -> Structure | MiscError:
        return _attempt(lambda: read_structure(self.data, self._flaws))

    @property
    def faults(self) -> Sequence[MiscError]:
        """All that is wrong with the container, in file order; components keep their own."""
        parsed = self._parsed
        return [*self._flaws, parsed] if isinstance(parsed, MiscError) else self._flaws

    @property
    def readable(self) -> bool:
        """Whether the header could be read, so that there is a structure."""
        return isinstance(self._parsed, Structure)

    @property
    def structure(self) -> Structure:
        """Where everything lies, as far as it could be found. Raises the `MiscError` of a header that cannot be read."""
        parsed = self._parsed
        if isinstance(parsed, MiscError):
            raise self._flaws[0] if self._flaws else parsed
        return parsed

    @property
    def picture(self) -> Size:
        """Width and height of the original picture."""
        return Size(self.structure.width, self.structure.height)

    @cached_property
    def components(self) -> tuple[OpenedComponent, ...]:
        """The components that were found, in file order."""
        picture = self.picture
        return tuple(OpenedComponent(self.data, place, picture) for place in self.structure.components)

    def require(self) -> Structure:
        """The structure of a file whose container has no fault. Raises the first of its faults."""
        for fault in self.faults:
            raise fault
        return self.structure

    def stream(self) -> Stream:
        """All content. Raises the first `MiscError` of any rule but a profile's."""
        structure = self.require()
        core: dict[str, Any] = {}
        methods: dict[str, str] = {}
        ancillary: list[Ancillary] = []
        for component in self.components:
            content = component.require().content
            if component.kind == "ancillary":
                ancillary.append(content)
            else:
                core[component.kind] = content
                methods[component.kind] = component._registered().name
        return Stream(
            structure.width, structure.height, structure.profile, **core, ancillary=tuple(ancillary), methods=methods
        )

    def leaves(self) -> list[Leaf]:
        """Every leaf field, in order, payloads decoded: contiguous, covering every bit once. Raises `MiscError`."""
        structure = self.require()
        components = {component.path: component for component in self.components}
        leaves: list[Leaf] = []
        for leaf in structure.leaves:
            leaves += components[leaf.path].leaves() if leaf.path in components else [leaf]
        return leaves


def opened(source: bytes | bytearray | memoryview | str | Path | Document) -> Document:
    """A document, made of whatever holds it."""
    return source if isinstance(source, Document) else Document(source)


def open_together(documents: Iterable[Document]) -> None:
    """Decode the components whose coders open many payloads side by side: the same results, several times as fast."""
    by_method: dict[Method, list[OpenedComponent]] = {}
    for document in documents:
        for component in document.components if document.readable else ():
            method = component.method
            if method is not None and coder(method).open_many is not None:
                by_method.setdefault(method, []).append(component)
    for method, components in by_method.items():
        open_many = coder(method).open_many
        assert open_many is not None
        for component, found in zip(components, open_many([part.reader() for part in components]), strict=True):
            component.accept(found)


def _attempt(action: Callable[[], T]) -> T | MiscError:
    try:
        return action()
    except MiscError as error:
        return error


def check_form(number: int, payload: bytes, path: str, start: int | None = None) -> None:
    """What is registered as UTF-8 is UTF-8. `start`: where the payload lies in the file, if there is one."""
    known = ANCILLARY_BY_ID.get(number)
    if known is not None and known.form == "UTF-8":
        try:
            payload.decode()
        except UnicodeDecodeError as error:
            offset = None if start is None else start + 8 * error.start
            message = f"byte {error.start} of {known.name} is not UTF-8"
            raise MiscError("MISC-ANC-003", message, bit_offset=offset, path=path) from None


def _read_ancillary(data: bytes, place: Component, payload: bytes) -> Ancillary:
    """One member of the ancillary list; a known type is checked, an unknown one is kept as it is."""
    if place.number == CHECKSUM:
        _check_checksum(data, place, payload)
    check_form(place.number, payload, place.path, place.start)
    return Ancillary(place.number, payload)


def _check_checksum(data: bytes, place: Component, payload: bytes) -> None:
    if len(payload) != 4:
        raise MiscError("MISC-ANC-001", f"it has {len(payload)} bytes", bit_offset=place.start, path=place.path)
    computed = checksum(data[: place.start >> 3])
    if payload != computed:
        message = f"it is {payload.hex()}, but the file's bytes give {computed.hex()}"
        raise MiscError("MISC-ANC-002", message, bit_offset=place.start, path=place.path)


def _first_difference(one: bytes, other: bytes) -> int:
    """The first bit in which two byte strings differ; the end of the shorter one if it begins the other."""
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return 8 * index + 8 - (left ^ right).bit_length()
    return 8 * min(len(one), len(other))


def _shown(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return payload.hex()
