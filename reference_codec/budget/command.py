"""`misc budget`: the papers' bit tables, rebuilt."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from misc_format.cli.outcome import guarded
from reference_codec.budget.papers import SYSTEMS, TABLES, Row, Table

if TYPE_CHECKING:
    from misc_format.components import Size
    from reference_codec.budget.rebuild import Rebuilt

System = StrEnum("System", {name: name for name in SYSTEMS})  # type: ignore[misc]
SAMPLE = (
    "Texts and masks are one sample, about the demo photo; others take other bits. The image's bits are the paper's own. "
    "'its way' counts as the paper does, 'file' is a whole file of this format under its smallest methods."
)


@guarded
def budget(
    system: Annotated[System | None, typer.Argument(help="All of them if left out.", show_default=False)] = None,
    size: Annotated[
        str | None,
        typer.Option(help="Size of the picture; the paper's, or the nearest known, if left out.", metavar="WxH"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Rebuild the bit tables of MISC, SEDIC and CMC-Bench beside the papers' figures, and say what their code leaves uncounted."""
    from misc_format.cli import render
    from reference_codec.budget.rebuild import rebuild

    chosen = [table for table in TABLES if system is None or table.name == system.value]
    documents = []
    for table in chosen:
        picture = _size(size) if size else table.size
        rows = [rebuild(table, row, picture) for row in table.rows]
        if as_json:
            documents.append(_document(table, picture, rows))
        else:
            render.show(_table(table, picture, rows))
            render.say(f"Counted: {table.text_count}; {table.map_count}. {table.left_out} {table.assumed}\n")
    if as_json:
        render.emit(documents)
    else:
        render.say(SAMPLE)


def _table(table: Table, size: Size, rows: list[Rebuilt]) -> Any:
    from rich.table import Table as Shown

    shown = Shown(title=f"{table.title}; {size.width}x{size.height}", title_justify="left")
    pixels = size.width * size.height
    heads = ("content", "paper bpp", "its way, bits", "bpp", "file, bits", "bpp", "text", "maps", "image", "rest")
    for head in heads:
        shown.add_column(head, justify="left" if head == "content" else "right", no_wrap=True)
    for made in rows:
        parts = [f"{bits:,}" if bits else "" for bits in made.bits.values()]
        shown.add_row(
            made.row.label,
            _figure(made.row),
            f"{made.counted_bits:,}",
            f"{made.counted_bits / pixels:.4f}",
            f"{made.file_bits:,}",
            f"{made.file_bits / pixels:.4f}",
            *parts,
        )
    return shown


def _figure(row: Row) -> str:
    if row.bpp is None:
        return ""
    low, high = row.bpp
    return f"{low:.4f}" if low == high else f"{low:g} to {high:g}"


def _document(table: Table, size: Size, rows: list[Rebuilt]) -> dict[str, Any]:
    pixels = size.width * size.height
    told = {
        "text_count": table.text_count,
        "map_count": table.map_count,
        "left_out": table.left_out,
        "assumed": table.assumed,
    }
    head = {"system": table.name, "table": table.title, "width": size.width, "height": size.height}
    return {**head, **told, "rows": [made.as_dict(pixels) for made in rows]}


def _size(value: str) -> Size:
    from misc_format.components import Size

    width, _, height = value.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and 0 < int(width) <= 65_535 and 0 < int(height) <= 65_535):
        raise typer.BadParameter(f"{value!r} is not a size like 768x512", param_hint="--size")
    return Size(int(width), int(height))
