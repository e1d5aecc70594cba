"""Clause 9: the latents of a small picture: hyper-latents, features, means, scales and symbols."""

from __future__ import annotations

from itertools import cycle

import numpy as np
from numpy.typing import NDArray

from misc_format import Latents, Stream, write
from misc_format.coders.image.latentmodel.model import Model
from misc_format.coders.image.latents import MODEL
from misc_format.testing.latent_pattern import conforming

from ...plain.bits import Size
from ...plain.latents import STRIDES, LatentsDecoder, LatentsModel, own_places, places
from ...plain.modelfile import Integers
from ...plain.tables import table
from .form import Example, Table, Values, payload_of
from .tracing import TracedRangeDecoder

PICTURE = Size(64, 64)
QUALITY = 40
USUAL = (0, 1, 0, -1, 0, 0, 2, 0, 0, -2, 1, 0, 0)
FAR = -23  # the third value of SHOWN_PASS, which takes an escape
SHOWN_PASS = 5
SHOWN_SYMBOLS, SHOWN_LATENTS = 12, 12


class TracedModel(LatentsModel):
    """The networks, with their results noted."""

    def __init__(self, file: bytes) -> None:
        super().__init__(file)
        self.found: list[tuple[Integers, Integers, Integers]] = []  # a, b and c of each pass

    def layers(self, p: int, features: Integers, known: Integers) -> tuple[Integers, Integers, Integers]:
        """Clause 9.6.2."""
        self.found.append(super().layers(p, features, known))
        return self.found[-1]


class TracedDecoder(LatentsDecoder):
    """Clause 9.7. A step says which value of its part a symbol belongs to, and a symbol of an escape, that it does."""

    decoder: TracedRangeDecoder

    def __init__(self, model: LatentsModel, codeword: bytes, quality: int, picture: Size) -> None:
        super().__init__(model, codeword, quality, picture)
        self.decoder = TracedRangeDecoder(codeword)
        self.parts: list[list[Values]] = []

    def part(self, scales: Integers) -> Integers:
        """The values of a part."""
        first = len(self.decoder.steps)
        values = super().part(scales)
        steps = self.decoder.steps[first:]
        coded = [index for index, scale in enumerate(scales.tolist()) if scale]
        for index, step in zip(coded, steps, strict=False):
            step |= {"value_index": index, "scale": int(scales[index]), "value": int(values[index])}
        for step in steps[len(coded) :]:
            step["of_an_escape"] = True
        self.parts.append(steps)
        return values


def example_latents() -> Latents:
    """Small numbers, and one that takes an escape."""
    usual = cycle(USUAL)
    parts = iter(range(-1, len(STRIDES)))  # the hyper-latents, then the passes

    def numbers(count: int) -> NDArray[np.int64]:
        values = np.array([next(usual) for _ in range(count)], np.int64)
        if next(parts) == SHOWN_PASS:
            values[2] = FAR
        return values

    return conforming(Model.shipped(MODEL), QUALITY, *places(PICTURE), numbers)


def trace() -> Values:
    """All values of all parts."""
    content = example_latents()
    file = write(Stream(*PICTURE, image=content, methods={"image": "latents"}))
    payload = payload_of(file, "image")
    grey, quality = payload.u(1, "image/grey_picture"), payload.u(7, "image/quality")
    codeword = payload.rest()
    model = TracedModel(table("latents-1.bin"))
    decoder = TracedDecoder(model, codeword, quality, payload.picture)
    z = decoder.decode_z()
    found = decoder.decode_y(z)
    hyper_latents = z + model.hyper_means[quality]
    features = model.features(hyper_latents, quality)[: decoder.rows, : decoder.columns]
    found_places, symbols = [], _symbols("z", decoder.parts[0])
    for p, ((a, b, c), steps) in enumerate(zip(model.found, decoder.parts[1:], strict=True)):
        for row, column in zip(*(own.tolist() for own in own_places(p, *a.shape[:2])), strict=True):
            at = row * STRIDES[p], column * STRIDES[p]
            layers = {"a": a[row, column], "b": b[row, column], "c": c[row, column]}
            latent = {"M": found.means[at], "S": found.scales[at], "values": found.values[at]}
            numbers = {name: value.tolist() for name, value in {"features": features[at], **layers, **latent}.items()}
            found_places.append({"pass": p, "row": at[0], "column": at[1], **numbers})
        symbols += _symbols(p, steps)
    hyper = {"hyper_means": model.hyper_means[quality], "hyper_scales": model.hyper_scales[quality], "z": z[0, 0]}
    return {
        "clause": "9", "file": file.hex(), "grey_picture": grey, "quality": quality, "codeword": codeword.hex(),
        **{name: values.tolist() for name, values in hyper.items()}, "hyper_latents": hyper_latents[0, 0].tolist(),
        "places": found_places, "symbols": symbols,
    }  # fmt: skip


def _symbols(part: str | int, steps: list[Values]) -> list[Values]:
    return [{"part": part, **step} for step in steps]


def tables(trace: Values) -> list[Table]:
    """The hyper-latents, the layers of one place, its first latents, and the symbols of an escape."""
    symbols = trace["symbols"]
    place = next(place for place in trace["places"] if place["pass"] == SHOWN_PASS)
    where = f"row {place['row']}, column {place['column']}"
    latent = [(k, place["M"][k], place["S"][k], place["values"][k]) for k in range(SHOWN_LATENTS)]
    names = ("part", "D", "range", "quantile", "below", "frequency", "symbol", "position")
    escaped = next(step for step in symbols if step.get("symbol") == 31 and "value" in step)
    own = [step for step in symbols if step["part"] == escaped["part"]]
    escape = [escaped, *(step for step in own if "of_an_escape" in step)]
    return [
        Table(
            f"The only hyper-place, at quality {trace['quality']}:",
            ("channel", *range(len(trace["z"]))),
            [(name, *trace[name]) for name in ("hyper_scales", "z", "hyper_means", "hyper_latents")],
        ),
        Table(
            f"The place in {where}, in pass {place['pass']}, the first eight of each:",
            ("numbers", "values"),
            [(name, ", ".join(map(str, place[name][:8]))) for name in ("features", "a", "b", "c", "M", "S", "values")],
        ),
        Table("Its first latents:", ("channel k", "M", "S", "value"), latent),
        Table(
            "The first symbols of this pass:",
            names,
            [[step[name] for name in names] for step in symbols if step["part"] == SHOWN_PASS][:SHOWN_SYMBOLS],
        ),
        Table(
            f"The escape of the value {escaped['value']}: its symbol, and what stands behind all symbols of the part:",
            names,
            [[step[name] for name in names] for step in escape],
        ),
    ]


EXAMPLE = Example(trace, tables)
