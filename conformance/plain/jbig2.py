"""Clauses 7.4.2 to 7.4.4: generic regions of JBIG2."""

from __future__ import annotations

QE = (
    0x5601, 0x3401, 0x1801, 0x0AC1, 0x0521, 0x0221, 0x5601, 0x5401, 0x4801, 0x3801, 0x3001, 0x2401, 0x1C01, 0x1601,
    0x5601, 0x5401, 0x5101, 0x4801, 0x3801, 0x3401, 0x3001, 0x2801, 0x2401, 0x2201, 0x1C01, 0x1801, 0x1601, 0x1401,
    0x1201, 0x1101, 0x0AC1, 0x09C1, 0x08A1, 0x0521, 0x0441, 0x02A1, 0x0221, 0x0141, 0x0111, 0x0085, 0x0049, 0x0025,
    0x0015, 0x0009, 0x0005, 0x0001, 0x5601,
)  # fmt: skip
NMPS = (
    1, 2, 3, 4, 5, 38, 7, 8, 9, 10, 11, 12, 13, 29, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34,
    35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 45, 46,
)  # fmt: skip
NLPS = (
    1, 6, 9, 12, 29, 33, 6, 14, 14, 14, 17, 18, 20, 21, 14, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
    31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 46,
)  # fmt: skip
SWITCH = (0, 6, 14)
# For each template the pixels of a context, (row, first column, last column), and TYPICAL.
TEMPLATES = (
    (((-2, -2, 2), (-1, -3, 3), (0, -4, -1)), 0x9B25),
    (((-2, -1, 2), (-1, -2, 3), (0, -3, -1)), 0x0795),
    (((-2, -1, 1), (-1, -2, 2), (0, -2, -1)), 0x00E5),
    (((-1, -3, 2), (0, -4, -1)), 0x0195),
)


class Arithmetic:
    """Clause 7.4.2."""

    def __init__(self, data: bytes) -> None:
        self.data, self.place = data + b"\xff\xac", 0
        self.states: dict[int, int] = {}
        self.symbols: dict[int, int] = {}
        self.c = self.data[0] << 16
        self.count = 0
        self._byte_in()
        self.c = self.c << 7 & 0xFFFFFFFF
        self.count -= 7
        self.a = 0x8000

    def _byte_in(self) -> None:
        if self.data[self.place] == 0xFF and self.data[self.place + 1] > 0x8F:
            self.c += 0xFF00
            self.count = 8
        elif self.data[self.place] == 0xFF:
            self.place += 1
            self.c += self.data[self.place] << 9
            self.count = 7
        else:
            self.place += 1
            self.c += self.data[self.place] << 8
            self.count = 8
        self.c &= 0xFFFFFFFF

    def decode(self, context: int) -> int:
        """A decision."""
        state, mps = self.states.get(context, 0), self.symbols.get(context, 0)
        qe = QE[state]
        self.a -= qe
        if self.c >> 16 < qe:
            likely = self.a < qe
            self.a = qe
        else:
            self.c -= qe << 16
            if self.a >= 0x8000:
                return mps
            likely = self.a >= qe
        symbol = mps if likely else 1 - mps
        if not likely and state in SWITCH:
            self.symbols[context] = 1 - mps
        self.states[context] = NMPS[state] if likely else NLPS[state]
        while True:
            if self.count == 0:
                self._byte_in()
            self.a <<= 1
            self.c = self.c << 1 & 0xFFFFFFFF
            self.count -= 1
            if self.a >= 0x8000:
                return symbol


def decode(data: bytes, columns: int, rows: int, template: int, typical: int) -> list[list[int]]:
    """Clauses 7.4.3 and 7.4.4."""
    arithmetic = Arithmetic(data)
    stretches, shared = TEMPLATES[template]
    places = [(row, column) for row, first, last in stretches for column in range(first, last + 1)]
    grid: list[list[int]] = []
    blank = [0] * columns
    same = 0
    for y in range(rows):
        if typical:
            same ^= arithmetic.decode(shared)
        above = grid[y - 1] if y else blank
        line = list(above) if same else [0] * columns
        grid.append(line)
        for x in range(0 if same else columns):
            context = 0
            for row, column in places:
                inside = 0 <= x + column < columns and y + row >= 0
                context = context << 1 | (grid[y + row][x + column] if inside else 0)
            line[x] = arithmetic.decode(context)
    return grid
