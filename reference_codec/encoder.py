"""A picture to a stream: describer, map maker and reference picture, put together as the profile's preset says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

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
    Latents,
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
from reference_codec.images import grid
from reference_codec.models.sources import ChoiceError, Runtime
from reference_codec.pictures.files import from_image, load
from reference_codec.pictures.samples import rgb
from reference_codec.presets import PRESETS, Preset

T = TypeVar("T")
UNMATCHED = (
    "Nothing has matched {0} with the picture: their maps show its most salient regions, in order. "
    "Give --maps for maps of your own, or name a --map-maker that looks for names."
)
FEWER = "The picture is so large that a file holds only {0} full-resolution maps of it; as many items are described."
DESCRIBED = "Described by {0}."
MAPPED = "Maps by {0}."
NOT_FOUND = "{0!r} was not found in the picture, and is left out: a describer may have made it up."
SIMPLIFIED = "Map {0}: overlap {1:.4f} with the one asked for; alone {2:,.0f} bits in place of {3:,.0f}."
EMBEDDED = "embedded"
SMALLEST = "context"  # of the maps' methods, for masks that are simple
SEARCHED = "Quality {0} ({1}) is the best within the rate."
FOUND = "Quality {0} is the best whose image component takes at most {1:g} bpp."
LATENTS_BPP = 0.02  # of a profile whose preset has none
SPARED = "The {0} codestream has {1:,} bytes; the image component takes {2:,} of the file."
RESAMPLED = "Your maps were resampled to {0}x{1}."


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user decides; what is None comes from the preset and the picture.

    `text` and `maps` (bool arrays, any size) replace those of the embedded describer. `map_side`, `block`, `cells` (columns and
    rows of a grid stretched over the picture) and `depth` replace the preset's. With `mask_iou` below 1, a map becomes the cheapest
    one found whose intersection with it over their union is at least that. `architecture`, `quality`, `metric` and `weights` (a file, or
    "pretrained") name the model of image method compressai. `codec` is a codec of `images.conventional` for image method
    codestream, at `quality` in its own scale or the best that takes at most `target_bpp` bits per pixel, of the picture reduced to
    1 / `reduction` of its sides; `quality` and `target_bpp` are those of latents, too, and `report` hears of tiles done of how many.
    `methods` maps a kind to a method's name.

    `describer` and `map_maker`: NAME or NAME=MODEL (see `reference_codec.text`, `reference_codec.maps`); `endpoint`: the address of
    describer endpoint; `items`, `words` (of the overall text) and `detail_words`: what is asked for; `runtime`: where models run. Models
    that one `Choices` names are loaded once, with its first picture.
    """

    profile: str = "misc-1"
    text: Text | None = None
    maps: tuple[BoolMap, ...] | None = None
    describer: str = EMBEDDED
    map_maker: str = EMBEDDED
    endpoint: str | None = None
    items: int | None = None
    words: int | None = None
    detail_words: int | None = None
    runtime: Runtime = field(default_factory=Runtime)
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
    report: Callable[[int, int], None] | None = None
    generation: Generation | None = None
    comment: str | None = None
    checksum: bool = False
    methods: Mapping[str, str] = field(default_factory=dict)
    _models: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)


def encode(image: str | Path | Image.Image | Samples, profile: str = "misc-1", **choices: object) -> bytes:
    """A picture (a file, a Pillow image, or uint8 samples of shape (H, W) or (H, W, 3)) as a bitstream.

    `choices` are those of `Choices`. Raises `MiscError` for what the profile or the format does not allow, `OSError` for a
    file that cannot be read as a picture, `ModelError` (an `OSError`) for a model, `ChoiceError` for choices that do not fit together.
    """
    samples = image if isinstance(image, np.ndarray) else _samples(image)
    stream, _ = compose(samples, Choices(profile, **choices))  # type: ignore[arg-type]
    return write(stream)


def compose(samples: Samples, choices: Choices) -> tuple[Stream, tuple[str, ...]]:
    """The stream for a picture, and notes for the user about what was done on the way."""
    if choices.profile not in PRESETS:
        raise ValueError(f"there is no preset for profile {choices.profile!r}; choose one of {', '.join(PRESETS)}")
    preset = PRESETS[choices.profile]
    _check(choices, preset)
    size = Size(samples.shape[1], samples.shape[0])
    notes: list[str] = []
    text, regions = _content(samples, choices, preset, notes)
    stream = Stream(
        *size,
        choices.profile,
        text=text,
        maps=_maps(regions, size, choices, preset, notes),
        generation=choices.generation,
        image=_image(samples, size, choices, preset, notes),
        ancillary=_ancillary(choices),
        methods=choices.methods,
    )
    return stream, tuple(notes)


def prepare(choices: Choices) -> Choices:
    """The choices with all the models that they name loaded, so that what is wrong with those is said before any picture."""
    if choices.describer != EMBEDDED:
        from reference_codec import text as describers

        _kept(choices, describers.load, choices.describer, choices.runtime, choices.endpoint)
    if choices.map_maker != EMBEDDED:
        from reference_codec import maps as mapmakers

        _kept(choices, mapmakers.load, choices.map_maker, choices.runtime)
    if choices.methods.get("image") == "compressai":
        from reference_codec.images import compressai

        _kept(choices, compressai.load, choices.architecture, choices.quality or 1, choices.metric, choices.weights)
    return choices


def _kept(choices: Choices, load: Callable[..., T], *source: object) -> T:
    """A model that is loaded where it is first needed, and then kept with the choices that name it."""
    key = (load.__module__, source)
    if key not in choices._models:
        choices._models[key] = load(*source)
    found: T = choices._models[key]
    return found


def _samples(image: str | Path | Image.Image) -> Samples:
    return (from_image(image) if isinstance(image, Image.Image) else load(image)).samples


def _check(choices: Choices, preset: Preset) -> None:
    """Raise `ChoiceError` for a choice that would have no effect."""
    asked = choices.describer != EMBEDDED
    for given, used, message in (
        (asked, preset.text and choices.text is None, "there is no text for a describer to write"),
        (
            choices.map_maker != EMBEDDED,
            preset.items and choices.maps is None,
            "there are no maps for a map maker to make",
        ),
        (
            choices.words or choices.detail_words or choices.endpoint,
            asked,
            "words and endpoint are for a describer that asks a model",
        ),
    ):
        if given and not used:
            raise ChoiceError(f"{message} (profile {choices.profile})")


def _content(
    samples: Samples, choices: Choices, preset: Preset, notes: list[str]
) -> tuple[Text | None, tuple[BoolMap, ...]]:
    """The text, and the masks that items and maps speak of: the user's, a model's, or the embedded ones."""
    count = _count(samples, choices, preset, notes)
    text = choices.text
    if text is None and preset.text and choices.describer != EMBEDDED:
        text = _told(samples, choices, count, notes)
    if choices.map_maker != EMBEDDED and preset.items:
        if text is None:
            raise ChoiceError(f"map maker {choices.map_maker} looks for names: name a describer, or give a text")
        return _found(samples, text, choices, preset, notes)
    if text is None:
        return _seen(samples, count, choices, preset)
    if choices.maps is not None:
        return text, choices.maps
    return text, _matched(samples, text.items[:count], notes)


def _count(samples: Samples, choices: Choices, preset: Preset, notes: list[str]) -> int:
    """How many items are described and mapped."""
    if choices.maps is not None:
        return len(choices.maps)
    if choices.text is not None and preset.items:
        return len(choices.text.items)
    count = preset.items if choices.items is None else choices.items
    if preset.map_side == PICTURE and count * samples.shape[0] * samples.shape[1] > MAX_MAP_PIXELS:
        count = MAX_MAP_PIXELS // (samples.shape[0] * samples.shape[1])
        notes.append(FEWER.format(count))
    return count


def _told(samples: Samples, choices: Choices, count: int, notes: list[str]) -> Text:
    """The text of a describer that asks a model."""
    from reference_codec import text as describers
    from reference_codec.text import ask, prompts

    task = prompts.task(choices.profile, count, choices.words, choices.detail_words)
    model = _kept(choices, describers.load, choices.describer, choices.runtime, choices.endpoint)
    text, remarks = ask.describe(model, Image.fromarray(rgb(samples)), task)
    notes += [DESCRIBED.format(model), *remarks]
    return text


def _found(
    samples: Samples, text: Text, choices: Choices, preset: Preset, notes: list[str]
) -> tuple[Text, tuple[BoolMap, ...]]:
    """The items that a map maker finds, and their maps."""
    if not text.items:
        return text, ()
    from reference_codec import maps as mapmakers

    maker = _kept(choices, mapmakers.load, choices.map_maker, choices.runtime)
    size = _map_size(Size(samples.shape[1], samples.shape[0]), choices, preset)
    maps = maker.make(samples, [item.name for item in text.items], size)
    pairs = [(item, grid) for item, grid in zip(text.items, maps, strict=True) if grid is not None]
    notes.append(MAPPED.format(maker))
    notes += [NOT_FOUND.format(item.name) for item, grid in zip(text.items, maps, strict=True) if grid is None]
    return Text(text.overall, tuple(item for item, _ in pairs)), tuple(grid for _, grid in pairs)


def _seen(samples: Samples, count: int, choices: Choices, preset: Preset) -> tuple[Text | None, tuple[BoolMap, ...]]:
    """What the embedded detector, map maker and describer make of the picture; maps of the user's have no names."""
    from reference_codec import detector
    from reference_codec.text import embedded as describer

    things = detector.find(samples) if preset.text else ()
    masks, names = choices.maps, ()
    if masks is None:
        masks, names = (), ()
        if count:
            from reference_codec.maps import embedded as maker  # scikit-image takes a while to import

            masks, names = zip(*maker.regions(samples, count, things), strict=True)
    if not preset.text:
        return None, masks
    overall, items = describer.describe(samples, masks, names, [thing.name for thing in things])
    return Text(overall, tuple(Item(name, detail) for name, detail in items)), masks


def _matched(samples: Samples, items: tuple[Item, ...], notes: list[str]) -> tuple[BoolMap, ...]:
    """For each item that speaks of what the detector finds, where that is; for the others, the most salient regions."""
    if not items:
        return ()
    from reference_codec import detector
    from reference_codec.maps import embedded

    regions = embedded.for_names(
        samples, [item.name for item in items], detector.find(samples, detector.LEAST_EXPECTED)
    )
    unmatched = [item.name for item, region in zip(items, regions, strict=True) if region.name is None]
    if unmatched:
        notes.append(UNMATCHED.format(", ".join(map(repr, unmatched))))
    return tuple(region.mask for region in regions)


def _map_size(size: Size, choices: Choices, preset: Preset) -> Size:
    return size if preset.map_side == PICTURE else Size(*[choices.map_side or int(preset.map_side)] * 2)


def _maps(regions: tuple[BoolMap, ...], size: Size, choices: Choices, preset: Preset, notes: list[str]) -> Maps | None:
    if not regions:
        return None
    from reference_codec.maps.grids import to_grid

    if choices.maps is not None and choices.map_side is None and _allowed(regions, size, choices.profile):
        return _simplified(Maps(regions), size, choices, notes)
    wanted = _map_size(size, choices, preset)
    if choices.maps is not None and any(region.shape != (wanted.height, wanted.width) for region in regions):
        notes.append(RESAMPLED.format(*wanted))
    maps = Maps(tuple(to_grid(region, wanted.width, wanted.height) for region in regions))
    return _simplified(maps, size, choices, notes)


def _simplified(maps: Maps, size: Size, choices: Choices, notes: list[str]) -> Maps:
    """The maps that `mask_iou` allows, under the method that the user chose, or the one that needs least."""
    if choices.mask_iou >= 1:
        return maps
    from reference_codec.maps.simplify import simplify

    name = choices.methods.get("maps", AUTO)
    method = coder(METHOD_BY_NAME["maps", SMALLEST if name == AUTO else name])

    def price(grid: BoolMap) -> float:
        return sum(share.information_bits or 0.0 for share in method.split_bits(Maps((grid,)), size))

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
) -> Grid | Latents | Strings | Codestream | None:
    if choices.codec is not None:
        return _conventional(samples, size, choices, choices.codec, notes)
    method = choices.methods.get("image", AUTO)
    if method == "compressai":
        from reference_codec.images import compressai

        model = _kept(
            choices, compressai.load, choices.architecture, choices.quality or 1, choices.metric, choices.weights
        )
        return compressai.encode(samples, model)
    gridded = choices.cells or choices.block or choices.depth or preset.image_bpp is None
    if method == "latents" or (method == AUTO and not gridded):
        return _latents(samples, size, choices, preset, notes)
    depth = choices.depth or preset.depth
    if choices.cells is not None:
        return grid.stretch(samples, choices.cells, depth)
    if choices.block is None and preset.block is None:
        return None
    return grid.make(samples, choices.block or _block(size, preset.block or 1), depth)


def _latents(samples: Samples, size: Size, choices: Choices, preset: Preset, notes: list[str]) -> Latents | Codestream:
    """Latents or, where no method was named, what comes nearer to the picture at their rate."""
    from reference_codec.images import best
    from reference_codec.images.latents import reference as latents

    encoder = latents.Encoder(samples, choices.report)
    if choices.quality is not None:
        return encoder.at(choices.quality)
    bpp = choices.target_bpp or preset.image_bpp or LATENTS_BPP
    most = int(bpp * size.width * size.height)
    found = encoder.within(most)
    if choices.methods.get("image", AUTO) == AUTO and (nearer := best.nearer(samples, found, most)):
        notes.append(nearer.note)
        return nearer.content
    if choices.target_bpp:
        notes.append(FOUND.format(found.quality, bpp))
    return found


def _conventional(samples: Samples, size: Size, choices: Choices, codec: str, notes: list[str]) -> Codestream:
    from reference_codec.images import conventional

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
