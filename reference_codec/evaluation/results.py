"""Results from rows: means of each set and each anchor, curves, delta rates, and the metrics of whole sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, NamedTuple

from misc_format.components import Samples
from misc_format.pictures import load
from reference_codec.evaluation import cmc_metrics, metrics
from reference_codec.evaluation.curves import Point, bd_rate
from reference_codec.evaluation.dataset_check import Check
from reference_codec.evaluation.measure import Plan, Row
from reference_codec.evaluation.metrics import METRICS
from reference_codec.evaluation.sets import Unmeasured
from reference_codec.models.failures import first_line
from reference_codec.pictures.samples import rgb


@dataclass
class Mean:
    """Means over the pictures of a set, or of an anchor at a set's rates.

    `pictures`: how many were measured. `complete`: whether they are all originals, and each has a rate. `bpp`: bits per pixel; None unless
    each measured picture has a file. `parts`: bits of each part of the file; empty without `bpp`. `values`: of each metric; None unless each
    measured picture has a value. `bpp_parts`: bits per pixel of each part of the file; their sum is `bpp` if all files are of this format.
    """

    label: str
    set: str
    anchor: bool
    pictures: int
    complete: bool
    bpp: float | None
    parts: dict[str, float]
    values: dict[str, float | None]
    bpp_parts: dict[str, float] = field(default_factory=dict)


class Remark(NamedTuple):
    """Something that a reader must know of the means of a set, or of an anchor at a set's rates."""

    label: str
    set: str
    text: str


#: The value of a metric of whole sets. Its arguments: the set (whether an anchor, label, name), the metric, and the measured rows.
Whole = Callable[[tuple[bool, str, str], str, list[Row]], float | None]


@dataclass
class Results:
    """All that the page and the files show.

    `missing`: why a metric or an anchor is left out. `deltas`: delta rates in percent, of a label against another, under each metric.
    `dataset`: what the originals are of a data set, if the user named one. `cmc_bench`: the overall scores of each label whose sets were
    all measured in full, one set per mode. `unmeasured`: what has no row, and why. `originals`: how many there are. `remarks`: what the
    means leave out.
    """

    rows: list[Row]
    means: list[Mean]
    metrics: list[str]
    missing: dict[str, str]
    deltas: dict[str, dict[str, dict[str, float | None]]] = field(default_factory=dict)
    dataset: Check | None = None
    cmc_bench: dict[str, cmc_metrics.Overall] = field(default_factory=dict)
    unmeasured: list[Unmeasured] = field(default_factory=list)
    originals: int = 0
    remarks: list[Remark] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        rows = [_row_document(row) for row in self.rows if not row.original]
        means = [mean.__dict__ for mean in self.means]
        return {
            "dataset": self.dataset and self.dataset.as_dict(),
            "metrics": self.metrics,
            "missing": self.missing,
            "means": means,
            "bd_rate": self.deltas,
            "cmc_bench": {label: scores._asdict() for label, scores in self.cmc_bench.items()},
            "pictures": rows,
            "unmeasured": [each._asdict() for each in self.unmeasured],
            "remarks": [each._asdict() for each in self.remarks],
        }

    def curves(self, metric: str) -> dict[str, list[Point]]:
        """The points of each label under a metric, from complete sets with a rate. The quality is the metric's value."""
        curves: dict[str, list[Point]] = {}
        for mean in self.means:
            value = mean.values.get(metric)
            if mean.bpp is not None and value is not None and mean.complete:
                curves.setdefault(mean.label, []).append(Point(mean.bpp, value))
        return {label: sorted(points) for label, points in curves.items()}


def gather(plan: Plan, rows: list[Row], missing: dict[str, str], dataset: Check | None = None) -> Results:
    """The results of all rows. `missing` and `dataset`: as in `Results`."""
    names = [name for name in plan.metrics if name not in missing]
    results = summary(rows, names, len(plan.originals), lambda _, name, good: _whole(name, good, plan, missing))
    results.missing, results.dataset = missing, dataset
    results.unmeasured = [*_unmeasured(plan), *plan.strangers]
    return results


def summary(rows: list[Row], names: list[str], originals: int, whole: Whole) -> Results:
    """All that follows from the rows: means, delta rates and overall scores. `names`: of metrics. `originals`: how many there are."""
    shown = [row for row in rows if not row.original]
    keys = list(dict.fromkeys((row.anchor, row.label, row.set) for row in shown))
    means: list[Mean] = []
    remarks: list[Remark] = []
    for key in sorted(keys, key=lambda key: key[0]):
        of_set = [row for row in shown if (row.anchor, row.label, row.set) == key]
        means.append(_mean(key, of_set, originals, names, whole))
        remarks += (Remark(*key[1:], text) for text in _remarks(means[-1], of_set, originals))
    full = [mean for mean in means if mean.pictures == originals]
    for mean, value in zip(full, metrics.misc_average([mean.values for mean in full]), strict=True):
        if value is not None:
            mean.values["misc_average"] = value
    results = Results(rows, means, names, {}, originals=originals, remarks=remarks)
    results.deltas = _deltas(results)
    results.cmc_bench = _cmc_bench(means, originals)
    return results


def _remarks(mean: Mean, rows: list[Row], originals: int) -> Iterator[str]:
    """What the means of a set leave out. `rows`: its own."""
    good = [row for row in rows if row.problem is None]
    coded = sum(row.bpp is not None for row in good)
    if any(row.painted for row in good):
        yield "it has no decoded pictures: they were painted from its files here, with the options of misc decode"
    if mean.pictures < originals:
        yield (
            f"{mean.pictures:,} of {originals:,} originals are measured: it is in no curve, no delta rate and no average over sets, "
            "and its means are not those of the other pictures"
        )
    if 0 < coded < len(good):
        yield f"{coded:,} of {len(good):,} measured pictures have a file: it has no mean rate, and is in no curve"
    for name, value in mean.values.items():
        if value is None and good and METRICS[name].whole:
            yield f"{METRICS[name].title} has no value: {METRICS[name].undefined}"
        elif value is None and good:
            known = sum(row.values.get(name) is not None for row in good)
            yield f"{METRICS[name].title} has no mean: {known:,} of {len(good):,} measured pictures have a value"


def _unmeasured(plan: Plan) -> Iterator[Unmeasured]:
    for each in plan.sets:
        for name in plan.originals:
            if name not in each.counterparts:
                yield Unmeasured(each.label, each.name, name, "the set has no picture and no file of this name")
        for name, reason in each.strangers.items():
            yield Unmeasured(each.label, each.name, name, reason, "file")


def _cmc_bench(means: list[Mean], pictures: int) -> dict[str, cmc_metrics.Overall]:
    """The overall scores of labels. `pictures`: how many originals there are."""
    modes: dict[str, list[Mean]] = {}
    for mean in means:
        if not mean.anchor:
            modes.setdefault(mean.label, []).append(mean)
    full = {label: sets for label, sets in modes.items() if all(mean.pictures == pictures for mean in sets)}
    scores = {label: cmc_metrics.overall([mean.values for mean in sets]) for label, sets in full.items()}
    return {label: score for label, score in scores.items() if score is not None}


def _mean(key: tuple[bool, str, str], rows: list[Row], expected: int, names: list[str], whole: Whole) -> Mean:
    """`expected`: how many originals there are."""
    anchor, label, set_name = key
    good = [row for row in rows if row.problem is None]
    rates = [row.bpp for row in good if row.bpp is not None]
    coded = good if len(rates) == len(good) else []
    paths = list(dict.fromkeys(path for row in coded for path in row.parts))
    values = {
        name: whole(key, name, good) if METRICS[name].whole else _average([row.values.get(name) for row in good])
        for name in names
    }
    return Mean(
        label,
        set_name,
        anchor,
        len(good),
        complete=len(good) == len(rates) == expected,
        bpp=fmean(rates) if coded else None,
        parts={path: fmean(row.parts.get(path, 0) for row in coded) for path in paths},
        values=values,
        bpp_parts={path: fmean(row.parts.get(path, 0) / row.pixels for row in coded) for path in paths},
    )


def _average(values: Sequence[float | None]) -> float | None:
    """The mean; None unless each value is defined, since means over other pictures cannot be compared."""
    known = [value for value in values if value is not None]
    return fmean(known) if known and len(known) == len(values) else None


def _whole(name: str, rows: list[Row], plan: Plan, missing: dict[str, str]) -> float | None:
    """The value of a metric of whole sets. None if it fails, with the reason in `missing`."""
    pairs: list[tuple[Samples, Samples]] = []
    for row in rows:
        if row.decoded is not None:
            original, decoded = (rgb(load(path).samples) for path in (plan.originals[row.picture], row.decoded))
            pairs.append((original, decoded))
    try:
        measure = METRICS[name].load(plan.where)
        value = metrics.finite(measure([original for original, _ in pairs], [decoded for _, decoded in pairs]))
    except (
        Exception
    ) as error:  # what a library raises for its data, after hours of measuring, takes nothing else with it
        missing[name] = f"it failed: {first_line(error)}"
        return None
    return value


def _deltas(results: Results) -> dict[str, dict[str, dict[str, float | None]]]:
    """Delta rates in percent under each metric: of each label that is no anchor, against each anchor and each other such label."""
    anchors = dict.fromkeys(mean.label for mean in results.means if mean.anchor)
    tests = dict.fromkeys(mean.label for mean in results.means if not mean.anchor)
    deltas: dict[str, dict[str, dict[str, float | None]]] = {}
    for test in tests:
        for anchor in (*anchors, *(other for other in tests if other != test)):
            for metric in results.metrics:
                curves = results.curves(metric)
                sign = 1 if METRICS[metric].higher else -1
                points = [
                    [Point(point.rate, sign * point.quality) for point in curves.get(label, [])]
                    for label in (anchor, test)
                ]
                deltas.setdefault(test, {}).setdefault(anchor, {})[metric] = bd_rate(*points)
    return deltas


def _row_document(row: Row) -> dict[str, Any]:
    names = (
        "label",
        "set",
        "picture",
        "width",
        "height",
        "bits",
        "bpp",
        "parts",
        "values",
        "problem",
        "anchor",
        "notes",
        "painted",
    )
    return {name: getattr(row, name) for name in names} | {"files": [file._asdict() for file in row.files]}
