"""What a reader does with the payload of each method, as far as it needs no model, as steps (`steps`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from misc_format.coders import coder
from misc_format.coders.generation import plain
from misc_format.coders.image import compressai, latents, sets
from misc_format.coders.image.arrays import uniform
from misc_format.coders.maps import sizes as mapsizes
from misc_format.coders.text import fields as textfields
from misc_format.coders.text import huffman
from misc_format.entropy import rangecoder
from misc_format.formatdata import syntaxes
from misc_format.formatdata.steps import FINISH, Expression, Step, check, fields, let, repeat, rest
from misc_format.registry import METHODS, NAMED_TEXTS, Method

# The rules that a step checks beside those of its `rule` and `rules`.
TEXT_RULES = {
    "not_utf8": "MISC-TXT-001",
    "fields": "MISC-TXT-002",
    "items": "MISC-TXT-003",
    "bytes": "MISC-TXT-004",
    "no_code": "MISC-TXT-005",
    "names": "MISC-TXT-008",
}
MAP_RULES = {"shortest": "MISC-MAP-002", "pixels": "MISC-MAP-003"}

CUT = {"truncated": "MISC-CON-007"}
MISFIT = {"misfit": "MISC-ENT-001"}

CODEWORD = rest("codeword", opaque=True)
MAP_HEADER = [fields("maps_header"), {"do": "map_sizes", "rules": MAP_RULES}]
SHAPE = let("values", ["product", "size", "size_minus_1"])
ALPHABET = let("alphabet", ["if", "alphabet_exponent", ["power", "alphabet_exponent"], ["+", "alphabet_minus_2", 2]])
MANY_VALUES = check("MISC-ARR-002", [">", "values", "MAX_ARRAY_VALUES"])


def _alphabet_check(most: Expression) -> Step:
    return check("MISC-ARR-001", [">", "alphabet", most], "alphabet_minus_2", "alphabet_exponent")


def _codes(most: str) -> list[Step]:
    """The fields of an array of codes, and their labels."""
    return [
        fields("codes_header"), SHAPE, ALPHABET, _alphabet_check(["if", "has_labels", "MAX_LABELS", most]), MANY_VALUES,
        repeat("labels", "code_label", ["if", "has_labels", "alphabet", 0], "labels/{i}/"),
    ]  # fmt: skip


def _grid() -> list[Step]:
    def cells(side: str, field: str) -> Step:
        return let(f"{field}_cells", ["if", "block", ["ceil", side, "block"], ["+", f"grid_{side}_minus_1", 1]])

    return [
        fields("grid_header"),
        let("block", ["if", "layout", ["+", "block_size_minus_1", 1], 0]),
        cells("width", "width"), cells("height", "height"),
        check("MISC-IMG-005", [">", "block", ["max", "width", "height"]], "block_size_minus_1", stop=False),
        check("MISC-IMG-004", [">", "width_cells", "width"], "grid_width_minus_1", stop=False),
        check("MISC-IMG-004", [">", "height_cells", "height"], "grid_height_minus_1", stop=False),
        check("MISC-IMG-002", [">", ["*", "width_cells", "height_cells"], "MAX_GRID_CELLS"]),
        CODEWORD,
    ]  # fmt: skip


def _strings() -> list[Step]:
    def usual(side: str, multiple: int) -> Expression:
        return ["*", ["ceil", side, multiple], ["/", multiple, "pixels"]]

    def count(name: str, side: str) -> Step:
        return let(name, ["if", "explicit_shape", ["+", f"{name}_minus_1", 1], usual(side, compressai.PADDING)])

    sides = {"rows": "height", "columns": "width"}
    is_usual: Expression = ["and", *(["=", name, usual(side, compressai.PADDING)] for name, side in sides.items())]
    places = ["/", "pixels", compressai.LATENT]
    return [
        fields("strings_header"),
        let("pixels", ["row", "architectures", "architecture", "pixels"]),
        let("strings", ["row", "architectures", "architecture", "strings"]),
        *(count(name, side) for name, side in sides.items()),
        check("MISC-CAI-002", ["and", "explicit_shape", is_usual], "explicit_shape"),
        *(
            check("MISC-CAI-003", [">", name, usual(side, compressai.MAX_PADDING)], f"{name}_minus_1")
            for name, side in sides.items()
        ),
        check("MISC-CAI-004", [">", ["*", "rows", "columns", places, places], "MAX_STRING_POSITIONS"]),
        {
            "do": "octets", "path": "z", "length": ["if", ["=", "strings", 2], ["+", "z_length", "z_length_extra"], 0],
            "at": "z_length", "rule": "MISC-CON-007",
        },
        rest("y"),
    ]  # fmt: skip


def _sets() -> list[Step]:
    each = ["/", "values", "members"]
    return [
        fields("sets_header"), SHAPE, ALPHABET, _alphabet_check(sets.MAX_ALPHABET), MANY_VALUES,
        let("members", ["last", "size", "size_minus_1"]),
        check("MISC-ARR-004", ["=", "dimensions_minus_1", 0]),
        check("MISC-ARR-004", [">", "members", "alphabet"]),
        check("MISC-ARR-004", [">", ["*", each, "alphabet"], "MAX_SET_STEPS"]),
        CODEWORD,
    ]  # fmt: skip


_LATENT_PLACES: Expression = ["*", *(["ceil", side, latents.STRIDE] for side in ("width", "height"))]
_PARAMETERS = ["+", *(f"has_{name}" for name in (*plain.NAMES, *plain.MORE_NAMES))]
_REGION: dict[str, Expression] = {
    "last": ["=", ["+", "i", 1], "count"],
    "half": ["and", ["=", ["+", "i", 1], "count"], "odd"],
}
_PRIVATE = [{**rest("payload"), "hexadecimal": True}]
STEPS: dict[tuple[str, str], list[Step]] = {
    ("text", "raw"): [{"do": "text", "coding": "raw", "rules": TEXT_RULES}],
    ("text", "huffman"): [{"do": "text", "coding": "huffman", "rules": TEXT_RULES}, FINISH],
    ("text", "language"): [CODEWORD],
    ("text", "language-own"): [fields("own_model"), CODEWORD],
    ("text", "private"): _PRIVATE,
    ("maps", "packed"): [*MAP_HEADER, {"do": "map_bits", "rules": CUT}, FINISH],
    ("maps", "runlength"): [*MAP_HEADER, CODEWORD],
    ("maps", "jbig2"): [
        *MAP_HEADER,
        let("number", ["+", "map_count_minus_1", 1]),
        let("odd", ["-", "number", ["*", 2, ["/", "number", 2]]]),
        repeat("region", "region_frame", "number", "region/{i}/", _REGION),
        {"do": "map_regions", "rules": CUT},
    ],
    ("maps", "context"): [CODEWORD],
    ("maps", "private"): _PRIVATE,
    ("generation", "plain"): [
        fields("generation"),
        check("MISC-GEN-001", ["=", _PARAMETERS, 0], stop=False),
        FINISH,
    ],
    ("generation", "private"): _PRIVATE,
    ("image", "grid"): _grid(),
    ("image", "latents"): [
        fields("latents_header"),
        check("MISC-LAT-001", [">", _LATENT_PLACES, "MAX_LATENT_PLACES"]),
        CODEWORD,
    ],
    ("image", "compressai"): _strings(),
    ("image", "codestream"): [fields("codestream_header"), rest("codestream", opaque=True)],
    ("image", "codes-uniform"): [*_codes("MAX_ALPHABET"), {"do": "codes", "path": "codes", "rules": MISFIT}],
    ("image", "codes-static"): [*_codes("MAX_MODELLED_ALPHABET"), fields("code_table"), CODEWORD],
    ("image", "codes-adaptive"): [*_codes("MAX_MODELLED_ALPHABET"), CODEWORD],
    ("image", "codes-context"): [*_codes("MAX_MODELLED_ALPHABET"), CODEWORD],
    ("image", "codes-graded"): [*_codes("MAX_ALPHABET"), CODEWORD],
    ("image", "sets"): _sets(),
    ("image", "integers"): [fields("integers_header"), SHAPE, MANY_VALUES, CODEWORD],
    ("image", "string"): [fields("string_header"), SHAPE, MANY_VALUES, rest("string")],
    ("image", "private"): _PRIVATE,
}


def methods() -> list[dict[str, Any]]:
    """The methods, each with its syntax tables by the prefix of their paths, its steps, and the rules that these check.

    Rules about the `opaque` rest of a payload are not among them.
    """
    return [
        {
            **{name: getattr(row, name) for name in ("kind", "id", "name", "clause", "meaning", "everywhere", "self_declared")},
            "syntaxes": {prefix: table.name for prefix, table in coder(row).syntaxes.items()},
            "steps": steps_of(row),
            "opaque": [step["path"] for step in steps_of(row) if step.get("opaque")],
            "structural": sorted(set(_rules(row))),
        }
        for row in METHODS
    ]  # fmt: skip


def steps_of(method: Method) -> list[Step]:
    """The steps of a method. Those of one without a row are its fields and an opaque rest: that of an experiment."""
    tables = [table.name for prefix, table in coder(method).syntaxes.items() if prefix == f"{method.kind}/"]
    return STEPS.get((method.kind, method.name)) or [*(fields(name) for name in tables), CODEWORD]


def _rules(method: Method) -> Iterator[str]:
    tables = {table.name: table for table in syntaxes.every()}
    for step in steps_of(method):
        if "rule" in step:
            yield step["rule"]
        if "syntax" in step:
            yield from syntaxes.rules_of(tables[step["syntax"]])
        for name, rule in step.get("rules", {}).items():
            if name != "no_code" or step["coding"] == "huffman":
                yield rule


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
    """The sizes of maps (clause 7.1)."""
    return {
        "code": "size_code",
        "count": ["+", "map_count_minus_1", 1],
        "picture": mapsizes.PICTURE,
        "squares": {str(code): side for code, side in mapsizes.SQUARES.items()},
        "one_size": mapsizes.ONE_SIZE,
        "each_size": mapsizes.EACH_SIZE,
        "shortest": "each_size if the sizes differ; otherwise picture, then a square, then one_size",
        "most_pixels": "MAX_MAP_PIXELS",
    }


def range_coder() -> dict[str, Any]:
    """The numbers of the range coder (clause 5)."""
    return {
        "state_bits": rangecoder.STATE,
        "word_bits": rangecoder.WORD,
        "precision": rangecoder.PRECISION,
        "digit_bits": uniform.DIGIT_BITS,
    }
