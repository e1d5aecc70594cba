"""Masks of COCO: run lengths, compressed or not, and polygons, as pycocotools writes and reads them.

Sources: the data format of COCO (cocodataset.org, "Data format"), and maskApi.c of pycocotools for compressed run lengths.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from misc_format.components import BoolMap, Size
from misc_format.limits import MAX_MAP_PIXELS, MAX_MAPS, MAX_SIDE
from misc_format.pictures.masks import MaskError, Note

NOTE_NAMES: Final = "the maps are, in this order: {0}"
_MAX_DIGITS: Final = 7  # characters of a number of a compressed run length: 35 bits
_MAX_NUMBER: Final = 2**31  # of a coordinate
_MAX_CROSSINGS: Final = 2**22  # of the edges of polygons with rows of pixels: 64 outlines as high as the highest map
FORMS: Final = "an annotation, a list of annotations, or a file of COCO with images and annotations"


def masks_of(document: Any, note: Note, size: Size | None = None) -> tuple[BoolMap, ...]:
    """The masks of a JSON document, in its order.

    `size`: of polygons of which the document gives none. Raises `MaskError` for a document of another form, and for annotations of
    several pictures.
    """
    if isinstance(document, dict) and "annotations" in document:
        return _of_file(document, note, size)
    if isinstance(document, list) and document and all(isinstance(entry, dict) for entry in document):
        _require_one_picture(document)
        _require_count(len(document))
        return tuple(mask_of(entry, size) for entry in document)
    return (mask_of(document, size),)


def _of_file(document: dict[str, Any], note: Note, size: Size | None) -> tuple[BoolMap, ...]:
    annotations = _dicts(document["annotations"])
    _require_one_picture(annotations)
    _require_count(len(annotations))
    pictures = {_id(picture, "id"): picture for picture in _dicts(document.get("images", []))}
    names = {_id(row, "id"): row.get("name") for row in _dicts(document.get("categories", []))}
    if names:
        shown = [names.get(_id(annotation, "category_id")) for annotation in annotations]
        note(NOTE_NAMES.format(", ".join(_printable(name) if isinstance(name, str) else "?" for name in shown)))
    picture = pictures.get(_id(annotations[0], "image_id"), {})
    if {"width", "height"} <= picture.keys():
        size = _size(picture["width"], picture["height"])
    return tuple(mask_of(annotation, size) for annotation in annotations)


def _dicts(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise MaskError(f"has another form than COCO's; give {FORMS}")
    return value


def _id(row: dict[str, Any], name: str) -> int | float | str | None:
    """The number of a picture or a category."""
    value = row.get(name)
    if not isinstance(value, int | float | str | None):
        raise MaskError(f"has a value of {name} that is no number")
    return value


def _printable(name: str) -> str:
    return "".join(filter(str.isprintable, name))[:40]


def _require_one_picture(annotations: list[dict[str, Any]]) -> None:
    count = len({_id(annotation, "image_id") for annotation in annotations})
    if count > 1:
        raise MaskError(f"has annotations of {count} pictures; keep those of one picture")


def _require_count(count: int) -> None:
    if not 1 <= count <= MAX_MAPS:
        raise MaskError(f"has {count} annotations, and a file holds 1 to {MAX_MAPS} maps; keep as many")


def mask_of(value: Any, size: Size | None = None) -> BoolMap:
    """The mask of an annotation, of run lengths, or of polygons. Raises `MaskError`."""
    if isinstance(value, dict) and "segmentation" in value:
        value = value["segmentation"]
    if isinstance(value, dict) and {"size", "counts"} <= value.keys():
        return _of_run_lengths(value, size)
    if isinstance(value, list) and value:
        polygons = value if all(isinstance(entry, list) for entry in value) else [value]
        if all(_is_polygon(polygon) for polygon in polygons):
            if size is None:
                raise MaskError(
                    "has polygons without the size of their picture; add images with width and height, or use run lengths"
                )
            return polygon_mask(polygons, size)
    raise MaskError(f"has another form than COCO's; give {FORMS}")


def _size(width: Any, height: Any) -> Size:
    """A size that a map can have, before anything of that size is made."""
    if not all(type(side) is int and 1 <= side <= MAX_SIDE for side in (width, height)):
        shown = " x ".join(
            str(side) if type(side) is int and abs(side) < _MAX_NUMBER else "?" for side in (width, height)
        )
        raise MaskError(f"has a mask of {shown} pixels, and a side has 1 to {MAX_SIDE:,}")
    if width * height > MAX_MAP_PIXELS:
        raise MaskError(f"has a mask of {width * height:,} pixels, and a map has at most {MAX_MAP_PIXELS:,}")
    return Size(width, height)


def _of_run_lengths(value: dict[str, Any], expected: Size | None) -> BoolMap:
    sides = value["size"]
    if not isinstance(sides, list) or len(sides) != 2:
        raise MaskError("has run lengths whose size is not [height, width]")
    size = _size(sides[1], sides[0])
    if expected is not None and size != expected:
        raise MaskError(
            f"has run lengths of {size.width}x{size.height} pixels for a picture of {expected.width}x{expected.height}"
        )
    counts = value["counts"]
    runs = list(_uncompressed(counts)) if isinstance(counts, str) else counts
    if not isinstance(runs, list) or not all(type(run) is int and 0 <= run <= MAX_MAP_PIXELS for run in runs):
        raise MaskError("has counts that are not run lengths")
    if sum(runs) != size.width * size.height:
        raise MaskError(f"has run lengths of {sum(runs):,} pixels for {size.width}x{size.height}")
    pixels = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return np.ascontiguousarray(pixels.reshape(size.height, size.width, order="F"))


def _uncompressed(text: str) -> Iterator[int]:
    """The run lengths of a compressed string: groups of five bits, and from the fourth number on differences to the last but one."""
    before: list[int] = []
    value = shift = 0
    for character in text:
        code = ord(character) - 48
        if not 0 <= code < 64 or shift >= 5 * _MAX_DIGITS:
            raise MaskError("has compressed run lengths that are broken")
        value |= (code & 31) << shift
        shift += 5
        if code & 32:
            continue
        if code & 16:
            value -= 1 << shift
        if len(before) > 2:
            value += before[-2]
        before.append(value)
        yield value
        value = shift = 0
    if shift:
        raise MaskError("has compressed run lengths that are cut short")


def _is_polygon(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) >= 6
        and len(value) % 2 == 0
        and all(type(number) in (int, float) and abs(number) < _MAX_NUMBER for number in value)  # false for NaN
    )


def polygon_mask(polygons: list[list[float]], size: Size) -> BoolMap:
    """The pixels whose centres lie inside any of the polygons, each a list x0, y0, x1, y1, ... in pixels. Raises `MaskError`.

    A pixel is inside a polygon by the even-odd rule: right of an odd number of its edges. The time that this takes depends on the number
    of crossings of edges with rows of pixels, however many polygons there are.
    """
    corners = np.concatenate([np.array(polygon, np.float64) for polygon in polygons]).reshape(-1, 2)
    counts = np.array([len(polygon) // 2 for polygon in polygons])
    following = np.arange(1, len(corners) + 1)
    following[np.cumsum(counts) - 1] = np.cumsum(counts) - counts  # the last corner of a polygon is joined to its first
    owners = np.repeat(np.arange(len(polygons)), counts)
    owner, row, column = _crossings(corners, corners[following], owners, size)
    # An even number in each row of a polygon: where it begins, where it ends, ...
    order = np.lexsort((column, row, owner))
    row, column = row[order], column[order]
    # Polygons around a pixel, compared with the one on its left.
    more = np.zeros((size.height, size.width + 1), np.int32)
    np.add.at(more, (row[::2], column[::2]), 1)
    np.subtract.at(more, (row[1::2], column[1::2]), 1)
    inside: BoolMap = np.cumsum(more, axis=1, dtype=np.int32)[:, : size.width] > 0
    return inside


def _crossings(
    starts: NDArray[np.float64], ends: NDArray[np.float64], owners: NDArray[np.int64], size: Size
) -> tuple[NDArray[np.int64], ...]:
    """Polygon, row and column of each crossing of an edge with a line through the centres of a row of pixels.

    `owners`: the polygon of each edge.
    """
    edge_rows = np.clip(np.ceil(np.sort([starts[:, 1], ends[:, 1]], axis=0) - 0.5), 0, size.height).astype(np.int64)
    top, count = edge_rows[0], edge_rows[1] - edge_rows[0]
    total = int(count.sum())
    if total > _MAX_CROSSINGS:
        raise MaskError(f"has polygons whose edges cross {total:,} rows of pixels, too many; use run lengths")
    edge = np.repeat(np.arange(len(starts)), count)
    row = np.arange(total) - np.repeat(np.cumsum(count) - count, count) + top[edge]
    (x0, y0), (x1, y1) = starts[edge].T, ends[edge].T
    x = x0 + (row + 0.5 - y0) * ((x1 - x0) / (y1 - y0))
    return owners[edge], row, np.clip(np.ceil(x - 0.5), 0, size.width).astype(np.int64)
