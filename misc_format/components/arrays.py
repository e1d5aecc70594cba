"""The content of image parts: arrays of codes, sets and integers, and strings of any codec (clauses 4.8 and 12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from misc_format.components import normalise
from misc_format.components.content import Content

MAX_DIMENSIONS = 4
RANKS = tuple(range(1, MAX_DIMENSIONS + 1))


def _same(one: Any, other: Any, arrays: str, *values: str) -> bool:
    """Whether two objects of a class have the same array and the same values."""
    return (
        type(one) is type(other)
        and all(getattr(one, name) == getattr(other, name) for name in values)
        and np.array_equal(getattr(one, arrays), getattr(other, arrays))
    )


@dataclass(frozen=True, slots=True, eq=False)
class Codes(Content):
    """An array of indices: codes of a codebook, a label map, seeds.

    `values`: uint32, one to four dimensions, each less than `alphabet`. `alphabet`: the number of codes, 2 to 2^32.
    `labels`: empty, or the name of each code.
    `table`: the first 16 hexadecimal digits of the SHA-256 of the table for method codes-static; empty for other methods. Comparison
    ignores it, because it does not change the codes.
    """

    kind: ClassVar[str] = "image"
    values: NDArray[np.uint32]
    alphabet: int
    labels: tuple[str, ...] = ()
    table: str = ""

    def __post_init__(self) -> None:
        normalise.fields(
            self, "image",
            values=normalise.array(np.uint32, RANKS), alphabet=normalise.integer, labels=normalise.each(normalise.string),
            table=normalise.string,
        )  # fmt: skip

    def __eq__(self, other: object) -> bool:
        return _same(self, other, "values", "alphabet", "labels")

    def __hash__(self) -> int:
        return hash((self.values.shape, self.values.tobytes(), self.alphabet, self.labels))


@dataclass(frozen=True, slots=True, eq=False)
class Sets(Content):
    """Sets of indices of one size, such as the chosen atoms of each step.

    `values`: uint32, two to four dimensions. Each row along the last dimension is a set: its indices are less than `alphabet`, and
    strictly ascending.
    """

    kind: ClassVar[str] = "image"
    values: NDArray[np.uint32]
    alphabet: int

    def __post_init__(self) -> None:
        normalise.fields(self, "image", values=normalise.array(np.uint32, RANKS[1:]), alphabet=normalise.integer)

    def __eq__(self, other: object) -> bool:
        return _same(self, other, "values", "alphabet")

    def __hash__(self) -> int:
        return hash((self.values.shape, self.values.tobytes(), self.alphabet))


@dataclass(frozen=True, slots=True, eq=False)
class Integers(Content):
    """An array of signed integers: latents, key points, boxes, a palette, an embedding.

    `values`: int32, one to four dimensions. The last two are rows and columns, and the others are channels, if there are three or more.
    `step`, `offset`: the number that a value stands for is `offset + step * value`, both in units of 2^-16. A step of 0 says that the
    values stand for themselves; the offset is then 0.
    """

    kind: ClassVar[str] = "image"
    values: NDArray[np.int32]
    step: int = 0
    offset: int = 0

    def __post_init__(self) -> None:
        normalise.fields(
            self, "image", values=normalise.array(np.int32, RANKS), step=normalise.integer, offset=normalise.integer
        )

    def __eq__(self, other: object) -> bool:
        return _same(self, other, "values", "step", "offset")

    def __hash__(self) -> int:
        return hash((self.values.shape, self.values.tobytes(), self.step, self.offset))


@dataclass(frozen=True, slots=True)
class CodedString(Content):
    """A string of any entropy coder, which only its codec can decode.

    `data`: its bytes. `coder`: a registered name of an entropy coder, or a number; it is information for people.
    `shape`: the shape of the array that the string holds, up to four dimensions; empty if it is not stated.
    """

    kind: ClassVar[str] = "image"
    data: bytes
    coder: str | int = "unknown"
    shape: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        normalise.fields(
            self, "image",
            data=normalise.octets, coder=normalise.name_or_number, shape=normalise.each(normalise.integer),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A part of an image component (clause 4.8).

    `role`: a registered role. `content`: any content of an image but `Parts`. `name`: empty, or a name of one's own: 1 to 32 of a to z,
    0 to 9, `-` and `_`, the first one a letter or a digit.
    `method`: the name of the method, or "auto". `checked`: whether a payload that cannot be verified by decoding has a check.
    """

    role: str
    content: Content
    name: str = ""
    method: str = "auto"
    checked: bool = True

    def __post_init__(self) -> None:
        normalise.fields(
            self, "image",
            role=normalise.string, name=normalise.string, method=normalise.string, checked=normalise.boolean,
        )  # fmt: skip

    @property
    def label(self) -> str:
        """What tells the part from the others: its role, and its name if it has one."""
        return f"{self.role}-{self.name}" if self.name else self.role


@dataclass(frozen=True, slots=True)
class Parts(Content):
    """An image component of several parts (clause 4.8). No two parts have the same role and the same name."""

    kind: ClassVar[str] = "image"
    parts: tuple[ImagePart, ...]

    def __post_init__(self) -> None:
        normalise.fields(self, "image", parts=normalise.tuple_of(ImagePart))

    def __getitem__(self, label: str) -> Content:
        """The content of the part with this label. Raises `KeyError`."""
        for part in self.parts:
            if part.label == label:
                return part.content
        raise KeyError(label)
