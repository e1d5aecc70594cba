"""Reads and writes plain files. The suffix of a name gives the type of the value (clause 18.2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from misc_format.coders.folderform import Picture
from misc_format.components import Samples
from misc_format.errors import MiscError
from misc_format.folder.npz import read_array, read_arrays
from misc_format.limits import MAX_GRID_CELLS
from misc_format.pictures import colour
from misc_format.pictures.faults import UnreadableError
from misc_format.pictures.masks import Note
from misc_format.pictures.opening import OpenedPicture
from misc_format.pictures.reading import decoded
from misc_format.system import reading

MAX_JSON_BYTES: Final = 2**20  # values take up to twenty times as much memory as their text


def read_text(path: Path) -> str:
    """The text of a UTF-8 file. Raises `MiscError` with the position of the first wrong byte, or `OSError`."""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise MiscError("MISC-TXT-001", f"byte {error.start} is not UTF-8", path=path.name) from None


def read_json(path: Path, max_bytes: int = MAX_JSON_BYTES) -> Any:
    """The JSON document of a UTF-8 file of at most `max_bytes`. Raises `MiscError` with the position of the error, or `OSError`."""
    try:
        data = reading.read_file(path, max_bytes)
    except reading.TooLargeError:
        raise MiscError(
            "MISC-PCK-003", f"the JSON document has more than {max_bytes:,} bytes", path=path.name
        ) from None
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_without_repetition)
    except UnicodeDecodeError as error:
        raise MiscError("MISC-PCK-003", f"byte {error.start} is not UTF-8", path=path.name) from None
    except json.JSONDecodeError as error:
        raise MiscError(
            "MISC-PCK-003", f"line {error.lineno}, column {error.colno} is not JSON: {error.msg}", path=path.name
        ) from None
    except MiscError as error:
        raise MiscError(error.rule, error.message, path=path.name) from None
    except ValueError:
        raise MiscError("MISC-PCK-003", "a number has too many digits", path=path.name) from None
    except RecursionError:
        raise MiscError("MISC-PCK-003", "the JSON document is nested too deeply", path=path.name) from None


def read_picture(path: Path, note: Note, *, keep_colours: bool = False) -> Picture:
    """The samples of the picture file of a grid, in sRGB. `note`: called with a sentence about each conversion.

    `keep_colours`: leave the samples in the colour space of the file. Raises `MiscError` if the file is not a picture, or if it has more
    pixels than a grid has cells, `OSError` if it cannot be read.
    """

    def read(picture: OpenedPicture) -> Picture:
        return _samples(picture, path.name, note, keep_colours=keep_colours)

    try:
        return decoded(path.read_bytes(), read, MAX_GRID_CELLS)
    except UnreadableError as error:
        raise MiscError("MISC-PCK-003", f"the file {error}", path=path.name) from None


def _samples(picture: OpenedPicture, name: str, note: Note, *, keep_colours: bool) -> Picture:
    image, storage = picture.image, picture.storage
    mode = image.mode
    if storage.bits > 8 and mode == "RGB":
        mode = "16-bit RGB"
    if "transparency" in image.info:
        mode = f"{mode} with a transparent value"
    samples = np.asarray(image)
    if mode in ("L", "RGB") and not keep_colours:
        notes: list[str] = list(image.info.get(colour.NOTES, ()))
        samples, _ = colour.to_srgb(image, image, notes, keep_icc=False)
        for sentence in notes:
            note(f"{name}: {sentence}")
    return Picture(mode, samples, lambda: np.asarray(image.convert("L")))


def write_json(path: Path, values: Any) -> None:
    """Write an indented JSON document in UTF-8."""
    path.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_text(path: Path, value: str) -> None:
    path.write_bytes(value.encode())


def _write_picture(path: Path, samples: Samples) -> None:
    Image.fromarray(samples).save(path)


def _write_array(path: Path, values: Any) -> None:
    np.save(path, values, allow_pickle=False)


def _write_arrays(path: Path, arrays: dict[str, Any]) -> None:
    np.savez(path, allow_pickle=False, **arrays)


READERS: dict[str, Callable[[Path], Any]] = {
    ".txt": read_text,
    ".json": read_json,
    ".npy": read_array,
    ".npz": read_arrays,
}
WRITERS: dict[str, Callable[[Path, Any], None]] = {
    ".txt": _write_text,
    ".json": write_json,
    ".png": _write_picture,
    ".npy": _write_array,
    ".npz": _write_arrays,
}


def read_file(path: Path) -> Any:
    """The value of a file; its bytes if the suffix is not in READERS. Raises `MiscError`, or `OSError` if the file cannot be read.

    Pictures and masks have readers of their own.
    """
    return READERS.get(path.suffix, Path.read_bytes)(path)


def write_file(path: Path, value: Any) -> None:
    """Write a value as a file in the form of its suffix. Raises `OSError`."""
    path.parent.mkdir(exist_ok=True)
    WRITERS.get(path.suffix, Path.write_bytes)(path, value)


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise MiscError("MISC-PCK-003", f"a key occurs twice; the keys are {', '.join(name for name, _ in pairs)}")
    return values
