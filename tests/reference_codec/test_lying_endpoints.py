"""Endpoints that lie: one plain error in time, in bounded memory, and no key for another host."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from misc_format.cli.app import app
from reference_codec.encoder import TextChoices
from reference_codec.errors import ChoiceError, ModelError, UnreachableError
from reference_codec.text import ask, endpoint
from reference_codec.text.endpoint import Endpoint
from tests.needs import LINUX, extra, needs, require

ROOT = Path(__file__).parents[2]
PICTURE = Image.fromarray(np.random.default_rng(2).integers(0, 256, (40, 60, 3), np.uint8))
TURNS = (ask.Turn("user", "What?"),)
KEY = "sk-secret-of-this-test"
TIMEOUT = 2.0
Talk = Callable[[socket.socket], None]


class Server:
    """Reads each request and talks in any way, until the other side has gone.

    It reads the whole request, and waits for the end of the other side before it closes: the end of a connection with unread bytes is
    a reset, which may overtake the reply.
    """

    def __init__(self, talk: Talk) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/v1"
        self.heads: list[bytes] = []
        self._talk = talk
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._answer, args=(self.listener.accept()[0],), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            head, body = b"", b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(65_536)
            head, _, body = head.partition(b"\r\n\r\n")
            self.heads.append(head)
            length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
            left = int(length[1]) - len(body) if length else 0
            while left > 0:
                left -= len(connection.recv(65_536))
            self._talk(connection)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65_536):
                pass


def reply(body: bytes, *headers: str, status: str = "200 OK", kind: str = "application/json") -> Talk:
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    ]
    return lambda connection: connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)


def says(content: object) -> bytes:
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def for_ever(first: bytes, part: bytes, pause: float = 0.0) -> Talk:
    def talk(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(part)
            time.sleep(pause)

    return talk


def closes(first: bytes) -> Talk:
    return lambda connection: connection.sendall(first)


BOMB = gzip.compress(bytes(2**28))
LIES: dict[str, tuple[Talk, str]] = {
    "says nothing": (lambda connection: time.sleep(60), "no answer within 2 s"),
    "a body that drips": (for_ever(HEAD + b"Content-Length: 99999\r\n\r\n", b" ", 0.2), "no answer within 2 s"),
    "a head that drips": (for_ever(HEAD, b"X: 1\r\n", 0.2), "no answer within 2 s"),
    "interim replies without end": (for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01), "no answer within 2 s"),
    "a body without end": (for_ever(HEAD + b"\r\n", b" " * 65_536), "more than 4,194,304 bytes"),
    "a gibibyte": (for_ever(HEAD + b"Content-Length: 1073741824\r\n\r\n", b" " * 65_536), "more than 4,194,304 bytes"),
    "a head without end": (for_ever(HEAD, b"X: 1\r\n" * 1000), "cannot be reached"),
    "a bomb": (reply(BOMB, "Content-Encoding: gzip"), "compressed"),
    "an unknown encoding": (reply(b"x", "Content-Encoding: \x7fa"), "compressed|cannot be reached"),
    "an error without end": (for_ever(b"HTTP/1.1 400 No\r\n\r\n", b" " * 65_536), "more than 4,194,304 bytes"),
    "another host": (reply(b"", "Location: http://localhost:9/v1", status="307 Moved"), "redirects to 'http://localhost:9/v1'"),
    "a file": (reply(b"", "Location: file:///etc/passwd", status="302 Found"), "redirects to 'file:///etc/passwd'"),
    "wait an hour": (reply(b"", "Retry-After: 3600", status="429 Busy"), "no answer within|answers 429"),
    "wait a minute": (reply(b"", "Retry-After: 59", status="503 Busy"), "no answer within"),
    "closes at once": (closes(b""), "cannot be reached"),
    "closes in the head": (closes(HEAD), "cannot be reached"),
    "closes in the body": (closes(HEAD + b"Content-Length: 99\r\n\r\n{"), "cannot be reached"),
    "is no HTTP": (closes(b"SSH-2.0-x\r\n"), "cannot be reached"),
    "deep JSON": (reply(b"[" * 1_000_000), "does not follow the protocol"),
    "deep content": (reply(b'{"choices":' + b"[" * 900 + b"]" * 900 + b"}"), "does not follow the protocol|no text"),
    "a page": (reply(b"<html>", kind="text/html"), "does not follow the protocol"),
    "choices of a wrong type": (reply(b'{"choices": 5}'), "does not follow the protocol"),
    "a message of a wrong type": (reply(b'{"choices": [{"message": "x"}]}'), "does not follow the protocol"),
    "a huge number": (reply(b'{"choices": 1' + b"0" * 5000 + b"}"), "does not follow the protocol"),
    "half a character": (reply(says("\ud800")), "has no text"),
    "a long answer": (reply(says("x" * 100_000)), "100,000 characters"),
    "the key in an error": (reply(json.dumps({"error": {"message": f"no {KEY}"}}).encode(), status="401 No"), "no .the key."),
    "a long error": (reply(b"x" * 1_000_000, status="401 No", kind="text/plain"), "answers 401"),
}  # fmt: skip


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    require(extra("models"))
    for scheme in ("HTTP", "HTTPS", "ALL"):
        monkeypatch.delenv(f"{scheme}_PROXY", raising=False)
        monkeypatch.delenv(f"{scheme}_proxy".lower(), raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    yield


@pytest.mark.parametrize(("talk", "message"), LIES.values(), ids=LIES)
def test_a_lie_is_one_error_in_time(talk: Talk, message: str, models: None) -> None:
    server = Server(talk)
    began = time.monotonic()
    with pytest.raises(ModelError, match=message) as caught:
        Endpoint("m", server.url, TIMEOUT).answer(PICTURE, TURNS)
    assert time.monotonic() - began < TIMEOUT + 3
    assert KEY not in str(caught.value) and len(str(caught.value)) < 600


def test_a_redirection_does_not_take_the_key_along(models: None) -> None:
    other = Server(reply(says("Yes.")))
    server = Server(reply(b"", f"Location: {other.url}/chat/completions", status="307 Moved"))
    with pytest.raises(ModelError, match="redirects to"):
        Endpoint("m", server.url, TIMEOUT).answer(PICTURE, TURNS)
    assert len(server.heads) >= 1 and KEY.encode() in server.heads[0] and other.heads == []


def test_an_honest_answer_where_a_loop_is_running(models: None) -> None:
    """As in a notebook."""

    async def cell() -> str:
        return Endpoint("m", Server(reply(says("Yes."))).url, 20.0).answer(PICTURE, TURNS)

    assert asyncio.run(cell()) == "Yes."


@needs(LINUX)
@pytest.mark.parametrize("kind", ["a gibibyte", "a bomb", "a body without end", "a head without end"])
def test_memory_is_bounded(kind: str, models: None) -> None:
    server = Server(LIES[kind][0])
    code = (
        "import resource, sys; sys.path[:0] = sys.argv[2:]\n"
        "from reference_codec.text.endpoint import *; from reference_codec.text.ask import Turn\n"
        "import openai, reference_codec.text.transport\n"
        "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 2**27, used + 2**27))\n"
        "try: Endpoint('m', sys.argv[1], 20).answer(Image.new('RGB', (8, 8)), [Turn('user', 'x')])\n"
        "except OSError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, server.url, *sys.path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "MemoryError" not in done.stdout and done.stdout.startswith("m at"), done


SECRETS = [
    "https://user:pa55@host/v1",
    "https://pa55@host/v1",
    "https://host/v1?api_key=pa55",
    "https://host/v1#pa55",
    "https://host\\@pa55/v1?",
    "ftp://pa55/v1",
    "pa55",
    "https://[pa55/v1",
    "https:///pa55",
]


@pytest.mark.parametrize("address", SECRETS)
def test_an_address_with_a_secret_is_refused_and_not_repeated(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ChoiceError, match="the address of the endpoint") as caught:
        TextChoices(describer="endpoint", endpoint=address)
    assert "pa55" not in str(caught.value)
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    with pytest.raises(UnreachableError, match="the address of the endpoint") as unreachable:
        endpoint.Endpoint("m")
    assert "pa55" not in str(unreachable.value)
    monkeypatch.chdir(tmp_path)
    PICTURE.save("a.png")
    for command in (["encode", "a.png"], ["batch", "encode", ".", "-o", "out"]):
        result = CliRunner().invoke(app, [*command, "--describer", "endpoint", "--endpoint", address])
        assert result.exit_code == 2 and "pa55" not in result.output, result.output
        assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a.png"]


@pytest.mark.parametrize("address", ["https://host/v1", "http://localhost:11434/v1", "http://[::1]:8000"])
def test_an_address_without_a_secret_is_taken(address: str) -> None:
    assert TextChoices(describer="endpoint", endpoint=address).endpoint == address
