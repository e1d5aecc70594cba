"""`misc pack` and `misc unpack`: folders of plain files to bitstreams and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import misc_format
from misc_format.cli import render
from misc_format.cli.counting import JsonFlag
from misc_format.cli.options import require_other_file
from misc_format.cli.outcome import guarded, read_input, remark
from misc_format.system.files import write_file


@guarded
def pack(
    folder: Annotated[
        Path,
        typer.Argument(
            readable=False,
            help="A folder with manifest.json. Optional: overall.txt, items.json, maps/0.png or .jb2 ..., image.png.",
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", readable=False, help="The .misc file to write.")],
    as_json: JsonFlag = False,
) -> None:
    """Make a bitstream from a folder of plain files. If manifest.json names no method, the smallest payload is kept."""
    notes: list[str] = []
    require_other_file(output, folder)
    data = misc_format.pack(folder, notes.append)
    write_file(output, data)
    for note in notes:
        remark(note)
    account = misc_format.account(data)
    if as_json:
        render.emit({"file": str(output), **account.as_dict(), "notes": notes})
    else:
        render.show(render.account_table(account, f"{output}, {account.width}x{account.height}"))


@guarded
def unpack(
    file: Annotated[Path, typer.Argument(readable=False, help="A .misc file; - for standard input.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", readable=False, help="The folder to write. It must be new or empty.")
    ],
    jbig2: Annotated[bool, typer.Option("--jbig2", help="Also write each map as a JBIG2 file: maps/0.jb2 ...")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write the content of a bitstream as plain files. `misc pack` turns them into the same bytes."""
    misc_format.unpack(read_input(file), output, jbig2=jbig2)
    written = sorted(path.relative_to(output).as_posix() for path in output.rglob("*") if path.is_file())
    if as_json:
        render.emit({"folder": str(output), "files": written})
    else:
        render.say(f"{output}: {', '.join(written)}")
