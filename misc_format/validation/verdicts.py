"""Reports of the validator as JSON, SARIF 2.1.0 and JUnit XML. Each is a pure function of the checked files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from typing import Any, NamedTuple
from urllib.parse import quote

from misc_format.rules import RULES
from misc_format.structure.container import FORMAT_VERSION
from misc_format.system.names import name_bytes
from misc_format.validation import junit
from misc_format.validation.validator import CONFORMING, ERROR, Issue, Report

SCHEMA = "validation-report.schema.json"
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "info": "note"}


class Checked(NamedTuple):
    """The name of a file, its report, and the duration of the check in seconds."""

    file: str
    report: Report
    seconds: float = 0.0


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the documents of `as_json`."""
    text = files("misc_format").joinpath("schemas", SCHEMA).read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def as_json(checked: Iterable[Checked], version: str) -> list[dict[str, Any]]:
    """One object per file. `version`: the version of the tool."""
    tool = {"name": "misc", "version": version}
    return [{"file": row.file, **row.report.as_dict(), "tool": tool} for row in checked]


def as_sarif(checked: Sequence[Checked], version: str) -> dict[str, Any]:
    """A log of one run: a result for each issue, and a notification for each file that could not be checked.

    `version`: the version of the tool.
    """
    broken_rules = sorted({issue.id for row in checked for issue in row.report.issues if issue.id in RULES})
    rule_indexes = {rule: index for index, rule in enumerate(broken_rules)}
    results = [
        _result(row.file, index, issue, rule_indexes)
        for index, row in enumerate(checked)
        if row.report.verdict != ERROR
        for issue in row.report.issues
    ]
    faults = [
        {"level": "error", "message": {"text": f"{row.file}: {issue.message}"}}
        for row in checked
        if row.report.verdict == ERROR
        for issue in row.report.issues
    ]
    invocation = {"executionSuccessful": not faults, "toolExecutionNotifications": faults}
    driver = {
        "name": "misc",
        "version": version,
        "semanticVersion": version,
        "properties": {"formatVersion": FORMAT_VERSION},
        "rules": [_rule(name) for name in broken_rules],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "artifacts": [_artifact(row) for row in checked],
        "results": results,
    }
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def as_junit(checked: Iterable[Checked], version: str) -> str:
    """A case for each file: a failure for a non-conforming file, an error for a file that could not be checked.

    `version`: the version of the tool.
    """
    name = f"misc validate, format version {FORMAT_VERSION}"
    return junit.as_xml(junit.Suite(name, [_case(row) for row in checked], {"tool version": version}))


def _result(file: str, index: int, issue: Issue, rule_indexes: dict[str, int]) -> dict[str, Any]:
    region = {} if issue.bit_offset is None else {"region": {"byteOffset": issue.bit_offset >> 3}}
    return {
        "ruleId": issue.id,
        "ruleIndex": rule_indexes[issue.id],
        "level": LEVELS[issue.severity],
        "message": {"text": f"{issue.message}. {RULES[issue.id].hint}"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": _uri(file), "index": index}, **region},
                "logicalLocations": [{"fullyQualifiedName": issue.path, "kind": "member"}],
            }
        ],
        "properties": {"bitOffset": issue.bit_offset, "clause": issue.clause},
    }


def _rule(name: str) -> dict[str, Any]:
    rule = RULES[name]
    return {
        "id": name,
        "shortDescription": {"text": rule.requirement},
        "fullDescription": {"text": " ".join(filter(None, (rule.requirement, rule.rationale)))},
        "help": {"text": rule.hint},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {"clause": rule.clause, "actor": rule.actor, "class": rule.conformance_class},
    }


def _artifact(row: Checked) -> dict[str, Any]:
    digest = {"hashes": {"sha-256": row.report.sha256}, "length": row.report.file_bytes} if row.report.sha256 else {}
    properties = {"verdict": row.report.verdict, "selfDeclared": list(row.report.self_declared)}
    return {"location": {"uri": _uri(row.file)}, "mimeType": "image/x-misc", **digest, "properties": properties}


def _uri(file: str) -> str:
    return quote(name_bytes(file.replace("\\", "/")))


def _case(row: Checked) -> junit.Case:
    verdict = row.report.verdict
    errors = [issue for issue in row.report.issues if issue.severity == "error"]
    others = [issue for issue in row.report.issues if issue.severity != "error"]
    output = "\n".join((f"verdict {row.report.summary}", f"sha256 {row.report.sha256 or 'unknown'}", *_lines(others)))
    return junit.Case(row.file, "misc", _problem(verdict, errors), output, row.seconds)


def _problem(verdict: str, errors: Sequence[Issue]) -> junit.Problem | None:
    if verdict == CONFORMING:
        return None
    message, rule = (errors[0].message, errors[0].id) if errors else (verdict, None)
    status: junit.Status = "error" if verdict == ERROR else "failure"
    return junit.Problem(status, message, rule or verdict, "\n".join(_lines(errors)))


def _lines(issues: Iterable[Issue]) -> Iterator[str]:
    for issue in issues:
        yield f"{issue.severity} {issue.id or ''} at {issue.path or 'file'}, bit {issue.bit_offset}: {issue.message}"
