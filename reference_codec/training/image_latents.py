"""Train, quantise, measure and export the learned codec of the reference picture (clause 9).

    python -m reference_codec.training.image_latents PHOTOS [PHOTOS ...] -o FOLDER

PHOTOS are folders of pictures, or zip files from `reference_codec.training.latents.pack`. The command needs the extra "training".

A tenth of the photos is held out; the hash of the name decides. The run keeps a moving average of the weights and measures the averaged
network on the held-out photos. It exports the averaged weights with the lowest held-out loss.

The run can be interrupted. On SIGINT and SIGTERM, it saves FOLDER/checkpoint.pt, and the same command resumes from there.
FOLDER/log.csv has the training figures of every hundred steps, FOLDER/heldout.csv the held-out figures, and FOLDER/best.pt the best
weights. If FOLDER has no checkpoint, `--resume-from` resumes from a compact checkpoint, for example one from another machine, and
`--start-from shipped` starts a new run from the weights that ship, under the final factors of the loss.
"""

from __future__ import annotations

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
from reference_codec.training import logs
from reference_codec.training.latents import compact, exported, photos
from reference_codec.training.latents.interruption import interruptible
from reference_codec.training.latents.run import Run
from reference_codec.training.latents.stages import DEFAULTS, Recipe, Stage

SQUARES = 20_000  # number of squares from the photos that determine the linear transform
LOG_EVERY, SAVE_EVERY, MEASURE_EVERY = 100, 250, 1000
CROPS = 128  # maximum number of held-out photos, one crop of each
TABLE_PHOTOS = 256  # maximum number of training photos for the tables of the integer model
CARD_PHOTOS = 24  # maximum number of held-out photos for the figures on the card
UNIMPROVED = "no better held-out loss"
console = Console()
Precision = Literal["auto", "float32", "bfloat16"]
Device = Literal["auto", "cpu", "cuda"]
Export = Literal["end", "now", "never"]


@dataclass(frozen=True)
class Limits:
    """When to stop before the last step, and where to write the compact checkpoint."""

    patience: int  # stop after so many measurements of the last stage without improvement
    measure_every: int
    deadline: float = math.inf  # as `time.monotonic()` counts
    compact: Path | None = None


def train(run: Run, pictures: photos.Split, folder: Path, limits: Limits, workers: int = 1) -> str:
    """Train up to the last step, or until the run must stop early. Returns the reason for stopping early, or "" after the last step."""
    crops = photos.crops(pictures.held_out[:CROPS])
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeRemainingColumn(),
    )
    reason = ""
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
            reason = "" if last else _stop_reason(run, limits, signalled)
            if run.step % SAVE_EVERY == 0 or last or reason:
                run.save(folder / "checkpoint.pt")
            if limits.compact and (measured or last or reason):
                compact.write(run, folder, limits.compact)
            if reason:
                break
    return reason


def _stop_reason(run: Run, limits: Limits, signalled: Event) -> str:
    """Why the run must stop now, or "" if it need not."""
    if signalled.is_set():
        return "a signal"
    if time.monotonic() > limits.deadline:
        return "the time limit"
    if run.stale(limits.measure_every) >= limits.patience:
        return UNIMPROVED
    return ""


def _measure(run: Run, crops: photos.Pictures, folder: Path) -> None:
    """Measure the averaged network on the crops and log the figures. Save its weights if they are the best so far."""
    figures = run.measure(crops)
    if run.best_step == run.step:
        with replacing(folder / "best.pt") as temporary:
            torch.save(run.best, temporary)
    _log(folder / "heldout.csv", run, figures)


def _log(path: Path, run: Run, figures: dict[str, float]) -> None:
    formatted = {name: f"{value:.4f}" for name, value in figures.items()}
    logs.append(path, {"step": run.step, "seconds": round(run.seconds), **formatted}, console)


def main(
    sources: Annotated[list[Path], typer.Argument(metavar="PHOTOS", help="Folders or zip files of training photos.")],
    output: Annotated[Path, typer.Option("-o", help="Folder to write to.")],
    stage: Annotated[
        list[str] | None, typer.Option(help="A stage of training, as STEPSxBATCHxSIDE. Can be repeated.")
    ] = None,
    rate: Annotated[float | None, typer.Option(help="Peak learning rate.")] = None,
    seed: Annotated[int | None, typer.Option(help="Random seed.")] = None,
    device: Annotated[Device, typer.Option(help="Device; auto: a CUDA GPU if there is one.")] = "auto",
    precision: Annotated[Precision, typer.Option(help="Precision in training; auto: the faster one.")] = "auto",
    threads: Annotated[int, typer.Option(help="Number of threads; 0: all cores.")] = 0,
    measure_every: Annotated[
        int, typer.Option(help="Steps between measurements on the held-out photos.")
    ] = MEASURE_EVERY,
    patience: Annotated[
        int, typer.Option(help="Stop after so many measurements of the last stage without improvement.")
    ] = 10,
    seconds: Annotated[
        float | None, typer.Option(help="Time limit in seconds; the run then saves a checkpoint and stops.")
    ] = None,
    resume_from: Annotated[Path | None, typer.Option(help="Folder of a compact checkpoint to resume from.")] = None,
    start_from: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help='Start from the files of an export; "shipped": those of this package.'),
    ] = None,
    compact_folder: Annotated[Path | None, typer.Option("--compact", help="Folder for a compact checkpoint.")] = None,
    export_when: Annotated[
        Export, typer.Option("--export", help="When to export: at the end, now (without more training), or never.")
    ] = "end",
    measure: Annotated[
        Path | None, typer.Option(help="Photos for the figures on the card. Default: held-out photos.")
    ] = None,
) -> None:
    """Train a codec, or resume its training, then export it."""
    limits = Limits(
        patience, measure_every, time.monotonic() + (math.inf if seconds is None else seconds), compact_folder
    )
    chosen_device = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    cores = os.cpu_count() or 1
    torch.set_num_threads(threads or cores)
    torch.backends.cudnn.benchmark = True
    workers = (threads or cores) if chosen_device == "cuda" else 1
    output.mkdir(parents=True, exist_ok=True)
    pictures = photos.split(photos.read(sources, workers=threads or cores))
    console.print(f"{len(pictures.training)} training photos, {len(pictures.held_out)} held out")
    changes = _changes(stage, rate, seed)
    run, known_precision = _open_run(output, resume_from, start_from, chosen_device, pictures, changes)
    if export_when != "now":
        for name in compact.LOGS:
            logs.truncate(output / name, run.step)
        run.precision = (known_precision or _faster_precision(run, pictures)) if precision == "auto" else precision
        stages = "; ".join(str(part) for part in run.recipe.stages)
        console.print(f"step {run.step}, {run.precision} on {chosen_device}, {stages}", highlight=False, soft_wrap=True)
        reason = train(run, pictures, output, limits, workers)
        if reason and reason != UNIMPROVED:
            console.print(f"stopped at step {run.step} by {reason}; the same command resumes from there")
            return
    if export_when != "never":
        _export(run, pictures, output, ", ".join(source.stem for source in sources), measure)


def _export(run: Run, pictures: photos.Split, folder: Path, sources: str, measure: Path | None) -> None:
    """Write the files that ship, measure the exported codec, and write the card with its figures."""
    from reference_codec.images.latents.codec import Codec
    from reference_codec.images.latents.transforms import Transforms
    from reference_codec.training.latents import card, export

    tables = _sample(pictures.training, TABLE_PHOTOS)
    model = export.write(run.exported(), track(tables, "tables", console=console), folder)
    measured = (
        [photo.picture for photo in photos.read([measure])] if measure else _sample(pictures.held_out, CARD_PHOTOS)
    )
    figures = card.table(Codec(Transforms(folder), model), measured)
    console.print(figures)
    subject = f"{len(measured)} photos ({measure.name if measure else 'held out'})"
    card.write(folder, run, pictures, sources=sources, tables=len(tables), measured=subject, figures=figures)


def _sample(pictures: list[Image.Image], count: int) -> list[Image.Image]:
    """At most `count` pictures, evenly spread."""
    return pictures[:: max(1, -(-len(pictures) // count))]


def _changes(stage: list[str] | None, rate: float | None, seed: int | None) -> dict[str, Any]:
    """The fields of the recipe that the options change."""
    try:
        stages = tuple(Stage.parse(text) for text in stage) if stage else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--stage") from error
    given = {"stages": stages, "rate": rate, "seed": seed}
    return {name: value for name, value in given.items() if value is not None}


def _open_run(
    folder: Path,
    resume_from: Path | None,
    start_from: str | None,
    device: str,
    pictures: photos.Split,
    changes: dict[str, Any],
) -> tuple[Run, str]:
    """The run of the checkpoint in `folder`, else of a compact checkpoint, else a new run, from an export or from nothing.

    Also returns the precision of the run if it ran on this device before, else "".
    """
    path, best = folder / "checkpoint.pt", folder / "best.pt"
    if path.exists():
        state = torch.load(path, weights_only=True, map_location=device)
        run = Run(replace(Recipe.of(state["recipe"]), **changes), device, state["precision"])
        run.load(state, torch.load(best, weights_only=True, map_location=device) if best.exists() else None)
        return run, state["precision"] if state[
            "device"
        ] == device else ""  # the same precision, so that the result is the same as without the interruption
    if resume_from:
        manifest, nets = compact.read(resume_from)
        run = Run(replace(Recipe.of(manifest["recipe"]), **changes), device)
        compact.resume(run, manifest, nets)
        compact.copy_logs(resume_from, folder)
        if run.best is not None:
            torch.save(run.best, best)
        return run, ""
    run = Run(replace(DEFAULTS[device], is_settled=start_from is not None, **changes), device)
    if start_from:
        run.begin_from(exported.read(start_from), f"the {start_from} weights")
        return run, ""
    run.begin(photos.squares(pictures.training, STRIDE, SQUARES, run.recipe.seed))
    return run, ""


def _faster_precision(run: Run, pictures: photos.Split) -> str:
    """The precision in which a step of this run takes less time."""
    times = run.times(next(photos.batches(pictures.training, run.recipe, min(run.step, run.recipe.steps - 1))))
    best = min(times, key=times.__getitem__)
    measured = ", ".join(f"{name} {seconds:.3f}" for name, seconds in times.items())
    console.print(f"seconds per step: {measured}; {best} is faster", highlight=False, soft_wrap=True)
    return best


if __name__ == "__main__":
    typer.run(main)
