"""The finder: the same sources mean the same files to every command, and what cannot be read is a row."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

import misc_format
from misc_format.cli.app import app
from misc_format.engine import stores
from misc_format.engine.sources import Entry, entries, find, resolve
from misc_format.system import reading


def misc(*arguments: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)


def good(text: str) -> bytes:
    return misc_format.write(misc_format.Stream(9, 9, text=misc_format.Text(text), methods={"text": "raw"}))


def shard(path: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz" if path.suffix != ".tar" else "w") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files, shards, what an unfinished batch left, a pipe, and a link to a folder."""
    made = tmp_path / "in"
    for name in ("b.misc", "a.misc", "sub/C.MISC", "sub/deep/d.misc", "_batch/spool/e.misc", "sub/notes.txt"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(good(name))
    shard(made / "sub" / "s0.tar", {"x.misc": good("x"), "deep/y.misc": good("y"), "z.txt": b"", "../up.misc": b""})
    shard(made / "s1.tgz", {"z.txt": b"no bitstream"})
    os.mkfifo(made / "pipe.misc")
    (made / "again").symlink_to(made / "sub")
    return made


ROWS = ["a.misc", "b.misc", "pipe.misc", "sub/C.MISC", "sub/deep/d.misc",
        "sub/s0.tar/x.misc", "sub/s0.tar/deep/y.misc", "sub/s0.tar/../up.misc"]  # fmt: skip
BAD = {"pipe.misc", "sub/s0.tar/../up.misc"}


def test_all_commands_find_the_same_files(folder: Path, tmp_path: Path) -> None:
    counted = json.loads(misc("bpp", folder, "--json").stdout)
    checked = json.loads(misc("validate", folder, "--json").stdout)
    assert misc("batch", "bpp", folder, "-o", tmp_path / "out", "--workers", 0).exit_code == 1
    report = pq.read_table(tmp_path / "out" / "report.parquet").to_pylist()
    names = [os.path.relpath(row["file"].replace("/../", "/%/"), folder).replace("/%/", "/../") for row in counted]
    assert names == ROWS and [row["file"] for row in checked] == [row["file"] for row in counted]
    assert sorted(row["file"] for row in report) == sorted(ROWS)
    assert {name for name, row in zip(names, counted, strict=True) if "error" in row} == BAD
    assert {name for name, row in zip(names, checked, strict=True) if row["verdict"] == "error"} == BAD
    assert {row["file"] for row in report if row["error"]} == BAD


def test_a_shard_that_is_named_must_have_a_file(folder: Path) -> None:
    result = misc("bpp", folder / "s1.tgz", folder / "none.tar", "--json")
    assert result.exit_code == 1
    first, second = json.loads(result.stdout)
    assert "there is no .misc file in it" in first["error"]["message"]
    assert "No such file" in second["error"]["message"]
    (folder / "bad.tar").write_bytes(b"no tar" * 200)
    [row] = json.loads(misc("validate", folder / "bad.tar", "--json").stdout)
    assert row["verdict"] == "error" and "it is not a tar archive" in row["issues"][0]["message"]


def test_ranges_patterns_and_standard_input(folder: Path) -> None:
    for index in range(3):
        shard(folder / f"p{index}.tar", {"m.misc": good(str(index))})
    rows = json.loads(
        misc("validate", folder / "p{0..3}.tar", folder / "[ab].misc", "-", "--json", stdin=good("i")).stdout
    )
    names = [Path(row["file"]).name for row in rows]
    assert names == ["m.misc"] * 3 + ["p3.tar", "a.misc", "b.misc", "-"]
    assert [row["verdict"] == "conforming" for row in rows] == [True] * 3 + [False] + [True] * 3


def test_what_exists_is_never_taken_for_a_pattern_or_a_range(folder: Path) -> None:
    for name in ("[a].misc", "p{0..1}.misc"):
        (folder / name).write_bytes(good(name))
        assert [entry.name for entry in find([str(folder / name)])] == [name]


def test_a_url_is_read_wherever_fsspec_reaches(folder: Path) -> None:
    memory = fsspec.filesystem("memory")
    for path in folder.rglob("*.misc"):
        if path.is_file():
            memory.pipe_file(f"/found/{path.relative_to(folder)}", path.read_bytes())
    memory.pipe_file("/found/s0.tar", (folder / "sub" / "s0.tar").read_bytes())
    rows = json.loads(misc("bpp", "memory://found", "memory://found/a.misc", "memory://nowhere", "--json").stdout)
    names = [row["file"].removeprefix("memory://found/") for row in rows]
    assert names == ["a.misc", "b.misc", "s0.tar/x.misc", "s0.tar/deep/y.misc", "s0.tar/../up.misc", "sub/deep/d.misc",
                     "a.misc", "memory://nowhere"]  # fmt: skip
    assert ["error" in row for row in rows] == [False, False, False, False, True, False, False, True]
    assert rows[0]["file_bits"] == 8 * (folder / "a.misc").stat().st_size
    result = misc("bpp", "nosuch://x")
    assert result.exit_code == 3 and "nosuch://x cannot be reached" in result.stderr


def test_a_folder_that_cannot_be_listed_is_an_entry(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = stores.LocalStore.listing

    def refuse(self: stores.LocalStore, key: str, *, stamps: bool = False) -> Iterator[stores.Item]:
        if key == "sub":
            raise PermissionError(13, "Permission denied", str(self.root / key))
        return listing(self, key, stamps=stamps)

    monkeypatch.setattr(stores.LocalStore, "listing", refuse)
    found = {entry.name: entry.error for entry in entries(resolve(str(folder)))}
    assert found.keys() == {"a.misc", "b.misc", "pipe.misc", "s1.tgz", "sub"}
    assert isinstance(found["sub"], PermissionError)
    result = misc("batch", "bpp", folder, "-o", folder.parent / "out", "--workers", 0)
    assert result.exit_code == 1 and "Permission denied" in result.output


def test_of_a_file_no_more_is_read_than_is_of_use() -> None:
    assert reading.read_limited(io.BytesIO(b"abcdef"), 6, b"abc") == b"abcdef"
    assert reading.read_limited(io.BytesIO(b"xbcdef"), 1, b"abc") == b"xbc"
    with pytest.raises(reading.TooLargeError, match="more than 5 bytes"):
        reading.read_limited(io.BytesIO(b"abcdef"), 5)


@given(
    st.sampled_from(["", ".", "..", "/", "a", "a/b", "../a", "/a/b"]),
    st.lists(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1), min_size=1).map(
        "/".join
    ),
)
def test_a_path_is_written_as_pathlib_writes_it(root: str, name: str) -> None:
    assume(not {".", ".."} & set(name.split("/")))  # names of a listing have no such parts
    assert Entry(0, root, name).path == str(Path(root, name))


def test_a_folder_cannot_choose_files_outside_it(tmp_path: Path) -> None:
    """An entry of a folder from a stranger led to any file of the user, and its error showed the first bytes."""
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.misc").write_bytes(good("a"))
    (tmp_path / "secret").write_bytes(b"secret")
    (folder / "sub" / "inside.misc").symlink_to("../a.misc")
    (folder / "sub" / "outside.misc").symlink_to("../../secret")
    found = {entry.name: entry.error for entry in find([str(folder)])}
    assert found["a.misc"] is found["sub/inside.misc"] is None
    assert "leads out of the folder" in str(found["sub/outside.misc"])
    named = {entry.name: entry.error for entry in find([str(folder / "**" / "*.misc")])}
    assert set(named.values()) == {None} and len(named) == 3
    again = {entry.name: entry.error for entry in find([str(tmp_path)])}  # now it lies within
    assert again["in/sub/outside.misc"] is None
