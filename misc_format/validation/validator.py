"""The validator: every rule that a file breaks, as far as it can be read, each with clause, bit offset and path.

A fault that can be read past does not end the search, and each component is looked at whatever is wrong with the others. What a
user wants to hear of it (`Wishes`) is applied to the issues that were found, never to the search.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, get_args

from misc_format.accounting import payload_leaves
from misc_format.components import Generation, Opaque, Size, Stream
from misc_format.errors import MiscError
from misc_format.profiles import check, check_rate
from misc_format.registry import CORE_KINDS
from misc_format.rules import RULES, Severity
from misc_format.stream import read_ancillary, read_component
from misc_format.structure.bits import Leaf
from misc_format.structure.container import VERSION, Component, Structure, read_structure

FORMAT_VERSION = ".".join(map(str, VERSION))
CONFORMING, NON_CONFORMING, ERROR = "conforming", "non-conforming", "error"


class Issue(NamedTuple):
    """One broken rule."""

    id: str
    severity: str
    clause: str
    bit_offset: int | None
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a user wants to hear: rules to ignore, or alone to regard, other severities, and at most how many issues.

    A rule is named by its id, several by the beginning that they share, like "MISC-PRO". Raises `ValueError` for a name of none.
    """

    ignore: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    max_issues: int | None = None

    def __post_init__(self) -> None:
        for name in (*self.ignore, *self.only, *self.severity):
            if not any(_named(rule, name) for rule in RULES):
                raise ValueError(f"{name!r} names no rule; misc validate --list shows them all")
        for value in self.severity.values():
            if value not in get_args(Severity):
                raise ValueError(f"{value!r} is no severity; use one of {', '.join(get_args(Severity))}")
        if self.max_issues is not None and self.max_issues < 0:
            raise ValueError("the number of issues cannot be negative")

    def applied(self, issues: Iterator[Issue]) -> Iterator[Issue]:
        """The issues that are wanted, with the severities that are."""
        for issue in issues:
            if any(_named(issue.id, name) for name in self.ignore):
                continue
            if self.only and not any(_named(issue.id, name) for name in self.only):
                continue
            changed = [value for name, value in self.severity.items() if _named(issue.id, name)]
            yield issue._replace(severity=changed[-1]) if changed else issue

    def overrides(self) -> dict[str, Any]:
        """What of this can turn a verdict, for reports."""
        wanted = {"ignore": list(self.ignore), "only": list(self.only), "severity": dict(self.severity)}
        return {name: value for name, value in wanted.items() if value}


class Report(NamedTuple):
    """The verdict on a file: "conforming" if no issue is an error; "error" if it could not be reached.

    `truncated`: there are more issues than were asked for; the verdict regards all. `sha256`: of the file, None where it was not read.
    """

    verdict: str
    issues: tuple[Issue, ...]
    truncated: bool = False
    sha256: str | None = None
    file_bytes: int | None = None
    overrides: Mapping[str, Any] = {}

    def as_dict(self) -> dict[str, Any]:
        """The JSON form of `misc validate`, without the file's name and the tool's version."""
        found: dict[str, Any] = {
            "verdict": self.verdict,
            "issues": [issue._asdict() for issue in self.issues],
            "truncated": self.truncated,
            "sha256": self.sha256,
            "file_bytes": self.file_bytes,
            "format_version": FORMAT_VERSION,
        }
        return found | ({"overrides": dict(self.overrides)} if self.overrides else {})


def validate(data: bytes, wishes: Wishes | None = None) -> Report:
    """Check a file: the container, every component on its own, registry and profile. Never raises `MiscError`."""
    wishes = wishes or Wishes()
    issues = tuple(wishes.applied(_issues(data)))
    broken = any(issue.severity == "error" for issue in issues)
    most = len(issues) if wishes.max_issues is None else wishes.max_issues
    return Report(
        NON_CONFORMING if broken else CONFORMING,
        issues[:most],
        len(issues) > most,
        hashlib.sha256(data).hexdigest(),
        len(data),
        wishes.overrides(),
    )


def issue_of(error: MiscError, bit_offset: int | None = None) -> Issue:
    """An error as an issue; one about content is told by the caller where its field lies."""
    rule = RULES[error.rule]
    offset = error.bit_offset if bit_offset is None else bit_offset
    return Issue(rule.id, rule.severity, rule.clause, offset, error.path, error.message)


def _issues(data: bytes) -> Iterator[Issue]:
    flaws: list[MiscError] = []
    try:
        structure = read_structure(data, flaws)
    except MiscError as error:
        yield from map(issue_of, (*flaws, error))
        return
    yield from map(issue_of, flaws)
    size = Size(structure.width, structure.height)
    content: dict[str, Any] = {}
    for component in structure.components:
        flaws = []
        content[component.path] = _read(data, component, size, flaws)
        yield from map(issue_of, flaws)
    yield from _content_issues(data, structure, content)


def _read(data: bytes, component: Component, size: Size, flaws: list[MiscError]) -> Any:
    """The content of a component as far as it can be told; opaque where it cannot."""
    try:
        if component.kind == "ancillary":
            return read_ancillary(data, component)
        return read_component(data, component, size, flaws=flaws)
    except MiscError as error:
        flaws.append(error)
        return Opaque(b"")


def _content_issues(data: bytes, structure: Structure, content: Mapping[str, Any]) -> Iterator[Issue]:
    """What each component allows by itself, but registry or profile do not."""
    flags = {leaf.path: leaf for leaf in structure.leaves}
    # A component that the header announces and that was not reached counts as present.
    core = {kind: content.get(kind, Opaque(b"")) for kind in CORE_KINDS if flags[f"header/has_{kind}"].value}
    stream = Stream(structure.width, structure.height, structure.profile, **core)
    errors = [*_unregistered(stream.generation), *check(stream), *check_rate(stream.profile, stream.size, len(data))]
    if errors:
        places = _Places(data, structure)
        yield from (issue_of(error, places.bit_offset(error.path)) for error in errors)


class _Places:
    """Where the fields of a file lie, as far as its components can be read. Only those that are asked for are opened."""

    def __init__(self, data: bytes, structure: Structure) -> None:
        self._data = data
        self._size = Size(structure.width, structure.height)
        self._components = {component.path: component for component in structure.components}
        self._leaves = _first_bits(structure.leaves)

    def bit_offset(self, path: str) -> int:
        """The first bit of the field, or of its component, or of the flag that says that this is there."""
        kind = path.partition("/")[0]
        component = self._components.pop(kind, None)
        if component is not None:
            self._leaves = {kind: component.start} | self._opened(component) | self._leaves
        names = (path, kind, f"header/has_{kind}")
        return next((self._leaves[name] for name in names if name in self._leaves), 0)

    def _opened(self, component: Component) -> dict[str, int]:
        try:
            return _first_bits(payload_leaves(self._data, component, self._size))
        except MiscError:  # broken, and reported as such
            return {}


def _first_bits(leaves: Sequence[Leaf]) -> dict[str, int]:
    return {leaf.path: leaf.bit_offset for leaf in reversed(leaves)}


def _unregistered(generation: Generation | Opaque | None) -> Iterator[MiscError]:
    for name in ("model", "sampler"):
        number = getattr(generation, name, None)
        if isinstance(number, int):
            yield MiscError("MISC-GEN-002", f"{name} {number} is not registered", path=f"generation/{name}")


def _named(rule: str, name: str) -> bool:
    return rule == name or rule.startswith(f"{name}-")
