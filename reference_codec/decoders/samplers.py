"""The registered samplers as schedulers of diffusers.

Of a model's own scheduler, only the settings of its training are kept (`TRAINED`). Everything else is the sampler's. `OWN` stands for the
model's own scheduler with all its settings.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Final

from reference_codec.decoders.parameters import OWN
from reference_codec.errors import ModelError

TRAINED: Final = (
    "num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "trained_betas", "prediction_type",
    "rescale_betas_zero_snr",
)  # fmt: skip
_LEADING: Final = {"timestep_spacing": "leading", "steps_offset": 1}
#: The class and its settings for each registered name.
SAMPLERS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "ddim": ("DDIMScheduler", {**_LEADING, "clip_sample": False, "set_alpha_to_one": False}),
    "ddpm": ("DDPMScheduler", {**_LEADING, "clip_sample": False}),
    "ddpm-spaced": ("DDPMScheduler", {"timestep_spacing": "linspace", "clip_sample": False}),
    "euler": ("EulerDiscreteScheduler", _LEADING),
    "euler-ancestral": ("EulerAncestralDiscreteScheduler", _LEADING),
    "dpm++-2m": ("DPMSolverMultistepScheduler", {"timestep_spacing": "linspace", "algorithm_type": "dpmsolver++"}),
    "unipc": ("UniPCMultistepScheduler", {"timestep_spacing": "linspace"}),
}


def scheduler(sampler: str, steps: int, own: Any, device: Any) -> Any:
    """A new scheduler with its time steps set. `own`: the model's scheduler. Raises `ModelError` for an unknown sampler."""
    made = type(own).from_config(own.config) if sampler == OWN else _registered(sampler, own.config)
    made.set_timesteps(steps, device=device)
    return made


def _registered(sampler: str, config: Mapping[str, Any]) -> Any:
    import diffusers

    if sampler not in SAMPLERS:
        raise ModelError(f"sampler {sampler!r} is not one of {', '.join(SAMPLERS)}")
    name, settings = SAMPLERS[sampler]
    kind = getattr(diffusers, name)
    accepted = inspect.signature(kind.__init__).parameters
    trained = {key: config[key] for key in TRAINED if key in config and key in accepted}
    return kind(**trained, **settings)
