"""MISC's decoder (equations 6 to 8): item by item within its map, then the whole picture, on a ControlNet that sees the reference.

Equation 6 is the embedded decoder's picture, S[-1]. Each pass starts from noise (at strength 1), is conditioned on the picture so far
and takes that picture's colours; of an item's pass only the map's region is kept.
"""

from __future__ import annotations

from torch import Tensor

from reference_codec.decoders import colourfix, frames
from reference_codec.decoders.diffusion import Passage
from reference_codec.decoders.scene import Scene, joined


def paint(scene: Scene) -> Tensor:
    """The picture in the model's size."""
    picture = scene.start
    for index, item, grid in scene.objects():  # equation 7
        painted = _pass(
            scene, picture, scene.item, joined(item.detail or item.name, scene.plan.item_suffix), f"item {index}"
        )
        picture = frames.blend(painted, picture, frames.pixel_mask(grid, scene.frame))
    return _pass(scene, picture, scene.final, scene.overall, "picture")  # equation 8


def _pass(scene: Scene, picture: Tensor, passage: Passage, text: str, label: str) -> Tensor:
    model = scene.model
    latents = model.sample(
        scene.scheduler(passage.steps),
        passage,
        scene.prompt(text),
        model.encode(picture),
        scene.generator,
        condition=model.condition(picture),
        label=label,
    )
    return colourfix.fix(model.decode(latents), picture)
