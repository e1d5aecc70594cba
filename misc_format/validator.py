"""The validator: what a file breaks, as a list of issues, each with rule, clause, bit offset and path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from misc_format.accounting import inspect
from misc_format.components import Ancillary, Size, Stream
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
        yield from _content_issues(data, structure, content)


def _read(data: bytes, component: Component, size: Size) -> Any:
    if component.kind == "ancillary":
        return read_ancillary(data, component)
    find_method(component)
    return read_component(data, component, size)


def _content_issues(data: bytes, structure: Structure, content: dict[str, Any]) -> Iterator[Issue]:
    """What each component allows by itself, but registry or profile do not."""
    core = {path: part for path, part in content.items() if not isinstance(part, Ancillary)}
    stream = Stream(structure.width, structure.height, structure.profile, **core)
    errors = [*_unregistered(stream.generation), *check(stream)]
    if errors:
        leaves = {leaf.path: leaf.bit_offset for leaf in inspect(data)}
        starts = {component.path: component.start for component in structure.components}
        for error in errors:
            kind = error.path.partition("/")[0]
            flag = leaves[f"header/has_{kind}"]
            yield issue_of(error, leaves.get(error.path, starts.get(error.path, starts.get(kind, flag))))


def _unregistered(generation: Any) -> Iterator[MiscError]:
    for name in ("model", "sampler"):
        number = getattr(generation, name, None)
        if isinstance(number, int):
            yield MiscError("MISC-GEN-002", f"{name} {number} is not registered", path=f"generation/{name}")


def issue_of(error: MiscError, bit_offset: int | None = None) -> Issue:
    """An error as an issue; one about content is told by the caller where its field lies."""
    rule = RULES[error.rule]
    offset = error.bit_offset if bit_offset is None else bit_offset
    return Issue(rule.id, rule.severity, rule.clause, offset, error.path, error.message)
