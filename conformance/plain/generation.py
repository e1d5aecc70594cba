"""Clause 13: generation."""

from __future__ import annotations

from typing import Any

from .accounting import Decoded
from .bits import BrokenRule, Payload, RuleWarning
from .limits import MAX_STRENGTH

MODELS = {
    1: "stable-diffusion-1.5",
    2: "stable-diffusion-2.1",
    3: "stable-diffusion-2.1-base",
    4: "stable-diffusion-xl-1.0",
    5: "diffbir-v1",
}
SAMPLERS = {1: "ddim", 2: "ddpm", 3: "ddpm-spaced", 4: "euler", 5: "euler-ancestral", 6: "dpm++-2m", 7: "unipc"}
PARAMETERS = ("model", "seed", "sampler", "steps", "strength", "guidance", "prompt_suffix")


def decode(payload: Payload) -> Decoded:
    """Method 0, plain: the parameters that are present."""
    start = payload.position
    present = [name for name in PARAMETERS if payload.u(1, f"generation/has_{name}")]
    payload.f(1, 0, "generation/reserved")
    if not present:
        raise BrokenRule("MISC-GEN-001", start, "generation")
    values = {name: _parameter(payload, name) for name in present}
    payload.padding("generation")
    return values, []


def _parameter(payload: Payload, name: str) -> Any:
    start, path = payload.position, f"generation/{name}"
    if name == "prompt_suffix":
        return payload.s(path)
    if name == "strength":
        strength = payload.u(8, path)
        if strength > MAX_STRENGTH:
            raise BrokenRule("MISC-GEN-003", start, path)
        return strength
    value = payload.v(path)
    if name == "model" and value == 0:
        return f"{payload.u(64, 'generation/model_digest'):016x}"
    if name not in ("model", "sampler"):
        return value
    registered = MODELS if name == "model" else SAMPLERS
    if value not in registered:
        payload.warnings.append(RuleWarning("MISC-GEN-002", start, path))
    return registered.get(value, value)
