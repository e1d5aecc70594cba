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
from misc_format.rules import DUTIES, FILE_RULES, RULES, Actor
from misc_format.structure import container

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


def test_rules_in_the_text_are_in_the_catalogue_and_each_is_stated_in_a_clause() -> None:
    body = TEXT.split("## Annex C")[0]
    stated = set(re.findall(r"MISC-[A-Z]{3}-\d{3}", body))
    assert stated == set(RULES) | set(DUTIES)


def test_every_requirement_has_its_row_and_an_actor() -> None:
    annex = TEXT.split("## Annex C")[1]
    assert set(re.findall(r"^\| (MISC-[A-Z]{3}-\d{3}) \|", annex, re.MULTILINE)) == set(RULES) | set(DUTIES)
    assert not set(RULES) & set(DUTIES)
    for row in (*RULES.values(), *DUTIES.values()):
        assert row.actor in get_args(Actor) and row.requirement.endswith(".")
    assert {RULES[rule].subject for rule in FILE_RULES} == {"file"}


def test_every_declared_syntax_is_printed() -> None:
    printed = set(re.findall(r"<!-- generated: syntax (\w+) -->", TEXT))
    assert printed == set(GENERATOR.SYNTAXES)
    assert container.HEADER.name in printed
