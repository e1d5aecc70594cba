"""Where files come from and go to: a local folder, or whatever fsspec reaches. Files appear complete or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Final, Literal, Protocol, TypeVar

STATE: Final = "_batch"  # the folder where `misc batch` keeps its plan and its journals, in its output
TRIES = 4
FIRST_PAUSE = 0.5  # seconds before the second try; doubled each time
CHUNK = 2**20  # bytes
Kind = Literal["file", "folder", "special"]
T = TypeVar("T")


class LostError(OSError):
    """A store cannot be reached, or takes nothing more: no matter of one file."""


class TooLargeError(OSError):
    """A file has more bytes than are read."""


# Errors that another try would not change.
FINAL = (
    FileNotFoundError,
    PermissionError,
    IsADirectoryError,
    NotADirectoryError,
    NotImplementedError,
    TooLargeError,
)


class Store(Protocol):
    """A folder somewhere. Keys are paths below it, with "/"."""

    url: str
    remote: bool

    def listing(self, folder: str) -> Iterator[tuple[str, Kind]]:
        """Key and kind of what is in a folder ("" is the store itself), in no order. Raises `OSError`.

        A link to a folder is special, and so is a pipe: opened, it might never end.
        """

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

    def listing(self, folder: str) -> Iterator[tuple[str, Kind]]:
        with os.scandir(self.root / folder) as entries:
            for entry in entries:
                yield f"{folder}/{entry.name}" if folder else entry.name, _kind(entry)

    def open(self, key: str) -> IO[bytes]:
        return (self.root / key).open("rb")

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


def _kind(entry: os.DirEntry[str]) -> Kind:
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    # A link to nothing counts as a file: reading it says what is wrong.
    return "file" if entry.is_file() or not os.path.exists(entry.path) else "special"  # noqa: PTH110


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

    def listing(self, folder: str) -> Iterator[tuple[str, Kind]]:
        place = self._path(folder) if folder else self.root
        for entry in _patiently(lambda: self._system.ls(place, detail=True), place):
            name = str(self._system._strip_protocol(entry["name"])).rstrip("/")
            if name.startswith(f"{place.rstrip('/')}/"):  # a page's links lead elsewhere, too
                is_folder = entry["type"] == "directory" or entry["name"].endswith("/")
                yield name[len(self.root) + 1 :], "folder" if is_folder else "file"

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


def read(place: Store, key: str, max_bytes: int, begin: bytes = b"") -> bytes:
    """A file of at most so many bytes, as `limited` reads it. Raises `OSError`."""

    def attempt() -> bytes:
        with place.open(key) as stream:
            return limited(stream, max_bytes, begin)

    return _patiently(attempt, key) if place.remote else attempt()


def limited(stream: IO[bytes], max_bytes: int, begin: bytes = b"") -> bytes:
    """All of a stream, or its first bytes, as many as `begin` has or less, where it does not begin so.

    Raises `OSError`; `TooLargeError` if there are more than `max_bytes`.
    """
    head = stream.read(len(begin))
    if head != begin:
        return head
    parts = [head]
    length = len(head)
    while part := stream.read(CHUNK):
        parts.append(part)
        length += len(part)
        if length > max_bytes:
            raise TooLargeError(f"it has more than {max_bytes:,} bytes, the most that are read")
    return b"".join(parts)


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
