"""Every reader of foreign bytes with a few hundred changed inputs, the same in each run: each is read or refused (docs/fuzzing.md)."""

from __future__ import annotations

import random
from typing import Any

import pytest

from conformance.fuzzing import foreign, seeds
from conformance.fuzzing.budget import Budget
from conformance.fuzzing.campaign import PropertyError
from conformance.fuzzing.readers import READERS, SMALL, Reader
from tests.needs import extra, needs
from tests.sweeps import PARTS, Part

INPUTS = {Part.SAMPLE: range(80), Part.MORE: range(80, 110), Part.REST: range(110, 160)}  # of a reader
SLOW = {"folder": 3, "journal": 3, "plan": 3, "protocol": 8}  # they read one of so many inputs
MAX_SHOWN = 5


def readers() -> list[Any]:
    return [
        pytest.param(name, marks=[needs(extra(reader.needs))] if reader.needs else [])
        for name, reader in READERS.items()
    ]


@pytest.mark.parametrize("name", readers())
@PARTS
def test_every_input_is_read_or_refused(name: str, part: Part) -> None:
    foreign.warm(name)
    failures = []
    for number in INPUTS[part][:: SLOW.get(name, 1)]:
        data = foreign.input_of(name, random.Random(f"{name}/{number}"))
        try:
            READERS[name].check(data)
        except Exception as error:
            failures.append(f"input {number}: {type(error).__name__}: {error}\n{data[:200]!r}")
    assert not failures, f"{len(failures)} failures, first:\n" + "\n".join(failures[:MAX_SHOWN])


@pytest.mark.parametrize("name", readers())
def test_most_seeds_are_read(name: str) -> None:
    """A reader that refuses what it should read leaves the code behind its first check untouched."""
    verdicts = [READERS[name].check(data) for data in READERS[name].seeds()]
    expected = 1 if name in ("protocol", "answer") else len(verdicts) // 2
    assert verdicts.count("read") >= expected


def test_an_input_is_the_same_whoever_asks() -> None:
    count = len(foreign.available())
    assert foreign.file_of(0, count + 1) == foreign.file_of(0, count + 1) != foreign.file_of(1, count + 1)
    checked = foreign.check(foreign.file_of(0, 1), 1)
    assert checked.verdict in ("read", "refused") and checked.marks == [foreign.available()[1]]


def broken(error: Exception) -> Reader:
    def read(data: bytes) -> None:
        raise error

    return Reader(read, (ValueError,), lambda: [b""])


def test_an_error_that_is_not_declared_is_a_failure() -> None:
    with pytest.raises(KeyError):
        broken(KeyError("x")).check(b"")
    with pytest.raises(PropertyError, match="without a word"):
        broken(ValueError("")).check(b"")
    assert broken(ValueError("it is empty")).check(b"") == "refused"


def test_an_input_that_takes_too_much_is_a_failure() -> None:
    def busy(data: bytes) -> None:
        sum(range(2_000_000))

    def large(data: bytes) -> None:
        b"x" * 2**27

    def refusing(data: bytes) -> None:
        busy(data)
        raise ValueError("no")

    for read in (busy, refusing):
        with pytest.raises(PropertyError, match=r"more than 0\.001"):
            Reader(read, (ValueError,), lambda: [b""], Budget(0.001, 2**30)).check(b"")
    with pytest.raises(PropertyError, match="bytes of memory"):
        Reader(large, (), lambda: [b""], SMALL).check(b"")


def test_files_of_an_input_come_back() -> None:
    files = {"manifest.json": b"{}\n", "maps/0.png": b"\x89PNG\r\n--file", "a\udcff": b""}
    assert dict(seeds.files_of(seeds.joined(files))) == files
    assert seeds.parts_of(b"a", 2) == [b"a", b""]
