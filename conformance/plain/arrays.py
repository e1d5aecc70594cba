"""Clause 12: image as arrays of codes, sets and integers, and strings of any codec, value by value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import Any, NamedTuple

from .accounting import Decoded
from .bits import BrokenRule, Payload, TooSlow, check_canonical, varint
from .limits import MAX_ALPHABET, MAX_ARRAY_VALUES, MAX_LABELS, MAX_MODELLED_ALPHABET, MAX_PATIENT_STEPS, MAX_SET_STEPS
from .modelfile import ModelFile, has_signature
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


# Clause 12.2


class Header(NamedTuple):
    """The fields of codes before the codeword, and all of them in their shortest form."""

    shape: list[int]
    alphabet: int
    labels: list[str]
    encoded: bytes


Model = Callable[[RangeDecoder], int]  # decodes the next code


def _codes_header(payload: Payload, max_alphabet: int) -> Header:
    start = payload.position
    dimensions = payload.u(2, "image/dimensions_minus_1") + 1
    has_labels = payload.u(1, "image/has_labels")
    alphabet = _alphabet(payload)
    shape = _shape(payload, dimensions)
    _check_alphabet(payload, alphabet, MAX_LABELS if has_labels else max_alphabet)
    _check_shape(shape, start)
    labels = [payload.s(f"image/labels/{i}/label") for i in range(alphabet)] if has_labels else []
    octets = [label.encode("utf-8") for label in labels]
    encoded = _encoded_header(shape, has_labels, alphabet) + b"".join(varint(len(label)) + label for label in octets)
    return Header(shape, alphabet, labels, encoded)


def _codes(payload: Payload, start: int, header: Header, model: Model) -> Decoded:
    """The codeword, and whether the payload, which begins at bit `start`, is canonical (clause 4.6)."""
    begin, codeword = payload.position, payload.rest()
    decoder = RangeDecoder(codeword)
    values = []
    try:
        for place in range(prod(header.shape)):
            if place == MAX_PATIENT_STEPS:
                raise TooSlow(f"{prod(header.shape)} values")
            values.append(model(decoder))
    except NoSymbol:
        raise BrokenRule("MISC-ENT-001", begin, "image/codeword") from None
    whole = payload.data[start // 8 : payload.end // 8]
    check_canonical(whole, header.encoded + decoder.encoded(), start, "image")
    symbols = {"shape": header.shape, "values": values, "alphabet": header.alphabet}
    labels = {"labels": header.labels} if header.labels else {}
    return symbols | labels, shares([("codes", decoder.position)], len(codeword))


# Clause 12.3


def decode_uniform(payload: Payload) -> Decoded:
    """Clause 12.3."""
    start, header = payload.position, _codes_header(payload, MAX_ALPHABET)
    return _codes(payload, start, header, lambda decoder: uniform(decoder, header.alphabet))


def uniform(decoder: RangeDecoder, count: int) -> int:
    """Clause 12.3: a number below `count`, all of which are equally likely."""
    if count <= LARGEST_TOTAL:
        number = decoder.quantile(count)
        decoder.narrow(number, 1, count)
        return number
    last = (count - 1) // DIGIT
    high = uniform(decoder, last + 1)
    return high * DIGIT + uniform(decoder, (count - 1) % DIGIT + 1 if high == last else DIGIT)


# Clause 12.4


def decode_static(payload: Payload) -> Decoded:
    """Clause 12.4."""
    start, header = payload.position, _codes_header(payload, MAX_MODELLED_ALPHABET)
    place = payload.position
    digest = payload.u(64, "image/table_digest").to_bytes(8, "big")
    frequencies = code_table(payload.models.get(digest.hex(), b""))
    if len(frequencies) != header.alphabet:
        raise BrokenRule("MISC-ARR-005", place, "image/table_digest")
    header = header._replace(encoded=header.encoded + digest)
    return _codes(payload, start, header, lambda decoder: decoder.decode(frequencies))


def code_table(file: bytes) -> list[int]:
    """The frequencies of a table; none if the file is no table."""
    signature = b"MISC-CT1"
    if not has_signature(file, signature):
        return []
    arrays = ModelFile(file, signature, 1)
    frequencies: list[int] = arrays.array("u4", arrays.sizes[0] + 1).tolist()
    arrays.check_end()
    return frequencies


# Clause 12.5


class Counts:
    """Clause 12.5: frequencies that are counted."""

    def __init__(self, symbols: int, frequency: int) -> None:
        self.frequencies = [frequency] * symbols

    def decode(self, decoder: RangeDecoder) -> int:
        """The next symbol."""
        symbol = decoder.decode(self.frequencies)
        self.frequencies[symbol] += 2
        return symbol


def decode_adaptive(payload: Payload) -> Decoded:
    """Clause 12.5."""
    start, header = payload.position, _codes_header(payload, MAX_MODELLED_ALPHABET)
    return _codes(payload, start, header, Counts(header.alphabet, 1).decode)


# Clause 12.7


def decode_graded(payload: Payload) -> Decoded:
    """Clause 12.7."""
    start, header = payload.position, _codes_header(payload, MAX_ALPHABET)
    lengths, digits = Counts((header.alphabet - 1).bit_length() + 1, 16), Counts(2, 16)

    def code(decoder: RangeDecoder) -> int:
        length = lengths.decode(decoder)
        if length < 2:
            return length
        half = 1 << length - 2
        digit = digits.decode(decoder) if header.alphabet > 3 * half else 0
        least = (2 + digit) * half
        return least + uniform(decoder, min(half, header.alphabet - least))

    return _codes(payload, start, header, code)


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


# Clause 12.9


def decode_integers(payload: Payload) -> Decoded:
    """Clause 12.9."""
    start = payload.position
    dimensions = payload.u(2, "image/dimensions_minus_1") + 1
    has_scale = payload.u(1, "image/has_scale")
    payload.f(5, 0, "image/reserved")
    shape = _shape(payload, dimensions)
    step = payload.v("image/step_minus_1") + 1 if has_scale else 0
    offset_code = payload.v("image/offset_code") if has_scale else 0
    _check_shape(shape, start)
    raise TooSlow(f"integers {step} {offset_code}: their model is to come")


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
