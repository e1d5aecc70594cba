"""The fields that methods of arrays have in common: the sizes, the alphabet and its labels (clause 12.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from numpy.typing import NDArray

from misc_format import limits
from misc_format.components.arrays import MAX_DIMENSIONS
from misc_format.errors import MiscError
from misc_format.structure.bits import BitReader, BitWriter
from misc_format.structure.grammar import Field, Syntax, Values, build, parse
from misc_format.structure.steps import Expression, Step, fields, let
from misc_format.structure.steps import check as check_step

CLAUSE = "12.1"
PREFIX = "image/"
MAX_EXPONENT = 31

ARRAY_SIZE = Syntax(
    "array_size", CLAUSE, "Size of a dimension of an array", (Field("size_minus_1", "v", 0, "elements - 1"),)
)
SIZES = (
    Field("size", group=ARRAY_SIZE, repeat=("dimensions_minus_1", 1), meaning="the sizes, the last dimension last"),
)
SYNTAXES = {f"{PREFIX}size/": ARRAY_SIZE}
ALPHABET = (
    Field("alphabet_exponent", "u", 5, "the alphabet has 2^alphabet_exponent codes; 0: alphabet_minus_2 follows"),
    Field("alphabet_minus_2", "v", 0, "codes of the alphabet - 2", when=("alphabet_exponent", (0,))),
)
DIMENSIONS = Field("dimensions_minus_1", "u", 2, "dimensions - 1")


def steps(syntax: Syntax, max_alphabet: Expression | None = None) -> list[Step]:
    """The steps through the fields of an array. `max_alphabet`: that of its codes; None for other values."""
    alphabet = ["if", "alphabet_exponent", ["power", "alphabet_exponent"], ["+", "alphabet_minus_2", 2]]
    codes = [
        let("alphabet", alphabet),
        check_step("MISC-ARR-001", [">", "alphabet", max_alphabet], "alphabet_minus_2", "alphabet_exponent"),
    ]
    return [
        fields(syntax),
        let("values", ["product", "size", "size_minus_1"]),
        *(codes if max_alphabet is not None else ()),
        check_step("MISC-ARR-002", [">", "values", "MAX_ARRAY_VALUES"]),
    ]


def alphabet_values(alphabet: int) -> Values:
    """The values of the fields of an alphabet. A power of two from 2 to 2^31 has no number of its own."""
    exponent = alphabet.bit_length() - 1
    is_short = alphabet == 1 << exponent and 1 <= exponent <= MAX_EXPONENT
    return {"alphabet_exponent": exponent if is_short else 0, "alphabet_minus_2": alphabet - 2}


def alphabet_of(values: Values) -> int:
    """The alphabet of parsed fields."""
    exponent: int = values["alphabet_exponent"]
    return 1 << exponent if exponent else int(values["alphabet_minus_2"]) + 2


def size_values(shape: Sequence[int]) -> Values:
    """The values of the fields of a shape."""
    return {"dimensions_minus_1": len(shape) - 1, "size": [{"size_minus_1": size - 1} for size in shape]}


def shape_of(values: Values) -> tuple[int, ...]:
    """The shape of parsed fields."""
    return tuple(row["size_minus_1"] + 1 for row in values["size"])


def write(syntax: Syntax, values: Values) -> BitWriter:
    """A writer behind the fields of a payload."""
    writer = BitWriter()
    build(syntax, writer, values, prefix=PREFIX)
    return writer


def read(syntax: Syntax, reader: BitReader) -> Values:
    """The fields of a payload."""
    return parse(syntax, reader, prefix=PREFIX)


def faults(shape: Sequence[int], alphabet: int | None, max_alphabet: int) -> Iterator[tuple[str, str, str]]:
    """Rule, path and message for each limit that an array breaks. `alphabet`: None for integers."""
    if not 1 <= len(shape) <= MAX_DIMENSIONS:
        yield "MISC-ARR-003", "image", f"the array has {len(shape)} dimensions, and not 1 to {MAX_DIMENSIONS}"
    if alphabet is not None and not 2 <= alphabet <= max_alphabet:
        yield "MISC-ARR-001", "image/alphabet", f"the alphabet has {alphabet:,} codes, and not 2 to {max_alphabet:,}"
    if prod(shape) > limits.MAX_ARRAY_VALUES:
        yield "MISC-ARR-002", "image", f"{prod(shape):,} values are more than {limits.MAX_ARRAY_VALUES:,}"


def check(problems: Iterator[tuple[str, str, str]]) -> None:
    """Raise the first problem of content to be written."""
    for rule, path, message in problems:
        raise MiscError(rule, message, path=path)


def check_read(reader: BitReader, start: int, problems: Iterator[tuple[str, str, str]]) -> None:
    """Raise the first problem of a payload that begins at bit `start`."""
    for rule, path, message in problems:
        if path == "image":
            reader.fail(rule, message, path=path, bit_offset=start)
        field = [leaf for leaf in reader.leaves if leaf.path.startswith(path)][-1]  # of an alphabet, the last of two
        reader.fail(rule, message, path=field.path, bit_offset=field.bit_offset)


def planes(values: NDArray[Any]) -> NDArray[Any]:
    """An array as (channels, rows, columns). The last two dimensions are rows and columns; an array of one dimension is one row."""
    rows, columns = (1, 1, *values.shape)[-2:]
    return values.reshape(prod(values.shape[:-2]), rows, columns)


def array_symbols(values: Any) -> dict[str, Any]:
    """An array as the conformance suite shows it: its shape, and its values row by row."""
    return {"shape": list(values.shape), "values": values.ravel().tolist()}
