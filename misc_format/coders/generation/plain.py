"""The generation component as plain fields (clause 13): flags of the parameters that are present, then their values."""

from __future__ import annotations

import re
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from misc_format import limits
from misc_format.coders import Coder, ContentForm, Outside
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
from misc_format.registry import MODEL_NAMES, MODELS, SAMPLERS, Entry
from misc_format.structure.bits import BitReader, BitWriter, Share
from misc_format.structure.grammar import Field, Syntax, build, parse
from misc_format.structure.steps import FINISH, check, fields

DIGEST_DIGITS = 16
DIGEST = f"[0-9a-fA-F]{{{DIGEST_DIGITS}}}"
SEED_UNIT = 1 << 32
NAMES = ("model", "seed", "sampler", "steps", "strength", "guidance", "prompt_suffix")
MORE_NAMES = ("level", "settings", "seed_high")

GENERATION = Syntax(
    "generation",
    "13",
    "Generation",
    (
        *(Field(f"has_{name}", "u", 1, f"1: {name} is present") for name in NAMES),
        Field("has_more", "u", 1, "1: flags of more parameters follow"),
        *(Field(f"has_{name}", "u", 1, f"1: {name} is present", when=("has_more", (1,))) for name in MORE_NAMES),
        Field("reserved", "f", 5, "0", recover=True, when=("has_more", (1,))),
        Field(
            "model",
            "v",
            0,
            "registered number of the generative model; 0: named by model_digest",
            when=("has_model", (1,)),
            table="models",
        ),
        Field("model_digest", "u", 64, "first 8 bytes of the SHA-256 of the model's weights", when=("model", (0,))),
        Field("seed", "v", 0, "seed of the random generator", when=("has_seed", (1,))),
        Field("sampler", "v", 0, "registered number of the sampler", when=("has_sampler", (1,)), table="samplers"),
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
        Field("level", "v", 0, "rate point of the codec, such as its quality level or qp", when=("has_level", (1,))),
        Field(
            "settings",
            "u",
            64,
            "first 8 bytes of the SHA-256 of a file of settings that the decoder needs",
            when=("has_settings", (1,)),
        ),
        Field("seed_high", "v", 0, "seed div 2^32", when=("has_seed_high", (1,))),
    ),
)


def encode(content: Generation, picture: Size) -> bytes:
    values = {name: value for name, value in asdict(content).items() if value is not None}
    if not values:
        raise MiscError("MISC-GEN-001", "no parameter is given", path="generation")
    if "model" in values:
        values |= _model_fields(values["model"])
    if "sampler" in values:
        values["sampler"] = _number(values["sampler"], SAMPLERS, "sampler")
    if "settings" in values:
        values["settings"] = _digest(values["settings"])
    if values.get("seed", 0) > limits.MAX_VARINT:
        values["seed_high"], values["seed"] = divmod(values["seed"], SEED_UNIT)
    present = {f"has_{name}": int(name in values) for name in (*NAMES, *MORE_NAMES)}
    more = int(any(present[f"has_{name}"] for name in MORE_NAMES))
    writer = BitWriter()
    build(GENERATION, writer, values | present | {"has_more": more}, prefix="generation/")
    return writer.to_bytes()


def decode(reader: BitReader, picture: Size) -> Generation:
    start = reader.position
    values = parse(GENERATION, reader, prefix="generation/")
    parameters = {name: values[name] for name in (*NAMES, *MORE_NAMES) if name in values}
    if not parameters:
        reader.flaw("MISC-GEN-001", "no parameter is present", bit_offset=start)
    if "model" in parameters:
        parameters["model"] = (
            _name(parameters["model"], MODELS) if parameters["model"] else _digits(values["model_digest"])
        )
    if "sampler" in parameters:
        parameters["sampler"] = _name(parameters["sampler"], SAMPLERS)
    if "settings" in parameters:
        parameters["settings"] = _digits(parameters["settings"])
    if "seed_high" in parameters:
        parameters["seed"] = parameters.get("seed", 0) + SEED_UNIT * parameters.pop("seed_high")
    reader.finish()
    return Generation(**parameters)


def split_bits(content: Generation, picture: Size) -> list[Share]:
    return []  # every bit is a declared field


def _model_fields(model: str | int) -> dict[str, int]:
    if isinstance(model, str) and model not in MODEL_NAMES and re.fullmatch(DIGEST, model):
        return {"model": 0, "model_digest": int(model, 16)}
    return {"model": _number(model, MODELS, "model")}


def _digest(value: str) -> int:
    if not re.fullmatch(DIGEST, value):
        raise MiscError(
            "MISC-GEN-004", f"{value!r} is not {DIGEST_DIGITS} hexadecimal digits", path="generation/settings"
        )
    return int(value, 16)


def _digits(value: int) -> str:
    return f"{value:0{DIGEST_DIGITS}x}"


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
    Key("seed", "0 to 2^64 - 1", "seed of the random generator", number_in(0, 2**64 - 1)),
    Key("sampler", "name or number", "registered sampler", name_or_number(0)),
    Key("steps", "0 to 4,294,967,295", "denoising steps", number_in(0, limits.MAX_VARINT)),
    Key("strength", "0 to 1, two decimals", "denoising strength", multiple_of(100, 1)),
    Key("guidance", "0 to 429,496,729.5, one decimal", "guidance scale", multiple_of(10, limits.MAX_VARINT / 10)),
    Key("prompt_suffix", "text", "text put behind every prompt", of_type(str)),
    Key("level", "0 to 4,294,967,295", "rate point of the codec", number_in(0, limits.MAX_VARINT)),
    Key(
        "settings",
        "16 hexadecimal digits",
        "digest of a file of settings",
        lambda value: type(value) is str and re.fullmatch(DIGEST, value) is not None,
    ),
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


def _outside(reader: BitReader, picture: Size) -> list[Outside]:
    content = decode(reader, picture)
    named = (("generative model", content.model), ("settings", content.settings))
    return [Outside(what, str(name)) for what, name in named if name is not None]


STEPS = [
    fields(GENERATION),
    check("MISC-GEN-001", ["=", ["+", *(f"has_{name}" for name in (*NAMES, *MORE_NAMES))], 0], stop=False),
    FINISH,
]

CODER = Coder(
    FORM, encode, decode, split_bits,
    {"generation/": GENERATION}, rule_families=("GEN",), outside=_outside, steps=STEPS,
)  # fmt: skip
