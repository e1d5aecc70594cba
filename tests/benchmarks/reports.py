"""The figures of reports, pages and pictures: seconds, CPU seconds and peak memory of whole commands, each in a fresh process.

python tests/benchmarks/reports.py [--files 10000] [--deep 256] [--captions FOLDER]

The files are of profile misc-1: the maps and image of the demo file, and texts of their own, put together from the words of the demo's,
or taken from FOLDER/*.txt, one caption a line. CPU seconds are what counts on a machine that does other work too.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import misc_format
from misc_format.coders.text import language as text_language
from misc_format.components import Item, Text
from misc_format.registry import PROFILE_ID
from misc_format.structure.container import Framed, read_structure, write_structure
from misc_format.system.threads import limit_blas

TREE = Path(__file__).parents[2]
EXAMPLE = TREE / "examples" / "coffee.misc"
MISC = [sys.executable, "-c", "from misc_format.cli.app import app; app()"]
DISTINCT = 256
# Runs a command and prints its seconds, CPU seconds with its children's, and the largest memory of it and of a child of it, in KiB.
MEASURE = """
import resource, sys, time
sys.argv = ["misc", *sys.argv[1:]]
start = time.perf_counter()
from misc_format.cli.app import app
try:
    app()
except SystemExit as end:
    code = end.code
own, other = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
cpu = sum(usage.ru_utime + usage.ru_stime for usage in (own, other))
# ru_maxrss begins with the memory of whoever started this process; VmHWM does not.
try:
    most = int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
except OSError:
    most = own.ru_maxrss
print(time.perf_counter() - start, cpu, most, other.ru_maxrss, code, file=sys.stderr)
"""


def texts(captions: Path | None) -> Iterator[Text]:
    """Texts as misc-1 has them, without end."""
    chance = random.Random(8)
    example = misc_format.read(EXAMPLE).text
    assert isinstance(example, Text)
    words = [word for _, value in example.fields() for word in value.split()]
    lines = [line.strip() for path in sorted(captions.glob("*.txt")) for line in path.open()] if captions else []
    while True:
        overall = chance.choice(lines) if lines else " ".join(chance.choices(words, k=24))
        items = [Item(" ".join(chance.choices(words, k=2)), " ".join(chance.choices(words, k=8))) for _ in range(3)]
        yield Text(" ".join(overall.split()[:60]), tuple(items))


def write_files(folder: Path, count: int, captions: Path | None) -> None:
    """`count` files; from `DISTINCT` on they repeat."""
    data = EXAMPLE.read_bytes()
    structure = read_structure(data)
    core = {part.kind: Framed(part.number, data[part.start >> 3 : part.end >> 3]) for part in structure.components}
    source = texts(captions)
    payloads = text_language.encode_many([next(source) for _ in range(min(count, DISTINCT))])
    files = [
        write_structure(600, 400, PROFILE_ID["misc-1"], {**core, "text": Framed(2, payload)}, [])
        for payload in payloads
    ]
    for index in range(count):
        path = folder / f"{index // 1000:03}" / f"{index:06}.misc"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[index % len(files)])


def measured(*arguments: object, tree: Path = TREE) -> tuple[float, float, float, float]:
    """Seconds, CPU seconds, MiB of the process and of its largest child. `tree`: whose modules run."""
    command = [sys.executable, "-c", MEASURE, *map(str, arguments)]
    done = subprocess.run(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
        cwd=EXAMPLE.parent,
        env={**os.environ, "PYTHONPATH": str(tree)},
    )
    wall, cpu, own, child, code = done.stderr.split()[-5:]
    assert code == "0", done.stderr
    return float(wall), float(cpu), int(own) / 1024, int(child) / 1024


def main() -> None:
    """Print a line a figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--deep", type=int, default=256)
    parser.add_argument("--captions", type=Path)
    options = parser.parse_args()
    limit_blas()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(folder / "many", options.files, options.captions)
        write_files(folder / "few", options.deep, options.captions)
        for label, arguments in {
            "bpp": ["bpp", folder / "many"],
            "bpp --json": ["bpp", folder / "many", "--json"],
            "bpp --group folder -o r.csv": ["bpp", folder / "many", "--group", "folder", "-o", folder / "r.csv"],
        }.items():
            wall, cpu, memory, _ = measured(*arguments)
            print(f"{label:<30}{options.files:>8,} files{wall:8.2f} s{cpu:8.2f} s CPU{memory:8.0f} MiB", flush=True)
        measured("bpp", "--deep", EXAMPLE)  # compiles what is compiled
        for workers in (1, 2):
            wall, cpu, memory, child = measured("bpp", folder / "few", "--deep", "--workers", workers)
            rates = f"{options.deep / wall:8.1f} files/s{options.deep / cpu:8.1f} files/s CPU"
            print(
                f"bpp --deep, {workers} workers{'':<9}{options.deep:>8,} files{rates}{memory:8.0f} MiB,{child:6.0f} MiB a worker",
                flush=True,
            )
        wall, cpu, memory, _ = measured("inspect", EXAMPLE, "--html", folder / "page.html")
        print(f"page of {EXAMPLE.name}: {(folder / 'page.html').stat().st_size:,} bytes, {wall:.2f} s, {cpu:.2f} s CPU")
    print(f"Image.open: {opening():.3f} ms")


def opening() -> float:
    """Median milliseconds to open the demo file with Pillow."""
    from PIL import Image

    import misc_format.pillow  # noqa: F401

    times = []
    for _ in range(1000):
        start = time.perf_counter()
        Image.open(EXAMPLE).close()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


if __name__ == "__main__":
    main()
