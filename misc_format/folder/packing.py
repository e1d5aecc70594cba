"""Folders of plain files to bitstreams and back, loss-free (clause 14.2): for whoever has a codec of their own."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from misc_format.coders.image.formats import FORMAT_OF_ENDING, FORMATS
from misc_format.coders.image.levels import dequantise, quantise, smallest_depth
from misc_format.coders.maps import jbig2file
from misc_format.components import (
    Ancillary,
    BoolMap,
    Codestream,
    Generation,
    Grid,
    Item,
    Latents,
    Maps,
    Opaque,
    Region,
    Size,
    Stream,
    Strings,
    Text,
)
from misc_format.errors import MiscError
from misc_format.folder.manifest import (
    CODESTREAM,
    COMPRESSAI,
    GRID,
    MANIFEST,
    check_keys,
    read_generation,
    write_generation,
)
from misc_format.folder.npz import read_arrays
from misc_format.limits import MAX_LATENT
from misc_format.registry import ANCILLARY_BY_NAME, CORE_KINDS
from misc_format.stream import read, write
from misc_format.structure.container import CHECKSUM
from misc_format.system.files import new_folder

LATENTS = {"y", "z", "quality"}  # of an image.npz
JBIG2 = (".jb2", ".jbig2")
ANCILLARY_FILES = {"comment": "comment.txt", "provenance": "provenance.txt", "icc": "profile.icc"}
KNOWN = {
    "manifest.json", "overall.txt", "items.json", "maps", "image.png", "image.npz", "ancillary",
    *(f"image{ending}" for ending in FORMAT_OF_ENDING), *(f"{kind}.bin" for kind in CORE_KINDS), *ANCILLARY_FILES.values(),
}  # fmt: skip


def pack(folder: str | Path) -> bytes:
    """The bitstream of a folder. Raises `MiscError` for what cannot be packed, `OSError` for what cannot be read."""
    return write(read_folder(Path(folder)))


def unpack(data: bytes, folder: str | Path, *, jbig2: bool = False) -> None:
    """Write the content of a bitstream to a folder that does not exist yet or is empty; all of it or nothing.

    `jbig2`: write each map as a JBIG2 file, too.
    """
    stream = read(data)
    with new_folder(Path(folder)) as temporary:
        write_folder(stream, temporary)
        if isinstance(stream.maps, Maps):
            _write_regions(temporary / "maps", stream.maps, everyone=jbig2)


def read_folder(folder: Path) -> Stream:
    """The content of a folder, every file of which must be known."""
    manifest = _read_manifest(folder)
    for entry in sorted(folder.iterdir()):
        if entry.name not in KNOWN and not entry.name.startswith("."):
            kinds = f"an image is image.png, image.bin or image with one of {', '.join(FORMAT_OF_ENDING)}"
            hint = kinds if entry.stem == "image" else "remove or rename it"
            raise MiscError("MISC-PCK-003", f"no file of a folder to be packed has this name; {hint}", path=entry.name)
    core: dict[str, Any] = {kind: _read_core(folder, kind, manifest) for kind in CORE_KINDS}
    return Stream(
        manifest["width"],
        manifest["height"],
        manifest.get("profile", "free"),
        **core,
        ancillary=tuple(_read_ancillary(folder, checksum=manifest.get("checksum", False))),
        methods={kind: name for kind, name in manifest.get("methods", {}).items() if name != "private"},
    )


def write_folder(stream: Stream, folder: Path) -> None:
    """Write a stream's content as plain files."""
    manifest: dict[str, Any] = {"width": stream.width, "height": stream.height, "profile": stream.profile}
    manifest["methods"] = dict(stream.methods)
    for kind, content in stream.core().items():
        if isinstance(content, Opaque):
            (folder / f"{kind}.bin").write_bytes(content.payload)
        else:
            _WRITERS[kind](folder, manifest, content)
    names = {ANCILLARY_BY_NAME[name].id: file for name, file in ANCILLARY_FILES.items()}
    for member in stream.ancillary:
        if member.type == CHECKSUM:
            manifest["checksum"] = True
            continue
        path = folder / names.get(member.type, f"ancillary/{member.type}.bin")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(member.payload)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_items(values: Any, path: str) -> tuple[Item, ...]:
    """Items from their JSON form, a list of {"name", "detail"}; raises `MiscError`."""
    if type(values) is not list:
        raise MiscError("MISC-PCK-003", "it is not a JSON list", path=path)
    for index, value in enumerate(values):
        fits = (
            type(value) is dict
            and value.keys() == {"name", "detail"}
            and all(type(part) is str for part in value.values())
        )
        if not fits:
            raise MiscError("MISC-PCK-003", 'an item is {"name": TEXT, "detail": TEXT}', path=f"{path}/{index}")
    return tuple(Item(value["name"], value["detail"]) for value in values)


def read_map(path: Path) -> BoolMap:
    """A binary map from a picture that is black and white only: bool, (height, width), white is set."""
    with _picture(path) as picture:
        levels = np.asarray(picture.convert("L"))
    if not np.isin(levels, (0, 255)).all():
        raise MiscError("MISC-PCK-003", "a map has no other colours than black and white", path=path.name)
    return levels > 0


def read_maps(folder: Path) -> Maps:
    """The maps 0.png, 1.png, ... of a folder, of which any may be a JBIG2 file instead or as well."""
    found = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    names = [str(index) for index in range(len({entry.stem for entry in found}))]
    if not found or not all(entry.stem in names and entry.suffix in (".png", *JBIG2) for entry in found):
        raise MiscError(
            "MISC-PCK-003",
            f"the maps are 0.png or 0.jb2, 1.png and so on, not {', '.join(entry.name for entry in found) or 'nothing'}",
            path=folder.name,
        )
    maps, regions = zip(*(_read_map(folder, name) for name in names), strict=True)
    return Maps(maps, regions if any(regions) else ())


def _read_map(folder: Path, name: str) -> tuple[BoolMap, Region | None]:
    picture = folder / f"{name}.png"
    coded = [path for path in (folder / f"{name}{ending}" for ending in JBIG2) if path.exists()]
    if not coded:
        return read_map(picture), None
    [path, *more] = coded
    if more:
        raise MiscError("MISC-PCK-003", f"it is given as {more[0].name}, too", path=path.name)
    from misc_format.coders.maps import jbig2 as maps_jbig2  # half a second, for those who have such a map

    size, region = jbig2file.unwrap(path.read_bytes(), path.name)
    grid = maps_jbig2.pixels(region, size)
    if picture.exists() and not np.array_equal(read_map(picture), grid):
        raise MiscError("MISC-MAP-006", f"it has other pixels than {picture.name}", path=path.name)
    return grid, region


def read_json(path: Path) -> Any:
    """The JSON document of a UTF-8 file; raises `MiscError` with the line if it is not one."""
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"), object_pairs_hook=_without_repetition)
    except UnicodeDecodeError as error:
        raise MiscError("MISC-PCK-003", f"byte {error.start} is not UTF-8", path=path.name) from None
    except json.JSONDecodeError as error:
        raise MiscError(
            "MISC-PCK-003", f"it is not JSON: line {error.lineno}, column {error.colno}: {error.msg}", path=path.name
        ) from None
    except MiscError as error:
        raise MiscError(error.rule, error.message, path=path.name) from None
    except ValueError:
        raise MiscError("MISC-PCK-003", "it has a number of too many digits", path=path.name) from None
    except RecursionError:
        raise MiscError("MISC-PCK-003", "it is not JSON that can be read: nested too deep", path=path.name) from None


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise MiscError("MISC-PCK-003", f"a key occurs twice among {', '.join(name for name, _ in pairs)}")
    return found


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    if not path.is_file():
        folder.stat()  # a missing folder is the operating system's error
        raise MiscError("MISC-PCK-001", "there is no manifest.json", path="manifest.json")
    manifest = read_json(path)
    check_keys(manifest, MANIFEST, "manifest.json")
    for name in ("width", "height"):
        if name not in manifest:
            raise MiscError("MISC-PCK-001", f"{name} is missing", path="manifest.json")
    for kind in manifest.get("methods", {}):
        if kind not in CORE_KINDS:
            raise MiscError(
                "MISC-PCK-002", f"{kind!r} is not one of {', '.join(CORE_KINDS)}", path="manifest.json/methods"
            )
    return dict(manifest)


def _read_core(folder: Path, kind: str, manifest: dict[str, Any]) -> Any:
    """The content of a component: opaque from its .bin, or from plain files; both, or a method for the opaque, are a mistake."""
    content = _READERS[kind](folder, manifest)
    path = folder / f"{kind}.bin"
    if not path.exists():
        return content
    if content is not None:
        raise MiscError(
            "MISC-PCK-003", f"the folder has {kind} in plain files, too; leave out one of both", path=path.name
        )
    if manifest.get("methods", {}).get(kind, "private") != "private":
        raise MiscError("MISC-PCK-002", f"{path.name} is of a private method", path=f"manifest.json/methods/{kind}")
    return Opaque(path.read_bytes())


def _read_text(folder: Path, manifest: dict[str, Any]) -> Text | None:
    overall, items = folder / "overall.txt", folder / "items.json"
    if not overall.exists() and not items.exists():
        return None
    try:
        string = overall.read_bytes().decode() if overall.exists() else ""
    except UnicodeDecodeError as error:
        raise MiscError("MISC-TXT-001", f"byte {error.start} is not UTF-8", path="overall.txt") from None
    return Text(string, read_items(read_json(items), items.name) if items.exists() else ())


def _write_text(folder: Path, manifest: dict[str, Any], content: Text) -> None:
    (folder / "overall.txt").write_bytes(content.overall.encode())
    if content.items:
        items = [{"name": item.name, "detail": item.detail} for item in content.items]
        (folder / "items.json").write_text(json.dumps(items, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _read_maps(folder: Path, manifest: dict[str, Any]) -> Maps | None:
    return read_maps(folder / "maps") if (folder / "maps").exists() else None


def _write_maps(folder: Path, manifest: dict[str, Any], content: Maps) -> None:
    (folder / "maps").mkdir()
    for index, grid in enumerate(content.maps):
        Image.fromarray(grid).save(folder / "maps" / f"{index}.png")


def _write_regions(folder: Path, content: Maps, *, everyone: bool) -> None:
    """JBIG2 files of the maps: of those whose region cannot be made from their pixels, or of everyone."""
    if not (everyone or content.regions):
        return
    from misc_format.coders.maps import jbig2 as maps_jbig2

    for index, (grid, own) in enumerate(zip_longest(content.maps, content.regions)):
        usual = maps_jbig2.region_of(grid)
        if everyone or own != usual:
            file = jbig2file.wrap(own or usual, Size(grid.shape[1], grid.shape[0]))
            (folder / f"{index}{JBIG2[0]}").write_bytes(file)


def _read_generation(folder: Path, manifest: dict[str, Any]) -> Generation | None:
    return read_generation(manifest["generation"]) if "generation" in manifest else None


def _write_generation(folder: Path, manifest: dict[str, Any], content: Generation) -> None:
    manifest["generation"] = write_generation(content)


def _read_image(folder: Path, manifest: dict[str, Any]) -> Grid | Latents | Strings | Codestream | None:
    names = (f"image{ending}" for ending in (".png", ".npz", *FORMAT_OF_ENDING))
    found = [path for path in (folder / name for name in names) if path.exists()]
    if len(found) > 1:
        raise MiscError(
            "MISC-PCK-003", f"the folder has {found[1].name}, too; leave out one of both", path=found[0].name
        )
    if not found:
        return None
    [path] = found
    if path.suffix == ".npz":
        arrays = read_arrays(path)
        reader = _read_latents if LATENTS & arrays.keys() else _read_strings
        return reader(arrays, manifest, path.name)
    return _read_grid(path, manifest) if path.suffix == ".png" else _read_codestream(path, manifest)


def _write_image(folder: Path, manifest: dict[str, Any], content: Grid | Latents | Strings | Codestream) -> None:
    if isinstance(content, Strings):
        _write_strings(folder, manifest, content)
    elif isinstance(content, Latents):
        np.savez(
            folder / "image.npz",
            allow_pickle=False,
            y=content.y,
            z=content.z,
            quality=np.array(content.quality),
            grey=np.array(content.grey),
        )
    elif isinstance(content, Codestream):
        _write_codestream(folder, manifest, content)
    else:
        _write_grid(folder, manifest, content)


def _read_codestream(path: Path, manifest: dict[str, Any]) -> Codestream:
    options = manifest.get("codestream", {})
    check_keys(options, CODESTREAM, "manifest.json/codestream")
    row = FORMAT_OF_ENDING[path.suffix]
    return Codestream(row.name, row.bare(path.read_bytes(), path.name), options.get("reduction", 1))


def _write_codestream(folder: Path, manifest: dict[str, Any], content: Codestream) -> None:
    manifest["codestream"] = {"reduction": content.reduction}
    row = FORMATS[content.format]
    (folder / f"image{row.endings[0]}").write_bytes(row.file(content.data))


def _read_grid(path: Path, manifest: dict[str, Any]) -> Grid:
    with _picture(path) as picture:
        if picture.mode not in ("1", "L", "RGB"):
            raise MiscError(
                "MISC-PCK-003", f"a grid is grey or RGB with 8 bits a sample, not {picture.mode}", path=path.name
            )
        samples = np.asarray(picture.convert("L") if picture.mode == "1" else picture)
    options = manifest.get("grid", {})
    check_keys(options, GRID, "manifest.json/grid")
    depth = options.get("depth", smallest_depth(samples))
    levels = quantise(samples, depth)
    if not np.array_equal(dequantise(levels, depth), samples):
        raise MiscError("MISC-PCK-003", f"its samples are not levels of {depth} bits; leave out depth", path=path.name)
    return Grid(levels, depth, options.get("block", 0))


def _write_grid(folder: Path, manifest: dict[str, Any], content: Grid) -> None:
    manifest["grid"] = {"depth": content.depth, "block": content.block}
    Image.fromarray(dequantise(content.samples, content.depth)).save(folder / "image.png")


def _read_latents(arrays: dict[str, NDArray[Any]], manifest: dict[str, Any], path: str) -> Latents:
    """Latents and hyper-latents less their means, whole numbers in three dimensions, and the quality."""
    if arrays.keys() | {"grey"} != LATENTS | {"grey"}:
        raise MiscError(
            "MISC-PCK-003", f"latents are y, z, quality and perhaps grey, not {', '.join(arrays)}", path=path
        )
    arrays = {"grey": np.array(False), **arrays}
    for name, dimensions in (("y", 3), ("z", 3), ("quality", 0), ("grey", 0)):
        if arrays[name].ndim != dimensions or arrays[name].dtype.kind not in "biu":
            raise MiscError("MISC-PCK-003", f"{name} is not whole numbers in {dimensions} dimensions", path=path)
        if np.any(np.abs(arrays[name].astype(np.float64)) > MAX_LATENT):
            raise MiscError("MISC-LAT-002", f"{name} has a value beyond {MAX_LATENT:,}", path=path)
    y, z = (arrays[name].astype(np.int32) for name in ("y", "z"))
    return Latents(int(arrays["quality"]), y, z, bool(arrays["grey"]))


def _read_strings(arrays: dict[str, NDArray[Any]], manifest: dict[str, Any], path: str) -> Strings:
    """What `compress()` of CompressAI returned: `strings_0`, perhaps `strings_1` (uint8), and `shape` (two integers)."""
    names = [f"strings_{index}" for index in range(max(len(arrays) - 1, 1))]
    if arrays.keys() != {*names, "shape"}:
        found = ", ".join(arrays) or "nothing"
        raise MiscError("MISC-PCK-003", f"it has strings_0, perhaps strings_1, and shape, not {found}", path=path)
    if any(arrays[name].ndim != 1 or arrays[name].dtype != np.uint8 for name in names):
        raise MiscError("MISC-PCK-003", "a string is its bytes: uint8 in one dimension", path=path)
    if arrays["shape"].shape != (2,) or arrays["shape"].dtype.kind not in "iu":
        raise MiscError("MISC-PCK-003", "shape is two integers, rows and columns", path=path)
    options = manifest.get("compressai", {})
    check_keys(options, COMPRESSAI, "manifest.json/compressai")
    for name in ("architecture", "quality"):
        if name not in options:
            raise MiscError("MISC-PCK-002", f"{name} is missing", path="manifest.json/compressai")
    rows, columns = map(int, arrays["shape"])
    strings = tuple(arrays[name].tobytes() for name in names)
    digest = options["digest"].lower() if "digest" in options else None
    return Strings(
        options["architecture"], strings, (rows, columns), options["quality"], options.get("metric", "mse"), digest
    )


def _write_strings(folder: Path, manifest: dict[str, Any], content: Strings) -> None:
    values = {"architecture": content.architecture, "quality": content.quality, "metric": content.metric}
    manifest["compressai"] = values if content.digest is None else {**values, "digest": content.digest}
    strings = {f"strings_{index}": np.frombuffer(part, np.uint8) for index, part in enumerate(content.strings)}
    np.savez(folder / "image.npz", allow_pickle=False, shape=np.array(content.shape), **strings)


def _read_ancillary(folder: Path, *, checksum: bool) -> Iterator[Ancillary]:
    for name, file in ANCILLARY_FILES.items():
        if (folder / file).exists():
            yield Ancillary(ANCILLARY_BY_NAME[name].id, (folder / file).read_bytes())
    others = folder / "ancillary"
    for path in sorted(others.iterdir()) if others.exists() else ():
        if path.suffix != ".bin" or not path.stem.isdecimal():
            raise MiscError(
                "MISC-PCK-003",
                "an ancillary payload is TYPE.bin with a number for its type",
                path=f"ancillary/{path.name}",
            )
        yield Ancillary(int(path.stem), path.read_bytes())
    if checksum:
        yield Ancillary(CHECKSUM)


@contextmanager
def _picture(path: Path) -> Iterator[Image.Image]:
    data = io.BytesIO(path.read_bytes())  # the operating system's errors come from here, every later one from Pillow
    try:
        picture = Image.open(data)
        picture.load()
    except UnidentifiedImageError:
        raise MiscError("MISC-PCK-003", "it is not a picture that can be read", path=path.name) from None
    except (OSError, SyntaxError, EOFError, ValueError, Image.DecompressionBombError) as error:
        raise MiscError("MISC-PCK-003", f"the picture is broken: {error}", path=path.name) from None
    with picture:
        yield picture


_READERS = {"text": _read_text, "maps": _read_maps, "generation": _read_generation, "image": _read_image}
_WRITERS: dict[str, Any] = {
    "text": _write_text,
    "maps": _write_maps,
    "generation": _write_generation,
    "image": _write_image,
}
