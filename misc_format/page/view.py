"""What the page of a file shows, as the typed values that its template renders."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from misc_format import accounting
from misc_format.accounting import Account, Need
from misc_format.components import Parts, Size, Stream, Text
from misc_format.document import Source, opened
from misc_format.page import arrays, pictures
from misc_format.page.arrays import ArrayFigure
from misc_format.page.pictures import GridFigure, PictureFigure
from misc_format.page.treemap import Treemap, treemap
from misc_format.profiles import BudgetUse
from misc_format.structure.bits import Leaf

MAX_PALENESS = 70  # percent of the paper's colour in the palest part of an image


@dataclass(frozen=True, slots=True)
class PartRow:
    """A row of the bit account. `owner`: its component. `fraction`: of the file. `information_bits`: None if it was not decoded."""

    path: str
    kind: str
    owner: str
    bits: int
    bpp: float
    fraction: float
    information_bits: float | None
    status: str


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A leaf: its first bit, its length in bits, its path, its value as text, and its clause."""

    offset: int
    length: int
    path: str
    value: str
    clause: str


@dataclass(frozen=True, slots=True)
class FileView:
    """The values of the page of one file.

    `methods`: the name of the method for each kind of component. `shades`: percent of the paper's colour in that of each part of an image.
    `text`: None if it is absent or opaque.
    `script_data`: the input of the page's script; the template writes it as JSON.
    """

    name: str
    size: Size
    file_bytes: int
    bits: int
    bpp: float
    profile: str
    methods: Mapping[str, str]
    parts: Sequence[PartRow]
    shades: Mapping[str, int]
    treemap: Treemap
    budget: Sequence[BudgetUse]
    text: Text | None
    picture: PictureFigure | None
    grid: GridFigure | None
    arrays: Sequence[ArrayFigure]
    outside: Sequence[Need]
    notes: Sequence[str]
    fields: Sequence[FieldRow]
    script_data: Mapping[str, object]


def file_view(source: Source, name: str) -> FileView:
    """The view of a file. `name`: the title of the page. Raises `MiscError` if the file does not conform."""
    document = opened(source)
    account, leaves, stream = accounting.account(document, deep=True), document.leaves(), document.stream()
    shades = _shades(account)
    grid = pictures.coded_grid(stream)
    picture, notes = pictures.picture_figure(stream)
    return FileView(
        name=name,
        size=stream.size,
        file_bytes=len(document.data),
        bits=account.file_bits,
        bpp=account.bpp,
        profile=account.profile,
        methods={**stream.methods, **_part_methods(stream)},
        parts=_part_rows(account),
        shades=shades,
        treemap=treemap(account.components),
        budget=account.budget,
        text=stream.text if isinstance(stream.text, Text) else None,
        picture=picture,
        grid=pictures.grid_figure(grid) if grid else None,
        arrays=arrays.array_figures(stream),
        outside=account.outside,
        notes=notes,
        fields=[_field_row(leaf) for leaf in leaves],
        script_data=_script_data(document.data, leaves, shades),
    )


def _part_methods(stream: Stream) -> dict[str, str]:
    """The methods of the parts of the image, by path."""
    parts = stream.image.parts if isinstance(stream.image, Parts) else ()
    return {f"image/{part.label}": part.method for part in parts}


def _part_rows(account: Account) -> list[PartRow]:
    pixels = account.width * account.height
    return [
        PartRow(
            part.path,
            part.kind,
            part.owner,
            part.bits,
            part.bits / pixels,
            part.bits / account.file_bits,
            part.information_bits,
            part.status,
        )
        for part in account.components
    ]


def _shades(account: Account) -> dict[str, int]:
    """The first part of an image has the full colour, and the last the palest."""
    owners = dict.fromkeys(part.owner for part in account.components if part.owner.startswith("image/"))
    return {owner: MAX_PALENESS * place // max(1, len(owners) - 1) for place, owner in enumerate(owners)}


def _field_row(leaf: Leaf) -> FieldRow:
    value = "" if leaf.value is None else str(leaf.value)
    return FieldRow(leaf.bit_offset, leaf.bit_length, leaf.path, value, leaf.clause)


def _script_data(data: bytes, leaves: Sequence[Leaf], shades: Mapping[str, int]) -> dict[str, object]:
    """The bytes of the file in Base64; the first bit, the length in bits and the path of each leaf; the shades."""
    fields = [(leaf.bit_offset, leaf.bit_length, leaf.path) for leaf in leaves]
    return {"bytes": base64.b64encode(data).decode(), "fields": fields, "shades": shades}
