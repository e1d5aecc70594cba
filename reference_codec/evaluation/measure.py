"""Pictures measured one by one: the decoded picture of each set, and that of each anchor at the same rates."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

import misc_format
from misc_format.components import Samples, Size
from misc_format.engine.pool import Begun, Order, Part, Pool, StoppedError, in_order, run_here
from misc_format.engine.rows import component_bits
from misc_format.pictures import icc_of, in_srgb, load
from misc_format.system.reading import read_file
from reference_codec.decoder import Decoder, Options
from reference_codec.evaluation import anchors, metrics
from reference_codec.evaluation.anchors import Anchor
from reference_codec.evaluation.metric_libraries import Where
from reference_codec.evaluation.metrics import METRICS
from reference_codec.evaluation.sets import Counterpart, EvaluatedSet, Unmeasured, is_bitstream, rate_titles
from reference_codec.pictures.samples import rgb

CROP = 192  # pixels on a side
OTHER_SIZE = "the picture has {0}x{1} pixels and its original {2}x{3}"
NO_PICTURE = "no decoded picture: the set has those of other originals, so its file is not decoded here"
OTHER_FRAME = "the file is of a picture of {0}x{1} pixels and its original has {2}x{3}"


@dataclass(frozen=True)
class Plan:
    """All that a worker must know.

    `originals`: by name. `metrics`: names of `METRICS`. `options`: of the decoder for files without a picture. `shown`: the names of
    pictures on the contact sheet. `scratch`: a folder where decoded pictures are kept for metrics of whole sets; None if there are none.
    `strangers`: the files outside the sets that nothing takes.
    """

    originals: dict[str, Path]
    sets: list[EvaluatedSet]
    anchors: list[Anchor]
    metrics: list[str]
    where: Where
    options: Options
    shown: frozenset[str]
    scratch: Path | None = None
    strangers: list[Unmeasured] = field(default_factory=list)


class MeasuredFile(NamedTuple):
    """A file that was counted. `sha256`: in hexadecimal digits."""

    name: str
    sha256: str
    bytes: int


@dataclass
class Row:
    """One picture in one set, or under one anchor at the rate of one set.

    `width`, `height`: of the original; 0 if it cannot be read. `bits`: of all its files; None if there are none, or one cannot be
    counted. `parts`: the bits of the parts of files of this format. `values`: of the metrics. `problem`: why the picture could not be
    measured. `notes`: about conversions of the original and the decoded picture, and about values that are not defined. `anchor`: whether
    it was coded by an anchor. `crop`: a WebP file for the contact sheet. `decoded`: where the decoded picture is kept. `files`: those that
    were read. `original`: whether it is the original itself, for the contact sheet. `painted`: whether this program decoded it from its
    file.
    """

    label: str
    set: str
    picture: str
    width: int = 0
    height: int = 0
    bits: int | None = None
    parts: dict[str, int] = field(default_factory=dict)
    values: dict[str, float | None] = field(default_factory=dict)
    problem: str | None = None
    notes: list[str] = field(default_factory=list)
    anchor: bool = False
    crop: bytes | None = None
    decoded: Path | None = None
    files: list[MeasuredFile] = field(default_factory=list)
    original: bool = False
    painted: bool = False

    @property
    def bpp(self) -> float | None:
        """Bits per pixel of the original."""
        return None if self.bits is None else self.bits / self.pixels

    @property
    def pixels(self) -> int:
        """The pixels of the original."""
        return self.width * self.height


class Window(NamedTuple):
    """The upper left corner of the part of a picture that a contact sheet shows, in pixels."""

    left: int
    top: int


class Worker:
    """Measures pictures. It keeps the loaded metrics and the decoder between them."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.measures, _ = metrics.load([name for name in plan.metrics if not METRICS[name].whole], plan.where)
        self.decoder = Decoder(plan.options)
        self.titles = rate_titles((each.label, each.name) for each in plan.sets)

    def __call__(self, order: Order) -> Iterator[Begun | Part]:
        """The rows of a picture. If its original cannot be read, a row with the reason for each set that has the picture."""
        yield Begun(0, 1)
        try:
            if order.fault is not None:
                raise order.fault.error
            rows = self.rows(order.unit)
        except Exception as error:
            problem = str(error) or type(error).__name__
            rows = [
                Row(evaluated.label, evaluated.name, order.unit, problem=problem)
                for evaluated in self._sets_with(order.unit)
            ]
        yield Part(rows, 1)

    def _sets_with(self, name: str) -> list[EvaluatedSet]:
        """The sets that have a counterpart of the original of this name."""
        return [evaluated for evaluated in self.plan.sets if name in evaluated.counterparts]

    def rows(self, name: str) -> list[Row]:
        """All rows of a picture: that of the original for the contact sheet, those of the sets, those of the anchors.

        Raises `OSError` if the original cannot be read.
        """
        loaded = load(self.plan.originals[name])
        original = rgb(loaded.samples)
        window = busiest(original)
        height, width = original.shape[:2]
        shown = name in self.plan.shown
        sheet = Row("original", "original", name, width, height, crop=_cut(original, window), original=True)
        of_sets = [self._set_row(evaluated, name, original, window) for evaluated in self._sets_with(name)]
        of_anchors = [
            self._anchor_row(anchor, set_name, bits, name, original, window)
            for anchor in self.plan.anchors
            for set_name, bits in _rates(anchor, of_sets, self.titles).items()
        ]
        for row in of_sets:
            row.notes[:0] = (f"original: {note}" for note in loaded.notes)
        return [*([sheet] if shown else []), *of_sets, *of_anchors]

    def _set_row(self, evaluated: EvaluatedSet, name: str, original: Samples, window: Window) -> Row:
        height, width = original.shape[:2]
        row = Row(evaluated.label, evaluated.name, name, width, height)
        counterpart = evaluated.counterparts[name]
        try:
            _count(row, counterpart.files)
            row.painted = evaluated.painted
            if counterpart.picture is None and not evaluated.painted:
                raise ValueError(NO_PICTURE)
            self._measure(row, original, self._decoded(counterpart, row.notes), window)
        except Exception as error:  # a bad file among many is a problem of its own row only
            row.problem = str(error) or type(error).__name__
        return row

    def _decoded(self, counterpart: Counterpart, notes: list[str]) -> Samples:
        """The decoded picture in sRGB; of a file without one, by the decoder."""
        if counterpart.picture is not None:
            picture = load(counterpart.picture)
            notes += (f"decoded: {note}" for note in picture.notes)
            return rgb(picture.samples)
        [file] = counterpart.files
        stream = misc_format.read(file)
        shown = in_srgb(self.decoder.paint(stream), icc_of(stream))
        notes += (f"decoded: {note}" for note in shown.notes)
        return rgb(shown.samples)

    def _anchor_row(
        self, anchor: Anchor, set_name: str, bits: int | None, name: str, original: Samples, window: Window
    ) -> Row:
        """The row of an anchor within the bits of a set's file; None: at the anchor's own rate."""
        height, width = original.shape[:2]
        row = Row(anchor.title, set_name, name, width, height, anchor=True)
        try:
            coded = anchors.by_model(original, anchor) if bits is None else anchors.at_rate(original, anchor, bits)
            if coded is None:
                row.problem = f"takes more than {bits:,} bits at its lowest quality and a third of the size"
            else:
                row.bits = coded.bits
                self._measure(row, original, rgb(coded.samples), window)
        except Exception as error:  # as of a set
            row.problem = str(error) or type(error).__name__
        return row

    def _measure(self, row: Row, original: Samples, decoded: Samples, window: Window) -> None:
        """Fill in the values of a row, and what is kept of the decoded picture. Raises ValueError if that has another size."""
        if decoded.shape != original.shape:
            raise ValueError(OTHER_SIZE.format(*decoded.shape[1::-1], *original.shape[1::-1]))
        for name, measure in self.measures.items():
            row.values[name] = value = metrics.finite(measure(original, decoded))
            if value is None:
                row.notes.append(f"{METRICS[name].title}: no value: {METRICS[name].undefined}")
        if row.picture in self.plan.shown:
            row.crop = _cut(decoded, window)
        if self.plan.scratch is not None:
            key = repr((row.label, row.set, row.picture)).encode(
                "utf-8", "surrogatepass"
            )  # a name that every system takes
            row.decoded = self.plan.scratch / hashlib.sha256(key).hexdigest()
            Image.fromarray(decoded).save(row.decoded, format="PNG", compress_level=1)


def _rates(anchor: Anchor, rows: list[Row], titles: dict[tuple[str, str], str]) -> dict[str, int | None]:
    """The bits of the picture's file in each set that has one, by title of the set. A model has one rate of its own, under no name."""
    if anchor.name == anchors.MODEL:
        return {"": None}
    return {titles[row.label, row.set]: row.bits for row in rows if row.bits}


def _count(row: Row, files: Sequence[Path]) -> None:
    """Fill in the bits of all files of a row. Raises `OSError`, `MiscError`, `ValueError`: then the row has no bits."""
    counts = []
    for file in files:
        data = read_file(file)
        row.files.append(MeasuredFile(file.name, hashlib.sha256(data).hexdigest(), len(data)))
        counts.append(bits_of(file.name, data, Size(row.width, row.height)))
    if counts:
        row.bits, row.parts = total(counts)
    if len(files) > 1:
        row.notes.append(f"the bits are those of {len(files)} files: {', '.join(file.name for file in files)}")


def total(counts: Sequence[tuple[int, dict[str, int]]]) -> tuple[int, dict[str, int]]:
    """The bits of several files, and of their parts."""
    parts: dict[str, int] = {}
    for _, each in counts:
        for path, bits in each.items():
            parts[path] = parts.get(path, 0) + bits
    return sum(bits for bits, _ in counts), parts


def bits_of(name: str, data: bytes, size: Size) -> tuple[int, dict[str, int]]:
    """The bits of a file, and of its parts if it is of this format.

    `size`: of the original. Raises `MiscError`, or `ValueError` if a file of this format is of a picture of another size.
    """
    if not is_bitstream(name):
        return 8 * len(data), {}
    account = misc_format.account(data)
    if (account.width, account.height) != size:
        raise ValueError(OTHER_FRAME.format(account.width, account.height, *size))
    return 8 * len(data), component_bits(account)


def busiest(samples: Samples) -> Window:
    """The window with the strongest edges, where codecs differ most. The first of equals."""
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
    """The window as a lossless WebP file."""
    stream = io.BytesIO()
    part = samples[window.top : window.top + CROP, window.left : window.left + CROP]
    Image.fromarray(np.ascontiguousarray(part)).save(stream, format="WEBP", lossless=True)
    return stream.getvalue()


def run(plan: Plan, workers: int, progress: Callable[[int, int], None]) -> list[Row]:
    """All rows, in the order of the pictures. A single picture is measured in this process. Raises what concerns every picture.

    `progress`: called with the number of measured pictures and the number of all pictures.
    """
    names = list(plan.originals)
    make = partial(Worker, plan)
    measured: list[Row] = []
    with Pool(make, min(workers, len(names))) as pool:
        events = run_here(make, names) if len(names) < 2 else pool.run(names, ordered=True)
        try:
            for count, rows in enumerate(in_order(events), 1):
                measured += rows
                progress(count, len(names))
        except StoppedError as error:
            raise error.cause from None
    return measured
