"""Rate-distortion plots as SVG, one per metric."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import cycle

from markupsafe import Markup

from reference_codec.evaluation.curves import Point
from reference_codec.evaluation.metrics import Metric

#: Okabe and Ito's colours, which colour-blind readers can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
EMPTY = Markup("<svg></svg>")
#: Markers of matplotlib, and the characters of the same shapes for legends, so that curves differ without colours too.
MARKERS = (
    ("o", "●"),
    ("s", "■"),
    ("^", "▲"),
    ("D", "◆"),
    ("v", "▼"),
    ("<", "◀"),
    (">", "▶"),
    ("P", "✚"),
    ("X", "✖"),
    ("*", "★"),
)


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """The name of a curve, and how it is drawn."""

    label: str
    colour: str
    shape: str


@dataclass(frozen=True, slots=True)
class Plot:
    """The curves of one metric over the rate. `drawing` is an SVG element without any text but numbers."""

    title: str
    higher: bool
    drawing: Markup
    legend: Sequence[LegendEntry]


def plot(metric: Metric, curves: dict[str, list[Point]]) -> Plot:
    """A plot of the curves by label. The same curves give the same text."""
    return replace(undrawn(metric, curves), drawing=_drawing(list(curves.values()), metric.name))


def undrawn(metric: Metric, curves: dict[str, list[Point]]) -> Plot:
    """The plot with an empty drawing. It needs no matplotlib."""
    legend = [
        LegendEntry(label, colour, shape) for label, colour, (_, shape) in zip(curves, cycle(COLOURS), cycle(MARKERS))
    ]
    return Plot(metric.title, metric.higher, EMPTY, legend)


def _drawing(curves: Sequence[Sequence[Point]], salt: str) -> Markup:
    """The curves as an SVG element. Its only text is numbers, so it is safe as markup; `salt` keeps its ids apart from other plots'."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": salt, "font.size": 9, "font.family": "sans-serif"}):
        figure = Figure(figsize=(5.2, 3.3), layout="constrained")
        axes = figure.subplots()
        for points, colour, (marker, _) in zip(curves, cycle(COLOURS), cycle(MARKERS)):
            axes.plot(*zip(*points, strict=True), color=colour, marker=marker, markersize=5, linewidth=1.4)
        axes.set_xlim(left=0)
        axes.grid(alpha=0.25)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    return Markup(text[text.index("<svg") :])
