"""The generation component as plain fields (clause 13): flags of the parameters that are present, then their values."""

from __future__ import annotations

import re
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from misc_format import limits
from misc_format.coders import Coder, ContentForm
from misc_format.coders.folderform import (
    MANIFEST,
    Files,
    FolderForm,
    Key,
    check_keys,
    multiple_of,
    name_or_number,
    number_in,
    of_type,
)
from misc_format.components import Generation, Size
from misc_format.errors import MiscError
from misc_format.registry import MODELS, SAMPLERS, Entry
from misc_format.structure.bits import BitReader, BitWriter, Share
from misc_format.structure.grammar import Field, Syntax, build, parse

DIGEST_DIGITS = 16
NAMES = ("model", "seed", "sampler", "steps", "strength", "guidance", "prompt_suffix")

GENERATION = Syntax(
    "generation",
    "13",
    "Generation",
    (
        *(Field(f"has_{name}", "u", 1, f"1: {name} is present") for name in NAMES),
        Field("reserved", "f", 1, "0", recover=True),
        Field(
            "model",
            "v",
            0,
            "registered number of the generative model; 0: named by model_digest",
            when=("has_model", (1,)),
        ),
        Field("model_digest", "u", 64, "first 8 bytes of the SHA-256 of the model's weights", when=("model", (0,))),
        Field("seed", "v", 0, "seed of the random generator", when=("has_seed", (1,))),
        Field("sampler", "v", 0, "registered number of the sampler", when=("has_sampler", (1,))),
        Field("steps", "v", 0, "denoising steps", when=("has_steps", (1,))),
        Field(
            "strength",
            "u",
            8,
            "denoising strength in hundredths, at most 100",
            allowed=range(limits.MAX_STRENGTH + 1),
            when=("has_strength", (1,)),
            rule="MISC-GEN-003",
            recover=True,
        ),
        Field("guidance", "v", 0, "guidance scale in tenths", when=("has_guidance", (1,))),
        Field("prompt_suffix", "s", 0, "text put behind every prompt", when=("has_prompt_suffix", (1,))),
    ),
)


def encode(content: Generation, picture: Size) -> bytes:
    present = {name: getattr(content, name) for name in NAMES if getattr(content, name) is not None}
    if not present:
        raise MiscError("MISC-GEN-001", "no parameter is given", path="generation")
    values = {f"has_{name}": int(name in present) for name in NAMES} | present
    if "model" in present:
        values |= _model_fields(present["model"])
    if "sampler" in present:
        values["sampler"] = _number(present["sampler"], SAMPLERS, "sampler")
    writer = BitWriter()
    build(GENERATION, writer, values, prefix="generation/")
    return writer.to_bytes()


def decode(reader: BitReader, picture: Size) -> Generation:
    start = reader.position
    values = parse(GENERATION, reader, prefix="generation/")
    parameters = {name: values[name] for name in NAMES if name in values}
    if not parameters:
        reader.flaw("MISC-GEN-001", "no parameter is present", bit_offset=start)
    if "model" in parameters:
        parameters["model"] = (
            _name(parameters["model"], MODELS) if parameters["model"] else f"{values['model_digest']:0{DIGEST_DIGITS}x}"
        )
    if "sampler" in parameters:
        parameters["sampler"] = _name(parameters["sampler"], SAMPLERS)
    reader.finish()
    return Generation(**parameters)


def split_bits(content: Generation, picture: Size) -> list[Share]:
    return []  # every bit is a declared field


def _model_fields(model: str | int) -> dict[str, int]:
    names = {row.name for row in MODELS}
    if isinstance(model, str) and model not in names and re.fullmatch(f"[0-9a-fA-F]{{{DIGEST_DIGITS}}}", model):
        return {"model": 0, "model_digest": int(model, 16)}
    return {"model": _number(model, MODELS, "model")}


def _number(value: str | int, table: tuple[Entry, ...], field: str) -> int:
    if isinstance(value, int) and (value > 0 or field == "sampler"):  # model 0 says that a digest follows
        return value
    for row in table:
        if row.name == value:
            return row.id
    raise MiscError("MISC-GEN-002", f"{field} {value!r} is not registered", path=f"generation/{field}")


def _name(number: int, table: tuple[Entry, ...]) -> str | int:
    return next((row.name for row in table if row.id == number), number)


KEYS = (
    Key(
        "model",
        "name, number or 16 hexadecimal digits",
        "registered model, or digest of its weights",
        name_or_number(1),
    ),
    Key("seed", "0 to 4,294,967,295", "seed of the random generator", number_in(0, limits.MAX_VARINT)),
    Key("sampler", "name or number", "registered sampler", name_or_number(0)),
    Key("steps", "0 to 4,294,967,295", "denoising steps", number_in(0, limits.MAX_VARINT)),
    Key("strength", "0 to 1, two decimals", "denoising strength", multiple_of(100, 1)),
    Key("guidance", "0 to 429,496,729.5, one decimal", "guidance scale", multiple_of(10, limits.MAX_VARINT / 10)),
    Key("prompt_suffix", "text", "text put behind every prompt", of_type(str)),
)
SECTION = "generation"
SCALES = {"strength": 100, "guidance": 10}  # hundredths and tenths


def from_json(values: Any, path: str = f"{MANIFEST}/{SECTION}") -> Generation:
    """Generation parameters from their JSON form. Raises `MiscError`."""
    check_keys(values, KEYS, path)
    scaled = {name: int(Decimal(str(values[name])) * unit) for name, unit in SCALES.items() if name in values}
    return Generation(**{**values, **scaled})


def _to_json(content: Generation) -> dict[str, Any]:
    """The JSON form: strength and guidance as plain numbers."""
    return {name: value / SCALES[name] if name in SCALES else value for name, value in _symbols(content).items()}


def _symbols(content: Generation) -> dict[str, Any]:
    return {name: value for name, value in asdict(content).items() if value is not None}


FORM = ContentForm(
    Generation,
    FolderForm(
        lambda files: from_json(files.options),
        lambda content: Files({}, _to_json(content)),
        section=SECTION,
        section_meaning="parameters of the generative decoder, see below",
        keys=KEYS,
    ),
    _symbols,
)
CODER = Coder(FORM, encode, decode, split_bits, {"generation/": GENERATION}, rule_families=("GEN",))
