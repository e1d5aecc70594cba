"""What files may do to a command: each of the four, with real crashes, real signals, a real loop, and all memory taken.

In a folder of good files there are one that ends its process, one that kills it, one that loops, one that takes all memory, one whose
reading fails, and one that breaks a rule. Every one has its row.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import misc_format
from tests.engine import poison
from tests.needs import LINUX, needs

ROOT = Path(__file__).parents[2]
ORDER = ["a", "b-exit", "c", "d-kill", "e-loop", "f-memory", "g-gone", "h-cut", "i-break", "j"]
REASONS = {
    "b-exit": "exit code 7",
    "d-kill": "SIGKILL",
    "e-loop": "MISC-RES-003",
    "f-memory": "MISC-RES-002",
    "g-gone": "No such file",
    "h-cut": "MISC-CON-007",
    "i-break": "nobody foresaw this",
}
LIMITS = ("--timeout", "3", "--max-memory", "200")
UNLIMITED = {"b-exit", "g-gone", "h-cut", "i-break"}  # what no limit is needed for


def good(text: str) -> bytes:
    return misc_format.write(misc_format.Stream(9, 9, text=misc_format.Text(text), methods={"text": "raw"}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    for name in ORDER:
        _, _, harm = name.partition("-")
        if harm == "gone":
            (made / f"{name}.misc").symlink_to("is-not-there")
        elif harm:
            (made / f"{name}.misc").write_bytes(good("x")[:5] if harm == "cut" else poison.poisoned(harm))
        else:
            (made / f"{name}.misc").write_bytes(good(name))
    return made


def misc(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(Path(poison.__file__)), *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=600, **options)


def reasons_of_bpp(folder: Path, *options: str) -> tuple[int, dict[str, str | None]]:
    done = misc("bpp", folder, "--deep", "--workers", 2, "--json", *options)
    found = {
        Path(row["file"]).stem: json.dumps(row["error"]) if "error" in row else None for row in json.loads(done.stdout)
    }
    return done.returncode, found


def reasons_of_validate(folder: Path, *options: str) -> tuple[int, dict[str, str | None]]:
    done = misc("validate", folder, "--jobs", 2, "--json", *options)
    rows = json.loads(done.stdout)
    found = {
        Path(row["file"]).stem: json.dumps(row["issues"]) if row["verdict"] != "conforming" else None for row in rows
    }
    return done.returncode, found


def reasons_of_batch(job: str, folder: Path, *options: str) -> tuple[int, dict[str, str | None]]:
    output = folder.parent / "out"
    done = misc("batch", job, folder, "-o", output, "--workers", 2, *options, *(["--deep"] if job == "bpp" else []))
    rows = pq.read_table(output / "report.parquet").to_pylist()
    return done.returncode, {Path(row["file"]).stem: row["error"] for row in rows}


COMMANDS = {
    "bpp": reasons_of_bpp,
    "validate": reasons_of_validate,
    "batch bpp": lambda *arguments: reasons_of_batch("bpp", *arguments),
    "batch validate": lambda *arguments: reasons_of_batch("validate", *arguments),
}
FAULT_OF_OURS = {"bpp": 4, "validate": 4, "batch bpp": 1, "batch validate": 1}  # exit codes


@needs(LINUX)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_file_has_its_row_whatever_others_do(command: str, folder: Path) -> None:
    code, found = COMMANDS[command](folder, *LIMITS)
    assert list(found) == ORDER
    assert {name for name, reason in found.items() if reason} == REASONS.keys()
    for name, said in REASONS.items():
        # Under a limit of memory, a process that ends is taken to have lacked it; how it ended is said, too.
        assert said in str(found[name]), name
    assert code == FAULT_OF_OURS[command]


@pytest.mark.parametrize("command", COMMANDS)
def test_crashes_need_no_limits(command: str, folder: Path) -> None:
    for name in REASONS.keys() - UNLIMITED:
        (folder / f"{name}.misc").unlink()
    code, found = COMMANDS[command](folder)
    assert list(found) == [name for name in ORDER if name not in REASONS.keys() - UNLIMITED]
    assert {name for name, reason in found.items() if reason} == UNLIMITED
    assert all(REASONS[name] in str(found[name]) for name in UNLIMITED)
    assert code == FAULT_OF_OURS[command]


@needs(LINUX)
def test_an_interrupt_ends_the_command_and_its_processes(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.misc").write_bytes(poison.poisoned("loop"))
    command = [sys.executable, poison.__file__, "validate", str(tmp_path), "--jobs", "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
    try:
        children = _wait_for_children(process, 2)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode not in (0, 1) and b"Traceback" not in errors
    assert not [pid for pid in children if _runs(pid)]


@needs(LINUX)
def test_workers_end_with_a_command_that_is_killed(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.misc").write_bytes(poison.poisoned("loop"))
    command = [sys.executable, poison.__file__, "validate", str(tmp_path), "--jobs", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    children = _wait_for_children(process, 1)
    process.kill()
    process.wait()
    until = time.monotonic() + 60
    while any(_runs(pid) for pid in children) and time.monotonic() < until:
        time.sleep(0.1)
    assert not [pid for pid in children if _runs(pid)]


def _wait_for_children(process: subprocess.Popen[bytes], count: int) -> list[int]:
    """The workers of a command, once they are busy."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    until = time.monotonic() + 120
    while time.monotonic() < until:
        children = [int(pid) for pid in listed.read_text().split()]
        busy = [pid for pid in children if _seconds(pid) > 3]
        if len(busy) >= count:
            return busy
        time.sleep(0.1)
    process.kill()
    raise AssertionError("no worker was seen at work")


def _seconds(pid: int) -> float:
    """The processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
