"""Stores of files: a local folder, or any system that fsspec supports. A file appears complete or not at all."""

from __future__ import annotations

import datetime
import os
import re
import secrets
import shutil
import stat
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from errno import EEXIST, EFBIG, EILSEQ, EINVAL, EISDIR, ENAMETOOLONG, ENOTDIR, ENOTSUP
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final, Literal, NamedTuple, Protocol, TypeVar

from misc_format.system.files import mode_of
from misc_format.system.names import windows_fault
from misc_format.system.paths import resolved
from misc_format.system.reading import TooLargeError, read_limited

WINDOWS: Final = os.name == "nt"
STATE: Final = "_batch"  # the folder of the output in which `misc batch` keeps its plan and its journals
MAX_TRIES = 4
FIRST_PAUSE = 0.5  # seconds before the second try; doubled each time
REQUESTS: Final = 16  # to a remote store at the same time
PASSWORD: Final = re.compile(r"://[^/?#@]*:[^/?#]*@")
Kind = Literal["file", "folder", "special", "outside"]
T = TypeVar("T")


class Item(NamedTuple):
    """An entry of a folder. `stamp`: says when the file changes; "" if that is not known."""

    key: str
    kind: Kind
    stamp: str = ""


class UnavailableError(OSError):
    """A store, server or worker is not available. The reason concerns every file, not a single one."""


class UnusableNameError(OSError):
    """A file system does not take a file: its name, or its size. The reason concerns this file only."""


# Errors of one file. Another try would fail too.
PERMANENT_ERRORS = (FileNotFoundError, IsADirectoryError, NotADirectoryError, NotImplementedError, TooLargeError)
# Errors of a file system that concern the name or the size of one file.
NAME_ERRORS: Final = (ENAMETOOLONG, ENOTDIR, EISDIR, EEXIST, EILSEQ, EINVAL, EFBIG)
# Attributes of a file in fsspec that change with its content, by file system.
TAGS: Final = (
    "ETag", "etag", "Content-MD5", "Digest", "md5Hash", "checksum",
    "mtime", "LastModified", "last_modified", "Last-Modified", "updated", "modify", "created",
)  # fmt: skip


class Store(Protocol):
    """A local or remote folder. A key is a path below it, with "/"."""

    url: str
    remote: bool

    def listing(self, folder: str, *, stamps: bool = False) -> Iterator[Item]:
        """The entries of a folder, in any order. "" is the store itself. Raises `OSError`.

        Links to folders have the kind "special". So have pipes: reading one might never end. A link to a file that does not lie below the
        store has the kind "outside": a folder may come from a stranger, who must not choose what is read. `stamps`: with the stamp of each
        file.
        """

    def stamp(self, key: str) -> str:
        """The stamp of a file, which changes with its content; "" if it is not known. Raises `OSError`."""

    def open(self, key: str, *, pipes: bool = True) -> IO[bytes]:
        """Open a file for reading. Raises `OSError`, and `UnavailableError` if the store cannot be reached.

        Opening a pipe waits for its writer, perhaps for ever. Without `pipes`, it raises `OSError`, as it does for a device.
        """

    def write(self, key: str, data: bytes) -> None:
        """Write a file completely, or not at all. Raises `UnavailableError` or `UnusableNameError`."""

    def put(self, path: Path, key: str) -> None:
        """Move a local file to the store. Raises `UnavailableError` or `UnusableNameError`."""

    def sync(self, keys: Iterable[str]) -> None:
        """Make sure that files that were written survive a power cut. Raises `UnavailableError`."""

    def exists(self, key: str) -> bool:
        """Whether the file exists."""

    def remove(self, key: str) -> None:
        """Remove a file, or a folder with its content, if it exists."""


def require_no_password(url: str) -> None:
    """Raises `ValueError` for a URL with a password: plans, reports and messages keep URLs. The message does not repeat it."""
    if PASSWORD.search(url):
        raise ValueError(
            "a URL has a password, which plans and reports would keep; give it where the library of the store finds it, "
            "such as the environment or ~/.netrc"
        )


def store(url: str) -> Store:
    """The store of a path or URL. Raises `OSError` for a URL that fsspec does not support, `ValueError` for one with a password."""
    require_no_password(url)
    return RemoteStore(url) if "://" in url else LocalStore(url)


class LocalStore:
    """A local folder."""

    remote = False

    def __init__(self, url: str) -> None:
        self.url = url
        self.root: Path = Path(url)
        self._created: set[Path] = set()

    def listing(self, folder: str, *, stamps: bool = False) -> Iterator[Item]:
        with os.scandir(self.root / folder) as entries:
            for entry in entries:
                key, kind = f"{folder}/{entry.name}" if folder else entry.name, self._kind(entry)
                stamp = ""
                if stamps and kind == "file":
                    with suppress(OSError):  # a broken link
                        stamp = _local_stamp(entry.stat())
                yield Item(key, kind, stamp)

    def _kind(self, entry: os.DirEntry[str]) -> Kind:
        # A broken link counts as a file, and so does one that leads to itself or cannot be followed: reading it gives the error.
        with suppress(OSError):
            if entry.is_dir(follow_symlinks=False):
                return "folder"
            if not entry.is_file():
                return "special" if os.path.exists(entry.path) else "file"  # noqa: PTH110
            if entry.is_symlink() and not resolved(entry.path).is_relative_to(resolved(self.root)):
                return "outside"
        return "file"

    def stamp(self, key: str) -> str:
        return _local_stamp((self.root / key).stat())

    def open(self, key: str, *, pipes: bool = True) -> IO[bytes]:
        path = self.root / key
        return path.open("rb") if pipes else _regular(path)

    def write(self, key: str, data: bytes) -> None:
        self._require_name(key)
        temporary = self.temporary()
        try:
            temporary.write_bytes(data)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise _write_error(self.root / key, error) from error
        self.put(temporary, key)

    def put(self, path: Path, key: str) -> None:
        target = self.root / key
        try:
            self._require_name(key)
            if target.parent not in self._created:
                target.parent.mkdir(parents=True, exist_ok=True)
                self._created.add(target.parent)
            if (mode := mode_of(target)) is not None:
                path.chmod(mode)
            path.replace(target)
        except UnusableNameError:
            path.unlink(missing_ok=True)
            raise
        except OSError as error:
            path.unlink(missing_ok=True)
            raise _write_error(target, error) from error

    def _require_name(self, key: str) -> None:
        """Raises `UnusableNameError` for a name that Windows would take for another file, or for none."""
        if WINDOWS and (fault := windows_fault(key)):
            raise UnusableNameError(f"{self.root / key} cannot be written: {fault}; rename the input")

    def sync(self, keys: Iterable[str]) -> None:
        folders = set()
        for key in keys:
            _sync(self.root / key)
            folders.add((self.root / key).parent)
        for folder in folders:
            _sync(folder)

    def exists(self, key: str) -> bool:
        return (self.root / key).exists()

    def remove(self, key: str) -> None:
        path = self.root / key
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
            self._created = {folder for folder in self._created if not folder.is_relative_to(path)}
        else:
            path.unlink(missing_ok=True)

    def temporary(self) -> Path:
        """An unused path on the same file system, for a file that is being written. The next run removes files that a killed run left."""
        folder = self.root / STATE / "tmp"
        if folder not in self._created:
            try:
                folder.mkdir(0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise UnavailableError(f"{folder} cannot be made: {error.strerror or error}") from error
            self._created.add(folder)
        return folder / secrets.token_hex(8)


def _regular(path: Path) -> IO[bytes]:
    """An open file. Raises `OSError` if it is a pipe or a device; it may have become one since its folder was listed."""
    stream = open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0)))  # noqa: SIM115 - the caller closes it
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise OSError(EINVAL, "it is not a regular file", str(path))
    return stream


def _write_error(path: Path | str, error: OSError) -> UnusableNameError | UnavailableError:
    # In Windows, a file that a program has open, or that is read-only, cannot be replaced: that concerns this file only.
    is_held = WINDOWS and isinstance(error, PermissionError) and Path(path).is_file()
    kind = UnusableNameError if is_held or error.errno in NAME_ERRORS else UnavailableError
    return kind(f"{path} cannot be written: {error.strerror or error}")


def _local_stamp(status: os.stat_result) -> str:
    return f"{status.st_size} bytes, {status.st_mtime_ns} ns"


def _sync(path: Path) -> None:
    """Write a file or folder through to the disk. Raises `UnavailableError`."""
    is_folder = path.is_dir()
    if is_folder and os.name != "posix":
        return
    try:
        file = os.open(
            path, os.O_RDONLY if is_folder else os.O_RDWR
        )  # Windows syncs no file that is open for reading only
        try:
            os.fsync(file)
        finally:
            os.close(file)
    except OSError as error:
        if error.errno not in (EINVAL, ENOTSUP):  # a file system that has no such call
            raise UnavailableError(f"{path} cannot be written: {error.strerror or error}") from error


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
        except Exception as error:  # a library behind fsspec that connects at once
            raise UnavailableError(f"{url} cannot be reached: {error or type(error).__name__}") from error
        self.root: str = str(root).rstrip("/")

    def listing(self, folder: str, *, stamps: bool = False) -> Iterator[Item]:
        path = self._path(folder) if folder else self.root
        for entry in with_retries(lambda: self._system.ls(path, detail=True), path):
            name = str(self._system._strip_protocol(entry["name"])).rstrip("/")
            if name.startswith(f"{path.rstrip('/')}/"):  # an HTTP listing also has links to other folders
                is_folder = entry["type"] == "directory" or entry["name"].endswith("/")
                stamp = _remote_stamp(entry) if stamps and not is_folder else ""
                yield Item(name[len(self.root) + 1 :], "folder" if is_folder else "file", stamp)

    def stamp(self, key: str) -> str:
        return _remote_stamp(with_retries(lambda: self._system.info(self._path(key)), self._path(key)))

    def open(self, key: str, *, pipes: bool = True) -> IO[bytes]:
        stream = with_retries(lambda: self.open_once(key), self._path(key))
        return _RemoteStream(stream, self._path(key))  # type: ignore[return-value]

    def open_once(self, key: str) -> IO[bytes]:
        """Open a file without further tries. Its errors are those of the library behind fsspec."""
        stream: IO[bytes] = self._system.open(self._path(key), "rb")
        return stream

    def write(self, key: str, data: bytes) -> None:
        self._change(key, lambda target: self._system.pipe_file(target, data))

    def put(self, path: Path, key: str) -> None:
        self._change(key, lambda target: self._system.put_file(str(path), target))
        path.unlink(missing_ok=True)

    def sync(self, keys: Iterable[str]) -> None:
        """Do nothing: what such a store has taken is safe."""

    def exists(self, key: str) -> bool:
        return bool(with_retries(lambda: self._system.exists(self._path(key)), self._path(key)))

    def remove(self, key: str) -> None:
        if self.exists(key):
            with_retries(lambda: self._system.rm(self._path(key), recursive=True), self._path(key))

    def _path(self, key: str) -> str:
        return f"{self.root}/{key}"

    def _change(self, key: str, write: Callable[[str], Any]) -> None:
        path = self._path(key)

        def change() -> None:
            try:
                self._system.makedirs(path.rpartition("/")[0], exist_ok=True)
                write(path)
            except OSError as error:
                if error.errno in NAME_ERRORS:
                    raise _write_error(path, error) from error
                raise

        try:
            with_retries(change, path)
        except (UnavailableError, UnusableNameError):
            raise
        except (OSError, NotImplementedError) as error:
            raise UnavailableError(f"{self.url} takes no files: {path}: {error or type(error).__name__}") from error


class _RemoteStream:
    """An open file of a store. A part that could not be read is tried again, if the store can read from any position."""

    def __init__(self, stream: IO[bytes], path: str) -> None:
        self._stream, self._path = stream, path
        self._tries = MAX_TRIES if getattr(stream, "cache", None) is not None else 1

    def __enter__(self) -> _RemoteStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def read(self, size: int = -1) -> bytes:
        return with_retries(lambda: self._stream.read(size), self._path, self._tries)

    def close(self) -> None:
        with suppress(Exception):  # there is nothing left to read
            self._stream.close()


def _remote_stamp(info: dict[str, Any]) -> str:
    """The stamp of a file from what fsspec knows about it; "" if that is only the size."""
    tag = next((info[name] for name in TAGS if info.get(name)), None)
    if isinstance(tag, datetime.datetime):
        tag = tag.timestamp()
    return "" if tag is None else f"{info.get('size')} bytes, {tag}"


def in_parallel(call: Callable[[Any], T], arguments: Iterable[Any], *, threads: int = REQUESTS) -> Iterator[T]:
    """The results of calls that wait for a network, in order. At most 2 x `threads` results are held."""
    with ThreadPoolExecutor(threads) as executor:
        left = iter(arguments)
        futures = deque(executor.submit(call, argument) for argument in islice(left, 2 * threads))
        try:
            while futures:
                yield futures.popleft().result()
                futures.extend(executor.submit(call, argument) for argument in islice(left, 1))
        finally:
            for future in futures:
                future.cancel()


def read(source: Store, key: str, max_bytes: int, signature: bytes = b"", *, pipes: bool = True) -> bytes:
    """Read a file of a store, as `read_limited` does. `pipes`: whether it may be one. Raises `OSError`."""

    def attempt() -> bytes:
        with source.open_once(key) if isinstance(source, RemoteStore) else source.open(key, pipes=pipes) as stream:
            return read_limited(stream, max_bytes, signature)

    return with_retries(attempt, f"{source.url}/{key}") if source.remote else attempt()


def with_retries(call: Callable[[], T], target: str, tries: int = MAX_TRIES) -> T:
    """The result of a call over a network. After an error that may be temporary, it is tried again.

    Raises an `OSError` of the file `target`, and `UnavailableError` for what concerns every file: no permission, an error of the server
    or the connection, no memory.
    """
    for attempt in range(tries):
        try:
            return call()
        except (UnavailableError, UnusableNameError, MemoryError):
            raise
        except PERMANENT_ERRORS as error:
            if target in str(error):
                raise
            raise type(error)(f"{target}: {error or type(error).__name__}") from error
        except Exception as error:  # each library behind fsspec raises other errors
            if _is_refusal(error):
                message = f"{target}: access is refused ({error or type(error).__name__}); renew the credentials"
                raise UnavailableError(message) from error
            if attempt == tries - 1:
                times = f" after {tries} tries" if tries > 1 else ""
                message = f"{target} cannot be reached{times}: {error or type(error).__name__}"
                raise UnavailableError(message) from error
            time.sleep(FIRST_PAUSE * 2**attempt)
    raise AssertionError  # the last try returned or raised


def _is_refusal(error: Exception) -> bool:
    """Whether a store refuses access. Another try would fail too."""
    statuses = {getattr(error, name, None) for name in ("status", "code", "status_code")}
    return isinstance(error, PermissionError) or not statuses.isdisjoint((401, 403))
