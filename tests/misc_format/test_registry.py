"""The tables of the registry: one source, copies of it in the specification, and a page and forms that know every table."""

from __future__ import annotations

import csv
import re
import tomllib
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import yaml

import misc_format
from misc_format import Codes, Grid, MiscError, Stream, registry
from misc_format.registry import METHODS, Entry, Method
from misc_format.stream import _candidates

ROOT = Path(__file__).parents[2]
SOURCE, COPY = ROOT / "misc_format" / "registry", ROOT / "spec" / "registry"
FORMS = ROOT / ".github" / "ISSUE_TEMPLATE"
PAGE = (ROOT / "docs" / "registry.md").read_text(encoding="utf-8")


def test_every_table_is_read_and_has_a_copy_in_the_specification() -> None:
    files = {path.name: path.read_bytes() for path in SOURCE.glob("*.csv")}
    assert {path.name: path.read_bytes() for path in COPY.iterdir()} == files
    assert sorted(files) == sorted(f"{name}.csv" for name in registry.TABLES)


def test_a_wheel_has_the_tables() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "registry/*.csv" in project["tool"]["setuptools"]["package-data"]["misc_format"]


@pytest.mark.parametrize("name", registry.TABLES)
def test_a_row_has_every_cell_and_no_number_or_name_stands_twice(name: str) -> None:
    head, *rows = csv.reader(registry.table_text(name).splitlines())
    assert all(len(row) == len(head) for row in rows)
    lines = [dict(zip(head, row, strict=True)) for row in rows]
    for key in ("id", "name"):
        found = [(line.get("kind", ""), line[key]) for line in lines]
        assert len(found) == len(set(found))
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.+-]*", line["name"]) and line["meaning"] for line in lines)


def test_cells_have_the_types_of_their_fields() -> None:
    assert registry.PROFILES[4] == Entry(4, "sedic", "SEDIC: text, items with full-resolution masks, latent image")
    assert registry.METHOD_BY_NAME["text", "language-own"] == Method(
        "text", 3, "language-own", ".text.language_own", "6.10",
        "range coded under a language model of the user, identified by its digest", everywhere=False, slow=True,
    )  # fmt: skip
    assert {row.module for row in METHODS if row.name == "private"} == {".private"}


def test_a_cell_that_is_no_value_of_its_field_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    text = registry.table_text("methods")
    for wrong in (text.replace(",yes,no,no,", ",maybe,no,no,", 1), text.replace("text,0,raw", "text,zero,raw")):
        monkeypatch.setattr(registry, "table_text", lambda _, wrong=wrong: wrong)
        with pytest.raises((KeyError, ValueError)):
            list(registry._methods())


DEPRECATED = Method("image", 14, "grid-old", ".image.grid", "8", "a method that another one replaces", deprecated="1.3")


def test_a_deprecated_method_is_read_and_can_be_named_but_is_not_chosen() -> None:
    grid = Grid(np.zeros((2, 2), np.uint8), 2)
    with METHODS.including(DEPRECATED):
        assert "grid-old" not in [row.name for row in _candidates("image", grid, "auto", "best")]
        data = misc_format.write(Stream(4, 4, image=grid, methods={"image": "grid-old"}))
        stream = misc_format.read(data)
        assert stream.methods["image"] == "grid-old" and stream.image == grid
        assert misc_format.validate(data).verdict == "conforming"
        generate = import_module("spec.generate")
        assert (
            "| grid-old | 8 | a method that another one replaces; deprecated since version 1.3 |"
            in generate.methods("")
        )


def test_where_no_method_is_left_to_choose_the_user_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    none_left = [row._replace(deprecated="1.3") for row in METHODS if row.name.startswith("codes-")]
    monkeypatch.setattr("misc_format.stream.methods_for", lambda kind, content: none_left)
    with pytest.raises(MiscError, match="every method for Codes is deprecated or needs a file of the user's; name one"):
        _candidates("image", Codes(np.zeros((2, 2), np.int64), 4), "auto", "best")


def test_no_method_is_deprecated_while_the_page_says_so() -> None:
    said = "No method is deprecated today." in (ROOT / "docs" / "stability.md").read_text(encoding="utf-8")
    assert said == (not [row for row in METHODS if row.deprecated])


def form(name: str) -> dict[str, dict[str, object]]:
    """The fields of an issue form, by their ids."""
    document = yaml.safe_load((FORMS / name).read_text(encoding="utf-8"))
    assert {"name", "description", "labels", "body"} <= set(document)
    return {field["id"]: field["attributes"] for field in document["body"] if "id" in field}


def test_the_page_and_the_form_know_every_table() -> None:
    rows = re.findall(
        r"^\| ([\w ]+) \| (.*?) \| (.*) \|$", PAGE.partition("## What can be registered")[2], re.MULTILINE
    )
    rows = [row for row in rows if row[0] != "Row"]
    assert {f"`{name}.csv`" for name in registry.TABLES} <= {file for _, file, _ in rows}
    open_to_all = [what for what, _, needs in rows if not needs.startswith("none can be added")]
    assert form("registration.yml")["table"]["options"] == open_to_all and len(open_to_all) == len(rows) - 1


@pytest.mark.parametrize("path", sorted(FORMS.glob("*.yml")), ids=lambda path: path.name)
def test_every_form_is_one(path: Path) -> None:
    if path.name != "config.yml":
        fields = form(path.name)
        assert len(fields) >= 3 and all(attributes.get("label") for attributes in fields.values())
        assert len(fields) == path.read_text(encoding="utf-8").count("\n    id: ")  # no id stands twice


@pytest.mark.parametrize("name", ["registration.yml", "erratum.yml"])
def test_the_page_leads_to_its_forms(name: str) -> None:
    assert f"(../.github/ISSUE_TEMPLATE/{name})" in PAGE
    assert "erratum" in (ROOT / "spec" / "errata.md").read_text(encoding="utf-8").lower()


def test_private_numbers_of_the_page_are_those_of_the_registry() -> None:
    private = {row.id for table in (METHODS, registry.PROFILES) for row in table if row.name == "private"}
    assert private == {15} and "| method of a component | 15," in PAGE and "| profile | 15," in PAGE
    assert [row.id for row in registry.ROLES if row.name == "private"] == [31] and "| role of a part | 31," in PAGE
    assert [row.id for row in registry.ANCILLARY_TYPES if row.name.startswith("private")] == [13, 14]
    assert [row.id for row in registry.ARCHITECTURES if row.name.startswith("private")] == [14, 15]
