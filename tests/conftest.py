"""Hypothesis draws the same examples every time: a red test is red for everybody. Tests run side by side, so BLAS takes one thread."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported

from collections import Counter
from collections.abc import Generator, Sequence
from functools import cache
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings

from conformance.suite import TINY_LANGUAGE
from misc_format import limits
from misc_format.coders.text.languagemodel import known
from tests.needs import PREFIX, extra, missing_names, require

settings.register_profile(
    "reproducible",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("reproducible")

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
PASSED = "misc/passed"  # in the cache of pytest
SWEEPS = pytest.StashKey[int]()  # how many tests of sweeps were deselected


@pytest.fixture(autouse=True)
def latents_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No second codec beside learned latents unless a test asks for it: its encoder takes seconds a picture."""
    from reference_codec.images import best

    monkeypatch.setattr(best, "installed", lambda: False)


@pytest.fixture
def small_language_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny language model in the place of the shipped one, for tests of what stands around it that draw many texts."""
    monkeypatch.setattr(known, "shipped", lambda name: _tiny())


@pytest.fixture
def small_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of map pixels under which a decoder that is given noise takes milliseconds."""
    monkeypatch.setattr(limits, "MAX_MAP_PIXELS", 2**15)


@pytest.fixture(scope="session")
def compressai_library() -> Any:
    """The library CompressAI, for the tests that need it."""
    require(extra("compressai"))
    from reference_codec.models.compressai_library import compressai

    return compressai()


@cache
def _tiny() -> known.Language:
    return known.from_bytes(TINY_LANGUAGE.read_bytes())


# Tests that are left out


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--may-lack",
        action="append",
        metavar="NAME",
        help="fail tests that lack anything that they need but this; may be given several times",
    )
    parser.addoption("--except-passed", action="store_true", help="leave out the tests that passed in the last run")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    return _judged(report, item.config)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    return _judged(report, collector.config)


def _judged(report: Report, config: pytest.Config) -> Report:
    """The report, failed where a test is skipped for no need, or for one that the machine must meet."""
    if report.skipped:
        names, allowed = missing_names(_reason(report)), config.option.may_lack
        if not names or (allowed is not None and not set(names) <= set(allowed)):
            report.outcome = "failed"
            report.longrepr = f"{report.nodeid} is left out: {_reason(report) or 'no reason'}; see tests/needs.py"
    return report


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.except_passed:
        passed = _passed_before(config)
        items[:] = [item for item in items if item.nodeid not in passed]


def _passed_before(config: pytest.Config) -> set[str]:
    cache = _cache(config)
    return set(cache.get(PASSED, ())) if cache is not None else set()


def _cache(config: pytest.Config) -> pytest.Cache | None:
    return getattr(config, "cache", None)  # pytest may run without its plugin for the cache


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    for item in items[:1]:
        sweeps = sum(one.get_closest_marker("sweep") is not None for one in items)
        item.config.stash[SWEEPS] = item.config.stash.get(SWEEPS, 0) + sweeps


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist tells how many tests it deselected; each worker deselects the same ones."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["sweeps"] = session.config.stash.get(SWEEPS, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[SWEEPS] = getattr(node, "workeroutput", {}).get("sweeps", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Note what passed, for `--except-passed`, and say in one line what was left out, and why."""
    passed = {report.nodeid for report in terminalreporter.getreports("passed")}
    before = _passed_before(config) if config.option.except_passed else set()
    if (cache := _cache(config)) is not None:
        cache.set(PASSED, sorted(passed | before))
    skipped = Counter(_reason(report).removeprefix(PREFIX) for report in terminalreporter.getreports("skipped"))
    parts = [f"{count:,} for want of {name}" for name, count in skipped.most_common()]
    if sweeps := config.stash.get(SWEEPS, 0):
        parts.append(f"{sweeps:,} of the sweeps (make test-all)")
    if parts:
        terminalreporter.write_line(f"left out: {skipped.total() + sweeps:,} tests: {', '.join(parts)}")
