"""Clause 11: profiles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

SPACE = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"


class Profile(NamedTuple):
    """A row of the table; words of a name, of a detail, overall."""

    required: str
    optional: str
    items: int = 0
    words: tuple[int | None, int | None, int | None] = (None, None, None)
    sides: tuple[int, int] | None = None
    rate: int = 240  # bits for 10,000 pixels


ITEMS = "maps generation"
MISC = Profile("text image", ITEMS, 3, (3, 10, 60), (8, 16), 300)
CAPTION = (None, None, 60)
PROFILES = {
    "misc-1": MISC,
    "misc-2": MISC,
    "misc-3": Profile("text image", "generation", words=CAPTION, rate=500),
    "sedic": Profile("text image", ITEMS, 3, (3, 30, 50), rate=500),
    "cmc-text": Profile("text", "generation", words=CAPTION, rate=24),
    "cmc-pixel": Profile("text image", "generation", words=CAPTION, rate=48),
    "cmc-image": Profile("image", "generation"),
    "cmc-full": Profile("text image", "generation", words=CAPTION),
}


def too_many_bits(symbols: Mapping[str, Any], file_bytes: int) -> bool:
    """MISC-PRO-007, a warning."""
    profile = PROFILES.get(symbols["profile"])
    return profile is not None and 8 * file_bytes * 10_000 > profile.rate * symbols["width"] * symbols["height"]


def check(symbols: Mapping[str, Any], place: Callable[[str], int]) -> Iterator[tuple[str, int, str]]:
    """Rule, bit offset and path of what a profile does not allow; `place` gives the first bit of a path."""
    profile = PROFILES.get(symbols["profile"])
    if profile is None:
        return
    present = [kind for kind in ("text", "maps", "generation", "image") if kind in symbols]
    for kind in profile.required.split():
        if kind not in present:
            yield "MISC-PRO-001", place(f"header/has_{kind}"), kind
    for kind in present:
        if kind not in f"{profile.required} {profile.optional}".split():
            yield "MISC-PRO-002", place(kind), kind
    text, maps = symbols.get("text", {"overall": "", "items": []}), symbols.get("maps", [])
    private = [part for part in (text, maps) if "payload" in part]
    if text not in private:
        yield from _text(text, profile, place)
    if maps not in private:
        yield from _maps(symbols, maps, profile, place)
    if not private and len(text["items"]) != len(maps):
        yield "MISC-PRO-006", place("maps" if "maps" in symbols else "header/has_maps"), "maps"


def _text(text: Mapping[str, Any], profile: Profile, place: Callable[[str], int]) -> Iterator[tuple[str, int, str]]:
    if len(text["items"]) > profile.items:
        yield "MISC-PRO-003", place("text"), "text/items"
    fields = [("text/overall", text["overall"], profile.words[2])]
    for i, item in enumerate(text["items"]):
        fields += [(f"text/items/{i}/name", item["name"], profile.words[0])]
        fields += [(f"text/items/{i}/detail", item["detail"], profile.words[1])]
    for path, value, most in fields:
        if most is not None and len(re.findall(f"[^{SPACE}]+", value)) > most:
            yield "MISC-PRO-004", place(path), path


def _maps(
    symbols: Mapping[str, Any], maps: list[dict[str, int]], profile: Profile, place: Callable[[str], int]
) -> Iterator[tuple[str, int, str]]:
    for i, grid in enumerate(maps):
        sides = grid["columns"], grid["rows"]
        if symbols["profile"] == "sedic":
            fits = sides == (symbols["width"], symbols["height"])
        else:
            fits = profile.sides is None or all(profile.sides[0] <= side <= profile.sides[1] for side in sides)
        if not fits:
            yield "MISC-PRO-005", place(f"maps/{i}"), f"maps/{i}"
