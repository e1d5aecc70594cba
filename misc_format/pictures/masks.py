"""Masks as people have them: what a picture or an array shows, read as bool maps, or refused with what was found and what to do.

The readings, in this order:

1. An alpha channel that is not opaque everywhere has the shape, unless the colours have another one.
2. Two values, of which one is 0 or black: the other one is set.
3. Few small whole numbers: a label map, one mask for each label. The largest number of the type, such as 255, stands for no label.
4. Values from 0 to the largest, most of them near either end: a mask with soft edges, set from half of the largest value on.

Everything but black and white, false and true, gives a note.
"""

from __future__ import annotations

from collections.abc import Callable, Sized
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from misc_format.components import BoolMap, Samples
from misc_format.limits import MAX_MAPS
from misc_format.pictures import tiff
from misc_format.pictures.conversion import layers_of, wide_values
from misc_format.pictures.opening import OpenedPicture
from misc_format.pictures.storage import Storage

Note = Callable[[str], object]
Values = NDArray[Any]

NOTE_ALPHA: Final = "the shape was taken from the alpha channel"
NOTE_SOFT: Final = "values from half of white on are set; {0:,} of {1:,} pixels lie between black and white"
NOTE_NEAR: Final = "{0:,} of {1:,} pixels are nearly black or white, and were taken for that"
NOTE_TWO: Final = "the values are 0 and {0}; {0} is set"
NOTE_ONE: Final = "every value is {0}; all pixels are set"
NOTE_COLOUR: Final = "the colours are black and {0}; {0} is set"
NOTE_LABELS: Final = "the labels {0} became {1} maps, in this order"
NOTE_VOID: Final = "pixels of value {0} have no label and are set in no map"
REMEDY: Final = "make it black and white, with white for the item"
_MAX_SMALL_LABEL: Final = 32
_MAX_SHOWN: Final = 6
_MAX_DISTINCT: Final = 2**16  # numbers that are told apart; labels are fewer
_BAND: Final = 2**18  # pixels that are sorted at a time


class MaskError(ValueError):
    """A picture or an array is no mask. The message says what was found and what to do, without a subject and without a full stop."""


class Levels(NamedTuple):
    """Numbers (H, W) in which a mask is looked for. `largest`: the number that stands for white; None if the numbers are labels."""

    values: Values
    largest: int | None


def of_picture(picture: OpenedPicture, note: Note, *, split: bool) -> tuple[BoolMap, ...]:
    """The masks in a decoded picture. `split`: a label map becomes several masks, otherwise it is refused. Raises `MaskError`."""
    image, storage = ImageOps.exif_transpose(picture.image), picture.storage
    alpha = layers_of(image, storage, []).alpha
    if alpha is None:
        return _of_colours(image, storage, note, split=split)
    mask: BoolMap = alpha >= 128
    shown = np.asarray(image.convert("RGBA") if image.mode != "La" else image.convert("LA").convert("RGBA"))[..., :3]
    visible = shown[mask]
    if len(visible) and bool((visible != visible[0]).any()):
        try:
            by_colour = _of_colours(image, storage, lambda _: None, split=False)
        except MaskError:
            pass  # the colours are those of a picture that was cut out
        else:
            if not np.array_equal(by_colour[0], mask):
                raise MaskError("has one shape in its colours and another in its alpha channel; remove one of them")
    between = int(((alpha > 0) & (alpha < 255)).sum())
    note(NOTE_ALPHA)
    if between:
        note(NOTE_SOFT.format(between, alpha.size))
    return (mask,)


def of_array(values: Values, note: Note, *, split: bool) -> tuple[BoolMap, ...]:
    """The masks in an array of truth values or numbers: (H, W), or, where several masks may be, (N, H, W). Raises `MaskError`."""
    if values.ndim == 3 and 1 in (values.shape[0], values.shape[2]):
        values = values[0] if values.shape[0] == 1 else values[..., 0]
    if values.ndim == 3 and split and values.shape[0] <= MAX_MAPS:
        return tuple(mask for layer in values for mask in of_array(layer, note, split=False))
    if values.ndim != 2 or not values.size:
        shape = "x".join(map(str, values.shape))
        raise MaskError(
            f"is an array of shape {shape}; give one of height x width, or of maps x height x width to --maps"
        )
    if values.dtype == np.bool_:
        return (values,)
    if values.dtype.kind == "f":
        return _of_fractions(values, note, split=split)
    largest = np.iinfo(values.dtype).max if values.dtype.kind == "u" and values.dtype.itemsize <= 2 else 255
    return _of_levels(Levels(values, int(largest)), note, split=split)


def _of_fractions(values: Values, note: Note, *, split: bool) -> tuple[BoolMap, ...]:
    if not np.isfinite(values).all():
        raise MaskError("has values that are not finite; replace them first")
    if bool((values == np.rint(values)).all()) and float(np.abs(values).max()) <= 65535:
        return _of_levels(Levels(values.astype(np.int64), 255), note, split=split)
    low, high = float(values.min()), float(values.max())
    if low < 0 or high > 1:
        raise MaskError(
            f"has fractional values from {low:.4g} to {high:.4g}; scale them to 0 to 1, or compare them with a threshold"
        )
    return _of_levels(Levels(_levels_of_fractions(values, note), 255), note, split=split)


def _levels_of_fractions(values: Values, note: Note) -> Values:
    """Levels 0 to 255 for numbers from 0 to 1. Those that are rounded to black or white give a note; `_of_levels` has one for greys."""
    levels: Values = np.floor(values * 255 + 0.5).astype(np.int64)
    rounded = int((((levels == 0) & (values > 0)) | ((levels == 255) & (values < 1))).sum())
    if rounded:
        note(NOTE_NEAR.format(rounded, values.size))
    return levels


def _of_colours(image: Image.Image, storage: Storage, note: Note, *, split: bool) -> tuple[BoolMap, ...]:
    levels = _grey_levels(image, storage, note)
    if isinstance(levels, Levels):
        return _of_levels(levels, note, split=split)
    packed = _packed(levels)
    names = [f"#{colour:06x}" for colour in _distinct(packed).tolist()]
    if len(names) == 2 and "#000000" in names:
        note(NOTE_COLOUR.format(names[1]))
        return (packed != 0,)
    if image.mode in ("P", "PA") and len(names) > 1:
        return _of_levels(Levels(_channel(image, 0), None), note, split=split)
    shown = ", ".join(names[:_MAX_SHOWN]) + (", ..." if len(names) > _MAX_SHOWN else "")
    raise MaskError(f"has {_number_of(names)} colours ({shown}); {REMEDY}")


def _grey_levels(image: Image.Image, storage: Storage, note: Note) -> Levels | Samples:
    """The levels of a picture in greys as they stand in the file; of another picture, its colours (H, W, 3)."""
    if image.mode.startswith("I") or image.mode == "F" or storage.sample_format == tiff.SIGNED:
        return _wide_levels(image, storage, note)
    if image.mode == "1":
        return Levels(np.asarray(image, np.uint8) * 255, 255)
    if image.mode in ("L", "LA"):
        values = _channel(image, 0)
        unit = 255 // (2**storage.bits - 1) if storage.bits < 8 else 1
        return Levels(values // unit, 255 // unit)
    if image.mode == "La":
        return Levels(_channel(image.convert("LA"), 0), 255)
    plain = image.copy()
    plain.info.pop("transparency", None)
    colours = np.asarray(plain.convert("RGBA").convert("RGB") if image.mode in ("PA", "RGBa") else plain.convert("RGB"))
    is_grey = bool((colours == colours[..., :1]).all())
    return Levels(colours[..., 0], 255) if is_grey else colours


def _wide_levels(image: Image.Image, storage: Storage, note: Note) -> Levels:
    values = wide_values(image, storage)
    if values.dtype.kind == "f":
        if (
            not np.isfinite(values).all()
            or values.min() < 0
            or not (values.max() <= 1 or bool((values == np.rint(values)).all()))
        ):
            raise MaskError(f"has floating-point values from {values.min():.4g} to {values.max():.4g}; {REMEDY}")
        if not (values == np.rint(values)).all():
            values, largest = _levels_of_fractions(values, note), 255
        else:
            largest = 255 if values.max() > 1 else 1
        values = values.astype(np.int64)
    else:
        largest = storage.max_sample or (255 if values.max() <= 255 else 65535)
    return Levels(largest - values.astype(np.int64) if storage.white_is_zero else values, largest)


def _channel(image: Image.Image, place: int) -> Samples:
    samples = np.asarray(image)
    return samples if samples.ndim == 2 else samples[..., place]


def _number_of(distinct: Sized) -> str:
    return f"{len(distinct):,}" if len(distinct) <= _MAX_DISTINCT else f"more than {_MAX_DISTINCT:,}"


def _packed(colours: Samples) -> Values:
    """Colours (H, W, 3) as numbers (H, W)."""
    red, green, blue = (colours[..., plane].astype(np.uint32) for plane in range(3))
    return red << 16 | green << 8 | blue


def _distinct(values: Values) -> Values:
    """The distinct numbers, in ascending order. Only a band of rows is sorted at a time.

    With more than `_MAX_DISTINCT` numbers, some are missing, but neither the smallest nor the largest.
    """
    found = np.unique(np.array([values.min(), values.max()], values.dtype))
    band = max(1, _BAND // values.shape[1])
    for row in range(0, len(values), band):
        found = np.union1d(found, values[row : row + band])
        if len(found) > _MAX_DISTINCT:
            break
    return found


def _of_levels(levels: Levels, note: Note, *, split: bool) -> tuple[BoolMap, ...]:
    """The masks in numbers."""
    values, largest = levels
    distinct = _distinct(values)
    if int(distinct[0]) < 0:
        raise MaskError(f"has values from {distinct[0]} to {distinct[-1]}; {REMEDY}")
    if len(distinct) == 1 or (len(distinct) == 2 and distinct[0] == 0):
        top = int(distinct[-1])
        if len(distinct) == 1 and top not in (0, 1, largest):
            raise MaskError(f"has the value {top} everywhere, which is neither black nor white; {REMEDY}")
        if top not in (0, largest):
            note((NOTE_TWO if len(distinct) == 2 else NOTE_ONE).format(top))
        return (values != 0,)
    labels = _labels(distinct, largest)
    if labels is not None:
        return _of_labels(values, labels, distinct, note, split=split)
    assert largest is not None
    near = largest // 8
    between = int(((values > near) & (values < largest - near)).sum())
    if distinct[0] > near or distinct[-1] < largest - near or 2 * between > values.size:
        shown = f"{_number_of(distinct)} values from {distinct[0]} to {distinct[-1]}"
        raise MaskError(
            f"has {shown}, too many of them neither black nor white; {REMEDY}, or give a label map of the labels 1 to 16"
        )
    note(NOTE_SOFT.format(int(((values > 0) & (values < largest)).sum()), values.size))
    return (values >= (largest + 1) // 2,)


def _labels(distinct: Values, largest: int | None) -> list[int] | None:
    """The labels among distinct numbers, without 0 and the number for no label; None if they are no labels."""
    void = 255 if largest is None else largest
    labels = [value for value in distinct.tolist() if value not in (0, void)]
    if largest is None:
        return labels
    has_void = void in distinct.tolist()
    if len(labels) >= 2 and max(labels) <= _MAX_SMALL_LABEL and largest > 2 * _MAX_SMALL_LABEL:
        return labels
    if len(labels) >= 2 and not has_void and max(labels) < (largest + 1) // 2 and len(labels) <= MAX_MAPS:
        return labels
    return None


def _of_labels(values: Values, labels: list[int], distinct: Values, note: Note, *, split: bool) -> tuple[BoolMap, ...]:
    shown = ", ".join(map(str, labels[:MAX_MAPS])) + (", ..." if len(labels) > MAX_MAPS else "")
    if not split and len(labels) > 1:
        raise MaskError(
            f"is a label map with the labels {shown}; give each label a black and white picture of its own, or this file alone to --maps"
        )
    if len(labels) > MAX_MAPS:
        raise MaskError(
            f"is a label map with {len(labels)} labels, and a file holds at most {MAX_MAPS} maps; leave out some labels"
        )
    note(NOTE_LABELS.format(shown, len(labels)))
    voids = [value for value in distinct.tolist() if value not in (0, *labels)]
    if voids:
        note(NOTE_VOID.format(voids[0]))
    return tuple(values == label for label in labels)
