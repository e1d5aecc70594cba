"""The first fields of a maps payload (clause 7.1): the number of maps, and their sizes in the shortest form."""

from __future__ import annotations

from collections.abc import Sequence

from misc_format import limits
from misc_format.components import Maps, Size
from misc_format.errors import MiscError
from misc_format.structure.bits import BitReader, BitWriter
from misc_format.structure.grammar import Field, Syntax, Values, build, parse
from misc_format.structure.steps import Step, fields

PICTURE = 0
SQUARES = {1: 8, 2: 9, 3: 10, 4: 11, 5: 12, 6: 13, 7: 14, 8: 15, 9: 16, 10: 32, 11: 64}
ONE_SIZE = 14
EACH_SIZE = 15

FIELDS = ("width_minus_1", "height_minus_1")
CODES = frozenset({PICTURE, *SQUARES, ONE_SIZE, EACH_SIZE})
SIDES = range(limits.MAX_SIDE)

MAP_SIZE = Syntax(
    "map_size",
    "7.1",
    "Size of a map",
    (
        Field("width_minus_1", "v", 0, "columns - 1, at most 65,534", allowed=SIDES, rule="MISC-MAP-005", recover=True),
        Field("height_minus_1", "v", 0, "rows - 1, at most 65,534", allowed=SIDES, rule="MISC-MAP-005", recover=True),
    ),
)
MAPS_HEADER = Syntax(
    "maps_header",
    "7.1",
    "Number and sizes of maps",
    (
        Field("map_count_minus_1", "u", 4, "number of maps - 1"),
        Field(
            "size_code",
            "u",
            4,
            "0: the picture's size; 1 to 11: a square of the table; 14, 15: explicit; others: reject",
            allowed=CODES,
            rule="MISC-MAP-001",
        ),
        Field("one_size", group=MAP_SIZE, meaning="one size for all maps", when=("size_code", (ONE_SIZE,))),
        Field(
            "size",
            group=MAP_SIZE,
            meaning="map by map",
            when=("size_code", (EACH_SIZE,)),
            repeat=("map_count_minus_1", 1),
        ),
    ),
)

# By the prefix of their fields' paths.
SYNTAXES = {"maps/one_size/": MAP_SIZE, "maps/size/": MAP_SIZE, "maps/": MAPS_HEADER}
STEPS: tuple[Step, ...] = (
    fields(MAPS_HEADER),
    {"do": "map_sizes", "rules": {"shortest": "MISC-MAP-002", "pixels": "MISC-MAP-003"}},
)


def write(content: Maps, picture: Size) -> BitWriter:
    """A writer with the fields for these maps; raises `MiscError` if they are over a limit."""
    writer = BitWriter()
    build(MAPS_HEADER, writer, checked(content, picture))
    return writer


def checked(content: Maps, picture: Size) -> Values:
    """The fields for these maps; raises `MiscError` if they are over a limit."""
    sizes = [Size(grid.shape[1], grid.shape[0]) for grid in content.maps]
    if not 1 <= len(sizes) <= limits.MAX_MAPS:
        raise MiscError("MISC-MAP-005", f"there are {len(sizes)} maps; a file has 1 to {limits.MAX_MAPS}", path="maps")
    for index, size in enumerate(sizes):
        if not all(1 <= side <= limits.MAX_SIDE for side in size):
            raise MiscError(
                "MISC-MAP-005",
                f"map {index} has {size.width:,} x {size.height:,} pixels; a side has 1 to {limits.MAX_SIDE:,}",
                path="maps",
            )
    _check_pixels(sizes)
    return _shortest(sizes, picture)


def read(reader: BitReader, picture: Size) -> list[Size]:
    """The sizes of the maps, checked before anything of that size is allocated."""
    start = reader.position
    return sizes_of(parse(MAPS_HEADER, reader, prefix="maps/"), reader, picture, start)


def sizes_of(values: Values, reader: BitReader, picture: Size, start: int) -> list[Size]:
    """The sizes of the maps from the values of the fields; raises `MiscError` if they are over a limit."""
    code, count = values["size_code"], values["map_count_minus_1"] + 1
    if code in (ONE_SIZE, EACH_SIZE):
        explicit = values["one_size"] * count if code == ONE_SIZE else values["size"]
        sizes = [Size(size["width_minus_1"] + 1, size["height_minus_1"] + 1) for size in explicit]
    else:
        sizes = [picture if code == PICTURE else Size(SQUARES[code], SQUARES[code])] * count
    if _shortest(sizes, picture)["size_code"] != code:
        declared = reader.path == "maps"  # otherwise the sizes are in a codeword, whose fields have no bit offsets
        path, place = ("maps/size_code", None) if declared else (reader.path, start)
        reader.flaw("MISC-MAP-002", "these sizes have a shorter form", path=path, bit_offset=place)
    _check_pixels(sizes, start)
    return sizes


def _shortest(sizes: Sequence[Size], picture: Size) -> Values:
    values: Values = {"map_count_minus_1": len(sizes) - 1}
    explicit = [{"width_minus_1": size.width - 1, "height_minus_1": size.height - 1} for size in sizes]
    if len(set(sizes)) > 1:
        return values | {"size_code": EACH_SIZE, "size": explicit}
    codes = {Size(side, side): code for code, side in SQUARES.items()} | {picture: PICTURE}
    if sizes[0] in codes:
        return values | {"size_code": codes[sizes[0]]}
    return values | {"size_code": ONE_SIZE, "one_size": explicit[:1]}


def _check_pixels(sizes: Sequence[Size], bit_offset: int | None = None) -> None:
    pixels = sum(size.width * size.height for size in sizes)
    if pixels > limits.MAX_MAP_PIXELS:
        raise MiscError("MISC-MAP-003", f"the maps have {pixels:,} pixels", bit_offset=bit_offset, path="maps")
