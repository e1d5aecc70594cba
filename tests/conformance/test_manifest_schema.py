"""The JSON Schema of the manifest: it is what the registry says, every entry fits it, and changed entries do not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from conformance.authoring import schema
from conformance.suite import MANIFEST, SCHEMA

ENTRIES: list[dict[str, Any]] = json.loads(MANIFEST.read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(schema.schema())


def test_the_file_is_what_the_registry_says() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema.text()
    jsonschema.Draft202012Validator.check_schema(schema.schema())


def test_the_manifest_fits() -> None:
    assert [error.message for error in VALIDATOR.iter_errors(ENTRIES)] == []


def _with(kind: str, method: str) -> dict[str, Any]:
    return copy.deepcopy(
        next(e for e in ENTRIES if "symbols" in e and kind in e["symbols"] and e["symbols"]["methods"][kind] == method)
    )


def change(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def changed(entry: dict[str, Any]) -> None:
        *folders, name = path.split("/")
        for key in folders:
            entry = entry[int(key)] if isinstance(entry, list) else entry[key]
        entry[int(name) if isinstance(entry, list) else name] = value

    return changed


@pytest.mark.parametrize(
    ("kind", "method", "wrong"),
    [
        ("text", "raw", change("symbols/text/items", {})),
        ("text", "raw", change("symbols/text/extra", "")),
        ("text", "raw", change("symbols/methods/text", "grid")),
        ("text", "raw", change("fields/0", ["header/signature", 0, 24, "CD5343"])),
        ("text", "raw", change("fields/0", ["header/signature", 0, 24])),
        ("text", "raw", change("bits/header", "64")),
        ("text", "raw", change("verdict", "non-conforming")),
        ("maps", "packed", change("symbols/maps/0/planes", 3)),
        ("image", "grid", change("symbols/image/depth", 9)),
        ("image", "latents", change("symbols/image/grey", 1)),
        ("image", "compressai", change("symbols/image/strings/0", "XY")),
        ("image", "codestream", change("symbols/image/format", "png")),
        ("image", "private", change("symbols/image/payload", None)),
    ],
)
def test_another_form_does_not_fit(kind: str, method: str, wrong: Callable[[dict[str, Any]], None]) -> None:
    entry = _with(kind, method)
    assert VALIDATOR.is_valid([entry])
    wrong(entry)
    assert not VALIDATOR.is_valid([entry])
