"""A decoder is given every vector, and each reply is compared with the manifest."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..suite import Vector
from .classes import CLASSES, compared, needed, right_answers
from .decoder_process import DecoderProcess
from .protocol import CLAIMS, Fault, check_result, shown

OPS = ("decode", "validate")
MAX_MESSAGE = 2_400  # characters; it holds the end of a decoder's standard error
PASSED, FAILED, SKIPPED, ERRORED, FAULT = STATUSES = ("passed", "failed", "skipped", "errored", "fault")


class Result(NamedTuple):
    """The result of one request. `failed`: the reply is wrong; `fault`: there is no reply that the protocol allows."""

    vector: Vector
    op: str
    status: str
    message: str = ""


class Tally(NamedTuple):
    """The numbers of results by status for one requirement, or one profile."""

    name: str
    counts: Counter[str]


class Outcome(NamedTuple):
    """A whole run."""

    info: dict[str, Any]
    results: list[Result]

    @property
    def counts(self) -> Counter[str]:
        """Results by status."""
        return Counter(result.status for result in self.results)

    @property
    def unclaimed(self) -> list[str]:
        """What was not compared, because the decoder does not claim it."""
        return [claim for claim in compared(CLAIMS, self.info["class"]) if claim not in self.info["claims"]]

    def by_class(self) -> list[Tally]:
        """For each conformance class up to that of the decoder, the results of the vectors that need it."""
        tallies = _tallied(self.results, lambda vector: [needed(vector.expected, self.info["class"])])
        return sorted(tallies, key=lambda tally: CLASSES.index(tally.name))

    def by_requirement(self) -> list[Tally]:
        """For each requirement, the results of the vectors that exercise it."""
        return _tallied(self.results, lambda vector: vector.requirements)

    def by_profile(self) -> list[Tally]:
        """The same for each profile."""
        return _tallied(self.results, lambda vector: [vector.profile] if vector.profile else [])


def run(decoder: DecoderProcess, vectors: Iterable[Vector]) -> Outcome:
    """Let a decoder decode, then validate each vector. Raises `Fault` only if the program cannot be started."""
    with decoder:
        info = decoder.start()
        results = [_result(decoder, vector, op) for vector in vectors for op in OPS]
        decoder.stop()
    return Outcome(info, results)


def _result(decoder: DecoderProcess, vector: Vector, op: str) -> Result:
    try:
        status, message = _status(decoder, vector, op)
    except Fault as fault:
        status, message = FAULT, str(fault)
    return Result(vector, op, status, message[:MAX_MESSAGE])


def _status(decoder: DecoderProcess, vector: Vector, op: str) -> tuple[str, str]:
    """The status of one request, and what is wrong. Raises `Fault`."""
    reply = decoder.ask(op, name=vector.name, data=base64.b64encode(vector.data).decode("ascii"))
    for status in (SKIPPED, ERRORED):
        if status in reply:
            return status, reply[status]
    check_result(reply["result"], op, decoder.info["claims"])
    answers = right_answers(vector.expected, decoder.info["class"])
    wrong = [next(differences(reply["result"], answer, op, decoder.info["claims"]), "") for answer in answers]
    return (FAILED, wrong[0]) if all(wrong) else (PASSED, "")


def differences(actual: dict[str, Any], expected: dict[str, Any], op: str, claims: Sequence[str]) -> Iterator[str]:
    """How a result differs from an entry of the manifest, or from such an answer with fewer keys."""
    if actual["verdict"] != expected["verdict"]:
        yield f"the verdict is {actual['verdict']}, not {expected['verdict']}{_because(actual)}"
        return
    issues: list[dict[str, Any]] = actual.get("issues", [])
    if expected["verdict"] == "non-conforming":
        if "rule" in claims:
            yield from _issue(issues, expected, "place" in claims)
        return
    if "warnings" in claims:
        warnings = expected.get("warnings", [])
        for warning in warnings:
            yield from _issue(issues, warning, "place" in claims)
        kept = {issue["rule"] for issue in issues if issue["rule"].startswith("MISC-")}
        for rule in sorted(kept - {warning["rule"] for warning in warnings}):
            yield f"{rule} is reported, but the file does not break it"
    if op == "decode":
        for claim in ("symbols", "bits", "fields"):
            if claim in claims and claim in expected and actual[claim] != expected[claim]:
                yield _first_difference(claim, actual[claim], expected[claim])


def _because(actual: dict[str, Any]) -> str:
    issues = actual.get("issues", [])
    return f" ({issues[0]['rule']})" if issues else ""


def _issue(issues: Sequence[dict[str, Any]], expected: dict[str, Any], place: bool) -> Iterator[str]:
    """Whether an issue is among those reported and, if `place` is true, at its place."""
    same = [issue for issue in issues if issue["rule"] == expected["rule"]]
    if not same:
        yield f"{expected['rule']} is not reported, but {', '.join(issue['rule'] for issue in issues) or 'nothing'}"
    elif place and not any(all(issue[key] == expected[key] for key in ("bit_offset", "path")) for issue in same):
        reported = f"bit {same[0]['bit_offset']}, {same[0]['path']}"
        yield f"{expected['rule']} is at bit {expected['bit_offset']}, {expected['path']}, not at {reported}"


def _first_difference(path: str, actual: Any, expected: Any) -> str:
    """The first place where two JSON values differ."""
    if isinstance(actual, dict) and isinstance(expected, dict):
        for key in [*expected, *actual]:
            if key not in actual:
                return f"{path}/{key} is missing"
            if key not in expected:
                return f"{path}/{key} is superfluous"
            if actual[key] != expected[key]:
                return _first_difference(f"{path}/{key}", actual[key], expected[key])
    if isinstance(actual, list) and isinstance(expected, list):
        for index, (one, other) in enumerate(zip(actual, expected, strict=False)):
            if one != other:
                return _first_difference(f"{path}/{index}", one, other)
        return f"{path} has {len(actual)} members, not {len(expected)}"
    return f"{path} is {shown(actual)}, not {shown(expected)}"


def _tallied(results: Sequence[Result], names: Callable[[Vector], Iterable[str]]) -> list[Tally]:
    counts: dict[str, Counter[str]] = {}
    for result in results:
        for name in names(result.vector):
            counts.setdefault(name, Counter())[result.status] += 1
    return [Tally(name, counts[name]) for name in sorted(counts)]
