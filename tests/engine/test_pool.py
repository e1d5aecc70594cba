"""The pool: every file of every unit has a result or the reason why not, whatever files do to the processes."""

from __future__ import annotations

import os
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from misc_format.engine import pool
from misc_format.engine.pool import (
    MAX_FALSE_STARTS,
    MEBIBYTE,
    NO_LIMITS,
    UNITS_AHEAD,
    Limits,
    Pool,
    StoppedError,
    in_order,
    portable,
    run_here,
)
from misc_format.engine.problems import CrashError
from misc_format.engine.stores import UnavailableError
from misc_format.errors import MiscError
from tests.engine import poison
from tests.needs import LINUX, needs

Result = tuple[str, Any]


def run(units: list[list[str]], workers: int = 1, limits: Limits = NO_LIMITS, log: str = "") -> list[Result]:
    with Pool(partial(poison.Handler, log), workers, limits) as crew:
        return [result for part in in_order(crew.run(units, ordered=True)) for result in part]


def reason(results: list[Result], word: str) -> str:
    [error] = [result for name, result in results if name == word]
    assert isinstance(error, Exception)
    return str(error)


def test_results_are_in_the_order_of_the_units_whoever_is_first() -> None:
    units = [["a 0.3", "b"], ["c"], ["d"], ["e", "f"]]
    results = run(units, workers=2)
    assert results == [(word, word.upper()) for unit in units for word in unit]
    with Pool(poison.Handler, 2) as crew:
        done = [event.number for event in crew.run(units) if event.last]
    assert sorted(done) == [0, 1, 2, 3] and done[-1] == 0


@pytest.mark.parametrize("harm, said", [("exit", "exit code 7"), ("kill", "SIGKILL"), ("abort", "SIGABRT")])
def test_a_file_that_ends_its_process_is_blamed_alone(harm: str, said: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    results = run([["a", "b", harm, "c", "d"], ["e"]], log=str(log))
    assert [name for name, _ in results] == ["a", "b", harm, "c", "d", "e"]
    assert said in reason(results, harm)
    assert [result for name, result in results if name != harm] == ["A", "B", "C", "D", "E"]
    # Once with the others that were in hand, then alone, and once more.
    assert Counter(log.read_text().split())[harm] == 3


def test_several_harmful_files_each_have_their_reason() -> None:
    results = run([["exit", "kill", "a"], ["b", "exit"]], workers=2)
    assert [name for name, _ in results] == ["exit", "kill", "a", "b", "exit"]
    assert [isinstance(result, CrashError) for _, result in results] == [True, True, False, False, True]


def test_an_endless_loop_ends_with_the_time_of_its_file_alone(tmp_path: Path) -> None:
    log = tmp_path / "log"
    begun = time.monotonic()
    results = run([["a 0.1", "loop", "b 0.1"], ["c"]], limits=Limits(seconds=2.0), log=str(log))
    assert [name for name, _ in results] == ["a 0.1", "loop", "b 0.1", "c"]
    error = results[1][1]
    assert isinstance(error, MiscError) and error.rule == "MISC-RES-003" and "2 seconds" in error.message
    assert Counter(log.read_text().splitlines())["loop"] == 2  # with the others, then alone; no third time
    assert time.monotonic() - begun < 60


def test_no_time_is_counted_for_a_file_that_is_left_out() -> None:
    with Pool(partial(poison.Handler, skipping=1.5), 1, Limits(seconds=1.0)) as crew:
        results = [result for part in in_order(crew.run([["loop", "a"]], ordered=True)) for result in part]
    assert results[1] == ("a", "A")
    assert "1 seconds" in reason(results, "loop")


def test_every_file_has_its_reason_where_there_is_no_time_at_all() -> None:
    results = run([["a 0.2", "b 0.2"], ["c 0.2"]], limits=Limits(seconds=1e-6))
    assert [(name, getattr(error, "rule", None)) for name, error in results] == [
        (name, "MISC-RES-003") for name in ("a 0.2", "b 0.2", "c 0.2")
    ]


def test_files_that_take_long_together_are_done_one_by_one() -> None:
    words = [f"{name} 0.8" for name in "abcd"]
    assert run([words], limits=Limits(seconds=2.0)) == [(word, word.upper()) for word in words]


@needs(LINUX)
def test_a_process_that_ends_under_a_limit_of_memory_lacked_memory() -> None:
    results = run([["a", "abort", "b"]], limits=Limits(memory=64 * MEBIBYTE))
    error = results[1][1]
    assert isinstance(error, MiscError) and error.rule == "MISC-RES-002" and "SIGABRT" in error.message
    assert [result for _, result in results][::2] == ["A", "B"]


def test_a_system_that_cannot_limit_memory_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_allocated", lambda: None)
    with pytest.raises(OSError, match="--max-memory"):
        Pool(poison.Handler, 1, Limits(memory=MEBIBYTE))


def test_what_concerns_every_file_stops_the_run() -> None:
    for run_it in (run, lambda units: list(run_here(poison.Handler, units))):
        with pytest.raises(StoppedError) as caught:
            run_it([["a", "lost"], ["b"]])
        assert isinstance(caught.value.cause, UnavailableError)
    with pytest.raises(StoppedError) as caught, Pool(poison.Unready, 1) as crew:
        list(crew.run([["a"]]))
    assert isinstance(caught.value.cause, ModuleNotFoundError) and caught.value.cause.name == "torch"
    with pytest.raises(StoppedError, match=r"before they are ready \(exit code 3\)"), Pool(poison.Stillborn, 1) as crew:
        list(crew.run([["a"]]))
    assert MAX_FALSE_STARTS > 1


def test_no_worker_gets_far_ahead_where_results_are_wanted_in_order() -> None:
    taken = []

    def units() -> Any:
        for number in range(40):
            taken.append(number)
            yield ["slow 1.5"] if number == 0 else ["a"]

    with Pool(poison.Handler, 2) as crew:
        events = crew.run(units(), ordered=True)
        ahead = 0
        for event in events:
            if event.number == 0 and event.last:
                break
            ahead = max(ahead, event.number)
        assert 0 < ahead < 2 * UNITS_AHEAD
        assert sum(event.last for event in events) == 39 - ahead
    assert taken == list(range(40))


def test_a_pool_is_used_again_and_leaves_no_process_behind() -> None:
    with Pool(poison.Handler, 2) as crew:
        for _ in range(2):
            assert list(in_order(crew.run([["a"], ["b"]]))) == [[("a", "A")], [("b", "B")]]
        pids = [worker._process.pid for worker in crew._workers.values()]
        assert 1 <= len(pids) <= 2
    assert not [pid for pid in pids if _alive(pid)]
    with pytest.raises(KeyboardInterrupt), Pool(poison.Handler, 1) as crew:
        for event in crew.run([["a", "b", "c", "d", "loop"]]):
            pids = [worker._process.pid for worker in crew._workers.values()]
            if event.value:
                raise KeyboardInterrupt
    assert pids and not [pid for pid in pids if _alive(pid)]


def _alive(pid: int | None) -> bool:
    try:
        os.kill(int(pid or 0), 0)
    except ProcessLookupError:
        return False
    return True


def test_an_error_that_cannot_travel_is_told_in_words() -> None:
    class LocalError(Exception):
        pass

    assert str(portable(LocalError("why"))) == "LocalError: why"
    assert portable(ValueError("why")).args == ("why",)
