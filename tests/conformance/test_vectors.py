"""The committed vectors: made again to the byte, decoded to what their manifest says, and at least one for every rule."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest

from conformance import tiny_language
from conformance.expected import outcome
from conformance.generate import MANIFEST, VECTORS, manifest_text, vectors
from conformance.rulecover import rules_without_atomic_vector, rules_without_vector
from misc_format import account, read, write

ENTRIES = json.loads(MANIFEST.read_text(encoding="utf-8"))
FILES = {entry["file"]: (VECTORS / entry["file"]).read_bytes() for entry in ENTRIES}
CONFORMING = [entry for entry in ENTRIES if entry["verdict"] == "conforming"]


@pytest.fixture(autouse=True)
def _tiny_is_known() -> Iterator[None]:
    with tiny_language.known():
        yield


def test_generator_reproduces_the_vectors_to_the_byte() -> None:
    made = vectors()
    assert {f"{name}.misc": data for name, (data, _) in made.items()} == FILES
    assert manifest_text(made) == MANIFEST.read_text(encoding="utf-8")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["file"])
def test_decoder_makes_of_a_vector_what_the_manifest_says(entry: dict[str, object]) -> None:
    data = FILES[str(entry["file"])]
    assert hashlib.sha256(data).hexdigest() == entry["sha256"]
    assert {"file": entry["file"], "sha256": entry["sha256"], **outcome(data)} == entry


@pytest.mark.parametrize("entry", CONFORMING, ids=lambda entry: entry["file"])
def test_a_conforming_vector_is_written_again_and_its_parts_add_up(entry: dict[str, object]) -> None:
    data = FILES[str(entry["file"])]
    assert write(read(data)) == data
    assert account(data).file_bits == account(data, deep=True).file_bits == 8 * len(data)


def test_every_rule_of_files_has_a_negative_vector() -> None:
    assert rules_without_vector(ENTRIES) == []
    assert rules_without_vector([{"rule": "MISC-CON-001"}])[0] == "MISC-CON-002"  # it would be seen


def test_every_rule_of_files_has_a_vector_that_breaks_nothing_else() -> None:
    assert rules_without_atomic_vector(FILES.values()) == []
