"""What a checkout promises, as one JSON document on standard output. `checkout` runs this file in each checkout that is compared.

It is a program and imports only the checkout that it describes, because it also describes releases that do not have it.
"""

from __future__ import annotations

import ast
import dataclasses
import enum
import hashlib
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, TypeVar

VARIABLE = re.compile(r"MISC_[A-Z_]+")
PUBLIC = re.compile(r"^::: ([\w.]+)$", re.MULTILINE)  # the modules of docs/api.md
ADDRESS = re.compile(r" at 0x[0-9a-f]+")
PACKAGES = ("misc_format", "reference_codec")
SAMPLE = "examples/coffee.misc"
BROKEN = "build/broken.misc"
# Commands that print JSON, by the name under which their keys are compared; SAMPLE and BROKEN stand for files.
REPORTS = {
    "misc bpp --json": ("bpp", SAMPLE, "--json"),
    "misc bpp --deep --json": ("bpp", SAMPLE, "--deep", "--json"),
    "misc inspect --json": ("inspect", SAMPLE, "--json"),
    "misc validate --json": ("validate", SAMPLE, BROKEN, "--json"),
    "misc validate --list --format json": ("validate", "--list", "--format", "json"),
}


def description(home: Path) -> dict[str, Any]:
    """Every part of the description of a checkout. Raises `ImportError` if the packages are not those of the checkout."""
    package = import_module("misc_format")
    if not Path(package.__file__ or "").resolve().is_relative_to(home.resolve()):
        raise ImportError(f"misc_format is imported from {package.__file__}, not from {home}")
    return {name: part(home) for name, part in PARTS.items()}


def _versions(_: Path) -> dict[str, Any]:
    container = import_module("misc_format.structure.container")
    return {"format": container.FORMAT_VERSION}


def _vectors(home: Path) -> dict[str, Any]:
    """Every vector as its manifest describes it, with the digest that its file has."""
    folder = home / "conformance" / "vectors"
    entries = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return {
        entry["file"]: entry | {"sha256": hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest()}
        for entry in entries
    }


def _rules(_: Path) -> dict[str, Any]:
    rules = import_module("misc_format.rules")
    return {name: row._asdict() for name, row in (rules.RULES | rules.DUTIES).items()}


def _registry(_: Path) -> dict[str, Any]:
    """Every table of the registry: its rows by their number, with their kind in front where there are kinds."""
    tables = {}
    for name, table in vars(import_module("misc_format.registry")).items():
        if name.isupper() and not isinstance(table, dict | frozenset | str | int):
            rows = [row for row in table if hasattr(row, "_asdict")]
            if rows:
                tables[name] = {f"{getattr(row, 'kind', '')} {row.id}".strip(): row._asdict() for row in rows}
    return tables


def _profiles(_: Path) -> dict[str, Any]:
    return {name: _plain(row) for name, row in import_module("misc_format.profiles").PROFILES.items()}


def _limits(_: Path) -> dict[str, Any]:
    return {row.name: row._asdict() for row in import_module("misc_format.limits").LIMITS}


def _tables(_: Path) -> dict[str, Any]:
    return dict(import_module("misc_format.tables").DIGESTS)


def _codecs(_: Path) -> dict[str, Any]:
    return {name: {"name": name} for name in import_module("misc_format.codecs").CODECS}


def _schemas(home: Path) -> dict[str, Any]:
    paths = [*(home / "misc_format" / "schemas").glob("*.json"), *(home / "conformance").glob("*.schema.json")]
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(paths)}


def _reports(home: Path) -> dict[str, Any]:
    """The keys and the types of what commands print as JSON, and the columns of `misc_format.table`."""
    from typer.testing import CliRunner

    app = import_module("misc_format.cli.app").app
    sample = (home / SAMPLE).read_bytes()
    found = {}
    with TemporaryDirectory() as folder, chdir(folder):
        for name, data in ((SAMPLE, sample), (BROKEN, sample[:9])):
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).write_bytes(data)
        for name, arguments in REPORTS.items():
            found[name] = _shape(_json_of(CliRunner().invoke(app, list(arguments)).stdout))
        found["misc_format.table"] = _shape(import_module("misc_format").table([SAMPLE]))
    return found


def _json_of(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None  # the checkout does not have this command in this form


def _shape(value: object) -> dict[str, list[str]]:
    """The types of the values at each path of keys. The members of a list share a path."""
    shape: dict[str, set[str]] = {}

    def walk(path: str, inner: object) -> None:
        shape.setdefault(path or "/", set()).add(type(inner).__name__)
        members = inner.items() if isinstance(inner, dict) else ()
        for key, member in members:
            walk(f"{path}/{key}", member)
        for member in inner if isinstance(inner, list) else ():
            walk(f"{path}[]", member)

    walk("", value)
    return {path: sorted(types) for path, types in shape.items()}


def _api(home: Path) -> dict[str, Any]:
    """The public names of every module of docs/api.md."""
    names = PUBLIC.findall((home / "docs" / "api.md").read_text(encoding="utf-8"))
    return {name: _module(import_module(name)) for name in names}


def _module(module: ModuleType) -> dict[str, Any]:
    own = (
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and getattr(value, "__module__", None) == module.__name__
        and not isinstance(value, TypeVar)
    )
    return {name: _object(getattr(module, name)) for name in getattr(module, "__all__", None) or own}


def _object(value: Any) -> dict[str, Any]:
    if inspect.isclass(value):
        return _class(value)
    if callable(value):
        return {"kind": "function", "parameters": _parameters(value)}
    return {"kind": "value", "type": type(value).__name__}


def _class(value: type) -> dict[str, Any]:
    fields = [
        {"name": field.name, "kind": "field", "type": str(field.type), "default": _field_default(field)}
        for field in (dataclasses.fields(value) if dataclasses.is_dataclass(value) else ())
    ]
    members = {
        name: _member(value, name, member)
        for name, member in sorted(vars(value).items())
        if not name.startswith("_") and name not in {field["name"] for field in fields}
    }
    enumerated = {member.name: member.value for member in value} if issubclass(value, enum.Enum) else {}
    return {
        "kind": "class",
        "bases": [base.__name__ for base in value.__mro__[1:-1]],
        "fields": fields,
        "parameters": [] if fields or enumerated else _parameters(value),
        "members": {name: member for name, member in members.items() if name not in enumerated},
        "values": enumerated,
    }


def _member(owner: type, name: str, member: Any) -> dict[str, Any]:
    if isinstance(member, property):
        return {"kind": "property"}
    found = getattr(owner, name, member)
    return _object(found) if callable(found) and not inspect.isclass(found) else {"kind": "value"}


def _field_default(field: dataclasses.Field[Any]) -> str | None:
    if field.default_factory is not dataclasses.MISSING:
        return "made anew"
    return None if field.default is dataclasses.MISSING else _shown(field.default)


def _parameters(value: Callable[..., Any]) -> list[dict[str, Any]]:
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return []  # of a class that is written in C
    return [
        {
            "name": one.name,
            "kind": one.kind.name.lower().replace("_", " "),
            "type": "" if one.annotation is one.empty else str(one.annotation),
            "default": None if one.default is one.empty else _shown(one.default),
        }
        for one in signature.parameters.values()
    ]


def _commands(_: Path) -> dict[str, Any]:
    import typer

    return dict(_command("misc", typer.main.get_command(import_module("misc_format.cli.app").app)))


def _command(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    parameters = {}
    for index, one in enumerate(command.params):
        spellings = [*one.opts, *one.secondary_opts] if one.param_type_name == "option" else [f"argument {index + 1}"]
        for spelling in spellings:
            parameters[spelling] = {
                **_values_taken(one),
                "required": one.required,
                "several": bool(getattr(one, "multiple", False)) or one.nargs != 1,
                "default": _shown(one.default),
            }
    yield path, parameters
    for name, inner in sorted(getattr(command, "commands", {}).items()):
        yield from _command(f"{path} {name}", inner)


def _values_taken(parameter: Any) -> dict[str, Any]:
    """The type of an option or argument, and its choices. Newer releases of Typer keep the annotation, older ones a type of click."""
    descriptor = getattr(parameter, "type_descriptor", None)
    if descriptor is None:
        return {"type": parameter.type.name, "choices": [_shown(one) for one in getattr(parameter.type, "choices", ())]}
    annotation = descriptor.annotation
    parts = [annotation, *getattr(annotation, "__args__", ())]
    enums = [one for one in parts if isinstance(one, type) and issubclass(one, enum.Enum)]
    kind = "choice" if enums else getattr(annotation, "__name__", str(annotation))
    return {"type": kind, "choices": [str(member.value) for one in enums for member in one]}


def _exit_codes(_: Path) -> dict[str, Any]:
    return {code.name: int(code) for code in import_module("misc_format.cli.outcome").Code}


def _environment(home: Path) -> dict[str, Any]:
    """The variables MISC_... that the packages name in a string of their own."""
    names: set[str] = set()
    for path in (path for package in PACKAGES for path in (home / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and VARIABLE.fullmatch(node.value):
                names.add(node.value)
    return {name: {"name": name} for name in sorted(names)}


def _plain(value: Any) -> Any:
    """A value as JSON: sets in order, tuples with names as objects."""
    if hasattr(value, "_asdict"):
        return {key: _plain(inner) for key, inner in value._asdict().items()}
    if isinstance(value, frozenset | set):
        return sorted(map(_plain, value))
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool | None) else _shown(value)


def _shown(value: object) -> str:
    """A default in words. One that is made of defaults is only named: they are compared at its class."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        needed = any(field.init and _field_default(field) is None for field in dataclasses.fields(value))
        if not needed and value == type(value)():
            return f"{type(value).__name__}()"
    return ADDRESS.sub("", str(value.value) if isinstance(value, enum.Enum) else repr(value))


PARTS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "versions": _versions,
    "vectors": _vectors,
    "rules": _rules,
    "registry": _registry,
    "profiles": _profiles,
    "limits": _limits,
    "tables": _tables,
    "codecs": _codecs,
    "schemas": _schemas,
    "reports": _reports,
    "api": _api,
    "commands": _commands,
    "exit codes": _exit_codes,
    "environment": _environment,
}

if __name__ == "__main__":
    json.dump(description(Path(sys.argv[1])), sys.stdout)
