"""What the user decides about an encoding: choices that exclude each other or have no effect are refused, the others reach the stream."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

import misc_format
import reference_codec
from misc_format.components import Grid, Size, Text
from reference_codec.encoder import Choices, Encoder, ImageChoices, MapChoices, TextChoices, compose
from reference_codec.encoder.choices import IMAGE_METHODS
from reference_codec.errors import ChoiceError
from reference_codec.images.conventional.names import MEANINGS

SAMPLES = np.random.default_rng(7).integers(0, 256, (24, 40, 3), np.uint8)


@pytest.mark.parametrize(
    "choices, message",
    [
        ({"method": "codestream"}, "no image method 'codestream'; there are auto, "),
        ({"block": 8, "cells": Size(3, 2)}, "--block and --grid exclude each other"),
        ({"reduction": 2}, "--reduction needs"),
        ({"reduction": 3, "method": "latents"}, "--reduction needs"),
        ({"depth": 4, "quality": 3}, "a grid has no --quality"),
        ({"method": "grid", "target_bpp": 0.1}, "a grid has no --quality"),
        ({"method": "compressai", "target_bpp": 0.1}, "leave out --target-bpp"),
        ({"method": "latents", "block": 8}, "are for a grid"),
        ({"method": "webp", "quality": 3, "target_bpp": 1.0}, "--quality and --target-bpp exclude"),
    ],
    ids=str,
)
def test_image_choices_that_exclude_each_other_are_refused_at_once(choices: dict[str, Any], message: str) -> None:
    with pytest.raises(ChoiceError, match=message):
        ImageChoices(**choices)


def test_every_codec_is_an_image_method_under_its_own_name() -> None:
    assert set(MEANINGS) < set(IMAGE_METHODS) and "codestream" not in IMAGE_METHODS
    for name in MEANINGS:
        assert ImageChoices(name).codec == name
        assert Choices(image=ImageChoices(name)).methods["image"] == "codestream"
    assert ImageChoices("latents").codec is None


def test_a_profile_without_a_preset_is_refused() -> None:
    with pytest.raises(ChoiceError, match="no preset for profile 'misc-9'; choose one of free, misc-1"):
        Choices("misc-9")


def test_choices_do_not_change_while_models_are_kept() -> None:
    choices = Choices("cmc-pixel", TextChoices(Text("x")))
    encoder = Encoder(choices)
    first, second = (encoder.compose(SAMPLES) for _ in range(2))
    assert misc_format.write(first.stream) == misc_format.write(second.stream)
    assert choices == Choices("cmc-pixel", TextChoices(Text("x")))
    with pytest.raises(FrozenInstanceError):
        choices.profile = "free"  # type: ignore[misc]


def test_encode_takes_the_fields_of_choices() -> None:
    text, maps, image = TextChoices(Text("A cup.")), MapChoices(side=5), ImageChoices(cells=Size(3, 2), depth=4)
    data = reference_codec.encode(SAMPLES, "free", text=text, maps=maps, image=image, comment="x", checksum=True)
    composed = compose(SAMPLES, Choices("free", text, maps, image, comment="x", checksum=True))
    assert data == misc_format.write(composed.stream)
    stream = misc_format.read(data)
    assert stream.text == Text("A cup.") and stream.maps is None and len(stream.ancillary) == 2
    assert isinstance(stream.image, Grid) and stream.image.samples.shape == (2, 3, 3) and stream.image.depth == 4
