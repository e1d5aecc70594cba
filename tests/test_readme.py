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


def test_each_way_in_has_a_sentence_a_link_and_a_command() -> None:
    section = README.partition("## Four ways in\n\n")[2].partition("\n\n")[0]
    ways = re.split(r"^- ", section, flags=re.MULTILINE)[1:]
    assert len(ways) == 4
    for way in ways:
        name, link, command = re.findall(r"^\*\*[^*]+\.\*\*|\]\([\w./-]+\)|`misc [^`]+`", way)
        assert name.startswith("**") and link.startswith("](docs/") and command.startswith("`misc ")


def test_every_page_can_be_reached() -> None:
    """On GitHub, by links alone; the pages of the API are made only for the site."""
    reached: set[Path] = set()
    new = {ROOT / "README.md"}
    while new:
        reached |= new
        found = {
            path.parent / name for path in new for name in re.findall(r"\]\(([^)#:]+\.md)", path.read_text("utf-8"))
        }
        new = {path.resolve() for path in found if path.exists()} - reached
    pages = {*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md"), ROOT / "conformance" / "README.md"}
    assert {path.name for path in pages - reached} == {"api.md"}
