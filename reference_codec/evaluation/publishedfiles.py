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
    """A row with the copies of its files; `note`: why there are none, or why they have no components."""

    row: Row
    files: tuple[PublishedFile, ...]
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
        """A row with the copies of its files. Raises `OSError`, and `ChangedError` if a file is not that of the row."""
        if row.anchor:
            return Entry(row, (), ANCHOR)
        sources = self._sets[row.label, row.set].counterparts[row.picture].files
        if not sources:
            return Entry(row, (), PICTURE_ONLY)
        copies, notes = [], []
        for place, source in enumerate(sources):
            try:
                data = read_file(source)
            except OSError as error:
                if place < len(row.files):
                    raise
                # it could not be measured either
                notes.append(f"no file: {source.name} cannot be read: {error.strerror or error}")
                continue
            digest = hashlib.sha256(data).hexdigest()
            if place < len(row.files) and row.files[place].sha256 != digest:
                raise ChangedError(f"{source} changed after it was measured; evaluate again")
            copies.append(self._copy(row, source, data, digest))
        if not all(is_bitstream(source.name) for source in sources):
            notes.append(OTHER_CODEC)
        return Entry(row, tuple(copies), "; ".join(notes))

    def _copy(self, row: Row, source: Path, data: bytes, digest: str) -> PublishedFile:
        path = self._path(row, source)
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        return PublishedFile(path, digest, len(data))

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
