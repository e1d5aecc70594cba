"""Full devices and closed pipes: exit code 3 and one sentence, or the end that pipes give to other programs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from misc_format import __version__
from tests.needs import LINUX, SIGPIPE, needs

ROOT = Path(__file__).parents[2]
FILE = str(ROOT / "examples" / "coffee.misc")
PROGRAM = [sys.executable, "-c", "from misc_format.cli.app import app; app()"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
SENTENCE = "misc: standard output cannot be written: No space left on device\n"
COMMANDS = {
    "version": ["--version"],
    "help": ["--help"],
    "help of a command": ["bpp", "--help"],
    "inspect": ["inspect", FILE],
    "inspect --json": ["inspect", FILE, "--json"],
    "bpp": ["bpp", FILE],
    "bpp --json": ["bpp", FILE, "--json"],
    "bpp --json of a file that is not there": ["bpp", "nothing.misc", "--json"],
    "validate": ["validate", FILE],
    "validate --json": ["validate", FILE, "--json"],
    "validate --format junit": ["validate", FILE, "--format", "junit"],
    "validate --list": ["validate", "--list"],
    "unpack --json": ["unpack", FILE, "-o", "unpacked", "--json"],
    "pack --json": ["pack", "folder", "-o", "packed.misc", "--json"],
    "batch bpp --json": ["batch", "bpp", FILE, "-o", "out", "--workers", "0", "--json"],
}


@needs(LINUX)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_device_is_exit_code_3_and_one_sentence(command: str, tmp_path: Path) -> None:
    if command.startswith("pack"):
        subprocess.run(
            [*PROGRAM, "unpack", FILE, "-o", tmp_path / "folder"], check=True, capture_output=True, env=ENVIRONMENT
        )
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PROGRAM, *COMMANDS[command]],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=ENVIRONMENT,
            check=False,
        )
    assert done.returncode == 3 and done.stderr.endswith(SENTENCE) and "Traceback" not in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1 + ("nothing" in done.stderr)


@needs(SIGPIPE)
@pytest.mark.parametrize("arguments", [["bpp", FILE, FILE, "--json"], ["--help"], ["--version"], ["inspect", FILE]])
def test_a_closed_pipe_ends_a_command_as_it_ends_others(arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*PROGRAM, *arguments], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert done.returncode == -signal.SIGPIPE and done.stderr == b""


@needs(LINUX)
def test_standard_error_that_cannot_be_written_and_closed_streams() -> None:
    for redirection in ("2>/dev/full", "2>&-", ">&-"):
        name = "nothing.misc" if redirection.startswith("2") else FILE
        command = f'"$0" -c "from misc_format.cli.app import app; app()" bpp "$1" {redirection}'
        done = subprocess.run(["sh", "-c", command, sys.executable, name], capture_output=True, text=True, check=False)
        assert done.returncode == 3, redirection
        assert done.stderr == (
            "" if redirection.startswith("2") else "misc: standard output cannot be written: it is closed\n"
        )


def test_all_of_an_output_is_written() -> None:
    done = subprocess.run([*PROGRAM, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"misc {__version__}") and done.stdout.endswith("\n") and not done.stderr
