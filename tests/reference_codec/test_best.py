"""The reference picture that `encode` picks by measuring."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from misc_format.coders.image import codestream as image_codestream
from misc_format.components import Codestream, Latents, Size
from misc_format.pictures import load
from reference_codec.encoder import Choices, ImageChoices, compose
from reference_codec.images import best
from reference_codec.images.conventional import coding as conventional
from reference_codec.images.latents import codec as latents

PHOTO = Path(__file__).parents[2] / "examples" / "coffee.png"
SIZE = Size(192, 128)
MAX_BITS = 900


@pytest.fixture(scope="module")
def photo():
    return load(PHOTO).samples[: SIZE.height, : SIZE.width]


@pytest.fixture
def rival(monkeypatch):
    """The rival as if it were installed; what it gives can be chosen."""
    monkeypatch.setattr(best, "installed", lambda: True)
    return lambda content: monkeypatch.setattr(best, "_rival", lambda samples, max_bits, quality: content)


def make(samples, max_bits):
    content = latents.Encoder(samples).within(max_bits)
    return best.better_than(content, samples, max_bits) or (content, None)


def codestream(samples):
    """A picture that is hardly changed."""
    return conventional.make(samples, conventional.Settings("webp", 95))


def test_similarity_falls_with_what_is_lost(photo):
    blurred = [conventional.enlarge(conventional.reduce(photo, n), SIZE) for n in (1, 2, 3)]
    found = [best.similarity(photo, other) for other in blurred]
    assert found[0] == pytest.approx(1)
    assert found == sorted(found, reverse=True)
    assert found[2] < 0.99


def test_what_is_nearer_to_the_picture_is_taken(photo, rival):
    rival(codestream(photo))
    content, note = make(photo, MAX_BITS)
    assert isinstance(content, Codestream)
    assert note is not None
    assert "VVC at half size is nearer" in note


def test_latents_stay_where_the_rival_is_worse_or_too_large_or_missing(photo, rival, monkeypatch):
    own = latents.Encoder(photo).within(MAX_BITS)
    for theirs in (codestream(np.zeros_like(photo)), None):
        rival(theirs)
        assert make(photo, MAX_BITS) == (own, None)
    rival(codestream(photo))
    assert isinstance(make(photo[:50], MAX_BITS)[0], Latents)
    assert isinstance(make(photo[..., 0], MAX_BITS)[0], Latents)
    monkeypatch.setattr(best, "installed", lambda: False)
    assert make(photo, MAX_BITS) == (own, None)


def test_the_rival_is_searched_within_the_bits(photo):
    content = best._rival(photo, MAX_BITS, 40)
    assert content is not None
    assert content.reduction == 2
    assert MAX_BITS / 2 < 8 * len(image_codestream.encode(content, SIZE)) <= MAX_BITS
    assert best._rival(photo, 40, 0) is None


def test_encode_picks_at_the_rate_and_keeps_to_a_named_method(photo, rival, monkeypatch):
    rival(codestream(photo))
    stream, notes = compose(photo, Choices("cmc-image"))
    assert isinstance(stream.image, Codestream)
    assert any("is nearer" in note for note in notes)
    for image in (ImageChoices("latents"), ImageChoices(quality=30)):
        content = compose(photo, Choices("cmc-image", image=image))[0].image
        assert isinstance(content, Latents)
    monkeypatch.setattr(best, "installed", lambda: False)
    at_rate = Choices("cmc-image", image=ImageChoices(target_bpp=MAX_BITS / (SIZE.width * SIZE.height)))
    latent, [note] = compose(photo, at_rate)
    assert isinstance(latent.image, Latents) and note.startswith(f"Quality {latent.image.quality} is the best")
    monkeypatch.setattr(best, "installed", lambda: True)
    picked = compose(photo, at_rate)[0].image
    assert isinstance(picked, Codestream)
