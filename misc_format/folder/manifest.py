"""manifest.json: its keys as a table, and its generation section to and from values (clause 14.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any, NamedTuple

from misc_format.components import Generation
from misc_format.errors import MiscError
from misc_format.limits import MAX_QUALITY, MAX_SIDE, MAX_VARINT


class Key(NamedTuple):
    """A key of a JSON object: what a value must be, in words and as a check."""

    name: str
    form: str
    meaning: str
    check: Callable[[Any], bool]


def _number(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _steps(unit: int, high: float) -> Callable[[Any], bool]:
    """A number from 0 to `high` that is a whole number of 1 / unit."""

    def holds(value: Any) -> bool:
        if type(value) not in (int, float) or not 0 <= value <= high:
            return False
        scaled = Decimal(str(value)) * unit
        return scaled == scaled.to_integral_value()

    return holds


def _is(kind: type) -> Callable[[Any], bool]:
    return lambda value: type(value) is kind


def _names(value: Any) -> bool:
    return type(value) is dict and all(type(name) is str for name in value.values())


def _name_or_number(least: int) -> Callable[[Any], bool]:
    number = _number(least, MAX_VARINT)
    return lambda value: type(value) is str or number(value)


MANIFEST = (
    Key("width", "1 to 65,535, required", "width of the original picture", _number(1, MAX_SIDE)),
    Key("height", "1 to 65,535, required", "height of the original picture", _number(1, MAX_SIDE)),
    Key("profile", "name", "registered name of the profile; free if left out", _is(str)),
    Key(
        "methods",
        "object",
        "name of the method for each of text, maps, generation, image; one left out is chosen, smallest first",
        _names,
    ),
    Key("grid", "object", "how image.png is meant, see below", _is(dict)),
    Key("compressai", "object", "which model wrote the strings of image.npz, see below", _is(dict)),
    Key("codestream", "object", "how a conventional codestream is meant, see below", _is(dict)),
    Key("generation", "object", "parameters of the generative decoder, see below", _is(dict)),
    Key("checksum", "true or false", "whether the file carries a checksum", _is(bool)),
)
GRID = (
    Key("depth", "1 to 8", "bits a sample; the least that gives the picture's samples if left out", _number(1, 8)),
    Key(
        "block",
        "0 to 65,535",
        "pixels of the original on a side of a cell; 0 or left out: stretched over the picture",
        _number(0, MAX_SIDE),
    ),
)
COMPRESSAI = (
    Key("architecture", "name, required", "registered name of the architecture", _is(str)),
    Key("quality", "1 to 8, required", "the library's level", _number(1, MAX_QUALITY)),
    Key("metric", "name", "mse if left out, or ms-ssim", _is(str)),
    Key(
        "digest",
        "16 hexadecimal digits",
        "first 8 bytes of the SHA-256 of the file of weights; the library's pretrained weights if left out",
        lambda value: type(value) is str and re.fullmatch("[0-9a-fA-F]{16}", value) is not None,
    ),
)
CODESTREAM = (
    Key("reduction", "1 to 3", "the picture was encoded at 1 / reduction of its sides; 1 if left out", _number(1, 3)),
)
GENERATION = (
    Key(
        "model",
        "name, number or 16 hexadecimal digits",
        "registered model, or digest of its weights",
        _name_or_number(1),
    ),
    Key("seed", "0 to 4,294,967,295", "seed of the random generator", _number(0, MAX_VARINT)),
    Key("sampler", "name or number", "registered sampler", _name_or_number(0)),
    Key("steps", "0 to 4,294,967,295", "denoising steps", _number(0, MAX_VARINT)),
    Key("strength", "0 to 1, two decimals", "denoising strength", _steps(100, 1)),
    Key("guidance", "0 to 429,496,729.5, one decimal", "guidance scale", _steps(10, MAX_VARINT / 10)),
    Key("prompt_suffix", "text", "text put behind every prompt", _is(str)),
)
SCALES = {"strength": 100, "guidance": 10}


def check_keys(values: Any, keys: tuple[Key, ...], path: str) -> None:
    """Raise `MiscError` unless `values` is an object with only these keys and fitting values."""
    if type(values) is not dict:
        raise MiscError("MISC-PCK-002", "it is not a JSON object", path=path)
    known = {key.name: key for key in keys}
    for name, value in values.items():
        if name not in known:
            raise MiscError("MISC-PCK-002", f"the key {name!r} is not one of {', '.join(known)}", path=path)
        if not known[name].check(value):
            raise MiscError(
                "MISC-PCK-002", f"{value!r} is not a value for {name} ({known[name].form})", path=f"{path}/{name}"
            )


def read_generation(values: Any, path: str = "manifest.json/generation") -> Generation:
    """Generation parameters from their JSON form; raises `MiscError`."""
    check_keys(values, GENERATION, path)
    scaled = {name: int(Decimal(str(values[name])) * unit) for name, unit in SCALES.items() if name in values}
    return Generation(**{**values, **scaled})


def write_generation(generation: Generation) -> Mapping[str, Any]:
    """The JSON form: strength and guidance as plain numbers."""
    values = {name: value for name, value in asdict(generation).items() if value is not None}
    return {name: value / SCALES[name] if name in SCALES else value for name, value in values.items()}
