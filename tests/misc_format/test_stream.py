"""Round trips, partitions and totality over whole files."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import misc_format
from misc_format import Maps, MiscError, Stream
from misc_format.coders import coder
from misc_format.components import Ancillary
from misc_format.registry import METHODS
from misc_format.rules import RULES
from misc_format.structure.container import CHECKSUM, read_structure
from misc_format.testing import mutations, valid_streams
from tests.sweeps import PARTS, Part

small = pytest.mark.usefixtures("small_language_model", "small_maps")
ROOT = Path(__file__).parents[2]
DEMO = (ROOT / "examples" / "coffee.misc").read_bytes()
VECTORS = {path.name: path.read_bytes() for path in sorted((ROOT / "conformance" / "vectors").glob("*.misc"))}
SMALL_VECTORS = {name: data for name, data in VECTORS.items() if not name.startswith("bad-") and len(data) <= 400}


def without_checksum(stream: Stream) -> tuple[object, ...]:
    """What must come back: a checksum is computed, methods are chosen."""
    members = tuple(member for member in stream.ancillary if member.type != CHECKSUM)
    return stream.size, stream.profile, stream.core(), members, len(stream.ancillary)


@small
@given(valid_streams())
def test_content_comes_back_and_is_written_to_the_same_bytes(stream: Stream) -> None:
    data = misc_format.write(stream)
    back = misc_format.read(data)
    assert without_checksum(back) == without_checksum(stream)
    assert misc_format.write(back) == data
    assert not [issue for issue in misc_format.validate(data).issues if issue.severity == "error"]


@small
@given(valid_streams())
def test_every_bit_belongs_to_one_leaf_and_one_part(stream: Stream) -> None:
    data = misc_format.write(stream)
    position = 0
    for leaf in misc_format.inspect(data):
        assert leaf.bit_offset == position and leaf.bit_length > 0
        position += leaf.bit_length
    assert position == 8 * len(data)
    for deep in (False, True):
        account = misc_format.account(data, deep)
        assert account.file_bits == 8 * len(data)
        assert all(part.bits >= 0 for part in account.components)
        paths = [part.path for part in account.components]
        assert len(set(paths)) == len(paths)
    assert account.components[0].bits == (64 if max(stream.size) <= 4096 else 72)


@small
@given(valid_streams())
def test_framing_is_at_most_two_bytes_a_component_and_two_a_check(stream: Stream) -> None:
    data = misc_format.write(stream)
    framing = misc_format.account(data).components[1]
    assert framing.path == "framing"
    components = read_structure(data).components
    parts = [component.part for component in components if component.part is not None]
    names = sum(1 + len(part.name) for part in parts if part.name)
    checks = 2 * sum(component.checked for component in components)
    assert framing.bits <= 8 * (2 * len(components) + checks + len(parts) + names + 2 * bool(parts))


@small
@given(valid_streams())
def test_auto_keeps_the_smallest(stream: Stream) -> None:
    if isinstance(stream.maps, Maps):
        stream = replace(stream, maps=Maps(stream.maps.maps))  # a region that is given may be smaller than any of ours
    auto = dict.fromkeys(stream.core(), "auto")
    smallest = len(misc_format.write(Stream(**{**fields(stream), "methods": auto})))
    assert smallest <= len(misc_format.write(stream))


def fields(stream: Stream) -> dict[str, object]:
    return {name: getattr(stream, name) for name in Stream.__dataclass_fields__}


def test_text_only_file_spends_nine_bytes_outside_its_codeword() -> None:
    data = misc_format.write(Stream(512, 512, text=misc_format.Text("A cup.")))
    assert len(data) - 9 == misc_format.account(data).components[2].bits // 8


def check_total(data: bytes) -> None:
    """Every reader gives a result or one MiscError that names rule, place and path; validator and reader agree.

    The readers share a document, so that a payload is decoded once. `test_document` compares documents with bytes.
    """
    document = misc_format.Document(data)
    report = misc_format.validate(document)
    broken = [issue for issue in report.issues if issue.severity == "error"]
    for issue in report.issues:
        assert issue.id in RULES and issue.path
        assert issue.bit_offset is not None and 0 <= issue.bit_offset <= 8 * len(data)
    try:
        stream = misc_format.read(document)
    except MiscError as error:
        assert error.rule in RULES and error.path and error.message
        assert error.bit_offset is not None and 0 <= error.bit_offset <= 8 * len(data)
        assert broken and (broken[0].id, broken[0].bit_offset, broken[0].path) == (
            error.rule,
            error.bit_offset,
            error.path,
        )
        for reader in (misc_format.account, misc_format.inspect):
            try:
                reader(document)
            except MiscError as again:
                assert again.rule in RULES
        return
    assert misc_format.write(stream, check_profile=False) == data
    assert (
        misc_format.account(document, deep=True).file_bits == misc_format.account(document).file_bits == 8 * len(data)
    )
    assert all(issue.id.startswith("MISC-PRO-") for issue in broken)


def flipped(data: bytes, bit: int) -> bytes:
    """The data with one bit changed; bit 0 is the last of the last byte."""
    return (int.from_bytes(data, "big") ^ 1 << bit).to_bytes(len(data), "big")


@small
@PARTS
@pytest.mark.parametrize("name", SMALL_VECTORS)
def test_every_truncation(name: str, part: Part) -> None:
    for length in part.of(range(len(SMALL_VECTORS[name]))):
        check_total(SMALL_VECTORS[name][:length])


@small
@PARTS
@pytest.mark.parametrize("name", [name for name, data in SMALL_VECTORS.items() if len(data) <= 120])
def test_a_flipped_bit_of_every_byte_of_small_vectors(name: str, part: Part) -> None:
    """The bit moves on from byte to byte and from vector to vector; `python -m misc_conformance.fuzzing.flips` flips them all."""
    data = SMALL_VECTORS[name]
    first = zlib.crc32(name.encode())
    for index in part.of(range(len(data))):
        check_total(flipped(data, 8 * index + (first + 3 * index) % 8))


@small
@PARTS
@pytest.mark.parametrize("first", range(0, 4 * 13, 13))
def test_flipped_bits_of_the_demo(first: int, part: Part) -> None:
    for bit in part.of(range(first, 8 * len(DEMO), 4 * 13)):  # 13: every bit of a byte, and every 13th byte with each
        check_total(flipped(DEMO, bit))


@small
@settings(max_examples=1500)
@given(st.sampled_from(sorted(VECTORS)).flatmap(lambda name: mutations(VECTORS[name])))
def test_mutated_vectors(data: bytes) -> None:
    check_total(data)


@small
@settings(max_examples=500)
@given(st.binary(max_size=60), st.booleans())
@example(b"", False)
def test_random_bytes(data: bytes, signed: bool) -> None:
    check_total(DEMO[:4] + data if signed else data)


@small
@settings(max_examples=400)
@given(st.sampled_from(tuple(METHODS)), st.binary(max_size=80), st.tuples(st.integers(1, 64), st.integers(1, 64)))
def test_each_coder_is_total(method: object, payload: bytes, size: tuple[int, int]) -> None:
    from misc_format.structure.container import Framed, write_structure  # the payload as the only core component

    core = {method.kind: Framed(method.id, payload)}  # type: ignore[attr-defined]
    check_total(write_structure(*size, 0, {"text": Framed(0, b""), **core}, []))


def test_every_method_has_a_coder_of_its_kind() -> None:
    for method in METHODS:
        assert coder(method).form.content.kind in (method.kind, None)


def test_reading_from_a_path(tmp_path: Path) -> None:
    path = tmp_path / "demo.misc"
    path.write_bytes(DEMO)
    assert (
        misc_format.read(path)
        == misc_format.read(str(path))
        == misc_format.read(DEMO)
        == misc_format.read(memoryview(DEMO))
    )


@pytest.mark.parametrize(
    "stream, rule",
    [
        (Stream(0, 1, text=misc_format.Text("")), "MISC-CON-019"),
        (Stream(1, 65_536, text=misc_format.Text("")), "MISC-CON-019"),
        (Stream(1, 1, "nobody", text=misc_format.Text("")), "MISC-CON-004"),
        (Stream(1, 1), "MISC-CON-006"),
        (Stream(1, 1, generation=misc_format.Generation(seed=1)), "MISC-CON-006"),
        (Stream(1, 1, text=misc_format.Text(""), methods={"text": "zip"}), "MISC-CON-012"),
        (Stream(1, 1, text=misc_format.Text(""), ancillary=(Ancillary(6), Ancillary(6))), "MISC-CON-014"),
        (Stream(1, 1, text=misc_format.Text(""), ancillary=(Ancillary(3),)), "MISC-CON-015"),
        (Stream(1, 1, text=misc_format.Text(""), ancillary=(Ancillary(16),)), "MISC-CON-015"),
        (Stream(1, 1, text=misc_format.Text(""), ancillary=(Ancillary(6, b"\xff"),)), "MISC-ANC-003"),
        (Stream(1, 1, text=misc_format.Text("\ud800")), "MISC-TXT-001"),
        (Stream(1, 1, text=misc_format.Text("", (misc_format.Item("", ""),) * 17)), "MISC-TXT-003"),
        (Stream(1, 1, text=misc_format.Text("a" * 65_536)), "MISC-TXT-004"),
        (Stream(1, 1, maps=misc_format.Maps(())), "MISC-MAP-005"),
        (Stream(1, 1, text=misc_format.Text(""), generation=misc_format.Generation()), "MISC-GEN-001"),
        (Stream(1, 1, text=misc_format.Text(""), generation=misc_format.Generation(strength=101)), "MISC-GEN-003"),
        (Stream(1, 1, text=misc_format.Text(""), generation=misc_format.Generation(model="nobody's")), "MISC-GEN-002"),
        (Stream(1, 1, text=misc_format.Text(""), generation=misc_format.Generation(seed=2**64)), "MISC-CON-010"),
        (
            Stream(1, 1, text=misc_format.Text(""), generation=misc_format.Generation(prompt_suffix="\ud800")),
            "MISC-ANC-003",
        ),
        (Stream(1, 1, text=misc_format.Text(""), methods={"maps": "zip"}), "MISC-CON-012"),
        (Stream(1, 1, text=misc_format.Text(""), methods={"text": "private"}), "MISC-CON-012"),
    ],
)
def test_content_that_no_file_can_have_is_refused(stream: Stream, rule: str) -> None:
    with pytest.raises(MiscError) as caught:
        misc_format.write(stream)
    assert caught.value.rule == rule and caught.value.path


def test_a_reserved_method_is_counted_but_not_read() -> None:
    from conformance.authoring.breaking import patched

    data = patched(DEMO, "framing/image/method", 14)
    assert misc_format.account(data).file_bits == 8 * len(data)
    assert read_structure(data).components[-1].number == 14
    with pytest.raises(MiscError, match="image method 14"):
        misc_format.read(data)


@given(valid_streams())
@small
def test_a_fast_file_has_the_same_content(stream: Stream) -> None:
    stream = replace(stream, methods={})
    fast = misc_format.write(stream, effort="fast")
    assert without_checksum(misc_format.read(fast)) == without_checksum(stream)
    assert len(fast) >= len(misc_format.write(stream))
    methods = misc_format.read(fast).methods
    assert methods.get("text") != "language"


def test_an_effort_that_is_none_is_refused() -> None:
    with pytest.raises(MiscError, match="'most' is not one of best, fast"):
        misc_format.write(Stream(1, 1, text=misc_format.Text("")), effort="most")  # type: ignore[arg-type]
