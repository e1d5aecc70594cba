"""Reads pickles from strangers: integers, bytes, tuples and dictionaries of few elements, and nothing else.

Module pickletools splits a pickle into operations without executing any. Only those of the table are carried out here: none of them names
a class, calls a function, or reads the memo, so that no pickle can run code or grow.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Iterator
from typing import Any

from misc_format.codecs.faults import source_fault

MAX_OPERATIONS = 64
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_VALUES = ("BININT", "BININT1", "BININT2", "SHORT_BINBYTES", "BINBYTES")
_WITHOUT_EFFECT = ("PROTO", "FRAME", "MEMOIZE", "BINPUT")  # nothing reads the memo
# What an operation does that is not carried out, by a part of its name. The name of a class is text first.
_FOREIGN = {"UNICODE": "holds text or names a class", "GLOBAL": "names a class", "REDUCE": "calls a function"}
_MARK = object()


def read_pickle(data: bytes, path: str) -> Any:
    """The object of a pickle. Raises `MiscError` for anything but plain data."""
    machine = _Machine()
    for name, argument, position in _operations(data, path):
        if not machine.do(name, argument):
            what = next((what for part, what in _FOREIGN.items() if part in name), f"has the operation {name}")
            message = f"the pickle {what} at byte {position:,}; only integers, bytes, tuples and dictionaries are read"
            raise source_fault(message, path)
        if name == "STOP":
            break
    if position + 1 < len(data):
        raise source_fault(
            f"{len(data) - position - 1:,} bytes follow the pickle, which ends at byte {position:,}", path
        )
    if len(machine.stack) != 1 or machine.stack[0] is _MARK:
        raise source_fault("the pickle does not leave one object", path)
    return machine.stack[0]


def _operations(data: bytes, path: str) -> Iterator[tuple[str, Any, int]]:
    """Name, argument and position of each operation."""
    try:
        for count, (operation, argument, position) in enumerate(pickletools.genops(data)):
            if count == MAX_OPERATIONS:
                raise source_fault(f"the pickle has more than {MAX_OPERATIONS} operations", path)
            yield operation.name, argument, position or 0
    except (ValueError, UnicodeDecodeError) as error:  # a MiscError is a ValueError too, and goes on as it is
        if type(error) in (ValueError, UnicodeDecodeError):
            raise source_fault(f"the pickle is cut short or damaged: {error}", path) from None
        raise


class _Machine:
    """The stack of a pickle."""

    def __init__(self) -> None:
        self.stack: list[Any] = []

    def do(self, name: str, argument: Any) -> bool:
        """Carry out an operation. False if it is not one of plain data, or does not fit what is on the stack."""
        if name in _VALUES:
            self.stack.append(argument)
        elif name in _TUPLES:
            return self._gather(_TUPLES[name])
        elif name in _ACTIONS:
            return _ACTIONS[name](self)
        return name in (*_VALUES, *_WITHOUT_EFFECT, "STOP")

    def _push(self, value: Any) -> bool:
        self.stack.append(value)
        return True

    def _gather(self, count: int) -> bool:
        if count > len(self.stack):
            return False
        values = self._cut(len(self.stack) - count)
        return _MARK not in values and self._push(tuple(values))

    def _cut(self, place: int) -> list[Any]:
        values = self.stack[place:]
        del self.stack[place:]
        return values

    def _behind_mark(self) -> list[Any] | None:
        for place in range(len(self.stack) - 1, -1, -1):
            if self.stack[place] is _MARK:
                values = self._cut(place + 1)
                self.stack.pop()
                return values
        return None

    def _tuple(self) -> bool:
        values = self._behind_mark()
        return values is not None and self._push(tuple(values))

    def _set_item(self) -> bool:
        return len(self.stack) > 2 and self._fill(self._cut(len(self.stack) - 2))

    def _set_items(self) -> bool:
        values = self._behind_mark()
        return values is not None and self._fill(values)

    def _fill(self, values: list[Any]) -> bool:
        """Put keys and values into the dictionary on top. A key is an integer or bytes, and new."""
        if not self.stack or type(self.stack[-1]) is not dict or len(values) % 2:
            return False
        for key, value in zip(values[::2], values[1::2], strict=True):
            if type(key) not in (int, bytes) or key in self.stack[-1] or value is _MARK:
                return False
            self.stack[-1][key] = value
        return True


_ACTIONS: dict[str, Callable[[_Machine], bool]] = {
    "MARK": lambda machine: machine._push(_MARK),
    "EMPTY_DICT": lambda machine: machine._push({}),
    "TUPLE": _Machine._tuple,
    "SETITEM": _Machine._set_item,
    "SETITEMS": _Machine._set_items,
}
