"""The README's examples do what it says: the first thing that a user copies works."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from misc_format.accounting import account

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_python() -> None:
    [code] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    bpp = float(done.stdout.split()[0])
    assert 0 < bpp < 0.01
    assert len(code.splitlines()) <= 12


def test_the_table_is_that_of_the_demo_file() -> None:
    printed = dict(re.findall(r"│ (\w+) +│ +([\d,]+) │", README))
    found = account((ROOT / "examples" / "coffee.misc").read_bytes())
    assert {path: int(bits.replace(",", "")) for path, bits in printed.items()} == {
        **{part.path: part.bits for part in found.components},
        "file": found.file_bits,
    }


def test_it_is_one_screen_and_a_half() -> None:
    assert len(README.splitlines()) <= 80


def test_every_page_is_named() -> None:
    for page in (ROOT / "docs").glob("*.md"):
        assert f"docs/{page.name}" in README or page.name == "api.md", page.name
