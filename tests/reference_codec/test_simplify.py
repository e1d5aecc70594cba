"""Cheaper masks of an overlap, and the masks that the map model learns from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from misc_format import Maps
from misc_format.coders.maps import context as maps_context
from misc_format.coders.maps.mapmodel import scale
from misc_format.components import BoolMap, Size
from reference_codec.maps.grids import to_grid
from reference_codec.maps.simplify import intersection_over_union, simplify
from reference_codec.training.maps import masks
from reference_codec.training.maps.samples import coarse_samples, fine_samples


def price(grid: BoolMap) -> float:
    size = Size(grid.shape[1], grid.shape[0])
    return sum(share.information_bits for share in maps_context.CODER.split_bits(Maps((grid,)), size))


def wavy(rows: int = 180, columns: int = 240) -> BoolMap:
    y, x = np.mgrid[0:rows, 0:columns]
    angle = np.arctan2(y - rows / 2, x - columns / 2)
    return np.hypot(y - rows / 2, x - columns / 2) < 60 + 4 * np.sin(9 * angle) + 2 * np.sin(31 * angle)


@pytest.mark.parametrize("least", [0.9, 0.98])
def test_the_cheaper_mask_overlaps_as_asked(least: float) -> None:
    mask = wavy()
    mask[3:6, 3:6] = True
    found = simplify(mask, least, price)
    assert found.iou == intersection_over_union(mask, found.mask) >= least
    assert found.bits < 0.75 * found.bits_before
    assert found.bits == price(found.mask)


def test_no_tolerance_no_pixels_and_tiny_masks_stay_what_they_are() -> None:
    mask = wavy()
    assert simplify(mask, 1.0, price).mask is mask
    empty = np.zeros((100, 100), np.bool_)
    assert not simplify(empty, 0.9, price).mask.any()
    small = to_grid(mask, 8, 8)
    assert intersection_over_union(small, simplify(small, 0.98, price).mask) >= 0.98


def test_overlap_of_nothing_is_whole() -> None:
    nothing = np.zeros((4, 4), np.bool_)
    assert intersection_over_union(nothing, nothing) == 1
    assert intersection_over_union(nothing, ~nothing) == 0


def test_run_lengths_of_coco_are_read() -> None:
    # The string of [[0, 1, 0], [0, 1, 1]] by columns: runs of 2, 2, 1, 1; from the fourth on, less the run before last.
    assert masks.decode("221O", 2, 3).tolist() == [[False, True, False], [False, True, True]]


def test_samples_are_what_the_coder_sees() -> None:
    maps = [wavy(80, 90), ~wavy(80, 90)]
    counts = np.zeros((60, 2), np.int64)
    inputs, labels = fine_samples(maps, counts)
    assert len(inputs) == len(labels) == 2 * maps[0].size - counts.sum()
    small = [to_grid(grid, 12, 12) for grid in maps]
    inputs, labels = coarse_samples(small)
    assert labels.tolist() == np.concatenate([grid.ravel() for grid in small]).tolist()
    assert len(inputs) == 288


def test_maps_are_learnt_as_they_are_coded() -> None:
    small = [to_grid(wavy(), 60, 45), to_grid(~wavy(), 60, 45)]
    large = [scale.enlarged(grid, 90, 120) for grid in small]
    assert [grid.tolist() for grid in masks.as_coded(large)] == [grid.tolist() for grid in small]
    rough = [large[0], np.random.default_rng(1).random((90, 120)) < 0.5]
    assert masks.as_coded(rough) is rough


def test_masks_are_grouped_by_source_and_image(tmp_path: Path) -> None:
    rows = [("a", "1", "221O"), ("b", "1", "221O"), ("a", "2", "221O"), ("a", "1", "6")]
    lines = [
        json.dumps({"source": source, "image": image, "h": 2, "w": 3, "counts": counts})
        for source, image, counts in rows
    ]
    path = tmp_path / "masks.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    found = masks.by_source(path)
    areas = {source: [[int(mask.sum()) for mask in maps] for maps in images] for source, images in found.items()}
    assert areas == {"a": [[3, 0], [3]], "b": [[3]]}
    assert len(masks.read(path)) == 3


def test_small_maps_of_parts_keep_their_number_of_cells() -> None:
    rng = np.random.default_rng(1)
    for maps in masks.some([[wavy(), wavy()]], 20, rng):
        assert 1 <= len(maps) <= 2
        assert all(grid.shape[0] == grid.shape[1] for grid in maps)
    assert [grid.shape for grid in masks.reduced([wavy()], 2.0)] == [(90, 120)]
