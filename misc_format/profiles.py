"""Profiles: which combinations of components each system allows, as one table, and the check against it (clause 11)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from misc_format.components import Maps, Size, Stream, Text
from misc_format.errors import MiscError

PICTURE = "picture"
# The code points with Unicode's property White_Space; Python's own idea of white space has four more.
WHITE_SPACE = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"


class Profile(NamedTuple):
    """`required` and `optional` kinds of component; ranges are inclusive; `map_sides` is a range of sides or PICTURE; `rate` in
    bits for 10,000 pixels.
    """

    name: str
    required: frozenset[str]
    optional: frozenset[str]
    items: tuple[int, int]
    name_words: int | None
    detail_words: int | None
    overall_words: int | None
    map_sides: tuple[int, int] | str | None
    rate: int
    map_for_each_item: bool


ALWAYS = frozenset({"generation"})


def _profile(name: str, required: str, optional: str, items: int = 0, words: tuple[int | None, int | None, int | None] = (None, None, None),
             map_sides: tuple[int, int] | str | None = None, *, rate: int, map_for_each_item: bool = True) -> Profile:  # fmt: skip
    return Profile(
        name,
        frozenset(required.split()),
        frozenset(optional.split()) | ALWAYS,
        (0, items),
        *words,
        map_sides,
        rate,
        map_for_each_item,
    )


RATE_PIXELS = 10_000
# MISC asks for about 50 words of overall text and CMC-Bench for 5 to 50; models overshoot, so a fifth more is allowed.
# Rates: MISC section V.A (levels 1 and 2 at most 0.03 bpp, level 3 at most 0.05), SEDIC's abstract (0.05), CMC-Bench's 1 / 1,000 (0.024)
# of 24 bits a pixel for Image and Full, 1 / 5,000 for Pixel, 1 / 10,000 for Text.
PROFILES = {
    row.name: row
    for row in (
        _profile("misc-1", "text image", "maps", 3, (3, 10, 60), (8, 16), rate=300),
        _profile("misc-2", "text image", "maps", 3, (3, 10, 60), (8, 16), rate=300),
        _profile("misc-3", "text image", "", 0, (None, None, 60), rate=500),
        _profile("sedic", "text image", "maps", 3, (3, 30, 50), PICTURE, rate=500),
        _profile("cmc-text", "text", "", 0, (None, None, 60), rate=24),
        _profile("cmc-pixel", "text image", "", 0, (None, None, 60), rate=48),
        _profile("cmc-image", "image", "", 0, rate=240),
        _profile("cmc-full", "text image", "", 0, (None, None, 60), rate=240),
    )
}


def check(stream: Stream) -> Iterator[MiscError]:
    """What the stream's profile does not allow, in file order; nothing for `free` and `private`. Opaque content is not looked into."""
    profile = PROFILES.get(stream.profile)
    if profile is None:
        return
    yield from _check_presence(stream, profile)
    if isinstance(stream.text, Text):
        yield from _check_text(stream.text, profile)
    if isinstance(stream.maps, Maps):
        yield from _check_maps(stream.maps, stream.size, profile)
    if profile.map_for_each_item and not any(hasattr(part, "payload") for part in (stream.text, stream.maps)):
        items = len(stream.text.items) if isinstance(stream.text, Text) else 0
        maps = len(stream.maps.maps) if isinstance(stream.maps, Maps) else 0
        if items != maps:
            yield MiscError("MISC-PRO-006", f"there are {items} items and {maps} maps", path="maps")


def check_rate(profile_name: str, picture: Size, file_bytes: int) -> Iterator[MiscError]:
    """Whether a file takes more bits than its profile's rate: a warning, for it says nothing about how to decode."""
    profile = PROFILES.get(profile_name)
    pixels = picture.width * picture.height
    if profile is not None and 8 * file_bytes * RATE_PIXELS > profile.rate * pixels:
        yield MiscError(
            "MISC-PRO-007",
            f"it takes {8 * file_bytes / pixels:.4f} bits a pixel; profile {profile.name} is for {profile.rate / RATE_PIXELS}",
            path="header/profile",
        )


class Fill(NamedTuple):
    """How much a file uses of what its profile allows: `most` is the limit of one string or map, `used` that of the largest."""

    what: str
    used: int
    most: int


def fill(stream: Stream) -> tuple[Fill, ...]:
    """What the stream uses of each limit of its profile; empty for `free` and `private`. Opaque content counts as none."""
    profile = PROFILES.get(stream.profile)
    if profile is None:
        return ()
    text = stream.text if isinstance(stream.text, Text) else Text("")
    maps = stream.maps.maps if isinstance(stream.maps, Maps) else ()
    side = profile.map_sides[1] if isinstance(profile.map_sides, tuple) else None
    used = (
        ("items", len(text.items), profile.items[1] or None),
        ("words overall", _words(text.overall), profile.overall_words),
        ("words of a name", max((_words(item.name) for item in text.items), default=0), profile.name_words),
        ("words of a detail", max((_words(item.detail) for item in text.items), default=0), profile.detail_words),
        ("side of a map", max((max(grid.shape) for grid in maps), default=0), side),
    )
    return tuple(Fill(what, number, most) for what, number, most in used if most is not None)


def _words(value: str) -> int:
    return len(re.findall(f"[^{WHITE_SPACE}]+", value))


def _check_presence(stream: Stream, profile: Profile) -> Iterator[MiscError]:
    present = stream.core().keys()
    for kind in sorted(profile.required - present):
        yield MiscError("MISC-PRO-001", f"profile {profile.name} needs {kind}", path=kind)
    for kind in sorted(present - profile.required - profile.optional):
        yield MiscError("MISC-PRO-002", f"profile {profile.name} has no {kind}", path=kind)


def _check_text(text: Text, profile: Profile) -> Iterator[MiscError]:
    least, most = profile.items
    if not least <= len(text.items) <= most:
        yield MiscError(
            "MISC-PRO-003",
            f"there are {len(text.items)} items; profile {profile.name} allows {least} to {most}",
            path="text/items",
        )
    allowed = {"overall": profile.overall_words, "name": profile.name_words, "detail": profile.detail_words}
    for path, value in text.fields():
        limit = allowed[path.rpartition("/")[2]]
        words = _words(value)
        if limit is not None and words > limit:
            yield MiscError(
                "MISC-PRO-004", f"it has {words} words; profile {profile.name} allows {limit}", path=f"text/{path}"
            )


def _check_maps(maps: Maps, picture: Size, profile: Profile) -> Iterator[MiscError]:
    for index, grid in enumerate(maps.maps):
        rows, columns = grid.shape
        if profile.map_sides == PICTURE:
            fits, wanted = (columns, rows) == picture, f"{picture.width}x{picture.height}"
        elif isinstance(profile.map_sides, tuple):
            least, most = profile.map_sides
            fits, wanted = least <= min(rows, columns) and max(rows, columns) <= most, f"sides of {least} to {most}"
        else:
            continue
        if not fits:
            yield MiscError(
                "MISC-PRO-005", f"it is {columns}x{rows}; profile {profile.name} allows {wanted}", path=f"maps/{index}"
            )
