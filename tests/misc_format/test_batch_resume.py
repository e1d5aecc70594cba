"""What a resumed batch trusts, and what ends a run: changed sources, damaged journals, power cuts, errors of stores."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from typer.testing import CliRunner, Result

import misc_format
from misc_format.batch import journal, plan
from misc_format.batch.changes import ChangedError
from misc_format.batch.journal import Journals, key
from misc_format.batch.run import Request, run
from misc_format.cli.app import app
from misc_format.engine import stores
from misc_format.engine.jobs import Bpp, Task, file_by_file
from misc_format.engine.pool import StoppedError
from misc_format.engine.rows import Row
from misc_format.engine.stores import STATE, LocalStore, UnavailableError

calls: list[str] = []


class StopError(UnavailableError):
    """What the job below raises to end a run, as a lost network does."""


class Upper(Bpp):
    """A job that writes capitals. A file "stop" ends the run once; a file that begins with "bad" fails."""

    stopping = True

    def prepare(self, limited: bool = False) -> Task:
        def one(data: bytes, name: str) -> Row:
            calls.append(name)
            if data == b"stop" and Upper.stopping:
                raise StopError("stopped")
            if data.startswith(b"bad"):
                raise ValueError("it is bad")
            return Row(output=data.upper())

        return file_by_file(one)


def upper(*, outputs: bool = True) -> Upper:
    job = Upper()
    values = {"suffix": ".up" if outputs else None, "endings": (".txt",), "signature": b"", "group": 1}
    for name, value in (values | {"columns": (("output", "string"),)}).items():
        object.__setattr__(job, name, value)
    return job


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    calls.clear()
    Upper.stopping = True
    yield
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


def do(source: object, output: object, **options: Any) -> Any:
    request = Request(options.pop("job", upper()), str(source), str(output), workers=0, **options)
    return run(request, lambda tally, fraction: None)


def stopped(source: object, output: object, **options: Any) -> Exception:
    with pytest.raises(StoppedError) as caught:
        do(source, output, **options)
    return caught.value.cause


def goes_on() -> None:
    Upper.stopping = False
    calls.clear()


def report(folder: Path) -> list[dict[str, Any]]:
    return list(pq.read_table(folder / "report.parquet").to_pylist())


def texts(folder: Path, **contents: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in contents.items():
        (folder / f"{name}.txt").write_text(text)
    return folder


def shard(*texts: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for number, text in enumerate(texts):
            header = tarfile.TarInfo(f"{number}.txt")
            header.size = len(text)
            archive.addfile(header, io.BytesIO(text.encode()))
    return stream.getvalue()


# Changes


@pytest.mark.parametrize("changed", ["a", "c"])
def test_a_changed_file_is_refused_by_name(tmp_path: Path, changed: str) -> None:
    source, output = texts(tmp_path / "in", a="a", b="stop", c="c"), tmp_path / "out"
    stopped(source, output)
    goes_on()
    (source / f"{changed}.txt").write_text("changed")
    with pytest.raises(
        ChangedError, match=rf"in/{changed}\.txt has changed since the batch began; restore it, or begin again"
    ):
        do(source, output)
    assert not calls


def test_a_changed_shard_is_refused_and_a_new_file_is_no_change(tmp_path: Path) -> None:
    source, output = texts(tmp_path / "in"), tmp_path / "out"
    (source / "s.tar").write_bytes(shard("a", "b", "stop", "d"))
    stopped(source, output)
    goes_on()
    times = (source / "s.tar").stat()
    (source / "s.tar").write_bytes(shard("x", "y", "z", "d"))
    with pytest.raises(ChangedError, match=r"s\.tar"):
        do(source, output)
    (source / "s.tar").write_bytes(shard("a", "b", "stop", "d"))
    os.utime(source / "s.tar", ns=(times.st_atime_ns, times.st_mtime_ns))
    texts(source, new="new")
    assert do(source, output).files == 4 and calls == ["s.tar/2.txt", "s.tar/3.txt"]


def test_a_changed_object_is_refused(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    for name, text in {"a.txt": b"a", "d/b.txt": b"stop"}.items():
        memory.pipe_file(f"/changing/{name}", text)
    for source in ("memory://changing", "memory://changing/d/{b..b}.txt".replace("{b..b}", "b")):
        output = tmp_path / source.replace("/", "_")
        Upper.stopping = True
        stopped(source, output)
        goes_on()
        memory.pipe_file("/changing/d/b.txt", b"other")
        with pytest.raises(ChangedError, match=r"d/b\.txt|b\.txt"):
            do(source, output)
        memory.pipe_file("/changing/d/b.txt", b"stop")


# Plans and journals


def test_the_journals_of_another_plan_are_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    source = texts(tmp_path / "in")
    (source / "s.tar").write_bytes(shard("a", "b", "stop"))
    stopped(source, "memory://packed")
    [left] = (tmp_path / "temporary").glob("misc-batch-*/*")
    memory = fsspec.filesystem("memory")
    memory.rm("/packed", recursive=True)
    goes_on()
    assert do(source, "memory://packed").done_before == 0 and len(calls) == 3
    with tarfile.open(fileobj=io.BytesIO(memory.cat_file("/packed/s.tar"))) as archive:
        assert archive.getnames() == ["0.up", "1.up", "2.up"]
    assert [*(tmp_path / "temporary").glob("misc-batch-*/*")] == [left]  # the new one went when its run ended


def test_a_run_that_is_resumed_takes_its_own_journals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    source = texts(tmp_path / "in")
    (source / "s.tar").write_bytes(shard("a", "b", "stop"))
    stopped(source, "memory://packed")
    goes_on()
    assert do(source, "memory://packed").done_before == 2 and calls == ["s.tar/2.txt"]
    assert not [*(tmp_path / "temporary").glob("misc-batch-*/*")]
    assert do(source, "memory://packed").done_before == 3


def journal_of(output: Path) -> Path:
    [path] = (output / STATE).glob("rows-*/00000000.jsonl")
    return path


@pytest.mark.parametrize(
    "damage", [bytes(5000), b"\0" * 7 + b"\n", b"garbage\n", b'{"row": 1, "good": \n', b"\xff\xfe\n"]
)
def test_a_journal_with_garbage_is_cut_there(tmp_path: Path, damage: bytes) -> None:
    source, output = texts(tmp_path / "in", a="a", b="b", c="stop", d="d"), tmp_path / "out"
    stopped(source, output, unit=10)
    path = journal_of(output)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + damage + lines[1])
    goes_on()
    assert do(source, output, unit=10).files == 4
    assert calls == ["b.txt", "c.txt", "d.txt"] and [row["output"] for row in report(output)] == [
        "a.up",
        "b.up",
        "c.up",
        "d.up",
    ]


def test_a_finished_journal_or_a_plan_that_is_damaged_says_what_to_do(tmp_path: Path) -> None:
    source, output = texts(tmp_path / "in", a="a", b="stop"), tmp_path / "out"
    stopped(source, output, unit=1)
    path = journal_of(output)
    path.write_bytes(path.read_bytes().replace(b'{"row"', b'{"ro\0"', 1))
    goes_on()
    with pytest.raises(UnavailableError, match=r"00000000\.jsonl is damaged; remove it, and run the same command"):
        do(source, output, unit=1)
    path.unlink()
    assert do(source, output, unit=1).files == 2
    (output / plan.PLAN).write_bytes(bytes(100))
    with pytest.raises(UnavailableError, match=r"plan\.json is damaged; remove the folder _batch"):
        do(source, output, unit=1)


@pytest.mark.parametrize("damage", [b"", b"\0", None])
def test_an_output_that_a_power_cut_damaged_is_made_again(tmp_path: Path, damage: bytes | None) -> None:
    source, output = texts(tmp_path / "in", a="a", b="b", c="stop"), tmp_path / "out"
    stopped(source, output, unit=10)
    if damage is None:
        (output / "b.up").unlink()
    else:
        (output / "b.up").write_bytes(damage)
    goes_on()
    do(source, output, unit=10)
    assert calls == ["b.txt", "c.txt"] and (output / "b.up").read_bytes() == b"B"


@pytest.mark.parametrize("shards", [None, 10])
def test_outputs_are_on_the_disk_before_the_journal_says_that_the_unit_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shards: int | None
) -> None:
    log: list[str] = []
    real = os.fsync

    def fsync(file: int) -> None:
        log.append(Path(os.readlink(f"/proc/self/fd/{file}")).name)
        real(file)

    monkeypatch.setattr(os, "fsync", fsync)
    do(texts(tmp_path / "in", a="a", b="b"), tmp_path / "out", unit=10, shards=shards)
    outputs = ["a.up", "b.up", "out"] if shards is None else ["000000.tar", "out"]
    begin = log.index(outputs[0])
    assert log[begin : begin + len(outputs) + 1] == [*outputs, "00000000.jsonl"]
    assert log.index("000000.json") < log.index("plan.json") < begin < log.index("report.parquet")


# Retrying


def test_failed_files_are_done_again_and_only_they(tmp_path: Path) -> None:
    source, output = texts(tmp_path / "in", a="a", b="bad", c="c", d="bad too", e="e"), tmp_path / "out"
    assert do(source, output, unit=3).failed == 2
    goes_on()
    assert do(source, output, unit=3).failed == 2 and not calls
    texts(source, b="better")
    assert do(source, output, unit=3, retry_failed=True).failed == 1
    assert calls == ["b.txt", "d.txt"]
    assert [(row["output"], bool(row["error"])) for row in report(output)] == [
        ("a.up", False), ("b.up", False), ("c.up", False), (None, True), ("e.up", False)]  # fmt: skip
    texts(source, d="stop")
    Upper.stopping = True
    stopped(source, output, unit=3, retry_failed=True)
    goes_on()
    assert do(source, output, unit=3).failed == 0 and calls == ["d.txt"]  # resumed without the option
    assert (output / "b.up").read_bytes() == b"BETTER" and [row["output"] for row in report(output)][3] == "d.up"
    assert not [*(output / STATE).glob("rows-*")]
    goes_on()
    assert do(source, output, unit=3, retry_failed=True).failed == 0 and not calls


@pytest.mark.parametrize("shards", [None, 0])
def test_a_shard_with_a_failed_member_is_done_again_as_a_whole(tmp_path: Path, shards: int | None) -> None:
    source, output = texts(tmp_path / "in"), tmp_path / "out"
    (source / "s.tar").write_bytes(shard("a", "bad"))
    (source / "t.tar").write_bytes(shard("c"))
    assert do(source, output, shards=shards).failed == 1
    goes_on()
    (source / "s.tar").write_bytes(shard("a", "good"))
    summary = do(source, output, shards=shards, retry_failed=True)
    assert (summary.files, summary.failed) == (3, 0) and calls == ["s.tar/0.txt", "s.tar/1.txt"]
    made = [row["output"] for row in report(output)]
    assert made == (["s.tar/0.up", "s.tar/1.up", "t.tar/0.up"] if shards is None else ["s/0.up", "s/1.up", "t/0.up"])


def test_the_command_retries(tmp_path: Path) -> None:
    good = misc_format.write(misc_format.Stream(9, 9, text=misc_format.Text("x"), methods={"text": "raw"}))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.misc").write_bytes(b"")
    arguments = ("batch", "bpp", tmp_path / "in", "-o", tmp_path / "out", "--workers", 0)
    assert misc(*arguments).exit_code == 1
    (tmp_path / "in" / "a.misc").write_bytes(good)
    assert misc(*arguments).exit_code == 1
    assert misc(*arguments, "--retry-failed").exit_code == 0
    assert misc(*arguments).exit_code == 0


def misc(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


# Errors of stores


class ServerError(Exception):
    """An error of a library behind fsspec."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class FaultyStream(io.BytesIO):
    cache = None

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= Faulty.limit and Faulty.error is not None:
            raise Faulty.error
        return super().read(min(size, 512) if size is not None and size >= 0 else 512)


class Faulty(MemoryFileSystem):
    """A store that fails: `error` is raised for every file but the first `sound` ones, or behind byte `limit` of each."""

    protocol = "faulty"
    error: Exception | None = None
    sound = 10**9
    limit = 10**9

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.replace("faulty://", "memory://")))

    def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        if mode != "rb" or "/in/" not in path:
            return super()._open(path, mode, **options)
        Faulty.sound -= 1
        if Faulty.sound < 0 and Faulty.error is not None:
            raise Faulty.error
        return FaultyStream(super()._open(path, mode, **options).getvalue())


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> str:
    fsspec.register_implementation("faulty", Faulty, clobber=True)
    monkeypatch.setattr(stores, "FIRST_PAUSE", 0.001)
    Faulty.error, Faulty.sound, Faulty.limit = None, 10**9, 10**9
    return "faulty://in"


REFUSALS = [PermissionError("Forbidden"), ServerError(403), ServerError(401)]
OUTAGES = [
    ServerError(500),
    ServerError(503),
    OSError(5, "Internal Error"),
    ConnectionResetError("reset"),
    TimeoutError("slow"),
]


@pytest.mark.parametrize("error", [*REFUSALS, *OUTAGES], ids=repr)
def test_what_a_store_refuses_ends_the_run_and_is_no_row(faulty: str, tmp_path: Path, error: Exception) -> None:
    for number in range(6):
        MemoryFileSystem().pipe_file(f"/in/{number}.txt", b"text")
    Faulty.error, Faulty.sound = error, 3
    cause = stopped(faulty, tmp_path / "out")
    assert isinstance(cause, UnavailableError) and ".txt" in str(cause) and str(error) in str(cause)
    assert ("credentials" in str(cause)) == (error in REFUSALS)
    Faulty.error = None
    summary = do(faulty, tmp_path / "out")
    assert (summary.files, summary.failed, summary.done_before) == (6, 0, 3) and len(calls) == 6


@pytest.mark.parametrize("error", [REFUSALS[0], OUTAGES[0], MemoryError()], ids=repr)
def test_an_error_in_the_middle_of_a_shard_ends_the_run_and_loses_no_member(
    faulty: str, tmp_path: Path, error: Exception
) -> None:
    MemoryFileSystem().pipe_file("/in/s.tar", shard(*(f"text {number}" for number in range(20))))
    Faulty.error, Faulty.limit = error, 10 * 1024
    cause = stopped(faulty, tmp_path / "out", shards=0)
    assert isinstance(cause, UnavailableError) and "s.tar" in str(cause)
    done = len(calls)
    assert 5 <= done <= 10
    Faulty.error = None
    summary = do(faulty, tmp_path / "out", shards=0)
    assert (summary.files, summary.failed, summary.done_before) == (20, 0, done) and len(calls) == 20


def test_a_file_that_is_gone_is_a_row(faulty: str, tmp_path: Path) -> None:
    for number in range(3):
        MemoryFileSystem().pipe_file(f"/in/{number}.txt", b"text")
    Faulty.error, Faulty.sound = FileNotFoundError("1.txt"), 1
    assert do(faulty, tmp_path / "out").failed == 2


@pytest.mark.parametrize("request_name", ["ls", "exists", "pipe_file", "makedirs"])
def test_an_endpoint_that_is_gone_is_a_file_error(
    faulty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request_name: str
) -> None:
    class EndpointConnectionError(Exception):
        """As of botocore: no `OSError`."""

    def gone(*_: object, **__: object) -> Any:
        raise EndpointConnectionError('Could not connect to the endpoint URL: "http://127.0.0.1:9/"')

    texts(tmp_path / "in", a="a")
    monkeypatch.setattr(Faulty, request_name, gone)
    places = (faulty, tmp_path / "out") if request_name == "ls" else (tmp_path / "in", "faulty://out")
    result = misc("batch", "bpp", places[0], "-o", places[1], "--workers", 0)
    assert result.exit_code == 3 and "Could not connect to the endpoint" in result.stderr, result.output


def test_no_journal_is_trusted_that_a_store_keeps_for_another_plan(tmp_path: Path) -> None:
    output = LocalStore(str(tmp_path / "out"))
    output.write(key("old", 0), b'{"row": {"file": "x"}, "good": true, "size": 1}\n{"end": [1, 0, 1]}\n')
    assert Journals(output, "new").finished() == {} and len(Journals(output, "old").finished()) == 1
    do(texts(tmp_path / "in", a="a"), tmp_path / "out")
    assert [row["file"] for row in report(tmp_path / "out")] == ["a.txt"]


def test_a_journal_in_a_remote_store_grows_by_segments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(journal, "PAUSE", 0.0)
    source = texts(tmp_path / "in", a="a", b="b", c="stop", d="d")
    stopped(source, "memory://segments", unit=10)
    memory = fsspec.filesystem("memory")
    [folder] = [name for name in memory.ls("/segments/_batch", detail=False) if "rows-" in name]
    written = [memory.cat_file(name) for name in sorted(memory.ls(folder, detail=False))]
    assert [len(data.splitlines()) for data in written] == [1, 1]
    goes_on()
    assert do(source, "memory://segments", unit=10).done_before == 2 and calls == ["c.txt", "d.txt"]
    with memory.open("/segments/report.parquet") as stream:
        assert [row["file"] for row in pq.read_table(stream).to_pylist()] == ["a.txt", "b.txt", "c.txt", "d.txt"]
