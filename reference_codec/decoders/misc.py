"""MISC's decoder (equations 6 to 8): each item within its map, then the whole picture, with a ControlNet that sees the reference.

Equation 6 is the embedded decoder's picture. Each pass starts from noise (at strength 1). It is conditioned on the picture so far after
DiffBIR's SwinIR has cleaned it, and takes its colours from that cleaned picture. Of an item's pass, only the region of the map is kept.
"""

from __future__ import annotations

from torch import Tensor

from reference_codec.decoders import colourfix, frames
from reference_codec.decoders.diffusion import Passage
from reference_codec.decoders.scene import Scene, joined


def paint(scene: Scene) -> Tensor:
    """The picture in the model's size, float (1, 3, H, W)."""
    picture = scene.start
    for index, item, grid in scene.objects():  # equation 7
        text = joined(item.detail or item.name, scene.parameters.item_suffix)
        painted = _pass(scene, picture, scene.item_passage(index), text, f"item {index}")
        picture = scene.carried(frames.blend(painted, picture, frames.pixel_mask(grid, scene.frame)))
    return _pass(scene, picture, scene.picture_passage, scene.overall, "picture")  # equation 8


def _pass(scene: Scene, picture: Tensor, passage: Passage, text: str, label: str) -> Tensor:
    model = scene.model
    cleaned = model.clean(picture)
    latents = model.sample(
        scene.scheduler(passage.steps),
        passage,
        scene.prompt(text),
        model.encode(cleaned),
        scene.generator,
        condition=model.condition(cleaned),
        label=label,
    )
    return colourfix.fix(model.decode(latents), cleaned).clamp(0, 1)
