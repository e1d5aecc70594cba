"""What cannot be described: a sentence stands in the place of its table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ABSENT = "there is no module "  # how the reason begins where the checkout lacks a module of its own
MAX_REASON = 300  # characters


def guarded(describe: Callable[[], dict[str, Any]]) -> dict[str, Any] | str:
    """A table, or the reason why it cannot be made."""
    try:
        return describe()
    except Exception as error:  # whatever the code of a checkout raises
        return reason(error)


def reason(error: BaseException) -> str:
    """An error in one line."""
    text = " ".join(str(error).split())
    known = isinstance(error, ModuleNotFoundError) and text.startswith(ABSENT)
    return (text if known else f"{type(error).__name__}: {text}")[:MAX_REASON]
