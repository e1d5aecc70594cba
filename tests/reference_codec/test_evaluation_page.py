"""The page of an evaluation: hostile text stays text, and every row has its place."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from io import BytesIO

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from reference_codec.evaluation.cmc_metrics import Overall
from reference_codec.evaluation.curves import Point
from reference_codec.evaluation.dataset_check import Check, Finding
from reference_codec.evaluation.datasets import DATASETS
from reference_codec.evaluation.measure import Row
from reference_codec.evaluation.metrics import METRICS
from reference_codec.evaluation.page import page
from reference_codec.evaluation.plots import COLOURS, MARKERS, plot
from reference_codec.evaluation.results import Mean, Remark, Results
from reference_codec.evaluation.view import evaluation_view
from tests.needs import extra, needs

pytestmark = needs(extra("reports"))

HOSTILE = [
    "</style><script>owned=1</script>",
    "\" onerror='owned=1'",
    "a$b$c \\frac",
    "_hidden",
    "{{ view }}{% raw %}",
    "\u202e\u2066\x00\x1b",
    "\udce9.png",
]
TEXT = st.text(st.characters(exclude_categories=()), min_size=1, max_size=30) | st.sampled_from(HOSTILE)


class Reader(HTMLParser):
    """Collects elements with the names of their attributes, and all text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.shapes: set[tuple[str, ...]] = set()
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shapes.add((tag, *(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


@cache
def crop() -> bytes:
    stream = BytesIO()
    Image.new("RGB", (4, 4), "red").save(stream, format="WEBP", lossless=True)
    return stream.getvalue()


def results(label: str, place: str, picture: str, reason: str) -> Results:
    """Two sets of one label, an anchor beside the first, one failure in each, a metric that is missing, and an original too many."""
    rows = [
        Row("original", "original", picture, 4, 4, crop=crop(), original=True),
        Row(label, place, picture, 4, 4, 80, {"header": 64}, {"psnr": 20.0}, crop=crop()),
        Row(label, place + "2", picture, 4, 4, 96, {"header": 64}, {"psnr": 30.0}, crop=crop()),
        Row(label, place + "2", picture + "2", 4, 4, problem=reason),
        Row("JPEG", place, picture, 4, 4, 72, {}, {"psnr": None}, anchor=True, crop=crop()),
    ]
    means = [
        Mean(label, place, False, 1, True, 5.0, {"header": 64.0}, {"psnr": 20.0}),
        Mean(label, place + "2", False, 1, False, 6.0, {"header": 64.0}, {"psnr": 30.0}),
        Mean("JPEG", place, True, 1, True, 4.5, {}, {"psnr": 20.5}),
    ]
    check = Check(DATASETS["kodak"], 1, (Finding(picture, "extra", reason),))
    overall = {label: Overall(2.25, 1.125)}
    return Results(
        rows,
        means,
        ["psnr"],
        {"fid": reason},
        {label: {"JPEG": {"psnr": None}}},
        check,
        overall,
        originals=2,
        remarks=[Remark(label, place, reason)],
    )


@settings(max_examples=20)
@given(TEXT, TEXT, TEXT, TEXT, TEXT)
def test_no_text_adds_markup_or_hides(title: str, label: str, place: str, picture: str, reason: str) -> None:
    text = page(results(label, place, picture, reason), title)
    text.encode()  # without lone surrogates
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert Reader(text).shapes == plain_shapes()


@cache
def plain_shapes() -> set[tuple[str, ...]]:
    return Reader(page(results("a", "b", "c", "d"), "e")).shapes


def test_labels_of_curves_are_in_the_legend_and_not_in_the_drawing() -> None:
    curves = {f"<{label}>": [Point(0.1, 20.0), Point(0.2, 30.0)] for label in ("_hidden", "a$b$c", "plain")}
    drawn = plot(METRICS["psnr"], curves)
    assert [entry.label for entry in drawn.legend] == list(curves)
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", drawn.drawing)
    assert texts and all(re.fullmatch(r"[−\d.]+", text) for text in texts)
    for entry in drawn.legend:
        assert drawn.drawing.count(f"stroke: {entry.colour.lower()}") >= 1
    assert plot(METRICS["psnr"], curves) == drawn


def test_curves_differ_in_colour_and_shape() -> None:
    legend = plot(METRICS["psnr"], {str(index): [Point(0.1, 20.0)] for index in range(70)}).legend
    assert len({(entry.colour, entry.shape) for entry in legend}) == 70 == len(COLOURS) * len(MARKERS)


def test_rows_say_how_many_pictures_were_measured_and_the_best_is_among_whole_sets() -> None:
    view = evaluation_view(results("MISC", "low", "a", "cut"), "t")
    assert [(row.name, row.measured, row.pictures) for row in view.means] == [
        ("MISC, low", 1, 2),
        ("MISC, low2", 1, 2),
        ("JPEG, at the rates of low", 1, 2),
    ]
    assert view.crops is not None and view.crops.columns == 4
    assert [[each is not None for each in row] for row in view.crops.rows] == [[True] * 4]
    assert [reason.subject for reason in view.problems] == ["MISC, low2, a2"]
    text = page(results("MISC", "low", "a", "cut"), "t")
    assert "<td>1 of 2</td>" in text and "FID, patches: cut" in text and "MISC, low: cut" in text


def test_the_page_names_the_data_set_its_differences_and_the_overall_scores() -> None:
    texts = Reader(page(results("MISC", "low", "a", "cut"), "t")).texts
    assert any(text.startswith("Originals: Kodak") and "1 of 24 pictures are right" in text for text in texts)
    assert "1 difference from the data set" in texts and "a (extra): cut" in texts
    assert {"Overall scores of CMC-Bench", "2.2500", "1.1250"} <= set(texts)


def test_a_picture_without_a_result_has_an_empty_place() -> None:
    made = results("MISC", "low", "a", "cut")
    made.rows.append(Row("MISC", "low", "b", 4, 4, 80, {}, {"psnr": 20.0}, crop=crop()))
    view = evaluation_view(made, "t")
    assert view.crops is not None
    assert [[each is not None for each in row] for row in view.crops.rows] == [[True] * 4, [False, True, False, False]]
    assert page(made, "t").count("no result") == 3
