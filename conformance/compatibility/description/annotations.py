"""Annotations of types as lists of alternatives, so that a union or a `Literal` can be seen to lose one."""

from __future__ import annotations

import ast
import inspect
import sys
import types
import typing
from typing import Any


def alternatives(annotation: Any) -> list[str]:
    """The types and the literal values that an annotation allows, in alphabetical order; none for no annotation."""
    return sorted(set(_alternatives(annotation)))


def hints(owner: Any) -> dict[str, Any]:
    """The annotations of a function or of a class itself, with the aliases that they name. What cannot be looked up stays a text."""
    names = vars(sys.modules.get(getattr(owner, "__module__", None) or "", types)).copy()
    try:
        found = inspect.get_annotations(owner)
    except TypeError:  # what is callable in another way, or written in C
        return {}
    return {name: _looked_up(annotation, names) for name, annotation in found.items()}


def _looked_up(annotation: Any, names: dict[str, Any]) -> Any:
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, names)  # code of the checkout, which is run anyway
    except Exception:
        return annotation  # it names what only type checkers import


def _alternatives(annotation: Any) -> list[str]:
    if annotation is None or annotation is type(None):
        return ["None"]
    if isinstance(annotation, str):
        return _branches(ast.parse(annotation, mode="eval").body)
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return [one for branch in inner for one in _alternatives(branch)]
    if origin is typing.Annotated:
        return _alternatives(inner[0])
    if origin is typing.Literal:
        return [repr(value) for value in inner]
    return [_named(annotation, origin, inner)]


def _named(annotation: Any, origin: Any, inner: tuple[Any, ...]) -> str:
    """A class by its name alone: where it is defined is no promise."""
    if isinstance(annotation, list):  # the parameters of a Callable
        return f"[{', '.join(map(_worded, annotation))}]"
    if origin is not None:
        name = getattr(annotation, "__name__", None) or getattr(origin, "__name__", str(origin))
        return f"{name}[{', '.join(map(_worded, inner))}]"
    return getattr(annotation, "__name__", None) or str(annotation)


def _worded(annotation: Any) -> str:
    return "..." if annotation is Ellipsis else " | ".join(alternatives(annotation))


def _branches(node: ast.expr) -> list[str]:
    """The branches of a union in the text of an annotation."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _branches(node.left) + _branches(node.right)
    if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("Literal"):
        return [ast.unparse(one) for one in (node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice])]
    return [ast.unparse(node)]
