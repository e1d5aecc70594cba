"""A picture to a stream: describer, map maker and reference picture, put together as the profile's preset says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from misc_format.coders import coder
from misc_format.components import (
    Ancillary,
    BoolMap,
    Codestream,
    Generation,
    Grid,
    Item,
    Maps,
    Samples,
    Size,
    Stream,
    Strings,
    Text,
)
from misc_format.limits import MAX_GRID_CELLS, MAX_MAP_PIXELS
from misc_format.profiles import PICTURE, PROFILES
from misc_format.registry import ANCILLARY_BY_NAME, AUTO, METHOD_BY_NAME
from misc_format.stream import write
from reference_codec.pictures import from_image, load
from reference_codec.presets import PRESETS, Preset
from reference_codec.references import grid

UNMATCHED = (
    "The maps show the picture's most salient regions, in order; nothing has matched them with your items. "
    "Give --maps for maps of your own."
)
FEWER = "The picture is so large that a file holds only {0} full-resolution maps of it; as many items are described."
SIMPLIFIED = "Map {0}: overlap {1:.4f} with the one asked for; alone {2:,.0f} bits in place of {3:,.0f}."
SMALLEST = "context"  # of the maps' methods, for masks that are simple
SEARCHED = "Quality {0} ({1}) is the best within the rate."
SPARED = "The {0} codestream has {1:,} bytes; the image component takes {2:,} of the file."
RESAMPLED = "Your maps were resampled to {0}x{1}."


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user decides; what is None comes from the preset and the picture.

    `text` and `maps` (bool arrays, any size) replace those of the embedded describer. `map_side`, `block`, `cells` (columns and
    rows of a grid stretched over the picture) and `depth` replace the preset's. With `mask_iou` below 1, a map becomes the cheapest
    one found whose intersection with it over their union is at least that. `architecture`, `quality`, `metric` and `weights` (a file, or
    "pretrained") name the model of image method compressai. `codec` is a codec of `references.conventional` for image method
    codestream, at `quality` in its own scale or the best that takes at most `target_bpp` bits per pixel, of the picture reduced to
    1 / `reduction` of its sides. `methods` maps a kind to a method's name.
    """

    profile: str = "misc-1"
    text: Text | None = None
    maps: tuple[BoolMap, ...] | None = None
    map_side: int | None = None
    mask_iou: float = 1.0
    block: int | None = None
    cells: Size | None = None
    depth: int | None = None
    architecture: str = "cheng2020-attn"
    quality: int | None = None
    metric: str = "mse"
    weights: str | Path | None = None
    codec: str | None = None
    target_bpp: float | None = None
    reduction: int = 1
    generation: Generation | None = None
    comment: str | None = None
    checksum: bool = False
    methods: Mapping[str, str] = field(default_factory=dict)


def encode(image: str | Path | Image.Image | Samples, profile: str = "misc-1", **choices: object) -> bytes:
    """A picture (a file, a Pillow image, or uint8 samples of shape (H, W) or (H, W, 3)) as a bitstream.

    `choices` are those of `Choices`. Raises `MiscError` for what the profile or the format does not allow, `OSError` for a
    file that cannot be read as a picture.
    """
    samples = image if isinstance(image, np.ndarray) else _samples(image)
    stream, _ = compose(samples, Choices(profile, **choices))  # type: ignore[arg-type]
    return write(stream)


def compose(samples: Samples, choices: Choices) -> tuple[Stream, tuple[str, ...]]:
    """The stream for a picture, and notes for the user about what was done on the way."""
    if choices.profile not in PRESETS:
        raise ValueError(f"there is no preset for profile {choices.profile!r}; choose one of {', '.join(PRESETS)}")
    preset = PRESETS[choices.profile]
    size = Size(samples.shape[1], samples.shape[0])
    notes: list[str] = []
    regions = _regions(samples, choices, preset, notes)
    stream = Stream(
        *size,
        choices.profile,
        text=_text(samples, regions, choices, preset),
        maps=_maps(regions, size, choices, preset, notes),
        generation=choices.generation,
        image=_image(samples, size, choices, preset, notes),
        ancillary=_ancillary(choices),
        methods=choices.methods,
    )
    return stream, tuple(notes)


def _samples(image: str | Path | Image.Image) -> Samples:
    return (from_image(image) if isinstance(image, Image.Image) else load(image)).samples


def _regions(samples: Samples, choices: Choices, preset: Preset, notes: list[str]) -> tuple[BoolMap, ...]:
    """The masks that items and maps speak of, the user's or the most salient ones."""
    if choices.maps is not None:
        return choices.maps
    count = preset.items
    if choices.text is not None and preset.items:
        count = len(choices.text.items)
    elif preset.map_side == PICTURE and count * samples.shape[0] * samples.shape[1] > MAX_MAP_PIXELS:
        count = MAX_MAP_PIXELS // (samples.shape[0] * samples.shape[1])
        notes.append(FEWER.format(count))
    if count == 0:
        return ()
    from reference_codec.mapmakers import embedded  # scikit-image takes a while to import

    regions = embedded.salient_regions(samples, count)
    if choices.text is None:
        return regions
    notes.append(UNMATCHED)
    everywhere = np.ones((1, 1), np.bool_)
    return (*regions, *[everywhere] * (count - len(regions)))


def _text(samples: Samples, regions: tuple[BoolMap, ...], choices: Choices, preset: Preset) -> Text | None:
    if choices.text is not None or not preset.text:
        return choices.text
    from reference_codec.describers import embedded

    overall, items = embedded.describe(samples, regions)
    return Text(overall, tuple(Item(name, detail) for name, detail in items))


def _maps(regions: tuple[BoolMap, ...], size: Size, choices: Choices, preset: Preset, notes: list[str]) -> Maps | None:
    if not regions:
        return None
    from reference_codec.mapmakers.grids import to_grid

    if choices.maps is not None and choices.map_side is None and _allowed(regions, size, choices.profile):
        return _simplified(Maps(regions), size, choices, notes)
    wanted = size if preset.map_side == PICTURE else Size(*[choices.map_side or int(preset.map_side)] * 2)
    if choices.maps is not None and any(region.shape != (wanted.height, wanted.width) for region in regions):
        notes.append(RESAMPLED.format(*wanted))
    maps = Maps(tuple(to_grid(region, wanted.width, wanted.height) for region in regions))
    return _simplified(maps, size, choices, notes)


def _simplified(maps: Maps, size: Size, choices: Choices, notes: list[str]) -> Maps:
    """The maps that `mask_iou` allows, under the method that the user chose, or the one that needs least."""
    if choices.mask_iou >= 1:
        return maps
    from reference_codec.mapmakers.simplify import simplify

    name = choices.methods.get("maps", AUTO)
    method = coder(METHOD_BY_NAME["maps", SMALLEST if name == AUTO else name])

    def price(grid: BoolMap) -> float:
        return sum(share.information_bits for share in method.price(Maps((grid,)), size))

    found = [simplify(grid, choices.mask_iou, price) for grid in maps.maps]
    notes += [SIMPLIFIED.format(index, *part[1:]) for index, part in enumerate(found)]
    return Maps(tuple(part.mask for part in found))


def _allowed(maps: tuple[BoolMap, ...], size: Size, profile: str) -> bool:
    """Whether the profile takes maps of these sizes as they are."""
    rows = PROFILES.get(profile)
    if rows is None or rows.map_sides is None:
        return True
    if isinstance(rows.map_sides, tuple):
        least, most = rows.map_sides
        return all(least <= side <= most for grid in maps for side in grid.shape)
    return all(grid.shape == (size.height, size.width) for grid in maps)


def _image(
    samples: Samples, size: Size, choices: Choices, preset: Preset, notes: list[str]
) -> Grid | Strings | Codestream | None:
    if choices.codec is not None:
        return _conventional(samples, size, choices, choices.codec, notes)
    if choices.methods.get("image") == "compressai":
        from reference_codec.references import compressai

        model = compressai.load(choices.architecture, choices.quality or 1, choices.metric, choices.weights)
        return compressai.encode(samples, model)
    depth = choices.depth or preset.depth
    if choices.cells is not None:
        return grid.stretch(samples, choices.cells, depth)
    if choices.block is None and preset.block is None:
        return None
    return grid.make(samples, choices.block or _block(size, preset.block or 1), depth)


def _conventional(samples: Samples, size: Size, choices: Choices, codec: str, notes: list[str]) -> Codestream:
    from reference_codec.references import conventional

    settings = conventional.Settings(codec, choices.quality, choices.reduction)
    if choices.target_bpp is None:
        content = conventional.make(samples, settings)
    else:
        content, quality = conventional.search(samples, settings, choices.target_bpp)
        notes.append(SEARCHED.format(quality, settings.codec.meaning))
    stored = len(coder(METHOD_BY_NAME["image", "codestream"]).encode(content, size))
    notes.append(SPARED.format(content.format, len(content.data), stored))
    return content


def _block(size: Size, block: int) -> int:
    """The preset's block, doubled until the grid is within its limit, and no larger than the picture."""
    while -(-size.width // block) * -(-size.height // block) > MAX_GRID_CELLS:
        block *= 2
    return min(block, max(size))


def _ancillary(choices: Choices) -> tuple[Ancillary, ...]:
    comment = (
        [Ancillary(ANCILLARY_BY_NAME["comment"].id, choices.comment.encode())] if choices.comment is not None else []
    )
    checksum = [Ancillary(ANCILLARY_BY_NAME["checksum"].id)] if choices.checksum else []
    return (*comment, *checksum)
