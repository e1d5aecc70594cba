"""The methods: what a reader does with the payload of each, as far as it needs no model, as its coder declares it in steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from misc_format.coders import coder
from misc_format.coders.image.arrays import context, counts, graded, integers, uniform
from misc_format.coders.maps import jbig2region, runlength
from misc_format.coders.maps import sizes as mapsizes
from misc_format.coders.text import fields as textfields
from misc_format.coders.text import huffman
from misc_format.entropy import mixing, mq, rangecoder
from misc_format.formatdata import syntaxes
from misc_format.registry import METHODS, NAMED_TEXTS, Method


def methods() -> list[dict[str, Any]]:
    """The methods, each with its syntax tables by the prefix of their paths, its steps, and the rules that these check.

    Rules about the `opaque` rest of a payload are not among them.
    """
    return [
        {
            **{name: getattr(row, name) for name in ("kind", "id", "name", "clause", "meaning", "everywhere", "self_declared")},
            "syntaxes": {prefix: table.name for prefix, table in coder(row).syntaxes.items()},
            "steps": list(coder(row).steps_of(row.kind)),
            "opaque": [step["path"] for step in coder(row).steps_of(row.kind) if step.get("opaque")],
            "structural": sorted(set(_rules(row))),
        }
        for row in METHODS
    ]  # fmt: skip


def _rules(method: Method) -> Iterator[str]:
    tables = {table.name: table for table in syntaxes.every()}
    for step in coder(method).steps_of(method.kind):
        if "rule" in step:
            yield step["rule"]
        if "syntax" in step:
            yield from syntaxes.rules_of(tables[step["syntax"]])
        yield from step.get("rules", {}).values()


def text() -> dict[str, Any]:
    """The fields of text (clause 6.1), and the Huffman code (clause 6.3)."""
    return {
        "separator": textfields.SEPARATOR,
        "paths": {"first": "overall", "pairs": "items/{i}/name, items/{i}/detail; named/{i}/name, named/{i}/value"},
        "named": {
            "mark": textfields.NAMED,
            "letters": {textfields.LETTERS[row.name]: row.name for row in NAMED_TEXTS},
        },
        "most_bytes": "MAX_TEXT_BYTES",
        "most_pairs": "MAX_ITEMS",
        "huffman": {
            "table": huffman.TABLE,
            "codes": "in ascending order from zero: the longest codes first, and of one length the smallest byte first",
            "lengths": list(huffman.codebook().lengths),
        },
    }


def maps() -> dict[str, Any]:
    """The sizes of maps (clause 7.1), and the numbers of their codings (clauses 7.3 and 7.4)."""
    return {
        "code": "size_code",
        "count": ["+", "map_count_minus_1", 1],
        "picture": mapsizes.PICTURE,
        "squares": {str(code): side for code, side in mapsizes.SQUARES.items()},
        "one_size": mapsizes.ONE_SIZE,
        "each_size": mapsizes.EACH_SIZE,
        "shortest": "each_size if the sizes differ; otherwise picture, then a square, then one_size",
        "most_pixels": "MAX_MAP_PIXELS",
        "run_lengths": {"parameter_bits": runlength.PARAMETER_BITS},
        "regions": {
            "states": [list(state) for state in mq.STATES],
            "templates": [template._asdict() for template in jbig2region.TEMPLATES],
        },
    }


def range_coder() -> dict[str, Any]:
    """The numbers of the range coder (clause 5), and of the frequencies that arrays count and mix (clause 12)."""
    return {
        "state_bits": rangecoder.STATE,
        "word_bits": rangecoder.WORD,
        "precision": rangecoder.PRECISION,
        "digit_bits": uniform.DIGIT_BITS,
        "count_step": counts.STEP,
        "graded_start": graded.START,
        "slot_bits": mixing.SLOT_BITS,
        "line_bits": mixing.LINE_BITS,
        "count_limit": mixing.COUNT_LIMIT,
        "probability_bits": mixing.PROBABILITY_BITS,
        "rate_bits": mixing.RATE_BITS,
        "logits": mixing.LOGITS,
        "stretch_bits": mixing.STRETCH_BITS,
        "weight_bits": mixing.WEIGHT_BITS,
        "first_weights": mixing.FIRST_WEIGHTS,
        "learning_shift": mixing.LEARNING_SHIFT,
        "hash": hex(mixing.HASH),  # JSON has no such numbers
        "context": {"contexts": context.CONTEXTS, "mixed": context.MIXED},
        "integers": {
            "contexts": integers.CONTEXTS,
            "longest": integers.LONGEST,
            "mixed": integers.MIXED,
            "wide": integers.WIDE,
        },
    }
