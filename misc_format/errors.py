"""The one error tree. Every fault in a file ends here, with the rule it breaks, its place, and whose fault it is.

There is one way to raise: `MiscError(rule, message, bit_offset=..., path=...)`. The class of what is raised follows from the rule.
`MiscError` is a `ValueError`, and a truncation is also an `EOFError`, so that code which catches the builtins works.
A missing or unreadable *file* is not in this tree: it stays the `OSError` that the operating system raised.
"""

from __future__ import annotations

from typing import Literal, Self

from misc_format.rules import RULES

Fault = Literal["file", "caller", "machine"]


class MiscError(ValueError):
    """A file, a folder to be packed, or content to be written breaks a rule of the specification.

    Attributes: `rule` (id, like "MISC-CON-001"), `bit_offset` (first bit concerned, from the start of the file; None
    where there is no file yet), `path` (the field, like "maps/size/0/width_minus_1"), `message` (a sentence).
    """

    rule: str
    message: str
    bit_offset: int | None
    path: str

    def __new__(cls, rule: str, message: str, *, bit_offset: int | None = None, path: str = "") -> Self:
        """An error of the class that belongs to the rule."""
        kind = _CLASSES.get(rule, MiscError)
        if not issubclass(kind, cls):
            raise TypeError(
                f"{rule} is not reported as {cls.__name__}; raise MiscError, whose class follows from the rule"
            )
        return super().__new__(kind)

    def __init__(self, rule: str, message: str, *, bit_offset: int | None = None, path: str = "") -> None:
        super().__init__(rule, message, bit_offset, path)
        self.rule = rule
        self.message = message
        self.bit_offset = bit_offset
        self.path = path

    @property
    def fault(self) -> Fault:
        """Whose fault it is: the file's, the caller's (content, a folder or a choice of theirs), or the machine's (limits, models)."""
        if RULES[self.rule].subject == "run":
            return "machine"
        return "caller" if self.bit_offset is None else "file"

    def __str__(self) -> str:
        place = self.path or "file"
        if self.bit_offset is not None:
            place += f", bit {self.bit_offset}"
        return f"{self.rule} at {place}: {self.message}"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.rule, self.message, self.bit_offset, self.path)


class TruncatedError(MiscError, EOFError):
    """The file ends inside a field or a payload."""


class UnsupportedError(MiscError):
    """The file uses a method, a number, a model or a critical component that this decoder does not know."""


class LimitError(MiscError):
    """Decoding would take more than the caller allows; the file itself may conform."""


# The class that belongs to a rule; the others are plain `MiscError`.
_CLASSES: dict[str, type[MiscError]] = {
    "MISC-CON-002": UnsupportedError,
    "MISC-CON-003": UnsupportedError,
    "MISC-CON-007": TruncatedError,
    "MISC-CON-008": TruncatedError,
    "MISC-CON-012": UnsupportedError,
    "MISC-CON-015": UnsupportedError,
    "MISC-TXT-007": UnsupportedError,
    "MISC-CAI-001": UnsupportedError,
    "MISC-CAI-006": UnsupportedError,
    "MISC-GEN-002": UnsupportedError,
    "MISC-RES-001": LimitError,
    "MISC-RES-002": LimitError,
    "MISC-RES-003": LimitError,
    "MISC-RES-004": LimitError,
}


def _rebuild(rule: str, message: str, bit_offset: int | None, path: str) -> MiscError:
    return MiscError(rule, message, bit_offset=bit_offset, path=path)
