"""With which parameters a generative decoder paints: the profile's row, and what the file's generation component says in its place."""

from __future__ import annotations

from typing import Any

from misc_format.components import Generation, Stream
from misc_format.errors import MiscError
from reference_codec.presets import AS_RELEASED, PAINTINGS, SOURCES, USUAL, Painting

MAX_STEPS = 1000  # what the models are trained with; more would repeat some


def plan(stream: Stream, decoder: str, *, as_released: bool = False) -> Painting:
    """The parameters for a stream under a decoder: its profile's, where the profile is that system's, else the decoder's usual ones.

    `as_released`: what the system's released code does where it departs from its paper. Raises `UnsupportedError` for generation
    parameters of a private-use method and for a sampler that this decoder does not know, `LimitError` for too many steps.
    """
    name = _profile(stream, decoder)
    row = PAINTINGS[name]._replace(**(AS_RELEASED.get(name, {}) if as_released else {}))
    if stream.generation is None:
        return row
    if not isinstance(stream.generation, Generation):
        raise MiscError("MISC-CON-012", "the parameters are of a private-use method", path="generation")
    row = row._replace(**_given(stream.generation))
    if not 1 <= row.steps <= MAX_STEPS:
        raise MiscError("MISC-RES-004", f"{row.steps:,} steps are not 1 to {MAX_STEPS:,}", path="generation/steps")
    if not isinstance(row.sampler, str):
        raise MiscError("MISC-GEN-002", f"this decoder does not know sampler {row.sampler}", path="generation/sampler")
    return row


def _profile(stream: Stream, decoder: str) -> str:
    if stream.profile in PAINTINGS and PAINTINGS[stream.profile].decoder == decoder:
        return stream.profile
    if decoder == "cmc" and stream.image is None:
        return "cmc-text"
    return "cmc-image" if decoder == "cmc" and stream.text is None else USUAL[decoder]


def _given(generation: Generation) -> dict[str, Any]:
    named = type(generation.model) is int or generation.model in SOURCES  # a digest names nothing that could be fetched
    given: dict[str, Any] = {
        "model": generation.model if named else None,
        "seed": generation.seed,
        "sampler": generation.sampler,
        "steps": generation.steps,
        "strength": None if generation.strength is None else generation.strength / 100,
        "guidance": None if generation.guidance is None else generation.guidance / 10,
        "suffix": generation.prompt_suffix,
        "item_suffix": generation.prompt_suffix,
    }
    return {name: value for name, value in given.items() if value is not None}
