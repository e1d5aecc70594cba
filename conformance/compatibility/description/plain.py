"""Values in words, and as JSON."""

from __future__ import annotations

import dataclasses
import enum
import re
from typing import Any

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
SIMPLE = (str, int, float, bool, type(None))
SEVERAL = (tuple, list, frozenset, set)


def plain(value: Any) -> Any:
    """A value as JSON: sets in order, tuples with names as objects."""
    if hasattr(value, "_asdict"):
        return {key: plain(inner) for key, inner in value._asdict().items()}
    if isinstance(value, frozenset | set):
        return sorted(map(plain, value))
    if isinstance(value, tuple | list):
        return [plain(inner) for inner in value]
    return value if isinstance(value, SIMPLE) else shown(value)


def constant(value: Any) -> Any:
    """The value of a public name as JSON, if it consists of numbers and texts; otherwise None."""
    if isinstance(value, enum.Enum):
        return None  # its class has the value
    if isinstance(value, SEVERAL):
        return plain(value) if all(isinstance(one, SIMPLE) for one in value) else None
    return value if isinstance(value, SIMPLE) else None


def shown(value: object) -> str:
    """A default in words. One that is made of defaults is only named: they are compared at its class."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        needed = any(field.init and field_default(field) is None for field in dataclasses.fields(value))
        if not needed and value == type(value)():
            return f"{type(value).__name__}()"
    return ADDRESS.sub("", str(value.value) if isinstance(value, enum.Enum) else repr(value))


def field_default(field: dataclasses.Field[Any]) -> str | None:
    """The default of a field of a dataclass in words; None if it has none."""
    if field.default_factory is not dataclasses.MISSING:
        return "made anew"
    return None if field.default is dataclasses.MISSING else shown(field.default)
