"""The drawings are those of the declarations, stand alone, and are shown where they belong."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from drawings import FIGURES, contours, drawings, layout, neighbourhoods, passes

from misc_format.coders.image.gridmodel import context
from misc_format.coders.maps.jbig2region import TEMPLATES
from misc_format.registry import ANCILLARY_TYPES, CORE_KINDS
from misc_format.structure.container import ANCILLARY_FRAME, COMPONENT_FRAME, HEADER, LAST, PART_FRAME, SIZED

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "spec" / "misc-bitstream.md").read_text(encoding="utf-8")
DRAWN = drawings()
SVG = "{http://www.w3.org/2000/svg}"


def drawn(name: str) -> ElementTree.Element:
    return ElementTree.fromstring(DRAWN[ROOT / FIGURES / f"{name}.svg"])


def words(name: str) -> list[str]:
    return [element.text or "" for element in drawn(name).iter(f"{SVG}text")]


def kinds(name: str, tag: str) -> Counter[str]:
    return Counter(element.get("class", "") for element in drawn(name).iter(f"{SVG}{tag}"))


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.stem)
def test_a_drawing_stands_alone(path: Path) -> None:
    image = ElementTree.fromstring(path.read_bytes())
    title, description = (image.find(f"{SVG}{name}") for name in ("title", "desc"))
    assert title is not None and title.text and description is not None and description.text
    text = path.read_text(encoding="utf-8")
    assert "href" not in text and "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "prefers-color-scheme: dark" in text and "sans-serif" in text
    left, top, width, height = (float(number) for number in image.attrib["viewBox"].split())
    for element in image.iter(f"{SVG}text"):
        assert left < float(element.attrib["x"]) < left + width and top < float(element.attrib["y"]) < top + height
    classes = {kind for element in image.iter() for kind in element.get("class", "").split()}
    assert all(f".{kind} {{" in text or kind == "arrow" for kind in classes)


@pytest.mark.parametrize("name", [path.stem for path in DRAWN if path.parent.name == "figures"])
def test_the_specification_shows_a_figure_once_with_words_and_a_caption(name: str) -> None:
    assert (
        len(re.findall(rf"^!\[[^\]]{{20,}}\]\(figures/{name}\.svg\)\n\n\*Figure: [^*]+\.\*$", TEXT, re.MULTILINE)) == 1
    )


def test_there_is_no_other_figure() -> None:
    shown = {ROOT / "spec" / name for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", TEXT)}
    assert shown == {path for path in DRAWN if path.parent.name == "figures"} == {*(ROOT / FIGURES).iterdir()}


def test_the_file_has_the_fields_and_widths_of_the_syntax_tables() -> None:
    fields = Counter(name for name, _, _ in layout.header())
    assert fields == Counter({row.name for row in HEADER.rows})
    assert sum(bits for _, bits, _ in layout.header()) == 64 and "The header has 8 bytes" in TEXT
    for syntax in (HEADER, COMPONENT_FRAME, PART_FRAME, ANCILLARY_FRAME):
        for row in syntax.rows:
            assert row.name in words("file")
            assert any(re.search(rf"\b{row.bits or row.descriptor}\b", word) for word in words("file"))
    assert [name for name, _, _ in layout.frame(COMPONENT_FRAME, LAST)] == ["method", "reserved"]
    assert [name for name, _, _ in layout.frame(COMPONENT_FRAME, SIZED)] == ["method", "length", "length_extra"]
    payloads = [name.removesuffix(" payload") for name, _ in layout.parts() if name.endswith(" payload")]
    assert payloads == [*CORE_KINDS, "ancillary"]
    [types] = [word for word in words("file") if word.startswith("Types")]
    assert [name.strip() for name in types.partition(": ")[2].split(",")] == [
        f"{row.id} {row.name}" for row in ANCILLARY_TYPES
    ]


@pytest.mark.parametrize("name, block", [("maps-fine", "fine-inputs"), ("maps-coarse", "coarse-inputs")])
def test_a_neighbourhood_has_the_pixels_of_the_table_of_inputs(name: str, block: str) -> None:
    table = TEXT.partition(f"<!-- generated: {block} -->")[2].partition("<!-- end -->")[0]
    [(pixels, rows)] = re.findall(r"\| (\d+) \| P\(i, j\), row by row, columns i: (.+) \|", table)
    squares = [int(number) for number in re.findall(r"\| (\d+) \| the (?:union|last) of", table)]
    found = kinds(name, "rect")
    assert [found["blue"], found["amber"], *([found["teal"]] if "teal" in found else [])] == [int(pixels), *squares]
    description = drawn(name).findtext(f"{SVG}desc") or ""
    assert rows.replace("; ", ", ") in description


def test_the_dots_are_the_pixels_that_make_a_pixel_flat() -> None:
    [left] = re.findall(r"\*flat\* if the (\w+) pixels to its left", TEXT)
    rows = re.findall(r"P\((-\d+)\.\.(\d+), (-\d+)\)", TEXT.partition("A pixel is *flat*")[2].partition("\n")[0])
    places = {(int(row), column) for first, last, row in rows for column in range(int(first), int(last) + 1)}
    assert left == "four" and set(neighbourhoods.flat()) == places | {(0, -step) for step in range(1, 5)}
    assert kinds("maps-fine", "circle")["mark"] == len(neighbourhoods.flat())


def test_templates_have_the_bits_of_their_contexts() -> None:
    bits = [int(word) for word in words("jbig2-templates") if word.isdigit()]
    sizes = [shape.here + shape.above + shape.top for shape in TEMPLATES]
    assert bits == [bit for size in sizes for bit in range(size - 1, -1, -1)]
    table = TEXT.partition("<!-- generated: jbig2-templates -->")[2].partition("<!-- end -->")[0]
    rows = re.findall(
        r"^\| (\d) \| (.+?) \| (.+?) \| (.+?) \|", table.replace("x - ", "-").replace("x + ", ""), re.MULTILINE
    )
    stretches = [(index, *zip((-2, -1, 0), line, strict=True)) for index, *line in rows]
    said = [
        f"template {index}: " + ", ".join(f"row {row}: {columns}" for row, columns in line if columns != "none")
        for index, *line in stretches
    ]
    assert drawn("jbig2-templates").findtext(f"{SVG}desc") == "; ".join(said)


def test_neighbours_of_a_grid_are_numbered_as_the_inputs_are() -> None:
    numbers = [int(word) for word in words("grid-neighbours") if word.isdigit()]
    assert numbers == [*range(1, len(context.CAUSAL) + 1), *range(1, len(context.AROUND) + 1)]
    description = drawn("grid-neighbours").findtext(f"{SVG}desc") or ""
    places = re.findall(r"\((-?\d+), (-?\d+)\)", description)
    assert [(-int(row), int(column)) for row, column in places] == [*context.CAUSAL, *context.AROUND]


def test_every_place_has_the_pass_of_the_table() -> None:
    rows = re.findall(r"^\| (\d) \| (\d) \| (all|row and column odd|one of row .*?) \|$", TEXT, re.MULTILINE)
    sets = {"all": {0, 1, 2}, "row and column odd": {2}}
    for row in range(passes.SIDE):
        for column in range(passes.SIDE):
            wanted = [
                int(number)
                for number, stride, odd in rows
                if row % int(stride) == column % int(stride) == 0
                and row // int(stride) % 2 + column // int(stride) % 2 in sets.get(odd, {1})
            ]
            assert [passes.numbers()[row, column]] == wanted
    first = passes.SIDE * passes.SIDE
    assert words("latents-passes")[:first] == [str(number) for number in passes.numbers().flat]


def test_contours_of_the_example_are_edges_between_known_pixels() -> None:
    row, column = contours.present()
    for corners in contours.contours():
        assert len(corners) > 10
        for (down, right), (after, beside) in pairwise(corners):
            assert abs(down - after) + abs(right - beside) == 1
            sides = [(down, min(right, beside)), (down - 1, min(right, beside))]
            if right == beside:
                sides = [(min(down, after), right), (min(down, after), right - 1)]
            assert len({_pixel(y, x) for y, x in sides}) == 2
    assert contours.contours()[0][0] == (row, column)


def _pixel(row: int, column: int) -> str:
    line = contours.EXAMPLE[row] if 0 <= row < len(contours.EXAMPLE) else ""
    return line[column] if 0 <= column < len(line) else "."


def test_the_flow_of_the_language_model_has_the_numbers_of_the_clauses() -> None:
    [shape] = re.findall(r"^\| `tables/text-language-1\.bin` \| (\d+) \| \d+ \| (\d+) \| (\d+) \|", TEXT, re.MULTILINE)
    vocabulary, hidden, layers = map(int, shape)
    shown = " ".join(words("language"))
    assert f"{vocabulary:,};" in shown and f"{layers} layers of {hidden}:" in shown
    [longest] = re.findall(r"min\( (\d+), N \)", TEXT)
    assert (
        f"contexts of 1 to {longest} tokens" in shown
        and "`trust`, is 2^11 at first" in TEXT
        and "2,048 of 2^16" in shown
    )
    clauses = dict(re.findall(r"^#+ ([\d.]+) (.+)$", TEXT, re.MULTILINE))
    numbers = re.findall(r"\(clause ([\d.]+)\)", shown)
    assert [clauses[number] for number in numbers] == [
        "Tokens", "Network", "Network frequencies", "Byte expert and match model", "Byte expert and match model", "Range coder"
    ]  # fmt: skip
