"""The embedded detector and what is made of its boxes: the converted network is the original, regions fill boxes, names reach the text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

import misc_format
from misc_format import Item, Text
from misc_format.pictures import load
from reference_codec import detector
from reference_codec.detector import INPUT, MIN_SCORES, NAMES, SIDE, STRIDE, Box, Detection
from reference_codec.encoder import Choices, ImageChoices, TextChoices, compose
from reference_codec.maps import boxes, embedded, salience
from reference_codec.text.embedded import describe
from reference_codec.text.things import things
from reference_codec.training import detector_scores

HERE = Path(__file__).parent
JUDGED = HERE.parent / "benchmarks" / "names-judged.csv"
COFFEE = load(HERE.parents[1] / "examples" / "coffee.png").samples


@pytest.fixture(scope="module")
def found() -> tuple[Detection, ...]:
    return detector.suggest(COFFEE, 0.05)


def test_the_network_is_the_one_that_was_converted() -> None:
    """The first detections of the original, run by TensorFlow.js on the same pixels (`training/detector.js`)."""
    square, inner = detector._fit_into_square(COFFEE)
    assert inner == (0, 85, 512, 426)
    peaks, reaches = (output[0] for output in detector._network().run(detector.OUTPUTS, {detector.INPUT: square}))
    expected = np.array(json.loads((HERE / "detections-coffee.json").read_text()))
    best = np.argsort(-peaks, axis=None, kind="stable")[: len(expected)]
    kinds, rows, columns = np.unravel_index(best, peaks.shape)
    left, top, right, bottom = reaches[:, rows, columns]
    x, y = columns * STRIDE, rows * STRIDE
    rows_found = np.column_stack([x - left, y - top, x + right, y + bottom, peaks.flat[best], kinds])
    np.testing.assert_allclose(rows_found[:, :4], expected[:, :4], atol=0.05)
    np.testing.assert_allclose(rows_found[:, 4:], expected[:, 4:], atol=0.0005)


def test_the_cup_is_found_in_the_demo_photo(found: tuple[Detection, ...]) -> None:
    best = found[0]
    assert best.name == "cup" and best.score > MIN_SCORES["cup"]
    assert best.box.overlap(Box(0.28, 0.04, 0.69, 0.67)) > 0.9
    assert detector.find(COFFEE) == tuple(thing for thing in found if thing.score >= MIN_SCORES[thing.name])
    assert detector.suggest(COFFEE, 0.05) == found


class FakeNetwork:
    """A network that finds these kinds at these columns, in the middle row, in boxes of 200 pixels on a side."""

    def __init__(self, *peaks: tuple[str, float, int]) -> None:
        self.peaks = peaks

    def run(self, outputs: Sequence[str], inputs: dict[str, Any]) -> list[Any]:
        assert tuple(outputs) == detector.OUTPUTS and inputs[INPUT].shape == (1, 3, SIDE, SIDE)
        side = SIDE // STRIDE
        scores = np.zeros((1, len(NAMES), side, side), np.float32)
        for name, score, column in self.peaks:
            scores[0, NAMES.index(name), side // 2, column] = score
        return [scores, np.full((1, 4, side, side), 100, np.float32)]


@pytest.mark.parametrize(
    "peaks, names",
    [
        ([("person", 0.3, 30), ("bear", 0.5, 95)], ["person"]),
        ([("person", 0.2, 30), ("bear", 0.7, 95)], ["bear"]),
        ([("boat", 0.4, 30), ("person", 0.5, 95)], ["person", "boat"]),
        ([("bear", 0.5, 64), ("dog", 0.45, 65)], []),
        ([("bear", 0.5, 30), ("dog", 0.45, 95)], ["dog"]),
        ([("boat", 0.45, 56), ("boat", 0.4, 73)], ["boat"]),
        ([("boat", 0.45, 50), ("boat", 0.4, 90)], ["boat", "boat"]),
        ([("person", 0.6, 56), ("person", 0.55, 73)], ["person", "person"]),
    ],
)
def test_each_kind_has_its_least_score(
    monkeypatch: pytest.MonkeyPatch, peaks: list[tuple[str, float, int]], names: list[str]
) -> None:
    monkeypatch.setattr(detector, "_network", lambda: FakeNetwork(*peaks))
    assert [thing.name for thing in detector.find(np.zeros((SIDE, SIDE), np.uint8))] == names


def test_the_least_scores_are_fitted_to_the_judged_names() -> None:
    judged = detector_scores.read(JUDGED)
    fitted = detector_scores.min_scores(detector_scores.fit(judged))
    assert list(MIN_SCORES) == list(NAMES) == list(fitted)
    assert fitted == pytest.approx(MIN_SCORES, abs=0.011)
    precision, share = detector_scores.cross_validated(judged)
    assert precision > 0.85 and share > detector_scores.rates(judged, judged.odds >= 0)[1] + 0.15


def test_photos_of_one_thing_count_as_one(tmp_path: Path) -> None:
    rows = [
        "photo,kind,score,right",
        "dream_dog__0.jpg,dog,0.5,1",
        "dream_dog__1.jpg,dog,0.6,1",
        "solus__2.jpg,dog,0.7,0",
    ]
    (tmp_path / "judged.csv").write_text("\n".join(rows), encoding="utf-8")
    judged = detector_scores.read(tmp_path / "judged.csv")
    assert judged.weights.tolist() == [0.5, 0.5, 1] and judged.odds[0] == 0
    assert detector_scores.rates(judged, np.array([True, True, True])) == (0.5, 1)
    assert detector_scores.rates(judged, np.array([True, False, False])) == (1, 0.5)


def test_boxes_lie_in_the_picture_and_apart(found: tuple[Detection, ...]) -> None:
    scores = [thing.score for thing in found]
    assert len(found) > 3 and scores == sorted(scores, reverse=True)
    for index, thing in enumerate(found):
        assert thing.name in NAMES and all(0 <= edge <= 1 for edge in thing.box) and thing.box.area >= 0.01
        assert all(thing.box.overlap(other.box) <= 0.5 for other in found[:index])


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (7, 5, 3), (600, 300, 3)])
def test_pictures_of_any_shape(shape: tuple[int, ...]) -> None:
    samples = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    for thing in detector.suggest(samples, 0.02):
        assert all(0 <= edge <= 1 for edge in thing.box)


def test_overlap_of_boxes() -> None:
    one = Box(0, 0, 0.5, 1)
    assert one.overlap(one) == 1 and one.overlap(Box(0.5, 0, 1, 1)) == 0 and one.overlap(Box(0.6, 0, 1, 1)) == 0
    assert one.containment(Box(0.25, 0, 0.75, 1)) == 0.5 and one.containment(Box(0, 0, 0.1, 0.1)) == 1
    assert one.overlap(Box(0.25, 0, 0.75, 1)) == pytest.approx(1 / 3) and Box(0.5, 0, 0.2, 1).area == 0


def test_a_disc_is_cut_out_of_its_box() -> None:
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:160, :200]
    disc = (x - 110) ** 2 + (y - 70) ** 2 < 40**2
    samples = np.where(disc[..., None], (200, 60, 40), (90, 110, 140)) + rng.integers(-12, 13, (160, 200, 3))
    mask = boxes.region(np.clip(samples, 0, 255).astype(np.uint8), Box(70 / 200, 30 / 160, 150 / 200, 110 / 160))
    assert (mask & disc).sum() / (mask | disc).sum() > 0.93


@settings(max_examples=40)
@given(
    st.integers(1, 60), st.integers(1, 60), st.tuples(*[st.floats(0, 1)] * 4), st.integers(0, 255), st.integers(0, 2**32)
)  # fmt: skip
def test_a_region_is_a_part_of_its_box(
    height: int, width: int, edges: tuple[float, ...], spread: int, seed: int
) -> None:
    samples = np.random.default_rng(seed).integers(0, spread + 1, (height, width, 3), np.uint8)
    box = Box(*np.minimum(edges[:2], edges[2:]), *np.maximum(edges[:2], edges[2:]))
    mask = boxes.region(samples, box)
    rows, columns = np.nonzero(mask)
    assert mask.shape == (height, width) and mask.dtype == bool and mask.any()
    assert ndimage.label(mask)[1] == 1 and np.array_equal(ndimage.binary_fill_holes(mask), mask)
    assert rows.min() >= min(np.floor(box.top * height), height - 1) and rows.max() <= box.bottom * height
    assert columns.min() >= min(np.floor(box.left * width), width - 1) and columns.max() <= box.right * width
    assert np.array_equal(mask, boxes.region(samples.copy(), box))


def test_objects_come_before_what_is_salient(found: tuple[Detection, ...]) -> None:
    regions = embedded.regions(COFFEE, 3, found[:1])
    assert [region.name for region in regions] == ["cup", None, None]
    assert np.sum([region.mask for region in regions], axis=0).max() == 1
    assert all(region.mask.shape == regions[0].mask.shape and region.mask.mean() >= 0.01 for region in regions)
    inside = np.nonzero(regions[0].mask)[1] / regions[0].mask.shape[1]
    assert inside.min() >= found[0].box.left - 0.01 and inside.max() <= found[0].box.right
    assert len(embedded.regions(COFFEE, 1, found)) == 1 and embedded.regions(COFFEE, 0, found) == ()


def test_without_objects_regions_are_the_salient_ones() -> None:
    plain = salience.salient_regions(COFFEE, 3)
    regions = embedded.regions(COFFEE, 3, ())
    assert [region.name for region in regions] == [None] * 3
    for region, mask in zip(regions, plain, strict=True):
        np.testing.assert_array_equal(region.mask, mask)
    with pytest.raises(ValueError, match="count"):
        embedded.regions(COFFEE, -1, ())


def test_names_are_matched_with_objects(found: tuple[Detection, ...]) -> None:
    names = ["silver spoon", "white coffee CUP", "second cup", "wooden table"]
    regions = embedded.for_names(COFFEE, names, [thing for thing in found if thing.score > 0.12])
    assert [region.name for region in regions] == [None, "cup", None, "dining table"]
    cup = embedded.regions(COFFEE, 1, found[:1])[0]
    np.testing.assert_array_equal(regions[1].mask, cup.mask)


def test_more_names_than_regions_are_everywhere() -> None:
    flat = np.full((30, 40, 3), 128, np.uint8)
    regions = embedded.for_names(flat, ["a", "b"], ())
    assert all(region.mask.all() and region.name is None for region in regions) and regions[1].mask.shape == (1, 1)


@pytest.mark.parametrize(
    "names, words",
    [
        ([], ""),
        (["cup"], "a cup"),
        (["orange", "cup"], "an orange and a cup"),
        (["person", "dog", "person"], "two people and a dog"),
        (["bus"] * 3 + ["skis"] * 2 + ["broccoli"] * 2, "three buses, two pairs of skis and broccoli"),
        (["sheep"] * 9 + ["dog", "cat", "bird"], "several sheep, a dog and a cat"),
        (["scissors"], "a pair of scissors"),
    ],
)
def test_things_are_counted(names: list[str], words: str) -> None:
    assert things(names) == words


def test_a_named_region_is_called_by_its_name() -> None:
    samples = np.full((90, 90, 3), (200, 30, 30), np.uint8)
    masks = np.zeros((3, 90, 90), bool)
    masks[0, 20:70, 10:30] = masks[1, 20:70, 60:80] = masks[2, 80:] = True
    overall, items = describe(samples, list(masks), ["person", "person", None], ["person", "person"])
    assert overall.startswith("A square picture of two people, entirely red.")
    assert items[0] == ("left person", "medium-sized person, red, at the left")
    assert items[1][0] == "right person" and items[2][0] == "red band"


@pytest.mark.parametrize("name", NAMES)
def test_texts_with_any_name_keep_to_their_limits(name: str) -> None:
    samples = np.random.default_rng(2).integers(0, 256, (8, 8, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    masks: Any = np.zeros((2, 64, 64), bool)
    masks[0, :30, :30] = masks[1, 34:, 34:] = True
    overall, items = describe(samples, list(masks), [name, name], [name, name, "wine glass", "cell phone"])
    assert len(overall.split()) <= 50 and len({short for short, _ in items}) == 2
    for short, detail in items:
        assert name in short and len(short.split()) <= 3 and name in detail and len(detail.split()) <= 10


def test_a_file_says_what_was_found() -> None:
    stream, notes = compose(COFFEE, Choices("misc-1", image=ImageChoices(block=32)))
    assert isinstance(stream.text, Text) and "picture of a cup," in stream.text.overall
    assert stream.text.items[0].name == "cup" and not notes
    assert misc_format.validate(misc_format.write(stream)).verdict == "conforming"


def test_a_users_text_is_matched_with_what_is_found() -> None:
    text = Text("A table.", (Item("coffee cup", "white"), Item("window", "dark")))
    stream, notes = compose(COFFEE, Choices("misc-1", TextChoices(text), image=ImageChoices(block=32)))
    assert isinstance(stream.maps, misc_format.Maps) and len(stream.maps.maps) == 2
    assert len(notes) == 1 and "'window'" in notes[0] and "'coffee cup'" not in notes[0]
