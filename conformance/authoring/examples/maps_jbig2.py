"""Clause 7.4: a small map as a JBIG2 region, decision by decision."""

from __future__ import annotations

from misc_format import Stream, write

from ...plain.jbig2 import QE, ArithmeticDecoder, decode_map, region_frame
from ...plain.maps import maps_header
from .form import Example, Table, Values, payload_of
from .maps_runlength import grid_of

ROWS = ("00000000", "00011000", "00111100", "00111100")
SHOWN_DECISIONS = 24


class TracedArithmeticDecoder(ArithmeticDecoder):
    """Clause 7.4.2. A step has the context and the registers before a decision, and what it gives."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.steps: list[Values] = []

    def decode(self, context: int) -> int:
        """A decision."""
        state = self.state.get(context, 0)
        before = {
            "context": f"{context:04X}", "state": state, "mps": self.mps.get(context, 0), "QE": f"{QE[state]:04X}",
            "A": f"{self.a:04X}", "C": f"{self.c:08X}", "count": self.count, "place": self.position,
        }  # fmt: skip
        symbol = super().decode(context)
        self.steps.append({**before, "symbol": symbol, "state_after": self.state.get(context, 0)})
        return symbol


def trace() -> Values:
    """All decisions."""
    columns, rows = len(ROWS[0]), len(ROWS)
    file = write(Stream(columns, rows, maps=grid_of(ROWS), methods={"maps": "jbig2"}))
    payload = payload_of(file, "maps")
    maps_header(payload)
    frame = region_frame(payload, 0, 1)
    data = payload.rest()
    decoder = TracedArithmeticDecoder(data)
    pixels = decode_map(decoder, columns, rows, frame.template, frame.typical_prediction)
    assert ["".join(map(str, row)) for row in pixels] == list(ROWS)
    names = ("template", "typical_prediction", "end_marker")
    fields = {name: getattr(frame, name) for name in names}
    return {"clause": "7.4", "file": file.hex(), "rows": ROWS, **fields, "data": data.hex(), "decisions": decoder.steps}


def tables(trace: Values) -> list[Table]:
    """The first decisions."""
    names = ("context", "state", "mps", "QE", "A", "C", "count", "place", "symbol", "state_after")
    body = [(index, *(step[name] for name in names)) for index, step in enumerate(trace["decisions"][:SHOWN_DECISIONS])]
    caption = (
        f"The rows are {', '.join(f'`{row}`' for row in trace['rows'])}. `template` is {trace['template']}, `typical_prediction` "
        f"{trace['typical_prediction']}, `end_marker` {trace['end_marker']}; the data are `{trace['data']}`. The first {len(body)} of "
        f"{len(trace['decisions'])} decisions, with the registers before each:"
    )
    head = ("decision", *names[:-1], "state behind it")
    return [Table(caption, head, body)]


EXAMPLE = Example(trace, tables)
