"""A repository with .misc files uses the pre-commit hook and the action: both are run as pre-commit and GitHub run them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.needs import GIT, needs, program, require

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "coffee.misc"
[HOOK] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["name"]: step for step in ACTION["runs"]["steps"] if "run" in step}
GOOD = ("photo.misc", "deep/a folder/also good.misc")


def git(folder: Path, *words: str) -> str:
    require(program("git"))
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "sample"
    for name in GOOD:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(EXAMPLE, folder / name)
    for name in ("misc.py", "notes.misc.txt"):
        (folder / name).write_text("no bitstream")
    (folder / "link.misc").symlink_to("nowhere")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    return folder


def add_broken(repository: Path) -> None:
    (repository / "broken.misc").write_bytes(EXAMPLE.read_bytes()[:9])
    git(repository, "add", "broken.misc")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment in which `misc` is the command of this checkout."""
    script = tmp_path / "bin" / "misc"
    script.parent.mkdir()
    start = "from misc_format.cli.app import app\n\nif __name__ == '__main__':\n    app()\n"  # workers import the script again
    script.write_text(f"#!{sys.executable}\n{start}")
    script.chmod(0o755)
    return {**os.environ, "PATH": f"{script.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}


def chosen(repository: Path) -> list[str]:
    """The files that pre-commit gives to the hook: those in the index whose path fits, and that are plain files."""
    assert HOOK["types"] == ["file"]
    names = git(repository, "ls-files", "-z").split("\0")
    return [
        name
        for name in names
        if re.search(HOOK["files"], name) and (repository / name).is_file() and not (repository / name).is_symlink()
    ]


def run_hook(repository: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [*shlex.split(HOOK["entry"]), *HOOK.get("args", []), *chosen(repository)]
    return subprocess.run(command, cwd=repository, env=environment, check=False, capture_output=True, text=True)


def test_the_hook_takes_good_files_and_refuses_a_broken_one(repository: Path, environment: dict[str, str]) -> None:
    assert HOOK["language"] == "python" and sorted(chosen(repository)) == sorted(GOOD)
    assert run_hook(repository, environment).returncode == 0
    add_broken(repository)
    refused = run_hook(repository, environment)
    assert refused.returncode == 1 and "broken.misc" in refused.stdout and "MISC-CON" in refused.stdout


def run_step(
    name: str, repository: Path, environment: dict[str, str], files: str | None = None
) -> subprocess.CompletedProcess[str]:
    """A step of the action, in the shell that GitHub starts for it. `files`: the input; None: its default."""
    step = STEPS[name]
    assert step["shell"] == "bash"
    require(program("bash"))
    given = ACTION["inputs"]["files"]["default"] if files is None else files
    variables = {key: value.replace("${{ inputs.files }}", given) for key, value in step.get("env", {}).items()}
    script = repository.parent / "step.sh"
    script.write_text(step["run"], encoding="utf-8")
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
    return subprocess.run(
        command, cwd=repository, env=environment | variables, check=False, capture_output=True, text=True
    )


def test_the_action_validates_what_its_input_names(repository: Path, environment: dict[str, str]) -> None:
    (repository / "link.misc").unlink()
    assert run_step("Validate", repository, environment).returncode == 0
    none = run_step("Validate", repository, environment, "none/*.misc")
    assert none.returncode == 3 and "none/*.misc: there is no .misc file" in none.stdout
    add_broken(repository)
    assert run_step("Validate", repository, environment, "photo.misc\ndeep/**/*.misc\n").returncode == 0
    refused = run_step("Validate", repository, environment)
    assert refused.returncode == 1 and "broken.misc" in refused.stdout


@needs(GIT)
@pytest.mark.sweep  # a fresh copy compiles all that it runs: minutes
def test_the_action_installs_a_command_that_works(repository: Path, tmp_path: Path) -> None:
    """From a clean copy, as GitHub checks it out. What the package needs is here already, so pip fetches nothing."""
    (repository / "link.misc").unlink()
    source, target = tmp_path / "action", tmp_path / "installed"
    for name in git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0"):
        packaged = name.startswith(("misc_format/", "reference_codec/", "conformance/")) or "/" not in name
        if packaged and (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    pip = {"PIP_TARGET": str(target), "PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    path = os.pathsep.join((str(target / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = {**os.environ, **pip, "PATH": path, "PYTHONPATH": str(target), "GITHUB_ACTION_PATH": str(source)}
    installed = run_step("Install", repository, environment)
    assert installed.returncode == 0, installed.stderr
    shutil.rmtree(source)
    assert (target / "misc_format" / "registry" / "methods.csv").is_file()
    assert run_step("Validate", repository, environment).returncode == 0
    add_broken(repository)
    assert run_step("Validate", repository, environment).returncode == 1
