"""The terms in which a reader's work is declared: expressions, and the steps through a payload.

An expression is a number, a name (`misc_format.formatdata.syntaxes.NAMES`), or a list: an operator and its arguments, which are
expressions.
"""

from __future__ import annotations

from typing import Any

from misc_format.structure.grammar import Syntax

Expression = int | str | list[Any]
Step = dict[str, Any]

OPERATORS = {
    "+": "the sum of all arguments",
    "-": "the first less the second",
    "*": "the product of all arguments",
    "/": "the first divided by the second, rounded down",
    "ceil": "the first divided by the second, rounded up",
    "power": "two to the power of the argument",
    "max": "the largest argument",
    "<": "1 if the first is less than the second, otherwise 0",
    ">": "1 if the first is greater than the second, otherwise 0",
    "=": "1 if the arguments are equal, otherwise 0",
    "and": "1 if no argument is 0, otherwise 0",
    "if": "the second argument if the first is not 0, otherwise the third",
    "product": "two names, of a repeated group and of a field in it: the product of that field + 1 of all repetitions; 1 without any",
    "last": "two names, of a repeated group and of a field in it: that field + 1 of the last repetition",
    "row": "three names, of a table of `registry`, of a value and of a column: that column in the row whose id is the value",
}

STEPS = {
    "fields": "read the fields of `syntax`; their paths begin with the component's path, / and `prefix`",
    "repeat": "read the fields of `syntax` `count` times; `prefix` has {i} for the number of the repetition, from 0. `arguments` are the "
    "syntax's parameters, in which `i` is that number and `count` that of repetitions. `name` is that of the group",
    "let": "`name` is the value of `value` from here on",
    "check": "if `broken` is not 0, `rule` is broken: at the first field of `at` that is present, or at the payload if there is none. With "
    "`stop`, reading of the payload ends there",
    "octets": "the next `length` bytes are a leaf of the path `path`. If fewer are left, `rule` is broken at the field `at`; reading ends",
    "rest": "all bytes that are left are a leaf of the path `path`. With `opaque`, they cannot be read from this document alone; with "
    "`hexadecimal`, their value is shown so",
    "finish": "less than eight bits are left, or `rules.left` is broken; they are zero, or `rules.padding` is broken",
    "text": "the rest is text, its bytes in the `coding`: raw, or the Huffman code of `text.huffman`; `text` says more",
    "map_sizes": "the sizes of the maps follow from the fields; `maps` says how",
    "map_bits": "the rest is one bit for each pixel of all maps, row by row",
    "map_runs": "the rest is the run lengths of all maps (clause 7.3); a map that does not end breaks `rules.truncated`, and a run that "
    "does not fit its map `rules.run`",
    "map_regions": "the rest is the data of a JBIG2 region for each map (clause 7.4), of `length` bytes of its frame, or to the end",
    "codes": "the rest is a range codeword (clause 5) of `values` numbers below `alphabet`, in the `coding`: uniform (clause 12.3), "
    "adaptive (12.5), context (12.6), graded (12.7), sets (12.8) of `members`, or integers (12.9), which have no alphabet; if no symbol "
    "fits, `rules.misfit` is broken",
}


def fields(syntax: Syntax, prefix: str = "") -> Step:
    """Read a syntax table."""
    return {"do": "fields", "syntax": syntax.name, "prefix": prefix}


def repeat(
    name: str, syntax: Syntax, count: Expression, prefix: str, arguments: dict[str, Expression] | None = None
) -> Step:
    """Read a syntax table several times."""
    return {
        "do": "repeat", "name": name, "syntax": syntax.name, "count": count, "prefix": prefix, "arguments": arguments or {},
    }  # fmt: skip


def let(name: str, value: Expression) -> Step:
    """Name a value."""
    return {"do": "let", "name": name, "value": value}


def check(rule: str, broken: Expression, *at: str, stop: bool = True) -> Step:
    """Check a rule."""
    return {"do": "check", "rule": rule, "broken": broken, "at": list(at), "stop": stop}


def rest(path: str, *, opaque: bool = False) -> Step:
    """The bytes up to the end."""
    return {"do": "rest", "path": path, "opaque": opaque}


CODEWORD = rest("codeword", opaque=True)


def codes(coding: str, path: str = "codes") -> Step:
    """The numbers of an array, in a coding that needs no table and no model."""
    return {"do": "codes", "coding": coding, "path": path, "rules": {"misfit": "MISC-ENT-001"}}


FINISH: Step = {"do": "finish", "rules": {"left": "MISC-CON-016", "padding": "MISC-CON-017"}}
