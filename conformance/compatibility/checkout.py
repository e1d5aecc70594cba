"""A checkout in a folder: what it promises, and its decoder as a program. Its Python runs in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

DESCRIPTION = Path(__file__).with_name("description")
PROGRAM = "misc_description"  # the name of that package in the environment
SUITE = "misc_conformance"
MAX_SHOWN = 2_000  # characters of an error


class CheckoutError(RuntimeError):
    """A folder is no checkout that can be described."""


def described(home: Path) -> dict[str, Any]:
    """The description of a checkout. Raises `CheckoutError`."""
    with environment(home) as variables:
        command = [sys.executable, "-P", "-m", PROGRAM, str(home.resolve())]
        run = subprocess.run(command, env=variables, capture_output=True, text=True, encoding="utf-8", check=False)
    if run.returncode:
        raise CheckoutError(f"{home} cannot be described:\n{run.stderr[-MAX_SHOWN:]}")
    found: dict[str, Any] = json.loads(run.stdout)
    return found


@contextmanager
def environment(home: Path) -> Iterator[dict[str, str]]:
    """An environment in which Python imports the packages of a checkout, whatever is installed. Raises `CheckoutError`.

    A folder before the checkout has what an installation would add: the name of the suite, and the commands of pyproject.toml. It also has
    the package that describes a checkout, under a name of its own.
    """
    with TemporaryDirectory() as before:
        for name, folder in ((SUITE, home / "conformance"), (PROGRAM, DESCRIPTION)):
            (Path(before) / name).mkdir()
            alias = f"__path__ = [{str(folder.resolve())!r}]\n"
            (Path(before) / name / "__init__.py").write_text(alias, encoding="utf-8")
        metadata = Path(before) / "misc_bitstream-0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: misc-bitstream\nVersion: 0\n", encoding="utf-8"
        )
        (metadata / "entry_points.txt").write_text(_entry_points(home), encoding="utf-8")
        path = os.pathsep.join((before, str(home.resolve())))
        variables = {name: value for name, value in os.environ.items() if not name.startswith("MISC_")}
        yield variables | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}


def _entry_points(home: Path) -> str:
    try:
        project = tomllib.loads((home / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    except (OSError, KeyError, ValueError) as error:
        raise CheckoutError(f"{home} is no checkout of the project: {error}") from None
    groups = project.get("entry-points", {}) | {"console_scripts": project.get("scripts", {})}
    return "\n".join(
        line
        for group, entries in groups.items()
        for line in (f"[{group}]", *(f"{name} = {target}" for name, target in entries.items()))
    )
