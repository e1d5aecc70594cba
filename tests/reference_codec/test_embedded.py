"""The embedded map maker and describer: planted colours are found, placed and named; limits hold on any picture."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_codec.maps.salience import salient_regions
from reference_codec.text.embedded import describe

SHAPES = [(1, 1), (1, 2), (2, 1), (3, 5), (1, 4000), (4000, 1), (17, 4000), (300, 200, 3), (40, 40, 3), (1, 1, 3)]


def noisy(colour: tuple[int, int, int], shape: tuple[int, int], spread: int, seed: int) -> Any:
    noise = np.random.default_rng(seed).integers(-spread, spread + 1, (*shape, 3)) if spread else 0
    return np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8) * np.ones((*shape, 1), np.uint8)


def overlap(one: Any, other: Any) -> float:
    return float((one & other).sum() / (one | other).sum())


def at_scale(box: tuple[slice, slice], size: tuple[int, int], mask: Any) -> Any:
    """The planted box, sampled at the size of `mask`."""
    full = np.zeros(size, bool)
    full[box] = True
    rows = (np.arange(mask.shape[0]) + 0.5) * size[0] / mask.shape[0]
    columns = (np.arange(mask.shape[1]) + 0.5) * size[1] / mask.shape[1]
    return full[np.ix_(rows.astype(int), columns.astype(int))]


def box(top: int, bottom: int, left: int, right: int) -> tuple[slice, slice]:
    return slice(top, bottom), slice(left, right)


PLANTED = [
    ((200, 20, 20), "red", box(40, 160, 50, 210), "at the upper left"),
    ((30, 60, 200), "blue", box(330, 460, 560, 720), "at the lower right"),
    ((240, 220, 40), "yellow", box(190, 320, 320, 450), "in the centre"),
]


@pytest.mark.parametrize("spread", [0, 12])
def test_planted_rectangles_are_found_named_and_placed(spread: int) -> None:
    size = (512, 768)
    picture = noisy((150, 150, 150), size, spread, 0)
    for seed, (colour, _, where, _) in enumerate(PLANTED, 1):
        picture[where] = noisy(colour, picture[where].shape[:2], spread, seed)
    regions = salient_regions(picture)
    overall, items = describe(picture, regions)
    assert len(regions) == 3
    assert "grey" in overall
    for _, word, where, place in PLANTED:
        match = [overlap(mask, at_scale(where, size, mask)) for mask in regions]
        best = int(np.argmax(match))
        name, detail = items[best]
        assert match[best] > 0.8
        assert word in name.split() and word in detail.split()
        assert detail.endswith(place)


@pytest.mark.parametrize(
    ("colour", "words"),
    [
        ((255, 0, 0), "red"),
        ((128, 0, 0), "dark red"),
        ((255, 165, 0), "orange"),
        ((255, 255, 0), "yellow"),
        ((0, 128, 0), "green"),
        ((0, 0, 255), "blue"),
        ((0, 0, 128), "dark blue"),
        ((135, 206, 235), "light blue"),
        ((75, 0, 130), "dark purple"),
        ((255, 192, 203), "light pink"),
        ((139, 69, 19), "brown"),
        ((210, 180, 140), "beige"),
        ((128, 128, 0), "olive"),
        ((0, 128, 128), "turquoise"),
        ((255, 0, 255), "magenta"),
        ((0, 0, 0), "black"),
        ((64, 64, 64), "dark grey"),
        ((128, 128, 128), "grey"),
        ((210, 210, 210), "light grey"),
        ((255, 255, 255), "white"),
    ],
)
def test_a_plain_picture_is_called_by_its_colour(colour: tuple[int, int, int], words: str) -> None:
    picture = noisy(colour, (30, 40), 0, 0)
    regions = salient_regions(picture)
    overall, items = describe(picture, regions)
    assert len(regions) == 1 and regions[0].all()
    assert f"entirely {words}." in overall
    assert items == ((f"{words} area", f"very large smooth {words} area over the whole picture"),)


def test_the_layout_says_which_part_is_brighter() -> None:
    picture = np.vstack([noisy((150, 200, 240), (60, 100), 0, 0), noisy((20, 60, 20), (60, 100), 0, 0)])
    overall, _ = describe(picture, ())
    assert "The upper part is much brighter and mainly light blue, the lower part mainly dark green." in overall
    turned, _ = describe(np.ascontiguousarray(np.rot90(picture)), ())
    assert "The left side is much brighter and mainly light blue, the right side mainly dark green." in turned


def test_equally_bright_parts_of_one_main_colour_are_not_called_brighter() -> None:
    picture = np.full((100, 100, 3), 128, np.uint8)
    picture[:50, ::3], picture[50:, ::3] = (190, 95, 95), (110, 110, 215)
    overall, _ = describe(picture, ())
    assert "The upper part has more red, the lower part more blue." in overall
    assert "brighter" not in overall and "darker" not in overall


def test_the_detail_is_placed() -> None:
    picture = np.full((100, 150), 128, np.uint8)
    picture[:, 100:] = np.random.default_rng(0).integers(118, 139, (100, 50), dtype=np.uint8)
    overall, _ = describe(picture, ())
    assert "Most detail is on the right side." in overall


@pytest.mark.parametrize(
    ("where", "phrase"),
    [
        (box(0, 20, 0, 100), "band across the upper part"),
        (box(45, 55, 0, 100), "band across the middle"),
        (box(0, 100, 85, 100), "column down the right side"),
        (box(80, 100, 40, 60), "area at the bottom"),
        (box(40, 60, 0, 20), "area at the left"),
        (box(5, 12, 5, 12), "spot at the upper left"),
    ],
)
def test_shape_and_place_of_a_region(where: tuple[slice, slice], phrase: str) -> None:
    mask = np.zeros((100, 100), bool)
    mask[where] = True
    _, ((_, detail),) = describe(np.full((50, 50), 128, np.uint8), [mask])
    assert detail.endswith(phrase)


def test_a_frame_lies_around_the_edges() -> None:
    mask = np.ones((100, 100), bool)
    mask[20:80, 20:80] = False
    _, ((_, detail),) = describe(np.full((50, 50), 128, np.uint8), [mask])
    assert detail.endswith("around the edges")


def test_equal_names_are_told_apart_by_place() -> None:
    mask = np.zeros((3, 9, 9), bool)
    mask[0, :3, :3] = mask[1, :3, 6:] = mask[2, 6:, 6:] = True
    _, items = describe(np.full((50, 50), 60, np.uint8), list(mask[:2]))
    assert [name for name, _ in items] == ["left grey area", "right grey area"]
    _, items = describe(np.full((50, 50), 60, np.uint8), list(mask[1:]))
    assert [name for name, _ in items] == ["upper grey area", "lower grey area"]


def test_names_stay_distinct_where_neither_height_nor_side_tells_them_apart() -> None:
    mask = np.zeros((5, 9, 9), bool)
    mask[0, :3, :3] = mask[1, :3, 6:] = mask[2, 6:, 6:] = mask[3, 6:, :3] = True
    _, items = describe(np.full((50, 50), 60, np.uint8), list(mask[:4]))
    corners = ["upper-left", "upper-right", "lower-right", "lower-left"]
    assert [name for name, _ in items] == [f"{corner} grey area" for corner in corners]
    inner, outer = np.zeros((2, 90, 90), bool)
    inner[40:50, 40:50], outer[20:70, 20:70] = True, True
    _, items = describe(np.full((50, 50), 60, np.uint8), [inner, outer & ~inner])
    assert [name for name, _ in items] == ["dark grey spot", "dark grey area"]
    _, items = describe(np.full((50, 50), 60, np.uint8), [outer & ~inner, outer, np.roll(outer, 3), inner])
    assert [name for name, _ in items] == ["dark grey area", "second grey area", "third grey area", "dark grey spot"]


def test_different_shades_of_one_family_stay_distinct_once_they_are_placed() -> None:
    picture = np.full((90, 90), 250, np.uint8)
    mask = np.zeros((4, 90, 90), bool)
    for part, (where, value) in zip(
        mask,
        [
            (box(0, 30, 0, 30), 60),
            (box(0, 30, 60, 90), 60),
            (box(60, 90, 0, 30), 128),
            (box(60, 90, 60, 90), 128),
        ],
        strict=True,
    ):
        part[where], picture[where] = True, value
    _, items = describe(picture, list(mask))
    assert len({name for name, _ in items}) == 4


def test_an_empty_region_is_said_to_mark_nothing() -> None:
    _, items = describe(np.full((20, 20), 200, np.uint8), [np.zeros((7, 3), bool)])
    assert items == (("unmarked area", "the map marks no part of the picture"),)


def test_a_single_marked_pixel_of_a_large_picture_still_counts() -> None:
    picture = np.full((1200, 900, 3), 255, np.uint8)
    picture[600:700, 450:550] = (200, 0, 0)
    mask = np.zeros((1200, 900), bool)
    mask[650, 500] = True
    _, ((name, _),) = describe(picture, [mask])
    assert name == "red spot"


@pytest.mark.parametrize("mask", [np.zeros(3, bool), np.zeros((0, 3), bool), np.zeros((2, 2, 2), bool)])
def test_a_mask_of_another_kind_is_refused(mask: Any) -> None:
    with pytest.raises(ValueError, match="two dimensions"):
        describe(np.zeros((4, 4), np.uint8), [mask])


def check_regions(samples: Any, regions: tuple[Any, ...], count: int) -> None:
    assert len(regions) <= count
    assert bool(regions) == (count >= 1)
    for mask in regions:
        assert mask.dtype == bool and mask.shape == regions[0].shape and mask.any()
        assert max(mask.shape) == min(256, max(samples.shape[:2]))
    if regions:
        assert np.sum(regions, axis=0).max() == 1


def check_words(overall: str, items: tuple[tuple[str, str], ...]) -> None:
    assert 33 <= len(overall.split()) <= 50
    for name, detail in items:
        assert 2 <= len(name.split()) <= 3 and "," not in name
        assert 4 <= len(detail.split()) <= 10
    for text in (overall, *sum(items, ())):
        assert text.isascii() and "\n" not in text and "  " not in text
        assert not any(letter.isdigit() for letter in text)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["flat", "noise", "ramp"])
def test_odd_sizes(shape: tuple[int, ...], kind: str) -> None:
    flat = np.full(shape, 90, np.uint8)
    noise = np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)
    ramp = np.linspace(0, 255, flat.size).astype(np.uint8).reshape(shape)
    samples = {"flat": flat, "noise": noise, "ramp": ramp}[kind]
    regions = salient_regions(samples)
    check_regions(samples, regions, 3)
    check_words(*describe(samples, regions))


@st.composite
def patchworks(draw: st.DrawFn) -> Any:
    """A few blocks of any colours, enlarged, with any noise: from one pixel to about a hundred a side."""
    rows, columns, size = draw(st.integers(1, 5)), draw(st.integers(1, 5)), draw(st.integers(1, 24))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    channels = draw(st.sampled_from([(), (3,)]))
    blocks = rng.integers(0, 256, (rows, columns, *channels)).repeat(size, 0).repeat(size, 1)
    noise = draw(st.sampled_from([0, 5, 40]))
    return np.clip(blocks + rng.integers(-noise, noise + 1, blocks.shape), 0, 255).astype(np.uint8)


@settings(max_examples=60, deadline=None)
@given(patchworks(), st.integers(0, 8))
def test_limits_hold_on_random_pictures(samples: Any, count: int) -> None:
    regions = salient_regions(samples, count)
    check_regions(samples, regions, count)
    described = describe(samples, regions)
    check_words(*described)
    assert len(described[1]) == len(regions)
    assert len({name for name, _ in described[1]}) == len(regions)
    again = salient_regions(samples.copy(), count)
    assert all(np.array_equal(one, other) for one, other in zip(regions, again, strict=True))
    assert describe(samples.copy(), again) == described


@settings(max_examples=40, deadline=None)
@given(patchworks(), st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_masks_of_any_size_are_described(samples: Any, height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    masks = [rng.random((height, width)) < share for share in (0.0, 0.05, 0.5, 1.0)]
    check_words(*describe(samples, masks))


def test_fewer_and_more_regions_agree_on_the_order() -> None:
    samples = np.random.default_rng(5).integers(0, 256, (6, 6, 3), dtype=np.uint8).repeat(20, 0).repeat(20, 1)
    three, one = salient_regions(samples, 3), salient_regions(samples, 1)
    assert len(one) == 1
    np.testing.assert_array_equal(three[0], one[0])
    assert salient_regions(samples, 0) == ()
    with pytest.raises(ValueError, match="count"):
        salient_regions(samples, -1)


def test_a_large_picture_takes_little_time() -> None:
    samples = np.random.default_rng(5).integers(0, 256, (30, 40, 3), dtype=np.uint8).repeat(100, 0).repeat(100, 1)
    start = perf_counter()
    describe(samples, salient_regions(samples))
    assert perf_counter() - start < 5  # seconds; a fraction of one on a common machine
