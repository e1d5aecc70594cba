"""Which files of a model are loaded: its weights, and the settings beside them.

A pipeline of diffusers (it has model_index.json) keeps its weights in folders. Every other model keeps them at the top.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from reference_codec.errors import ModelError

_FORMATS: Final = (".safetensors", ".bin")  # the preferred one first
_STEM: Final = re.compile(r"(?:model|pytorch_model|diffusion_pytorch_model)(?:[.-].*)?")
_SHARD: Final = re.compile(r"-\d{5}-of-\d{5}")
_SETTINGS: Final = (".json", ".txt", ".model", ".jinja")  # configuration, vocabulary, chat template


class Selection(NamedTuple):
    """Which of a model's files to take.

    `only`: exact file names, in place of the files that the libraries would load, for weights in a format of their own. `without`:
    folders of a diffusers pipeline to leave out, such as safety_checker. `variant`: the variant to prefer where it exists, such as fp16.
    """

    only: Sequence[str] = ()
    without: Sequence[str] = ()
    variant: str | None = None


class Files(NamedTuple):
    """The files to load, as relative POSIX paths in ascending order."""

    weights: tuple[str, ...]
    settings: tuple[str, ...]


def select(names: Iterable[str], selection: Selection) -> Files:
    """The files to load among all files of a model, given as relative POSIX paths."""
    paths = [PurePosixPath(name) for name in sorted(names)]
    if selection.only:
        return Files(tuple(str(path) for path in paths if str(path) in selection.only), ())
    depth = 2 if PurePosixPath("model_index.json") in paths else 1
    near = [path for path in paths if len(path.parts) <= depth and path.parts[0] not in selection.without]
    folders: dict[PurePosixPath, list[PurePosixPath]] = {}
    for path in near:
        if path.suffix in _FORMATS and len(path.parts) == depth and _STEM.fullmatch(path.stem):
            folders.setdefault(path.parent, []).append(path)
    weights = sorted(str(path) for group in folders.values() for path in _preferred(group, selection.variant))
    settings = sorted(str(path) for path in near if path.suffix in _SETTINGS and not path.name.startswith("."))
    return Files(tuple(weights), tuple(settings))


def require(source: str, names: Iterable[str], selection: Selection) -> Files:
    """As `select`. Raises `ModelError` if there are no weights among the files of `source`."""
    files = select(names, selection)
    if not files.weights:
        expected = ", ".join(selection.only) or "model.safetensors, diffusion_pytorch_model.safetensors or the like"
        raise ModelError(f"{source}: there are no weights in it; expected {expected}")
    return files


def names_below(folder: Path) -> list[str]:
    """The relative POSIX paths of all files below a folder."""
    return [file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()]


def _preferred(paths: list[PurePosixPath], variant: str | None) -> list[PurePosixPath]:
    """The weights of one variant and one format among all weights of a folder: one file, or all shards."""
    present = variant if variant in map(_variant, paths) else None
    candidates = [path for path in paths if _variant(path) == present]
    best = min((_FORMATS.index(path.suffix) for path in candidates), default=0)
    candidates = [path for path in candidates if path.suffix == _FORMATS[best]]
    whole = [path for path in candidates if not _SHARD.search(path.name)]
    return whole or candidates


def _variant(path: PurePosixPath) -> str | None:
    """What stands between the name of the weights and their format, such as fp16."""
    return _SHARD.sub("", path.stem).partition(".")[2] or None
