"""How an import or an export says that something is wrong."""

from __future__ import annotations

from typing import Any

from misc_format.errors import MiscError

SOURCE, CONTENT, OPTION = "MISC-IMP-001", "MISC-IMP-002", "MISC-IMP-003"


def source_fault(message: str, path: str = "") -> MiscError:
    """The error of a source that does not have the form that its codec writes. `path`: the file, and the place in it."""
    return MiscError(SOURCE, message, path=path)


def content_fault(message: str, path: str = "") -> MiscError:
    """The error of content that a codec's decoder cannot take. `path`: the component or the part."""
    return MiscError(CONTENT, message, path=path)


def option_fault(message: str, key: str) -> MiscError:
    """The error of an option that is missing, unknown, or contradicts the source. `key`: its name."""
    return MiscError(OPTION, message, path=key)


def shown(value: Any) -> str:
    """A value from a source, short enough for a message."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
