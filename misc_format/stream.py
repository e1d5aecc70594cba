"""Content to bytes: the container and the coders put together.

Rule: `write(read(data)) == data` for every conforming `data`; what `read` refuses is never written.
"""

from __future__ import annotations

from collections.abc import Mapping

from misc_format import limits
from misc_format.coders import coder, methods_for
from misc_format.components import Content, Maps, Stream
from misc_format.document import check_form
from misc_format.errors import MiscError
from misc_format.profiles import check
from misc_format.registry import (
    AUTO,
    CORE_KINDS,
    FIRST_ANCILLARY,
    METHOD_BY_NAME,
    PRIVATE_METHOD,
    PROFILE_ID,
    Method,
)
from misc_format.structure.container import CHECKSUM, write_structure


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
    _check_methods(stream.methods)
    if check_profile:
        for issue in check(stream):
            raise issue
    core = {kind: _write_component(kind, part, stream.methods, stream) for kind, part in content.items()}
    return write_structure(size.width, size.height, PROFILE_ID[stream.profile], core, _sorted_ancillary(stream))


def _check_methods(methods: Mapping[str, str]) -> None:
    """Every name is registered, whether its component is there or not."""
    for kind, name in methods.items():
        if kind not in CORE_KINDS:
            raise MiscError("MISC-ARG-001", f"{kind!r} is not one of {', '.join(CORE_KINDS)}", path="methods")
        if name != AUTO and (kind, name) not in METHOD_BY_NAME:
            raise MiscError("MISC-CON-012", f"{name!r} is not a method", path=f"framing/{kind}/method")


def _write_component(kind: str, content: Content, methods: Mapping[str, str], stream: Stream) -> tuple[int, bytes]:
    """Number of the method, and the payload."""
    name = methods.get(kind, AUTO)
    if name == AUTO and isinstance(content, Maps):
        content = Maps(content.maps)  # regions that are given are for those who ask for jbig2
    payloads = [(coder(row).encode(content, stream.size), row.id) for row in _candidates(kind, content, name)]
    payload, number = min(payloads, key=lambda pair: (len(pair[0]), pair[1]))
    return number, payload


def _candidates(kind: str, content: Content, name: str) -> list[Method]:
    """The methods that may code the content: the one that is named, or all that every decoder can read."""
    fitting = methods_for(kind, content)
    if not fitting:
        raise MiscError("MISC-CON-012", f"no method codes {type(content).__name__}", path=f"framing/{kind}/method")
    if name == AUTO:
        return [row for row in fitting if row.everywhere or row.id == PRIVATE_METHOD]
    named = METHOD_BY_NAME[kind, name]
    if named not in fitting:
        raise MiscError("MISC-CON-012", f"{name!r} is not a method for this content", path=f"framing/{kind}/method")
    return [named]


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
        check_form(number, payload, "ancillary")
    return members
