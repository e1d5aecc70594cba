"""Fuzzing and the comparison of decoders: what fails is named, what ends its process too, and each coder is asked once for a payload."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.authoring import users_files
from conformance.fuzzing import campaign, differential, flips, fuzz, largest, totals
from conformance.fuzzing.campaign import PropertyError
from conformance.suite import vectors
from misc_format import Document, read
from misc_format.registry import METHODS

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


def test_a_campaign_goes_on_where_its_log_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "numbered_campaign.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    work = importlib.import_module("numbered_campaign").CAMPAIGN._replace(scope={True: "all"})
    log = tmp_path / "log"

    def run(start: int, count: int) -> list[str]:
        arguments = ("--start", start, "--count", count, "--jobs", 1, "--full", "--log", log)
        monkeypatch.setattr(sys, "argv", ["fuzz", *map(str, arguments)])
        assert campaign.main(work, "a.numbered", "") == int(start < 2)
        return capsys.readouterr().out.splitlines()

    run(6, 3)
    with log.open("ab") as stream:
        stream.write(b'{"campaign": "numb')  # killed while it wrote
    run(0, 2)
    found = run(0, 3)
    assert found[0].startswith("3 files of seed 0 from 0") and found[2:] == [
        "right 2, failure 1",
        "0 marks: ",
        "file 1: PropertyError: it is one",
    ]
    del sys.modules["numbered_campaign"]
    assert [(one.first, one.files) for one in totals.stretches(log)] == [(6, 3), (0, 2), (2, 1)]
    assert [*totals.remaining(range(1, 12), totals.stretches(log))] == [range(3, 6), range(9, 12)]
    assert totals.main([str(log)]) == 1
    assert capsys.readouterr().out.splitlines()[0] == "numbered: 6 files of seed 0, full"
    with pytest.raises(SystemExit, match="file 0 of seed 0 is in two lines"):
        totals.main([str(log), str(log)])


def test_no_process_outlives_a_campaign_that_is_killed(tmp_path: Path) -> None:
    """The process of the work writes its number, and the test kills the one that started it."""
    said = tmp_path / "said"
    (tmp_path / "waiting_campaign.py").write_text(
        MODULE.replace(
            "if index == 3: os._exit(1)", f"open({str(said)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
        )
        + "from conformance.fuzzing.campaign import run\n"
        + "if __name__ == '__main__':\n    import waiting_campaign as own\n    list(run(own.CAMPAIGN, 7, range(1), 1, 90, True))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(Path(__file__).parents[2])))}
    begun = subprocess.Popen([sys.executable, tmp_path / "waiting_campaign.py"], env=environment)
    try:
        wait_for(lambda: said.exists() and said.read_text().isdigit())
    finally:
        begun.kill()
        begun.wait()
    wait_for(lambda: not Path("/proc", said.read_text()).exists())


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait a minute at most."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_every_method_is_fuzzed() -> None:
    """Some vector that is drawn has each registered method, and its payload is sound."""
    found: set[str] = set()
    for data in (data for name, data in VECTORS.items() if not name.startswith("bad-")):
        for component in Document(data).components:
            name = f"{component.kind} {component.method.name}" if component.method else "ancillary"
            if name not in found and not component.faults:
                found.add(name)
    assert found == {"ancillary", *(f"{method.kind} {method.name}" for method in METHODS)}


def test_a_file_is_measured_under_each_of_its_methods() -> None:
    data = VECTORS["all-huffman-packed"]
    uses = fuzz.check_numbered(data, 5).uses
    assert set(uses) == {"text huffman", "maps packed", "image grid"} | set(uses)
    assert all(use.files == use.read == 1 and use.memory[1] == 5 and 0 <= use.share < 1 for use in uses.values())
    broken = fuzz.check_numbered(VECTORS["bad-text-not-utf8"], 6).uses
    assert [use.read for use in broken.values()] == [0]


def test_a_file_that_takes_more_than_the_bound_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "bound", lambda document: -1)
    with pytest.raises(PropertyError, match="bytes of memory, more than -1"):
        fuzz.check_numbered(VECTORS["grid-flat-255"], 1)


def test_the_largest_files_have_all_methods_and_conform() -> None:
    """Those that take a second or more, or functions that are compiled first, are left to the campaign."""
    names = {f"{method.kind} {method.name}" for method in METHODS}
    assert names <= largest.LARGEST.keys()
    quick = [index for index, name in enumerate(largest.LARGEST) if name in ("text raw", "maps packed", "image string")]
    for index in quick:
        checked = fuzz.check_numbered(largest.file_of(0, index), index)
        assert checked.verdict == "conforming" and checked.uses[list(largest.LARGEST)[index]].share < 1
    changed = largest.file_of(0, quick[0] + len(largest.LARGEST))
    assert changed != largest.file_of(0, quick[0]) and changed == largest.file_of(0, quick[0] + len(largest.LARGEST))


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
