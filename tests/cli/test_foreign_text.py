"""No text from outside controls the terminal: every kind of foreign text, through every command that prints it."""

from __future__ import annotations

import json
import re
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

import misc_format
from conformance.commands import app as conformance_app
from misc_format import Generation, Stream, Text
from misc_format.cli import render
from misc_format.cli.app import app
from misc_format.cli.outcome import Group, guarded
from misc_format.components import Item
from tests.needs import LINUX, extra, needs, require
from tests.sweeps import swept

ROOT = Path(__file__).parents[2]
DEMO = (ROOT / "examples" / "coffee.misc").read_bytes()
FORGED = "misc: done"
# ESC, an 8-bit CSI, BEL, CR, backspace, DEL, overrides and isolates of direction, an invisible mark, a line of its own, markup of Rich
HOSTILE = f"a\x1b[2J\x9b2J\x07\r\x08\x7f\u202e\u2066\u200b\u2028\n{FORGED}[red]b"
OUR_COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # the hostile text has no such sequence


suite = typer.Typer(cls=Group)
suite.add_typer(conformance_app, name="conformance")


class Streams(NamedTuple):
    """What a command wrote, and its exit code."""

    code: int
    out: str
    err: str


def misc(*arguments: str | Path, of: typer.Typer = app) -> Streams:
    result = CliRunner().invoke(of, [str(argument) for argument in arguments], color=True)
    assert not isinstance(result.exception, Exception), result.exception
    return Streams(result.exit_code, result.stdout, result.stderr)


def check(streams: Streams) -> None:
    for text in streams[1:]:
        plain = OUR_COLOURS.sub("", text)
        wrong = {character for character in plain if not character.isprintable() and character != "\n"}
        assert not wrong, (wrong, plain)
        assert f"\n{FORGED}" not in plain, plain


def commands() -> dict[str, Any]:
    """Every command by its words."""

    def walk(group: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        for name, command in getattr(group, "commands", {}).items():
            if not (words == () and name == "conformance"):  # the installed one; that of this folder is walked below
                yield " ".join([*words, name]), command
                yield from walk(command, (*words, name))

    return dict(walk(typer.main.get_command(app), ()))


OPTIONS = [
    (name, option.opts[-1])
    for name, command in commands().items()
    for option in command.params
    if option.param_type_name == "option" and not option.is_flag and name not in ("view",)
]


@needs(LINUX)
@pytest.mark.parametrize("name", swept(sorted({name for name, _ in OPTIONS}), lambda name: name.startswith("batch ")))
def test_values_of_options(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every option, even of those that do not take text."""
    monkeypatch.chdir(tmp_path)
    source = tmp_path / "source.png"
    if "batch" not in name:  # a batch starts processes for a file that it finds
        Image.new("RGB", (8, 8)).save(source)
    for other, option in OPTIONS:
        if other == name:
            check(misc(*name.split(), source, option, HOSTILE))
    check(misc(*name.split(), f"--{HOSTILE}"))
    check(misc(*name.split(), f"-{HOSTILE}"))
    check(misc(*name.split(), HOSTILE))
    check(misc(*name.split(), source, HOSTILE, HOSTILE))


@pytest.mark.parametrize("arguments", [(HOSTILE,), (f"--{HOSTILE}",), ("batch", HOSTILE), ("batch", f"--{HOSTILE}")])
def test_names_of_commands(arguments: tuple[str, ...]) -> None:
    streams = misc(*arguments)
    assert streams.code == 2
    check(streams)


FORMS = ("table", "json", "junit", "sarif")


def contents() -> dict[str, bytes]:
    text = Text(HOSTILE, (Item(HOSTILE, HOSTILE),))
    whole = Stream(9, 9, text=text, generation=Generation(prompt_suffix=HOSTILE), methods={"text": "raw"})
    written = misc_format.write(whole)
    return {"whole": written, "cut": written[:-3], "none": HOSTILE.encode()}


@needs(LINUX)
@pytest.mark.parametrize("kind", contents())
def test_bitstreams(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = f"{HOSTILE}.misc"
    Path(name).write_bytes(contents()[kind])
    for command in (
        *[("validate", name, "--format", form) for form in FORMS],
        *[("validate", name, "x.misc", "--format", form) for form in FORMS],
        ("bpp", name), ("bpp", name, "--json"), ("bpp", name, name, "--deep"), ("bpp", ".", "--group", "folder"),
        ("bpp", name, "--against", name, "--label", HOSTILE, "--label", "[blue]\x1b"),
        ("inspect", name), ("inspect", name, "--json"), ("inspect", name, "--html", f"{name}.html"),
        ("unpack", name, "-o", f"{name}.out"), ("decode", name, "-o", f"{name}.png"), ("decode", name, "--json"),
        ("batch", "bpp", ".", "-o", f"{name}.1"), ("batch", "bpp", ".", "-o", f"{name}.2", "--json"),
        ("batch", "validate", ".", "-o", f"{name}.3"), ("batch", "validate", ".", "-o", f"{name}.4", "--json"),
    ):  # fmt: skip
        check(misc(*command))


def manifest(folder: Path, values: Any) -> None:
    folder.joinpath("manifest.json").write_text(values if isinstance(values, str) else json.dumps(values))


def npz_with(name: str, content: bytes = b"") -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        manifest(folder, {"width": 9, "height": 9})
        with zipfile.ZipFile(folder / "image.npz", "w") as archive:
            archive.writestr(name, content)

    return make


def a_file(name: str, content: bytes) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        manifest(folder, {"width": 9, "height": 9})
        folder.joinpath(name).parent.mkdir(exist_ok=True)
        folder.joinpath(name).write_bytes(content)

    return make


TWICE = f'{{{json.dumps(HOSTILE)}: 1, {json.dumps(HOSTILE)}: 2, "width": 9, "height": 9}}'
FOLDERS: dict[str, Callable[[Path], None]] = {
    "a key twice": lambda folder: manifest(folder, TWICE),
    "an unknown key": lambda folder: manifest(folder, {"width": 9, "height": 9, HOSTILE: 1}),
    "an unknown profile": lambda folder: manifest(folder, {"width": 9, "height": 9, "profile": HOSTILE}),
    "an unknown method": lambda folder: manifest(folder, {"width": 9, "height": 9, "methods": {"text": HOSTILE}}),
    "an unknown kind": lambda folder: manifest(folder, {"width": 9, "height": 9, "methods": {HOSTILE: "raw"}}),
    "an unknown generation": lambda folder: manifest(folder, {"width": 9, "height": 9, "generation": {HOSTILE: 1}}),
    "a wrong value": lambda folder: manifest(folder, {"width": HOSTILE, "height": 9}),
    "no JSON": lambda folder: manifest(folder, HOSTILE),
    "an array's name": npz_with(f"{HOSTILE}.npy"),
    "an array's content": npz_with("a.npy", b"\x93NUMPY\x01\0" + len(HOSTILE.encode()).to_bytes(2, "little") + HOSTILE.encode()),
    "a member that is none": npz_with(HOSTILE),
    "a file's name": a_file(HOSTILE, b""),
    "a file's name in a folder": a_file(f"maps/{HOSTILE}.png", b""),
    "a picture's content": a_file("image.png", HOSTILE.encode()),
    "items": a_file("items.json", json.dumps([{"name": HOSTILE, HOSTILE: 1}]).encode()),
    "items twice": a_file("items.json", f"[{TWICE}]".encode()),
    "good text": a_file("text.txt", HOSTILE.encode()),
}  # fmt: skip


@needs(LINUX)
@pytest.mark.parametrize("kind", FOLDERS)
def test_folders(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path(HOSTILE)
    folder.mkdir()
    FOLDERS[kind](folder)
    check(misc("pack", HOSTILE, "-o", f"{HOSTILE}.misc"))
    check(misc("pack", HOSTILE, "-o", f"{HOSTILE}.misc", "--json"))


@needs(LINUX)
def test_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(f"{HOSTILE}.png").write_bytes(HOSTILE.encode())
    for command in (
        ("encode", f"{HOSTILE}.png"), ("encode", f"{HOSTILE}.png", "--json"), ("budget", f"{HOSTILE}.png"),
        ("eval", f"{HOSTILE}=.", "--originals", "."), ("batch", "encode", ".", "-o", "out"),
    ):  # fmt: skip
        check(misc(*command))


PROGRAM = """
import json, sys
HOSTILE = HOSTILE_TEXT
for line in sys.stdin:
    request = json.loads(line)
    seq, op = request["seq"], request["op"]
    reply = {"seq": seq, "result": {"name": HOSTILE, "version": HOSTILE} if op == "start" else {}}
    if op in ("decode", "validate"):
        ANSWER
    print(reply if isinstance(reply, str) else json.dumps(reply), flush=True)
    if op == "stop":
        break
"""
ANSWERS = {
    "stderr": "sys.stderr.write(HOSTILE); sys.exit(1)",
    "errored": "reply = {'seq': seq, 'errored': HOSTILE}",
    "skipped": "reply = {'seq': seq, 'skipped': HOSTILE}",
    "no JSON": "reply = HOSTILE.replace('\\n', '')",
    "the verdict": "reply['result'] = {'verdict': HOSTILE}",
    "a rule": "reply['result'] = {'verdict': 'non-conforming', 'issues': [{'rule': HOSTILE, 'path': HOSTILE, 'bit_offset': 1}]}",
    "a symbol": "reply['result'] = {'verdict': 'conforming', 'bits': {}, 'fields': [], 'symbols': {HOSTILE: 1}}",
    "a key": "reply[HOSTILE] = reply['result'] = HOSTILE",
}  # fmt: skip


@pytest.mark.parametrize("kind", ANSWERS)
def test_tested_decoders(kind: str, tmp_path: Path) -> None:
    program = tmp_path / "decoder.py"
    program.write_text(PROGRAM.replace("HOSTILE_TEXT", ascii(HOSTILE)).replace("ANSWER", ANSWERS[kind]))
    command = ("conformance", "run", "--cmd", f"{sys.executable} -IS {program}", "--only", "*-one-letter")
    for form in ("table", "json", "junit"):
        for only in ("text-raw-one-letter", "bad-text-not-utf8"):
            check(misc(*command[:-1], only, "--format", form, of=suite))


@pytest.mark.parametrize("option", ["--cmd", "--only", "--timeout", "--format", "--badge", f"--{HOSTILE}"])
def test_options_of_the_conformance_suite(option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    check(misc("conformance", "run", option, f"none/{HOSTILE}", "--only", "none", of=suite))
    check(misc("conformance", "run", "--only", "bad-text-not-utf8", option, f"none/{HOSTILE}", of=suite))


class Replies(BaseHTTPRequestHandler):
    """Gives the reply of its server to every request."""

    def do_POST(self) -> None:
        status, body = self.server.reply  # type: ignore[attr-defined]
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


REPLIES = {
    "an error": (400, {"error": {"message": HOSTILE}}),
    "an error without a form": (401, HOSTILE),
    "an error of the server": (404, {"error": HOSTILE, HOSTILE: HOSTILE}),
    "a wrong answer": (200, {"choices": [{"message": {"role": "assistant", "content": f"{HOSTILE}\n" * 9}}]}),
    "a wrong form": (200, {HOSTILE: HOSTILE, "choices": HOSTILE}),
    "a caption": (200, {"choices": [{"message": {"role": "assistant", "content": f"{HOSTILE} " * 99}}]}),
}


@pytest.mark.parametrize("kind", REPLIES)
def test_endpoints(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require(extra("models"))
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (16, 16, 3), np.uint8)).save("a.png")
    status, reply = REPLIES[kind]
    with ThreadingHTTPServer(("127.0.0.1", 0), Replies) as server:
        server.reply = (status, (reply if isinstance(reply, str) else json.dumps(reply)).encode())  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for model, profile in (("m", "misc-3"), (HOSTILE, "misc-1")):
            encode = (
                "encode",
                "a.png",
                "--profile",
                profile,
                "--describer",
                model,
                "--endpoint",
                f"http://127.0.0.1:{server.server_port}",
            )
            check(misc(*encode, "-o", "a.misc"))
            check(misc(*encode, "-o", "b.misc", "--json"))
        server.shutdown()


@pytest.mark.parametrize(
    "error", [ValueError(HOSTILE), OSError(2, "gone", HOSTILE), OSError(HOSTILE), MemoryError(HOSTILE)]
)
def test_messages_of_other_libraries(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a command raises, with the traceback that a developer may ask for."""
    monkeypatch.setenv("MISC_TRACEBACK", "1")
    broken = typer.Typer(cls=Group)

    @broken.command()
    @guarded
    def command(as_json: bool = True) -> None:
        raise error

    check(misc(of=broken))


@pytest.mark.parametrize(
    "character", [chr(0x9B), "\x7f", "\x1b", "\u202e", "\ud800", "\U000e0001", "\n", "é", "漢", '"']
)
def test_json_keeps_every_character(character: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Half a character, which a file name that is not UTF-8 has, too."""
    render.emit({character: [character, 1]})
    printed = capsys.readouterr().out
    assert json.loads(printed) == {character: [character, 1]}
    assert all(mark.isprintable() or mark == "\n" for mark in printed)
    assert (character in printed) == (character in 'é漢\n"')
