"""What a change of the learned codec or of its training buys, each from the weights that ship, after the same number of steps.

    python tests/benchmarks/latents_variants.py PHOTOS [PHOTOS ...] [--steps 400] [--only NAME ...]

A change adds layers that do nothing at first, or trains only some of the networks. The loss is that of training, on held-out photos, with
the integers that the encoder would send and their bits. Each row also has the change of the bits and of MS-SSIM at some
qualities against the first row, the weights that ship. Compare a change with the row "no change": a new optimiser costs something at
first. A step takes about half a second on one core. Needs the extra "training".
"""

from __future__ import annotations

import argparse
import copy
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, pixel_unshuffle

from reference_codec.images.latents.networks import (
    CHANNELS,
    FEATURES,
    HIDDEN,
    MAX_INPUT,
    STRIDE,
    Analysis,
    Networks,
    Pass,
    Residual,
    active,
    information,
    noisy,
)
from reference_codec.images.latents.quantiser import USUAL_PRICE
from reference_codec.training.latents import exported, photos
from reference_codec.training.latents.objective import figures
from reference_codec.training.latents.run import (
    BETAS,
    HELD_OUT_QUALITIES,
    MAX_NORM,
    WEIGHT_DECAY,
    held_out_figures,
    tensors,
)
from reference_codec.training.latents.stages import Recipe, Stage
from reference_codec.training.schedule import Average, Schedule

SCHEDULE = Schedule(warm_up=100, last=0.02)
AVERAGE = Average(decay=0.99, delay=20)
RATE, SEED = 1e-4, 5
HEADS = 4
MORE_BLOCKS = {192: 2, 128: 2, 64: 1}  # in the synthesis, by channels
CPU = torch.device("cpu")


def sent(values: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
    """The integers that the encoder sends (`Quantiser`), with the gradient of the values, for the synthesis and for the bits.

    Hyper-latents are rounded like latents, although the encoder takes their nearest integers.
    """
    with torch.no_grad():
        nearest = values.round()
        lower = nearest - nearest.sign()
        costs = [(values - one) ** 2 + USUAL_PRICE * information(one, places) for one in (nearest, lower)]
        chosen = torch.where(costs[0] <= costs[1], nearest, lower)
    chosen = values + (chosen - values).detach()
    return chosen, chosen


def sent_and_noisy(values: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
    """The integers that the encoder sends, for the synthesis, and values with noise for the bits."""
    return sent(values, places)[0], noisy(values)


def silent(layer: nn.Module) -> nn.Module:
    """The layer with weights of 0, so that it adds nothing at first."""
    for weight in layer.parameters():
        nn.init.zeros_(weight)
    return layer


def residual(channels: int) -> Residual:
    """A residual block that does nothing at first."""
    block = Residual(channels)
    silent(block.second)
    return block


class FullSizeAnalysis(nn.Module):
    """An analysis that also sees what the picture at half its size lacks."""

    def __init__(self, analysis: Analysis, channels: int = 192) -> None:
        super().__init__()
        self.analysis = analysis
        self.layers = nn.Sequential(
            nn.Conv2d(3 * (STRIDE // 2) ** 2, channels, 1),
            nn.SiLU(),
            Residual(channels),
            silent(nn.Conv2d(channels, CHANNELS, 2, stride=2)),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """Latents."""
        detail = pictures - interpolate(avg_pool2d(pictures, 2), scale_factor=2.0)
        latents: Tensor = self.analysis(pictures) + self.layers(pixel_unshuffle(detail, STRIDE // 2))
        return latents


class WidePass(nn.Module):
    """A pass with twice the hidden features, of which half add nothing at first; perhaps with attention to all known latents."""

    def __init__(self, former: Pass, attends: bool = False) -> None:
        super().__init__()
        self.former = former
        self.first = nn.Conv2d(FEATURES + CHANNELS, HIDDEN, 3, padding=1)
        self.second = nn.Conv2d(HIDDEN, HIDDEN, 1)
        self.third = silent(nn.Conv2d(HIDDEN, 2 * CHANNELS, 1))
        self.attention = nn.MultiheadAttention(FEATURES + CHANNELS, HEADS, batch_first=True) if attends else None
        if self.attention is not None:
            silent(self.attention.out_proj)

    def forward(self, features: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """Means and places on the scale of scales, as `Pass`."""
        inputs = torch.cat([features, known.clamp(-MAX_INPUT, MAX_INPUT)], 1)
        if self.attention is not None:
            tokens = inputs.flatten(2).transpose(1, 2)
            inputs = inputs + self.attention(tokens, tokens, tokens, need_weights=False)[0].transpose(1, 2).reshape(
                inputs.shape
            )
        outputs = self.third(active(self.second(active(self.first(inputs))))).float()
        means, places = self.former(features, known)
        added, spread = outputs.chunk(2, 1)
        return means + added, (places + spread).clamp_min(0)


def deeper_synthesis(codec: Networks) -> None:
    """More residual blocks behind the last one of each size."""
    layers: list[nn.Module] = []
    for layer, following in pairwise([*codec.synthesis.layers, None]):
        layers.append(layer)
        if isinstance(layer, Residual) and not isinstance(following, Residual):
            channels = layer.first.in_channels
            layers += [residual(channels) for _ in range(MORE_BLOCKS[channels])]
    codec.synthesis.layers = nn.Sequential(*layers)


def full_size_analysis(codec: Networks) -> None:
    """Give the analysis what the picture at half its size lacks."""
    codec.analysis = FullSizeAnalysis(codec.analysis)  # type: ignore[assignment]


def wider_passes(codec: Networks, attends: bool = False) -> None:
    """Twice the hidden features in the entropy path."""
    codec.passes = nn.ModuleList(WidePass(former, attends) for former in codec.passes)  # type: ignore[arg-type]


def round_as_sent(codec: Networks) -> None:
    """Let training see the integers that the encoder sends."""
    codec.sample = sent_and_noisy


SYNTHESIS = ("synthesis", "inverse_gains")
ENTROPY = ("passes", "hyper_synthesis", "hyper_prior")


class Variant(NamedTuple):
    """A change, and the networks that are trained: all if none are named. Networks behind the latents learn from those that are sent."""

    name: str
    change: Callable[[Networks], None] = lambda codec: None
    trained: tuple[str, ...] = ()


VARIANTS = (
    Variant("no change"),
    Variant("training rounds as the encoder", round_as_sent),
    Variant("synthesis alone", trained=SYNTHESIS),
    Variant("deeper synthesis", deeper_synthesis),
    Variant("deeper synthesis alone", deeper_synthesis, SYNTHESIS),
    Variant("analysis at full size", full_size_analysis),
    Variant("entropy path alone", trained=ENTROPY),
    Variant("wider entropy path alone", wider_passes, ENTROPY),
    Variant("attention in the entropy path alone", partial(wider_passes, attends=True), ENTROPY),
)


def measure(codec: Networks, crops: photos.Pictures) -> dict[str, float]:
    """The figures of a codec on held-out photos, with the latents that an encoder would send."""
    usual, codec.sample = codec.sample, sent
    found = held_out_figures(codec, crops, CPU)
    codec.sample = usual
    return found


def trained(variant: Variant, pictures: photos.Split, steps: int) -> tuple[Networks, float]:
    """The average of a variant's weights after some steps, and the seconds per step."""
    torch.manual_seed(SEED)
    codec = Networks()
    codec.load_state_dict(exported.read(exported.SHIPPED))
    variant.change(codec)
    if variant.trained:
        codec.sample = sent
        codec.requires_grad_(False)
        for name in variant.trained:
            getattr(codec, name).requires_grad_(True)
    codec = codec.to(memory_format=torch.channels_last)
    average = copy.deepcopy(codec)
    weights = [weight for weight in codec.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=RATE, betas=BETAS, weight_decay=WEIGHT_DECAY)
    recipe = Recipe((Stage(steps, 8, 256),), RATE, SEED, is_settled=True)
    begun = time.perf_counter()
    for step, batch in enumerate(photos.batches(pictures.training, recipe, 0)):
        SCHEDULE.apply(optimiser, RATE, step, step / steps)
        quality = (torch.arange(len(batch)) + torch.rand(1)) / len(batch)
        figures(codec, tensors(batch, CPU), quality, precision()).loss.mean().backward()
        nn.utils.clip_grad_norm_(weights, MAX_NORM)
        optimiser.step()
        optimiser.zero_grad()
        AVERAGE.update(average, codec, step + 1)
    return average, (time.perf_counter() - begun) / max(steps, 1)


def precision() -> torch.dtype:
    """bfloat16 on a CPU with instructions for it."""
    return torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a row for each variant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="*", type=Path)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=[variant.name for variant in VARIANTS])
    options = parser.parse_args(arguments)
    if not options.photos:
        print("latents_variants.py: left out, it needs photos")
        return
    if options.threads:
        torch.set_num_threads(options.threads)
    pictures = photos.split(photos.read(options.photos))
    crops = photos.crops(pictures.held_out)
    print(f"{len(crops)} held-out photos; columns: loss, then bits and MS-SSIM at qualities {HELD_OUT_QUALITIES}")
    first: dict[str, float] = {}
    shipped = Networks()
    shipped.load_state_dict(exported.read(exported.SHIPPED))
    chosen = [variant for variant in VARIANTS if not options.only or variant.name in options.only]
    rows: list[tuple[str, Callable[[], tuple[Networks, float]]]] = [("as shipped, no step", lambda: (shipped, 0.0))]
    rows += [(variant.name, partial(trained, variant, pictures, options.steps)) for variant in chosen]
    for name, made in rows:
        codec, seconds = made()
        held = measure(codec, crops)
        first = first or held
        changes = "".join(
            f"{held[f'bpp_{number}'] / first[f'bpp_{number}'] - 1:>+7.1%}{held[f'ms_ssim_{number}'] - first[f'ms_ssim_{number}']:>+8.4f}"
            for number in HELD_OUT_QUALITIES
        )
        loss = f"loss {held['loss']:7.3f}{held['loss'] / first['loss'] - 1:>+8.2%}"
        print(f"{name:<36} {loss} {changes} {seconds:6.2f} s a step", flush=True)


if __name__ == "__main__":
    main()
