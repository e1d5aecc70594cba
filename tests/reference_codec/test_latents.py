"""The learned codec as it ships."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from misc_format.coders.image import latents as image_latents
from misc_format.components import Size
from misc_format.pictures import load
from reference_codec.images.latents import codec as latents
from reference_codec.images.latents import transforms as latent_transforms
from tests.needs import extra, needs

PHOTO = Path(__file__).parents[2] / "examples" / "coffee.png"


@pytest.fixture(scope="module")
def photo():
    return load(PHOTO).samples


@pytest.fixture(scope="module")
def encoder(photo):
    return latents.Encoder(photo)


def bits(content, picture):
    return 8 * len(image_latents.encode(content, picture))


def error(samples, found):
    return float(np.mean((samples.astype(float) - found) ** 2))


def test_a_higher_quality_takes_more_bits_and_is_nearer(encoder, photo):
    found = [encoder.at(quality) for quality in (10, 60, 110)]
    sizes = [bits(content, encoder.picture) for content in found]
    errors = [error(photo, latents.paint(content, encoder.picture)) for content in found]
    assert sizes == sorted(sizes)
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("bpp", [0.005, 0.01, 0.02, 0.04, 0.06])
def test_a_target_is_met_within_three_hundredths_and_never_passed(encoder, bpp):
    most = bpp * encoder.picture.width * encoder.picture.height
    found = bits(encoder.within(int(most)), encoder.picture)
    assert 0.97 * most - 8 <= found <= most


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (17, 64), (65, 33)])
def test_any_size_comes_back_in_its_size(photo, size):
    width, height = size
    samples = photo[:height, :width]
    own = latents.Encoder(samples)
    content = own.at(80)
    assert content == image_latents.decode_under(
        reader(image_latents.encode(content, own.picture)), own.picture, latents.shipped().model
    )
    assert latents.paint(content, own.picture).shape == (height, width, 3)


def reader(data):
    from misc_format.structure.bits import BitReader

    return BitReader(data)


def test_grey_pictures_come_back_grey(photo):
    own = latents.Encoder(photo[:128, :100, 1])
    content = own.at(64)
    assert content.grey
    assert latents.paint(content, own.picture).shape == (128, 100)
    colour = latents.Encoder(photo[:128, :100, 1:2].repeat(3, 2)).at(64)
    assert not colour.grey
    assert np.array_equal(colour.y, content.y)


def test_a_picture_in_tiles_is_the_picture_of_one_piece(photo, monkeypatch):
    large = np.tile(photo[:320, :384], (2, 2, 1))
    picture = Size(large.shape[1], large.shape[0])
    whole = latents.Encoder(large).at(70)
    painted = latents.paint(whole, picture)
    told = []
    monkeypatch.setattr(latent_transforms, "TILE", 256)
    tiled = latents.Encoder(large, lambda done, count: told.append((done, count))).at(70)
    assert told == [(index + 1, 9) for index in range(9)]
    assert np.mean(tiled.y != whole.y) < 0.02
    assert np.mean(np.abs(latents.paint(whole, picture).astype(int) - painted) > 2) < 0.01


@needs(extra("torch"))
def test_the_graphs_are_the_transforms_of_torch(photo):
    import torch
    from safetensors.torch import load_file

    from reference_codec.images.latents.networks import Networks

    codec = Networks()
    with latent_transforms.as_file(latent_transforms.files("reference_codec") / "weights") as folder:
        tensors = load_file(folder / f"{latent_transforms.NAME}.safetensors")
    missing = codec.load_state_dict({name: value.float() for name, value in tensors.items()}, strict=False)
    assert not missing.unexpected_keys
    transforms = latent_transforms.shipped()
    samples = photo[:128, :256]  # whole hyper-places: what is beside them is repeated edges, or zeros
    analysed = transforms.analyse(samples)
    scaled, hyper = transforms.scaled(analysed, 64)
    with torch.no_grad():
        pictures = torch.from_numpy(samples.copy()).permute(2, 0, 1)[None].float() / 255
        theirs = codec.analysis(pictures) * codec.gains(torch.tensor([64 / 127]))
        assert np.allclose(theirs[0].permute(1, 2, 0).numpy(), scaled, atol=1e-3)
        assert np.allclose(codec.hyper_analysis(theirs)[0].permute(1, 2, 0).numpy(), hyper, atol=1e-3)
        values = np.rint(64 * scaled).astype(np.int64)
        decoded = codec.synthesis(
            torch.from_numpy(values / 64).permute(2, 0, 1)[None].float()
            * codec.inverse_gains(torch.tensor([64 / 127])),
            torch.full((1, 1, *scaled.shape[:2]), 64 / 127),
        )
    painted = transforms.synthesise(values, 64, Size(256, 128))
    assert np.abs(np.clip(decoded[0].permute(1, 2, 0).numpy() * 255, 0, 255) - painted).max() < 1
