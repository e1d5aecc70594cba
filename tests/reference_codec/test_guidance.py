"""The mathematics of the generative decoders, alone: SEDIC's equations 2 to 4, masks, pasting, and the wavelet colour fix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from misc_format.components import Size
from reference_codec.decoders.origin import find
from reference_codec.decoders.parameters import Framing, Scaling, Side
from reference_codec.models.runtime import Runtime
from tests.needs import extra, needs

if extra("models").met():
    import torch
    from torch import Tensor
    from torch.nn import functional

    from reference_codec.decoders import attention, colourfix, frames
    from reference_codec.decoders.diffusion import Diffusion
    from reference_codec.decoders.scene import joined
    from reference_codec.decoders.sedic import Blending, Guidance
    from tests.reference_codec import tiny_diffusion as tiny

pytestmark = needs(extra("models"))

SEEDS = 10


@pytest.fixture(scope="module")
def model(painting: Path) -> Diffusion:
    return Diffusion.load(find(str(painting / "2.1"), str(painting / "control-2.1")), Runtime("cpu"))


def within(low: int, high: int) -> Framing:
    return Framing((Scaling(Side.LONG, low, high),))


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def guidance(model: Diffusion, scale: float = 40.0) -> Guidance:
    mask = torch.zeros(1, 1, 128, 128)
    mask[..., 32:96, :64] = 1
    text = "a white cup"
    tokens = attention.positions(model.pipeline.tokenizer, text, "cup")
    assert len(tokens) == 3
    prompt = model.prompt(text, "", (128, 128))
    condition = model.condition(torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(9)))
    return Guidance(model, model.scheduler("ddpm-spaced", 10), prompt, condition, mask, tokens, scale, 500)


def test_energy_is_equation_2() -> None:
    attended = torch.tensor([[1.0, 4.0], [3.0, 4.0]])
    assert attention.energy(attended, torch.tensor([1.0, 0.0]), [0]).item() == pytest.approx((1 - 1 / 4) ** 2)
    assert attention.energy(attended, torch.tensor([1.0, 0.0]), [0, 1]).item() == pytest.approx((0.75**2 + 0.5**2) / 2)
    assert attention.energy(attended, torch.ones(2), [0, 1]).item() == 0
    assert attention.energy(attended, torch.zeros(2), [1]).item() == 1


def test_gradient_of_the_energy_by_finite_differences() -> None:
    mask = (drawn(24, seed=1) > 0).double()

    def value(logits: Tensor) -> Tensor:
        chosen = logits.softmax(-1)[:, [2, 3]]
        return ((1 - (mask[:, None] * chosen).sum(0) / chosen.sum(0)) ** 2).mean()

    logits = drawn(24, 5).requires_grad_()
    assert torch.autograd.gradcheck(value, logits)
    ours = attention.energy(logits.softmax(-1), mask, [2, 3])
    torch.testing.assert_close(ours.double(), value(logits), rtol=1e-6, atol=1e-6)


def test_equation_3_through_the_networks_by_finite_differences(model: Diffusion) -> None:
    """The step that guidance takes is eta times the slope of E, measured with nothing but values of E."""
    guide = guidance(model)
    time = guide.scheduler.timesteps[0]
    latents = drawn(1, 4, 16, 16, seed=3).float()
    moved = guide(latents, time, 0)
    slope = (latents - moved) / guide.step
    direction = slope / slope.norm()
    step = 0.02
    with torch.no_grad():
        ahead, behind = (guide.energy(latents + sign * step * direction, time).item() for sign in (1, -1))
    assert (ahead - behind) / (2 * step) == pytest.approx(slope.norm().item(), rel=0.02)
    assert slope.norm() > 0


def test_guidance_ends_at_the_threshold_and_needs_a_token(model: Diffusion) -> None:
    guide = guidance(model)
    latents = drawn(1, 4, 16, 16).float()
    assert guide(latents, torch.tensor(500), 5) is latents and not torch.equal(
        guide(latents, torch.tensor(501), 4), latents
    )
    guide.tokens = ()
    assert guide(latents, torch.tensor(999), 0) is latents


def test_guidance_lowers_the_energy(model: Diffusion) -> None:
    """Figure of the project: steps of equation 3 lower E every time, for at least 9 of 10 seeds."""
    falling = 0
    for seed in range(SEEDS):
        guide = guidance(model)
        latents = drawn(1, 4, 16, 16, seed=seed).float()
        for _ in range(6):
            latents = guide(latents, guide.scheduler.timesteps[0], 0)
        falling += all(one > other for one, other in zip(guide.energies, guide.energies[1:], strict=False))
    print(f"E falls in each of 5 steps for {falling} of {SEEDS} seeds")
    assert falling >= 9


def test_recording_changes_nothing_and_ends(model: Diffusion) -> None:
    unet = model.pipeline.unet
    prompt = model.prompt("a cup", "", (128, 128))
    latents = drawn(2, 4, 16, 16).float()
    with torch.no_grad():
        plain = model.predict(latents, 7, prompt, None)
        processors = [layer.processor for layer in attention.layers(unet)]
        with attention.recorded(unet) as maps:
            seen = model.predict(latents, 7, prompt, None)
    torch.testing.assert_close(seen, plain, rtol=1e-4, atol=1e-5)
    assert [layer.processor for layer in attention.layers(unet)] == processors
    assert len(maps) == len(processors) == 2
    for layer in maps:
        torch.testing.assert_close(layer.sum(1), torch.ones(len(layer)))
        assert layer.shape == (64, 77)


def test_layers_are_those_of_the_middle_block(model: Diffusion) -> None:
    names = [
        name for name, layer in model.pipeline.unet.named_modules() if layer in attention.layers(model.pipeline.unet)
    ]
    assert names and all(name.startswith("up_blocks.2.") and name.endswith("attn2") for name in names)


def test_positions_of_a_name(model: Diffusion) -> None:
    tokenizer = model.pipeline.tokenizer
    assert attention.positions(tokenizer, "ab cd ef", "cd") == (3, 4)
    assert attention.positions(tokenizer, "AB", "ab") == (1, 2)
    assert attention.positions(tokenizer, "ab", "xyz") == (1, 2)
    assert attention.positions(tokenizer, "ab", "") == (1, 2)
    assert attention.positions(tokenizer, "", "cd") == ()
    assert max(attention.positions(tokenizer, "ab " * 99, "zz")) < 77


def test_texts_joined() -> None:
    assert joined("A cup.", "4K") == "A cup. 4K"
    assert joined("a cup ", "", " red", "4K") == "a cup, red, 4K"
    assert joined("", "") == ""


@given(st.integers(1, 90), st.integers(1, 90), st.integers(8, 60), st.integers(0, 60), st.sampled_from([8, 64]))
def test_frames(width: int, height: int, least: int, more: int, unit: int) -> None:
    made = frames.frame(Size(width, height), within(least, least + more), unit)
    assert least <= max(made.scaled) <= least + more
    assert max(made.scaled) == max(width, height) or max(width, height) not in range(least, least + more + 1)
    for scaled, padded in zip(made.scaled, made.padded, strict=True):
        assert padded % unit == 0 and scaled <= padded < scaled + unit


def test_a_picture_of_the_right_size_comes_back() -> None:
    samples = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    made = frames.frame(Size(70, 50), within(32, 100), 64)
    tensor = frames.to_tensor(samples, made)
    assert tensor.shape == (1, 3, 64, 128)
    np.testing.assert_array_equal(frames.to_samples(tensor, made), samples)
    # Continued, not mirrored or black.
    assert torch.equal(tensor[..., :, 70:], tensor[..., :, 69:70].expand(-1, -1, -1, 58))
    tensor[0, 0, 0, 0] = float("nan")
    assert frames.to_samples(tensor, made)[0, 0, 0] == 0


def test_a_cell_covers_its_block() -> None:
    grid = np.zeros((2, 4), np.bool_)
    grid[1, 2] = True
    mask = frames.pixel_mask(grid, frames.frame(Size(40, 20), within(40, 40), 64))
    assert mask.shape == (1, 1, 64, 64)
    expected = torch.zeros(20, 40)
    expected[10:, 20:30] = 1
    assert torch.equal(mask[0, 0, :20, :40], expected)
    assert torch.equal(mask[0, 0, 20:, :40], expected[-1:].expand(44, -1))  # continued as the picture is
    whole = np.random.default_rng(1).random((20, 40)) > 0.5
    assert np.array_equal(frames.pixel_mask(whole, frames.frame(Size(40, 20), within(40, 40), 8))[0, 0, :20] > 0, whole)


def test_masks_at_latent_size() -> None:
    mask = torch.zeros(1, 1, 16, 16)
    mask[..., :8, :4] = 1  # half of a cell
    mask[..., 8:, 8:11] = 1  # less than half
    assert frames.reduced(mask, 8)[0, 0].tolist() == [[1, 0], [0, 0]]
    thin = torch.zeros(1, 1, 16, 16)
    thin[..., 0, 0] = 1
    assert frames.reduced(thin, 8)[0, 0].tolist() == [[1, 0], [0, 0]]
    assert frames.reduced(torch.zeros(1, 1, 16, 16), 8).sum() == 0
    assert frames.reduced(torch.ones(1, 1, 16, 16), 8).sum() == 4


def test_blending_at_borders() -> None:
    inside, outside = drawn(1, 4, 6, 6, seed=1), drawn(1, 4, 6, 6, seed=2)
    mask = torch.zeros(1, 1, 6, 6, dtype=torch.float64)
    mask[..., :3, 4:] = 1
    mixed = frames.blend(inside, outside, mask)
    assert torch.equal(mixed[..., :3, 4:], inside[..., :3, 4:])
    assert torch.equal(mixed[..., 3:, :], outside[..., 3:, :]) and torch.equal(mixed[..., :3, :4], outside[..., :3, :4])


def test_equation_4_along_a_run(model: Diffusion) -> None:
    """Outside the mask, an object's latents are those of the object before, step by step; before the first, the reference's."""
    scheduler = model.scheduler("ddim", 4)
    reference, noise = drawn(1, 4, 8, 8, seed=1), drawn(1, 4, 8, 8, seed=2)
    mask = torch.zeros(1, 1, 8, 8, dtype=torch.float64)
    mask[..., 2:5, 2:5] = 1
    outside = (1 - mask).bool().expand(1, 4, 8, 8)
    path: list[Tensor] = []
    for object_ in range(2):
        blending = Blending(scheduler, mask, reference, noise, path, each_step=True)
        times = [*scheduler.timesteps[1:], None]
        for index, time in enumerate(times):
            painted = drawn(1, 4, 8, 8, seed=100 * object_ + index)
            mixed = blending(painted, time, index)
            known = reference if time is None else scheduler.add_noise(reference, noise, time.reshape(1))
            expected = path[index] if path else known
            assert torch.equal(mixed[outside], expected[outside]) and torch.equal(mixed[~outside], painted[~outside])
        path = blending.path
    assert torch.equal(path[-1][outside], reference[outside])
    once = Blending(scheduler, mask, reference, noise, [], each_step=False)
    assert torch.equal(once(reference + 1, scheduler.timesteps[0], 0), reference + 1)
    assert torch.equal(once(reference + 1, None, 3), reference + mask)


def test_colour_fix_is_details_of_one_and_colours_of_the_other() -> None:
    """Against the definition: five levels for each picture, high frequencies of one and low ones of the other."""

    def bands(pixels: Tensor) -> tuple[Tensor, Tensor]:
        kernel = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]], dtype=pixels.dtype).repeat(3, 1, 1, 1) / 16
        high = torch.zeros_like(pixels)
        for step in (1, 2, 4, 8, 16):
            around = functional.pad(pixels, (step,) * 4, mode="replicate")
            low = functional.conv2d(around, kernel, groups=3, dilation=step)
            high, pixels = high + pixels - low, low
        return high, pixels

    painted, reference = drawn(1, 3, 40, 56, seed=1), drawn(1, 3, 40, 56, seed=2)
    torch.testing.assert_close(colourfix.fix(painted, reference), bands(painted)[0] + bands(reference)[1])
    flat = torch.full((1, 3, 40, 56), 0.3, dtype=torch.float64)
    torch.testing.assert_close(colourfix.low(flat), flat)  # borders included
    torch.testing.assert_close(colourfix.fix(painted, painted), painted)
    torch.testing.assert_close(colourfix.fix(painted + 0.2, painted), painted)  # a cast of colour is gone


def test_paths(tmp_path: Path) -> None:
    """A ControlNet's name of three parts that is a folder here is that folder."""
    folder = tmp_path / "a" / "b"
    tiny.control(folder, "2.1")
    assert find(str(tiny.pipeline(tmp_path / "m", "2.1")), str(folder)).control is not None
