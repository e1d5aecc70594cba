"""`misc encode`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from misc_format import account, write
from misc_format.cli import render
from misc_format.cli.options import require_other_file, with_options_of
from misc_format.cli.outcome import guarded, remark
from misc_format.pictures import load
from misc_format.system.files import write_file
from reference_codec.commands.encode_options import choices_from
from reference_codec.commands.shared import Json, tile_progress
from reference_codec.encoder import Encoder
from reference_codec.errors import ChoiceError


@guarded
@with_options_of(choices_from)
def encode(
    picture: Annotated[Path, typer.Argument(readable=False, help="A picture in a common format.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            readable=False,
            help="The file to write. Default: PICTURE with the ending .misc.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
    **options: Any,
) -> None:
    """Encode a picture. By default the text and the maps come from shipped models, and the image is coded at the rate of the profile."""
    own = (value for value in options.values() if isinstance(value, Path) and value.is_file())
    target = require_other_file(output or picture.with_suffix(".misc"), picture, *own)
    choices = choices_from(**options)
    loaded = load(picture, keep_icc=choices.keep_icc)
    try:
        with tile_progress("encoding") as report:
            composed = Encoder(choices).compose(loaded.samples, report, icc=loaded.icc)
    except ChoiceError as error:
        raise typer.BadParameter(str(error)) from None
    data = write(composed.stream)
    write_file(target, data)
    notes = [*loaded.notes, *composed.notes]
    for note in notes:
        remark(note)
    bits = account(data)
    if as_json:
        render.emit({"file": str(target), **bits.as_dict(), "notes": notes})
    else:
        title = f"{target}, {bits.width}x{bits.height}, profile {choices.profile}"
        render.show(render.account_table(bits, title))
