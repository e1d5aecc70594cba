"""The pages on models and decoders: tables say what there is, examples in Python import what is there; `test_examples` reads commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reference_codec.maps import MAP_MAKERS
from reference_codec.text import DESCRIBERS

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("models.md", "decoders.md")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


@pytest.mark.parametrize("names", [DESCRIBERS, MAP_MAKERS])
def test_every_describer_and_map_maker_has_a_row_with_its_usual_model(names: dict[str, str]) -> None:
    text = (DOCS / "models.md").read_text(encoding="utf-8")
    for name, model in names.items():
        assert re.search(rf"^\| `{name}(=[A-Z,]+)?` \|", text, re.MULTILINE)
        assert all(part in text for part in model.split(","))


@pytest.mark.parametrize("page", PAGES)
def test_examples_in_python_import_what_is_there(page: str) -> None:
    for code in blocks(page, "python"):
        compile(code, page, "exec")
        exec("\n".join(line for line in code.splitlines() if line.startswith(("import", "from", "painter"))), {})
