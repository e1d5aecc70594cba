"""Fuzzing with mutated vectors, on all cores: python -m misc_conformance.fuzzing.fuzz --count 100000

For each file, the reader must either decode it or report a rule, a bit offset and a path, within the bound of memory. Any other outcome
is a failure.
"""

from __future__ import annotations

import os
import random
import sys
from functools import cache
from itertools import accumulate

from misc_format import Document, MiscError, limits, read, validate, write
from misc_format.coders.text.languagemodel import known
from misc_format.document import opened
from misc_format.engine.warmup import warm
from misc_format.rules import RULES
from misc_format.system.usermodel import TABLES_VARIABLE, VARIABLE
from misc_format.testing.mutate import mutated

from ..suite import FOLDER as VECTORS
from ..suite import LARGE, TINY_LANGUAGE, TINY_TABLE
from . import campaign
from .bounds import bound
from .budget import Spent
from .campaign import Campaign, Checked, require
from .totals import Use

OPENED_TWICE = 32  # for one file in 32, the reader and the validator each open the file
# Vectors that are drawn less often, by this factor, because they take a hundred times as long to decode.
RARER = {"bad-text-language-own-long.misc": 16, "grid-largest.misc": 4}
MAX_PIXELS = 2**15  # with this limit, a map of noise takes milliseconds
MAX_VALUES = 2**16  # of an array


def check(source: bytes | Document) -> str | None:
    """Check a file. Returns the first rule that it breaks, or None.

    Raises `PropertyError` if the reader and the validator disagree, or if an error lacks a rule, a path or a bit offset. The reader and
    the validator each open bytes; they share a document.
    """
    data = opened(source).data
    report = validate(source)
    errors = [issue for issue in report.issues if issue.severity == "error"]
    for issue in report.issues:
        require(issue.id in RULES and bool(issue.path), f"{issue} has no rule or path")
        require(issue.bit_offset is not None and 0 <= issue.bit_offset <= 8 * len(data), f"{issue} is outside the file")
    try:
        stream = read(source)
    except MiscError as error:
        first = errors[0] if errors else None
        reported = (error.rule, error.bit_offset, error.path)
        require(
            first is not None and (first.id, first.bit_offset, first.path) == reported,
            f"validator: {first}; reader: {error}",
        )
        return error.rule
    require(
        all(issue.id.startswith("MISC-PRO-") for issue in errors), f"the reader accepts a file that breaks {errors}"
    )
    require(write(stream, check_profile=False) == data, "writing its content gives other bytes")
    return errors[0].id if errors else None


def check_numbered(data: bytes, index: int) -> Checked:
    """Check the file with a number in the campaign, and measure it. The reader and the validator share one document for most files."""
    document, spent = Document(data), Spent()
    with spent:
        rule = check(data if index % OPENED_TWICE == 0 else document)
    uses = uses_of(document, index, spent)
    return Checked("non-conforming", [rule], uses) if rule else Checked("conforming", [], uses)


def uses_of(document: Document, index: int, spent: Spent) -> dict[str, Use]:
    """What a file took, under each of its methods. Raises `PropertyError` if that is more than the bound of memory."""
    most = bound(document)
    require(spent.memory <= most, f"it takes {spent.memory:,} bytes of memory, more than {most:,}")
    read: dict[str, bool] = {}
    for component in document.components if document.readable else ():
        if component.method is not None:
            name = f"{component.kind} {component.method.name}"
            read[name] = read.get(name, True) and not component.faults
    return {
        name: Use(1, is_read, (spent.seconds, index), (spent.memory, index), spent.memory / most)
        for name, is_read in read.items()
    }


def file_of(seed: int, index: int, full: bool = False) -> bytes:
    """The mutated file with this number. It does not depend on `full`."""
    source = random.Random(f"{seed}/{index}")
    [data] = source.choices(tuple(vectors().values()), cum_weights=_cumulative_weights())
    return mutated(data, source)


@cache
def vectors() -> dict[str, bytes]:
    """The bytes of all vectors, by file name."""
    return {path.name: path.read_bytes() for path in sorted(VECTORS.glob("*.misc"))}


@cache
def _cumulative_weights() -> list[float]:
    """For each vector, the sum of its weight and those of all vectors before it."""
    return list(accumulate(1 / RARER.get(name, 16 if name.startswith(LARGE) else 1) for name in vectors()))


def prepare(full: bool) -> None:
    """Prepare a process: make the tiny language model and the tiny table known.

    Unless `full`, also use the tiny model instead of the shipped one, and lower the limits of map pixels and of values.
    """
    os.environ[VARIABLE] = str(TINY_LANGUAGE)
    os.environ[TABLES_VARIABLE] = str(TINY_TABLE)
    if not full:
        tiny = known.from_bytes(TINY_LANGUAGE.read_bytes())
        known.shipped = lambda name: tiny  # type: ignore[assignment]
        limits.MAX_MAP_PIXELS = MAX_PIXELS
        limits.MAX_ARRAY_VALUES = MAX_VALUES
    warm()


CAMPAIGN = Campaign(
    file_of,
    check_numbered,
    prepare,
    "rules were broken first",
    {
        True: "limits of the specification",
        False: f"tiny language model, {MAX_PIXELS:,} map pixels, {MAX_VALUES:,} values",
    },
)

if __name__ == "__main__":
    sys.exit(campaign.main(CAMPAIGN, "python -m misc_conformance.fuzzing.fuzz", __doc__ or ""))
