"""The journal of a unit: a line of JSON for each finished file, in order, and a last line.

The line of a file is {"row": {...}, "good": BOOL, "size": BYTES}. The last line, {"end": TALLY}, follows when all files are done. A line
without a line feed was left by a writer that was killed: it is cut off, and its file is done again.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

from misc_format.engine.stores import STATE, LocalStore, Store, UnavailableError, read

PAUSE = 5.0  # seconds between two writes of a journal to a store that cannot append
MAX_JOURNAL_BYTES = 2**31


class Tally(NamedTuple):
    """The numbers of finished files, of failed ones among them, and of bytes read."""

    files: int = 0
    failed: int = 0
    size: int = 0

    def plus(self, other: Tally) -> Tally:
        """The sum of both tallies."""
        return Tally(self.files + other.files, self.failed + other.failed, self.size + other.size)


def key(number: int) -> str:
    """The key of the journal of a unit."""
    return f"{STATE}/rows/{number:08d}.jsonl"


class Journal:
    """The open journal of a unit. `rows`: the rows of the finished files. `careful`: write each row at once."""

    def __init__(self, base: Store, number: int, *, careful: bool = False) -> None:
        local = isinstance(base, LocalStore)
        self._writer: Any = _LocalWriter(base, key(number)) if local else _RemoteWriter(base, key(number))  # type: ignore[arg-type]
        lines = [json.loads(line) for line in self._writer.lines()]
        done = [line for line in lines if "row" in line]
        self.rows: list[dict[str, Any]] = [line["row"] for line in done]
        self.tally = Tally(len(done), sum(not line["good"] for line in done), sum(line["size"] for line in done))
        self.ended = bool(lines) and "end" in lines[-1]
        self._writer.careful = careful

    def add(self, row: dict[str, Any], size: int, *, good: bool) -> None:
        """Add a finished file. Raises `UnavailableError`."""
        self.rows.append(row)
        self.tally = self.tally.plus(Tally(1, int(not good), size))
        self._writer.append(json.dumps({"row": row, "good": good, "size": size}))

    def end(self) -> None:
        """Add the last line: all files are done. Raises `UnavailableError`."""
        self._writer.append(json.dumps({"end": self.tally}))
        self._writer.flush()
        self.ended = True

    def close(self) -> None:
        """Release the journal for other workers."""
        self._writer.close()


def final_tally(base: Store, number: int) -> Tally | None:
    """The tally of a finished unit; None if the unit is not finished."""
    if not base.exists(key(number)):
        return None
    if isinstance(base, LocalStore):
        with (base.root / key(number)).open("rb") as stream:
            stream.seek(-min(200, stream.seek(0, os.SEEK_END)), os.SEEK_END)
            data = stream.read()
    else:
        data = read(base, key(number), MAX_JOURNAL_BYTES)
    last = data.rpartition(b"\n")[0].rpartition(b"\n")[2] if data.endswith(b"\n") else b""
    return Tally(*json.loads(last)["end"]) if last.startswith(b'{"end"') else None


def rows(base: Store, number: int) -> list[dict[str, Any]]:
    """The rows of a finished unit."""
    lines = [json.loads(line) for line in read(base, key(number), MAX_JOURNAL_BYTES).splitlines()]
    return [line["row"] for line in lines if "row" in line]


class _LocalWriter:
    """Appends to a local file. It locks the file, because a worker of a killed run may still be busy with its last file."""

    careful = True  # each line is written at once

    def __init__(self, base: LocalStore, name: str) -> None:
        self._path = base.root / name
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise _write_error(self._path, error) from error
        lock(self._file)

    def lines(self) -> list[bytes]:
        data = self._path.read_bytes()
        end = data.rfind(b"\n") + 1
        if end < len(data):
            os.truncate(self._file, end)
        return data[:end].splitlines()

    def append(self, line: str) -> None:
        data = f"{line}\n".encode()
        try:
            written = os.write(self._file, data)
        except OSError as error:
            raise _write_error(self._path, error) from error
        if written < len(data):  # the disk is full; a resumed run cuts off the partial line
            raise UnavailableError(f"{self._path} cannot be written: No space left on device")

    def flush(self) -> None:
        pass

    def close(self) -> None:
        os.close(self._file)


class _RemoteWriter:
    """Writes the whole journal every few seconds, for a store that cannot append. After a crash of a worker: after each file."""

    def __init__(self, base: Store, name: str) -> None:
        self._base, self._name = base, name
        self._data = b""
        self._next = 0.0
        self.careful = False

    def lines(self) -> list[bytes]:
        if self._base.exists(self._name):
            self._data = read(self._base, self._name, MAX_JOURNAL_BYTES)
        return self._data.splitlines()

    def append(self, line: str) -> None:
        self._data += f"{line}\n".encode()
        if self.careful or time.monotonic() >= self._next:
            self.flush()

    def flush(self) -> None:
        self._base.write(self._name, self._data)
        self._next = time.monotonic() + PAUSE

    def close(self) -> None:
        pass


def lock(file: int, *, wait: bool = True) -> None:
    """Lock an open file until it is closed, if the system has such locks. Without `wait`, raises `BlockingIOError` if it is locked."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def _write_error(path: Path, error: OSError) -> UnavailableError:
    return UnavailableError(f"{path} cannot be written: {error.strerror or error}")
