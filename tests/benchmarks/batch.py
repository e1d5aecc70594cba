"""Files a second of misc batch at 1 and 2 workers, with processor time, memory and sizes, each in a fresh process.

    python tests/benchmarks/batch.py [--files 10000] [--deep 400] [--file F.misc] [--pictures FOLDER] [--members 200000]

All files are copies of one. Wall time says little on a machine that others use: the processor seconds beside it do not depend on them.
With --members, also one shard of so many members, and the time of its report.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).parents[2] / "examples" / "coffee.misc"
COMMAND = [sys.executable, "-c", "from misc_format.cli.app import app; app()", "batch"]


def measure(arguments: list[str], output: Path) -> str:
    """Run a batch: files a second, processor seconds, memory of its largest process, bytes of its report."""
    start = time.perf_counter()
    with open(os.devnull, "wb") as nothing, (output.parent / "summary.json").open("wb") as summary:
        process = os.posix_spawn(sys.executable, [*COMMAND, *arguments, "-o", str(output), "--json"], os.environ,
                                 file_actions=[(os.POSIX_SPAWN_DUP2, summary.fileno(), 1), (os.POSIX_SPAWN_DUP2,
nothing.fileno(), 2)])  # fmt: skip
        _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"misc batch {' '.join(arguments)} ended with {os.waitstatus_to_exitcode(status)}")
    found = json.loads((output.parent / "summary.json").read_text())
    processor = usage.ru_utime + usage.ru_stime
    report = (output / "report.parquet").stat().st_size
    shutil.rmtree(output)
    return (
        f"{found['files'] / wall:>9,.1f}{wall:>9.1f}{processor:>9.1f}{found['files'] / processor:>12,.1f}"
        f"{usage.ru_maxrss / 1024:>9,.0f}{report / found['files']:>9.1f}"
    )


def measure_report(source: str, output: str) -> None:
    """Run `bpp` on a source with one worker, and print its seconds, those of its report, and the memory of both processes."""
    from misc_format.batch import run as batch
    from misc_format.engine.jobs import Bpp

    write, seconds = batch.report.write, [0.0, 0.0]

    def timed(*arguments: Any) -> None:
        begun = time.perf_counter(), time.process_time()
        write(*arguments)
        seconds[:] = time.perf_counter() - begun[0], time.process_time() - begun[1]

    batch.report.write = timed
    begun = time.perf_counter()
    summary = batch.run(batch.Request(Bpp(), source, output, workers=1), lambda tally, fraction: None)
    wall = time.perf_counter() - begun
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)]
    processor = sum(use.ru_utime + use.ru_stime for use in usage) - seconds[1]
    print(
        f"one shard of {summary.files:,} members: {summary.files / wall:,.0f} files/s, {summary.files / processor:,.0f} files/cpu s, "
        f"worker {usage[0].ru_maxrss / 1024:,.0f} MiB, main process {usage[1].ru_maxrss / 1024:,.0f} MiB; "
        f"report {seconds[0]:.2f} s, {seconds[1]:.2f} cpu s, {seconds[1] / summary.files * 1e6:.1f} cpu microseconds a row"
    )


def one_shard(path: Path, members: int, data: bytes) -> None:
    """Write a shard of copies of a file."""
    with path.open("wb") as stream:
        for index in range(members):
            header = tarfile.TarInfo(f"{index:08d}.misc")
            header.size = len(data)
            stream.write(header.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512))
        stream.write(bytes(1024))


def main() -> None:
    """Print a row a job and number of workers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--deep", type=int, default=400, help="files of which payloads are decoded")
    parser.add_argument("--file", type=Path, default=EXAMPLE)
    parser.add_argument("--pictures", type=Path, help="to be encoded and decoded, too")
    parser.add_argument("--members", type=int, default=0, help="of one large shard")
    parser.add_argument("--measure-report", nargs=2, metavar=("SOURCE", "DEST"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure_report:
        measure_report(*options.measure_report)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, count in (("many", options.files), ("few", options.deep)):
            for index in range(count):
                target = folder / kind / f"{index // 1000:04d}" / f"{index % 1000:03d}.misc"
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(options.file, target)
        (folder / "shards").mkdir()
        for place in sorted((folder / "many").iterdir()):
            with tarfile.open(folder / "shards" / f"{place.name}.tar", "w") as archive:
                archive.add(place, arcname="")
        jobs = {
            "bpp": ["bpp", str(folder / "many")],
            "bpp, shards": ["bpp", str(folder / "shards")],
            "bpp --deep": ["bpp", str(folder / "few"), "--deep"],
            "validate": ["validate", str(folder / "few"), "--unit", "50"],
        }
        if options.pictures:
            jobs["encode, cmc-pixel"] = ["encode", str(options.pictures), "--profile", "cmc-pixel", "--unit", "2"]
        print(
            f"{'job':<20}{'workers':>8}{'files/s':>9}{'wall s':>9}{'cpu s':>9}{'files/cpu s':>12}{'MiB':>9}{'B/row':>9}"
        )
        for job, arguments in jobs.items():
            for workers in (1, 2):
                found = measure([*arguments, "--workers", str(workers)], folder / "out")
                print(f"{job:<20}{workers:>8}{found}", flush=True)
        if options.members:
            one_shard(folder / "large.tar", options.members, options.file.read_bytes())
            command = [sys.executable, __file__, "--measure-report", folder / "large.tar", folder / "large-out"]
            subprocess.run([str(part) for part in command], check=True)


if __name__ == "__main__":
    main()
