"""What an example is, and how its JSON is written: a value per line, so that a difference is readable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from ...plain import container
from ...plain.bits import Payload

Values = dict[str, Any]
SHOWN = 8  # numbers of a long list that stand before its digest


class Table(NamedTuple):
    """A table of the document: a sentence before it, its head and its rows."""

    caption: str
    head: Sequence[str]
    body: Sequence[Sequence[object]]


class Example(NamedTuple):
    """The trace of an example, all values of it, and the tables that the document has of them, if it has any."""

    trace: Callable[[], Values]
    tables: Callable[[Values], list[Table]] = lambda _: []


def payload_of(data: bytes, kind: str) -> Payload:
    """The payload of a component of a file."""
    file = container.file(data)
    [component] = [part for part in file.components if part.kind == kind]
    return Payload(data, component.start, component.end, file.header[0], {})


def digest(numbers: Iterable[Any]) -> str:
    """The SHA-256 of numbers in decimal, or of words, separated by commas."""
    return hashlib.sha256(",".join(map(str, numbers)).encode()).hexdigest()


def brief(numbers: Sequence[Any]) -> Values:
    """A long list: how many numbers it has, the first of them, and the digest of all."""
    return {"count": len(numbers), "first": list(numbers[:SHOWN]), "sha256": digest(numbers)}


def register(number: int) -> str:
    """A register of 64 bits, in hexadecimal: many readers of JSON do not keep such numbers whole."""
    return f"{number:016x}"


def text(trace: Values) -> str:
    """The JSON of a trace. A member of an object that holds a list of objects has a line of its own, and so has each of those."""
    return _lines(trace) + "\n"


def _lines(value: Any) -> str:
    if isinstance(value, dict) and any(map(_has_rows, value.values())):
        return "{\n" + ",\n".join(f'"{name}": {_lines(part)}' for name, part in value.items()) + "\n}"
    if _is_rows(value):
        return "[\n" + ",\n".join(map(_line, value)) + "\n]"
    return _line(value)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _has_rows(value: Any) -> bool:
    return _is_rows(value) or (isinstance(value, dict) and any(map(_has_rows, value.values())))


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)
