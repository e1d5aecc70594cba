"""Clause 8: small grids, sample by sample."""

from __future__ import annotations

from functools import partial

from misc_format import Grid, Stream, write

from ...plain.grid import GridDecoder, grid_header, grid_model
from ..cases import ramp
from .form import Example, Table, Values, payload_of
from .tracing import TracedRangeDecoder

PICTURE = (768, 512)


def trace(grid: Grid) -> Values:
    """All samples."""
    file = write(Stream(*PICTURE, image=grid))
    payload = payload_of(file, "image")
    header = grid_header(payload)
    codeword = payload.rest()
    samples: list[Values] = []
    decoder = GridDecoder(grid_model(), codeword, header.columns, header.rows, header.depth, samples.append)
    decoder.decoder = coder = TracedRangeDecoder(codeword)
    for _ in range(grid.samples.size // (header.columns * header.rows)):
        decoder.plane()
    cells = header.columns * header.rows
    for number, (step, coded) in enumerate(zip(samples, coder.steps, strict=True)):
        step |= {"row": number % cells // header.columns, "column": number % header.columns, **coded}
        step["parts"] = [part._asdict() for part in step["parts"]]
    fields = {"rows": header.rows, "columns": header.columns, "depth": header.depth, "levels": grid.samples.tolist()}
    return {"clause": "8", "file": file.hex(), **fields, "codeword": codeword.hex(), "samples": samples}


def tables(trace: Values) -> list[Table]:
    """All samples in brief, and the last one of planes 0 and 1 whole."""
    names = ("plane", "row", "column", "base", "quantile", "below", "frequency", "level", "position")
    brief = [[step[name] for name in names] for step in trace["samples"]]
    tables = [Table(f"The levels are {trace['levels']}, each cell red, green, blue. All samples:", names, brief)]
    cells = trace["rows"] * trace["columns"]
    for plane in (0, 1):
        step = trace["samples"][(plane + 1) * cells - 1]
        parts = [f"{part['place']}, {part['scale']}, {part['share']}" for part in step["parts"]]
        body = [
            (name, ", ".join(map(str, step["inputs"][first:last])))
            for name, first, last in (*GROUPS, *(EARLIER if plane else ()))
        ]
        hidden = [f"{h}: {value}" for h, value in enumerate(step["hidden2"]) if value]
        body += [("hidden2, not 0", ", ".join(hidden)), ("out", ", ".join(map(str, step["out"])))]
        body += [("place, scale, share", "; ".join(parts))]
        caption = (
            f"The sample of plane {plane} in row {step['row']}, column {step['column']}, whose base is {step['base']}:"
        )
        tables.append(Table(caption, ("inputs and layers", "values"), body))
    return tables


# The rows of the table of inputs in clause 8.3, and the numbers of their inputs.
GROUPS = (
    ("near - base", 0, 15), ("errors", 15, 19), ("base, average", 19, 21), ("log of differences", 21, 27),
    ("log of errors, mean( p )", 27, 29), ("place", 29, 31), ("borders", 31, 34), ("first cell, log of sizes, depth", 34, 38),
)  # fmt: skip
EARLIER = (
    ("q = 0: around - here", 38, 50), ("q = 0: error, here", 50, 52), ("q = 0: log of differences", 52, 56),
    ("q = 0: mean, log of error", 56, 58), ("cells like this one", 58, 61),
)  # fmt: skip
EXAMPLE = Example(partial(trace, ramp(3, 2, 6)), tables)
EXAMPLE_GREY = Example(partial(trace, ramp(4, 4, 3, planes=1)))
