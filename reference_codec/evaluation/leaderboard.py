"""The document of a published evaluation, `results.json`: written from results, and read again to recount them.

The document is that of `misc eval --json`, with the copy of each row's file, and with what its figures mean.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from types import MappingProxyType, NoneType
from typing import Any, Final, NamedTuple, NoReturn

import misc_format
from reference_codec.evaluation.dataset_check import Check, Finding
from reference_codec.evaluation.datasets import DATASETS
from reference_codec.evaluation.measure import Row
from reference_codec.evaluation.metrics import METRICS
from reference_codec.evaluation.publishedfiles import Entry, PublishedFile
from reference_codec.evaluation.results import Results, summary
from reference_codec.evaluation.sets import Unmeasured

SCHEMA: Final = "results.schema.json"
VERSION: Final = 2
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
    "painted": (bool,),
}


class Board(NamedTuple):
    """A published evaluation. `originals`: how many pictures there are. `dataset`: the summary and the findings of the check, as JSON.

    `shown`: the names of the originals on the contact sheet. `tool`: the program that made it, with its version and that of matplotlib.
    """

    title: str
    results: Results
    entries: Sequence[Entry]
    originals: int
    dataset: dict[str, Any] | None
    shown: Sequence[str] = ()
    tool: Mapping[str, str] = MappingProxyType({})


class MalformedError(ValueError):
    """The document is not that of a published evaluation."""


def this_tool() -> dict[str, str]:
    """This program, with what decides how its page looks."""
    try:
        drawing = version("matplotlib")
    except PackageNotFoundError:
        drawing = ""
    return {"name": "misc", "version": misc_format.__version__, "matplotlib": drawing}


def schema_text() -> str:
    """The JSON Schema (2020-12) of the document."""
    return files("reference_codec.evaluation").joinpath("schemas", SCHEMA).read_text(encoding="utf-8")


def as_dict(board: Board) -> dict[str, Any]:
    """The document of a board."""
    document = board.results.as_dict()
    for entry, row_document in zip(board.entries, document["pictures"], strict=True):
        row_document |= {"files": [file._asdict() for file in entry.files], "file_note": entry.note}
    about = {name: METRICS[name] for name in board.results.metrics}
    return {
        "$schema": SCHEMA,
        "leaderboard_version": VERSION,
        "tool": dict(board.tool),
        "title": board.title,
        "originals": board.originals,
        "shown": list(board.shown),
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
    shown = [_of_type(name, (str,), "shown") for name in document["shown"]]
    published = {(bool(each["anchor"]), each["label"], each["set"]): each["values"] for each in document["means"]}
    originals = _of_type(document["originals"], (int,), "originals")
    results = summary(
        [entry.row for entry in entries],
        document["metrics"],
        originals,
        lambda key, name, _: published[key][name],  # a distance between sets of pictures: only pictures give it
    )
    results.missing = {
        _of_type(name, (str,), "missing"): _of_type(reason, (str,), "missing")
        for name, reason in document["missing"].items()
    }
    results.unmeasured = [_unmeasured(each) for each in document["unmeasured"]]
    results.dataset = None if document["dataset"] is None else _check(document["dataset"])
    title, tool = _of_type(document["title"], (str,), "title"), document["tool"]
    return Board(
        title,
        results,
        entries,
        originals,
        dataset_of(results),
        shown,
        {name: _of_type(tool[name], (str,), name) for name in this_tool()},
    )


def _unmeasured(document: dict[str, Any]) -> Unmeasured:
    each = Unmeasured(*(_of_type(document[name], (str,), name) for name in Unmeasured._fields))
    if each.kind not in ("picture", "file"):
        raise ValueError(f"kind is {each.kind!r}, not picture or file")
    return each


def _check(document: dict[str, Any]) -> Check:
    """The check against a data set, without its summary, which follows from the rest."""
    findings = [
        Finding(*(_of_type(each[name], (str,), name) for name in Finding._fields)) for each in document["findings"]
    ]
    return Check(DATASETS[document["name"]], _of_type(document["right"], (int,), "right"), tuple(findings))


def _entry(document: dict[str, Any]) -> Entry:
    row = Row(**{name: _of_type(document[name], types, name) for name, types in _OF_ROW.items()})
    for name, figure in (*row.parts.items(), *row.values.items()):
        _of_type(figure, (int,) if name in row.parts else (int, float, NoneType), name)
    for note in row.notes:
        _of_type(note, (str,), "notes")
    if row.bits is not None and row.pixels <= 0:
        raise ValueError(f"{row.picture} has bits and no pixels")
    types: dict[str, tuple[type, ...]] = {"path": (str,), "sha256": (str,), "bytes": (int,)}
    files = [
        PublishedFile(**{name: _of_type(file[name], types[name], name) for name in types}) for file in document["files"]
    ]
    return Entry(row, tuple(files), _of_type(document["file_note"], (str,), "file_note"))


def _of_type(value: Any, types: tuple[type, ...], name: str) -> Any:
    if type(value) not in types:
        raise TypeError(f"{name} is {value!r}, not {' or '.join(each.__name__ for each in types)}")
    return value


def dataset_of(results: Results) -> dict[str, Any] | None:
    """What the page says of the check of the originals; None if none was asked for."""
    return None if results.dataset is None else {"summary": results.dataset.summary, **results.dataset.as_dict()}


def loads(text: bytes) -> Any:
    """The document of a file. Raises `MalformedError`, also where an object has one key twice: readers would differ in what it says."""
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"it is no JSON: {error}") from error


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise ValueError(f"the key {name!r} is there twice in one object")
        made[name] = value
    return made


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")
