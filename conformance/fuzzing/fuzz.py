"""Mutated vectors on all cores: each is decoded, or refused with a rule and its place, and nothing else happens.

python -m conformance.fuzzing.fuzz --count 100000
"""

from __future__ import annotations

import os
import random
import sys
from functools import cache
from itertools import accumulate

from conformance.fuzzing import campaign
from conformance.fuzzing.campaign import Campaign, Checked, require
from conformance.suite import FOLDER as VECTORS
from conformance.suite import TINY_LANGUAGE
from misc_format import Document, MiscError, limits, read, validate, write
from misc_format.coders.text.languagemodel import known
from misc_format.engine.jobs import warm
from misc_format.rules import RULES
from misc_format.testing.mutate import mutated

OPENED_ANEW = 32  # one of so many files is opened anew by the reader and by the validator
# These are drawn less often than others, since they take a hundred times as long to decode.
RARER = {"bad-text-language-own-long.misc": 16, "grid-largest.misc": 4}
MAX_PIXELS = 2**15  # a map of noise then takes milliseconds


def check(data: bytes, *, opened_anew: bool = True) -> str | None:
    """The rule that a file breaks first, or None. Raises `PropertyError` where readers disagree or an error says too little.

    `opened_anew`: by each of them; else they are views of one document.
    """
    source = data if opened_anew else Document(data)
    report = validate(source)
    errors = [issue for issue in report.issues if issue.severity == "error"]
    for issue in report.issues:
        require(issue.id in RULES and bool(issue.path), f"{issue} has no rule or path")
        require(issue.bit_offset is not None and 0 <= issue.bit_offset <= 8 * len(data), f"{issue} is outside the file")
    try:
        stream = read(source)
    except MiscError as error:
        first = errors[0] if errors else None
        place = (error.rule, error.bit_offset, error.path)
        require(
            first is not None and (first.id, first.bit_offset, first.path) == place,
            f"validator: {first}; reader: {error}",
        )
        return error.rule
    require(all(issue.id.startswith("MISC-PRO-") for issue in errors), f"the reader takes what breaks {errors}")
    require(write(stream, check_profile=False) == data, "it is written to other bytes")
    return errors[0].id if errors else None


def check_numbered(data: bytes, index: int) -> Checked:
    """The same of a file with a number. Most files are opened once for both."""
    rule = check(data, opened_anew=index % OPENED_ANEW == 0)
    return Checked("non-conforming", [rule]) if rule else Checked("conforming", [])


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
    os.environ[known.VARIABLE] = str(TINY_LANGUAGE)
    if not full:
        tiny = known.from_bytes(TINY_LANGUAGE.read_bytes())
        known.shipped = lambda name: tiny  # type: ignore[assignment]
        limits.MAX_MAP_PIXELS = MAX_PIXELS
    warm()


CAMPAIGN = Campaign(
    file_of,
    check_numbered,
    prepare,
    "rules were broken first",
    {True: "limits of the specification", False: f"tiny language model, {MAX_PIXELS:,} map pixels"},
)

if __name__ == "__main__":
    sys.exit(campaign.main(CAMPAIGN, "python -m conformance.fuzzing.fuzz", __doc__ or ""))
