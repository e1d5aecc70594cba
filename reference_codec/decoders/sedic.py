"""SEDIC's decoder (algorithm 1): object restoration with attention guidance and blending of latents, then the whole picture.

For object j, with mask M_j and the tokens k of its name:

    above time step T': z <- z - eta * gradient of E(A, M_j, k)         equations 2 and 3
    every step:         z <- M_j z + (1 - M_j) z of object j - 1 there    equation 4

The paper leaves open what z of the object before the first is: here the reference's latents with noise for that time step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from misc_format.components import BoolMap, Item
from reference_codec.decoders import attention, frames
from reference_codec.decoders.diffusion import Diffusion, Prompt
from reference_codec.decoders.scene import Scene, joined
from reference_codec.models.sources import ModelError, Offload

NO_GRADIENTS = "attention guidance needs gradients, and layers that wait in main memory give none; take --offload model"


def paint(scene: Scene) -> Tensor:
    """The picture in the model's size."""
    if scene.plan.push and scene.model.runtime.offload is Offload.LAYER:
        raise ModelError(NO_GRADIENTS)
    picture = scene.start
    path: list[Tensor] = []
    for index, item, grid in scene.objects():
        picture, path = _restore(scene, picture, item, grid, path, f"object {index}")
    model = scene.model
    latents = model.sample(
        scene.scheduler(scene.plan.steps),
        scene.final,
        scene.prompt(scene.overall),
        model.encode(picture),
        scene.generator,
        condition=model.condition(picture),
        label="picture",
    )
    return model.decode(latents)


def description(item: Item) -> str:
    """An object's prompt: its detail, with its name in front where the detail does not have it."""
    named = item.name.strip().lower() in item.detail.lower()
    return item.detail if named else joined(item.name, item.detail)


@dataclass
class Guidance:
    """Equations 2 and 3 as a hook before a step; `energies` keeps E of each step that was guided."""

    model: Diffusion
    scheduler: Any
    prompt: Prompt
    condition: Tensor
    mask: Tensor
    tokens: tuple[int, ...]
    scale: float
    above: int
    energies: list[float] = field(default_factory=list)

    def __call__(self, latents: Tensor, time: Any, index: int) -> Tensor:
        """The latents moved once, above the threshold."""
        if not self.tokens or float(time) <= self.above:
            return latents
        with torch.enable_grad():
            moving = latents.detach().requires_grad_()
            value = self.energy(moving, time)
            self.energies.append(value.item())
            return attention.step(moving, value, self.scale)

    def energy(self, latents: Tensor, time: Any) -> Tensor:
        """E at latents of a time step, mean over the recorded layers."""
        with attention.recorded(self.model.pipeline.unet) as maps:
            self.model.predict(
                self.scheduler.scale_model_input(latents, time), time, self.prompt.positive, self.condition
            )
            return torch.stack([attention.energy(layer, self._mask(layer), self.tokens) for layer in maps]).mean()

    def _mask(self, layer: Tensor) -> Tensor:
        """The mask at the size of a layer, whose places are the picture's, reduced alike on both sides."""
        factor = round((self.mask.numel() / layer.shape[0]) ** 0.5)
        return frames.reduced(self.mask, factor).flatten().to(layer.device)


@dataclass
class Blending:
    """Equation 4 as a hook after a step; `path` keeps the latents of each step for the next object."""

    scheduler: Any
    mask: Tensor
    reference: Tensor
    noise: Tensor
    before: list[Tensor]
    each_step: bool
    path: list[Tensor] = field(default_factory=list)

    def __call__(self, latents: Tensor, time: Any, index: int) -> Tensor:
        """The latents within the mask, those of the object before outside it."""
        if self.each_step or time is None:
            latents = frames.blend(latents, self._outside(time, index), self.mask)
        self.path.append(latents)
        return latents

    def _outside(self, time: Any, index: int) -> Tensor:
        if self.before:
            return self.before[index]
        if time is None:
            return self.reference
        return self.scheduler.add_noise(self.reference, self.noise, time.reshape(1))


def _restore(
    scene: Scene, picture: Tensor, item: Item, grid: BoolMap, path: list[Tensor], label: str
) -> tuple[Tensor, list[Tensor]]:
    """The picture with one object restored, and the path of latents that led there."""
    model, plan = scene.model, scene.plan
    text = joined(description(item), plan.item_suffix)
    prompt, condition, reference = scene.prompt(text), model.condition(picture), model.encode(picture)
    scheduler = scene.scheduler(plan.item_steps)
    mask = frames.pixel_mask(grid, scene.frame)
    tokens = attention.positions(model.pipeline.tokenizer, text, item.name)
    guidance = Guidance(model, scheduler, prompt, condition, mask, tokens, plan.push, plan.push_above)
    within = frames.reduced(mask, model.factor).to(reference)
    noise = model.noise(reference, scene.generator)
    blending = Blending(scheduler, within, reference, noise, path, plan.blend_each_step)
    latents = model.sample(
        scheduler,
        scene.item,
        prompt,
        reference,
        scene.generator,
        condition=condition,
        before=guidance if plan.push else None,
        after=blending,
        label=label,
    )
    return model.decode(latents), blending.path
