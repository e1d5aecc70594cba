"""The measuring itself, a picture at a time: what came back of it in each set, and what other codecs make of it at the same rates."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

import misc_format
from misc_format.components import Samples
from misc_format.engine.pool import Begun, Order, Part, Pool, StoppedError, in_order, run_here
from misc_format.engine.rows import component_bits
from reference_codec.evaluation import anchors, metrics
from reference_codec.evaluation.anchors import Anchor
from reference_codec.evaluation.metrics import METRICS, Where
from reference_codec.evaluation.sets import FILE, Found, Set
from reference_codec.pictures.files import load
from reference_codec.pictures.samples import rgb

CROP = 192  # pixels
OTHER_SIZE = "the picture has {0}x{1} pixels and its original {2}x{3}"


@dataclass(frozen=True)
class Plan:
    """All that a worker must know. `options`: of the decoder for files without a picture. `scratch`: where decoded pictures are left
    for metrics of whole sets."""

    originals: dict[str, Path]
    sets: list[Set]
    anchors: list[Anchor]
    metrics: list[str]
    where: Where
    options: Any
    shown: frozenset[str]
    scratch: Path | None = None


@dataclass
class Row:
    """One picture in one set, or under one anchor at the rate of one set. Width and height are the original's, 0 if unread."""

    label: str
    set: str
    picture: str
    width: int = 0
    height: int = 0
    bits: int | None = None
    parts: dict[str, int] = field(default_factory=dict)
    values: dict[str, float | None] = field(default_factory=dict)
    problem: str | None = None
    anchor: bool = False
    crop: bytes | None = None
    decoded: Path | None = None

    @property
    def bpp(self) -> float | None:
        """Bits over the original's pixels."""
        return None if self.bits is None else self.bits / (self.width * self.height)


class Window(NamedTuple):
    """The part of a picture that a contact sheet shows."""

    left: int
    top: int


class Station:
    """What a worker keeps between pictures: loaded metrics and the decoder."""

    def __init__(self, plan: Plan) -> None:
        from reference_codec.decoder import Decoder

        self.plan = plan
        self.measures, _ = metrics.load([name for name in plan.metrics if not METRICS[name].whole], plan.where)
        self.decoder = Decoder(plan.options)

    def __call__(self, order: Order) -> Iterator[Begun | Part]:
        """The rows of a picture, by its name; where it cannot be measured, a row with the reason for each set that has it."""
        yield Begun(0, 1)
        try:
            if order.fault is not None:
                raise order.fault.error
            rows = self.rows(order.unit)
        except Exception as error:
            problem = str(error) or type(error).__name__
            sets = (each for each in self.plan.sets if order.unit in each.found)
            rows = [Row(each.label, each.name, order.unit, problem=problem) for each in sets]
        yield Part(rows, 1)

    def rows(self, name: str) -> list[Row]:
        """All rows of a picture: those of the sets, then of the anchors. Raises `OSError` where the original cannot be read."""
        original = rgb(load(self.plan.originals[name]).samples)
        window = busiest(original)
        rows = [
            row for each in self.plan.sets if name in each.found for row in [self._row(each, name, original, window)]
        ]
        if name in self.plan.shown:
            height, width = original.shape[:2]
            rows.insert(0, Row("original", "original", name, width, height, crop=_cut(original, window)))
        for anchor in self.plan.anchors:
            rows += self._anchored(anchor, name, original, window, [row for row in rows if row.bits and not row.anchor])
        return rows

    def _row(self, one: Set, name: str, original: Samples, window: Window) -> Row:
        height, width = original.shape[:2]
        row = Row(one.label, one.name, name, width, height)
        try:
            row.bits, row.parts = _bits(one.found[name])
            self._fill(row, original, self._samples(one.found[name]), window)
        except Exception as error:  # one bad file among many is its own row's problem
            row.problem = str(error) or type(error).__name__
        return row

    def _samples(self, found: Found) -> Samples:
        if found.picture is not None:
            return rgb(load(found.picture).samples)
        assert found.file is not None
        return rgb(self.decoder.paint(misc_format.read(found.file)))

    def _anchored(
        self, anchor: Anchor, name: str, original: Samples, window: Window, peers: list[Row]
    ) -> Iterator[Row]:
        height, width = original.shape[:2]
        wanted = {row.set: row.bits for row in peers if row.bits} if anchor.name != anchors.MODEL else {"": 0}
        for place, bits in wanted.items():
            row = Row(anchor.title, place, name, width, height, anchor=True)
            try:
                made = anchors.at_rate(original, anchor, bits) if bits else anchors.by_model(original, anchor)
                if made is None:
                    row.problem = f"takes more than {bits:,} bits at its lowest quality and a third of the size"
                else:
                    row.bits = made.bits
                    self._fill(row, original, rgb(made.samples), window)
            except Exception as error:
                row.problem = str(error) or type(error).__name__
            yield row

    def _fill(self, row: Row, original: Samples, decoded: Samples, window: Window) -> None:
        if decoded.shape != original.shape:
            raise ValueError(OTHER_SIZE.format(*decoded.shape[1::-1], *original.shape[1::-1]))
        for name, measure in self.measures.items():
            row.values[name] = measure(original, decoded)
        if row.picture in self.plan.shown:
            row.crop = _cut(decoded, window)
        if self.plan.scratch is not None:
            row.decoded = self.plan.scratch / f"{row.label}-{row.set}-{row.picture}".replace("/", "-")
            Image.fromarray(decoded).save(row.decoded, format="PNG", compress_level=1)


def _bits(found: Found) -> tuple[int | None, dict[str, int]]:
    """The bits of a file, and of its parts where it is one of this format."""
    if found.file is None:
        return None, {}
    data = found.file.read_bytes()
    if found.file.suffix.lower() != FILE:
        return 8 * len(data), {}
    return 8 * len(data), component_bits(misc_format.account(data))


def busiest(samples: Samples) -> Window:
    """The window with the strongest edges: where codecs differ. The first of equals."""
    grey = samples.astype(np.int64).sum(axis=2)
    edges = np.zeros(grey.shape, np.int64)
    edges[:, 1:] += np.abs(np.diff(grey, axis=1))
    edges[1:] += np.abs(np.diff(grey, axis=0))
    height, width = (min(CROP, side) for side in grey.shape)
    sums = np.zeros((grey.shape[0] + 1, grey.shape[1] + 1), np.int64)
    sums[1:, 1:] = edges.cumsum(0).cumsum(1)
    inside = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
    top, left = np.unravel_index(int(inside.argmax()), inside.shape)
    return Window(int(left), int(top))


def _cut(samples: Samples, window: Window) -> bytes:
    """The window as a WebP file without loss."""
    stream = io.BytesIO()
    part = samples[window.top : window.top + CROP, window.left : window.left + CROP]
    Image.fromarray(np.ascontiguousarray(part)).save(stream, format="WEBP", lossless=True)
    return stream.getvalue()


def run(plan: Plan, workers: int, progress: Callable[[int, int], None]) -> list[Row]:
    """All rows, in the order of the pictures. A single picture is measured in this process. Raises what concerns every picture."""
    names = list(plan.originals)
    make = partial(Station, plan)
    found: list[Row] = []
    with Pool(make, min(workers, len(names))) as pool:
        events = run_here(make, names) if len(names) < 2 else pool.run(names, ordered=True)
        try:
            for count, rows in enumerate(in_order(events), 1):
                found += rows
                progress(count, len(names))
        except StoppedError as error:
            raise error.cause from None
    return found
