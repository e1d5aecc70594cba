"""The tables of a published evaluation as data: the page renders them, and `recount` compares a page with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from misc_format.engine.rows import path_order
from reference_codec.evaluation.leaderboard import Board
from reference_codec.evaluation.metrics import METRICS
from reference_codec.evaluation.publishedfiles import Entry
from reference_codec.evaluation.results import Mean, Results
from reference_codec.evaluation.view import AVERAGE, MetricColumn, column, figure, mean_rows

NOTHING: Final = "–"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell. `key`: what its column is sorted by; None if the cell is empty. `links`: texts with addresses, in place of the text."""

    text: str
    key: float | str | None
    links: Sequence[tuple[str, str]] = ()
    is_code: bool = False
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `name`: in its identifier. `rows`: the first cell of each is its head. `says`: what a row is about, for each row."""

    name: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    says: Sequence[str]


def tables(board: Board) -> list[Table]:
    """All tables of a page that have rows."""
    made = (_means(board.results), _files(board), _deltas(board.results), _overall(board.results))
    return [table for table in made if table.rows]


def _means(results: Results) -> Table:
    averaged = any(AVERAGE in mean.values for mean in results.means)
    metrics = [*results.metrics, *([AVERAGE] if averaged else [])]
    paths = part_paths(mean.bpp_parts for mean in results.means)
    titles = [_metric_title(column(name)) for name in metrics]
    columns = ["codec", "set", "pictures", "bpp", *titles, *(f"{path}, bpp" for path in paths)]
    rows = []
    for mean, shown in zip(results.means, mean_rows(results, metrics, paths), strict=True):
        counts = str(shown.measured) if shown.measured == shown.pictures else f"{shown.measured} of {shown.pictures}"
        values = [_value(each, metric) for each, metric in zip(shown.values, metrics, strict=True)]
        parts = [_bpp(mean.bpp_parts.get(path)) for path in paths]
        names = [_text(mean.label), _text(set_title(mean))]
        rows.append([*names, _number(counts, shown.measured), _bpp(mean.bpp), *values, *parts])
    return Table("means", "Means over pictures", columns, rows, [_about_mean(mean) for mean in results.means])


def _files(board: Board) -> Table:
    metrics = [name for name in board.results.metrics if not METRICS[name].whole]
    paths = part_paths(entry.row.parts for entry in board.entries)
    titles = [_metric_title(column(name)) for name in metrics]
    bits = [f"{path}, bits" for path in paths]
    columns = ["picture", "codec", "set", "file", "bits", "bpp", *bits, *titles, "SHA-256", "remark"]
    rows = [list(_file_row(entry, metrics, paths)) for entry in board.entries]
    return Table("files", "Every picture and every file", columns, rows, [about(entry) for entry in board.entries])


def _file_row(entry: Entry, metrics: Sequence[str], paths: Sequence[str]) -> Iterator[Cell]:
    row = entry.row
    yield _text(row.picture)
    yield _text(row.label)
    yield _text(f"at the rate of {row.set}" if row.anchor and row.set else row.set)
    files = entry.files
    links = [(f"{file.bytes:,} bytes", quote(file.path)) for file in files]
    size = sum(file.bytes for file in files)
    yield Cell(" ".join(text for text, _ in links), size, links=links) if files else Cell(NOTHING, None)
    yield _count(row.bits)
    yield _bpp(row.bpp)
    yield from (_count(row.parts.get(path)) for path in paths)
    yield from (_value(row.values.get(name), name) for name in metrics)
    digests = " ".join(file.sha256 for file in files)
    yield Cell(digests, digests, is_code=True, is_text=True) if files else _text("")
    yield _text("; ".join(each for each in (entry.row.problem, entry.note, *entry.row.notes) if each))


def _deltas(results: Results) -> Table:
    found = [(test, anchor, each) for test, anchors in results.deltas.items() for anchor, each in anchors.items()]
    found = [row for row in found if any(value is not None for value in row[2].values())]
    rows = [
        [_text(test), _text(anchor), *(_percent(each.get(metric)) for metric in results.metrics)]
        for test, anchor, each in found
    ]
    columns = ["codec", "against", *(METRICS[name].title for name in results.metrics)]
    return Table("deltas", "Delta rates", columns, rows, [f"{test} against {anchor}" for test, anchor, _ in found])


def _overall(results: Results) -> Table:
    columns = ["codec", "as in the table of decoders ↑", "as in the table of describers ↑"]
    rows = [
        [_text(label), *(_number(f"{score:.4f}", score) for score in scores)]
        for label, scores in results.cmc_bench.items()
    ]
    return Table("overall", "Overall scores of CMC-Bench", columns, rows, list(results.cmc_bench))


def about(entry: Entry) -> str:
    """What a row is about, in words."""
    return ", ".join(filter(None, (entry.row.label, entry.row.set, entry.row.picture)))


def part_paths(parts: Iterable[Iterable[str]]) -> list[str]:
    """All paths of parts, in the order of a file."""
    return sorted({path for each in parts for path in each}, key=path_order)


def set_title(mean: Mean) -> str:
    """The name of the set of a mean; of an anchor, that of the set whose rates it has."""
    return f"at the rates of {mean.set}" if mean.anchor and mean.set else mean.set


def _about_mean(mean: Mean) -> str:
    return ", ".join(filter(None, (mean.label, set_title(mean))))


def _metric_title(shown: MetricColumn) -> str:
    return f"{shown.title} {'↑' if shown.higher else '↓'}"


def _text(text: str) -> Cell:
    return Cell(text or NOTHING, text or None, is_text=True)


def _number(text: str, key: float | None) -> Cell:
    return Cell(text, key)


def _value(number: float | None, metric: str) -> Cell:
    return Cell(NOTHING if number is None else figure(number, column(metric)), number)


def _bpp(number: float | None) -> Cell:
    return Cell(NOTHING if number is None else f"{number:.5f}", number)


def _count(number: int | None) -> Cell:
    return Cell(NOTHING if number is None else f"{number:,}", number)


def _percent(number: float | None) -> Cell:
    return Cell(NOTHING if number is None else f"{number:+.1f} %", number)
