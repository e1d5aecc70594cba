"""The page of a published evaluation: tables that can be sorted, bars of bits per pixel by component, curves and crops.

It loads nothing, and whatever text is in its results stays text: see `misc_format.page.templating`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import misc_format
from misc_format.page.templating import environment
from reference_codec.evaluation.boardtables import Table, part_paths, set_title, tables
from reference_codec.evaluation.leaderboard import Board
from reference_codec.evaluation.plots import plot
from reference_codec.evaluation.results import Mean
from reference_codec.evaluation.view import Draw, evaluation_view

WHOLE: Final = "whole"  # the kind of a file of another codec, which is not split
LEAST: Final = 1e-9  # bits per pixel that are no rest but rounding


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar. `kind`: its colour. `percent`: of the longest bar."""

    path: str
    kind: str
    bpp: float
    percent: float


@dataclass(frozen=True, slots=True)
class Bar:
    """The bits per pixel of a set, by component. `says`: the same in words."""

    name: str
    bpp: float
    segments: Sequence[Segment]
    says: str


def page(board: Board, draw: Draw = plot) -> str:
    """The page as HTML. `draw`: how curves are drawn."""
    templates = environment("reference_codec.evaluation")
    script = templates.get_template("board.js").render()
    view = evaluation_view(board.results, board.title, draw)
    by_name: dict[str, Table] = {table.name: table for table in tables(board)}
    drawn = bars(board.results.means)
    kinds = list(dict.fromkeys(segment.kind for bar in drawn for segment in bar.segments))
    return templates.get_template("board.html.j2").render(
        board=board, view=view, tables=by_name, bars=drawn, kinds=kinds, script=script, version=misc_format.__version__
    )


def bars(means: Sequence[Mean]) -> list[Bar]:
    """A bar for each mean with a rate."""
    coded = [(mean, mean.bpp) for mean in means if mean.bpp]
    longest = max((bpp for _, bpp in coded), default=1.0)
    return [_bar(mean, bpp, longest) for mean, bpp in coded]


def _bar(mean: Mean, bpp: float, longest: float) -> Bar:
    parts = [(path, path.partition("/")[0], mean.bpp_parts[path]) for path in part_paths([mean.bpp_parts])]
    rest = bpp - sum(part for _, _, part in parts)
    if rest > LEAST:
        parts.append(("not split" if parts else "whole file, not split", WHOLE, rest))
    segments = [Segment(path, kind, part, 100 * part / longest) for path, kind, part in parts if part > 0]
    words = ", ".join(f"{each.path} {each.bpp:.5f}" for each in segments)
    name = ", ".join(filter(None, (mean.label, set_title(mean))))
    return Bar(name, bpp, segments, f"{name}: {bpp:.5f} bpp: {words}")
