"""A run: each mutant is given the vectors that run the changed lines, the quickest first, on all cores.

The journal keeps each result, so that a run goes on where another ended. A result holds as long as the text of the module is the same
and the vector that shows the mutant is there; that a mutant survives, as long as all vectors are the same.
"""

from __future__ import annotations

import ast
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ..suite import LARGE, MANIFEST
from .edits import Mutant, modules, mutants, source_of
from .reasons import Reasons
from .trial import KILLED, SURVIVED, VECTORS, Lines, Need, Result, first_difference, need

EQUIVALENT = "equivalent"
UNANSWERED = ("grid-largest",)  # too slow for the plain decoder


class Found(NamedTuple):
    """A mutant, and what became of it."""

    mutant: Mutant
    result: Result


class Journal:
    """Results and needs by their keys, a line of JSON each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.entries: dict[str, list[Any]] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                key, entry = json.loads(line)
                self.entries[key] = entry

    def add(self, key: str, entry: Sequence[Any]) -> None:
        """Keep an entry."""
        self.entries[key] = list(entry)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([key, entry]) + "\n")


def digest(*parts: object) -> str:
    """A key."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def text_digest(run: Iterable[str]) -> str:
    """Stands for the texts of some modules of the plain decoder, comments apart."""
    return digest(*(_tree_digest(module, places=True) for module in sorted(run)))


def spread(reasons: Reasons, count: int, seed: int, chosen: Iterable[str] = ()) -> list[Mutant]:
    """So many mutants, as many of each clause as there are, in an order that the seed gives; 0 for all. `chosen`: modules."""
    made = (one for module in (chosen or modules()) for one in mutants(module) if not reasons.left_out(one))
    found = [*made, *(one for one in reasons.hand_made if not chosen or one.module in chosen)]
    by_clause: dict[str, list[tuple[int, str, Mutant]]] = {}
    for one in sorted(found, key=lambda one: digest(seed, one.key)):
        of_clause = by_clause.setdefault(one.clause, [])
        of_clause.append((len(of_clause), one.clause, one))
    ranked = sorted((ranked for of_clause in by_clause.values() for ranked in of_clause), key=lambda ranked: ranked[:2])
    return [one for _, _, one in ranked[: count or None]]


def needs(journal: Journal, jobs: int, report: Callable[[str], None]) -> dict[str, Need]:
    """What each vector needs of the plain decoder. The journal's entry holds as long as the modules that it runs are the same."""
    left_out = (LARGE, *UNANSWERED)
    keys = {name: digest(vector.data) for name, vector in VECTORS.items() if not name.startswith(left_out)}
    known = {name: journal.entries[key] for name, key in keys.items() if key in journal.entries}
    found = {name: Need(*need) for name, (text, *need) in known.items() if text == text_digest(need[1])}
    missing = sorted(keys.keys() - found.keys())
    with ThreadPoolExecutor(jobs) as threads:
        for number, (name, measured) in enumerate(zip(missing, threads.map(need, missing), strict=True), 1):
            found[name] = measured
            journal.add(keys[name], (text_digest(measured.lines), *measured))
            report(f"{number} of {len(missing)} vectors measured")
    return found


def run(
    chosen: Sequence[Mutant],
    reasons: Reasons,
    journal: Journal,
    jobs: int,
    report: Callable[[str], None],
    seconds: float = math.inf,
) -> list[Found]:
    """Try mutants, those that the journal does not have, with the vectors that take no more than so many seconds."""
    needed = {name: need for name, need in needs(journal, jobs, report).items() if need.seconds <= seconds}
    vectors = digest(MANIFEST.read_bytes(), seconds)
    found: dict[Mutant, Result] = {}
    missing = []
    for mutant in chosen:
        entry = journal.entries.get(_key(mutant))
        if entry and (entry[0] == vectors or entry[2] in needed or (entry[1], entry[2]) == (KILLED, "")):
            found[mutant] = Result(*entry[1:])
        else:
            missing.append(mutant)
    with ThreadPoolExecutor(jobs) as threads:
        waiting: dict[Future[Result], Mutant] = {threads.submit(_try, mutant, needed): mutant for mutant in missing}
        for number, future in enumerate(as_completed(waiting), 1):
            mutant, result = waiting[future], future.result()
            journal.add(_key(mutant), (vectors, *result))
            found[mutant] = result
            report(f"{number} of {len(missing)} mutants tried")
    return [Found(mutant, _with_reason(found[mutant], mutant, reasons)) for mutant in chosen]


def _key(mutant: Mutant) -> str:
    return digest(_tree_digest(mutant.module), mutant.key)


@cache
def _tree_digest(module: str, places: bool = False) -> str:
    return digest(ast.dump(ast.parse(source_of(module)), include_attributes=places))


def _with_reason(result: Result, mutant: Mutant, reasons: Reasons) -> Result:
    reason = reasons.equivalent(mutant)
    return Result(EQUIVALENT, "", reason) if reason and result.status == SURVIVED else result


def _try(mutant: Mutant, needed: dict[str, Need]) -> Result:
    names = sorted((need.seconds, name) for name, need in needed.items() if runs(mutant, need.lines))
    return first_difference(mutant.module, mutant.source(), [(name, seconds) for seconds, name in names])


def runs(mutant: Mutant, lines: Lines) -> bool:
    """Whether a vector that runs these lines also runs what a mutant changes, or what uses it."""
    return any(not set(span).isdisjoint(lines.get(module, ())) for module, span in _reached(mutant.module, mutant.line))


def _reached(module: str, line: int) -> list[tuple[str, range]]:
    """The statement in which a line is; outside functions, the statements of functions that use the names it gives."""
    statement, in_function = _statement(module, line)
    if in_function:
        return [(module, range(statement.lineno, (statement.end_lineno or 0) + 1))]
    reached: dict[tuple[str, int], range] = {}
    waiting, seen = _names(statement), set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        for user_module, user, user_in_function in _users().get(name, ()):
            if user_in_function:
                reached[user_module, user.lineno] = range(user.lineno, (user.end_lineno or 0) + 1)
            else:
                waiting += [other for other in _names(user) if other not in seen]
    return [(user_module, span) for (user_module, _), span in reached.items()]


def _names(statement: ast.stmt) -> list[str]:
    """The names that a statement outside functions gives a value."""
    return [node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]


@cache
def _statements(module: str) -> list[tuple[ast.stmt, bool]]:
    """The simple statements of a module and the compound ones without their bodies, and whether each is in a function."""
    found: list[tuple[ast.stmt, bool]] = []

    def walk(body: Sequence[ast.AST], in_function: bool) -> Iterator[tuple[ast.stmt, bool]]:
        for node in body:
            if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef | ast.ClassDef):
                yield node, in_function
            inner = in_function or isinstance(node, ast.FunctionDef)
            yield from walk(list(ast.iter_child_nodes(node)), inner)

    found += walk(ast.parse(source_of(module)).body, False)
    return found


def _statement(module: str, line: int) -> tuple[ast.stmt, bool]:
    """The smallest statement with a line, and whether it is in a function."""
    around = [
        (statement, inside)
        for statement, inside in _statements(module)
        if statement.lineno <= line <= (statement.end_lineno or 0)
    ]
    return min(around, key=lambda pair: (pair[0].end_lineno or 0) - pair[0].lineno)


@cache
def _users() -> dict[str, list[tuple[str, ast.stmt, bool]]]:
    """The statements that use a name."""
    users: dict[str, list[tuple[str, ast.stmt, bool]]] = {}
    for module in modules():
        for statement, inside in _statements(module):
            for node in ast.walk(statement):
                if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                    users.setdefault(getattr(node, "id", getattr(node, "attr", "")), []).append(
                        (module, statement, inside)
                    )
    return users
