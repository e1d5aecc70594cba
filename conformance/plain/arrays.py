"""Clauses 12.1 to 12.3, 12.8 and 12.10: image as arrays of codes and sets, and strings of any codec, value by value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from .accounting import Decoded
from .bits import BrokenRule, Payload, TooSlow, check_canonical, varint
from .limits import MAX_ALPHABET, MAX_ARRAY_VALUES, MAX_LABELS, MAX_PATIENT_STEPS, MAX_SET_STEPS
from .rangecoder import NoSymbol, RangeDecoder, shares

ENTROPY_CODERS = {
    0: "unknown",
    1: "none",
    2: "compressai-rans",
    3: "torchac",
    4: "tensorflow-compression",
    5: "hific-rans",
    6: "dcvc-rans",
    7: "diffc-zipf",
    8: "huffman",
    9: "ppm",
}
LARGEST_TOTAL, DIGIT = 2**24, 2**16


# Clause 12.1


def _alphabet(payload: Payload) -> int:
    exponent = payload.u(5, "image/alphabet_exponent")
    return 1 << exponent if exponent else payload.v("image/alphabet_minus_2") + 2


def _check_alphabet(payload: Payload, alphabet: int, largest: int) -> None:
    if alphabet > largest:
        field = [field for field in payload.fields if field.path.startswith("image/alphabet")][-1]
        raise BrokenRule("MISC-ARR-001", field.start, field.path)


def _shape(payload: Payload, dimensions: int) -> list[int]:
    return [payload.v(f"image/size/{i}/size_minus_1") + 1 for i in range(dimensions)]


def _check_shape(shape: Sequence[int], start: int) -> None:
    if prod(shape) > MAX_ARRAY_VALUES:
        raise BrokenRule("MISC-ARR-002", start, "image")


def _encoded_header(shape: Sequence[int], flag: int, alphabet: int) -> bytes:
    """Clause 4.6: the fields of an array whose alphabet is in its shortest form."""
    exponent = alphabet.bit_length() - 1
    if alphabet != 1 << exponent or exponent > 31:
        exponent = 0
    first = bytes(((len(shape) - 1) << 6 | flag << 5 | exponent,))
    sizes = b"".join(varint(size - 1) for size in shape)
    return first + (b"" if exponent else varint(alphabet - 2)) + sizes


# Clauses 12.2 and 12.3


def decode_codes_uniform(payload: Payload) -> Decoded:
    """Clauses 12.2 and 12.3."""
    start = payload.position
    dimensions = payload.u(2, "image/dimensions_minus_1") + 1
    has_labels = payload.u(1, "image/has_labels")
    alphabet = _alphabet(payload)
    shape = _shape(payload, dimensions)
    _check_alphabet(payload, alphabet, MAX_LABELS if has_labels else MAX_ALPHABET)
    _check_shape(shape, start)
    labels = [payload.s(f"image/labels/{i}/label") for i in range(alphabet)] if has_labels else []
    begin, codeword = payload.position, payload.rest()
    decoder = RangeDecoder(codeword)
    try:
        values = list(_uniform_codes(decoder, prod(shape), alphabet))
    except NoSymbol:
        raise BrokenRule("MISC-ENT-001", begin, "image/codes") from None
    header = _encoded_header(shape, has_labels, alphabet)
    header += b"".join(varint(len(label.encode("utf-8"))) + label.encode("utf-8") for label in labels)
    whole = payload.data[start // 8 : payload.end // 8]
    check_canonical(whole, header + decoder.encoded(), start, "image")
    symbols = {"shape": shape, "values": values, "alphabet": alphabet, **({"labels": labels} if labels else {})}
    return symbols, shares([("codes", decoder.position)], len(codeword))


def _uniform_codes(decoder: RangeDecoder, count: int, alphabet: int) -> Iterator[int]:
    """Clause 12.3."""
    for place in range(count):
        if place == MAX_PATIENT_STEPS:
            raise TooSlow(f"{count} values")
        yield uniform(decoder, alphabet)


def uniform(decoder: RangeDecoder, count: int) -> int:
    """Clause 12.3: a number below `count`, all of which are equally likely."""
    if count <= LARGEST_TOTAL:
        number = decoder.quantile(count)
        decoder.narrow(number, 1, count)
        return number
    last = (count - 1) // DIGIT
    high = uniform(decoder, last + 1)
    return high * DIGIT + uniform(decoder, (count - 1) % DIGIT + 1 if high == last else DIGIT)


# Clause 12.8


def decode_sets(payload: Payload) -> Decoded:
    """Clause 12.8."""
    start = payload.position
    dimensions = payload.u(2, "image/dimensions_minus_1") + 1
    payload.f(1, 0, "image/reserved")
    alphabet = _alphabet(payload)
    shape = _shape(payload, dimensions)
    _check_alphabet(payload, alphabet, MAX_SET_STEPS)
    _check_shape(shape, start)
    sets, size = prod(shape[:-1]), shape[-1]
    if dimensions < 2 or size > alphabet or sets * alphabet > MAX_SET_STEPS:
        raise BrokenRule("MISC-ARR-004", start, "image")
    codeword = payload.rest()
    decoder = DecisionCounter(codeword)
    values = [index for _ in range(sets) for index in _set(decoder, size, alphabet)]
    whole = payload.data[start // 8 : payload.end // 8]
    check_canonical(whole, _encoded_header(shape, 0, alphabet) + decoder.encoded(), start, "image")
    symbols = {"shape": shape, "values": values, "alphabet": alphabet}
    return symbols, shares([("sets", decoder.position)], len(codeword))


class DecisionCounter(RangeDecoder):
    """A decoder that gives up behind so many decisions."""

    def __init__(self, codeword: bytes) -> None:
        super().__init__(codeword)
        self.left = MAX_PATIENT_STEPS

    def decide(self, ones: int, total: int = LARGEST_TOTAL) -> int:
        """The next decision."""
        self.left -= 1
        if self.left < 0:
            raise TooSlow("sets of large alphabets")
        return super().decide(ones, total)


def _set(decoder: RangeDecoder, size: int, alphabet: int) -> Iterator[int]:
    """Clause 12.8: the indices of a set."""
    left = size
    for x in range(alphabet):
        if left == 0:
            return
        if left == alphabet - x or decoder.decide(left, alphabet - x):
            left -= 1
            yield x


# Clause 12.10


def decode_string(payload: Payload) -> Decoded:
    """Clause 12.10."""
    start = payload.position
    coder = payload.u(5, "image/entropy_coder")
    dimensions = payload.u(3, "image/dimensions")
    if dimensions > 4:
        raise BrokenRule("MISC-ARR-002", start + 5, "image/dimensions")
    shape = _shape(payload, dimensions)
    _check_shape(shape, start)
    data = payload.rest()
    symbols: dict[str, Any] = {"coder": ENTROPY_CODERS.get(coder, coder)}
    symbols |= {"shape": shape} if shape else {}
    return symbols | {"data": data.hex()}, [("string", 8 * len(data))]
