"""Clause 12: a file of codes in context, one of integers, one of sets, and one of large codes, decision by decision."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

from misc_format import Codes, Content, Integers, Sets, Stream, write

from ...plain import arraycoding
from ...plain.rangecoder import ONE
from .form import Example, Table, Values, payload_of, register

CODES = [[7, 7, 12], [7, 12, 19]]
ALPHABET = 20
INTEGERS = [[0, -1], [5, 0]]
SETS = [[1, 4], [3, 4]]
MEMBERS = 5
LARGE = [2**24, 5, 65536]
LARGE_ALPHABET = 2**24 + 1


class Tracer(arraycoding.Decoder):
    """A step for each decision and each number, with the registers before it."""

    def __init__(self, codeword: bytes) -> None:
        super().__init__(codeword)
        self.steps: list[Values] = []
        self.about: Values = {}  # what the next step has beside its registers

    def decide(self, ones: int, total: int = ONE, bit: int = 0) -> int:
        """A decision."""
        before = {"D": register(self.d), "range": register(self.range), **self.about, "ones": ones}
        found = super().decide(ones, total)
        self.about = {}
        others = {} if total == ONE else {"total": total}
        self.steps.append({**before, **others, "bit": found, "position": self.position})
        return found

    def number(self, count: int) -> int:
        """A number; of one above 2^24, both of its parts have steps."""
        before = {"D": register(self.d), "range": register(self.range)}
        value = super().number(count)
        if count <= ONE:
            self.steps.append({**before, "count": count, "number": value, "position": self.position})
        return value


class TracedMixture(arraycoding.Mixture):
    """Notes contexts, slots, inputs and the sum of each decision, and the weights behind it."""

    def weighed(self, weights: int, node: int) -> tuple[list[int], list[int], int]:
        """The slots, logits and sum of the next decision."""
        slots, inputs, x = super().weighed(weights, node)
        place = {"set": weights, "node": node, "context": list(self.context)}
        self._tracer().about = {**place, "slot": slots, "in": inputs, "x": x}
        return slots, inputs, x

    def mixed(self, weights: int, node: int, bit: int = 0) -> int:
        """A decision under the mixture."""
        found = super().mixed(weights, node)
        self._tracer().steps[-1]["weight"] = list(self.weight[weights])
        return found

    def alone(self, i: int, node: int, bit: int = 0) -> int:
        """A decision under one input."""
        slot = self.slot(i, node)
        self._tracer().about = {"input": i, "node": node, "context": list(self.context), "slot": [slot]}
        return super().alone(i, node)

    def _tracer(self) -> Tracer:
        assert isinstance(self.coder, Tracer)
        return self.coder


class Case(NamedTuple):
    """What an example codes. `header`: bytes of its payload before the codeword. `decode`: the values of the codeword, and the decoder."""

    clause: str
    method: str
    content: Content
    header: int
    decode: Callable[[bytes], tuple[Any, arraycoding.Decoder]]


CASES = {
    "context": Case(
        "12.6", "codes-context", Codes(np.array(CODES), ALPHABET), 4,
        lambda codeword: arraycoding.context(codeword, (1, 2, 3), ALPHABET),
    ),
    "integers": Case(
        "12.9", "integers", Integers(np.array(INTEGERS, np.int32)), 3,
        lambda codeword: arraycoding.integers(codeword, (1, 2, 2)),
    ),
    "sets": Case(
        "12.8", "sets", Sets(np.array(SETS), MEMBERS), 4, lambda codeword: arraycoding.sets(codeword, 2, 2, MEMBERS)
    ),
    "large": Case(
        "12.3", "codes-uniform", Codes(np.array(LARGE), LARGE_ALPHABET), 6,
        lambda codeword: arraycoding.uniform(codeword, len(LARGE), LARGE_ALPHABET),
    ),
}  # fmt: skip


def trace(name: str) -> Values:
    """All steps of a file."""
    case = CASES[name]
    file = write(Stream(64, 64, image=case.content, methods={"image": case.method}))
    payload = payload_of(file, "image")
    payload.position += 8 * case.header
    codeword = payload.rest()
    with patch.multiple(arraycoding, Decoder=Tracer, Mixture=TracedMixture):
        values, tracer = case.decode(codeword)
    assert isinstance(tracer, Tracer)
    return {
        "clause": case.clause, "file": file.hex(), "codeword": codeword.hex(), "values": values, "steps": tracer.steps
    }  # fmt: skip


def mixed_tables(trace: Values) -> list[Table]:
    """The decisions of codes in context, or of integers. A value begins with a decision under set 0."""
    body, value = [], 0
    for step in trace["steps"]:
        value += step.get("set") == 0
        if "number" in step:
            body.append((value, "number", step["count"], "", "", "", step["number"], step["position"]))
        else:
            weights = step.get("set", "alone")
            inputs = ", ".join(map(str, step["in"])) if "in" in step else ""
            body.append(
                (value, weights, step["node"], inputs, step.get("x", ""), step["ones"], step["bit"], step["position"])
            )
    head = ("value", "set", "node", "`in`", "`x`", "`ones`", "bit", "position")
    return [Table(_caption(trace), head, body)]


def set_tables(trace: Values) -> list[Table]:
    """The decisions of sets."""
    names = ("D", "range", "ones", "total", "bit", "position")
    return [Table(_caption(trace), names, [tuple(step[name] for name in names) for step in trace["steps"]])]


def number_tables(trace: Values) -> list[Table]:
    """The numbers of large codes."""
    names = ("D", "range", "count", "number", "position")
    return [Table(_caption(trace), names, [tuple(step[name] for name in names) for step in trace["steps"]])]


def _caption(trace: Values) -> str:
    return f"The codeword is `{trace['codeword']}`, and the values are {trace['values']}."


def _example(name: str, tables: Callable[[Values], list[Table]]) -> Example:
    return Example(partial(trace, name), tables)


EXAMPLE_CONTEXT = _example("context", mixed_tables)
EXAMPLE_INTEGERS = _example("integers", mixed_tables)
EXAMPLE_SETS = _example("sets", set_tables)
EXAMPLE_LARGE = _example("large", number_tables)
