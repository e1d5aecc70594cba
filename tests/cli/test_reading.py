"""What commands read: no more than a limit, in a folder only ordinary files, and never what they write."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import misc_format
from misc_format.cli.app import app
from misc_format.system.paths import private_folder
from misc_format.system.reading import MAX_FILE_BYTES

EXAMPLE = Path(__file__).parents[2] / "examples" / "coffee.misc"
TOO_LARGE = "more than 1,073,741,824 bytes"


def misc(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    (made / "manifest.json").write_text(json.dumps({"width": 8, "height": 8}))
    (made / "overall.txt").write_text("a cup")
    return made


@pytest.fixture
def huge(tmp_path: Path) -> Path:
    """A file of 3 GiB that begins as a bitstream and takes no room on the disk."""
    path = tmp_path / "huge.misc"
    shutil.copy(EXAMPLE, path)
    os.truncate(path, 3 * 2**30)
    return path


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def outside(path: Path) -> None:
    secret = path.parents[1] / "secret.txt"
    secret.write_text("a secret")
    path.symlink_to(secret)


def sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, MAX_FILE_BYTES + 1)


@pytest.mark.parametrize(
    "make, reason",
    [(pipe, "ordinary file"), (device, "out of the folder"), (outside, "out of the folder"), (sparse, TOO_LARGE)],
)
@pytest.mark.parametrize(
    "name", ["overall.txt", "comment.txt", "manifest.json", "maps/0.png", "text.bin", "ancillary/9.bin"]
)
def test_nothing_but_ordinary_files_of_the_folder_is_packed(
    folder: Path, tmp_path: Path, name: str, make: Callable[[Path], None], reason: str
) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    if make is outside and path.parent != folder:
        (folder / "secret.txt").unlink(missing_ok=True)
        path.symlink_to(EXAMPLE)
    else:
        make(path)
    with pytest.raises(misc_format.MiscError, match=reason) as caught:
        misc_format.pack(folder)
    assert (caught.value.rule, caught.value.path) == ("MISC-PCK-003", name)
    assert misc("pack", folder, "-o", tmp_path / "a.misc").exit_code == 1
    assert not (tmp_path / "a.misc").exists()


def test_a_folder_of_maps_that_is_a_link_out_of_the_folder_is_not_packed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (folder / "maps").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(misc_format.MiscError, match="out of the folder"):
        misc_format.pack(folder)


def test_a_link_within_the_folder_is_packed(folder: Path) -> None:
    (folder / "comment.txt").symlink_to("overall.txt")
    assert misc_format.read(misc_format.pack(folder)).ancillary[0].payload == b"a cup"


@pytest.mark.parametrize("command", ["inspect", "bpp", "validate", "decode", "unpack"])
def test_a_huge_file_is_refused_before_it_is_read(huge: Path, tmp_path: Path, command: str) -> None:
    output = ["-o", tmp_path / "output"] if command in ("decode", "unpack") else []
    done = misc(command, huge, *output)
    assert done.exit_code == 3
    assert TOO_LARGE in " ".join((done.stdout + done.stderr).split())
    assert not (tmp_path / "output").exists()


def test_a_pipe_that_the_user_names_is_read(tmp_path: Path) -> None:
    with EXAMPLE.open("rb") as stream:
        assert misc("bpp", f"/dev/fd/{stream.fileno()}").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("inspect", "FILE", "--html", "FILE"),
        ("bpp", "FILE", "-o", "FILE"),
        ("bpp", "FILE", "--plot", "FILE"),
        ("bpp", "OTHER", "--against", "FILE", "-o", "FILE"),
        ("pack", "FOLDER", "-o", "FOLDER/overall.txt"),
        ("pack", "FOLDER", "-o", "FOLDER/new.misc"),
    ],
)
def test_no_command_writes_over_what_it_reads(folder: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    file = tmp_path / "a.svg" if "--plot" in arguments else tmp_path / "a.csv"
    shutil.copy(EXAMPLE, file)
    before = {path: path.read_bytes() for path in (file, *folder.iterdir())}
    names = {
        "FILE": file,
        "OTHER": EXAMPLE,
        "FOLDER/overall.txt": folder / "overall.txt",
        "FOLDER/new.misc": folder / "new.misc",
        "FOLDER": folder,
    }
    done = misc(*(names.get(argument, argument) for argument in arguments))
    assert done.exit_code == 2, done.output
    assert {path: path.read_bytes() for path in (file, *folder.iterdir())} == before


def test_a_link_that_leads_to_itself_is_an_error_of_the_file(folder: Path, tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for arguments in (
        ["pack", folder, "-o", loop],
        ["pack", loop, "-o", tmp_path / "a.misc"],
        ["bpp", loop],
        ["bpp", EXAMPLE, "-o", tmp_path / "b.csv", "--against", loop],
    ):
        assert misc(*arguments).exit_code in (1, 3)
    (folder / "comment.txt").symlink_to(folder / "comment.txt")
    assert misc("pack", folder, "-o", tmp_path / "a.misc").exit_code == 3
    assert loop.is_symlink() and not (tmp_path / "a.misc").exists()


def test_a_folder_that_another_user_could_have_made_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = private_folder("misc-test")
    assert private_folder("misc-test") == made and made.stat().st_mode & 0o777 == 0o700
    made.chmod(0o777)
    with pytest.raises(PermissionError, match="only you can use"):
        private_folder("misc-test")
    made.rmdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    made.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError, match="only you can use"):
        private_folder("misc-test")
    made.unlink()
    made.mkdir(mode=0o700)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    made.rename(tmp_path / "misc-test-12345")
    with pytest.raises(PermissionError, match="only you can use"):
        private_folder("misc-test")
