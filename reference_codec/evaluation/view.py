"""What the page of an evaluation shows, as the typed values that its template renders."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reference_codec.evaluation.dataset_check import Check
from reference_codec.evaluation.measure import CROP, Row
from reference_codec.evaluation.metrics import METRICS, MISC_AVERAGE
from reference_codec.evaluation.plots import Plot, plot
from reference_codec.evaluation.results import Mean, Results
from reference_codec.evaluation.sets import rate_titles

#: The metric under a crop is the first of these that was measured.
CAPTION_METRICS = ("dists", "lpips", "ssimulacra2", "ms_ssim", "psnr")
AVERAGE = "misc_average"
ORIGINAL = "original"  # the label of the originals' own rows


@dataclass(frozen=True, slots=True)
class MetricColumn:
    """The head of a column of values. `higher`: whether a higher value is better."""

    title: str
    higher: bool


@dataclass(frozen=True, slots=True)
class Value:
    """A mean of one metric; None if it was not measured. `best`: whether no other set has a better one."""

    number: float | None
    best: bool


@dataclass(frozen=True, slots=True)
class MeanRow:
    """The means of one set, or of one codec at the rates of one set. `parts` are mean bits of the parts of a file.

    `measured` of `pictures` could be measured.
    """

    name: str
    measured: int
    pictures: int
    bpp: float | None
    values: Sequence[Value]
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
    average_metrics: Sequence[str]


def evaluation_view(results: Results, title: str) -> EvaluationView:
    """The view of all results."""
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
        plots=[plot(METRICS[name], curves) for name in results.metrics if (curves := results.curves(name))],
        delta_columns=[METRICS[name].title for name in results.metrics],
        deltas=list(_deltas(results)),
        crops=_crops([row for row in results.rows if row.crop]),
        picture_columns=[column(name) for name in picture_metrics],
        pictures=list(_pictures(results, picture_metrics)),
        missing=list(_missing(results)),
        unmeasured=[Reason(f"{each.label}, {each.set}, {each.name}", each.reason) for each in results.unmeasured],
        average_metrics=[METRICS[name].title for name in MISC_AVERAGE],
    )


def figure(value: float) -> str:
    """A value of a metric: four significant digits below 1, two decimal places from 1."""
    return f"{value:.4g}" if abs(value) < 1 else f"{value:.2f}"


def _dataset(check: Check) -> DatasetView:
    findings = [Reason(f"{finding.file} ({finding.kind})", finding.reason) for finding in check.findings]
    return DatasetView(check.summary, findings)


def column(metric: str) -> MetricColumn:
    """The head of the column of a metric, or of MISC's average."""
    if metric == AVERAGE:
        return MetricColumn("MISC average", higher=True)
    return MetricColumn(METRICS[metric].title, METRICS[metric].higher)


def mean_rows(results: Results, metrics: Sequence[str], parts: Sequence[str]) -> list[MeanRow]:
    """A row for each mean, with a value for each metric and each part."""
    titles = rate_titles((row.label, row.set) for row in results.rows if not row.anchor and row.label != ORIGINAL)
    best = {metric: _best(metric, results.means) for metric in metrics}
    return [
        MeanRow(
            _name(mean),
            mean.pictures,
            sum(_is_expected(row, mean, titles) for row in results.rows),
            mean.bpp,
            [_value(mean, metric, best[metric]) for metric in metrics],
            [mean.parts.get(path) for path in parts],
        )
        for mean in results.means
    ]


def _is_expected(row: Row, mean: Mean, titles: dict[tuple[str, str], str]) -> bool:
    """Whether the picture of a row should be among those of a mean: an anchor follows the pictures of its set, if it has one."""
    if mean.anchor and mean.set:
        return titles.get((row.label, row.set)) == mean.set and not row.anchor
    return (row.anchor, row.label, row.set) == (mean.anchor, mean.label, mean.set)


def _name(mean: Mean) -> str:
    if not mean.anchor:
        return f"{mean.label}, {mean.set}"
    return f"{mean.label}, at the rates of {mean.set}" if mean.set else mean.label


def _value(mean: Mean, metric: str, best: float | None) -> Value:
    value = mean.values.get(metric)
    return Value(value, best=value is not None and value == best and _comparable(mean))


def _best(metric: str, means: Sequence[Mean]) -> float | None:
    """The best mean of those that can be compared; None if there are fewer than two."""
    values = [mean.values.get(metric) for mean in means if _comparable(mean)]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    return max(known) if column(metric).higher else min(known)


def _comparable(mean: Mean) -> bool:
    """Whether it is a mean of all pictures; a set without bits always is."""
    return mean.complete or mean.bpp is None


def _problems(results: Results) -> Iterator[Reason]:
    for row in results.rows:
        if row.problem is not None:
            yield Reason(f"{row.label}, {row.set}, {row.picture}", row.problem)


def _deltas(results: Results) -> Iterator[DeltaRow]:
    for test, anchors in results.deltas.items():
        for anchor, percents in anchors.items():
            yield DeltaRow(test, anchor, [percents.get(metric) for metric in results.metrics])


def _crops(rows: Sequence[Row]) -> CropSheet | None:
    columns = list(dict.fromkeys((row.label, row.set) for row in rows))
    if not columns:
        return None
    crops = {(row.picture, row.label, row.set): _crop(row) for row in rows}
    pictures = dict.fromkeys(row.picture for row in rows)
    return CropSheet(
        CROP, len(columns), [[crops.get((picture, *column)) for column in columns] for picture in pictures]
    )


def _crop(row: Row) -> Crop:
    assert row.crop is not None
    lines = [row.picture, ORIGINAL] if row.label == ORIGINAL else [row.label, row.set]
    if row.bpp is not None:
        lines.append(f"{row.bpp:.4f} bpp")
    for metric in CAPTION_METRICS:
        if (value := row.values.get(metric)) is not None:
            lines.append(f"{METRICS[metric].title} {figure(value)}")
            break
    url = f"data:image/webp;base64,{base64.b64encode(row.crop).decode()}"
    return Crop(f"{row.picture}, {row.label} {row.set}", [line for line in lines if line], url)


def _pictures(results: Results, metrics: Sequence[str]) -> Iterator[PictureRow]:
    for row in results.rows:
        if row.label != ORIGINAL and row.problem is None:
            values = [row.values.get(metric) for metric in metrics]
            yield PictureRow(row.picture, f"{row.label}, {row.set}", row.bits, row.bpp, values)


def _missing(results: Results) -> Iterator[Reason]:
    for name, reason in results.missing.items():
        yield Reason(METRICS[name].title if name in METRICS else name, reason)
