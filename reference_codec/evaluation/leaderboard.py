"""The document of a published evaluation, `results.json`: written from results, and read again to recount them.

The document is that of `misc eval --json`, with the copy of each row's file, and with what its figures mean.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from types import NoneType
from typing import Any, Final, NamedTuple

import misc_format
from reference_codec.evaluation.measure import Row
from reference_codec.evaluation.metrics import METRICS
from reference_codec.evaluation.publishedfiles import Entry, PublishedFile
from reference_codec.evaluation.results import Results, summary

SCHEMA: Final = "results.schema.json"
VERSION: Final = 1
#: What a row is read from, with its types in JSON.
_OF_ROW: Final[dict[str, tuple[type, ...]]] = {
    "label": (str,),
    "set": (str,),
    "picture": (str,),
    "width": (int,),
    "height": (int,),
    "bits": (int, NoneType),
    "parts": (dict,),
    "values": (dict,),
    "problem": (str, NoneType),
    "anchor": (bool,),
    "notes": (list,),
}


class Board(NamedTuple):
    """A published evaluation. `originals`: how many pictures there are. `dataset`: the summary and the findings of the check, as JSON."""

    title: str
    results: Results
    entries: Sequence[Entry]
    originals: int
    dataset: dict[str, Any] | None


class MalformedError(ValueError):
    """The document is not that of a published evaluation."""


def schema_text() -> str:
    """The JSON Schema (2020-12) of the document."""
    return files("reference_codec.evaluation").joinpath("schemas", SCHEMA).read_text(encoding="utf-8")


def as_dict(board: Board) -> dict[str, Any]:
    """The document of a board."""
    rows = {id(entry.row): entry for entry in board.entries}
    document = board.results.as_dict()
    shown = [row for row in board.results.rows if id(row) in rows]
    for row, row_document in zip(shown, document["pictures"], strict=True):
        entry = rows[id(row)]
        del row_document["sha256"]
        row_document |= {"file": entry.file and entry.file._asdict(), "file_note": entry.note}
    about = {name: METRICS[name] for name in board.results.metrics}
    return {
        "$schema": SCHEMA,
        "leaderboard_version": VERSION,
        "tool": {"name": "misc", "version": misc_format.__version__},
        "title": board.title,
        "originals": board.originals,
        "metric_details": {
            name: {"title": metric.title, "higher_is_better": metric.higher, "source": metric.source}
            for name, metric in about.items()
        },
        **document,
        "dataset": board.dataset,
    }


def from_dict(document: Any) -> Board:
    """The board of a document, with everything that follows from its rows computed anew. Raises `MalformedError`."""
    try:
        return _from_dict(document)
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise MalformedError(f"it is not as {SCHEMA} says: {type(error).__name__}: {error}") from error


def _from_dict(document: dict[str, Any]) -> Board:
    if document["leaderboard_version"] != VERSION:
        raise ValueError(
            f"leaderboard_version is {document['leaderboard_version']!r}, and this program knows {VERSION}"
        )
    if unknown := [name for name in document["metrics"] if name not in METRICS]:
        raise ValueError(f"metrics that this program does not know: {', '.join(map(str, unknown))}")
    entries = [_entry(each) for each in document["pictures"]]
    published = {(bool(each["anchor"]), each["label"], each["set"]): each["values"] for each in document["means"]}
    results = summary(
        [entry.row for entry in entries],
        document["metrics"],
        int(document["originals"]),
        lambda key, name, _: published[key][name],  # a distance between sets of pictures: only pictures give it
    )
    return Board(str(document["title"]), results, entries, int(document["originals"]), document["dataset"])


def _entry(document: dict[str, Any]) -> Entry:
    row = Row(**{name: _of_type(document[name], types, name) for name, types in _OF_ROW.items()})
    for name, figure in (*row.parts.items(), *row.values.items()):
        _of_type(figure, (int,) if name in row.parts else (int, float, NoneType), name)
    for note in row.notes:
        _of_type(note, (str,), "notes")
    if row.bits is not None and row.pixels <= 0:
        raise ValueError(f"{row.picture} has bits and no pixels")
    file = document["file"]
    if file is None:
        return Entry(row, None, str(document["file_note"]))
    copy = PublishedFile(str(file["path"]), str(file["sha256"]), int(file["bytes"]))
    row.sha256 = copy.sha256
    return Entry(row, copy, str(document["file_note"]))


def _of_type(value: Any, types: tuple[type, ...], name: str) -> Any:
    if type(value) not in types:
        raise TypeError(f"{name} is {value!r}, not {' or '.join(each.__name__ for each in types)}")
    return value


def dataset_of(results: Results) -> dict[str, Any] | None:
    """What the page says of the check of the originals; None if none was asked for."""
    return None if results.dataset is None else {"summary": results.dataset.summary, **results.dataset.as_dict()}


def loads(text: bytes) -> Any:
    """The document of a file. Raises `MalformedError`."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"it is no JSON: {error}") from error
