"""Which files of a model are loaded: its weights, and the settings beside them.

A pipeline of diffusers keeps the weights of each part in a folder; its file model_index.json names the parts. Every other model keeps
its weights at the top.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from reference_codec.errors import ModelError
from reference_codec.models.failures import first_line

INDEX: Final = "model_index.json"
HALF: Final = "fp16"  # the variant of half precision
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


def select(names: Iterable[str], selection: Selection, parts: Collection[str] | None = None) -> Files:
    """The files to load among all files of a model, given as relative POSIX paths. `parts`: those of a pipeline's index.

    A repository may hold folders that its index does not name, such as the `vae_1_0` of Stable Diffusion XL. They are not loaded.
    """
    paths = [PurePosixPath(name) for name in sorted(names)]
    if selection.only:
        return Files(tuple(str(path) for path in paths if str(path) in selection.only), ())
    folders_to_load = set(parts or ()) - set(selection.without)
    depth = 1 if parts is None else 2
    near = [path for path in paths if len(path.parts) == 1 or (depth == 2 and path.parts[0] in folders_to_load)]
    near = [path for path in near if len(path.parts) <= depth]
    folders: dict[PurePosixPath, list[PurePosixPath]] = {}
    for path in near:
        if path.suffix in _FORMATS and len(path.parts) == depth and _STEM.fullmatch(path.stem):
            folders.setdefault(path.parent, []).append(path)
    weights = sorted(str(path) for group in folders.values() for path in _preferred(group, selection.variant))
    settings = sorted(str(path) for path in near if path.suffix in _SETTINGS and not path.name.startswith("."))
    return Files(tuple(weights), tuple(settings))


def parts_of(source: str, index: Path) -> tuple[str, ...] | None:
    """The parts that a pipeline's model_index.json names; None if there is no such file. Raises `ModelError`."""
    if not index.is_file():
        return None
    try:
        entries = json.loads(index.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{source}: its {INDEX} is no JSON: {first_line(error)}") from None
    if not isinstance(entries, dict):
        raise ModelError(f"{source}: its {INDEX} is no JSON object")
    return tuple(name for name, entry in entries.items() if isinstance(entry, list) and entry != [None, None])


def require(source: str, names: Iterable[str], selection: Selection, parts: Collection[str] | None = None) -> Files:
    """As `select`. Raises `ModelError` if there are no weights among the files of `source`."""
    files = select(names, selection, parts)
    if not files.weights:
        expected = ", ".join(selection.only) or "model.safetensors, diffusion_pytorch_model.safetensors or the like"
        raise ModelError(f"{source}: there are no weights in it; expected {expected}")
    return files


def require_in(source: str, folder: Path, selection: Selection) -> Files:
    """The files to load in a local folder. Raises `ModelError` if there are no weights."""
    names = [file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()]
    return require(source, names, selection, parts_of(source, folder / INDEX))


def variant_of(name: str) -> str | None:
    """The variant that a file of weights is of, such as fp16; None for the plain one."""
    return _variant(PurePosixPath(name))


def _preferred(paths: list[PurePosixPath], variant: str | None) -> list[PurePosixPath]:
    """The weights of one variant and one format among all weights of a folder: one file, or all shards.

    Without plain weights, those of half precision are taken: some repositories have no others.
    """
    variants = set(map(_variant, paths))
    present = next((name for name in (variant, None, HALF) if name in variants), None)
    candidates = [path for path in paths if _variant(path) == present]
    best = min((_FORMATS.index(path.suffix) for path in candidates), default=0)
    candidates = [path for path in candidates if path.suffix == _FORMATS[best]]
    whole = [path for path in candidates if not _SHARD.search(path.name)]
    return whole or candidates


def _variant(path: PurePosixPath) -> str | None:
    """What stands between the name of the weights and their format, such as fp16."""
    return _SHARD.sub("", path.stem).partition(".")[2] or None
