"""Stable Diffusion of any family, with or without a ControlNet: its networks, and the sampling loop.

Rule 1.  All randomness comes from one generator on the CPU with the seed of the parameters: the noise is the same on every device.
Rule 2.  On one machine, the same stream gives the same picture. PyTorch warns of operations that cannot promise it.
Rule 3.  Latents are float32, whatever type the networks compute in: the many small steps of a sampler are not rounded.
"""

from __future__ import annotations

import inspect
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor

from reference_codec.decoders import samplers
from reference_codec.decoders.latentcontrol import takes_latents
from reference_codec.decoders.origin import Origin
from reference_codec.decoders.pipelines import USUAL_GUIDANCE, edits, load_control, load_pipeline, quiet
from reference_codec.errors import ModelError
from reference_codec.models.runtime import Offload, Runtime

#: Called with latents, a time step (or None after the last step) and the index of the step; returns latents.
Hook = Callable[[Tensor, Any, int], Tensor]


class Prompt(NamedTuple):
    """Embedded text for classifier-free guidance.

    `states`: (2, K, C), the negative prompt first, for K tokens. `added`: the further conditions of SDXL, the negative prompt first.
    """

    states: Tensor
    added: dict[str, Tensor]

    @property
    def positive(self) -> Prompt:
        """The prompt without the negative one, for a pass without guidance."""
        return Prompt(self.states[1:], {name: value[1:] for name, value in self.added.items()})


class Passage(NamedTuple):
    """One run of the sampler: its steps, the scale of classifier-free guidance, and the share of the steps that are taken.

    `keeps_start`: whether the start counts at strength 1, too. `picture_guidance`: for a model that edits pictures.
    """

    steps: int
    guidance: float
    strength: float = 1.0
    keeps_start: bool = False
    picture_guidance: float = 1.5


@dataclass
class Diffusion:
    """A loaded model. Pictures are float (1, 3, H, W) from 0 to 1; latents are (1, C, H / `factor`, W / `factor`).

    `control`: the ControlNet; None without one. `cleaner`: the network that cleans a picture before the ControlNet sees it; None without
    one. `load_notes`: for the user, about the files. `notes`: about what was painted since they were last cleared.
    """

    pipeline: Any
    control: Any
    runtime: Runtime
    cleaner: Any = None
    load_notes: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, origin: Origin, runtime: Runtime) -> Diffusion:
        """The model on its device. Raises `ModelError` for anything but Stable Diffusion, and for files that do not fit together."""
        notes: list[str] = []
        with quiet():
            pipeline = load_pipeline(origin.model, runtime, notes)
            control, cleaner = load_control(origin, pipeline.unet, runtime, notes)
        if runtime.offload is not Offload.NONE:
            pipeline.vae.enable_tiling()
            pipeline.unet.enable_gradient_checkpointing()
        pipeline.set_progress_bar_config(disable=True)
        kind = Editor if edits(pipeline) else cls
        with quiet():
            placed = runtime.place(pipeline)
        return kind(placed, control, runtime, cleaner, tuple(notes))

    @property
    def device(self) -> Any:
        """The device that the model computes on, even while it waits in main memory."""
        return self.pipeline._execution_device

    @property
    def dtype(self) -> Any:
        """The number type of the U-Net."""
        return self.pipeline.unet.dtype

    @property
    def factor(self) -> int:
        """Pixels of the picture on a side of a latent."""
        return int(self.pipeline.vae_scale_factor)

    @property
    def unit(self) -> int:
        """The number of pixels that must divide a picture's sides: the U-Net halves latents between its blocks, and SwinIR has windows."""
        halved = self.factor * 2 ** (len(self.pipeline.unet.config.block_out_channels) - 1)
        return math.lcm(halved, self.cleaner.unit) if self.cleaner else halved

    @property
    def usual_guidance(self) -> float:
        """The scale of guidance that the model's pipeline in diffusers has by default."""
        return USUAL_GUIDANCE[type(self.pipeline).__name__]

    @property
    def sees_pictures(self) -> bool:
        """Whether the model has a condition beside text."""
        return self.control is not None

    @torch.no_grad()
    def clean(self, pixels: Tensor) -> Tensor:
        """The picture as the cleaner makes it, not clamped; the same picture without a cleaner."""
        if self.cleaner is None:
            return pixels
        return self.cleaner(pixels.to(self.device, torch.float32)).cpu()

    @torch.no_grad()
    def encode(self, pixels: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """The latents of a picture: the mode of their distribution, or a sample of it, whose noise comes from the generator."""
        vae = self.pipeline.vae
        distribution = vae.encode((2 * pixels - 1).to(self.device, vae.dtype)).latent_dist
        latents = distribution.mode()
        if generator is not None:
            latents = latents + distribution.std * self.noise(latents, generator)
        mean, deviation = self._statistics(latents)
        return ((latents - mean) * vae.config.scaling_factor / deviation).float()

    @torch.no_grad()
    def decode(self, latents: Tensor) -> Tensor:
        """The picture of latents, float32 on the CPU, not clamped."""
        vae = self.pipeline.vae
        mean, deviation = self._statistics(latents)
        pixels = vae.decode((latents * deviation / vae.config.scaling_factor + mean).to(vae.dtype)).sample
        return (pixels.float() / 2 + 0.5).cpu()

    def _statistics(self, like: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and deviation of each channel of latents, (1, C, 1, 1): 0 and 1 but for a model that names others, as Playground 2.5."""
        config = self.pipeline.vae.config
        named = (config.get("latents_mean") or [0.0], config.get("latents_std") or [1.0])
        mean, deviation = (torch.tensor(values).view(1, -1, 1, 1).to(like) for values in named)
        return mean, deviation

    @torch.no_grad()
    def prompt(self, text: str, negative: str, size: tuple[int, int]) -> Prompt:
        """Text and negative prompt, embedded for a picture of (width, height) pixels."""
        self._note_length(text)
        with quiet():  # the pipeline, too, warns of a long text
            positive_states, negative_states, *pooled = self.pipeline.encode_prompt(
                prompt=text,
                device=self.device,
                num_images_per_prompt=1,
                do_classifier_free_guidance=True,
                negative_prompt=negative or None,  # without one, some pipelines take zeros
            )
        states = torch.cat([negative_states, positive_states])
        if not pooled:
            return Prompt(states, {})
        positive_pooled, negative_pooled = pooled
        width, height = size
        times = torch.tensor([[height, width, 0, 0, height, width]] * 2, dtype=self.dtype, device=self.device)
        return Prompt(states, {"text_embeds": torch.cat([negative_pooled, positive_pooled]), "time_ids": times})

    def condition(self, pixels: Tensor) -> Tensor:
        """The ControlNet's input for a picture: its latents, or the picture itself."""
        condition = self.encode(pixels) if takes_latents(self.control) else pixels
        return condition.to(self.device)

    def scheduler(self, sampler: str, steps: int) -> Any:
        """A new scheduler for a registered sampler, or the model's own, with its time steps set. Raises `ModelError` for an unknown one."""
        return samplers.scheduler(sampler, steps, self.pipeline.scheduler, self.device)

    def predict(self, inputs: Tensor, time: Any, prompt: Prompt, condition: Tensor | None) -> Tensor:
        """The U-Net's output, float32, for scaled latents (N, C, h, w). The condition (1, ...) is that of the whole batch."""
        inputs = inputs.to(self.dtype)
        extra: dict[str, Any] = {"added_cond_kwargs": prompt.added} if prompt.added else {}
        if condition is not None:
            down, middle = self.control(
                inputs,
                time,
                encoder_hidden_states=prompt.states,
                controlnet_cond=condition.to(self.dtype).expand(len(inputs), -1, -1, -1),
                return_dict=False,
                **extra,
            )
            extra |= {"down_block_additional_residuals": down, "mid_block_additional_residual": middle}
        output = self.pipeline.unet(inputs, time, encoder_hidden_states=prompt.states, return_dict=False, **extra)[0]
        return output.float()

    def sample(
        self,
        scheduler: Any,
        passage: Passage,
        prompt: Prompt,
        start: Tensor,
        generator: torch.Generator,
        *,
        condition: Tensor | None = None,
        before: Hook | None = None,
        after: Hook | None = None,
        label: str = "",
    ) -> Tensor:
        """Latents after the last `passage.strength * passage.steps` steps of the sampler.

        `start`: the latents that noise is added to; at strength 1 only their shape counts. `before`: called before a step with its time
        step. `after`: called after a step with the next time step. `label`: stands beside the progress bar.
        """
        from tqdm import tqdm

        skipped = passage.steps - min(int(passage.steps * passage.strength), passage.steps)
        times = scheduler.timesteps[skipped:]
        if len(times) == 0:
            return start
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(skipped)
        latents = self._noisy_start(scheduler, start, times, passage, generator)
        extra = {"generator": generator} if "generator" in inspect.signature(scheduler.step).parameters else {}
        for index, time in enumerate(tqdm(times, desc=label, leave=False, disable=None)):
            if before:
                latents = before(latents, time, index)
            with torch.no_grad():
                noise = self.guided(scheduler, latents, time, prompt, condition, passage)
                latents = scheduler.step(noise, time, latents, return_dict=False, **extra)[0]
            if after:
                latents = after(latents, times[index + 1] if index + 1 < len(times) else None, index)
        return latents

    def guided(
        self, scheduler: Any, latents: Tensor, time: Any, prompt: Prompt, condition: Tensor | None, passage: Passage
    ) -> Tensor:
        """The U-Net's output for latents under classifier-free guidance."""
        inputs = scheduler.scale_model_input(torch.cat([latents] * 2), time)
        negative, positive = self.predict(inputs, time, prompt, condition).chunk(2)
        return negative + passage.guidance * (positive - negative)

    def noise(self, like: Tensor, generator: torch.Generator) -> Tensor:
        """Gaussian noise with the shape, type and device of another tensor, drawn by Rule 1."""
        return torch.randn(like.shape, generator=generator).to(like)

    def release(self) -> None:
        """Move offloaded parts back to main memory."""
        self.pipeline.maybe_free_model_hooks()

    def _noisy_start(
        self, scheduler: Any, start: Tensor, times: Tensor, passage: Passage, generator: torch.Generator
    ) -> Tensor:
        noise = self.noise(start, generator)
        if passage.strength >= 1 and not passage.keeps_start:
            return noise * scheduler.init_noise_sigma
        return scheduler.add_noise(start, noise, times[:1])

    def _note_length(self, text: str) -> None:
        """Note that a text is longer than the text encoder reads."""
        tokenizer = self.pipeline.tokenizer
        count = len(tokenizer(text, verbose=False).input_ids)
        if count > tokenizer.model_max_length:
            self.notes.append(
                f"A prompt has {count} tokens, of which the model reads {tokenizer.model_max_length}: {text!r}"
            )


class Editor(Diffusion):
    """InstructPix2Pix: the U-Net takes the latents of the picture beside the noisy ones, and guidance has two scales."""

    @property
    def sees_pictures(self) -> bool:
        """True."""
        return True

    @torch.no_grad()
    def condition(self, pixels: Tensor) -> Tensor:
        """The latents of the picture, without the scale of the model's latents."""
        vae = self.pipeline.vae
        return vae.encode((2 * pixels - 1).to(self.device, vae.dtype)).latent_dist.mode().float()

    def guided(
        self, scheduler: Any, latents: Tensor, time: Any, prompt: Prompt, condition: Tensor | None, passage: Passage
    ) -> Tensor:
        """The U-Net's output: guided by the text, then by the picture. Raises `ModelError` without a picture."""
        if condition is None:
            raise ModelError("this model edits pictures, and the file has none")
        inputs = scheduler.scale_model_input(torch.cat([latents] * 3), time)
        pictures = torch.cat([condition, condition, torch.zeros_like(condition)])
        negative, positive = prompt.states.chunk(2)
        states = torch.cat([positive, negative, negative])
        text, picture, nothing = self.predict(torch.cat([inputs, pictures], 1), time, Prompt(states, {}), None).chunk(3)
        return nothing + passage.guidance * (text - picture) + passage.picture_guidance * (picture - nothing)


@contextmanager
def repeatable() -> Iterator[None]:
    """Make PyTorch keep Rule 2."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    is_enabled = torch.are_deterministic_algorithms_enabled()
    warns_only = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(is_enabled, warn_only=warns_only)
