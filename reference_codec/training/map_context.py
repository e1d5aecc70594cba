"""Train, quantise, measure and export a model for maps (clause 7.6).

    python -m reference_codec.training.map_context MASKS.jsonl -o maps-context-1.bin --heldout OTHER.jsonl

MASKS.jsonl has a mask a line: image, h, w, area, counts (COCO's compressed run lengths). What was learnt is kept beside the output in
a file that ends in .checkpoint: the command goes on where it was interrupted. It needs the extra "training", and half an hour on two
cores. The integers that it exports are the same everywhere; training in floating point is not.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from misc_format.coders.maps.mapmodel import fine
from misc_format.coders.maps.mapmodel.model import FLAT, INPUTS, ONE, Model
from misc_format.coders.maps.mapmodel.network import LOGIT_ENTRIES
from misc_format.components import BoolMap
from misc_format.system.files import replacing
from reference_codec.training.maps import masks
from reference_codec.training.maps.samples import coarse_samples, fine_samples

BATCH = 4096
FLAT_PRIOR = (0.4, 0.0004)  # added to the counts, so that no frequency is 0
console = Console()


@dataclass(frozen=True)
class Recipe:
    """How a network is trained. Inputs behind the first `bits` are divided by `scale`; the others, 0 or 1, by `bit_scale`."""

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
    "fine": Recipe(160, 48, 24, 4e-3, fine.BITS, 8, 1, 0.0, 1e-3),
    "coarse": Recipe(160, 48, 12, 3e-3, 0, 4, 4, 0.2, 3e-2),
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


def train(name: str, images: list[list[BoolMap]], seed: int) -> Net:
    """Train one network; the average of its late states."""
    recipe = RECIPES[name]
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = Net(name)
    average = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=recipe.decay, betas=(0.9, 0.99))
    samples = {"fine": _fine_round, "coarse": _coarse_round}[name]
    step = 0
    for number in range(recipe.rounds):
        inputs, labels, weights, share = samples(images, rng)
        batches = list(_batches(len(labels), rng))
        for index, rows in enumerate(track(batches, f"{name}, round {number + 1} of {recipe.rounds}", console=console)):
            progress = (number + index / len(batches)) / recipe.rounds
            for group in optimiser.param_groups:
                group["lr"] = (
                    recipe.rate * min(1, (step + 1) / 300) * (0.01 + 0.495 * (1 + math.cos(math.pi * progress)))
                )
            x, y, w = (torch.from_numpy(part[rows]) for part in (inputs, labels, weights))
            loss = binary_cross_entropy_with_logits(net(x), y.float(), weight=w, reduction="sum") * share / len(rows)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            step += 1
            with torch.no_grad():
                for ours, theirs in zip(average.parameters(), net.parameters(), strict=True):
                    ours.lerp_(theirs, 1 - min(0.999, step / (step + 100)))
    return average


def _fine_round(images: list[list[BoolMap]], rng: np.random.Generator) -> tuple[Any, Any, Any, float]:
    """All masks in orientations drawn at random, and most of them reduced, too.

    Of pixels far from any change, which cost little, one in five, five times as heavy.
    """
    found = []
    files = [masks.turned(maps, int(rng.integers(8))) for maps in masks.files(images)]
    files += [masks.reduced(maps, float(np.exp(rng.uniform(0.3, 2.0)))) for maps in files if rng.random() < 0.7]
    for maps in files:
        inputs, labels = fine_samples(maps, np.zeros((FLAT, 2), np.int64))
        near = (inputs[:, _LEFT] != inputs[:, _ABOVE]) | (inputs[:, _NEXT_CHANGE] <= 6)
        kept = near | (rng.random(len(labels)) < 0.2)
        found.append((inputs[kept], labels[kept], np.where(near, 1, 5).astype(np.float32)[kept], len(labels)))
    inputs, labels, weights = (np.concatenate([part[index] for part in found]) for index in range(3))
    return inputs, labels, weights, len(labels) / sum(part[3] for part in found)


def _coarse_round(images: list[list[BoolMap]], rng: np.random.Generator) -> tuple[Any, Any, Any, float]:
    """Small maps of parts of pictures; each image's first files, of its largest objects, four times as often."""
    files = [masks_[: masks.MAPS] for masks_ in images] * 3 + masks.files(images)
    found = [coarse_samples(maps) for maps in masks.some(files, 1500, rng)]
    inputs, labels = (np.concatenate([part[index] for part in found]) for index in range(2))
    return inputs, labels, np.ones(len(labels), np.float32), 1.0


def _place(up: int, right: int) -> int:
    return int(np.flatnonzero(np.all(np.array([-up, right]) == fine.OFFSETS, 1))[0])


_LEFT, _ABOVE, _NEXT_CHANGE = _place(0, -1), _place(1, 0), fine.INPUTS - fine.STRAIGHT - fine.NUMBERS


def _batches(count: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    order = rng.permutation(count)
    for start in range(0, count - BATCH + 1, BATCH):
        yield order[start : start + BATCH]


def quantise(name: str, net: Net) -> dict[str, NDArray[np.int64]]:
    """The arrays of one network."""
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


def flat_frequencies(images: list[list[BoolMap]]) -> NDArray[np.int64]:
    """How often flat pixels change, by context, in the masks as they are."""
    counts = np.zeros((FLAT, 2), np.int64)
    for maps in masks.files(images):
        fine_samples(maps, counts)
    seen = counts + np.array(FLAT_PRIOR)
    return np.clip(np.rint(seen[:, 1] / seen.sum(1) * ONE), 1, ONE - 1).astype(np.int64)


def export(nets: dict[str, Net], images: list[list[BoolMap]]) -> bytes:
    """The model file."""
    places = (np.arange(LOGIT_ENTRIES) - LOGIT_ENTRIES // 2) / 256
    arrays = {"logistic": np.rint(ONE / (1 + np.exp(-places))).astype(np.int64).clip(1, ONE - 1)}
    arrays["flat"] = flat_frequencies(images)
    for name, net in nets.items():
        arrays |= quantise(name, net)
    return Model.build(Model.sizes_of(arrays), arrays)


def main(
    path: Annotated[Path, typer.Argument(metavar="MASKS.jsonl", help="Masks to learn from.")],
    output: Annotated[Path, typer.Option("-o", help="Model file to write.")],
    heldout: Annotated[Path | None, typer.Option(help="Masks to measure on.")] = None,
    rounds: Annotated[int, typer.Option(help="Rounds at most, to try the command.")] = 1000,
    seed: Annotated[int, typer.Option(help="Of everything drawn at random.")] = 1,
) -> None:
    """Train a model, or go on with it."""
    images = masks.read(path)
    nets = {}
    for name, recipe in RECIPES.items():
        checkpoint = output.with_name(f"{output.name}.{name}.checkpoint")
        if checkpoint.exists():
            nets[name] = Net(name)
            nets[name].load_state_dict(torch.load(checkpoint, weights_only=True))
            continue
        RECIPES[name] = Recipe(**{**vars(recipe), "rounds": min(rounds, recipe.rounds)})
        nets[name] = train(name, images, seed)
        with replacing(checkpoint) as temporary:
            torch.save(nets[name].state_dict(), temporary)
    data = export(nets, images)
    with replacing(output) as temporary:
        temporary.write_bytes(data)
    console.print(f"{output}: {len(data):,} bytes")
    if heldout:
        measure(data, masks.read(heldout))


def measure(data: bytes, images: list[list[BoolMap]]) -> None:
    """Print bits a mask of the three largest masks of each image, all bytes of the component counted."""
    from misc_format.coders.maps.context import encode_under
    from misc_format.components import Maps, Size
    from reference_codec.maps.grids import to_grid

    model = Model.parse(data)
    files = [maps[: masks.MAPS] for maps in images]
    count = sum(map(len, files))
    for label, side in (("full", 0), ("16x16", 16), ("8x8", 8)):
        size = 0
        for maps in files:
            picture = Size(maps[0].shape[1], maps[0].shape[0])
            wanted = maps if side == 0 else [to_grid(grid, side, side) for grid in maps]
            size += len(encode_under(Maps(tuple(wanted)), picture, model))
        console.print(f"{label:<8}{8 * size / count:.2f} bits a mask")


if __name__ == "__main__":
    typer.run(main)
