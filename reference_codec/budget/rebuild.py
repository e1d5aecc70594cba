"""A row of a paper's table as a bitstream, counted in the paper's way and bit by bit."""

from __future__ import annotations

import heapq
import json
from collections import Counter
from functools import cache
from importlib.resources import as_file, files
from typing import Any, Final, NamedTuple

from misc_format import accounting
from misc_format.coders import coder
from misc_format.components import BoolMap, Item, Maps, Opaque, Size, Stream, Text
from misc_format.folder.packing import read_maps
from misc_format.registry import METHOD_BY_NAME
from misc_format.stream import write
from reference_codec.budget.papers import MapCounting, Row, Table, TextCounting

ITEMS: Final = 3
KINDS: Final = ("text", "maps", "image")


class Rebuilt(NamedTuple):
    """A rebuilt row.

    `counted_bits`: in the paper's way, with the image's bits of the paper. `bits`: of the file by kind of component; the "rest" is header,
    framing and padding. `file_bits`: their sum.
    """

    row: Row
    counted_bits: int
    bits: dict[str, int]
    file_bits: int

    def as_dict(self, pixels: int) -> dict[str, Any]:
        """The JSON form. `pixels`: of the picture."""
        return {
            **self.row._asdict(),
            "counted_bits": self.counted_bits,
            "counted_bpp": self.counted_bits / pixels,
            "file_bits": self.file_bits,
            "file_bpp": self.file_bits / pixels,
            "components": self.bits,
        }


def rebuild(table: Table, row: Row, size: Size) -> Rebuilt:
    """A row of a table, rebuilt for a picture of this size."""
    stream = _stream(table, row, size)
    account = accounting.account(write(stream))
    bits = {kind: sum(part.bits for part in account.components if part.kind == kind) for kind in KINDS}
    bits["rest"] = account.file_bits - sum(bits.values())
    counted = _text_bits(table, stream.text) + _map_bits(table, stream.maps, size)
    if isinstance(stream.image, Opaque):
        counted += round(table.image_bpp * size.width * size.height)
    return Rebuilt(row, counted, bits, account.file_bits)


def huffman_bits(text: str) -> int:
    """The bits of a text in a Huffman code made for its characters, without the table that a decoder would need."""
    heap = sorted(Counter(text).values())
    if len(heap) == 1:
        return heap[0]
    total = 0
    while len(heap) > 1:
        merged = heapq.heappop(heap) + heapq.heappop(heap)
        heapq.heappush(heap, merged)
        total += merged
    return total


def _stream(table: Table, row: Row, size: Size) -> Stream:
    image_bytes = -(-round(table.image_bpp * size.width * size.height) // 8)
    return Stream(
        *size,
        text=_text(row),
        maps=_maps(table, size, row.items) if row.maps and row.items else None,
        image=Opaque(b"\0" * image_bytes) if row.image else None,
    )


def _text(row: Row) -> Text | None:
    sample = _sample()
    description = overall(row.overall_words) if row.overall_words else ""
    details = sample["details"][str(row.detail_words)] if row.detail_words else []
    items = tuple(Item(*pair) for pair in list(zip(sample["names"], details, strict=False))[: row.items])
    return Text(description, items) if description or items else None


def overall(words: int) -> str:
    """The sample's overall text of a length."""
    return str(_sample()["overall"][str(words)])


def _maps(table: Table, size: Size, count: int) -> Maps:
    from reference_codec.maps.grids import to_grid

    sides = size if table.map_side is None else Size(table.map_side, table.map_side)
    return Maps(tuple(to_grid(mask, *sides) for mask in _masks()[:count]))


def _text_bits(table: Table, text: Text | Opaque | None) -> int:
    if not isinstance(text, Text):
        return 0
    counted = "".join((*(item.detail for item in text.items), text.overall))  # no paper counts the names
    match table.text_counting:
        case TextCounting.CHARACTERS:
            return 8 * len(counted)
        case TextCounting.HUFFMAN:
            return huffman_bits(counted)


def _map_bits(table: Table, maps: Maps | Opaque | None, size: Size) -> int:
    if not isinstance(maps, Maps):
        return 0
    match table.map_counting:
        case MapCounting.CELLS:
            return sum(grid.size for grid in maps.maps)
        case MapCounting.JBIG2:
            return 8 * len(coder(METHOD_BY_NAME["maps", "jbig2"]).encode(maps, size))
        case MapCounting.NONE:
            return 0


@cache
def _sample() -> dict[str, Any]:
    return dict(json.loads(files("reference_codec.budget").joinpath("sample/text.json").read_text(encoding="utf-8")))


@cache
def _masks() -> tuple[BoolMap, ...]:
    """Masks of the demo photo, 768x512, by the embedded map maker."""
    folder = files("reference_codec.budget").joinpath("sample")
    masks: list[BoolMap] = []
    for index in range(ITEMS):
        with as_file(folder.joinpath(f"{index}.png")) as path:
            masks += read_maps(path).maps
    return tuple(masks)
