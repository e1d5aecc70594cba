"""Bits, the grammar, and the container, beside an independent description of it in construct."""

from __future__ import annotations

import subprocess
import sys

import construct as c
import pytest
from hypothesis import given
from hypothesis import strategies as st

import misc_format
from misc_format import MiscError, Stream, Text
from misc_format.errors import LimitError, TruncatedError, UnsupportedError
from misc_format.limits import MAX_VARINT
from misc_format.registry import CORE_KINDS, METHODS
from misc_format.structure.bits import BitReader, BitWriter
from misc_format.structure.container import ANCILLARY_FRAME, COMPONENT_FRAME, HEADER, read_structure
from misc_format.structure.grammar import Field, Syntax, build, parse, table
from misc_format.testing import valid_streams

VARINT = c.VarInt  # the same little-endian groups of seven bits


def side(this: c.Container) -> int:
    return 16 if this.wide_size else 12


CONSTRUCT_HEADER = c.BitStruct(
    "signature" / c.Const(0xCD5343, c.BitsInteger(24)),
    "version_major" / c.Const(0, c.BitsInteger(3)),
    "version_minor" / c.Const(2, c.BitsInteger(3)),
    "profile" / c.BitsInteger(4),
    "has" / c.Array(4, c.Flag),
    "has_ancillary" / c.Flag,
    "wide_size" / c.Flag,
    "width_minus_1" / c.BitsInteger(side),
    "height_minus_1" / c.BitsInteger(side),
)
WITH_LENGTH = c.Struct(
    "frame" / c.BitStruct("number" / c.BitsInteger(4), "length" / c.BitsInteger(12)),
    "extra" / c.If(c.this.frame.length == 4095, VARINT),
    "payload" / c.Bytes(lambda this: this.frame.length + (this.extra or 0)),
)
WITHOUT_LENGTH = c.Struct(
    "frame" / c.BitStruct("number" / c.BitsInteger(4), "reserved" / c.Const(0, c.BitsInteger(4))),
    "payload" / c.GreedyBytes,
)
SELF_DECLARED = c.Struct(
    "frame" / c.BitStruct("number" / c.BitsInteger(4), "has_check" / c.Flag, "length" / c.BitsInteger(11)),
    "extra" / c.If(c.this.frame.length == 2047, VARINT),
    "check" / c.If(c.this.frame.has_check, c.Int16ub),
    "payload" / c.Bytes(lambda this: this.frame.length + (this.extra or 0)),
)
PART = c.Struct(
    "frame"
    / c.BitStruct("role" / c.BitsInteger(5), "has_name" / c.Flag, "last" / c.Flag, "reserved" / c.Const(0, c.Bit)),
    "name" / c.If(c.this.frame.has_name, c.PascalString(VARINT, "utf8")),
    "rest" / c.GreedyBytes,
)
PARTS = 4


def form_of(kind: str, data: bytes, last: bool) -> c.Construct:
    """The form of the frame at the beginning of `data`."""
    number = data[0] >> 4
    if kind != "ancillary" and (number == 15 or (kind == "image" and number in (2, 3, 12))):
        return SELF_DECLARED
    return WITHOUT_LENGTH if last else WITH_LENGTH


def parts_of(data: bytes) -> list[tuple[int, bytes]]:
    """The method and the payload of each part of an image."""
    found, last = [], False
    while not last:
        head = PART.parse(data)
        last = head.frame.last
        part = c.Struct("part" / form_of("image", head.rest, last), "rest" / c.GreedyBytes).parse(head.rest)
        found.append((part.part.frame.number, part.part.payload))
        data = part.rest
    assert not data
    return found


def construct_parse(data: bytes) -> tuple[c.Container, list[tuple[int, bytes]]]:
    stream = c.Struct("header" / CONSTRUCT_HEADER, "rest" / c.GreedyBytes).parse(data)
    head, rest = stream.header, stream.rest
    found = []
    kinds = [kind for kind, flag in zip(CORE_KINDS, head.has, strict=True) if flag]
    while rest or kinds:
        kind = kinds.pop(0) if kinds else "ancillary"
        form = form_of(kind, rest, last=kind != "ancillary" and not kinds and not head.has_ancillary)
        part = c.Struct("part" / form, "rest" / c.GreedyBytes).parse(rest)
        number, payload, rest = part.part.frame.number, part.part.payload, part.rest
        found += parts_of(payload) if (kind, number) == ("image", PARTS) else [(number, payload)]
    return head, found


@pytest.mark.usefixtures("small_language_model")
@given(valid_streams())
def test_construct_reads_the_same(stream: Stream) -> None:
    data = misc_format.write(stream)
    head, parts = construct_parse(data)
    ours = read_structure(data)
    assert (head.width_minus_1 + 1, head.height_minus_1 + 1) == (ours.width, ours.height) == stream.size
    present = [kind for kind, flag in zip(CORE_KINDS, head.has, strict=True) if flag]
    assert present == list(dict.fromkeys(part.kind for part in ours.components if part.kind != "ancillary"))
    assert parts == [(part.number, data[part.start >> 3 : part.end >> 3]) for part in ours.components]


def test_golden_file() -> None:
    stream = Stream(600, 400, "misc-3", text=Text("Hi"), image=misc_format.Opaque(b"\xab\xcd"), methods={"text": "raw"})
    fixture = """
        cd 53 43        signature
        08              version 0.2: 000 010, profile 3: first two bits 00 of 0011
        e4              last two bits 11, text 1, maps 0, generation 0, image 1, ancillary 0, wide 0
        25 71 8f        width 599, height 399 in 12 bits each
        00 02           method 0 raw, length 2
        48 69           Hi
        f8 02           method 15 private, with a check, length 2
        d4 6a           CRC-16 of the payload
        ab cd           payload
    """
    wanted = bytes.fromhex("".join(line[8:24].strip() for line in fixture.splitlines()))
    assert misc_format.write(stream).hex(" ") == wanted.hex(" ")


@pytest.mark.parametrize(
    "size, length", [((1, 1), 8), ((4096, 4096), 8), ((4097, 1), 9), ((1, 4097), 9), ((65_535, 65_535), 9)]
)
def test_header_is_eight_bytes_up_to_4096_and_nine_beyond(size: tuple[int, int], length: int) -> None:
    data = misc_format.write(Stream(*size, text=Text("")))
    assert misc_format.account(data).components[0].bits == 8 * length


# Bits and grammar


@given(st.lists(st.integers(0, 70).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, (1 << n) - 1)))))
def test_bits_come_back(numbers: list[tuple[int, int]]) -> None:
    writer = BitWriter()
    for width, value in numbers:
        writer.u(width, value)
    total = len(writer)
    data = writer.to_bytes()
    assert total == sum(width for width, _ in numbers) and len(data) == -(-total // 8)
    reader = BitReader(data)
    assert [reader.u(width) for width, _ in numbers] == [value for _, value in numbers]
    reader.finish()


@given(st.integers(0, MAX_VARINT), st.integers(0, 7))
def test_varints_come_back_in_their_shortest_form(value: int, shift: int) -> None:
    writer = BitWriter()
    writer.u(shift, 0)
    writer.varint(value)
    data = writer.to_bytes()
    reader = BitReader(data)
    reader.u(shift)
    assert reader.varint() == value
    assert reader.position == shift + 8 * max(1, -(-value.bit_length() // 7))
    if not shift:
        assert VARINT.parse(data) == value and VARINT.build(value) == data


@pytest.mark.parametrize("value", [-1, MAX_VARINT + 1])
def test_a_varint_has_a_range(value: int) -> None:
    with pytest.raises(ValueError, match="varint"):
        BitWriter().varint(value)


INNER = Syntax("inner", "1", "Inner", (Field("x", "u", 5), Field("word", "s")))
OUTER = Syntax(
    "outer",
    "1",
    "Outer",
    (
        Field("count", "u", 3),
        Field("kind", "u", 2),
        Field("big", "v", when=("kind", (1, 2))),
        Field("fixed", "f", 6, fixed=9),
        Field("parts", group=INNER, repeat=("count", 0)),
        Field("pair", group=INNER, repeat=2, when=("kind", (3,))),
        Field("small", "u", 8, allowed=range(101), rule="MISC-GEN-003"),
    ),
)
INNERS = st.fixed_dictionaries({"x": st.integers(0, 31), "word": st.text(max_size=5)})


@st.composite
def outers(draw: st.DrawFn) -> dict[str, object]:
    parts = draw(st.lists(INNERS, max_size=7))
    kind = draw(st.integers(0, 3))
    values = {"count": len(parts), "kind": kind, "fixed": 9, "parts": parts, "small": draw(st.integers(0, 100))}
    if kind in (1, 2):
        values["big"] = draw(st.integers(0, MAX_VARINT))
    if kind == 3:
        values["pair"] = [draw(INNERS), draw(INNERS)]
    return values


@given(outers())
def test_what_a_syntax_builds_it_parses(values: dict[str, object]) -> None:
    writer = BitWriter()
    build(OUTER, writer, values)
    leaves: list = []
    reader = BitReader(writer.to_bytes(), leaves=leaves)
    assert parse(OUTER, reader, prefix="o/") == values
    assert sum(leaf.bit_length for leaf in leaves) == reader.position == len(writer)
    assert all(leaf.path.startswith("o/") for leaf in leaves)


@given(st.binary(max_size=12))
def test_a_syntax_parses_or_fails_with_a_place(data: bytes) -> None:
    try:
        parse(OUTER, BitReader(data))
    except MiscError as error:
        assert error.path and error.bit_offset is not None and error.bit_offset <= 8 * len(data)


def test_a_value_that_does_not_fit_its_row_is_named() -> None:
    with pytest.raises(ValueError, match="method: 16 does not fit"):
        build(COMPONENT_FRAME, BitWriter(), {"method": 16, "length": 0}, {"last": 0})
    with pytest.raises(ValueError, match="parts occurs 2 times"):
        build(OUTER, BitWriter(), {"count": 2, "kind": 0, "parts": [], "small": 0})


def test_tables_print_every_row_condition_and_loop() -> None:
    lines = [text for text, _, _ in table(OUTER)]
    assert lines[0] == "outer( ) {" and lines[-1] == "}"
    assert "  if ( kind == 1 || kind == 2 )" in lines and "    big" in lines
    assert (
        "  for ( i = 0; i < count; i++ )" in lines
        and "    parts[ i ] = inner( )" in lines
        and "      pair[ i ] = inner( )" in lines
    )
    for syntax in (HEADER, COMPONENT_FRAME, ANCILLARY_FRAME):
        printed = [text.strip() for text, _, _ in table(syntax)]
        assert all(row.name in printed for row in syntax.rows)


# Errors and registry


def test_errors_are_one_tree_that_builtins_catch() -> None:
    assert issubclass(MiscError, ValueError) and issubclass(TruncatedError, EOFError)
    assert all(issubclass(kind, MiscError) for kind in (TruncatedError, UnsupportedError, LimitError))
    with pytest.raises(EOFError):
        misc_format.read(b"\xcd\x53")
    import pickle

    error = pickle.loads(pickle.dumps(TruncatedError("MISC-CON-007", "m", bit_offset=3, path="p")))
    assert type(error) is TruncatedError and (error.rule, error.bit_offset, error.path) == ("MISC-CON-007", 3, "p")


def test_registered_numbers_and_names_are_unique() -> None:
    for attribute in ("id", "name"):
        assert len({(row.kind, getattr(row, attribute)) for row in METHODS}) == len(METHODS)


def test_what_methods_declare_is_read_without_a_compiler() -> None:
    script = (
        "import sys; from misc_format.coders import coder; from misc_format.registry import METHODS; "
        "[coder(row) for row in METHODS]; print('numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_import_is_light() -> None:
    heavy = (
        "torch",
        "PIL",
        "typer",
        "rich",
        "skimage",
        "scipy",
        "constriction",
        "numba",
        "hypothesis",
        "jinja2",
        "reference_codec",
        "conformance",
    )
    script = f"import sys, misc_format; print(sorted({set(heavy)!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert len(misc_format.__all__) <= 47  # what a user calls, and what it takes to annotate that
