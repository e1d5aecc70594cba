"""What an endpoint may send: a reply of limited size, neither compressed nor in another place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any, Final

import openai

MAX_REPLY: Final = 2**22  # bytes; an answer has some thousands
HEADERS: Final = {"Accept-Encoding": "identity"}  # a small reply could be decompressed to any size


class ReplyRefusedError(ValueError):
    """A reply is larger than `MAX_REPLY`, compressed, or a redirection. The message is a clause."""


def client() -> Any:
    """A client that follows no redirection, because the key must not reach another host. Raises `ReplyRefusedError` with a reply.

    Which HTTP library it is from depends on the release of openai.
    """
    return openai.DefaultAsyncHttpxClient(follow_redirects=False, event_hooks={"response": [_check]})


async def _check(response: Any) -> None:
    """Refuse what can be refused by the head of a reply, and limit the size of its body."""
    if response.is_redirect:
        target = response.headers.get("Location", "")[:200]
        raise ReplyRefusedError(f"it redirects to {target!r}; name that address if you trust it")
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise ReplyRefusedError(f"its answer is compressed ({encoding[:20]!r}), although that was not asked for")
    library = import_module(type(response).__module__.partition(".")[0])
    response.stream = _limited(response.stream, library.AsyncByteStream)


def _limited(stream: Any, base: Any) -> Any:
    """The body of a reply, which ends in `ReplyRefusedError` when it becomes too long. `base`: the library's class of such streams."""

    class Limited(base):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            size = 0
            async for part in stream:
                size += len(part)
                if size > MAX_REPLY:
                    raise ReplyRefusedError(f"its answer has more than {MAX_REPLY:,} bytes")
                yield part

        async def aclose(self) -> None:
            await stream.aclose()

    return Limited()
