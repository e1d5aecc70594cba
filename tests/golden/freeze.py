"""Keep golden files of the coding methods of this format version, at a release: python tests/golden/freeze.py

A golden file is a conforming vector that was copied, with its content and its bits, to the folder of its format version. Vectors may
be made again; golden files stay. The program adds what a method lacks and changes nothing that is there. docs/stability.md says when it
is run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from misc_conformance.authoring.coverage import methods_of, parts_of
from misc_conformance.suite import MODELS, Vector, vectors

from misc_format.coders.image.formats import FORMATS
from misc_format.coders.maps.mapmodel.codeword import COARSE_PIXELS
from misc_format.registry import METHODS
from misc_format.structure.container import FORMAT_VERSION

HOME = Path(__file__).parent
TABLE = "golden.json"
ENOUGH = 24 * 8  # bits of a payload that show more of a method than its headers
KEPT = ("file", "sha256", "symbols", "bits")  # of an entry of the manifest of vectors
PARTS = "image parts"
CODESTREAM = "image codestream"
MODELLED = ("maps context", "maps ragged")  # maps of up to COARSE_PIXELS have another network than larger ones


class Golden(NamedTuple):
    """A golden file. `shows`: the method that it is kept for. `expected`: its content and bits, as in the manifest of vectors."""

    folder: Path
    shows: str
    expected: dict[str, Any]

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return (self.folder / self.expected["file"]).read_bytes()


def wanted() -> list[str]:
    """What golden files of this version must show: each method, each format of codestreams, each network of maps, and a list of parts."""
    methods = [f"{row.kind} {row.name}" for row in METHODS]
    networks = [f"{name} {size}" for name in MODELLED for size in ("coarse", "fine")]
    return [*methods, *(f"{CODESTREAM} {name}" for name in FORMATS), *networks, PARTS]


def folders(home: Path = HOME) -> list[Path]:
    """The folder of each format version, the oldest first."""
    found = [path for path in home.iterdir() if (path / TABLE).is_file()]
    return sorted(found, key=lambda path: tuple(map(int, path.name.split("."))))


def golden(folder: Path) -> list[Golden]:
    """The golden files of a format version."""
    entries = json.loads((folder / TABLE).read_text(encoding="utf-8")) if (folder / TABLE).is_file() else {}
    return [Golden(folder, shows, expected) for shows, expected in entries.items()]


def missing(folder: Path) -> list[str]:
    """What must be shown, and no golden file of the folder shows."""
    shown = {one.shows for one in golden(folder)}
    return [name for name in wanted() if name not in shown]


def shown_by(symbols: Mapping[str, Any]) -> Iterator[str]:
    """What a file can be a golden file of."""
    for path, method in methods_of(symbols):
        kind = path.partition("/")[0]
        if path == kind:  # in a list of parts, a method is not alone
            yield f"{kind} {method}"
            if f"{kind} {method}" == CODESTREAM:
                yield f"{CODESTREAM} {symbols[kind]['format']}"
            if f"{kind} {method}" in MODELLED:
                sizes = {"fine" if _pixels(one) > COARSE_PIXELS else "coarse" for one in symbols[kind]}
                yield from (f"{kind} {method} {size}" for size in sizes if len(sizes) == 1)
    if parts_of(symbols):
        yield PARTS


def chosen(candidates: Iterable[Vector]) -> dict[str, Vector]:
    """The vector to keep, by what it shows: the smallest whose payload is not only headers, else the one with the largest payload."""
    best: dict[str, tuple[tuple[int, ...], Vector]] = {}
    for vector in candidates:
        if not vector.conforming or vector.expected.get("warnings"):
            continue
        for name in shown_by(vector.expected["symbols"]):
            bits = _payload_bits(vector, name.partition(" ")[0])
            rank = (0, len(vector.data)) if bits >= ENOUGH else (1, -bits)
            if name not in best or rank < best[name][0]:
                best[name] = rank, vector
    return {name: vector for name, (_, vector) in best.items()}


def _pixels(grid: Mapping[str, Any]) -> int:
    return int(grid["rows"] * grid["columns"])


def _payload_bits(vector: Vector, kind: str) -> int:
    return sum(bits for path, bits in vector.expected["bits"].items() if path.startswith(f"{kind}/"))


def freeze(folder: Path) -> list[str]:
    """Add the golden files that a folder lacks. Returns what was added. Raises `LookupError` if a method has no vector."""
    new = missing(folder)
    by_name = chosen(vectors())
    if without := [name for name in new if name not in by_name]:
        raise LookupError(f"no conforming vector shows {', '.join(without)}; add one first (CONTRIBUTING.md)")
    folder.mkdir(parents=True, exist_ok=True)
    entries = {one.shows: one.expected for one in golden(folder)}
    for name in new:
        vector = by_name[name]
        (folder / vector.expected["file"]).write_bytes(vector.data)
        entries[name] = {key: vector.expected[key] for key in KEPT}
    for model in MODELS:
        if not (folder / model.name).exists():
            (folder / model.name).write_bytes(model.read_bytes())
    lines = ",\n".join(
        f"  {json.dumps(key)}: {json.dumps(entries[key], ensure_ascii=False)}" for key in sorted(entries)
    )
    (folder / TABLE).write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    return new


def main() -> int:
    """Add what the folder of this format version lacks, and say what."""
    new = freeze(HOME / FORMAT_VERSION)
    print(f"{FORMAT_VERSION}: {len(new)} golden files added", *new, sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
