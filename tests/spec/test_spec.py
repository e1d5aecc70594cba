"""The specification says what the code does: generated parts, clauses, rules."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import get_args

import pytest

from misc_format import accounting
from misc_format.registry import METHODS
from misc_format.rules import CLASSES, DUTIES, FILE_RULES, RULES, Class
from misc_format.structure import container

REQUIREMENTS = RULES | DUTIES
SPEC = Path(__file__).parents[2] / "spec"
TEXT = (SPEC / "misc-bitstream.md").read_text(encoding="utf-8")
CLAUSES = set(re.findall(r"^#+ ([\d.]+) ", TEXT, re.MULTILINE))


def _generator():  # type: ignore[no-untyped-def]
    found = importlib.util.spec_from_file_location("spec_generate", SPEC / "generate.py")
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules["spec_generate"] = module
    found.loader.exec_module(module)
    return module


GENERATOR = _generator()


def test_generated_parts_are_what_the_code_declares() -> None:
    assert GENERATOR.stale() == []


@pytest.mark.parametrize(
    "before, after", [("`f(24)`", "`u(24)`"), ("| 65,535 |", "| 65,536 |"), ("5603f0c6", "6603f0c6")]
)
def test_a_difference_would_be_found(before: str, after: str) -> None:
    changed = TEXT.replace(before, after)
    assert changed != TEXT == GENERATOR.render(changed)


def test_every_clause_that_code_names_is_there() -> None:
    named = {row.clause for row in (*RULES.values(), *DUTIES.values(), *METHODS)}
    named |= {syntax.clause for syntax in GENERATOR.SYNTAXES.values()}
    demo = GENERATOR.DEMO.read_bytes()
    named |= {leaf.clause for leaf in accounting.inspect(demo)}
    assert named <= CLAUSES


def test_every_rule_that_the_text_names_is_in_the_catalogue() -> None:
    assert set(re.findall(r"MISC-[A-Z]{3}-\d{3}", TEXT)) == set(REQUIREMENTS)


def test_each_requirement_is_stated_once_in_its_clause() -> None:
    stated = {}
    for number, body in _sections().items():
        for row in re.findall(r"^\| `(MISC-[A-Z]{3}-\d{3})` \| (\w+)[^|]* \| (.+?) \| ", body, re.MULTILINE):
            assert row[0] not in stated
            stated[row[0]] = (number, *row[1:])
    assert stated == {row.id: (row.clause, row.conformance_class, row.requirement) for row in REQUIREMENTS.values()}


def _sections() -> dict[str, str]:
    """The text of each clause and sub-clause up to the next heading, by its number."""
    parts = re.split(r"^#{2,4} (\d[\d.]*|Annex [A-Z]|[A-Z]\.\d) .*$", TEXT, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_index_has_every_requirement_and_its_class_and_clause() -> None:
    annex = _sections()["Annex C"]
    rows = re.findall(r"^\| (MISC-[A-Z]{3}-\d{3}) \| (\w+)[^|]* \| clause ([\d.]+) \|", annex, re.MULTILINE)
    assert rows == [(row.id, row.conformance_class, row.clause) for row in REQUIREMENTS.values()]


def test_requirements_are_well_formed() -> None:
    assert not set(RULES) & set(DUTIES)
    for row in REQUIREMENTS.values():
        assert row.conformance_class in get_args(Class) and row.requirement.endswith(".")
    assert set(get_args(Class)) == set(CLASSES)
    assert {RULES[rule].subject for rule in FILE_RULES} == {"file"}


def test_the_errata_are_numbered_and_the_text_refers_to_them() -> None:
    errata = (SPEC / "errata.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (\d{4}-\d\d-\d\d) \| [\d.]+ \| ([\w.]+) \| .+ \| .+ \|$", errata, re.MULTILINE)
    assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
    assert {row[2] for row in rows} <= CLAUSES
    assert bool(rows) != ("There are none." in errata)
    assert "(errata.md)" in TEXT.split("## 1 ")[0]


def test_every_declared_syntax_is_printed() -> None:
    printed = set(re.findall(r"<!-- generated: syntax (\w+) -->", TEXT))
    assert printed == set(GENERATOR.SYNTAXES)
    assert container.HEADER.name in printed
