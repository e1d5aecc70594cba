"""Every example of docs/ runs, in order, in a folder as its page takes it to be; what needs more than a machine has is parsed
(`test_references`)."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.docs import references
from tests.needs import DOCKER, Need, extra, needs, program, require
from tests.sweeps import swept

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "coffee.misc"
PHOTO = ROOT / "examples" / "coffee.png"
PAGES = sorted(path.name for path in (ROOT / "docs").glob("*.md"))
# Pages whose commands need models, an endpoint, a decoder of the reader's, a clone or hours. `test_references` checks names and options.
PARSED = (
    "models.md", "decoders.md", "systems.md", "conformance.md", "fuzzing.md", "codecs.md", "training.md", "add-a-method.md", "stability.md",
)  # fmt: skip
# Pages of several commands, each of which starts Python: up to half a minute per page.
MANY = (
    "architecture.md", "ci.md", "cite.md", "ecosystem.md", "encode.md", "evaluation.md", "install.md", "pack.md", "pictures.md",
    "reports.md", "scale.md", "start.md", "write-a-decoder.md",
)  # fmt: skip
# Programs that an example needs and a machine may lack.
PROGRAMS = ("update-mime-database", "file")
# A decoder of the reader's, for the pages that speak of one.
YOURS = """
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
    shutil.copytree(ROOT / "examples" / "profiles", made / "profiles")
    return made


def needs_of(code: str) -> list[Need]:
    """The programs and extras of an example that a machine may lack."""
    programs = [program(name) for name in PROGRAMS if re.search(rf"^{name} ", code, re.MULTILINE)]
    return programs + [extra("torch")] * bool(re.search(r"^(from|import) torch\b", code, re.MULTILINE))


def run(language: str, code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    environment.pop("BASH_ENV", None)
    # The last command is bash's own, lest bash is replaced by the one before it, which may ask what shell it runs in.
    command = [sys.executable, "-c", code] if language == "python" else ["bash", "-euo", "pipefail", "-c", f"{code}:"]
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)


@pytest.mark.parametrize(
    "page", swept([page for page in PAGES if page not in PARSED and runnable(page)], MANY.__contains__)
)
def test_examples_of_a_page_run_one_after_the_other(page: str, folder: Path) -> None:
    lacking = []
    python = ""
    for language, piece in runnable(page):
        if language == "python":  # a reader types the pieces of a page into one session
            python += f"\n{piece}"
        code = python if language == "python" else piece
        missing = [need for need in needs_of(code) if not need.met()]
        lacking += missing
        if missing or code.startswith("docker "):
            continue
        done = run(language, code, folder)
        assert done.returncode == 0, f"{code}{done.stdout}{done.stderr}"
    require(*{need.name: need for need in lacking}.values())  # the other examples have run


@needs(DOCKER)
def test_the_image_of_docker_is_built_and_counts(folder: Path) -> None:
    [code] = [code for _, code in runnable("ecosystem.md") if code.startswith("docker ")]
    shutil.copytree(ROOT, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git", ".venv", "build"))
    done = run("sh", code, folder)
    assert done.returncode == 0, f"{code}{done.stdout}{done.stderr}"


FUZZING = [code for language, code in blocks("fuzzing.md") if language == "python"]


@pytest.mark.parametrize("index", range(1, len(FUZZING)))
def test_the_examples_of_fuzzing_pass_for_our_own_decoder(index: int, tmp_path: Path) -> None:
    """As printed, but for the numbers of files. The first example is the profile of Hypothesis for the others."""
    (tmp_path / "conftest.py").write_text(FUZZING[0].replace("max_examples=100", "max_examples=3"))
    path = tmp_path / "test_yours.py"
    code = FUZZING[index].replace("100_000", "100")
    path.write_text(YOURS + code)
    if "def test" in code:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "content or CON-00", str(path)]
    else:
        command = [sys.executable, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_fuzzer_runs_as_its_page_says(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "fuzzing.md").read_text(encoding="utf-8")
    [found] = re.findall(r"^(python -m misc_conformance.fuzzing.fuzz --start 4711 .*?) +#", text, re.MULTILINE)
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
        "architecture.md": 4,
        "ci.md": 4,
        "cite.md": 2,
        "ecosystem.md": 6,
        "encode.md": 6,
        "evaluation.md": 5,
        "inspector.md": 3,
        "install.md": 1,
        "import.md": 3,
        "pack.md": 5,
        "library.md": 5,
        "pictures.md": 2,
        "reports.md": 10,
        "scale.md": 3,
        "start.md": 7,
        "trust.md": 1,
        "write-a-decoder.md": 2,
    }


def test_every_link_leads_to_a_file() -> None:
    made = {"commands.md", "published-codecs.md"}  # by docs/pages.py
    for name, text in references.documents().items():
        for target in re.findall(r"\]\(([^)#]+)", text):
            known = target.startswith("https:") or target in made
            assert known or (ROOT / name).parent.joinpath(target).exists(), f"{name}: {target}"


def test_every_anchor_of_a_link_is_a_heading() -> None:
    for name, text in references.documents().items():
        for target, anchor in re.findall(r"\]\(([^)#]*)#([^)]+)\)", text):
            page = (ROOT / name).parent.joinpath(target) if target else ROOT / name
            headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
            assert anchor in slugs, f"{name}: {target}#{anchor}"
