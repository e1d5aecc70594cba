"""The parts of a description. A part that cannot be made is a sentence that says why, in the place of a table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from . import api, data, programs, reports
from .confinement import strangers
from .failures import guarded

Part = Callable[[Path], dict[str, Any]]

PARTS: dict[str, Part] = {
    "versions": data.versions,
    "vectors": data.vectors,
    "rules": data.rules,
    "registry": data.registry,
    "profiles": data.profiles,
    "limits": data.limits,
    "tables": data.tables,
    "files": data.files,
    "codecs": data.codecs,
    "schemas": data.schemas,
    "harness": data.harness,
    "reports": reports.reports,
    "api": api.modules,
    "programs": programs.programs,
    "commands": programs.commands,
    "calls": reports.calls,
    "exit codes": programs.exit_codes,
    "environment": programs.environment,
}


def description(home: Path) -> dict[str, Any]:
    """Every part of the description of a checkout. Raises `ImportError` if a module is not that of the checkout, or there is no package."""
    import_module("misc_format")
    found = {name: guarded(partial(part, home)) for name, part in PARTS.items()}
    if others := strangers(home):
        raise ImportError(f"not imported from {home}: {', '.join(others)}")
    return found
