"""The card beside the exported weights: the training, its data, its duration and its results."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from misc_format.coders.image import latents as image_latents
from misc_format.system.files import replacing
from reference_codec import msssim
from reference_codec.images.latents import codec as latents
from reference_codec.images.latents import distortion
from reference_codec.images.latents.codec import Codec
from reference_codec.training.latents import objective
from reference_codec.training.latents.photos import Split
from reference_codec.training.latents.run import Run

MEASURED_QUALITIES = (0, 16, 32, 48, 64, 80, 96, 112, 127)
CARD = """# latents-1

The learned codec of the reference picture (clause 9): `latents-1.safetensors` (analysis, hyper-analysis, synthesis and gains, in half
precision), their graphs for onnxruntime, and the integer entropy model, `latents-1.bin`.

- Made by `python -m reference_codec.training.image_latents`, learning rate {rate}, seed {seed}, one cosine schedule over these stages:
{stages}
- Trained for {step:,} steps in {minutes:.0f} minutes; {precision} on {device}, {threads} threads. Started from: {origin}.
- Trained on {training} photos ({sources}). {held_out} photos, chosen by the hash of their names, were held out. The tables of the entropy
  model were counted on {tables} of the photos.
- Distortion: {squared} x squared error in 8-bit units (from {first_squared} at the start) + {structure:,.0f} x (1 - MS-SSIM),
  weights {min_weight} to {max_weight}.
- The weights are the averaged ones of step {best_step:,}, which had the smallest loss on the held-out photos: {best_loss:.4f}.

Means over {measured}, all at the same quality:

{figures}
"""


def table(codec: Codec, pictures: list[Image.Image]) -> str:
    """A table of bpp (all bytes of the payload), PSNR and MS-SSIM at MEASURED_QUALITIES."""
    lines = ["| quality | bpp | PSNR dB | MS-SSIM |", "| --- | --- | --- | --- |"]
    samples = [np.asarray(picture) for picture in pictures]
    encoders = [latents.Encoder(picture, codec=codec) for picture in samples]
    for quality in MEASURED_QUALITIES:
        rows = []
        for picture, encoder in zip(samples, encoders, strict=True):
            content = encoder.at(quality)
            bits = 8 * len(image_latents.encode_under(content, encoder.picture, codec.model))
            painted, original = (
                torch.from_numpy(part.copy()).permute(2, 0, 1)[None].float() / 255
                for part in (latents.paint(content, encoder.picture, codec=codec), picture)
            )
            psnr = 10 * math.log10(255**2 / float(distortion.squared_error(painted, original)))
            rows.append((bits / picture[..., 0].size, psnr, 1 - float(distortion.dissimilarity(painted, original))))
        if rows:
            bpp, psnr, structure = np.mean(rows, 0).tolist()
            lines.append(f"| {quality} | {bpp:.4f} | {psnr:.2f} | {structure:.4f} |")
    return "\n".join(lines)


def write(folder: Path, run: Run, pictures: Split, **texts: object) -> None:
    """Write the card. `texts`: the fields that do not follow from the run and the pictures."""
    text = CARD.format(
        stages="\n".join(f"  - {stage}" for stage in run.recipe.stages),
        rate=run.recipe.rate,
        seed=run.recipe.seed,
        step=run.step,
        minutes=run.seconds / 60,
        precision=run.precision,
        device=run.device.type,
        threads=torch.get_num_threads(),
        origin=run.origin,
        training=len(pictures.training),
        held_out=len(pictures.held_out),
        squared=msssim.SQUARED_FACTOR,
        first_squared=objective.FIRST_SQUARED_FACTOR,
        structure=msssim.STRUCTURE_FACTOR,
        min_weight=distortion.MIN_WEIGHT,
        max_weight=distortion.MAX_WEIGHT,
        best_step=run.best_step or run.step,
        best_loss=run.best_loss,
        **texts,
    )
    with replacing(folder / "latents-1.md") as temporary:
        temporary.write_text(text, encoding="utf-8")
