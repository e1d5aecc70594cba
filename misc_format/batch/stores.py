"""Where files come from and go to: a local folder, or whatever fsspec reaches. Files appear complete or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Protocol, TypeVar

from misc_format.batch import STATE

TRIES = 4
FIRST_PAUSE = 0.5  # seconds before the second try; doubled each time
FINAL = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError, NotImplementedError)
T = TypeVar("T")


class LostError(OSError):
    """A store cannot be reached, or takes nothing more: no matter of one file."""


class Store(Protocol):
    """A folder somewhere. Keys are paths below it, with "/"."""

    url: str
    remote: bool

    def listing(self, folder: str) -> tuple[list[str], list[str]]:
        """The keys of files and of folders in a folder ("" is the store itself), each sorted. Raises `OSError`."""

    def open(self, key: str) -> IO[bytes]:
        """A file to be read from its beginning. Raises `OSError`; `LostError` where another try would be the same for every file."""

    def write(self, key: str, data: bytes) -> None:
        """All of a file or nothing. Raises `LostError`."""

    def put(self, path: Path, key: str) -> None:
        """A local file, moved here. Raises `LostError`."""

    def exists(self, key: str) -> bool:
        """Whether there is such a file."""

    def remove(self, folder: str) -> None:
        """A folder and all below it, if it is there."""


def store(url: str) -> Store:
    """The store of a path or URL. Raises `OSError` for a URL that fsspec does not know."""
    return RemoteStore(url) if "://" in url else LocalStore(url)


class LocalStore:
    """A folder of this machine."""

    remote = False

    def __init__(self, url: str) -> None:
        self.url = url
        self.root = Path(url)
        self._made: set[Path] = set()

    def listing(self, folder: str) -> tuple[list[str], list[str]]:
        files: list[str] = []
        folders: list[str] = []
        with os.scandir(self.root / folder) as entries:
            for entry in entries:
                kind = folders if entry.is_dir(follow_symlinks=False) else files
                kind.append(f"{folder}/{entry.name}" if folder else entry.name)
        return sorted(files), sorted(folders)

    def open(self, key: str) -> IO[bytes]:
        path = self.root / key
        if path.exists() and not path.is_file():  # a pipe would be waited for without end
            raise IsADirectoryError(f"{path} is no ordinary file")
        return path.open("rb")

    def write(self, key: str, data: bytes) -> None:
        temporary = self.temporary()
        try:
            temporary.write_bytes(data)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise LostError(f"{self.root / key} cannot be written: {error.strerror or error}") from error
        self.put(temporary, key)

    def put(self, path: Path, key: str) -> None:
        target = self.root / key
        try:
            if target.parent not in self._made:
                target.parent.mkdir(parents=True, exist_ok=True)
                self._made.add(target.parent)
            path.replace(target)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise LostError(f"{target} cannot be written: {error.strerror or error}") from error

    def exists(self, key: str) -> bool:
        return (self.root / key).exists()

    def remove(self, folder: str) -> None:
        shutil.rmtree(self.root / folder, ignore_errors=True)

    def temporary(self) -> Path:
        """An unused name for a file that is being written, on the same file system; a kill leaves it where the next run clears up."""
        folder = self.root / STATE / "tmp"
        if folder not in self._made:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise LostError(f"{folder} cannot be made: {error.strerror or error}") from error
            self._made.add(folder)
        return folder / secrets.token_hex(8)


class RemoteStore:
    """Whatever fsspec reaches: s3, gs, http, memory, ... A file that is written there appears when it is complete."""

    remote = True

    def __init__(self, url: str) -> None:
        import fsspec

        self.url = url
        try:
            self._system, root = fsspec.core.url_to_fs(url, use_listings_cache=False, skip_instance_cache=True)
        except (ValueError, ImportError) as error:
            raise OSError(f"{url} cannot be reached: {error}") from error
        self.root = str(root).rstrip("/")

    def listing(self, folder: str) -> tuple[list[str], list[str]]:
        place = self._path(folder) if folder else self.root
        entries = _patiently(lambda: self._system.ls(place, detail=True), place)
        files: list[str] = []
        folders: list[str] = []
        for entry in entries:
            name = str(self._system._strip_protocol(entry["name"])).rstrip("/")
            if name.startswith(f"{place.rstrip('/')}/"):  # a page's links lead elsewhere, too
                kind = folders if entry["type"] == "directory" or entry["name"].endswith("/") else files
                kind.append(name[len(self.root) + 1 :])
        return sorted(files), sorted(folders)

    def open(self, key: str) -> IO[bytes]:
        stream: IO[bytes] = _patiently(lambda: self._system.open(self._path(key), "rb"), self._path(key))
        return stream

    def write(self, key: str, data: bytes) -> None:
        self._change(key, lambda path: self._system.pipe_file(path, data))

    def put(self, path: Path, key: str) -> None:
        self._change(key, lambda target: self._system.put_file(str(path), target))
        path.unlink(missing_ok=True)

    def exists(self, key: str) -> bool:
        return bool(_patiently(lambda: self._system.exists(self._path(key)), key))

    def remove(self, folder: str) -> None:
        if self.exists(folder):
            _patiently(lambda: self._system.rm(self._path(folder), recursive=True), folder)

    def _path(self, key: str) -> str:
        return f"{self.root}/{key}"

    def _change(self, key: str, act: Callable[[str], Any]) -> None:
        path = self._path(key)
        try:
            self._system.makedirs(path.rpartition("/")[0], exist_ok=True)
            _patiently(lambda: act(path), path)
        except (OSError, NotImplementedError) as error:
            raise LostError(f"{self.url} takes no files: {path}: {error or type(error).__name__}") from error


def read(place: Store, key: str, most: int) -> bytes:
    """A whole file of at most so many bytes. Raises `OSError`."""
    if not place.remote:
        with place.open(key) as stream:
            return limited(stream, key, most)

    def attempt() -> bytes:
        with place.open(key) as stream:
            return limited(stream, key, most)

    return _patiently(attempt, key)


def limited(stream: IO[bytes], name: str, most: int) -> bytes:
    """All of a stream. Raises `OSError` if that is more than `most` bytes."""
    data = stream.read(most + 1)
    if len(data) > most:
        raise PermissionError(f"{name} has more than {most:,} bytes, which no such file has")
    return data


def _patiently(act: Callable[[], T], what: str) -> T:
    """The result of a call over a network, which is tried again after errors that may pass. Raises `OSError`."""
    for count in range(TRIES):
        try:
            return act()
        except FINAL as error:
            if what in str(error):
                raise
            raise type(error)(f"{what}: {error or type(error).__name__}") from error
        except Exception as error:  # each of fsspec's libraries has errors of its own
            if count == TRIES - 1:
                raise LostError(
                    f"{what} cannot be reached after {TRIES} tries: {error or type(error).__name__}"
                ) from error
            time.sleep(FIRST_PAUSE * 2**count)
    raise AssertionError  # the last try returned or raised


def walk(place: Store, without: str | None = None) -> Iterator[tuple[str, list[str]]]:
    """Folders and their files, a folder before those in it, all in order; a folder that cannot be listed stands for itself as a file.

    `without`: a local folder that is left out, and so is what an earlier batch keeps in a folder `_batch`.
    """
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            files, folders = place.listing(folder)
        except LostError:
            raise
        except OSError:
            if not folder:
                raise
            yield folder, [folder]
            continue
        yield folder, files
        waiting += (
            name
            for name in reversed(folders)
            if name.rpartition("/")[2] != STATE and not (without and _same(f"{place.url}/{name}", without))
        )


def _same(path: str, other: str) -> bool:
    return "://" not in path and "://" not in other and Path(path).resolve() == Path(other).resolve()
