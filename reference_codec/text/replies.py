"""A model's reply to text: the layout read, the words counted, what is too long cut at a word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from misc_format.components import Item, Text
from misc_format.profiles import WHITE_SPACE
from reference_codec.text.prompts import Task

# What models put before a line although they are asked not to: list marks, numbers, "Line 2:", "[Vase]:", bold.
_MARK: Final = re.compile(
    r"^\s*(?:[-*•]\s+|\(?\d{1,2}[.):]\s+|(?:line|item)\s*\d+\s*:\s*|\[[^\]]{1,60}\]\s*:\s*|overall\s*:\s*)+",
    re.IGNORECASE,
)
_WORD: Final = re.compile(f"[^{WHITE_SPACE}]+")
TRIMMED: Final = "{0} had {1} words and was cut to {2}."


class ReplyError(ValueError):
    """A reply that does not have the layout; says what is wrong, in words that the model is told, too."""


def parse(reply: str, task: Task) -> Text:
    """The text in a reply; raises `ReplyError`. Fewer items than asked for are taken: a picture may have no more."""
    lines = [_clean(line) for line in reply.splitlines()]
    lines = [line for line in lines if line]
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
    """What is longer than it may be, in words for the model."""
    return tuple(f"{where} has {count} words, which is more than {most}" for where, _, count, most in _long(text, task))


def trim(text: Text, task: Task) -> tuple[Text, tuple[str, ...]]:
    """The text with what is too long cut at a word, and notes about it."""
    cut = {where: first_words(value, most) for where, value, _, most in _long(text, task)}
    notes = tuple(TRIMMED.format(where.capitalize(), count, most) for where, _, count, most in _long(text, task))
    fields = [cut.get(where, value) for where, value, _ in _fields(text, task)]
    items = tuple(Item(name, detail) for name, detail in zip(fields[1::2], fields[2::2], strict=True))
    return Text(fields[0], items), notes


def count_words(text: str) -> int:
    """Words as the profiles count them: runs of characters that are not white space."""
    return len(_WORD.findall(text))


def first_words(text: str, most: int) -> str:
    """The first words of a text, at most so many, without a comma or the like left hanging at the end."""
    words = list(_WORD.finditer(text))
    return text if len(words) <= most else text[: words[most - 1].end()].rstrip(",;:-–—") if most else ""


def _clean(line: str) -> str:
    return _MARK.sub("", line.replace("**", "")).strip()


def _fields(text: Text, task: Task) -> Iterator[tuple[str, str, int]]:
    yield "the overall text", text.overall, task.overall_words
    for index, item in enumerate(text.items):
        yield f"the name of item {index + 1}", item.name, task.name_words
        yield f"the detail of item {index + 1}", item.detail, task.detail_words


def _long(text: Text, task: Task) -> list[tuple[str, str, int, int]]:
    rows = [(where, value, count_words(value), most) for where, value, most in _fields(text, task)]
    return [row for row in rows if row[2] > row[3]]
