"""Clause 7.5: maps under the map model: coarse, fine and reduced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from misc_format import Maps, Stream, write
from misc_format.coders.maps.mapmodel import scale

from ...plain.mapmodel import (
    COARSE_ROWS,
    CORNERS,
    FINE_ROWS,
    HALF,
    OUTLINES,
    DecisionDecoder,
    MapCoder,
    Network,
    alike_above,
    between,
    contours,
    decode_with,
    map_model,
    pixel_of,
)
from ...plain.maps import Map
from ...plain.rangecoder import ONE, split_of
from ..cases import discs
from .form import Example, Table, Values, brief, payload_of, register

FIRST_DECISIONS = 40
LONG = 8  # steps of a contour
SHOWN = 10  # elements of a layer, in the document
# Values of clause 7.5.6, of the pixels that are shown whole.
WHOLE = ("inputs", "hidden", "experts", "logit", "third", "third_after")


class TracedDecisions(DecisionDecoder):
    """Clause 7.5.1. A step has the registers before the decision, and the position behind it."""

    def __init__(self, codeword: bytes) -> None:
        super().__init__(codeword)
        self.steps: list[Values] = []

    def decide(self, ones: int, total: int = ONE) -> int:
        """A decision."""
        _, split = split_of(self.range, ones, total)
        before = {"ones": ones, "split": register(split), "D": register(self.d), "range": register(self.range)}
        bit = super().decide(ones, total)
        self.steps.append({"index": len(self.steps), **before, "bit": bit, "position": self.position})
        return bit


class TracedCoder(MapCoder):
    """Clause 7.5. A step says what its frequency comes from."""

    def __init__(self, coder: TracedDecisions) -> None:
        super().__init__(map_model(OUTLINES), coder)
        self.steps = coder.steps
        self.coded: list[Map] = []  # each map as its decisions give it, reduced or not

    def decide(self, ones: int = HALF) -> int:
        """A decision that is no pixel, unless a pixel's method says so."""
        bit = super().decide(ones)
        self.steps[-1]["of"] = "fields"
        return bit

    def fine_map(self, columns: int, rows: int) -> Map:
        """A fine map."""
        first = len(self.steps)
        return self._placed(super().fine_map(columns, rows), first)

    def coarse_map(self, columns: int, rows: int) -> Map:
        """A coarse map."""
        first = len(self.steps)
        return self._placed(super().coarse_map(columns, rows), first)

    def _placed(self, grid: Map, first: int) -> Map:
        """The map, whose decisions from the `first` one on get the places of their pixels."""
        self.coded.append(grid)
        for number, step in enumerate(self.steps[first:]):
            step |= {"map": len(self.maps), "x": number % len(grid[0]), "y": number // len(grid[0])}
        return grid

    def flat_pixel(self, colour: int, change: int, around: int) -> int:
        """A flat pixel."""
        context = (colour * 6 + change) * 5 + around
        flat = self.flat[context]
        bit = super().flat_pixel(colour, change, around)
        after = self.flat[context]
        self.steps[-1] |= {"of": "flat", "colour": colour, "change": change, "around": around, "context": context}
        self.steps[-1] |= {"flat": flat, "flat_after": after}
        return bit

    def network_pixel(self, network: Network, inputs: Sequence[int]) -> int:
        """A pixel under a network."""
        third = network.third
        bit = super().network_pixel(network, inputs)
        values = {**network.values, "third": third, "third_after": network.third}
        self.steps[-1] |= {"of": "fine" if network is self.fine else "coarse"}
        self.steps[-1] |= {name: list(map(int, value)) if name != "logit" else value for name, value in values.items()}
        return bit


def ellipse(columns: int, rows: int) -> Maps:
    """A map with an ellipse that a straight line cuts."""
    y, x = np.mgrid[0:rows, 0:columns]
    return Maps((((x - 34) ** 2 / 60 + (y - 30) ** 2 / 36 < 1) & (x + y < 70),))


def trace_coarse() -> Values:
    """Two small maps: every decision, and two pixels whole, one of them beside earlier pixels and inside the earlier map."""
    coder, values = _decoded("7.5.7", discs(8, 8, 2), 512, 512)
    whole = [step for step in coder.steps if (step.get("map"), step.get("x"), step.get("y")) in ((0, 0, 0), (1, 5, 3))]
    return {**values, **_decisions(coder.steps, whole, lambda _: True)}


def trace_fine() -> Values:
    """A fine map: the first decisions, all that are not flat, and two pixels whole, the second where both contours are long."""
    coder, values = _decoded("7.5.4", ellipse(80, 56), 80, 56)
    [grid] = coder.maps
    pixels = [step for step in coder.steps if step["of"] == "fine"]
    lines = {step["index"]: _lines(grid, step["x"], step["y"]) for step in pixels}
    far = next(step for step in pixels if all(row["number"] >= LONG for row in lines[step["index"]]))
    whole = [pixels[0], far]
    for step in whole:
        step["contours"] = lines[step["index"]]
    return {**values, **_decisions(coder.steps, whole, _is_eventful)}


def _is_eventful(step: Values) -> bool:
    return bool(step["of"] != "flat" or step["bit"] != step["colour"])


def _lines(grid: Map, x: int, y: int) -> list[Values]:
    """The contours of a pixel, which look only at pixels before it."""
    lines = contours(pixel_of(grid, x, y), alike_above(grid, x, y))
    return [{"steps": line.steps, "number": len(line.steps), "straight": line.straight} for line in lines]


def trace_reduced() -> Values:
    """A map that is coded reduced, as a coarse one."""
    columns, rows = 80, 60
    maps = Maps((scale.enlarged(discs(16, 12, 1).maps[0], rows, columns),))
    coder, values = _decoded("7.5.3", maps, columns, rows)
    [small], [grid] = coder.coded, coder.maps
    pixels = [step for step in coder.steps if step["of"] == "coarse"]
    whole = [pixels[0], next(after for step, after in pairwise(pixels) if step["bit"])]
    y = rows // 2
    edge = next(x for x in range(columns) if grid[y][x])
    enlarged = [
        {"X": x, "Y": y, **between(small, x, y, columns, rows)._asdict(), "pixel": grid[y][x]}
        for x in (0, edge - 1, edge)
    ]
    values |= {"reduced": _rows(small), "half": 2 * columns * rows, "enlarged": enlarged}
    return {**values, **_decisions(coder.steps, whole, lambda _: True)}


def _decoded(clause: str, maps: Maps, width: int, height: int) -> tuple[TracedCoder, Values]:
    file = write(Stream(width, height, maps=maps, methods={"maps": "context"}))
    payload = payload_of(file, "maps")
    codeword = payload.rest()
    coder = TracedCoder(TracedDecisions(codeword))
    decode_with(coder, payload.picture)
    values = {"clause": clause, "file": file.hex(), "codeword": codeword.hex()}
    return coder, {**values, "maps": [_rows(grid) for grid in coder.maps]}


def _rows(grid: Map) -> list[str]:
    return ["".join(map(str, row)) for row in grid]


def _decisions(steps: list[Values], whole: list[Values], shown: Callable[[Values], bool]) -> Values:
    """The decisions: all in brief, the first ones and those that are to be shown, and those that are shown whole."""
    columns = {f"all_{name}": brief([step[name] for step in steps]) for name in ("ones", "bit", "position")}
    pixels = [
        {name: step[name] for name in ("index", "map", "x", "y", *WHOLE, "contours") if name in step} for step in whole
    ]
    first = [
        {name: value for name, value in step.items() if name not in (*WHOLE, "contours")}
        for step in steps
        if step["index"] < FIRST_DECISIONS or shown(step)
    ]
    return {**columns, "decisions": first, "pixels": pixels}


# The tables of the document

DECISIONS = ("decision", "of", "x, y", "ones", "split", "D", "range", "bit", "position")


def fine_tables(trace: Values) -> list[Table]:
    """Decisions of every kind, and the second of the pixels that are shown whole."""
    steps = trace["decisions"]
    kinds = (
        [step for step in steps if step["of"] == "fields"],
        [step for step in steps if step["of"] == "flat"][:2],
        [step for step in steps if step["of"] == "flat" and step["bit"] != step["colour"]],
        [step for step in steps if step["of"] == "fine"][:4],
    )
    pixel = trace["pixels"][1]
    own = next(step for step in steps if step["index"] == pixel["index"])
    shown = [step for kind in kinds for step in kind]
    place = f"({pixel['x']}, {pixel['y']})"
    flat = next(step for step in steps if step["of"] == "flat")
    parts = ", ".join(f"{name} {flat[name]}" for name in ("colour", "change", "around"))
    context = f"The context of the first flat pixel is {flat['context']}: {parts}."
    return [
        _decision_table(trace, [*shown, own], context),
        Table(f"The inputs of the pixel at {place}:", ("inputs", "values"), _fine_inputs(pixel["inputs"])),
        Table(
            "Its contours, a letter for each step (up, left, down, right), and their straight inputs:",
            ("contour", "steps", "number of steps", "straight"),
            [
                (name, "".join(step[0] for step in line["steps"]), line["number"], _list(line["straight"]))
                for name, line in zip(("first", "second"), pixel["contours"], strict=True)
            ],
        ),
        _layer_table(f"Its layers, `ones` being {own['ones']} and the bit {own['bit']}:", pixel),
    ]


def reduced_tables(trace: Values) -> list[Table]:
    """The first decisions, pixels between those of the reduced map, and the layers of a coarse pixel."""
    steps = trace["decisions"]
    pixel = trace["pixels"][1]
    own = next(step for step in steps if step["index"] == pixel["index"])
    names = ("X", "Y", "x0", "fx", "y0", "fy", "v", "pixel")
    reduced = trace["reduced"]
    layers = f"The layers of the coarse pixel at ({pixel['x']}, {pixel['y']}), `ones` being {own['ones']} and the bit {own['bit']}:"
    return [
        _decision_table(trace, [*steps[:14], own]),
        Table(
            f"The reduced map has {len(reduced[0])} columns and {len(reduced)} rows. A pixel is set if `v` is at least "
            f"{trace['half']}:",
            names,
            [[row[name] for name in names] for row in trace["enlarged"]],
        ),
        Table(
            f"The inputs of the coarse pixel at ({pixel['x']}, {pixel['y']}):",
            ("inputs", "values"),
            _coarse_inputs(pixel["inputs"]),
        ),
        _layer_table(layers, pixel),
    ]


def _decision_table(trace: Values, steps: list[Values], more: str = "") -> Table:
    body = [
        (
            step["index"], step["of"], f"{step['x']}, {step['y']}" if "x" in step else "",
            *(step[name] for name in ("ones", "split", "D", "range", "bit", "position")),
        )
        for step in steps
    ]  # fmt: skip
    caption = f"Some of its {trace['all_bit']['count']} decisions. {more}".strip()
    return Table(caption, DECISIONS, body)


def _layer_table(caption: str, pixel: Values) -> Table:
    changes = enumerate(zip(pixel["third"], pixel["third_after"], strict=True))
    layers = {
        "hidden": [f"{h}: {value}" for h, value in enumerate(pixel["hidden"]) if value],
        "experts": [f"{e}: {value}" for e, value in enumerate(pixel["experts"]) if value],
        "third": [f"{e}: {old} to {new}" for e, (old, new) in changes if old != new],
    }
    rows = [(f"{name}, {len(values)} elements", _list(values[:SHOWN])) for name, values in layers.items()]
    head = ("layer", f"elements that are not 0, or change behind the pixel, the first {SHOWN} of them")
    return Table(caption, head, [*rows, ("logit", pixel["logit"])])


def _rows_of(rows: Sequence[tuple[int, int, int]], inputs: Sequence[int]) -> list[tuple[object, object]]:
    """The pixels among the inputs, a row of digits for each row of the map."""
    body: list[tuple[object, object]] = []
    start = 0
    for j, first, last in rows:
        count = last - first + 1
        body.append((f"P( {first}..{last}, {j} )", f"`{_digits(inputs[start : start + count])}`"))
        start += count
    return body


def _fine_inputs(inputs: Sequence[int]) -> list[tuple[object, object]]:
    body = _rows_of(FINE_ROWS, inputs)
    start = sum(last - first + 1 for _, first, last in FINE_ROWS)
    groups = [("union of the earlier maps, 49", 49)]
    contour = 2 * len(CORNERS) + 2
    groups += [("first contour", contour), ("second contour", contour), ("min( right, 25 )", 1)]
    groups += [
        ("pixels alike to the left", 1),
        ("above, to the left", 1),
        ("above, upwards", 1),
        ("borders", 4),
        ("size", 1),
    ]
    groups += [("straight of the first contour", 2), ("straight of the second contour", 3)]
    return [*body, *_grouped(groups, inputs[start:])]


def _coarse_inputs(inputs: Sequence[int]) -> list[tuple[object, object]]:
    body = _rows_of(COARSE_ROWS, inputs)
    start = sum(last - first + 1 for _, first, last in COARSE_ROWS)
    groups = [("union of the earlier maps, 25", 25), ("last of them, 9", 9), ("number of earlier maps", 1)]
    groups += [
        ("place", 2),
        ("borders", 4),
        ("size", 1),
        ("seen, in this row, above", 3),
        ("leftmost, rightmost", 2),
        ("areas", 2),
    ]
    return [*body, *_grouped(groups, inputs[start:])]


def _grouped(groups: list[tuple[str, int]], inputs: Sequence[int]) -> list[tuple[object, object]]:
    body: list[tuple[object, object]] = []
    for name, count in groups:
        part, inputs = inputs[:count], inputs[count:]
        body.append((name, _list(part) if any(part) or count == 1 else "all 0"))
    assert not inputs
    return body


def _digits(pixels: Sequence[int]) -> str:
    return "".join(map(str, pixels))


def _list(values: Sequence[object]) -> str:
    return ", ".join(map(str, values))


EXAMPLE_COARSE = Example(trace_coarse)
EXAMPLE_FINE = Example(trace_fine, fine_tables)
EXAMPLE_REDUCED = Example(trace_reduced, reduced_tables)
