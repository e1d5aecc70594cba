"""What a row of the table of codecs consists of.

An import reads the *fields* of a source: integers, bytes, arrays and texts by name. The row says which part of the image each of them is,
and the same row leads back. Names that the row does not bind to a part are those of the picture's size (`width`, `height`), `caption`,
`masks`, the codec's settings, and what follows from the picture's size (`Codec.derived`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, NamedTuple

from misc_format.codecs.faults import option_fault, shown
from misc_format.components import Size

Fields = dict[str, Any]
Files = dict[str, bytes]
ContentKind = Literal["codes", "number", "uniform", "sets", "integers", "string", "raw", "codestream", "compressai"]
Derived = Callable[[Size], int]


class Part(NamedTuple):
    """A field that becomes a part of the image. Rows with the same role and name are alternatives: a file has one of them.

    `holds`: what it is, for people. `alphabet`: of codes and sets; a text names the setting that gives it.
    `shape`: the sizes of the axes; a text names the field that gives one. `axes`: their number, if their sizes are not known.
    `batch`: whether arrays of the codec have a first axis of size 1. `dtype`: of its arrays.
    `coder`: of a string. `step`: of integers, in units of 2^-16. `default`: one number that is left out of the file.
    """

    field: str
    role: str
    content: ContentKind
    holds: str
    name: str = ""
    alphabet: int | str = 0
    shape: tuple[int | str, ...] = ()
    axes: int = 0
    batch: bool = False
    dtype: str = "int64"
    coder: str = "unknown"
    step: int = 0
    needed: bool = True
    default: int | None = None

    @property
    def label(self) -> str:
        """Its name in a file, as that of `ImagePart`."""
        return f"{self.role}-{self.name}" if self.name else self.role


class Setting(NamedTuple):
    """A number or a name that a source does not have and the user may give.

    `field`: the field of `Generation` that keeps it; empty for one that a part keeps, or none. `scale`: the units of the
    field in 1. A setting with `scale` 0 is a name. `reads`: whether it only tells how the source is read, so that no file keeps it.
    """

    key: str
    meaning: str
    field: str = ""
    scale: int = 1
    least: int = 0
    most: int = 2**32 - 1
    reads: bool = False

    def parsed(self, value: Any) -> int | str:
        """The value of the field. Raises `MiscError`."""
        if self.scale == 0:
            return str(value)
        try:
            number = Decimal(str(value)) * self.scale
        except InvalidOperation:
            raise option_fault(f"{shown(value)} is not a number", self.key) from None
        if not number.is_finite() or number != int(number) or not self.least <= number <= self.most:
            kind, step = ("whole number", "") if self.scale == 1 else ("number", f" in steps of {1 / self.scale:g}")
            limits = f"{Decimal(self.least) / self.scale:,} to {Decimal(self.most) / self.scale:,}"
            raise option_fault(f"{shown(value)} is not a {kind} from {limits}{step}", self.key)
        return int(number)


class Form(NamedTuple):
    """A form of the files of a codec.

    `files`: what they are, for people. `fields`: those that `write` needs. `read` takes the files by name and the settings, and raises
    `MiscError`. `exact`: empty if the files of an export are those of the import byte for byte; otherwise what may differ.
    `carries`: the fields that its files have; None: all. What is not carried goes into files beside them.
    """

    name: str
    files: str
    fields: tuple[str, ...]
    read: Callable[[Mapping[str, bytes], Mapping[str, Any]], Fields]
    write: Callable[[Mapping[str, Any]], Files]
    exact: str = ""
    carries: tuple[str, ...] | None = None


class Term(NamedTuple):
    """Bits that a codec's own code counts. `path`: of the component or part that carries the same; empty if no part does."""

    path: str
    bits: float
    cause: str


Own = Callable[["Codec", Mapping[str, Any]], tuple[Term, ...] | str]  # a text: why this content has none


class Codec(NamedTuple):
    """A published codec.

    `needs`: what its decoder takes beside the files. `own`: the bits that its own code reports, or the reason why they cannot be computed.
    `divisor`: by how many pixels its code divides, None if the size of the picture does not say; `divided_by`: the same in words.
    `uncounted`: what its code leaves out.
    `has_text`, `has_items`: whether its decoder takes a caption, and texts and masks of objects.
    `derived`: fields that follow from the size of the picture. `tuples`: arrays whose elements are such fields.
    `model`: the registered name of its model, if it is not its own; None if it has none. `profile`: of files that keep its rules; a file
    that does not has the profile `free`.
    `settings_fields`: reads the fields that the decoder needs from a file of settings. `completed`: adds the fields that follow from
    others, and raises `MiscError` for fields that do not fit each other.
    """

    name: str
    title: str
    repository: str
    parts: tuple[Part, ...]
    needs: str
    own: Own | str
    divided_by: str
    uncounted: str
    divisor: Callable[[Size], int] | None = lambda size: size.width * size.height
    forms: tuple[Form, ...] = ()
    settings: tuple[Setting, ...] = ()
    derived: Mapping[str, Derived] = {}
    tuples: Mapping[str, tuple[str, ...]] = {}
    has_text: bool = False
    has_items: bool = False
    model: str | None = ""
    profile: str = "free"
    settings_fields: Callable[[bytes], Fields] | None = None
    completed: Callable[[Fields], Fields] = lambda fields: fields

    @property
    def model_name(self) -> str | None:
        """The registered name of the model."""
        return self.name if self.model == "" else self.model

    def part(self, label: str) -> tuple[Part, ...]:
        """The alternatives for a part."""
        return tuple(part for part in self.parts if part.label == label)
