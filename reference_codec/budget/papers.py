"""Published figures as data: what each row of a table carries, its bits per pixel, and what the paper's code does not count.

The image cannot be rebuilt without the papers' retrained codecs. Its bits are the paper's own.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from misc_format.components import Size


class TextCounting(StrEnum):
    """How a paper counts the bits of text, in words for the user."""

    CHARACTERS = "8 bits per character of details and overall text"
    HUFFMAN = "the codeword of a Huffman code made for the text itself"


class MapCounting(StrEnum):
    """How a paper counts the bits of maps, in words for the user."""

    CELLS = "one bit per cell"
    JBIG2 = "JBIG2, one generic region per mask"
    NONE = "no maps"


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
    picture's size. `image_bpp`: the image's bits per pixel. `text_counting`, `map_counting`: how the paper counts. `left_out`: what its
    code does not count. `assumed`: what the paper leaves open and is assumed here.
    """

    system: str
    title: str
    size: Size
    map_side: int | None
    image_bpp: float
    text_counting: TextCounting
    map_counting: MapCounting
    left_out: str
    assumed: str
    rows: tuple[Row, ...]


KODAK_SIZE: Final = Size(768, 512)

_MISC_LEFT_OUT: Final = (
    "Its code leaves out the items' names, the picture's size, the decoder's parameters, and the end of the image's "
    "codeword."
)
_SEDIC_LEFT_OUT: Final = (
    "Its code leaves out the Huffman code's table, the names, all masks (it never codes them), the picture's size, the decoder's "
    "parameters, and the end of the image's codeword."
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
        TextCounting.CHARACTERS,
        MapCounting.CELLS,
        _MISC_LEFT_OUT,
        assumed,
        rows,
    )


def _sedic(dataset: str, image: float, text: float, masks: float, total: float, assumed: str) -> Table:
    rows = (
        Row("reference image", 0, 0, False, 0, True, _single(image)),
        Row("text", 3, 30, False, 50, False, _single(text)),
        Row("masks (J = 3)", 3, 0, True, 0, False, _single(masks)),
        Row("total", 3, 30, True, 50, True, _single(total)),
    )
    title = f"SEDIC, Table VIII, {dataset}"
    return Table(
        "sedic", title, KODAK_SIZE, None, image, TextCounting.HUFFMAN, MapCounting.JBIG2, _SEDIC_LEFT_OUT, assumed, rows
    )


_CLIC: Final = (
    "The paper gives no sizes; it halves pictures above 1,024 pixels. 1024x683 is a 3:2 picture of that bound."
)
_AIGI: Final = "The paper gives no sizes; the size assumed for CLIC2020 is taken."
_KODAK: Final = "Kodak's pictures are 768x512."
_OTHERS: Final = "The paper gives no sizes; Kodak's is taken, at which the bits for text are as for Kodak."

TABLES: Final = (
    _misc("MISC, Table IV (a), MISC-1 on CLIC2020", (0.0225, 0.0187, 0.0180, 0.0172, 0.0202, 0.0061), Size(1024, 683), _CLIC),
    _misc("MISC, Table IV (a), MISC-2 on CLIC2020", (0.0375, 0.0337, 0.0330, 0.0323, 0.0353, 0.0061), Size(1024, 683), _CLIC),
    _misc("MISC, Table IV (b), MISC-1 on AIGI-SCD", (0.0223, 0.0188, 0.0180, 0.0173, 0.0200, 0.0058), Size(1024, 683), _AIGI),
    _misc("MISC, Table IV (b), MISC-2 on AIGI-SCD", (0.0389, 0.0354, 0.0347, 0.0340, 0.0367, 0.0058), Size(1024, 683), _AIGI),
    _sedic("Kodak", 0.0181, 0.0126, 0.0152, 0.0457, _KODAK),
    _sedic("DIV2K", 0.0228, 0.0131, 0.0187, 0.0546, _OTHERS),
    _sedic("CLIC2020", 0.0169, 0.0127, 0.0143, 0.0439, _OTHERS),
    Table(
        "cmc-bench",
        "CMC-Bench, appendix A.4, text by word count",
        KODAK_SIZE,
        None,
        0.0,
        TextCounting.CHARACTERS,
        MapCounting.NONE,
        "It has no code that counts: captions are rows of a CSV file. The picture's size and the decoder's parameters are left out.",
        "The paper gives no sizes, and figures for 10 or 20 words only: the length nearest to 0.002 to 0.003 bpp was chosen.",
        tuple(
            Row(f"caption of {words} words", 0, 0, False, words, False, (0.002, 0.003) if words in (10, 20) else None)
            for words in (5, 10, 20, 50)
        ),
    ),
)  # fmt: skip
SYSTEMS: Final = tuple(dict.fromkeys(table.system for table in TABLES))
