"""Clause 5: codewords of a few symbols, step by step, and the search for the shortest byte string."""

from __future__ import annotations

from ...plain.rangecoder import RangeEncoder
from .form import Example, Table, Values, register
from .tracing import TracedRangeDecoder

HALF = 2**23
# The frequencies of the models, and the symbols with the model of each.
MODELS = ((2**22, HALF, 2**22), (HALF, HALF), (2**24 - 1, 1), (1, 2**24 - 1))
CODEWORDS = {
    "usual": (((0, 1), (0, 2), (2, 0), (3, 0), (3, 0), (1, 1)), "Six symbols, one renormalisation."),
    "zeros": (((1, 1), (3, 0), (3, 0)), "`low` itself ends in zero bytes, and no shorter number is in the interval."),
    "empty": (((0, 0), (1, 0), (2, 0)), "`low` is 0, and so no byte is needed."),
}


def trace() -> Values:
    """The models, and the codewords under them."""
    return {"clause": "5", "models": [list(model) for model in MODELS], **{name: _codeword(name) for name in CODEWORDS}}


def _codeword(name: str) -> Values:
    symbols, about = CODEWORDS[name]
    encoder = RangeEncoder()
    coded: list[Values] = []
    for model, symbol in symbols:
        encoder.encode(MODELS[model], symbol)
        coded.append({"low": _number(encoder.low, encoder.w), "range": register(encoder.range)})
    codeword = encoder.codeword()
    decoder = TracedRangeDecoder(codeword)
    for model, symbol in symbols:
        assert decoder.decode(MODELS[model]) == symbol
    steps = [
        {"model": model, **step, "encoder": after}
        for (model, _), step, after in zip(symbols, decoder.steps, coded, strict=True)
    ]
    end = _end(encoder)
    assert end[-1]["number"] == codeword.hex().ljust(16 + 8 * encoder.w, "0")
    limit = _number(encoder.low + encoder.range, encoder.w)
    low = _number(encoder.low, encoder.w)
    return {
        "about": about, "codeword": codeword.hex(), "steps": steps,
        "low": low, "low_plus_range": limit, "w": encoder.w, "end": end,
    }  # fmt: skip


def _end(encoder: RangeEncoder) -> list[Values]:
    """Clause 5.2, as it stands: for each length the smallest number that is at least `low`, up to the first that is in the interval."""
    tried: list[Values] = []
    while not (tried and tried[-1]["fits"]):
        length = len(tried)
        unit = 256 ** (8 + 4 * encoder.w - length)
        number = -(-encoder.low // unit) * unit
        fits = number < encoder.low + encoder.range
        tried.append({"length": length, "number": _number(number, encoder.w), "fits": fits})
    return tried


def _number(value: int, w: int) -> str:
    """A number of 8 + 4 w bytes, as `low` is; one behind the last has a digit more."""
    return f"{value:0{16 + 8 * w}x}"


def tables(trace: Values) -> list[Table]:
    """Of each codeword its symbols, and how its bytes are found."""
    tables = []
    for row in map(trace.__getitem__, CODEWORDS):
        steps = [
            (
                "{" + ", ".join(map(str, trace["models"][step["model"]])) + "}",
                *(step[name] for name in ("D", "range", "quantile", "symbol", "below")),
                step["encoder"]["low"],
                *(step[name] for name in ("w", "position")),
            )
            for step in row["steps"]
        ]
        caption = f"{row['about']} The codeword is {_code(row['codeword'])}."
        head = ("f", "D", "range", "quantile", "symbol", "below", "low behind it", "w", "position")
        tables.append(Table(caption, head, steps))
        found = [(part["length"], part["number"], "yes" if part["fits"] else "no") for part in row["end"]]
        caption = f"Its end: `low` is `{row['low']}`, `low + range` is `{row['low_plus_range']}`."
        tables.append(Table(caption, ("length", "smallest number at least low", "below low + range"), found))
    return tables


def _code(codeword: str) -> str:
    return f"`{codeword}`" if codeword else "empty"


EXAMPLE = Example(trace, tables)
