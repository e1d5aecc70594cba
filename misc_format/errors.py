"""The one error tree. Every fault in a file ends here, with the rule it breaks, where, and what the rule says.

`MiscError` is a `ValueError`, and a truncation is also an `EOFError`, so that code which catches the builtins works.
A missing or unreadable *file* is not in this tree: it stays the `OSError` that the operating system raised.
"""

from __future__ import annotations


class MiscError(ValueError):
    """A file (or a folder to be packed) breaks a rule of the specification.

    Attributes: `rule` (id, like "MISC-CON-001"), `bit_offset` (first bit concerned, from the start of the file; None
    where there is no file yet), `path` (the field, like "maps/size/0/width_minus_1"), `message` (a sentence).
    """

    def __init__(self, rule: str, message: str, *, bit_offset: int | None = None, path: str = "") -> None:
        super().__init__(rule, message, bit_offset, path)
        self.rule = rule
        self.message = message
        self.bit_offset = bit_offset
        self.path = path

    def __str__(self) -> str:
        place = self.path or "file"
        if self.bit_offset is not None:
            place += f", bit {self.bit_offset}"
        return f"{self.rule} at {place}: {self.message}"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.rule, self.message, self.bit_offset, self.path)


class TruncatedError(MiscError, EOFError):
    """The file ends inside a field or a payload."""


class UnsupportedError(MiscError):
    """The file uses a method or a critical component that this decoder does not know."""


class LimitError(MiscError):
    """Decoding would take more than the caller allows; the file itself may conform."""


# The class that belongs to a rule; the others are plain `MiscError`.
KINDS: dict[str, type[MiscError]] = {
    "MISC-CON-002": UnsupportedError,
    "MISC-CON-003": UnsupportedError,
    "MISC-CON-007": TruncatedError,
    "MISC-CON-008": TruncatedError,
    "MISC-CON-012": UnsupportedError,
    "MISC-CON-015": UnsupportedError,
    "MISC-TXT-007": UnsupportedError,
    "MISC-CAI-001": UnsupportedError,
    "MISC-CAI-006": UnsupportedError,
    "MISC-RES-001": LimitError,
    "MISC-RES-002": LimitError,
    "MISC-RES-003": LimitError,
    "MISC-RES-004": LimitError,
}


def broken(rule: str, message: str, *, bit_offset: int | None = None, path: str = "") -> MiscError:
    """The error for a broken rule, of the class that belongs to it."""
    return KINDS.get(rule, MiscError)(rule, message, bit_offset=bit_offset, path=path)


def _rebuild(kind: type[MiscError], rule: str, message: str, bit_offset: int | None, path: str) -> MiscError:
    return kind(rule, message, bit_offset=bit_offset, path=path)
