"""The drawings of the specification and of docs/architecture.md, as SVG, from the declarations of the code.

`python spec/generate.py` writes them, and its `--check` compares them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from . import architecture, contours, languageflow, layout, neighbourhoods, passes

HOME = Path(__file__).parents[2]
FIGURES = "spec/figures"
DRAWINGS: dict[str, Callable[[], str]] = {
    "docs/layers": architecture.layers_drawing,
    "docs/journey": architecture.journey_drawing,
    f"{FIGURES}/file": layout.layout_drawing,
    f"{FIGURES}/language": languageflow.language_drawing,
    f"{FIGURES}/jbig2-templates": neighbourhoods.templates_drawing,
    f"{FIGURES}/maps-fine": neighbourhoods.fine_drawing,
    f"{FIGURES}/maps-contours": contours.contours_drawing,
    f"{FIGURES}/maps-coarse": neighbourhoods.coarse_drawing,
    f"{FIGURES}/grid-neighbours": neighbourhoods.grid_drawing,
    f"{FIGURES}/latents-passes": passes.passes_drawing,
}


def drawings() -> dict[Path, bytes]:
    """Every drawing, by its file."""
    return {HOME / f"{name}.svg": draw().encode() for name, draw in DRAWINGS.items()}
