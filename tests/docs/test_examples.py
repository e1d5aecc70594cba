"""Every example of docs/ runs, in order, in a folder as its page takes it to be; what needs more than a machine has is parsed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from PIL import Image

from misc_format.cli.app import app

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "coffee.misc"
PHOTO = ROOT / "examples" / "coffee.png"
PAGES = sorted(path.name for path in (ROOT / "docs").glob("*.md"))
# Pages whose commands need models, an endpoint, a decoder of the reader's or hours: each line is held against the commands' options.
PARSED = ("models.md", "decoders.md", "conformance.md", "fuzzing.md")
# Programs that an example needs and a machine may lack.
PROGRAMS = ("update-mime-database", "file")
# A decoder of the reader's, for the pages that speak of one.
YOURS = """
import sys
from hypothesis import settings
settings.register_profile("few", max_examples=3, deadline=None)
settings.load_profile("few")
import misc_format
my_decode, MyError = misc_format.read, misc_format.MiscError
"""


def blocks(page: str) -> list[tuple[str, str]]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(r"^```(\w+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def runnable(page: str) -> list[tuple[str, str]]:
    return [(language, code) for language, code in blocks(page) if language in ("sh", "python")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path
    for name in ("photos/a.misc", "photos/b1.misc", "photos/more/b2.misc", "baseline/a.misc", "photo.misc"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(EXAMPLE, made / name)
    shutil.copy(PHOTO, made / "photo.png")
    (made / "pictures").mkdir()
    with Image.open(PHOTO) as photo:
        for index in range(3):
            photo.crop((100 * index, 100, 100 * index + 192, 260)).save(made / "pictures" / f"{index}.png")
    shutil.copytree(ROOT / "packaging", made / "packaging")
    return made


def run(language: str, code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    environment.pop("BASH_ENV", None)
    # The last command is bash's own, lest bash is replaced by the one before it, which may ask what shell it runs in.
    command = [sys.executable, "-c", code] if language == "python" else ["bash", "-euo", "pipefail", "-c", f"{code}:"]
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)


@pytest.mark.parametrize("page", [page for page in PAGES if page not in PARSED and runnable(page)])
def test_examples_of_a_page_run_one_after_the_other(page: str, folder: Path) -> None:
    if page in ("scale.md", "evaluation.md", "ci.md"):
        pytest.importorskip("pyarrow", reason="pyarrow is not installed, of the extra batch")
    for language, code in runnable(page):
        if any(re.search(rf"^{name} ", code, re.MULTILINE) and shutil.which(name) is None for name in PROGRAMS):
            continue
        if code.startswith("docker "):
            if not os.environ.get("MISC_DOCKER"):  # an image takes minutes and a network
                continue
            shutil.copytree(ROOT, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git", ".venv", "build"))
        done = run(language, code, folder)
        assert done.returncode == 0, f"{code}{done.stdout}{done.stderr}"


def lines(page: str) -> list[str]:
    """The misc commands of a page."""
    shell = "\n".join(code for language, code in blocks(page) if language in ("sh", "text"))
    return re.findall(r"^(?:.*&& )?(misc [^#\n&<]+)", shell, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_is_one_and_has_the_options_that_it_is_given(page: str) -> None:
    for line in lines(page):
        words = shlex.split(line.replace("|| test $?", ""))[1:]
        command = typer.main.get_command(app)
        while getattr(command, "commands", None) and words and words[0] in command.commands:  # type: ignore[attr-defined]
            command, words = command.commands[words[0]], words[1:]  # type: ignore[attr-defined]
        known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {
            "--help",
            "-h",
        }
        given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert given <= known, line


@pytest.mark.parametrize("place", range(len([code for language, code in blocks("fuzzing.md") if language == "python"])))
def test_the_examples_of_fuzzing_pass_for_our_own_decoder(place: int, tmp_path: Path) -> None:
    code = [code for language, code in blocks("fuzzing.md") if language == "python"][place].replace("100_000", "20")
    path = tmp_path / "test_yours.py"
    path.write_text(YOURS + code)
    if "def test" in code:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "content or CON-00", str(path)]
    else:
        command = [sys.executable, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_fuzzer_runs_as_its_page_says(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "fuzzing.md").read_text(encoding="utf-8")
    [found] = re.findall(r"^(python -m conformance.fuzzing.fuzz --start 4711 .*?) +#", text, re.MULTILINE)
    command = [sys.executable, *shlex.split(found.replace("--write found", f"--write {tmp_path}"))[1:]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_of_commands_has_them_all() -> None:
    code = "import reference; print(reference.commands())"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'docs'}"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    for name in ("misc encode", "misc batch bpp", "misc conformance run", "misc eval"):
        assert f"## {name}\n" in done.stdout
    assert done.stdout.count("\n## misc ") == done.stdout.count("Usage: misc ")
    assert "--target-bpp" in done.stdout and "--engine" in done.stdout


def test_the_examples_are_not_found_by_accident() -> None:
    assert {page: len(runnable(page)) for page in PAGES if page not in PARSED and runnable(page)} == {
        "ci.md": 4,
        "ecosystem.md": 6,
        "evaluation.md": 4,
        "pack.md": 2,
        "reports.md": 8,
        "scale.md": 3,
        "start.md": 5,
        "write-a-decoder.md": 2,
    }
    assert {page: len(lines(page)) for page in PARSED} == {
        "models.md": 16,
        "decoders.md": 11,
        "conformance.md": 6,
        "fuzzing.md": 0,
    }


def test_every_link_of_the_pages_leads_to_a_file() -> None:
    made = {"readme.md", "vectors.md", "commands.md", "spec/index.md"}
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)", (ROOT / "docs" / page).read_text(encoding="utf-8")):
            known = target.startswith("https:") or (ROOT / "docs" / target).exists() or target in made
            assert known or (ROOT / target).exists(), f"{page}: {target}"
