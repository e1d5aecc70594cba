"""The registry as data."""

from __future__ import annotations

from typing import Any

from misc_format import registry as tables
from misc_format.coders.image.formats import FORMATS
from misc_format.coders.image.templates import table as templates

PRIVATE = "private"  # names of rows for private use begin with it
# The tables in which a number of a file is looked up: their rows are named tuples.
ROWS: dict[str, tuple[Any, ...]] = {
    "profiles": tables.PROFILES,
    "roles": tables.ROLES,
    "ancillary_types": tables.ANCILLARY_TYPES,
    "models": tables.MODELS,
    "samplers": tables.SAMPLERS,
    "entropy_coders": tables.ENTROPY_CODERS,
    "named_texts": tables.NAMED_TEXTS,
    "architectures": tables.ARCHITECTURES,
    "metrics": tables.METRICS,
}


def registry() -> dict[str, Any]:
    """Every registered number, and the numbers for private use. The methods are `payloads.methods`."""
    found: dict[str, Any] = {name: [row._asdict() for row in rows] for name, rows in ROWS.items()}
    return found | {
        "kinds": list(tables.CORE_KINDS),
        "codestream_formats": [{"name": row.name, "meaning": row.meaning} for row in FORMATS.values()],
        "codestream_templates": [
            {"id": row.id, "format": row.format, "name": row.name} for row in templates().templates.values()
        ],
        "private": {
            "methods": sorted({row.id for row in tables.METHODS if row.name == PRIVATE}),
            **{
                name: [row["id"] for row in rows if row["name"].startswith(PRIVATE)]
                for name, rows in found.items()
                if any(row["name"].startswith(PRIVATE) for row in rows)
            },
        },
    }
