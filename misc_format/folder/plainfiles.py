"""Plain files to values and back: what the ending of a name says the file holds (clause 14.2)."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from misc_format.coders.folderform import Picture
from misc_format.components import Samples
from misc_format.errors import MiscError
from misc_format.folder.npz import read_arrays


def read_text(path: Path) -> str:
    """A UTF-8 file; raises `MiscError` with the byte if it is not one."""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise MiscError("MISC-TXT-001", f"byte {error.start} is not UTF-8", path=path.name) from None


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


def read_picture(path: Path) -> Picture:
    """A picture file, its samples loaded; raises `MiscError` for what is none."""
    data = io.BytesIO(path.read_bytes())  # the operating system's errors come from here, every later one from Pillow
    try:
        picture = Image.open(data)
        picture.load()
    except UnidentifiedImageError:
        raise MiscError("MISC-PCK-003", "it is not a picture that can be read", path=path.name) from None
    except (OSError, SyntaxError, EOFError, ValueError, Image.DecompressionBombError) as error:
        raise MiscError("MISC-PCK-003", f"the picture is broken: {error}", path=path.name) from None

    def grey() -> Samples:
        return np.asarray(picture.convert("L"))

    return Picture(picture.mode, np.asarray(picture), grey)


def write_json(path: Path, values: Any) -> None:
    """A JSON document for people."""
    path.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_text(path: Path, value: str) -> None:
    path.write_bytes(value.encode())


def _write_picture(path: Path, samples: Samples) -> None:
    Image.fromarray(samples).save(path)


def _write_arrays(path: Path, arrays: dict[str, Any]) -> None:
    np.savez(path, allow_pickle=False, **arrays)


READERS: dict[str, Callable[[Path], Any]] = {
    ".txt": read_text,
    ".json": read_json,
    ".png": read_picture,
    ".npz": read_arrays,
}
WRITERS: dict[str, Callable[[Path, Any], None]] = {
    ".txt": _write_text,
    ".json": write_json,
    ".png": _write_picture,
    ".npz": _write_arrays,
}


def read_file(path: Path) -> Any:
    """The value of a file; bytes where its ending says nothing. Raises `MiscError`, or `OSError` for a file that cannot be read."""
    return READERS.get(path.suffix, Path.read_bytes)(path)


def write_file(path: Path, value: Any) -> None:
    """Write a value as its file."""
    path.parent.mkdir(exist_ok=True)
    WRITERS.get(path.suffix, Path.write_bytes)(path, value)


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise MiscError("MISC-PCK-003", f"a key occurs twice among {', '.join(name for name, _ in pairs)}")
    return values
