"""What the page of an evaluation shows, as the typed values that its template renders."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from reference_codec.evaluation.curves import Point
from reference_codec.evaluation.dataset_check import Check
from reference_codec.evaluation.measure import CROP, Row
from reference_codec.evaluation.metrics import METRICS, MISC_AVERAGE, Metric
from reference_codec.evaluation.plots import Plot, plot
from reference_codec.evaluation.results import Mean, Results

#: The metric under a crop is the first of these that was measured.
CAPTION_METRICS = ("dists", "lpips", "ssimulacra2", "ms_ssim", "psnr")
AVERAGE = "misc_average"
ORIGINAL = "original"  # the caption of the originals' own crops


#: Draws the curves of a metric by label.
Draw = Callable[[Metric, dict[str, list[Point]]], Plot]


@dataclass(frozen=True, slots=True)
class MetricColumn:
    """The head of a column of values. `higher`: whether a higher value is better. `decimals`: places after the point."""

    title: str
    higher: bool
    decimals: int = 4


@dataclass(frozen=True, slots=True)
class MeanRow:
    """The means of one set, or of one codec at the rates of one set. `parts` are mean bits of the parts of a file.

    `measured` of `pictures` originals were measured.
    """

    name: str
    measured: int
    pictures: int
    bpp: float | None
    values: Sequence[float | None]
    parts: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class DeltaRow:
    """Delta rates of `test` against `anchor` in percent, by metric; None where there is none."""

    test: str
    anchor: str
    percents: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of one picture under one codec. `lines` is its caption; `url` is a data URL."""

    alt: str
    lines: Sequence[str]
    url: str


@dataclass(frozen=True, slots=True)
class CropSheet:
    """Rows of crops, one per picture, with one column per set; None where a picture has no result. `side`: pixels of a crop."""

    side: int
    columns: int
    rows: Sequence[Sequence[Crop | None]]


@dataclass(frozen=True, slots=True)
class PictureRow:
    """What was measured of one picture in one set."""

    picture: str
    name: str
    bits: int | None
    bpp: float | None
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that is left out, and why."""

    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class DatasetView:
    """What the originals are of a data set. `findings`: each difference."""

    summary: str
    findings: Sequence[Reason]


@dataclass(frozen=True, slots=True)
class OverallRow:
    """CMC-Bench's overall scores of a label: as in its table of decoders, and as in that of describers."""

    label: str
    decoders: float
    describers: float


@dataclass(frozen=True, slots=True)
class EvaluationView:
    """The page of one evaluation."""

    title: str
    dataset: DatasetView | None
    mean_columns: Sequence[MetricColumn]
    part_columns: Sequence[str]
    means: Sequence[MeanRow]
    problems: Sequence[Reason]
    overall: Sequence[OverallRow]
    plots: Sequence[Plot]
    delta_columns: Sequence[str]
    deltas: Sequence[DeltaRow]
    crops: CropSheet | None
    picture_columns: Sequence[MetricColumn]
    pictures: Sequence[PictureRow]
    missing: Sequence[Reason]
    unmeasured: Sequence[Reason]
    remarks: Sequence[Reason]
    average_metrics: Sequence[str]


def evaluation_view(results: Results, title: str, draw: Draw = plot) -> EvaluationView:
    """The view of all results. `draw`: how curves are drawn."""
    averaged = any(AVERAGE in mean.values for mean in results.means)
    mean_metrics = [*results.metrics, *([AVERAGE] if averaged else [])]
    picture_metrics = [name for name in results.metrics if not METRICS[name].whole]
    parts = list(dict.fromkeys(path for mean in results.means for path in mean.parts))
    return EvaluationView(
        title=title,
        dataset=None if results.dataset is None else _dataset(results.dataset),
        mean_columns=[column(name) for name in mean_metrics],
        part_columns=parts,
        means=mean_rows(results, mean_metrics, parts),
        problems=list(_problems(results)),
        overall=[OverallRow(label, *scores) for label, scores in results.cmc_bench.items()],
        plots=[draw(METRICS[name], curves) for name in results.metrics if (curves := results.curves(name))],
        delta_columns=[METRICS[name].title for name in results.metrics],
        deltas=list(_deltas(results)),
        crops=_crops([row for row in results.rows if row.crop]),
        picture_columns=[column(name) for name in picture_metrics],
        pictures=list(_pictures(results, picture_metrics)),
        missing=list(_missing(results)),
        unmeasured=[Reason(", ".join(filter(None, each[:3])), each.reason) for each in results.unmeasured],
        remarks=[Reason(", ".join(filter(None, each[:2])), each.text) for each in results.remarks],
        average_metrics=[METRICS[name].title for name in MISC_AVERAGE],
    )


def figure(value: float, column: MetricColumn) -> str:
    """A value of a metric, with the decimal places of its column."""
    return f"{value:.{column.decimals}f}"


def _dataset(check: Check) -> DatasetView:
    findings = [Reason(f"{finding.file} ({finding.kind})", finding.reason) for finding in check.findings]
    return DatasetView(check.summary, findings)


def column(metric: str) -> MetricColumn:
    """The head of the column of a metric, or of MISC's average."""
    if metric == AVERAGE:
        return MetricColumn("MISC average", higher=True)
    return MetricColumn(METRICS[metric].title, METRICS[metric].higher, METRICS[metric].decimals)


def mean_rows(results: Results, metrics: Sequence[str], parts: Sequence[str]) -> list[MeanRow]:
    """A row for each mean, with a value for each metric and each part."""
    return [
        MeanRow(
            _name(mean),
            mean.pictures,
            results.originals,
            mean.bpp,
            [mean.values.get(metric) for metric in metrics],
            [mean.parts.get(path) for path in parts],
        )
        for mean in results.means
    ]


def _name(mean: Mean) -> str:
    if not mean.anchor:
        return f"{mean.label}, {mean.set}"
    return f"{mean.label}, at the rates of {mean.set}" if mean.set else mean.label


def _problems(results: Results) -> Iterator[Reason]:
    for row in results.rows:
        if row.problem is not None:
            yield Reason(f"{row.label}, {row.set}, {row.picture}", row.problem)


def _deltas(results: Results) -> Iterator[DeltaRow]:
    for test, anchors in results.deltas.items():
        for anchor, percents in anchors.items():
            yield DeltaRow(test, anchor, [percents.get(metric) for metric in results.metrics])


def _crops(rows: Sequence[Row]) -> CropSheet | None:
    columns = list(dict.fromkeys((row.original, row.label, row.set) for row in rows))
    if not columns:
        return None
    crops = {(row.picture, row.original, row.label, row.set): _crop(row) for row in rows}
    pictures = dict.fromkeys(row.picture for row in rows)
    return CropSheet(
        CROP, len(columns), [[crops.get((picture, *column)) for column in columns] for picture in pictures]
    )


def _crop(row: Row) -> Crop:
    assert row.crop is not None
    lines = [row.picture, ORIGINAL] if row.original else [row.label, row.set]
    if row.bpp is not None:
        lines.append(f"{row.bpp:.4f} bpp")
    for metric in CAPTION_METRICS:
        if (value := row.values.get(metric)) is not None:
            lines.append(f"{METRICS[metric].title} {figure(value, column(metric))}")
            break
    url = f"data:image/webp;base64,{base64.b64encode(row.crop).decode()}"
    return Crop(f"{row.picture}, {row.label} {row.set}", [line for line in lines if line], url)


def _pictures(results: Results, metrics: Sequence[str]) -> Iterator[PictureRow]:
    for row in results.rows:
        if not row.original and row.problem is None:
            values = [row.values.get(metric) for metric in metrics]
            yield PictureRow(row.picture, f"{row.label}, {row.set}", row.bits, row.bpp, values)


def _missing(results: Results) -> Iterator[Reason]:
    for name, reason in results.missing.items():
        yield Reason(METRICS[name].title if name in METRICS else name, reason)
