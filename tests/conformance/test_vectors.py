"""The committed vectors: made again to the byte, decoded to what their manifest says, and at least one for every rule."""

from __future__ import annotations

import hashlib
import json

import pytest

from conformance.authoring import users_files
from conformance.authoring.coverage import (
    LIMITS,
    UNTESTED_LIMITS,
    needs,
    rules_without_vector,
)
from conformance.authoring.exercised import DUTIES
from conformance.authoring.expected import outcome
from conformance.authoring.generate import folder_files, vectors
from conformance.suite import FOLDER, MANIFEST
from conformance.suite import vectors as committed
from misc_format import Document, account, limits, read, rules, validate, write

ENTRIES = json.loads(MANIFEST.read_text(encoding="utf-8"))
FILES = {entry["file"]: (FOLDER / entry["file"]).read_bytes() for entry in ENTRIES}
# Clause 6.4 says which of several faults at one token counts. A validator reports those behind it, too.
SEVERAL = {f"bad-text-language-own-{name}.misc" for name in ("long-not-utf8", "not-utf8-seventeen-items")}
CONFORMING = [entry for entry in ENTRIES if entry["verdict"] == "conforming"]


@pytest.fixture(autouse=True)
def _tiny_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """By `monkeypatch`, which tests use for the same variables: each undoes only what it did."""
    for name, path in users_files.PATHS.items():
        monkeypatch.setenv(name, path)


@pytest.mark.sweep
def test_generator_reproduces_the_vectors_to_the_byte() -> None:
    assert folder_files(vectors()) == {path.name: path.read_bytes() for path in FOLDER.iterdir()}


def test_there_are_many_and_they_are_small() -> None:
    assert len(ENTRIES) >= 400
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 5_000_000


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["file"])
def test_decoder_makes_of_a_vector_what_the_manifest_says(entry: dict[str, object]) -> None:
    data = FILES[str(entry["file"])]
    assert hashlib.sha256(data).hexdigest() == entry["sha256"]
    document = Document(data)
    found = outcome(document)
    assert {key: entry[key] for key in found} == found
    if entry["verdict"] != "conforming":
        errors = [issue for issue in validate(document).issues if issue.severity == "error"]
        assert (errors[0].id, errors[0].path) == (entry["rule"], entry["path"])
        assert len(errors) == 1 or entry["file"] in SEVERAL


@pytest.mark.parametrize("entry", CONFORMING, ids=lambda entry: entry["file"])
def test_a_conforming_vector_is_written_again_and_its_parts_add_up(entry: dict[str, object]) -> None:
    data = FILES[str(entry["file"])]
    assert write(read(data)) == data
    assert account(data).file_bits == account(data, deep=True).file_bits == 8 * len(data)


def test_a_non_conforming_vector_breaks_every_rule_of_files() -> None:
    assert rules_without_vector(ENTRIES) == []
    assert rules_without_vector([{"rule": "MISC-CON-001"}])[0] == "MISC-CON-002"  # it would be seen


def test_nothing_is_without_a_vector() -> None:
    found = needs(list(committed()))
    assert [need for need in found if need.vectors < 1] == []
    assert len(found) > 400


def test_what_is_missing_would_be_seen() -> None:
    few = [vector for vector in committed() if vector.name.startswith("text-huffman")]
    missing = {need.name for need in needs(few) if need.vectors < 1}
    assert {"MISC-MAP-001", "image method grid", "maps_header/size_code = 11", "MAX_MAPS = 16"} <= missing


def test_limits_and_duties_are_those_of_the_format() -> None:
    assert set(LIMITS) | set(UNTESTED_LIMITS) == {limit.name for limit in limits.LIMITS}
    assert set(DUTIES) <= set(rules.DUTIES)


def test_fields_of_a_conforming_vector_cover_its_bits_once() -> None:
    for entry in CONFORMING:
        place = 0
        for _, start, length, _ in entry["fields"]:
            assert start == place
            place += length
        assert place == 8 * len(FILES[entry["file"]]) == sum(entry["bits"].values())
