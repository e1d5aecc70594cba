"""After a warm-up, no vector waits for the compiler."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from misc_format.engine import warmup
from misc_format.engine.warmup import GROUPS
from misc_format.system import compilation, compiled

VECTORS = Path(__file__).parents[2] / "conformance" / "vectors"
MISC = [sys.executable, "-c", "from misc_format.cli.app import app; app()"]
DECODE = """
import sys
from pathlib import Path
import misc_format
from misc_format.system.compilation import on_first_compilation

on_first_compilation(lambda: sys.exit(f"{path}: a function is compiled"))
paths = sorted(Path(sys.argv[1]).rglob("*.misc"))
for path in paths:
    report = misc_format.validate(path)
    if report.verdict == "conforming":
        misc_format.account(path, deep=True)
print(len(paths))
"""


def test_no_vector_compiles_a_function_after_a_warm_up(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run([*MISC, "warm-up"], env=environment, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert [line[:24].strip() for line in lines[:-1]] == list(GROUPS)
    assert lines[-1].startswith("all functions are compiled")
    decoded = subprocess.run(
        [sys.executable, "-c", DECODE, str(VECTORS)], env=environment, capture_output=True, text=True, check=False
    )
    assert decoded.returncode == 0, decoded.stderr
    assert int(decoded.stdout) > 100


def test_functions_without_a_cache_are_announced_before_they_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(**options: object) -> object:
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return numba.njit(**options)

    def twice(number: int) -> int:
        return 2 * number

    told: list[str] = []
    monkeypatch.setattr(compiled, "njit", without)
    monkeypatch.setattr(compiled, "without_cache", [])
    monkeypatch.setattr(compilation, "_listeners", [lambda: told.append("compiled")])
    function = compiled.compiled(twice)
    assert told == [] and function(4) == 8 and told == ["compiled"]
    assert compiled.without_cache == [twice.__qualname__]


def test_a_warm_up_without_a_cache_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "without_cache", ["walk"])
    with pytest.raises(OSError, match="NUMBA_CACHE_DIR"):
        warmup._timed("maps/jbig2")
