"""Clause 13: generation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .accounting import Decoded
from .bits import BrokenRule, Payload, RuleWarning, check_canonical, varint
from .limits import MAX_STRENGTH

MODELS = {
    1: "stable-diffusion-1.5",
    2: "stable-diffusion-2.1",
    3: "stable-diffusion-2.1-base",
    4: "stable-diffusion-xl-1.0",
    5: "diffbir-v1",
    6: "flux.1-dev",
    7: "diffbir-v2",
    8: "realvisxl-4.0",
    16: "perco-sd",
    17: "glc",
    18: "dlf",
    19: "oscar",
    20: "ddcm",
    21: "turbo-ddcm",
    22: "diffc",
    23: "control-gic",
    24: "diffeic",
    25: "stablecodec",
    26: "resulic",
    27: "taco",
    28: "mlic++",
    29: "tcm",
    30: "lalic",
    31: "ms-illm",
    32: "hific",
    33: "egic",
    34: "crdr",
    35: "cdc",
    36: "dcvc-intra",
    37: "pics",
    38: "cfte",
}
SAMPLERS = {1: "ddim", 2: "ddpm", 3: "ddpm-spaced", 4: "euler", 5: "euler-ancestral", 6: "dpm++-2m", 7: "unipc"}
REGISTERED = {"model": MODELS, "sampler": SAMPLERS}
PARAMETERS = ("model", "seed", "sampler", "steps", "strength", "guidance", "prompt_suffix")
MORE_PARAMETERS = ("level", "settings", "seed_high")


def decode(payload: Payload) -> Decoded:
    """Method 0, plain: the parameters that are present."""
    start = payload.position
    present = [name for name in PARAMETERS if payload.u(1, f"generation/has_{name}")]
    if payload.u(1, "generation/has_more"):
        present += [name for name in MORE_PARAMETERS if payload.u(1, f"generation/has_{name}")]
        payload.f(5, 0, "generation/reserved")
    if not present:
        raise BrokenRule("MISC-GEN-001", start, "generation")
    values = {name: _parameter(payload, name) for name in present}
    payload.padding("generation")
    if "seed_high" in values:
        values["seed"] = values.get("seed", 0) + (values.pop("seed_high") << 32)
    check_canonical(payload.data[start // 8 : payload.end // 8], encoded(values), start, "generation")
    return {name: _shown(name, value) for name, value in values.items()}, []


def _parameter(payload: Payload, name: str) -> Any:
    """The value of a parameter. That of a model is a number, or the bytes of a digest."""
    start, path = payload.position, f"generation/{name}"
    if name == "prompt_suffix":
        return payload.s(path)
    if name == "settings":
        return payload.u(64, path).to_bytes(8, "big")
    if name == "strength":
        strength = payload.u(8, path)
        if strength > MAX_STRENGTH:
            raise BrokenRule("MISC-GEN-003", start, path)
        return strength
    value = payload.v(path)
    if name == "model" and value == 0:
        return payload.u(64, "generation/model_digest").to_bytes(8, "big")
    if value not in REGISTERED.get(name, {value}):
        payload.warnings.append(RuleWarning("MISC-GEN-002", start, path))
    return value


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return REGISTERED[name].get(value, value) if name in REGISTERED else value


def encoded(values: Mapping[str, Any]) -> bytes:
    """Clause 4.6: the payload of these parameters."""
    fields = dict(values)
    if fields.get("seed", 0) >= 2**32:
        fields["seed_high"], fields["seed"] = divmod(fields["seed"], 2**32)
    names = [*PARAMETERS, "more", *MORE_PARAMETERS]
    more = any(name in fields for name in MORE_PARAMETERS)
    flags = [more if name == "more" else name in fields for name in names]
    octets = [int("".join(str(int(flag)) for flag in flags).ljust(16, "0"), 2).to_bytes(2, "big")[: 1 + more]]
    octets += [_encoded_parameter(name, fields[name]) for name in names if name in fields]
    return b"".join(octets)


def _encoded_parameter(name: str, value: Any) -> bytes:
    if isinstance(value, str):
        return varint(len(value.encode("utf-8"))) + value.encode("utf-8")
    if isinstance(value, bytes):
        return (b"\0" if name == "model" else b"") + value
    return bytes((value,)) if name == "strength" else varint(value)
