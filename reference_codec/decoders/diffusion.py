"""Stable Diffusion of any family, with or without a ControlNet: loading, samplers by their registered names, and the sampling loop.

Rule 1.  All randomness comes from one generator on the CPU, seeded by the plan: the same noise on every device.
Rule 2.  On one machine the same stream gives the same picture; operations that cannot promise it are named by PyTorch in a warning.
Rule 3.  Of a model's scheduler only what belongs to its training is used (`TRAINED`); the rest is the sampler's row.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from reference_codec.decoders.latentcontrol import load_latent_control, takes_latents
from reference_codec.models import sources as models
from reference_codec.models.sources import Dtype, ModelError, Offload, Runtime, Weights

TRAINED = (
    "num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "trained_betas", "prediction_type",
    "rescale_betas_zero_snr",
)  # fmt: skip
_LEADING = {"timestep_spacing": "leading", "steps_offset": 1}
SAMPLERS: dict[str, tuple[str, dict[str, Any]]] = {
    "ddim": ("DDIMScheduler", {**_LEADING, "clip_sample": False, "set_alpha_to_one": False}),
    "ddpm": ("DDPMScheduler", {**_LEADING, "clip_sample": False}),
    "ddpm-spaced": ("DDPMScheduler", {"timestep_spacing": "linspace", "clip_sample": False}),
    "euler": ("EulerDiscreteScheduler", _LEADING),
    "euler-ancestral": ("EulerAncestralDiscreteScheduler", _LEADING),
    "dpm++-2m": ("DPMSolverMultistepScheduler", {"timestep_spacing": "linspace", "algorithm_type": "dpmsolver++"}),
    "unipc": ("UniPCMultistepScheduler", {"timestep_spacing": "linspace"}),
}
PIPELINES = ("StableDiffusionPipeline", "StableDiffusionXLPipeline")
UNUSED = ("safety_checker", "feature_extractor", "image_encoder")
HOOK = Callable[[Tensor, Any, int], Tensor]


class Prompt(NamedTuple):
    """Embedded text for classifier-free guidance: `states` (2, K, C), the negative prompt first; `added`: what SDXL takes beside it."""

    states: Tensor
    added: dict[str, Tensor]

    @property
    def positive(self) -> Prompt:
        """The prompt alone, for a pass without guidance."""
        return Prompt(self.states[1:], {name: value[1:] for name, value in self.added.items()})


class Passage(NamedTuple):
    """One run of the sampler."""

    steps: int
    guidance: float
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Origin:
    """Which weights a picture is painted with; a ControlNet's count, too."""

    model: Weights
    control: Weights | None = None

    @property
    def digest(self) -> str:
        """The model's digest, or, with a ControlNet, that of the two lines "DIGEST  model" and "DIGEST  controlnet"."""
        import hashlib

        if self.control is None:
            return self.model.digest
        lines = f"{self.model.digest}  model\n{self.control.digest}  controlnet\n"
        return hashlib.sha256(lines.encode()).hexdigest()

    def __str__(self) -> str:
        if self.control is None:
            return str(self.model)
        return f"{self.model} with {self.control} (together {self.digest[: models.DIGEST_DIGITS]})"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        control = {"controlnet": self.control.as_dict()} if self.control else {}
        return {"digest": self.digest, "model": self.model.as_dict(), **control}


def find(model: str, control: str | None = None) -> Origin:
    """The files of a model and its ControlNet, downloaded if need be. A control may be OWNER/NAME[@REVISION]/FILE, too."""
    return Origin(models.find(model, without=UNUSED), _find_control(control) if control else None)


def _find_control(source: str) -> Weights:
    parts = source.split("/")
    if len(parts) == 3 and not Path(source).expanduser().exists():
        return models.find("/".join(parts[:2]), only=(parts[2],))
    return models.find(source)


@dataclass
class Diffusion:
    """A loaded model. Pictures are float (1, 3, H, W), 0 to 1; latents (1, C, H / `factor`, W / `factor`)."""

    pipeline: Any
    control: Any
    runtime: Runtime
    notes: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, origin: Origin, runtime: Runtime) -> Diffusion:
        """The model, on its device. Raises `ModelError` for anything but Stable Diffusion, and for files that do not fit together."""
        with _quiet():
            pipeline = _load_pipeline(origin.model, runtime)
            control = _load_control(origin.control, pipeline.unet, runtime) if origin.control else None
        if runtime.offload is not Offload.NONE:
            pipeline.vae.enable_tiling()
            pipeline.unet.enable_gradient_checkpointing()
        pipeline.set_progress_bar_config(disable=True)
        return cls(runtime.place(pipeline), control, runtime)

    @property
    def device(self) -> Any:
        """Where the model computes, also while it waits elsewhere."""
        return self.pipeline._execution_device

    @property
    def dtype(self) -> Any:
        """The type of numbers of the U-Net."""
        return self.pipeline.unet.dtype

    @property
    def factor(self) -> int:
        """Pixels of the picture on a side of a latent."""
        return int(self.pipeline.vae_scale_factor)

    @property
    def unit(self) -> int:
        """What the sides of a picture are multiples of: latents are halved between the blocks of the U-Net."""
        return self.factor * 2 ** (len(self.pipeline.unet.config.block_out_channels) - 1)

    @torch.no_grad()
    def encode(self, pixels: Tensor) -> Tensor:
        """The latents of a picture: the mode of their distribution, nothing drawn."""
        vae = self.pipeline.vae
        distribution = vae.encode((2 * pixels - 1).to(self.device, vae.dtype)).latent_dist
        return (distribution.mode() * vae.config.scaling_factor).to(self.dtype)

    @torch.no_grad()
    def decode(self, latents: Tensor) -> Tensor:
        """The picture of latents, float32 on the CPU."""
        vae = self.pipeline.vae
        pixels = vae.decode((latents / vae.config.scaling_factor).to(vae.dtype)).sample
        return (pixels.float() / 2 + 0.5).clamp(0, 1).cpu()

    @torch.no_grad()
    def prompt(self, text: str, negative: str, size: tuple[int, int]) -> Prompt:
        """Embedded text, for a picture of (width, height)."""
        self._note_length(text)
        with _quiet():  # it would say at length what `_note_length` notes
            found = self.pipeline.encode_prompt(
                prompt=text,
                device=self.device,
                num_images_per_prompt=1,
                do_classifier_free_guidance=True,
                negative_prompt=negative,
            )
        states = torch.cat([found[1], found[0]])
        if len(found) == 2:
            return Prompt(states, {})
        width, height = size
        times = torch.tensor([[height, width, 0, 0, height, width]] * 2, dtype=self.dtype, device=self.device)
        return Prompt(states, {"text_embeds": torch.cat([found[3], found[2]]), "time_ids": times})

    def condition(self, pixels: Tensor) -> Tensor:
        """What the ControlNet sees of a picture: its latents, or itself."""
        seen = self.encode(pixels) if takes_latents(self.control) else pixels
        return seen.to(self.device, self.dtype)

    def scheduler(self, sampler: str, steps: int) -> Any:
        """A fresh sampler with its time steps set."""
        import diffusers

        if sampler not in SAMPLERS:
            raise ModelError(f"sampler {sampler!r} is not one of {', '.join(SAMPLERS)}")
        name, options = SAMPLERS[sampler]
        config = self.pipeline.scheduler.config
        kind = getattr(diffusers, name)
        known = inspect.signature(kind.__init__).parameters
        trained = {key: config[key] for key in TRAINED if key in config and key in known}
        scheduler = kind(**trained, **options)
        scheduler.set_timesteps(steps, device=self.device)
        return scheduler

    def predict(self, inputs: Tensor, time: Any, prompt: Prompt, condition: Tensor | None) -> Tensor:
        """The U-Net's output for scaled latents; one condition serves the whole batch."""
        extra: dict[str, Any] = {"added_cond_kwargs": prompt.added} if prompt.added else {}
        if condition is not None:
            down, middle = self.control(
                inputs,
                time,
                encoder_hidden_states=prompt.states,
                controlnet_cond=condition.expand(len(inputs), -1, -1, -1),
                return_dict=False,
                **extra,
            )
            extra |= {"down_block_additional_residuals": down, "mid_block_additional_residual": middle}
        return self.pipeline.unet(inputs, time, encoder_hidden_states=prompt.states, return_dict=False, **extra)[0]

    def sample(
        self,
        scheduler: Any,
        passage: Passage,
        prompt: Prompt,
        start: Tensor,
        generator: torch.Generator,
        *,
        condition: Tensor | None = None,
        before: HOOK | None = None,
        after: HOOK | None = None,
        label: str = "",
    ) -> Tensor:
        """Latents by `passage.steps` steps of the sampler, of which the last `passage.strength` are taken.

        `start`: latents that are the beginning below strength 1, and say only the shape at 1. `before` (latents, time step, index)
        gives the latents that a step begins with, `after` (latents, next time step or None, index) those that it ends with.
        """
        from tqdm import tqdm

        skipped = passage.steps - min(int(passage.steps * passage.strength), passage.steps)
        times = scheduler.timesteps[skipped:]
        if len(times) == 0:
            return start
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(skipped)
        latents = self._beginning(scheduler, start, times, passage.strength, generator)
        extra = {"generator": generator} if "generator" in inspect.signature(scheduler.step).parameters else {}
        for index, time in enumerate(tqdm(times, desc=label, leave=False, disable=None)):
            if before:
                latents = before(latents, time, index)
            with torch.no_grad():
                inputs = scheduler.scale_model_input(torch.cat([latents] * 2), time)
                negative, positive = self.predict(inputs, time, prompt, condition).chunk(2)
                noise = negative + passage.guidance * (positive - negative)
                latents = scheduler.step(noise, time, latents, return_dict=False, **extra)[0]
            if after:
                latents = after(latents, times[index + 1] if index + 1 < len(times) else None, index)
        return latents

    def noise(self, like: Tensor, generator: torch.Generator) -> Tensor:
        """Rule 1."""
        return torch.randn(like.shape, generator=generator).to(like)

    def release(self) -> None:
        """Send what waits in main memory back there."""
        self.pipeline.maybe_free_model_hooks()

    def _beginning(
        self, scheduler: Any, start: Tensor, times: Tensor, strength: float, generator: torch.Generator
    ) -> Tensor:
        noise = self.noise(start, generator)
        if strength >= 1:
            return noise * scheduler.init_noise_sigma
        return scheduler.add_noise(start, noise, times[:1])

    def _note_length(self, text: str) -> None:
        tokenizer = self.pipeline.tokenizer
        count = len(tokenizer(text, verbose=False).input_ids)
        if count > tokenizer.model_max_length:
            self.notes.append(
                f"A prompt has {count} tokens, of which the model reads {tokenizer.model_max_length}: {text!r}"
            )


@contextmanager
def repeatable() -> Iterator[None]:
    """Rule 2."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the libraries' warnings; errors come as exceptions."""
    from diffusers.utils import logging
    from transformers.utils import logging as others

    before = [(library, library.get_verbosity()) for library in (logging, others)]
    for library, _ in before:
        library.set_verbosity_error()
    try:
        yield
    finally:
        for library, level in before:
            library.set_verbosity(level)


def _load_pipeline(weights: Weights, runtime: Runtime) -> Any:
    """A pipeline in main memory, every network of it loaded and checked by `models.load`."""
    import diffusers
    import transformers

    with models.loading(weights.source):
        index = diffusers.DiffusionPipeline.load_config(str(weights.folder), local_files_only=True)
    name = index.get("_class_name")
    if name not in PIPELINES:
        raise ModelError(f"{weights.source}: it is a {name}; a {' or '.join(PIPELINES)} is needed")
    waiting = replace(
        runtime, device="cpu", dtype=Dtype(str(runtime.torch_dtype()).removeprefix("torch.")), offload=Offload.NONE
    )
    libraries = {"diffusers": diffusers, "transformers": transformers}
    parts: dict[str, Any] = dict.fromkeys(UNUSED[: 2 if name == PIPELINES[0] else 0])
    for part, (library, kind) in ((key, row) for key, row in index.items() if isinstance(row, list)):
        if part in ("unet", "vae") or part.startswith("text_encoder"):
            parts[part] = models.load(getattr(libraries[library], kind), weights, waiting, subfolder=part)
    if parts["vae"].config.get("force_upcast") and parts["vae"].dtype == torch.float16:
        parts["vae"].to(torch.float32)
    with models.loading(weights.source):
        return getattr(diffusers, name).from_pretrained(weights.folder, local_files_only=True, **parts)


def _load_control(weights: Weights, unet: Any, runtime: Runtime) -> Any:
    """A ControlNet on the device: as diffusers saves it, or one file as DiffBIR's."""
    file = weights.folder / weights.files[0] if weights.files else weights.folder
    if not file.name.startswith("diffusion_pytorch_model"):
        return load_latent_control(file, unet).to(runtime.torch_device(), runtime.torch_dtype())
    from diffusers import ControlNetModel

    control = models.load(ControlNetModel, weights, replace(runtime, offload=Offload.NONE))
    wide, given = unet.config.cross_attention_dim, control.config.cross_attention_dim
    if wide != given or control.config.block_out_channels[0] != unet.config.block_out_channels[0]:
        raise ModelError(
            f"{weights.source}: it is a ControlNet for another family (text of {given} channels, not {wide})"
        )
    return control
