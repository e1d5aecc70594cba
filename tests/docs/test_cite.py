"""The page on citing: its BibTeX is CITATION.cff, and its tables and its plot are what its commands write."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from misc_format import __version__, validate
from misc_format.cli.app import app
from misc_format.structure.container import FORMAT_VERSION

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cite.md").read_text(encoding="utf-8")
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
PLOT = "cite-bits.svg"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def expected(citation: dict[str, object]) -> dict[str, str]:
    """The fields of BibTeX that follow from a CITATION.cff."""
    authors = citation["authors"]
    assert isinstance(authors, list)
    fields = {
        "title": str(citation["title"]).replace("MISC", "{MISC}"),  # a style may write titles in lower case
        "author": " and ".join(f"{{{author['name']}}}" for author in authors),
        "version": citation["version"],
        "license": citation["license"],
        "year": str(citation["date-released"])[:4] if "date-released" in citation else None,
        "doi": citation.get("doi"),
    }
    return {name: str(value) for name, value in fields.items() if value is not None}


def test_bibtex_says_what_the_citation_file_says() -> None:
    [entry] = blocks("bibtex")
    assert entry.startswith(f"@{CITATION['type']}{{")
    assert dict(re.findall(r"^  (\w+) = \{(.*)\},$", entry, re.MULTILINE)) == expected(CITATION)
    assert expected(CITATION | {"doi": "10.1234/x", "date-released": "2027-01-02"}).keys() >= {"doi", "year"}


def test_the_sentence_has_both_versions() -> None:
    assert f"format version {FORMAT_VERSION}, release {__version__}" in PAGE


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of examples/ in which all commands of the page were run."""
    folder = tmp_path_factory.mktemp("examples")
    shutil.copytree(ROOT / "examples" / "profiles", folder / "profiles")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for line in "".join(blocks("sh")).splitlines():
            program, *arguments = shlex.split(line)
            result = CliRunner().invoke(app, arguments)
            assert program == "misc" and result.exit_code == 0, result.output
    return folder


def test_tables_are_what_the_commands_write(written: Path) -> None:
    made = {path.name: path.read_text(encoding="utf-8") for path in written.glob("*.tex")}
    named = re.findall(r"-o (\S+\.tex)", "".join(blocks("sh")))
    assert len(named) == 2 and [made[name] for name in named] == blocks("latex")


def test_the_plot_is_what_the_command_writes(written: Path) -> None:
    """With the same matplotlib to the byte; with another one, the same words."""
    here, made = ((folder / PLOT).read_text(encoding="utf-8") for folder in (ROOT / "docs", written))
    assert f"]({PLOT})" in PAGE
    drawn_by = re.compile("Matplotlib v[^,]*")
    if drawn_by.findall(here) == drawn_by.findall(made):
        assert here == made
    words = [re.findall(r"<text[^>]*>([^<]*)</text>", text) for text in (here, made)]
    assert words[0] == words[1] and {"sedic", "misc-1"} <= set(words[0])


@pytest.mark.parametrize("path", sorted((ROOT / "examples" / "profiles").iterdir()), ids=lambda path: path.stem)
def test_an_example_conforms_to_the_profile_that_names_it(path: Path) -> None:
    report = validate(path.read_bytes())
    assert report.verdict == "conforming" and not report.self_declared
    assert [issue.id for issue in report.issues] == []
