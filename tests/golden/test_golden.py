"""Golden files: each method has one from each format version since 0.2, and all stay readable, canonical and of the same content."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from conformance.authoring.expected import symbols
from misc_format import account, read, validate, write
from misc_format.registry import METHODS, Method
from misc_format.structure.container import FORMAT_VERSION
from misc_format.system.usermodel import TABLES_VARIABLE, VARIABLE
from tests.golden import freeze
from tests.golden.freeze import HOME, TABLE, Golden

FOLDERS = freeze.folders()
FILES = [one for folder in FOLDERS for one in freeze.golden(folder)]
THIS_VERSION = HOME / FORMAT_VERSION


def use_files_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of the user's lie beside the golden files: those of the suite may change."""
    monkeypatch.setenv(VARIABLE, str(folder / "tiny-language.bin"))
    monkeypatch.setenv(TABLES_VARIABLE, str(folder / "tiny-table.bin"))


def test_versions_since_0_2_are_there() -> None:
    assert FOLDERS[0].name == "0.2" and THIS_VERSION in FOLDERS


def test_every_method_has_a_golden_file() -> None:
    lacking = freeze.missing(THIS_VERSION)
    assert lacking == [], "run python tests/golden/freeze.py"


def test_a_method_without_a_golden_file_is_named() -> None:
    with METHODS.including(Method("image", 14, "colour", "toy_method", "99", "the picture as one colour")):
        assert freeze.missing(THIS_VERSION) == ["image colour"]
        with pytest.raises(LookupError, match="no conforming vector shows image colour"):
            freeze.freeze(THIS_VERSION)


@pytest.mark.parametrize("one", FILES, ids=lambda one: f"{one.folder.name}: {one.shows}")
def test_a_golden_file_has_its_content_and_its_bytes(one: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    use_files_of(one.folder, monkeypatch)
    assert hashlib.sha256(one.data).hexdigest() == one.expected["sha256"]
    assert validate(one.data).issues == ()
    stream = read(one.data)
    assert symbols(stream) == one.expected["symbols"]
    assert one.shows in set(freeze.shown_by(symbols(stream)))
    assert {part.path: part.bits for part in account(one.data, deep=True).components} == one.expected["bits"]
    assert write(stream) == one.data


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_folder_holds_nothing_else(folder: Path) -> None:
    listed = {one.expected["file"] for one in freeze.golden(folder)}
    assert {path.name for path in folder.iterdir()} == {TABLE, "tiny-language.bin", "tiny-table.bin", *listed}
    assert sum(path.stat().st_size for path in folder.iterdir()) < 100_000


def test_freezing_adds_what_is_missing_and_changes_nothing(tmp_path: Path) -> None:
    assert freeze.freeze(tmp_path / FORMAT_VERSION) == freeze.wanted()
    table = tmp_path / FORMAT_VERSION / TABLE
    entries = json.loads(table.read_text(encoding="utf-8"))
    entries.pop("maps context")
    entries["text raw"]["kept"] = True
    table.write_text(json.dumps(entries), encoding="utf-8")
    assert freeze.freeze(tmp_path / FORMAT_VERSION) == ["maps context"]
    again = json.loads(table.read_text(encoding="utf-8"))
    assert again["text raw"]["kept"] and again["maps context"]
    assert freeze.folders(tmp_path) == [tmp_path / FORMAT_VERSION]
