"""`misc decode`."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from misc_format import Document, account
from misc_format.cli import render
from misc_format.cli.options import MaxMemory, Timeout, limits_of, require_other_file, with_options_of
from misc_format.cli.outcome import guarded, read_input, remark
from misc_format.components import Samples, Stream, Text
from misc_format.engine.limited import call
from misc_format.engine.warmup import warm
from misc_format.painting import MAX_PIXELS
from misc_format.pictures import icc_of, in_srgb, load
from reference_codec.commands.decode_options import options_from
from reference_codec.commands.shared import Json, tile_progress
from reference_codec.decoder import Decoder, Options
from reference_codec.decoders import embedded
from reference_codec.decoders.origin import Origin
from reference_codec.pictures.files import NOTE_NO_ICC, keeps_icc, save


class Painted(NamedTuple):
    """The content of a file, its picture, notes for the user, and the weights that painted it; None for the embedded decoder."""

    stream: Stream
    samples: Samples
    notes: tuple[str, ...]
    weights: Origin | None


@dataclass
class Painting:
    """A file to be painted, perhaps in another process."""

    data: bytes
    options: Options
    max_pixels: int

    def prepare(self) -> None:
        """Load what is needed to read a file, and the model that the options name."""
        warm()
        self.decoder.load()

    @cached_property
    def decoder(self) -> Decoder:
        """The decoder."""
        return Decoder(self.options)

    def __call__(self) -> Painted:
        """Paint the picture. Raises the errors of `Decoder.paint`."""
        document = Document(self.data)
        embedded.require_modules(document)
        stream = document.stream()
        with tile_progress("painting") as report:
            samples = self.decoder.paint(stream, self.max_pixels, report)
        return Painted(stream, samples, self.decoder.notes, self.decoder.origin)


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
    max_memory: MaxMemory = None,
    timeout: Timeout = None,
    as_json: Json = False,
    **options: Any,
) -> None:
    """Decode a bitstream to a picture of the original size. Without a generative model, it is the reference picture."""
    # Everything that can be wrong with the command is found before the file is decoded, which takes seconds.
    target = require_other_file(output or _usual_output(file), file, compare)
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(target.parent))
    original = load(compare) if compare else None
    painting = Painting(read_input(file), options_from(**options), max_pixels)
    stream, samples, painting_notes, weights = call(painting, limits_of(max_memory, timeout))
    icc = icc_of(stream)
    save(samples, target, icc)
    notes = [*painting_notes, *(original.notes if original else ())]
    if icc is not None and not keeps_icc(target):
        notes.append(NOTE_NO_ICC.format(target.suffix))
    for note in notes:
        remark(note)
    document: dict[str, Any] = {
        "file": str(file),
        "output": str(target),
        "width": stream.width,
        "height": stream.height,
    }
    if as_json and weights is not None:
        document["weights"] = weights.as_dict()
    if original is not None:
        document["comparison"] = str(
            _save_comparison(original.samples, in_srgb(samples, icc).samples, painting.data, target)
        )
    if as_json:
        render.emit({**document, "notes": notes})
    else:
        for line in _summary(document, stream):
            render.say(line)


def _usual_output(file: Path) -> Path:
    """The picture to write. FILE with .png may well be the original."""
    return Path("decoded.png") if str(file) == "-" else file.with_suffix(".decoded.png")


def _save_comparison(original: Samples, decoded: Samples, data: bytes, target: Path) -> Path:
    """Write the original and the decoded picture side by side, beside `target`; returns the path."""
    from reference_codec.pictures.comparison import side_by_side

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
