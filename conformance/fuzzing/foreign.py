"""Every reader of foreign bytes with changed inputs, on all cores: python -m misc_conformance.fuzzing.foreign --count 100000

File number i belongs to reader i modulo their number. Each is read or refused, within the reader's time and memory; else it failed.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from typing import Final

from misc_format.testing.mutate import mutated

from . import campaign
from .campaign import Campaign, Checked, PropertyError
from .readers import READERS

#: Numbers at which readers go wrong, as bytes and as decimal digits.
EXTREMES: Final = tuple(
    value.to_bytes(size, order)
    for size in (2, 4, 8)
    for value in (0, 1, 2 ** (8 * size - 1) - 1, 2 ** (8 * size - 1), 2 ** (8 * size) - 1)
    for order in ("little", "big")
)
DIGITS: Final = (b"-1", b"0", b"1.5", b"65536", b"4294967296", b"-9223372036854775809", b"1e999", b"NaN", b"9" * 4300)
WORDS: Final = (b"null", b"true", b"[]", b"{}", b'"\\ud800"', b'"\\u0000"', b"[[[[]]]]", b"\xff")
NUMBER: Final = re.compile(rb"-?\d+(?:\.\d+)?")
VALUE: Final = re.compile(rb'"[^"]*"|-?\d+(?:\.\d+)?|true|false|null')
#: A module of each extra that a reader needs.
MODULES: Final = {"": "misc_format", "models": "openai", "torch": "torch"}


def available() -> tuple[str, ...]:
    """The names of the readers whose extras are installed."""
    return tuple(name for name, reader in READERS.items() if find_spec(MODULES[reader.needs]) is not None)


def input_of(name: str, source: random.Random) -> bytes:
    """An input for a reader: one of its seeds, changed at random."""
    data = source.choice(READERS[name].seeds())
    change = source.choice((_mutated, _mutated, _with_extremes, _with_digits, _with_words, _spliced))
    return change(data, source, READERS[name].seeds())


def _mutated(data: bytes, source: random.Random, others: Sequence[bytes]) -> bytes:
    return mutated(data, source, repaired=False)


def _with_extremes(data: bytes, source: random.Random, others: Sequence[bytes]) -> bytes:
    """Some bytes overwritten by a number at the end of its range."""
    changed = bytearray(data)
    for _ in range(source.randint(1, 2)):
        value = source.choice(EXTREMES)
        place = source.randrange(max(len(changed) - len(value), 1))
        changed[place : place + len(value)] = value
    return bytes(changed)


def _with_digits(data: bytes, source: random.Random, others: Sequence[bytes]) -> bytes:
    return _replaced(data, source, NUMBER, DIGITS)


def _with_words(data: bytes, source: random.Random, others: Sequence[bytes]) -> bytes:
    return _replaced(data, source, VALUE, WORDS)


def _replaced(data: bytes, source: random.Random, old: re.Pattern[bytes], new: Sequence[bytes]) -> bytes:
    """One of the places that match, with other content; without such a place, changed in another way."""
    places = list(old.finditer(data))
    if not places:
        return mutated(data, source, repaired=False)
    place = source.choice(places)
    return data[: place.start()] + source.choice(new) + data[place.end() :]


def _spliced(data: bytes, source: random.Random, others: Sequence[bytes]) -> bytes:
    """The beginning of one seed and the end of another."""
    other = source.choice(others)
    return data[: source.randint(0, len(data))] + other[source.randint(0, len(other)) :]


def file_of(seed: int, index: int, full: bool = False) -> bytes:
    """The input of this number, whether the run is a full one or not."""
    return input_of(_name(index), random.Random(f"{seed}/{index}"))


def check(data: bytes, index: int) -> Checked:
    """Give an input to its reader. Raises `PropertyError`, which names the reader, if it is neither read nor refused."""
    name = _name(index)
    try:
        return Checked(READERS[name].check(data), [name])
    except Exception as error:
        raise PropertyError(f"{name}: {type(error).__name__}: {error}") from error


def _name(index: int) -> str:
    names = _names()
    return names[index % len(names)]


@cache
def _names() -> tuple[str, ...]:
    return available()


def prepare(full: bool) -> None:
    """Read a seed of each reader, so that what is loaded at first use does not count against an input."""
    for name in _names():
        warm(name)


def warm(name: str) -> None:
    """Read the seeds of a reader without a budget."""
    reader = READERS[name]
    for data in reader.seeds():
        with suppress(*reader.refusals):
            reader.read(data)


CAMPAIGN = Campaign(file_of, check, prepare, "readers", {True: "all limits", False: "all limits"})

if __name__ == "__main__":
    sys.exit(campaign.main(CAMPAIGN, "python -m misc_conformance.fuzzing.foreign", __doc__ or ""))
