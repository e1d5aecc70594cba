"""A decoder under test, which runs as a separate process. It reads requests and writes replies, as lines of JSON.

Whatever the program does, each request leads to a reply or to a `Fault`, within the timeout. A fault ends the program, and every process
that it started and that is still in its process group. asyncio does the waiting, because none of its reads and writes can block.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, cast

from misc_format.system.commandline import words_of

from .classes import VALIDATOR, compared
from .protocol import CLAIMS, FORMAT, MAX_REPLY, PROTOCOL, Fault, check_start, parsed

STDIN, STDOUT = 0, 1
MAX_STDERR = 2_000  # a fault shows the last characters of stderr, at most so many
STOP_SECONDS = 5.0  # for the program to exit after `stop`
EXIT_SECONDS = 1.0  # for it to exit after the end of its output, or for its output to end after its exit


class DecoderProcess:
    """A decoder program. It is started at the first request, and again at the first request after a fault.

    As a context manager, it ends the program. Raises `ValueError` for a command that is empty, or has a quotation mark without its second.
    """

    def __init__(self, command: str | Sequence[str], models: Iterable[bytes] = (), timeout: float = 60.0) -> None:
        self.command = words_of(command) if isinstance(command, str) else list(command)
        if not self.command:
            raise ValueError("the command is empty")
        self.models = [base64.b64encode(model).decode("ascii") for model in models]
        self.timeout = timeout
        self.info: dict[str, Any] = {}
        self._runner = asyncio.Runner()
        self._pipes: _Pipes | None = None
        self._seq = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kill()
        self._runner.close()

    def ask(self, op: str, **fields: Any) -> dict[str, Any]:
        """Send a request and return the reply, which has one of the keys `result`, `skipped` and `errored`. Raises `Fault`."""
        self.start()
        return self._exchange(op, fields)

    def start(self) -> dict[str, Any]:
        """Start the program if it is not running. Returns its result of the request `start`: its name and what it claims to check.

        Raises `Fault`.
        """
        if self._pipes is None:
            self._pipes = _Pipes()
            try:
                self._runner.run(self._pipes.start(self.command))
            except OSError as error:
                self._pipes = None
                raise Fault(f"{self.command[0]} cannot be started: {error.strerror}") from None
            self._introduce()
        return self.info

    def stop(self) -> None:
        """Send the request `stop`; kill the program if it does not exit."""
        if self._pipes is None:
            return
        with suppress(Fault):
            self._exchange("stop", {})
            self._runner.run(self._pipes.has_exited(STOP_SECONDS))
        self._kill()

    def _introduce(self) -> None:
        reply = self._exchange("start", {"protocol": PROTOCOL, "format": FORMAT, "models": self.models})
        try:
            info = reply.get("result", {})
            check_start(info)
            info.setdefault("class", VALIDATOR)
            info.setdefault("claims", compared(CLAIMS, info["class"]))
            if self.info and info != self.info:
                raise Fault("the program gave another result of start than the first time")
        except Fault:
            self._kill()
            raise
        self.info = info

    def _exchange(self, op: str, fields: dict[str, Any]) -> dict[str, Any]:
        assert self._pipes is not None
        self._seq += 1
        request = json.dumps({"seq": self._seq, "op": op, **fields}) + "\n"
        try:
            line = self._runner.run(self._pipes.exchange(request.encode("ascii"), op, self.timeout))
            return parsed(line, self._seq, op)
        except BaseException:
            self._kill()
            raise

    def _kill(self) -> None:
        if self._pipes is not None:
            self._runner.run(self._pipes.kill())
            self._pipes = None


class _Pipes(asyncio.SubprocessProtocol):
    """The pipes of a running program. At most one reply, and the end of the standard error, are kept in memory."""

    def __init__(self) -> None:
        self._output = bytearray()
        self._searched = 0  # bytes of the output without a newline
        self._errors = b""
        self._ended = False  # the output
        self._changed = asyncio.Event()  # the output
        self._exited = asyncio.Event()
        self._program: asyncio.SubprocessTransport | None = None

    async def start(self, command: Sequence[str]) -> None:
        """Start the program in a session of its own: it leads a process group, which can be killed whole. Raises `OSError`."""
        await asyncio.get_running_loop().subprocess_exec(lambda: self, *command, start_new_session=True)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The program was started."""
        self._program = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Keep what was written. Reading pauses when more than a reply was written, so that the program has to wait."""
        if fd != STDOUT:
            self._errors = (self._errors + data)[-4 * MAX_STDERR :]
            return
        self._output += data
        if len(self._output) > MAX_REPLY:
            cast("asyncio.ReadTransport", self._pipe(STDOUT)).pause_reading()
        self._changed.set()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """A pipe was closed at the other end."""
        if fd == STDOUT:
            self._end()

    def process_exited(self) -> None:
        """The program ended. Its children may still hold the pipes, so the output may never end."""
        self._exited.set()
        asyncio.get_running_loop().call_later(EXIT_SECONDS, self._end)

    def _end(self) -> None:
        self._ended = True
        self._changed.set()

    def _pipe(self, fd: int) -> asyncio.BaseTransport:
        assert self._program is not None
        pipe = self._program.get_pipe_transport(fd)
        assert pipe is not None
        return pipe

    async def exchange(self, request: bytes, op: str, timeout: float) -> bytes:
        """Write a request, and return the line that answers it. Raises `Fault`."""
        try:
            async with asyncio.timeout(timeout):
                cast("asyncio.WriteTransport", self._pipe(STDIN)).write(request)  # it returns at once
                line = await self._line(op)
        except TimeoutError:
            raise Fault(f"no reply to {op} in {timeout:g} seconds") from None
        if line is None:
            raise Fault(await self._departure(op))
        return line

    async def _line(self, op: str) -> bytes | None:
        """The next line of the output; None at its end."""
        while (length := self._output.find(b"\n", self._searched)) < 0:
            self._searched = len(self._output)
            if self._searched > MAX_REPLY:
                break
            if self._ended:
                return None
            self._changed.clear()
            await self._changed.wait()
        if not 0 <= length <= MAX_REPLY:
            raise Fault(f"the reply to {op} has more than {MAX_REPLY:,} bytes")
        line = bytes(self._output[:length])
        del self._output[: length + 1]
        self._searched = 0
        return line

    async def _departure(self, op: str) -> str:
        """How the program ended its output before it replied."""
        assert self._program is not None
        if not await self.has_exited(EXIT_SECONDS):
            return f"the program closed its standard output before it replied to {op}"
        stderr = self._errors.decode("utf-8", "replace")[-MAX_STDERR:].strip()
        code = self._program.get_returncode()
        return f"the program exited before it replied to {op}, exit code {code}" + (f": {stderr}" if stderr else "")

    async def has_exited(self, seconds: float) -> bool:
        """Whether the program exits within so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._exited.wait()
        return self._exited.is_set()

    async def kill(self) -> None:
        """Kill the program and its process group, and close the pipes."""
        if self._program is None:
            return
        stdin = cast("asyncio.WriteTransport", self._pipe(STDIN))
        if not stdin.is_closing():
            stdin.abort()  # a request that the program does not read is dropped
        with suppress(ProcessLookupError, PermissionError):  # all of them have exited
            if sys.platform == "win32":
                self._program.kill()
            else:
                os.killpg(self._program.get_pid(), signal.SIGKILL)
        await self.has_exited(EXIT_SECONDS)
        self._program.close()
        await asyncio.sleep(0)  # the pipes are closed in the next round of the loop
