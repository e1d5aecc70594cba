"""Train, quantise, measure and export the learned codec of the reference picture (clause 17).

    python -m reference_codec.training.image_latents PHOTOS -o FOLDER --heldout OTHER

PHOTOS is a folder of pictures, of at least 384 pixels on a side. What was learnt is kept in FOLDER/checkpoint.pt: the command goes on
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

import numpy as np
import torch
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn, track

from misc_format.coders.image import latents as image_latents
from misc_format.system.files import replacing
from reference_codec.images.latents import codec as latents
from reference_codec.images.latents.codec import Codec
from reference_codec.images.latents.networks import STRIDE, Networks
from reference_codec.images.latents.transforms import Transforms
from reference_codec.training.latents import export, photos
from reference_codec.training.latents.distortion import dissimilarity, squared_error

SIDE = 384
SQUARES = 20_000  # from which the linear transform is found
LEAST_WEIGHT, MOST_WEIGHT = 1e-5, 1e-3  # of the distortion, at qualities 0 and 1, where bits are counted a pixel
SQUARED_SHARE, STRUCTURE_SHARE = 0.15, 1800.0
WARM_UP = 200
LOG_EVERY, SAVE_EVERY = 100, 500
FIRST_RATE = 0.2  # factor of the bits at the first step, so that latents carry something before they are made cheap
AVERAGE = 0.999
MOST_NORM = 20.0
MEASURED = (0, 16, 32, 48, 64, 80, 96, 112, 127)
CARD = """# latents-1

The learned codec of the reference picture (clause 17): `latents-1.safetensors` (analysis, hyper-analysis, synthesis and gains, half
precision), graphs of them for onnxruntime, and the integer model of the entropy path, `latents-1.bin`.

- Made by `python -m reference_codec.training.image_latents`: {steps} steps of {batch} squares of {side} x {side} pixels,
  learning rate {rate}, seed {seed}, {minutes:.0f} minutes on {threads} cores.
- Began with: {start}.
- Learnt from {photos} photos ({folder}), the tables of the entropy path too.
- Distortion: 0.15 x squared error in 8-bit units + 1,800 x (1 - MS-SSIM), weights 1e-5 to 1e-3.

Held-out photos, mean over all, the quality the same for each:

{figures}
"""
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
        self.codec = Networks().to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.codec)
        self.optimiser = torch.optim.AdamW(
            self.codec.parameters(), lr=recipe.rate, weight_decay=1e-4, betas=(0.9, 0.99)
        )
        self.step = 0
        self.started = ""
        self.seconds = 0.0

    def begin(self, squares: photos.Pictures) -> None:
        """Begin with the linear transform that suits squares (N, 16, 16, 3)."""
        self.codec.begin(torch.from_numpy(squares).permute(0, 3, 1, 2).float() / 255)
        self.average.load_state_dict(self.codec.state_dict())

    def start(self, path: Path) -> list[str]:
        """Begin with the weights of another run's checkpoint; returns the names of those that it has not in the same shape."""
        theirs = torch.load(path, weights_only=True)["average"]
        ours = self.codec.state_dict()
        self.started = f"the weights of {path.name}"
        fitting = {name: value for name, value in theirs.items() if name in ours and ours[name].shape == value.shape}
        for net in (self.codec, self.average):
            net.load_state_dict(fitting, strict=False)
        return [name for name in ours if name not in fitting]

    def save(self, path: Path) -> None:
        """Keep everything that going on needs."""
        state = {name: getattr(self, name).state_dict() for name in ("codec", "average", "optimiser")}
        with replacing(path) as temporary:
            torch.save({**state, "step": self.step, "seconds": self.seconds, "started": self.started}, temporary)

    def load(self, path: Path) -> None:
        """Go on from what `save` kept."""
        state = torch.load(path, weights_only=True)
        for name in ("codec", "average", "optimiser"):
            getattr(self, name).load_state_dict(state[name])
        self.step, self.seconds, self.started = state["step"], state["seconds"], state.get("started", "")

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
    heldout: Annotated[Path | None, typer.Option(help="Folder of photos to measure on.")] = None,
    start: Annotated[Path | None, typer.Option(help="Checkpoint of another run, to begin with its weights.")] = None,
    seed: Annotated[int, typer.Option(help="Of everything drawn at random.")] = 1,
) -> None:
    """Train a codec, or go on with it, then export it."""
    torch.set_num_threads(threads or os.cpu_count() or 1)
    output.mkdir(parents=True, exist_ok=True)
    found = photos.read(pictures)
    run = Run(Recipe(steps, batch, rate, seed))
    if (output / "checkpoint.pt").exists():
        run.load(output / "checkpoint.pt")
    elif start:
        console.print(f"not in {start}: {', '.join(run.start(start)) or 'nothing'}")
    else:
        run.begin(photos.squares(found, STRIDE, SQUARES, seed))
    train(run, found, output)
    run.average.eval()
    model = export.write(run.average, track(found, "tables", console=console), output)
    if heldout:
        figures = measure(Codec(Transforms(output), model), photos.read(heldout))
        console.print(figures)
        _write_card(output, run, pictures.name, len(found), figures)


def measure(codec: Codec, pictures: list[Any]) -> str:
    """A table of bits a pixel, all bytes of the payload, PSNR and MS-SSIM at some qualities."""
    lines = ["| quality | bpp | PSNR dB | MS-SSIM |", "| --- | --- | --- | --- |"]
    samples = [np.asarray(picture) for picture in pictures]
    encoders = [latents.Encoder(picture, codec=codec) for picture in samples]
    for quality in MEASURED:
        rows = []
        for picture, encoder in zip(samples, encoders, strict=True):
            content = encoder.at(quality)
            bits = 8 * len(image_latents.encode_under(content, encoder.picture, codec.model))
            found, wanted = (
                torch.from_numpy(part.copy()).permute(2, 0, 1)[None].float() / 255
                for part in (latents.paint(content, encoder.picture, codec=codec), picture)
            )
            psnr = 10 * math.log10(255**2 / float(squared_error(found, wanted)))
            rows.append((bits / picture[..., 0].size, psnr, 1 - float(dissimilarity(found, wanted))))
        bpp, psnr, structure = np.mean(rows, 0).tolist()
        lines.append(f"| {quality} | {bpp:.4f} | {psnr:.2f} | {structure:.4f} |")
    return "\n".join(lines)


def _write_card(folder: Path, run: Run, name: str, count: int, figures: str) -> None:
    """What was trained, on what, for how long, and what came of it."""
    recipe = run.recipe
    text = CARD.format(
        photos=count, folder=name, steps=run.step, batch=recipe.batch, side=SIDE, rate=recipe.rate, seed=recipe.seed,
        minutes=run.seconds / 60, threads=torch.get_num_threads(), start=run.started or "principal components of squares",
        figures=figures,
    )  # fmt: skip
    with replacing(folder / "latents-1.md") as temporary:
        temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
