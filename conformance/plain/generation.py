"""Clause 9: generation."""

from __future__ import annotations

from typing import Any

from conformance.plain.bits import Bits, Broken

MODELS = {
    1: "stable-diffusion-1.5",
    2: "stable-diffusion-2.1",
    3: "stable-diffusion-2.1-base",
    4: "stable-diffusion-xl-1.0",
    5: "diffbir-v1",
}
SAMPLERS = {1: "ddim", 2: "ddpm", 3: "ddpm-spaced", 4: "euler", 5: "euler-ancestral", 6: "dpm++-2m", 7: "unipc"}
NAMES = ("model", "seed", "sampler", "steps", "strength", "guidance", "prompt_suffix")
Warned = tuple[str, int, str]


def decode(bits: Bits) -> tuple[dict[str, Any], list[Warned]]:
    """The parameters of a payload, and the warnings that they deserve."""
    start = bits.place
    present = [name for name in NAMES if bits.u(1, f"generation/has_{name}")]
    bits.f(1, 0, "generation/reserved")
    if not present:
        raise Broken("MISC-GEN-001", start, "generation")
    found: dict[str, Any] = {}
    warnings: list[Warned] = []
    for name in present:
        place, path = bits.place, f"generation/{name}"
        if name == "prompt_suffix":
            found[name] = bits.s(path)
        elif name == "strength":
            found[name] = bits.u(8, path)
            if found[name] > 100:
                raise Broken("MISC-GEN-003", place, path)
        else:
            found[name] = bits.v(path)
        if name == "model" and found[name] == 0:
            found[name] = f"{bits.u(64, 'generation/model_digest'):016x}"
        elif name in ("model", "sampler"):
            number, names = found[name], MODELS if name == "model" else SAMPLERS
            found[name] = names.get(number, number)
            if number not in names:
                warnings.append(("MISC-GEN-002", place, path))
    bits.padding("generation")
    return found, warnings
