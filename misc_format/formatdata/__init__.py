"""The format as data: what `misc spec --json` prints, and what a structural reader in any language can be built from.

Nothing is declared here that the package declares elsewhere: grammar, numbers, limits, rules and the steps through the payload of each
method are taken from their tables. What a reader does with the frames (`framing`) is declared here once, in the terms of the same steps.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from misc_format.formatdata import framing, payloads, registered, syntaxes
from misc_format.limits import LIMITS
from misc_format.profiles import PROFILES, RATE_PIXELS, Profile
from misc_format.rules import DUTIES, RULES, Rule
from misc_format.structure import steps
from misc_format.structure.container import FORMAT_VERSION

SCHEMA = "format.schema.json"


def document() -> dict[str, Any]:
    """The format as one JSON object of plain values. `schema` has its JSON Schema."""
    container, methods = framing.container(), payloads.methods()
    checked = {*container["rules"].values(), *container["structural"]}.union(*(row["structural"] for row in methods))
    return {
        "format": {"name": "MISC bitstream", "version": FORMAT_VERSION},
        "descriptors": syntaxes.DESCRIPTORS,
        "terms": {"operators": steps.OPERATORS, "steps": steps.STEPS, "forms_of_names": syntaxes.NAMES},
        "syntaxes": {row.name: syntaxes.as_data(row) for row in syntaxes.every()},
        "container": container,
        "methods": methods,
        "text": payloads.text(),
        "maps": payloads.maps(),
        "range_coder": payloads.range_coder(),
        "registry": registered.registry(),
        "profiles": {"rate_pixels": RATE_PIXELS, "rows": [_profile(row) for row in PROFILES.values()]},
        "limits": [row._asdict() for row in LIMITS],
        "rules": [_rule(row, row.id in checked) for row in RULES.values()],
        "duties": [row._asdict() for row in DUTIES.values()],
    }


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of `document`."""
    read: dict[str, Any] = json.loads(files("misc_format").joinpath("schemas", SCHEMA).read_text(encoding="utf-8"))
    return read


def _rule(row: Rule, structural: bool) -> dict[str, Any]:
    """A rule. `structural`: whether the data of this document are enough to check it, in the header and frames or under some methods."""
    return row._asdict() | {"class": row.conformance_class, "structural": structural}


def _profile(row: Profile) -> dict[str, Any]:
    """A profile, its sets of kinds in order."""
    parts = [
        {**limit._asdict(), "forms": [{"alphabet": form.alphabet, "shape": list(form.shape)} for form in limit.forms]}
        for limit in row.parts
    ]
    kinds = {"required": sorted(row.required), "optional": sorted(row.optional)}
    sides = list(row.map_sides) if isinstance(row.map_sides, tuple) else row.map_sides
    return row._asdict() | kinds | {"map_sides": sides, "parts": parts}
