"""The page of a file: what it says, that nothing in a file can act in it, and, in headless Chromium, that it works."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import webbrowser
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError
from markupsafe import Markup
from PIL import Image
from typer.testing import CliRunner

import misc_format
from misc_format import painting
from misc_format.accounting import account, inspect
from misc_format.cli.app import app
from misc_format.page import READER, SHOWING, inspector, page
from misc_format.page.arrays import array_figures
from misc_format.page.templating import environment, number
from misc_format.registry import CORE_KINDS
from tests.needs import CHROMIUM, PLAYWRIGHT, chromium, playwright, program, require

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "misc_format" / "page" / "templates"
EXAMPLE = ROOT / "examples" / "coffee.misc"
HOSTILE = "</script><script>window.owned=1</script><img src=x onerror=owned=1>\u202e\x1b[31m&lt;"


class Reader(HTMLParser):
    """Collects the elements and, by the path of its row, the text of each row of tables."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def held_by(text: str) -> dict[str, Any]:
    """What a page has of its file."""
    [found] = re.findall(r'<script id="given" type="application/json">(.*?)</script>', text, re.DOTALL)
    return dict(json.loads(found))


def hostile() -> bytes:
    item = misc_format.Item(HOSTILE, '"quoted" \' $name ${data}')
    maps = misc_format.Maps((np.eye(8, dtype=bool),))
    stream = misc_format.Stream(
        64,
        64,
        text=misc_format.Text(HOSTILE, (item,)),
        maps=maps,
        methods={"text": "raw"},
        ancillary=(misc_format.Ancillary(6, HOSTILE.encode()),),
    )
    return misc_format.write(stream)


def letters(text: str) -> str:
    """Text as a page shows it: what cannot be seen as escapes."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def test_every_part_and_every_field_is_in_it_with_its_figures() -> None:
    data = EXAMPLE.read_bytes()
    text = page(data, EXAMPLE.name)
    held = held_by(text)
    assert (held["name"], base64.b64decode(held["bytes"]), held["issues"]) == (EXAMPLE.name, data, [])
    parts = [(row["path"], row["bits"], row["information"], row["status"]) for row in held["decoded"]["account"]]
    counted = account(data, deep=True)
    assert parts == [(part.path, part.bits, part.information_bits, part.status) for part in counted.components]
    assert [row[:3] for row in held["decoded"]["fields"]] == [
        [leaf.path, leaf.bit_offset, leaf.bit_length] for leaf in inspect(data)
    ]
    assert held["decoded"]["budget"] == [use._asdict() for use in counted.budget]
    assert len(text.encode()) <= 400 * 1024


def test_it_needs_nothing_from_outside() -> None:
    text = page(EXAMPLE.read_bytes(), EXAMPLE.name)
    tags = Reader(text).tags
    addresses = [
        value
        for _, attributes in tags
        for name, value in attributes.items()
        if name in ("src", "href", "data", "srcset")
    ]
    assert all(value.startswith("#") for value in addresses)
    held = held_by(text)["decoded"]
    pictures = [held["picture"]["url"], *(each["url"] for each in (*held["picture"]["maps"], *held["figures"]))]
    assert len(pictures) >= 4 and all(url.startswith("data:image/") for url in pictures)
    [policy] = [attributes["content"] for tag, attributes in tags if tag == "meta" and attributes.get("http-equiv")]
    assert policy is not None and policy.startswith("default-src 'none'") and "script-src 'sha256-" in policy
    assert "connect-src" not in policy


def test_nothing_in_a_file_is_markup() -> None:
    text = page(hostile(), '"><script>alert(1)</script>.misc')
    tags = Reader(text).tags
    assert sum(tag == "script" for tag, _ in tags) == 4
    assert not any(name.startswith("on") for _, attributes in tags for name in attributes)
    assert not {"\u202e", "\x1b"} & set(text)
    assert "$name ${data}" in text


def described(overall: str, name: str, detail: str, comment: str) -> bytes:
    """A file with maps whose every text is given."""
    stream = misc_format.Stream(
        64,
        64,
        text=misc_format.Text(overall, (misc_format.Item(name, detail),)),
        maps=misc_format.Maps((np.eye(8, dtype=bool),)),
        methods={"text": "raw", "maps": "packed"},
        ancillary=(misc_format.Ancillary(6, comment.encode()),),
    )
    return misc_format.write(stream)


FILE_TEXT = st.text(max_size=40) | st.sampled_from(
    [
        HOSTILE,
        "{{ view }}",
        "{% include 'reader.js' %}",
        "]]>",
        "-->",
        "\x00\x7f\x9b",
        "\u2066\u2028\ufeff",
        "' onload='x",
    ]
)
FILE_NAMES = FILE_TEXT | st.text(st.characters(categories=["Cs"]), max_size=3)


@settings(max_examples=30)
@given(FILE_TEXT, FILE_TEXT, FILE_TEXT, FILE_TEXT, FILE_NAMES)
def test_no_text_of_a_file_adds_markup_or_hides(
    overall: str, name: str, detail: str, comment: str, file_name: str
) -> None:
    text = page(described(overall, name, detail, comment), file_name)
    text.encode()  # without lone surrogates
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    shapes = [{(tag, *attributes) for tag, attributes in Reader(each).tags} for each in (text, plain_page())]
    assert shapes[0] <= shapes[1]
    values = {path: value for path, _, _, value, _ in held_by(text)["decoded"]["fields"]}
    assert values.get("text/overall", "") == overall
    assert values.get("text/items/0/name", "") == name
    assert values.get("ancillary/comment", "") == comment


@cache
def plain_page() -> str:
    return page(described("a", "b", "c", "d"), "e")


def evaluation_page() -> str:
    """A page of an evaluation, with as much hostile text as its results hold."""
    from reference_codec.evaluation.page import page as report
    from reference_codec.evaluation.results import Results

    return report(Results([], [], ["psnr"], {HOSTILE: HOSTILE}, {HOSTILE: {HOSTILE: {"psnr": 1.0}}}), HOSTILE)


def leaderboard_page() -> str:
    """A page of a published evaluation, with as much hostile text as its results hold."""
    from reference_codec.evaluation.boardpage import page as board_page
    from reference_codec.evaluation.leaderboard import Board
    from reference_codec.evaluation.measure import Row
    from reference_codec.evaluation.publishedfiles import Entry, PublishedFile
    from reference_codec.evaluation.results import Unmeasured, summary

    rows = [
        Row(HOSTILE, HOSTILE, name, 8, 8, 64 * number, {"header": 64}, {"psnr": psnr}, problem, [HOSTILE])
        for number, (name, psnr, problem) in enumerate(
            ((HOSTILE, 30.0, None), ("b", 20.0, None), ("c", None, HOSTILE)), 1
        )
    ]
    results = summary(rows, ["psnr"], 3, lambda *_: None)
    results.missing = {HOSTILE: HOSTILE}
    results.unmeasured = [Unmeasured(HOSTILE, HOSTILE, HOSTILE, HOSTILE)]
    files = [PublishedFile(f"files/{number} &?#<>.misc", f"{number}" * 64, 8 * number) for number in (1, 2, 3)]
    return board_page(
        Board(HOSTILE, results, [Entry(row, (file,)) for row, file in zip(rows, files, strict=True)], 3, None)
    )


PAGES = {
    "a file": plain_page,
    "an evaluation": evaluation_page,
    "a leaderboard": leaderboard_page,
    "the inspector": inspector,
}
CONNECT = {"the inspector": {"connect-src": "'self'"}}  # a file beside the page that its address names


@pytest.mark.parametrize("kind", PAGES)
def test_every_page_has_the_policy_and_runs_what_it_allows(kind: str) -> None:
    text = PAGES[kind]()
    tags = Reader(text).tags
    scripts = [
        code for attributes, code in re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL) if not attributes
    ]
    digests = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in scripts]
    [content] = [attributes["content"] for tag, attributes in tags if tag == "meta" and "http-equiv" in attributes]
    assert content is not None
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
    assert dict(part.split(" ", 1) for part in content.split("; ")) == {
        "default-src": "'none'",
        "img-src": "data:",
        **CONNECT.get(kind, {}),
        "style-src": "'unsafe-inline'",
        "script-src": allowed,
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    before = [tag for tag, _ in tags[: [tag for tag, _ in tags].index("meta") + 2]]
    assert before == ["html", "head", "meta", "meta"]  # nothing is loaded before the policy holds


def test_every_template_of_a_page_has_the_policy() -> None:
    templates = [
        path for folder in ("misc_format", "reference_codec", "conformance") for path in ROOT.glob(f"{folder}/**/*.j2")
    ]
    pages = [path for path in templates if "<html" in path.read_text(encoding="utf-8")]
    assert len(pages) == len(PAGES) - 1  # the page of a file is the inspector
    assert all(
        'http-equiv="Content-Security-Policy" content="{{ policy(' in path.read_text(encoding="utf-8") for path in pages
    )


def test_the_policy_of_an_evaluation_holds_in_a_browser(tmp_path: Path) -> None:
    """Markup that got past the templates would run nothing and load nothing."""
    owned = "<script>window.owned=1</script><img src='https://localhost/x' onerror='owned=1'><base href='https://localhost/'>"
    (tmp_path / "report.html").write_text(evaluation_page().replace("<h1>", f"<h1>{owned}"), encoding="utf-8")
    out = opened(tmp_path / "report.html", "")
    assert "owned" not in out and out["base"].startswith("file:")
    assert len(out["errors"]) >= 3 and all("Content Security Policy" in error for error in out["errors"]), out["errors"]


def test_a_template_cannot_forget_to_escape_or_to_define() -> None:
    made = environment("misc_format.page")
    shown = made.from_string("<p title='{{ text }}'>{{ text }}{{ markup }}</p>").render(
        text="<b>'\u202e\n", markup=Markup("<i>\n</i>")
    )
    escaped = r"&lt;b&gt;&#39;\u202e\n"
    assert shown == f"<p title='{escaped}'>{escaped}<i>\n</i></p>"
    with pytest.raises(UndefinedError):
        made.from_string("{{ nothing }}").render()


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [(1234567, 0, "1,234,567"), (2**60 + 1, 0, f"{2**60 + 1:,}"), (1234.56, 1, "1,234.6"), (8, 1, "8.0")],
)
def test_numbers(value: float, places: int, shown: str) -> None:
    assert number(value, places) == shown


@pytest.mark.parametrize(
    "vector",
    [
        "ancillary-all",
        "generation-all",
        "grid-grey-depth-1",
        "maps-jbig2-each-size",
        "text-raw-empty",
        "private-everything",
        "strings-with-text",
    ],
)
def test_files_of_other_kinds_have_a_page(vector: str) -> None:
    data = (ROOT / "conformance" / "vectors" / f"{vector}.misc").read_bytes()
    held = held_by(page(data, vector))
    assert [row["rule"] for row in held["issues"]] == [issue.id for issue in misc_format.validate(data).issues]
    assert sum(part["bits"] for part in held["decoded"]["account"]) == 8 * len(data)


def test_a_broken_file_has_a_page_with_all_broken_rules() -> None:
    """Those that take a model, too; its content is what the page reads by itself."""
    for name in ("bad-container-reserved-2", "bad-text-language-name-then-end"):
        data = next((ROOT / "conformance" / "vectors").glob(f"{name}*.misc")).read_bytes()
        held = held_by(page(data, name))
        issues = misc_format.validate(data).issues
        assert issues and [row["rule"] for row in held["issues"]] == [issue.id for issue in issues]
        assert held["decoded"] is None


def test_every_part_of_a_self_declared_payload_is_self_declared() -> None:
    string = misc_format.CodedString(b"a string", "torchac", (4, 2))
    data = misc_format.write(
        misc_format.Stream(8, 8, image=misc_format.Parts((misc_format.ImagePart("detail", string),)))
    )
    parts = [
        part for part in held_by(page(data, "a"))["decoded"]["account"] if part["path"].startswith("image/detail/")
    ]
    assert len(parts) >= 2 and {part["status"] for part in parts} == {"self-declared"}


def test_the_parts_of_an_image_have_different_shades(tmp_path: Path) -> None:
    styles = (
        "told = await page.evaluate(() => ['#treemap rect', '#bits i'].map((each) => "
        "[...document.querySelectorAll(each)].map((one) => one.getAttribute('style')).filter(Boolean)));"
    )
    for vector, count in (("parts-two", 2), ("parts-sixteen", 16), ("parts-one", 1), ("text-raw-empty", 0)):
        data = (ROOT / "conformance" / "vectors" / f"{vector}.misc").read_bytes()
        (tmp_path / "page.html").write_text(page(data, vector), encoding="utf-8")
        assert [len(set(each)) for each in opened(tmp_path / "page.html", styles)["told"]] == [count, count], vector


def part_figure(role: str, content: Any) -> tuple[Image.Image, str]:
    """The picture of a part of a file of 60 x 30 pixels, and its caption."""
    parts = misc_format.Parts((misc_format.ImagePart(role, content),))
    [figure] = array_figures(misc_format.read(misc_format.write(misc_format.Stream(60, 30, image=parts))))
    assert figure.url is not None and figure.path == f"image/{role}"
    assert figure.url in page(misc_format.write(misc_format.Stream(60, 30, image=parts)), role)
    return Image.open(BytesIO(base64.b64decode(figure.url.partition(",")[2]))), figure.caption


def test_a_grid_that_is_no_reference_picture_is_a_picture() -> None:
    picture, caption = part_figure("sketch", misc_format.Grid(np.eye(8, dtype=np.uint8), 1))
    assert np.array_equal(np.asarray(picture), 255 * np.eye(8)) and caption == "8 × 8 cells, grey, 1 bit per sample"
    grid = misc_format.Grid(np.eye(8, dtype=np.uint8), 1)
    parts = misc_format.Parts((misc_format.ImagePart("image", grid), misc_format.ImagePart("sketch", grid)))
    # The reference picture is shown once.
    figures = held_by(page(misc_format.write(misc_format.Stream(60, 30, image=parts)), "grids"))["decoded"]["figures"]
    assert [(each["path"], each["caption"].partition(":")[0]) for each in figures] == [
        ("image", "the grid as coded"),
        ("image/sketch", "8 × 8 cells, grey, 1 bit per sample"),
    ]


def test_a_palette_is_its_colours() -> None:
    colours = np.arange(20 * 3).reshape(20, 3)
    picture, caption = part_figure("palette", misc_format.Integers(colours))
    swatches = np.asarray(picture).reshape(-1, 4)
    assert np.array_equal(swatches[:20, :3], colours) and (swatches[:, 3] == [255] * 20 + [0] * 12).all()
    assert caption == "palette of 20 colours, RGB"
    picture, caption = part_figure("palette", misc_format.Integers([[1, 2, 3, 4]]))
    assert picture.getpixel((0, 0)) == (1, 2, 3, 4) and caption == "palette of 1 colour, RGBA"
    assert part_figure("palette", misc_format.Integers(np.zeros((300, 3), int)))[1].endswith("; shown: the first 256")
    for other in ([[0, 0, 256]], [[-1, 0, 0]], [[1, 2]], [1, 2, 3]):
        assert "integers, blue below 0" in part_figure("palette", misc_format.Integers(other))[1]


def test_boxes_are_rectangles_in_the_frame_of_the_picture() -> None:
    picture, caption = part_figure("boxes", misc_format.Integers([[10, 5, 30, 20]]))
    assert picture.size == (480, 240) and caption == "1 box in the frame of the picture"
    drawn = (np.asarray(picture.convert("RGB")) != 255).any(2)
    assert (
        drawn[40:200, 80].all()
        and drawn[40, 80:320].all()
        and not drawn[50:190, 90:310].any()
        and not drawn[10:30, 10:400].any()
    )
    far = 2**31 - 1
    _, caption = part_figure("boxes", misc_format.Integers([[10, 5, 30, 20], [-far, 0, far, far], [0, 0, 61, 30]]))
    assert caption == "3 boxes in the frame of the picture; 2 past the frame"
    picture, _ = part_figure("boxes", misc_format.Integers([[0, 0, 60, 30]]))
    assert len(set(picture.convert("RGB").getpixel((0, 0)))) > 1  # a box as large as the frame is seen
    for other in ([[1, 2, -3, 4]], [[1, 2, 3]]):
        assert "integers, blue below 0" in part_figure("boxes", misc_format.Integers(other))[1]


def test_without_a_decoder_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(stream: Any, most: int) -> Any:
        raise painting.NoPainterError("no decoder to pixels is installed")

    monkeypatch.setattr(painting, "_painter", lambda: missing)
    said = "The picture is left out: no decoder to pixels is installed."
    assert said in page(EXAMPLE.read_bytes(), EXAMPLE.name)
    grid = page((ROOT / "conformance" / "vectors" / "grid-3x2.misc").read_bytes(), "grid")
    assert said in grid and "the grid as coded" in grid


def in_node(expression: str) -> Any:
    """The value of an expression under the script of the treemap."""
    require(program("node"))
    script = (TEMPLATES / "treemap.js").read_text(encoding="utf-8") + f"\nconsole.log(JSON.stringify({expression}));"
    done = subprocess.run(
        [str(shutil.which("node")), "-"], input=script, capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("sizes", [[1], [5, 5], [600, 300, 200, 1], [9, 8, 7, 6, 5, 4, 3, 2, 1], [10**6, 1]])
def test_the_treemap_covers_its_box_in_proportion(sizes: list[int]) -> None:
    boxes = in_node(f"squarify({json.dumps(sizes)}, {{ x: 3, y: 4, width: 960, height: 300 }})")
    for size, tile in zip(sizes, boxes, strict=True):
        assert tile["width"] * tile["height"] == pytest.approx(size / sum(sizes) * 960 * 300)
        assert tile["x"] >= 3 - 1e-9 and tile["y"] >= 4 - 1e-9
        assert tile["x"] + tile["width"] <= 963 + 1e-6 and tile["y"] + tile["height"] <= 304 + 1e-6
    for one in range(len(boxes)):
        for two in range(one):
            a, b = boxes[one], boxes[two]
            overlap = (
                min(a["x"] + a["width"], b["x"] + b["width"]) - max(a["x"], b["x"]),
                min(a["y"] + a["height"], b["y"] + b["height"]) - max(a["y"], b["y"]),
            )
            assert min(overlap) <= 1e-6


def test_labels_of_the_treemap_are_inside_their_tiles() -> None:
    parts = [part._asdict() for part in account(EXAMPLE.read_bytes(), deep=True).components]
    tiles = in_node(f"tilesOf({json.dumps(parts)})")
    assert {tile["part"]["path"]: tile["part"]["bits"] for tile in tiles} == {
        part["path"]: part["bits"] for part in parts if part["bits"]
    }
    assert any(len(tile["label"]) == 2 for tile in tiles) and any(not tile["label"] for tile in tiles)
    for tile in tiles:
        box = tile["box"]
        for line in tile["label"]:
            assert box["x"] < line["x"] and line["x"] + 7 * len(line["text"]) < box["x"] + box["width"]
            assert box["y"] < line["y"] < box["y"] + box["height"]


def test_every_kind_of_part_has_a_colour_in_treemap_account_and_hexdump() -> None:
    style = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("kinds.css", "page.css"))
    kinds = {"header", "framing", "ancillary", "padding", *CORE_KINDS}
    for vector in ("ancillary-all", "generation-all", "all-huffman-context"):
        data = (ROOT / "conformance" / "vectors" / f"{vector}.misc").read_bytes()
        assert {part.kind for part in account(data, deep=True).components} <= kinds
    for kind in kinds:
        for rule in (
            f"--{kind}: ",
            f"rect.{kind} {{ fill: var(--{kind}); }}",
            f"i.{kind} {{ background: var(--{kind}); }}",
        ):
            assert rule in style


def test_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or True)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    out = tmp_path / "out.html"
    assert CliRunner().invoke(app, ["inspect", str(EXAMPLE), "--html", str(out)]).exit_code == 0
    result = CliRunner().invoke(app, ["view", str(EXAMPLE)])
    assert result.exit_code == 0 and opened == [Path(result.stdout.strip()).as_uri()]
    assert Path(result.stdout.strip()).read_bytes() == out.read_bytes()
    shutil.rmtree(Path(result.stdout.strip()).parent)
    cut = tmp_path / "cut.misc"
    cut.write_bytes(EXAMPLE.read_bytes()[:50])
    assert CliRunner().invoke(app, ["inspect", str(cut), "--html", str(tmp_path / "no.html")]).exit_code == 1
    assert not (tmp_path / "no.html").exists()
    result = CliRunner().invoke(app, ["view", str(cut)])
    [shown] = [line for line in result.stdout.splitlines() if line.endswith(".html")]
    assert result.exit_code == 1 and held_by(Path(shown).read_text(encoding="utf-8"))["issues"]


def browser() -> tuple[str, str, str]:
    """node, Chromium, and the folder from which playwright-core is found."""
    require(program("node"), CHROMIUM, PLAYWRIGHT)
    return str(shutil.which("node")), str(chromium()), f"{playwright()}/"


def driven(data: bytes, folder: Path) -> Any:
    node, executable, place = browser()
    (folder / "page.html").write_text(page(data, "coffee.misc"), encoding="utf-8")
    command = [node, str(Path(__file__).parent / "drive.mjs"), executable, str(folder / "page.html"), str(folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PLAYWRIGHT_FROM": place}, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_in_a_browser(tmp_path: Path) -> None:
    data = EXAMPLE.read_bytes()
    out = driven(data, tmp_path)
    assert out["errors"] == [] and out["requests"] == [(tmp_path / "page.html").as_uri()]
    assert out["cells"] == len(data)
    assert out["worked"] < 1.0  # seconds of the page's thread until it can be used
    # Hover a field: its bytes, value and clause. Hover a byte: its field.
    assert out["hoverField"]["near"] == 3
    for words in ("header/signature", "24 bits", "clause 4.2", "CD 53 43", "value CD5343"):
        assert words in out["hoverField"]["detail"]
    assert out["hoverByte"]["near"] == ["header/signature"]
    # Click a byte: its field and the part of the treemap; keys move by bytes, fields and rows.
    leaf = next(leaf for leaf in inspect(data) if leaf.bit_offset + leaf.bit_length > 8 * 20 + 4)
    assert out["clickByte"]["on"] == [leaf.path] and out["clickByte"]["tile"] == 1
    assert str(leaf.value) in out["clickByte"]["detail"]
    assert out["arrowDown"] == "36"
    assert (out["sharedFirst"], out["sharedNext"]) == ("header/version_major", "header/version_minor")
    assert (
        out["clickField"]["on"] == 2
        and "value 399" in out["clickField"]["detail"]
        and "in bytes 71 8F" in out["clickField"]["detail"]
    )
    assert out["rowUp"] == "header/width_minus_1"
    assert out["tile"] == "header/signature"
    assert out["search"] == {"count": "1 of 1", "on": ["text/overall"]}
    assert out["searchBytes"]["on"] == ["header/signature"] and out["searchNothing"] == "nothing found"
    assert out["maps"] == 3 and out["mapHidden"] and len(out["pictures"]) >= 4 and all(out["pictures"])
    assert out["unnamed"] == 0 and out["wide"] <= 420
    assert min(out["contrast"].values()) >= 4.5  # WCAG 2.2 level AA
    light, dark = out["light"], out["dark"]
    assert light != dark and (out["toggled"], out["toggledBack"]) == (dark, light)


def test_a_hostile_file_does_nothing_in_a_browser(tmp_path: Path) -> None:
    (tmp_path / "hostile.html").write_text(page(hostile(), HOSTILE.replace("/", "")), encoding="utf-8")
    out = opened(tmp_path / "hostile.html", "await page.locator('#hex .b').first().click();")
    assert "owned" not in out and out["errors"] == [] and out["requests"] == [out["base"]]


def test_a_leaderboard_in_a_browser(tmp_path: Path) -> None:
    node, executable, place = browser()
    path = tmp_path / "index.html"
    path.write_text(leaderboard_page(), encoding="utf-8")
    command = [node, str(Path(__file__).parent / "drive-leaderboard.mjs"), executable, str(path), str(tmp_path)]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PLAYWRIGHT_FROM": place}, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    out = json.loads(done.stdout)
    assert out["errors"] == [] and out["requests"] == [path.as_uri()] and out["owned"] is None
    # A column is sorted by the keyboard alone, both ways; what has no value stays last; a screen reader is told.
    first = letters(HOSTILE)
    assert out["ascending"] == ["b", first, "c"] and out["descending"] == [first, "b", "c"]
    assert out["told"] == "Every picture and every file: sorted by PSNR, dB ↑, descending"
    assert out["order"] == ["descending"] and out["byText"] == ["b", "c"]
    assert out["unnamed"] == 0 and len(out["links"]) == 3
    assert all(link.startswith(tmp_path.as_uri()) and "?" not in link and "#" not in link for link in out["links"])
    assert out["wide"] <= 390 and out["light"] != out["dark"] == out["toggled"]
    assert min(out["contrast"].values()) >= 4.5  # WCAG 2.2 level AA
    assert out["withoutScript"] == {"rows": 3, "buttons": 0}


def opened(path: Path, action: str) -> dict[str, Any]:
    """What a page that is opened in a browser does: requests, messages, its base, and whether a hostile script ran (`owned`)."""
    node, executable, place = browser()
    script = (
        'const { createRequire } = require("node:module");'
        'const { chromium } = createRequire(process.env.PLAYWRIGHT_FROM)("playwright-core");'
        "(async () => { const browser = await chromium.launch({ executablePath: process.argv[1], args: ['--no-sandbox'] });"
        "const page = await browser.newPage(); const errors = []; const requests = []; let told = null;"
        "page.on('request', (r) => requests.push(r.url()));"
        "page.on('console', (m) => errors.push(m.text())); page.on('dialog', (d) => errors.push('dialog'));"
        f"await page.goto('file://' + process.argv[2]); {action}"
        "console.log(JSON.stringify({ owned: await page.evaluate(() => window.owned), base: await page.evaluate(() => document.baseURI),"
        "errors, requests, told })); await browser.close(); })()"
    )
    done = subprocess.run(
        [node, "-e", script, executable, str(path)],
        capture_output=True, text=True, env={**os.environ, "PLAYWRIGHT_FROM": place}, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("name", [*READER, *SHOWING, "page.css", "kinds.css", "theme.css"])
def test_style_and_script_have_no_words_of_a_template(name: str) -> None:
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    assert not re.search(r"\{\{|\{%|\{#|</", text)
