"""What a stranger's file is called, or says, neither controls the terminal nor ends a command with an internal error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import misc_format
from misc_format.cli import render
from misc_format.cli.app import app
from misc_format.engine.stores import store
from misc_format.system.text import visible
from tests.needs import LINUX, needs

ROOT = Path(__file__).parents[2]
DEMO = (ROOT / "examples" / "coffee.misc").read_bytes()
HOSTILE = "a\x1b[31m\x9b2J\nmisc: done\r\x07\u202eb"
NOT_UTF8 = os.fsdecode(b"x\xff")


def misc(*arguments: str | Path, cwd: Path, data: bytes = b"") -> tuple[int, str, str]:
    """Exit code, stdout and stderr. Colours are forced, so that nothing is taken away because there is no terminal."""
    code = "import sys, click; click.utils.should_strip_ansi = lambda *a: False; from misc_format.cli.app import app; app()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "FORCE_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], cwd=cwd, env=environment, input=data, capture_output=True, check=False
    )  # fmt: skip
    return done.returncode, done.stdout.decode("utf-8", "strict"), done.stderr.decode("utf-8", "strict")


@needs(LINUX)
@pytest.mark.parametrize(
    "arguments",
    [
        ("validate", "{name}"),
        ("validate", "."),
        ("validate", "none{name}"),
        ("bpp", "."),
        ("bpp", "{name}"),
        ("bpp", ".", "--group", "folder", "--against", "{name}"),
        ("bpp", "none{name}"),
        ("inspect", "{name}"),
        ("inspect", "none{name}"),
        ("inspect", "{name}", "--html", "{name}.html"),
        ("unpack", "{name}", "-o", "{name}.folder"),
        ("pack", "none{name}", "-o", "x.misc"),
        ("batch", "bpp", ".", "-o", "{name}.out"),
        ("batch", "validate", "none{name}", "-o", "out"),
        ("decode", "none{name}", "-o", "x.png"),
        ("conformance", "run", "--cmd", "none{name}"),
    ],
    ids=lambda arguments: " ".join(arguments).format(name="NAME"),
)
def test_names_of_files_do_not_control_the_terminal(arguments: tuple[str, ...], tmp_path: Path) -> None:
    name = f"{HOSTILE}.misc"
    (tmp_path / name).write_bytes(DEMO)
    (tmp_path / f"cut{name}").write_bytes(DEMO[:40])
    code, *streams = misc(*(argument.format(name=name) for argument in arguments), cwd=tmp_path)
    assert code in (0, 1, 2, 3), streams
    for text in streams:
        for sequence in ("\x1b[31m\x9b", "\x9b", "\x07", "\u202e", "\nmisc: done"):
            assert sequence not in text


@needs(LINUX)
@pytest.mark.parametrize(
    "arguments",
    [
        ("bpp", "a.misc", "--group", NOT_UTF8),
        ("bpp", "a.misc", "--title", f"text={NOT_UTF8}", "-o", "t.tex"),
        ("bpp", "a.misc", "--caption", NOT_UTF8, "-o", "t.tex"),
        ("bpp", "a.misc", "--against", "a.misc", "--label", NOT_UTF8, "-o", "t.csv"),
        ("batch", "bpp", ".", "-o", NOT_UTF8),
        ("validate", "--explain", NOT_UTF8),
        ("validate", "a.misc", "--severity", f"{NOT_UTF8}=error"),
        (NOT_UTF8,),
        ("bpp", f"--{NOT_UTF8}"),
        ("encode", "a.misc", "--profile", NOT_UTF8),
    ],
    ids=ascii,
)
def test_text_that_is_not_unicode_is_wrong_usage(arguments: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "a.misc").write_bytes(DEMO)
    code, _, errors = misc(*arguments, cwd=tmp_path)
    assert code == 2 and "Traceback" not in errors


@needs(LINUX)
@pytest.mark.parametrize("command", ["bpp", "validate", "inspect", "unpack"])
def test_names_of_files_may_have_any_bytes(command: str, tmp_path: Path) -> None:
    (tmp_path / NOT_UTF8).write_bytes(DEMO)
    assert misc(command, NOT_UTF8, *(["-o", "out"] if command == "unpack" else []), cwd=tmp_path)[0] == 0
    code, _, errors = misc(command, f"none{NOT_UTF8}", *(["-o", "out2"] if command == "unpack" else []), cwd=tmp_path)
    assert code == 3 and "Traceback" not in errors


@pytest.mark.parametrize(
    "arguments",
    [("validate", "-", "-"), ("bpp", "-", "-"), ("bpp", "-", "--against", "-"), ("validate", "-", "a", "-")],
)
def test_standard_input_is_read_once(arguments: tuple[str, ...], tmp_path: Path) -> None:
    code, _, errors = misc(*arguments, cwd=tmp_path, data=DEMO)
    assert code == 2 and "only once" in errors


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate", "{url}"),
        ("bpp", ".", "--against", "{url}"),
        ("batch", "bpp", "{url}", "-o", "out"),
        ("batch", "bpp", ".", "-o", "{url}"),
    ],
)
@pytest.mark.parametrize(
    "url", ["https://user:pa55@host/a", "simplecache::ftp://u:pa55@host/a.tar", "s3://:pa55@bucket"]
)
def test_a_url_with_a_password_is_refused_and_not_repeated(
    arguments: tuple[str, ...], url: str, tmp_path: Path
) -> None:
    result = CliRunner().invoke(app, [argument.format(url=url) for argument in arguments])
    assert result.exit_code == 2 and "pa55" not in result.output and "password" in result.output
    with pytest.raises(ValueError, match="a URL has a password"):
        store(url)


def test_a_folder_is_validated_as_it_is_counted(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("a.misc", "sub/b.misc"):
        (tmp_path / name).write_bytes(DEMO)
    (tmp_path / "notes.txt").write_text("no bitstream")
    code, shown, _ = misc("validate", ".", cwd=tmp_path)
    assert code == 0 and "a.misc" in shown and "sub/b.misc" in shown and "notes" not in shown


def test_cells_and_lines_are_plain_text() -> None:
    assert visible("é漢 x") == "é漢 x" and visible("\x1b[0m\u202e\ud800") == "\\x1b[0m\\u202e\\ud800"
    assert render.cell("[red]\x1b") == "\\[red]\\x1b"
    stream = misc_format.Stream(9, 9, text=misc_format.Text("\x1b[2J"), methods={"text": "raw"})
    [value] = [leaf.value for leaf in misc_format.inspect(misc_format.write(stream)) if leaf.path == "text/overall"]
    assert value == "\x1b[2J"  # the library says what is there
