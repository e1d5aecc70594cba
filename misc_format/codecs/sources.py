"""Opens what a user names as the source of an import: files of a codec, a folder of them, or arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from misc_format.codecs.faults import source_fault
from misc_format.errors import MiscError
from misc_format.folder import npz
from misc_format.system.paths import resolved
from misc_format.system.reading import fault_of_entry, read_file

MAX_SOURCE_BYTES = 2**24  # of a file of a codec: 4 bits for each pixel of a picture of 8,192 x 4,096
MAX_FILES = 16
ARRAY_ENDINGS = (".npz", ".npy", ".pt")


class Source(NamedTuple):
    """What is imported. `files`: by name. `arrays`: by name; arrays of any library, bytes, numbers, texts and sequences of numbers."""

    files: Mapping[str, bytes] = {}
    arrays: Mapping[str, Any] = {}


def opened(source: Source | Mapping[str, Any] | str | Path | Sequence[str | Path]) -> Source:
    """A source from the paths of files and folders; a mapping is one of arrays. Raises `MiscError`, `OSError`."""
    if isinstance(source, Source):
        return source
    if isinstance(source, Mapping):
        return Source(arrays=source)
    paths = [Path(source)] if isinstance(source, str | Path) else list(map(Path, source))
    files: dict[str, bytes] = {}
    arrays: dict[str, Any] = {}
    inner = list(chain.from_iterable(map(_files_of, paths)))
    names = Counter(path.name for path in inner)
    for path in inner:
        name = path.name if names[path.name] == 1 else f"{path.parent.name}/{path.name}"
        is_arrays = path.suffix.lower() in ARRAY_ENDINGS
        found = _arrays_of(path) if is_arrays else {name: read_file(path, MAX_SOURCE_BYTES)}
        target: dict[str, Any] = arrays if is_arrays else files
        for twice in found.keys() & target.keys():
            raise source_fault("it is given twice; keep one", twice)
        target |= found
    return Source(files, arrays)


def _files_of(path: Path) -> list[Path]:
    """The path, or the ordinary files of a folder."""
    if not path.is_dir():
        return [path]
    entries = [entry for entry in sorted(path.iterdir()) if not entry.name.startswith(".")]
    if len(entries) > MAX_FILES:
        raise source_fault(
            f"the folder has {len(entries):,} entries; no codec writes more than {MAX_FILES} for a picture", path.name
        )
    for entry in entries:
        if entry.is_dir():
            raise source_fault("it is a folder in the folder; name the one with the files", entry.name)
        if fault := fault_of_entry(resolved(path), entry):
            raise source_fault(fault, entry.name)
    return entries


def _arrays_of(path: Path) -> dict[str, Any]:
    try:
        match path.suffix.lower():
            case ".npz":
                return dict(npz.read_arrays(path))
            case ".npy":
                return {path.stem: npz.read_array(path)}
    except MiscError as error:
        raise source_fault(error.message, error.path) from None
    from misc_format.codecs.tensors import read_tensors

    return read_tensors(path)
