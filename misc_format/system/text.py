"""Text for people."""

from __future__ import annotations

import json
import re
from typing import Any, Final

SUSPECT: Final = re.compile(r"[^\n -~]+")  # what may be invisible


def visible(text: str) -> str:
    """The text with its invisible characters written as escapes, so that they cannot control a terminal, or reorder or hide text.

    These are control characters, line ends among them, bidirectional overrides, lone surrogates and white space other than the space.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def printable(name: str) -> str:
    """The name with escapes for bytes that are not UTF-8."""
    return name.encode("utf-8", "backslashreplace").decode()


def has_surrogates(text: str) -> bool:
    """Whether the text has a lone surrogate. Python puts one in the place of a byte that is not UTF-8."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def as_json(document: Any, *, indent: int | None = 2, ascii_only: bool = False) -> str:
    """A document as JSON. Its invisible characters, lone surrogates among them, are written as escapes, so that nothing is lost.

    `ascii_only`: write every character beyond ASCII as an escape.
    """
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only, default=str)
    return SUSPECT.sub(lambda match: "".join(map(_json_escaped, match[0])), text)


def _json_escaped(character: str) -> str:
    if character.isprintable():
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))


def as_xml(text: str) -> str:
    """The text of an XML document, with its invisible characters as references. A line end stays what it is."""
    return SUSPECT.sub(lambda match: "".join(map(_xml_escaped, match[0])), text)


def _xml_escaped(character: str) -> str:
    return character if character.isprintable() else f"&#{ord(character)};"
