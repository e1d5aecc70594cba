"""What is evaluated: originals, and sets of their decoded pictures or files, matched by file names without extensions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
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
    """A folder (or a single file) at one rate. `label`: sets of the same label form a curve. `counterparts`: by name of the original.

    `strangers`: why pictures and `.misc` files of the folder are not taken, by their paths below it.
    """

    label: str
    name: str
    counterparts: dict[str, Counterpart]
    strangers: dict[str, str] = {}  # noqa: RUF012 - it is never changed


def originals(path: Path) -> dict[str, Path]:
    """The pictures of a folder and its folders, or a single picture, by name without extension. Raises `OSError`."""
    if path.is_file():
        return {path.stem: path}
    pictures, doubles = _by_name((name, file) for name, file in _named(path) if _is_picture(file))
    if not pictures:
        raise FileNotFoundError(f"{path} holds no pictures")
    if doubles:
        double, taken = next(iter(doubles.items()))
        raise FileExistsError(f"{double} and {taken} differ in their endings only; rename one of them, or take it away")
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
    named = list(_named(path))
    pictures, doubles = _by_name((name, file) for name, file in named if _is_picture(file))
    files, double_files = _by_name((name, file) for name, file in named if is_bitstream(file.name))
    reasons = {double: f"{taken.name} is taken for this original" for double, taken in (doubles | double_files).items()}
    of_set = [*pictures.items(), *files.items()]
    reasons |= {file: "no original has this name" for name, file in of_set if name not in names}
    # A file of the set's own is the one that its picture came from; the other folders are for pictures without.
    files = {name: file for folder in file_folders for name, file in _named(folder)} | files
    counterparts = {
        name: Counterpart(pictures.get(name), files.get(name))
        for name in names
        if name in pictures or (name in files and is_bitstream(files[name].name))
    }
    if not counterparts:
        raise FileNotFoundError(f"{path} holds no files with the names of the originals")
    strangers = {file.relative_to(path).as_posix(): reason for file, reason in reasons.items()}
    return EvaluatedSet(label, path.name, counterparts, strangers)


def _by_name(named: Iterable[tuple[str, Path]]) -> tuple[dict[str, Path], dict[Path, Path]]:
    """Files by name, and each file whose name a later one has too, with that one."""
    taken: dict[str, Path] = {}
    doubles: dict[Path, Path] = {}
    for name, file in named:
        if name in taken:
            doubles[taken[name]] = file
        taken[name] = file
    return taken, doubles


def rate_titles(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """How each set (label, name) is named in the rows of a codec that has its rates.

    That is its name; with its label where sets of several labels have this name.
    """
    distinct = dict.fromkeys(pairs)
    counts = Counter(name for _, name in distinct)
    return {(label, name): name if counts[name] == 1 else f"{label}, {name}" for label, name in distinct}


def require_distinct(sets: list[EvaluatedSet]) -> None:
    """Raises `ValueError` if two sets would have the same row: they have one label, one name and a picture in common."""
    seen: set[tuple[str, str, str]] = set()
    for each in sets:
        keys = {(each.label, each.name, picture) for picture in each.counterparts}
        if keys & seen:
            raise ValueError(f"two sets have the label {each.label} and the name {each.name}; give one another label")
        seen |= keys


def _single_counterpart(path: Path, file_folders: list[Path], name: str) -> Counterpart:
    """The counterpart of a set that is one file, for the original of this name."""
    if is_bitstream(path.name):
        return Counterpart(None, path)
    files = [file for folder in file_folders for key, file in _named(folder) if key in (name, path.stem)]
    return Counterpart(path, files[0] if files else None)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in EXTENSIONS


def is_bitstream(name: str) -> bool:
    """Whether a file of this name is of this format."""
    return name.lower().endswith(BITSTREAM)


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
