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
from reference_codec.budget.papers import Counting, MapCounting, Row, Table, TextCounting

ITEMS: Final = 3
KINDS: Final = ("text", "maps", "image")


class Counted(NamedTuple):
    """A row counted in one way, in bits, with the image's bits of the paper; and the bits per pixel of each part."""

    counting: Counting
    bits: int
    text_bpp: float
    maps_bpp: float
    image_bpp: float

    @property
    def bpp(self) -> float:
        """The bits per pixel of all parts."""
        return self.text_bpp + self.maps_bpp + self.image_bpp


class Gap(NamedTuple):
    """A count less the paper's figure, as shares of the figure: the whole, what text and maps make of it, and the paper's own sum.

    `own_sum`: the parts of the paper's row less its total.
    """

    whole: float
    text: float
    maps: float
    own_sum: float


class Rebuilt(NamedTuple):
    """A rebuilt row.

    `counted`: in each way of counting of its table. `bits`: of the file by kind of component; the "rest" is header, framing and padding.
    `file_bits`: their sum.
    """

    table: Table
    row: Row
    counted: tuple[Counted, ...]
    bits: dict[str, int]
    file_bits: int

    def gap(self, counted: Counted) -> Gap | None:
        """The difference of a count from the paper's figure by cause; None where the paper gives no single figure."""
        text = self.table.paper_text(self.row)
        if text is None or self.row.bpp is None:
            return None
        figure, maps = self.row.bpp[0], self.table.paper_maps(self.row)
        own_sum = text + maps + (self.table.image_bpp if self.row.image else 0.0)
        shares = (counted.bpp - figure, counted.text_bpp - text, counted.maps_bpp - maps, own_sum - figure)
        return Gap(*(share / figure for share in shares))

    def as_dict(self, pixels: int) -> dict[str, Any]:
        """The JSON form. `pixels`: of the picture."""
        gaps = [self.gap(counted) for counted in self.counted]
        ways = [
            {"way": way.counting.name, "bits": way.bits, "bpp": way.bpp, "difference": gap._asdict() if gap else None}
            for way, gap in zip(self.counted, gaps, strict=True)
        ]
        return {
            **self.row._asdict(),
            "counted": ways,
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
    counted = tuple(_count(counting, table, stream) for counting in table.countings)
    return Rebuilt(table, row, counted, bits, account.file_bits)


def _count(counting: Counting, table: Table, stream: Stream) -> Counted:
    pixels = stream.width * stream.height
    divisor = counting.divisor.width * counting.divisor.height if counting.divisor else pixels
    text, maps = _text_bits(counting.text, stream.text), _map_bits(counting.maps, stream.maps, stream.size)
    image = round(table.image_bpp * pixels) if isinstance(stream.image, Opaque) else 0
    return Counted(counting, text + maps + image, text / divisor, maps / pixels, image / pixels)


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


def _text_bits(counting: TextCounting, text: Text | Opaque | None) -> int:
    if not isinstance(text, Text):
        return 0
    descriptions = "".join((*(item.detail for item in text.items), text.overall))
    match counting:
        case TextCounting.CHARACTERS:
            return 8 * len(descriptions)
        case TextCounting.HUFFMAN:
            return huffman_bits(descriptions)
        case TextCounting.CHARACTERS_REPLY:
            return 8 * len(_reply(text))
        case TextCounting.HUFFMAN_REPLY:
            return huffman_bits(_reply(text))


def _reply(text: Text) -> str:
    """The reply of the describer: a line of names, a line for each detail, a line for the whole."""
    names = ", ".join(item.name for item in text.items)
    lines = (f"{names}." if names else "", *(item.detail for item in text.items), text.overall)
    return "\n".join(filter(None, lines))


def _map_bits(counting: MapCounting, maps: Maps | Opaque | None, size: Size) -> int:
    if not isinstance(maps, Maps):
        return 0
    match counting:
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
