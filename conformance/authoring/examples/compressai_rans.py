"""Clause 10.5: a string of the CompressAI library, symbol by symbol."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ...plain.compressai import Distribution, StringDecoder
from ...suite import COMPRESSAI_STRINGS
from .form import Example, Table, Values, register

STRING = 1  # the one of COMPRESSAI_STRINGS that takes words on the way


class TracedStringDecoder(StringDecoder):
    """A step for each value and each nibble, with the state before and behind it, and the place of the next word."""

    def __init__(self, string: bytes) -> None:
        super().__init__(string)
        self.steps: list[Values] = []

    def value(self, cdf: Sequence[int]) -> int:
        """A value."""
        before = {"x": register(self.x), "quantile": self.x & 65535}
        v = super().value(cdf)
        self.steps.append({**before, "v": v, "escape": v == len(cdf) - 2, **self._after()})
        return v

    def nibble(self) -> int:
        """A nibble of an escape; the first one is their count."""
        before = {"x": register(self.x)}
        n = super().nibble()
        self.steps.append({**before, "nibble": n, **self._after()})
        return n

    def _after(self) -> Values:
        return {"x_after": register(self.x), "place": self.place}


def trace() -> Values:
    """A string of a few symbols with two escapes."""
    entry = json.loads(COMPRESSAI_STRINGS.read_text(encoding="utf-8"))["coder"][STRING]
    rows = zip(entry["cdfs"], entry["lengths"], entry["offsets"], strict=True)
    distributions = [Distribution(cdf[:length], offset) for cdf, length, offset in rows]
    decoder = TracedStringDecoder(bytes.fromhex(entry["string"]))
    for index in entry["indexes"]:
        first = len(decoder.steps)
        symbol = decoder.symbol(distributions[index])
        decoder.steps[first] |= {"distribution": index, "symbol": symbol}
    decoder.finish()
    return {
        "clause": "10.5", "string": entry["string"], "words": [f"{word:08x}" for word in decoder.word],
        "distributions": [row._asdict() for row in distributions],
        "indexes": entry["indexes"], "symbols": entry["symbols"], "steps": decoder.steps,
    }  # fmt: skip


def tables(trace: Values) -> list[Table]:
    """The distributions, and all steps."""
    rows = [(index, ", ".join(map(str, row["cdf"])), row["offset"]) for index, row in enumerate(trace["distributions"])]
    body = [
        (
            step["x"],
            *(step.get(name, "") for name in ("distribution", "quantile", "v", "nibble", "symbol")),
            step["x_after"],
            step["place"],
        )
        for step in trace["steps"]
    ]
    words = ", ".join(f"`{word}`" for word in trace["words"])
    head = ("x", "distribution", "quantile", "v", "nibble", "symbol", "x behind it", "place")
    return [
        Table(f"The string is `{trace['string']}`, its words are {words}.", ("distribution", "cdf", "offset"), rows),
        Table("Its symbols, and behind each escape the nibbles, the first of which is their number:", head, body),
    ]


EXAMPLE = Example(trace, tables)
