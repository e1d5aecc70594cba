"""A batch of a million small files, rehearsed: on both engines, and on a cluster of three nodes of which one is killed.

    python tests/benchmarks/rehearsal.py FOLDER [--files 1000000] [--killed 1000000] [--engines local ray killed]

FOLDER gets shards of 10,000 files, about 1.1 GB for a million. The files are the demo and the small vectors, each with a remark of its own.
Three of a hundred are damaged. The same command goes on where it was interrupted. Each engine counts all files with `misc batch bpp`.
`killed` takes only the first `--killed` files, first on three nodes and then on three of which one is killed in the middle. All reports
must have one row per file, in order, with bits or a reason, and the same bytes on each engine.

Processor time is that of all processes, Ray's own included. It says more than wall time on a machine that others use.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from misc_format.registry import PROFILE_ID
from misc_format.structure.container import Framed, Part, read_structure, write_structure
from misc_format.testing.mutate import mutated

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from misc_format.cli.app import app; app()", "batch", "bpp"]
COMMENT = 6  # the type of a remark
PER_SHARD = 10_000
MAX_BYTES = 430  # of a vector, so that the file with its remark takes one block of a shard
DAMAGED = 0.03
NODES = 3
NODE: Final = {"num_cpus": 1, "object_store_memory": 100 * 2**20}
KINDS = ("command", "worker", "Ray")  # of processes
POLL_SECONDS = 0.5
TICKS = os.sysconf("SC_CLK_TCK")


class Start(NamedTuple):
    """What files are made from: the picture's size, the number of the profile, and payloads."""

    width: int
    height: int
    profile: int
    core: dict[str, Framed | list[tuple[Part, Framed]]]
    ancillary: list[tuple[int, bytes]]


class Spent(NamedTuple):
    """What a command took: seconds by the clock and of all processors, and the most memory of a process of each kind, in MiB."""

    wall: float
    processor: float
    memory: dict[str, float]


def starts() -> list[Start]:
    """The demo and the small vectors that conform."""
    vectors = sorted((ROOT / "conformance" / "vectors").glob("*.misc"))
    small = [path.read_bytes() for path in vectors if not path.name.startswith("bad-")]
    return [start_of((ROOT / "examples" / "coffee.misc").read_bytes())] + [
        start_of(data) for data in small if len(data) <= MAX_BYTES
    ]


def start_of(data: bytes) -> Start:
    """A file taken apart. Its remark is left out."""
    structure = read_structure(data)
    start = Start(structure.width, structure.height, PROFILE_ID[structure.profile], {}, [])
    for place in structure.components:
        payload = data[place.start >> 3 : place.end >> 3]
        framed = Framed(place.number, payload, place.checked)
        if place.kind == "ancillary":
            start.ancillary.extend([(place.number, payload)] if place.number != COMMENT else [])
        elif place.part is None:
            start.core[place.kind] = framed
        else:
            parts = start.core.setdefault(place.kind, [])
            assert isinstance(parts, list)
            parts.append((place.part, framed))
    return start


def file_of(made_from: list[Start], number: int) -> bytes:
    """The file of this number."""
    chance = random.Random(number)
    start = chance.choice(made_from)
    remark = (COMMENT, f"Number {number}: {chance.randbytes(chance.randrange(8)).hex()}".encode())
    data = write_structure(start.width, start.height, start.profile, start.core, sorted([remark, *start.ancillary]))
    return mutated(data, chance) if chance.random() < DAMAGED else data


def write_shards(folder: Path, files: int, per_shard: int) -> None:
    """Write the shards that are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    made_from = starts()
    for first in range(0, files, per_shard):
        path = folder / f"{first // per_shard:04d}.tar"
        if path.exists():
            continue
        begun = path.with_suffix(".begun")
        with begun.open("wb") as stream:
            for number in range(first, min(first + per_shard, files)):
                data = file_of(made_from, number)
                header = tarfile.TarInfo(f"{number:08d}.misc")
                header.size = len(data)
                stream.write(header.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % tarfile.BLOCKSIZE))
            stream.write(bytes(2 * tarfile.BLOCKSIZE))
        begun.rename(path)
        print(f"\r{path.name} is written", end="", file=sys.stderr)
    print(file=sys.stderr)


class Watch:
    """Looks at all that this process has started, several times a second: processor time, and the most memory of each kind of process."""

    def __init__(self) -> None:
        self.command = 0  # the process of the command
        self._known = {os.getpid()}
        self._ticks: dict[tuple[str, str], int] = {}
        self._memory: dict[str, float] = {}
        self._begun = time.perf_counter()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> Spent:
        """What was taken since the beginning."""
        wall = time.perf_counter() - self._begun
        self._end.set()
        self._thread.join()
        return Spent(wall, sum(self._ticks.values()) / TICKS, self._memory)

    def _run(self) -> None:
        while not self._end.wait(POLL_SECONDS):
            for number in list(self._known):
                with suppress(OSError, IndexError):  # it has ended meanwhile
                    self._look(Path("/proc", str(number)))

    def _look(self, place: Path) -> None:
        for children in place.glob("task/*/children"):
            self._known.update(map(int, children.read_text().split()))
        if place.name == str(os.getpid()):
            return
        fields = (place / "stat").read_text().rpartition(")")[2].split()
        self._ticks[place.name, fields[19]] = int(fields[11]) + int(fields[12])
        name = (place / "cmdline").read_bytes()
        kind = "command" if place.name == str(self.command) else "worker" if b"multiprocessing" in name else "Ray"
        peak = float((place / "status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
        self._memory[kind] = max(peak, self._memory.get(kind, 0))


class Plan(NamedTuple):
    """What is to be counted: the folder of everything, and the numbers of files and of files in a shard."""

    folder: Path
    files: int
    per_shard: int

    @property
    def source(self) -> str:
        """The shards, as `misc batch` takes them."""
        return f"{self.folder}/shards/{{0000..{-(-self.files // self.per_shard) - 1:04d}}}.tar"

    def names(self) -> Iterator[str]:
        """The names of all files in the report, in order."""
        return (f"{number // self.per_shard:04d}.tar/{number:08d}.misc" for number in range(self.files))


def count(plan: Plan, title: str, arguments: list[str], during: Callable[[Path], None] = lambda output: None) -> None:
    """Count all files with `misc batch bpp`, check the report, and print a row. `during` is called meanwhile with the output folder."""
    output = plan.folder / "out"
    shutil.rmtree(output, ignore_errors=True)
    watch = Watch()
    with (plan.folder / "messages.txt").open("wb") as messages:
        command = [*COMMAND, plan.source, "-o", str(output), *arguments, "--json"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=messages)
    watch.command = process.pid
    during(output)
    told = process.communicate()[0]
    spent = watch.stop()
    if process.returncode not in (0, 1):  # 1: some files failed
        raise SystemExit(
            f"{title}: exit code {process.returncode}\n{(plan.folder / 'messages.txt').read_text()[-2000:]}"
        )
    report = plan.folder / f"{title}-{plan.files}.parquet"
    shutil.move(output / "report.parquet", report)
    failed = check(plan, report)
    summary = json.loads(told)
    if (summary["files"], summary["failed"]) != (plan.files, failed):
        raise SystemExit(
            f"{title}: the summary has {summary['files']} files and {summary['failed']} failed ones, the report {failed}"
        )
    memory = "".join(f"{spent.memory.get(kind, 0):>13,.0f}" for kind in KINDS)
    size = report.stat().st_size
    print(
        f"{title:<20}{plan.files:>11,}{failed:>9,}{spent.wall:>9,.0f}{plan.files / spent.wall:>10,.0f}{spent.processor:>9,.0f}"
        f"{plan.files / spent.processor:>10,.0f}{memory}{size / 2**20:>12.1f}{size / plan.files:>7.1f}  {digest(report)[:16]}",
        flush=True,
    )
    shutil.rmtree(output)


def check(plan: Plan, report: Path) -> int:
    """Check that a report has one row for each file, in order, with bits or a reason. Returns how many have a reason."""
    import pyarrow.parquet as pq

    failed, names = 0, plan.names()
    with pq.ParquetFile(report) as file:
        if file.metadata.num_rows != plan.files:
            raise SystemExit(f"{report} has {file.metadata.num_rows:,} rows for {plan.files:,} files")
        for batch in file.iter_batches(columns=["file", "file_bits", "error"]):
            for row in batch.to_pylist():
                if row["file"] != next(names) or (row["file_bits"] is None) == (row["error"] is None):
                    raise SystemExit(f"{report} has a wrong row: {row}")
                failed += row["error"] is not None
    return failed


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def local(plan: Plan) -> None:
    """Count with a worker a core."""
    count(plan, "local", [])


def on_ray(plan: Plan) -> None:
    """Count with an actor a core, of a Ray that the command starts on this machine."""
    count(plan, "ray", ["--engine", "ray"])


def killed(plan: Plan) -> None:
    """Count on three nodes, and again while one is killed."""
    from ray.cluster_utils import Cluster

    for kills in (False, True):
        cluster = Cluster(initialize_head=True, head_node_args=NODE)
        try:
            others = [cluster.add_node(**NODE) for _ in range(NODES - 1)]
            cluster.wait_for_nodes()
            victim = others[0].all_processes["raylet"][0].process

            def kill(output: Path, victim: Any = victim) -> None:
                """Kill a node when half of the shards have been begun."""
                units = -(-plan.files // plan.per_shard)
                while len(list(output.glob("_batch/rows-*/*.jsonl"))) < max(1, units // 2):
                    time.sleep(POLL_SECONDS)
                os.kill(victim.pid, signal.SIGKILL)

            arguments = ["--engine", "ray", "--address", cluster.address, "--workers", str(NODES)]
            if kills:
                count(plan, "ray, a node killed", arguments, kill)
            else:
                count(plan, "ray, three nodes", arguments)
        finally:
            cluster.shutdown()


ENGINES = {"local": local, "ray": on_ray, "killed": killed}


def main() -> None:
    """Print a row for each run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--killed", type=int, default=1_000_000, help="files that the three nodes count")
    parser.add_argument("--per-shard", type=int, default=PER_SHARD)
    parser.add_argument("--engines", nargs="+", choices=list(ENGINES), default=list(ENGINES))
    options = parser.parse_args()
    if options.folder is None:
        print("rehearsal.py: left out, it needs a folder for 1.1 GB of files")
        return
    folder = options.folder.resolve()
    write_shards(folder / "shards", options.files, options.per_shard)
    sizes = [path.stat().st_size for path in (folder / "shards").glob("*.tar")]
    print(f"{options.files:,} files in {len(sizes)} shards, {sum(sizes) / 2**20:,.0f} MiB")
    heads = [("files", 11), ("failed", 9), ("wall s", 9), ("files/s", 10), ("cpu s", 9), ("per cpu s", 10)]
    heads += [*((f"{kind} MiB", 13) for kind in KINDS), ("report MiB", 12), ("B/row", 7)]
    print(f"{'run':<20}" + "".join(f"{head:>{width}}" for head, width in heads) + "  digest of the report")
    for engine in options.engines:
        files = min(options.files, options.killed) if engine == "killed" else options.files
        ENGINES[engine](Plan(folder, files, options.per_shard))
    for files in {options.files, min(options.files, options.killed)}:
        found = {digest(path) for path in folder.glob(f"*-{files}.parquet")}
        if len(found) > 1:
            raise SystemExit(f"the reports of {files:,} files differ")


if __name__ == "__main__":
    main()
