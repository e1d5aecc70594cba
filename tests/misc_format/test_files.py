"""Files take the place of others: whole, with the mode of the file that they replace, and unread by others before that."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from misc_format.engine.stores import LocalStore
from misc_format.system.files import new_folder, replacing, write_file
from tests.needs import LINUX, needs

pytestmark = needs(LINUX)


@pytest.fixture(params=[0o022, 0o077, 0o002], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_has_the_usual_mode_from_the_first_byte(umask: int, tmp_path: Path) -> None:
    with replacing(tmp_path / "new") as temporary:
        assert mode(temporary) == 0o666 & ~umask
        temporary.write_bytes(b"x")
    assert mode(tmp_path / "new") == 0o666 & ~umask


@pytest.mark.parametrize("kept", [0o600, 0o400, 0o640, 0o644, 0o666, 0o755], ids=oct)
def test_a_file_keeps_its_mode_and_nobody_else_reads_the_next_one(kept: int, umask: int, tmp_path: Path) -> None:
    target, link = tmp_path / "secret", tmp_path / "link"
    target.write_bytes(b"before")
    target.chmod(kept)
    link.symlink_to(target)
    for path in (target, link):
        with replacing(path) as temporary:
            assert mode(temporary) == 0o600 and temporary.read_bytes() == b""
            temporary.write_bytes(b"after")
            assert mode(temporary) == 0o600
        assert mode(target) == kept and target.read_bytes() == b"after"
    write_file(link, b"again")
    assert mode(target) == kept and target.read_bytes() == b"again" and link.is_symlink()


def test_a_folder_keeps_its_mode_and_nobody_else_reads_what_goes_into_it(umask: int, tmp_path: Path) -> None:
    with new_folder(tmp_path / "new") as temporary:
        assert mode(temporary) == 0o777 & ~umask
    assert mode(tmp_path / "new") == 0o777 & ~umask
    for kept in (0o700, 0o755):
        (tmp_path / oct(kept)).mkdir()
        (tmp_path / oct(kept)).chmod(kept)
        with new_folder(tmp_path / oct(kept)) as temporary:
            assert mode(temporary) == 0o700
            (temporary / "a").write_bytes(b"")
        assert mode(tmp_path / oct(kept)) == kept and (tmp_path / oct(kept) / "a").exists()


def test_a_file_of_a_batch_keeps_its_mode(umask: int, tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    store.write("report", b"1")
    assert mode(tmp_path / "report") == 0o666 & ~umask
    (tmp_path / "report").chmod(0o600)
    store.write("report", b"2")
    assert mode(tmp_path / "report") == 0o600 and (tmp_path / "report").read_bytes() == b"2"
    assert mode(store.temporary().parent) & 0o077 == 0  # what is not finished is read by nobody else
