"""The public names of Python: those of the modules of docs/api.md."""

from __future__ import annotations

import ast
import dataclasses
import enum
import functools
import inspect
import re
import textwrap
import typing
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType, UnionType
from typing import Any, TypeVar

from .annotations import alternatives, hints
from .failures import guarded
from .plain import constant, field_default, shown

PUBLIC = re.compile(r"^::: ([\w.]+)$", re.MULTILINE)  # the modules of docs/api.md
# What operators and statements call.
PROTOCOLS = (
    "__aenter__", "__aiter__", "__array__", "__bool__", "__bytes__", "__call__", "__contains__", "__delitem__", "__enter__", "__eq__",
    "__float__", "__getitem__", "__hash__", "__index__", "__int__", "__iter__", "__len__", "__lt__", "__next__", "__reversed__",
    "__setitem__",
)  # fmt: skip


def modules(home: Path) -> dict[str, Any]:
    """The public names of every module of docs/api.md."""
    names = PUBLIC.findall((home / "docs" / "api.md").read_text(encoding="utf-8"))
    return {name: guarded(functools.partial(_module, name)) for name in names}


def _module(name: str) -> dict[str, Any]:
    module = import_module(name)
    return {inner: guarded(functools.partial(_of, module, inner)) for inner in public(module)}


def public(module: ModuleType) -> list[str]:
    """What a module lists in `__all__`, or what it defines."""
    listed: list[str] | None = getattr(module, "__all__", None)
    return listed or [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and getattr(value, "__module__", None) == module.__name__
        and not isinstance(value, TypeVar)
    ]


def _of(module: ModuleType, name: str) -> dict[str, Any]:
    return described(getattr(module, name))


def described(value: Any) -> dict[str, Any]:
    """A class, a function, an alias of types, or another value."""
    if inspect.isclass(value) and typing.get_origin(value) is None:
        return _class(value)
    if typing.get_origin(value) is not None or isinstance(value, UnionType):
        return {"kind": "type", "type": alternatives(value)}
    if callable(value):
        return {"kind": "function", "parameters": _parameters(value), "returns": _returns(value)}
    return {"kind": "value", "type": type(value).__name__, "value": constant(value)}


def _class(value: type) -> dict[str, Any]:
    fields = list(_fields(value))
    enumerated = {member.name: member.value for member in value} if issubclass(value, enum.Enum) else {}
    known = {field["name"] for field in fields} | enumerated.keys()
    members = {name: one for name, one in sorted(_own(value).items()) if not name.startswith("_") and name not in known}
    return {
        "kind": "class",
        "bases": [base.__name__ for base in value.__mro__[1:-1]],
        "frozen": getattr(getattr(value, "__dataclass_params__", None), "frozen", None),
        "protocols": [name for name in PROTOCOLS if _follows(value, name)],
        "fields": fields,
        "parameters": [] if fields or enumerated else _parameters(value),
        "attributes": {
            name: alternatives(annotation)
            for name, annotation in _attributes(value)
            if not name.startswith("_") and name not in known and name not in members
        },
        "members": {name: _member(value, name, member) for name, member in members.items()},
        "values": enumerated,
    }


def _lineage(value: type) -> list[type]:
    """A class and those of its bases that are private, and so are described nowhere else."""
    return [value, *(base for base in value.__mro__[1:-1] if base.__name__.startswith("_"))]


def _own(value: type) -> dict[str, Any]:
    return {name: member for one in reversed(_lineage(value)) for name, member in vars(one).items()}


def _follows(value: type, name: str) -> bool:
    """Whether a class has a method of its own of this name. The one of `object` counts where it means that there is a hash."""
    bases = value.__mro__ if name == "__hash__" else value.__mro__[:-1]
    return next((vars(base)[name] for base in bases if name in vars(base)), None) is not None


def _attributes(value: type) -> Iterator[tuple[str, Any]]:
    """What the instances of a class have: its annotations, and what `__init__` sets, of any type."""
    for one in _lineage(value):
        known = hints(one)
        yield from known.items()
        yield from ((name, Any) for name in _set_in_init(one) if name not in known)


def _set_in_init(value: type) -> Iterator[str]:
    start = vars(value).get("__init__")
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(start)))  # type: ignore[arg-type]  # None is an error as well
    except (OSError, TypeError, SyntaxError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self":
            yield node.attr


def _member(owner: type, name: str, member: Any) -> dict[str, Any]:
    getter = member.fget if isinstance(member, property) else getattr(member, "func", None)
    if isinstance(member, property | functools.cached_property):
        return {"kind": "property", "returns": _returns(getter)}
    found = getattr(owner, name, member)
    return (
        described(found)
        if callable(found) and not inspect.isclass(found)
        else {"kind": "value", "value": constant(member)}
    )


def _fields(value: type) -> Iterator[dict[str, Any]]:
    """The fields of a dataclass or of a tuple with names."""
    known = {name: one for base in reversed(value.__mro__) for name, one in hints(base).items()}
    for field in dataclasses.fields(value) if dataclasses.is_dataclass(value) else ():
        kind = "keyword only" if field.kw_only else "field"
        yield {
            "name": field.name,
            "kind": kind if field.init else "set by the class",
            "type": alternatives(known[field.name]),
            "default": field_default(field),
        }
    defaults = getattr(value, "_field_defaults", {})
    for name in getattr(value, "_fields", ()) if issubclass(value, tuple) else ():
        default = shown(defaults[name]) if name in defaults else None
        yield {"name": name, "kind": "field", "type": alternatives(known[name]), "default": default}


def _returns(function: Any) -> list[str]:
    known = hints(function)
    return alternatives(known["return"]) if "return" in known else []


def _parameters(value: Callable[..., Any]) -> list[dict[str, Any]]:
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return []  # of a class that is written in C
    known = hints(inspect.getattr_static(value, "__init__") if isinstance(value, type) else value)
    return [
        {
            "name": one.name,
            "kind": one.kind.name.lower().replace("_", " "),
            "type": [] if one.annotation is one.empty else alternatives(known.get(one.name, one.annotation)),
            "default": None if one.default is one.empty else shown(one.default),
        }
        for one in signature.parameters.values()
    ]
