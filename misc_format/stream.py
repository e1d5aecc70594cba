"""Bytes to content and content to bytes: the container and the coders put together.

Rule: `write(read(data)) == data` for every conforming `data`; `read` refuses everything else, with the rule that it breaks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misc_format import limits
from misc_format.coders import Opened, coder, open_payload
from misc_format.components import Ancillary, Content, Maps, Opaque, Size, Stream
from misc_format.errors import MiscError
from misc_format.profiles import check
from misc_format.registry import (
    ANCILLARY_BY_ID,
    AUTO,
    FIRST_ANCILLARY,
    METHOD_BY_ID,
    METHOD_BY_NAME,
    METHODS,
    PRIVATE_METHOD,
    PROFILE_ID,
    Method,
)
from misc_format.structure.bits import BitReader, Leaf
from misc_format.structure.container import CHECKSUM, Component, checksum, read_structure, write_structure


def read(data: bytes) -> Stream:
    """All content of a file, every payload decoded. Raises `MiscError` if any rule but a profile's is broken."""
    structure = read_structure(data)
    size = Size(structure.width, structure.height)
    core: dict[str, Any] = {}
    methods = {}
    ancillary = []
    for component in structure.components:
        if component.kind == "ancillary":
            ancillary.append(read_ancillary(data, component))
        else:
            methods[component.kind] = find_method(component).name
            core[component.kind] = read_component(data, component, size)
    return Stream(
        structure.width, structure.height, structure.profile, **core, ancillary=tuple(ancillary), methods=methods
    )


def write(stream: Stream, *, check_profile: bool = True) -> bytes:
    """The bytes of a stream; methods that it does not name are tried, and the smallest payload is kept.

    Raises `MiscError` for content that no conforming file can have, or, with `check_profile`, that its profile does not allow.
    """
    size = stream.size
    if not all(1 <= side <= limits.MAX_SIDE for side in size):
        raise MiscError(
            "MISC-CON-019", f"a picture of {size.width}x{size.height} pixels cannot be described", path="header"
        )
    if stream.profile not in PROFILE_ID:
        raise MiscError("MISC-CON-004", f"profile {stream.profile!r} is not registered", path="header/profile")
    content = stream.core()
    if not content.keys() - {"generation"}:
        raise MiscError("MISC-CON-006", "there is no text, no map and no image", path="header")
    for kind, name in stream.methods.items():
        if name != AUTO and (kind, name) not in METHOD_BY_NAME:
            raise MiscError("MISC-CON-012", f"{name!r} is not a method", path=f"framing/{kind}/method")
    if check_profile:
        for issue in check(stream):
            raise issue
    core = {kind: _write_component(kind, part, stream.methods, size) for kind, part in content.items()}
    return write_structure(size.width, size.height, PROFILE_ID[stream.profile], core, _sorted_ancillary(stream))


def read_component(
    data: bytes,
    component: Component,
    picture: Size,
    leaves: list[Leaf] | None = None,
    flaws: list[MiscError] | None = None,
) -> Any:
    """The content of one core component; its declared fields are appended to `leaves`.

    With `flaws`, errors behind which its coder can go on are appended there, and the content is the coder's best guess.
    """
    return open_component(data, component, picture, leaves, flaws).content


def open_component(
    data: bytes,
    component: Component,
    picture: Size,
    leaves: list[Leaf] | None = None,
    flaws: list[MiscError] | None = None,
) -> Opened:
    """What `read_component` gives, with the shares of its codeword. Raises `MiscError`."""
    reader = BitReader(data, component.start, component.end, path=component.path, leaves=leaves, flaws=flaws)
    found = open_payload(coder(find_method(component)), reader, picture)
    if not flaws:  # what is flawed is not canonical either, which says nothing new
        check_canonical(data, component, found.payload())
    return found


def check_canonical(data: bytes, component: Component, again: bytes) -> None:
    """A core component's payload is what its method gives for its content, which is `again`; raises `MiscError`."""
    payload = data[component.start >> 3 : component.end >> 3]
    if again != payload:
        offset = component.start + _first_difference(payload, again)
        name = find_method(component).name
        raise MiscError(
            "MISC-CON-018", f"{len(payload)} bytes are not the {len(again)} that method {name} gives for this content",
            bit_offset=offset, path=component.path,
        )  # fmt: skip


def read_ancillary(data: bytes, component: Component) -> Ancillary:
    """One member of the ancillary list; a known type is checked, an unknown one is kept as it is."""
    payload = data[component.start >> 3 : component.end >> 3]
    if component.number == CHECKSUM:
        _check_checksum(data, component, payload)
    _check_form(component.number, payload, component.path, component.start)
    return Ancillary(component.number, payload)


def find_method(component: Component) -> Method:
    """The registered method of a core component; raises `UnsupportedError` for a reserved one."""
    try:
        return METHOD_BY_ID[component.kind, component.number]
    except KeyError:
        raise MiscError(
            "MISC-CON-012", f"{component.kind} method {component.number} is reserved and not known to this decoder",
            bit_offset=component.frame, path=f"framing/{component.kind}/method",
        ) from None  # fmt: skip


def _write_component(kind: str, content: Content, methods: Mapping[str, str], picture: Size) -> tuple[int, bytes]:
    if isinstance(content, Opaque):
        return PRIVATE_METHOD, content.payload
    wanted = methods.get(kind, AUTO)
    fitting = [row for row in METHODS if row.kind == kind and row.content == type(content).__name__]
    if wanted == AUTO:
        content = (
            Maps(content.maps) if isinstance(content, Maps) else content
        )  # regions that are given are for those who ask for jbig2
        candidates = [row for row in fitting if row.everywhere]
    elif METHOD_BY_NAME[kind, wanted] not in fitting:
        raise MiscError("MISC-CON-012", f"{wanted!r} is not a method for this content", path=f"framing/{kind}/method")
    else:
        candidates = [METHOD_BY_NAME[kind, wanted]]
    payloads = [(coder(row).encode(content, picture), row.id) for row in candidates]
    payload, number = min(payloads, key=lambda pair: (len(pair[0]), pair[1]))
    return number, payload


def _sorted_ancillary(stream: Stream) -> list[tuple[int, bytes]]:
    members = sorted((member.type, member.payload) for member in stream.ancillary)
    numbers = [number for number, _ in members]
    if len(set(numbers)) < len(numbers):
        raise MiscError(
            "MISC-CON-014", f"there are two ancillary components of one type among {numbers}", path="ancillary"
        )
    if any(not FIRST_ANCILLARY <= number <= CHECKSUM for number in numbers):
        raise MiscError("MISC-CON-015", f"not all of {numbers} are ancillary types", path="ancillary")
    for number, payload in members:
        _check_form(number, payload, "ancillary")
    return members


def _check_form(number: int, payload: bytes, path: str, start: int | None = None) -> None:
    """What is registered as UTF-8 is UTF-8. `start`: where the payload lies in the file, if there is one."""
    known = ANCILLARY_BY_ID.get(number)
    if known is not None and known.form == "UTF-8":
        try:
            payload.decode()
        except UnicodeDecodeError as error:
            offset = None if start is None else start + 8 * error.start
            message = f"byte {error.start} of {known.name} is not UTF-8"
            raise MiscError("MISC-ANC-003", message, bit_offset=offset, path=path) from None


def _check_checksum(data: bytes, component: Component, payload: bytes) -> None:
    if len(payload) != 4:
        raise MiscError("MISC-ANC-001", f"it has {len(payload)} bytes", bit_offset=component.start, path=component.path)
    computed = checksum(data[: component.start >> 3])
    if payload != computed:
        message = f"it is {payload.hex()}, but the file's bytes give {computed.hex()}"
        raise MiscError("MISC-ANC-002", message, bit_offset=component.start, path=component.path)


def _first_difference(one: bytes, other: bytes) -> int:
    """The first bit in which two byte strings differ; the end of the shorter one if it begins the other."""
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return 8 * index + 8 - (left ^ right).bit_length()
    return 8 * min(len(one), len(other))
