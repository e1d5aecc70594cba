"""One call in a process of its own, with a limit on its time and its memory."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Generic, Protocol, TypeVar

from misc_format.engine.pool import NO_LIMITS, Begun, Limits, Order, Part, Pool, StoppedError, portable
from misc_format.engine.problems import is_lack_of_memory
from misc_format.errors import MiscError

T = TypeVar("T")
Made_co = TypeVar("Made_co", covariant=True)


class Call(Protocol[Made_co]):
    """What is called. It can be pickled. What `prepare` takes counts towards no limit."""

    def prepare(self) -> None:
        """Load modules and models."""

    def __call__(self) -> Made_co:
        """Do the work."""


def call(function: Call[T], limits: Limits = NO_LIMITS) -> T:
    """The result of a call. Without limits, it is made in this process, and `prepare` is not called.

    Raises what the call raises, and `LimitError` if it needs more time or memory. Raises `OSError` if memory cannot be limited.
    """
    if limits == NO_LIMITS:
        return function()
    with Pool(partial(_Call, function), 1, limits) as pool:
        try:
            [result] = (event.value for event in pool.run([None]) if not event.last)
        except StoppedError as error:
            raise error.cause from None
    if isinstance(result, Exception):
        raise result
    return result  # type: ignore[no-any-return]


class _Call(Generic[T]):
    """The handler of the process."""

    def __init__(self, function: Call[T]) -> None:
        function.prepare()
        self._function = function

    def __call__(self, order: Order) -> Iterator[Begun | Part]:
        """Call the function. What it raises is the result."""
        yield Begun(0, 1)
        if order.fault is not None:
            yield Part(order.fault.error, 1)
            return
        try:
            yield Part(self._function(), 1)
        except Exception as error:
            if is_lack_of_memory(error):
                error = MiscError("MISC-RES-002", "there is not enough memory for it", path="file")
            yield Part(portable(error), 1)
