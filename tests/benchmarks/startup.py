"""Seconds to start: imports and whole commands, each in a fresh process, median of several; and the first use of a fresh install, once.

python tests/benchmarks/startup.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"
RUNS = 7
COMMAND = [sys.executable, "-c", "from misc_format.cli.app import app; app()"]


def seconds(arguments: list[str]) -> float:
    """Median wall time of a process."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Print a row a process; imports without the interpreter's own start."""
    bare = seconds([sys.executable, "-c", "pass"])
    for name in ("numpy", "misc_format"):
        print(f"import {name:<22}{seconds([sys.executable, '-c', f'import {name}']) - bare:8.3f} s")
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
        code = f"import misc_format; misc_format.read({str(EXAMPLES / 'coffee.misc')!r})"
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)
        print(f"{'first use, nothing compiled':<29}{time.perf_counter() - start:8.3f} s")
    photo, file = str(EXAMPLES / "coffee.png"), str(EXAMPLES / "coffee.misc")
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "--help": ["--help"],
            "bpp": ["bpp", file],
            "validate": ["validate", file],
            "encode": ["encode", photo, "-o", f"{folder}/a.misc"],
            "decode": ["decode", file, "-o", f"{folder}/a.png"],
        }
        for name, arguments in commands.items():
            print(f"misc {name:<24}{seconds(COMMAND + arguments):8.3f} s")


if __name__ == "__main__":
    main()
