"""What SEDIC's code keeps of a picture: a row of a CSV file with its texts, and a mask for each object.

The text of a row is lines: the names of the objects with commas between them and a dot at the end, a detail for each, and a description.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from misc_format.codecs.faults import content_fault, shown, source_fault
from misc_format.codecs.rows import Fields, Files
from misc_format.errors import PictureError
from misc_format.limits import MAX_MAP_PIXELS

TEXTS, MASK = ".csv", ".png"
COLUMNS = ("name", "prompt")


def read(files: Mapping[str, bytes], settings: Mapping[str, Any]) -> Fields:
    """The texts and the masks, in the order of the masks' names. Raises `MiscError`."""
    tables = [name for name in files if name.endswith(TEXTS)]
    masks = sorted(name for name in files if name.endswith(MASK))
    if len(tables) != 1 or len(tables) + len(masks) != len(files):
        raise source_fault(
            f"the files are {', '.join(sorted(files)) or 'none'}; SEDIC has one {TEXTS} and a {MASK} a mask"
        )
    fields = _texts(_prompt(files[tables[0]], tables[0], settings.get("picture")), tables[0])
    return fields | ({"masks": [_mask(files[name], name) for name in masks]} if masks else {})


def write(fields: Mapping[str, Any]) -> Files:
    """The table with one row, and the masks."""
    items, overall = fields.get("items", ()), fields["caption"]
    names = ",".join(name for name, _ in items)
    lines = [f"{names}.", *(detail for _, detail in items), overall]
    if any("," in name or "." in name for name, _ in items) or any("\n" in line or not line.strip() for line in lines):
        raise content_fault("SEDIC's lines hold names without commas and dots, and one detail for each of them", "text")
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(
        [COLUMNS, (str(fields.get("picture", "image.png")), "\n".join(lines))]
    )
    masks = {f"mask{place}{MASK}": _png(mask) for place, mask in enumerate(fields.get("masks", ()))}
    return {f"prompts{TEXTS}": stream.getvalue().encode(), **masks}


def _prompt(data: bytes, path: str, picture: Any) -> str:
    """The text of the picture's row."""
    try:
        rows = list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise source_fault(f"it is not a CSV file in UTF-8: {error}", path) from None
    if not rows or tuple(rows[0]) != COLUMNS or any(len(row) != len(COLUMNS) for row in rows):
        raise source_fault(f"its columns are not {' and '.join(COLUMNS)}", path)
    found = [prompt for name, prompt in rows[1:] if picture in (None, name)]
    if len(found) != 1:
        raise source_fault(
            f"it has {len(found)} rows for {shown(picture) if picture else 'a picture'}; give --set picture=NAME with one of its names",
            path,
        )
    return found[0]


def _texts(prompt: str, path: str) -> Fields:
    lines = [line.strip() for line in prompt.splitlines() if line.strip()]
    names, dot, rest = lines[0].partition(".") if lines else ("", "", "")
    items = [name.strip() for name in names.split(",") if name.strip()]
    if not dot or rest or len(lines) != len(items) + 2:
        raise source_fault(
            f"the text has {len(lines)} lines; they are names with a dot behind them, a detail for each, and a description",
            path,
        )
    return {"items": tuple(zip(items, lines[1:-1], strict=True)), "caption": lines[-1]}


def _mask(data: bytes, path: str) -> Any:
    from misc_format.pictures import masks  # Pillow is needed for pictures alone
    from misc_format.pictures.faults import UnreadableError
    from misc_format.pictures.reading import decoded

    try:
        [mask] = decoded(
            data, lambda picture: masks.of_picture(picture, lambda sentence: None, split=False), MAX_MAP_PIXELS
        )
    except (masks.MaskError, UnreadableError) as error:
        raise source_fault(f"the file {error}", path) from None
    except PictureError as error:
        raise source_fault(str(error).rstrip("."), path) from None
    return mask


def _png(mask: Any) -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(mask.astype(np.uint8) * 255).save(stream, "PNG")
    return stream.getvalue()
