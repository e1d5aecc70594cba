"""The papers' bit tables: figures as data, samples of the stated lengths, files that add up."""

from __future__ import annotations

import itertools
import json
import re

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from misc_format.components import Size
from reference_codec.budget import rebuild
from reference_codec.budget.command import budget
from reference_codec.budget.papers import TABLES


def test_the_samples_have_the_stated_lengths() -> None:
    sample = rebuild._sample()
    assert all(len(name.split()) <= 3 for name in sample["names"]) and len(sample["names"]) == 3
    for words, details in sample["details"].items():
        assert [len(detail.split()) for detail in details] == [int(words)] * 3
    assert {words: len(text.split()) for words, text in sample["overall"].items()} == {
        "5": 5,
        "10": 10,
        "20": 20,
        "30": 30,
        "50": 50,
    }
    assert [mask.shape for mask in rebuild._masks()] == [(512, 768)] * 3


def test_the_figures_fit_together_as_in_the_papers() -> None:
    """MISC's rows differ by what is left out; SEDIC's parts sum to their total. Both within rounding."""
    for table in TABLES:
        figures = [row.bpp[0] for row in table.rows if row.bpp]
        if table.system == "misc":
            everything, no_overall, two, one, no_items, no_image = figures
            assert everything - no_overall + no_overall - two + table.image_bpp <= everything + 1e-9
            assert (everything - no_items) == pytest.approx(3 * (no_overall - one) / 2, abs=3e-4)
            assert table.image_bpp == pytest.approx(everything - no_image)
        if table.system == "sedic" and table.text_bpp:
            assert sum(figures[:3]) == pytest.approx(figures[3], abs=3e-4)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.title)
def test_every_row_is_a_file_that_adds_up(table) -> None:
    for row in table.rows:
        made = rebuild.rebuild(table, row, table.size)
        assert sum(made.bits.values()) == made.file_bits and made.file_bits % 8 == 0
        assert (made.bits["image"] > 0) == row.image and (made.bits["maps"] > 0) == (row.maps and row.items > 0)


def test_misc_is_reproduced_within_a_twentieth_in_its_own_way_of_counting() -> None:
    for row in TABLES[0].rows:
        [counted] = rebuild.rebuild(TABLES[0], row, TABLES[0].size).counted
        assert row.bpp is not None and counted.bpp == pytest.approx(row.bpp[0], rel=0.05)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.title)
def test_the_causes_of_a_difference_add_up(table) -> None:
    for row in table.rows:
        made = rebuild.rebuild(table, row, table.size)
        for counted in made.counted:
            gap = made.gap(counted)
            assert (gap is None) == (row.bpp is None or row.bpp[0] != row.bpp[1])
            if gap:
                image = counted.image_bpp - (table.image_bpp if row.image else 0)
                assert gap.whole == pytest.approx(gap.text + gap.maps + gap.own_sum + image / row.bpp[0])
                assert abs(gap.own_sum) < 0.007 and counted.bpp == pytest.approx(row.bpp[0] * (1 + gap.whole))


def test_what_remains_of_misc_and_sedic_is_within_a_thirtieth_or_has_a_cause() -> None:
    """Without the part that is due to other texts and other masks, and without what the paper's own row lacks."""
    for table in TABLES:
        for row in table.rows:
            made = rebuild.rebuild(table, row, table.size)
            for gap in filter(None, map(made.gap, made.counted)):
                assert abs(gap.whole - gap.text - gap.maps - gap.own_sum) < 0.001


def test_ways_of_counting_sedics_text() -> None:
    """On Kodak: the paper's words, its code with the names, and the reading that fits every row of both tables."""
    ablation, kodak = (table for table in TABLES if table.system == "sedic" and "Kodak" in table.title)
    text = rebuild.rebuild(kodak, kodak.rows[1], kodak.size)
    assert [counted.bits for counted in text.counted] == [3767, 4026, 7408]
    for table in (ablation, kodak):
        for row in table.rows:
            made = rebuild.rebuild(table, row, table.size)
            gap = made.gap(made.counted[2])
            assert gap is not None and abs(gap.text) < 0.011
    others = [table for table in TABLES if table.title in ("SEDIC, Table VIII, DIV2K", "SEDIC, Table VIII, CLIC2020")]
    assert [table.size for table in others] == [Size(768, 768)] * 2


@given(st.text("abcdef", min_size=2, max_size=6))
def test_huffman_bits_are_the_least_of_any_prefix_code(text: str) -> None:
    counts = [text.count(char) for char in set(text)]
    if len(counts) == 1:
        assert rebuild.huffman_bits(text) == len(text)
        return
    lengths = itertools.product(range(1, len(counts) + 1), repeat=len(counts))
    best = min(
        sum(count * length for count, length in zip(counts, row, strict=True))
        for row in lengths
        if sum(2.0**-length for length in row) <= 1
    )
    assert rebuild.huffman_bits(text) == best


def test_the_command_prints_tables_and_says_what_is_left_out() -> None:
    app = typer.Typer()
    app.command()(budget)
    shown = CliRunner().invoke(app, ["cmc-bench", "--size", "512x512"])
    assert shown.exit_code == 0 and "512x512" in shown.stdout
    assert "no code that counts" in re.sub(r"\s+", " ", shown.stdout)
    [document] = json.loads(CliRunner().invoke(app, ["cmc-bench", "--json"]).stdout)
    assert [row["overall_words"] for row in document["rows"]] == [5, 10, 20, 50]
    assert document["width"] == 768 and all(row["file_bits"] for row in document["rows"])
    assert CliRunner().invoke(app, ["misc", "--size", "0x5"]).exit_code == 2


def test_another_size_of_picture_scales_the_maps() -> None:
    table = next(table for table in TABLES if table.title == "SEDIC, Table VIII, Kodak")
    made = rebuild.rebuild(table, table.rows[2], Size(96, 64))
    assert 0 < made.bits["maps"] < 2000


def test_every_published_codec_has_a_sample_whose_causes_add_up() -> None:
    from misc_format.codecs import CODECS
    from reference_codec.budget import codecs

    rows = codecs.compared()
    assert [row.codec.name for row in rows] == list(CODECS)
    header, body = codecs.table(rows)
    for row, cells in zip(rows, body, strict=True):
        assert len(cells) == len(header)
        own, bits = row.counts.own_bits, row.counts.file_bits
        assert bits > 0 and bits % 8 == 0
        if own is not None:
            gaps = sum(row.gap(paths) for paths in codecs.CAUSES.values()) + row.content_gap
            assert gaps == pytest.approx(bits - own)
        assert (own is None) == isinstance(row.codec.own, str)
        rates = dict(zip(header, cells, strict=True))
        assert rates["file, bpp"] == f"{bits / (row.sample.size.width * row.sample.size.height):.5f}"
        assert (rates["own bpp"] == "-") == (own is None or row.codec.name in ("ddcm", "turbo-ddcm", "pics", "cfte"))


def test_the_budget_of_codecs_is_printed_and_given_as_json() -> None:
    app = typer.Typer()
    app.command()(budget)
    shown = CliRunner().invoke(app, ["codecs"])
    assert shown.exit_code == 0 and "turbo-ddcm" in shown.stdout and "MISC, Table" not in shown.stdout
    documents = json.loads(CliRunner().invoke(app, ["codecs", "--json"]).stdout)
    assert {document["system"] for document in documents} == {"codecs"}
    assert next(document["bpp"] for document in documents if document["codec"] == "perco-sd") > 0
    for document in documents:
        counted = [line["own_bits"] for line in document["components"]]
        assert document["bits"] == (None if None in counted else pytest.approx(sum(counted)))
