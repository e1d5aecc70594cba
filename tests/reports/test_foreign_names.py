"""Names of files and labels stay text in every report for people: no formula, no markup, no command."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from misc_format.cli.app import app
from misc_format.reports import exports
from misc_format.reports.tables import Table
from misc_format.system.text import visible
from reference_codec.evaluation import command
from reference_codec.evaluation.measure import Row
from reference_codec.evaluation.results import Results

DEMO = (Path(__file__).parents[2] / "examples" / "coffee.misc").read_bytes()
FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1"]
MARKUP = [
    "![x](https://host/x.png)", "[x](https://host)", "[x]: https://host", "<img src=x>", "`code`", "a|b", "a\\|b", "a\\", "\\[x](y)",
    "*a* **b** _c_ __d__ ~~e~~", "&lt;b&gt;", "&#60;b&#62;", "# a", "- a", "1. a", "> a", "$a$", "<https://host>", "a\x1b[2J\u202eb",
]  # fmt: skip
COMMANDS = [
    *MARKUP,
    "[3pt] a",
    "* a",
    "\\input{/etc/passwd}",
    "^^5cinput",
    "{",
    "}",
    "%",
    "a & b \\\\ c",
    "~",
    "\\end{tabular}",
]


def table(name: str) -> Table:
    return Table(f"about {name}", (name, "bits"), ((name, "1"), (name, "2")), 1)


@pytest.mark.parametrize("name", FORMULAS, ids=ascii)
def test_no_cell_of_csv_is_a_formula(name: str) -> None:
    stream = io.StringIO()
    exports.write_csv(stream, [name, "bits"], [[name, -1.5], ["a", None]])
    rows = list(csv.reader(io.StringIO(stream.getvalue(), newline="")))
    assert rows == [[f"'{name}", "bits"], [f"'{name}", "-1.5"], ["a", ""]]


@pytest.mark.parametrize("name", FORMULAS, ids=ascii)
def test_no_cell_of_an_evaluation_is_a_formula(name: str) -> None:
    row = Row(name, name, name, 4, 4, problem=name, notes=(name,))
    text = command._csv(Results([row], [], [], {}, {}))
    [_, cells] = csv.reader(io.StringIO(text, newline=""))
    assert [cell for cell in cells if cell.startswith(exports.FORMULA_BEGINNINGS)] == []
    assert cells.count(f"'{name}") == 5


@pytest.mark.parametrize("name", MARKUP, ids=ascii)
def test_no_cell_of_markdown_is_markup(name: str) -> None:
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(exports.markdown(table(name)))
    inline = [token for token in tokens if token.type == "inline"]
    assert {token.type for token in tokens if token.type.endswith("_open")} == {
        "paragraph_open", "table_open", "thead_open", "tbody_open", "tr_open", "th_open", "td_open",
    }  # fmt: skip
    assert {child.type for token in inline for child in token.children or ()} <= {"text", "text_special"}
    texts = ["".join(child.content for child in token.children or ()) for token in inline]
    shown = visible(name)
    assert texts == [f"About {shown}.", shown, "bits", shown, "1", shown, "2"]


@pytest.mark.parametrize("name", COMMANDS, ids=ascii)
def test_no_cell_of_latex_is_a_command(name: str) -> None:
    text = exports.latex(table(name))
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    ours = r"\\(begin|end)\{(table|tabular)\}|\\(centering|caption|toprule|midrule|bottomrule)\b|\\\\$"
    rest = re.sub(ours, "", text, flags=re.MULTILINE)
    characters = r"\\text(tilde|asciitilde|asciicircum|backslash|less|greater|bar)\{\}|\\[&%$#_{}]|\$\\pm\$"
    assert "\\" not in re.sub(characters, "", rest), text
    assert not re.search(r"\\\\\s*[\[*]", text), "an option of the end of a row"
    assert text.count(r"\begin") == text.count(r"\end") == 2 and len(text.splitlines()) == 12


def test_files_with_such_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = [name.replace("/", "") + ".misc" for name in (*FORMULAS, *MARKUP)]
    for name in names:
        Path(name).write_bytes(DEMO[:40])
    result = CliRunner().invoke(app, ["bpp", ".", "-o", "r.csv", "-o", "r.md", "-o", "r.tex", "-o", "r.json"])
    assert result.exit_code == 1 and "internal" not in result.output
    with open("r.csv", newline="", encoding="utf-8") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert not [cell for cell in cells if cell.startswith(exports.FORMULA_BEGINNINGS)]
    tokens = MarkdownIt("commonmark").enable("table").parse(Path("r.md").read_text(encoding="utf-8"))
    kinds = {child.type for token in tokens if token.type == "inline" for child in token.children or ()}
    assert kinds <= {"text", "text_special", "softbreak"}
