"""Picture to bitstream and back, on sizes and kinds that break things."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import misc_format
import reference_codec
from misc_format.coders.image.levels import dequantise, quantise, smallest_depth
from misc_format.components import Grid, Samples, Size, Stream
from reference_codec.decoders.embedded import enlarge, paint
from reference_codec.encoder import Choices, MapChoices, TextChoices, compose
from reference_codec.images import grid
from reference_codec.presets import PRESETS
from tests.sweeps import swept

PHOTO = Path(__file__).parents[2] / "examples" / "coffee.png"
SIZES = ((1, 1), (17, 4000), (31, 33), (2, 1), (4000, 17))


def noise(width: int, height: int, planes: int = 3) -> Samples:
    shape = (height, width, 3) if planes == 3 else (height, width)
    return np.random.default_rng(width * 70_000 + height).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize("profile", PRESETS)
@pytest.mark.parametrize("size", swept(SIZES, lambda size: size not in SIZES[:3]), ids=str)
@pytest.mark.parametrize("planes", [1, 3])
def test_any_size_in_any_profile_comes_back_in_its_size(profile: str, size: tuple[int, int], planes: int) -> None:
    data = reference_codec.encode(noise(*size, planes), profile)
    assert misc_format.validate(data).verdict == "conforming"  # of so few pixels, above the rate of the profile
    picture = reference_codec.decode(data)
    assert picture.size == size
    if PRESETS[profile].block is not None:
        assert picture.mode == ("L" if planes == 1 else "RGB")


def test_the_same_picture_gives_the_same_file() -> None:
    assert reference_codec.encode(PHOTO) == reference_codec.encode(Image.open(PHOTO))


def test_the_users_maps_are_kept_where_the_profile_takes_them_and_resampled_where_not() -> None:
    samples = noise(64, 48)
    fits, large = np.eye(9, dtype=np.bool_), np.kron(np.eye(2), np.ones((20, 20))).astype(np.bool_)
    kept, notes = compose(samples, Choices("misc-1", maps=MapChoices((fits,))))
    assert isinstance(kept.maps, misc_format.Maps) and np.array_equal(kept.maps.maps[0], fits) and not notes
    resampled, notes = compose(samples, Choices("misc-1", maps=MapChoices((large,))))
    assert isinstance(resampled.maps, misc_format.Maps) and len(notes) == 1
    assert np.array_equal(resampled.maps.maps[0], np.kron(np.eye(2), np.ones((4, 4))))
    free, notes = compose(samples, Choices("free", maps=MapChoices((large,))))
    assert isinstance(free.maps, misc_format.Maps) and free.maps.maps[0].shape == (40, 40) and not notes


def test_as_many_maps_as_items_and_no_more_than_a_file_holds() -> None:
    items = tuple(misc_format.Item(f"thing {index}", "") for index in range(5))
    stream, _ = compose(noise(64, 48), Choices("free", TextChoices(misc_format.Text("", items))))
    assert isinstance(stream.maps, misc_format.Maps) and len(stream.maps.maps) == 5
    thirds = np.repeat(np.array([[0, 120, 255]], np.uint8), 1300, axis=1).repeat(2200, axis=0)
    large, notes = compose(thirds, Choices("sedic"))
    assert isinstance(large.text, misc_format.Text) and isinstance(large.maps, misc_format.Maps)
    assert len(large.maps.maps) == len(large.text.items) == 1 and "only 1 full-resolution" in notes[0]


def test_grid_cells_are_block_means() -> None:
    samples = noise(10, 7)
    made = grid.make(samples, 4, 8)
    assert made.samples.shape == (2, 3, 3)
    for row in range(2):
        for column in range(3):
            cell = samples[4 * row : 4 * row + 4, 4 * column : 4 * column + 4].reshape(-1, 3)
            assert np.abs(made.samples[row, column] - cell.mean(axis=0)).max() <= 0.5


@given(st.integers(1, 8), st.integers(0, 255))
def test_levels_are_the_nearest_and_come_back(depth: int, value: int) -> None:
    sample = np.array([value], np.uint8)
    level = int(quantise(sample, depth)[0])
    shades = [int(dequantise(np.array([other], np.uint8), depth)[0]) for other in range(1 << depth)]
    exact = [other * 255 / ((1 << depth) - 1) for other in range(1 << depth)]
    assert abs(exact[level] - value) <= min(abs(shade - value) for shade in exact) + 1e-9
    assert int(quantise(np.array([shades[level]], np.uint8), depth)[0]) == level
    assert smallest_depth(np.array(shades, np.uint8)) <= depth


def keys(x: np.ndarray) -> np.ndarray:
    """Keys' cubic kernel, a = -0.5."""
    x = np.abs(x)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def interpolated(cells: np.ndarray, length: int, step: float) -> np.ndarray:
    """Clause 8.7 along the first axis, in floating point: `step` pixels a cell."""
    centres = (np.arange(length) + 0.5) / step - 0.5
    weights = keys(centres[:, None] - np.arange(cells.shape[0])[None])
    weights /= weights.sum(axis=1, keepdims=True)
    return np.tensordot(weights, cells, axes=1)


def limited(values: np.ndarray) -> np.ndarray:
    return np.clip(np.floor(values + 0.5), 0, 255)


@pytest.mark.parametrize(
    "size, block, shape",
    [
        (Size(97, 61), 16, (4, 7)),
        (Size(100, 64), 0, (4, 7)),
        (Size(33, 5), 1, (5, 33)),
        (Size(40, 9), 40, (1, 1)),
        (Size(9, 30), 0, (30, 2)),
    ],
    ids=str,
)
def test_reconstruction_is_within_the_tolerance_of_the_specification(
    size: Size, block: int, shape: tuple[int, int]
) -> None:
    cells = np.random.default_rng(3).integers(0, 256, (*shape, 3), np.uint8)
    steps = (block, block) if block else (size.width / shape[1], size.height / shape[0])
    wide = limited(interpolated(cells.transpose(1, 0, 2).astype(np.float64), size.width, steps[0])).transpose(1, 0, 2)
    wanted = limited(interpolated(wide, size.height, steps[1]))
    painted = enlarge(Grid(cells, 8, block), size)
    assert np.abs(painted.astype(int) - wanted).max() <= 2


def test_a_file_without_an_image_is_painted_grey_and_says_so() -> None:
    samples, notes = paint(Stream(5, 4, text=misc_format.Text("x")))
    assert samples.shape == (4, 5) and (samples == 128).all() and len(notes) == 1


def test_an_image_of_a_private_method_is_refused() -> None:
    data = misc_format.write(Stream(5, 4, image=misc_format.Opaque(b"?")))
    with pytest.raises(misc_format.MiscError, match="MISC-CON-012"):
        reference_codec.decode(data)


def test_a_picture_wider_than_the_format_is_refused() -> None:
    with pytest.raises(misc_format.MiscError, match="MISC-CON-019"):
        reference_codec.encode(np.zeros((1, 65_536), np.uint8), "cmc-image")
