"""Train and export the network that restores enlarged pictures: those that a conventional codec coded at a fraction of their size.

    python -m reference_codec.training.picture_restoration PHOTOS [PHOTOS ...] -o FOLDER

PHOTOS are folders of pictures, or zip files from `reference_codec.training.latents.pack`. The command needs the extras "training" and
"conventional". It first makes pairs of an original and a decoded picture in FOLDER/pairs, about a second each on one core. The pairs of
a tenth of the photos are held out; the hash of a photo's name decides. FOLDER/log.csv has the figures of the held-out pairs.

The decoder does not use such a network yet: Annex D of the specification says what was reached. The command can be interrupted by SIGINT
and SIGTERM, and resumes when it is run again.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from threading import Event
from typing import Annotated, Literal

import torch
import typer
from rich.console import Console
from rich.progress import track

from misc_format.system.files import replacing
from reference_codec.training import logs
from reference_codec.training.latents import photos
from reference_codec.training.latents.interruption import interruptible
from reference_codec.training.restoration import export, pairs
from reference_codec.training.restoration.pairs import Pair
from reference_codec.training.restoration.run import Figures, Recipe, Run, measure

LOG_EVERY, SAVE_EVERY, MEASURE_EVERY = 100, 250, 500
console = Console()


def train(run: Run, training: list[Pair], held_out: list[Pair], folder: Path, stop: Event) -> None:
    """Train up to the last step, or until `stop` is set."""
    begun, losses = time.perf_counter() - run.seconds, list[float]()
    for _ in track(range(run.step, run.recipe.steps), "training", console=console):
        losses.append(run.advance(training))
        run.seconds = time.perf_counter() - begun
        if run.step % LOG_EVERY == 0:
            mean = sum(losses) / len(losses)
            console.print(
                f"step {run.step} of {run.recipe.steps}: {mean:.4f} of the distortion before restoration",
                highlight=False,
            )
            losses.clear()
        is_last = run.step == run.recipe.steps
        if run.step % MEASURE_EVERY == 0 or is_last:
            _log(folder / "log.csv", run, measure(run.average, held_out))
        if run.step % SAVE_EVERY == 0 or is_last or stop.is_set():
            run.save(folder / "checkpoint.pt")
        if stop.is_set():
            return


def _log(path: Path, run: Run, figures: Figures) -> None:
    formatted = {name: f"{value:.4f}" for name, value in figures._asdict().items()}
    logs.append(path, {"step": run.step, "seconds": round(run.seconds), **formatted}, console)


def main(
    sources: Annotated[list[Path], typer.Argument(metavar="PHOTOS", help="Folders or zip files of training photos.")],
    output: Annotated[Path, typer.Option("-o", help="Folder to write to.")],
    count: Annotated[int, typer.Option("--pairs", help="Number of training pairs.")] = 1600,
    steps: Annotated[int, typer.Option(help="Number of steps.")] = Recipe.steps,
    batch: Annotated[int, typer.Option(help="Squares per step.")] = Recipe.batch,
    rate: Annotated[float, typer.Option(help="Highest learning rate.")] = Recipe.rate,
    seed: Annotated[int, typer.Option(help="Seed of everything that is random.")] = Recipe.seed,
    precision: Annotated[Literal["float32", "bfloat16"], typer.Option(help="Precision in training.")] = "float32",
    threads: Annotated[int, typer.Option(help="Number of threads; 0: all cores.")] = 0,
) -> None:
    """Make pairs, train the network, or resume its training, then export it."""
    workers = threads or os.cpu_count() or 1
    torch.set_num_threads(workers)
    with interruptible() as stop:
        pictures = photos.split(photos.read(sources, workers=workers))
        parts = []
        for name, group, number in (
            ("held-out", pictures.held_out, len(pictures.held_out)),
            ("training", pictures.training, count),
        ):
            folder = output / "pairs" / name
            made = pairs.make(group, folder, number, seed, workers)
            for _ in track(made, f"{name} pairs", total=number, console=console):
                if stop.is_set():
                    made.close()
                    console.print("stopped; the same command goes on from here")
                    return
            parts.append(pairs.read(folder, number))
        training, held_out = parts[1], parts[0]
        run = Run(Recipe(steps, batch, rate=rate, seed=seed), precision)
        if (output / "checkpoint.pt").exists():
            run.load(output / "checkpoint.pt")
        logs.truncate(output / "log.csv", run.step)
        before = measure(None, held_out)
        console.print(f"{len(training)} training pairs, {len(held_out)} held out: {before}", highlight=False)
        train(run, training, held_out, output, stop)
    if run.step < run.recipe.steps:
        console.print(f"stopped at step {run.step}; the same command goes on from here")
        return
    export.write(run.average, output)
    card = export.card(run, len(training), len(held_out), before, measure(run.average, held_out))
    with replacing(output / f"{export.NAME}.md") as temporary:
        temporary.write_text(card, encoding="utf-8")
    console.print(card)


if __name__ == "__main__":
    typer.run(main)
