"""The committed data of the suite: vectors, their manifest, and the files beside them. Imports nothing of the format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

HOME = Path(__file__).parent
FOLDER = HOME / "vectors"
MANIFEST = FOLDER / "manifest.json"
SCHEMA = HOME / "manifest.schema.json"
TINY_LANGUAGE = HOME / "tiny-language.bin"
TINY_TABLE = HOME / "tiny-table.bin"
MODELS = (TINY_LANGUAGE, TINY_TABLE)  # the user's own (clauses 6.10 and 12.4), which vectors name by their digests
CODESTREAMS = HOME / "codestreams"
COMPRESSAI_STRINGS = HOME / "compressai-strings.json"


LARGE = "large-"  # what the names of vectors of real size begin with


class Vector(NamedTuple):
    """A file, and what a decoder must make of it."""

    name: str
    data: bytes
    expected: dict[str, Any]

    @property
    def conforming(self) -> bool:
        """Whether a decoder accepts it."""
        return bool(self.expected["verdict"] == "conforming")

    @property
    def requirements(self) -> list[str]:
        """Ids of the requirements that it exercises."""
        return list(self.expected["requirements"])

    @property
    def profile(self) -> str | None:
        """The profile that its header names, if it can be read."""
        return self.expected.get("profile")


def vectors() -> Iterator[Vector]:
    """All vectors, in the order of their names."""
    for entry in json.loads(MANIFEST.read_text(encoding="utf-8")):
        yield Vector(entry["file"].removesuffix(".misc"), (FOLDER / entry["file"]).read_bytes(), entry)
