"""`misc decode`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from misc_format import account, read
from misc_format.cli import render
from misc_format.cli.options import with_options_of
from misc_format.cli.outcome import guarded, read_input, remark
from misc_format.components import Samples, Stream, Text
from misc_format.painting import MAX_PIXELS
from reference_codec.commands.decode_options import options_from
from reference_codec.commands.shared import Json, require_other_file, tile_progress
from reference_codec.decoder import Decoder
from reference_codec.pictures.comparison import side_by_side
from reference_codec.pictures.files import load, save


@guarded
@with_options_of(options_from)
def decode(
    file: Annotated[Path, typer.Argument(readable=False, help="A .misc file; - for standard input.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            readable=False,
            help="The picture to write. Default: FILE with the ending .decoded.png.",
            show_default=False,
        ),
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(readable=False, help="The original picture: also write both side by side.", metavar="PICTURE"),
    ] = None,
    max_pixels: Annotated[int, typer.Option(min=1, help="Refuse a picture with more pixels.")] = MAX_PIXELS,
    as_json: Json = False,
    **options: Any,
) -> None:
    """Decode a bitstream to a picture of the original size. Without a generative model, it is the reference picture."""
    data = read_input(file)
    stream = read(data)
    decoder = Decoder(options_from(**options))
    with tile_progress("painting") as report:
        samples = decoder.paint(stream, max_pixels, report)
    target = require_other_file(output or _usual_output(file), file, compare)
    original = load(compare).samples if compare else None
    save(samples, target)
    for note in decoder.notes:
        remark(note)
    document: dict[str, Any] = {
        "file": str(file),
        "output": str(target),
        "width": stream.width,
        "height": stream.height,
    }
    if as_json and decoder.origin is not None:
        document["weights"] = decoder.origin.as_dict()
    if original is not None:
        document["comparison"] = str(_save_comparison(original, samples, data, target))
    if as_json:
        render.emit({**document, "notes": list(decoder.notes)})
    else:
        for line in _summary(document, stream):
            render.say(line)


def _usual_output(file: Path) -> Path:
    """The picture to write. FILE with .png may well be the original."""
    return Path("decoded.png") if str(file) == "-" else file.with_suffix(".decoded.png")


def _save_comparison(original: Samples, decoded: Samples, data: bytes, target: Path) -> Path:
    """Write the original and the decoded picture side by side, beside `target`; returns the path."""
    path = target.with_name(f"{target.stem}-comparison.png")
    labels = ("original", f"decoded, {account(data).bpp:.4f} bpp")
    save(side_by_side(original, decoded, labels), path)
    return path


def _summary(document: dict[str, Any], stream: Stream) -> list[str]:
    lines = [f"{document['output']}: {stream.width}x{stream.height}, profile {stream.profile}"]
    if "comparison" in document:
        lines.append(f"{document['comparison']}: original and decoded, side by side")
    if isinstance(stream.text, Text):
        sentences = (stream.text.overall, *(f"- {item.name}: {item.detail}" for item in stream.text.items))
        lines += sentences
    return lines
