"""Recounts a published evaluation: everything that its files give is computed anew and compared with what it says.

The folder is a stranger's. Nothing outside it is read, and whatever is wrong with it is a difference, not an error. Names that begin with a
dot are left out: a folder of Git, or what a web host puts there.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from misc_format.components import Size
from misc_format.errors import MiscError
from misc_format.system.paths import resolved
from misc_format.system.reading import entries_below, fault_of_entry, read_file
from misc_format.system.text import visible
from reference_codec.evaluation.boardpage import page
from reference_codec.evaluation.boardtables import about, tables
from reference_codec.evaluation.leaderboard import (
    SCHEMA,
    Board,
    MalformedError,
    as_dict,
    from_dict,
    loads,
    schema_text,
    this_tool,
)
from reference_codec.evaluation.measure import Row, bits_of, total
from reference_codec.evaluation.pagetables import cells_of
from reference_codec.evaluation.plots import EMPTY, plot, undrawn
from reference_codec.evaluation.publish import PAGE, README, RESULTS, SUMS, readme
from reference_codec.evaluation.publishedfiles import Entry, PublishedFile
from reference_codec.evaluation.sets import rate_titles

LINE: Final = re.compile(r"([0-9a-f]{64}) [ *](.+)")
NOTHING: Final = "nothing"  # where a document has no such place
LONGEST: Final = 200  # characters of a value in a message
CROP_PLACE: Final = b"crop"
CROP_DATA: Final = re.compile(r"data:image/webp;base64,[A-Za-z0-9+/=]*")
DRAWING: Final = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
ALWAYS_UNCHECKED: Final = (
    "values of metrics, and the crops: they need the originals and the decoded pictures",
    "the reasons, notes, names and sizes of pictures, and the check of the data set: they are taken as they are",
)
CLOSE: Final = 1e-9  # releases of a library may round a delta rate differently
WRITTEN: Final = (PAGE, README, RESULTS, SCHEMA)  # beside the files of the codecs


class Difference(NamedTuple):
    """Something that a published evaluation says and its files do not. `where`: a file, and a place in it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class Recount(NamedTuple):
    """The result. `files`: how many files of codecs were counted. `rows`: how many rows there are. `unchecked`: what was not recounted."""

    files: int
    rows: int
    differences: Sequence[Difference]
    unchecked: Sequence[str] = ()


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
    differences += _of_sets(board)
    differences += _documents(document, board)
    if not list(_values(document["bd_rate"], board.results.deltas, ())):  # as they were published, to the last digit
        board.results.deltas = document["bd_rate"]
    differences += _page(folder, board)
    if folder.read(SCHEMA) != schema_text().encode():
        differences.append(Difference(SCHEMA, "it is not the schema of this program"))
    files = sum(len(entry.files) for entry in board.entries)
    return Recount(files, len(board.entries), differences, list(_unchecked(board)))


def _unchecked(board: Board) -> Iterator[str]:
    """What no recount, or not this one, computes anew."""
    yield from ALWAYS_UNCHECKED
    made, here = board.tool, this_tool()
    if made["version"] != here["version"]:
        yield f"the page but for its tables, and README.md: made by misc {made['version']}, and this is {here['version']}"
    elif not _is_drawn_alike(board):
        yield f"the drawings of curves: made by matplotlib {made['matplotlib']}, and here is {here['matplotlib'] or 'none'}"


def _is_drawn_alike(board: Board) -> bool:
    return bool(board.tool["matplotlib"]) and board.tool["matplotlib"] == this_tool()["matplotlib"]


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
    """A row against its files."""
    row, where = entry.row, f"{RESULTS}, {about(entry)}"
    if not entry.files:
        if not entry.note:
            yield Difference(where, "it has no file, and does not say why")
        if row.bits is not None and not row.anchor:
            yield Difference(where, f"it says {row.bits:,} bits and has no file")
        return
    counts = []
    for file in entry.files:
        data = folder.read(file.path)
        if isinstance(data, str):
            yield Difference(where, f"{file.path}: {data}")
            continue
        yield from _of_copy(file, data, where)
        try:
            counts.append(bits_of(file.path, data, Size(row.width, row.height)))
        except (MiscError, ValueError) as error:
            if row.problem is None or row.bits is not None:
                yield Difference(where, f"{file.path} cannot be counted: {error}")
    if len(counts) == len(entry.files) and not (row.bits is None and row.problem is not None):
        yield from _of_counts(entry, *total(counts), where)


def _of_counts(entry: Entry, bits: int, parts: dict[str, int], where: str) -> Iterator[Difference]:
    """The bits of a row against those of its files."""
    row, names = entry.row, ", ".join(file.path for file in entry.files)
    if row.bits != bits:
        yield Difference(where, f"it says {row.bits} bits, and {names} has {bits}")
    for path in dict.fromkeys((*parts, *row.parts)):
        if row.parts.get(path) != parts.get(path):
            said, found = row.parts.get(path, "no"), parts.get(path, "none")
            yield Difference(where, f"it says {said} bits of {path}, and {names} has {found}")


def _of_sets(board: Board) -> Iterator[Difference]:
    """Each set has a row or a reason for each original, and each codec that is compared with it a row for each of its files."""
    rows = [entry.row for entry in board.entries]
    absent = [each for each in board.results.unmeasured if each.kind == "picture"]
    of_sets = [(each.label, each.set, each.picture) for each in rows if not each.anchor] + [each[:3] for each in absent]
    originals = {name for *_, name in of_sets} | set(board.shown)
    if len(originals) != board.originals:
        yield Difference(RESULTS, f"it says {board.originals} originals, and its rows are of {len(originals)}")
    for label, name in dict.fromkeys(each[:2] for each in of_sets):
        names = Counter(picture for *of_set, picture in of_sets if of_set == [label, name])
        yield from _of_pictures(f"{label}, {name}", names, originals)
    titles = rate_titles((row.label, row.set) for row in rows if not row.anchor)
    coded: dict[str, set[str]] = {"": {row.picture for row in rows if row.pixels}}
    for row in rows:
        if not row.anchor and row.bits:
            coded.setdefault(titles[row.label, row.set], set()).add(row.picture)
    for label in dict.fromkeys(row.label for row in rows if row.anchor):
        of_codec = [row for row in rows if row.anchor and row.label == label]
        of_model = any(not row.set for row in of_codec)  # it has a rate of its own
        for name in ("",) if of_model else dict.fromkeys((*filter(None, coded), *(row.set for row in of_codec))):
            names = Counter(row.picture for row in of_codec if row.set == name)
            yield from _of_pictures(", ".join(filter(None, (label, name))), names, coded.get(name, set()))


def _of_pictures(title: str, names: Counter[str], expected: set[str]) -> Iterator[Difference]:
    """One row or reason for each of these pictures, and for no other. `names`: how many there are, by picture."""
    for name in sorted(names.keys() | expected):
        where = f"{RESULTS}, {title}, {name}"
        if name not in expected:
            yield Difference(where, "it has a row, and there is no such picture, or no file of it")
        elif names[name] != 1:
            yield Difference(where, f"it has {names[name]} rows and reasons, not 1")


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
        for file in entry.files:
            if file.path in known:
                other = about(known[file.path])
                yield Difference(f"{RESULTS}, {about(entry)}", f"it has the same file as {other}: {file.path}")
            known.setdefault(file.path, entry)
    for name in folder.names:
        if name not in known and name not in (SUMS, *WRITTEN):
            yield Difference(name, f"no row of {RESULTS} has it")


def _documents(document: dict[str, Any], board: Board) -> Iterator[Difference]:
    """The whole document against the one that its rows give. A place that only one of them has is a difference."""
    found = as_dict(board)
    for key in dict.fromkeys((*document, *found)):
        said, computed = document.get(key, NOTHING), found.get(key, NOTHING)
        if key == "means":
            yield from _values(_means(said), _means(computed), ("mean",))
        elif key == "pictures":
            for entry, one, two in zip(board.entries, said, computed, strict=True):
                yield from _values(one, two, (about(entry),))
        else:
            yield from _values(said, computed, (key,))


def _means(means: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Means by what they are about, and those that are there twice by their number, too."""
    named: dict[str, dict[str, Any]] = {}
    for mean in means:
        name = ", ".join(filter(None, map(str, (mean["label"], mean["set"]))))
        name += ", against" if mean["anchor"] else ""
        named[f"{name}, again, {len(named)}" if name in named else name] = mean
    return named


def _values(said: Any, found: Any, place: tuple[str, ...]) -> Iterator[Difference]:
    """Two values of JSON, which may be nested, compared place by place."""
    if isinstance(said, dict) and isinstance(found, dict):
        for key in dict.fromkeys((*said, *found)):
            yield from _values(said.get(key, NOTHING), found.get(key, NOTHING), (*place, str(key)))
    elif isinstance(said, list) and isinstance(found, list) and len(said) == len(found):
        for number, (one, two) in enumerate(zip(said, found, strict=True)):
            yield from _values(one, two, (*place, str(number)))
    elif not _same(said, found):
        where = f"{RESULTS}, {', '.join(place)}"
        yield Difference(where, f"it says {_shown(said)}, and the recount is {_shown(found)}")


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _same(said: Any, found: Any) -> bool:
    numbers = (int, float)
    if isinstance(said, numbers) and isinstance(found, numbers) and isinstance(said, bool) == isinstance(found, bool):
        return abs(said - found) <= CLOSE * max(abs(said), abs(found))
    return bool(said == found)


def _page(folder: Folder, board: Board) -> Iterator[Difference]:
    """The page against the one that the results give: its tables cell by cell, and then the rest of it line by line."""
    data = folder.read(PAGE)
    if isinstance(data, str):
        yield Difference(PAGE, data)
        return
    text = data.decode(errors="replace")
    differences = list(_tables(text, board))
    yield from differences
    if board.tool["version"] != this_tool()["version"]:
        return
    if not differences:
        yield from _lines(PAGE, _comparable(text, board), _comparable(_rebuilt(board), board))
    said = folder.read(README)
    yield from _lines(README, said if isinstance(said, str) else said.decode(errors="replace"), readme())


def _rebuilt(board: Board) -> str:
    """The page that the results give, with a place for each crop."""
    rows = list(board.results.rows)
    place = 0
    for name in board.shown:
        places = [number for number, row in enumerate(rows) if row.picture == name]
        place = places[0] if places else place
        rows.insert(place, Row("original", "original", name, crop=b"", original=True))
        place += 1 + len(places)
    for row in rows:
        if row.picture in board.shown and row.problem is None:
            row.crop = CROP_PLACE
    draw = plot if _is_drawn_alike(board) else undrawn
    return page(board._replace(results=replace(board.results, rows=rows)), draw)


def _comparable(text: str, board: Board) -> str:
    """A page without what cannot be computed anew: crops, and curves that another matplotlib has drawn."""
    text = CROP_DATA.sub("crop", text)
    return text if _is_drawn_alike(board) else DRAWING.sub(EMPTY, text)


def _lines(name: str, said: str, found: str) -> Iterator[Difference]:
    """The first line in which two texts differ, and between which lines they do."""
    if said == found:
        return
    lines, expected = said.split("\n"), found.split("\n")
    first = next((number for number, (one, two) in enumerate(zip(lines, expected, strict=False)) if one != two), None)
    first = min(len(lines), len(expected)) if first is None else first
    one, two = (each[first].strip() if first < len(each) else "nothing" for each in (lines, expected))
    yield Difference(f"{name}, line {first + 1}", f"it says {_shown(one)}, and {RESULTS} gives {_shown(two)}")


def _tables(text: str, board: Board) -> Iterator[Difference]:
    """The tables of the page against those that the results give."""
    shown = cells_of(text)
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
