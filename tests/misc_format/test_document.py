"""One opened file: every view of a document decodes each component once, and says what the views of bytes say."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import misc_format
from conformance.authoring.expected import outcome
from conformance.fuzzing import fuzz
from misc_format import Document, MiscError, NamedText, Stream, Text, coders
from misc_format.document import OpenedComponent
from misc_format.page import page

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "conformance" / "vectors"
DEMO = (ROOT / "examples" / "coffee.misc").read_bytes()
# Conforming files, and files with faults of several kinds: in the container, in a payload, one that can be read past, not canonical.
NAMES = (
    "grid-flat-255", "maps-context-noise", "bad-image-codeword-longer", "bad-maps-packed-padding", "bad-container-cut-in-frame",
    "bad-text-not-utf8", "profile-misc-1-generation",
)  # fmt: skip


def vector(name: str) -> bytes:
    return (FOLDER / f"{name}.misc").read_bytes()


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the coder of each component was asked to decode."""
    counts: Counter[str] = Counter()
    own = coders.Coder.open

    def counting(coder: Any, reader: Any, picture: Any) -> Any:
        counts[f"{reader.path} at {reader.position}"] += 1  # the parts of an image have one path
        return own(coder, reader, picture)

    monkeypatch.setattr(coders.Coder, "open", counting)
    return counts


def once_each(decoded: Counter[str], *kinds: str) -> bool:
    return {name.partition(" ")[0]: count for name, count in decoded.items()} == dict.fromkeys(kinds, 1)


def all_views(document: Document) -> None:
    for view in (
        misc_format.read, misc_format.validate, misc_format.inspect, misc_format.account,
        lambda opened: misc_format.account(opened, deep=True), lambda opened: page(opened, "name"),
    ):  # fmt: skip
        try:
            view(document)
        except MiscError:
            continue


@pytest.mark.parametrize("name", [path.stem for path in sorted(FOLDER.glob("*.misc"))[::40]])
def test_every_view_of_one_document_decodes_each_component_once(name: str, decoded: Counter[str]) -> None:
    all_views(Document(vector(name)))
    assert set(decoded.values()) <= {1}


def test_the_page_and_the_validator_decode_each_component_once(decoded: Counter[str]) -> None:
    page(DEMO, "coffee.misc")
    assert once_each(decoded, "text", "maps", "image")
    decoded.clear()
    misc_format.validate(DEMO)
    assert once_each(decoded, "text", "maps", "image")


def test_counting_decodes_nothing(decoded: Counter[str]) -> None:
    misc_format.account(DEMO)
    assert not decoded


def test_sources_may_be_bytes_paths_and_documents(tmp_path: Path) -> None:
    path = tmp_path / "coffee.misc"
    path.write_bytes(DEMO)
    views = (misc_format.read, partial(misc_format.account, deep=True), misc_format.inspect, misc_format.validate)
    results = [view(DEMO) for view in views]
    for source in (bytearray(DEMO), memoryview(DEMO), path, str(path), Document(path)):
        assert [view(source) for view in views] == results
        misc_format.unpack(source, tmp_path / f"folder-{type(source).__name__}")
    with pytest.raises(FileNotFoundError):
        Document(tmp_path / "none.misc")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.misc"))[::9], ids=lambda path: path.stem)
def test_views_of_one_document_say_what_views_of_bytes_say(path: Path) -> None:
    data = path.read_bytes()
    if len(data) > 2_000:
        return
    document = Document(data)
    assert misc_format.validate(document) == misc_format.validate(data)
    for view in (misc_format.read, misc_format.inspect, misc_format.account):
        assert attempt(view, document) == attempt(view, data)


def attempt(view: Any, source: Any) -> Any:
    try:
        return view(source)
    except MiscError as error:
        return str(error)


def test_validating_together_gives_what_validating_alone_gives() -> None:
    files = [DEMO, vector("bad-text-not-utf8"), b"", vector("text-language-arabic"), DEMO[:20]]
    assert misc_format.validate_many(files) == [misc_format.validate(data) for data in files]


def test_validating_together_gives_a_result_for_what_is_no_file(tmp_path: Path) -> None:
    finished: list[int] = []
    report, path, value, last = misc_format.validate_many(
        iter([DEMO, tmp_path / "none.misc", 3, DEMO]),  # type: ignore[list-item]
        progress=finished.append,
    )
    assert isinstance(path, FileNotFoundError)
    assert isinstance(value, MiscError)
    assert report == last == misc_format.validate(DEMO)
    assert finished == [4]


def test_a_component_keeps_all_its_faults() -> None:
    document = Document(vector("bad-text-not-utf8"))
    [text] = (component for component in document.components if component.kind == "text")
    assert isinstance(text, OpenedComponent)
    assert [fault.rule for fault in text.faults] == ["MISC-TXT-001"]
    with pytest.raises(MiscError, match="MISC-TXT-001"):
        text.require()


@pytest.mark.parametrize("name", NAMES)
def test_the_suite_and_the_fuzzer_share_documents(name: str) -> None:
    data = vector(name)
    outcome(data)
    assert fuzz.check(data) == fuzz.check(Document(data))


@pytest.mark.parametrize("method", ["raw", "huffman", "language"])
def test_inspection_shows_named_texts_by_their_names(method: str) -> None:
    text = Text("a cup", named=(NamedText("negative", "blur"), NamedText("mine", "x")))
    leaves = misc_format.inspect(misc_format.write(Stream(8, 8, text=text, methods={"text": method})))
    shown = {leaf.path: leaf.value for leaf in leaves}
    assert (shown["text/named/0/name"], shown["text/named/1/name"]) == ("negative", "mine")
