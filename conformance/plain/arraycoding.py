"""Coding of arrays, in plain integers: clause by clause of the text, value by value.

Each function takes a codeword and gives the decoded array, and the decoder behind it; `NoSymbol` where the codeword fits no symbol.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from .bits import TooSlow
from .limits import MAX_PATIENT_STEPS
from .rangecoder import ONE, NoSymbol, RangeDecoder, RangeEncoder

HASH = 0x9E3779B97F4A7C15
Shape = tuple[int, int, int]
Cube = list[list[list[int]]]


class Decoder(RangeDecoder):
    """Clause 5.5: the range coder with any total. It gives up behind MAX_PATIENT_STEPS symbols."""

    def __init__(self, codeword: bytes) -> None:
        super().__init__(codeword)
        self.left = MAX_PATIENT_STEPS

    def renormalise(self) -> None:
        """Behind each symbol."""
        self.left -= 1
        if self.left < 0:
            raise TooSlow("arrays of many values")
        super().renormalise()

    def number(self, count: int) -> int:
        """A number below `count`, all equally likely."""
        if count <= ONE:
            value = self.quantile(count)
            self.narrow(value, 1, count)
            return value
        last = (count - 1) >> 16
        high = self.number(last + 1)
        low = self.number(((count - 1) & 65535) + 1 if high == last else 65536)
        return high << 16 | low

    def decide(self, ones: int, total: int = ONE, bit: int = 0) -> int:
        """The next decision, whatever `bit` is."""
        return super().decide(ones, total)

    def check_start(self) -> None:
        """NoSymbol where D is not below the range before the first decision."""
        if self.d >= self.range:
            raise NoSymbol


class Encoder(RangeEncoder):
    """Clause 5.5, for an encoder."""

    def decide(self, ones: int, total: int = ONE, bit: int = 0) -> int:
        """Append a decision."""
        return self.append(bit, ones, total)


class Counts:
    """Counted frequencies."""

    def __init__(self, symbols: int, start: int) -> None:
        self.f = [start] * symbols

    def decode(self, decoder: Decoder) -> int:
        """A symbol, which is then counted."""
        symbol = decoder.decode(self.f)
        self.f[symbol] += 2
        return symbol


class Tables(NamedTuple):
    """The tables of mixed decisions: `logistic` is at x + 4095."""

    logistic: list[int]
    logit: list[int]
    rate: list[int]


@cache
def tables() -> Tables:
    """The tables by their formulas."""
    half, e = [], 2**40
    for _ in range(4096):
        half.append(2**64 // (2**40 + e))
        e = e * 511 // 513
    logistic = [ONE - half[x] for x in range(4095, 0, -1)] + half
    logit, x = [], -4095
    for j in range(4096):
        while x < 4095 and logistic[x + 1 + 4095] <= (2 * j + 1) * 2**11:
            x += 1
        logit.append(x)
    return Tables(logistic, logit, [2**17 // (2 * n + 3) for n in range(128)])


class Mixture:
    """Mixed decisions. `slots` has only those that were used: probability and count."""

    def __init__(self, coder: Decoder | Encoder, inputs: int, sets: int, lines: int) -> None:
        self.coder, self.inputs, self.lines = coder, inputs, lines
        self.slots: dict[int, tuple[int, int]] = {}
        self.weight = [[81920 // inputs] * inputs for _ in range(sets)]
        self.context = [0] * inputs

    def slot(self, i: int, node: int) -> int:
        """The slot of an input at a node."""
        key = (self.context[i] * self.inputs + i) * self.lines + node // 16
        return (key * HASH % 2**64 >> 48) * 16 + node % 16

    def logit(self, slot: int) -> int:
        """The logit of a slot's probability."""
        return tables().logit[self.slots.get(slot, (2**21, 0))[0] >> 10]

    def weighed(self, weights: int, node: int) -> tuple[list[int], list[int], int]:
        """The slots of a decision, their logits, and the weighted sum of these."""
        slots = [self.slot(i, node) for i in range(self.inputs)]
        inputs = [self.logit(slot) for slot in slots]
        return slots, inputs, sum(w * logit for w, logit in zip(self.weight[weights], inputs, strict=True)) >> 16

    def mixed(self, weights: int, node: int, bit: int = 0) -> int:
        """A decision under the mixture. `bit` is for an encoder."""
        weight = self.weight[weights]
        slots, inputs, x = self.weighed(weights, node)
        ones = tables().logistic[min(max(x, -4095), 4095) + 4095]
        bit = self.coder.decide(ones, bit=bit)
        for i, slot in enumerate(slots):
            weight[i] += ((bit * ONE - ones) * inputs[i] + 2**22) >> 23
            self.update(slot, bit)
        return bit

    def alone(self, i: int, node: int, bit: int = 0) -> int:
        """A decision under the probability of one input. `bit` is for an encoder."""
        slot = self.slot(i, node)
        bit = self.coder.decide(tables().logistic[self.logit(slot) + 4095], bit=bit)
        self.update(slot, bit)
        return bit

    def update(self, slot: int, bit: int) -> None:
        """Move a slot's probability."""
        p, n = self.slots.get(slot, (2**21, 0))
        self.slots[slot] = p + ((bit * 2**22 - p) * tables().rate[n] >> 16), min(n + 1, 127)


def uniform(codeword: bytes, count: int, alphabet: int) -> tuple[list[int], Decoder]:
    """All codes equally likely."""
    decoder = Decoder(codeword)
    return [decoder.number(alphabet) for _ in range(count)], decoder


def adaptive(codeword: bytes, count: int, alphabet: int) -> tuple[list[int], Decoder]:
    """Counted frequencies."""
    decoder, model = Decoder(codeword), Counts(alphabet, 1)
    return [model.decode(decoder) for _ in range(count)], decoder


def graded(codeword: bytes, count: int, alphabet: int) -> tuple[list[int], Decoder]:
    """The length in bits, the digit behind the leading one, and the rest."""
    decoder = Decoder(codeword)
    lengths, digits = Counts((alphabet - 1).bit_length() + 1, 16), Counts(2, 16)

    def code() -> int:
        length = lengths.decode(decoder)
        if length < 2:
            return length
        half = 1 << (length - 2)
        digit = digits.decode(decoder) if alphabet > 3 * half else 0
        least = (2 + digit) * half
        return least + decoder.number(min(half, alphabet - least))

    return [code() for _ in range(count)], decoder


def sets(codeword: bytes, count: int, size: int, alphabet: int) -> tuple[list[list[int]], Decoder]:
    """Sets of one size."""
    decoder = Decoder(codeword)
    decoder.check_start()

    def indices() -> list[int]:
        found, x = [], 0
        for left in range(size, 0, -1):
            while left < alphabet - x and decoder.decide(left, alphabet - x) == 0:
                x += 1
            found.append(x)
            x += 1
        return found

    return [indices() for _ in range(count)], decoder


def context(codeword: bytes, shape: Shape, alphabet: int) -> tuple[Cube, Decoder]:
    """Codes in the context of those around them."""
    decoder = Decoder(codeword)
    decoder.check_start()
    return _in_context(decoder, shape, alphabet, lambda c, y, x: 0), decoder


def encoded_context(codes: Cube, alphabet: int) -> bytes:
    """The codeword that the encoder gives for codes. It never spells a code that is the one to the left or the one above."""
    encoder = Encoder()
    shape = len(codes), len(codes[0]), len(codes[0][0])
    _in_context(encoder, shape, alphabet, lambda c, y, x: codes[c][y][x])
    return encoder.codeword()


def _in_context(coder: Decoder | Encoder, shape: Shape, alphabet: int, given: Callable[[int, int, int], int]) -> Cube:
    """The codes, which an encoder is given."""
    bits = (alphabet - 1).bit_length()
    model = Mixture(coder, 6, 10, 1 << bits)

    def code(values: Cube, c: int, y: int, x: int) -> int:
        plane, last, wanted = values[c], shape[2] - 1, given(c, y, x)
        if y == 0:
            left = above = corner = other = plane[0][x - 1] if x else 0
        else:
            above = plane[y - 1][x]
            left = plane[y][x - 1] if x else above
            corner = plane[y - 1][x - 1] if x else above
            other = plane[y - 1][x + 1] if x < last else above
        pair = left * alphabet + above
        alike = (left == above) + 2 * (above == corner) + 4 * (above == other) + 8 * (left == corner)
        before = values[c - 1][y][x] + 1 if c else 0
        model.context[:] = alike, left, above, pair, (pair * alphabet + corner) * alphabet + other, before
        if model.mixed(0, 16, int(wanted == left)):
            return left
        if left != above and model.mixed(1, 0, int(wanted == above)):
            return above
        model.context[0] = 0
        return _digits(model, bits, alphabet, wanted)

    return _filled(shape, code)


def _digits(model: Mixture, bits: int, alphabet: int, wanted: int) -> int:
    """The binary digits of a code."""
    code, line, inner = 0, 1, 1
    for i in range(bits):
        digit = 0
        if (2 * code + 1) << (bits - 1 - i) < alphabet:
            node, bit = 16 * line + inner, wanted >> bits - 1 - i & 1
            digit = model.mixed(2 + i, node, bit) if i < 8 else model.alone(0, node, bit)
        code = 2 * code + digit
        inner = 2 * inner + digit
        if inner >= 16:
            line, inner = (1 << (i + 1)) + code, 1
    return code


def integers(codeword: bytes, shape: Shape) -> tuple[Cube, Decoder]:
    """Signed integers."""
    decoder = Decoder(codeword)
    decoder.check_start()
    model = Mixture(decoder, 7, 64, 4)

    def integer(values: Cube, c: int, y: int, x: int) -> int:
        def v(channel: int, row: int, column: int) -> int:
            inside = channel >= 0 and row >= 0 and 0 <= column < shape[2]
            return values[channel][row][column] if inside else 0

        _set_magnitude(model, values, c, y, x, v)
        if model.mixed(0, 0) == 0:
            return 0
        magnitude = _magnitude(model, decoder)
        _set_sign(model, shape, c, y, x, v)
        return -magnitude if model.mixed(1, 1) else magnitude

    return _filled(shape, integer), decoder


def _magnitude(model: Mixture, decoder: Decoder) -> int:
    def decision(node: int, length: int) -> int:
        return model.mixed(node, node) if length <= 4 else model.alone(3, node)

    length = 1
    while length < 31 and decision(1 + length, length):
        length += 1
    if length == 1:
        return 1
    magnitude = (2 + decision(32 + length, length)) << (length - 2)
    return magnitude + decoder.number(1 << (length - 2)) if length > 2 else magnitude


def _set_magnitude(model: Mixture, values: Cube, c: int, y: int, x: int, v: Callable[[int, int, int], int]) -> None:
    rows, columns = len(values[c]), len(values[c][0])

    def energy(row: int, column: int) -> int:
        if not (0 <= row < rows and 0 <= column < columns):
            return 0
        return sum(abs(values[channel][row][column]) for channel in range(c))

    left, above = abs(v(c, y, x - 1)), abs(v(c, y - 1, x))
    corner, other = abs(v(c, y - 1, x - 1)), abs(v(c, y - 1, x + 1))
    near = 2 * (left + above) + corner + other
    wide = near + abs(v(c, y, x - 2)) + abs(v(c, y - 2, x))
    here = energy(y, x)
    around = 2 * here + energy(y - 1, x) + energy(y + 1, x) + energy(y, x - 1) + energy(y, x + 1)
    sides = 4 * min(left, 3) + min(above, 3)
    model.context[:] = (
        c,
        16 * grade(near) + grade(here),
        16 * sides + 4 * min(corner, 3) + min(other, 3),
        16 * grade(wide) + grade(around),
        y * columns + x,
        16 * c + sides,
        c * rows + y,
    )


def _set_sign(model: Mixture, shape: Shape, c: int, y: int, x: int, v: Callable[[int, int, int], int]) -> None:
    def s(channel: int, row: int, column: int) -> int:
        value = v(channel, row, column)
        return 1 if value > 0 else 2 if value < 0 else 0

    near = 3 * s(c, y, x - 1) + s(c, y - 1, x)
    corners = 3 * s(c, y - 1, x - 1) + s(c, y - 1, x + 1)
    earlier = 3 * s(c - 1, y, x) + s(c - 2, y, x)
    model.context[:] = (
        c,
        9 * c + near,
        9 * corners + near,
        9 * c + earlier,
        9 * earlier + near,
        c * shape[2] + x,
        c * shape[1] + y,
    )


def grade(n: int) -> int:
    """Of a sum of magnitudes."""
    return n if n < 2 else min(2 * n.bit_length() - 2 + (n >> n.bit_length() - 2 & 1), 15)


def _filled(shape: Sequence[int], value: Callable[[Cube, int, int, int], int]) -> Cube:
    """An array whose values come one after the other."""
    values = [[[0] * shape[2] for _ in range(shape[1])] for _ in range(shape[0])]
    for c in range(shape[0]):
        for y in range(shape[1]):
            for x in range(shape[2]):
                values[c][y][x] = value(values, c, y, x)
    return values
