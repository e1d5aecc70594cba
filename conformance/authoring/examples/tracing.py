"""The decoders of the plain package, with a step noted for each symbol."""

from __future__ import annotations

from collections.abc import Sequence

from ...plain.rangecoder import ONE, RangeDecoder
from .form import Values, register


class TracedRangeDecoder(RangeDecoder):
    """Clause 5.1. A step has the registers before the symbol, and the position behind it."""

    def __init__(self, codeword: bytes) -> None:
        super().__init__(codeword)
        self.steps: list[Values] = []

    def decode(self, f: Sequence[int]) -> int:
        """The next symbol."""
        symbol = super().decode(f)
        self.steps[-1]["symbol"] = symbol
        return symbol

    def narrow(self, below: int, frequency: int, total: int = ONE) -> None:
        """A decoded symbol."""
        before = {"D": register(self.d), "range": register(self.range), "quantile": self.quantile(total)}
        super().narrow(below, frequency, total)
        self.steps.append({**before, "below": below, "frequency": frequency, "position": self.position, "w": self.w})
