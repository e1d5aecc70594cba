"""Writes the content of a whole file as bytes, with the coders and the container (clause 4).

Rule. `write(read(data)) == data` for every conforming `data`. `write` never writes a file that `read` refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from misc_format import components, limits
from misc_format.coders import coder, methods_for
from misc_format.components import Content, ImagePart, Maps, Stream
from misc_format.document import check_form
from misc_format.errors import MiscError
from misc_format.profiles import check
from misc_format.registry import (
    AUTO,
    CORE_KINDS,
    FIRST_ANCILLARY,
    METHOD_BY_ID,
    METHOD_BY_NAME,
    METHODS,
    PRIVATE_METHOD,
    PROFILE_ID,
    ROLE_ID,
    Method,
)
from misc_format.structure.container import CHECKSUM, Framed, Part, Parts, write_structure

Effort = Literal["best", "fast"]
EFFORTS: tuple[Effort, ...] = get_args(Effort)


def write(stream: Stream, *, check_profile: bool = True, effort: Effort = "best") -> bytes:
    """The bytes of a stream. If it names no method for a component, several are tried, and the smallest payload is kept.

    `effort`: "best" tries all methods; this takes about 100 ms per file, nearly all of it for the language model of the text. "fast" leaves
    out slow methods where there is another one: about 3 ms per file with text and maps, and a text two to three times as long.

    Raises `MiscError` for content that no conforming file can have. With `check_profile`, also for content that the profile does not
    allow.
    """
    if effort not in EFFORTS:
        raise MiscError("MISC-ARG-001", f"{effort!r} is not one of {', '.join(EFFORTS)}", path="effort")
    size = stream.size
    if not all(1 <= side <= limits.MAX_SIDE for side in size):
        raise MiscError(
            "MISC-CON-019",
            f"a picture of {size.width}x{size.height} pixels has a side outside 1 to {limits.MAX_SIDE:,}",
            path="header",
        )
    if stream.profile not in PROFILE_ID:
        message = f"profile {stream.profile!r} is not registered; use one of {', '.join(PROFILE_ID)}"
        raise MiscError("MISC-CON-004", message, path="header/profile")
    content = stream.core()
    if not content.keys() - {"generation"}:
        raise MiscError("MISC-CON-006", "there are no text, no maps and no image; add one of them", path="header")
    _check_methods(stream.methods)
    for kind in sorted(stream.unchecked - content.keys()):
        raise MiscError("MISC-ARG-001", f"there is no {kind}, and so no check of it to leave out", path="unchecked")
    if check_profile:
        for issue in check(stream):
            raise issue
    core = {kind: _write_component(kind, part, stream, effort) for kind, part in content.items()}
    return write_structure(size.width, size.height, PROFILE_ID[stream.profile], core, _sorted_ancillary(stream))


def _check_methods(methods: Mapping[str, str]) -> None:
    """Check that every method name is registered, also for an absent component."""
    for kind, name in methods.items():
        if kind not in CORE_KINDS:
            raise MiscError("MISC-ARG-001", f"{kind!r} is not one of {', '.join(CORE_KINDS)}", path="methods")
        if name != AUTO and (kind, name) not in METHOD_BY_NAME:
            names = ", ".join(row.name for row in METHODS.of_kind(kind))
            message = f"{name!r} is not a method of {kind}; use one of {names}"
            raise MiscError("MISC-CON-012", message, path=f"framing/{kind}/method")


def _write_component(kind: str, content: Content, stream: Stream, effort: Effort) -> Framed | Parts:
    """The payload and its method, or the parts of an image."""
    name, checked = stream.methods.get(kind, AUTO), kind not in stream.unchecked
    if isinstance(content, components.Parts):
        if name != AUTO or not checked:
            raise MiscError(
                "MISC-ARG-001", "each part has a method and a check of its own; choose them there", path=kind
            )
        return [(_place(part), _write_part(part, stream, effort)) for part in content.parts]
    return _with_check(kind, _smallest(kind, content, name, stream, effort), checked)


def _with_check(kind: str, framed: Framed, checked: bool) -> Framed:
    """The payload with the choice of its check. Raises `MiscError` if there is no choice."""
    method = METHOD_BY_ID[kind, framed.method]
    if not checked and not method.self_declared:
        message = f"a payload of method {method.name} has no check to leave out"
        raise MiscError("MISC-ARG-001", message, path=kind)
    return framed._replace(checked=checked)


def _place(part: ImagePart) -> Part:
    if part.role not in ROLE_ID:
        raise MiscError("MISC-PRT-001", f"{part.role!r} is not a role; use one of {', '.join(ROLE_ID)}", path="image")
    return Part(ROLE_ID[part.role], part.name)


def _write_part(part: ImagePart, stream: Stream, effort: Effort) -> Framed:
    """The payload of a part. Its errors have the path of the part."""
    path = f"image/{part.label}"
    if isinstance(part.content, components.Parts):
        raise MiscError("MISC-PRT-005", "a part has no parts", path=path)
    try:
        _check_methods({"image": part.method})
        return _with_check("image", _smallest("image", part.content, part.method, stream, effort), part.checked)
    except MiscError as error:
        rest = error.path.removeprefix("framing/").partition("/")[2]
        raise MiscError(error.rule, error.message, path=f"{path}/{rest}".rstrip("/")) from None


def _smallest(kind: str, content: Content, name: str, stream: Stream, effort: Effort) -> Framed:
    """The payload under a method, or the smallest one under several."""
    if name == AUTO and isinstance(content, Maps):
        content = Maps(content.maps)  # supplied regions are written only if the caller names jbig2
    payloads: list[tuple[bytes, int]] = []
    errors: list[MiscError] = []
    for row in _candidates(kind, content, name, effort):
        try:
            payloads.append((coder(row).encode(content, stream.size), row.id))
        except MiscError as error:  # another method may have wider limits
            errors.append(error)
    if not payloads:
        raise errors[0]
    payload, number = min(payloads, key=lambda pair: (len(pair[0]), pair[1]))
    return Framed(number, payload)


def _candidates(kind: str, content: Content, name: str, effort: Effort) -> list[Method]:
    """The methods to try for the content: the named one, or those that every decoder can read and that are not deprecated."""
    suitable = methods_for(kind, content)
    if not suitable:
        raise MiscError("MISC-CON-012", f"no method codes {type(content).__name__}", path=f"framing/{kind}/method")
    if name == AUTO:
        readable = [row for row in suitable if not row.deprecated and (row.everywhere or row.id == PRIVATE_METHOD)]
        if not readable:
            sentence = (
                f"every method for {type(content).__name__} is deprecated or needs a file of the user's; name one"
            )
            raise MiscError("MISC-CON-012", sentence, path=f"framing/{kind}/method")
        quick = [row for row in readable if not row.slow]
        return quick if quick and effort == "fast" else readable
    named = METHOD_BY_NAME[kind, name]
    if named not in suitable:
        raise MiscError("MISC-CON-012", f"{name!r} is not a method for this content", path=f"framing/{kind}/method")
    return [named]


def _sorted_ancillary(stream: Stream) -> list[tuple[int, bytes]]:
    members = sorted((member.type, member.payload) for member in stream.ancillary)
    numbers = [number for number, _ in members]
    if len(set(numbers)) < len(numbers):
        raise MiscError(
            "MISC-CON-014", f"two ancillary components have the same type; the types are {numbers}", path="ancillary"
        )
    if any(not FIRST_ANCILLARY <= number <= CHECKSUM for number in numbers):
        raise MiscError(
            "MISC-CON-015", f"the types are {numbers}; use {FIRST_ANCILLARY} to {CHECKSUM}", path="ancillary"
        )
    for number, payload in members:
        check_form(number, payload, "ancillary")
    return members
