"""Rate-distortion plots as SVG, a metric each."""

from __future__ import annotations

import io
from itertools import cycle

from reference_codec.evaluation.curves import Point

# Okabe and Ito's colours, which those who see no red or green tell apart, and shapes for those who see none.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKS = "os^Dv<>PX*"


def plot(curves: dict[str, list[Point]], title: str, better: str) -> str:
    """An SVG element. The same curves give the same text."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": title, "font.size": 9, "font.family": "sans-serif"}):
        figure = Figure(figsize=(5.2, 3.5), layout="constrained")
        axes = figure.subplots()
        for (label, points), colour, mark in zip(curves.items(), cycle(COLOURS), cycle(MARKS)):
            axes.plot(*zip(*points, strict=True), color=colour, marker=mark, markersize=5, linewidth=1.4, label=label)
        axes.set_xlabel("bits per pixel of the original, whole file")
        axes.set_ylabel(f"{title} ({better} is better)")
        axes.set_xlim(left=0)
        axes.grid(alpha=0.25)
        axes.legend(fontsize=8, framealpha=0.6)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    return text[text.index("<svg") :]
