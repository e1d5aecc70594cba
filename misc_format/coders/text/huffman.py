"""Text under one static canonical Huffman table (clause 6.3).

Codes are assigned in ascending order from zero, the longest codes first. The first code is all zeros and has more than eight bits. The
padding, at most seven zero bits, is therefore never a whole code, and the end of the text costs nothing.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from misc_format import limits
from misc_format.coders import Coder
from misc_format.coders.text import fields as textfields
from misc_format.coders.text.form import RULE_FAMILY, TEXT
from misc_format.components import Size, Text
from misc_format.structure.bits import BitReader, BitWriter, Share
from misc_format.structure.steps import FINISH
from misc_format.tables import load_rows

TABLE = "text-huffman-1.csv"


class Codebook(NamedTuple):
    """The code, and the decoder's table.

    `lengths` and `codes` are indexed by byte value; a byte of length 0 has no code. `max_length` is the longest length. `symbols` and
    `steps` are indexed by the next `max_length` bits: the byte, and the length of its code.
    """

    lengths: tuple[int, ...]
    codes: tuple[int, ...]
    max_length: int
    symbols: bytes
    steps: bytes


@cache
def codebook() -> Codebook:
    """The codes of the normative table."""
    lengths = [0] * 256
    for symbol, length in load_rows(TABLE):
        lengths[symbol] = length
    max_length = max(lengths)
    order = sorted((symbol for symbol in range(256) if lengths[symbol]), key=lambda symbol: (-lengths[symbol], symbol))
    codes = [0] * 256
    position = 0  # in units of the longest code
    for symbol in order:
        codes[symbol] = position >> (max_length - lengths[symbol])
        position += 1 << (max_length - lengths[symbol])
    spans = [1 << (max_length - lengths[symbol]) for symbol in order]
    symbols = np.repeat(np.array(order, np.uint8), spans).tobytes()
    steps = np.repeat(np.array([lengths[symbol] for symbol in order], np.uint8), spans).tobytes()
    return Codebook(tuple(lengths), tuple(codes), max_length, symbols, steps)


def encode(content: Text, picture: Size) -> bytes:
    return encode_bytes(textfields.join(content))


def encode_bytes(data: bytes) -> bytes:
    """The payload of text bytes, which need not be those of a text."""
    book = codebook()
    writer = BitWriter()
    for byte in data:
        writer.u(book.lengths[byte], book.codes[byte])
    return writer.to_bytes()


def decode(reader: BitReader, picture: Size) -> Text:
    start = reader.position
    data, used = _decode_bytes(reader.data[start >> 3 : reader.end >> 3])
    end = start + used
    # Decoding stops one byte behind the limit; `split` then reports it.
    within_limit = len(data) <= limits.MAX_TEXT_BYTES
    if within_limit and reader.end - end >= 8:
        reader.fail("MISC-TXT-005", f"the last {reader.end - end} bits are not a code", bit_offset=end)
    text = textfields.split(data, reader, lambda index: start + sum(codebook().lengths[byte] for byte in data[:index]))
    reader.finish(end)
    return text


def split_bits(content: Text, picture: Size) -> list[Share]:
    book = codebook()
    shares = []
    total = 0
    for index, field in enumerate(textfields.coded(content)):
        data = (bytes((textfields.SEPARATOR,)) if index else b"") + field.coded.encode()
        bits = sum(book.lengths[byte] for byte in data)
        total += bits
        shares.append(Share(field.path, bits, bits, field.value))
    return [*shares, Share("padding", -total % 8, 0.0)]


def _decode_bytes(payload: bytes) -> tuple[bytes, int]:
    """The bytes of all whole codes of the payload, and the number of bits that the codes take.

    Decoding stops one byte behind the limit of text. The window of the next bits is refilled byte by byte, so that the time is linear.
    """
    book = codebook()
    out = bytearray()
    window = bits = used = 0
    total = 8 * len(payload)
    source = iter(payload)
    mask = (1 << book.max_length) - 1
    while len(out) <= limits.MAX_TEXT_BYTES:
        while bits < book.max_length:
            window = (window << 8 | next(source, 0)) & 0xFFFFFFFF
            bits += 8
        index = (window >> (bits - book.max_length)) & mask
        step = book.steps[index]
        if used + step > total:
            break
        out.append(book.symbols[index])
        used += step
        bits -= step
    return bytes(out), used


STEPS = [textfields.step("huffman", no_code="MISC-TXT-005"), FINISH]

CODER = Coder(TEXT, encode, decode, split_bits, rule_families=(RULE_FAMILY,), steps=STEPS)
