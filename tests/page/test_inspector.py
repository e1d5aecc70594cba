"""The inspector in headless Chromium: files are dropped on it, and it is used with the pointer, the keyboard and on a phone."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

import misc_format
from conformance.suite import FOLDER
from misc_format.accounting import account
from misc_format.components import Ancillary
from misc_format.document import Document
from misc_format.page import READER, SHOWING
from misc_format.registry import PROFILE_NAME
from misc_format.structure.container import read_structure
from tests.page.test_page import HOSTILE, ROOT, TEMPLATES, browser, hostile

PAGE = ROOT / "spec" / "inspector.html"
COFFEE = ROOT / "examples" / "coffee.misc"
MAPS, BROKEN, CODES, PARTS = (
    FOLDER / f"{name}.misc" for name in ("maps-packed-each-size", "bad-container-reserved-2", "codes-uniform-dimensions-3", "parts-sixteen")
)  # fmt: skip


SOUND = f"600 × 400, {8 * COFFEE.stat().st_size / (600 * 400):.5f} bpp; no broken structural rule"


def large() -> bytes:
    """A file of 2 MiB with a small component at its end."""
    members = (Ancillary(14, b"\xff" * 2**21), Ancillary(15))
    return misc_format.write(misc_format.Stream(64, 48, text=misc_format.Text("a"), ancillary=members))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inspector")


@pytest.fixture(scope="module")
def out(folder: Path) -> Any:
    node, executable, place = browser()
    (folder / "hostile.misc").write_bytes(hostile())
    (folder / "empty.misc").write_bytes(b"")
    (folder / "large.misc").write_bytes(large())
    made = (folder / f"{name}.misc" for name in ("hostile", "empty", "large"))
    files = (COFFEE, MAPS, BROKEN, CODES, PARTS, *made)
    command = [node, str(Path(__file__).parent / "inspect.mjs"), executable, str(PAGE), str(folder), *map(str, files)]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PLAYWRIGHT_FROM": place}, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_each_file_gives_a_result_or_a_reason(out: Any) -> None:
    assert out["dragging"] == "dragging"
    assert out["status"] == "8 files: 2 with broken rules, 0 not read."
    assert [text.partition("\n")[0] for text in out["files"]][:2] == ["coffee.misc", MAPS.name]
    assert out["shown"]["empty.misc"]["verdict"] == "this is no .misc file; 1 broken rule"
    assert out["shown"]["large.misc"]["cells"] == 2048  # and the others page by page
    assert out["shown"][COFFEE.name]["verdict"] == SOUND


def test_it_asks_for_nothing(out: Any) -> None:
    assert out["errors"] == []
    assert {address.partition("?")[0] for address in out["requests"]} == {PAGE.as_uri()}
    wanted = ("/coffee.misc", "/nothing.misc", "/a%23%3F.misc", "/below/huge.misc")
    assert out["asked"] == [*(path for name in wanted for path in ("/inspector.html", name)), "/inspector.html"]


def test_it_shows_fields_bits_and_content(out: Any) -> None:
    data = MAPS.read_bytes()
    shown = out["shown"][MAPS.name]
    leaves = Document(data).leaves()
    assert shown["fields"] == [
        [f"{leaf.bit_offset:,}", f"{leaf.bit_length:,}", leaf.path, "" if leaf.value is None else str(leaf.value), leaf.clause]
        for leaf in leaves
    ]  # fmt: skip
    counted = account(data)
    bits = [[part.path, f"{part.bits:,}"] for part in counted.components]
    assert [row.split("\t")[:2] for row in shown["bits"]] == [*bits, ["file", f"{8 * len(data):,}"]]
    assert shown["facts"] == [
        f"{len(data):,} bytes, {8 * len(data):,} bits",
        "96 × 64 pixels",
        f"{counted.bpp:.5f}",
        "free",
        "maps: packed",
    ]
    assert shown["cells"] == len(data) and shown["canvases"] == 3
    content = misc_format.read(data).maps
    first = content.maps[0]
    assert out["size"] == [first.shape[1], first.shape[0]] and out["pixels"] == first.ravel().astype(int).tolist()
    assert "A white cup of coffee on a red saucer" in out["shown"][BROKEN.name]["content"]
    assert "codes of" in out["shown"][CODES.name]["content"] and out["shown"][CODES.name]["canvases"] == 1
    parts = [part.path for part in read_structure(PARTS.read_bytes()).components if part.part is not None]
    assert len(parts) == 16
    assert {row.split("\t")[0] for row in out["shown"][PARTS.name]["bits"]} >= set(parts)


def test_a_broken_rule_has_its_text_and_leads_to_its_byte(out: Any) -> None:
    [issue] = out["shown"][BROKEN.name]["issues"]
    for words in (
        "MISC-CON-011",
        "framing/text/reserved, bit 68",
        "Here: reserved is 2.",
        "Write reserved bits as zero.",
    ):
        assert words in issue
    assert out["jump"] == "framing/text/reserved"
    assert not out["shown"][COFFEE.name]["issues"]


def test_the_keyboard_is_enough(out: Any) -> None:
    assert out["keyFile"] == MAPS.name
    # From the list of files over the buttons to a byte; fields and bytes are one stop each.
    assert out["order"][-1] == "0" and {"json", "csv"} < set(out["order"])
    assert out["right"] == ["1", "header/signature"] and out["end"] == "15"
    assert out["next"] == ["3", "header/version_minor"]
    assert out["down"] == ["header/version_minor", "header/version_minor", 1] and out["last"] == "maps/padding"
    assert out["firstBits"] == "header/version_major"


def test_it_is_named_dark_and_narrow(out: Any) -> None:
    assert out["unnamed"] == 0
    assert out["light"] == "rgb(255, 255, 255)" and out["dark"] == "rgb(22, 24, 28)"
    assert set(out["wide"]) == {390}


def test_a_hostile_file_shows_its_text_and_does_nothing(out: Any) -> None:
    assert "owned" not in out and out["markup"] == 0
    values = {row[2]: row[3] for row in out["shown"]["hostile.misc"]["fields"]}
    assert values["text/overall"] == HOSTILE.replace("\u202e", "\\u{202e}").replace("\x1b", "\\u{1b}")


def test_an_address_opens_a_file_beside_the_page_only(out: Any) -> None:
    first, *others = out["address"]
    assert "a page from the disk may not read other files by itself" in first
    assert len(others) == 8 and all("only a file beside this page" in text for text in others)
    assert out["served"] == [
        SOUND,
        "it cannot be read: the server says 404",
        SOUND,
        "it cannot be read: it has 16,777,217 bytes; this page reads at most 16,777,216",
    ]


def test_a_large_file_has_pages_of_bytes_and_its_last_field_is_reached_at_once(out: Any) -> None:
    size = f"{len(large()):,}"
    last = 2048 * ((len(large()) - 1) // 2048)
    first, second, end, found = out["pages"]
    assert first == [f"bytes 0 to 2,047 of {size}", True, False]
    assert second == [f"bytes 2,048 to 4,095 of {size}", False, False]
    assert end == [f"bytes {last:,} to {len(large()) - 1:,} of {size}", False, True]
    assert found == first
    assert out["lastField"] == Document(large()).leaves()[-1].path
    assert out["lastFieldSeconds"] < 20  # with a cell for each byte up to there it took minutes


def test_files_of_several_drops_are_all_there_in_order(out: Any) -> None:
    found = out["drops"]
    assert [name.partition("\n")[0] for name in found["names"]] == ["first.misc", "second.misc", "huge.misc"]
    assert found["shown"] == "huge.misc"
    assert found["status"] == "3 files: 2 with broken rules, 1 not read."


def test_a_field_has_its_meaning_and_a_number_its_name(out: Any) -> None:
    assert "registered number of the profile" in out["meaning"]
    assert f"value 1, {PROFILE_NAME[1]}" in out["meaning"]
    assert "value 3, context" in out["method"]
    assert out["title"] == "coffee.misc - MISC inspector"


def test_what_is_saved_has_every_file_and_every_field(out: Any, folder: Path) -> None:
    saved = json.loads((folder / "inspector.json").read_text(encoding="utf-8"))
    assert [row["file"] for row in saved] == list(out["shown"])
    assert [[row["id"], row["path"], row["bit_offset"]] for row in saved[2]["issues"]] == [
        ["MISC-CON-011", "framing/text/reserved", 68]
    ]
    leaves = Document(MAPS.read_bytes()).leaves()
    assert [[row["path"], row["bit_offset"], row["bit_length"]] for row in saved[1]["fields"]] == [
        list(leaf[:3]) for leaf in leaves
    ]
    with (folder / "inspector.csv").open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    kinds = {name: [row["row"] for row in rows if row["file"] == name] for name in out["shown"]}
    assert all(list(found)[:1] == ["file"] and found.count("file") == 1 for found in kinds.values())
    assert kinds[MAPS.name].count("field") == len(leaves)
    assert kinds[MAPS.name].count("component") == len(account(MAPS.read_bytes()).components)
    assert kinds["empty.misc"] == ["file", "issue", "component", "component"]
    [broken] = [row for row in rows if row["file"] == BROKEN.name and row["row"] == "issue"]
    assert [broken[name] for name in ("rule", "path", "bit_offset")] == ["MISC-CON-011", "framing/text/reserved", "68"]
    assert broken["message"] == "reserved is 2"
    assert all(not re.match(r"[=+@\t\r-]", value) for row in rows for value in row.values())


def test_the_script_is_short_and_has_no_words_of_a_template() -> None:
    texts = [(TEMPLATES / name).read_text(encoding="utf-8") for name in (*READER, *SHOWING)]
    assert texts[0].count("\n") <= 600  # the reader of the format as data; behind it are coders of maps and arrays
    assert sum(text.count("\n") for text in texts) <= 1200
    assert not any(re.search(r"\{\{|\{%|\{#|</", text) for text in texts)
    # Rules, paths and numbers of the format are data.
    assert not re.search(r"MISC-[A-Z]{3}|0x1021|header/|framing/|has_text|minus_2", "".join(texts[: len(READER)]))
