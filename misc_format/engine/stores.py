"""Stores of files: a local folder, or any system that fsspec supports. A file appears complete or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Final, Literal, Protocol, TypeVar

STATE: Final = "_batch"  # the folder of the output in which `misc batch` keeps its plan and its journals
MAX_TRIES = 4
FIRST_PAUSE = 0.5  # seconds before the second try; doubled each time
CHUNK = 2**20  # bytes
Kind = Literal["file", "folder", "special"]
T = TypeVar("T")


class UnavailableError(OSError):
    """A store, server or worker is not available. The reason concerns every file, not a single one."""


class TooLargeError(OSError):
    """A file has more bytes than the largest allowed number."""


# Errors for which another try would fail too.
PERMANENT_ERRORS = (
    FileNotFoundError,
    PermissionError,
    IsADirectoryError,
    NotADirectoryError,
    NotImplementedError,
    TooLargeError,
)


class Store(Protocol):
    """A local or remote folder. A key is a path below it, with "/"."""

    url: str
    remote: bool

    def listing(self, folder: str) -> Iterator[tuple[str, Kind]]:
        """Key and kind of each entry of a folder, in any order. "" is the store itself. Raises `OSError`.

        Links to folders have the kind "special". So have pipes: reading one might never end.
        """

    def open(self, key: str) -> IO[bytes]:
        """Open a file for reading. Raises `OSError`, and `UnavailableError` if the store cannot be reached."""

    def write(self, key: str, data: bytes) -> None:
        """Write a file completely, or not at all. Raises `UnavailableError`."""

    def put(self, path: Path, key: str) -> None:
        """Move a local file to the store. Raises `UnavailableError`."""

    def exists(self, key: str) -> bool:
        """Whether the file exists."""

    def remove(self, folder: str) -> None:
        """Remove a folder with its content, if it exists."""


def store(url: str) -> Store:
    """The store of a path or URL. Raises `OSError` for a URL that fsspec does not support."""
    return RemoteStore(url) if "://" in url else LocalStore(url)


class LocalStore:
    """A local folder."""

    remote = False

    def __init__(self, url: str) -> None:
        self.url = url
        self.root = Path(url)
        self._created: set[Path] = set()

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
            raise UnavailableError(f"{self.root / key} cannot be written: {error.strerror or error}") from error
        self.put(temporary, key)

    def put(self, path: Path, key: str) -> None:
        target = self.root / key
        try:
            if target.parent not in self._created:
                target.parent.mkdir(parents=True, exist_ok=True)
                self._created.add(target.parent)
            path.replace(target)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise UnavailableError(f"{target} cannot be written: {error.strerror or error}") from error

    def exists(self, key: str) -> bool:
        return (self.root / key).exists()

    def remove(self, folder: str) -> None:
        shutil.rmtree(self.root / folder, ignore_errors=True)

    def temporary(self) -> Path:
        """An unused path on the same file system, for a file that is being written. The next run removes files that a killed run left."""
        folder = self.root / STATE / "tmp"
        if folder not in self._created:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UnavailableError(f"{folder} cannot be made: {error.strerror or error}") from error
            self._created.add(folder)
        return folder / secrets.token_hex(8)


def _kind(entry: os.DirEntry[str]) -> Kind:
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    # A broken link counts as a file: reading it gives the error.
    return "file" if entry.is_file() or not os.path.exists(entry.path) else "special"  # noqa: PTH110


class RemoteStore:
    """A folder on any system that fsspec supports: s3, gs, http, memory, ..."""

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
        path = self._path(folder) if folder else self.root
        for entry in _with_retries(lambda: self._system.ls(path, detail=True), path):
            name = str(self._system._strip_protocol(entry["name"])).rstrip("/")
            if name.startswith(f"{path.rstrip('/')}/"):  # an HTTP listing also has links to other folders
                is_folder = entry["type"] == "directory" or entry["name"].endswith("/")
                yield name[len(self.root) + 1 :], "folder" if is_folder else "file"

    def open(self, key: str) -> IO[bytes]:
        stream: IO[bytes] = _with_retries(lambda: self._system.open(self._path(key), "rb"), self._path(key))
        return stream

    def write(self, key: str, data: bytes) -> None:
        self._change(key, lambda target: self._system.pipe_file(target, data))

    def put(self, path: Path, key: str) -> None:
        self._change(key, lambda target: self._system.put_file(str(path), target))
        path.unlink(missing_ok=True)

    def exists(self, key: str) -> bool:
        return bool(_with_retries(lambda: self._system.exists(self._path(key)), key))

    def remove(self, folder: str) -> None:
        if self.exists(folder):
            _with_retries(lambda: self._system.rm(self._path(folder), recursive=True), folder)

    def _path(self, key: str) -> str:
        return f"{self.root}/{key}"

    def _change(self, key: str, write: Callable[[str], Any]) -> None:
        path = self._path(key)
        try:
            self._system.makedirs(path.rpartition("/")[0], exist_ok=True)
            _with_retries(lambda: write(path), path)
        except (OSError, NotImplementedError) as error:
            raise UnavailableError(f"{self.url} takes no files: {path}: {error or type(error).__name__}") from error


def read(source: Store, key: str, max_bytes: int, signature: bytes = b"") -> bytes:
    """Read a file of a store, as `read_limited` does. Raises `OSError`."""

    def attempt() -> bytes:
        with source.open(key) as stream:
            return read_limited(stream, max_bytes, signature)

    return _with_retries(attempt, key) if source.remote else attempt()


class Readable(Protocol):
    """Something that is read from beginning to end."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end. Raises `OSError`."""


def read_limited(stream: Readable, max_bytes: int, signature: bytes = b"") -> bytes:
    """Read all of a stream. If it does not begin with `signature`, read only as many bytes as the signature has.

    Raises `OSError`, and `TooLargeError` if the stream has more than `max_bytes`.
    """
    head = stream.read(len(signature))
    if head != signature:
        return head
    parts = [head]
    length = len(head)
    while part := stream.read(CHUNK):
        parts.append(part)
        length += len(part)
        if length > max_bytes:
            raise TooLargeError(f"it has more than {max_bytes:,} bytes, the largest size that is read")
    return b"".join(parts)


def _with_retries(call: Callable[[], T], target: str) -> T:
    """The result of a call over a network. After an error that may be temporary, it is tried again. Raises `OSError`."""
    for attempt in range(MAX_TRIES):
        try:
            return call()
        except PERMANENT_ERRORS as error:
            if target in str(error):
                raise
            raise type(error)(f"{target}: {error or type(error).__name__}") from error
        except Exception as error:  # each library behind fsspec raises other errors
            if attempt == MAX_TRIES - 1:
                raise UnavailableError(
                    f"{target} cannot be reached after {MAX_TRIES} tries: {error or type(error).__name__}"
                ) from error
            time.sleep(FIRST_PAUSE * 2**attempt)
    raise AssertionError  # the last try returned or raised
