"""A model's reply turned into text: the layout is parsed, words are counted, and what is too long is cut at a word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from misc_format.components import Item, Text
from misc_format.profiles import WHITE_SPACE
from reference_codec.text.prompts import Task

# What models put before a line although they are asked not to: list marks, numbers, "Line 2:", "[Vase]:", "Overall:".
_MARK: Final = re.compile(
    r"^\s*(?:[-*•]\s+|\(?\d{1,2}[.):]\s+|(?:line|item)\s*\d+\s*:\s*|\[[^\]]{1,60}\]\s*:\s*|overall\s*:\s*)+",
    re.IGNORECASE,
)
_WORD: Final = re.compile(f"[^{WHITE_SPACE}]+")
NOTE_TRIMMED: Final = "{0} had {1} words and was cut to {2}."


class ReplyError(ValueError):
    """A reply does not have the layout. The message says why; the model is sent it, too."""


class _Field(NamedTuple):
    """A string of a text: what it is, its value, and how many words it may have."""

    name: str
    value: str
    max_words: int

    @property
    def words(self) -> int:
        return count_words(self.value)


def parse(reply: str, task: Task) -> Text:
    """The text in a reply. It may have fewer items than the task asks for: a picture may have no more. Raises `ReplyError`."""
    lines = [line for line in map(_without_marks, reply.splitlines()) if line]
    if not lines:
        raise ReplyError("the answer is empty")
    if not task.items:
        return Text(" ".join(lines))
    names = [name for name in (part.strip() for part in lines[0].rstrip(". ").split(",")) if name]
    if not 1 <= len(names) <= task.items:
        raise ReplyError(f"the first line has {len(names)} names between commas, not {task.items}")
    if len(lines) != len(names) + 2:
        raise ReplyError(f"there are {len(lines)} lines, not {len(names) + 2}")
    return Text(lines[-1], tuple(Item(name, detail) for name, detail in zip(names, lines[1:-1], strict=True)))


def faults(text: Text, task: Task) -> tuple[str, ...]:
    """What is too long, one sentence for each string, worded for the model."""
    return tuple(
        f"{field.name} has {field.words} words, which is more than {field.max_words}"
        for field in _fields(text, task)
        if field.words > field.max_words
    )


def trim(text: Text, task: Task) -> tuple[Text, tuple[str, ...]]:
    """The text with every string cut to its maximum number of words, and a note for each cut."""
    fields = list(_fields(text, task))
    overall, *values = (first_words(field.value, field.max_words) for field in fields)
    items = tuple(Item(name, detail) for name, detail in zip(values[::2], values[1::2], strict=True))
    notes = tuple(
        NOTE_TRIMMED.format(field.name.capitalize(), field.words, field.max_words)
        for field in fields
        if field.words > field.max_words
    )
    return Text(overall, items), notes


def count_words(text: str) -> int:
    """The number of words as the profiles count them: runs of characters other than white space."""
    return len(_WORD.findall(text))


def first_words(text: str, max_words: int) -> str:
    """The text, or its first `max_words` words without a comma or the like left at the end."""
    words = list(_WORD.finditer(text))
    if len(words) <= max_words:
        return text
    return text[: words[max_words - 1].end()].rstrip(",;:-–—") if max_words else ""


def _without_marks(line: str) -> str:
    return _MARK.sub("", line.replace("**", "")).strip()


def _fields(text: Text, task: Task) -> Iterator[_Field]:
    """The overall text, then the name and the detail of each item."""
    yield _Field("the overall text", text.overall, task.overall_words)
    for number, item in enumerate(text.items, 1):
        yield _Field(f"the name of item {number}", item.name, task.name_words)
        yield _Field(f"the detail of item {number}", item.detail, task.detail_words)
