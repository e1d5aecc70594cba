"""The journal of a unit: a line of JSON for each finished file, in order, and a last line.

| line | meaning |
|---|---|
| `{"row": {...}, "good": BOOL, "size": BYTES, "output": "KEY BYTES CRC"}` | a file is finished; `output`, if it has one |
| `{"retry": [NUMBER, ...]}` | the rows with these numbers are superseded by the next rows, in this order |
| `{"end": TALLY}` | all files are done; `"retried": true`, if rows are superseded |

A line that is not JSON, or has no line feed, was left by a writer that was killed or by a power cut. It is cut off with all that follows,
and its files are done again. So is a row whose output is not complete. When the last line is written, the journal and the outputs are
on the disk.

A store that cannot append has a journal in segments, each a file. The folder of the journals has the identity of the plan in its name,
so that no run takes the journals of another.
"""

from __future__ import annotations

import json
import os
import re
import time
import zlib
from collections.abc import Callable, Iterator
from errno import EINVAL
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from misc_format.engine.stores import STATE, LocalStore, Store, UnavailableError, in_parallel, read
from misc_format.system.text import as_json

PAUSE: Final = 5.0  # seconds between two segments of a journal
MAX_SEGMENT: Final = 2**22  # bytes
MAX_JOURNAL_BYTES: Final = 2**31
PART_BYTES: Final = 2**22
TAIL: Final = 200  # bytes; the last line has fewer
Output = tuple[str, int, int]  # key, bytes, checksum
BINARY: Final = getattr(os, "O_BINARY", 0)  # Windows would write a carriage return in front of each line feed
OUTPUT: Final = re.compile(r"[^ ]+ \d{1,19} \d{1,10}", re.ASCII)


class Tally(NamedTuple):
    """The numbers of finished files, of failed ones among them, and of bytes read."""

    files: int = 0
    failed: int = 0
    size: int = 0

    def plus(self, other: Tally) -> Tally:
        """The sum of both tallies."""
        return Tally(self.files + other.files, self.failed + other.failed, self.size + other.size)


def folder(plan: str) -> str:
    """The folder of the journals of a plan."""
    return f"{STATE}/rows-{plan}"


def key(plan: str, number: int) -> str:
    """The key of the journal of a unit in a store that can append."""
    return f"{folder(plan)}/{number:08d}.jsonl"


class Journals:
    """The journals of a plan in a store."""

    def __init__(self, base: Store, plan: str) -> None:
        self._base = base
        self._plan = plan
        self._segments: dict[int, list[str]] | None = None
        self._finished: dict[int, Tally] = {}
        self._retried: set[int] = set()  # units of which some rows are superseded

    def finished(self) -> dict[int, Tally]:
        """The tallies of the finished units."""
        names = [files[-1] for files in self._listed().values()]
        tails = in_parallel(self._tail, names) if self._base.remote else map(self._tail, names)
        for number, tail in zip(self._listed(), tails, strict=True):
            if (last := _final(tail)) is not None:
                self._finished[number] = Tally(*last["end"])
                if last.get("retried"):
                    self._retried.add(number)
        return dict(self._finished)

    def read(self, number: int) -> bytes:
        """The lines of a unit's rows, in order, each with a line feed. Raises `UnavailableError` if one is damaged.

        Call `finished` before.
        """
        names = self._listed().get(number, [])
        lines = b"".join(read(self._base, name, MAX_JOURNAL_BYTES) for name in names).splitlines(keepends=True)
        tally = self._finished.get(number)
        try:
            rows = _merged(lines) if all(map(_parsed, lines)) else []
        except (IndexError, StopIteration):  # a line names rows that there are not
            rows = []
        if tally is None or len(rows) != tally.files:
            raise self._damage(number)
        return b"".join(rows)

    def parts(self, number: int) -> Iterator[bytes]:
        """What `read` returns, in parts of about `PART_BYTES`. Only the number of lines is checked."""
        if number in self._retried:
            yield self.read(number)
            return
        rows = 0
        for name in self._listed().get(number, []):
            with self._base.open(name) as stream:
                rest = b""
                while chunk := stream.read(PART_BYTES):
                    lines, feed, rest = (rest + chunk).rpartition(b"\n")
                    rows += lines.count(b"\n") + bool(feed)
                    if lines.rpartition(b"\n")[2].startswith(b'{"end"'):
                        lines, feed, _ = lines.rpartition(b"\n")
                        rows -= 1
                    if lines:
                        yield lines + b"\n"
        if number not in self._finished or rows != self._finished[number].files:
            raise self._damage(number)

    def _damage(self, number: int) -> UnavailableError:
        name = self._listed().get(number, [key(self._plan, number)])[0]
        return UnavailableError(
            f"{self._base.url}/{name} is damaged; remove it, and run the same command: its files are done again"
        )

    def failed(self, number: int) -> list[int]:
        """The numbers of the files of a finished unit that failed. Raises `UnavailableError` as `read` does."""
        lines = self.read(number).splitlines()
        return [index for index, line in enumerate(lines) if not json.loads(line)["good"]]

    def final(self, number: int) -> Tally | None:
        """The tally of a unit, if its journal is complete and in one file."""
        name = key(self._plan, number)
        last = _final(self._tail(name)) if self._base.exists(name) else None
        return None if last is None else Tally(*last["end"])

    def restart(self, number: int) -> None:
        """Remove the journal of a unit."""
        for name in self._listed().get(number, []):
            self._base.remove(name)

    def _listed(self) -> dict[int, list[str]]:
        """The files of each journal, in order."""
        if self._segments is None:
            found: dict[int, list[str]] = {}
            try:
                names = sorted(item.key for item in self._base.listing(folder(self._plan)))
            except FileNotFoundError:
                names = []
            for name in names:
                digits = name.rpartition("/")[2].partition(".")[0].partition("-")[0]
                if digits.isdigit():
                    found.setdefault(int(digits), []).append(name)
            self._segments = found
        return self._segments

    def _tail(self, name: str) -> bytes:
        if isinstance(self._base, LocalStore):
            with (self._base.root / name).open("rb") as stream:
                stream.seek(-min(TAIL, stream.seek(0, os.SEEK_END)), os.SEEK_END)
                return stream.read()
        return read(self._base, name, MAX_JOURNAL_BYTES)[-TAIL:]


class Journal:
    """The open journal of a unit.

    `tally`: of all finished files. `done`: how many are finished in this round. `round`: the numbers of the files of this round; None: all.
    `careful`: write each line at once. `check`: whether an output that a row names is complete; a row without it is cut off.
    """

    def __init__(
        self,
        base: Store,
        plan: str,
        number: int,
        *,
        careful: bool = False,
        check: Callable[[Output], bool] = lambda output: True,
    ) -> None:
        self._good = bytearray()  # for each row, whether the file is good
        self._size = 0
        self.done = 0
        self.round: list[int] | None = None
        self.ended = False
        name = key(plan, number)
        self._writer: _LocalWriter | _RemoteWriter = (
            _LocalWriter(base, name, self._take, check)
            if isinstance(base, LocalStore)
            else _RemoteWriter(base, name, self._take, check)
        )
        self._writer.careful = careful

    @property
    def tally(self) -> Tally:
        """The tally of all rows."""
        return Tally(len(self._good), self._good.count(0), self._size)

    def add(self, row: dict[str, Any], size: int, *, good: bool, output: Output | None = None) -> None:
        """Add a finished file. Raises `UnavailableError`."""
        line = {"row": row, "good": good, "size": size}
        if output is not None:  # a name need not be UTF-8
            line["output"] = f"{quote(output[0], errors='surrogatepass')} {output[1]} {output[2]}"
        self._write(line)

    def retry(self) -> None:
        """Begin a round for the files that failed. Raises `UnavailableError`."""
        self._write({"retry": [number for number, good in enumerate(self._good) if not good]})

    def end(self) -> None:
        """Add the last line, when all outputs are on the disk. Raises `UnavailableError`."""
        self._write({"end": self.tally} | ({"retried": True} if self.round is not None else {}))
        self._writer.flush()

    def outputs(self) -> Iterator[Output]:
        """The outputs of the finished files, in order. A file that was tried again has its last one, in the place of its first row."""
        if self.round is None:
            lines: Iterator[bytes] = self._writer.lines()
        else:
            lines = iter(_merged(list(self._writer.lines())))
        for line in lines:
            if b'"output"' in line and (output := json.loads(line).get("output")):
                yield _output(output)

    def close(self) -> None:
        """Release the journal for other workers."""
        self._writer.close()

    def _write(self, line: dict[str, Any]) -> None:
        self._writer.append(_encoded(line))
        self._take(line)

    def _take(self, line: dict[str, Any]) -> bool:
        """Note a line. False if it cannot follow the lines before it: it names rows that there are not."""
        if "retry" in line and any(number >= len(self._good) for number in line["retry"]):
            return False
        if "row" in line and self.round is not None and self.done >= len(self.round):
            return False
        self.ended = "end" in line
        if "retry" in line:
            self.round, self.done = line["retry"], 0
        if "row" in line:
            if self.round is None:
                self._good.append(line["good"])
            else:
                self._good[self.round[self.done]] = line["good"]
            self.done += 1
            self._size += line["size"]
        return True


def _encoded(line: dict[str, Any]) -> bytes:
    """A line of JSON."""
    return as_json(line, indent=None).encode() + b"\n"


def _parsed(line: bytes) -> dict[str, Any] | None:
    """The content of a line; None for one that is damaged."""
    try:
        content = json.loads(line) if line.endswith(b"\n") else None
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and _has_form(content) else None


def _has_form(content: dict[str, Any]) -> bool:
    """Whether a JSON object is one of the lines of the table above."""
    if len(content.keys() & {"row", "retry", "end"}) != 1:
        return False
    match content:
        case {"row": dict(), "good": bool(), "size": int(size)}:
            output = content.get("output", ". 0 0")
            return size >= 0 and isinstance(output, str) and OUTPUT.fullmatch(output) is not None
        case {"retry": list(numbers)} | {"end": [_, _, _] as numbers}:
            return all(type(number) is int and number >= 0 for number in numbers)
    return False


def _output(text: str) -> Output:
    name, size, checksum = text.split(" ")
    data = unquote_to_bytes(name)
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:  # of a release that wrote the bytes of the name
        text = data.decode("utf-8", "surrogateescape")
    return text, int(size), int(checksum)


def _final(tail: bytes) -> dict[str, Any] | None:
    """The last line of a journal; None if the journal is not finished."""
    last = _parsed(tail.rstrip(b"\n").rpartition(b"\n")[2] + b"\n") if tail.endswith(b"\n") else None
    return last if last is not None and "end" in last else None


def _merged(lines: list[bytes]) -> list[bytes]:
    """The rows of a journal, each line that was superseded replaced."""
    rows: list[bytes] = []
    numbers: Iterator[int] | None = None
    for line in lines:
        if line.startswith(b'{"retry"'):
            numbers = iter(json.loads(line)["retry"])
        elif line.startswith(b'{"row"'):
            if numbers is None:
                rows.append(line)
            else:
                rows[next(numbers)] = line
    return rows


def is_complete(base: LocalStore, output: Output) -> bool:
    """Whether a local output is there as it was written."""
    name, size, checksum = output
    try:
        data = (base.root / name).read_bytes()
    except OSError:
        return False
    return len(data) == size and zlib.crc32(data) == checksum


class _LocalWriter:
    """Appends to a local file. It locks the file, because a worker of a killed run may still be busy with its last file."""

    careful = True  # each line is written at once

    def __init__(
        self, base: LocalStore, name: str, take: Callable[[dict[str, Any]], bool], check: Callable[[Output], bool]
    ) -> None:
        self._path = base.root / name
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | BINARY, 0o644)
        except OSError as error:
            raise _write_error(self._path, error) from error
        lock(self._file)
        end = 0
        for line in self.lines():
            content = _parsed(line)
            if content is None or ("output" in content and not check(_output(content["output"]))) or not take(content):
                break
            end += len(line)
        os.truncate(self._file, end)

    def lines(self) -> Iterator[bytes]:
        with self._path.open("rb") as stream:
            yield from stream

    def append(self, data: bytes) -> None:
        try:
            written = os.write(self._file, data)
        except OSError as error:
            raise _write_error(self._path, error) from error
        if written < len(data):  # the disk is full; a resumed run cuts off the partial line
            raise UnavailableError(f"{self._path} cannot be written: No space left on device")

    def flush(self) -> None:
        try:
            os.fsync(self._file)
        except OSError as error:
            if error.errno != EINVAL:
                raise _write_error(self._path, error) from error

    def close(self) -> None:
        os.close(self._file)


class _RemoteWriter:
    """Writes a segment every few seconds. After a crash of a worker: after each file."""

    def __init__(
        self, base: Store, name: str, take: Callable[[dict[str, Any]], bool], check: Callable[[Output], bool]
    ) -> None:
        self._base = base
        self._stem = name.removesuffix(".jsonl")
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._next = time.monotonic() + PAUSE
        self._segments = 0
        self.careful = False
        while base.exists(self._segment(self._segments)):
            for line in read(base, self._segment(self._segments), MAX_JOURNAL_BYTES).splitlines(keepends=True):
                content = _parsed(line)
                if content is None or not take(content):
                    where = f"{base.url}/{self._segment(self._segments)}"
                    raise UnavailableError(f"{where} is damaged; remove it, and run the same command")
            self._segments += 1

    def lines(self) -> Iterator[bytes]:
        for number in range(self._segments):
            yield from read(self._base, self._segment(number), MAX_JOURNAL_BYTES).splitlines(keepends=True)
        yield from self._waiting

    def append(self, data: bytes) -> None:
        self._waiting.append(data)
        self._bytes += len(data)
        if self.careful or self._bytes >= MAX_SEGMENT or time.monotonic() >= self._next:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self._base.write(self._segment(self._segments), b"".join(self._waiting))
            self._segments += 1
        self._waiting, self._bytes = [], 0
        self._next = time.monotonic() + PAUSE

    def close(self) -> None:
        pass

    def _segment(self, number: int) -> str:
        return f"{self._stem}-{number:06d}.jsonl"


def lock(file: int, *, wait: bool = True) -> None:
    """Lock an open file until it is closed, if the system has such locks. Without `wait`, raises `BlockingIOError` if it is locked."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def _write_error(path: Path, error: OSError) -> UnavailableError:
    return UnavailableError(f"{path} cannot be written: {error.strerror or error}")
