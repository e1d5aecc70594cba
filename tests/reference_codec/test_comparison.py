"""The before-and-after picture: both pictures are seen, at sizes that can be looked at."""

from __future__ import annotations

import numpy as np
import pytest

from reference_codec.pictures.comparison import side_by_side


def test_side_by_side_shows_both_pictures_pixel_for_pixel() -> None:
    left, right = (np.full((300, 400, 3), value, np.uint8) for value in (100, 200))
    sheet = side_by_side(left, right)
    assert sheet.dtype == np.uint8 and sheet.shape[1] == 400 + 400 + 8
    bar = sheet.shape[0] - 300
    assert 15 <= bar <= 40
    assert (sheet[bar:, :400] == 100).all() and (sheet[bar:, -400:] == 200).all()
    assert sheet[:bar].max() > 150  # a caption is written


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (17, 4000), (4000, 17), (5, 3, 3), (3000, 2000, 3)])
def test_side_by_side_is_of_sensible_size_for_any_picture(shape: tuple[int, ...]) -> None:
    sheet = side_by_side(np.full(shape, 250, np.uint8), np.full(shape, 120, np.uint8), ("a" * 500, "b\nc é"))
    assert sheet.shape[2] == 3
    assert max(sheet.shape) <= 2 * 1024 + 60
    for value in (250, 120):
        assert (sheet == value).all(axis=2).sum() >= 16 * 256


def test_side_by_side_keeps_different_sizes() -> None:
    sheet = side_by_side(np.full((600, 500), 250, np.uint8), np.full((300, 256), 120, np.uint8))
    assert (sheet == 250).all(axis=2).sum() >= 600 * 500
    assert (sheet == 120).all(axis=2).sum() == 300 * 256
