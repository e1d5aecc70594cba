"""The only place in the core that touches the file system: whole files in, whole files out."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def write_file(path: Path, data: bytes) -> None:
    """Write all of `data` or nothing: to a temporary name in the same folder, then moved. Raises `OSError`."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """An empty file of a temporary name beside `path` that becomes `path` at the end, or is removed on an error.

    A link is followed and the mode of an existing file kept; a device or pipe is written to, never replaced. An `OSError` about
    the temporary name is raised about `path` instead: the user knows no other.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        with _written_through(target) as temporary:
            yield temporary
        return
    temporary = _beside(target)
    try:
        temporary.touch(exist_ok=False)
        with _removed_on_error(temporary):
            yield temporary
            if target.exists():
                temporary.chmod(target.stat().st_mode)
            temporary.replace(target)
    except OSError as error:
        raise _about(path, temporary, error) from error


@contextmanager
def _written_through(target: Path) -> Iterator[Path]:
    """What is neither a file nor absent: its bytes are made elsewhere and then written to it; a folder refuses that itself."""
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder) / "output"
        yield temporary
        with target.open("wb") as stream:
            stream.write(temporary.read_bytes())


def _about(path: Path, temporary: Path, error: OSError) -> OSError:
    """The error, about `path` where it was about its temporary name."""
    return type(error)(error.errno, error.strerror, str(path)) if str(error.filename) == str(temporary) else error


@contextmanager
def _removed_on_error(temporary: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with suppress(OSError):  # the first error is the one to report
            temporary.unlink()
        raise


def _beside(path: Path) -> Path:
    """An unused name in the same folder: short however long `path` is, and of another ending, lest `*.misc` find it.

    Not from `tempfile`: what that makes is private to the user and would stay so under its final name.
    """
    return path.parent / f".{secrets.token_hex(8)}.tmp"


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A temporary folder that becomes `path` at the end, or is removed on an error; `path` may exist if it is empty."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise FileExistsError(f"{path} exists and is not an empty folder; name another, or empty it")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path.resolve())
    try:
        temporary.mkdir()
        yield temporary
        if path.exists():  # somebody may be standing in it, so it stays the folder that it is
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
