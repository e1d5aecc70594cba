"""The site, as `make site` builds it: its text, its navigation, its links, its search, and its pages on a phone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from misc_format.rules import DUTIES, RULES
from tests.needs import CHROMIUM, PLAYWRIGHT, chromium, extra, needs, playwright, program, require

ROOT = Path(__file__).parents[2]
pytestmark = needs(extra("site"))

# Markdown that was not taken as such: links, emphasis, code, comments, rulers of tables, entities, headings, escapes.
MARKUP = re.compile(r"\]\(|\*\*|`|<!--|\| *:?-{3}|&\w+;|^#+ |\\[\[\]_*|]")
ESCAPE = re.compile(r"\\\||&\w+;")  # in code
UNREAD = ("script", "style", "code", "pre", "svg")
VOID = ("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr")


class Text(HTMLParser):
    """What a reader sees of a page outside code, piece by piece; its links, those of its navigation, and its anchors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.code: list[str] = []  # within a line
        self.prose: list[str] = []  # that is neither a link nor a heading
        self.links: list[str] = []
        self.navigation: list[str] = []
        self.anchors: set[str] = set()
        self.open: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values["id"]} if "id" in values else set()
        target = values.get("href" if tag in ("a", "link") else "src")
        if target is not None:
            self.links.append(target)
            listed = "md-nav__link" in values.get("class", "").split() and not self._within("md-nav--secondary")
            if listed and self._within("md-nav--primary"):
                self.navigation.append(target)
        if tag not in VOID:
            self.open.append((tag, values.get("class", "")))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(tag in UNREAD for tag, _ in self.open):
            self.pieces += (lines := [line for line in data.splitlines() if line.strip()])
            if not any(tag in ("a", "h1", "h2", "h3", "h4", "title") for tag, _ in self.open) and self._within(
                "md-content"
            ):
                self.prose += lines
        elif self.open[-1][0] == "code" and not any(tag == "pre" for tag, _ in self.open):
            self.code.append(data)

    def _within(self, name: str) -> bool:
        return any(name in kind.split() for _, kind in self.open)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(made)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture(scope="module")
def texts(site: Path) -> dict[str, Text]:
    found = {str(path.relative_to(site)): path for path in sorted(site.rglob("*.html")) if path.name != "404.html"}
    del found["spec/inspector.html"]  # a program, not a page to be read
    return {name: Text(path.read_text(encoding="utf-8")) for name, path in found.items()}


def markup(page: Text) -> list[str]:
    return [*filter(MARKUP.search, page.pieces), *filter(ESCAPE.search, page.code)]


def test_no_markup_is_left_in_the_text_of_a_page(texts: dict[str, Text]) -> None:
    assert len(texts) > 50 and "Annex A Annotated files" in texts["spec/index.html"].pieces
    assert {name: found for name, page in texts.items() if (found := markup(page))} == {}


@pytest.mark.parametrize(
    "html",
    [
        "<li>[Annex A](20-annex-a.html)</li>", "<p>a **bold** word</p>", "<p>`code`</p>", "<p>&lt;!-- end --&gt;</p>",
        "<p>| --- | --- |</p>", "<td>&amp;emsp;x</td>", "<p>## 4.1 File</p>", r"<p>A\[row]</p>", r"<td><code>a \| b</code></td>",
    ],
)  # fmt: skip
def test_markup_would_be_found(html: str) -> None:
    assert markup(Text(html)) and not markup(Text(f"<pre>{html}</pre>"))


def test_every_page_is_in_the_navigation_once(texts: dict[str, Text]) -> None:
    assert Counter(texts["start.html"].navigation) == Counter(list(texts))


def test_every_link_leads_to_a_page_and_to_a_place_on_it(site: Path, texts: dict[str, Text]) -> None:
    assert [broken for name, page in texts.items() for broken in broken_links(site, name, page, texts)] == []


def broken_links(site: Path, name: str, page: Text, texts: dict[str, Text]) -> Iterator[str]:
    for link in page.links:
        target, anchor = urldefrag(unquote(link))
        if re.match(r"[a-z]+:", target):
            continue
        path = os.path.normpath(Path(name).parent / target) if target else name
        known = texts[path].anchors if path in texts else {anchor}
        if not (site / path).exists() or (anchor and not anchor.startswith("__") and anchor not in known):
            yield f"{name}: {link}"


def test_every_clause_and_rule_that_a_text_names_is_a_link(texts: dict[str, Text]) -> None:
    named = re.compile(r"\b[Cc]lauses? \d|\bAnnex [A-E]\b|\bMISC-[A-Z]{3}-\d{3}\b")
    assert {name: found for name, page in texts.items() if (found := [*filter(named.search, page.prose)])} == {}


def test_nothing_comes_from_elsewhere(site: Path) -> None:
    foreign = re.compile(r'<(?:script|img|iframe)[^>]*src="https?:|<link[^>]*rel="stylesheet"[^>]*href="https?:')
    assert [path for path in site.rglob("*.html") if foreign.search(path.read_text("utf-8"))] == []


def test_each_requirement_says_where_it_is_stated_how_many_vectors_exercise_it_and_links_to_them(site: Path) -> None:
    manifest = json.loads((ROOT / "conformance" / "vectors" / "manifest.json").read_text("utf-8"))
    counts = Counter(name for vector in manifest for name in vector["requirements"])
    wanted = {name: (counts[name], name.lower() if name in counts else "") for name in (*RULES, *DUTIES)}
    stated, indexed = {}, {}
    for path in site.glob("spec/*.html"):
        text = path.read_text("utf-8")
        stated |= vectors_of(r'<td><code id="(MISC-[\w-]+)">', text)
        indexed |= vectors_of(r'<td><a href="[\w.-]+#(MISC-[\w-]+)"><code>\1</code></a></td>', text)
    assert stated == indexed == wanted
    listed = (site / "vectors-by-rule.html").read_text("utf-8")
    assert all(
        f"<code>{vector['file'].removesuffix('.misc')}</code>" in listed for vector in manifest if "rule" in vector
    )


def vectors_of(first: str, text: str) -> dict[str, tuple[int, str]]:
    """For each row of a table with this first cell, the number in the last cell and what it links to."""
    last = r'<td>(?:<a href="\.\./vectors-by-rule\.html#([\w-]+)">)?(\d+)(?:</a>)?</td>\s*</tr>'
    rows = re.findall(rf"{first}(?:(?!</tr>).)*{last}", text, re.DOTALL)
    return {name: (int(number), anchor) for name, anchor, number in rows}


@needs(CHROMIUM)
@pytest.mark.parametrize("words, found", [("varint", "3.3 Descriptors"), ("MISC-CON-009", "MISC-CON-009")])
def test_the_search_works_from_the_disk(site: Path, words: str, found: str) -> None:
    command = [
        str(chromium()), "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom",
        f"{(site / 'spec' / 'index.html').as_uri()}?q={words}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    results = done.stdout.partition('data-md-component="search-result"')[2]
    assert re.search(r"\d+ matching documents?", results)
    assert found in re.sub(r"<[^>]+>", "", results)


WIDTH = 400
WIDE = """
const { createRequire } = require("node:module");
const { chromium } = createRequire(process.env.PLAYWRIGHT_FROM)("playwright-core");
(async () => {
  const [executable, width, ...pages] = process.argv.slice(1);
  const browser = await chromium.launch({ executablePath: executable, args: ["--no-sandbox"] });
  const page = await browser.newPage({ viewport: { width: Number(width), height: 800 } });
  await page.route("**/search_index.js", (route) => route.abort()); // it takes a second to index
  const found = {};
  for (const name of pages) {
    await page.goto(name);
    found[name] = await page.evaluate(() => document.documentElement.scrollWidth);
  }
  console.log(JSON.stringify(found));
  await browser.close();
})();
"""


def test_no_page_is_wider_than_a_phone(site: Path, texts: dict[str, Text]) -> None:
    require(program("node"), CHROMIUM, PLAYWRIGHT)
    command = ["node", "-e", WIDE, str(chromium()), str(WIDTH), *((site / name).as_uri() for name in texts)]
    environment = {**os.environ, "PLAYWRIGHT_FROM": f"{playwright()}/"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    widths = json.loads(done.stdout)
    assert len(widths) == len(texts)
    assert {name: width for name, width in widths.items() if width > WIDTH} == {}
