"""The entropy path of the latents: exact under every evaluation, total on any bytes."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.plain import bits
from conformance.plain import latents as plain
from misc_format import MiscError
from misc_format.coders.image import latents as image_latents
from misc_format.coders.image.latentmodel import passes
from misc_format.coders.image.latentmodel.model import FORM, QUALITIES, TOTAL, Model
from misc_format.components import Latents, Size
from misc_format.limits import MAX_LATENT
from misc_format.structure.bits import BitReader
from misc_format.tables import TableError, arrayfile
from misc_format.testing.latent_pattern import conforming
from tests.needs import extra, needs

SIZES = {"channels": 8, "hyper_channels": 4, "features": 8, "hidden": 12}


def tiny(seed: int = 1) -> bytes:
    """A model file of random numbers whose scales are of all kinds."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for key, array, known in arrayfile.layout(FORM, SIZES):
        shape = arrayfile.shape_of(array, known, arrays)
        if key == "frequencies":
            weights = rng.random(shape) + 1e-3
            found = 1 + (weights / weights.sum(1, keepdims=True) * (TOTAL - shape[1])).astype(np.int64)
            found[:, 15] += TOTAL - found.sum(1)
            arrays[key] = found
        elif key == "hyper_scales":
            arrays[key] = rng.integers(0, 64, shape)
        elif key == "hyper_means":
            arrays[key] = rng.integers(-2, 3, shape)
        else:
            arrays[key] = rng.integers(-20_000, 40_000, shape) if "bias" in key else rng.integers(-400, 401, shape)
    return Model.build(SIZES, arrays)


TINY = tiny()
MODEL = Model.parse(TINY)


def drawn(picture: Size, quality: int, seed: int) -> Latents:
    """Values drawn at random, some of them escaped."""
    rng = np.random.default_rng(seed)

    def numbers(count):
        wide = rng.integers(-MAX_LATENT, MAX_LATENT + 1, count)
        return np.where(rng.random(count) < 0.02, wide, rng.integers(-3, 4, count))

    return conforming(MODEL, quality, *image_latents.places(picture), numbers)


SIDES = st.integers(1, 300)


@given(SIDES, SIDES, st.integers(0, QUALITIES - 1), st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_round_trip_and_the_plain_evaluation(width, height, quality, seed):
    picture = Size(width, height)
    content = drawn(picture, quality, seed)
    payload = image_latents.encode_under(content, picture, MODEL)
    assert image_latents.decode_under(BitReader(payload), picture, MODEL) == content
    z, y = plainly(payload, picture)
    assert np.array_equal(y.values, content.y)
    assert np.array_equal(z, content.z)
    assert np.array_equal(64 * y.values + y.means, image_latents.values(content, MODEL))


def plainly(payload: bytes, picture: Size):
    """z and y of a payload, as the plain decoder has them."""
    decoder = plain.LatentsDecoder(plain.LatentsModel(TINY), payload[1:], payload[0] & 127, bits.Size(*picture))
    z = decoder.decode_z()
    return z, decoder.decode_y(z)


@given(st.binary(max_size=60), SIDES, SIDES)
@settings(max_examples=50, deadline=None)
def test_any_bytes_are_latents_of_the_picture_or_a_named_error(data, width, height):
    picture = Size(width, height)
    try:
        content = image_latents.decode_under(BitReader(data), picture, MODEL)
    except MiscError as error:
        assert error.rule in ("MISC-CON-007", "MISC-CON-011", "MISC-ENT-001")
    else:
        assert content.y.shape == (*image_latents.places(picture), 8)
        image_latents.encode_under(content, picture, MODEL)


@needs(extra("torch"))
def test_means_and_scales_are_the_same_under_torch_with_one_thread_and_with_two():
    import torch

    content = drawn(Size(300, 200), 90, 5)
    rows, columns, channels = content.y.shape
    networks = passes.networks_of(MODEL)
    features = networks.features(content.z.astype(np.int64), 90, QUALITIES - 1)[:rows, :columns]
    known = content.y.astype(np.int16)
    own = {key.removeprefix("pass_2/"): values for key, values in MODEL.arrays.items() if key.startswith("pass_2/")}
    inputs = torch.from_numpy(np.concatenate([features, known], 2).astype(np.float64)).permute(2, 0, 1)[None]
    first = np.concatenate([own["features"], own["known"]], 2)
    before = torch.get_num_threads()
    for threads in (1, 2):
        torch.set_num_threads(threads)
        weights = torch.from_numpy(first.astype(np.float64)).permute(3, 2, 0, 1)
        hidden = torch.nn.functional.conv2d(
            inputs, weights, torch.from_numpy(own["first_bias"].astype(np.float64)), padding=1
        )
        for name in ("second", "third"):
            hidden = torch.floor((hidden + 256) / 512).clamp(0, 1023)
            matrix = torch.from_numpy(own[name].astype(np.float64)).T[:, :, None, None]
            hidden = torch.nn.functional.conv2d(
                hidden, matrix, torch.from_numpy(own[f"{name}_bias"].astype(np.float64))
            )
        outputs = hidden[0].permute(1, 2, 0).long().numpy()
        everywhere = np.ones((rows, columns), np.bool_)
        means, scales = (values.reshape(known.shape) for values in networks.decide(2, features, known, everywhere))
        assert np.array_equal(np.clip((outputs[..., :channels] + 256) >> 9, -4095, 4095), means)
        assert np.array_equal(np.clip((outputs[..., channels:] + 1024) >> 11, 0, 63), scales)
    torch.set_num_threads(before)


@pytest.mark.parametrize("threads", ["1", "2"])
def test_the_payload_is_the_same_on_any_number_of_threads(threads):
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_latents import MODEL, Size, drawn, image_latents\n"
        "picture = Size(500, 300)\n"
        "print(image_latents.encode_under(drawn(picture, 64, 3), picture, MODEL).hex())\n"
    )
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    import os
    from pathlib import Path

    folder = str(Path(__file__).parent)
    found = subprocess.run(
        [sys.executable, "-c", program, folder],
        env=os.environ | dict.fromkeys(names, threads),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    picture = Size(500, 300)
    assert found == image_latents.encode_under(drawn(picture, 64, 3), picture, MODEL).hex()


def test_shares_add_up_to_the_codeword(monkeypatch):
    monkeypatch.setattr(Model, "shipped", lambda name: MODEL)
    picture = Size(200, 140)
    content = drawn(picture, 3, 1)
    shares = image_latents.split_bits(content, picture)
    assert [share.path for share in shares] == ["z", "y", "padding"]
    assert sum(share.bits for share in shares) == 8 * (len(image_latents.encode(content, picture)) - 1)
    information = sum(share.information_bits for share in shares)
    assert sum(share.bits for share in shares) <= 1.005 * information + 16


def test_content_that_does_not_fit_is_refused():
    picture = Size(200, 140)
    content = drawn(picture, 3, 1)
    y = content.y.copy()
    y[0, 0, 0] = MAX_LATENT + 1
    zero = next(
        place
        for place in np.ndindex(content.y.shape)
        if plainly(image_latents.encode_under(content, picture, MODEL), picture)[1].scales[place] == 0
    )
    moved = content.y.copy()
    moved[zero] = 1
    for wrong, rule in (
        (Latents(3, y, content.z), "MISC-LAT-002"),
        (Latents(3, content.y[:1], content.z), "MISC-LAT-002"),
        (Latents(128, content.y, content.z), "MISC-LAT-002"),
    ):
        with pytest.raises(MiscError) as error:
            image_latents.encode_under(wrong, picture, MODEL)
        assert error.value.rule == rule
    with pytest.raises(MiscError) as error:
        image_latents.encode_under(Latents(3, moved, content.z), picture, MODEL)
    assert error.value.rule == "MISC-LAT-003"
    with pytest.raises(MiscError) as error:
        image_latents.decode_under(BitReader(b"\0"), Size(65_535, 65_535), MODEL)
    assert error.value.rule == "MISC-LAT-001"


def test_a_model_that_breaks_its_bounds_is_refused():
    good: Model = MODEL
    for key, value in (("hyper_first", 4096), ("frequencies", 0), ("hyper_scales", 64)):
        arrays = {name: np.array(values) for name, values in good.arrays.items()}
        arrays[key].flat[0] = value
        with pytest.raises(TableError):
            Model.parse(Model.build(SIZES, arrays))
    with pytest.raises(TableError):
        Model.parse(TINY[:-1])
