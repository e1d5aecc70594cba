"""The threads of BLAS: the library computes with one, and its user's number of threads is as before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import misc_format
from misc_format.coders.image.latentmodel.network import Networks
from misc_format.system.threads import one_blas_thread
from tests.needs import LINUX, needs

pytestmark = needs(LINUX)  # where NumPy brings a BLAS whose number of threads can be set
DEMO = (Path(__file__).parents[2] / "examples" / "coffee.misc").read_bytes()
THREADS = 3


def blas_threads() -> int:
    """The threads of NumPy's BLAS, in this process."""
    [threads] = {info["num_threads"] for info in threadpool_info() if "numpy" in info["filepath"]}
    return int(threads)


@pytest.fixture
def three_threads() -> Iterator[None]:
    with threadpool_limits(THREADS, "blas"):
        yield


def seen_by(computation: Callable[[], Any]) -> set[int]:
    """The threads that the networks saw while they computed."""
    seen = set()

    def spy(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            seen.add(blas_threads())
            return method(*arguments)

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Networks, "decide", spy(Networks.decide))
        computation()
    return seen


STREAM = misc_format.read(DEMO)
VIEWS: dict[str, Callable[[], Any]] = {
    "read": lambda: misc_format.read(DEMO),
    "account": lambda: misc_format.account(DEMO, deep=True),
    "account_many": lambda: misc_format.account_many([DEMO, DEMO]),
    "inspect": lambda: misc_format.inspect(DEMO),
    "validate": lambda: misc_format.validate(DEMO),
    "write": lambda: misc_format.write(STREAM),
}


@pytest.mark.usefixtures("three_threads")
@pytest.mark.parametrize("name", VIEWS)
def test_networks_compute_with_one_thread_and_the_users_number_comes_back(name: str) -> None:
    assert seen_by(VIEWS[name]) == {1}
    assert blas_threads() == THREADS


@pytest.mark.usefixtures("three_threads")
def test_the_users_number_comes_back_after_an_error() -> None:
    with pytest.raises(misc_format.MiscError):
        misc_format.read(DEMO[:-1] + b"\xff\xff")
    assert blas_threads() == THREADS


@pytest.mark.usefixtures("three_threads")
def test_overlapping_blocks_of_two_threads_leave_no_limit_behind() -> None:
    inside, leave = threading.Event(), threading.Event()

    def block() -> None:
        with one_blas_thread():
            inside.set()
            leave.wait(60)

    other = threading.Thread(target=block)
    with one_blas_thread():
        other.start()
        assert inside.wait(60)
        assert blas_threads() == 1
    leave.set()
    other.join()
    assert blas_threads() == THREADS


def _threads_around_a_view() -> tuple[int, set[int], int]:
    with threadpool_limits(THREADS, "blas"):
        return blas_threads(), seen_by(VIEWS["account"]), blas_threads()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_of_either_kind(method: str) -> None:
    with one_blas_thread(), ProcessPoolExecutor(1, get_context(method)) as pool:
        assert pool.submit(_threads_around_a_view).result(120) == (THREADS, {1}, THREADS)
