"""A search for better latents of one picture, by gradient descent on bits and distortion (the extra "torch").

Rounding is replaced by stochastic Gumbel annealing (Yang, Bamler and Mandt, 2020, section 3.2): each value is drawn between the integers
below and above it, the nearer one the likelier, and the draws become harder with every step. The decoder is the same.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from misc_format.coders.image.latentmodel.model import PASS_COUNT, QUALITIES, Model
from misc_format.coders.image.latentmodel.network import UNIT_BITS, WEIGHT_BITS
from misc_format.components import Samples
from reference_codec.errors import PictureError
from reference_codec.images.latents import distortion
from reference_codec.images.latents.networks import Networks
from reference_codec.images.latents.transforms import NAME, Report
from reference_codec.pictures.samples import rgb

RATE: Final = (
    0.02  # of learning, at the first step; it falls along a cosine. Twice as much gives more bits and more loss
)
# From 1, 200 steps gained a tenth less on one photo and two thirds less on another: values wander under draws that are so soft. Draws
# without chance, and rounding with the gradient of the value, gained nothing.
FIRST_TEMPERATURE: Final = 0.5
LAST_TEMPERATURE: Final = 0.15
MAX_PIXELS: Final = 1 << 22  # the gradients of a picture take 2 KiB a pixel
EDGE: Final = 1e-4  # of the share of a value between two integers, where the logits are infinite
Wide = NDArray[np.float64]


class Latents(NamedTuple):
    """Latents times their gains (rows, columns, channels) and hyper-latents, before rounding."""

    scaled: Wide
    hyper: Wide


def refined(
    model: Model, samples: Samples, start: Latents, quality: int, steps: int, report: Report | None = None
) -> Latents:
    """Better latents than `start` for a picture, uint8 (H, W) or (H, W, 3), at a quality from 0 to 127.

    `report`: called after each step with its number and that of all. Raises `PictureError` for a picture of more than MAX_PIXELS pixels.
    """
    if samples.shape[0] * samples.shape[1] > MAX_PIXELS:
        raise PictureError(f"--effort is for pictures of at most {MAX_PIXELS:,} pixels")
    networks = _networks(model)
    original = _picture(samples)
    height, width = original.shape[2:]
    level = torch.tensor([quality / (QUALITIES - 1)])
    weight = distortion.weight_at(level)
    prior = (_row(model, "hyper_means", quality), _row(model, "hyper_scales", quality) / 16)
    values = [_tensor(part).requires_grad_() for part in start]
    optimiser = torch.optim.Adam(values, lr=RATE)
    generator = torch.Generator().manual_seed(quality)  # the same search gives the same file
    for step in range(steps):
        share = step / steps
        for group in optimiser.param_groups:
            group["lr"] = RATE * (0.05 + 0.95 * 0.5 * (1 + np.cos(np.pi * share)))
        temperature = FIRST_TEMPERATURE * (LAST_TEMPERATURE / FIRST_TEMPERATURE) ** share

        def sample(rest: Tensor, _: Tensor, temperature: float = temperature) -> tuple[Tensor, Tensor]:
            drawn = annealed(rest, temperature, generator)
            return drawn, drawn

        decoded, bits = networks.code(values[0], values[1], level, prior, sample)
        lost = distortion.distortion(decoded[..., :height, :width], original)
        loss = bits / (height * width) + weight * lost
        optimiser.zero_grad()
        loss.sum().mul(1 / float(weight)).backward()
        optimiser.step()
        if report:
            report(step + 1, steps)
    return Latents(*(value.detach()[0].permute(1, 2, 0).double().numpy() for value in values))


def distortion_of(decoded: Samples, original: Samples) -> float:
    """The distortion that a search minimises, of a decoded picture."""
    return float(distortion.distortion(_picture(decoded), _picture(original)))


def _picture(samples: Samples) -> Tensor:
    return torch.from_numpy(rgb(samples).copy()).permute(2, 0, 1)[None].float() / 255


def annealed(values: Tensor, temperature: float, generator: torch.Generator) -> Tensor:
    """Values drawn between the integers around them: at temperature 0 one of the two, at a higher one a mixture of both."""
    low = values.detach().floor()
    share = (values - low).clamp(EDGE, 1 - EDGE)
    logits = torch.stack([-torch.atanh(share), -torch.atanh(1 - share)]) / temperature
    noise = -torch.log(-torch.log(torch.rand(logits.shape, generator=generator).clamp(1e-9, 1 - 1e-7)))
    return low + torch.softmax((logits + noise) / temperature, 0)[1]


def _row(model: Model, name: str, quality: int) -> Tensor:
    """The entry of each channel of hyper-latents (1, channels, 1, 1)."""
    return torch.from_numpy(model.arrays[name][quality].astype(np.float32))[None, :, None, None]


def _tensor(values: Wide) -> Tensor:
    return torch.from_numpy(values.astype(np.float32)).permute(2, 0, 1)[None].contiguous()


@cache
def _networks(model: Model) -> Networks:
    """The shipped transforms, and the networks of the entropy path with the integers of a model as numbers."""
    from safetensors.torch import load_file

    with as_file(files("reference_codec") / "weights" / f"{NAME}.safetensors") as path:
        state = {name: value.float() for name, value in load_file(path).items()}
    networks = Networks()
    networks.load_state_dict(state | _entropy_path(model), strict=False)
    networks.eval().requires_grad_(False)
    return networks


def _entropy_path(model: Model) -> dict[str, Tensor]:
    """The weights of the hyper-synthesis and of the passes, by their names in torch."""
    arrays = model.arrays
    state: dict[str, Tensor] = {}
    for name in ("first", "second"):
        state |= _layer(f"hyper_synthesis.{name}", arrays[f"hyper_{name}"], arrays[f"hyper_{name}_bias"])
    for number in range(PASS_COUNT):
        key = f"pass_{number}/"
        first = np.concatenate([arrays[f"{key}features"], arrays[f"{key}known"]], axis=2)
        layers = {"first": first, **{name: arrays[key + name][None, None] for name in ("second", "third")}}
        for name, weights in layers.items():
            state |= _layer(f"passes.{number}.{name}", weights, arrays[f"{key}{name}_bias"])
    return state


def _layer(name: str, weights: NDArray[np.integer], bias: NDArray[np.integer]) -> dict[str, Tensor]:
    """A layer's weights (rows, columns, inputs, outputs) as torch has them."""
    values = weights.transpose(3, 2, 0, 1).astype(np.float32) / (1 << WEIGHT_BITS)
    return {
        f"{name}.weight": torch.from_numpy(values.copy()),
        f"{name}.bias": torch.from_numpy(bias.astype(np.float32) / (1 << WEIGHT_BITS + UNIT_BITS)),
    }
