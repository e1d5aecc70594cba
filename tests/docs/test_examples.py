"""Every example of the pages on reports, other programs, batches and evaluation runs, in order, in a folder as they take it to be."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "coffee.misc"
PHOTO = ROOT / "examples" / "coffee.png"
PAGES = ("reports.md", "ecosystem.md", "scale.md", "evaluation.md")
# Programs that an example needs and a machine may lack.
PROGRAMS = ("update-mime-database", "file")


def blocks(page: str) -> list[tuple[str, str]]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(r"^```(\w+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def runnable(page: str) -> list[tuple[str, str]]:
    return [(language, code) for language, code in blocks(page) if language in ("sh", "python")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("docs")
    for name in ("photos/a.misc", "photos/b1.misc", "photos/more/b2.misc", "baseline/a.misc", "photo.misc"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(EXAMPLE, made / name)
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


@pytest.mark.parametrize("page, place", [(page, place) for page in PAGES for place in range(len(runnable(page)))])
def test_example(page: str, place: int, folder: Path) -> None:
    language, code = runnable(page)[place]
    if page in ("scale.md", "evaluation.md"):
        pytest.importorskip("pyarrow", reason="pyarrow is not installed, of the extra batch")
    for program in PROGRAMS:
        if re.search(rf"^{program} ", code, re.MULTILINE) and shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    if code.startswith("docker "):
        if not os.environ.get("MISC_DOCKER"):
            pytest.skip("an image takes minutes and a network; MISC_DOCKER=1 builds it")
        shutil.copytree(ROOT, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git", ".venv", "build"))
    done = run(language, code, folder)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_examples_are_not_found_by_accident() -> None:
    assert [len(runnable(page)) for page in PAGES] == [8, 6, 3, 4]


def test_every_link_of_the_pages_leads_to_a_file() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)", (ROOT / "docs" / page).read_text(encoding="utf-8")):
            assert target.startswith("https:") or (ROOT / "docs" / target).exists(), target
