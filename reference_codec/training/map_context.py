"""Train, quantise, measure and export a model for maps (clause 7.5.8).

    python -m reference_codec.training.map_context OUTLINES.jsonl... --ragged PIXELS.jsonl... -o maps-context-1.bin --heldout OTHER.jsonl

A file has one mask per line: image, h, w, counts (COCO's compressed run lengths), perhaps source and area. The network outlines learns from
the outlines that people drew. The network ragged begins with its weights, and learns from all masks. With --only, the networks that are not
named are those of the shipped model. The networks are saved after each round, in files beside the output that end in .checkpoint; run
again, the command goes on from there. It needs the extra "training", and about 40 minutes on one core for each network of large maps. The
exported integers mean the same on every machine; training in floating point does not.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from misc_format.coders.maps.context import MODEL
from misc_format.coders.maps.mapmodel import fine
from misc_format.coders.maps.mapmodel.model import FLAT, INPUTS, ONE, Model
from misc_format.coders.maps.mapmodel.network import LOGIT_ENTRIES
from misc_format.components import BoolMap
from misc_format.system.files import replacing
from reference_codec.training.maps import masks
from reference_codec.training.maps.samples import coarse_samples, fine_samples
from reference_codec.training.schedule import Average, Schedule

BATCH = 4096
SCHEDULE = Schedule(warm_up=300, last=0.01)
AVERAGE = Average(decay=0.999, delay=100)
MAX_FIRST = 7.9  # of a weight of the first layer, times the scale of its input
FLAT_PRIOR = 0.001  # share of the flat pixels that change, where none was seen
MAX_CHANGES = 16  # of a mask at flat pixels, that count
RAGGED_SAMPLES = 3_000_000  # of a round
COARSE_FILES = {1: (1500,), 2: (900, 600)}  # of a round: of outlines, and of masks that follow pixels if there are any
console = Console()


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    `hidden`, `experts`: the sizes of its layers. `rate`: the learning rate. The first `bits` inputs, 0 or 1, are divided by `bit_scale`,
    the others by `scale`. `decay`: the weight decay.
    """

    hidden: int
    experts: int
    rounds: int
    rate: float
    bits: int
    scale: int
    bit_scale: int
    dropout: float
    decay: float


RECIPES = {
    "outlines": Recipe(160, 48, 24, 4e-3, fine.BITS, 8, 1, 0.0, 1e-3),
    "ragged": Recipe(160, 48, 15, 4e-3, fine.BITS, 8, 1, 0.0, 1e-3),
    "coarse": Recipe(160, 48, 14, 3e-3, 0, 4, 4, 0.2, 3e-2),
}


class Net(nn.Module):
    """The three layers, before they are quantised."""

    def __init__(self, name: str) -> None:
        super().__init__()
        recipe = RECIPES[name]
        scale = torch.full((INPUTS[name],), 1 / recipe.scale)
        scale[: recipe.bits] = 1 / recipe.bit_scale
        self.register_buffer("scale", scale)
        self.first = nn.Linear(INPUTS[name], recipe.hidden)
        self.second = nn.Linear(recipe.hidden, recipe.experts)
        self.third = nn.Linear(recipe.experts, 1)
        self.dropout = nn.Dropout(recipe.dropout)

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits (samples,) for int8 inputs (samples, inputs)."""
        hidden = self.dropout(torch.relu(self.first(inputs.float() * self.scale)))
        logits: Tensor = self.third(self.dropout(torch.relu(self.second(hidden))))[:, 0]
        return logits


Sources = dict[str, list[list[BoolMap]]]  # the masks of each image of each source


@dataclass(frozen=True)
class Masks:
    """What is learnt from: outlines that people drew, masks that follow pixels, and how often each source is drawn, 1.0 where unnamed."""

    outlines: Sources
    ragged: Sources
    weights: dict[str, float]

    @property
    def shares(self) -> NDArray[np.float64]:
        """The weights of all sources in their order, divided by their sum."""
        weights = np.array([self.weights.get(source, 1.0) for source in (*self.outlines, *self.ragged)])
        return np.asarray(weights / weights.sum())


def read(paths: Iterable[Path]) -> Sources:
    """The masks of files of JSON lines. All masks of a source are in one file."""
    return {source: images for path in paths for source, images in masks.by_source(path).items()}


def images_of(sources: Sources) -> list[list[BoolMap]]:
    """The masks of each image, of all sources."""
    return [maps for images in sources.values() for maps in images]


class Round(NamedTuple):
    """The samples of a round.

    inputs (n, inputs); labels (n,), 0 or 1; weights (n,); share: the samples that were kept, of all.
    """

    inputs: NDArray[np.int8]
    labels: NDArray[np.uint8]
    weights: NDArray[np.float32]
    share: float


class Training:
    """A network, and the average of its late states."""

    def __init__(self, name: str) -> None:
        recipe = RECIPES[name]
        self.recipe = recipe
        self.net = Net(name)
        self.average = copy.deepcopy(self.net)
        self.optimiser = torch.optim.AdamW(
            self.net.parameters(), lr=recipe.rate, weight_decay=recipe.decay, betas=(0.9, 0.99)
        )
        self.steps = 0

    def learn(self, samples: Round, rows: NDArray[np.int64], progress: float) -> None:
        """One step on some rows of the samples. `progress`: the fraction of the training that is done."""
        SCHEDULE.apply(self.optimiser, self.recipe.rate, self.steps, progress)
        inputs, labels, weights = (torch.from_numpy(part[rows]) for part in samples[:3])
        logits = self.net(inputs)
        total = binary_cross_entropy_with_logits(logits, labels.float(), weight=weights, reduction="sum")
        self.optimiser.zero_grad()
        (total * samples.share / len(rows)).backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimiser.step()
        self.steps += 1
        with torch.no_grad():
            limit = MAX_FIRST / self.net.scale  # the exported weights have 16 bits
            self.net.first.weight.clamp_(-limit, limit)
        AVERAGE.update(self.average, self.net, self.steps)

    def save(self, path: Path, rounds: int) -> None:
        """Save everything that the next round needs; `rounds` are done."""
        state = {"rounds": rounds, "steps": self.steps, "optimiser": self.optimiser.state_dict()}
        with replacing(path) as temporary:
            torch.save(state | {"net": self.net.state_dict(), "average": self.average.state_dict()}, temporary)

    def resume(self, path: Path) -> int:
        """Go on from a saved state, if there is one; returns the number of rounds that are done."""
        if not path.exists():
            return 0
        state = torch.load(path, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.steps = state["steps"]
        return int(state["rounds"])


def train(name: str, learnt: Masks, seed: int, checkpoint: Path, start: Net | None = None) -> Net:
    """Train one network, from a checkpoint on if it exists, or else from a network, or from nothing. Each round has a seed of its own."""
    torch.manual_seed(seed)
    training = Training(name)
    if start:
        for net in (training.net, training.average):
            net.load_state_dict(start.state_dict())
    rounds = training.recipe.rounds
    for number in range(training.resume(checkpoint), rounds):
        torch.manual_seed(seed + number)
        rng = np.random.default_rng((seed, number))
        samples = ROUNDS[name](learnt, rng)
        batches = list(_batches(len(samples.labels), rng))
        for index, rows in enumerate(track(batches, f"{name}, round {number + 1} of {rounds}", console=console)):
            training.learn(samples, rows, (number + index / len(batches)) / rounds)
        training.save(checkpoint, number + 1)
    return training.average


def _outlines_round(learnt: Masks, rng: np.random.Generator) -> Round:
    """The samples of all masks in random orientations, and of most of them reduced."""
    files = [masks.turned(maps, int(rng.integers(8))) for maps in masks.files(images_of(learnt.outlines))]
    files += [masks.reduced(maps, float(np.exp(rng.uniform(0.3, 2.0)))) for maps in files if rng.random() < 0.7]
    return _fine_round(files, rng)


def _ragged_round(learnt: Masks, rng: np.random.Generator) -> Round:
    """About `RAGGED_SAMPLES` samples of masks of all sources by weight, as an encoder codes them, turned, some of them reduced."""
    files = [masks.files(images) for images in (*learnt.outlines.values(), *learnt.ragged.values())]
    return _fine_round(_drawn(files, learnt.shares, rng), rng, RAGGED_SAMPLES)


def _drawn(
    files: list[list[list[BoolMap]]], shares: NDArray[np.float64], rng: np.random.Generator
) -> Iterator[list[BoolMap]]:
    """Files of sources drawn at random, without end."""
    while True:
        pool = files[rng.choice(len(files), p=shares)]
        maps = masks.turned(masks.as_coded(pool[rng.integers(len(pool))]), int(rng.integers(8)))
        yield masks.reduced(maps, float(np.exp(rng.uniform(0.2, 1.8)))) if rng.random() < 0.3 else maps


def _fine_round(files: Iterable[list[BoolMap]], rng: np.random.Generator, enough: float = math.inf) -> Round:
    """The samples of files, until they are enough.

    Pixels far from any change take few bits: only a fifth of them is kept, with five times the weight.
    """
    parts = []
    count = used = 0
    for maps in files:
        inputs, labels = fine_samples(maps, np.zeros((FLAT, 2), np.int64))
        near = (inputs[:, _LEFT] != inputs[:, _ABOVE]) | (inputs[:, _NEXT_CHANGE] <= 6)
        kept = near | (rng.random(len(labels)) < 0.2)
        parts.append((inputs[kept], labels[kept], np.where(near, 1, 5).astype(np.float32)[kept]))
        count += len(labels)
        used += int(kept.sum())
        if used >= enough:
            break
    inputs, labels, weights = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Round(inputs, labels, weights, len(labels) / count)


def _coarse_round(learnt: Masks, rng: np.random.Generator) -> Round:
    """The samples of small maps of parts of pictures. Each image's first file, of its largest objects, is four times as frequent."""
    parts = []
    kinds = [images_of(sources) for sources in (learnt.outlines, learnt.ragged) if sources]
    for images, count in zip(kinds, COARSE_FILES[len(kinds)], strict=True):
        files = [maps[: masks.MAPS] for maps in images] * 3 + masks.files(images)
        parts += [coarse_samples(maps) for maps in masks.some(files, count, rng)]
    inputs, labels = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Round(inputs, labels, np.ones(len(labels), np.float32), 1.0)


ROUNDS = {"outlines": _outlines_round, "ragged": _ragged_round, "coarse": _coarse_round}


def _input_at(up: int, right: int) -> int:
    """The index of the input for the pixel at this offset."""
    return int(np.flatnonzero(np.all(np.array([-up, right]) == fine.OFFSETS, 1))[0])


_LEFT, _ABOVE, _NEXT_CHANGE = _input_at(0, -1), _input_at(1, 0), fine.INPUTS - fine.STRAIGHT - fine.NUMBERS


def _batches(count: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    order = rng.permutation(count)
    for start in range(0, count - BATCH + 1, BATCH):
        yield order[start : start + BATCH]


def quantise(name: str, net: Net) -> dict[str, NDArray[np.int64]]:
    """The integer arrays of one network."""
    weights = {key: value.double().numpy() for key, value in net.state_dict().items()}
    third = np.append(weights["third.weight"][0], weights["third.bias"])
    parts = {
        "first": (weights["first.weight"].T * weights["scale"][:, None], 12),
        "first_bias": (weights["first.bias"], 12),
        "second": (weights["second.weight"].T, 10),
        "second_bias": (weights["second.bias"], 17),
        "third": (third, 16),
    }
    return {f"{name}/{part}": np.rint(values * 2**bits).astype(np.int64) for part, (values, bits) in parts.items()}


def network_of(arrays: Mapping[str, NDArray[Any]], name: str) -> Net:
    """The network with these arrays of a model file. `quantise` gives the arrays back."""
    net = Net(name)
    first, second = (arrays[f"{name}/{part}"].T for part in ("first", "second"))
    third = arrays[f"{name}/third"]
    weights = {
        "first.weight": first / 2**12 / net.scale.double().numpy(),
        "first.bias": arrays[f"{name}/first_bias"] / 2**12,
        "second.weight": second / 2**10,
        "second.bias": arrays[f"{name}/second_bias"] / 2**17,
        "third.weight": third[None, :-1] / 2**16,
        "third.bias": third[-1:] / 2**16,
    }
    net.load_state_dict(net.state_dict() | {key: torch.from_numpy(value) for key, value in weights.items()})
    return net


def flat_frequencies(sources: Sources, prior: NDArray[np.float64], pixels: float) -> NDArray[np.int64]:
    """The frequency with which flat pixels change, by context, in the masks as they are coded.

    The counts of a mask with more than `MAX_CHANGES` changes are scaled down to so many, or masks of many small parts would decide alone.
    `prior` (contexts,): shares of pixels that change; `pixels` of them are added to each context.
    """
    total = pixels * np.stack([1 - prior, prior], 1)
    for maps in masks.files(images_of(sources)):
        counts = np.zeros((FLAT, 2), np.int64)
        fine_samples(masks.as_coded(maps), counts)
        total += counts * min(1, MAX_CHANGES * len(maps) / max(1, counts[:, 1].sum()))
    return np.clip(np.rint(total[:, 1] / total.sum(1) * ONE), 1, ONE - 1).astype(np.int64)


def main(
    paths: Annotated[list[Path], typer.Argument(metavar="OUTLINES.jsonl...", help="Outlines of people to learn from.")],
    output: Annotated[Path, typer.Option("-o", help="Model file to write.")],
    ragged: Annotated[list[Path] | None, typer.Option(help="Masks that follow pixels. Can be repeated.")] = None,
    weight: Annotated[
        list[str] | None,
        typer.Option(metavar="SOURCE=NUMBER", help="How often a source is drawn for the network ragged; else 1."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NETWORK", help="Train this network, and keep the shipped others. Can be repeated."),
    ] = None,
    start_from: Annotated[
        Literal["nothing", "shipped"],
        typer.Option(help="What the networks outlines and coarse begin with: the shipped weights, or none."),
    ] = "nothing",
    heldout: Annotated[list[Path] | None, typer.Option(help="Masks to measure on. Can be repeated.")] = None,
    rounds: Annotated[int, typer.Option(help="Maximum number of rounds, to try the command.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of everything that is random.")] = 1,
) -> None:
    """Train a model, or continue to train it."""
    weights = {source: float(number) for source, _, number in (pair.partition("=") for pair in weight or ())}
    learnt = Masks(read(paths), read(ragged or ()), weights)
    logits = (np.arange(LOGIT_ENTRIES) - LOGIT_ENTRIES // 2) / 256
    logistic = np.rint(ONE / (1 + np.exp(-logits))).astype(np.int64).clip(1, ONE - 1)
    arrays: dict[str, NDArray[Any]] = {**Model.shipped(MODEL).arrays, "logistic": logistic}
    for name, recipe in RECIPES.items():
        if only and name not in only:
            continue
        RECIPES[name] = replace(recipe, rounds=min(rounds, recipe.rounds))
        checkpoint = output.with_name(f"{output.name}.{name}.checkpoint")
        begin = "outlines" if name == "ragged" else name
        start = network_of(arrays, begin) if name == "ragged" or start_from == "shipped" else None
        arrays |= quantise(name, train(name, learnt, seed, checkpoint, start))
        if name == "outlines":
            arrays["outlines/flat"] = flat_frequencies(learnt.outlines, np.full(FLAT, FLAT_PRIOR), 0.4)
        if name == "ragged":
            arrays["ragged/flat"] = flat_frequencies(learnt.ragged, arrays["outlines/flat"] / ONE, 1000)
    data = Model.build(Model.sizes_of(arrays), arrays)
    with replacing(output) as temporary:
        temporary.write_bytes(data)
    console.print(f"{output}: {len(data):,} bytes")
    for path in heldout or ():
        console.print(f"{path.name}:")
        measure(data, masks.read(path))


def measure(data: bytes, images: list[list[BoolMap]]) -> None:
    """Print bits per mask of the three largest masks of each image, under the better method. All bytes of the payload are counted."""
    from misc_format.coders.maps.context import encode_under
    from misc_format.components import Maps, Size
    from reference_codec.maps.grids import to_grid

    networks = Model.parse(data).networks
    files = [maps[: masks.MAPS] for maps in images]
    count = sum(map(len, files))
    for label, side in (("full", 0), ("16x16", 16), ("8x8", 8)):
        total = 0
        for maps in files:
            picture = Size(maps[0].shape[1], maps[0].shape[0])
            grids = maps if side == 0 else [to_grid(mask, side, side) for mask in maps]
            total += min(len(encode_under(Maps(tuple(grids)), picture, each)) for each in networks.values())
        console.print(f"{label:<8}{8 * total / count:.2f} bits per mask")


if __name__ == "__main__":
    typer.run(main)
