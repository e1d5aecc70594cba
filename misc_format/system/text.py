"""Text for people."""

from __future__ import annotations


def visible(text: str) -> str:
    """The text with its invisible characters written as escapes, so that they cannot control a terminal, or reorder or hide text.

    These are control characters, line ends among them, bidirectional overrides, lone surrogates and white space other than the space.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def has_surrogates(text: str) -> bool:
    """Whether the text has a lone surrogate. Python puts one in the place of a byte that is not UTF-8."""
    return any("\ud800" <= character <= "\udfff" for character in text)
