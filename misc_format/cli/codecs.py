"""`misc import` and `misc export`: files and arrays of published codecs to bitstreams and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

import misc_format
from misc_format.cli import render
from misc_format.cli.counting import JsonFlag
from misc_format.cli.options import require_other_file
from misc_format.cli.outcome import guarded, read_input
from misc_format.reports.tables import Table
from misc_format.system.files import new_folder, write_file
from misc_format.system.reading import read_file

MAX_SETTINGS_BYTES = 2**24
NameArgument = Annotated[
    str | None, typer.Argument(help="The name of the codec: see misc import --list.", metavar="CODEC")
]
SettingsOption = Annotated[
    Path | None,
    typer.Option(
        "--settings", readable=False, help="A file of settings that the decoder needs. Its digest is part of the bitstream.", metavar="FILE"
    ),
]  # fmt: skip


@guarded
def import_(
    name: NameArgument = None,
    sources: Annotated[
        list[Path] | None,
        typer.Argument(readable=False, help="What the codec wrote, or arrays: .npz, .npy, .pt.", metavar="SOURCE..."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", readable=False, help="The .misc file to write.")
    ] = None,
    width: Annotated[
        int | None, typer.Option(help="Width of the original picture, if the source does not say it.")
    ] = None,
    height: Annotated[int | None, typer.Option(help="Height of the original picture.")] = None,
    caption: Annotated[
        str | None, typer.Option(help="The caption, if the source does not have it.", metavar="TEXT")
    ] = None,
    values: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of the codec. Can be repeated.", metavar="KEY=VALUE")
    ] = None,
    settings_path: SettingsOption = None,
    form: Annotated[
        str | None, typer.Option("--as", help="The form of the source, if it has several.", metavar="FORM")
    ] = None,
    show_list: Annotated[
        bool, typer.Option("--list", help="Show all codecs; with CODEC, what is known of that one.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Make a bitstream from what a published codec wrote: named parts, every bit counted, nothing guessed."""
    from misc_format import codecs
    from misc_format.codecs import listing

    if show_list:
        _list(name, as_json)
        return
    if name is None or not sources or output is None:
        raise typer.BadParameter("name a codec, its files, and the bitstream to write (-o), or ask for --list")
    require_other_file(output, *sources)
    settings_file = None if settings_path is None else read_file(settings_path, MAX_SETTINGS_BYTES)
    stream = codecs.import_codec(
        name, sources, width=width, height=height, caption=caption, settings=_pairs(values or []),
        settings_file=settings_file, form=form,
    )  # fmt: skip
    data = misc_format.write(stream)
    compared = codecs.difference(name, stream, settings_file)
    write_file(output, data)
    if as_json:
        account = misc_format.account(data).as_dict()
        render.emit({"file": str(output), "codec": name, **account, "own": listing.comparison_document(name, compared)})
    else:
        title = f"{codecs.CODECS[name].title}: {output}, {stream.width}x{stream.height}"
        render.show(render.plain_table(Table(title, *listing.comparison(compared), text_columns=2)))
        render.say(listing.remark(name, compared))


@guarded
def export(
    name: Annotated[str, typer.Argument(help="The name of the codec.", metavar="CODEC")],
    file: Annotated[Path, typer.Argument(readable=False, help="A .misc file; - for standard input.")],
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            readable=False,
            help="The file to write; a new or empty folder, if the codec has several files.",
        ),
    ],
    settings_path: SettingsOption = None,
    form: Annotated[
        str | None, typer.Option("--as", help="The form to write; arrays: an .npz file.", metavar="FORM")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Write what the decoder of a published codec takes: the bytes that were imported, or arrays."""
    from misc_format import codecs

    require_other_file(output, file)
    stream = misc_format.read(read_input(file))
    settings_file = None if settings_path is None else read_file(settings_path, MAX_SETTINGS_BYTES)
    files = codecs.export_codec(name, stream, settings_file=settings_file, form=form)
    if len(files) == 1:
        write_file(output, *files.values())
        written = {str(output): len(next(iter(files.values())))}
    else:
        with new_folder(output) as folder:
            for inner, data in files.items():
                (folder / inner).write_bytes(data)
        written = {str(output / inner): len(data) for inner, data in files.items()}
    if as_json:
        render.emit({"codec": name, "files": written})
    else:
        render.say(", ".join(f"{path}: {size:,} bytes" for path, size in written.items()))


def _list(name: str | None, as_json: bool) -> None:
    from misc_format.codecs import CODECS, codec_named, listing

    rows = list(CODECS.values()) if name is None else [codec_named(name)]
    if as_json:
        render.emit([listing.document(row) for row in rows])
    elif name is None:
        render.show(render.plain_table(Table("published codecs", *listing.table(rows), text_columns=4)))
    else:
        for title, text in listing.details(rows[0]):
            render.say(f"{title}: ", typer.colors.CYAN, text)


def _pairs(values: list[str]) -> dict[str, Any]:
    """The settings by key. Raises `BadParameter`."""
    pairs: dict[str, Any] = {}
    for text in values:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise typer.BadParameter(f"{text!r} is not KEY=VALUE", param_hint="--set")
        if key in pairs:
            raise typer.BadParameter(f"{key} is given twice; give it once", param_hint="--set")
        pairs[key] = value
    return pairs
