"""Commands that decode content in a process with limits: `misc decode`, `misc inspect` and `misc view`."""

from __future__ import annotations

import sys
from pathlib import Path
from time import monotonic, sleep

import pytest
from typer.testing import CliRunner

from conformance.suite import FOLDER
from misc_format import MiscError
from misc_format.cli.app import app
from misc_format.cli.outcome import Code
from misc_format.engine.limited import call
from misc_format.engine.pool import MEBIBYTE, Limits
from misc_format.errors import LimitError
from tests.sweeps import swept

SLOW = bytes.fromhex(  # a text of 8,191 bytes
    "cd534308200000002086acf0f068f487d73cc93d00fe41a6453af976c97aa599"
    "d13213a4bf9655019b23c720f76091b7215f72cd3355d4675cc09d9a649abf"
)
FILE = FOLDER / "all-raw-context.misc"
COMMANDS = {
    "decode": ("decode", "-o", "out.png"),
    "inspect": ("inspect",),
    "page": ("inspect", "--html", "out.html"),
    "view": ("view", "--no-open"),
}


class Calls:
    """A call that can be made in another process."""

    def __init__(self, name: str) -> None:
        self.name = name

    def prepare(self) -> None:
        """Nothing is loaded."""

    def __call__(self) -> int:
        """What the name says."""
        if self.name == "sleep":
            sleep(60)
        if self.name == "memory":
            return len(bytearray(2**30))
        if self.name == "thread":
            raise RuntimeError("can't start new thread")
        if self.name == "rule":
            raise MiscError("MISC-CON-001", "it is wrong", bit_offset=3, path="header")
        if self.name == "exit":
            sys.exit(9)
        if self.name == "fault":
            raise KeyError("x")
        return 42


def test_a_call_gives_its_result_or_its_error() -> None:
    limits = Limits(seconds=60)
    assert call(Calls("")) == call(Calls(""), limits) == 42
    with pytest.raises(MiscError, match="MISC-CON-001 at header, bit 3"):
        call(Calls("rule"), limits)
    with pytest.raises(KeyError):
        call(Calls("fault"), limits)


@pytest.mark.parametrize(
    ("name", "rule"), [("sleep", "MISC-RES-003"), ("memory", "MISC-RES-002"), ("thread", "MISC-RES-002")]
)
def test_a_call_that_needs_too_much_reaches_a_limit(name: str, rule: str) -> None:
    begun = monotonic()
    with pytest.raises(LimitError) as caught:
        call(Calls(name), Limits(100 * MEBIBYTE, 2))
    assert caught.value.rule == rule and monotonic() - begun < 30


def test_a_call_that_ends_its_process_is_an_error() -> None:
    with pytest.raises(Exception, match="ended its process"):
        call(Calls("exit"), Limits(seconds=60))


@pytest.mark.parametrize("name", swept(COMMANDS, lambda name: name in ("inspect", "view")))
def test_a_command_stops_at_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    command, *options = COMMANDS[name]
    slow = tmp_path / "slow.misc"
    slow.write_bytes(SLOW)
    result = CliRunner().invoke(app, [command, str(slow), *options, "--timeout", "0.5"])
    assert result.exit_code == Code.LIMIT, result.output
    assert "MISC-RES-003" in result.output and "--timeout" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["slow.misc"]  # no output, and no part of one
    result = CliRunner().invoke(app, [command, str(FILE), *options, "--timeout", "60", "--max-memory", "600"])
    assert result.exit_code == 0, result.output
    plain = CliRunner().invoke(app, [command, str(FILE), *options])
    assert plain.exit_code == 0 and (name == "view" or plain.stdout.strip() == result.stdout.strip())
