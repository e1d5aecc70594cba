"""Clause 12: image as arrays of codes, sets and integers, and strings of any codec: fields and shares. `arraycoding` has the codings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

from . import arraycoding
from .accounting import Decoded
from .bits import BrokenRule, Payload, check_canonical, varint
from .limits import MAX_ALPHABET, MAX_ARRAY_VALUES, MAX_LABELS, MAX_MODELLED_ALPHABET, MAX_SET_STEPS
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


Decode = Callable[[bytes], tuple[list[int], RangeDecoder]]  # the values of a codeword, and the decoder behind them
Encode = Callable[[list[int]], bytes]


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


def _codes(payload: Payload, start: int, header: Header, decode: Decode, encode: Encode | None = None) -> Decoded:
    """The codeword, and whether the payload, which begins at bit `start`, is canonical (clause 4.6)."""
    values, codeword_shares = _codeword(payload, start, header.encoded, "codes", decode, encode)
    symbols = {"shape": header.shape, "values": values, "alphabet": header.alphabet}
    return symbols | ({"labels": header.labels} if header.labels else {}), codeword_shares


def _codeword(
    payload: Payload, start: int, fields: bytes, name: str, decode: Decode, encode: Encode | None = None
) -> tuple[list[int], Sequence[tuple[str, int]]]:
    """The values of the codeword behind the fields, which are given in their shortest form, and its shares.

    `encode`: needed where an encoder would not make every decision that a decoder takes.
    """
    begin, codeword = payload.position, payload.rest()
    try:
        values, decoder = decode(codeword)
    except NoSymbol:
        raise BrokenRule("MISC-ENT-001", begin, "image/codeword") from None
    encoded = encode(values) if encode else decoder.encoded()
    check_canonical(payload.data[start // 8 : payload.end // 8], fields + encoded, start, "image")
    return values, shares([(name, decoder.position)], len(codeword))


def _planes(shape: Sequence[int]) -> arraycoding.Shape:
    """Clauses 12.6 and 12.9: planes, rows and columns. An array of one dimension is one row."""
    rows, columns = (1, *shape)[-2:]
    return prod(shape[:-2]), rows, columns


def _cube(values: Sequence[int], shape: arraycoding.Shape) -> arraycoding.Cube:
    planes, rows, columns = shape
    lines = [list(values[place : place + columns]) for place in range(0, len(values), columns)]
    return [lines[plane * rows : (plane + 1) * rows] for plane in range(planes)]


def _flat(cube: arraycoding.Cube) -> list[int]:
    return [value for plane in cube for row in plane for value in row]


# Clauses 12.3 to 12.7


def decode_uniform(payload: Payload) -> Decoded:
    """Clause 12.3."""
    start, header = payload.position, _codes_header(payload, MAX_ALPHABET)
    count, alphabet = prod(header.shape), header.alphabet
    return _codes(payload, start, header, lambda codeword: arraycoding.uniform(codeword, count, alphabet))


def decode_static(payload: Payload) -> Decoded:
    """Clause 12.4."""
    start, header = payload.position, _codes_header(payload, MAX_MODELLED_ALPHABET)
    place = payload.position
    digest = payload.u(64, "image/table_digest").to_bytes(8, "big")
    frequencies = code_table(payload.models.get(digest.hex(), b""))
    if len(frequencies) != header.alphabet:
        raise BrokenRule("MISC-ARR-005", place, "image/table_digest")

    def decode(codeword: bytes) -> tuple[list[int], RangeDecoder]:
        decoder = arraycoding.Decoder(codeword)
        return [decoder.decode(frequencies) for _ in range(prod(header.shape))], decoder

    return _codes(payload, start, header._replace(encoded=header.encoded + digest), decode)


def code_table(file: bytes) -> list[int]:
    """The frequencies of a table; none if the file is no table."""
    signature = b"MISC-CT1"
    if not has_signature(file, signature):
        return []
    arrays = ModelFile(file, signature, 1)
    frequencies: list[int] = arrays.array("u4", arrays.sizes[0] + 1).tolist()
    arrays.check_end()
    return frequencies


def decode_adaptive(payload: Payload) -> Decoded:
    """Clause 12.5."""
    start, header = payload.position, _codes_header(payload, MAX_MODELLED_ALPHABET)
    count, alphabet = prod(header.shape), header.alphabet
    return _codes(payload, start, header, lambda codeword: arraycoding.adaptive(codeword, count, alphabet))


def decode_context(payload: Payload) -> Decoded:
    """Clause 12.6."""
    start, header = payload.position, _codes_header(payload, MAX_MODELLED_ALPHABET)
    shape = _planes(header.shape)

    def decode(codeword: bytes) -> tuple[list[int], RangeDecoder]:
        cube, decoder = arraycoding.context(codeword, shape, header.alphabet)
        return _flat(cube), decoder

    def encode(values: list[int]) -> bytes:
        return arraycoding.encoded_context(_cube(values, shape), header.alphabet)

    return _codes(payload, start, header, decode, encode)


def decode_graded(payload: Payload) -> Decoded:
    """Clause 12.7."""
    start, header = payload.position, _codes_header(payload, MAX_ALPHABET)
    count, alphabet = prod(header.shape), header.alphabet
    return _codes(payload, start, header, lambda codeword: arraycoding.graded(codeword, count, alphabet))


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

    def decode(codeword: bytes) -> tuple[list[int], RangeDecoder]:
        found, decoder = arraycoding.sets(codeword, sets, size, alphabet)
        return [index for indices in found for index in indices], decoder

    fields = _encoded_header(shape, 0, alphabet)
    values, codeword_shares = _codeword(payload, start, fields, "sets", decode)
    return {"shape": shape, "values": values, "alphabet": alphabet}, codeword_shares


# Clause 12.9


def decode_integers(payload: Payload) -> Decoded:
    """Clause 12.9."""
    start = payload.position
    dimensions = payload.u(2, "image/dimensions_minus_1") + 1
    has_scale = payload.u(1, "image/has_scale")
    payload.f(5, 0, "image/reserved")
    shape = _shape(payload, dimensions)
    fields = bytes((dimensions - 1 << 6 | has_scale << 5,)) + b"".join(varint(size - 1) for size in shape)
    scale = {}
    if has_scale:
        step, code = payload.v("image/step_minus_1") + 1, payload.v("image/offset_code")
        fields += varint(step - 1) + varint(code)
        scale = {"step": step, "offset": -(code + 1) // 2 if code % 2 else code // 2}
    _check_shape(shape, start)

    def decode(codeword: bytes) -> tuple[list[int], RangeDecoder]:
        cube, decoder = arraycoding.integers(codeword, _planes(shape))
        return _flat(cube), decoder

    values, codeword_shares = _codeword(payload, start, fields, "values", decode)
    return {"shape": shape, "values": values, **scale}, codeword_shares


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
