"""CMC-Bench's four modes: text to image at strength 1, or image to image at 0.8 (Pixel) and 0.5 (Image, Full), by the profile's row."""

from __future__ import annotations

from torch import Tensor

from reference_codec.decoders.scene import Scene


def paint(scene: Scene) -> Tensor:
    """The picture in the model's size."""
    latents = scene.model.sample(
        scene.scheduler(scene.plan.steps),
        scene.final,
        scene.prompt(scene.overall),
        scene.model.encode(scene.start),
        scene.generator,
        label="picture",
    )
    return scene.model.decode(latents)
