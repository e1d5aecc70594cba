"""Maps as generic regions of JBIG2 (clause 7.4): the frames of all regions, then their data as in a JBIG2 file.

A region that came with a map is kept byte for byte. For another map, each template is tried with and without typical prediction.
"""

from __future__ import annotations

from itertools import zip_longest

import numpy as np

from misc_format.coders import Coder
from misc_format.coders.maps import sizes as mapsizes
from misc_format.coders.maps.form import MAPS, RULE_FAMILY
from misc_format.coders.maps.regions import END_MARKER, pixels, region_of, stored_data
from misc_format.coders.maps.sizes import SYNTAXES
from misc_format.components import Maps, Region, Size
from misc_format.errors import MiscError
from misc_format.structure.bits import BitReader, Share
from misc_format.structure.grammar import Field, Syntax, build, parse
from misc_format.structure.steps import Step, let, repeat

LAST, HALF = "last", "half"

REGION_FRAME = Syntax(
    "region_frame",
    "7.4.1",
    "Frame of a JBIG2 region",
    (
        Field("template", "u", 2, "GBTEMPLATE of T.88"),
        Field("typical_prediction", "u", 1, "TPGDON of T.88"),
        Field("end_marker", "u", 1, "1: in a JBIG2 file, FF AC follows the data"),
        Field("length", "v", 0, "bytes of data", when=(LAST, (0,))),
        Field("reserved", "f", 4, "0: fills the byte", when=(HALF, (1,)), recover=True),
    ),
    parameters=(
        (LAST, "1 for the last map: its data go to the end of the payload"),
        (HALF, "1 for the last of an odd number of maps"),
    ),
)


def encode(content: Maps, picture: Size) -> bytes:
    writer = mapsizes.write(content, picture)
    regions = _regions(content)
    for index, region in enumerate(regions):
        stored = stored_data(region)
        values = {
            "template": region.template,
            "typical_prediction": int(region.typical_prediction),
            "end_marker": int(len(stored) < len(region.data)),
            "length": len(stored),
        }
        build(REGION_FRAME, writer, values, _arguments(index, len(regions)), prefix=f"maps/region/{index}/")
    return writer.to_bytes() + b"".join(map(stored_data, regions))


def decode(reader: BitReader, picture: Size) -> Maps:
    from misc_format.coders.maps import jbig2region  # numba takes a while to import

    sizes = mapsizes.read(reader, picture)
    frames = [
        parse(REGION_FRAME, reader, _arguments(index, len(sizes)), prefix=f"maps/region/{index}/")
        for index in range(len(sizes))
    ]
    maps, regions = [], []
    for index, (frame, size) in enumerate(zip(frames, sizes, strict=True)):
        length, remaining = frame.get("length"), reader.remaining >> 3
        if length is not None and length > remaining:
            reader.fail("MISC-CON-007", f"{length} bytes are needed and {remaining} are left", path=f"maps/{index}")
        data = reader.rest() if length is None else reader.octets(length)
        template, typical = frame["template"], bool(frame["typical_prediction"])
        maps.append(jbig2region.decode(data, size.width, size.height, template, typical))
        regions.append(Region(template, typical, data + END_MARKER * frame["end_marker"]))
    return Maps(tuple(maps), tuple(regions))


def split_bits(content: Maps, picture: Size) -> list[Share]:
    return [
        Share(str(index), bits, bits, f"{grid.shape[1]}x{grid.shape[0]}")
        for index, (grid, region) in enumerate(zip(content.maps, _regions(content), strict=True))
        for bits in (8 * len(stored_data(region)),)
    ]


def _regions(content: Maps) -> list[Region]:
    """A region for each map: the one that came with it, or the shortest. Raises `MiscError` if the former has other pixels."""
    regions = []
    for index, (grid, region) in enumerate(zip_longest(content.maps, content.regions)):
        if region is not None and (
            grid is None or not np.array_equal(pixels(region, Size(grid.shape[1], grid.shape[0])), grid)
        ):
            raise MiscError("MISC-MAP-006", "the region given for it has other pixels", path=f"maps/{index}")
        regions.append(region or region_of(grid))
    return regions


def _arguments(index: int, count: int) -> dict[str, int]:
    last = index == count - 1
    return {LAST: int(last), HALF: int(last and count % 2)}


IS_LAST = ["=", ["+", "i", 1], "count"]
STEPS: list[Step] = [
    *mapsizes.STEPS,
    let("number", ["+", "map_count_minus_1", 1]),
    let("odd", ["-", "number", ["*", 2, ["/", "number", 2]]]),
    repeat("region", REGION_FRAME, "number", "region/{i}/", {LAST: IS_LAST, HALF: ["and", IS_LAST, "odd"]}),
    {"do": "map_regions", "rules": {"truncated": "MISC-CON-007"}},
]

CODER = Coder(
    MAPS, encode, decode, split_bits,
    rule_families=(RULE_FAMILY,), syntaxes={"maps/region/": REGION_FRAME, **SYNTAXES}, steps=STEPS,
)  # fmt: skip
