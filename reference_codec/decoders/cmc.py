"""CMC-Bench's four modes: text to image at strength 1, image to image at 0.8 (Pixel) or 0.5 (Image, Full). The parameters say which."""

from __future__ import annotations

from torch import Tensor

from reference_codec.decoders.scene import Scene


def paint(scene: Scene) -> Tensor:
    """The picture in the model's size, float (1, 3, H, W)."""
    latents = scene.model.sample(
        scene.scheduler(scene.parameters.steps),
        scene.picture_passage,
        scene.prompt(scene.overall),
        scene.model.encode(scene.start),
        scene.generator,
        label="picture",
    )
    return scene.model.decode(latents)
