"""The MQ coder, the binary arithmetic coder of JBIG2 and JPEG 2000 (clause 7.4.2; ITU-T T.88 annex E).

A coder is an int64 array of the standard's registers A, C, CT and BP. The contexts are a uint8 array; each element is twice the index
of a state plus the more probable symbol. Behind the data a decoder reads FF AC, as behind the data of a JBIG2 segment.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.system.compiled import compiled

Bytes = NDArray[np.uint8]
Registers = NDArray[np.int64]


class State(NamedTuple):
    """A row of table E.1 of T.88.

    `qe` is the probability of the less probable symbol, `nmps` and `nlps` the next state after the more and the less probable symbol.
    `switch` is 1 if the two symbols change roles after the less probable one.
    """

    qe: int
    nmps: int
    nlps: int
    switch: int


# fmt: off
STATES = tuple(State(*row) for row in (
    (0x5601, 1, 1, 1), (0x3401, 2, 6, 0), (0x1801, 3, 9, 0), (0x0AC1, 4, 12, 0), (0x0521, 5, 29, 0), (0x0221, 38, 33, 0),
    (0x5601, 7, 6, 1), (0x5401, 8, 14, 0), (0x4801, 9, 14, 0), (0x3801, 10, 14, 0), (0x3001, 11, 17, 0), (0x2401, 12, 18, 0),
    (0x1C01, 13, 20, 0), (0x1601, 29, 21, 0), (0x5601, 15, 14, 1), (0x5401, 16, 14, 0), (0x5101, 17, 15, 0), (0x4801, 18, 16, 0),
    (0x3801, 19, 17, 0), (0x3401, 20, 18, 0), (0x3001, 21, 19, 0), (0x2801, 22, 19, 0), (0x2401, 23, 20, 0), (0x2201, 24, 21, 0),
    (0x1C01, 25, 22, 0), (0x1801, 26, 23, 0), (0x1601, 27, 24, 0), (0x1401, 28, 25, 0), (0x1201, 29, 26, 0), (0x1101, 30, 27, 0),
    (0x0AC1, 31, 28, 0), (0x09C1, 32, 29, 0), (0x08A1, 33, 30, 0), (0x0521, 34, 31, 0), (0x0441, 35, 32, 0), (0x02A1, 36, 33, 0),
    (0x0221, 37, 34, 0), (0x0141, 38, 35, 0), (0x0111, 39, 36, 0), (0x0085, 40, 37, 0), (0x0049, 41, 38, 0), (0x0025, 42, 39, 0),
    (0x0015, 43, 40, 0), (0x0009, 44, 41, 0), (0x0005, 45, 42, 0), (0x0001, 45, 43, 0), (0x5601, 46, 46, 0),
))
# fmt: on

# Indexed by context: 2 * state + more probable symbol.
QE = np.array([state.qe for state in STATES for _ in (0, 1)], np.int64)
NMPS = np.array([2 * state.nmps + symbol for state in STATES for symbol in (0, 1)], np.uint8)
NLPS = np.array([2 * state.nlps + (symbol ^ state.switch) for state in STATES for symbol in (0, 1)], np.uint8)
A, C, CT, BP = range(4)
REGISTER = 0xFFFFFFFF  # the bits of the decoder's C; only data that no encoder writes go beyond them
BYTES_PER_SYMBOL = 3  # at most 15 bits per symbol, in bytes of at least 7 bits
EXTRA_BYTES = 8  # the byte before the first one, and the flush


def registers() -> Registers:
    """The registers of a coder that has not started, int64 (4,)."""
    return np.zeros(4, np.int64)


@compiled
def start_decoder(registers: Registers, data: Bytes) -> None:
    """INITDEC."""
    registers[BP] = 0
    registers[C] = (data[0] if data.size else 0xFF) << 16
    _byte_in(registers, data)
    registers[C] = registers[C] << 7 & REGISTER
    registers[CT] -= 7
    registers[A] = 0x8000


@compiled
def _byte_in(registers: Registers, data: Bytes) -> None:
    """BYTEIN. Behind a marker, and behind the end of the data, all further bits are 1."""
    place = registers[BP]
    following = data[place + 1] if place + 1 < data.size else 0xFF
    if place >= data.size or (data[place] == 0xFF and following > 0x8F):
        registers[C] += 0xFF00
        registers[CT] = 8
        return
    stuffed = data[place] == 0xFF
    registers[BP] = place + 1
    registers[C] += following << (9 if stuffed else 8)
    registers[CT] = 7 if stuffed else 8


@compiled
def decode(registers: Registers, data: Bytes, contexts: Bytes, context: int) -> int:
    """DECODE: the next symbol, 0 or 1."""
    index = contexts[context]
    qe = QE[index]
    a = registers[A] - qe
    c = registers[C]
    if c >> 16 >= qe:
        c -= qe << 16
        if a & 0x8000:  # the usual case: nothing to renormalise
            registers[A] = a
            registers[C] = c
            return int(index & 1)
        likely = a >= qe
    else:
        likely = a < qe
        a = qe
    contexts[context] = NMPS[index] if likely else NLPS[index]
    registers[C] = c
    while True:
        if registers[CT] == 0:
            _byte_in(registers, data)
        a <<= 1
        registers[C] = registers[C] << 1 & REGISTER
        registers[CT] -= 1
        if a & 0x8000:
            break
    registers[A] = a
    return int(index & 1) if likely else int(1 - (index & 1))


@compiled
def start_encoder(registers: Registers) -> None:
    """INITENC. BP is the place of the last byte written. The data begin at place 1; place 0 stands for the byte before them."""
    registers[A], registers[C], registers[CT], registers[BP] = 0x8000, 0, 12, 0


@compiled
def encode(registers: Registers, out: Bytes, contexts: Bytes, context: int, symbol: int) -> None:
    """ENCODE: append a symbol to `out`.

    Before the first symbol `out` is all zeros. It has BYTES_PER_SYMBOL bytes for each symbol and EXTRA_BYTES more.
    """
    index = contexts[context]
    qe = QE[index]
    a = registers[A] - qe
    if symbol == index & 1:
        if a & 0x8000:
            registers[A] = a
            registers[C] += qe
            return
        contexts[context] = NMPS[index]
        upper = a >= qe
    else:
        contexts[context] = NLPS[index]
        upper = a < qe
    if upper:
        registers[C] += qe
    else:
        a = qe
    while True:
        a <<= 1
        registers[C] <<= 1
        registers[CT] -= 1
        if registers[CT] == 0:
            _byte_out(registers, out)
        if a & 0x8000:
            break
    registers[A] = a


@compiled
def _byte_out(registers: Registers, out: Bytes) -> None:
    """BYTEOUT. A byte behind FF has only seven bits, so that a carry never goes further than one byte."""
    place = registers[BP]
    if out[place] != 0xFF and registers[C] >= 1 << 27:
        out[place] += 1
        registers[C] &= (1 << 27) - 1
    stuffed = out[place] == 0xFF
    shift = 20 if stuffed else 19
    registers[BP] = place + 1
    out[place + 1] = registers[C] >> shift
    registers[C] &= (1 << shift) - 1
    registers[CT] = 7 if stuffed else 8


@compiled
def finish(registers: Registers, out: Bytes) -> int:
    """FLUSH without the marker; returns the number of bytes of data.

    The bytes that a decoder reads behind the data in any case are left out. SETBITS takes the number of the interval that ends in the
    longest run of ones, so that as many bytes as possible can be left out.
    """
    top = registers[C] + registers[A]
    registers[C] |= 0xFFFF
    if registers[C] >= top:
        registers[C] -= 0x8000
    for _ in range(2):
        registers[C] <<= registers[CT]
        _byte_out(registers, out)
    end = registers[BP]
    while end > 0:
        if out[end] == 0xFF:
            end -= 1
        elif end > 1 and out[end] == 0x7F and out[end - 1] == 0xFF:
            end -= 2
        else:
            break
    return int(end)
