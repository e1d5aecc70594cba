"""The check of the end of a range codeword from the decoder's state alone (clause 5.2)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.plain.rangecoder import NoSymbol, RangeDecoder, RangeEncoder

TOTAL = 2**24
MODELS = ([TOTAL // 2, TOTAL // 2], [1, TOTAL - 1], [TOTAL - 2, 1, 1], [5, 2**20, TOTAL - 2**20 - 5])


def ends_as_the_clause_says(codeword: bytes, decoder: RangeDecoder) -> bool:
    """The condition of clause 5.2, word for word."""
    if not codeword:
        return True
    if len(codeword) > 8 + 4 * decoder.w:
        return False
    unit = 2 ** (8 * (8 + 4 * decoder.w - len(codeword)))
    last = codeword[-1]
    return last != 0 and decoder.d < unit and decoder.d + (256 - last) * unit >= decoder.range


@given(st.binary(max_size=24), st.lists(st.sampled_from(MODELS), max_size=40))
def test_any_bytes(codeword: bytes, models: list[list[int]]) -> None:
    decoder, encoder = RangeDecoder(codeword), RangeEncoder()
    try:
        for f in models:
            encoder.encode(f, decoder.decode(f))
    except NoSymbol:
        return
    assert ends_as_the_clause_says(codeword, decoder) == (encoder.codeword() == codeword)


@given(st.lists(st.tuples(st.sampled_from(MODELS), st.integers(0, 3)), max_size=60), st.binary(max_size=2))
def test_codewords_of_the_encoder(symbols: list[tuple[list[int], int]], extra: bytes) -> None:
    """What the encoder gives ends so; with bytes behind it, or without its last one, it does not."""
    encoder = RangeEncoder()
    for f, symbol in symbols:
        encoder.encode(f, symbol % len(f))
    codeword = encoder.codeword()
    for changed in (codeword, codeword + extra, codeword[:-1]):
        decoder = RangeDecoder(changed)
        try:
            decoded = [decoder.decode(f) for f, _ in symbols]
        except NoSymbol:
            continue
        again = RangeEncoder()
        for (f, _), symbol in zip(symbols, decoded, strict=True):
            again.encode(f, symbol)
        assert ends_as_the_clause_says(changed, decoder) == (again.codeword() == changed)
