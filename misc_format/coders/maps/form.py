"""The form of maps: their plain files, and their symbols in the conformance suite."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import numpy as np

from misc_format.coders import ContentForm
from misc_format.coders.folderform import Files, FolderForm, split_name
from misc_format.coders.maps import jbig2file, regions
from misc_format.coders.symbols import array_symbols
from misc_format.components import BoolMap, Maps, Region, Size
from misc_format.errors import MiscError

FOLDER = "maps/"
PIXELS, JBIG2 = (".png", ".npy", ".json"), (".jb2", ".jbig2")  # of files with the pixels of a map, and with its region
PICTURE = PIXELS[0]
RULE_FAMILY = "MAP"


def _read(files: Files) -> Maps:
    """The maps of 0.png, 1.png and so on. Each may be a JBIG2 file instead, or a JBIG2 file as well.

    The values of PIXELS are maps, bool (height, width); those of JBIG2 are bytes.
    """
    split = [split_name(name) for name in files.values]
    stems = {stem for stem, _ in split}
    fits = all(ending in (*PIXELS, *JBIG2) for _, ending in split)
    if not split or stems != {str(index) for index in range(len(stems))} or not fits:
        names = ", ".join(stem + ending for stem, ending in split) or "nothing"
        raise MiscError(
            "MISC-PCK-003", f"the maps are 0.png, 0.npy, 0.json or 0.jb2, 1.png and so on, not {names}", path="maps"
        )
    maps, regions = zip(*(_read_map(files, str(index)) for index in range(len(stems))), strict=True)
    return Maps(maps, regions if any(regions) else ())


def _read_map(files: Files, stem: str) -> tuple[BoolMap, Region | None]:
    shown, coded = (_only(files, stem, endings) for endings in (PIXELS, JBIG2))
    grid: BoolMap | None = None if shown is None else files.values[FOLDER + shown]
    if coded is None:
        assert grid is not None
        return grid, None
    name = coded
    size, region = jbig2file.unwrap(files.values[FOLDER + name], name)
    pixels = regions.pixels(region, size)
    if grid is not None and not np.array_equal(grid, pixels):
        raise MiscError("MISC-MAP-006", f"it has other pixels than {shown}", path=name)
    return pixels, region


def _only(files: Files, stem: str, endings: tuple[str, ...]) -> str | None:
    """The name of the file of a map with one of these endings; None without one. Raises `MiscError` for two."""
    names = [f"{stem}{ending}" for ending in endings if f"{FOLDER}{stem}{ending}" in files.values]
    if len(names) > 1:
        raise MiscError("MISC-PCK-003", f"it is given as {names[1]}, too", path=names[0])
    return names[0] if names else None


def _write(content: Maps) -> Files:
    """The maps as pictures, and a JBIG2 file for each region that `region_of` does not make from the pixels of its map."""
    pictures = {f"{FOLDER}{index}{PICTURE}": grid for index, grid in enumerate(content.maps)}
    return Files({**pictures, **_regions(content, all_maps=False)})


def _regions(content: Maps, *, all_maps: bool) -> dict[str, bytes]:
    """JBIG2 files of all maps, or of those whose region `region_of` does not make from their pixels."""
    if not (all_maps or content.regions):
        return {}
    files = {}
    for index, (grid, region) in enumerate(zip_longest(content.maps, content.regions)):
        computed = regions.region_of(grid)
        if all_maps or region != computed:
            size = Size(grid.shape[1], grid.shape[0])
            files[f"{FOLDER}{index}{JBIG2[0]}"] = jbig2file.wrap(region or computed, size)
    return files


def _symbols(content: Maps) -> list[dict[str, Any]]:
    return [array_symbols(grid.astype(np.uint8)) for grid in content.maps]


def _arrays(content: Maps) -> dict[str, Any]:
    return {f"maps.{index}.png": grid for index, grid in enumerate(content.maps)}


MAPS = ContentForm(
    Maps,
    FolderForm(_read, _write, files=(FOLDER,), extras={"jbig2": lambda content: _regions(content, all_maps=True)}),
    _symbols,
    _arrays,
)
