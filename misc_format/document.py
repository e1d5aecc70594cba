"""An opened file. Its structure is parsed once; each component is decoded at first use, and at most once.

Reading, accounting, inspection, validation, pages and reports all use a `Document`. A document keeps its faults in file order. A method
that returns content raises the first fault; the validator reports all of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, partial
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from misc_format.coders import Opened, Outside, coder
from misc_format.components import Ancillary, ImagePart, Opaque, Parts, Size, Stream
from misc_format.components.normalise import octets
from misc_format.errors import MiscError
from misc_format.registry import ANCILLARY_BY_ID, AUTO, METHOD_BY_ID, ROLE_NAME, Method
from misc_format.structure.bits import BitReader, Leaf, Share
from misc_format.structure.container import CHECKSUM, Component, Structure, checksum, read_structure
from misc_format.system.reading import read_file

T = TypeVar("T")
Bytes = bytes | bytearray | memoryview | NDArray[np.uint8]
FILES_PER_GROUP: Final = 64
UNREAD = Opaque(b"")  # in the place of content that could not be decoded


class OpenedComponent:
    """A component of a document, or a part of its image, decoded at first use.

    `place`: the position of its payload, its kind and its number. A coder knows a part by the path of its kind, `image`: leaves and
    faults get the path of the part here.
    """

    __slots__ = ("_data", "_faults", "_fields", "_opened", "_picture", "_shares", "place")

    def __init__(self, data: bytes, place: Component, picture: Size) -> None:
        self.place: Component = place
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
        """The path of the component in accounts and errors."""
        return self.place.path

    @property
    def self_declared(self) -> bool:
        """Whether a decoder cannot tell from the payload that it is whole (clause 4.3)."""
        return self.method is not None and self.method.self_declared

    @property
    def payload(self) -> bytes:
        """The bytes of the payload."""
        return self._data[self.place.start >> 3 : self.place.end >> 3]

    @property
    def method(self) -> Method | None:
        """The registered method of a core component; None if its number is reserved."""
        return METHOD_BY_ID.get((self.kind, self.place.number))

    @property
    def faults(self) -> Sequence[MiscError]:
        """The faults of the component, in the order of decoding. Decodes the component."""
        self._open()
        return [self._placed(fault) for fault in self._faults]

    @property
    def content(self) -> Any:
        """The content, or the member of the ancillary list. Decodes the component.

        Behind a flaw: the content as far as it could be read. Behind any other fault: `UNREAD`.
        """
        return self._open().content

    def require(self) -> OpenedComponent:
        """This component, decoded. Raises its first fault."""
        for fault in self.faults:
            raise fault
        return self

    def fields(self) -> Sequence[Leaf]:
        """The declared fields of the payload, as far as they could be read. Decodes the component."""
        self._open()
        return [leaf._replace(path=self._path_of(leaf.path)) for leaf in self._fields]

    def shares(self) -> Sequence[Share]:
        """The shares of the codeword behind the declared fields. Raises the first fault of the component."""
        self.require()
        if self._shares is None:
            self._shares = self._open().shares()
        return self._shares

    def outside(self) -> Sequence[Outside]:
        """What a decoder needs beside the payload, from its declared fields. Raises `MiscError` if they are at fault."""
        outside = None if self.method is None else coder(self.method).outside
        if outside is None:
            return ()
        reader = BitReader(self._data, self.place.start, self.place.end, path=self._local_path)
        return outside(reader, self._picture)

    def leaves(self) -> list[Leaf]:
        """The leaves of the payload, in file order. Raises the first fault of the component."""
        self.require()
        if self.kind == "ancillary":
            payload = self.payload
            return [Leaf(self.path, self.place.start, 8 * len(payload), _text_or_hex(payload), "14")]
        method = self._registered()
        leaves = list(self.fields())
        position = self.place.start + sum(leaf.bit_length for leaf in leaves)
        for share in self.shares():
            if share.bits:
                leaves.append(Leaf(f"{self.path}/{share.path}", position, share.bits, share.value, method.clause))
            position += share.bits
        return leaves

    def reader(self) -> BitReader:
        """A reader of the payload. It appends declared fields and flaws to this component."""
        place = self.place
        return BitReader(
            self._data, place.start, place.end, path=self._local_path, leaves=self._fields, flaws=self._faults
        )

    def accept(self, result: Opened | MiscError) -> None:
        """Store what the coder returned for `reader()`, or the error that it raised, and check that the payload is canonical.

        A payload with flaws is not checked: it is not canonical, and its flaws already say so.
        """
        self._opened = _UNREAD
        if isinstance(result, MiscError):
            self._faults.append(result)
        elif self._faults or self._is_canonical(result):
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

    def _unchecked(self) -> bool:
        """Whether the component could have a check, and has none."""
        return self.self_declared and not self.place.checked

    def as_part(self) -> ImagePart:
        """The component as a part of an image. Decodes the component."""
        part = self.place.part
        assert part is not None
        method = self._registered().name if self.method else AUTO
        role = ROLE_NAME.get(part.role, str(part.role))
        return ImagePart(role, self.content, part.name, method, not self._unchecked())

    def _registered(self) -> Method:
        if self.method is None:
            raise MiscError(
                "MISC-CON-012", f"{self.kind} method {self.place.number} is reserved; this decoder does not know it",
                bit_offset=self.place.frame, path=f"{self.place.framing}/method",
            )  # fmt: skip
        return self.method

    @property
    def _local_path(self) -> str:
        """The path of the component for its coder."""
        return self.path if self.place.part is None else self.kind

    def _path_of(self, path: str) -> str:
        """The path in the file of a path of the coder."""
        if self.place.part is None:
            return path
        head, _, rest = path.partition("/")
        return "/".join(filter(None, (self.path, rest))) if head == self.kind else path

    def _placed(self, fault: MiscError) -> MiscError:
        path = self._path_of(fault.path)
        return (
            fault
            if path == fault.path
            else MiscError(fault.rule, fault.message, bit_offset=fault.bit_offset, path=path)
        )

    def _is_canonical(self, result: Opened) -> bool:
        """Whether the payload is the one that its method gives for its content. If not, a fault is added."""
        canonical = _attempt(result.payload)
        if isinstance(canonical, MiscError):
            self._faults.append(canonical)
            return False
        if canonical == self.payload or self.kind == "ancillary":
            return True
        self._faults.append(self._not_canonical(canonical))
        return False

    def _not_canonical(self, canonical: bytes) -> MiscError:
        payload, method = self.payload, self._registered().name
        message = (
            f"the payload has {len(payload)} bytes; method {method} gives {len(canonical)} other bytes for this content"
        )
        offset = self.place.start + _first_difference(payload, canonical)
        return MiscError("MISC-CON-018", message, bit_offset=offset, path=self._local_path)


_UNREAD = Opened(UNREAD, lambda: b"", tuple)


class Document:
    """An opened file, from its bytes, its path, or a binary file object, which is read to its end.

    `data`: the bytes of the file. The constructor raises `OSError` for a path or file object that cannot be read, and `MiscError`
    (MISC-ARG-001) for any other value. A property that needs the structure raises `MiscError` if the header cannot be read.
    """

    def __init__(self, source: Bytes | str | PathLike[str] | BinaryIO) -> None:
        self.data: bytes = source if type(source) is bytes else _read(source)
        self._flaws: list[MiscError] = []

    @cached_property
    def _parsed(self) -> Structure | MiscError:
        try:
            return read_structure(self.data, self._flaws)
        except MiscError as error:
            return error

    @property
    def faults(self) -> Sequence[MiscError]:
        """The faults of the container, in file order. The faults of a payload belong to its component."""
        parsed = self._parsed
        return [*self._flaws, parsed] if isinstance(parsed, MiscError) else self._flaws

    @property
    def readable(self) -> bool:
        """Whether the header could be read, so that `structure` exists."""
        return isinstance(self._parsed, Structure)

    @property
    def structure(self) -> Structure:
        """The fields of the container and the positions of the components, as far as they could be read.

        Raises `MiscError` if the header cannot be read.
        """
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
        """The components, as far as the container could be read, in file order."""
        picture = self.picture
        return tuple(OpenedComponent(self.data, place, picture) for place in self.structure.components)

    def require(self) -> Structure:
        """The structure. Raises the first fault of the container."""
        structure = self.structure
        if self._flaws:
            raise self._flaws[0]
        return structure

    def stream(self) -> Stream:
        """The content of the file, all payloads decoded. Raises the first fault; the rules of the profile are not checked."""
        structure = self.require()
        ancillary = []
        components = []
        for component in self.components:
            component.require()
            if component.kind == "ancillary":
                ancillary.append(component.content)
            else:
                components.append(component)
        return Stream(
            structure.width, structure.height, structure.profile, **core_of(components), ancillary=tuple(ancillary),
            methods={part.kind: part._registered().name for part in components if part.place.part is None},
            unchecked=frozenset(part.kind for part in components if part.place.part is None and part._unchecked()),
        )  # fmt: skip

    def leaves(self) -> list[Leaf]:
        """The leaves of the file, in file order; they cover every bit once. Decodes all payloads. Raises `MiscError`."""
        structure = self.require()
        components = {component.path: component for component in self.components}
        leaves: list[Leaf] = []
        for leaf in structure.leaves:
            leaves += components[leaf.path].leaves() if leaf.path in components else [leaf]
        return leaves


def core_of(components: Iterable[OpenedComponent]) -> dict[str, Any]:
    """The content of core components by kind; the parts of an image are its content. Decodes the components."""
    core: dict[str, Any] = {}
    parts: list[ImagePart] = []
    for component in components:
        if component.place.part is not None:
            parts.append(component.as_part())
        elif component.kind != "ancillary":
            core[component.kind] = component.content
    return core | ({"image": Parts(tuple(parts))} if parts else {})


Source = Bytes | str | PathLike[str] | BinaryIO | Document


def opened(source: Source) -> Document:
    """The document of a source; a `Document` is returned unchanged. Raises `OSError` for a path or file that cannot be read."""
    return source if isinstance(source, Document) else Document(source)


def results_of(
    function: Callable[[Document], T],
    sources: Iterable[Source],
    *,
    together: bool = True,
    progress: Callable[[int], None] | None = None,
) -> list[T | MiscError | OSError]:
    """The result of `function` for the document of each source, or the error that opening it or the function raises.

    `together`: the texts of `FILES_PER_GROUP` files are decoded side by side, which takes less time. Only these files are in memory.
    `progress`: called with the number of finished files after each group.
    """
    results: list[T | MiscError | OSError] = []
    remaining = iter(sources)
    while group := list(islice(remaining, FILES_PER_GROUP)):
        documents = deque(_outcome(partial(opened, source)) for source in group)
        if together:
            _open_together(document for document in documents if isinstance(document, Document))
        while documents:
            document = documents.popleft()  # its maps and grids leave the memory with it
            results.append(_outcome(partial(function, document)) if isinstance(document, Document) else document)
        if progress is not None:
            progress(len(results))
    return results


def _open_together(documents: Iterable[Document]) -> None:
    """Decode all components whose coders have `open_many`. The results are the same, several times as fast."""
    by_method: dict[Method, list[OpenedComponent]] = {}
    for document in documents:
        for component in document.components if document.readable else ():
            method = component.method
            if method is not None and coder(method).open_many is not None:
                by_method.setdefault(method, []).append(component)
    for method, components in by_method.items():
        open_many = coder(method).open_many
        assert open_many is not None
        results = open_many([component.reader() for component in components])
        for component, result in zip(components, results, strict=True):
            component.accept(result)


def _read(source: Any) -> bytes:
    if isinstance(source, str | PathLike):
        return read_file(Path(source))
    return octets(source.read() if hasattr(source, "read") else source, "source")


def _attempt(action: Callable[[], T]) -> T | MiscError:
    try:
        return action()
    except MiscError as error:
        return error


def _outcome(action: Callable[[], T]) -> T | MiscError | OSError:
    try:
        return action()
    except (MiscError, OSError) as error:
        return error


def check_form(number: int, payload: bytes, path: str, start: int | None = None) -> None:
    """Check that the payload of a type registered as UTF-8 is UTF-8. Raises `MiscError`.

    `number`: the type. `start`: the first bit of the payload in its file, in bits; None if there is no file.
    """
    row = ANCILLARY_BY_ID.get(number)
    if row is not None and row.form == "UTF-8":
        try:
            payload.decode()
        except UnicodeDecodeError as error:
            offset = None if start is None else start + 8 * error.start
            message = f"byte {error.start} of {row.name} is not UTF-8"
            raise MiscError("MISC-ANC-003", message, bit_offset=offset, path=path) from None


def _read_ancillary(data: bytes, place: Component, payload: bytes) -> Ancillary:
    """A member of the ancillary list. A registered type is checked; a payload of any other type is kept unchanged."""
    if place.number == CHECKSUM:
        _check_checksum(data, place, payload)
    check_form(place.number, payload, place.path, place.start)
    return Ancillary(place.number, payload)


def _check_checksum(data: bytes, place: Component, payload: bytes) -> None:
    if len(payload) != 4:
        raise MiscError(
            "MISC-ANC-001", f"the checksum has {len(payload)} bytes, not 4", bit_offset=place.start, path=place.path
        )
    computed = checksum(data[: place.start >> 3])
    if payload != computed:
        message = f"the checksum is {payload.hex()}; the bytes of the file give {computed.hex()}"
        raise MiscError("MISC-ANC-002", message, bit_offset=place.start, path=place.path)


def _first_difference(one: bytes, other: bytes) -> int:
    """The index of the first bit in which two byte strings differ, or the length of the shorter string in bits."""
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return 8 * index + 8 - (left ^ right).bit_length()
    return 8 * min(len(one), len(other))


def _text_or_hex(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return payload.hex()
