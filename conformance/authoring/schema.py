"""The JSON Schema of the manifest, and so of what the harness compares: python -m misc_conformance.authoring.schema writes it.

Registered names and limits come from the registry. Every object is closed: a key that the schema does not have is a fault.
"""

from __future__ import annotations

import json
from typing import Any, Final

from misc_format import limits, registry
from misc_format.coders.image.formats import FORMATS
from misc_format.components.arrays import MAX_DIMENSIONS
from misc_format.rules import DUTIES, RULES

from ..suite import SCHEMA

Schema = dict[str, Any]
IMAGES: Final = ("grid", "latents", "compressai", "codestream", "codes", "sets", "integers", "string")
TEXT: Final[Schema] = {"type": "string"}
HEX: Final[Schema] = {"type": "string", "pattern": "^([0-9a-f]{2})*$"}
SHA256: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
DIGEST: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
NUMBER: Final[Schema] = {"type": "integer", "minimum": 0}
BOOLEAN: Final[Schema] = {"type": "boolean"}
NAME: Final[Schema] = {"type": "string", "pattern": f"^{registry.NAME_FORM}$"}


def whole(low: int, high: int) -> Schema:
    """An integer in a range."""
    return {"type": "integer", "minimum": low, "maximum": high}


def names(*values: str) -> Schema:
    """One of these strings."""
    return {"enum": list(values)}


def array(members: Schema, **bounds: int) -> Schema:
    """An array of members of one form."""
    return {"type": "array", "items": members, **bounds}


def record(keys: Schema, optional: Schema | None = None) -> Schema:
    """An object with these keys, perhaps the optional ones, and no others."""
    return {
        "type": "object",
        "properties": keys | (optional or {}),
        "required": list(keys),
        "additionalProperties": False,
    }


def either(*forms: Schema) -> Schema:
    """A value of one of these forms."""
    return {"oneOf": list(forms)}


def reference(name: str) -> Schema:
    """A form of `$defs`."""
    return {"$ref": f"#/$defs/{name}"}


def _registered(numbers: Any) -> Schema:
    """The name of a number in a table or, where it has none, the number itself."""
    return either(names(*(row.name for row in numbers)), whole(0, limits.MAX_VARINT))


def _samples(planes: list[int]) -> Schema:
    """A map or a grid: its size and the digest of its samples."""
    side = whole(1, limits.MAX_SIDE)
    return {"columns": side, "rows": side, "planes": {"enum": planes}, "sha256": SHA256}


def _shape(dimensions: int) -> Schema:
    return array(whole(1, limits.MAX_ARRAY_VALUES), minItems=dimensions, maxItems=MAX_DIMENSIONS)


def _array(dimensions: int) -> Schema:
    """The keys of an array of at least so many dimensions."""
    return {"shape": _shape(dimensions), "values": array(NUMBER, minItems=1)}


def _content(*forms: str) -> Schema:
    """Content of one of these forms, or of private use. Codes may look like sets."""
    return {"anyOf": [reference(form) for form in (*forms, "private")]}


def definitions() -> Schema:
    """The forms of content, by name."""
    latents = record({"columns": NUMBER, "rows": NUMBER, "planes": NUMBER, "sha256": SHA256})
    quality = whole(1, limits.MAX_QUALITY)
    place = {"rule": names(*RULES), "bit_offset": NUMBER, "path": TEXT}
    return {
        "private": record({"payload": HEX}),
        "text": record(
            {"overall": TEXT, "items": array(record({"name": TEXT, "detail": TEXT}))},
            {"named": array(record({"name": NAME, "value": TEXT}), minItems=1)},
        ),
        "maps": array(record(_samples([1])), minItems=1, maxItems=limits.MAX_MAPS),
        "generation": record(
            {},
            {
                "model": either(names(*(row.name for row in registry.MODELS)), whole(1, limits.MAX_VARINT), DIGEST),
                "seed": whole(0, 2**64 - 1),
                "sampler": _registered(registry.SAMPLERS),
                "steps": whole(0, limits.MAX_VARINT),
                "strength": whole(0, limits.MAX_STRENGTH),
                "guidance": whole(0, limits.MAX_VARINT),
                "prompt_suffix": TEXT,
                "level": whole(0, limits.MAX_VARINT),
                "settings": DIGEST,
            },
        ),
        "grid": record({**_samples([1, 3]), "depth": whole(1, 8), "block": whole(0, limits.MAX_SIDE)}),
        "latents": record({"quality": whole(0, 127), "grey": BOOLEAN, "y": latents, "z": latents}),
        "compressai": record(
            {
                "architecture": names(*(row.name for row in registry.ARCHITECTURES)),
                "strings": array(HEX, minItems=1, maxItems=2),
                "shape": array(whole(1, limits.MAX_STRING_POSITIONS), minItems=2, maxItems=2),
                "quality": quality,
                "metric": names("mse", "ms-ssim"),
            },
            {"digest": DIGEST},
        ),
        "codestream": record(
            {
                "format": names(*FORMATS),
                "reduction": whole(1, 3),
                "bytes": whole(0, limits.MAX_CODESTREAM_BYTES),
                "sha256": SHA256,
            }
        ),
        "codes": record(
            {**_array(1), "alphabet": whole(2, limits.MAX_ALPHABET)},
            {"labels": array(TEXT, minItems=2, maxItems=limits.MAX_LABELS)},
        ),
        "sets": record({**_array(2), "alphabet": whole(2, limits.MAX_SET_STEPS)}),
        "integers": record(
            {"shape": _shape(1), "values": array(whole(-limits.MAX_INTEGER, limits.MAX_INTEGER), minItems=1)},
            {"step": whole(1, limits.MAX_VARINT + 1), "offset": whole(-limits.MAX_INTEGER - 1, limits.MAX_INTEGER)},
        ),
        "string": record(
            {"coder": either(names(*(row.name for row in registry.ENTROPY_CODERS)), whole(0, 31)), "data": HEX},
            {"shape": _shape(1)},
        ),
        "parts": record({"parts": array(reference("part"), minItems=1, maxItems=limits.MAX_PARTS)}),
        # A part that could have a check and has none is unchecked.
        "part": record(
            {
                "role": names(*(row.name for row in registry.ROLES)),
                "method": _methods("image"),
                "content": _content(*IMAGES),
            },
            {"name": NAME, "unchecked": {"const": True}},
        ),
        "symbols": record(
            {
                "width": whole(1, limits.MAX_SIDE),
                "height": whole(1, limits.MAX_SIDE),
                "profile": names(*(row.name for row in registry.PROFILES)),
                "methods": record({}, {kind: _methods(kind) for kind in registry.CORE_KINDS}),
            },
            {
                **{kind: _content(kind) for kind in ("text", "maps", "generation")},
                "image": _content("parts", *IMAGES),
                "unchecked": array(names(*registry.CORE_KINDS), minItems=1),
                "ancillary": array(record({"type": whole(0, 15), "payload": HEX}), minItems=1),
            },
        ),
        # Parts without bits are listed with 0, except for those of declared fields and padding (clause 17).
        "bits": {"type": "object", "additionalProperties": NUMBER},
        # Path, first bit, number of bits, and the value of a declared number, the signature and digests among them; else null.
        "field": {
            "type": "array",
            "prefixItems": [TEXT, NUMBER, NUMBER, {"type": ["integer", "null"]}],
            "items": False,
            "minItems": 4,
        },
        "issue": record(place),
    }


def _methods(kind: str) -> Schema:
    return names(*(row.name for row in registry.METHODS if row.kind == kind))


def schema() -> Schema:
    """The schema of the manifest: a list of entries, each of a conforming or of a non-conforming file."""
    shared = {
        "file": {"type": "string", "pattern": "^[^/]+\\.misc$"},
        "sha256": SHA256,
        "requirements": array(names(*RULES, *DUTIES)),
    }
    profile = {"profile": names(*(row.name for row in registry.PROFILES))}
    conforming = record(
        {
            **shared,
            "verdict": {"const": "conforming"},
            "symbols": reference("symbols"),
            "bits": reference("bits"),
            "fields": array(reference("field")),
        },
        {**profile, "warnings": array(reference("issue"), minItems=1), "files": array(TEXT)},
    )
    broken = record(
        {
            **shared,
            "verdict": {"const": "non-conforming"},
            "rule": names(*RULES),
            "phase": names("container", "payload", "canonical", "profile"),
            "bit_offset": NUMBER,
            "path": TEXT,
        },
        profile,
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The manifest of the MISC conformance vectors",
        **array(either(conforming, broken)),
        "$defs": definitions(),
    }


def text() -> str:
    """The file's content."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(text(), encoding="utf-8")
