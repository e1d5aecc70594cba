"""Clause 15: profiles."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .container import CORE

SPACE = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"  # White_Space, as a regular expression has it
Broken = Iterator[tuple[str, int, str]]  # rule, bit offset and path
Offset = Callable[[str], int]  # the first bit of a path


class PartLimit(NamedTuple):
    """A row of the table of parts. `label`: `image` for an image without parts. `content`: what names of its methods begin with.

    `forms`: pairs of alphabets and shapes, one of which the content has; none: any. None stands for any alphabet and for any size. A size
    of three, such as (4, "H", 64), is a side of the picture divided by a number and rounded up, times a factor.
    """

    label: str
    content: str
    forms: tuple[tuple[Container[int] | None, tuple[Any, ...]], ...] = ()
    required: bool = True


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
    parts: tuple[PartLimit, ...] = ()


def _powers(low: int, high: int) -> list[int]:
    return [2**exponent for exponent in range(low, high + 1)]


HEIGHT, WIDTH = (1, "H", 64), (1, "W", 64)
FINE = (4, "H", 64), (4, "W", 64)
PERCO = ((64, 256), (64, 64), (32, 8196), (32, 256), (16, 1024), (8, 1024), (8, 256))
MISC = Profile("text image", "maps generation", 3, 3, 10, 60, (8, 16), 300)
PROFILES = {
    "misc-1": MISC,
    "misc-2": MISC._replace(rate=400),
    "misc-3": Profile("text image", "generation", overall_words=60, rate=500),
    "sedic": Profile("text image", "maps generation", 3, 3, 30, 50, rate=500),
    "cmc-text": Profile("text", "generation", overall_words=60, rate=24),
    "cmc-pixel": Profile("text image", "generation", overall_words=60, rate=48),
    "cmc-image": Profile("image", "generation"),
    "cmc-full": Profile("text image", "generation", overall_words=60),
    "perco": Profile(
        "text image", "generation", overall_words=60, rate=1400,
        parts=(PartLimit("image", "codes", tuple(([alphabet], (side, side)) for side, alphabet in PERCO)),),
    ),
    "pics": Profile(
        "text image", "generation", rate=500,
        parts=(PartLimit("sketch", "compressai"), PartLimit("seeds", "codes", ((None, (1,)),), required=False)),
    ),
    "glc": Profile(
        "generation image", "", rate=1000,
        parts=(
            PartLimit("semantic", "codes", (([16384], (HEIGHT, WIDTH)),)),
            PartLimit("detail", "integers", ((None, (256, *FINE)),)),
        ),
    ),
    "ddcm": Profile(
        "generation image", "", rate=2000,
        parts=(
            PartLimit("seeds", "codes", ((_powers(1, 16), (None, None)),)),
            PartLimit("coefficients", "codes", ((_powers(1, 8), (None, None)),), required=False),
        ),
    ),
    "diffeic": Profile(
        "image", "generation", rate=2000,
        parts=(
            PartLimit("hyper", "string", ((None, (192, HEIGHT, WIDTH)),)),
            PartLimit("detail", "string", ((None, (320, *FINE)),)),
        ),
    ),
}  # fmt: skip


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
    if "image" in symbols and "payload" not in symbols["image"]:
        yield from _check_parts(symbols, profile, offset)
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


def _check_parts(symbols: Mapping[str, Any], profile: Profile, offset: Offset) -> Broken:
    has_parts = "parts" in symbols["image"]
    parts = symbols["image"].get("parts", [{"role": "image", "content": symbols["image"]} | _method(symbols)])
    parts = {f"{part['role']}-{part['name']}" if "name" in part else part["role"]: part for part in parts}
    limits = {limit.label: limit for limit in profile.parts}
    if (has_parts and not limits) or any(limit.required and limit.label not in parts for limit in profile.parts):
        yield "MISC-PRO-008", offset("image"), "image"
    for label, part in parts.items() if limits else ():
        path = f"image/{label}" if has_parts else "image"
        if label not in limits:
            yield "MISC-PRO-008", offset(path), path
        elif "payload" not in part["content"] and not _has_form(part, limits[label], symbols):
            yield "MISC-PRO-009", offset(path), path


def _method(symbols: Mapping[str, Any]) -> dict[str, str]:
    return {"method": symbols["methods"].get("image", "")}


def _has_form(part: Mapping[str, Any], limit: PartLimit, symbols: Mapping[str, Any]) -> bool:
    """Whether a part has content that a profile allows."""
    if part["method"].partition("-")[0] != limit.content:
        return False
    sides = {"H": symbols["height"], "W": symbols["width"]}
    return not limit.forms or any(
        (alphabets is None or part["content"]["alphabet"] in alphabets)
        and _fits(part["content"].get("shape", ()), shape, sides)
        for alphabets, shape in limit.forms
    )


def _fits(shape: Sequence[int], allowed: Sequence[Any], sides: Mapping[str, int]) -> bool:
    """Whether a shape is the allowed one. A string need not state its shape."""
    if not shape:
        return True
    sizes = [size[0] * -(-sides[size[1]] // size[2]) if isinstance(size, tuple) else size for size in allowed]
    return len(shape) == len(sizes) and all(want in (None, size) for size, want in zip(shape, sizes, strict=True))


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
