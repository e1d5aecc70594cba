"""Clause 7.3: a map of five runs."""

from __future__ import annotations

import numpy as np

from misc_format import Maps, Stream, write

from ...plain.maps import maps_header, runs
from .form import Example, Table, Values, payload_of

ROWS = ("00111000", "01111000", "00000000")


def grid_of(rows: tuple[str, ...]) -> Maps:
    """One map, a digit for each pixel."""
    return Maps((np.array([[pixel == "1" for pixel in row] for row in rows]),))


def trace() -> Values:
    """All runs."""
    file = write(Stream(len(ROWS[0]), len(ROWS), maps=grid_of(ROWS), methods={"maps": "runlength"}))
    payload = payload_of(file, "maps")
    maps_header(payload)
    start = payload.position
    first = f"{payload.data[start // 8]:08b}"
    bits = "".join(f"{byte:08b}" for byte in payload.data[: payload.end // 8])
    before, steps = start + 4, []
    for run in runs(payload, len(ROWS[0]), len(ROWS), "maps/0"):
        steps.append({**run._asdict(), "bits": bits[before : payload.position]})
        before = payload.position
    fields = {"rows": ROWS, "first_colour": int(first[0]), "k": int(first[1:4], 2)}
    return {"clause": "7.3", "file": file.hex(), **fields, "runs": steps, "padding": bits[before:]}


def tables(trace: Values) -> list[Table]:
    """All runs."""
    names = ("colour", "start", "place", "far", "before", "length", "end")
    body = [
        (index, *("none" if run[name] is None else run[name] for name in names), f"`{run['bits']}`")
        for index, run in enumerate(trace["runs"])
    ]
    caption = (
        f"The rows are {', '.join(f'`{row}`' for row in trace['rows'])}; `first_colour` is {trace['first_colour']}, `k` is {trace['k']}. "
        f"`length` is what exp_golomb( ) returns; the padding is `{trace['padding']}`."
    )
    return [Table(caption, ("run", *names, "bits"), body)]


EXAMPLE = Example(trace, tables)
