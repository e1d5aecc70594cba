"""JUnit XML, the form of test reports that CI systems read.

The documents follow the schema of the xUnit plugin of Jenkins (junit-10.xsd), which other readers accept too. A character that XML 1.0
does not allow is written as a Python escape, such as `\\x00`, and any other invisible one as a reference, such as `&#155;`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from misc_format.system import text

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

Status = Literal["failure", "error", "skipped"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a case did not pass: `failure` for a wrong result, `error` for no result, `skipped` for a case that was not run."""

    status: Status
    message: str
    type: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One test case; it passed if it has no problem. `output` becomes its `system-out`."""

    name: str
    classname: str
    problem: Problem | None = None
    output: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """Test cases under one name, with the properties of the whole run."""

    name: str
    cases: Sequence[Case]
    properties: Mapping[str, str] = field(default_factory=dict)


def as_xml(suite: Suite) -> str:
    """The JUnit XML document of one suite, without a final newline."""
    totals = _totals(suite.cases)
    root = Element("testsuites", totals)
    element = SubElement(root, "testsuite", _attributes(name=suite.name) | totals | _skipped(suite.cases))
    if suite.properties:
        properties = SubElement(element, "properties")
        for name, value in suite.properties.items():
            SubElement(properties, "property", _attributes(name=name, value=value))
    for case in suite.cases:
        _add_case(element, case)
    indent(root)
    return DECLARATION + text.as_xml(tostring(root, encoding="unicode"))


def _totals(cases: Sequence[Case]) -> dict[str, str]:
    """The numbers of cases, failures and errors; and the total time if every case has a time."""
    statuses = _statuses(cases)
    counts = {"tests": len(cases), "failures": statuses["failure"], "errors": statuses["error"]}
    times = [case.seconds for case in cases if case.seconds is not None]
    time = {"time": f"{sum(times):.3f}"} if len(times) == len(cases) else {}
    return {name: str(count) for name, count in counts.items()} | time


def _skipped(cases: Sequence[Case]) -> dict[str, str]:
    """The number of skipped cases, which only a `testsuite` has."""
    return {"skipped": str(_statuses(cases)["skipped"])}


def _statuses(cases: Sequence[Case]) -> Counter[str]:
    return Counter(case.problem.status for case in cases if case.problem)


def _add_case(suite: Element, case: Case) -> None:
    time = {} if case.seconds is None else {"time": f"{case.seconds:.3f}"}
    element = SubElement(suite, "testcase", _attributes(name=case.name, classname=case.classname) | time)
    if problem := case.problem:
        attributes = _attributes(message=problem.message) | (_attributes(type=problem.type) if problem.type else {})
        SubElement(element, problem.status, attributes).text = escaped(problem.text) or None
    if case.output:
        SubElement(element, "system-out").text = escaped(case.output)


def _attributes(**values: str) -> dict[str, str]:
    return {name: escaped(value) for name, value in values.items()}


def escaped(text: str) -> str:
    """The text with each character that XML 1.0 does not allow written as an escape."""
    return NOT_XML.sub(lambda match: match[0].encode("unicode_escape", "surrogatepass").decode(), text)
