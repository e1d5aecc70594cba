"""The validator: what a file breaks, as a list of issues, each with rule, clause, bit offset and path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from misc_format.components import Ancillary, Generation, Size, Stream
from misc_format.container import Component, Structure, read_structure
from misc_format.errors import MiscError
from misc_format.profiles import check
from misc_format.rules import RULES
from misc_format.stream import find_method, read_ancillary, read_component


class Issue(NamedTuple):
    """One broken rule."""

    id: str
    severity: str
    clause: str
    bit_offset: int | None
    path: str
    message: str


class Report(NamedTuple):
    """The verdict on a file: "conforming" if no issue is an error."""

    verdict: str
    issues: tuple[Issue, ...]

    def as_dict(self) -> dict[str, Any]:
        """The JSON form of `misc validate`, without the file's name."""
        return {"verdict": self.verdict, "issues": [issue._asdict() for issue in self.issues]}


def validate(data: bytes) -> Report:
    """Check a file: the container, then every component on its own, then the profile. Never raises `MiscError`."""
    issues = tuple(_issues(data))
    broken = any(issue.severity == "error" for issue in issues)
    return Report("non-conforming" if broken else "conforming", issues)


def _issues(data: bytes) -> Iterator[Issue]:
    try:
        structure = read_structure(data)
    except MiscError as error:
        yield issue_of(error)
        return
    size = Size(structure.width, structure.height)
    content: dict[str, Any] = {}
    sound = True
    for component in structure.components:
        try:
            content[component.path] = _read(data, component, size)
        except MiscError as error:
            sound = False
            yield issue_of(error)
    if sound:
        yield from _content_issues(structure, content)


def _read(data: bytes, component: Component, size: Size) -> Any:
    if component.kind == "ancillary":
        return read_ancillary(data, component)
    find_method(component)
    return read_component(data, component, size)


def _content_issues(structure: Structure, content: dict[str, Any]) -> Iterator[Issue]:
    core = {path: part for path, part in content.items() if not isinstance(part, Ancillary)}
    stream = Stream(structure.width, structure.height, structure.profile, **core)
    generation = stream.generation
    if isinstance(generation, Generation):
        for name in ("model", "sampler"):
            number = getattr(generation, name)
            if isinstance(number, int):
                yield issue_of(
                    MiscError("MISC-GEN-002", f"{name} {number} is not registered", path=f"generation/{name}"),
                    structure,
                )
    for error in check(stream):
        yield issue_of(error, structure)


def issue_of(error: MiscError, structure: Structure | None = None) -> Issue:
    """An error as an issue. One about content is placed at its component, or at the profile field if that is not there."""
    rule = RULES[error.rule]
    offset = error.bit_offset
    if offset is None and structure is not None:
        kind = error.path.partition("/")[0]
        places = {component.path: component.start for component in structure.components}
        profile = next(leaf.bit_offset for leaf in structure.leaves if leaf.path == "header/profile")
        offset = places.get(kind, profile)
    return Issue(rule.id, rule.severity, rule.clause, offset, error.path, error.message)
