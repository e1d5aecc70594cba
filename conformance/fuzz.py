"""Mutated vectors by the thousand, on all cores: every one is decoded, or refused with a rule and its place, and nothing else happens.

python -m conformance.fuzz --count 100000
"""

from __future__ import annotations

import os
import random
import sys
from functools import cache
from itertools import accumulate

from conformance import many, tiny_language
from conformance.many import Seen, Work, demand
from conformance.suite import FOLDER as VECTORS
from misc_format import Document, MiscError, limits, read, validate, write
from misc_format.coders.text.languagemodel import known
from misc_format.rules import RULES
from misc_format.testing.mutate import mutated
from misc_format.validation.workers import warm

OPENED_ANEW = 32  # of this many files, one is opened anew by the reader and by the validator
# Rarer than others, for they decode a hundred times as long.
RARER = {"bad-text-language-own-long.misc": 16, "grid-largest.misc": 4}
QUICK_PIXELS = 2**15  # under which a map of noise takes milliseconds


def check(data: bytes, *, opened_anew: bool = True) -> str | None:
    """The rule that a file breaks first, or None. Raises `FaultError` where readers disagree or an error says too little.

    `opened_anew`: by each of them; else they are views of one document.
    """
    source = data if opened_anew else Document(data)
    report = validate(source)
    errors = [issue for issue in report.issues if issue.severity == "error"]
    for issue in report.issues:
        demand(issue.id in RULES and bool(issue.path), f"{issue} has no rule or path")
        demand(issue.bit_offset is not None and 0 <= issue.bit_offset <= 8 * len(data), f"{issue} is outside the file")
    try:
        stream = read(source)
    except MiscError as error:
        first = errors[0] if errors else None
        place = (error.rule, error.bit_offset, error.path)
        demand(
            first is not None and (first.id, first.bit_offset, first.path) == place,
            f"validator: {first}; reader: {error}",
        )
        return error.rule
    demand(all(issue.id.startswith("MISC-PRO-") for issue in errors), f"the reader takes what breaks {errors}")
    demand(write(stream, check_profile=False) == data, "it is written to other bytes")
    return errors[0].id if errors else None


def check_numbered(data: bytes, index: int) -> Seen:
    """The same of a file with a number; most files are opened once."""
    rule = check(data, opened_anew=index % OPENED_ANEW == 0)
    return Seen("non-conforming", [rule]) if rule else Seen("conforming", [])


def file_of(seed: int, index: int, full: bool = False) -> bytes:
    """The mutated file of this number, the same whether the run is a full one."""
    source = random.Random(f"{seed}/{index}")
    [data] = source.choices(tuple(vectors().values()), cum_weights=_chances())
    return mutated(data, source)


@cache
def vectors() -> dict[str, bytes]:
    """Name to bytes of all vectors, by name."""
    return {path.name: path.read_bytes() for path in sorted(VECTORS.glob("*.misc"))}


@cache
def _chances() -> list[float]:
    """How likely each vector or one before it is chosen."""
    return list(accumulate(1 / RARER.get(name, 1) for name in vectors()))


def prepare(full: bool) -> None:
    """Once in each process: the model of the vectors and, unless `full`, the tiny model for all text and a low limit of map pixels."""
    os.environ[known.VARIABLE] = str(tiny_language.PATH)
    if not full:
        tiny = known.from_bytes(tiny_language.PATH.read_bytes())
        known.shipped = lambda name: tiny  # type: ignore[assignment]
        limits.MAX_MAP_PIXELS = QUICK_PIXELS
    warm()


WORK = Work(
    file_of,
    check_numbered,
    prepare,
    "rules were broken first",
    {True: "limits of the specification", False: f"tiny language model, {QUICK_PIXELS:,} map pixels"},
)

if __name__ == "__main__":
    sys.exit(many.main(WORK, "python -m conformance.fuzz", __doc__ or ""))
