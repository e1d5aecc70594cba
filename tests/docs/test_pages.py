"""Tables and figures of the pages are those of the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from drawings import architecture, drawings

from conformance.harness import protocol
from misc_format.profiles import PICTURE
from reference_codec.presets import PRESETS
from tests.docs import references

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DRAWN = {path: data for path, data in drawings().items() if path.parent.name == "docs"}


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_the_table_of_presets_is_theirs() -> None:
    image = r"(?:([\d.]+) bpp|a grid, one cell for (\d+) x \d+ pixels)?"
    rows = re.findall(rf"^\| ((?:`[\w-]+`(?:, )?)+) \|(.*)\|(.*)\| *{image} *\|$", page("encode.md"), re.MULTILINE)
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


def test_figures_of_the_image_are_those_of_annex_d() -> None:
    [sentence] = re.findall(r"the MS-SSIM is (.*?)\(Annex D", page("encode.md"), re.DOTALL)
    figures = re.findall(r"0\.\d{3}", sentence)
    [measured] = re.findall(
        r"^- \*\*Latents\.\*\* (.*)$", (ROOT / "spec" / "misc-bitstream.md").read_text("utf-8"), re.MULTILINE
    )
    assert len(figures) == 4 and all(figure in measured for figure in figures)


def test_every_extra_has_a_row() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", page("install.md"), re.MULTILINE)
    assert sorted(rows) == sorted(PROJECT["project"]["optional-dependencies"])


def test_the_table_of_layers_is_the_contract_of_imports() -> None:
    section = page("architecture.md").partition("## Layers")[2].partition("\n## ")[0]
    rows = [re.findall(r"`(\w+)`", cell) for cell in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)]
    assert rows == architecture.layers()


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.name)
def test_drawings_are_up_to_date_and_shown(path: Path) -> None:
    assert path.read_bytes() == DRAWN[path]
    assert f"]({path.name})" in page("architecture.md")


def test_modules_of_the_journey_are_there() -> None:
    for _, _, modules in architecture.STEPS:
        for module in modules:
            path = ROOT / Path(*module.split("."))
            assert path.is_dir() or path.with_suffix(".py").is_file(), module


def test_the_form_of_replies_is_the_one_that_the_harness_checks() -> None:
    section = page("conformance.md").partition("### The form of replies")[2].partition("\n## ")[0]
    rows = [
        (name, f"`{key.name}`", key.form, "yes" if key.required else "")
        for name, keys in protocol.FORMS.items()
        for key in keys
    ]
    assert section.partition("|---|---|---|---|\n")[2].strip() == "\n".join(f"| {' | '.join(row)} |" for row in rows)
    assert f"at most {protocol.MAX_REPLY:,} bytes" in page("conformance.md")


VOCABULARY = ["opened", "share", "leaf", "part", "component", "payload", "codeword", "method", "model"]


@pytest.mark.parametrize("word", VOCABULARY)
def test_the_glossary_has_one_row_for_each_word(word: str) -> None:
    assert len(re.findall(rf"^\| {word} \|", page("glossary.md"), re.MULTILINE)) == 1


def test_no_word_of_the_glossary_is_explained_twice() -> None:
    words = [
        word for cell in re.findall(r"^\| ([^|]+) \|", page("glossary.md"), re.MULTILINE) for word in cell.split(", ")
    ]
    assert len(words) - words.count("word") - words.count("---") == len(set(words) - {"word", "---"})


def test_the_repository_has_one_address() -> None:
    texts = [
        *(text for _, text in sorted(references.documents().items())),
        (ROOT / "pyproject.toml").read_text("utf-8"),
    ]
    addresses = {address for text in texts for address in re.findall(r"github\.com/([\w-]+/misc-bitstream)", text)}
    actions = {address for text in texts for address in re.findall(r"uses: ([\w-]+/misc-bitstream)@", text)}
    assert addresses == actions and len(addresses) == 1


def test_the_row_of_the_toy_method_is_the_one_that_is_tested() -> None:
    [row] = re.findall(r"METHODS.including\((Method\(.*?\))\)", page("add-a-method.md"))
    assert f"ROW = {row}" in (ROOT / "tests" / "misc_format" / "test_toy_method.py").read_text(encoding="utf-8")
