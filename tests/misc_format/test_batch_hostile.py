"""Batches of what a stranger may have made: each harmful file is one failed row that names it, and its neighbours are done."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from misc_format.batch import run as batch
from misc_format.batch.run import Request, run
from misc_format.cli.app import app
from misc_format.engine import stores
from misc_format.engine.stores import LocalStore, UnusableNameError, store
from tests.misc_format.batchjob import Upper
from tests.needs import LINUX, needs

ROOT = Path(__file__).parents[2]
VECTOR = ROOT / "conformance" / "vectors" / "text-raw-one-letter.misc"
GOOD = ("a-good.txt", "z-good.txt")
SHARDS = pytest.mark.parametrize("shards", [None, 0, 2])
Make = Callable[[Path], None]


def rows_of(source: Path, output: Path, shards: int | None = None) -> dict[str, str | None]:
    """The error of each file of a batch. Every file without one must have an output."""
    job = Upper(0, str(output.parent / "log"))
    run(Request(job, str(source), str(output), shards=shards, workers=0, unit=2), lambda tally, share: None)
    rows = pq.read_table(output / "report.parquet").to_pylist()
    assert outputs(output) == sum(row["error"] is None for row in rows)
    return {row["file"]: row["error"] for row in rows}


def outputs(folder: Path) -> int:
    count = 0
    for path in folder.rglob("*"):
        if path.suffix == ".tar" and path.is_file():
            with tarfile.open(path) as archive:
                count += len(archive.getmembers())
        else:
            count += path.suffix == ".up" and path.is_file() and folder / "_batch" not in path.parents
    return count


def failures(rows: dict[str, str | None]) -> dict[str, str]:
    return {name: error for name, error in rows.items() if error is not None}


# Folders


def write(folder: Path, *names: str | bytes) -> None:
    for name in names:
        path = os.path.join(os.fsencode(folder), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(b"abc")


def links_in_circles(folder: Path) -> None:
    for name, target in (("1.txt", "1.txt"), ("2.txt", "3.txt"), ("3.txt", "2.txt"), ("below", ".")):
        (folder / name).symlink_to(target)


def pipes_and_devices(folder: Path) -> None:
    os.mkfifo(folder / "1.txt")
    os.mkfifo(folder / "4.tar")
    (folder / "2.txt").symlink_to("/dev/zero")
    (folder / "3.txt").symlink_to("1.txt")


NFC, NFD = (unicodedata.normalize(form, "é.txt") for form in ("NFC", "NFD"))
LOOP, NOT_REGULAR = "Too many levels of symbolic links", "it is not a regular file"
FOLDERS: dict[str, tuple[Make, dict[str, str]]] = {
    "an output that is also a folder": (
        lambda folder: write(folder, "b.txt", "b.up/c.txt", "report.parquet/b.txt"),
        {},
    ),
    "names that are one for some file systems": (lambda folder: write(folder, "B.txt", "b.txt", "b.TXT", NFC, NFD), {}),
    "names that are not UTF-8": (lambda folder: write(folder, b"\xff.txt", b"b\xff/\xfe.txt"), {}),
    "names that control a terminal": (lambda folder: write(folder, "b\n\x1b[31m.txt", " .txt", ".txt", "b .txt"), {}),
    "the longest name": (lambda folder: write(folder, "b" * 251 + ".txt"), {}),
    "folders with the endings of files": (lambda folder: write(folder, "b.txt/c.txt", "b.tar/c.txt"), {}),
    "links in circles": (links_in_circles, dict.fromkeys(("1.txt", "2.txt", "3.txt"), LOOP)),
    "pipes and devices": (pipes_and_devices, dict.fromkeys(("1.txt", "2.txt", "3.txt", "4.tar"), NOT_REGULAR)),
}


@SHARDS
@pytest.mark.parametrize("make, expected", FOLDERS.values(), ids=FOLDERS.keys())
def test_a_harmful_entry_of_a_folder_is_a_row(
    make: Make, expected: dict[str, str], shards: int | None, tmp_path: Path
) -> None:
    write(tmp_path / "in", *GOOD)
    make(tmp_path / "in")
    rows = rows_of(tmp_path / "in", tmp_path / "out", shards)
    assert all(rows[name] is None for name in GOOD)
    failed = failures(rows)
    assert failed.keys() == expected.keys()
    assert all(reason in failed[name] for name, reason in expected.items())


@pytest.mark.parametrize("job", ["bpp", "validate", "decode"])
def test_the_commands_name_what_failed_and_end_with_exit_code_1(job: str, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder, "b.misc", b"\xff.misc")
    (folder / "good.misc").write_bytes(VECTOR.read_bytes())
    (folder / "loop.misc").symlink_to("loop.misc")
    result = CliRunner().invoke(app, ["batch", job, str(folder), "-o", str(tmp_path / "out"), "--workers", "0"])
    assert result.exit_code == 1, result.output
    failed = failures(
        {row["file"]: row["error"] for row in pq.read_table(tmp_path / "out" / "report.parquet").to_pylist()}
    )
    assert failed.keys() == {"b.misc", "\\udcff.misc", "loop.misc"}
    assert "internal" not in "".join(failed.values())
    assert "loop.misc" in result.output


# Shards


def member(name: bytes, data: bytes = b"abc", size: int | None = None, kind: bytes = b"0") -> bytes:
    """A header with any bytes, and data."""
    header = bytearray(512)
    fields = {0: name, 100: b"0000644\0", 124: b"%011o\0" % (len(data) if size is None else size), 257: b"ustar\00000"}
    for place, content in fields.items():
        header[place : place + len(content)] = content
    header[156:157] = kind
    header[148:156] = b"%06o\0 " % (sum(header) + 8 * 32)
    return bytes(header) + data + bytes(-len(data) % 512)


def record(key: str, value: bytes) -> bytes:
    """A pax header with one record."""
    length, body = 0, b" " + key.encode() + b"=" + value + b"\n"
    while length != (needed := len(str(length)) + len(body)):
        length = needed
    return member(b"x", str(length).encode() + body, kind=b"x")


def long_name(name: bytes) -> bytes:
    return member(b"././@LongLink", name + b"\0", kind=b"L")


NOT_A_NUMBER = "is not a number"
TOO_LONG = "File name too long"
OUTSIDE = "leads out of the output folder"
MEMBERS: dict[str, tuple[bytes, dict[str, str]]] = {
    "an absolute name": (member(b"/etc/b.txt"), {"s.tar//etc/b.txt": OUTSIDE}),
    "a name out of the folder": (member(b"b/../../b.txt"), {"s.tar/b/../../b.txt": OUTSIDE}),
    "no name, and names of folders": (member(b"") + member(b".") + member(b"..") + member(b"/"), {}),
    "a name that ends in a slash": (member(b"b.txt/"), {"s.tar/b.txt": "ends in a slash"}),
    "a name of 300 letters": (long_name(b"b" * 300 + b".txt") + member(b"b"), {f"s.tar/{'b' * 300}.txt": TOO_LONG}),
    "a path of 6,000 letters": (
        long_name(b"b/" * 3000 + b"c.txt") + member(b"b"),
        {f"s.tar/{'b/' * 3000}c.txt": TOO_LONG},
    ),
    "a byte 0 in a name": (record("path", b"b\0c.txt") + member(b"b"), {"s.tar/b\0c.txt": "a byte 0"}),
    "names that are not UTF-8": (member(b"\xff.txt") + member(b"b\xff/c.txt"), {}),
    "names that are one for some file systems": (
        member(b"b.txt") + member(b"B.txt") + member(NFC.encode()) + member(NFD.encode()),
        {},
    ),
    "an output that is also a folder": (
        member(b"b.txt") + member(b"b.up/c.txt"),
        {"s.tar/b.up/c.txt": "has the name of the output of another member"},
    ),
    "a negative size": (record("size", b"-5") + member(b"b.txt"), {"s.tar/b.txt": NOT_A_NUMBER, "s.tar": "not sound"}),
    "a size of 5,000 digits": (
        record("size", b"9" * 5000) + member(b"b.txt"),
        {"s.tar/b.txt": NOT_A_NUMBER, "s.tar": "not sound"},
    ),
    "a size in other digits": (
        record("size", "٣".encode()) + member(b"b.txt"),
        {"s.tar/b.txt": NOT_A_NUMBER, "s.tar": "not sound"},
    ),
    "a size beyond the archive": (member(b"b.txt", size=10**9), {"s.tar/b.txt": "damaged or incomplete"}),
    "the largest size": (record("size", b"9" * 19) + member(b"b.txt"), {"s.tar/b.txt": "damaged or incomplete"}),
    "a record longer than its header": (
        member(b"x", b"99999 path=hidden\n", kind=b"x") + member(b"b.txt"),
        {"s.tar": "cannot be read"},
    ),
    "a bad map of a sparse file": (member(b"b.txt", kind=b"S"), {"s.tar/b.txt": "sparse"}),
    "links, devices and pipes": (
        b"".join(member(b"%d.txt" % number, b"", kind=b"%d" % number) for number in range(1, 7)),
        {f"s.tar/{number}.txt": "" for number in range(1, 7)},
    ),
}


@SHARDS
@pytest.mark.parametrize("parts, expected", MEMBERS.values(), ids=MEMBERS.keys())
def test_a_harmful_member_of_a_shard_is_a_row(
    parts: bytes, expected: dict[str, str], shards: int | None, tmp_path: Path
) -> None:
    first, last = (member(name.encode()) for name in GOOD)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "s.tar").write_bytes(first + parts + last + bytes(1024))
    rows = rows_of(tmp_path / "in", tmp_path / "out", shards)
    assert all(rows[f"s.tar/{name}"] is None for name in GOOD)
    failed = failures(rows)
    assert failed.keys() == expected.keys()
    assert all(reason in failed[name] for name, reason in expected.items())


# Files that change, and systems that fail


def test_files_that_change_behind_the_plan_are_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is gone, one that became a folder, and one that became a pipe, which would be waited for."""
    folder = tmp_path / "in"
    write(folder, *GOOD, "b.txt", "c.txt", "d.txt", "e.tar")
    work = batch._work

    def changed(*arguments: Any) -> None:
        for name in ("b.txt", "c.txt", "d.txt", "e.tar"):
            (folder / name).unlink()
        (folder / "c.txt").mkdir()
        os.mkfifo(folder / "d.txt")
        os.mkfifo(folder / "e.tar")
        work(*arguments)

    monkeypatch.setattr(batch, "_work", changed)
    rows = rows_of(folder, tmp_path / "out")
    assert all(rows[name] is None for name in GOOD)
    failed = {name: error.rpartition(": ")[2] for name, error in failures(rows).items()}
    assert failed == {
        "b.txt": "No such file or directory",
        "c.txt": "Is a directory",
        "d.txt": NOT_REGULAR,
        "e.tar": NOT_REGULAR,
    }


def test_a_file_that_grows_and_shrinks_while_it_is_read_ends(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(3 * 2**20))
    with LocalStore(str(tmp_path)).open("a", pipes=False) as stream:
        stream.read(2**20)
        os.truncate(path, 10)
        assert stream.read(2**20) in (b"", bytes(2**20))  # what was read ahead
    assert stores.read(LocalStore(str(tmp_path)), "a", 2**20) == bytes(10)


def test_a_link_that_cannot_be_followed_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Entry:
        path, name = str(tmp_path / "a"), "a"

        def is_dir(self, *, follow_symlinks: bool) -> bool:
            return False

        def is_file(self) -> bool:
            raise PermissionError(13, "Permission denied", self.path)

    assert stores.LocalStore(str(tmp_path))._kind(Entry()) == "file"  # type: ignore[arg-type]


@needs(LINUX)
def test_an_output_that_is_too_large_for_the_file_system_is_a_row(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder, *GOOD)
    (folder / "b.txt").write_bytes(bytes(200_000))
    code = f"""
import resource
from misc_format.batch.run import Request, run
from tests.misc_format.batchjob import Upper
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
job = Upper(0, {str(tmp_path / "log")!r})
print(run(Request(job, {str(folder)!r}, {str(tmp_path / "out")!r}, workers=0), lambda tally, share: None).failed)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "1\n", done.stderr
    rows = {row["file"]: row["error"] for row in pq.read_table(tmp_path / "out" / "report.parquet").to_pylist()}
    assert "File too large" in rows["b.txt"] and rows[GOOD[0]] is rows[GOOD[1]] is None
    assert not (tmp_path / "out" / "b.up").exists()


def test_a_name_that_a_remote_store_does_not_take_is_a_row(tmp_path: Path) -> None:
    target = store(f"file://{tmp_path}")
    target.write("b", b"")
    for name in ("b" * 300, "b/c"):
        with pytest.raises(UnusableNameError):
            target.write(name, b"")
