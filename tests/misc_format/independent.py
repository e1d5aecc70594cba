"""Decoders written from the specification alone, in plain integers, slow and simple: what the coders are compared with. The range coder's
is `conformance.plain.coder`."""

from __future__ import annotations

from collections.abc import Sequence


def huffman_codes(lengths: dict[int, int]) -> dict[str, int]:
    """Clause 6.3, as strings of bits."""
    longest = max(lengths.values())
    position = 0
    codes = {}
    for symbol in sorted(lengths, key=lambda symbol: (-lengths[symbol], symbol)):
        codes[f"{position >> (longest - lengths[symbol]):0{lengths[symbol]}b}"] = symbol
        position += 1 << (longest - lengths[symbol])
    return codes


def run_length_map(bits: str, columns: int, rows: int) -> tuple[list[int], str]:
    """Clause 7.3 for one map: its pixels, and the bits behind it."""
    colour, k, bits = int(bits[0]), int(bits[1:4], 2), bits[4:]
    pixels: list[int] = []
    while len(pixels) < columns * rows:
        start = len(pixels)
        place = next(
            (
                q + columns
                for q in range(max(start - columns + 1, 1), start)
                if pixels[q - 1] == colour and pixels[q] != colour
            ),
            None,
        )
        end = None
        if place is not None:
            zeros = len(bits) - len(bits.lstrip("0"))
            if zeros <= k:
                bits = bits[zeros + 1 :]
                end = min(place, columns * rows) + zeros
                if zeros:
                    end, bits = end - 2 * zeros * int(bits[0]), bits[1:]
            else:
                bits = bits[k + 1 :]
        if end is None:
            zeros = len(bits) - len(bits.lstrip("0"))
            high, bits = int(bits[zeros : 2 * zeros + 1], 2), bits[2 * zeros + 1 :]
            low, bits = int(bits[:k] or "0", 2), bits[k:]
            end = start + 1 + ((high - 1) << k | low)
        assert end > start
        pixels += [colour] * (end - start)
        colour = 1 - colour
    assert len(pixels) == columns * rows
    return pixels, bits


class MQDecoder:
    """T.88's flow charts of figures E.14 to E.20, in their words: Chigh and Clow, MPS and LPS exchange."""

    def __init__(self, data: bytes, states: Sequence[tuple[int, int, int, int]]) -> None:
        self.states = states
        self.data = data + b"\xff\xac"
        self.memory: dict[int, list[int]] = {}
        self.place = 0
        self.code = self.data[0] << 16
        self._byte_in()
        self.code = (self.code << 7) % 2**32
        self.count -= 7
        self.interval = 0x8000

    def _byte_in(self) -> None:
        if self.data[self.place] == 0xFF:
            if self.data[self.place + 1] > 0x8F:
                self.code += 0xFF00
                self.count = 8
            else:
                self.place += 1
                self.code += self.data[self.place] << 9
                self.count = 7
        else:
            self.place += 1
            self.code += self.data[self.place] << 8
            self.count = 8

    def decode(self, context: int) -> int:
        """The next symbol."""
        cell = self.memory.setdefault(context, [0, 0])
        index, likely = cell
        qe, after_likely, after_other, switch = self.states[index]
        self.interval -= qe
        if (self.code >> 16) < qe:
            exchange = self.interval < qe
            self.interval = qe
        else:
            self.code -= qe << 16
            if self.interval & 0x8000:
                return likely
            exchange = self.interval >= qe
        if exchange:
            symbol = likely
            cell[0] = after_likely
        else:
            symbol = 1 - likely
            cell[:] = [after_other, 1 - likely if switch else likely]
        while not self.interval & 0x8000:
            if self.count == 0:
                self._byte_in()
            self.interval *= 2
            self.code = self.code * 2 % 2**32
            self.count -= 1
        return symbol


# T.88's figures 3 to 6 with the adaptive pixels at their nominal places, as (x, y) from the pixel, most significant bit first.
CONTEXTS = tuple(
    [(x, y) for y, xs in rows for x in xs]
    for rows in (
        ((-2, range(-2, 3)), (-1, range(-3, 4)), (0, range(-4, 0))),
        ((-2, range(-1, 3)), (-1, range(-2, 4)), (0, range(-3, 0))),
        ((-2, range(-1, 2)), (-1, range(-2, 3)), (0, range(-2, 0))),
        ((-1, range(-3, 3)), (0, range(-4, 0))),
    )
)
TYPICAL = (0b1001101100100101, 0b0011110010101, 0b0011100101, 0b0110010101)


def generic_region(
    data: bytes,
    columns: int,
    rows: int,
    template: int,
    typical: bool,
    states: Sequence[tuple[int, int, int, int]],
) -> list[list[int]]:
    """Clause 7.4.3: its pixels, row by row."""
    decoder = MQDecoder(data, states)
    pixels: list[list[int]] = []
    same = 0
    for y in range(rows):
        if typical:
            same ^= decoder.decode(TYPICAL[template])
        if same:
            pixels.append(list(pixels[-1]) if pixels else [0] * columns)
            continue
        pixels.append([0] * columns)
        for x in range(columns):
            context = 0
            for dx, dy in CONTEXTS[template]:
                inside = 0 <= x + dx < columns and y + dy >= 0
                context = 2 * context + (pixels[y + dy][x + dx] if inside else 0)
            pixels[y][x] = decoder.decode(context)
    return pixels
