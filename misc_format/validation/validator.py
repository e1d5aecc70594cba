"""The validator: it reports every broken rule of a file that it can find, with clause, bit offset and path.

It reads on behind a flaw, and checks each component independently of the others. `ValidationOptions` are applied to the issues at the
end; they do not change what is checked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, get_args

from misc_format.components import Generation, Opaque, Stream
from misc_format.document import UNREAD, Document, Source, core_of, opened, results_of
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
    """Which issues a report contains, and with which severity.

    `ignore`: rules to leave out. `only`: the rules to report; empty: all. `severity`: new severities by rule.
    `max_issues`: the largest number of issues in the report; None: no limit.
    A name is the id of a rule, or a prefix of several ids, such as "MISC-PRO". Raises `ValueError` for a name without a rule, an
    unknown severity, or a negative number.
    """

    ignore: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    max_issues: int | None = None

    def __post_init__(self) -> None:
        for name in (*self.ignore, *self.only, *self.severity):
            if not any(_matches(rule, name) for rule in RULES):
                raise ValueError(f"{name!r} names no rule; misc validate --list shows all rules")
        for value in self.severity.values():
            if value not in get_args(Severity):
                raise ValueError(f"{value!r} is not a severity; use one of {', '.join(get_args(Severity))}")
        if self.max_issues is not None and self.max_issues < 0:
            raise ValueError("the number of issues is negative; use 0 or more")

    def apply(self, issues: Iterator[Issue]) -> Iterator[Issue]:
        """The issues that remain, with the severities of these options."""
        for issue in issues:
            if any(_matches(issue.id, name) for name in self.ignore):
                continue
            if self.only and not any(_matches(issue.id, name) for name in self.only):
                continue
            severities = [value for name, value in self.severity.items() if _matches(issue.id, name)]
            yield issue._replace(severity=severities[-1]) if severities else issue

    def overrides(self) -> dict[str, Any]:
        """The options that can change a verdict and are set, as JSON."""
        options = {"ignore": list(self.ignore), "only": list(self.only), "severity": dict(self.severity)}
        return {name: value for name, value in options.items() if value}


class Report(NamedTuple):
    """The verdict on a file, and its issues.

    `verdict`: "conforming" if no issue has severity error, otherwise "non-conforming"; "error" if the file could not be checked.
    `truncated`: whether issues were left out because of `max_issues`; the verdict considers all issues.
    `sha256`, `file_bytes`: the digest in hexadecimal digits, and the length of the file; None if the file was not read.
    `overrides`: the options that can change the verdict.
    `self_declared`: the paths of the components and parts that only their codec can decode. That they are whole was checked by their
    length and their check; what is in them was not.
    """

    verdict: str
    issues: tuple[Issue, ...]
    truncated: bool = False
    sha256: str | None = None
    file_bytes: int | None = None
    overrides: Mapping[str, Any] = {}
    self_declared: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The verdict, and how many parts are self-declared."""
        count = len(self.self_declared)
        return self.verdict + (f", {count} {'part' if count == 1 else 'parts'} self-declared" if count else "")

    def as_dict(self) -> dict[str, Any]:
        """The JSON object of `misc validate`, without the name of the file and the version of the tool."""
        fields: dict[str, Any] = {
            "verdict": self.verdict,
            "issues": [issue._asdict() for issue in self.issues],
            "truncated": self.truncated,
            "sha256": self.sha256,
            "file_bytes": self.file_bytes,
            "format_version": FORMAT_VERSION,
            "self_declared": list(self.self_declared),
        }
        return fields | ({"overrides": dict(self.overrides)} if self.overrides else {})


def validate(source: Source, options: ValidationOptions | None = None) -> Report:
    """Check a file: the container, each component, registered numbers and the profile.

    Raises `OSError` for a path that cannot be read, and `MiscError` only for a source that is none.
    """
    options = options or ValidationOptions()
    document = opened(source)
    issues = tuple(options.apply(_issues(document)))
    broken = any(issue.severity == "error" for issue in issues)
    max_issues = len(issues) if options.max_issues is None else options.max_issues
    return Report(
        NON_CONFORMING if broken else CONFORMING,
        issues[:max_issues],
        len(issues) > max_issues,
        hashlib.sha256(document.data).hexdigest(),
        len(document.data),
        options.overrides(),
        tuple(part.path for part in document.components if part.self_declared) if document.readable else (),
    )


def validate_many(
    sources: Iterable[Source],
    options: ValidationOptions | None = None,
    *,
    progress: Callable[[int], None] | None = None,
) -> list[Report | MiscError | OSError]:
    """The report of `validate` on each source, or the error that it raises. This takes less time than one by one.

    The texts of `FILES_PER_GROUP` files are decoded side by side. `progress`: called with the number of finished files after each group.
    """
    return results_of(partial(validate, options=options), sources, progress=progress)


def issue_of(error: MiscError, bit_offset: int | None = None) -> Issue:
    """The issue of an error. `bit_offset`: the first bit of the field, for an error about content, which has no offset itself."""
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
    """The issues of content that conforms to its method, but not to the registry or the profile."""
    structure = document.structure
    content = core_of(document.components)
    flags = {leaf.path: leaf for leaf in structure.leaves}
    # A component counts as present if its flag in the header is 1, even if the container could not be read up to it.
    core = {kind: content.get(kind, UNREAD) for kind in CORE_KINDS if flags[f"header/has_{kind}"].value}
    stream = Stream(structure.width, structure.height, structure.profile, **core)
    faults = [
        *_unregistered(stream.generation), *check(stream), *check_rate(stream.profile, stream.size, len(document.data))
    ]  # fmt: skip
    offsets = _offsets(document, {fault.path.partition("/")[0] for fault in faults})
    for fault in faults:
        kind = fault.path.partition("/")[0]
        yield issue_of(
            fault, next((offsets[name] for name in (fault.path, kind, f"header/has_{kind}") if name in offsets), 0)
        )


def _offsets(document: Document, kinds: set[str]) -> dict[str, int]:
    """The first bit by path: of the fields of the container, of the components of these kinds, and of their fields.

    A component with a fault has no fields.
    """
    leaves = list(document.structure.leaves)
    starts = {}
    for component in document.components:
        if component.kind in kinds:
            starts[component.path] = component.place.start
            # The payload of an image of parts begins with the frame of the first one.
            if component.place.part is not None:
                starts["image"] = next(leaf.bit_offset for leaf in leaves if leaf.path == "framing/image/0/role")
            leaves += component.leaves() if not component.faults else []
    return {leaf.path: leaf.bit_offset for leaf in reversed(leaves)} | starts


def _unregistered(generation: Generation | Opaque | None) -> Iterator[MiscError]:
    for name in ("model", "sampler"):
        number = getattr(generation, name, None)
        if isinstance(number, int):
            yield MiscError("MISC-GEN-002", f"{name} {number} is not registered", path=f"generation/{name}")


def _matches(rule: str, name: str) -> bool:
    return rule == name or rule.startswith(f"{name}-")
