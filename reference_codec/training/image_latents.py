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

import torch
import typer
from PIL import Image
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn, track

from misc_format.system.files import replacing
from reference_codec.images.latents.networks import STRIDE
from reference_codec.training.latents import compact, photos
from reference_codec.training.latents.interruption import interruptible
from reference_codec.training.latents.run import Run
from reference_codec.training.latents.stages import DEFAULTS, Recipe, Stage

SQUARES = 20_000  # from which the linear transform is found
LOG_EVERY, SAVE_EVERY, MEASURE_EVERY = 100, 250, 1000
CROPS = 128  # of held-out photos, at most
TABLE_PHOTOS = 256  # of which the tables of the entropy path are made, at most
CARD_PHOTOS = 24  # held-out photos of the card's figures, at most
UNIMPROVED = "no better held-out loss"
console = Console()
Precision = Literal["auto", "float32", "bfloat16"]
Device = Literal["auto", "cpu", "cuda"]
Export = Literal["end", "now", "never"]


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
                compact.write(run, folder, limits.compact)
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
        return UNIMPROVED
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
    export_when: Annotated[
        Export, typer.Option("--export", help="Export at the end, now without training on, or never.")
    ] = "end",
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
    torch.backends.cudnn.benchmark = True
    workers = (threads or cores) if place == "cuda" else 1
    output.mkdir(parents=True, exist_ok=True)
    pictures = photos.split(photos.read(sources, workers=threads or cores))
    console.print(f"{len(pictures.training)} photos to learn from, {len(pictures.held_out)} held out")
    run, known = _run(output, resume_from, place, pictures, _changes(stage, rate, seed))
    if export_when != "now":
        for name in compact.LOGS:
            _shorten(output / name, run.step)
        run.precision = (known or _faster(run, pictures)) if precision == "auto" else precision
        stages = "; ".join(str(part) for part in run.recipe.stages)
        console.print(f"step {run.step}, {run.precision} on {place}, {stages}", highlight=False, soft_wrap=True)
        end = train(run, pictures, output, limits, workers)
        if end and end != UNIMPROVED:
            console.print(f"stopped at step {run.step} by {end}; the same command goes on from there")
            return
    if export_when != "never":
        _export(run, pictures, output, ", ".join(source.stem for source in sources), measure)


def _export(run: Run, pictures: photos.Split, folder: Path, sources: str, measure: Path | None) -> None:
    """Write what ships, and the card with its figures."""
    from reference_codec.images.latents.codec import Codec
    from reference_codec.images.latents.transforms import Transforms
    from reference_codec.training.latents import card, export

    tables = _sample(pictures.training, TABLE_PHOTOS)
    model = export.write(run.exported(), track(tables, "tables", console=console), folder)
    own = _sample(pictures.held_out, CARD_PHOTOS)
    measured = [photo.picture for photo in photos.read([measure])] if measure else own
    figures = card.table(Codec(Transforms(folder), model), measured)
    console.print(figures)
    subject = f"{len(measured)} photos ({measure.name if measure else 'held out'})"
    card.write(folder, run, pictures, sources=sources, tables=len(tables), measured=subject, figures=figures)


def _sample(pictures: list[Image.Image], count: int) -> list[Image.Image]:
    """At most `count` pictures, evenly spread."""
    return pictures[:: max(1, -(-len(pictures) // count))]


def _changes(stage: list[str] | None, rate: float | None, seed: int | None) -> dict[str, Any]:
    """What the options change in a recipe."""
    try:
        stages = tuple(Stage.parse(text) for text in stage) if stage else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--stage") from error
    given = {"stages": stages, "rate": rate, "seed": seed}
    return {name: value for name, value in given.items() if value is not None}


def _run(
    folder: Path, resume_from: Path | None, device: str, pictures: photos.Split, changes: dict[str, Any]
) -> tuple[Run, str]:
    """The run of a folder, of a compact checkpoint, or a new one: in this order. And its precision, if it has had one here."""
    path, best = folder / "checkpoint.pt", folder / "best.pt"
    if path.exists():
        state = torch.load(path, weights_only=True, map_location=device)
        run = Run(replace(Recipe.of(state["recipe"]), **changes), device, state["precision"])
        run.load(state, torch.load(best, weights_only=True, map_location=device) if best.exists() else None)
        return run, state["precision"] if state["device"] == device else ""  # the same, so that it goes on exactly
    if resume_from:
        manifest, nets = compact.read(resume_from)
        run = Run(replace(Recipe.of(manifest["recipe"]), **changes), device)
        compact.resume(run, manifest, nets)
        compact.copy_logs(resume_from, folder)
        if run.best is not None:
            torch.save(run.best, best)
        return run, ""
    run = Run(replace(DEFAULTS[device], **changes), device)
    run.begin(photos.squares(pictures.training, STRIDE, SQUARES, run.recipe.seed))
    return run, ""


def _faster(run: Run, pictures: photos.Split) -> str:
    """The faster precision for this run's steps."""
    times = run.times(next(photos.batches(pictures.training, run.recipe, min(run.step, run.recipe.steps - 1))))
    best = min(times, key=times.__getitem__)
    measured = ", ".join(f"{name} {seconds:.3f}" for name, seconds in times.items())
    console.print(f"seconds per step: {measured}; {best} is the faster", highlight=False, soft_wrap=True)
    return best


if __name__ == "__main__":
    typer.run(main)
