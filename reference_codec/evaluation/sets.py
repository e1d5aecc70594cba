"""What is evaluated: originals, and sets of what came back, matched by the names of their files without extensions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from misc_format.engine.sources import walk
from misc_format.engine.stores import LocalStore

PICTURES: Final = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".pnm", ".avif", ".jp2", ".gif")
FILE: Final = ".misc"
USUAL: Final = "MISC"  # the label of sets that have none


class Found(NamedTuple):
    """One original's counterpart: its decoded picture, its file, or both."""

    picture: Path | None
    file: Path | None


class Set(NamedTuple):
    """A folder (or one file) at one rate. `label`: sets of the same label are one curve."""

    label: str
    name: str
    found: dict[str, Found]


def originals(path: Path) -> dict[str, Path]:
    """The pictures of a folder, at any depth, by name without extension; or a single one. Raises `OSError`."""
    if path.is_file():
        return {path.stem: path}
    found = {name: file for name, file in _named(path) if file.suffix.lower() in PICTURES}
    if not found:
        raise FileNotFoundError(f"{path} holds no pictures")
    return found


def read(text: str, files: list[Path], names: dict[str, Path]) -> Set:
    """The set of `PATH` or `LABEL=PATH`. `files`: folders to look in for the files that its pictures came from. Raises `OSError`."""
    label, equals, path = text.partition("=")
    if not equals or Path(text).exists():
        label, path = USUAL, text
    place = Path(path)
    if not place.exists():
        raise FileNotFoundError(f"{place} does not exist")
    if place.is_file():
        only = next(iter(names))
        return Set(label, place.name, {only: _one(place, files, only)})
    pictures = {name: file for name, file in _named(place) if file.suffix.lower() in PICTURES}
    beside = {
        name: file for folder in (place, *files) for name, file in _named(folder) if _is_file(file, folder is place)
    }
    found = {
        name: Found(pictures.get(name), beside.get(name))
        for name in names
        if name in pictures or _decodable(beside.get(name))
    }
    if not found:
        raise FileNotFoundError(f"{place} holds nothing by the names of the originals")
    return Set(label, place.name, found)


def _one(place: Path, files: list[Path], name: str) -> Found:
    if place.suffix.lower() == FILE:
        return Found(None, place)
    beside = [file for folder in files for found, file in _named(folder) if found in (name, place.stem)]
    return Found(place, beside[0] if beside else None)


def _is_file(path: Path, among_pictures: bool) -> bool:
    """Whether a file counts as what a picture came from: among pictures a .misc file only, in a folder of files any."""
    return path.suffix.lower() == FILE if among_pictures else path.is_file()


def _decodable(path: Path | None) -> bool:
    return path is not None and path.suffix.lower() == FILE


def _named(folder: Path) -> Iterator[tuple[str, Path]]:
    """Files with their paths below the folder, without extensions; `x.decoded.png` goes by x. Raises `OSError`."""
    names = []
    for name, kind in walk(LocalStore(str(folder))):
        if isinstance(kind, OSError):
            raise kind
        if kind == "file":
            names.append(PurePosixPath(name))
    for path in sorted(names):
        yield path.with_suffix("").as_posix().removesuffix(".decoded"), folder / path
