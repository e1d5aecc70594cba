"""What is said of mutants by hand: the file `mutants.json`. Why some need not be killed, and some that no operator makes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from .edits import Mutant, hand_made

FILE = Path(__file__).parents[1] / "mutants.json"


class LeftOut(NamedTuple):
    """Code that takes no part in decoding a file: a function, or the lines of it that have some text."""

    module: str
    function: str
    text: str
    reason: str

    def has(self, mutant: Mutant) -> bool:
        """Whether a mutant changes this code."""
        inside = mutant.function == self.function or mutant.function.startswith(f"{self.function or '?'}.")
        return mutant.module == self.module and inside and self.text in mutant.before


class Equivalent(NamedTuple):
    """A mutant that gives the same answer for every file."""

    module: str
    function: str
    before: str
    after: str
    rank: int
    reason: str

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """That of the mutant."""
        return self[:5]


class Reasons:
    """The contents of the file. Raises `TypeError` for an entry without a key, or with one too many,
    and `ValueError` for a mutant that cannot be made."""

    def __init__(self, path: Path = FILE) -> None:
        content = json.loads(path.read_text(encoding="utf-8"))
        self.without_part = [LeftOut(**entry) for entry in content["left_out"]]
        self.hand_made = [hand_made(**entry) for entry in content["hand_made"]]
        self.same = {entry.key: entry for entry in (Equivalent(**entry) for entry in content["equivalent"])}

    def left_out(self, mutant: Mutant) -> bool:
        """Whether a mutant changes code that takes no part."""
        return any(entry.has(mutant) for entry in self.without_part)

    def equivalent(self, mutant: Mutant) -> str:
        """The reason why a mutant gives the same answers; the empty string if there is none."""
        entry = self.same.get(mutant.key)
        return entry.reason if entry else ""
