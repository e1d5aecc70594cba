"""The mathematics of map makers that need a model, without the model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from misc_format.components import Item, Size, Text
from reference_codec import maps as mapmakers
from reference_codec.encoder import Choices, MapChoices, TextChoices, compose
from reference_codec.maps.clip_surgery import (
    THRESHOLD,
    Tokens,
    binarise,
    similarity,
    similarity_as_released,
    templates,
)


def unit(values: np.ndarray) -> np.ndarray:
    return values / np.linalg.norm(values, axis=-1, keepdims=True)


def planted(seed: int, strength: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Cells (14 x 14) that hold one of three names' features in known places, on a background that every name likes a little."""
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.normal(size=(64, 64)))[0]
    common, names, noise = axes[0], axes[1:4], axes[4:]
    where = np.zeros((3, 14, 14), np.bool_)
    where[0, 2:6, 2:6], where[1, 8:12, 1:7], where[2, 3:13, 9:13] = True, True, True
    cells = np.tile(common, (196, 1)) + 0.3 * rng.normal(size=(196, 60)) @ noise / 8
    null = unit(cells.copy())
    for index in range(3):
        cells[where[index].ravel()] += strength * names[index]
    return unit(cells), unit(names + 0.5 * common), null, where


@given(st.integers(0, 10_000))
def test_planted_items_are_found_where_they_are(seed: int) -> None:
    cells, names, null, where = planted(seed)
    tokens = Tokens(null.mean(axis=0), cells)
    for found in (similarity(cells, names, null), similarity_as_released(tokens, names, unit(null.mean(axis=0)))):
        assert found.shape == (3, 196)
        for row, place in zip(found.reshape(3, 14, 14), where, strict=True):
            assert row[place].min() > row[~place].max()
            made = binarise(row, Size(140, 140), Size(14, 14))
            assert (made & place).sum() / (made | place).sum() > 0.8


def test_equations_2_to_4_step_by_step() -> None:
    rng = np.random.default_rng(1)
    cells, names, null = rng.normal(size=(5, 4)), rng.normal(size=(2, 4)), rng.normal(size=(5, 4))
    found = similarity(cells, names, null)
    for j in range(2):
        for cell in range(5):
            products = [cells[cell, channel] * names[j, channel] for channel in range(4)]
            weight = sum(null[cell, channel] * names[j, channel] for channel in range(4))
            wanted = sum(product - product * weight for product in products)
            assert found[j, cell] == pytest.approx(wanted)


def test_what_an_empty_picture_shows_too_is_weakened() -> None:
    """Eq. 3: of two cells that are equally like a name, the one where the empty picture is like it, too, counts less."""
    name = np.array([[1.0, 0.0]])
    cells, null = np.array([[0.8, 0.6], [0.8, 0.6]]), np.array([[0.6, 0.8], [0.0, 1.0]])
    first, second = similarity(cells, name, null)[0]
    assert first == pytest.approx(0.8 * (1 - 0.6)) and second == pytest.approx(0.8)


def test_the_feature_of_the_empty_string_is_taken_off_in_the_released_code() -> None:
    """Each channel has length 1 over the three tokens before."""
    tokens, names = Tokens(np.array([2.0, 0.0]), np.array([[1.0, 3.0], [2.0, 4.0]])), np.array([[1.0, 0.0]])
    wanted = [1 / 3 - 3 / 5, 2 / 3 - 4 / 5]
    assert similarity_as_released(tokens, names, np.array([0.0, 1.0]))[0] == pytest.approx(wanted)


def test_pooling_is_bilinear_to_the_picture_then_the_mean_of_each_cell() -> None:
    levels = np.zeros((14, 14))
    levels[:, 7:] = 2.0
    made = binarise(levels, Size(112, 56), Size(8, 4))
    assert made.shape == (4, 8) and not made[:, :4].any() and made[:, 4:].all()
    assert binarise(levels, Size(112, 56), Size(1, 1)).all()  # the mean is a half
    few = np.zeros((14, 14))
    few[0, 0] = 1.0
    assert not binarise(few, Size(112, 112), Size(1, 1), THRESHOLD).any()
    assert not binarise(np.full((14, 14), 0.7), Size(20, 30), Size(8, 8)).any()


def test_templates_are_those_of_clip_surgery() -> None:
    assert len(templates()) == len(set(templates())) == 85
    assert all(template.count("{}") == 1 for template in templates())
    assert [template for template in templates() if "in the scene" in template] == list(templates()[80:])


def test_what_is_not_found_in_the_picture_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Finder:
        def __str__(self) -> str:
            return "a detector"

        def make(self, samples: np.ndarray, names: list[str], size: Size) -> tuple[np.ndarray | None, ...]:
            assert size == (60, 40)
            return tuple(None if name == "unicorn" else np.ones((size.height, size.width), np.bool_) for name in names)

    monkeypatch.setattr(mapmakers, "load", lambda *_: Finder())
    text = Text("All.", (Item("horse", "brown"), Item("unicorn", "white")))
    samples = np.random.default_rng(3).integers(0, 256, (40, 60, 3), np.uint8)
    stream, notes = compose(samples, Choices("sedic", TextChoices(text), MapChoices(map_maker="dino-sam")))
    assert stream.text == Text("All.", (Item("horse", "brown"),)) and len(stream.maps.maps) == 1
    assert notes[0] == "Maps by a detector." and notes[1].startswith("'unicorn' was not found")
    without_horse = TextChoices(Text("All.", text.items[1:]))
    nothing, _ = compose(samples, Choices("sedic", without_horse, MapChoices(map_maker="dino-sam")))
    assert nothing.text == Text("All.") and nothing.maps is None
