"""The commands of a checkout: how they are called, and how they end."""

from __future__ import annotations

import ast
import enum
import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from .plain import shown

VARIABLE = re.compile(r"MISC_[A-Z_]+")
PACKAGES = ("misc_format", "reference_codec")
COMMANDS = "misc_format.commands"  # the entry points that become commands, which are described as such


def programs(home: Path) -> dict[str, Any]:
    """The names that an installation adds: programs, and entry points such as painters."""
    project = tomllib.loads((home / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = {"scripts": project.get("scripts", {}), **project.get("entry-points", {})}
    return {f"{group} {name}": {} for group, entries in groups.items() if group != COMMANDS for name in entries}


def commands(_: Path) -> dict[str, Any]:
    """Every command with its options."""
    import typer

    return dict(_command("misc", typer.main.get_command(import_module("misc_format.cli.app").app)))


def _command(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    parameters = {}
    for index, one in enumerate(command.params):
        spellings = [*one.opts, *one.secondary_opts] if one.param_type_name == "option" else [f"argument {index + 1}"]
        for spelling in spellings:
            parameters[spelling] = {
                **_values_taken(one),
                **_range(one),
                "required": one.required,
                "several": bool(getattr(one, "multiple", False)) or one.nargs != 1,
                "default": shown(one.default),
            }
    yield path, parameters
    for name, inner in sorted(getattr(command, "commands", {}).items()):
        yield from _command(f"{path} {name}", inner)


def _values_taken(parameter: Any) -> dict[str, Any]:
    """The type of an option or argument, and its choices. Newer releases of Typer keep the annotation, older ones a type of click."""
    descriptor = getattr(parameter, "type_descriptor", None)
    if descriptor is None:
        return {"type": parameter.type.name, "choices": [shown(one) for one in getattr(parameter.type, "choices", ())]}
    annotation = descriptor.annotation
    parts = [annotation, *getattr(annotation, "__args__", ())]
    enums = [one for one in parts if isinstance(one, type) and issubclass(one, enum.Enum)]
    kind = "choice" if enums else getattr(annotation, "__name__", str(annotation))
    return {"type": kind, "choices": [str(member.value) for one in enums for member in one]}


def _range(parameter: Any) -> dict[str, Any]:
    """The least and the greatest number of an option; None if there is none."""
    places = (parameter, getattr(parameter, "type", None))
    return {
        word: next((bound for place in places if (bound := getattr(place, name, None)) is not None), None)
        for word, name in (("least", "min"), ("most", "max"))
    }


def exit_codes(_: Path) -> dict[str, Any]:
    """The exit codes by their names, and the one of each kind of problem."""
    outcome = import_module("misc_format.cli.outcome")
    kinds = {f"of a problem of kind {kind}": int(code) for kind, code in outcome.CODES.items()}
    return {code.name: int(code) for code in outcome.Code} | kinds


def environment(home: Path) -> dict[str, Any]:
    """The variables MISC_... that the packages name in a string of their own."""
    names: set[str] = set()
    for path in (path for package in PACKAGES for path in (home / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and VARIABLE.fullmatch(node.value):
                names.add(node.value)
    return {name: {"name": name} for name in sorted(names)}
