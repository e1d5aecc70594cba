"""The search for better latents: never more bits, never farther from the picture, the same file each time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from misc_format import Text, read, write
from misc_format.coders.image import latents as image_latents
from reference_codec.encoder import Choices, Encoder, ImageChoices, TextChoices, encode
from reference_codec.errors import ChoiceError, PictureError
from reference_codec.images.latents import codec
from tests.needs import extra, needs

COFFEE = Path(__file__).parents[2] / "examples" / "coffee.png"
PICTURE = np.asarray(Image.open(COFFEE).convert("RGB").crop((100, 60, 356, 252)))
MAX_BITS = 2000
pytestmark = needs(extra("codec"), extra("torch"))


def bits_of(latents: image_latents.Latents) -> int:
    return 8 * len(image_latents.encode(latents, codec.Encoder(PICTURE).picture))


def test_a_search_takes_no_more_bits_and_is_nearer_to_the_picture() -> None:
    from reference_codec.images.latents.refine import distortion_of

    encoder = codec.Encoder(PICTURE)
    plain = encoder.within(MAX_BITS)
    steps: list[tuple[int, int]] = []
    found = encoder.searched_within(MAX_BITS, 60, lambda done, count: steps.append((done, count)))
    assert bits_of(found) <= MAX_BITS
    lost = [distortion_of(codec.paint(latents, encoder.picture), PICTURE) for latents in (plain, found)]
    assert lost[1] < lost[0]
    assert steps == [(step, 60) for step in range(1, 61)]


def test_the_twin_of_the_entropy_path_counts_the_bits_of_the_coder() -> None:
    import torch

    from reference_codec.images.latents import refine

    shipped, quality = codec.shipped(), 60
    encoder = codec.Encoder(PICTURE)
    scaled, hyper = shipped.transforms.scaled(encoder._analysis, quality)
    with torch.no_grad():
        decoded, bits = refine._networks(shipped.model).code(
            refine._tensor(scaled), refine._tensor(hyper), torch.tensor([quality / 127]),
            (refine._row(shipped.model, "hyper_means", quality), refine._row(shipped.model, "hyper_scales", quality) / 16),
            lambda values, places: (values.round(), values.round()),
        )  # fmt: skip
    coded = encoder._quantised(quality, scaled, hyper, 0.0)
    assert abs(float(bits) - coded.bits) < 0.03 * coded.bits
    twin = (255 * decoded[0].permute(1, 2, 0).clamp(0, 1)).round().byte().numpy()
    lost = [refine.distortion_of(picture, PICTURE) for picture in (twin, codec.paint(coded.latents, encoder.picture))]
    assert abs(lost[0] / lost[1] - 1) < 0.03  # a value between two integers may fall on either side


def test_the_same_search_gives_the_same_file() -> None:
    first, second = (
        encode(PICTURE, "cmc-image", image=ImageChoices(method="latents", effort=8, quality=40)) for _ in range(2)
    )
    assert first == second != encode(PICTURE, "cmc-image", image=ImageChoices(method="latents", quality=40))


def test_a_grey_picture_and_a_file_of_a_size() -> None:
    choices = Choices(
        "free", TextChoices(text=Text("A cup.")), image=ImageChoices(method="latents", effort=4), file_bytes=220
    )
    stream = Encoder(choices).compose(PICTURE[..., 1]).stream
    assert len(write(stream)) <= 220
    assert read(write(stream)).image.grey  # type: ignore[union-attr]


@pytest.mark.parametrize("method", ["grid", "jpeg", "compressai"])
def test_only_latents_are_searched(method: str) -> None:
    with pytest.raises(ChoiceError, match="searches for latents"):
        ImageChoices(method=method, effort=1)


def test_a_picture_that_is_too_large_is_refused() -> None:
    large = np.zeros((64, 70_000), np.uint8)
    with pytest.raises(PictureError, match="4,194,304 pixels"):
        codec.Encoder(large).searched(0, 1)
