"""Files a second, one core: structural read and account of a misc-1 file, beside a plain construct parse of the same fields.

python tests/benchmarks/structure_speed.py [FILE.misc]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import construct as c

import misc_format
from misc_format.structure.container import LONG, read_structure

ROUNDS, CALLS = 7, 2_000
EXAMPLE = Path(__file__).parents[2] / "examples" / "coffee.misc"

HEADER = c.BitStruct(
    "signature" / c.Const(0xCD5343, c.BitsInteger(24)),
    "version_major" / c.BitsInteger(3),
    "version_minor" / c.BitsInteger(3),
    "profile" / c.BitsInteger(4),
    "has" / c.Array(5, c.Flag),
    "wide_size" / c.BitsInteger(1),
    "width_minus_1" / c.BitsInteger(lambda this: 16 if this.wide_size else 12),
    "height_minus_1" / c.BitsInteger(lambda this: 16 if this.wide_size else 12),
)
FRAME = c.BitStruct("method" / c.BitsInteger(4), "length" / c.BitsInteger(12))
COMPONENT = c.Struct("frame" / FRAME, "payload" / c.Bytes(c.this.frame.length))
LAST = c.Struct(
    "frame" / c.BitStruct("method" / c.BitsInteger(4), "reserved" / c.BitsInteger(4)), "payload" / c.GreedyBytes
)
# Enough for a file without an ancillary list.
FILE = c.Struct(
    "header" / HEADER,
    "components" / c.Array(lambda this: sum(this.header.has[:4]) - 1, COMPONENT),
    "last" / LAST,
)


def rate(call: Callable[[], object]) -> float:
    """Median calls a second."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(CALLS):
            call()
        times.append(time.perf_counter() - start)
    return CALLS / statistics.median(times)


def main() -> None:
    """Print the three rates."""
    data = Path(sys.argv[1] if len(sys.argv) > 1 else EXAMPLE).read_bytes()
    parsed = FILE.parse(data)
    ours = read_structure(data)
    assert parsed.header.width_minus_1 + 1 == ours.width
    assert [len(part.payload) for part in (*parsed.components, parsed.last)] == [
        (part.end - part.start) >> 3 for part in ours.components
    ]
    assert all(part.frame.length < LONG for part in parsed.components)
    account = rate(lambda: misc_format.account(data))
    print(f"file of {len(data)} bytes")
    print(f"misc_format.account       {account:10,.0f} files/s")
    print(f"read_structure alone      {rate(lambda: read_structure(data)):10,.0f} files/s")
    print(f"plain construct parse     {rate(lambda: FILE.parse(data)):10,.0f} files/s")
    print(f"misc_format.read (decode) {rate_of_decode(data):10,.0f} files/s")


def rate_of_decode(data: bytes) -> float:
    """Files a second with every payload decoded and checked for its canonical form."""
    start = time.perf_counter()
    for _ in range(100):
        misc_format.read(data)
    return 100 / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
