"""Every vector through a door, and the verdict on each reply."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from conformance.harness.door import CLAIMS, Door, Fault
from conformance.suite import Vector

OPS = ("decode", "validate")
PASSED, FAILED, SKIPPED, ERRORED, FAULT = STATUSES = ("passed", "failed", "skipped", "errored", "fault")


class Result(NamedTuple):
    """What came of one request. `failed` is the decoder's answer being wrong; `fault` is no answer that the protocol allows."""

    vector: Vector
    op: str
    status: str
    message: str = ""


class Tally(NamedTuple):
    """Results by status of everything that has one requirement, or one profile."""

    name: str
    counts: Counter[str]


class Outcome(NamedTuple):
    """A whole run."""

    told: dict[str, Any]
    results: list[Result]

    @property
    def counts(self) -> Counter[str]:
        """Results by status."""
        return Counter(result.status for result in self.results)

    @property
    def unclaimed(self) -> list[str]:
        """What was not compared, because the decoder does not claim it."""
        return [claim for claim in CLAIMS if claim not in self.told["claims"]]

    def by_requirement(self) -> list[Tally]:
        """For each requirement, the results of the vectors that exercise it."""
        return _tallied(self.results, lambda vector: vector.requirements)

    def by_profile(self) -> list[Tally]:
        """The same for each profile."""
        return _tallied(self.results, lambda vector: [vector.profile] if vector.profile else [])


def run(door: Door, vectors: Iterable[Vector]) -> Outcome:
    """Ask for each vector to be decoded, then validated. Raises `Fault` only where the program cannot even be started."""
    told = door.start()
    results = [_one(door, vector, op) for vector in vectors for op in OPS]
    door.stop()
    return Outcome(told, results)


def _one(door: Door, vector: Vector, op: str) -> Result:
    try:
        reply = door.ask(op, name=vector.name, data=base64.b64encode(vector.data).decode("ascii"))
    except Fault as fault:
        return Result(vector, op, FAULT, str(fault))
    for status in (SKIPPED, ERRORED):
        if status in reply:
            return Result(vector, op, status, str(reply[status]))
    try:
        wrong = next(differences(reply["result"], vector.expected, op, door.told["claims"]), None)
    except (AttributeError, KeyError, TypeError, IndexError) as error:
        return Result(vector, op, FAULT, f"the result of {op} has not the form of the protocol: {error!r}")
    return Result(vector, op, FAILED, wrong) if wrong else Result(vector, op, PASSED)


def differences(found: dict[str, Any], expected: dict[str, Any], op: str, claims: Sequence[str]) -> Iterator[str]:
    """What a result says that the manifest does not."""
    if found["verdict"] != expected["verdict"]:
        yield f"the verdict is {found['verdict']}, not {expected['verdict']}{_because(found)}"
        return
    issues: list[dict[str, Any]] = found.get("issues", [])
    if expected["verdict"] == "non-conforming":
        if "rule" in claims:
            yield from _issue(issues, expected, "place" in claims)
        return
    if "warnings" in claims:
        for warning in expected.get("warnings", []):
            yield from _issue(issues, warning, "place" in claims)
    if op == "decode":
        for claim in ("symbols", "bits", "fields"):
            if claim in claims and found[claim] != expected[claim]:
                yield _first_difference(claim, found[claim], expected[claim])


def _because(found: dict[str, Any]) -> str:
    issues = found.get("issues") or [{}]
    return f" ({issues[0]['rule']})" if "rule" in issues[0] else ""


def _issue(issues: Sequence[dict[str, Any]], wanted: dict[str, Any], place: bool) -> Iterator[str]:
    """Whether an issue is among those reported, and at its place."""
    same = [issue for issue in issues if issue["rule"] == wanted["rule"]]
    if not same:
        yield f"{wanted['rule']} is not reported, but {', '.join(issue['rule'] for issue in issues) or 'nothing'}"
    elif place and not any(all(issue[key] == wanted[key] for key in ("bit_offset", "path")) for issue in same):
        found = f"bit {same[0]['bit_offset']}, {same[0]['path']}"
        yield f"{wanted['rule']} is at bit {wanted['bit_offset']}, {wanted['path']}, not at {found}"


def _first_difference(path: str, found: Any, expected: Any) -> str:
    """Where two JSON values differ first."""
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in [*expected, *found]:
            if key not in found:
                return f"{path}/{key} is missing"
            if key not in expected:
                return f"{path}/{key} is superfluous"
            if found[key] != expected[key]:
                return _first_difference(f"{path}/{key}", found[key], expected[key])
    if isinstance(found, list) and isinstance(expected, list):
        for index, (one, other) in enumerate(zip(found, expected, strict=False)):
            if one != other:
                return _first_difference(f"{path}/{index}", one, other)
        return f"{path} has {len(found)} members, not {len(expected)}"
    return f"{path} is {str(found)[:200]}, not {str(expected)[:200]}"


def _tallied(results: Sequence[Result], names: Callable[[Vector], Iterable[str]]) -> list[Tally]:
    found: dict[str, Counter[str]] = {}
    for result in results:
        for name in names(result.vector):
            found.setdefault(name, Counter())[result.status] += 1
    return [Tally(name, found[name]) for name in sorted(found)]
