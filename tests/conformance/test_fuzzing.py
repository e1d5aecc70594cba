"""Fuzzing and the comparison of decoders: what fails is named, what ends its process too, and each coder is asked once for a payload."""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from pathlib import Path

import pytest

from conformance.authoring import users_files
from conformance.fuzzing import campaign, differential, flips, fuzz
from conformance.fuzzing.campaign import PropertyError
from conformance.suite import vectors
from misc_format import read

VECTORS = {vector.name: vector.data for vector in vectors()}
# Numbers that are right, wrong, too slow, and the end of their process.
MODULE = """
import os, time
from conformance.fuzzing.campaign import Campaign, Checked, require
def file_of(seed, index, full):
    return bytes((seed, index))
def check(data, index):
    if index == 3: os._exit(1)
    if index == 5: time.sleep(60)
    require(index != 1, "it is one")
    return Checked("right", ["odd"] if index % 2 else [])
def prepare(full):
    assert full
CAMPAIGN = Campaign(file_of, check, prepare, "marks", {})
"""


@pytest.fixture(autouse=True)
def _tiny_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """By `monkeypatch`, which tests use for the same variables: each undoes only what it did."""
    for name, path in users_files.PATHS.items():
        monkeypatch.setenv(name, path)


def test_every_number_is_accounted_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "numbered_campaign.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    work = importlib.import_module("numbered_campaign").CAMPAIGN
    found = list(campaign.run(work, 7, range(7), jobs=1, seconds=3, full=True))
    del sys.modules["numbered_campaign"]
    verdicts = sum((one.verdicts for one in found), Counter())
    assert verdicts == {"right": 4, "failure": 3}
    failures = [line for one in found for line in one.failures]
    assert failures[0] == "file 1: PropertyError: it is one"
    assert [line.partition(":")[0] for line in failures] == ["file 1", "file 3", "file 5"]


def test_flips_are_each_bit_of_each_small_vector_once() -> None:
    first = next(
        data for name, data in sorted(VECTORS.items()) if not name.startswith("bad-") and len(data) <= flips.MAX_BYTES
    )
    found = [flips.file_of(0, index) for index in range(8 * len(first))]
    assert len(set(found)) == 8 * len(first)
    assert all(
        int.from_bytes(data, "big") ^ int.from_bytes(first, "big") == 1 << 8 * len(first) - 1 - index
        for index, data in enumerate(found)
    )
    assert len(flips.file_of(0, 8 * len(first))) <= flips.MAX_BYTES


def test_a_file_is_the_same_whoever_asks() -> None:
    assert fuzz.file_of(0, 11) == fuzz.file_of(0, 11) != fuzz.file_of(1, 11)
    first = differential.file_of(0, 205)
    differential.file_of(0, 99)
    assert differential.file_of(0, 205) == first


@pytest.mark.parametrize("index", range(64, 84))
def test_mutated_vectors_are_decoded_or_refused(index: int) -> None:
    data = fuzz.file_of(0, index)
    seen = fuzz.check_numbered(data, index)
    assert seen.verdict in ("conforming", "non-conforming") and fuzz.check(data) == next(iter(seen.marks), None)


def test_a_reader_that_differs_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "read", lambda source: read(VECTORS["text-raw-one-letter"]))
    with pytest.raises(PropertyError, match="the reader accepts"):
        fuzz.check(VECTORS["bad-text-not-utf8"])
    with pytest.raises(PropertyError, match="other bytes"):
        fuzz.check(VECTORS["grid-flat-255"])


@pytest.mark.parametrize("index", range(1, 25))
def test_both_decoders_say_the_same(index: int) -> None:
    assert differential.check(differential.file_of(0, index), index).verdict == "equal"


def test_decoders_that_differ_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    other = differential.decode(VECTORS["grid-flat-0"], {})
    monkeypatch.setattr(differential, "decode", lambda data, models: other)
    with pytest.raises(PropertyError, match="the decoders differ: symbols/image"):
        differential.check(VECTORS["grid-flat-255"], 0)
    with pytest.raises(PropertyError, match="breaks MISC-TXT-001"):
        differential.check(VECTORS["bad-text-not-utf8"], 0)
