"""The committed vectors: made again to the byte, decoded to what their manifest says, and at least one for every rule."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest

from conformance import tiny_language
from conformance.expected import outcome
from conformance.generate import MANIFEST, VECTORS, manifest_text, vectors
from misc_format import account, read, write
from misc_format.rules import RULES

ENTRIES = json.loads(MANIFEST.read_text(encoding="utf-8"))
FILES = {entry["file"]: (VECTORS / entry["file"]).read_bytes() for entry in ENTRIES}
CONFORMING = [entry for entry in ENTRIES if entry["verdict"] == "conforming"]
# These are about content to be written, about folders, about what a caller allows, or only a warning.
NOT_IN_FILES = {
    "MISC-MAP-006",
    "MISC-IMG-003",
    "MISC-PCK-001",
    "MISC-PCK-002",
    "MISC-PCK-003",
    "MISC-CDS-007",
    "MISC-RES-001",
    "MISC-RES-004",
    "MISC-GEN-002",
}
NOT_IN_FILES |= {"MISC-CAI-005", "MISC-CAI-006", "MISC-CAI-007"}  # content to be written; symbols, which take a model


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
    broken = {entry["rule"] for entry in ENTRIES if entry["verdict"] == "non-conforming"}
    assert broken == set(RULES) - NOT_IN_FILES
