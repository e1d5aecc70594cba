"""The errors of this package: `MiscError` and its subclasses. Each names the broken rule, the place, and whose fault it is.

There is one way to raise an error: `MiscError(rule, message, bit_offset=..., path=...)`. The rule determines the class of the error.
`MiscError` is a `ValueError`, and `TruncatedError` is also an `EOFError`, so code that catches these builtins works.
A missing or unreadable *file* gives the `OSError` of the operating system, not a `MiscError`.
"""

from __future__ import annotations

from typing import Literal, Self

from misc_format.rules import RULES

Fault = Literal["file", "caller", "machine"]


class MiscError(ValueError):
    """A file, a folder to be packed, or content to be written breaks a rule of the specification.

    `rule`: the id of the rule, such as "MISC-CON-001".
    `bit_offset`: the first bit concerned, counted from the start of the file; None if there is no file.
    `path`: the path of the field, such as "maps/size/0/width_minus_1".
    `message`: a sentence that says what is wrong.
    """

    rule: str
    message: str
    bit_offset: int | None
    path: str

    def __new__(cls, rule: str, message: str, *, bit_offset: int | None = None, path: str = "") -> Self:
        """An error of the class for the rule. Raises `TypeError` if that is no subclass of `cls`."""
        error_class = _CLASSES.get(rule, MiscError)
        if not issubclass(error_class, cls):
            raise TypeError(f"{rule} is not a {cls.__name__}; raise MiscError, which chooses the class by the rule")
        return super().__new__(error_class)

    def __init__(self, rule: str, message: str, *, bit_offset: int | None = None, path: str = "") -> None:
        super().__init__(rule, message, bit_offset, path)
        self.rule = rule
        self.message = message
        self.bit_offset = bit_offset
        self.path = path

    @property
    def fault(self) -> Fault:
        """Whose fault it is: "file", "caller" (content, a folder or an option), or "machine" (limits, missing models)."""
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


class SourceError(MiscError):
    """A source of an import does not have the form that its codec writes."""


class OptionError(MiscError):
    """An option of an import or an export is missing, unknown, or contradicts the source."""


class LimitError(MiscError):
    """Decoding would exceed a limit that the caller set; the file itself may conform."""


class PictureError(OSError):
    """A picture cannot be read, encoded or written. The message is one sentence for the user."""


# The class of each rule. A rule that is not listed gives a plain `MiscError`.
_CLASSES: dict[str, type[MiscError]] = {
    "MISC-CON-002": UnsupportedError,
    "MISC-CON-003": UnsupportedError,
    "MISC-CON-007": TruncatedError,
    "MISC-CON-008": TruncatedError,
    "MISC-CON-012": UnsupportedError,
    "MISC-CON-015": UnsupportedError,
    "MISC-TXT-007": UnsupportedError,
    "MISC-ARR-005": UnsupportedError,
    "MISC-CAI-001": UnsupportedError,
    "MISC-CAI-006": UnsupportedError,
    "MISC-GEN-002": UnsupportedError,
    "MISC-IMP-001": SourceError,
    "MISC-IMP-003": OptionError,
    "MISC-RES-001": LimitError,
    "MISC-RES-002": LimitError,
    "MISC-RES-003": LimitError,
    "MISC-RES-004": LimitError,
}


def _rebuild(rule: str, message: str, bit_offset: int | None, path: str) -> MiscError:
    return MiscError(rule, message, bit_offset=bit_offset, path=path)
