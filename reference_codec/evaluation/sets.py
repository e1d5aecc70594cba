"""What is evaluated: originals, and sets of their decoded pictures or files, matched by file names without extensions.

Rule 1.  Every file of a folder is taken, or named with the reason why not.
Rule 2.  Two files are never merged or exchanged in silence: what is ambiguous is refused, with both names.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final, Literal, NamedTuple

from misc_format.batch import REPORT
from misc_format.engine.sources import REFUSED, walk
from misc_format.engine.stores import LocalStore
from misc_format.pictures.formats import EXTENSIONS
from misc_format.system.names import folded

BITSTREAM: Final = ".misc"
USUAL_LABEL: Final = "MISC"  # of a set without a label
NO_ORIGINAL: Final = "no original has this name"
NOT_A_PICTURE: Final = "its name has not the ending of a picture"
NOT_OF_A_SET: Final = "its name has neither the ending of a picture nor .misc; --files DIR counts files of other codecs"
NOT_COUNTED: Final = "no set takes it: the set has a .misc file of its own, or no picture of this name"


class Counterpart(NamedTuple):
    """What belongs to an original: its decoded picture, the files that this came from, or both. The bits are those of all files."""

    picture: Path | None
    files: tuple[Path, ...] = ()


class EvaluatedSet(NamedTuple):
    """A folder (or a single file) at one rate. `label`: sets of the same label form a curve. `counterparts`: by name of the original.

    `strangers`: why files of the folder are not taken, by their paths below it.
    """

    label: str
    name: str
    counterparts: dict[str, Counterpart]
    strangers: dict[str, str] = {}  # noqa: RUF012 - it is never changed

    @property
    def painted(self) -> bool:
        """Whether it has no decoded picture at all, so that the decoder of this program paints those of its files."""
        return all(each.picture is None for each in self.counterparts.values())


class Unmeasured(NamedTuple):
    """An original that a set lacks (`kind` "picture"), or a file that nothing takes ("file"), and why there is no row of it.

    `label`, `set`: of the set; for a file of another folder, what the folder is for, and its name.
    """

    label: str
    set: str
    name: str
    reason: str
    kind: Literal["picture", "file"] = "picture"


class Reading(NamedTuple):
    """All sets, and the files of the folders of `--files` that no set takes."""

    sets: list[EvaluatedSet]
    strangers: list[Unmeasured]


class _Located(NamedTuple):
    label: str
    name: str
    path: Path


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


def originals_not_taken(path: Path) -> list[Unmeasured]:
    """Every file of the folder of originals that is not taken for a picture. Raises `OSError`."""
    if path.is_file():
        return []
    reasons = {file: NOT_A_PICTURE for _, file in _named(path) if not _is_picture(file)} | _special(path)
    return [Unmeasured("originals", _folder_name(path), name, reason, "file") for name, reason in _below(path, reasons)]


def picture_files(path: Path) -> list[Path]:
    """All pictures of a folder and its folders, or a single picture, in the order of their names. Raises `OSError`."""
    return [path] if path.is_file() else [file for _, file in _named(path) if _is_picture(file)]


def read_all(texts: Sequence[str], file_texts: Sequence[str], names: dict[str, Path]) -> Reading:
    """The sets of `PATH` or `LABEL=PATH`, each with its folders of files. `names`: of the originals.

    `file_texts`: `DIR` or `SET=DIR`, the folders of the files, of any codec, that pictures came from. Raises `OSError`, and `ValueError` if
    a text says nothing, or not which set it means.
    """
    located = _distinct([_located(text) for text in texts])
    folders = _file_folders(located, file_texts)
    sets = [_read(each, of_set, names) for each, of_set in zip(located, folders, strict=True)]
    return Reading(sets, list(_strangers_of_folders(folders, sets, names)))


def _located(text: str) -> _Located:
    """The label, the name and the place of a set. Raises `ValueError`, `OSError`."""
    label, equals, location = text.partition("=")
    if not equals or Path(text).exists():
        label, location = USUAL_LABEL, text
    if not label.strip():
        raise ValueError(f"{text!r} has an empty label; give LABEL=PATH or PATH")
    if not location:
        raise ValueError(f"{text!r} has no path; give LABEL=PATH")
    path = Path(location)
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist")
    return _Located(label, _folder_name(path), path)


def _folder_name(path: Path, parts: int = 1) -> str:
    """The last parts of an absolute path, so that `.` and `..` have the names of their folders."""
    absolute = PurePosixPath(Path(os.path.normpath(path.absolute())).as_posix())
    return "/".join(absolute.parts[-parts:])


def _distinct(sets: list[_Located]) -> list[_Located]:
    """The sets, with more of their paths as names where two of one label have one name. Raises `ValueError` if two have one path."""
    named = list(sets)
    for parts in range(2, 2 + max((len(each.path.absolute().parts) for each in sets), default=0)):
        counts = Counter((each.label, each.name) for each in named)
        if max(counts.values(), default=0) < 2:
            return named
        named = [
            each._replace(name=_folder_name(each.path, parts)) if counts[each.label, each.name] > 1 else each
            for each in named
        ]
    double = next(each for each in named if sum(other[:2] == each[:2] for other in named) > 1)
    raise ValueError(f"{double.path} is named twice with the label {double.label}; give one another label")


def _file_folders(sets: Sequence[_Located], texts: Sequence[str]) -> list[list[Path]]:
    """The folders of files of each set. Raises `ValueError` if a folder does not say which set it is for."""
    pairs = [_pair(text) for text in texts]
    folders = [folder for _, folder in pairs]
    if any(wanted is not None for wanted, _ in pairs):
        return _paired(sets, pairs)
    if len(sets) == 1:
        return [folders]
    if len(folders) < 2:
        return [folders for _ in sets]
    if len(folders) == len(sets):
        return [[folder] for folder in folders]
    raise ValueError(
        f"{len(folders)} folders of files for {len(sets)} sets: give one for all, one for each set in their order, or SET=DIR"
    )


def _pair(text: str) -> tuple[str | None, Path]:
    wanted, equals, folder = text.partition("=")
    if not equals or Path(text).exists():
        return None, Path(text)
    if not wanted.strip() or not folder:
        raise ValueError(f"{text!r} has an empty side; give DIR or SET=DIR")
    return wanted, Path(folder)


def _paired(sets: Sequence[_Located], pairs: Sequence[tuple[str | None, Path]]) -> list[list[Path]]:
    folders: list[list[Path]] = [[] for _ in sets]
    for wanted, folder in pairs:
        if wanted is None:
            raise ValueError(f"{folder} does not say which set it is for, and others do; give SET=DIR for each")
        found = [place for place, each in enumerate(sets) if wanted in _titles(each)]
        known = ", ".join(f"{each.label}/{each.name}" for each in sets)
        if len(found) != 1:
            raise ValueError(f"{wanted}={folder}: {len(found)} sets have the name {wanted}; the sets are {known}")
        folders[found[0]].append(folder)
    return folders


def _titles(each: _Located) -> tuple[str, ...]:
    """What a user may call a set by."""
    return each.label, each.name, f"{each.label}/{each.name}"


def _read(located: _Located, folders: Sequence[Path], names: dict[str, Path]) -> EvaluatedSet:
    label, title, path = located
    if path.is_file():
        return _single(located, folders, names)
    named = list(_named(path))
    pictures, doubles = _by_name((name, file) for name, file in named if _is_picture(file))
    own, double_files = _by_name((name, file) for name, file in named if is_bitstream(file.name))
    others = _files_by_name(folders, {_identity(file) for file in pictures.values()})
    counterparts = dict(_counterparts(names, pictures, own, others))
    if not any(name in pictures or name in own for name in names):
        raise FileNotFoundError(f"{path} holds no files with the names of the originals")
    counted = {_identity(file) for each in counterparts.values() for file in each.files}
    reasons = {double: f"{taken.name} is taken for this original" for double, taken in (doubles | double_files).items()}
    for name, file in named:
        if not _is_picture(file) and not is_bitstream(file.name):
            reasons[file] = NOT_OF_A_SET
        elif name not in names:
            reasons[file] = _without_original(name, names)
    reasons = {file: reason for file, reason in reasons.items() if _identity(file) not in counted} | _special(path)
    return EvaluatedSet(label, title, counterparts, dict(_below(path, reasons)))


def _counterparts(
    names: Iterable[str], pictures: dict[str, Path], own: dict[str, Path], others: dict[str, tuple[Path, ...]]
) -> Iterator[tuple[str, Counterpart]]:
    """A set's own file is the one that its picture came from; the files of other folders are for pictures without one."""
    has_pictures = any(name in pictures for name in names)
    for name in names:
        files = (own[name],) if name in own else others.get(name, ())
        if name in pictures or name in own or (has_pictures and files):
            yield name, Counterpart(pictures.get(name), files)


def _single(located: _Located, folders: Sequence[Path], names: dict[str, Path]) -> EvaluatedSet:
    """The set that is one file. It belongs to the only original, or to the one of its name. Raises `OSError`."""
    label, title, path = located
    stem = _stem(path.name)
    name = next(iter(names)) if len(names) == 1 else stem
    if name not in names:
        raise FileNotFoundError(f"{path}: {_without_original(name, names)}")
    if is_bitstream(path.name):
        return EvaluatedSet(label, title, {name: Counterpart(None, (path,))})
    others = _files_by_name(folders, {_identity(path)})
    files = tuple(file for key in dict.fromkeys((name, stem)) for file in others.get(key, ()))
    return EvaluatedSet(label, title, {name: Counterpart(path, files)})


def _files_by_name(folders: Sequence[Path], excluded: set[str]) -> dict[str, tuple[Path, ...]]:
    """All files of each name. `excluded`: the decoded pictures themselves. Raises `FileExistsError` if two folders have one name."""
    found: dict[str, tuple[Path, ...]] = {}
    for folder in folders:
        of_folder: dict[str, tuple[Path, ...]] = {}
        for name, file in _named(folder):
            if _identity(file) not in excluded:
                of_folder[name] = (*of_folder.get(name, ()), file)
        for name in sorted(found.keys() & of_folder.keys()):
            raise FileExistsError(
                f"{found[name][0]} and {of_folder[name][0]} are both for {name}; leave one folder out"
            )
        found |= of_folder
    return found


def _strangers_of_folders(
    folders: Sequence[Sequence[Path]], sets: Sequence[EvaluatedSet], names: dict[str, Path]
) -> Iterator[Unmeasured]:
    """Every file of the folders of files that no set takes."""
    taken = {_identity(file) for each in sets for one in each.counterparts.values() for file in one.files}
    taken |= {_identity(one.picture) for each in sets for one in each.counterparts.values() if one.picture}
    stems = {_stem(each.name) for each in sets}
    for folder in dict.fromkeys(folder for of_set in folders for folder in of_set):
        reasons = {
            file: NOT_COUNTED if name in names or name in stems else _without_original(name, names)
            for name, file in _named(folder)
            if _identity(file) not in taken
        } | _special(folder)
        for name, reason in _below(folder, reasons):
            yield Unmeasured("--files", _folder_name(folder), name, reason, "file")


def _without_original(name: str, names: Iterable[str]) -> str:
    """Why a name belongs to no original. A name that some file system takes for an original's is said to be near to it."""
    near = [each for each in names if folded(each) == folded(name)]
    return f"{NO_ORIGINAL}; {near[0]} differs in letter case or Unicode form" if near else NO_ORIGINAL


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


def require_free_labels(sets: Iterable[EvaluatedSet], codecs: Iterable[str]) -> None:
    """Raises `ValueError` if a set has the label of a codec that it is compared with: both would be one curve."""
    titles = set(codecs)
    for each in sets:
        if each.label in titles:
            raise ValueError(f"the label {each.label} is that of a codec of --against; give {each.name} another label")


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in EXTENSIONS


def is_bitstream(name: str) -> bool:
    """Whether a file of this name is of this format."""
    return name.lower().endswith(BITSTREAM)


def _identity(path: Path) -> str:
    return os.path.normpath(path.absolute())


def _below(folder: Path, reasons: dict[Path, str]) -> Iterator[tuple[str, str]]:
    """The reasons by the paths below the folder, in the order of these."""
    for file in sorted(reasons):
        yield file.relative_to(folder).as_posix(), reasons[file]


def _stem(name: str) -> str:
    return PurePosixPath(name).with_suffix("").as_posix().removesuffix(".decoded")


def _named(folder: Path) -> Iterator[tuple[str, Path]]:
    """All files below a folder, each with its path in the folder without extension; `x.decoded.png` is named x. Raises `OSError`.

    The report that `misc batch` writes beside its results is none of them.
    """
    names = []
    for name, kind in walk(LocalStore(str(folder))):
        if isinstance(kind, OSError):
            raise kind
        # The folders are the user's own, often of links to a data set.
        if kind in ("file", "outside") and name != REPORT:
            names.append(PurePosixPath(name))
    for path in sorted(names):
        yield _stem(path.as_posix()), folder / path


def _special(folder: Path) -> dict[Path, str]:
    """What is below a folder and is no file that can be read, such as a pipe, with the reason."""
    return {folder / name: REFUSED["special"] for name, kind in walk(LocalStore(str(folder))) if kind == "special"}
