"""Text under one static canonical Huffman table (clause 6.3).

Codes are assigned from the longest to the shortest, upwards from zero, so that the longest code (of more than eight bits) begins
with eight zeros. The zero bits that fill the last byte are then never a whole code, and the end of the text costs nothing.
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
from misc_format.tables import load_rows

TABLE = "text-huffman-1.csv"


class Codebook(NamedTuple):
    """Lengths and codes by byte value (length 0: no code), and the decoder's table: for each `longest` next bits, (byte, length)."""

    lengths: tuple[int, ...]
    codes: tuple[int, ...]
    longest: int
    symbols: bytes
    steps: bytes


@cache
def codebook() -> Codebook:
    """The codes of the normative table."""
    lengths = [0] * 256
    for symbol, length in load_rows(TABLE):
        lengths[symbol] = length
    longest = max(lengths)
    order = sorted((symbol for symbol in range(256) if lengths[symbol]), key=lambda symbol: (-lengths[symbol], symbol))
    codes = [0] * 256
    position = 0  # in units of the longest code
    for symbol in order:
        codes[symbol] = position >> (longest - lengths[symbol])
        position += 1 << (longest - lengths[symbol])
    spans = [1 << (longest - lengths[symbol]) for symbol in order]
    symbols = np.repeat(np.array(order, np.uint8), spans).tobytes()
    steps = np.repeat(np.array([lengths[symbol] for symbol in order], np.uint8), spans).tobytes()
    return Codebook(tuple(lengths), tuple(codes), longest, symbols, steps)


def encode(content: Text, picture: Size) -> bytes:
    book = codebook()
    writer = BitWriter()
    for byte in textfields.join(content):
        writer.u(book.lengths[byte], book.codes[byte])
    return writer.to_bytes()


def decode(reader: BitReader, picture: Size) -> Text:
    start = reader.position
    data, used = _decode_bytes(reader.data[start >> 3 : reader.end >> 3])
    end = start + used
    if reader.end - end >= 8:
        reader.fail("MISC-TXT-005", f"the last {reader.end - end} bits are not a code", bit_offset=end)
    text = textfields.split(data, reader, lambda index: start + sum(codebook().lengths[byte] for byte in data[:index]))
    reader.finish(end)
    return text


def split_bits(content: Text, picture: Size) -> list[Share]:
    book = codebook()
    shares = []
    total = 0
    for index, (path, value) in enumerate(content.fields()):
        data = (bytes((textfields.SEPARATOR,)) if index else b"") + value.encode()
        bits = sum(book.lengths[byte] for byte in data)
        total += bits
        shares.append(Share(path, bits, bits, value))
    return [*shares, Share("padding", -total % 8, 0.0)]


def _decode_bytes(payload: bytes) -> tuple[bytes, int]:
    """Every whole code of the payload, but no more than just over the limit of text; and the number of bits they take.

    The window of the next bits is refilled a byte at a time, so that the cost is linear.
    """
    book = codebook()
    out = bytearray()
    window = bits = used = 0
    total = 8 * len(payload)
    source = iter(payload)
    mask = (1 << book.longest) - 1
    while len(out) <= limits.MAX_TEXT_BYTES:
        while bits < book.longest:
            window = (window << 8 | next(source, 0)) & 0xFFFFFFFF
            bits += 8
        index = (window >> (bits - book.longest)) & mask
        step = book.steps[index]
        if used + step > total:
            break
        out.append(book.symbols[index])
        used += step
        bits -= step
    return bytes(out), used


CODER = Coder(TEXT, encode, decode, split_bits, rule_families=(RULE_FAMILY,))
