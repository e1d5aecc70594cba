"""The decoder of CompressAI's strings: against the committed strings of the library, against the library itself, and against any bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.plain import compressai as plain
from conformance.suite import COMPRESSAI_STRINGS
from misc_format import MiscError
from misc_format.entropy.rans import LARGEST_SYMBOL, Decoder, Encoder, Tables

COMMITTED = json.loads(COMPRESSAI_STRINGS.read_text(encoding="utf-8"))["coder"]
Case = tuple[list[list[int]], list[int], list[int], list[int], list[int]]


@st.composite
def cases(draw: st.DrawFn, size: int = 60, least: int = 1) -> Case:
    """Distributions, lengths, offsets, indexes and symbols, of which some are escapes of every length."""
    rows = draw(st.integers(1, 5))
    inner = st.sets(st.integers(1, 65535), min_size=1, max_size=12).map(sorted)
    cdfs = [[0, *draw(inner), 65536] for _ in range(rows)]
    lengths = [len(cdf) for cdf in cdfs]
    offsets = draw(st.lists(st.integers(-300, 300), min_size=rows, max_size=rows))
    indexes = draw(st.lists(st.integers(0, rows - 1), min_size=least, max_size=size))
    symbols = []
    for row in indexes:
        usual = st.integers(0, lengths[row] - 3) if lengths[row] > 3 else st.just(0)
        escape = st.integers(0, 25).flatmap(lambda bits: st.integers(-(1 << bits), 1 << bits))
        symbols.append(draw(usual | escape) + offsets[row])
    padded = [cdf + [0] * (max(lengths) - len(cdf)) for cdf in cdfs]
    return padded, lengths, offsets, indexes, symbols


def encoded(case: Case) -> tuple[bytes, Tables]:
    cdfs, lengths, offsets, indexes, symbols = case
    tables, encoder = Tables(cdfs, lengths, offsets), Encoder()
    encoder.encode(symbols, indexes, tables)
    return encoder.string(), tables


@pytest.fixture(scope="module")
def library(compressai_library: Any) -> Callable[[Case], tuple[bytes, list[int]]]:
    """The string and the symbols that CompressAI makes of a case. It never sees bytes that its encoder did not write."""
    ans = compressai_library.ans

    def code(case: Case) -> tuple[bytes, list[int]]:
        cdfs, lengths, offsets, indexes, symbols = case
        string = ans.RansEncoder().encode_with_indexes(symbols, indexes, cdfs, lengths, offsets)
        return string, ans.RansDecoder().decode_with_indexes(string, indexes, cdfs, lengths, offsets)

    return code


@settings(max_examples=1000)
@given(case=cases(least=8))  # the library's encoder writes outside its memory for fewer than four symbols
def test_every_string_of_the_library_gives_its_symbols(
    library: Callable[[Case], tuple[bytes, list[int]]], case: Case
) -> None:
    theirs, symbols = library(case)
    ours, tables = encoded(case)
    assert ours == theirs
    decoder = Decoder(theirs)
    assert decoder.decode(case[3], tables).tolist() == symbols == case[4]
    decoder.finish()


@pytest.mark.parametrize("entry", COMMITTED)
def test_committed_strings_of_the_library(entry: dict[str, object]) -> None:
    case = tuple(entry[name] for name in ("cdfs", "lengths", "offsets", "indexes", "symbols"))
    string, tables = encoded(case)  # type: ignore[arg-type]
    assert string.hex() == entry["string"]
    decoder = Decoder(string)
    assert decoder.decode(entry["indexes"], tables).tolist() == entry["symbols"]  # type: ignore[arg-type]
    decoder.finish()
    assert plain_symbols(string, case) == entry["symbols"]  # type: ignore[arg-type]


def plain_symbols(string: bytes, case: Case) -> list[int] | None:
    """The symbols of a string, as the plain decoder has them; None where it refuses the string."""
    cdfs, lengths, offsets, indexes, _ = case
    rows = zip(cdfs, lengths, offsets, strict=True)
    distributions = [plain.Distribution(cdf[:length], offset) for cdf, length, offset in rows]
    try:
        decoder = plain.StringDecoder(string)
        symbols = [decoder.symbol(distributions[row]) for row in indexes]
        decoder.finish()
    except plain.StringError:
        return None
    return symbols


@given(cases(), st.integers(0, 60))
def test_symbols_one_by_one_and_in_parts(case: Case, cut: int) -> None:
    string, tables = encoded(case)
    decoder = Decoder(string)
    found = decoder.decode(case[3][:cut], tables).tolist()
    found += [int(decoder.decode([row], tables)[0]) for row in case[3][cut:]]
    assert found == case[4]
    decoder.finish()


@settings(max_examples=500)
@given(cases(20), st.data())
def test_a_changed_string_is_an_error_or_symbols(case: Case, data: st.DataObject) -> None:
    string, tables = encoded(case)
    place = data.draw(st.integers(0, len(string) - 1))
    changed = data.draw(
        st.sampled_from([string[:place], string[place:], string + bytes(4), b""])
        | st.binary(max_size=40)
        | st.integers(1, 255).map(lambda bits: string[:place] + bytes([string[place] ^ bits]) + string[place + 1 :])
    )
    try:
        decoder = Decoder(changed, "image/y")
        symbols = decoder.decode(np.reshape(case[3], (1, -1)), tables)
    except MiscError as error:
        assert (error.rule, error.path) == ("MISC-CAI-007", "image/y") and error.message
        assert plain_symbols(changed, case) is None
        return
    assert symbols.shape == (1, len(case[3])) and symbols.dtype == np.int32
    try:
        decoder.finish()
    except MiscError as error:
        assert error.rule == "MISC-CAI-007" and plain_symbols(changed, case) is None
        return
    assert plain_symbols(changed, case) == symbols.ravel().tolist()
    # An escape may have become another one; then this is the string of other symbols.
    if np.abs(symbols.astype(np.int64)).max() < LARGEST_SYMBOL:
        again = Encoder()
        again.encode(symbols, case[3], tables)
        assert again.string() == changed


PLAIN = Tables([[0, 1, 65536]], [3], [0])


@pytest.mark.parametrize("string", [b"", bytes(7), bytes(8), b"\xff" * 8, bytes(9), b"\0\0\0\x80\0\0\0"])
def test_what_cannot_begin_a_string(string: bytes) -> None:
    with pytest.raises(MiscError, match="MISC-CAI-007 at image"):
        Decoder(string)


@pytest.mark.parametrize("index", [-1, 1, 2**31, -(2**40)])
def test_an_index_of_no_distribution(index: int) -> None:
    decoder = Decoder(b"\0\0\0\x80\0\0\0\0")
    with pytest.raises(MiscError, match="MISC-CAI-007"):
        decoder.decode([index], PLAIN)


def test_no_symbols_end_where_they_begin() -> None:
    decoder = Decoder(Encoder().string())
    assert decoder.decode(np.zeros((0, 3), np.int64), PLAIN).shape == (0, 3)
    decoder.finish()


def test_an_escape_that_never_ends_is_cut_off() -> None:
    only_escapes = Tables([[0, 65536]], [2], [0])
    with pytest.raises(MiscError, match="nibbles"):
        Decoder(b"\xff" * 7 + b"\x7f" + b"\xff" * 400).decode([0] * 9, only_escapes)


@pytest.mark.parametrize(
    "cdfs, lengths, offsets",
    [
        ([[0, 1, 65535]], [3], [0]),
        ([[1, 2, 65536]], [3], [0]),
        ([[0, 0, 65536]], [3], [0]),
        ([[0, 2, 1, 65536]], [4], [0]),
        ([[0, 65536]], [3], [0]),
        ([[0, 65536]], [1], [0]),
        ([[0, 65536]], [2, 2], [0]),
        ([[0, 65536]], [2], [0, 0]),
        ([[0, 65536]], [2], [2**26]),
        ([0, 65536], [2], [0]),
        ([[0.0, 65536.0]], [2], [0]),
    ],
)
def test_what_is_no_distribution(cdfs: object, lengths: list[int], offsets: list[int]) -> None:
    with pytest.raises(ValueError, match=r"distribution|offset"):
        Tables(cdfs, lengths, offsets)  # type: ignore[arg-type]


@pytest.mark.parametrize("symbols, indexes", [([0], [1]), ([0], [-1]), ([0, 0], [0]), ([LARGEST_SYMBOL], [0])])
def test_what_cannot_be_encoded(symbols: list[int], indexes: list[int]) -> None:
    with pytest.raises(ValueError, match=r"index|symbol"):
        Encoder().encode(symbols, indexes, PLAIN)
