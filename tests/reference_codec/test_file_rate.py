"""A rate for the whole file: never above it, little below it, and a note on everything that is given up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from misc_format import read, validate
from misc_format.components import Item, Maps, Size, Text
from reference_codec.encoder import Choices, ImageChoices, MapChoices, TextChoices, encode
from reference_codec.encoder.filerate import FIRST_WORDS, MIN_MAP_SIDE
from reference_codec.errors import ChoiceError, PictureError
from tests.needs import extra, needs

COFFEE = Path(__file__).parents[2] / "examples" / "coffee.png"
PICTURE = np.asarray(Image.open(COFFEE).convert("RGB").crop((100, 60, 420, 300)))
TEXT = Text(
    "A white cup of black coffee stands on a table. A spoon lies beside it. The light comes from the left.",
    (Item("cup", "white porcelain with a thin rim"), Item("spoon", "polished steel")),
)
MASKS = tuple(np.roll(np.tri(16, dtype=np.bool_), shift, 0) for shift in range(2))
LATENTS = ImageChoices(method="latents")
pytestmark = needs(extra("codec"))


def encoded(max_bytes: int, image: ImageChoices = LATENTS, **options: object) -> tuple[bytes, list[str]]:
    notes: list[str] = []
    data = encode(
        PICTURE, options.pop("profile", "free"), text=TextChoices(text=TEXT), maps=MapChoices(maps=MASKS), image=image,
        note=notes.append, file_bytes=max_bytes, **options,
    )  # type: ignore[arg-type]  # fmt: skip
    return data, notes


@settings(max_examples=20, deadline=None)
@given(st.integers(90, 950))  # the best latents of this picture take a little more
def test_a_file_is_never_larger_and_little_smaller(max_bytes: int) -> None:
    data, _ = encoded(max_bytes)
    assert 0.98 * max_bytes - 1 <= len(data) <= max_bytes
    assert validate(data).verdict == "conforming"


def test_nothing_is_given_up_where_everything_fits() -> None:
    data, notes = encoded(600)
    stream = read(data)
    assert stream.text == TEXT
    assert isinstance(stream.maps, Maps)
    assert all((one == other).all() for one, other in zip(stream.maps.maps, MASKS, strict=True))
    assert notes == []


def test_what_is_given_up_is_said_in_the_documented_order() -> None:
    lost: list[tuple[int, int, int, int]] = []
    for max_bytes in range(220, 60, -6):
        data, notes = encoded(max_bytes)
        stream = read(data)
        text, maps = stream.text, stream.maps
        assert isinstance(text, Text)
        side = maps.maps[0].shape[0] if isinstance(maps, Maps) else 0
        details = sum(bool(item.detail) for item in text.items)
        words = len(text.overall.split())
        lost.append((details, words, side, len(text.items)))
        for is_lost, sentence in (
            (details < 2, f"{2 - details} of 2 details"),
            (words < 21, f"{21 - words} of 21 words"),
            (len(text.items) < 2, f"{2 - len(text.items)} of 2 items"),
            (side not in (0, 16), f"maps are {side}x{side} in place of 16x16"),
        ):
            assert (sentence in " ".join(notes)) == is_lost, (max_bytes, sentence, notes)
    assert lost == sorted(lost, reverse=True)
    assert any(details == 0 and words == 21 for details, words, *_ in lost)
    assert all(side in (0, MIN_MAP_SIDE) for _, _, side, items in lost if items < 2)
    assert all(items == 0 for _, words, _, items in lost if words < FIRST_WORDS)


def test_bits_per_pixel_are_those_of_the_whole_file() -> None:
    notes: list[str] = []
    data = encode(PICTURE, "free", text=TextChoices(text=TEXT), image=LATENTS, file_bpp=0.03, note=notes.append)
    assert 0.98 * 0.03 - 1e-4 <= 8 * len(data) / (PICTURE.shape[0] * PICTURE.shape[1]) <= 0.03


@pytest.mark.parametrize(("bpp", "max_bytes"), [(0.024, 240), (0.03, 300), (0.07, 700), (0.0001, 1)])
def test_a_rate_is_the_decimal_number_that_the_user_wrote(bpp: float, max_bytes: int) -> None:
    assert Choices("free", file_bpp=bpp).max_bytes(Size(400, 200)) == max_bytes


def test_a_size_that_no_file_has_is_an_error() -> None:
    with pytest.raises(PictureError, match=r"the smallest file of this picture has \d+ bytes, more than 10"):
        encoded(10)


@pytest.mark.parametrize(
    "options",
    [
        {"file_bytes": 100, "file_bpp": 0.1},
        {"file_bytes": 100, "image": ImageChoices(quality=3)},
        {"file_bpp": 0.1, "image": ImageChoices(target_bpp=0.1)},
    ],
)
def test_choices_that_exclude_each_other(options: dict[str, object]) -> None:
    with pytest.raises(ChoiceError, match=r"exclude each other|leave out"):
        encode(PICTURE, "free", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("profile", "image"),
    [("cmc-text", ImageChoices()), ("free", ImageChoices(method="grid")), ("free", ImageChoices(block=32))],
)
def test_other_images(profile: str, image: ImageChoices) -> None:
    data = encode(PICTURE, profile, text=TextChoices(text=Text(TEXT.overall)), image=image, file_bytes=150)
    assert len(data) <= 150
    assert (read(data).image is None) == (profile == "cmc-text")


@needs(extra("conventional"))
def test_a_codestream_takes_what_is_left() -> None:
    data, _ = encoded(900, ImageChoices(method="avc", reduction=2))
    assert 700 < len(data) <= 900
