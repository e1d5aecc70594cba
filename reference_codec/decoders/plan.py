"""The parameters for a stream: those of its profile, with what its generation component says in their place."""

from __future__ import annotations

from typing import Any, Final

from misc_format.components import Generation, Stream
from misc_format.errors import MiscError
from misc_format.registry import MODEL_NAMES
from reference_codec.decoders import benchmark
from reference_codec.decoders.parameters import PARAMETERS, USUAL_PROFILES, Parameters, Recipe, parameters

MAX_STEPS: Final = 1000  # the models are trained with as many time steps; more would repeat some


def plan(stream: Stream, decoder: str, *, as_released: bool = False, model: str | None = None) -> Parameters:
    """The parameters for a stream under a decoder. If the profile is another system's, they begin as the decoder's usual ones.

    `as_released`: do as the system's released code where that departs from its paper. `model`: what the user names as the model; a decoder
    of CMC-Bench may have parameters of its own. Raises `UnsupportedError` for generation parameters
    of a private-use method and for a sampler that this decoder does not know, `LimitError` for too many steps.
    """
    name = _profile(stream, decoder)
    chosen = parameters(name, Recipe.RELEASED if as_released else Recipe.PAPER)
    if row := benchmark.painter(decoder, model):
        chosen = chosen._replace(**row.changes)
    if stream.generation is None:
        return chosen
    if not isinstance(stream.generation, Generation):
        raise MiscError("MISC-CON-012", "the parameters are of a private-use method", path="generation")
    chosen = chosen._replace(**_overrides(stream.generation))
    steps, sampler = chosen.steps, chosen.sampler
    if not 1 <= steps <= MAX_STEPS:
        raise MiscError("MISC-RES-004", f"{steps:,} steps are not 1 to {MAX_STEPS:,}", path="generation/steps")
    if not isinstance(sampler, str):
        message = f"this decoder does not know sampler {sampler}"
        raise MiscError("MISC-GEN-002", message, path="generation/sampler")
    return chosen


def _profile(stream: Stream, decoder: str) -> str:
    """The profile whose parameters apply."""
    if stream.profile in PARAMETERS and PARAMETERS[stream.profile].decoder == decoder:
        return stream.profile
    if decoder == "cmc" and stream.image is None:
        return "cmc-text"
    return "cmc-image" if decoder == "cmc" and stream.text is None else USUAL_PROFILES[decoder]


def _overrides(generation: Generation) -> dict[str, Any]:
    """The parameters that a generation component sets. A digest as the model sets none: no model can be fetched by it."""
    names_model = isinstance(generation.model, int) or generation.model in MODEL_NAMES
    values: dict[str, Any] = {
        "model": generation.model if names_model else None,
        "seed": generation.seed,
        "sampler": generation.sampler,
        "steps": generation.steps,
        "strength": None if generation.strength is None else generation.strength / 100,
        "guidance": None if generation.guidance is None else generation.guidance / 10,
        "suffix": generation.prompt_suffix,
        "item_suffix": generation.prompt_suffix,
    }
    return {name: value for name, value in values.items() if value is not None}
