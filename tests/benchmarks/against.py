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
from collections.abc import Callable
from pathlib import Path

from reports import EXAMPLE, TREE, measured, write_files

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


def seconds(tree: Path, call: str, calls: int) -> float:
    """Processor seconds of a call on the demo file, with the modules of `tree`; the least of 20 times `calls` calls."""
    program = [sys.executable, "-c", LOOP.format(call=call, calls=calls), str(EXAMPLE)]
    # Not in the tree: the current folder comes before PYTHONPATH.
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    done = subprocess.run(program, env=environment, cwd=EXAMPLE.parent, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Print a line per figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--deep", type=int, default=100)
    options = parser.parse_args()
    if options.other is None:
        print("against.py: left out, it needs the tree of another commit")
        return
    trees = {"other": options.other.resolve(), "this": TREE}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(folder / "many", options.files, None)
        write_files(folder / "few", options.deep, None)
        output = folder / "output"
        work: dict[str, Callable[[Path], float]] = {
            "account(data)": lambda tree: seconds(tree, "misc_format.account(data)", 1_000),
            "read(data)": lambda tree: seconds(tree, "misc_format.read(data)", 1),
        }
        commands: dict[str, list[object]] = {
            f"bpp, {options.files:,} files": ["bpp", folder / "many", "--json"],
            f"bpp --deep, {options.deep} files": ["bpp", folder / "few", "--deep", "--json"],
            f"validate, {options.deep} files": ["validate", *sorted((folder / "few").rglob("*.misc"))],
            "inspect --html": ["inspect", EXAMPLE, "--html", folder / "page.html"],
            f"batch bpp, {options.files:,} files": ["batch", "bpp", folder / "many", "-o", output],
            f"batch validate, {options.deep} files": ["batch", "validate", folder / "few", "-o", output],
        }
        work |= {label: lambda tree, words=words: measured(*words, tree=tree)[0] for label, words in commands.items()}
        print(f"{'':<28}{'other':>12}{'this':>12}   this/other, least seconds of {options.rounds} rounds")
        for label, measure in work.items():
            best = dict.fromkeys(trees, float("inf"))
            for _ in range(options.rounds):
                for tree, path in trees.items():
                    shutil.rmtree(output, ignore_errors=True)
                    best[tree] = min(best[tree], measure(path))
            print(
                f"{label:<28}{best['other']:>12.6f}{best['this']:>12.6f}   {best['this'] / best['other']:.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
