"""Clauses 6.4 to 6.10: texts under the language models, with every value on the way.

The tiny model is small enough that its values stand in the trace themselves. Digests stand for the arrays of the registered model.
"""

from __future__ import annotations

import hashlib
from typing import Any

from misc_format import Item, Stream, Text, write

from ...plain.language import LanguageModel
from ...plain.tables import table
from ...suite import TINY_LANGUAGE
from .. import users_files
from .form import Example, Table, Values, brief, payload_of
from .tracing import TracedRangeDecoder

OWN = Text("the cup on the cup ☕", (Item("cup", "a red cup"),))
SHIPPED = Text("A red cup on the wooden table.", (Item("cup", "a red cup"),))
LANGUAGE = "text-language-1.bin"
LONG = 8  # elements of a list that is shown whole


def trace_own() -> Values:
    """A text under the tiny model, as a model of the user's."""
    model = TINY_LANGUAGE.read_bytes()
    with users_files.available():
        file = write(Stream(640, 480, text=OWN, methods={"text": "language-own"}))
    payload = payload_of(file, "text")
    payload.u(64, "text/model_digest")
    return _trace({"clause": "6.10", "file": file.hex()}, OWN, model, payload.rest(), whole=True)


def trace_shipped() -> Values:
    """A text under the registered model."""
    file = write(Stream(640, 480, text=SHIPPED, methods={"text": "language"}))
    codeword = payload_of(file, "text").rest()
    return _trace({"clause": "6.4", "file": file.hex()}, SHIPPED, table(LANGUAGE), codeword, whole=False)


def _trace(values: Values, text: Text, model: bytes, codeword: bytes, *, whole: bool) -> Values:
    decoder = TracedRangeDecoder(codeword)
    steps: list[Values] = []

    def record(step: Values) -> None:
        coded = decoder.steps[-1]
        del coded["symbol"]  # the token, which the step has
        steps.append({name: _as_json(value, whole=whole) for name, value in {**step, **coded}.items()})

    LanguageModel(model).walk(decoder.decode, record)
    fields = [value for _, value in text.fields()]
    return {
        **values, "fields": fields, "model_sha256": hashlib.sha256(model).hexdigest(), "codeword": codeword.hex(), "steps": steps,
    }  # fmt: skip


def _as_json(value: Any, *, whole: bool) -> Any:
    """A value as JSON. Unless it is to be whole, a digest stands for a long list."""
    if isinstance(value, dict):
        return {name: _as_json(part, whole=whole) for name, part in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [_as_json(part, whole=whole) for part in value]
    if hasattr(value, "tolist"):
        value = value.tolist()
    return value if whole or not isinstance(value, list) or len(value) <= LONG else brief(value)


def tables(trace: Values) -> list[Table]:
    """All tokens."""
    names = ("token", "below", "frequency", "trust", "match_length", "position")
    caption = (
        f"The fields {', '.join(f'`{field}`' for field in trace['fields'])}. `trust` and `match_length`, the length of the context "
        f"(0: none), are those at the token. The codeword is `{trace['codeword']}`."
    )
    body = [(index, *(step[name] for name in names)) for index, step in enumerate(trace["steps"])]
    return [Table(caption, ("step", *names), body)]


EXAMPLE_OWN = Example(trace_own, tables)
EXAMPLE_SHIPPED = Example(trace_shipped, tables)
