"""Files a second of misc batch at 1 and 2 workers, with processor time, memory and sizes, each in a fresh process.

    python tests/benchmarks/batch.py [--files 10000] [--deep 400] [--file F.misc] [--pictures FOLDER]

All files are copies of one. Wall time says little on a machine that others use: the processor seconds beside it do not depend on them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tarfile
import tempfile
import time
from pathlib import Path

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


def main() -> None:
    """Print a row a job and number of workers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--deep", type=int, default=400, help="files of which payloads are decoded")
    parser.add_argument("--file", type=Path, default=EXAMPLE)
    parser.add_argument("--pictures", type=Path, help="to be encoded and decoded, too")
    options = parser.parse_args()
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


if __name__ == "__main__":
    main()
