"""Train, quantise, measure and export the learned codec of the reference picture (clause 17).

    python -m reference_codec.training.image_latents PHOTOS -o FOLDER --heldout OTHER

PHOTOS is a folder of pictures, of at least 256 pixels on a side. What was learnt is kept in FOLDER/checkpoint.pt: the command goes on
where it was interrupted. FOLDER/log.csv has the figures of every hundred steps. It needs the extra "training"; how long it takes is
in the card that it writes beside the weights.
"""

from __future__ import annotations

import copy
import csv
import math
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from misc_format.files import replacing
from reference_codec.latents.networks import STRIDE, Codec
from reference_codec.training.latents import photos
from reference_codec.training.latents.distortion import dissimilarity, squared_error

SIDE = 256
SQUARES = 20_000  # from which the linear transform is found
LEAST_WEIGHT, MOST_WEIGHT = 1.5e-5, 3e-3  # of the distortion, at qualities 0 and 1, where bits are counted a pixel
SQUARED_SHARE, STRUCTURE_SHARE = 0.35, 1200.0
WARM_UP = 200
LOG_EVERY, SAVE_EVERY = 100, 500
FIRST_RATE = 0.2  # factor of the bits at the first step, so that latents carry something before they are made cheap
AVERAGE = 0.999
MOST_NORM = 20.0
console = Console()


@dataclass(frozen=True)
class Recipe:
    """How long and how fast."""

    steps: int
    batch: int
    rate: float
    seed: int


class Run:
    """A training run: the codec, its slow average, the optimiser, and how far they are."""

    def __init__(self, recipe: Recipe) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.codec = Codec().to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.codec)
        self.optimiser = torch.optim.AdamW(
            self.codec.parameters(), lr=recipe.rate, weight_decay=1e-4, betas=(0.9, 0.99)
        )
        self.step = 0
        self.seconds = 0.0

    def begin(self, squares: photos.Pictures) -> None:
        """Begin with the linear transform that suits squares (N, 16, 16, 3)."""
        self.codec.begin(torch.from_numpy(squares).permute(0, 3, 1, 2).float() / 255)
        self.average.load_state_dict(self.codec.state_dict())

    def save(self, path: Path) -> None:
        """Keep everything that going on needs."""
        state = {name: getattr(self, name).state_dict() for name in ("codec", "average", "optimiser")}
        with replacing(path) as temporary:
            torch.save({**state, "step": self.step, "seconds": self.seconds}, temporary)

    def load(self, path: Path) -> None:
        """Go on from what `save` kept."""
        state = torch.load(path, weights_only=True)
        for name in ("codec", "average", "optimiser"):
            getattr(self, name).load_state_dict(state[name])
        self.step, self.seconds = state["step"], state["seconds"]

    def advance(self, batch: photos.Pictures) -> dict[str, float]:
        """One step; its figures."""
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate()
        wanted = torch.from_numpy(batch).permute(0, 3, 1, 2).float() / 255
        torch.manual_seed(self.recipe.seed * 1_000_003 + self.step)
        quality = (torch.arange(len(batch)) + torch.rand(1)) / len(batch)
        with torch.autocast("cpu", torch.bfloat16):
            found, bits = self.codec(wanted.contiguous(memory_format=torch.channels_last), quality)
        bpp = bits / SIDE**2
        squared, structure = squared_error(found, wanted), dissimilarity(found, wanted)
        weight = LEAST_WEIGHT * (MOST_WEIGHT / LEAST_WEIGHT) ** quality
        distortion = SQUARED_SHARE * squared + STRUCTURE_SHARE * structure
        # Divided by a power of the weight, so that no quality rules the gradient.
        loss = ((self._rate_factor() * bpp + weight * distortion) / weight**0.6).mean()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.codec.parameters(), MOST_NORM)
        self.optimiser.step()
        self.step += 1
        with torch.no_grad():
            share = 1 - min(AVERAGE, self.step / (self.step + 50))
            for ours, theirs in zip(self.average.parameters(), self.codec.parameters(), strict=True):
                ours.lerp_(theirs, share)
        middle = (quality > 0.4) & (quality < 0.75)
        return {
            "loss": float(loss.detach()),
            "norm": float(norm),
            "bpp": float(bpp[middle].detach().mean()),
            "psnr": float((10 * torch.log10(255**2 / squared[middle].detach())).mean()),
            "ms_ssim": float(1 - structure[middle].detach().mean()),
        }

    def _rate_factor(self) -> float:
        return FIRST_RATE ** max(0.0, 1 - self.step / (0.05 * self.recipe.steps))

    def _rate(self) -> float:
        progress = self.step / self.recipe.steps
        return (
            self.recipe.rate * min(1, (self.step + 1) / WARM_UP) * (0.01 + 0.495 * (1 + math.cos(math.pi * progress)))
        )


def train(run: Run, pictures: list[Any], folder: Path) -> None:
    """Go on to the last step."""
    recipe = run.recipe
    found = photos.batches(pictures, recipe.batch, SIDE, run.step, recipe.steps, recipe.seed)
    sums: dict[str, float] = {}
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("training", total=recipe.steps, completed=run.step)
        for batch in found:
            start = time.perf_counter()
            figures = run.advance(batch)
            run.seconds += time.perf_counter() - start
            sums = {name: sums.get(name, 0.0) + value / LOG_EVERY for name, value in figures.items()}
            progress.update(task, completed=run.step)
            if run.step % LOG_EVERY == 0:
                _log(folder / "log.csv", run, sums)
                sums = {}
            if run.step % SAVE_EVERY == 0 or run.step == recipe.steps:
                run.save(folder / "checkpoint.pt")


def _log(path: Path, run: Run, sums: dict[str, float]) -> None:
    row = {"step": run.step, "seconds": round(run.seconds), **{name: f"{value:.4f}" for name, value in sums.items()}}
    console.print("  ".join(f"{name} {value}" for name, value in row.items()))
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        if fresh:
            writer.writeheader()
        writer.writerow(row)


def main(
    pictures: Annotated[Path, typer.Argument(metavar="PHOTOS", help="Folder of photos to learn from.")],
    output: Annotated[Path, typer.Option("-o", help="Folder to write to.")],
    steps: Annotated[int, typer.Option(help="Steps of the optimiser.")] = 20_000,
    batch: Annotated[int, typer.Option(help="Squares a step.")] = 8,
    rate: Annotated[float, typer.Option(help="Learning rate at its highest.")] = 4e-4,
    threads: Annotated[int, typer.Option(help="Threads; all cores if 0.")] = 0,
    seed: Annotated[int, typer.Option(help="Of everything drawn at random.")] = 1,
) -> None:
    """Train a codec, or go on with it, then export it."""
    torch.set_num_threads(threads or os.cpu_count() or 1)
    output.mkdir(parents=True, exist_ok=True)
    found = photos.read(pictures)
    run = Run(Recipe(steps, batch, rate, seed))
    if (output / "checkpoint.pt").exists():
        run.load(output / "checkpoint.pt")
    else:
        run.begin(photos.squares(found, STRIDE, SQUARES, seed))
    train(run, found, output)


if __name__ == "__main__":
    typer.run(main)
