"""Train, quantise, measure and export a model for pixel grids (clause 8.5).

    python -m reference_codec.training.grid_context PHOTOS_FOLDER -o grid-context-1.bin --heldout OTHER_FOLDER

Each round draws parts of the photos, makes grids of many sizes and depths from them, and uses each of their samples once. It needs the
extra "training", and a quarter of an hour on two cores. The exported integers mean the same on every machine; training in floating point
does not.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.progress import track
from torch import Tensor, nn

from misc_format.coders.image.gridmodel import context
from misc_format.coders.image.gridmodel.model import Model
from misc_format.coders.image.gridmodel.network import EXP2_ENTRIES, LOGISTIC_ENTRIES, MAX_ELEMENT, ONE, OUTPUTS, PARTS
from misc_format.coders.image.levels import quantise
from misc_format.components import Samples, Size
from misc_format.pictures import load
from misc_format.system.compiled import compiled
from misc_format.system.files import replacing
from reference_codec.images.grid import stretch
from reference_codec.pictures.samples import rgb, size_of
from reference_codec.training.schedule import Average, Schedule

HIDDEN, HIDDEN2 = 96, 48
ROUNDS, CELLS, BATCH = 8, 1_000_000, 4096
RATE, DECAY = 4e-3, 1e-3
SCHEDULE = Schedule(warm_up=200, last=0.01)
AVERAGE = Average(decay=0.998, delay=50)
SIDE = 640  # pixels on the long side of a photo from which grids are drawn
COLUMNS = (8, 12, 16, 24)
DEPTHS, DEPTH_SHARES = range(1, 9), (0.02, 0.02, 0.04, 0.17, 0.15, 0.28, 0.15, 0.17)
CHANNELS = (1, 0, 2)  # of each plane
FAR = 1 << 24  # an edge with nothing beyond it
UNIT = 1 / 64  # of an input, in floating point
POSITION = 1024  # 16ths of a unit for an output of 1
LIMIT = (MAX_ELEMENT + 1) / 128
console = Console()


class Net(nn.Module):
    """The three layers, before they are quantised."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.first = nn.Linear(inputs, HIDDEN)
        self.second = nn.Linear(HIDDEN, HIDDEN2)
        self.third = nn.Linear(HIDDEN2, OUTPUTS)
        with torch.no_grad():
            self.third.weight.mul_(0.1)
            self.third.bias.zero_()
            self.third.bias[PARTS : 2 * PARTS] = torch.linspace(-1, 1, PARTS)

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs (samples, OUTPUTS) for inputs (samples, inputs)."""
        hidden = torch.relu(self.first(inputs * UNIT)).clamp(max=LIMIT)
        outputs: Tensor = self.third(torch.relu(self.second(hidden)).clamp(max=LIMIT))
        return outputs


def bits(outputs: Tensor, edges: Tensor) -> Tensor:
    """The bits (samples,) of samples between these edges (samples, 2), which are in 16ths of a unit from the middle.

    `outputs` are those of `Net`: positions, scales and shares of the logistic distributions of a mixture.
    """
    positions, logits = POSITION * outputs[:, :PARTS], outputs[:, 2 * PARTS :]
    factors = torch.exp2(-(7 + 2 * outputs[:, PARTS : 2 * PARTS]).clamp(1, 13))
    low, high = (edges[:, :1] - positions) * factors, (edges[:, 1:] - positions) * factors
    sign = torch.where(low + high > 0, -1.0, 1.0)  # towards 0, where a sigmoid keeps small differences
    parts = (torch.sigmoid(high * sign) - torch.sigmoid(low * sign)) * sign
    probability, remainder = torch.zeros_like(parts[:, 0]), torch.ones_like(parts[:, 0])
    for k in range(PARTS):
        share = remainder * torch.sigmoid(logits[:, k]) if k < PARTS - 1 else remainder
        probability, remainder = probability + share * parts[:, k], remainder - share
    return -torch.log2(probability * (1 - 2**-15) + 2**-20)


@compiled
def _walk(levels: Any, depth: int, plane: int, values: Any, errors: Any, sums: Any, inputs: Any, edges: Any) -> None:
    """Fill in the inputs and edges of each sample of a plane."""
    max_level = (1 << depth) - 1
    for row in range(levels.shape[0]):
        for column in range(levels.shape[1]):
            cell = row * levels.shape[1] + column
            base = context.describe(inputs[cell], values, errors, sums, plane, row, column, depth)
            centre = context.centre(values, plane, row, column, base)
            level = levels[row, column]
            edges[cell, 0] = context.edge(level, max_level) - 16 * centre if level > 0 else -FAR
            edges[cell, 1] = context.edge(level + 1, max_level) - 16 * centre if level < max_level else FAR
            context.settle(values, errors, sums, plane, row, column, base, context.unit(level, max_level))


def samples(levels: Samples, depth: int) -> Iterator[tuple[NDArray[np.int16], NDArray[np.int32]]]:
    """The inputs (samples, inputs) and edges (samples, 2) of a grid (rows, columns, planes), plane by plane."""
    rows, columns, planes = levels.shape
    values = np.zeros((planes, rows, columns), np.int32)
    errors, sums = np.zeros_like(values), np.zeros((planes, 3), np.int64)
    for plane in range(planes):
        inputs = np.zeros((rows * columns, context.INPUTS[plane]), np.int16)
        edges = np.zeros((rows * columns, 2), np.int32)
        _walk(
            np.ascontiguousarray(levels[..., plane].astype(np.int64)), depth, plane, values, errors, sums, inputs, edges
        )
        yield inputs, edges


def draw(photo: Image.Image, rng: np.random.Generator) -> tuple[Samples, int]:
    """A grid of a random part of a photo, its planes in coding order, and its depth."""
    width, height = photo.size
    box = (0.0, 0.0, width, height)
    if rng.random() < 0.65:
        part = rng.uniform(0.4, 1) * rng.uniform(0.8, 1, 2) * photo.size
        corner = rng.uniform(0, 1, 2) * (photo.size - part)
        box = (*corner, *(corner + part))
    side = rng.choice(COLUMNS) if rng.random() < 0.7 else rng.integers(4, 49)
    proportion = math.sqrt((box[2] - box[0]) / (box[3] - box[1])) if rng.random() < 0.4 else 1.0
    size = max(1, round(side * proportion)), max(1, round(side / proportion))
    cells = np.asarray(photo.resize(size, Image.Resampling.BOX, box=box)).astype(np.float64)
    if rng.random() < 0.5:
        cells = cells[:, ::-1]
    if rng.random() < 0.4:
        cells = 128 + (cells - 128) * rng.uniform(0.7, 1.15) + rng.uniform(-20, 20) + rng.uniform(-8, 8, 3)
    depth = int(rng.choice(DEPTHS, p=DEPTH_SHARES))
    cells = cells[..., rng.permutation(3) if rng.random() < 0.05 else list(CHANNELS)]
    if rng.random() < 0.12:
        cells = cells @ np.array([[0.587], [0.299], [0.114]])  # grey
    return quantise(np.clip(np.rint(cells), 0, 255).astype(np.uint8), depth), depth


def round_of(photos: list[Image.Image], cells: int, rng: np.random.Generator) -> list[tuple[Tensor, Tensor]]:
    """The inputs and edges of at least `cells` cells, by plane."""
    by_plane: list[list[Any]] = [[] for _ in range(context.PLANES)]
    count = 0
    while count < cells:
        for index in rng.permutation(len(photos)):
            levels, depth = draw(photos[index], rng)
            count += levels.shape[0] * levels.shape[1]
            for plane, pair in enumerate(samples(levels, depth)):
                by_plane[plane].append(pair)
    return [
        (torch.from_numpy(np.concatenate(inputs)), torch.from_numpy(np.concatenate(edges)))
        for inputs, edges in (zip(*pairs, strict=True) for pairs in by_plane)
    ]


class Training:
    """The network of a plane, and the average of its late states."""

    def __init__(self, inputs: int) -> None:
        self.net = Net(inputs)
        self.average = copy.deepcopy(self.net)
        self.optimiser = torch.optim.AdamW(self.net.parameters(), lr=RATE, weight_decay=DECAY, betas=(0.9, 0.99))

    def learn(self, inputs: Tensor, edges: Tensor, number: int, rounds: int) -> float:
        """Round `number` of `rounds`: once over samples. Returns bits per sample."""
        batches = torch.randperm(len(inputs)).split(BATCH)[:-1]
        total = 0.0
        for index, rows in enumerate(track(batches, f"round {number + 1} of {rounds}", console=console)):
            progress = (number + index / len(batches)) / rounds
            total += self._step(inputs[rows].float(), edges[rows].float(), number * len(batches) + index, progress)
        return total / len(batches)

    def _step(self, inputs: Tensor, edges: Tensor, step: int, progress: float) -> float:
        """One step. `progress`: the fraction of the training that is done."""
        SCHEDULE.apply(self.optimiser, RATE, step, progress)
        loss = bits(self.net(inputs), edges).mean()
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimiser.step()
        AVERAGE.update(self.average, self.net, step)
        return loss.item()


def train(photos: list[Image.Image], rounds: int, cells: int, seed: int) -> list[Net]:
    """The network of each plane."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    trainings = [Training(inputs) for inputs in context.INPUTS]
    for number in range(rounds):
        drawn = round_of(photos, cells, rng)
        costs = [training.learn(*plane, number, rounds) for training, plane in zip(trainings, drawn, strict=True)]
        console.print(f"round {number + 1}: {', '.join(f'{cost:.4f}' for cost in costs)} bits per sample, by plane")
    return [training.average for training in trainings]


def export(nets: list[Net]) -> bytes:
    """The model file."""
    entries = (np.arange(LOGISTIC_ENTRIES) - LOGISTIC_ENTRIES // 2) / 256
    arrays: dict[str, Any] = {
        "logistic": np.rint(ONE / (1 + np.exp(-entries))).clip(1, ONE - 1),
        "exp2": np.rint(2.0 ** (16 - np.arange(EXP2_ENTRIES) / EXP2_ENTRIES)),
    }
    for plane, net in enumerate(nets):
        weights = {key: value.double().numpy() for key, value in net.state_dict().items()}
        for layer, factor, weight_bits, bias_bits in (
            ("first", 64 * UNIT, 10, 16),
            ("second", 1, 10, 17),
            ("third", 1, 12, 19),
        ):
            rows = np.rint(weights[f"{layer}.weight"].T * factor * 2**weight_bits)
            arrays[f"{plane}/{layer}"] = rows.clip(-32768, 32767)
            arrays[f"{plane}/{layer}_bias"] = np.rint(weights[f"{layer}.bias"] * 2**bias_bits)
    return Model.build(Model.sizes_of(arrays), arrays)


def main(
    folder: Annotated[Path, typer.Argument(help="Folder of photos to learn from.")],
    output: Annotated[Path, typer.Option("-o", help="Model file to write.")],
    heldout: Annotated[Path | None, typer.Option(help="Folder of photos to measure on.")] = None,
    rounds: Annotated[int, typer.Option(help="Number of rounds.")] = ROUNDS,
    cells: Annotated[int, typer.Option(help="Cells per round.")] = CELLS,
    seed: Annotated[int, typer.Option(help="Seed of everything that is random.")] = 1,
) -> None:
    """Train a model."""
    photos = [Image.fromarray(samples) for samples in _photos(folder)]
    for photo in photos:
        photo.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    nets = train(photos, rounds, cells, seed)
    data = export(nets)
    with replacing(output) as temporary:
        temporary.write_bytes(data)
    console.print(f"{output}: {len(data):,} bytes")
    if heldout:
        measure(data, list(_photos(heldout)))


def _photos(folder: Path) -> Iterator[Samples]:
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in {".jpg", ".jpeg", ".png"}:
            yield rgb(load(path).samples)


def measure(data: bytes, photos: list[Samples]) -> None:
    """Print bits per sample of grids of depth 6. All bytes of the payload are counted."""
    from misc_format.coders.image.grid import encode_under

    model = Model.parse(data)
    for side in COLUMNS:
        grids = [(stretch(photo, Size(side, side), 6), size_of(photo)) for photo in photos]
        mean = sum(len(encode_under(grid, size, model)) for grid, size in grids) / len(grids)
        console.print(f"{side} x {side}: {8 * mean / (3 * side * side):.3f} bits per sample")


if __name__ == "__main__":
    typer.run(main)
