"""The files of the codecs in a published evaluation: their copies, names and digests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Final, NamedTuple

from misc_format.system.names import folded, free, portable
from misc_format.system.reading import read_file
from reference_codec.evaluation.measure import Row
from reference_codec.evaluation.sets import EvaluatedSet, is_bitstream

FOLDER: Final = "files"
#: Why a row has no file, or why its file has no components.
ANCHOR: Final = "no file: run for the comparison, and only its size is kept"
PICTURE_ONLY: Final = "no file: the set has the decoded picture alone"
OTHER_CODEC: Final = "file of another codec: 8 times its bytes, without components"


class PublishedFile(NamedTuple):
    """A copy. `path`: below the published folder. `sha256`: in hexadecimal digits."""

    path: str
    sha256: str
    bytes: int


class Entry(NamedTuple):
    """A row with the copy of its file; `note`: why there is none, or why it has no components."""

    row: Row
    file: PublishedFile | None
    note: str = ""


class ChangedError(OSError):
    """A file is not the one that was measured any more."""


class Copies:
    """Copies files into `files/LABEL/SET/NAME.misc`. No two copies have the same name on any file system."""

    def __init__(self, folder: Path, sets: Iterable[EvaluatedSet]) -> None:
        self._folder = folder
        self._sets = {(each.label, each.name): each for each in sets}
        self._taken: set[str] = set()
        self._folders: dict[tuple[str, ...], str] = {}

    def entry(self, row: Row) -> Entry:
        """A row with the copy of its file. Raises `OSError`, and `ChangedError` if the file is not that of the row."""
        if row.anchor:
            return Entry(row, None, ANCHOR)
        source = self._sets[row.label, row.set].counterparts[row.picture].file
        if source is None:
            return Entry(row, None, PICTURE_ONLY)
        try:
            data = read_file(source)
        except OSError as error:
            if row.sha256 is None:  # it could not be measured either
                return Entry(row, None, f"no file: it cannot be read: {error.strerror or error}")
            raise
        digest = hashlib.sha256(data).hexdigest()
        if row.sha256 not in (None, digest):
            raise ChangedError(f"{source} changed after it was measured; evaluate again")
        path = self._path(row, source)
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        note = "" if is_bitstream(source.name) else OTHER_CODEC
        return Entry(row, PublishedFile(path, digest, len(data)), note)

    def _path(self, row: Row, source: PurePath) -> str:
        label = self._named((row.label,), FOLDER, row.label)
        folder = self._named((row.label, row.set), label, row.set)
        ending = portable(f"x{source.suffix}")[1:]
        return self._free(folder, portable(row.picture), ending)

    def _named(self, key: tuple[str, ...], parent: str, name: str) -> str:
        """The folder of a label, or of a set."""
        if key not in self._folders:
            self._folders[key] = self._free(parent, portable(name), "")
        return self._folders[key]

    def _free(self, parent: str, name: str, ending: str) -> str:
        path = free(f"{parent}/{name}", ending, self._taken)
        self._taken.add(folded(path))
        return path
