"""Batches: every file once, in the report or in its place, whatever ends the run on the way."""

from __future__ import annotations

import errno
import functools
import http.server
import io
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

import misc_format
from misc_format.batch import plan
from misc_format.batch.journal import Journal, Journals, key
from misc_format.batch.run import OtherJobError, Request, run
from misc_format.batch.work import Setup, Worker
from misc_format.cli.app import app
from misc_format.engine import sources, stores
from misc_format.engine.jobs import Bpp
from misc_format.engine.pool import NO_LIMITS, Order, Part, StoppedError, portable
from misc_format.engine.stores import STATE
from tests.engine import poison
from tests.needs import MOUNT, extra, needs

ROOT = Path(__file__).parents[2]
FILE = ROOT / "examples" / "coffee.misc"
SCRIPT = Path(__file__).with_name("batchjob.py")
VECTORS = sorted((ROOT / "conformance" / "vectors").glob("[gmpst]*.misc"))[:24]


def misc(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def quietly(request: Request) -> Any:
    return run(request, lambda tally, share: None)


def report(folder: Path) -> list[dict[str, Any]]:
    return list(pq.read_table(folder / "report.parquet").to_pylist())


def below(folder: Path) -> dict[str, bytes]:
    """All files of a batch's output beside its report and its plan."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: data for name, data in found.items() if not name.startswith(STATE) and name != "report.parquet"}


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Good files in folders in folders, and one each that is empty, cut short, foreign, a pipe, a link to nothing."""
    folder = tmp_path / "in"
    for index, vector in enumerate(VECTORS):
        target = folder / f"part{index % 3}" / "deeper" / vector.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(vector, target)
    (folder / "empty.misc").write_bytes(b"")
    (folder / "part1" / "cut.misc").write_bytes(FILE.read_bytes()[:12])
    (folder / "part1" / "foreign.misc").write_bytes((ROOT / "examples" / "coffee.png").read_bytes()[:5000])
    os.mkfifo(folder / "part2" / "pipe.misc")
    (folder / "part2" / "nothing.misc").symlink_to("is-not-there")
    (folder / "notes.txt").write_text("not a file that the job takes")
    return folder


def test_every_file_has_a_row_and_the_parts_add_up(mixed: Path, tmp_path: Path) -> None:
    result = misc("batch", "bpp", mixed, "-o", tmp_path / "out", "--workers", 0, "--unit", 5, "--json")
    assert result.exit_code == 1, result.output
    found = {row["file"]: row for row in report(tmp_path / "out")}
    names = {str(path.relative_to(mixed)) for path in mixed.rglob("*.misc")}
    assert found.keys() == names and len(names) == len(VECTORS) + 5
    columns = list(next(iter(found.values())))
    parts = columns[columns.index("self_declared_bits") + 1 : columns.index("outside")]
    for name, row in found.items():
        data = (mixed / name).read_bytes() if row["error"] is None else None
        if data is not None:
            assert row["file_bits"] == 8 * len(data) == sum(row[part] or 0 for part in parts)
            assert row["bpp"] == misc_format.account(data).bpp
    failed = {name: row["error"] for name, row in found.items() if row["error"]}
    assert sorted(failed) == [
        "empty.misc",
        "part1/cut.misc",
        "part1/foreign.misc",
        "part2/nothing.misc",
        "part2/pipe.misc",
    ]
    assert found["part1/foreign.misc"]["error_id"] == "MISC-CON-001"
    document = json.loads(result.stdout)
    assert (document["files"], document["failed"]) == (len(names), 5)
    assert {row["file"] for row in document["failures"]} == failed.keys()


def test_deep_counts_are_those_of_the_command_for_one_file(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    shutil.copy(FILE, tmp_path / "in")
    assert misc("batch", "bpp", tmp_path / "in", "-o", tmp_path / "out", "--deep", "--workers", 0).exit_code == 0
    [row] = report(tmp_path / "out")
    account = misc_format.account(FILE.read_bytes(), deep=True)
    assert {part.path: row[part.path] for part in account.components} == {
        part.path: part.bits for part in account.components
    }


def test_validate_gives_verdicts_and_issues(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("text-raw-empty", "bad-container-major", "bad-text-overlong"):
        for path in (ROOT / "conformance" / "vectors").glob(f"{name}*.misc"):
            shutil.copy(path, tmp_path / "in")
    result = misc("batch", "validate", tmp_path / "in", "-o", tmp_path / "out", "--workers", 0)
    assert result.exit_code == 1
    for row in report(tmp_path / "out"):
        expected = misc_format.validate((tmp_path / "in" / row["file"]).read_bytes())
        assert row["verdict"] == expected.verdict
        assert json.loads(row["issues"]) == [issue._asdict() for issue in expected.issues]
        assert (row["error"] is None) == (expected.verdict == "conforming")


def test_the_report_is_the_same_with_any_number_of_workers(mixed: Path, tmp_path: Path) -> None:
    for workers in (0, 2):
        quietly(Request(Bpp(), str(mixed), str(tmp_path / f"out{workers}"), unit=4, workers=workers))
    assert (tmp_path / "out0" / "report.parquet").read_bytes() == (tmp_path / "out2" / "report.parquet").read_bytes()


@needs(extra("ray"))
def test_ray_gives_the_same_report(mixed: Path, tmp_path: Path) -> None:
    for engine in ("local", "ray"):
        request = Request(
            Bpp(), str(mixed), str(tmp_path / engine), unit=8, workers=0 if engine == "local" else 2, engine=engine
        )
        summary = quietly(request)
        assert (summary.files, summary.failed) == (len(VECTORS) + 5, 5)
    assert (tmp_path / "local" / "report.parquet").read_bytes() == (tmp_path / "ray" / "report.parquet").read_bytes()


@needs(extra("ray"))
def test_a_cluster_that_does_not_answer_or_has_no_gpu_is_told_soon(mixed: Path, tmp_path: Path) -> None:
    begun = time.monotonic()
    common = ("batch", "bpp", mixed, "-o", tmp_path / "out", "--engine", "ray")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for address in (f"127.0.0.1:{port}", f"ray://127.0.0.1:{port}"):
        result = misc(*common, "--address", address)
        assert result.exit_code == 3 and f"no Ray cluster answers at {address}" in result.stderr, result.output
    assert time.monotonic() - begun < 30


@needs(extra("ray"))
def test_any_error_at_the_start_of_ray_ends_the_run_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine, Ray raises a plain `Exception`."""
    from misc_format.batch import cluster

    def init(**options: object) -> None:
        raise Exception("The current node timed out.\nMore")

    monkeypatch.setattr("ray.init", init)
    with pytest.raises(
        StoppedError, match=r"Ray on this machine did not start: The current node timed out\.; finished"
    ):
        cluster._connect(None)


@needs(extra("ray"))
def test_what_ray_says_is_not_on_stdout(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """There `--json` has one document and nothing else."""
    from misc_format.batch import cluster

    monkeypatch.setattr(cluster, "_drive", poison.talking_driver)
    assert list(cluster.run(cluster.Cluster(None, [], 1, NO_LIMITS, None, 0))) == []  # type: ignore[arg-type]
    out, err = capfd.readouterr()
    assert (out, "a machine died" in err) == ("", True)


@needs(extra("ray"))
def test_more_gpus_than_there_are(mixed: Path, tmp_path: Path) -> None:
    result = misc("batch", "bpp", mixed, "-o", tmp_path / "out", "--engine", "ray", "--gpus", 1000)
    assert result.exit_code == 3 and "each worker reserves 1000" in result.stderr, result.output


@needs(extra("ray"))
def test_a_head_node_that_is_no_head_node_or_is_lost(
    mixed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from misc_format.batch import cluster

    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 2.0)
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        common = ("batch", "bpp", mixed, "-o", tmp_path / "out", "--engine", "ray", "--address", address)
        result = misc(*common)
        assert result.exit_code == 3 and f"head node of the Ray cluster at {address} is not ready" in result.stderr
        monkeypatch.setattr(cluster, "CONNECT_SECONDS", 60.0)
        monkeypatch.setattr(cluster, "_drive", poison.end_driver)
        result = misc(*common)
    assert (
        result.exit_code == 3 and f"head node of the Ray cluster at {address} was lost (exit code 7)" in result.stderr
    )
    assert "run the same command to resume" in result.stderr


# What ends a run


def texts(folder: Path, count: int) -> dict[str, bytes]:
    """Small files, and what the job of batchjob.py makes of them."""
    made = {}
    for index in range(count):
        name = f"{'ab'[index % 2]}/{index:03d}"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.txt").write_text(f"text {index}")
        made[f"{name}.up"] = f"TEXT {index}".encode()
    return made


def start(folder: Path, workers: int, seconds: float, poison: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, SCRIPT, folder / "in", folder / "out", workers, seconds, folder / "log", poison]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def calls(folder: Path) -> Counter[str]:
    log = folder / "log"
    return Counter(log.read_text().split()) if log.exists() else Counter()


def journalled(folder: Path) -> set[str]:
    """The files whose lines are in the journals."""
    found = set()
    for path in (folder / "out" / STATE).glob("rows-*/*.jsonl"):
        lines = path.read_bytes().rpartition(b"\n")[0].splitlines()
        found |= {json.loads(line)["row"]["file"] for line in lines if b'"row"' in line}
    return found


def test_after_a_kill_nothing_is_done_twice_and_nothing_is_half_written(tmp_path: Path) -> None:
    expected = texts(tmp_path / "in", 40)
    killed = 0
    for files in (4, 15):  # killed twice on the way
        process = start(tmp_path, 2, 0.05)
        while len(calls(tmp_path)) < files and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        for name, data in below(tmp_path / "out").items():
            assert expected[name] == data
    assert killed == 2
    done, before = journalled(tmp_path), calls(tmp_path)
    process = start(tmp_path, 2, 0.0)
    output, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    assert below(tmp_path / "out") == expected
    assert [row["file"] for row in report(tmp_path / "out")] == sorted(name.replace(".up", ".txt") for name in expected)
    after = calls(tmp_path)
    # What the journal had was never begun again; of the others, only those that a killed worker had under way were.
    assert all(after[name] == before[name] for name in done)
    assert sum(after.values()) - len(expected) <= 2 * killed
    assert int(output.split()[2]) >= len(done)


KILLED = "it ended its process 2 times (signal 9, SIGKILL); if that was for lack of memory, use fewer processes"


def test_a_file_that_ends_its_workers_is_a_row_and_the_others_are_done_once(tmp_path: Path) -> None:
    expected = texts(tmp_path / "in", 12)
    output, errors = start(tmp_path, 2, 0.0, poison="b/007").communicate(timeout=600)
    assert output.split()[:2] == ["12", "1"], errors
    found = {row["file"]: row["error"] for row in report(tmp_path / "out")}
    assert found.pop("b/007.txt") == KILLED and set(found.values()) == {None}
    assert below(tmp_path / "out") == {name: data for name, data in expected.items() if name != "b/007.up"}
    assert calls(tmp_path).pop("b/007.txt") == 2


def test_a_full_disk_keeps_what_is_done_and_the_same_command_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    for index in range(9):
        shutil.copy(FILE, tmp_path / "in" / f"{index}.misc")
    real, left = os.write, [4]

    def write(file: int, data: bytes) -> int:
        left[0] -= 1
        if left[0] == 0:
            return real(file, data[: len(data) // 2])  # what a file system does that has room for half of it
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(file, data)

    monkeypatch.setattr(os, "write", write)
    arguments = ("batch", "bpp", tmp_path / "in", "-o", tmp_path / "out", "--workers", 0, "--unit", 4)
    result = misc(*arguments)
    assert (
        result.exit_code == 3
        and "No space left on device" in result.stderr
        and "run the same command to resume" in result.stderr
    )
    assert not (tmp_path / "out" / "report.parquet").exists()
    monkeypatch.setattr(os, "write", real)
    result = misc(*arguments, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["done_before"] == 3
    assert len(report(tmp_path / "out")) == 9


@needs(MOUNT)
def test_a_full_file_system(tmp_path: Path) -> None:
    small = tmp_path / "out"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", small], check=True)
    try:
        (tmp_path / "in").mkdir()
        for index in range(8):
            (tmp_path / "in" / f"{index}.txt").write_bytes(random.Random(index).randbytes(50_000).hex().encode())
        process = start(tmp_path, 1, 0.0)
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 1 and "No space left on device" in errors
        done = journalled(tmp_path)
        for name, data in below(small).items():
            assert data == (tmp_path / "in" / name).with_suffix(".txt").read_bytes().upper()
        subprocess.run(["mount", "-o", "remount,size=8m", small], check=True)
        process = start(tmp_path, 1, 0.0)
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
        assert len(below(small)) == 8 and all(calls(tmp_path)[name] == 1 for name in done)
    finally:
        subprocess.run(["umount", small], check=True)


def test_fail_fast_stops_at_the_first_and_goes_on_without(mixed: Path, tmp_path: Path) -> None:
    arguments = ("batch", "bpp", mixed, "-o", tmp_path / "out", "--workers", 0)
    result = misc(*arguments, "--fail-fast")
    assert result.exit_code == 1 and "empty.misc" in result.stderr
    assert not (tmp_path / "out" / "report.parquet").exists()
    assert misc(*arguments).exit_code == 1
    assert len(report(tmp_path / "out")) == len(VECTORS) + 5


def test_another_job_in_the_same_folder_is_refused_and_the_same_one_is_done_already(
    mixed: Path, tmp_path: Path
) -> None:
    request = Request(Bpp(), str(mixed), str(tmp_path / "out"), workers=0)
    first = quietly(request)
    again = quietly(request)
    assert (again.files, again.failed, again.done_before) == (first.files, first.failed, first.files)
    assert again.failures == first.failures
    with pytest.raises(OtherJobError, match="deep"):
        quietly(Request(Bpp(deep=True), str(mixed), str(tmp_path / "out"), workers=0))
    result = misc("batch", "validate", mixed, "-o", tmp_path / "out", "--workers", 0)
    assert result.exit_code == 2 and "another batch" in result.stderr


def test_two_runs_do_not_write_to_the_same_folder(tmp_path: Path) -> None:
    texts(tmp_path / "in", 12)
    process = start(tmp_path, 1, 0.5)
    while not calls(tmp_path):
        time.sleep(0.01)
    result = misc("batch", "bpp", tmp_path / "in", "-o", tmp_path / "out", "--workers", 0)
    assert result.exit_code == 2 and "another run" in result.stderr
    process.kill()
    process.communicate()


def test_nothing_to_do(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    assert misc("batch", "bpp", tmp_path / "in", "-o", tmp_path / "out").exit_code == 0
    assert report(tmp_path / "out") == []
    result = misc("batch", "bpp", tmp_path / "is-not-there", "-o", tmp_path / "out2")
    assert result.exit_code == 3 and "is-not-there" in result.stderr


# Shards and stores


def shard(path: Path, members: dict[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def test_shards_in_and_out_with_a_row_for_each_member(tmp_path: Path) -> None:
    text = {f"{index}.txt": f"text {index}".encode() for index in range(5)}
    shard(tmp_path / "in" / "s00.tar", text)
    shard(
        tmp_path / "in" / "s01.tar.gz",
        {"deep/a.txt": b"a", "deep/a.md": b"not taken", "../out.txt": b"x", "/abs.txt": b"x"},
    )
    whole = shard(tmp_path / "in" / "s02.tar", {"first.txt": b"first", "second.txt": b"s" * 3000}).read_bytes()
    (tmp_path / "in" / "s02.tar").write_bytes(whole[:2000])
    (tmp_path / "in" / "s03.tar").write_bytes(b"no tar at all" * 100)
    process = start(tmp_path, 1, 0.0)
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    found = {row["file"]: row for row in report(tmp_path / "out")}
    failed = sorted(name for name, row in found.items() if row["error"])
    assert failed == ["s01.tar.gz/../out.txt", "s01.tar.gz//abs.txt", "s02.tar", "s02.tar/second.txt", "s03.tar"]
    assert found["s00.tar/3.txt"]["output"] == "s00.tar/3.up"
    with tarfile.open(tmp_path / "out" / "s00.tar") as archive:
        contents = {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]
    assert contents == {name.replace("txt", "up"): data.upper() for name, data in text.items()}
    with tarfile.open(tmp_path / "out" / "s01.tar") as archive:
        assert archive.getnames() == ["deep/a.up"]
    assert sorted(below(tmp_path / "out")) == ["s00.tar", "s01.tar", "s02.tar", "s03.tar"]


def test_a_folder_to_shards_and_back_gives_the_same_files(tmp_path: Path) -> None:
    from misc_format.engine.jobs import file_by_file
    from misc_format.engine.rows import Row

    class Copy(Bpp):
        suffix = ".misc"  # type: ignore[assignment]

        def prepare(self, limited: bool = False) -> Any:
            return file_by_file(lambda data, _: Row(output=data))

    for index, vector in enumerate(VECTORS):
        (tmp_path / "in" / str(index % 2)).mkdir(parents=True, exist_ok=True)
        shutil.copy(vector, tmp_path / "in" / str(index % 2))
    job = Copy()
    object.__setattr__(job, "suffix", ".misc")  # the field's own value is None
    quietly(Request(job, str(tmp_path / "in"), str(tmp_path / "tar"), shards=10, workers=0))
    assert sorted(below(tmp_path / "tar")) == ["000000.tar", "000001.tar", "000002.tar"]
    quietly(Request(job, str(tmp_path / "tar" / "{000000..000002}.tar"), str(tmp_path / "back"), shards=0, workers=0))
    back = {name.partition("/")[2]: data for name, data in below(tmp_path / "back").items()}
    assert back == below(tmp_path / "in")


def test_a_store_that_fsspec_reaches(mixed: Path, tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    for path in mixed.rglob("*.misc"):
        if path.is_file():
            memory.pipe_file(f"/batch-in/{path.relative_to(mixed)}", path.read_bytes())
    here = quietly(Request(Bpp(), str(mixed), str(tmp_path / "out"), unit=6, workers=0))
    there = quietly(Request(Bpp(), "memory://batch-in", "memory://batch-out", unit=6, workers=0))
    assert there.files == here.files - 2  # neither pipe nor link
    with memory.open("/batch-out/report.parquet") as stream:
        found = pq.read_table(stream).to_pylist()
    expected = [row for row in report(tmp_path / "out") if row["file"] not in ("part2/pipe.misc", "part2/nothing.misc")]
    assert found == expected
    assert memory.ls("/batch-out", detail=False) == [f"/batch-out/{STATE}", "/batch-out/report.parquet"]
    again = quietly(Request(Bpp(), "memory://batch-in", "memory://batch-out", workers=0))
    assert again.done_before == there.files


class Server:
    """A web server of a folder, which can be stopped and started at the same place; it may stop by itself after some requests."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.left = folder, 0, 10**9
        self.begin()

    def begin(self) -> None:
        outer = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.left -= 1
                if outer.left < 0:
                    self.close_connection = True
                    return
                super().do_GET()

            do_HEAD = http.server.SimpleHTTPRequestHandler.do_HEAD  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", self.port), functools.partial(Handler, directory=str(self.folder))
        )
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "web").mkdir()
    made = Server(tmp_path / "web")
    yield made
    made.end()


def test_a_lost_network_keeps_what_is_done(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "FIRST_PAUSE", 0.01)
    for index in range(8):
        shutil.copy(FILE, server.folder / f"{index}.misc")
    (server.folder / "bad.misc").write_bytes(b"bad")
    arguments = ("batch", "bpp", f"http://127.0.0.1:{server.port}", "-o", tmp_path / "out", "--workers", 0, "--unit", 3)
    server.left = 6
    result = misc(*arguments)
    assert result.exit_code == 3 and "cannot be reached" in result.stderr, result.output
    assert not (tmp_path / "out" / "report.parquet").exists()
    server.left = 10**9
    result = misc(*arguments, "--json")
    assert result.exit_code == 1, result.output
    document = json.loads(result.stdout)
    assert document["files"] == 9 and document["failed"] == 1 and document["done_before"] >= 1


# The parts


def test_sources_are_split_into_a_place_and_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def split(text: str) -> tuple[str, list[str] | None]:
        found = sources.resolve(text)
        return found.root, None if found.names is None else list(found.names)

    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    assert split("photos") == ("photos", None)
    assert split("s3://bucket/photos/") == ("s3://bucket/photos", None)
    assert split("a/b.misc") == ("a", ["b.misc"])
    assert split("x.tar") == (".", ["x.tar"])
    assert split("/x.tar") == ("/", ["x.tar"])
    with monkeypatch.context() as windows:
        windows.setattr(os, "sep", "\\")
        assert split(r"shards\a{0..1}.tar") == ("shards", ["a0.tar", "a1.tar"])
    assert split("h://h/a{0..1}/{08..10}.tar") == (
        "h://h",
        ["a0/08.tar", "a0/09.tar", "a0/10.tar", "a1/08.tar", "a1/09.tar", "a1/10.tar"],
    )


def planned(folder: Path, output: stores.LocalStore, size: plan.Size) -> dict[str, Any]:
    entries = sources.tree(sources.resolve(str(folder)), stamps=True)
    return plan.make(entries, output, Bpp(), root=str(folder), size=size, settings={})


def test_units_grow_so_that_all_workers_have_some_of_a_few_files_and_units_are_few_of_many(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for index in range(100):
        (tmp_path / "in" / f"{index:03d}.misc").touch()
    output = stores.LocalStore(str(tmp_path / "out"))
    head = planned(tmp_path / "in", output, plan.growing(1, 4))
    units = list(plan.units(output, head["units"]))
    assert [len(unit.files) for unit in units] == [1] * 32 + [2] * 8 + [3] * 6 + [4] * 8 + [2]
    assert [file.name for unit in units for file in unit.files] == [f"{index:03d}.misc" for index in range(100)]


@given(st.integers(0, 400), st.sampled_from([b"", bytes(600), b"{}\n", b'{"row"', b"\xff\xfe\n", b"[1]\n"]))
def test_a_journal_that_is_cut_anywhere_goes_on(
    tmp_path_factory: pytest.TempPathFactory, cut: int, damage: bytes
) -> None:
    place = stores.LocalStore(str(tmp_path_factory.mktemp("journal")))
    journal = Journal(place, "x", 0)
    for index in range(4):
        journal.add({"file": f"ä{index}"}, 10, good=bool(index % 2))
    journal.end()
    journal.close()
    path = place.root / key("x", 0)
    whole = path.read_bytes()
    path.write_bytes(whole[:cut] + damage)
    journal = Journal(place, "x", 0)
    had = journal.done
    assert had == whole[:cut].count(b"\n") - journal.ended
    if not journal.ended:
        for index in range(had, 4):
            journal.add({"file": f"ä{index}"}, 10, good=bool(index % 2))
        journal.end()
    journal.close()
    journals = Journals(place, "x")
    assert journals.finished() == {0: (4, 2, 40)}
    lines = [json.loads(line) for line in journals.read(0).splitlines()]
    assert [line["row"]["file"] for line in lines] == ["ä0", "ä1", "ä2", "ä3"]


def test_a_missing_extra_stops_the_run_before_its_first_file(mixed: Path, tmp_path: Path) -> None:
    class Needy(Bpp):
        def prepare(self, limited: bool = False) -> Any:
            raise ModuleNotFoundError("No module named 'torch'", name="torch")

    with pytest.raises(StoppedError) as caught:
        quietly(Request(Needy(), str(mixed), str(tmp_path / "out"), workers=0))
    assert isinstance(caught.value.cause, ModuleNotFoundError) and caught.value.cause.name == "torch"
    error = portable(caught.value.cause)
    assert isinstance(error, ModuleNotFoundError) and error.name == "torch"


def test_a_unit_that_another_worker_has_finished_is_left_as_it_is(mixed: Path, tmp_path: Path) -> None:
    output = stores.LocalStore(str(tmp_path / "out"))
    name = planned(mixed, output, plan.growing(100, 100))["id"]
    worker = Worker(Setup(str(mixed), str(tmp_path / "out"), Bpp(), name))
    first = [message.value for message in worker(Order(0)) if isinstance(message, Part)][-1]
    before = (output.root / key(name, 0)).read_bytes()
    assert [message.value for message in worker(Order(0)) if isinstance(message, Part)] == [first]
    assert (output.root / key(name, 0)).read_bytes() == before
