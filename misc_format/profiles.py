"""The table of profiles, and the check of a stream against its profile (clause 15)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from misc_format.components import Maps, Opaque, Size, Stream, Text
from misc_format.errors import MiscError
from misc_format.partlimits import ArrayForm, PartLimit, check_parts

PICTURE = "picture"
# The code points with Unicode's property White_Space. Python's `str.split` also splits at four others.
WHITE_SPACE = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"


class Profile(NamedTuple):
    """What a profile allows; None: no limit.

    `required`, `optional`: kinds of component. `min_items`, `max_items`: the number of items.
    `name_words`, `detail_words`, `overall_words`: the largest number of words of a text field.
    `map_sides`: the smallest and the largest side of a map, in pixels; PICTURE: each map has the size of the original.
    `rate`: bits per RATE_PIXELS pixels. `map_for_each_item`: whether there are as many maps as items.
    `parts`: the parts of the image; empty: an image without parts, of any method.
    """

    name: str
    required: frozenset[str]
    optional: frozenset[str]
    min_items: int
    max_items: int
    name_words: int | None
    detail_words: int | None
    overall_words: int | None
    map_sides: tuple[int, int] | str | None
    rate: int
    map_for_each_item: bool
    parts: tuple[PartLimit, ...] = ()


ALWAYS = frozenset({"generation"})


def _profile(name: str, required: str, optional: str, items: int = 0, words: tuple[int | None, int | None, int | None] = (None, None, None),
             map_sides: tuple[int, int] | str | None = None, *, rate: int, map_for_each_item: bool = True,
             parts: tuple[PartLimit, ...] = ()) -> Profile:  # fmt: skip
    return Profile(
        name,
        frozenset(required.split()),
        frozenset(optional.split()) | ALWAYS,
        0,
        items,
        *words,
        map_sides,
        rate,
        map_for_each_item,
        parts,
    )


RATE_PIXELS = 10_000
# The rate points of PerCo (SD): the side of the grid of codes, and the alphabet.
PERCO_RATES = ((64, 256), (64, 64), (32, 8_196), (32, 256), (16, 1_024), (8, 1_024), (8, 256))
PERCO = (
    PartLimit("image", "codes", tuple(ArrayForm(str(codes), (str(side), str(side))) for side, codes in PERCO_RATES)),
)
PICS = (PartLimit("sketch", "compressai"), PartLimit("seeds", "codes", (ArrayForm("", ("1",)),), required=False))
GLC = (
    PartLimit("semantic", "codes", (ArrayForm("16384", ("H/64", "W/64")),)),
    PartLimit("detail", "integers", (ArrayForm("", ("256", "4*H/64", "4*W/64")),)),
)
DDCM = (
    PartLimit("seeds", "codes", (ArrayForm("2^1 to 2^16", ("steps", "M")),)),
    PartLimit("coefficients", "codes", (ArrayForm("2^1 to 2^8", ("steps", "M - 1")),), required=False),
)
DIFFEIC = (
    PartLimit("hyper", "string", (ArrayForm("", ("192", "H/64", "W/64")),)),
    PartLimit("detail", "string", (ArrayForm("", ("320", "4*H/64", "4*W/64")),)),
)
# MISC asks for about 50 words of overall text, CMC-Bench for 5 to 50. Models write longer texts, so a fifth more is allowed.
# Rates: MISC, section V.A and Table IV: at most 0.03 bpp for level 1, 0.0375 and 0.0389 bpp for level 2, at most 0.05 bpp for level 3.
# SEDIC, abstract: 0.05 bpp. CMC-Bench: of 24 bits per pixel, 1 / 1,000 (0.024 bpp) for Image and Full, 1 / 5,000 for Pixel, 1 / 10,000
# for Text.
PROFILES = {
    row.name: row
    for row in (
        _profile("misc-1", "text image", "maps", 3, (3, 10, 60), (8, 16), rate=300),
        _profile("misc-2", "text image", "maps", 3, (3, 10, 60), (8, 16), rate=400),
        _profile("misc-3", "text image", "", 0, (None, None, 60), rate=500),
        _profile("sedic", "text image", "maps", 3, (3, 30, 50), PICTURE, rate=500),
        _profile("cmc-text", "text", "", 0, (None, None, 60), rate=24),
        _profile("cmc-pixel", "text image", "", 0, (None, None, 60), rate=48),
        _profile("cmc-image", "image", "", 0, rate=240),
        _profile("cmc-full", "text image", "", 0, (None, None, 60), rate=240),
        _profile("perco", "text image", "", 0, (None, None, 60), rate=1_400, parts=PERCO),
        _profile("pics", "text image", "", 0, rate=500, parts=PICS),
        _profile("glc", "generation image", "", 0, rate=1_000, parts=GLC),
        _profile("ddcm", "generation image", "", 0, rate=2_000, parts=DDCM),
        _profile("diffeic", "image", "", 0, rate=2_000, parts=DIFFEIC),
    )
}


def check(stream: Stream) -> Iterator[MiscError]:
    """The rules of its profile that a stream breaks, in file order; none for `free` and `private`. Opaque content is not checked."""
    profile = PROFILES.get(stream.profile)
    if profile is None:
        return
    yield from _check_presence(stream, profile)
    if isinstance(stream.text, Text):
        yield from _check_text(stream.text, profile)
    if isinstance(stream.maps, Maps):
        yield from _check_maps(stream.maps, stream.size, profile)
    if stream.image is not None and not isinstance(stream.image, Opaque):
        yield from check_parts(stream.image, profile.parts, profile.name, stream.size)
    if profile.map_for_each_item and not any(isinstance(content, Opaque) for content in (stream.text, stream.maps)):
        items = len(stream.text.items) if isinstance(stream.text, Text) else 0
        maps = len(stream.maps.maps) if isinstance(stream.maps, Maps) else 0
        if items != maps:
            yield MiscError("MISC-PRO-006", f"there are {items} items and {maps} maps", path="maps")


def check_rate(profile_name: str, picture: Size, file_bytes: int) -> Iterator[MiscError]:
    """MISC-PRO-007 if the rate of a file exceeds the rate of its profile. This is a warning: the file can be decoded."""
    profile = PROFILES.get(profile_name)
    pixels = picture.width * picture.height
    if profile is not None and 8 * file_bytes * RATE_PIXELS > profile.rate * pixels:
        yield MiscError(
            "MISC-PRO-007",
            f"the rate is {8 * file_bytes / pixels:.4f} bpp; profile {profile.name} allows {profile.rate / RATE_PIXELS} bpp",
            path="header/profile",
        )


class BudgetUse(NamedTuple):
    """How much of one limit of its profile a file uses.

    `quantity`: what is limited. `used`: its value in the file; of several strings or maps, the largest. `limit`: the largest value
    that the profile allows.
    """

    quantity: str
    used: int
    limit: int


def budget_use(stream: Stream) -> tuple[BudgetUse, ...]:
    """The use of each limit of the stream's profile; empty for `free` and `private`. Opaque content counts as absent."""
    profile = PROFILES.get(stream.profile)
    if profile is None:
        return ()
    text = stream.text if isinstance(stream.text, Text) else Text("")
    maps = stream.maps.maps if isinstance(stream.maps, Maps) else ()
    side = profile.map_sides[1] if isinstance(profile.map_sides, tuple) else None
    quantities = (
        ("items", len(text.items), profile.max_items or None),
        ("words overall", _words(text.overall), profile.overall_words),
        ("words of a name", max((_words(item.name) for item in text.items), default=0), profile.name_words),
        ("words of a detail", max((_words(item.detail) for item in text.items), default=0), profile.detail_words),
        ("side of a map", max((max(grid.shape) for grid in maps), default=0), side),
    )
    return tuple(BudgetUse(name, used, limit) for name, used, limit in quantities if limit is not None)


def _words(value: str) -> int:
    return len(re.findall(f"[^{WHITE_SPACE}]+", value))


def _check_presence(stream: Stream, profile: Profile) -> Iterator[MiscError]:
    present = stream.core().keys()
    for kind in sorted(profile.required - present):
        yield MiscError("MISC-PRO-001", f"profile {profile.name} requires {kind}", path=kind)
    for kind in sorted(present - profile.required - profile.optional):
        yield MiscError("MISC-PRO-002", f"profile {profile.name} does not allow {kind}", path=kind)


def _check_text(text: Text, profile: Profile) -> Iterator[MiscError]:
    if not profile.min_items <= len(text.items) <= profile.max_items:
        yield MiscError(
            "MISC-PRO-003",
            f"there are {len(text.items)} items; profile {profile.name} allows {profile.min_items} to {profile.max_items}",
            path="text/items",
        )
    max_words = {"overall": profile.overall_words, "name": profile.name_words, "detail": profile.detail_words}
    for path, value in Text(text.overall, text.items).fields():
        limit = max_words[path.rpartition("/")[2]]
        words = _words(value)
        if limit is not None and words > limit:
            yield MiscError(
                "MISC-PRO-004",
                f"the field has {words} words; profile {profile.name} allows {limit}",
                path=f"text/{path}",
            )


def _check_maps(maps: Maps, picture: Size, profile: Profile) -> Iterator[MiscError]:
    for index, grid in enumerate(maps.maps):
        rows, columns = grid.shape
        if profile.map_sides == PICTURE:
            fits, allowed = (columns, rows) == picture, f"{picture.width}x{picture.height}"
        elif isinstance(profile.map_sides, tuple):
            min_side, max_side = profile.map_sides
            fits = min_side <= min(rows, columns) and max(rows, columns) <= max_side
            allowed = f"sides of {min_side} to {max_side}"
        else:
            continue
        if not fits:
            yield MiscError(
                "MISC-PRO-005",
                f"the map is {columns}x{rows}; profile {profile.name} allows {allowed}",
                path=f"maps/{index}",
            )
