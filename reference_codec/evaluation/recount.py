"""Recounts a published evaluation: everything that its files give is computed anew and compared with what it says.

The folder is a stranger's. Nothing outside it is read, and whatever is wrong with it is a difference, not an error. Names that begin with a
dot are left out: a folder of Git, or what a web host puts there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from misc_format.components import Size
from misc_format.errors import MiscError
from misc_format.system.paths import resolved
from misc_format.system.reading import entries_below, fault_of_entry, read_file
from misc_format.system.text import visible
from reference_codec.evaluation.boardtables import about, tables
from reference_codec.evaluation.leaderboard import SCHEMA, Board, MalformedError, from_dict, loads, schema_text
from reference_codec.evaluation.measure import bits_of
from reference_codec.evaluation.pagetables import cells_of
from reference_codec.evaluation.publish import PAGE, README, RESULTS, SUMS
from reference_codec.evaluation.publishedfiles import Entry, PublishedFile

LINE: Final = re.compile(r"([0-9a-f]{64}) [ *](.+)")
CLOSE: Final = 1e-9  # releases of a library may round a delta rate differently
WRITTEN: Final = (PAGE, README, RESULTS, SCHEMA)  # beside the files of the codecs


class Difference(NamedTuple):
    """Something that a published evaluation says and its files do not. `where`: a file, and a place in it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class Recount(NamedTuple):
    """The result. `files`: how many files of codecs were counted. `rows`: how many rows there are."""

    files: int
    rows: int
    differences: Sequence[Difference]


class Folder:
    """The files of a published folder."""

    def __init__(self, root: Path) -> None:
        """Raises `OSError` if the folder cannot be read."""
        self.root = resolved(root)
        self.names = [path.relative_to(self.root).as_posix() for path in entries_below(self.root) if not path.is_dir()]

    def read(self, name: str) -> bytes | str:
        """The bytes of a file, or why it cannot be read."""
        if name not in self.names:
            return "there is no such file"
        try:
            path = self.root / name
            return fault_of_entry(self.root, path) or read_file(path)
        except OSError as error:
            return f"it cannot be read: {error.strerror or error}"


def recount(root: Path) -> Recount:
    """Compare a published folder with itself. Raises `OSError` if there is no such folder."""
    folder = Folder(root)
    differences = list(_sums(folder))
    text = folder.read(RESULTS)
    if isinstance(text, str):
        return Recount(0, 0, [*differences, Difference(RESULTS, text)])
    try:
        document = loads(text)
        board = from_dict(document)
    except MalformedError as error:
        return Recount(0, 0, [*differences, Difference(RESULTS, str(error))])
    for entry in board.entries:
        differences += _of_row(folder, entry)
    differences += _strangers(folder, board)
    differences += _documents(document, board)
    differences += _page(folder, board)
    if folder.read(SCHEMA) != schema_text().encode():
        differences.append(Difference(SCHEMA, "it is not the schema of this program"))
    return Recount(sum(entry.file is not None for entry in board.entries), len(board.entries), differences)


def _sums(folder: Folder) -> Iterator[Difference]:
    """`SHA256SUMS` against the files, and the other way round."""
    text = folder.read(SUMS)
    if isinstance(text, str):
        yield Difference(SUMS, text)
        return
    listed = set()
    for number, line in enumerate(text.decode(errors="replace").splitlines(), 1):
        match = LINE.fullmatch(line)
        if match is None:
            yield Difference(f"{SUMS}, line {number}", "it is not a digest and a name")
            continue
        digest, name = match.groups()
        listed.add(name)
        data = folder.read(name)
        if isinstance(data, str):
            yield Difference(f"{SUMS}, line {number}", f"{name}: {data}")
        elif (found := hashlib.sha256(data).hexdigest()) != digest:
            yield Difference(name, f"its SHA-256 is {found}, and {SUMS} says {digest}")
    for name in folder.names:
        if name != SUMS and name not in listed:
            yield Difference(name, f"{SUMS} does not list it")


def _of_row(folder: Folder, entry: Entry) -> Iterator[Difference]:
    """A row against its file."""
    row, where = entry.row, f"{RESULTS}, {about(entry)}"
    if entry.file is None:
        if not entry.note:
            yield Difference(where, "it has no file, and does not say why")
        if row.bits is not None and not row.anchor:
            yield Difference(where, f"it says {row.bits:,} bits and has no file")
        return
    data = folder.read(entry.file.path)
    if isinstance(data, str):
        yield Difference(where, f"{entry.file.path}: {data}")
        return
    yield from _of_copy(entry.file, data, where)
    try:
        bits, parts = bits_of(entry.file.path, data, Size(row.width, row.height))
    except (MiscError, ValueError) as error:
        if row.problem is None or row.bits is not None:
            yield Difference(where, f"{entry.file.path} cannot be counted: {error}")
        return
    if row.bits is None and row.problem is not None:
        return
    if row.bits != bits:
        yield Difference(where, f"it says {row.bits} bits, and {entry.file.path} has {bits}")
    for path in dict.fromkeys((*parts, *row.parts)):
        if row.parts.get(path) != parts.get(path):
            said, found = row.parts.get(path, "no"), parts.get(path, "none")
            yield Difference(where, f"it says {said} bits of {path}, and {entry.file.path} has {found}")


def _of_copy(file: PublishedFile, data: bytes, where: str) -> Iterator[Difference]:
    digest = hashlib.sha256(data).hexdigest()
    if digest != file.sha256:
        yield Difference(where, f"it says SHA-256 {file.sha256}, and {file.path} has {digest}")
    if len(data) != file.bytes:
        yield Difference(where, f"it says {file.bytes} bytes, and {file.path} has {len(data)}")


def _strangers(folder: Folder, board: Board) -> Iterator[Difference]:
    """Files that no row has, or more than one."""
    known: dict[str, Entry] = {}
    for entry in board.entries:
        if entry.file is not None and known.setdefault(entry.file.path, entry) is not entry:
            other = about(known[entry.file.path])
            yield Difference(f"{RESULTS}, {about(entry)}", f"it has the same file as {other}: {entry.file.path}")
    for name in folder.names:
        if name not in known and name not in (SUMS, *WRITTEN):
            yield Difference(name, f"no row of {RESULTS} has it")


def _documents(document: dict[str, Any], board: Board) -> Iterator[Difference]:
    """Everything that follows from the rows: bits per pixel, means, delta rates, overall scores."""
    for entry, said in zip(board.entries, document["pictures"], strict=True):
        yield from _values(said.get("bpp"), entry.row.bpp, (about(entry), "bpp"))
    found = board.results.as_dict()
    means = [{(mean["label"], mean["set"], mean["anchor"]): mean for mean in each["means"]} for each in (document, found)]  # fmt: skip
    for key in dict.fromkeys((*means[0], *means[1])):
        name = ", ".join(filter(None, map(str, key[:2])))
        yield from _values(means[0].get(key), means[1].get(key), ("mean", name))
    for name in ("bd_rate", "cmc_bench"):
        yield from _values(document.get(name), found[name], (name,))


def _values(said: Any, found: Any, place: tuple[str, ...]) -> Iterator[Difference]:
    """Two values of JSON, which may be nested, compared place by place."""
    if isinstance(said, dict) and isinstance(found, dict):
        for key in dict.fromkeys((*said, *found)):
            yield from _values(said.get(key), found.get(key), (*place, str(key)))
    elif not _same(said, found):
        yield Difference(f"{RESULTS}, {', '.join(place)}", f"it says {said}, and the recount is {found}")


def _same(said: Any, found: Any) -> bool:
    numbers = (int, float)
    if isinstance(said, numbers) and isinstance(found, numbers) and isinstance(said, bool) == isinstance(found, bool):
        return abs(said - found) <= CLOSE * max(abs(said), abs(found))
    return bool(said == found)


def _page(folder: Folder, board: Board) -> Iterator[Difference]:
    """The tables of the page against those that the results give."""
    text = folder.read(PAGE)
    if isinstance(text, str):
        yield Difference(PAGE, text)
        return
    shown = cells_of(text.decode(errors="replace"))
    for table in tables(board):
        rows = shown.pop(table.name, [])
        expected = [[" ".join(visible(cell.text).split()) for cell in row] for row in table.rows]
        if len(rows) != len(expected):
            yield Difference(
                f"{PAGE}, {table.caption}", f"it has {len(rows)} rows, and {RESULTS} gives {len(expected)}"
            )
        for says, row, cells in zip(table.says, rows, expected, strict=False):
            yield from _cells(f"{PAGE}, {table.caption}, {says}", table.columns, row, cells)
    for name in shown:
        yield Difference(PAGE, f"{RESULTS} gives no table {name}")


def _cells(where: str, columns: Sequence[str], said: Sequence[str], found: Sequence[str]) -> Iterator[Difference]:
    if len(said) != len(found):
        yield Difference(where, f"it has {len(said)} cells, and {RESULTS} gives {len(found)}")
    for column, one, two in zip(columns, said, found, strict=False):
        if one != two:
            yield Difference(where, f"{column}: it says {one}, and {RESULTS} gives {two}")
