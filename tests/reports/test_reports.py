"""Reports: what is found, that figures are what plain arithmetic gives, that bits add up, and that bad files are rows."""

from __future__ import annotations

import csv
import itertools
import json
import math
import os
import statistics
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import misc_format
from misc_format.accounting import Account, Part, account, account_many
from misc_format.cli.app import app
from misc_format.engine.jobs import Bpp
from misc_format.engine.pool import Order
from misc_format.engine.problems import Problem
from misc_format.engine.rows import ACCOUNT, Row, path_order
from misc_format.engine.run import Extent, rows
from misc_format.engine.sources import Entry, find
from misc_format.engine.work import Group, Work
from misc_format.errors import MiscError
from misc_format.profiles import BudgetUse
from misc_format.reports import exports, tables
from misc_format.reports.collection import Collection
from tests.needs import LINUX, needs

EXAMPLE = Path(__file__).parents[2] / "examples" / "coffee.misc"


def misc(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def text_file(width: int, height: int, overall: str, profile: str = "free") -> bytes:
    return misc_format.write(
        misc_format.Stream(width, height, profile, text=misc_format.Text(overall), methods={"text": "raw"})
    )


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Three good files in two folders, and four bad ones."""
    folder = tmp_path / "mixed"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.misc").write_bytes(text_file(10, 10, "ab"))
    (folder / "b.misc").write_bytes(text_file(20, 10, "abcd", "cmc-text"))
    (folder / "sub" / "c.misc").write_bytes(text_file(10, 20, "abcdef"))
    (folder / "cut.misc").write_bytes(EXAMPLE.read_bytes()[:30])
    (folder / "empty.misc").write_bytes(b"")
    (folder / "foreign.misc").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(5000))
    (folder / "gone.misc").symlink_to(tmp_path / "nowhere")
    (folder / "notes.txt").write_text("no bitstream")
    return folder


BAD = {"cut.misc": "MISC-CON-008", "empty.misc": "MISC-CON-007", "foreign.misc": "MISC-CON-001", "gone.misc": None}


def test_folders_globs_and_files_are_found_and_nothing_else(mixed: Path) -> None:
    def names(*sources: object) -> list[str]:
        return sorted(entry.name for entry in find([str(source) for source in sources]))

    inside = ["a.misc", "b.misc", "cut.misc", "empty.misc", "foreign.misc", "gone.misc", "sub/c.misc"]
    assert names(mixed) == inside
    assert names(mixed / "**" / "*.misc") == inside
    assert names(mixed / "[ab].misc") == ["a.misc", "b.misc"]
    assert names(mixed / "a.misc", mixed / "notes.txt") == ["a.misc", "notes.txt"]
    (mixed / "[x].misc").write_bytes(b"")
    assert [entry.path for entry in find([str(mixed / "[x].misc")])] == [str(mixed / "[x].misc")]  # there, so no glob


def test_what_is_not_there_and_what_is_no_file_are_rows(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    os.mkfifo(tmp_path / "none" / "pipe.misc")
    found = list(find([str(tmp_path / "none"), str(tmp_path / "no*.misc"), str(tmp_path / "missing")]))
    assert [entry.error is not None for entry in found] == [True, True, False]  # the last fails when it is read
    result = misc("bpp", tmp_path / "none", tmp_path / "no*.misc", tmp_path / "missing", "--json")
    assert result.exit_code == 1
    assert ["error" in entry for entry in json.loads(result.stdout)] == [True, True, True]
    assert misc("bpp", tmp_path / "no*.misc").exit_code == 3


def test_bad_files_are_rows_with_their_reason_and_the_exit_code_is_1(mixed: Path, tmp_path: Path) -> None:
    for deep in ([], ["--deep", "--workers", "1"]):
        result = misc("bpp", mixed, "--json", *deep)
        assert result.exit_code == 1
        documents = {Path(entry["file"]).name: entry for entry in json.loads(result.stdout)}
        assert len(documents) == 7
        for name, entry in documents.items():
            if name in BAD:
                assert entry["error"]["id"] == BAD[name] and entry["error"]["message"]
            else:
                assert sum(part["bits"] for part in entry["components"]) == entry["file_bits"]
                assert entry["file_bits"] == 8 * Path(entry["file"]).stat().st_size
        assert result.stderr.count("\n") == len(BAD)


def test_json_is_a_list_as_it_always_was(mixed: Path) -> None:
    files = [mixed / "b.misc", mixed / "a.misc", mixed / "b.misc"]
    result = misc("bpp", *files, "--json")
    expected = [{"file": str(file), **account(file.read_bytes()).as_dict()} for file in files]
    assert result.stdout == json.dumps(expected, indent=2, ensure_ascii=False) + "\n"
    assert misc("bpp", EXAMPLE, "--json").exit_code == 0


def test_every_export_adds_up_and_has_every_file(mixed: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    outputs = [tmp_path / f"r{ending}" for ending in exports.FORMATS]
    result = misc(
        "bpp", mixed, *(argument for path in outputs for argument in ("-o", path)), "--against", mixed / "a.misc"
    )
    assert result.exit_code == 1, result.output
    with outputs[0].open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    table = pq.read_table(outputs[1]).to_pylist()
    assert [row["file"] for row in rows] == [row["file"] for row in table] and len(rows) == 8
    assert [row["set"] for row in rows] == ["this"] * 7 + ["against"]
    for text, row in zip(rows, table, strict=True):
        if row["error"]:
            assert text["error"] == row["error"] and row["file_bits"] is None and text["file_bits"] == ""
            continue
        parts = [name for name in row if name not in ("set", "file", *dict(ACCOUNT), "error", "error_id")]
        size = 8 * Path(row["file"]).stat().st_size
        assert sum(row[name] for name in parts) == row["file_bits"] == int(text["file_bits"]) == size
        assert sum(int(text[name]) for name in parts) == size
    report = json.loads(outputs[2].read_text(encoding="utf-8"))
    assert (report["files"], report["failed"]) == (3, 4) and len(report["accounts"]) == 7
    assert report["file_bits"] == sum(entry["file_bits"] for entry in report["accounts"] if "error" not in entry)
    [group] = report["groups"]
    assert sum(part["bits"] for part in group["components"]) == group["file_bits"] == report["file_bits"]
    assert report["against"]["pairs"] == {"files": 1, "smaller": 0, "equal": 1, "larger": 0}
    markdown, latex = (path.read_text(encoding="utf-8") for path in outputs[3:])
    assert "MISC-CON-001" in markdown and "| header |" in markdown
    assert r"\begin{tabular}{lccc}" in latex and "Total bpp" in latex


@pytest.mark.parametrize("against", [False, True])
def test_every_form_of_report_has_the_files_that_failed(mixed: Path, tmp_path: Path, against: bool) -> None:
    """With another set, the files that failed are in that set, too."""
    outputs = [tmp_path / f"r{ending}" for ending in (*exports.FORMATS, ".svg")]
    options = [argument for path in outputs[:-1] for argument in ("-o", path)]
    other = ("--against", mixed) if against else ()
    sources = (mixed / "a.misc", mixed / "b.misc") if against else (mixed,)
    assert misc("bpp", *sources, *other, *options, "--plot", outputs[-1]).exit_code == 1
    _, parquet, _, _, latex, plot = outputs
    for path in outputs:
        if path in (parquet, plot):
            continue
        text = path.read_text(encoding="utf-8").replace("\\_", "_").replace("\\", "")
        for name, rule in BAD.items():
            assert name in text and (rule or "") in text, (path.name, name)
    import pyarrow.parquet as pq

    rows = {Path(row["file"]).name: row for row in pq.read_table(parquet).to_pylist()}
    assert all(rows[name]["error"] and rows[name]["error_id"] == rule for name, rule in BAD.items())
    lines = latex.read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith("% not counted: ") for line in lines) == 4
    assert any(line.startswith(r"\caption") and "4 files could not be counted." in line for line in lines)
    assert "4 files could not be counted" in plot.read_text(encoding="utf-8")


def test_a_name_stays_in_its_comment_of_latex(tmp_path: Path) -> None:
    with closing(Collection()) as collection:
        collection.add(
            Row("a\n\\input{b}\r\u2028c.misc", "a", problem=Problem("file", "cut\nshort", None, None, "", "cut"))
        )
        exports.export(collection, tmp_path / "t.tex", "none")
    first, second, *_ = (tmp_path / "t.tex").read_text(encoding="utf-8").splitlines()
    assert first.startswith(r"% not counted: a \input{b} c.misc: ") and second == r"\begin{table}[t]"


def test_a_plot_says_what_it_leaves_out(tmp_path: Path) -> None:
    from misc_format.reports.plot import plot

    with closing(Collection()) as collection:
        for index in range(61):
            parts = (Part("text", "text", 8 + index, None),)
            collection.add(Row(f"{index}/a.misc", "a.misc", Account(8, 4, parts, "free")))
        plot(collection, tmp_path / "p.svg", "folder")
    assert ">the largest 60 of 61 bars<" in (tmp_path / "p.svg").read_text(encoding="utf-8")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("whole", [True, False])
def test_every_section_of_a_plot_has_a_colour_of_its_own_and_a_place_in_the_legend(whole: bool, tmp_path: Path) -> None:
    from misc_format.reports.plot import COLOURS, _colours, plot

    labels = [f"image/part-{place:02}" for place in range(60)] + ["image"] * whole
    parts = [Part(path, "image", 64, None, "verified", path) for path in labels]
    with closing(Collection()) as collection:
        collection.add(Row("a.misc", "a.misc", Account(64, 64, tuple(parts), "free")))
        plot(collection, tmp_path / "p.svg", "none")
        colours = _colours(collection.sections())
    drawn = (tmp_path / "p.svg").read_text(encoding="utf-8")
    assert all(f">Part-{place:02}<" in drawn for place in range(60))
    assert len(set(colours.values())) == len(colours) == len(labels) + 3
    assert {name: colours[name] for name in COLOURS if name in colours} == {
        name: COLOURS[name] for name in COLOURS if whole or name != "image"
    }


def test_the_first_colours_of_a_plot_are_far_apart() -> None:
    from misc_format.reports.plot import _colours

    colours = _colours(["image", *(f"image/{place}" for place in range(12)), "text", "maps", "overhead"]).values()
    channels = [[int(colour[place : place + 2], 16) for place in (1, 3, 5)] for colour in colours]
    assert all(math.dist(one, two) >= 60 for one, two in itertools.combinations(channels, 2))


def test_statistics_are_those_of_python(tmp_path: Path) -> None:
    sizes = [3, 9, 4, 400, 5, 6]
    with closing(Collection()) as collection:
        paths = sorted(f"{'ab'[index % 2]}/{index}.misc" for index in range(len(sizes)))
        for path, size in zip(paths, sizes, strict=True):
            parts = [Part("header", "header", 64, 64.0)] + [Part("image", "image", size, None)] * (size < 100)
            collection.add(Row(path, path, Account(8, 4, tuple(parts), "free")))
        [(_, found)] = collection.statistics()
        images = [size if size < 100 else 0 for size in sizes]
        for part, bits in zip(found, ([64] * 6, images, [64 + image for image in images]), strict=True):
            bpp = [value / 32 for value in bits]
            assert part.bits == sum(bits) and part.files == 6
            assert part.mean == pytest.approx(statistics.mean(bpp)) and part.median == pytest.approx(
                statistics.median(bpp)
            )
            assert part.deviation == pytest.approx(statistics.stdev(bpp), abs=1e-12)
            assert (part.minimum, part.maximum) == (min(bpp), max(bpp))
        groups = dict(collection.statistics("folder"))
        assert {name: parts[-1].files for name, parts in groups.items()} == {"a": 3, "b": 3}
        assert groups["b"][1].median == pytest.approx(
            statistics.median([0, 5 / 32, 6 / 32])  # the file of 400 has no image
        )
        assert sum(parts[-1].bits for parts in groups.values()) == collection.bits()


def test_paths_stand_in_the_order_of_a_file() -> None:
    paths = ["header", "text/overall", "text/items/0/name", "text/items/0/detail", "text/items/2/name", "text/items/10/name",
             "text/padding", "maps/sizes", "maps/0", "image/header", "image/green", "image/padding", "ancillary/9", "file"]  # fmt: skip
    assert sorted(set(paths), key=path_order) == paths


def test_groups_comparison_and_tables_for_people(mixed: Path) -> None:
    assert "cmc-text" in misc("bpp", mixed, "--group", "profile").stdout
    shown = misc("bpp", mixed, "--against", mixed / "sub").stdout
    assert "3 files" in shown and "against 1 file" in shown and "difference" in shown
    assert misc("bpp", mixed, "--group", "size").exit_code == 2
    assert misc("bpp", mixed, "-o", "report.xlsx").exit_code == 2
    assert misc("bpp", mixed, "--plot", "plot.gif").exit_code == 2


def test_an_image_and_the_sum_of_image_parts_have_different_names(tmp_path: Path) -> None:
    grid = misc_format.Grid(np.eye(4, dtype=np.uint8), 1)
    parts = misc_format.Parts(tuple(misc_format.ImagePart(role, grid) for role in ("sketch", "depth")))
    for name, image in (("whole", grid), ("parts", parts)):
        (tmp_path / f"{name}.misc").write_bytes(misc_format.write(misc_format.Stream(8, 8, image=image)))
    whole = ("bpp", tmp_path / "whole.misc", tmp_path / "whole.misc")
    both = ("bpp", tmp_path, "--against", tmp_path, "-o", tmp_path / "r.md")
    assert "parts" not in misc(*whole).stdout
    shown = " ".join(misc(*both).stdout.split())
    # In the statistics and in the comparison.
    assert "image, all parts" in shown and shown.count("image, without parts") == 2
    assert (tmp_path / "r.md").read_text(encoding="utf-8").count("| image, without parts |") == 2


def test_the_table_in_sedics_shape_adds_up() -> None:
    with closing(Collection()) as collection:
        counted = account(EXAMPLE.read_bytes(), deep=True)
        collection.add(Row("kodak_1/a.misc", "a.misc", counted))
        table = tables.allocation(collection, "folder")
    assert table.header == ("Dataset", "Reference image", "Text", "Mask", "Overhead", "Total bpp")
    [(name, *figures)] = table.rows
    assert figures[2].endswith(" (J=3)")
    figures[2] = figures[2].removesuffix(" (J=3)")
    assert name == "kodak_1" and "kodak\\_1" in exports.latex(table)
    assert sum(map(float, figures[:-1])) == pytest.approx(counted.bpp, abs=2.5e-4)
    assert float(figures[-1]) == pytest.approx(counted.bpp, abs=5e-5)


GROUPED_SIZES = {"one/a": (8, 0), "one/b": (16, 4), "two/c": (24, None)}  # bits of text and of the image


@pytest.fixture
def compared() -> Iterator[Collection]:
    """Two sets of three files; the files of the second have 8 bits more, and no image."""
    with closing(Collection()) as collection:
        for side in (0, 1):
            for name, (text, image) in GROUPED_SIZES.items():
                parts = [Part("header", "header", 64, 64.0), Part("text/overall", "text", text + 8 * side, 1.0)]
                parts += [Part("image", "image", image, None)] * (image is not None and side == 0)
                collection.add(Row(f"set{side}/{name}", name, Account(8, 4, tuple(parts), "free")), side)
        yield collection


STYLE = tables.Style("A & B", 3, True, ("ours", "theirs_1"), {"text": "Words", "difference": "Delta"})


def test_sections_have_the_mean_and_the_deviation_of_their_sums(compared: Collection) -> None:
    table = tables.publication(compared, "none", STYLE)
    assert table.header == ("Component", "ours", "theirs_1", "Delta") and table.title == "A & B"
    text, image = ([bits[index] or 0 for bits in GROUPED_SIZES.values()] for index in (0, 1))

    def figure(bits: list[int]) -> str:
        bpp = [value / 32 for value in bits]
        return f"{statistics.mean(bpp):.3f} ± {statistics.stdev(bpp):.3f}"

    longer = [bits + 8 for bits in text]
    sizes = [64 + words + picture for words, picture in zip(text, image, strict=True)]
    assert table.rows == [
        ("Reference image", figure(image), "-", f"+{statistics.mean(image) / 32:.3f}"),
        ("Words", figure(text), figure(longer), "-0.250"),
        ("Overhead", figure([64] * 3), figure([64] * 3), "+0.000"),
        (
            "Total bpp",
            figure(sizes),
            figure([64 + bits for bits in longer]),
            f"-{0.25 - statistics.mean(image) / 32:.3f}",
        ),
    ]
    latex = exports.latex(table)
    assert r"\caption{A \& B}" in latex and r"theirs\_1" in latex and r"$\pm$" in latex and "$-$0.250" in latex


def test_groups_of_two_sets_are_matched_by_their_folders_below_the_sources(compared: Collection) -> None:
    table = tables.publication(compared, "folder")
    assert table.text_columns == 2
    assert [row[:2] for row in table.rows] == [
        (folder, section)
        for folder, sections in (("one", ("Reference image", "Text", "Overhead", "Total bpp")), ("two", ("Text", "Overhead", "Total bpp")))
        for section in sections
    ]  # fmt: skip
    assert all(row[2] != "-" for row in table.rows)


def test_what_no_file_of_a_set_has_is_a_dash_and_not_a_zero(compared: Collection) -> None:
    rows = {row[0]: row[1:] for row in tables.comparison(compared).rows}
    assert rows["image"][1] == "-" and rows["image"][2].startswith("+0.0")
    [row] = (row for row in tables.allocation(compared, "folder").rows if row[0] == "two")
    assert row[1] == row[3] == "-"


def test_a_plot_has_a_bar_for_each_set(compared: Collection, tmp_path: Path) -> None:
    from misc_format.reports.plot import plot

    plot(compared, tmp_path / "bars.svg", "none", STYLE)
    drawn = (tmp_path / "bars.svg").read_text(encoding="utf-8")
    assert all(f">{label}<" in drawn for label in ("ours", "theirs_1", "Words", "Mask"))
    plot(compared, tmp_path / "groups.svg", "folder", STYLE)
    assert ">two: theirs_1<" in (tmp_path / "groups.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("first", "=+-@\t\r")
def test_a_name_is_no_formula_in_csv(first: str, tmp_path: Path) -> None:
    name = f"{first}cmd|' -C calc'!A0.misc"
    (tmp_path / name).write_bytes(text_file(9, 9, "x"))
    for folder in ("", "./"):
        code = f"{folder}{name}" if folder else name
        before = os.getcwd()
        os.chdir(tmp_path)
        try:
            assert misc("bpp", "-o", "report.csv", "--", code).exit_code == 0
        finally:
            os.chdir(before)
        with (tmp_path / "report.csv").open(encoding="utf-8", newline="") as stream:
            [row] = csv.DictReader(stream)
        assert not row["file"].startswith(exports.FORMULA_BEGINNINGS) and row["file"].endswith("A0.misc")
    assert exports.no_formula(-3) == -3


def test_options_of_publication_are_checked(mixed: Path, tmp_path: Path) -> None:
    arguments = ("bpp", mixed / "a.misc", "--against", mixed / "b.misc", "-o", tmp_path / "t.tex")
    assert misc(*arguments, "--label", "A", "--label", "B", "--title", "text=T=x", "--digits", "2").exit_code == 0
    latex = (tmp_path / "t.tex").read_text(encoding="utf-8")
    assert " & A & B & " in latex and "T=x" in latex and "over 1 file and 1 file" in latex
    for wrong in (("--label",) * 2 + ("--label", "b", "--label", "c"), ("--title", "words=T"), ("--digits", "0")):
        assert misc(*arguments, *wrong).exit_code == 2


def test_one_file_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "a.misc").write_bytes(text_file(9, 9, "x"))
    shown = misc("bpp", tmp_path, tmp_path / "none.misc").stdout
    assert "1 file, " in shown and "1 files" not in shown


def test_the_budget_is_what_the_profile_allows(tmp_path: Path) -> None:
    uses = {use.quantity: use for use in account(EXAMPLE.read_bytes(), deep=True).budget}
    assert uses["items"] == BudgetUse("items", 3, 3) and uses["side of a map"] == BudgetUse("side of a map", 8, 16)
    stream = misc_format.read(EXAMPLE)
    assert isinstance(stream.text, misc_format.Text)
    assert uses["words overall"] == BudgetUse("words overall", len(stream.text.overall.split()), 60)
    shown = misc("bpp", EXAMPLE, "--deep").stdout
    assert "words overall" in shown
    assert "words overall" not in misc("bpp", EXAMPLE).stdout


@pytest.mark.usefixtures("small_language_model")
def test_many_accounts_are_the_single_ones() -> None:
    """Good and broken texts side by side: each as if it were alone."""
    files = [
        misc_format.write(misc_format.Stream(9, 9, text=misc_format.Text(text), methods={"text": "language"}))
        for text in ("", "a", "a longer text, of more words than the others")
    ]
    files += [
        files[2] + b"\1",
        files[2][:-3],
        files[1][:9] + b"\xff" * 40,
        b"",
        text_file(4, 4, "raw"),
        EXAMPLE.read_bytes()[:50],
    ]
    together = account_many(files)
    for data, found in zip(files, together, strict=True):
        try:
            alone: Account | MiscError = account(data, deep=True)
        except MiscError as error:
            assert isinstance(found, MiscError) and (found.rule, found.bit_offset, found.path) == (
                error.rule,
                error.bit_offset,
                error.path,
            )
            continue
        assert found == alone and found.file_bits == 8 * len(data)
    assert sum(isinstance(found, MiscError) for found in together) == 5


def test_one_impossible_file_leaves_the_others_of_its_batch(monkeypatch: pytest.MonkeyPatch, mixed: Path) -> None:
    """What nobody foresaw, in one of a batch: the batch is done again one by one."""

    def breaks(files: list[bytes]) -> list[Account | MiscError]:
        if len(files) > 1 or files == [b""]:
            raise ZeroDivisionError
        return account_many(files)

    monkeypatch.setattr(misc_format, "account_many", breaks)
    entries = [Entry(0, str(mixed), name) for name in ("a.misc", "empty.misc", "b.misc")]
    work = Work(Bpp(deep=True))
    messages = work.groups(work.reader.inputs(entries), Order(None), 0)
    found = [row for message in messages if isinstance(message, Group) for row in message.rows]
    assert [row.account is not None for row in found] == [True, False, True]
    assert found[1].problem is not None and "ZeroDivisionError" in found[1].problem.sentence


def test_processes_give_what_one_gives_in_the_same_order(tmp_path: Path) -> None:
    for index in range(40):
        (tmp_path / f"{index:02}.misc").write_bytes(text_file(9, 9, "x" * index) if index % 7 else b"")
    entries = [Entry(0, str(path.parent), path.name) for path in sorted(tmp_path.glob("*.misc"))]
    alone, together = (
        [row._replace(seconds=0.0) for row in rows(entries, Bpp(deep=True), Extent(40, 0), number)] for number in (1, 2)
    )
    assert list(map(repr, alone)) == list(map(repr, together))
    assert sum(row.account is not None for row in together) == 34


def test_a_plot_names_the_files_and_has_their_bits(mixed: Path, tmp_path: Path) -> None:
    (mixed / "$x_1$.misc").write_bytes(text_file(5, 5, "ab"))
    assert misc("bpp", mixed, "--plot", tmp_path / "p.svg", "--json").exit_code == 1
    words = [element.text for element in ElementTree.parse(tmp_path / "p.svg").iter("{http://www.w3.org/2000/svg}text")]
    assert {"a", "b", "c", "$x_1$", "Reference image", "bits per pixel"} <= set(words)
    assert f"{account((mixed / 'a.misc').read_bytes()).bpp:.4f}" in words
    misc("bpp", mixed, "--plot", tmp_path / "p.png", "--group", "folder", "--json")
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


@needs(LINUX)  # other systems' file systems may take UTF-8 names alone
def test_names_that_are_no_utf8_are_counted(mixed: Path, tmp_path: Path) -> None:
    (mixed / os.fsdecode(b"\xff\xfe.misc")).write_bytes(text_file(5, 5, "ab"))
    assert misc("bpp", mixed, "-o", tmp_path / "r.csv", "-o", tmp_path / "r.json", "--json").exit_code == 1
    assert "\\udcff\\udcfe.misc" in (tmp_path / "r.csv").read_text(encoding="utf-8")


def test_an_export_is_whole_or_not_there(mixed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rows(self: Collection, side: int = 0) -> Iterator[object]:
        yield from ()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Collection, "rows", rows)
    assert misc("bpp", mixed / "a.misc", mixed / "b.misc", "-o", tmp_path / "out" / "r.csv").exit_code == 3
    (tmp_path / "out").mkdir()
    assert misc("bpp", mixed / "a.misc", "-o", tmp_path / "out" / "r.csv", "--json").exit_code == 3
    assert list((tmp_path / "out").iterdir()) == []
