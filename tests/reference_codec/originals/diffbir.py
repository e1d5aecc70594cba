"""What MISC's and SEDIC's released code do with DiffBIR, written from their description: sizes, the sampler, colours, masks and passes.

`Networks` holds the same tiny weights as ours do, by diffusers. The ControlNet's first convolution has eight channels as in the original.
Pictures are uint8 arrays (H, W, 3) between passes. `resolution` is what the originals have as 1,024 (MISC) and 512 (SEDIC).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import ControlNetModel, StableDiffusionPipeline
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from tests.reference_codec.originals import swinir

SCALE = 0.18215
UNIT = 64


class _Nothing(nn.Module):
    def forward(self, condition: Tensor) -> float:
        return 0.0


class Networks:
    """Stable Diffusion in a folder, DiffBIR's control by diffusers' names with eight channels first, and the weights of SwinIR."""

    def __init__(self, folder: Path, control: dict[str, Tensor], cleaner: dict[str, Tensor] | None, seed: int) -> None:
        self.pipeline: Any = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None)
        self.control: Any = ControlNetModel.from_unet(self.pipeline.unet)
        first = control["conv_in.weight"]
        self.control.conv_in = nn.Conv2d(first.shape[1], first.shape[0], 3, padding=1)
        self.control.controlnet_cond_embedding = _Nothing()
        self.control.load_state_dict(control)
        self.control.eval()
        self.cleaner = cleaner
        self.generator = torch.Generator().manual_seed(seed)

    def randn(self, like: Tensor) -> Tensor:
        return torch.randn(like.shape, generator=self.generator)

    def text(self, prompt: str) -> Tensor:
        tokens = self.pipeline.tokenizer(
            prompt, padding="max_length", max_length=77, truncation=True, return_tensors="pt"
        ).input_ids
        return self.pipeline.text_encoder(tokens)[0]

    def mode(self, pixels: Tensor) -> Tensor:
        """The condition: the mode of the latents of pixels from -1 to 1."""
        return self.pipeline.vae.encode(pixels).latent_dist.mode() * SCALE

    def sample(self, pixels: Tensor) -> Tensor:
        """A sample of the latents of pixels."""
        posterior = self.pipeline.vae.encode(pixels).latent_dist
        return (posterior.mean + posterior.std * self.randn(posterior.mean)) * SCALE

    def decode(self, latents: Tensor) -> Tensor:
        return (self.pipeline.vae.decode(latents / SCALE).sample + 1) / 2

    def epsilon(self, x: Tensor, time: int, condition: Tensor, text: Tensor) -> Tensor:
        hint = torch.cat([x, condition], 1)
        down, middle = self.control(hint, time, text, condition, return_dict=False)
        residuals = {"down_block_additional_residuals": down, "mid_block_additional_residual": middle}
        return self.pipeline.unet(x, time, text, **residuals).sample


def alphas() -> np.ndarray:
    """Cumulative products of 1 - beta, linear in the square root of beta."""
    return np.cumprod(1 - np.linspace(0.00085**0.5, 0.0120**0.5, 1000, dtype=np.float64) ** 2)


def spaced(nets: Networks, steps: int, x: Tensor, condition: Tensor, texts: tuple[str, str], scale: float) -> Tensor:
    """`SpacedSampler.sample`: the ancestral sampler over evenly spaced steps, with the small variance."""
    times = [round(index * 999 / (steps - 1)) for index in range(steps)]
    bars = alphas()[times]
    before = np.concatenate([[1.0], bars[:-1]])
    betas = 1 - bars / before
    positive, negative = map(nets.text, texts)
    for index in reversed(range(steps)):
        conditional = nets.epsilon(x, times[index], condition, positive)
        unconditional = nets.epsilon(x, times[index], condition, negative)
        eps = unconditional + scale * (conditional - unconditional)
        x0 = math.sqrt(1 / bars[index]) * x - math.sqrt(1 / bars[index] - 1) * eps
        mean = betas[index] * math.sqrt(before[index]) / (1 - bars[index]) * x0
        mean = mean + (1 - before[index]) * math.sqrt(1 - betas[index]) / (1 - bars[index]) * x
        if index:  # the original draws noise here, too, and multiplies it by 0
            variance = betas[index] * (1 - before[index]) / (1 - bars[index])
            mean = mean + math.sqrt(variance) * nets.randn(x)
        x = mean
    return x


def enlarged(picture: np.ndarray, resolution: int) -> np.ndarray:
    """`auto_resize`: the short side is at least the resolution."""
    height, width = picture.shape[:2]
    if min(height, width) >= resolution:
        return picture
    factor = resolution / min(height, width)
    size = (math.ceil(width * factor), math.ceil(height * factor))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))


def padded(picture: np.ndarray) -> np.ndarray:
    """`pad`: black at the right and at the bottom, to multiples of 64."""
    height, width = picture.shape[:2]
    return np.pad(picture, ((0, -height % UNIT), (0, -width % UNIT), (0, 0)))


def tensor(picture: np.ndarray) -> Tensor:
    return torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 255


def eight_bits(pixels: Tensor) -> np.ndarray:
    """Cut, not rounded."""
    return (pixels.clamp(0, 1)[0].permute(1, 2, 0).numpy() * 255).clip(0, 255).astype(np.uint8)


def wavelet(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """`wavelet_decomposition`: the high frequencies and the low ones."""
    kernel = torch.tensor([[0.0625, 0.125, 0.0625], [0.125, 0.25, 0.125], [0.0625, 0.125, 0.0625]]).repeat(3, 1, 1, 1)
    high = torch.zeros_like(pixels)
    for level in range(5):
        radius = 2**level
        low = functional.conv2d(
            functional.pad(pixels, (radius,) * 4, mode="replicate"), kernel, groups=3, dilation=radius
        )
        high, pixels = high + pixels - low, low
    return high, pixels


def misc_pass(
    nets: Networks, picture: np.ndarray, prompt: str, scale: float, steps: int, resolution: int
) -> np.ndarray:
    """`sr_pipe` of MISC's notebook. The padding is cut off on both sides."""
    height, width = picture.shape[:2]
    larger = enlarged(picture, resolution)
    control = tensor(padded(larger))
    if nets.cleaner is not None:
        control = swinir.clean(nets.cleaner, control)
    condition = nets.mode(control * 2 - 1)
    x = nets.randn(condition)
    pixels = nets.decode(spaced(nets, steps, x, condition, (prompt, "Blurry, Low Quality"), scale))
    fixed = wavelet(pixels)[0] + wavelet(control)[1]
    cut = eight_bits(fixed)[: larger.shape[0], : larger.shape[1]]
    return np.asarray(Image.fromarray(cut).resize((width, height), Image.Resampling.BICUBIC))


def misc(
    nets: Networks, reference: np.ndarray, details: list[str], masks: list[np.ndarray], overall: str,
    item_steps: int, steps: int, resolution: int,
) -> np.ndarray:  # fmt: skip
    """The notebook's decoder. `masks`: (H, W), 0 or 255."""
    image = reference
    for detail, mask in zip(details, masks, strict=True):
        painted = misc_pass(nets, image, detail, 3.5, item_steps, resolution)
        inside = painted.astype(int) * mask[..., None] // 255
        image = (inside + image.astype(int) * (255 - mask[..., None]) // 255).astype(np.uint8)
    return misc_pass(nets, image, overall, 7.0, steps, resolution)


NEGATIVE = "low quality, blurry, low-resolution, noisy, unsharp, weird textures"


def sedic(
    nets: Networks, reference: np.ndarray, details: list[str], masks: list[np.ndarray], overall: str,
    item_steps: list[int], steps: int, low_scale: float = 255.0,
) -> np.ndarray:  # fmt: skip
    """`Multi_stage_image_compression` of SEDIC's code for a square picture that is not scaled. `masks`: (H, W), 0 or 1."""
    image = reference
    for detail, mask, count in zip(details, masks, item_steps, strict=True):
        control = tensor(image)
        condition, origin = nets.mode(control * 2 - 1), nets.sample(control * 2 - 1)
        nets.randn(origin)  # ours draws the noise of equation 4, which it then does not need
        z = spaced(nets, count, nets.randn(origin), condition, (detail, NEGATIVE), 3.5)
        hard = functional.interpolate(torch.from_numpy(mask)[None, None].float(), origin.shape[-2:])
        image = eight_bits(nets.decode(hard * z + (1 - hard) * origin))
    return eight_bits(sedic_last(nets, reference, image, overall, steps, low_scale))


def sedic_last(
    nets: Networks, reference: np.ndarray, image: np.ndarray, overall: str, steps: int, low_scale: float = 255.0
) -> Tensor:
    """The last pass: conditioned on the reference, from the noised low frequencies of the image."""
    x0 = nets.sample(wavelet(tensor(image) * low_scale)[1])
    bar = alphas()[999]
    x = math.sqrt(bar) * x0 + math.sqrt(1 - bar) * nets.randn(x0)
    condition = nets.mode(tensor(reference) * 2 - 1)
    return nets.decode(spaced(nets, steps, x, condition, (overall, NEGATIVE), 7.0))
