"""Train the static Huffman table of the text component (clause 6.3).

    python -m reference_codec.training.text_huffman CAPTIONS_FOLDER -o text-huffman-1.csv

The folder has *.txt files, one caption per line. Each file has the same weight, so that a large source does not drown the others. Every
byte that can occur in UTF-8 counts at least one in a million. Package-merge gives the optimal code of limited length.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

MAX_LENGTH = 15
SEPARATOR = 0xFF
NEVER_IN_UTF8 = {0xC0, 0xC1, *range(0xF5, 0xFF)}
# Six separators, before the name and the detail of each of three items, in about 800 bytes of text.
SEPARATOR_SHARE = 6 / 800
MIN_SHARE = 1e-6


def frequencies(folder: Path) -> dict[int, float]:
    """The share of each byte for which the table has a code."""
    shares: Counter[int] = Counter()
    sources = sorted(folder.glob("*.txt"))
    for source in sources:
        counts = Counter(source.read_bytes().replace(b"\n", b""))
        total = counts.total()
        for byte, count in counts.items():
            shares[byte] += count / total / len(sources)  # type: ignore[assignment]
    table = {byte: max(float(shares[byte]), MIN_SHARE) for byte in range(256) if byte not in NEVER_IN_UTF8}
    return table | {SEPARATOR: SEPARATOR_SHARE}


def code_lengths(weights: dict[int, float], max_length: int) -> dict[int, int]:
    """The lengths of an optimal prefix code of at most `max_length` bits, by package-merge (Larmore and Hirschberg, 1990)."""
    coins = sorted((weight, (symbol,)) for symbol, weight in weights.items())
    packages: list[tuple[float, tuple[int, ...]]] = []
    for _ in range(max_length):
        merged = sorted(coins + packages)
        packages = [
            (first[0] + second[0], first[1] + second[1])
            for first, second in zip(merged[::2], merged[1::2], strict=False)
        ]
    return dict(Counter(symbol for _, symbols in packages[: len(weights) - 1] for symbol in symbols))


def main(
    folder: Annotated[Path, typer.Argument(help="Folder of *.txt, one caption per line.")],
    output: Annotated[Path, typer.Option("-o", help="Table to write.")],
) -> None:
    """Train a table and print its cost on the training data."""
    weights = frequencies(folder)
    lengths = code_lengths(weights, MAX_LENGTH)
    rows = [f"{symbol},{lengths[symbol]}" for symbol in sorted(lengths)]
    output.write_bytes(("\n".join(["byte,length", *rows]) + "\n").encode("ascii"))
    mean = sum(weights[symbol] * lengths[symbol] for symbol in lengths) / sum(weights.values())
    print(
        f"{len(lengths)} codes of {min(lengths.values())} to {max(lengths.values())} bits, {mean:.3f} bits per byte of the training data"
    )


if __name__ == "__main__":
    typer.run(main)
