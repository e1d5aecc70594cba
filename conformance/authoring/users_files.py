"""The files of the user's that vectors name by their digests: a language model, and a table of codes.

`python -m misc_conformance.authoring.users_files` writes the table again; `tiny_language` writes the model.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from misc_format.coders.image.codetables import FORM
from misc_format.system.usermodel import TABLES_VARIABLE, VARIABLE
from misc_format.tables.arrayfile import build

from ..suite import TINY_LANGUAGE, TINY_TABLE

FREQUENCIES = (1, 5_000_003, 2, 11_777_209, 1)


def make_table() -> bytes:
    """The bytes of the table."""
    return build(FORM, {"alphabet_minus_1": len(FREQUENCIES) - 1}, {"frequencies": FREQUENCIES})


PATHS = {VARIABLE: str(TINY_LANGUAGE), TABLES_VARIABLE: str(TINY_TABLE)}  # by environment variable


@contextmanager
def available() -> Iterator[None]:
    """A context in which both files are files of the user's (clauses 6.10 and 12.4)."""
    before = {name: os.environ.get(name) for name in PATHS}
    os.environ.update(PATHS)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


if __name__ == "__main__":
    TINY_TABLE.write_bytes(make_table())
    print(f"{TINY_TABLE.name}: {TINY_TABLE.stat().st_size:,} bytes")
