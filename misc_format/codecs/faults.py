"""How an import or an export says that something is wrong."""

from __future__ import annotations

from typing import Any

from misc_format.errors import MiscError


def source_fault(message: str, path: str = "") -> MiscError:
    """The error of a source that does not have the form that its codec writes. `path`: the file, and the place in it."""
    return MiscError("MISC-IMP-001", message, path=path)


def content_fault(message: str, path: str = "") -> MiscError:
    """The error of content that a codec's decoder cannot take. `path`: the component or the part."""
    return MiscError("MISC-IMP-002", message, path=path)


def option_fault(message: str, key: str) -> MiscError:
    """The error of an option that is missing, unknown, or contradicts the source. `key`: its name."""
    return MiscError("MISC-IMP-003", message, path=key)


def shown(value: Any) -> str:
    """A value from a source, short enough for a message."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
