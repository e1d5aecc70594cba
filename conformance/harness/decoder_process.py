"""A decoder under test, which runs as a separate process. It reads requests and writes replies, as lines of JSON.

Whatever the program does, each request leads to a reply or to a `Fault`, within the timeout.
"""

from __future__ import annotations

import base64
import json
import queue
import shlex
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, NoReturn

PROTOCOL = 1
FORMAT = "0.1"
CLAIMS = ("rule", "place", "symbols", "bits", "fields", "warnings")
MAX_STDERR = 2_000  # a fault shows the last characters of stderr, at most so many
MAX_SHOWN = 200  # a fault shows the first characters of a reply, at most so many
MAX_REPLY = 2**26  # bytes
STOP_SECONDS = 5.0


class Fault(Exception):
    """The program broke the protocol: it crashed, took too long, or wrote something that is not a valid reply."""


class DecoderProcess:
    """A decoder program. It is started at the first request, and again at the first request after a fault."""

    def __init__(self, command: str | Sequence[str], models: Iterable[bytes] = (), timeout: float = 60.0) -> None:
        self.command = shlex.split(command) if isinstance(command, str) else list(command)
        self.models = [base64.b64encode(model).decode("ascii") for model in models]
        self.timeout = timeout
        self.info: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._seq = 0

    def ask(self, op: str, **fields: Any) -> dict[str, Any]:
        """Send a request and return the reply, which has one of the keys `result`, `skipped` and `errored`."""
        if self._process is None:
            self._start()
        return self._exchange(op, fields)

    def start(self) -> dict[str, Any]:
        """Start the program if it is not running. Returns its result of the request `start`: its name and what it claims to check."""
        if self._process is None:
            self._start()
        return self.info

    def stop(self) -> None:
        """Send the request `stop`; kill the program if it does not exit."""
        if self._process is None:
            return
        with suppress(Fault, subprocess.TimeoutExpired):
            self._exchange("stop", {})
            self._process.wait(STOP_SECONDS)
        self._kill()

    def _start(self) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed in _kill)
        try:
            self._process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
            )
        except OSError as error:
            raise Fault(f"{self.command[0]} cannot be started: {error.strerror}") from None
        self._lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=_read, args=(self._process, self._lines), daemon=True).start()
        reply = self._exchange("start", {"protocol": PROTOCOL, "format": FORMAT, "models": self.models})
        info = reply.get("result")
        if not isinstance(info, dict) or not isinstance(info.get("name"), str):
            self._fail(f"the reply to start has no name: {_shortened(reply)}")
        unknown = set(info.setdefault("claims", list(CLAIMS))) - set(CLAIMS)
        if unknown:
            self._fail(f"unknown claims: {', '.join(sorted(map(str, unknown)))}")
        self.info = info

    def _exchange(self, op: str, fields: dict[str, Any]) -> dict[str, Any]:
        assert self._process is not None and self._process.stdin is not None
        self._seq += 1
        request = json.dumps({"seq": self._seq, "op": op, **fields}) + "\n"
        try:
            self._process.stdin.write(request.encode("ascii"))
            self._process.stdin.flush()
            line = self._lines.get(timeout=self.timeout)
        except queue.Empty:
            self._fail(f"no reply to {op} in {self.timeout:g} seconds")
        except OSError:
            line = b""
        if not line:
            self._fail(f"the program exited before it replied to {op}{self._exit_message()}")
        return self._checked(line, op)

    def _checked(self, line: bytes, op: str) -> dict[str, Any]:
        try:
            reply = json.loads(line)
        except (ValueError, RecursionError):
            self._fail(f"the reply to {op} is not a line of JSON: {_shortened(line)}")
        if not isinstance(reply, dict) or reply.get("seq") != self._seq:
            self._fail(f"the reply to {op} does not echo seq {self._seq}: {_shortened(reply)}")
        if len(reply.keys() & {"result", "skipped", "errored"}) != 1:
            self._fail(f"the reply to {op} must have exactly one of result, skipped, errored: {_shortened(reply)}")
        return reply

    def _fail(self, message: str) -> NoReturn:
        self._kill()
        raise Fault(message)

    def _exit_message(self) -> str:
        assert self._process is not None
        code = self._process.wait()
        self._errors.seek(0)
        stderr = self._errors.read().decode("utf-8", "replace")[-MAX_STDERR:].strip()
        return f", exit code {code}" + (f": {stderr}" if stderr else "")

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout, self._errors):
                if stream is not None:
                    _close(stream)
            self._process = None


def _read(process: subprocess.Popen[bytes], lines: queue.Queue[bytes]) -> None:
    """Put each line of stdout into the queue, and an empty line at the end of the output."""
    assert process.stdout is not None
    try:
        while line := process.stdout.readline(MAX_REPLY):
            lines.put(line)
    except (OSError, ValueError):  # another thread closed the stream
        pass
    lines.put(b"")


def _close(stream: Any) -> None:
    with suppress(OSError):  # flushing the rest of a request may fail; the program is gone
        stream.close()


def _shortened(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else json.dumps(value)
    return text.strip()[:MAX_SHOWN]
