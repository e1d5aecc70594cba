"""Published figures as data: what each row of a table carries, its bits per pixel, and what the paper's code does not count.

The image cannot be rebuilt without the papers' retrained codecs. Its bits are the paper's own.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from misc_format.components import Size


class TextCounting(StrEnum):
    """How the bits of text are counted, in words for the user."""

    CHARACTERS = "8 bits per character of details and overall text"
    HUFFMAN = "the codeword of a Huffman code made for details and overall text"
    HUFFMAN_REPLY = "the codeword of a Huffman code made for the whole reply, names and line breaks too"
    CHARACTERS_REPLY = "8 bits per character of the whole reply, names and line breaks too"


class MapCounting(StrEnum):
    """How a paper counts the bits of maps, in words for the user."""

    CELLS = "one bit per cell"
    JBIG2 = "JBIG2, one generic region per mask"
    NONE = "no maps"


class Counting(NamedTuple):
    """A way of counting. `name`: whose it is. `divisor`: the size whose pixels divide the bits of text; None for the picture's own."""

    name: str
    text: TextCounting
    maps: MapCounting
    divisor: Size | None = None

    def __str__(self) -> str:
        """The way in words."""
        divided = f", divided by the pixels of {self.divisor.width}x{self.divisor.height}" if self.divisor else ""
        return f"{self.name}: {self.text}{divided}; {self.maps}"


class Row(NamedTuple):
    """A row of a table.

    `items`: how many items are carried. `detail_words`: the words of each item's detail. `maps`: whether the items have maps.
    `overall_words`: the words of the overall text. `image`: whether there is an image. `bpp`: the bits per pixel in the paper, as a
    range; None if it gives none.
    """

    label: str
    items: int
    detail_words: int
    maps: bool
    overall_words: int
    image: bool
    bpp: tuple[float, float] | None


class Table(NamedTuple):
    """A table of a paper.

    `system`: whose table it is. `size`: of the picture that is rebuilt. `map_side`: the side of square maps; None for maps of the
    picture's size. `image_bpp`: the image's bits per pixel. `countings`: the ways of counting, the paper's first. `left_out`: what its
    code does not count. `assumed`: what the paper leaves open and is assumed here. `map_bpp`: of one map in the paper; None where that
    follows from the way of counting. `text_bpp`: of the whole text in the paper, if it gives that.
    """

    system: str
    title: str
    size: Size
    map_side: int | None
    image_bpp: float
    countings: tuple[Counting, ...]
    left_out: str
    assumed: str
    rows: tuple[Row, ...]
    map_bpp: float | None = None
    text_bpp: float | None = None

    def paper_text(self, row: Row) -> float | None:
        """The paper's bits per pixel for the text of a row: as it gives them, or what the row has beside image and maps.

        None if the paper gives no single figure for the row.
        """
        if row.bpp is None or row.bpp[0] != row.bpp[1]:
            return None
        if not (row.overall_words or row.detail_words):
            return 0.0
        if self.text_bpp is not None:
            return self.text_bpp
        return row.bpp[0] - self.paper_maps(row) - (self.image_bpp if row.image else 0.0)

    def paper_maps(self, row: Row) -> float:
        """The paper's bits per pixel for the maps of a row."""
        if not row.maps:
            return 0.0
        if self.map_bpp is not None:
            return row.items * self.map_bpp
        cells = (self.map_side or 0) ** 2
        return row.items * cells / (self.size.width * self.size.height)


KODAK_SIZE: Final = Size(768, 512)

_MISC_LEFT_OUT: Final = (
    "Its code leaves out the items' names, the picture's size, the decoder's parameters, and the end of the image's "
    "codeword."
)
_SEDIC_LEFT_OUT: Final = (
    "Its code leaves out the Huffman code's table, all masks (it never codes them), the picture's size, the decoder's parameters, and the "
    "end of the image's codeword. The paper also leaves out the names; the code counts them."
)
_MISC_COUNTINGS: Final = (Counting("paper and code", TextCounting.CHARACTERS, MapCounting.CELLS),)
_SEDIC_COUNTINGS: Final = (
    Counting("paper", TextCounting.HUFFMAN, MapCounting.JBIG2),
    Counting("code", TextCounting.HUFFMAN_REPLY, MapCounting.JBIG2),
    Counting("another reading", TextCounting.CHARACTERS_REPLY, MapCounting.JBIG2, Size(768, 768)),
)
_SEDIC_TEXT: Final = (
    "In every row, the paper's text costs about 5.3 bits per character of this sample, where a Huffman code takes 4.4. A table does not "
    "explain the gap, because the gap grows with the text. 8 bits per character over 768x768 pixels, the size that the paper gives for "
    "DIV2K and CLIC2020, fits all rows. The paper does not say so, and the texts were not released."
)


def _single(bpp: float) -> tuple[float, float]:
    return bpp, bpp


def _misc(title: str, figures: tuple[float, ...], size: Size, assumed: str) -> Table:
    everything, no_overall, two, one, no_items, no_image = figures
    rows = (
        Row("3 items, overall, image", 3, 10, True, 50, True, _single(everything)),
        Row("3 items, image", 3, 10, True, 0, True, _single(no_overall)),
        Row("2 items, image", 2, 10, True, 0, True, _single(two)),
        Row("1 item, image", 1, 10, True, 0, True, _single(one)),
        Row("overall, image", 0, 10, True, 50, True, _single(no_items)),
        Row("3 items, overall", 3, 10, True, 50, False, _single(no_image)),
    )
    return Table(
        "misc",
        title,
        size,
        8,
        everything - no_image,
        _MISC_COUNTINGS,
        _MISC_LEFT_OUT,
        assumed,
        rows,
    )


def _sedic(dataset: str, size: Size, image: float, text: float, masks: float, total: float, assumed: str) -> Table:
    rows = (
        Row("reference image", 0, 0, False, 0, True, _single(image)),
        Row("text", 3, 30, False, 50, False, _single(text)),
        Row("masks (J = 3)", 3, 0, True, 0, False, _single(masks)),
        Row("total", 3, 30, True, 50, True, _single(total)),
    )
    title = f"SEDIC, Table VIII, {dataset}"
    return Table("sedic", title, size, None, image, _SEDIC_COUNTINGS, _SEDIC_LEFT_OUT, assumed, rows, masks / 3, text)


def _sedic_ablation() -> Table:
    rows = tuple(
        Row(_content(items, detail_words, overall_words, image), items, detail_words, items > 0, overall_words, image, _single(bpp))
        for items, detail_words, overall_words, image, bpp in (
            (0, 0, 50, True, 0.0226), (1, 30, 50, True, 0.0304), (1, 30, 0, True, 0.0258), (2, 30, 0, True, 0.0334),
            (3, 30, 0, True, 0.0412), (3, 30, 50, True, 0.0457), (3, 30, 50, False, 0.0275), (3, 10, 50, True, 0.0413),
            (3, 30, 30, True, 0.0442),
        )
    )  # fmt: skip
    kodak = _sedic("Kodak", KODAK_SIZE, *_SEDIC_KODAK, "")
    assumed = f"The bits of image and masks are those of Table VIII. {_SEDIC_TEXT}"
    return kodak._replace(title="SEDIC, Table V, Kodak", rows=rows, text_bpp=None, assumed=assumed)


def _content(items: int, detail_words: int, overall_words: int, image: bool) -> str:
    texts = (f"{items} x {detail_words}" if items else "", str(overall_words) if overall_words else "")
    return f"{' + '.join(filter(None, texts))} words{', image' if image else ''}"


_CLIC: Final = (
    "The paper gives no sizes; it halves pictures above 1,024 pixels. 1024x683 is a 3:2 picture of that bound."
)
_AIGI: Final = "The paper gives no sizes; the size assumed for CLIC2020 is taken."
_KODAK: Final = "Kodak's pictures are 768x512."
_SQUARE: Final = (
    "The paper crops these pictures to 768x768. Texts of the same lengths take the same bits there as on Kodak, so their bits per pixel "
    "should be two thirds of Kodak's; in the paper they are the same."
)
_SEDIC_KODAK: Final = (0.0181, 0.0126, 0.0152, 0.0457)
SQUARE_SIZE: Final = Size(768, 768)

TABLES: Final = (
    _misc("MISC, Table IV (a), MISC-1 on CLIC2020", (0.0225, 0.0187, 0.0180, 0.0172, 0.0202, 0.0061), Size(1024, 683), _CLIC),
    _misc("MISC, Table IV (a), MISC-2 on CLIC2020", (0.0375, 0.0337, 0.0330, 0.0323, 0.0353, 0.0061), Size(1024, 683), _CLIC),
    _misc("MISC, Table IV (b), MISC-1 on AIGI-SCD", (0.0223, 0.0188, 0.0180, 0.0173, 0.0200, 0.0058), Size(1024, 683), _AIGI),
    _misc("MISC, Table IV (b), MISC-2 on AIGI-SCD", (0.0389, 0.0354, 0.0347, 0.0340, 0.0367, 0.0058), Size(1024, 683), _AIGI),
    _sedic_ablation(),
    _sedic("Kodak", KODAK_SIZE, *_SEDIC_KODAK, f"{_KODAK} The parts of its row add up to 0.0459."),
    _sedic("DIV2K", SQUARE_SIZE, 0.0228, 0.0131, 0.0187, 0.0546, _SQUARE),
    _sedic("CLIC2020", SQUARE_SIZE, 0.0169, 0.0127, 0.0143, 0.0439, _SQUARE),
    Table(
        "cmc-bench",
        "CMC-Bench, appendix A.4, text by word count",
        KODAK_SIZE,
        None,
        0.0,
        (Counting("paper", TextCounting.CHARACTERS, MapCounting.NONE),),
        "It has no code that counts: captions are rows of a CSV file. The picture's size and the decoder's parameters are left out.",
        "The paper gives no sizes, and figures for 10 or 20 words only: the length nearest to 0.002 to 0.003 bpp was chosen.",
        tuple(
            Row(f"caption of {words} words", 0, 0, False, words, False, (0.002, 0.003) if words in (10, 20) else None)
            for words in (5, 10, 20, 50)
        ),
    ),
)  # fmt: skip
SYSTEMS: Final = tuple(dict.fromkeys(table.system for table in TABLES))
