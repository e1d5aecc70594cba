"""The words of a command that a user writes in one string."""

from __future__ import annotations

import os
import shlex


def words_of(command: str) -> list[str]:
    """The words of a command, quoted as for a POSIX shell. In Windows a backslash is a part of a path, and quotes nothing.

    Raises `ValueError` if a quotation mark has no second one.
    """
    lexer = shlex.shlex(command, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    if os.sep == "\\":
        lexer.escape = ""
    return list(lexer)
