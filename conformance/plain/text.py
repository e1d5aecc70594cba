"""Clauses 6.1 to 6.3: text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from .accounting import Decoded
from .bits import BrokenRule, Payload, utf8
from .container import NAME_FORM
from .limits import MAX_ITEMS, MAX_TEXT_BYTES
from .tables import table

SEPARATOR = b"\xff"
NAMED = "\x1f"
NAMED_TEXTS = {"A": "language", "B": "negative", "C": "alternative"}
MAX_CODE_LENGTH = 15


def split_fields(data: bytes, start: int, lengths: Sequence[int]) -> Decoded:
    """Clause 6.1: split text bytes into fields. `lengths` has the number of bits of each byte; `start` is the first of these bits."""
    if len(data) > MAX_TEXT_BYTES:
        raise BrokenRule("MISC-TXT-004", start, "text")
    parts = data.split(SEPARATOR)
    if len(parts) % 2 == 0:
        raise BrokenRule("MISC-TXT-002", start, "text")
    if len(parts) > 1 + 2 * MAX_ITEMS:
        raise BrokenRule("MISC-TXT-003", start, "text")
    values, spans, first = [], [], 0
    for number, part in enumerate(parts):
        try:
            values.append(utf8(part, "MISC-TXT-001", 0, field_path(number)))
        except BrokenRule as broken:
            bit_offset = start + sum(lengths[: first + broken.bit_offset // 8])
            raise BrokenRule(broken.rule, bit_offset, f"text/{broken.path}") from None
        with_separator = lengths[max(first - 1, 0) : first + len(part)]
        spans.append(sum(with_separator))
        first += len(part) + 1
    symbols, paths = content(values, start)
    return symbols, list(zip(paths, spans, strict=True))


def field_path(number: int) -> str:
    """Clause 17: the path of a field of which it is not yet known whether it belongs to a named text. `number` counts from 0."""
    return f"items/{(number - 1) // 2}/{'name' if number % 2 else 'detail'}" if number else "overall"


def content(values: Sequence[str], start: int) -> tuple[dict[str, Any], list[str]]:
    """Clause 6.1: the overall description, then pairs, which are items or named texts; and the path of each field.

    `start` is the first bit of the text bytes.
    """
    items: list[dict[str, str]] = []
    named: list[dict[str, str]] = []
    paths = ["overall"]
    for pair, (name, value) in enumerate(zip(values[1::2], values[2::2], strict=True)):
        if name.startswith(NAMED):
            named.append({"name": _name(name[1:], start, f"text/named/{len(named)}/name"), "value": value})
            paths += [f"named/{len(named) - 1}/{field}" for field in ("name", "value")]
        elif named:
            raise BrokenRule("MISC-TXT-008", start, f"text/items/{pair}/name")
        else:
            items.append({"name": name, "detail": value})
            paths += [f"items/{pair}/{field}" for field in ("name", "detail")]
    return {"overall": values[0], "items": items, **({"named": named} if named else {})}, paths


def _name(coded: str, start: int, path: str) -> str:
    """Clause 6.1: the name of a named text."""
    name = NAMED_TEXTS.get(coded, coded)
    if not NAME_FORM.fullmatch(name) or coded in NAMED_TEXTS.values():
        raise BrokenRule("MISC-TXT-008", start, path)
    return name


def decode_raw(payload: Payload) -> Decoded:
    """Clause 6.2."""
    start = payload.position
    data = payload.rest()
    return split_fields(data, start, [8] * len(data))


def decode_huffman(payload: Payload) -> Decoded:
    """Clause 6.3."""
    start = end = payload.position
    data, lengths = bytearray(), []
    length = code = 0
    while payload.left and len(data) <= MAX_TEXT_BYTES:
        length, code = length + 1, code << 1 | payload.number(1)
        if (length, code) in codes():
            data.append(codes()[length, code])
            lengths.append(length)
            length = code = 0
            end = payload.position
    payload.position = end
    if len(data) <= MAX_TEXT_BYTES and payload.left >= 8:
        raise BrokenRule("MISC-TXT-005", end, "text")
    symbols, shares = split_fields(bytes(data), start, lengths)
    payload.padding("text")
    return symbols, [*shares, ("padding", payload.end - end)]


@cache
def codes() -> dict[tuple[int, int], int]:
    """Clause 6.3: the byte value of each code. A code is a pair: its length, and its bits as a number."""
    rows = [line.split(",") for line in table("text-huffman-1.csv").decode("ascii").splitlines()[1:]]
    length_of = {int(value): int(length) for value, length in rows if int(length)}
    value_of, position = {}, 0
    for value in sorted(length_of, key=lambda value: (-length_of[value], value)):
        length = length_of[value]
        value_of[length, position >> MAX_CODE_LENGTH - length] = value
        position += 1 << MAX_CODE_LENGTH - length
    return value_of
