"""Coders: one module a method, one contract for all.

A coder turns the content of one component into a payload and back. It does no I/O, keeps no state between calls, and does
everything from bytes to symbols in integers. A new method is a module here and a row in `misc_format.registry.METHODS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib import import_module
from typing import Any, NamedTuple, Protocol, cast

from misc_format.components import Size
from misc_format.registry import Method
from misc_format.structure.bits import BitReader, Share


class Opened(NamedTuple):
    """A payload decoded: its content, and calls for the payload that `encode` gives for it and the shares that `price` does."""

    content: Any
    payload: Callable[[], bytes]
    shares: Callable[[], Sequence[Share]]


class Coder(Protocol):
    """What a module in this package provides. `picture` is the size of the original picture, from the header."""

    def encode(self, content: Any, picture: Size) -> bytes:
        """The canonical payload of `content`; `MiscError` if the content breaks a rule or a limit."""

    def decode(self, reader: BitReader, picture: Size) -> Any:
        """The content of the payload that is the reader's window; `MiscError` for anything that is not a payload.

        Fields that a `Syntax` declares are left in the reader's leaves. The codeword behind them is not: `price` splits it.
        """

    def price(self, content: Any, picture: Size) -> list[Share]:
        """The codeword of `content`, behind the declared fields, split by field; adds up to its length in bits, padding included."""


def open_payload(implementation: Coder, reader: BitReader, picture: Size) -> Opened:
    """Decode a payload; raises what `decode` does.

    What a decoder has computed on its way often is most of what encoding and pricing take. A coder that can use it again has an
    `open_payload` (reader, picture) of its own, which gives the same as its three functions do.
    """
    own = getattr(implementation, "open_payload", None)
    if own is not None:
        return cast(Opened, own(reader, picture))
    content = implementation.decode(reader, picture)
    return Opened(
        content, partial(implementation.encode, content, picture), partial(implementation.price, content, picture)
    )


@cache
def coder(method: Method) -> Coder:
    """The module that implements a method; imported at first use, so that nobody waits for a coder that they do not need."""
    return cast(Coder, import_module(f"{__name__}.{method.module}"))
