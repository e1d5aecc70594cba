"""Seconds of this tree beside another commit's, in alternating runs: what a change cost.

    git worktree add OTHER COMMIT
    python tests/benchmarks/against.py OTHER [--rounds 5] [--files 2000] [--deep 100]

Each figure is the least of the rounds, because other work on the machine can only add to it. Both trees do the same work in fresh
processes: loops over the public API, in processor time, and whole commands with their start and all their workers, in wall time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from reports import write_files

TREE = Path(__file__).parents[2]
EXAMPLE = TREE / "examples" / "coffee.misc"
LOOP = """
import sys, time
import misc_format
data = open(sys.argv[1], "rb").read()
{call}
best = float("inf")
for _ in range(20):
    start = time.process_time()
    for _ in range({calls}):
        {call}
    best = min(best, (time.process_time() - start) / {calls})
print(best)
"""
COMMAND = """
import sys, time
sys.argv = ["misc", *sys.argv[1:]]
start = time.perf_counter()
from misc_format.cli.app import app
try:
    app()
except SystemExit as end:
    assert not end.code, end.code
print(time.perf_counter() - start)
"""


def seconds(tree: Path, program: str, *arguments: object) -> float:
    """The last line that a program prints, run with the modules of `tree`."""
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    command = [sys.executable, "-c", program, *map(str, arguments)]
    # Not in the tree: the current folder comes before PYTHONPATH.
    done = subprocess.run(command, env=environment, cwd=EXAMPLE.parent, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{tree}: {' '.join(map(str, arguments))}: {done.stderr}")
    return float(done.stdout.split()[-1])


def main() -> None:
    """Print a line per figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--deep", type=int, default=100)
    options = parser.parse_args()
    trees = {"other": options.other.resolve(), "this": TREE}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(folder / "many", options.files, None)
        write_files(folder / "few", options.deep, None)
        output = folder / "output"
        account = LOOP.format(call="misc_format.account(data)", calls=1_000)
        work: dict[str, tuple[str, tuple[object, ...]]] = {
            "account(data)": (account, (EXAMPLE,)),
            "read(data)": (LOOP.format(call="misc_format.read(data)", calls=1), (EXAMPLE,)),
            f"bpp, {options.files:,} files": (COMMAND, ("bpp", folder / "many", "--json")),
            f"bpp --deep, {options.deep} files": (COMMAND, ("bpp", folder / "few", "--deep", "--json")),
            f"validate, {options.deep} files": (COMMAND, ("validate", *sorted((folder / "few").rglob("*.misc")))),
            "inspect --html": (COMMAND, ("inspect", EXAMPLE, "--html", folder / "page.html")),
            f"batch bpp, {options.files:,} files": (COMMAND, ("batch", "bpp", folder / "many", "-o", output)),
            f"batch validate, {options.deep} files": (COMMAND, ("batch", "validate", folder / "few", "-o", output)),
        }
        print(f"{'':<28}{'other':>12}{'this':>12}   this/other, least seconds of {options.rounds} rounds")
        for label, (program, arguments) in work.items():
            best = dict.fromkeys(trees, float("inf"))
            for _ in range(options.rounds):
                for tree, path in trees.items():
                    shutil.rmtree(output, ignore_errors=True)
                    best[tree] = min(best[tree], seconds(path, program, *arguments))
            print(
                f"{label:<28}{best['other']:>12.6f}{best['this']:>12.6f}   {best['this'] / best['other']:.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
