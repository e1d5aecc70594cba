"""Clause 15: profiles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .container import CORE

SPACE = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"  # White_Space, as a regular expression has it
Broken = Iterator[tuple[str, int, str]]  # rule, bit offset and path
Offset = Callable[[str], int]  # the first bit of a path


class Profile(NamedTuple):
    """A row of the table. `rate` is in bits per 10,000 pixels."""

    required: str
    optional: str
    items: int = 0
    name_words: int | None = None
    detail_words: int | None = None
    overall_words: int | None = None
    map_sides: tuple[int, int] | None = None
    rate: int = 240


MISC = Profile("text image", "maps generation", 3, 3, 10, 60, (8, 16), 300)
PROFILES = {
    "misc-1": MISC,
    "misc-2": MISC,
    "misc-3": Profile("text image", "generation", overall_words=60, rate=500),
    "sedic": Profile("text image", "maps generation", 3, 3, 30, 50, rate=500),
    "cmc-text": Profile("text", "generation", overall_words=60, rate=24),
    "cmc-pixel": Profile("text image", "generation", overall_words=60, rate=48),
    "cmc-image": Profile("image", "generation"),
    "cmc-full": Profile("text image", "generation", overall_words=60),
}


def exceeds_rate(symbols: Mapping[str, Any], file_bytes: int) -> bool:
    """MISC-PRO-007, a warning."""
    profile = PROFILES.get(symbols["profile"])
    return profile is not None and 8 * file_bytes * 10_000 > profile.rate * symbols["width"] * symbols["height"]


def check(symbols: Mapping[str, Any], offset: Offset) -> Broken:
    """What a profile does not allow."""
    profile = PROFILES.get(symbols["profile"])
    if profile is None:
        return
    present = [kind for kind in CORE if kind in symbols]
    for kind in profile.required.split():
        if kind not in present:
            yield "MISC-PRO-001", offset(f"header/has_{kind}"), kind
    for kind in present:
        if kind not in f"{profile.required} {profile.optional}".split():
            yield "MISC-PRO-002", offset(kind), kind
    text, maps = symbols.get("text", {"overall": "", "items": []}), symbols.get("maps", [])
    private = [part for part in (text, maps) if "payload" in part]
    if text not in private:
        yield from _check_text(text, profile, offset)
    if maps not in private:
        yield from _check_maps(symbols, maps, profile, offset)
    if not private and len(text["items"]) != len(maps):
        yield "MISC-PRO-006", offset("maps" if "maps" in symbols else "header/has_maps"), "maps"


def _check_text(text: Mapping[str, Any], profile: Profile, offset: Offset) -> Broken:
    if len(text["items"]) > profile.items:
        yield "MISC-PRO-003", offset("text"), "text/items"
    fields = [("text/overall", text["overall"], profile.overall_words)]
    for i, item in enumerate(text["items"]):
        fields.append((f"text/items/{i}/name", item["name"], profile.name_words))
        fields.append((f"text/items/{i}/detail", item["detail"], profile.detail_words))
    for path, value, max_words in fields:
        if max_words is not None and words(value) > max_words:
            yield "MISC-PRO-004", offset(path), path


def words(value: str) -> int:
    """How many maximal runs of code points there are that are no white space."""
    return len(re.findall(f"[^{SPACE}]+", value))


def _check_maps(
    symbols: Mapping[str, Any], maps: Sequence[Mapping[str, int]], profile: Profile, offset: Offset
) -> Broken:
    for i, grid in enumerate(maps):
        sides = grid["columns"], grid["rows"]
        if symbols["profile"] == "sedic":
            allowed = sides == (symbols["width"], symbols["height"])
        else:
            allowed = profile.map_sides is None or all(
                profile.map_sides[0] <= side <= profile.map_sides[1] for side in sides
            )
        if not allowed:
            yield "MISC-PRO-005", offset(f"maps/{i}"), f"maps/{i}"
