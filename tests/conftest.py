"""Hypothesis draws the same examples every time: a red test is red for everybody. Tests run side by side, so BLAS takes one thread."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported

from functools import cache
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from conformance.suite import TINY_LANGUAGE
from misc_format import limits
from misc_format.coders.text.languagemodel import known

settings.register_profile(
    "reproducible",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("reproducible")


@pytest.fixture(autouse=True)
def latents_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No second codec beside learned latents unless a test asks for it: its encoder takes seconds a picture."""
    if find_spec("onnxruntime"):
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
    """The library CompressAI; tests with it are left out where it is not installed."""
    try:
        from reference_codec.models.compressai_library import compressai

        return compressai()
    except ModuleNotFoundError as error:
        pytest.skip(f"CompressAI is not installed ({error}); the README says how")


@cache
def _tiny() -> known.Language:
    return known.from_bytes(TINY_LANGUAGE.read_bytes())
