"""What a checkout has as data: files, and tables of its packages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from .plain import plain

VECTORS = "conformance/vectors"
TABLES = "misc_format/tables"
# Files that never change, beside the vectors and the tables.
FROZEN = ("conformance/*.bin", "tests/golden/*/*", "spec/examples/*.json")
SCHEMAS = (
    "misc_format",
    "reference_codec",
    "conformance",
    "spec",
)  # folders with files *.schema.json, the packages first
# The rules that a file breaks because a number is reserved: the table of the number, and its bits (clause 4.5).
RESERVED = {
    "MISC-CON-004": ("PROFILES", 4),
    "MISC-CON-012": ("METHODS", 4),
    "MISC-CON-015": ("ANCILLARY_TYPES", 4),
    "MISC-PRT-001": ("ROLES", 5),
    "MISC-CAI-001": ("ARCHITECTURES", 4),
}


def versions(_: Path) -> dict[str, Any]:
    """The version of the format."""
    return {"format": import_module("misc_format.structure.container").FORMAT_VERSION}


def vectors(home: Path) -> dict[str, Any]:
    """Every vector as its manifest describes it, with the digest that its file has."""
    entries = json.loads((home / VECTORS / "manifest.json").read_text(encoding="utf-8"))
    return {entry["file"]: _vector(home / VECTORS / entry["file"], entry) for entry in entries}


def _vector(path: Path, entry: dict[str, Any]) -> dict[str, Any]:
    """`reserved`: the table and the number, of a vector that has a reserved number. A file that is missing has no digest."""
    if not path.is_file():
        return entry | {"sha256": None}
    data = path.read_bytes()
    found = entry | {"sha256": digest(data)}
    return found | {"reserved": _number(data, entry)} if entry.get("rule") in RESERVED else found


def _number(data: bytes, entry: dict[str, Any]) -> list[str]:
    """The table of the number that is reserved in a vector, and the name of its row in the part `registry`."""
    table, width = RESERVED[entry["rule"]]
    behind = 8 * len(data) - entry["bit_offset"] - width
    number = str(int.from_bytes(data) >> behind & 2**width - 1)
    kind = entry["path"].split("/")[1]  # framing/KIND/method
    return [table, f"{kind} {number}" if table == "METHODS" else number]


def rules(_: Path) -> dict[str, Any]:
    """Every rule by its id."""
    module = import_module("misc_format.rules")
    return {name: row._asdict() for name, row in (module.RULES | module.DUTIES).items()}


def registry(_: Path) -> dict[str, Any]:
    """Every table of the registry: its rows by their number, with their kind in front where there are kinds."""
    found = {}
    for name, table in vars(import_module("misc_format.registry")).items():
        if name.isupper() and not isinstance(table, dict | frozenset | str | int):
            rows = [row for row in table if hasattr(row, "_asdict")]
            if rows:
                found[name] = {f"{getattr(row, 'kind', '')} {row.id}".strip(): row._asdict() for row in rows}
    return found


def profiles(_: Path) -> dict[str, Any]:
    """The limits of every profile."""
    return {name: plain(row) for name, row in import_module("misc_format.profiles").PROFILES.items()}


def limits(_: Path) -> dict[str, Any]:
    """The limits of clause 16."""
    return {row.name: row._asdict() for row in import_module("misc_format.limits").LIMITS}


def tables(home: Path) -> dict[str, Any]:
    """The digest of every table and model: of its file, and the one that the software takes for right."""
    declared = import_module("misc_format.tables").DIGESTS
    paths = {path.name: path for path in (home / TABLES).iterdir() if path.is_file() and path.suffix != ".py"}
    return {
        name: {"file": digest(paths[name].read_bytes()) if name in paths else None, "declared": declared.get(name)}
        for name in sorted(paths.keys() | declared.keys())
    }


def files(home: Path) -> dict[str, Any]:
    """The digests of frozen files: one of each key of a JSON file, because such a file may get further keys."""
    paths = [path for pattern in FROZEN for path in sorted(home.glob(pattern)) if path.is_file()]
    return {path.relative_to(home).as_posix(): _digests(path) for path in paths}


def _digests(path: Path) -> dict[str, str]:
    data = path.read_bytes()
    if path.suffix != ".json":
        return {"bytes": digest(data)}
    return {key: digest(json.dumps(value, sort_keys=True).encode()) for key, value in json.loads(data).items()}


def codecs(_: Path) -> dict[str, Any]:
    """Every published codec: its own row, and those of its parts, settings and forms."""
    return {name: dict(_codec(codec)) for name, codec in import_module("misc_format.codecs").CODECS.items()}


def _codec(codec: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    kinds = {"part": codec.parts, "setting": codec.settings, "form": codec.forms}
    own = {key: value for key, value in codec._asdict().items() if value not in kinds.values()}
    yield "itself", _simple(own)
    for kind, rows in kinds.items():
        for row in rows:
            name = row.field if kind == "part" else row.key if kind == "setting" else row.name
            yield f"{kind} {name}", _simple(row._asdict())


def _simple(row: dict[str, Any]) -> dict[str, Any]:
    """What a row says, functions apart: of a function that is a value, whether there is one; of a table of functions, the names."""
    return {
        key: sorted(value) if isinstance(value, dict) else "computed" if callable(value) else plain(value)
        for key, value in row.items()
    }


def schemas(home: Path) -> dict[str, Any]:
    """Every JSON Schema by its path."""
    paths = [path for folder in SCHEMAS for path in sorted((home / folder).rglob("*.schema.json"))]
    return {path.relative_to(home).as_posix(): json.loads(path.read_text(encoding="utf-8")) for path in paths}


def harness(_: Path) -> dict[str, Any]:
    """The protocol between the harness and a decoder (docs/conformance.md)."""
    protocol = import_module("misc_conformance.harness.protocol")
    run = import_module("misc_conformance.harness.run")
    values = {name: {"value": getattr(protocol, name)} for name in ("PROTOCOL", "FORMAT", "MAX_REPLY", "MAX_NAME")}
    words = {"claim": protocol.CLAIMS, "verdict": protocol.VERDICTS, "severity": protocol.SEVERITIES, "op": run.OPS}
    listed: dict[str, Any] = {f"{kind} {word}": {} for kind, several in words.items() for word in several}
    keys = {
        f"{what}: {key.name}": {"form": key.form, "required": key.required}
        for what, row in protocol.FORMS.items()
        for key in row
    }
    return values | listed | keys


def digest(data: bytes) -> str:
    """The SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
