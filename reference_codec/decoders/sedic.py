"""SEDIC's decoder (algorithm 1): objects restored by attention guidance and blending of latents, then the whole picture.

For object j with mask M_j and the tokens k of its name:

    above time step T': z <- z - eta * gradient of E(A, M_j, k)         equations 2 and 3
    in every step:      z <- M_j z + (1 - M_j) z', z' of object j - 1    equation 4

The paper leaves open what z' is for the first object. Here it is the latents of the reference with noise for that time step.

The released code blends once, after the last step, and without attention guidance. z' is the picture before the pass. Its last pass is
conditioned on the reference, not on the restored picture, and starts from the low frequencies of the restored picture with the noise of the
first time step. It gives these to the autoencoder in the range from 0 to 255, not -1 to 1 (`LOW_SCALE`), and so does this decoder.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import torch
from torch import Tensor

from misc_format.components import BoolMap, Item
from reference_codec.decoders import attention, colourfix, frames
from reference_codec.decoders.diffusion import Diffusion, Prompt
from reference_codec.decoders.scene import Scene, joined
from reference_codec.errors import ModelError
from reference_codec.models.runtime import Offload

LOW_SCALE: Final = 255
NO_GRADIENTS: Final = "attention guidance needs gradients, which layers in main memory do not give; choose --offload model instead of layer"


def paint(scene: Scene) -> Tensor:
    """The picture in the model's size, float (1, 3, H, W). Raises `ModelError` for offloading that excludes guidance."""
    if scene.parameters.guidance_step and scene.model.runtime.offload is Offload.LAYER:
        raise ModelError(NO_GRADIENTS)
    picture = scene.start
    path: list[Tensor] = []
    for index, item, grid in scene.objects():
        painted, path = _restore(scene, picture, index, item, grid, path)
        picture = scene.carried(painted)
    model, has_low_start = scene.model, scene.parameters.low_start
    latents = model.sample(
        scene.scheduler(scene.parameters.steps),
        scene.picture_passage,
        scene.prompt(scene.overall),
        scene.encode(low_frequencies(picture)) if has_low_start else model.encode(picture),
        scene.generator,
        condition=model.condition(scene.start if has_low_start else picture),
        label="picture",
    )
    return model.decode(latents).clamp(0, 1)


def low_frequencies(picture: Tensor) -> Tensor:
    """What the released code encodes as the start of its last pass, so that the autoencoder sees it from 0 to `LOW_SCALE`."""
    return (LOW_SCALE * colourfix.low(picture) + 1) / 2


def description(item: Item, *, names: bool = True) -> str:
    """The prompt of an object: its detail, with `names` after its name if the detail does not contain it."""
    is_named = item.name.strip().lower() in item.detail.lower()
    return item.detail if is_named or not names else joined(item.name, item.detail)


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
    scene: Scene, picture: Tensor, index: int, item: Item, grid: BoolMap, previous_path: list[Tensor]
) -> tuple[Tensor, list[Tensor]]:
    """The picture with one object restored, and the latents after each step."""
    model, parameters = scene.model, scene.parameters
    passage = scene.item_passage(index)
    text = joined(description(item, names=parameters.names_items), parameters.item_suffix)
    prompt, condition, reference = scene.prompt(text), model.condition(picture), scene.encode(picture)
    scheduler = scene.scheduler(passage.steps)
    mask = frames.pixel_mask(grid, scene.frame)
    tokens = attention.positions(model.pipeline.tokenizer, text, item.name)
    guidance = Guidance(
        model, scheduler, prompt, condition, mask, tokens, parameters.guidance_step, parameters.guided_above
    )
    reduce = frames.nearest if parameters.nearest_masks else frames.reduced
    latent_mask = reduce(mask, model.factor).to(reference)
    noise = model.noise(reference, scene.generator)
    blends_each_step = parameters.blends_each_step
    blending = Blending(
        scheduler, latent_mask, reference, noise, previous_path if blends_each_step else [], blends_each_step
    )
    latents = model.sample(
        scheduler,
        passage,
        prompt,
        reference,
        scene.generator,
        condition=condition,
        before=guidance if parameters.guidance_step else None,
        after=blending,
        label=f"object {index}",
    )
    return model.decode(latents).clamp(0, 1), blending.path
