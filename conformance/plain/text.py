"""Clause 6: text."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from conformance.plain import coder
from conformance.plain.bits import Bits, Broken, first_difference, text
from conformance.plain.coder import Decoder, Encoder, NoSymbol
from conformance.plain.tables import table
from conformance.plain_language import DETAIL, END, NAME, PlainModel

MAX_ITEMS, MAX_TEXT_BYTES = 16, 8_191
Found = tuple[dict[str, Any], list[tuple[str, int]]]  # symbols, and the bits of each field


def decode(bits: Bits, method: int, models: Mapping[str, bytes]) -> Found:
    """The text of a payload."""
    return {0: _raw, 1: _huffman, 2: _language}[method](bits) if method < 3 else _language_own(bits, models)


def _raw(bits: Bits) -> Found:
    """Clause 6.2."""
    start = bits.place
    data = bits.rest()
    return _fields(data, start, [8] * len(data))


def _huffman(bits: Bits) -> Found:
    """Clause 6.3."""
    start, behind = bits.place, bits.place
    codes = _codes()
    data, lengths = bytearray(), []
    length = code = 0
    while bits.left and len(data) <= MAX_TEXT_BYTES:
        length, code = length + 1, code << 1 | bits.number(1)
        if (length, code) in codes:
            data.append(codes[length, code])
            lengths.append(length)
            length = code = 0
            behind = bits.place
    bits.place = behind
    if len(data) <= MAX_TEXT_BYTES and bits.left >= 8:
        raise Broken("MISC-TXT-005", behind, "text")
    found, shares = _fields(bytes(data), start, lengths)
    bits.padding("text")
    return found, [*shares, ("padding", bits.end - behind)]


@cache
def _codes() -> dict[tuple[int, int], int]:
    """Length and code to byte value."""
    rows = [line.split(",") for line in table("text-huffman-1.csv").decode("ascii").splitlines()[1:]]
    lengths = {int(value): int(length) for value, length in rows if int(length)}
    found, place = {}, 0
    for value in sorted(lengths, key=lambda value: (-lengths[value], value)):
        found[lengths[value], place >> 15 - lengths[value]] = value
        place += 1 << 15 - lengths[value]
    return found


def _fields(data: bytes, start: int, lengths: list[int]) -> Found:
    """Clause 6.1: text bytes, of which each has some bits, as fields."""
    if len(data) > MAX_TEXT_BYTES:
        raise Broken("MISC-TXT-004", start, "text")
    parts = data.split(b"\xff")
    if len(parts) % 2 == 0:
        raise Broken("MISC-TXT-002", start, "text")
    if len(parts) > 1 + 2 * MAX_ITEMS:
        raise Broken("MISC-TXT-003", start, "text")
    values, shares, first = [], [], 0
    for number, part in enumerate(parts):
        try:
            values.append(text(part, "", 0, ""))
        except Broken as error:
            place = start + sum(lengths[: first + error.bit_offset // 8])
            raise Broken("MISC-TXT-001", place, f"text/{_path(number)}") from None
        shares.append((_path(number), sum(lengths[max(first - 1, 0) : first + len(part)])))  # with the separator
        first += len(part) + 1
    return _symbols(values), shares


def _path(number: int) -> str:
    return f"items/{(number - 1) // 2}/{'name' if number % 2 else 'detail'}" if number else "overall"


def _symbols(values: list[str]) -> dict[str, Any]:
    items = [{"name": name, "detail": detail} for name, detail in zip(values[1::2], values[2::2], strict=True)]
    return {"overall": values[0], "items": items}


def _language(bits: Bits) -> Found:
    """Clause 6.4."""
    return _under(_model(table("text-language-1.bin")), bits)


def _language_own(bits: Bits, models: Mapping[str, bytes]) -> Found:
    """Clause 6.10."""
    start = bits.place
    digest = f"{bits.u(64, 'text/model_digest'):016x}"
    if digest not in models:
        raise Broken("MISC-TXT-007", start, "text/model_digest")
    return _under(_model(models[digest]), bits)


@cache
def _model(file: bytes) -> PlainModel:
    return PlainModel(file)


def digest_of(model: bytes) -> str:
    """How a payload names a model."""
    return hashlib.sha256(model).hexdigest()[:16]


def _under(model: PlainModel, bits: Bits) -> Found:
    start, codeword = bits.place, bits.rest()
    decoder = Decoder(codeword)
    values: list[str] = []
    tokens: list[int] = []
    marks: list[tuple[str, int]] = []
    field = bytearray()
    count = 0

    def code(frequencies: list[int]) -> int:
        nonlocal count
        try:
            token = decoder.decode(frequencies)
        except NoSymbol:
            raise Broken("MISC-ENT-001", start, "text/codeword") from None
        tokens.append(token)
        count += 0 if token == END else 1 if token in (NAME, DETAIL) else len(model.pieces[token])
        if count > MAX_TEXT_BYTES:
            raise Broken("MISC-TXT-004", start, "text")
        if token not in (END, NAME, DETAIL):
            field.extend(model.pieces[token])
            return token
        path = _path(len(values))
        if (token == DETAIL) != (len(values) % 2 == 1):
            raise Broken("MISC-TXT-006", start, f"text/{path}")
        try:
            values.append(field.decode("utf-8"))
        except UnicodeDecodeError:
            raise Broken("MISC-TXT-001", start, f"text/{path}") from None
        if token == NAME and len(values) > 2 * MAX_ITEMS:
            raise Broken("MISC-TXT-003", start, "text")
        field.clear()
        marks.append((path, coder.position(decoder.range, decoder.words)))
        return token

    model.walk(code)
    _check(model, values, tokens, start, codeword, decoder)
    return _symbols(values), coder.shares(marks, len(codeword))


def _check(
    model: PlainModel, values: list[str], tokens: list[int], start: int, codeword: bytes, decoder: Decoder
) -> None:
    """Clause 4.6: other tokens, or another end."""
    fields = [value.encode("utf-8") for value in values]
    if model.sequence(fields) == tokens:
        again = coder.decoded(codeword, decoder.difference, decoder.range, decoder.words)
    else:
        encoder = Encoder()
        model.encode(fields, encoder)
        again = encoder.codeword()
    if again != codeword:
        raise Broken("MISC-CON-018", start + first_difference(codeword, again), "text")
