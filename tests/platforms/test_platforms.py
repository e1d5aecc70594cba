"""Windows and macOS, as far as Linux can stand in for them: docs/platforms.md says what each test simulates, and what nobody has tried."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import misc_format
from misc_format.batch import journal
from misc_format.components import Size
from misc_format.engine import stores
from misc_format.engine.stores import LocalStore, UnavailableError, UnusableNameError
from misc_format.system.names import folded, name_bytes, windows_fault
from reference_codec.images.conventional import decoding
from tests.needs import GIT, program, require

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "coffee.misc"
HERE = Path(__file__).parent


def as_windows(folder: Path, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    """Run a command without what Windows lacks, with a console of its usual code page. Workers are started by the method `spawn`."""
    paths = [str(HERE), *os.environ.get("PYTHONPATH", "").split(os.pathsep), str(ROOT)]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PYTHONIOENCODING": "cp1252",
        "PYTHONUTF8": "0",
    }
    command = [sys.executable, "-c", "from misc_format.cli.app import app; app()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, env=environment, cwd=folder, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files whose names differ in case only, and one whose name and text no code page of Windows has."""
    made = tmp_path_factory.mktemp("platforms")
    (made / "in").mkdir()
    for name in ("a", "A"):
        (made / "in" / f"{name}.misc").write_bytes(EXAMPLE.read_bytes())
    stream = misc_format.Stream(4, 4, text=misc_format.Text("☕ 🏠"))
    (made / "in" / "é☕.misc").write_bytes(misc_format.write(stream))
    return made


COMMANDS: list[tuple[tuple[str, ...], bytes]] = [
    (("bpp", "in/a.misc"), b"image"),
    (("bpp", "--deep", "in"), f"{8 * EXAMPLE.stat().st_size:,}".encode()),
    (("inspect", "in/é☕.misc"), b"text/overall"),
    (("validate", "in"), b"conforming"),
    (("validate", "in", "--json"), b'"verdict": "conforming"'),
    (("decode", "in/a.misc", "-o", "a.png"), b""),
    (("unpack", "in/é☕.misc", "-o", "unpacked"), b"unpacked"),
    (("import", "--list"), b"sedic"),
    (("budget", "codecs"), b""),
    (("eval", "--datasets"), b"kodak"),
    (("conformance", "--help"), b""),
    (("batch", "validate", "in", "-o", "validated", "--workers", "2"), b""),
    (("batch", "decode", "in", "-o", "decoded", "--workers", "2"), b""),
]


@pytest.mark.parametrize(("arguments", "shown"), COMMANDS, ids=[" ".join(arguments) for arguments, _ in COMMANDS])
def test_commands_run_without_what_windows_lacks(folder: Path, arguments: tuple[str, ...], shown: bytes) -> None:
    done = as_windows(folder, *arguments)
    # The text of four pixels alone has no picture that a decoder would paint.
    assert done.returncode in (0, 1) if arguments[:2] == ("batch", "decode") else done.returncode == 0, done.stderr
    assert b"Error" not in done.stderr and b"internal error" not in done.stderr and shown in done.stdout


def test_the_simulation_takes_something_away(folder: Path) -> None:
    text = "import os, signal; print(hasattr(os, 'fork'), hasattr(signal, 'SIGPIPE')); import fcntl"
    done = subprocess.run(
        [sys.executable, "-c", text], env={**os.environ, "PYTHONPATH": str(HERE)}, capture_output=True, check=False
    )
    assert done.stdout.split() == [b"False", b"False"] and b"No module named 'fcntl'" in done.stderr


def test_names_that_differ_in_case_alone_have_outputs_of_their_own(folder: Path) -> None:
    done = as_windows(folder, "batch", "decode", "in", "-o", "cases", "--workers", "1")
    names = [path.name for path in (folder / "cases").glob("*.png")]
    assert len({folded(name) for name in names}) == len(names) >= 2, done.stderr


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("aux.png", "device"), ("deep/CON", "device"), ("nul", "device"), ("com1.misc", "device"),
        ("a:b.png", "':'"), ("..\\x.png", "'\\\\'"),
        ("C:\\x.png", "':'"), ("a?.png", "'?'"), ("line\nend", "'\\n'"), ("dot.", "drops the end"), ("folder /x", "drops the end"),
        ("..", "drops the end"),
        ("auxiliary.png", None), ("com10", None), ("deep/é☕.png", None), ("a.b.png", None),
    ],
)  # fmt: skip
def test_names_that_windows_takes_for_something_else_are_refused_there(
    name: str, reason: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = windows_fault(name)
    assert (fault is None) == (reason is None) and (reason is None or reason in str(fault))
    if reason is None:
        return
    monkeypatch.setattr(stores, "WINDOWS", True)
    store = LocalStore(str(tmp_path / "out"))
    with pytest.raises(UnusableNameError, match="rename the input"):
        store.write(name, b"data")
    spooled = tmp_path / "spooled"
    spooled.write_bytes(b"data")
    with pytest.raises(UnusableNameError, match="rename the input"):
        store.put(spooled, name)
    assert not spooled.exists() and not list(tmp_path.rglob("x*")) and not (tmp_path / "out" / "aux.png").exists()


@pytest.mark.parametrize(("windows", "error"), [(True, UnusableNameError), (False, UnavailableError)])
def test_a_file_that_is_open_elsewhere_concerns_itself_only(
    windows: bool, error: type[OSError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore(str(tmp_path))
    store.write("open.misc", b"old")
    whole = Path.replace

    def held(path: Path, target: Any) -> Any:
        if Path(target).name == "open.misc":
            raise PermissionError(13, "Access is denied", str(target))
        return whole(path, target)

    monkeypatch.setattr(Path, "replace", held)
    monkeypatch.setattr(stores, "WINDOWS", windows)
    with pytest.raises(error, match=r"open\.misc cannot be written"):
        store.write("open.misc", b"new")
    store.write("other.misc", b"new")
    assert (tmp_path / "open.misc").read_bytes() == b"old" and not list((tmp_path / stores.STATE / "tmp").iterdir())


def test_a_decoder_runs_without_a_program_that_becomes_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """In Windows, `os.execv` starts another program and ends at once, so that its output would be missed."""
    text = "import sys; data = sys.stdin.buffer.read(); sys.stdout.buffer.write(b'P6 2 1 255\\n' + data)"
    command = [sys.executable, "-c", text]
    for name in ("posix", "nt"):
        monkeypatch.setattr(decoding, "os", SimpleNamespace(name=name))
        assert (decoding._limited(command, [1]) == command) == (name == "nt")
        assert np.array_equal(decoding.decode(command, bytes(range(6)), Size(2, 1)), np.arange(6).reshape(1, 2, 3))


@pytest.mark.parametrize("name", ["plain", "é☕ %", "\udcc3\udca9", "\ud800", "a\ud83d\udcc3b"])
def test_any_name_survives_a_journal(name: str) -> None:
    """A name in Windows may have any lone surrogate; in Linux, one stands for a byte that is not UTF-8."""
    lines: list[bytes] = []
    written = journal.quote(name, errors="surrogatepass")
    lines.append(written.encode("ascii"))
    assert journal._output(f"{lines[0].decode()} 1 2") == (name, 1, 2)
    assert isinstance(name_bytes(name), bytes)


def test_a_journal_of_an_older_release_is_read() -> None:
    assert journal._output("%E9.misc 1 2") == ("\udce9.misc", 1, 2)


def test_a_checkout_changes_no_line_end() -> None:
    """Tables and vectors have digests, and Git for Windows writes carriage returns by default."""
    require(program("git"), GIT)
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    command = ["git", "check-attr", "-z", "--stdin", "text"]
    checked = subprocess.run(command, cwd=ROOT, input=files, capture_output=True, check=True).stdout.split(b"\0")
    assert len(checked) > 1000 and {*checked[2::3]} == {b"unset"}


def test_paths_in_documents_have_slashes(folder: Path) -> None:
    done = as_windows(folder, "unpack", "in/a.misc", "-o", "slashes", "--json")
    files = json.loads(done.stdout)["files"]
    assert any("/" in name for name in files) and not any("\\" in name for name in files)
