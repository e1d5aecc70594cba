"""What a reader does with the header and the frames (clause 4), as data for the tables of `misc_format.structure.container`."""

from __future__ import annotations

from typing import Any

from misc_format.formatdata import syntaxes
from misc_format.registry import ANCILLARY_TYPES, CORE_KINDS, FIRST_ANCILLARY, NAME_FORM, PARTS_METHOD
from misc_format.structure import container as declared
from misc_format.structure.steps import check

# The rules that no table names, by the fault that breaks them.
RULES = {
    "truncated": "MISC-CON-007",
    "component_past_end": "MISC-CON-008",
    "bytes_behind_last": "MISC-CON-021",
    "wrong_check": "MISC-CON-020",
    "reserved_method": "MISC-CON-012",
    "too_many_parts": "MISC-PRT-005",
    "part_of_parts": "MISC-PRT-005",
    "name_of_part": "MISC-PRT-002",
    "same_part": "MISC-PRT-003",
    "only_part": "MISC-PRT-004",
    "no_ancillary": "MISC-CON-013",
    "ancillary_order": "MISC-CON-014",
    "critical_type": "MISC-CON-015",
    "checksum_size": "MISC-ANC-001",
    "wrong_checksum": "MISC-ANC-002",
    "ancillary_not_utf8": "MISC-ANC-003",
    "unregistered": "MISC-GEN-002",
    "missing_kind": "MISC-PRO-001",
    "forbidden_kind": "MISC-PRO-002",
    "rate": "MISC-PRO-007",
}
# In the usual parameters of a CRC. `check_of` and `checksum` of the container compute the same.
CHECK = {"bits": 16, "polynomial": 0x1021, "initial": 0xFFFF, "reflected": False, "final_xor": 0}
CHECKSUM = {"bits": 32, "polynomial": 0x04C11DB7, "initial": 0xFFFFFFFF, "reflected": True, "final_xor": 0xFFFFFFFF}


def container() -> dict[str, Any]:
    """The order of the file, the forms of frames, and the checks between fields."""
    tables = (declared.HEADER, declared.COMPONENT_FRAME, declared.PART_FRAME, declared.ANCILLARY_FRAME)
    checks = _header_checks()
    rules = {rule for table in tables for rule in syntaxes.rules_of(table)} | {row["rule"] for row in checks}
    return {
        "order": "the header, then each component of `components` whose `flag` is 1, then, if `ancillary.flag` is 1, ancillary components",
        "header": {"syntax": declared.HEADER.name, "prefix": "header/", "checks": checks},
        "size": {"width": ["+", "width_minus_1", 1], "height": ["+", "height_minus_1", 1]},
        "profile": "profile",
        "components": [{"kind": kind, "flag": f"has_{kind}", "prefix": f"framing/{kind}/"} for kind in CORE_KINDS],
        "frame": {
            "syntax": declared.COMPONENT_FRAME.name,
            "method": "the first field of a frame, `method`, and the place of the frame tell its form, which is the parameter `form`: "
            "self_declared if the method is self_declared; otherwise last or sized",
            "method_bits": declared.COMPONENT_FRAME.rows[0].bits,
            "forms": {
                "last": {
                    "form": declared.LAST,
                    "length": [],
                    "of": "the last core component, if `ancillary.flag` is 0, and the last part. The payload goes to the end of the file, "
                    "or, of a part, to the end of the payload of its image",
                },
                "sized": {
                    "form": declared.SIZED,
                    "length": ["length", "length_extra"],
                    "of": "any other frame. No payload goes beyond what contains its frame",
                },
                "self_declared": {
                    "form": declared.SELF_DECLARED,
                    "length": ["declared_length", "declared_length_extra"],
                    "of": "a method with self_declared",
                },
            },
            "check": {"flag": "has_check", "field": "check", "crc": CHECK, "over": "the payload"},
        },
        "parts": {
            "kind": "image",
            "method": PARTS_METHOD,
            "payload": "the frame and the payload of each part; the part whose field `last` is 1 is the last one",
            "syntax": declared.PART_FRAME.name,
            "prefix": "framing/image/{i}/",
            "frame": "behind the fields of `syntax` comes the frame of a component, of the kind `image`",
            "last": "last_part",
            "most": "MAX_PARTS",
            "label": "the name of the role, and - and its own name if it has one",
            "name_form": NAME_FORM,
            "plain_role": 0,
        },
        "ancillary": {
            "flag": "has_ancillary",
            "syntax": declared.ANCILLARY_FRAME.name,
            "prefix": "framing/ancillary/{i}/",
            "type_bits": declared.ANCILLARY_FRAME.rows[0].bits,
            "length": ["length", "length_extra"],
            "first": FIRST_ANCILLARY,
            "clause": "14",
            "utf8": [row.id for row in ANCILLARY_TYPES if row.form == "UTF-8"],
            "checksum": {"type": declared.CHECKSUM, "bytes": CHECKSUM["bits"] // 8, "crc": CHECKSUM,
                         "over": "all bytes of the file before the payload"},
        },
        "unregistered": [
            {"kind": "generation", "field": "model", "table": "models", "unless": [0]},
            {"kind": "generation", "field": "sampler", "table": "samplers", "unless": []},
        ],
        "payload_clause": "4.5",
        "reserved_method": "a number that no row of `methods` has for its kind, and that is not `parts.method` of an image",
        "rules": RULES,
        "structural": sorted(rules | set(RULES.values())),
    }  # fmt: skip


def _header_checks() -> list[dict[str, Any]]:
    sides = ["max", "width_minus_1", "height_minus_1"]
    content = ["+", *(f"has_{kind}" for kind in declared.CONTENT_KINDS)]
    return [
        check("MISC-CON-005", ["and", "wide_size", ["<", sides, declared.NARROW_SIDE]], "wide_size", stop=False),
        check("MISC-CON-006", ["=", content, 0], "has_text", stop=False),
    ]
