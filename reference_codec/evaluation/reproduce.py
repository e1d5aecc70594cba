"""Run a system of the papers from pictures to metrics, and print every metric beside the paper's.

    python -m reference_codec.evaluation.reproduce SYSTEM ORIGINALS -o FOLDER --models WEIGHTS --device cuda

SYSTEM is misc, sedic or cmc-bench; ORIGINALS a folder of pictures, such as the 24 of Kodak; WEIGHTS the folder with the weights of the
metrics. For each configuration of the paper, the command runs `misc batch encode`, `misc batch decode` and `misc eval`. It needs the extras
"models", "eval" and "batch", the weights of the models, and an endpoint for the describer, or another describer by `--describer`.

FOLDER/NAME has the files of a configuration in `files`, its pictures in `pictures` and its figures in `results.json`. The command can be
interrupted: what is finished is not done again. The exit code is 1 if a picture could not be encoded, decoded or measured.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import typer

from misc_format.cli import render
from misc_format.cli.outcome import Code, guarded, remark
from misc_format.system.commandline import words_of
from reference_codec.evaluation import sets
from reference_codec.evaluation.metrics import METRICS
from reference_codec.evaluation.published import SYSTEMS, Published, System
from reference_codec.text import EMBEDDED

# The command, also where it is not on the path.
MISC = (
    sys.executable,
    "-c",
    "from misc_format.cli.app import app; app()",
)
RESULTS = "results.json"
SystemName = Literal["misc", "sedic", "cmc-bench"]


class Measured(NamedTuple):
    """A configuration and its figures.

    `pictures`: how many were measured. `bpp`, `values`: means; None where there is none. `missing`: why, by metric.
    """

    row: Published
    pictures: int
    bpp: float | None
    values: dict[str, float | None]
    missing: dict[str, str]


def table(measured: Sequence[Measured]) -> list[tuple[str, ...]]:
    """A line for each metric of each configuration: name, metric, here, paper, difference, and the paper's pictures."""
    lines = []
    for one in measured:
        figures: dict[str, tuple[float | None, float | None]] = {"bpp": (one.bpp, one.row.bpp)}
        figures |= {name: (one.values.get(name), one.row.values.get(name)) for name in (*one.values, *one.row.values)}
        figures = {name: pair for name, pair in figures.items() if pair != (None, None)}
        for metric, (here, paper) in figures.items():
            difference = (
                "" if here is None or paper is None else f"{here - paper:+.4f} ({100 * (here / paper - 1):+.1f} %)"
            )
            title = METRICS[metric].title if metric in METRICS else metric
            numbers = ("-" if value is None else f"{value:.4f}" for value in (here, paper))
            lines.append((one.row.name, title, *numbers, difference, f"{one.row.source}, {one.row.dataset}"))
    return lines


@guarded
def main(
    system: Annotated[SystemName, typer.Argument(help="The system.")],
    originals: Annotated[Path, typer.Argument(help="A folder of pictures.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder to write.")],
    rows: Annotated[str | None, typer.Option(help="Configurations, separated by commas. Default: all.")] = None,
    as_released: Annotated[bool, typer.Option("--as-released", help="Decode as the released code does.")] = False,
    describer: Annotated[str | None, typer.Option(help="Who writes the text. Default: the paper's.")] = None,
    map_maker: Annotated[str | None, typer.Option(help="Who makes the maps. Default: the paper's.")] = None,
    models: Annotated[Path | None, typer.Option(help="The folder with the weights of metrics.")] = None,
    metrics: Annotated[str | None, typer.Option(help="Metrics. Default: all that are available.")] = None,
    device: Annotated[str, typer.Option(help="The device of all models.")] = "auto",
    encode_options: Annotated[
        str | None,
        typer.Option(help='Further options of misc encode, such as "--image-method compressai --weights FILE".'),
    ] = None,
    decode_options: Annotated[
        str | None,
        typer.Option(help='Further options of misc decode, such as "--model FOLDER --controlnet FOLDER".'),
    ] = None,
) -> None:
    """Encode, decode and measure a system of the papers, and print every metric beside the paper's."""
    chosen = SYSTEMS[system]
    names = [row.name for row in chosen.rows]
    wanted = names if rows is None else rows.split(",")
    _require_known(wanted, names, "--rows")
    _require_known(metrics.split(",") if metrics else [], list(METRICS), "--metrics")
    further_encoding, further_decoding = (
        _words(encode_options, "--encode-options"),
        _words(decode_options, "--decode-options"),
    )
    count = len(sets.originals(originals))
    evaluating = [
        "--json",
        *(["--models", str(models)] if models else []),
        *(["--metrics", metrics] if metrics else []),
    ]
    decoding = [
        "--decoder",
        chosen.decoder,
        *(["--as-released"] if as_released else []),
        *further_decoding,
        "--device",
        device,
    ]
    measured = []
    for row in (row for row in chosen.rows if row.name in wanted):
        folder = output / f"{row.name}{'-released' if as_released else ''}"
        encoding = [*row.encode, *_describing(row, chosen, describer, map_maker), *further_encoding, "--device", device]
        pictures, files = folder / "pictures", folder / "files"
        # A picture that could not be decoded has its reason in the report of the batch, and is a failed row of the evaluation.
        finished = all(
            step() in (0, Code.NON_CONFORMING)
            for step in (
                partial(_run, "batch", "encode", originals, "-o", files, *encoding),
                partial(_run, "batch", "decode", files, "-o", pictures, *decoding),
                partial(
                    _evaluate, folder, originals, f"{row.name}={pictures}", "--files", files, *evaluating, *decoding
                ),
            )
        )
        measured.append(_read(row, folder / RESULTS) if finished else Measured(row, 0, None, {}, {}))
    _show(system, measured, count)
    raise typer.Exit(Code.NON_CONFORMING if any(one.pictures < count for one in measured) else 0)


def _describing(row: Published, system: System, describer: str | None, map_maker: str | None) -> list[str]:
    """The options for text and maps."""
    options: list[str] = []
    if row.has_text:
        name = describer or system.describer
        options += ["--describer", name, *(row.lengths if name != EMBEDDED else ())]
    if row.has_maps and system.map_maker:
        options += ["--map-maker", map_maker or system.map_maker]
    return options


def _require_known(names: Sequence[str], known: Sequence[str], option: str) -> None:
    if unknown := [name for name in names if name not in known]:
        raise typer.BadParameter(f"{', '.join(map(repr, unknown))}: not among {', '.join(known)}", param_hint=option)


def _words(text: str | None, option: str) -> list[str]:
    try:
        return words_of(text) if text else []
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} cannot be split into words: {error}", param_hint=option) from None


def _run(*arguments: object, output: Path | None = None) -> int:
    """Run the command `misc`, whose output goes to a file or to stderr; its exit code."""
    words = list(map(str, arguments))
    remark(shlex.join(words))
    with output.open("wb") if output else open(sys.stderr.fileno(), "wb", closefd=False) as stream:
        return subprocess.run([*MISC, *words], stdout=stream, check=False).returncode


def _evaluate(folder: Path, *arguments: object) -> int:
    """Write the results, unless they are newer than the pictures; the exit code of the command."""
    target, pictures = folder / RESULTS, folder / "pictures" / "report.parquet"
    if target.exists() and pictures.exists() and target.stat().st_mtime >= pictures.stat().st_mtime:
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    code = _run("eval", *arguments, output=partial)
    if code in (0, Code.NON_CONFORMING):
        partial.replace(target)
    else:
        partial.unlink()
    return code


def _read(row: Published, path: Path) -> Measured:
    """The means of a configuration; no figures if there are no results."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    mean = next((mean for mean in document.get("means", ()) if mean["label"] == row.name), None)
    missing = document.get("missing", {})
    if mean is None:
        return Measured(row, 0, None, {}, missing)
    return Measured(row, mean["pictures"], mean["bpp"], mean["values"], missing)


def _show(system: str, measured: Sequence[Measured], count: int) -> None:
    from rich.table import Table

    shown = Table(title=f"{system}, beside the paper", title_justify="left")
    for place, head in enumerate(("configuration", "metric", "here", "paper", "difference", "the paper's")):
        shown.add_column(head, justify="right" if 1 < place < 5 else "left")
    for line in table(measured):
        shown.add_row(*line)
    render.show(shown)
    for one in measured:
        if one.pictures < count:
            remark(
                f"{one.row.name}: {one.pictures} of {count} pictures were measured; the messages above name the others"
            )
    reasons = {name: reason for one in measured for name, reason in one.missing.items() if name in one.row.values}
    for name, reason in reasons.items():
        remark(f"{name}, which the paper has, was not measured: {reason}")


if __name__ == "__main__":
    typer.run(main)
