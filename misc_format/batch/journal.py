"""The journal of a unit: a line of JSON for each file that is done, in order, and one at its end.

Lines: {"row": {...}, "good": BOOL, "size": BYTES} for a file, {"end": TALLY} when all is done. A line without its end is of a writer
that was killed; it is cut off, and its file done again.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

from misc_format.engine.stores import STATE, LocalStore, LostError, Store, read

PAUSE = 5.0  # seconds between writings of a journal to a store that cannot append
JOURNAL_BYTES = 2**31


class Tally(NamedTuple):
    """Files done, those of them that failed, and bytes read."""

    files: int = 0
    failed: int = 0
    size: int = 0

    def plus(self, other: Tally) -> Tally:
        """The sum of both."""
        return Tally(self.files + other.files, self.failed + other.failed, self.size + other.size)


def key(number: int) -> str:
    """Where a unit's journal is."""
    return f"{STATE}/rows/{number:08d}.jsonl"


class Journal:
    """A unit's journal, open for going on. `rows` are those of files that are done. `careful`: each is to be written at once."""

    def __init__(self, place: Store, number: int, *, careful: bool = False) -> None:
        local = isinstance(place, LocalStore)
        self._writer: Any = _Appended(place, key(number)) if local else _Rewritten(place, key(number))  # type: ignore[arg-type]
        lines = [json.loads(line) for line in self._writer.lines()]
        done = [line for line in lines if "row" in line]
        self.rows: list[dict[str, Any]] = [line["row"] for line in done]
        self.tally = Tally(len(done), sum(not line["good"] for line in done), sum(line["size"] for line in done))
        self.ended = bool(lines) and "end" in lines[-1]
        self._writer.careful = careful

    def add(self, row: dict[str, Any], size: int, *, good: bool) -> None:
        """One file more. Raises `LostError`."""
        self.rows.append(row)
        self.tally = self.tally.plus(Tally(1, int(not good), size))
        self._writer.append(json.dumps({"row": row, "good": good, "size": size}))

    def end(self) -> None:
        """All files are done. Raises `LostError`."""
        self._writer.append(json.dumps({"end": self.tally}))
        self._writer.flush()
        self.ended = True

    def close(self) -> None:
        """Let another worker have it."""
        self._writer.close()


def ended(place: Store, number: int) -> Tally | None:
    """What was done in a unit that is finished; None for another one."""
    if not place.exists(key(number)):
        return None
    if isinstance(place, LocalStore):
        with (place.root / key(number)).open("rb") as stream:
            stream.seek(-min(200, stream.seek(0, os.SEEK_END)), os.SEEK_END)
            data = stream.read()
    else:
        data = read(place, key(number), JOURNAL_BYTES)
    last = data.rpartition(b"\n")[0].rpartition(b"\n")[2] if data.endswith(b"\n") else b""
    return Tally(*json.loads(last)["end"]) if last.startswith(b'{"end"') else None


def rows(place: Store, number: int) -> list[dict[str, Any]]:
    """The rows of a finished unit."""
    lines = [json.loads(line) for line in read(place, key(number), JOURNAL_BYTES).splitlines()]
    return [line["row"] for line in lines if "row" in line]


class _Appended:
    """A local file. It is locked: a worker whose run was killed may still be at its last file."""

    careful = True  # each line is written as it comes

    def __init__(self, place: LocalStore, name: str) -> None:
        self._path = place.root / name
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise _lost(self._path, error) from error
        lock(self._file)

    def lines(self) -> list[bytes]:
        data = self._path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.truncate(self._file, whole)
        return data[:whole].splitlines()

    def append(self, line: str) -> None:
        data = f"{line}\n".encode()
        try:
            written = os.write(self._file, data)
        except OSError as error:
            raise _lost(self._path, error) from error
        if written < len(data):  # the disk is full; what is there is cut off by whoever goes on
            raise LostError(f"{self._path} cannot be written: No space left on device")

    def flush(self) -> None:
        pass

    def close(self) -> None:
        os.close(self._file)


class _Rewritten:
    """A store that cannot append: the whole journal, now and then; after each file where a worker has died on the way."""

    def __init__(self, place: Store, name: str) -> None:
        self._place, self._name = place, name
        self._data = b""
        self._next = 0.0
        self.careful = False

    def lines(self) -> list[bytes]:
        if self._place.exists(self._name):
            self._data = read(self._place, self._name, JOURNAL_BYTES)
        return self._data.splitlines()

    def append(self, line: str) -> None:
        self._data += f"{line}\n".encode()
        if self.careful or time.monotonic() >= self._next:
            self.flush()

    def flush(self) -> None:
        self._place.write(self._name, self._data)
        self._next = time.monotonic() + PAUSE

    def close(self) -> None:
        pass


def lock(file: int, *, wait: bool = True) -> None:
    """Lock an open file until it is closed, where the system has such locks. Raises `BlockingIOError` if it may not wait."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def _lost(path: Path, error: OSError) -> LostError:
    return LostError(f"{path} cannot be written: {error.strerror or error}")
