"""Writes whole files and folders: all of the new content, or nothing."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from misc_format.system.paths import resolved


def write_file(path: Path, data: bytes) -> None:
    """Write all of `data` or nothing. Raises `OSError`."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """An empty temporary file in the folder of `path`. At the end it replaces `path`; on an error it is removed.

    Links are followed, and the mode of an existing file is kept: only the user can read what takes its place before it does. A device or
    pipe is written to, not replaced. An `OSError` about the temporary file is raised with the name `path`, because the user does not know
    the temporary name.
    """
    target = resolved(path)
    if target.exists() and not target.is_file():
        with _written_through(target) as temporary:
            yield temporary
        return
    temporary = _beside(target)
    try:
        mode = mode_of(target)
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666 if mode is None else 0o600))
        with _removed_on_error(temporary):
            yield temporary
            if mode is not None:
                temporary.chmod(mode)
            temporary.replace(target)
    except OSError as error:
        raise _about(path, temporary, error) from error


def mode_of(path: Path) -> int | None:
    """The mode that a file or folder has, for what takes its place; None if there is none, and the usual mode of a new one is right."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return None


@contextmanager
def _written_through(target: Path) -> Iterator[Path]:
    """A temporary file whose bytes are written to a device or pipe at the end. Raises `OSError` if `target` is a folder."""
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder) / "output"
        yield temporary
        with target.open("wb") as stream:
            stream.write(temporary.read_bytes())


def _about(path: Path, temporary: Path, error: OSError) -> OSError:
    """The error, with `path` in the place of the temporary name."""
    return type(error)(error.errno, error.strerror, str(path)) if str(error.filename) == str(temporary) else error


@contextmanager
def _removed_on_error(temporary: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with suppress(OSError):  # the original error is reported
            temporary.unlink()
        raise


def _beside(path: Path) -> Path:
    """An unused name in the same folder. It is short, and its suffix is not that of `path`, so that `*.misc` does not match it.

    `tempfile` is not used: its files are readable only by the user, and would be so under their final name too.
    """
    return path.parent / f".{secrets.token_hex(8)}.tmp"


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A temporary folder. At the end it becomes `path`; on an error it is removed. Raises `OSError` if `path` exists and is not empty.

    A folder that exists keeps its mode, and only the user can read what goes into it before that.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise FileExistsError(f"{path} exists and is not an empty folder; name another, or empty it")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(resolved(path))
    try:
        temporary.mkdir(0o700 if path.exists() else 0o777)
        yield temporary
        if path.exists():  # the folder is kept, because it may be the working directory of a process
            for entry in temporary.iterdir():
                entry.replace(path / entry.name)
            temporary.rmdir()
        else:
            temporary.replace(path)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise _about(path, temporary, error) from error
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
