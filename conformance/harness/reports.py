"""A run as JSON, as JUnit XML, and as a badge."""

from __future__ import annotations

from typing import Any

from misc_format.validation import junit

from .protocol import FORMAT
from .run import ERRORED, FAILED, FAULT, PASSED, SKIPPED, STATUSES, Outcome, Result, Tally

JUNIT_STATUSES: dict[str, junit.Status] = {FAILED: "failure", ERRORED: "error", FAULT: "error", SKIPPED: "skipped"}
GREEN, AMBER, RED = "#2e7d32", "#b26a00", "#b3261e"
LETTER, MARGIN, HEIGHT = 7, 8, 20  # pixels


def document(outcome: Outcome) -> dict[str, Any]:
    """The JSON form."""
    return {
        "format": FORMAT,
        "decoder": outcome.info,
        "not_compared": outcome.unclaimed,
        "counts": _counts(outcome.counts),
        "classes": _tallies(outcome.by_class()),
        "requirements": _tallies(outcome.by_requirement()),
        "profiles": _tallies(outcome.by_profile()),
        "results": [
            {"vector": result.vector.name, "op": result.op, "status": result.status, "message": result.message}
            for result in outcome.results
        ],
    }


def _tallies(tallies: list[Tally]) -> dict[str, dict[str, int]]:
    return {tally.name: _counts(tally.counts) for tally in tallies}


def _counts(counts: dict[str, int]) -> dict[str, int]:
    return {status: counts.get(status, 0) for status in STATUSES}


def as_junit(outcome: Outcome) -> str:
    """JUnit XML, with a test case per request. A wrong reply is a failure, a request without a reply an error."""
    name = f"MISC {FORMAT} conformance of {outcome.info['name']}"
    return junit.as_xml(junit.Suite(name, [_case(result) for result in outcome.results])) + "\n"


def _case(result: Result) -> junit.Case:
    output = f"requirements: {' '.join(result.vector.requirements)}"
    return junit.Case(result.vector.name, f"misc.{result.op}", _problem(result), output)


def _problem(result: Result) -> junit.Problem | None:
    status = JUNIT_STATUSES.get(result.status)
    if status is None:
        return None
    return junit.Problem(status, result.message, "" if status == "skipped" else result.status)


def badge(outcome: Outcome) -> str:
    """An SVG of two fields: the version of the format, and how many replies are right."""
    counts = outcome.counts
    wrong = counts[FAILED] + counts[ERRORED] + counts[FAULT]
    left, right = f"MISC {FORMAT}", f"{counts[PASSED]} / {len(outcome.results)}"
    colour = RED if wrong else AMBER if counts[SKIPPED] or outcome.unclaimed else GREEN
    one, two = (LETTER * len(text) + 2 * MARGIN for text in (left, right))
    texts = "".join(
        f'<text x="{middle}" y="14">{text}</text>' for middle, text in ((one / 2, left), (one + two / 2, right))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{one + two}" height="{HEIGHT}" role="img" aria-label="{left}: {right}">'
        f"<title>{left}: {right}</title>"
        f'<rect width="{one + two}" height="{HEIGHT}" rx="3" fill="{colour}"/>'
        f'<path d="M3 0h{one - 3}v{HEIGHT}H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="#424242"/>'
        f'<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">{texts}</g></svg>\n'
    )
