"""Bits a byte of every text method on held-out captions, each caption coded alone, all bytes of the component counted.

python tests/benchmarks/text.py CAPTIONS_FOLDER   (a folder of *.txt, one caption a line)
"""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

from misc_format import Text
from misc_format.coders import coder
from misc_format.components import Size
from misc_format.registry import METHODS, PRIVATE_METHOD

MOST = 1_000  # captions of each file


def main() -> None:
    """Print a row a file."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    methods = [row for row in METHODS if row.kind == "text" and row.id != PRIVATE_METHOD]
    print(f"{'captions':<32}{'number':>8}{'bytes':>10}{'zlib -9':>10}" + "".join(f"{row.name:>10}" for row in methods))
    sums = [0] * (len(methods) + 2)
    for source in sorted(Path(sys.argv[1]).glob("*.txt")):
        captions = source.read_text(encoding="utf-8").splitlines()[:MOST]
        sizes = [
            sum(len(caption.encode()) for caption in captions),
            sum(len(zlib.compress(c.encode(), 9)) for c in captions),
        ]
        sizes += [sum(len(coder(row).encode(Text(c), Size(512, 512))) for c in captions) for row in methods]
        sums = [total + size for total, size in zip(sums, sizes, strict=True)]
        print(f"{source.name:<32}{len(captions):>8}" + _row(sizes))
    print(f"{'all':<40}" + _row(sums))


def _row(sizes: list[int]) -> str:
    return f"{sizes[0]:>10}" + "".join(f"{8 * size / sizes[0]:>10.3f}" for size in sizes[1:])


if __name__ == "__main__":
    main()
