"""The committed vectors and their manifest, as data; imports nothing of the format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent / "vectors"
MANIFEST = FOLDER / "manifest.json"
# Models of the user's (clause 6.10) that vectors name by their digests.
MODELS = (Path(__file__).parent / "tiny-language.bin",)


class Vector(NamedTuple):
    """A file, and what a decoder must make of it."""

    name: str
    data: bytes
    expected: dict[str, Any]

    @property
    def conforming(self) -> bool:
        """Whether a decoder takes it."""
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
    """All of them, in the order of their names."""
    for entry in json.loads(MANIFEST.read_text(encoding="utf-8")):
        yield Vector(entry["file"].removesuffix(".misc"), (FOLDER / entry["file"]).read_bytes(), entry)
