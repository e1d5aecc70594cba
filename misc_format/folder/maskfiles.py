"""Files of masks: pictures, NumPy arrays, and annotations of COCO, recognised by the endings of their names."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from misc_format.coders.folderform import split_name
from misc_format.components import BoolMap, Size
from misc_format.errors import MiscError, PictureError
from misc_format.folder import npz, plainfiles
from misc_format.limits import MAX_MAP_PIXELS
from misc_format.pictures import coco, masks
from misc_format.pictures.faults import UnreadableError
from misc_format.pictures.masks import MaskError, Note
from misc_format.pictures.reading import decoded, read_file

ARRAY: Final = ".npy"
ANNOTATION: Final = ".json"
MAX_ANNOTATION_BYTES: Final = 2**24  # run lengths of noise of 2^24 pixels have as many


def read_mask(path: Path, note: Note, size: Size | None = None, *, max_pixels: int = MAX_MAP_PIXELS) -> BoolMap:
    """The mask of a file. `note`: called with a sentence about each reading that is not plain. `size`: of polygons without a size.

    A mask of more than `max_pixels` pixels is refused before it is decoded. Raises `MiscError` for a file that holds no mask or several,
    `OSError` for a file that cannot be read.
    """
    [mask, *others] = _read(path, note, size, max_pixels, split=False)
    if others:
        raise MiscError(
            "MISC-PCK-003", f"the file has {len(others) + 1} masks; give each a file of its own", path=path.name
        )
    return mask


def read_masks(
    path: Path, note: Note, size: Size | None = None, *, max_pixels: int = MAX_MAP_PIXELS
) -> tuple[BoolMap, ...]:
    """The masks of a file: of a label map one for each label, of annotations one for each. Raises as `read_mask`."""
    return _read(path, note, size, max_pixels, split=True)


def _read(path: Path, note: Note, size: Size | None, max_pixels: int, *, split: bool) -> tuple[BoolMap, ...]:
    def named(sentence: str) -> None:
        note(f"{path.name}: {sentence}.")

    try:
        ending = split_name(path.name)[1].lower()
        if ending == ANNOTATION:
            return coco.masks_of(plainfiles.read_json(path, MAX_ANNOTATION_BYTES), named, size)
        if ending == ARRAY:
            return masks.of_array(npz.read_array(path), named, split=split)
        return decoded(read_file(path), lambda picture: masks.of_picture(picture, named, split=split), max_pixels)
    except (MaskError, UnreadableError) as error:
        raise MiscError("MISC-PCK-003", f"the file {error}", path=path.name) from None
    except PictureError as error:
        raise MiscError("MISC-PCK-003", str(error).rstrip("."), path=path.name) from None
