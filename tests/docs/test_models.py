"""The pages on models and decoders: each command is one that the program takes, and each table says what the code does."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
import typer

from misc_format.cli.app import app
from reference_codec.describers import DESCRIBERS
from reference_codec.mapmakers import MAP_MAKERS

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("models.md", "decoders.md")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def commands() -> list[str]:
    lines = [line for page in PAGES for block in blocks(page, "sh") for line in block.splitlines()]
    return [found for line in lines for found in re.findall(r"(?:^|&& )misc ([^#&]+)", line)]


def parse(line: str) -> click.Context:
    """The arguments of a subcommand, read as the program reads them; raises `click.UsageError`."""
    name, *arguments = shlex.split(line)
    group = typer.main.get_command(app)
    command = group.get_command(click.Context(group), name)
    assert command is not None, name
    return command.make_context(name, arguments)


@pytest.mark.parametrize("line", commands())
def test_a_command_is_taken(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("photo.jpg", "photo.misc"):
        (tmp_path / name).touch()
    parameters = parse(line).params
    for option, known in (("describer", DESCRIBERS), ("map_maker", MAP_MAKERS)):
        assert str(parameters.get(option, "embedded")).partition("=")[0] in known


def test_there_are_commands_and_a_wrong_one_would_be_seen() -> None:
    assert len(commands()) > 25
    with pytest.raises(Exception, match="No such option"):
        parse("encode photo.jpg --no-such-option")


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
