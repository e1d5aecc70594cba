"""The metrics: name, title, direction and library of each."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

from reference_codec.evaluation import cmc_metrics as cmc
from reference_codec.evaluation import metric_libraries as libraries
from reference_codec.evaluation.metric_libraries import MissingError, Where


class Metric(NamedTuple):
    """A metric.

    `title`: for the reader. `higher`: whether higher values are better. `source`: the library or program. `load`: returns the measure, or
    raises `MissingError`. `whole`: whether it is a distance between sets; its measure then takes two lists of pictures. `undefined`: why
    it may have no value. `decimals`: places after the point in tables.
    """

    name: str
    title: str
    higher: bool
    source: str
    load: Callable[[Where], Any]
    whole: bool = False
    undefined: str = "its library gives no number"
    decimals: int = 4


def _sides(least: int) -> str:
    return f"the picture has fewer than {least} pixels on a side"


_PATCHES: Final = f"it needs a patch of {libraries.PATCH}x{libraries.PATCH} pixels of every picture, and two patches"
METRICS: Final = {
    metric.name: metric
    for metric in (
        Metric(
            "psnr",
            "PSNR, dB",
            True,
            "NumPy",
            libraries.psnr,
            undefined="the pictures are equal, so it is infinite",
            decimals=2,
        ),
        Metric("ssim", "SSIM", True, "scikit-image", libraries.ssim, undefined=_sides(libraries.MIN_SIDE_FOR_SSIM)),
        Metric(
            "ms_ssim",
            "MS-SSIM",
            True,
            "pytorch-msssim",
            libraries.ms_ssim,
            undefined=_sides(libraries.MIN_SIDE_FOR_MS_SSIM),
        ),
        Metric(
            "ssimulacra2",
            "SSIMULACRA2",
            True,
            "ssimulacra2",
            libraries.ssimulacra2,
            undefined=_sides(libraries.MIN_SIDE_FOR_SSIMULACRA2),
            decimals=2,
        ),
        Metric("butteraugli", "Butteraugli, 3-norm", False, "libjxl", libraries.butteraugli),
        Metric("lpips", "LPIPS (AlexNet)", False, "pyiqa", partial(libraries.pyiqa_metric, "lpips")),
        Metric("dists", "DISTS", False, "pyiqa", partial(libraries.pyiqa_metric, "dists")),
        Metric("clipsim", "CLIPSIM", True, "transformers", libraries.clipsim),
        Metric("clipiqa", "CLIP-IQA", True, "pyiqa", partial(libraries.pyiqa_metric, "clipiqa")),
        Metric("niqe", "NIQE", False, "pyiqa", partial(libraries.pyiqa_metric, "niqe")),
        Metric("liqe", "LIQE", True, "pyiqa", partial(libraries.pyiqa_metric, "liqe")),
        Metric("topiq_fr", "TOPIQ-FR", True, "pyiqa", partial(libraries.pyiqa_metric, "topiq_fr")),
        Metric("topiq_nr", "TOPIQ-NR", True, "pyiqa", partial(libraries.pyiqa_metric, "topiq_nr")),
        Metric(cmc.FR, "TOPIQ-FR of CMC-Bench", True, "pyiqa", partial(cmc.topiq, "fr")),
        Metric(cmc.NR, "TOPIQ-NR of CMC-Bench", True, "pyiqa", partial(cmc.topiq, "nr")),
        Metric(
            "fid",
            "FID, patches",
            False,
            "torchmetrics",
            partial(libraries.inception_distance, "fid"),
            True,
            _PATCHES,
            2,
        ),
        Metric(
            "kid",
            "KID, patches",
            False,
            "torchmetrics",
            partial(libraries.inception_distance, "kid"),
            True,
            _PATCHES,
            5,
        ),
        Metric("cmc_fid", "FID to FFHQ", False, "pyiqa", cmc.fid, True, "it needs two pictures", 2),
    )
}
#: MISC's average of four (its equations 9 and 10).
MISC_AVERAGE: Final = ("lpips", "clipsim", "niqe", "clipiqa")


def finite(value: float | None) -> float | None:
    """The value; None for infinity and for what is no number, which no mean and no JSON takes."""
    return value if value is not None and math.isfinite(value) else None


def load(names: list[str], where: Where) -> tuple[dict[str, Any], dict[str, str]]:
    """The measures of the metrics, by name, and for each missing metric what it needs."""
    measures: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for name in names:
        try:
            measures[name] = METRICS[name].load(where)
        except MissingError as error:
            missing[name] = str(error)
    return measures, missing


def misc_average(rows: list[dict[str, float | None]]) -> list[float | None]:
    """For each row of means, the sum of the four metrics, each scaled to -1 ... 1 over all rows, 1 for the best.

    None for all rows if one lacks a metric, or if a metric is the same in all of them.
    """
    scaled: list[list[float]] = []
    for name in MISC_AVERAGE:
        values = [row.get(name) for row in rows]
        known = [value for value in values if value is not None]
        if len(known) < len(rows) or len(rows) < 2 or min(known) == max(known):
            return [None] * len(rows)
        sign = 1 if METRICS[name].higher else -1
        scaled.append([sign * (2 * (value - min(known)) / (max(known) - min(known)) - 1) for value in known])
    return [sum(column) for column in zip(*scaled, strict=True)]
