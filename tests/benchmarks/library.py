"""Milliseconds of processor time per file: the library in a plain loop, beside the command on the same files.

The last lines are seconds by the clock with one worker and with two, start included. They mean something on an idle machine only. The
very last one bounds the others: one process that counts all files, and two at once that count all files each and share nothing. Two
cores that share a memory and a power supply gain less than 2.

    python tests/benchmarks/library.py [--files 200] [--busy N]

The files are copies of the demo file with texts of their own. `--busy`: N other processes keep the cores busy meanwhile; BLAS threads that
wait for each other would show as processor time. The library runs in a process whose BLAS may use all cores, as in a notebook.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import misc_format
from misc_format.system.threads import THREADS, cores

EXAMPLE = Path(__file__).parents[2] / "examples" / "coffee.misc"
PREPARE = """
import sys, time
from dataclasses import replace
from pathlib import Path
import misc_format
files = [path.read_bytes() for path in sorted(Path(sys.argv[1]).glob("*.misc"))]
stream = replace(misc_format.read(files[0]), methods={})
small = misc_format.Stream(600, 400, text=stream.text, maps=stream.maps)
misc_format.account_many(files[:1])
count, start = len(files), time.process_time()
"""
LOOPS = {
    "account_many(files)": "misc_format.account_many(files)",
    "table(files)": "misc_format.table(files)",
    "account(data, deep=True)": "[misc_format.account(data, deep=True) for data in files]",
    "account(data)": "[misc_format.account(data) for data in files]",
    "validate(data)": "count = len(files[:40]); [misc_format.validate(data) for data in files[:40]]",
    "validate_many(files)": "misc_format.validate_many(files)",
    "write(stream), text, maps and latents": "count = 20; [misc_format.write(stream) for _ in range(20)]",
    "write(stream, effort='fast')": "count = 20; [misc_format.write(stream, effort='fast') for _ in range(20)]",
    "write(stream, effort='fast'), text and maps": "count = 20; [misc_format.write(small, effort='fast') for _ in range(20)]",
}
COMMANDS = {
    "misc bpp --deep --workers 1": ["bpp", "--deep", "--workers", "1"],
    "misc bpp --deep": ["bpp", "--deep"],
    "misc bpp": ["bpp"],
}
SCALED = {"misc validate": ["validate", "--jobs"], "misc bpp --deep": ["bpp", "--deep", "--workers"]}
ALONE = f"{PREPARE}start = time.perf_counter(); misc_format.account_many(files); print(time.perf_counter() - start)"
MISC = [sys.executable, "-c", "from misc_format.cli.app import app; app()"]


def make_files(folder: Path, count: int) -> None:
    """Files of one picture, each with a text of its own."""
    stream = misc_format.read(EXAMPLE)
    assert isinstance(stream.text, misc_format.Text)
    for index in range(count):
        text = replace(stream.text, overall=f"{stream.text.overall} It is number {index}.")
        content = replace(stream, text=text, profile="free", methods={**stream.methods, "text": "language"})
        (folder / f"{index:06}.misc").write_bytes(misc_format.write(content))


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Other processes that use a core each."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for other in others:
            other.kill()


def clock_seconds(command: list[str], environment: dict[str, str]) -> float:
    """Seconds of a command by the clock."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start


def seconds_side_by_side(processes: int, folder: str, environment: dict[str, str]) -> float:
    """Seconds by the clock, without the start, of the slowest of so many processes that each count all files."""
    command = [sys.executable, "-c", ALONE, folder]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(processes)]
    return max(float(process.communicate()[0]) for process in started)


def processor_seconds(command: list[str], environment: dict[str, str]) -> float:
    """Processor seconds of a command and its children."""
    before = os.times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--busy", type=int, default=0)
    options = parser.parse_args()
    environment = {name: value for name, value in os.environ.items() if name not in THREADS}
    with tempfile.TemporaryDirectory() as folder, busy(options.busy):
        make_files(Path(folder), options.files)
        print(f"{options.files} files, {cores()} cores, {options.busy} other busy processes")
        print(f"{'':<46}{'ms of processor time per file':>30}")
        for name, loop in LOOPS.items():
            code = f"{PREPARE}{loop}\nprint(1000 * (time.process_time() - start) / count)"
            done = subprocess.run(
                [sys.executable, "-c", code, folder], check=True, capture_output=True, text=True, env=environment
            )
            print(f"{name:<46}{float(done.stdout):>30.2f}", flush=True)
        for name, arguments in COMMANDS.items():
            seconds = processor_seconds([*MISC, arguments[0], folder, *arguments[1:], "--json"], environment)
            print(f"{name + ', with its start':<46}{1000 * seconds / options.files:>30.2f}", flush=True)
        print(f"\n{'':<46}{'one worker':>12}{'two':>9}{'gain':>9}")
        for name, (command, *flags) in SCALED.items():
            one, two = (
                clock_seconds([*MISC, command, folder, "--json", *flags, str(count)], environment) for count in (1, 2)
            )
            print(f"{name:<46}{one:>10.2f} s{two:>7.2f} s{one / two:>9.2f}", flush=True)
        one, two = (seconds_side_by_side(count, folder, environment) for count in (1, 2))
        print(f"{'account_many, processes that share nothing':<46}{one:>10.2f} s{two:>7.2f} s{2 * one / two:>9.2f}")


if __name__ == "__main__":
    main()
