"""Compiled functions are kept on disk, and made anew when another file of the package changes."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from misc_format.system import compiled

SOURCE = """
from misc_format.system.compiled import compiled

@compiled
def double(number: int) -> int:
    return 2 * number
"""


def called(path: Path) -> Any:
    """The function of a module that is loaded as if by another process, called once."""
    spec = importlib.util.spec_from_file_location("kept", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.double(21) == 42
    return module.double.stats


def test_a_change_elsewhere_in_the_package_compiles_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kept.py"
    path.write_text(SOURCE)
    assert not called(path).cache_hits
    assert called(path).cache_hits
    monkeypatch.setattr(compiled, "stamp", lambda: "another")
    assert not called(path).cache_hits
    assert called(path).cache_hits


def test_a_cache_that_cannot_be_read_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "kept.py"
    path.write_text(SOURCE)
    assert not called(path).cache_hits
    [index] = (tmp_path / "__pycache__").glob("*.nbi")
    version = index.read_bytes().partition(b".")[0]
    index.write_bytes(index.read_bytes()[: len(version)] + b"\x00 no pickle")
    assert not called(path).cache_hits
    assert called(path).cache_hits


def test_the_stamp_is_of_the_files_with_compiled_functions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stamp = compiled.stamp.__wrapped__
    monkeypatch.setattr(compiled, "__file__", str(tmp_path / "system" / "compiled.py"))
    (tmp_path / "kernel.py").write_text(SOURCE)
    before = stamp()
    (tmp_path / "other.py").write_text("x = 1\n")
    assert stamp() == before
    (tmp_path / "kernel.py").write_text(SOURCE.replace("2 *", "3 *"))
    assert stamp() != before
