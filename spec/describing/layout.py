"""What the descriptions have in common: where the rows of a table lie, and which values a payload needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

Row = dict[str, Any]
Step = dict[str, Any]
SUBJECT = "MISC bitstream"
NOTE = "Made from spec/format.json by spec/generate.py. The specification, misc-bitstream.md, is what counts."

# What the steps that take the rest of a payload leave behind, as bytes; other steps name it.
CODED = {"text": "text", "map_bits": "pixels", "map_runs": "runs"}


def payload_name(method: Mapping[str, Any]) -> str:
    """The name of the payload of a method, such as image_codes_static."""
    return f"{method['kind']}_{method['name']}".replace("-", "_")


def kind_number(document: Mapping[str, Any], kind: str) -> int:
    """The place of a kind of component in the order of a file."""
    return [row["kind"] for row in document["container"]["components"]].index(kind)


def self_declared(document: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """The kind and the number of each method whose frame has another form."""
    for method in document["methods"]:
        if method["self_declared"]:
            yield kind_number(document, method["kind"]), method["id"]


def is_bits(row: Row) -> bool:
    """Whether a row is a number of bits, so that what follows may begin inside a byte."""
    return row.get("kind") in ("f", "u")


def offsets(rows: Sequence[Row]) -> list[int | None]:
    """The first bit of each row within its byte; None if it is not known. A row that is not bits takes whole bytes.

    Neighbours with the same condition come together. Those with the same field in their conditions take each other's place.
    """
    found: list[int | None] = []
    at: int | None = 0
    alternatives: dict[str, int] = {}  # the width of the rows under a condition, by the field that it names
    for when, group in groupby(rows, key=lambda row: row.get("when")):
        members = list(group)
        width = sum(row["bits"] for row in members if is_bits(row))
        begin = at
        if when is not None and when["name"] in alternatives:
            begin = None if at is None else (at - alternatives[when["name"]]) % 8
        place = begin
        for row in members:
            found.append(place)
            if place is not None and is_bits(row):
                place = (place + row["bits"]) % 8
        if when is not None and any(is_bits(row) for row in members):
            alternatives.setdefault(when["name"], width)
        at = place
    return found


def names_in(expression: Any) -> Iterator[str]:
    """The names in an expression, and what looks like them: operators and columns."""
    if isinstance(expression, str):
        yield expression
    elif isinstance(expression, list):
        for each in expression:
            yield from names_in(each)


def needed_values(steps: Iterable[Step]) -> list[Step]:
    """The steps that name a value which a length, a number of repetitions or a parameter needs."""
    steps = list(steps)
    lets = {step["name"]: step for step in steps if step["do"] == "let"}
    wanted: set[str] = set()
    open_names = [
        name
        for step in steps
        for expression in (step.get("count"), step.get("length"), *step.get("arguments", {}).values())
        for name in names_in(expression)
    ]
    while open_names:
        name = open_names.pop()
        if name in lets and name not in wanted:
            wanted.add(name)
            open_names += names_in(lets[name]["value"])
    return [step for name, step in lets.items() if name in wanted]
