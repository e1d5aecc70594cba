"""The format as data: it has the form of its schema, all that is declared, and nothing that means nothing."""

from __future__ import annotations

import binascii
import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from misc_format import formatdata, registry
from misc_format.cli.app import app
from misc_format.coders import coder
from misc_format.formatdata import framing, syntaxes
from misc_format.formatdata.syntaxes import ranges
from misc_format.limits import LIMITS
from misc_format.rules import DUTIES, RULES
from misc_format.structure import steps
from misc_format.structure.container import HEADER, check_of, checksum
from misc_format.structure.grammar import Syntax, table

SPEC = Path(__file__).parents[2] / "spec"
DOCUMENT = formatdata.document()
VALIDATOR = jsonschema.Draft202012Validator(formatdata.schema())


def test_it_has_the_form_of_its_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(formatdata.schema())
    VALIDATOR.validate(json.loads(json.dumps(DOCUMENT)))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("rules", 0, "id"), "MISC-1"),
        (("syntaxes", "header", "rows", 0, "kind"), "x"),
        (("syntaxes", "header", "rows", 1, "bits"), 0),
        (("methods", 0, "steps", 0, "do"), "guess"),
        (("container", "header", "checks", 0, "broken", 0), "xor"),
        (("limits", 0, "value"), "many"),
        (("more",), 1),
    ],
)
def test_another_form_is_refused(place: tuple[Any, ...], value: Any) -> None:
    document = json.loads(json.dumps(DOCUMENT))
    inner = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    assert not VALIDATOR.is_valid(document)


def test_the_command_prints_it_and_writes_the_page(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["spec", "--json"])
    assert done.exit_code == 0 and json.loads(done.stdout) == DOCUMENT
    assert json.loads((SPEC / "format.json").read_text(encoding="utf-8")) == DOCUMENT
    page = tmp_path / "inspector.html"
    assert CliRunner().invoke(app, ["spec", "--inspector", str(page)]).exit_code == 0
    assert page.read_bytes() == (SPEC / "inspector.html").read_bytes()
    printed = CliRunner().invoke(app, ["spec"]).stdout.splitlines()
    for syntax in syntaxes.every():
        assert f"{syntax.title} (clause {syntax.clause})" in printed
        assert all(any(line.startswith(text) for line in printed) for text, _, _ in table(syntax))


def test_it_has_all_that_is_declared() -> None:
    declared = {table.name: table for row in registry.METHODS for table in coder(row).syntaxes.values()}
    assert declared.keys() < DOCUMENT["syntaxes"].keys() and DOCUMENT["syntaxes"].keys() - declared.keys() == {
        "header", "component_frame", "part_frame", "ancillary_frame"
    }  # fmt: skip
    assert [row["id"] for row in DOCUMENT["rules"]] == list(RULES)
    assert [row["id"] for row in DOCUMENT["duties"]] == list(DUTIES)
    assert {row["name"]: row["value"] for row in DOCUMENT["limits"]} == {row.name: row.value for row in LIMITS}
    methods = [(row["kind"], row["id"], row["name"]) for row in DOCUMENT["methods"]]
    assert methods == [(row.kind, row.id, row.name) for row in registry.METHODS]
    for name in (
        "profiles",
        "roles",
        "ancillary_types",
        "models",
        "samplers",
        "entropy_coders",
        "named_texts",
        "metrics",
    ):
        rows = getattr(registry, name.upper())
        assert [(row["id"], row["name"]) for row in DOCUMENT["registry"][name]] == [(row.id, row.name) for row in rows]
    assert DOCUMENT["registry"]["private"]["methods"] == [registry.PRIVATE_METHOD]
    assert DOCUMENT["registry"]["private"]["ancillary_types"] == [13, 14]


def test_a_row_has_what_its_field_declares() -> None:
    rows = {row["name"]: row for row in DOCUMENT["syntaxes"]["header"]["rows"]}
    assert rows["signature"]["fixed"] == 0xCD5343 and rows["signature"]["rule"] == "MISC-CON-001"
    assert rows["profile"]["allowed"] == [[0, 13], [15, 15]] and rows["profile"]["recover"]
    assert rows["version_minor"]["allowed"] == [[2, 2]]
    repeated = DOCUMENT["syntaxes"]["maps_header"]["rows"][-1]
    assert repeated["group"] == "map_size" and repeated["repeat"] == ["+", "map_count_minus_1", 1]
    assert repeated["when"] == {"name": "size_code", "in": [15]}
    changed: Syntax = replace(HEADER, rows=(replace(HEADER.rows[3], allowed={0, 1, 2, 9}, recover=False),))
    [row] = syntaxes.as_data(changed)["rows"]
    assert row["allowed"] == [[0, 2], [9, 9]] and "recover" not in row


@given(st.sets(st.integers(0, 40)))
def test_ranges_are_the_numbers(numbers: set[int]) -> None:
    found = ranges(numbers)
    assert [number for first, last in found for number in range(first, last + 1)] == sorted(numbers)
    assert all(one[1] + 1 < other[0] for one, other in pairwise(found))


def test_every_word_of_it_means_something() -> None:
    """Names of tables, rules, limits and registry are there; every operator and step has a meaning and is used."""
    operators, done = set(), set()
    for step in _steps():
        done.add(step["do"])
        if "syntax" in step:
            assert step["syntax"] in DOCUMENT["syntaxes"]
        for name in ("count", "value", "broken", "length"):
            operators |= set(_operators(step.get(name)))
        for value in step.get("arguments", {}).values():
            operators |= set(_operators(value))
    operators |= set(
        _operators(
            [row["repeat"] for table in DOCUMENT["syntaxes"].values() for row in table["rows"] if "group" in row]
        )
    )
    assert done == set(steps.STEPS) == set(DOCUMENT["terms"]["steps"])
    assert operators | {"+"} == set(steps.OPERATORS)
    rules = {rule for row in DOCUMENT["methods"] for rule in row["structural"]} | set(
        DOCUMENT["container"]["structural"]
    )
    assert rules <= set(RULES) and {row["id"] for row in DOCUMENT["rules"] if row["structural"]} == rules


def test_a_method_that_declares_no_steps_has_its_fields_and_a_codeword() -> None:
    declared = replace(coder(registry.METHOD_BY_NAME["image", "integers"]), steps=None)
    first, second = declared.steps_of("image")
    assert (first["do"], first["syntax"]) == ("fields", "integers_header") and second == steps.CODEWORD


def _steps() -> Iterator[dict[str, Any]]:
    yield from DOCUMENT["container"]["header"]["checks"]
    for method in DOCUMENT["methods"]:
        yield from method["steps"]


def _operators(expression: Any) -> Iterator[str]:
    """The operators of an expression. The names in it are limits that exist, or in lower case."""
    if isinstance(expression, str) and expression.isupper():
        assert expression in {row.name for row in LIMITS}
    if isinstance(expression, list) and expression:
        if expression[0] in steps.OPERATORS:
            yield expression[0]
        for each in expression:
            yield from _operators(each)


def _crc(data: bytes, parameters: dict[str, Any]) -> int:
    """A CRC by its usual parameters, bit by bit."""
    bits, state = parameters["bits"], parameters["initial"]
    for byte in data:
        own = int(f"{byte:08b}"[::-1], 2) if parameters["reflected"] else byte
        state ^= own << bits - 8
        for _ in range(8):
            state = (state << 1 ^ (parameters["polynomial"] if state >> bits - 1 else 0)) & (1 << bits) - 1
    return (int(f"{state:0{bits}b}"[::-1], 2) if parameters["reflected"] else state) ^ int(parameters["final_xor"])


@given(st.binary(max_size=40))
def test_the_parameters_of_the_checks_are_those_of_the_container(data: bytes) -> None:
    assert _crc(data, framing.CHECK) == check_of(data) == binascii.crc_hqx(data, 0xFFFF)
    assert _crc(data, framing.CHECKSUM) == int.from_bytes(checksum(data), "big") == zlib.crc32(data)
