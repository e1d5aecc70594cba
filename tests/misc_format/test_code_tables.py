"""Tables of codes of the user's own: counted by `misc table`, used by method codes-static, and named by their digest."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import misc_format
from conformance.authoring import users_files
from misc_format import Codes, MiscError, Stream
from misc_format.cli.app import app
from misc_format.coders.image import codetables
from misc_format.coders.image.codetables import FORM, TOTAL
from misc_format.system.usermodel import TABLES_VARIABLE, VARIABLE
from misc_format.tables import TableError
from misc_format.tables.arrayfile import build

ALPHABET = 64
CODES = np.random.default_rng(0).geometric(0.2, (40, 16, 16)).clip(1, ALPHABET) - 1
STATIC = {"image": "codes-static"}


def misc(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table of these codes but the last, known to this process."""
    np.save(tmp_path / "codes.npy", CODES[:-1])
    path = tmp_path / "mine.table"
    done = misc("table", tmp_path / "codes.npy", "--alphabet", ALPHABET, "-o", path)
    assert done.exit_code == 0, done.output
    monkeypatch.setenv(TABLES_VARIABLE, str(path))
    return path


def test_a_table_codes_what_it_was_not_counted_from(table: Path) -> None:
    content = Codes(CODES[-1], ALPHABET)
    static = misc_format.write(Stream(512, 512, image=content, methods=STATIC))
    uniform = misc_format.write(Stream(512, 512, image=content, methods={"image": "codes-uniform"}))
    assert len(static) < 0.7 * len(uniform)
    read = misc_format.read(static).image
    assert isinstance(read, Codes) and read.table == codetables.from_bytes(table.read_bytes()).digest
    np.testing.assert_array_equal(read.values, content.values)
    assert misc_format.validate(static).verdict == "conforming"


def test_the_cost_of_a_table_is_outside_the_file_in_every_report(table: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.misc"
    path.write_bytes(misc_format.write(Stream(512, 512, image=Codes(CODES[-1], ALPHABET), methods=STATIC)))
    size, digest = len(table.read_bytes()), codetables.from_bytes(table.read_bytes()).digest
    [outside] = misc_format.account(path, deep=True).outside
    assert (outside.name, outside.size) == (digest, size)
    for options in ((), ("--deep",), ("--json",)):
        done = misc("bpp", path, *options)
        assert done.exit_code == 0 and digest in done.output, done.output
    for suffix in ("csv", "md", "json", "tex"):
        report = tmp_path / f"report.{suffix}"
        assert misc("bpp", path, "-o", report).exit_code == 0
        assert digest in report.read_text(), suffix


@pytest.mark.parametrize("known", ["", "tiny"])
def test_a_file_whose_table_is_not_known_is_refused(table: Path, known: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = misc_format.write(Stream(512, 512, image=Codes(CODES[-1], ALPHABET), methods=STATIC))
    monkeypatch.setenv(TABLES_VARIABLE, known and str(users_files.TINY_TABLE))
    with pytest.raises(MiscError) as caught:
        misc_format.read(data)
    assert (caught.value.rule, caught.value.path) == ("MISC-ARR-005", "image/table_digest")
    with pytest.raises(MiscError, match="no known table is of 64 codes"):
        misc_format.write(Stream(512, 512, image=Codes(CODES[-1], ALPHABET), methods=STATIC))


@pytest.mark.parametrize("variable", [TABLES_VARIABLE, VARIABLE])
@pytest.mark.parametrize("content", [None, b"no table and no model"])
def test_a_count_without_decoding_needs_no_file_of_the_users(
    variable: str, content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with users_files.available():
        text, image = misc_format.Text("a cup"), Codes(np.zeros((2, 2), np.int64), 5)
        data = misc_format.write(Stream(8, 8, text=text, image=image, methods={"text": "language-own", **STATIC}))
        sizes = [need.size for need in misc_format.account(data).outside]
        assert sizes == [users_files.TINY_LANGUAGE.stat().st_size, users_files.TINY_TABLE.stat().st_size]
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    monkeypatch.setenv(variable, str(tmp_path / "file"))
    assert [need.size for need in misc_format.account(data).outside] == [None, None]


def test_two_tables_of_one_alphabet_are_told_apart_by_their_digests(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.table"
    other.write_bytes(codetables.counted([np.array([ALPHABET - 1])], ALPHABET))
    monkeypatch.setenv(TABLES_VARIABLE, os.pathsep.join((str(table), str(other))))
    with pytest.raises(MiscError, match="2 known tables are of 64 codes; name one"):
        misc_format.write(Stream(512, 512, image=Codes(CODES[-1], ALPHABET), methods=STATIC))
    for path in (table, other):
        digest = codetables.from_bytes(path.read_bytes()).digest
        content = Codes(CODES[-1], ALPHABET, table=digest)
        read = misc_format.read(misc_format.write(Stream(512, 512, image=content, methods=STATIC))).image
        assert isinstance(read, Codes) and read.table == digest


def file_of(*frequencies: int) -> bytes:
    return build(FORM, {"alphabet_minus_1": len(frequencies) - 1}, {"frequencies": np.array(frequencies)})


SOUND = file_of(1, TOTAL - 1)


@pytest.mark.parametrize(
    "data", [b"", SOUND[:-1], SOUND + b"\0", b"MISC-CT1", file_of(1, TOTAL - 2), file_of(TOTAL - 1, 2)]
)
def test_what_is_no_table_is_refused_with_its_path(
    data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TableError):
        codetables.from_bytes(data)
    path = tmp_path / "bad.table"
    path.write_bytes(data)
    monkeypatch.setenv(TABLES_VARIABLE, str(path))
    np.save(tmp_path / "codes.npy", np.zeros((2, 2), np.int64))
    (tmp_path / "folder").mkdir()
    with users_files.available():
        static = misc_format.write(Stream(8, 8, image=Codes(np.zeros((2, 2), np.int64), 5), methods=STATIC))
    (tmp_path / "a.misc").write_bytes(static)
    done = misc("inspect", tmp_path / "a.misc")
    assert done.exit_code != 0 and "bad.table" in done.output and not isinstance(done.exception, TableError)


@pytest.mark.parametrize("frequencies", [(0, TOTAL), (TOTAL,), (0, 1, TOTAL - 1)])
def test_a_code_without_a_frequency_is_in_no_table(frequencies: tuple[int, ...]) -> None:
    with pytest.raises(TableError):
        codetables.from_bytes(file_of(*frequencies))


@pytest.mark.parametrize(
    "values, alphabet, words",
    [
        (np.array([0, 64]), 64, "a code is outside 0 to 63"),
        (np.array([-1, 1]), 64, "a code is outside 0 to 63"),
        (np.array([0.5]), 64, "codes.npy"),
        (np.zeros((0,), np.int64), 64, "no codes"),
        (np.array(["a"]), 64, "codes.npy"),
    ],
)
def test_arrays_that_cannot_be_counted(values: np.ndarray, alphabet: int, words: str, tmp_path: Path) -> None:
    np.save(tmp_path / "codes.npy", values)
    done = misc("table", tmp_path / "codes.npy", "--alphabet", alphabet, "-o", tmp_path / "t")
    assert done.exit_code not in (0, 1) or "Error" not in repr(done.exception)
    assert done.exit_code != 0 and words in done.output
    assert not (tmp_path / "t").exists()


@pytest.mark.parametrize("alphabet", [0, 1, 65_537])
def test_alphabets_that_no_table_has(alphabet: int, tmp_path: Path) -> None:
    np.save(tmp_path / "codes.npy", np.array([0]))
    done = misc("table", tmp_path / "codes.npy", "--alphabet", alphabet, "-o", tmp_path / "t")
    assert done.exit_code == 2 and not (tmp_path / "t").exists()
    with pytest.raises(ValueError, match="alphabet"):
        codetables.counted([np.array([0])], alphabet)


def test_several_arrays_are_counted_together(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", CODES[0])
    np.savez(tmp_path / "b.npz", x=CODES[1], y=CODES[2])
    done = misc("table", tmp_path / "a.npy", tmp_path / "b.npz", "--alphabet", ALPHABET, "-o", tmp_path / "t", "--json")
    found = json.loads(done.stdout)
    assert found["codes"] == 3 * 256 and (tmp_path / "t").read_bytes() == codetables.counted(CODES[:3], ALPHABET)
