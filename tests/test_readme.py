"""The README's examples do what it says: the first thing that a user copies works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import misc_format
from misc_format.accounting import account
from misc_format.profiles import PICTURE
from reference_codec.presets import PRESETS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def shell(script: str, folder: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["bash", "-euc", script], cwd=folder, env={**os.environ, "PATH": path}, check=True)


@pytest.mark.parametrize("code", blocks("python"), ids=["format", "codec"])
def test_python(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_commands(tmp_path: Path) -> None:
    script = next(block for block in blocks("sh") if "misc encode photo" in block)
    Image.open(ROOT / "examples" / "coffee.png").save(tmp_path / "photo.jpg")
    (tmp_path / "mine.json").write_text('{"overall": "A cup.", "items": [{"name": "cup", "detail": "red"}]}')
    (tmp_path / "dir").mkdir()
    Image.new("1", (8, 8), 1).save(tmp_path / "dir" / "0.png")
    shell(script, tmp_path)
    assert Image.open(tmp_path / "photo.png").size == (600, 400)
    assert (tmp_path / "folder" / "manifest.json").exists()


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    [script] = [block for block in blocks("sh") if "misc pack mine" in block]
    shell(script, tmp_path)
    stream = misc_format.read(tmp_path / "mine.misc")
    assert isinstance(stream.text, misc_format.Text) and stream.text.overall.startswith("A lighthouse")
    assert isinstance(stream.image, misc_format.Opaque) and len(stream.image.payload) == 200


def test_the_table_is_that_of_the_demo_file() -> None:
    printed = dict(re.findall(r"│ (\w+) +│ +([\d,]+) │", README))
    found = account((ROOT / "examples" / "coffee.misc").read_bytes())
    assert {path: int(bits.replace(",", "")) for path, bits in printed.items()} == {
        **{part.path: part.bits for part in found.components},
        "file": found.file_bits,
    }


def test_the_table_of_presets_is_theirs() -> None:
    image = r"(?:([\d.]+) bpp|a grid, one cell for (\d+) x \d+ pixels)?"
    rows = re.findall(rf"^\| ((?:`[\w-]+`(?:, )?)+) \|(.*)\|(.*)\| *{image} *\|$", README, re.MULTILINE)
    printed = {}
    for names, text, maps, bpp, block in rows:
        side = {"": 8, "8 x 8": 8, "full resolution": PICTURE}[maps.strip()]
        items = 3 if "items" in text else 0
        for name in re.findall(r"`([\w-]+)`", names):
            printed[name] = ("overall" in text, items, side, float(bpp) if bpp else None, int(block) if block else None)
    assert printed == {
        name: (row.text, row.items, row.map_side, row.image_bpp, row.block if row.image_bpp is None else None)
        for name, row in PRESETS.items()
    }


def test_the_folders_that_it_names_are_there() -> None:
    for name in re.findall(r"^\| \[?`([\w/]+)/`", README, re.MULTILINE):
        assert (ROOT / name).is_dir()
