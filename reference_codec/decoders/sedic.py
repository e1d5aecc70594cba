"""SEDIC's decoder (algorithm 1): objects restored by attention guidance and blending of latents, then the whole picture.

For object j with mask M_j and the tokens k of its name:

    above time step T': z <- z - eta * gradient of E(A, M_j, k)         equations 2 and 3
    in every step:      z <- M_j z + (1 - M_j) z', z' of object j - 1    equation 4

The paper leaves open what z' is for the first object. Here it is the latents of the reference with noise for that time step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import torch
from torch import Tensor

from misc_format.components import BoolMap, Item
from reference_codec.decoders import attention, frames
from reference_codec.decoders.diffusion import Diffusion, Prompt
from reference_codec.decoders.scene import Scene, joined
from reference_codec.errors import ModelError
from reference_codec.models.runtime import Offload

NO_GRADIENTS: Final = "attention guidance needs gradients, which layers in main memory do not give; choose --offload model instead of layer"


def paint(scene: Scene) -> Tensor:
    """The picture in the model's size, float (1, 3, H, W). Raises `ModelError` for offloading that excludes guidance."""
    if scene.parameters.guidance_step and scene.model.runtime.offload is Offload.LAYER:
        raise ModelError(NO_GRADIENTS)
    picture = scene.start
    path: list[Tensor] = []
    for index, item, grid in scene.objects():
        picture, path = _restore(scene, picture, item, grid, path, f"object {index}")
    model = scene.model
    latents = model.sample(
        scene.scheduler(scene.parameters.steps),
        scene.picture_passage,
        scene.prompt(scene.overall),
        model.encode(picture),
        scene.generator,
        condition=model.condition(picture),
        label="picture",
    )
    return model.decode(latents)


def description(item: Item) -> str:
    """The prompt of an object: its detail, after its name if the detail does not contain it."""
    is_named = item.name.strip().lower() in item.detail.lower()
    return item.detail if is_named else joined(item.name, item.detail)


@dataclass
class Guidance:
    """Equations 2 and 3 as a hook before a step.

    `mask`: of the object, (1, 1, H, W) in pixels. `tokens`: the positions of its name in the prompt. `step`: eta. `above`: T'.
    `energies`: E of each guided step so far.
    """

    model: Diffusion
    scheduler: Any
    prompt: Prompt
    condition: Tensor
    mask: Tensor
    tokens: tuple[int, ...]
    step: float
    above: int
    energies: list[float] = field(default_factory=list)

    def __call__(self, latents: Tensor, time: Any, index: int) -> Tensor:
        """The latents after a step along the gradient, if the time step is above the threshold."""
        if not self.tokens or float(time) <= self.above:
            return latents
        with torch.enable_grad():
            variable = latents.detach().requires_grad_()
            energy = self.energy(variable, time)
            self.energies.append(energy.item())
            return attention.descend(variable, energy, self.step)

    def energy(self, latents: Tensor, time: Any) -> Tensor:
        """E at the latents of a time step, the mean over the recorded layers."""
        with attention.recorded(self.model.pipeline.unet) as layers:
            inputs = self.scheduler.scale_model_input(latents, time)
            self.model.predict(inputs, time, self.prompt.positive, self.condition)
            return torch.stack([attention.energy(layer, self._mask_for(layer), self.tokens) for layer in layers]).mean()

    def _mask_for(self, layer: Tensor) -> Tensor:
        """The mask for the positions of a layer (M, K), which are those of the picture, reduced by the same factor on both sides."""
        factor = round((self.mask.numel() / layer.shape[0]) ** 0.5)
        return frames.reduced(self.mask, factor).flatten().to(layer.device)


@dataclass
class Blending:
    """Equation 4 as a hook after a step.

    `mask`: of the object, at the latents' size. `reference`: the latents of the reference picture. `noise`: for them. `previous_path`:
    the latents of the previous object after each step; empty for the first object. `path`: those of this object so far.
    """

    scheduler: Any
    mask: Tensor
    reference: Tensor
    noise: Tensor
    previous_path: list[Tensor]
    each_step: bool
    path: list[Tensor] = field(default_factory=list)

    def __call__(self, latents: Tensor, time: Any, index: int) -> Tensor:
        """The latents inside the mask, those of the previous object outside."""
        if self.each_step or time is None:
            latents = frames.blend(latents, self._outside(time, index), self.mask)
        self.path.append(latents)
        return latents

    def _outside(self, time: Any, index: int) -> Tensor:
        if self.previous_path:
            return self.previous_path[index]
        if time is None:
            return self.reference
        return self.scheduler.add_noise(self.reference, self.noise, time.reshape(1))


def _restore(
    scene: Scene, picture: Tensor, item: Item, grid: BoolMap, previous_path: list[Tensor], label: str
) -> tuple[Tensor, list[Tensor]]:
    """The picture with one object restored, and the latents after each step."""
    model, parameters = scene.model, scene.parameters
    text = joined(description(item), parameters.item_suffix)
    prompt, condition, reference = scene.prompt(text), model.condition(picture), model.encode(picture)
    scheduler = scene.scheduler(parameters.item_steps)
    mask = frames.pixel_mask(grid, scene.frame)
    tokens = attention.positions(model.pipeline.tokenizer, text, item.name)
    guidance = Guidance(
        model, scheduler, prompt, condition, mask, tokens, parameters.guidance_step, parameters.guided_above
    )
    latent_mask = frames.reduced(mask, model.factor).to(reference)
    noise = model.noise(reference, scene.generator)
    blending = Blending(scheduler, latent_mask, reference, noise, previous_path, parameters.blends_each_step)
    latents = model.sample(
        scheduler,
        scene.item_passage,
        prompt,
        reference,
        scene.generator,
        condition=condition,
        before=guidance if parameters.guidance_step else None,
        after=blending,
        label=label,
    )
    return model.decode(latents), blending.path
