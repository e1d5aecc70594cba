"""What is evaluated: originals, and sets of their decoded pictures or files, matched by file names without extensions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from misc_format.engine.sources import walk
from misc_format.engine.stores import LocalStore
from misc_format.pictures.formats import EXTENSIONS

BITSTREAM: Final = ".misc"
USUAL_LABEL: Final = "MISC"  # of a set without a label


class Counterpart(NamedTuple):
    """What belongs to an original: its decoded picture, the file that this came from, or both."""

    picture: Path | None
    file: Path | None


class EvaluatedSet(NamedTuple):
    """A folder (or a single file) at one rate. `label`: sets of the same label form a curve. `counterparts`: by name of the original."""

    label: str
    name: str
    counterparts: dict[str, Counterpart]


def originals(path: Path) -> dict[str, Path]:
    """The pictures of a folder and its folders, or a single picture, by name without extension. Raises `OSError`."""
    if path.is_file():
        return {path.stem: path}
    pictures = {name: file for name, file in _named(path) if _is_picture(file)}
    if not pictures:
        raise FileNotFoundError(f"{path} holds no pictures")
    return pictures


def picture_files(path: Path) -> list[Path]:
    """All pictures of a folder and its folders, or a single picture, in the order of their names. Raises `OSError`."""
    return [path] if path.is_file() else [file for _, file in _named(path) if _is_picture(file)]


def read(text: str, file_folders: list[Path], names: dict[str, Path]) -> EvaluatedSet:
    """The set of `PATH` or `LABEL=PATH`. Raises `OSError`.

    `file_folders`: where to look for the files, of any codec, that its pictures came from. `names`: of the originals.
    """
    label, equals, location = text.partition("=")
    if not equals or Path(text).exists():
        label, location = USUAL_LABEL, text
    path = Path(location)
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist")
    if path.is_file():
        name = next(iter(names))
        return EvaluatedSet(label, path.name, {name: _single_counterpart(path, file_folders, name)})
    pictures = {name: file for name, file in _named(path) if _is_picture(file)}
    files = {name: file for name, file in _named(path) if _is_bitstream(file)}
    files |= {name: file for folder in file_folders for name, file in _named(folder)}
    counterparts = {
        name: Counterpart(pictures.get(name), files.get(name))
        for name in names
        if name in pictures or _is_bitstream(files.get(name))
    }
    if not counterparts:
        raise FileNotFoundError(f"{path} holds no files with the names of the originals")
    return EvaluatedSet(label, path.name, counterparts)


def _single_counterpart(path: Path, file_folders: list[Path], name: str) -> Counterpart:
    """The counterpart of a set that is one file, for the original of this name."""
    if _is_bitstream(path):
        return Counterpart(None, path)
    files = [file for folder in file_folders for key, file in _named(folder) if key in (name, path.stem)]
    return Counterpart(path, files[0] if files else None)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in EXTENSIONS


def _is_bitstream(path: Path | None) -> bool:
    return path is not None and path.suffix.lower() == BITSTREAM


def _named(folder: Path) -> Iterator[tuple[str, Path]]:
    """All files below a folder, each with its path in the folder without extension; `x.decoded.png` is named x. Raises `OSError`."""
    names = []
    for name, kind in walk(LocalStore(str(folder))):
        if isinstance(kind, OSError):
            raise kind
        if kind in ("file", "outside"):  # the folders are the user's own, often of links to a data set
            names.append(PurePosixPath(name))
    for path in sorted(names):
        yield path.with_suffix("").as_posix().removesuffix(".decoded"), folder / path
