"""Train, quantise, measure and export the learned codec of the reference picture (clause 17).

    python -m reference_codec.training.image_latents PHOTOS [PHOTOS ...] -o FOLDER

PHOTOS are folders of pictures, or zip files that `reference_codec.training.latents.pack` made. A tenth of the photos, by the hash
of their names, is held out: the averaged network is measured on it, and its best weights are what is exported.

The run is interruptible. SIGINT and SIGTERM save FOLDER/checkpoint.pt first, and the same command goes on from it. FOLDER/log.csv has
the figures of every hundred steps, FOLDER/heldout.csv those of the held-out photos, FOLDER/best.pt the best weights. Without a
checkpoint, the run can go on from a compact one (`--resume-from`), as it comes from another machine. It needs the extra "training".
"""

from __future__ import annotations

import csv
import math
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Annotated, Any, Literal

import numpy as np
import torch
import typer
from PIL import Image
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn, track

from misc_format.coders import image_latents
from misc_format.files import replacing
from reference_codec.latents.networks import STRIDE
from reference_codec.latents.runtime import Transforms
from reference_codec.references import latents
from reference_codec.references.latents import Codec
from reference_codec.training.latents import compact, export, objective, photos
from reference_codec.training.latents.distortion import dissimilarity, squared_error
from reference_codec.training.latents.interruption import interruptible
from reference_codec.training.latents.run import Run
from reference_codec.training.latents.stages import DEFAULTS, Recipe, Stage

SQUARES = 20_000  # from which the linear transform is found
LOG_EVERY, SAVE_EVERY, MEASURE_EVERY = 100, 250, 1000
CROPS = 128  # of held-out photos, at most
TABLE_PHOTOS = 256  # of which the tables of the entropy path are made, at most
CARD_PHOTOS = 24  # held-out photos of the card's figures, at most
MEASURED = (0, 16, 32, 48, 64, 80, 96, 112, 127)
CARD = """# latents-1

The learned codec of the reference picture (clause 17): `latents-1.safetensors` (analysis, hyper-analysis, synthesis and gains, half
precision), graphs of them for onnxruntime, and the integer model of the entropy path, `latents-1.bin`.

- Made by `python -m reference_codec.training.image_latents`, learning rate {rate}, seed {seed}, one cosine over these stages:
{stages}
- Trained for {step:,} steps in {minutes:.0f} minutes; {precision} on {device}, {threads} threads. Began with: {origin}.
- Learnt from {training} photos ({sources}); {held_out} photos, by the hash of their names, were held out. The tables of the entropy
  path are those of {tables} of the photos.
- Distortion: {squared} x squared error in 8-bit units (from {first_squared} at the start) + {structure:,.0f} x (1 - MS-SSIM),
  weights {min_weight} to {max_weight}.
- The weights are the averaged ones of step {best_step:,}, where the loss on the held-out photos was least: {best_loss:.4f}.

{measured}, mean over all, the quality the same for each:

{figures}
"""
console = Console()
Precision = Literal["auto", "float32", "bfloat16"]
Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True)
class Limits:
    """When to stop before the last step, and where to leave the compact checkpoint."""

    patience: int  # measurements of the last stage without a better one
    measure_every: int
    deadline: float = math.inf  # on the clock of `time.monotonic`
    compact: Path | None = None


def train(run: Run, pictures: photos.Split, folder: Path, limits: Limits, workers: int = 1) -> str:
    """Go on to the last step, or until something ends the run; returns what that is, nothing for the last step."""
    crops = photos.crops(pictures.held_out[:CROPS])
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeRemainingColumn(),
    )
    end = ""
    with interruptible() as signalled, Progress(*columns, console=console) as progress:
        task = progress.add_task("training", total=run.recipe.steps, completed=run.step)
        start = time.perf_counter()
        for batch in photos.batches(pictures.training, run.recipe, run.step, workers):
            run.advance(batch)
            progress.update(task, completed=run.step)
            last = run.step == run.recipe.steps
            if run.step % LOG_EVERY == 0:
                _log(folder / "log.csv", run, run.means())
            measured = len(crops) > 0 and (run.step % limits.measure_every == 0 or last)
            if measured:
                _measure(run, crops, folder)
            run.seconds += time.perf_counter() - start
            start = time.perf_counter()
            end = "" if last else _end(run, limits, signalled)
            if run.step % SAVE_EVERY == 0 or last or end:
                run.save(folder / "checkpoint.pt")
            if limits.compact and (measured or last or end):
                compact.write(run, limits.compact)
            if end:
                break
    return end


def _end(run: Run, limits: Limits, signalled: Event) -> str:
    """What ends the run now, if anything does."""
    if signalled.is_set():
        return "a signal"
    if time.monotonic() > limits.deadline:
        return "the time limit"
    if run.stale(limits.measure_every) >= limits.patience:
        return "no better held-out loss"
    return ""


def _measure(run: Run, crops: photos.Pictures, folder: Path) -> None:
    """Log the average's figures on the crops, and keep its weights where they are the best."""
    figures = run.measure(crops)
    if run.best_step == run.step:
        with replacing(folder / "best.pt") as temporary:
            torch.save(run.best, temporary)
    _log(folder / "heldout.csv", run, figures)


def _log(path: Path, run: Run, figures: dict[str, float]) -> None:
    row = {"step": run.step, "seconds": round(run.seconds), **{name: f"{value:.4f}" for name, value in figures.items()}}
    console.print(
        f"{path.stem}:", *(f"{name} {value} " for name, value in row.items()), highlight=False, soft_wrap=True
    )
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        if fresh:
            writer.writeheader()
        writer.writerow(row)


def _shorten(path: Path, step: int) -> None:
    """Remove the rows of a log after a step: they are of a run that ended before it saved them."""
    if not path.exists():
        return
    header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [row for row in rows if int(row.split(",", 1)[0]) <= step]
    with replacing(path) as temporary:
        temporary.write_text("".join([header, *kept]), encoding="utf-8")


def main(
    sources: Annotated[
        list[Path], typer.Argument(metavar="PHOTOS", help="Folders or zip files of photos to learn from.")
    ],
    output: Annotated[Path, typer.Option("-o", help="Folder to write to.")],
    stage: Annotated[list[str] | None, typer.Option(help="STEPSxBATCHxSIDE; once for each stage.")] = None,
    rate: Annotated[float | None, typer.Option(help="Learning rate at its highest.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of everything drawn at random.")] = None,
    device: Annotated[Device, typer.Option(help="Where to train; a CUDA GPU if there is one.")] = "auto",
    precision: Annotated[Precision, typer.Option(help="Of the networks in training; the faster one if auto.")] = "auto",
    threads: Annotated[int, typer.Option(help="Threads; all cores if 0.")] = 0,
    measure_every: Annotated[
        int, typer.Option(help="Steps from one held-out measurement to the next.")
    ] = MEASURE_EVERY,
    patience: Annotated[int, typer.Option(help="Measurements of the last stage without a better one, then stop.")] = 10,
    seconds: Annotated[float | None, typer.Option(help="Save and stop after so many seconds.")] = None,
    resume_from: Annotated[Path | None, typer.Option(help="Folder of a compact checkpoint to go on from.")] = None,
    compact_folder: Annotated[Path | None, typer.Option("--compact", help="Folder for a compact checkpoint.")] = None,
    export_only: Annotated[bool, typer.Option("--export-only", help="Export what was learnt so far.")] = False,
    measure: Annotated[
        Path | None, typer.Option(help="Photos of the card's figures; held-out ones by default.")
    ] = None,
) -> None:
    """Train a codec, or go on with it, then export it."""
    limits = Limits(
        patience, measure_every, time.monotonic() + (math.inf if seconds is None else seconds), compact_folder
    )
    place = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    cores = os.cpu_count() or 1
    torch.set_num_threads(threads or cores)
    workers = (threads or cores) if place == "cuda" else 1
    output.mkdir(parents=True, exist_ok=True)
    pictures = photos.split(photos.read(sources, workers=threads or cores))
    console.print(f"{len(pictures.training)} photos to learn from, {len(pictures.held_out)} held out")
    run = _run(output, resume_from, place, precision, pictures, _changes(stage, rate, seed))
    if not export_only:
        end = train(run, pictures, output, limits, workers)
        if end and end != "no better held-out loss":
            console.print(f"stopped at step {run.step} by {end}; the same command goes on from there")
            return
    tables = pictures.training[:: -(-len(pictures.training) // TABLE_PHOTOS)]
    model = export.write(run.exported(), track(tables, "tables", console=console), output)
    if measure:
        measured = [photo.picture for photo in photos.read([measure])]
    else:
        measured = pictures.held_out[:: -(-len(pictures.held_out) // CARD_PHOTOS) or 1]
    figures = table(Codec(Transforms(output), model), measured)
    console.print(figures)
    subject = f"{len(measured)} photos ({measure.name if measure else 'of those held out'})"
    names = ", ".join(source.stem for source in sources)
    _write_card(output, run, pictures, sources=names, tables=len(tables), measured=subject, figures=figures)


def _changes(stage: list[str] | None, rate: float | None, seed: int | None) -> dict[str, Any]:
    """What the options change in a recipe."""
    try:
        stages = tuple(Stage.parse(text) for text in stage) if stage else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--stage") from error
    given = {"stages": stages, "rate": rate, "seed": seed}
    return {name: value for name, value in given.items() if value is not None}


def _run(
    folder: Path,
    resume_from: Path | None,
    device: str,
    precision: Precision,
    pictures: photos.Split,
    changes: dict[str, Any],
) -> Run:
    """The run of a folder, of a compact checkpoint, or a new one: in this order."""
    path, best = folder / "checkpoint.pt", folder / "best.pt"
    if path.exists():
        state = torch.load(path, weights_only=True, map_location=device)
        run = Run(replace(Recipe.of(state["recipe"]), **changes), device)
        run.load(state, torch.load(best, weights_only=True, map_location=device) if best.exists() else None)
        if state["device"] == device and precision == "auto":
            precision = state["precision"]  # the same, so that it goes on exactly
        for name in ("log.csv", "heldout.csv"):
            _shorten(folder / name, run.step)
    elif resume_from:
        manifest, nets = compact.read(resume_from)
        run = Run(replace(Recipe.of(manifest["recipe"]), **changes), device)
        compact.resume(run, manifest, nets)
        if run.best is not None:
            torch.save(run.best, best)
    else:
        run = Run(replace(DEFAULTS[device], **changes), device)
        run.begin(photos.squares(pictures.training, STRIDE, SQUARES, run.recipe.seed))
    run.precision = _faster(run, pictures) if precision == "auto" else precision
    stages = "; ".join(str(found) for found in run.recipe.stages)
    console.print(f"step {run.step}, {run.precision} on {device}, {stages}", highlight=False, soft_wrap=True)
    return run


def _faster(run: Run, pictures: photos.Split) -> str:
    """The faster precision for this run's steps."""
    times = run.times(next(photos.batches(pictures.training, run.recipe, min(run.step, run.recipe.steps - 1))))
    best = min(times, key=times.__getitem__)
    measured = ", ".join(f"{name} {seconds:.3f}" for name, seconds in times.items())
    console.print(f"seconds per step: {measured}; {best} is the faster", highlight=False, soft_wrap=True)
    return best


def table(codec: Codec, pictures: list[Image.Image]) -> str:
    """A table of bits per pixel, all bytes of the payload, PSNR and MS-SSIM at some qualities."""
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
        if rows:
            bpp, psnr, structure = np.mean(rows, 0).tolist()
            lines.append(f"| {quality} | {bpp:.4f} | {psnr:.2f} | {structure:.4f} |")
    return "\n".join(lines)


def _write_card(folder: Path, run: Run, pictures: photos.Split, **texts: object) -> None:
    """What was trained, on what, for how long, and what came of it."""
    text = CARD.format(
        stages="\n".join(f"  - {stage}" for stage in run.recipe.stages),
        rate=run.recipe.rate,
        seed=run.recipe.seed,
        step=run.step,
        minutes=run.seconds / 60,
        precision=run.precision,
        device=run.device.type,
        threads=torch.get_num_threads(),
        origin=run.origin,
        training=len(pictures.training),
        held_out=len(pictures.held_out),
        squared=objective.SQUARED_SHARE,
        first_squared=objective.FIRST_SQUARED_SHARE,
        structure=objective.STRUCTURE_SHARE,
        min_weight=objective.MIN_WEIGHT,
        max_weight=objective.MAX_WEIGHT,
        best_step=run.best_step or run.step,
        best_loss=run.best_loss,
        **texts,
    )
    with replacing(folder / "latents-1.md") as temporary:
        temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
