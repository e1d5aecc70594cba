"""The mutants of a module: edits of its source text in one place, each of which makes a decoder that is probably wrong."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

PLAIN = Path(__file__).parents[1] / "plain"
LEFT_OUT = ("TooSlow", "MAX_PATIENCE", "MAX_PATIENT_STEPS")  # of this decoder alone: what it takes on
COMPARED: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<=", ">="), ast.LtE: ("<", ">"), ast.Gt: (">=", "<="), ast.GtE: (">", "<"), ast.Eq: ("!=",), ast.NotEq: ("==",),
    ast.In: ("not in",), ast.NotIn: ("in",), ast.Is: ("is not",), ast.IsNot: ("is",),
}  # fmt: skip
SIGN: dict[type[ast.cmpop], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.In: "in", ast.NotIn: "not in",
    ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip
COMPUTED: dict[type[ast.operator], str] = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.FloorDiv: "*", ast.Mod: "//", ast.Pow: "*", ast.LShift: ">>", ast.RShift: "<<",
    ast.BitAnd: "|", ast.BitOr: "&", ast.BitXor: "|",
}  # fmt: skip
CALLED = {
    "min": "max", "max": "min", "any": "all", "all": "any", "bisect_right": "bisect_left", "minimum": "maximum", "maximum": "minimum",
    "startswith": "endswith", "endswith": "startswith",
}  # fmt: skip
REDUCED = ("min", "max", "clip", "minimum", "maximum", "abs")  # a call that may become its first argument
SIMPLE = (ast.Constant, ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.List, ast.Tuple)
Node = ast.expr | ast.stmt | ast.Slice
Change = tuple[int, int, str]  # the first byte and the end of what is replaced, and the new text


class Mutant(NamedTuple):
    """A module with an edit. `before` and `after` are the lines of the edit, `rank` counts edits that are otherwise the same."""

    module: str
    function: str
    clause: str
    line: int
    before: str
    after: str
    rank: int
    start: int
    end: int
    text: str

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """What stays the same when other parts of the module are edited."""
        return self.module, self.function, self.before, self.after, self.rank

    def source(self) -> str:
        """The text of the module with the edit."""
        data = source_of(self.module)
        return (data[: self.start] + self.text.encode() + data[self.end :]).decode()


def source_of(module: str) -> bytes:
    """The text of a module of the plain decoder."""
    return (PLAIN / f"{module}.py").read_bytes()


def modules() -> list[str]:
    """The modules of the plain decoder that decode."""
    return sorted(path.stem for path in PLAIN.glob("*.py") if not path.stem.startswith("__"))


@cache
def _imported(module: str) -> frozenset[str]:
    """The modules of the plain decoder that a module imports."""
    imports = [
        node for node in ast.walk(ast.parse(source_of(module))) if isinstance(node, ast.ImportFrom) and node.level
    ]
    return frozenset(
        name for node in imports for name in ([node.module] if node.module else [one.name for one in node.names])
    )


@cache
def dependents(module: str) -> frozenset[str]:
    """A module of the plain decoder, and those that import it."""
    found = {module}
    while more := {name for name in modules() if name not in found and found & _imported(name)}:
        found |= more
    return frozenset(found)


def mutants(module: str) -> list[Mutant]:
    """All mutants of a module, in the order of its lines."""
    return _Module(module).mutants()


def hand_made(module: str, function: str, before: str, after: str) -> Mutant:
    """A mutant that no operator makes. Raises `ValueError` unless the text `before` stands in the module once."""
    return _Module(module).hand_made(function, before, after)


class _Module:
    def __init__(self, module: str) -> None:
        self.module, self.data = module, source_of(module)
        self.lines = self.data.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))
        self.tree = ast.parse(self.data)

    def mutants(self) -> list[Mutant]:
        found: dict[tuple[str, ...], list[Mutant]] = {}
        for function, clause, statements in self._scopes():
            changes = {change for body in _bodies(statements) for change in self._of_body(body)}
            for start, end, text in sorted(changes):
                if self.data[start:end] == text.encode():  # such as the end of a loop without end
                    continue
                mutant = self._mutant(function, clause, start, end, text)
                same = found.setdefault((function, mutant.before, mutant.after), [])
                same.append(mutant._replace(rank=len(same)))
        return sorted((one for same in found.values() for one in same), key=lambda one: (one.line, one.start, one.text))

    def hand_made(self, function: str, before: str, after: str) -> Mutant:
        if self.data.count(before.encode()) != 1:
            raise ValueError(f"{self.module}.py does not have once: {before}")
        start = self.data.index(before.encode())
        clause = next(clause for name, clause, _ in self._scopes() if name == function)
        return self._mutant(function, clause, start, start + len(before.encode()), after)

    def _mutant(self, function: str, clause: str, start: int, end: int, text: str) -> Mutant:
        first = self.data.rfind(b"\n", 0, start) + 1
        last = self.data.find(b"\n", end)
        before = self.data[first:last].decode()
        after = (self.data[first:start] + text.encode() + self.data[end:last]).decode()
        line = self.data.count(b"\n", 0, start) + 1
        return Mutant(self.module, function, clause, line, before.strip(), after.strip(), 0, start, end, text)

    def _scopes(self) -> Iterator[tuple[str, str, list[ast.stmt]]]:
        """Functions by their names, the clause that each names, and their own statements; also those outside functions."""
        general = _clause(ast.get_docstring(self.tree)) or "none"

        def scope(name: str, clause: str, body: Sequence[ast.stmt]) -> Iterator[tuple[str, str, list[ast.stmt]]]:
            own = []
            for statement in body:
                if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                    inner = f"{name}.{statement.name}" if name else statement.name
                    named = _clause(ast.get_docstring(statement)) or (
                        self._heading(statement.lineno) if not name else ""
                    )
                    yield from scope(inner, named or clause, statement.body)
                else:
                    own.append(statement)
            yield name, clause, own

        yield from scope("", general, self.tree.body)

    def _heading(self, line: int) -> str:
        """The clause of the last comment that begins with its number, above a line."""
        named = [_clause(above.decode()) for above in self.lines[: line - 1] if above.startswith(b"# Clause")]
        return named[-1] if named else ""

    def _span(self, node: Node) -> tuple[int, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return (
            self.starts[node.lineno - 1] + node.col_offset,
            self.starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def _text(self, node: Node) -> str:
        start, end = self._span(node)
        return self.data[start:end].decode()

    def _of_body(self, body: Sequence[ast.stmt]) -> Iterator[Change]:
        for statement in body:
            if isinstance(statement, ast.Import | ast.ImportFrom | ast.Assert | ast.FunctionDef | ast.ClassDef):
                continue
            header = _header(statement)
            if any(word in self._text(part) for part in (header or (statement,)) for word in LEFT_OUT):
                continue
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                continue
            for text in self._of_statement(statement):
                yield (*self._span(statement), text)
            if isinstance(statement, ast.If | ast.While):
                yield (*self._span(statement.test), "True")
                yield (*self._span(statement.test), "False")
            for part in header or _expressions(statement):
                yield from self._of_expressions(part)
        for one, other in pairwise(body):
            if _is_check(one) and _is_check(other):
                indent = "\n" + " " * one.col_offset
                yield self._span(one)[0], self._span(other)[1], f"{self._text(other)}{indent}{self._text(one)}"

    def _of_statement(self, statement: ast.stmt) -> Iterator[str]:
        """What may stand in the place of a statement."""
        removable = isinstance(statement, ast.Expr | ast.Raise | ast.AugAssign | ast.Break | ast.Continue)
        if isinstance(statement, ast.Assign):
            removable = not isinstance(statement.targets[0], ast.Name | ast.Tuple)
        if removable or _is_check(statement):
            yield "pass"
        if isinstance(statement, ast.AugAssign):
            target, value, operator = self._text(statement.target), self._text(statement.value), type(statement.op)
            yield f"{target} = {value}"
            yield f"{target} {COMPUTED[operator]}= {value}"
        if isinstance(statement, ast.Return) and statement.value is not None:
            yield "return None"
        if isinstance(statement, ast.Continue):
            yield "break"

    def _of_expressions(self, root: Node) -> Iterator[Change]:
        waiting: list[ast.AST] = [root]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.expr | ast.Slice):
                start, end = self._span(node)
                for text in self._of_expression(node):
                    yield start, end, text
            if isinstance(node, ast.keyword) and node.arg == "strict":
                continue  # what is not equally long is a fault of the decoder, not of a file
            if isinstance(node, ast.comprehension):
                waiting += [node.iter, *node.ifs]
                for condition in node.ifs:
                    yield (*self._span(condition), "True")
            elif not isinstance(
                node, ast.JoinedStr
            ):  # the places of what is in a string are not known before Python 3.12
                waiting += ast.iter_child_nodes(node)

    def _of_expression(self, node: ast.expr | ast.Slice) -> Iterator[str]:
        """What may stand in the place of an expression."""
        make = OPERATORS.get(type(node))
        if make is None:
            return
        own = self._text(node)
        for text in make(node, self._text):
            new = text if isinstance(node, ast.Slice) else _with_parentheses(text)
            if new != own:
                yield new


def _clause(text: str | None) -> str:
    """The first number of a clause that a text names, or the empty string."""
    match = re.search(r"(?:Clauses?|Annex) (\d+(?:\.\d+)*|[A-Z])\b", text or "")
    return match[1] if match else ""


def _header(statement: ast.stmt) -> list[ast.expr]:
    """The expressions of a compound statement beside its body."""
    if isinstance(statement, ast.If | ast.While):
        return [statement.test]
    return [statement.iter] if isinstance(statement, ast.For) else []


def _expressions(statement: ast.stmt) -> Iterable[ast.expr]:
    if isinstance(statement, ast.AnnAssign):
        return [statement.value] if statement.value else []
    if isinstance(statement, ast.Raise):
        return [statement.exc] if statement.exc else []
    if isinstance(statement, ast.Try | ast.With):
        return []
    return [node for node in ast.iter_child_nodes(statement) if isinstance(node, ast.expr)]


def _bodies(statements: Sequence[ast.stmt]) -> Iterator[Sequence[ast.stmt]]:
    """A list of statements, and the lists inside them, functions and classes apart."""
    yield statements
    for statement in statements:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            continue
        for part in (statement, *getattr(statement, "handlers", ())):
            for name in ("body", "orelse", "finalbody"):
                inner = getattr(part, name, None)
                if isinstance(inner, list) and inner:
                    yield from _bodies(inner)


def _is_check(statement: ast.stmt) -> bool:
    """Whether a statement only raises an error under a condition."""
    return isinstance(statement, ast.If) and len(statement.body) == 1 and isinstance(statement.body[0], ast.Raise)


def _with_parentheses(text: str) -> str:
    tree = ast.parse(text, mode="eval").body
    plain = ast.unparse(tree)
    return plain if isinstance(tree, SIMPLE) else f"({plain})"


Text = Callable[[Node], str]


def _of_constant(node: ast.Constant, text: Text) -> Iterator[str]:
    if isinstance(node.value, bool):
        yield str(not node.value)
    elif isinstance(node.value, int):
        for value in (node.value + 1, node.value - 1, 0):
            yield str(value)
    elif isinstance(node.value, str):
        yield repr(node.value + "?")
    elif isinstance(node.value, bytes) and node.value:
        yield repr(node.value[:-1] + bytes((node.value[-1] ^ 1,)))


def _of_string(node: ast.JoinedStr, text: Text) -> Iterator[str]:
    yield f'{text(node)} + "?"'


def _of_comparison(node: ast.Compare, text: Text) -> Iterator[str]:
    parts = [f"({text(part)})" for part in (node.left, *node.comparators)]
    signs = [SIGN[type(sign)] for sign in node.ops]
    for place, sign in enumerate(node.ops):
        for other in COMPARED[type(sign)]:
            chosen = [*signs[:place], other, *signs[place + 1 :]]
            yield " ".join((parts[0], *(f"{one} {part}" for one, part in zip(chosen, parts[1:], strict=True))))


def _of_computation(node: ast.BinOp, text: Text) -> Iterator[str]:
    left, right = f"({text(node.left)})", f"({text(node.right)})"
    if type(node.op) in COMPUTED:
        yield f"{left} {COMPUTED[type(node.op)]} {right}"
    if not isinstance(node.op, ast.Mult | ast.MatMult):
        yield left


def _of_condition(node: ast.BoolOp, text: Text) -> Iterator[str]:
    parts = [f"({text(part)})" for part in node.values]
    own, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    yield f" {other} ".join(parts)
    for place in range(len(parts)):
        yield f" {own} ".join(parts[:place] + parts[place + 1 :])


def _of_sign(node: ast.UnaryOp, text: Text) -> Iterator[str]:
    yield text(node.operand)


def _of_call(node: ast.Call, text: Text) -> Iterator[str]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    arguments = [text(part) for part in (*node.args, *(word.value for word in node.keywords))]
    whole, called = text(node), text(node.func)
    if name in CALLED:
        yield called.removesuffix(name) + CALLED[name] + whole[len(called) :]
    if any(isinstance(part, ast.Starred | ast.GeneratorExp) for part in node.args):
        return
    if name in REDUCED and not (len(node.args) == 1 and name != "abs"):
        yield arguments[0]
        if len(arguments) == 2:
            yield arguments[1]
    if name == "range":
        for place, argument in enumerate(arguments):
            for more in ("+ 1", "- 1"):
                new = [*arguments[:place], f"({argument}) {more}", *arguments[place + 1 :]]
                yield f"range({', '.join(new)})"


def _of_choice(node: ast.IfExp, text: Text) -> Iterator[str]:
    yield text(node.body)
    yield text(node.orelse)


def _of_slice(node: ast.Slice, text: Text) -> Iterator[str]:
    lower, upper, step = (text(part) if part else "" for part in (node.lower, node.upper, node.step))
    last = f":{step}" if step else ""
    if lower:
        yield f":{upper}{last}"
    if upper:
        yield f"{lower}:{last}"
    if step:
        yield f"{lower}:{upper}"


OPERATORS: dict[type[ast.AST], Callable[..., Iterator[str]]] = {
    ast.Constant: _of_constant, ast.JoinedStr: _of_string, ast.Compare: _of_comparison, ast.BinOp: _of_computation,
    ast.BoolOp: _of_condition, ast.UnaryOp: _of_sign, ast.Call: _of_call, ast.IfExp: _of_choice, ast.Slice: _of_slice,
}  # fmt: skip
