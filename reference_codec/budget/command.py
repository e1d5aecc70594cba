"""`misc budget`: the papers' bit tables, rebuilt."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from misc_format.cli.outcome import guarded
from reference_codec.budget.papers import SYSTEMS, TABLES, Row, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from misc_format.components import Size
    from reference_codec.budget.codecs import Compared
    from reference_codec.budget.rebuild import Rebuilt

CODECS = "codecs"  # the published codecs of misc import, beside the papers' systems
System = StrEnum("System", {name: name for name in (*SYSTEMS, CODECS)})  # type: ignore[misc]
SAMPLE_NOTE = (
    "Texts and masks are those of one sample, the demo photo; other samples take other bits. The image's bits are the paper's own. "
    "'file' is a whole file of this format, with the smallest methods."
)
MAX_SIDE = 65_535
TEXT_COLUMNS = 2  # of the table of differences
SMALLEST_SHARE = 0.0005  # that is shown


@guarded
def budget(
    system: Annotated[
        System | None, typer.Argument(help="The system whose tables are rebuilt. Default: all.", show_default=False)
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(help="Size of the picture. Default: the paper's, or the one assumed for it.", metavar="WxH"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Rebuild the bit tables of MISC, SEDIC and CMC-Bench, beside the papers' figures and what their code does not count.

    `codecs`: a sample of each published codec of `misc import`, the bits that its own code reports, those of the file, and the difference
    by cause.
    """
    from misc_format.cli import render
    from reference_codec.budget.rebuild import rebuild

    documents = []
    for table in (table for table in TABLES if system is None or table.system == system.value):
        picture = _parse_size(size) if size else table.size
        rows = [rebuild(table, row, picture) for row in table.rows]
        if as_json:
            documents.append(_document(table, picture, rows))
        else:
            render.show(_shown(table, picture, rows))
            render.show(_differences(rows))
            for counting in table.countings:
                render.say(f"- {counting}.")
            render.say(f"{table.left_out} {table.assumed}")
            render.say("")
    if not as_json and system != CODECS:
        render.say(SAMPLE_NOTE)
        render.say("")
    if system in (None, CODECS):
        documents += _codecs(as_json)
    if as_json:
        render.emit(documents)


def _codecs(as_json: bool) -> list[dict[str, Any]]:
    """Print the samples of published codecs, or return their JSON forms."""
    from misc_format.cli import render
    from misc_format.codecs import listing
    from reference_codec.budget.codecs import NOTE, compared

    rows = compared()
    if as_json:
        return [
            {
                "system": CODECS, "codec": row.codec.name, "sample": row.sample.what, "width": row.sample.size.width,
                "height": row.sample.size.height, **listing.comparison_document(row.codec.name, row.counts),
            }
            for row in rows
        ]  # fmt: skip
    render.show(_shown_codecs(rows))
    render.say(NOTE)
    return []


def _shown_codecs(rows: Sequence[Compared]) -> Any:
    from rich.table import Table as RichTable

    from reference_codec.budget.codecs import TEXT_COLUMNS as CODEC_COLUMNS
    from reference_codec.budget.codecs import table

    header, body = table(rows)
    shown = RichTable(title="published codecs, a sample of each", title_justify="left")
    for place, head in enumerate(header):
        is_text = place < CODEC_COLUMNS
        shown.add_column(head, justify="left" if is_text else "right", overflow="fold" if is_text else "ellipsis")
    for row in body:
        shown.add_row(*row)
    return shown


def _shown(table: Table, size: Size, rows: list[Rebuilt]) -> Any:
    from rich.table import Table as RichTable

    shown = RichTable(title=f"{table.title}; {size.width}x{size.height}", title_justify="left")
    pixels = size.width * size.height
    heads = ("content", "paper bpp", "file, bits", "bpp", "text", "maps", "image", "rest")
    for head in heads:
        shown.add_column(head, justify="left" if head == "content" else "right", no_wrap=True)
    for rebuilt in rows:
        parts = [f"{bits:,}" if bits else "" for bits in rebuilt.bits.values()]
        shown.add_row(
            rebuilt.row.label,
            _figure(rebuilt.row),
            f"{rebuilt.file_bits:,}",
            f"{rebuilt.file_bits / pixels:.4f}",
            *parts,
        )
    return shown


def _differences(rows: list[Rebuilt]) -> Any:
    """Each row in each way of counting, and what makes the difference from the paper's figure."""
    from rich.table import Table as RichTable

    from reference_codec.budget.rebuild import Gap

    shown = RichTable(title="counted as the paper and its code do, and the difference by cause", title_justify="left")
    heads = ("content", "way", "bits", "bpp", "paper", "difference", "text", "maps", "paper's own sum")
    for place, head in enumerate(heads):
        shown.add_column(head, justify="left" if place < TEXT_COLUMNS else "right", no_wrap=True)
    for rebuilt in rows:
        for counted in rebuilt.counted:
            gap = rebuilt.gap(counted)
            shares = [_share(value) for value in gap] if gap else [""] * len(Gap._fields)
            label = rebuilt.row.label if counted is rebuilt.counted[0] else ""
            counts = (f"{counted.bits:,}", f"{counted.bpp:.4f}", _figure(rebuilt.row))
            shown.add_row(label, counted.counting.name, *counts, *shares)
    return shown


def _share(value: float) -> str:
    """A share as a percentage with its sign; empty for nothing."""
    return f"{100 * value:+.1f} %" if abs(value) >= SMALLEST_SHARE else ""


def _figure(row: Row) -> str:
    """The bits per pixel in the paper; empty if it gives none."""
    if row.bpp is None:
        return ""
    low, high = row.bpp
    return f"{low:.4f}" if low == high else f"{low:g} to {high:g}"


def _document(table: Table, size: Size, rows: list[Rebuilt]) -> dict[str, Any]:
    """The JSON form of a table."""
    return {
        "system": table.system,
        "table": table.title,
        "width": size.width,
        "height": size.height,
        "countings": [str(counting) for counting in table.countings],
        "left_out": table.left_out,
        "assumed": table.assumed,
        "rows": [rebuilt.as_dict(size.width * size.height) for rebuilt in rows],
    }


def _parse_size(value: str) -> Size:
    from misc_format.components import Size

    width, _, height = value.lower().partition("x")
    if not all(side.isdecimal() and 0 < int(side) <= MAX_SIDE for side in (width, height)):
        raise typer.BadParameter(f"{value!r} is not a size like 768x512", param_hint="--size")
    return Size(int(width), int(height))
