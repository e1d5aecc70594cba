"""What a profile allows in the parts of an image: labels, classes of content, alphabets and shapes (clause 15)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from misc_format.components import CodedString, Codes, Content, Integers, Opaque, Parts, Sets, Size, Strings
from misc_format.errors import MiscError

WHOLE = "image"  # stands for an image that has no parts
CONTENTS: dict[str, type[Content]] = {
    "codes": Codes, "sets": Sets, "integers": Integers, "string": CodedString, "compressai": Strings,
}  # fmt: skip


class ArrayForm(NamedTuple):
    """An alphabet and a shape that belong together.

    `alphabet`: "" for any, a number, or "2^" and two exponents, such as "2^1 to 2^14".
    `shape`: sizes. A size is a number, a word for any number, or `H/N` or `W/N`, the height or width of the picture divided by N and
    rounded up, perhaps with a factor in front: `4*H/64`.
    """

    alphabet: str = ""
    shape: tuple[str, ...] = ()

    def __str__(self) -> str:
        shape = " x ".join(self.shape)
        return " of ".join(filter(None, (shape, self.alphabet)))


class PartLimit(NamedTuple):
    """A part that a profile allows. `label`: of the part, or `image` for an image without parts. `content`: a name of `CONTENTS`.

    `forms`: the alphabets and shapes that the content may have; empty: any.
    """

    label: str
    content: str
    forms: tuple[ArrayForm, ...] = ()
    required: bool = True


def check_parts(image: Content, limits: tuple[PartLimit, ...], profile: str, picture: Size) -> Iterator[MiscError]:
    """The rules about parts that an image breaks, in file order. Opaque parts are not looked into. No limits: an image without parts."""
    contents = {part.label: part.content for part in image.parts} if isinstance(image, Parts) else {WHOLE: image}
    if not limits:
        if isinstance(image, Parts):
            yield MiscError("MISC-PRO-008", f"profile {profile} allows no parts", path="image")
        return
    by_label = {limit.label: limit for limit in limits}
    for limit in limits:
        if limit.required and limit.label not in contents:
            yield MiscError("MISC-PRO-008", f"profile {profile} requires the part {limit.label}", path="image")
    for label, content in contents.items():
        path = f"image/{label}" if isinstance(image, Parts) else "image"
        if label not in by_label:
            allowed = ", ".join(by_label)
            yield MiscError(
                "MISC-PRO-008", f"profile {profile} has no part {label}; its parts are {allowed}", path=path
            )
        elif not isinstance(content, Opaque):
            yield from _check_content(content, by_label[label], profile, picture, path)


def _check_content(content: Content, limit: PartLimit, profile: str, picture: Size, path: str) -> Iterator[MiscError]:
    if type(content) is not CONTENTS[limit.content]:
        yield MiscError("MISC-PRO-009", f"profile {profile} has {limit.content} here", path=path)
        return
    if limit.forms and not any(_fits(content, form, picture) for form in limit.forms):
        allowed = "; ".join(map(str, limit.forms))
        has = f"the shape {_shape(content)}" + (
            f" and the alphabet {content.alphabet:,}" if hasattr(content, "alphabet") else ""
        )
        yield MiscError("MISC-PRO-009", f"it has {has}; profile {profile} allows {allowed}", path=path)


def _fits(content: Any, form: ArrayForm, picture: Size) -> bool:
    shape = _shape(content)
    if (
        form.shape
        and shape
        and not (
            len(shape) == len(form.shape)
            and all(_size_fits(*pair, picture) for pair in zip(shape, form.shape, strict=True))
        )
    ):
        return False
    return not form.alphabet or _alphabet_fits(content.alphabet, form.alphabet)


def _shape(content: Any) -> tuple[int, ...]:
    """The shape of an array, or the one that a string states; empty if it states none."""
    return tuple(content.shape if isinstance(content, CodedString) else content.values.shape)


def _size_fits(size: int, allowed: str, picture: Size) -> bool:
    if allowed.isdecimal():
        return size == int(allowed)
    of_picture = re.fullmatch(r"(?:(\d+)\*)?([HW])/(\d+)", allowed)
    if of_picture is None:
        return True
    factor, side, divisor = of_picture.groups()
    pixels = picture.height if side == "H" else picture.width
    return size == int(factor or 1) * -(-pixels // int(divisor))


def _alphabet_fits(alphabet: int, allowed: str) -> bool:
    if allowed.isdecimal():
        return alphabet == int(allowed)
    low, high = (int(exponent) for exponent in re.findall(r"2\^(\d+)", allowed))
    return alphabet.bit_count() == 1 and low <= alphabet.bit_length() - 1 <= high
