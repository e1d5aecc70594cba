"""A training run: the network, its moving average, the optimiser, and the checkpoint."""

from __future__ import annotations

import copy
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from misc_format.system.files import replacing
from reference_codec.images.latents.distortion import dissimilarity, distortion, squared_error
from reference_codec.training.latents.photos import Pictures
from reference_codec.training.restoration import pairs
from reference_codec.training.restoration.network import Restoration
from reference_codec.training.restoration.pairs import Pair
from reference_codec.training.schedule import Average, Schedule

SCHEDULE = Schedule(warm_up=100, last=0.01)
AVERAGE = Average(decay=0.999, delay=100)
MAX_NORM = 1.0  # of the gradient
LEAST_DISTORTION = 20.0  # added to each divisor of the loss, so that easy squares do not dominate
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True)
class Recipe:
    """Steps, squares per step, pixels on a side of a square, the highest learning rate, and the seed of all random numbers."""

    steps: int = 10_000
    batch: int = 8
    side: int = 192
    rate: float = 5e-4
    seed: int = 1


class Figures(NamedTuple):
    """Means over pictures: the distortion of training, PSNR in dB, and MS-SSIM."""

    distortion: float
    psnr: float
    ms_ssim: float


class Run:
    """A training run. `seconds`: its whole duration."""

    def __init__(self, recipe: Recipe, precision: str = "float32") -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.precision = recipe, precision
        self.net = Restoration().to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net).eval()
        self.optimiser = torch.optim.Adam(self.net.parameters(), lr=recipe.rate, betas=(0.9, 0.99))
        self.step, self.seconds = 0, 0.0

    def save(self, path: Path) -> None:
        """Write a checkpoint."""
        state = {name: getattr(self, name).state_dict() for name in ("net", "average", "optimiser")}
        state |= {"step": self.step, "seconds": self.seconds, "recipe": asdict(self.recipe)}
        with replacing(path) as temporary:
            torch.save(state, temporary)

    def load(self, path: Path) -> None:
        """Resume from a checkpoint."""
        state: dict[str, Any] = torch.load(path, weights_only=True)
        for name in ("net", "average", "optimiser"):
            getattr(self, name).load_state_dict(state[name])
        self.step, self.seconds = state["step"], state["seconds"]

    def advance(self, training: list[Pair]) -> float:
        """One step. Returns the distortion of its squares, as a fraction of that before restoration.

        The fractions of all squares count alike; else the squares that are hardest to code would decide.
        """
        recipe = self.recipe
        drawn = pairs.batch(training, recipe.batch, recipe.side, recipe.seed, self.step)
        original, enlarged = (_tensor(part) for part in drawn)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.precision == "bfloat16"):
            restored = self.net(enlarged)
        loss = (distortion(restored, original) / (distortion(enlarged, original) + LEAST_DISTORTION)).mean()
        SCHEDULE.apply(self.optimiser, recipe.rate, self.step, self.step / recipe.steps)
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), MAX_NORM)
        self.optimiser.step()
        self.step += 1
        AVERAGE.update(self.average, self.net, self.step)
        return float(loss.detach())


@torch.no_grad()
def measure(net: Restoration | None, held_out: list[Pair]) -> Figures:
    """The figures of pairs after restoration by a network, or without it."""
    rows = []
    for pair in held_out:
        original, enlarged = (_tensor(part[None]) for part in pair)
        restored = net(enlarged).clamp(0, 1) if net else enlarged
        squared = float(squared_error(restored, original))
        structure = 1 - float(dissimilarity(restored, original))
        rows.append((float(distortion(restored, original)), 10 * math.log10(255**2 / max(squared, 1e-9)), structure))
    return Figures(*(sum(column) / len(rows) for column in zip(*rows, strict=True)))


def _tensor(samples: Pictures) -> Tensor:
    """Samples (N, H, W, 3) as (N, 3, H, W) in [0, 1]."""
    return torch.from_numpy(samples.transpose(0, 3, 1, 2).copy()).to(memory_format=torch.channels_last).float() / 255
