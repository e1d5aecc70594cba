"""CMC-Bench's four modes: text to image at strength 1, image to image at 0.8 (Pixel) or 0.5 (Image, Full). The parameters say which.

A model that restores or edits, as DiffBIR and InstructPix2Pix do, sees the reference picture beside that: by its ControlNet or its U-Net.
"""

from __future__ import annotations

from torch import Tensor

from reference_codec.decoders import colourfix
from reference_codec.decoders.scene import Scene


def paint(scene: Scene) -> Tensor:
    """The picture in the model's size, float (1, 3, H, W)."""
    model = scene.model
    start = model.clean(scene.start)
    latents = model.sample(
        scene.scheduler(scene.parameters.steps),
        scene.picture_passage,
        scene.prompt(scene.overall),
        scene.encode(start),
        scene.generator,
        condition=model.condition(start) if model.sees_pictures else None,
        label="picture",
    )
    picture = model.decode(latents)
    return (colourfix.fix(picture, start) if scene.parameters.fixes_colours else picture).clamp(0, 1)
