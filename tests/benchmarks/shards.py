"""Members of damaged tar shards that are done or reported, beside the headers that are in the bytes.

    python tests/benchmarks/shards.py [--shards 1000] [--seed 1]

A shard has 20 members of 0 to 3,000 bytes. It is damaged once at random: bits are flipped, it is cut, blocks become zeros, are removed,
doubled or exchanged. Half of the shards are compressed with gzip, and damaged after that. "lost" counts the shards in which fewer
members are done or reported than headers are in the bytes. It must be 0.
"""

from __future__ import annotations

import argparse
import gzip
import io
import random
import tarfile
import zlib
from collections.abc import Callable
from contextlib import suppress

from misc_format.engine.shards import BLOCK, Fault, ShardError, read

MEMBERS = 20


def packed(chance: random.Random, *, compressed: bool) -> bytes:
    """A shard of 20 members."""
    stream = io.BytesIO()
    form = chance.choice([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for index in range(MEMBERS):
            long = form != tarfile.USTAR_FORMAT and not chance.randrange(3)
            header = tarfile.TarInfo(f"{index:02d}{'n' * 120 * long}.misc")
            data = chance.randbytes(chance.choice([0, 300, 512, 1000, 3000]))
            header.size = len(data)
            archive.addfile(header, io.BytesIO(data))
    return gzip.compress(stream.getvalue()) if compressed else stream.getvalue()


def _blocks(data: bytes, chance: random.Random) -> tuple[int, int]:
    begin = chance.randrange(-(-len(data) // BLOCK)) * BLOCK
    return begin, begin + BLOCK * chance.randint(1, 6)


def _flip(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _zero(data: bytes, chance: random.Random) -> bytes:
    begin, end = _blocks(data, chance)
    return data[:begin] + bytes(len(data[begin:end])) + data[end:]


def _remove(data: bytes, chance: random.Random) -> bytes:
    begin, end = _blocks(data, chance)
    return data[:begin] + data[end:]


def _double(data: bytes, chance: random.Random) -> bytes:
    begin, end = _blocks(data, chance)
    return data[:end] + data[begin:]


def _exchange(data: bytes, chance: random.Random) -> bytes:
    begin, end = _blocks(data, chance)
    rest = data[:begin] + data[end:]
    target = chance.randrange(len(rest) // BLOCK + 1) * BLOCK
    return rest[:target] + data[begin:end] + rest[target:]


DAMAGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "bits flipped": _flip,
    "cut": lambda data, chance: data[: chance.randrange(len(data))],
    "blocks of zeros": _zero,
    "blocks removed": _remove,
    "blocks doubled": _double,
    "blocks moved": _exchange,
}


def inflated(data: bytes) -> bytes:
    """All that gzip data give before they are damaged."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    decoder = zlib.decompressobj(31)
    parts: list[bytes] = []
    with suppress(zlib.error):
        parts.extend(decoder.decompress(bytes([byte])) for byte in data)
    return b"".join(parts)


def headers(data: bytes) -> list[int]:
    """The positions of all headers of members, wherever they are."""
    positions = []
    for begin in range(0, len(data) - BLOCK + 1, BLOCK):
        with suppress(tarfile.HeaderError):
            header = tarfile.TarInfo.frombuf(data[begin : begin + BLOCK], "utf-8", "surrogateescape")
            if header.isreg():
                positions.append(begin)
    return positions


def accounted(data: bytes) -> tuple[int, int, int]:
    """The number of headers in a shard, of members that the reader gives whole, and of its reports on other members and on damage."""
    done = reported = 0
    for item in read(io.BytesIO(data)):
        if isinstance(item, Fault):
            reported += 1
            continue
        try:
            while item.data.read(BLOCK):
                pass
            done += 1
        except ShardError:
            reported += 1
    return len(headers(inflated(data))), done, reported


def main() -> None:
    """Print a row for each kind of damage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    totals = {(kind, form): [0] * 6 for kind in DAMAGES for form in ("tar", "tar.gz")}
    for index in range(options.shards):
        chance = random.Random(f"{options.seed} {index}")
        kind, form = list(totals)[index % len(totals)]
        shard = DAMAGES[kind](packed(chance, compressed=form == "tar.gz"), chance)
        found, done, reported = accounted(shard)
        for place, value in enumerate(
            (1, found, done, reported, done < MEMBERS and not reported, done + reported < found)
        ):
            totals[kind, form][place] += value
    print(f"{'damage':<24}{'shards':>8}{'headers':>9}{'done':>8}{'reported':>10}{'silent':>8}{'lost':>6}")
    for (kind, form), values in [
        *totals.items(),
        (("all", ""), [sum(column) for column in zip(*totals.values(), strict=True)]),
    ]:
        widths = (8, 9, 8, 10, 8, 6)
        print(
            f"{f'{kind}, {form}'.strip(', '):<24}"
            + "".join(f"{value:>{width},}" for value, width in zip(values, widths, strict=True))
        )


if __name__ == "__main__":
    main()
