"""What an endpoint may send: a reply of limited size, neither compressed nor in another place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import httpx

MAX_REPLY: Final = 2**22  # bytes; an answer has some thousands
HEADERS: Final = {"Accept-Encoding": "identity"}  # a small reply could be decompressed to any size


class ReplyRefusedError(ValueError):
    """A reply is larger than `MAX_REPLY`, compressed, or a redirection. The message is a clause."""


def client() -> httpx.AsyncClient:
    """A client that follows no redirection, because the key must not reach another host. Raises `ReplyRefusedError` with a reply."""
    return httpx.AsyncClient(follow_redirects=False, event_hooks={"response": [_check]})


async def _check(response: httpx.Response) -> None:
    """Refuse what can be refused by the head of a reply, and limit the size of its body."""
    if response.is_redirect:
        target = response.headers.get("Location", "")[:200]
        raise ReplyRefusedError(f"it redirects to {target!r}; name that address if you trust it")
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise ReplyRefusedError(f"its answer is compressed ({encoding[:20]!r}), although that was not asked for")
    assert isinstance(response.stream, httpx.AsyncByteStream)
    response.stream = _Limited(response.stream)


class _Limited(httpx.AsyncByteStream):  # type: ignore[misc,unused-ignore]
    """The body of a reply."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._stream:
            size += len(part)
            if size > MAX_REPLY:
                raise ReplyRefusedError(f"its answer has more than {MAX_REPLY:,} bytes")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
