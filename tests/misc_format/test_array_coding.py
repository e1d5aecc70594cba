"""The coding of arrays: round trips, any bytes, and against a second implementation in plain integers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from conformance.plain import arraycoding as plain
from conformance.plain.rangecoder import NoSymbol
from misc_format import limits
from misc_format.coders.image.arrays import adaptive, context, counts, graded, integers, sets, uniform
from misc_format.entropy import mixing
from misc_format.entropy.rangesteps import ONE
from misc_format.entropy.stepcoder import Decoder, Encoder

LARGE = (2, 3, 2**16, 2**24, 2**24 + 1, 2**32 - 1, 2**32)
SMALL = (2, 3, 2**16 - 1, 2**16)
MOST = 2**31 - 1
FLAT = {uniform: LARGE, graded: LARGE, adaptive: SMALL}  # the alphabets of codes in a row
PLAIN = {uniform: plain.uniform, graded: plain.graded, adaptive: plain.adaptive}
WALKS: list[tuple[Any, int]] = [(module, alphabet) for module, alphabets in FLAT.items() for alphabet in alphabets]

walks = st.sampled_from(list(FLAT)).flatmap(
    lambda module: st.tuples(st.just(module), st.sampled_from(FLAT[module]) | st.integers(2, max(FLAT[module])))
)
shapes = st.tuples(st.integers(1, 3), st.integers(1, 8), st.integers(1, 8))
codewords = st.binary(max_size=60) | st.binary(max_size=20).map(lambda data: b"\xff" * 8 + data)
magnitudes = st.integers(0, 3) | st.integers(0, 40) | st.sampled_from([2**n - 1 for n in range(1, 32)])
signed = st.tuples(magnitudes, st.booleans()).map(lambda pair: -pair[0] if pair[1] else pair[0])


def below(alphabet: int) -> st.SearchStrategy[int]:
    """Codes, the small ones and the last one more often."""
    return st.integers(0, alphabet - 1) | st.integers(0, min(alphabet, 4) - 1) | st.just(alphabet - 1)


def encoded(walk: Callable[..., bool], values: np.ndarray, *alphabet: int) -> bytes:
    coder = Encoder()
    before = values.copy()
    assert walk(coder, values, *alphabet)
    assert np.array_equal(values, before)
    codeword = coder.codeword()
    assert 8 * len(codeword) < coder.cost[0] * 1.001 + 10
    return codeword


def decoded(walk: Callable[..., bool], codeword: bytes, like: np.ndarray, *alphabet: int) -> np.ndarray | None:
    values = np.full_like(like, 1)  # what an array holds before must not matter
    return values if walk(Decoder(codeword), values, *alphabet) else None


def agree(ours: np.ndarray | None, theirs: Callable[[], tuple[list[Any], plain.Decoder]]) -> plain.Decoder | None:
    """Both decode the same, or both say that the codeword fits no symbol."""
    try:
        values, decoder = theirs()
    except NoSymbol:
        assert ours is None
        return None
    assert ours is not None
    assert ours.tolist() == values
    return decoder


@given(walks, st.data())
def test_codes_come_back_and_both_implementations_agree(walk: tuple[Any, int], data: st.DataObject) -> None:
    module, alphabet = walk
    values = np.array(data.draw(st.lists(below(alphabet), max_size=30)), np.uint32)
    codeword = encoded(module.walk, values, alphabet)
    ours = decoded(module.walk, codeword, values, alphabet)
    assert ours is not None
    assert np.array_equal(ours, values)
    decoder = agree(ours, lambda: PLAIN[module](codeword, len(values), alphabet))
    assert decoder is not None
    assert decoder.encoded() == codeword


@pytest.mark.parametrize(("module", "alphabet"), WALKS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_many_codes_of_each_alphabet_come_back(module: Any, alphabet: int) -> None:
    rng = np.random.default_rng(1)
    values = rng.integers(0, alphabet, 3000, np.uint64).astype(np.uint32)
    values[:4] = 0, alphabet - 1, alphabet - 1, 0
    again = decoded(module.walk, encoded(module.walk, values, alphabet), values, alphabet)
    assert again is not None
    assert np.array_equal(again, values)


@settings(deadline=None)
@given(shapes, st.sampled_from(SMALL) | st.integers(2, 300), st.data())
def test_codes_in_context_come_back(shape: tuple[int, int, int], alphabet: int, data: st.DataObject) -> None:
    values = data.draw(arrays(np.uint32, shape, elements=below(alphabet)))
    codeword = encoded(context.walk, values, alphabet)
    ours = decoded(context.walk, codeword, values, alphabet)
    assert ours is not None
    assert np.array_equal(ours, values)
    decoder = agree(ours, lambda: plain.context(codeword, shape, alphabet))
    assert decoder is not None
    assert decoder.encoded() == codeword


@settings(deadline=None)
@given(shapes, st.data())
def test_integers_come_back(shape: tuple[int, int, int], data: st.DataObject) -> None:
    values = data.draw(arrays(np.int32, shape, elements=signed))
    codeword = encoded(integers.walk, values)
    ours = decoded(integers.walk, codeword, values)
    assert ours is not None
    assert np.array_equal(ours, values)
    decoder = agree(ours, lambda: plain.integers(codeword, shape))
    assert decoder is not None
    assert decoder.encoded() == codeword


@given(st.integers(2, 60), st.data())
def test_sets_come_back(alphabet: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, alphabet))
    subsets = st.permutations(range(alphabet)).map(lambda order: sorted(order[:size]))
    values = np.array(data.draw(st.lists(subsets, max_size=4)), np.uint32).reshape(-1, size)
    codeword = encoded(sets.walk, values, alphabet)
    ours = decoded(sets.walk, codeword, values, alphabet)
    assert ours is not None
    assert np.array_equal(ours, values)
    decoder = agree(ours, lambda: plain.sets(codeword, len(values), size, alphabet))
    assert decoder is not None
    assert decoder.encoded() == codeword


@given(walks, codewords, st.integers(0, 40))
@example((uniform, 3), b"\xff" * 8, 1)
@example((graded, 2**24 + 1), b"\xff" * 8, 1)
def test_any_bytes_are_codes_or_fit_no_symbol(walk: tuple[Any, int], codeword: bytes, count: int) -> None:
    module, alphabet = walk
    ours = decoded(module.walk, codeword, np.zeros(count, np.uint32), alphabet)
    assert ours is None or not count or ours.max() < alphabet
    agree(ours, lambda: PLAIN[module](codeword, count, alphabet))


@settings(deadline=None)
@given(shapes, st.sampled_from(SMALL) | st.integers(2, 300), codewords)
def test_any_bytes_are_codes_in_context(shape: tuple[int, int, int], alphabet: int, codeword: bytes) -> None:
    ours = decoded(context.walk, codeword, np.zeros(shape, np.uint32), alphabet)
    assert (ours is None) == codeword.startswith(b"\xff" * 8)
    assert ours is None or ours.max() < alphabet
    agree(ours, lambda: plain.context(codeword, shape, alphabet))


@settings(deadline=None)
@given(shapes, codewords)
@example((1, 1, 1), b"\xff" * 20)
def test_any_bytes_are_integers_or_fit_no_symbol(shape: tuple[int, int, int], codeword: bytes) -> None:
    ours = decoded(integers.walk, codeword, np.zeros(shape, np.int32))
    agree(ours, lambda: plain.integers(codeword, shape))


@given(st.integers(2, 60), st.integers(1, 60), codewords)
def test_any_bytes_are_sets(alphabet: int, size: int, codeword: bytes) -> None:
    size = min(size, alphabet)
    ours = decoded(sets.walk, codeword, np.zeros((3, size), np.uint32), alphabet)
    assert (ours is None) == codeword.startswith(b"\xff" * 8)
    assert ours is None or (ours.max() < alphabet and np.all(np.diff(ours.astype(np.int64), axis=1) > 0))
    agree(ours, lambda: plain.sets(codeword, 3, size, alphabet))


@pytest.mark.parametrize("shape", [(1, 1, 40), (40, 1, 1), (1, 40, 1), (3, 0, 4), (0, 0, 0)])
def test_thin_and_empty_arrays(shape: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(2)
    values = rng.integers(-MOST, MOST + 1, shape).astype(np.int32)
    codes = rng.integers(0, 9, shape).astype(np.uint32)
    for walk, content, alphabet in ((integers.walk, values, ()), (context.walk, codes, (9,))):
        again = decoded(walk, encoded(walk, content, *alphabet), content, *alphabet)
        assert again is not None
        assert np.array_equal(again, content)


def test_arrays_of_several_calls_come_back() -> None:
    rng = np.random.default_rng(3)
    values = np.rint(rng.laplace(0, 2, (3, 90, 100))).astype(np.int32)
    assert values.size > integers.PLACES_PER_CALL
    again = decoded(integers.walk, encoded(integers.walk, values), values)
    assert np.array_equal(again, values)
    codes = np.abs(values).astype(np.uint32)
    again = decoded(context.walk, encoded(context.walk, codes, 100), codes, 100)
    assert np.array_equal(again, codes)


def test_equally_likely_codes_take_no_more_than_a_byte_beyond_their_number() -> None:
    rng = np.random.default_rng(4)
    for alphabet in (2, 3, 5, 1000, 2**16 + 1, 2**20 - 1, 2**20):
        for count in (1, 100, 65536):
            values = rng.integers(0, alphabet, count).astype(np.uint32)
            codeword = encoded(uniform.walk, values, alphabet)
            assert 8 * len(codeword) <= count * math.log2(alphabet) + 8


def test_the_sum_of_counted_frequencies_stays_within_the_precision() -> None:
    most = counts.STEP * limits.MAX_ARRAY_VALUES
    assert limits.MAX_MODELLED_ALPHABET + most < ONE and 16 * (limits.MAX_ALPHABET.bit_length() + 1) + most < ONE


def test_tables_are_those_of_their_formulas() -> None:
    logits, logistic, rates = mixing.tables()
    assert logits.tolist() == plain.tables().logit
    assert logistic.tolist() == plain.tables().logistic
    assert rates.tolist() == plain.tables().rate
    exact = 2**24 / (1 + np.exp(-np.arange(-4095, 4096) / 256))
    assert np.abs(logistic - exact).max() < 2**24 * 1e-6 + 1
    assert logistic.min() >= 1
    assert logistic.max() < 2**24
