"""Grids: exact area reduction of masks, against brute force; what stays empty, what does not, and what it costs."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_codec.maps.grids import to_grid


def brute_force(mask: Any, width: int, height: int) -> Any:
    """Covered area of each cell in units of 1 / (width * height) pixel, by oversampling to a common multiple."""
    fine = mask.astype(int).repeat(height, 0).repeat(width, 1)
    return fine.reshape(height, mask.shape[0], width, mask.shape[1]).sum(axis=(1, 3))


@settings(deadline=None)
@given(
    st.integers(1, 20),
    st.integers(1, 20),
    st.integers(1, 18),
    st.integers(1, 18),
    st.sampled_from([0.0, 0.1, 0.35, 0.5, 0.7, 1.0]),
    st.integers(0, 2**32 - 1),
)
def test_grids_equal_brute_force(h: int, w: int, height: int, width: int, threshold: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = rng.random((h, w)) < rng.random()
    areas = brute_force(mask, width, height)
    # An exact share: 0.35 of 20 is 7, and 7 of 20 is then not more than it.
    expected = np.array([[Fraction(int(a), h * w) > Fraction(str(threshold)) for a in row] for row in areas])
    if mask.shape == expected.shape:
        expected = mask
    elif mask.any() and not expected.any():
        expected.flat[areas.argmax()] = True
    grid = to_grid(mask, width, height, threshold)
    assert grid.dtype == bool and grid.shape == (height, width)
    np.testing.assert_array_equal(grid, expected)


def test_exactly_the_threshold_is_not_more_than_it() -> None:
    mask = np.zeros((2, 20), bool)
    mask[0, :7] = mask[1, :8] = True
    np.testing.assert_array_equal(to_grid(mask, 1, 2), [[False], [True]])


def test_a_grid_is_empty_only_where_its_mask_is() -> None:
    mask = np.zeros((64, 64), bool)
    assert np.argwhere(to_grid(mask, 8, 8)).tolist() == []
    mask[20, 50] = True
    assert np.argwhere(to_grid(mask, 8, 8)).tolist() == [[2, 6]]


@pytest.mark.parametrize("kind", [bool, np.uint8, float])
def test_a_mask_of_the_grids_size_is_copied(kind: type) -> None:
    mask: Any = np.zeros((5, 7), kind)
    assert not to_grid(mask, 7, 5).any()
    mask[1:3, 2] = 1
    grid = to_grid(mask, 7, 5, 1.0)
    assert grid.dtype == bool and not np.shares_memory(grid, mask)
    np.testing.assert_array_equal(grid, mask.astype(bool))


@pytest.mark.parametrize("kind", [bool, np.float32])
@pytest.mark.parametrize("size", [(8, 8), (1, 1), (6001, 3)])
def test_a_large_mask_needs_little_memory(kind: type, size: tuple[int, int]) -> None:
    mask: Any = np.zeros((4000, 6000), kind)
    mask[1000:2000, 1500:4500] = 1
    tracemalloc.start()
    grid = to_grid(mask, *size)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30e6  # bytes; the mask has 24 million pixels
    if size == (8, 8):
        assert np.argwhere(grid).tolist() == [[row, column] for row in (2, 3) for column in (2, 3, 4, 5)]


def test_a_mask_smaller_than_the_grid_is_enlarged() -> None:
    mask = np.array([[True, False]])
    np.testing.assert_array_equal(to_grid(mask, 4, 3), [[True, True, False, False]] * 3)


@pytest.mark.parametrize(
    ("shape", "size", "threshold"),
    [((3,), (8, 8), 0.35), ((0, 3), (8, 8), 0.35), ((3, 3), (0, 8), 0.35), ((3, 3), (8, 8), 1.5)],
)
def test_impossible_grids_are_refused(shape: tuple[int, ...], size: tuple[int, int], threshold: float) -> None:
    with pytest.raises(ValueError, match=r"mask|grid|threshold"):
        to_grid(np.zeros(shape, bool), *size, threshold)
