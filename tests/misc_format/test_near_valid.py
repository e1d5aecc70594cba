"""Files that break just one rule, for every rule that a file can break; and that validator and reader agree about them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import misc_format
from conformance.authoring import users_files
from misc_format import MiscError
from misc_format.rules import FILE_RULES, RULES
from misc_format.testing import mutations, near_valid, nearly

VECTORS = Path(__file__).parents[2] / "conformance" / "vectors"
ENTRIES = json.loads((VECTORS / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _tiny_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """By `monkeypatch`, which tests use for the same variables: each undoes only what it did."""
    for name, path in users_files.PATHS.items():
        monkeypatch.setenv(name, path)


def vectors_of(rule: str) -> list[bytes]:
    return [(VECTORS / entry["file"]).read_bytes() for entry in ENTRIES if entry.get("rule") == rule]


def alone(data: bytes, rule: str) -> bool:
    return {issue.id for issue in misc_format.validate(data).issues} == {rule}


def check(data: bytes, rule: str) -> None:
    issues = misc_format.validate(data).issues
    assert {issue.id for issue in issues} == {rule}
    assert all(issue.bit_offset is not None and 0 <= issue.bit_offset <= 8 * len(data) for issue in issues)
    if RULES[rule].severity == "error" and not rule.startswith("MISC-PRO"):
        with pytest.raises(MiscError) as caught:
            misc_format.read(data)
        assert (caught.value.rule, caught.value.bit_offset, caught.value.path) == (
            rule,
            issues[0].bit_offset,
            issues[0].path,
        )
    else:
        assert misc_format.write(misc_format.read(data), check_profile=False) == data


@pytest.mark.parametrize("rule", FILE_RULES)
def test_a_file_breaks_just_that_rule(rule: str) -> None:
    @settings(max_examples=6)
    @given(near_valid(rule, [] if rule in nearly.BY_RULE else [data for data in vectors_of(rule) if alone(data, rule)]))
    def run(data: bytes) -> None:
        check(data, rule)

    run()


def test_vectors_are_put_among_other_components() -> None:
    vector = (VECTORS / "bad-maps-run-too-long.misc").read_bytes()

    @settings(max_examples=20)
    @given(near_valid("MISC-MAP-004", [vector]))
    def run(data: bytes) -> None:
        check(data, "MISC-MAP-004")

    run()


@pytest.mark.parametrize("rule", ["MISC-PCK-001", "MISC-RES-001", "nothing"])
def test_what_no_file_breaks_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match="not a rule that a file can break"):
        near_valid(rule)


@settings(max_examples=60)
@given(st.data())
def test_checksums_are_repaired_or_not(data: st.DataObject) -> None:
    checked = (VECTORS / "ancillary-checksum.misc").read_bytes()
    repaired = data.draw(mutations(checked, repaired=True))
    assert (
        "MISC-ANC-002" not in {issue.id for issue in misc_format.validate(repaired).issues}
        or repaired[-6:-4] != checked[-6:-4]
    )
