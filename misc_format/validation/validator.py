"""The validator: every rule that a file breaks, as far as it can be read, each with clause, bit offset and path.

A fault that can be read past does not end the search, and each component is looked at whatever is wrong with the others. What a
user asks for (`ValidationOptions`) is applied to the issues afterwards, never to the search.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, get_args

from misc_format.accounting import Source
from misc_format.components import Generation, Opaque, Stream
from misc_format.document import UNREAD, Document, opened
from misc_format.errors import MiscError
from misc_format.profiles import check, check_rate
from misc_format.registry import CORE_KINDS
from misc_format.rules import RULES, Severity
from misc_format.structure.container import FORMAT_VERSION

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
class ValidationOptions:
    """Which issues a user asks for: rules to ignore, or the only ones to regard, other severities, and the largest number of issues.

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


def validate(source: Source, options: ValidationOptions | None = None) -> Report:
    """Check a file: the container, every component on its own, registry and profile. Raises no `MiscError`, but `OSError` for a path
    that cannot be read."""
    options = options or ValidationOptions()
    document = opened(source)
    issues = tuple(options.applied(_issues(document)))
    broken = any(issue.severity == "error" for issue in issues)
    max_issues = len(issues) if options.max_issues is None else options.max_issues
    return Report(
        NON_CONFORMING if broken else CONFORMING,
        issues[:max_issues],
        len(issues) > max_issues,
        hashlib.sha256(document.data).hexdigest(),
        len(document.data),
        options.overrides(),
    )


def issue_of(error: MiscError, bit_offset: int | None = None) -> Issue:
    """An error as an issue; one about content is told by the caller where its field lies."""
    rule = RULES[error.rule]
    offset = error.bit_offset if bit_offset is None else bit_offset
    return Issue(rule.id, rule.severity, rule.clause, offset, error.path, error.message)


def _issues(document: Document) -> Iterator[Issue]:
    yield from map(issue_of, document.faults)
    if document.readable:
        for component in document.components:
            yield from map(issue_of, component.faults)
        yield from _content_issues(document)


def _content_issues(document: Document) -> Iterator[Issue]:
    """What each component allows by itself, but registry or profile do not."""
    structure = document.structure
    content = {component.path: component.content for component in document.components}
    flags = {leaf.path: leaf for leaf in structure.leaves}
    # A component that the header announces and that was not reached counts as present.
    core = {kind: content.get(kind, UNREAD) for kind in CORE_KINDS if flags[f"header/has_{kind}"].value}
    stream = Stream(structure.width, structure.height, structure.profile, **core)
    faults = [
        *_unregistered(stream.generation), *check(stream), *check_rate(stream.profile, stream.size, len(document.data))
    ]  # fmt: skip
    places = _places(document, {fault.path.partition("/")[0] for fault in faults})
    for fault in faults:
        kind = fault.path.partition("/")[0]
        yield issue_of(
            fault, next((places[name] for name in (fault.path, kind, f"header/has_{kind}") if name in places), 0)
        )


def _places(document: Document, kinds: set[str]) -> dict[str, int]:
    """The first bits of the container's fields, of components of these kinds, and of their fields where nothing is wrong with them."""
    leaves = list(document.structure.leaves)
    starts = {}
    for component in document.components:
        if component.path in kinds:
            starts[component.path] = component.place.start
            leaves += component.leaves() if not component.faults else []
    return {leaf.path: leaf.bit_offset for leaf in reversed(leaves)} | starts


def _unregistered(generation: Generation | Opaque | None) -> Iterator[MiscError]:
    for name in ("model", "sampler"):
        number = getattr(generation, name, None)
        if isinstance(number, int):
            yield MiscError("MISC-GEN-002", f"{name} {number} is not registered", path=f"generation/{name}")


def _named(rule: str, name: str) -> bool:
    return rule == name or rule.startswith(f"{name}-")
