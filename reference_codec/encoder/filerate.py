"""A file of at most a given size: what is given up, and in which order.

The image's quality falls first, down to the lowest that is worth its bits. If the file is still too large, these go, one by one: details
of items from the last to the first; sentences of the overall text but the first one; half the size of maps; items with their maps; words
of the overall text but the first FIRST_WORDS; all that the image can do without; all words but one. The image takes what is left.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial
from typing import Final, NamedTuple

from misc_format import account, write
from misc_format.components import BoolMap, Item, Maps, Opaque, Stream, Text
from misc_format.profiles import PICTURE, PROFILES
from reference_codec.encoder import imagerate
from reference_codec.encoder.work import Work
from reference_codec.errors import PictureError

FIRST_WORDS: Final = 8  # of the overall text, worth more than the image's last detail
MIN_MAP_SIDE: Final = 4  # a smaller map says little
MAX_SMALL_SIDE: Final = 128  # of a map that is halved; a larger one is simplified
MIN_IOUS: Final = (0.98, 0.95, 0.9)  # of full-resolution maps with the maps before
SENTENCE: Final = re.compile(r"(?<=[.!?])\s+")
ROUNDS: Final = 4  # of finding the image's bits: a longer payload may need a longer frame
NOTE: Final = "To keep the file within {0:,} bytes, {1}."


class Plan(NamedTuple):
    """Text and maps of a file, and the smallest image that it may have."""

    text: Text | None
    maps: Maps | None
    image: imagerate.Content


def fit(work: Work, stream: Stream, max_bytes: int) -> Stream:
    """A stream whose file has at most `max_bytes` bytes, with an image. `stream`: with everything but the image.

    Appends a note on what was given up. Raises `PictureError` if no file is so small.
    """
    assert not isinstance(stream.text, Opaque)
    assert not isinstance(stream.maps, Opaque)
    source = imagerate.source(work)
    whole = Plan(stream.text, stream.maps, source.floor())
    plans = list(ladder(work, whole, source))

    @cache
    def size_of(index: int) -> int:
        return len(write(_planned(stream, plans[index])))

    place = bisect_left(range(len(plans)), -max_bytes, key=lambda index: -size_of(index))
    plan = plans[min(place, len(plans) - 1)]
    found = _with_image(_planned(stream, plan), source, max_bytes)
    work.notes += source.notes
    if lost := given_up(whole, plan):
        work.notes.append(NOTE.format(max_bytes, lost))
    return found


def _planned(stream: Stream, plan: Plan) -> Stream:
    return replace(stream, text=plan.text, maps=plan.maps, image=plan.image)


def _with_image(stream: Stream, source: imagerate.Source, max_bytes: int) -> Stream:
    """The stream with the best image that fits. `stream` has the smallest image of its plan. Raises `PictureError` if none fits."""
    counted = account(write(stream))
    image_bits = sum(part.bits for part in counted.components if part.kind == "image")
    allowed = max_bytes - (counted.file_bits - image_bits) // 8
    size = 0
    for _ in range(ROUNDS):
        found = replace(stream, image=source.within(max(8 * allowed, 0)))
        size = len(write(found))
        if size <= max_bytes:
            return found
        allowed -= size - max_bytes
    raise PictureError(f"the smallest file of this picture has {size:,} bytes, more than {max_bytes:,}")


def ladder(work: Work, plan: Plan, source: imagerate.Source) -> Iterator[Plan]:
    """The plan, and after each step what is left."""
    yield plan
    for step in (_details, _sentences, _smaller_maps, _items, _later_words, partial(_smallest_image, source), _words):
        for fewer in step(work, plan):
            plan = fewer
            yield plan


def _details(work: Work, plan: Plan) -> Iterator[Plan]:
    text = plan.text
    for index in range(len(text.items) - 1, -1, -1) if text else ():
        assert text is not None
        if text.items[index].detail:
            bare = Item(text.items[index].name, "")
            text = replace(text, items=(*text.items[:index], bare, *text.items[index + 1 :]))
            yield plan._replace(text=text)


def _sentences(work: Work, plan: Plan) -> Iterator[Plan]:
    sentences = SENTENCE.split(plan.text.overall) if plan.text else []
    for count in range(len(sentences) - 1, 0, -1):
        yield _with_overall(plan, " ".join(sentences[:count]))


def _later_words(work: Work, plan: Plan) -> Iterator[Plan]:
    return _words(work, plan, FIRST_WORDS)


def _words(work: Work, plan: Plan, min_words: int = 1) -> Iterator[Plan]:
    words = plan.text.overall.split() if plan.text else []
    for count in range(len(words) - 1, min_words - 1, -1):
        yield _with_overall(plan, " ".join(words[:count]))


def _smallest_image(source: imagerate.Source, work: Work, plan: Plan) -> Iterator[Plan]:
    yield plan._replace(image=source.within(0))


def _with_overall(plan: Plan, overall: str) -> Plan:
    assert plan.text is not None
    return plan._replace(text=replace(plan.text, overall=overall))


def _items(work: Work, plan: Plan) -> Iterator[Plan]:
    items, maps = plan.text.items if plan.text else (), plan.maps.maps if plan.maps else ()
    for count in range(max(len(items), len(maps)) - 1, -1, -1):
        yield plan._replace(
            text=replace(plan.text, items=items[:count]) if plan.text else None,
            maps=Maps(maps[:count]) if maps[:count] else None,
        )


def _smaller_maps(work: Work, plan: Plan) -> Iterator[Plan]:
    """Maps of half the size, while the profile allows it; maps of the picture's size become simpler instead."""
    if plan.maps is None:
        return
    limits = PROFILES.get(work.choices.profile)
    sides = limits.map_sides if limits else None
    if sides == PICTURE or max(plan.maps.maps[0].shape) > MAX_SMALL_SIDE:
        for min_iou in MIN_IOUS:
            yield plan._replace(maps=_simpler(work, plan.maps, min_iou))
        return
    from reference_codec.maps.grids import to_grid

    min_side = max(MIN_MAP_SIDE, sides[0] if isinstance(sides, tuple) else 1)
    maps = plan.maps.maps
    while all(side // 2 >= min_side for grid in maps for side in grid.shape):
        maps = tuple(to_grid(grid, grid.shape[1] // 2, grid.shape[0] // 2) for grid in maps)
        yield plan._replace(maps=Maps(maps))


def _simpler(work: Work, maps: Maps, min_iou: float) -> Maps:
    from reference_codec.encoder.maps import price_of
    from reference_codec.maps.simplify import simplify

    return Maps(tuple(simplify(grid, min_iou, price_of(work)).mask for grid in maps.maps))


def given_up(whole: Plan, kept: Plan) -> str:
    """What a plan lacks of another, as a part of a sentence; empty for nothing."""
    before, after = whole.text or Text(""), kept.text or Text("")
    details = [sum(bool(item.detail) for item in text.items) for text in (before, after)]
    words = [len(text.overall.split()) for text in (before, after)]
    items = [max(len(plan.text.items) if plan.text else 0, len(_maps(plan))) for plan in (whole, kept)]
    parts = [
        f"{one - other} of {one} {name} {'is' if one - other == 1 else 'are'} left out"
        for (one, other), name in ((details, "details"), (words, "words of the overall text"), (items, "items"))
        if one != other
    ]
    return ", ".join([*parts, *_of_maps(_maps(whole), _maps(kept))])


def _of_maps(before: tuple[BoolMap, ...], after: tuple[BoolMap, ...]) -> Iterator[str]:
    pairs = list(zip(before, after, strict=False))
    if any(one.shape != other.shape for one, other in pairs):
        (old_rows, old_columns), (rows, columns) = before[0].shape, after[0].shape
        yield f"maps are {columns}x{rows} in place of {old_columns}x{old_rows}"
    elif any((one != other).any() for one, other in pairs):
        yield "maps are simplified"


def _maps(plan: Plan) -> tuple[BoolMap, ...]:
    return plan.maps.maps if plan.maps else ()
