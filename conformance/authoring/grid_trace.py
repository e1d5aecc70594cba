"""Every sample of two small grids under the grid model, as JSON: python -m misc_conformance.authoring.grid_trace"""

from __future__ import annotations

import json
from typing import Any

from misc_format.coders.image import grid as image_grid
from misc_format.components import Grid, Size
from misc_format.structure.bits import BitReader

from ..plain.grid import GridDecoder, grid_model
from ..suite import GRID_TRACE
from .cases import ramp

FULL_SAMPLES = 3  # of each plane, with all values
GRIDS = {"rgb": ramp(5, 4, 6), "grey": ramp(4, 4, 3, planes=1)}
PICTURE = Size(768, 512)
BRIEF_FIELDS = ("plane", "below", "frequency", "level", "position")


def codeword_of(grid: Grid) -> bytes:
    """The codeword of a grid, which follows the declared fields."""
    payload = image_grid.encode(grid, PICTURE)
    reader = BitReader(payload, path="image")
    image_grid.read_header(reader, PICTURE)
    return payload[reader.position // 8 :]


def trace(grid: Grid) -> dict[str, Any]:
    """A codeword and its samples, in coding order."""
    rows, columns = grid.samples.shape[:2]
    codeword = codeword_of(grid)
    steps: list[dict[str, Any]] = []
    decoder = GridDecoder(grid_model(), codeword, columns, rows, grid.depth, steps.append)
    for _ in range(grid.samples.size // (rows * columns)):
        decoder.plane()
    samples = [
        step if index % (rows * columns) < FULL_SAMPLES else {name: step[name] for name in BRIEF_FIELDS}
        for index, step in enumerate(steps)
    ]
    return {"rows": rows, "columns": columns, "depth": grid.depth, "codeword": codeword.hex(), "samples": samples}


def text() -> str:
    """The document, one sample per line."""
    parts = []
    for name, grid in GRIDS.items():
        document = trace(grid)
        lines = ",\n".join(json.dumps(step) for step in document.pop("samples"))
        parts.append(f'"{name}": {json.dumps(document)[:-1]}, "samples": [\n{lines}\n]}}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    GRID_TRACE.write_text(text(), encoding="utf-8")
