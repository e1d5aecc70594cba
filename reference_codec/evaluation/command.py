"""`misc eval`: exact bits beside quality, and other codecs at the same rates."""

from __future__ import annotations

import io
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from misc_format.cli.options import with_options_of
from misc_format.cli.outcome import Code, guarded, remark
from misc_format.cli.progress import progress
from reference_codec.commands.decode_options import options_from
from reference_codec.evaluation.anchors import CONVENTIONAL, Anchor, parse
from reference_codec.evaluation.metrics import METRICS

if TYPE_CHECKING:
    from reference_codec.evaluation.results import Results
    from reference_codec.evaluation.sets import Reading, Unmeasured

USUAL_CROPS = 6  # pictures on the contact sheet


@guarded
@with_options_of(options_from)
def evaluate(
    originals: Annotated[Path | None, typer.Argument(readable=False, help="A folder of pictures, or one picture.")] = None,
    sets: Annotated[
        list[str] | None,
        typer.Argument(help="Sets with the names of the originals: folders of .misc files, of decoded pictures, or of both. Sets of one LABEL form a curve.", metavar="[LABEL=]PATH..."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", readable=False, help="The folder to write: report.html, results.json, pictures.csv.", metavar="DIR")
    ] = None,
    files: Annotated[
        list[str] | None, typer.Option(help="A folder of the files, of any codec, that decoded pictures came from: one for all sets, one for each set in their order, or SET=DIR, where SET is a label, a name, or LABEL/NAME.", metavar="[SET=]DIR")
    ] = None,
    metrics: Annotated[str | None, typer.Option(help=f"Metrics: {', '.join(METRICS)}. Default: all that are available.", metavar="NAME,...")] = None,
    against: Annotated[
        str | None, typer.Option(help=f"Other codecs at the same rates: {', '.join(CONVENTIONAL)}, compressai=ARCHITECTURE:WEIGHTS[:QUALITY].", metavar="NAME,...")
    ] = None,
    models: Annotated[Path | None, typer.Option(readable=False, help="The folder with the weights of metrics.", metavar="DIR")] = None,
    fetch: Annotated[bool, typer.Option("--fetch", help="Let libraries download missing weights.")] = False,
    crops: Annotated[int, typer.Option(min=0, help="Number of pictures on the contact sheet.")] = USUAL_CROPS,
    workers: Annotated[int | None, typer.Option(min=1, help="Number of processes. Default: one per core.")] = None,
    dataset: Annotated[
        str | None, typer.Option(help="The data set that the originals should be. Differences are reported. Without PATH, only this is checked.", metavar="NAME")
    ] = None,
    show_datasets: Annotated[bool, typer.Option("--datasets", help="Show the data sets of the papers, and nothing else.")] = False,
    publish: Annotated[
        Path | None, typer.Option(readable=False, help="A new folder to publish: a page, every file with its digest and bits, and how to recount them.", metavar="DIR")
    ] = None,
    recount: Annotated[
        Path | None, typer.Option(readable=False, help="Count a published folder again, name every difference, and do nothing else.", metavar="DIR")
    ] = None,
    title: Annotated[str, typer.Option(help="Title of the page.")] = "Evaluation",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    **options: Any,
) -> None:  # fmt: skip
    """Compare decoded pictures with their originals: exact bits, quality, curves, delta rates against other codecs, and a page with crops."""
    from misc_format.cli import render
    from misc_format.system.threads import cores
    from reference_codec.evaluation import dataset_command, measure, recount_command
    from reference_codec.evaluation import publish as publishing
    from reference_codec.evaluation import sets as picture_sets
    from reference_codec.evaluation.metric_libraries import Where
    from reference_codec.evaluation.metrics import load
    from reference_codec.evaluation.results import gather

    if show_datasets:
        dataset_command.show_all(as_json)
        return
    if recount is not None:
        if originals is not None or output or publish:
            raise typer.BadParameter(
                "with --recount, nothing is measured: name no originals, and leave out -o and --publish"
            )
        recount_command.finish(recount, as_json)
    if originals is None or not (sets or dataset):
        raise typer.BadParameter("name the originals and at least one set, or --dataset to check the originals alone")
    checked = dataset_command.checked(dataset, originals)
    if not sets:
        if output or publish or files or metrics or against:
            raise typer.BadParameter(
                "without a set, nothing is measured: leave out -o, --publish, --files, --metrics and --against"
            )
        assert checked is not None
        dataset_command.finish(checked, picture_sets.originals_not_taken(originals), as_json)
    chosen = _metric_names(metrics)
    codecs, missing_codecs = _anchors(against)
    pictures = picture_sets.originals(originals)
    evaluated, strangers = _sets(sets, files or [], pictures, codecs)
    strangers[:0] = picture_sets.originals_not_taken(originals)
    if publish is not None:
        publishing.require_free(publish)
    where = Where(models, options["device"] if options["device"] != "auto" else _usual_device(), fetch)
    _, missing = load(chosen, where)
    usable = [name for name in chosen if name not in missing]
    shown = frozenset(list(pictures)[:crops] if output or publish else [])
    with tempfile.TemporaryDirectory() as folder, progress() as show:
        scratch = Path(folder) if any(METRICS[name].whole for name in usable) else None
        plan = measure.Plan(
            pictures, evaluated, codecs, usable, where, options_from(**options), shown, scratch, strangers
        )
        rows = measure.run(plan, workers or cores(), lambda done, total: show(done, 0, done / total))
        results = gather(plan, rows, {**missing, **missing_codecs}, checked)
    if output:
        _write(results, output, title)
    if publish:
        publishing.publish(results, plan, publish, title)
    if as_json:
        render.emit(results.as_dict())
    else:
        _show(results)
        _remark_rows(results)
    raise typer.Exit(Code.NON_CONFORMING if _has_gap(results) else dataset_command.code(checked))


def _sets(texts: list[str], files: list[str], pictures: dict[str, Path], codecs: list[Anchor]) -> Reading:
    """The sets, and what of their folders is not taken. Raises `BadParameter`, `OSError`."""
    from reference_codec.evaluation import sets

    try:
        reading = sets.read_all(texts, files, pictures)
        sets.require_free_labels(reading.sets, [codec.title for codec in codecs])
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return reading


def _has_gap(results: Results) -> bool:
    """Whether an original is not measured in a set, for whatever reason. What an anchor could not do is none."""
    failed = any(row.problem and not row.anchor for row in results.rows)
    return failed or any(each.kind == "picture" for each in results.unmeasured)


def _remark_rows(results: Results) -> None:
    together: dict[tuple[str, str, str], list[str]] = {}
    for row in results.rows:
        if row.problem:
            remark(f"{row.label}, {row.set}, {row.picture}: {row.problem}")
        for note in row.notes:
            together.setdefault((row.label, row.set, note), []).append(row.picture)
    for (label, name, note), pictures in together.items():
        if len(pictures) == 1:
            remark(f"{label}, {name}, {pictures[0]}: {note}")
        else:
            remark(f"{label}, {name}: {note}: {', '.join(pictures)}")
    remark_unmeasured(results.unmeasured)
    for each in results.remarks:
        remark(f"{', '.join(filter(None, each[:2]))}: {each.text}")


def remark_unmeasured(unmeasured: Iterable[Unmeasured]) -> None:
    """Name on stderr what has no row, the files of one reason together."""
    together: dict[tuple[str, str, str], list[str]] = {}
    for each in unmeasured:
        together.setdefault((each.label, each.set, each.reason), []).append(each.name)
    for (label, name, reason), pictures in together.items():
        remark(f"{label}, {name}: {reason}: {', '.join(pictures)}")


def _metric_names(text: str | None) -> list[str]:
    if text is None:
        return list(METRICS)
    names = [name.strip() for name in text.split(",")]
    if unknown := [name for name in names if name not in METRICS]:
        raise typer.BadParameter(f"{', '.join(unknown)}: not among {', '.join(METRICS)}", param_hint="--metrics")
    _require_once(names, "--metrics")
    return names


def _require_once(names: list[str], option: str) -> None:
    if doubles := [name for name, count in Counter(names).items() if count > 1]:
        raise typer.BadParameter(f"{', '.join(doubles)}: named twice, and would be one row", param_hint=option)


def _anchors(text: str | None) -> tuple[list[Anchor], dict[str, str]]:
    """The anchors that work here, each tried on a small picture, and for each of the others the reason."""
    import numpy as np

    from reference_codec.evaluation import anchors

    picture = np.zeros((64, 64, 3), np.uint8)
    usable, missing = [], {}
    for name in text.split(",") if text else []:
        try:
            anchor = parse(name.strip())
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--against") from None
        try:
            if anchor.name == anchors.MODEL:
                anchors.by_model(picture, anchor)
            else:
                anchors.at_rate(picture, anchor, 2**16)
            usable.append(anchor)
        except Exception as error:  # a library that is missing or broken fails in its own ways
            missing[name] = f"it does not work here: {error or type(error).__name__}"
    _require_once([anchor.title for anchor in usable], "--against")
    return usable, missing


def _usual_device() -> str:
    try:
        import torch
    except ModuleNotFoundError:
        return "cpu"
    return "cuda" if torch.cuda.is_available() else "cpu"


def _write(results: Results, folder: Path, title: str) -> None:
    from misc_format.system.files import write_file
    from misc_format.system.text import as_json
    from reference_codec.evaluation.page import page

    folder.mkdir(parents=True, exist_ok=True)
    write_file(folder / "results.json", as_json(results.as_dict(), indent=1).encode())
    # A file name that is not UTF-8 has lone surrogates, which are written as escapes.
    write_file(folder / "pictures.csv", _csv(results).encode(errors="backslashreplace"))
    write_file(folder / "report.html", page(results, title).encode())


def _csv(results: Results) -> str:
    from misc_format.reports.exports import write_csv

    names = [name for name in results.metrics if not METRICS[name].whole]
    header = ["label", "set", "picture", "width", "height", "bits", "bpp", *names, "problem", "notes"]
    rows = (
        [row.label, row.set, row.picture, row.width, row.height, row.bits, row.bpp]
        + [row.values.get(name) for name in names]
        + [row.problem, " ".join(row.notes)]
        for row in results.rows
        if not row.original
    )
    stream = io.StringIO()
    write_csv(stream, header, rows)
    return stream.getvalue()


def _show(results: Results) -> None:
    from rich.table import Table

    from misc_format.cli import render
    from reference_codec.evaluation import dataset_command

    if results.dataset is not None:
        dataset_command.show(results.dataset)
    table = Table(title="means over pictures", title_justify="left")
    table.add_column("set")
    for name in ("pictures", "bpp", *(METRICS[name].title for name in results.metrics)):
        table.add_column(name, justify="right")
    for mean in results.means:
        values = [mean.values.get(name) for name in results.metrics]
        cells = ["" if value is None else f"{value:.4f}" for value in values]
        name = f"{mean.label}, {'at ' if mean.anchor and mean.set else ''}{mean.set}".rstrip(", ")
        count = str(mean.pictures) if mean.pictures == results.originals else f"{mean.pictures} of {results.originals}"
        table.add_row(render.cell(name), count, "" if mean.bpp is None else f"{mean.bpp:.5f}", *cells)
    render.show(table)
    for test, anchors in results.deltas.items():
        for anchor, by_metric in anchors.items():
            percents = ", ".join(
                f"{METRICS[name].title} {value:+.1f} %" for name, value in by_metric.items() if value is not None
            )
            if percents:
                render.say(f"delta rate of {test} against {anchor}: {percents}")
    for label, scores in results.cmc_bench.items():
        render.say(
            f"CMC-Bench's overall score of {label}: {scores.decoders:.4f} among decoders, {scores.describers:.4f} among describers"
        )
    for name, reason in results.missing.items():
        remark(f"{name} is left out: {reason}")
