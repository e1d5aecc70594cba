"""The text, and the masks of its items: the user's own, a model's, or those of the embedded describer and map maker."""

from __future__ import annotations

from typing import Final

from PIL import Image

from misc_format.components import BoolMap, Item, Text
from misc_format.limits import MAX_MAP_PIXELS
from misc_format.profiles import PICTURE
from reference_codec.encoder.work import Work
from reference_codec.errors import ChoiceError
from reference_codec.pictures.samples import rgb

NOTE_UNMATCHED: Final = (
    "The detector has not found {0} in the picture: their maps show its most salient regions, in order. "
    "Give --maps for maps of your own, or name a --map-maker that looks for names."
)
NOTE_FEWER: Final = (
    "The picture is so large that a file holds only {0} full-resolution maps of it; as many items are described."
)
NOTE_DESCRIBER: Final = "Described by {0}."
NOTE_MAP_MAKER: Final = "Maps by {0}."
NOTE_NOT_FOUND: Final = "{0!r} was not found in the picture and is left out: the describer may have made it up."

Masks = tuple[BoolMap, ...]


def describe(work: Work) -> tuple[Text | None, Masks]:
    """The text, and a mask for each of its items. Raises `ChoiceError`, `ModelError`."""
    choices, preset = work.choices, work.preset
    count = _item_count(work)
    text = choices.text.text
    if text is None and preset.text and choices.text.asks_a_model:
        text = _from_model(work, count)
    if choices.maps.looks_for_names and preset.items:
        if text is None:
            raise ChoiceError(f"map maker {choices.maps.map_maker} looks for names: name a describer, or give a text")
        return _masks_by_name(work, text)
    if text is None:
        return _embedded(work, count)
    if choices.maps.maps is not None:
        return text, choices.maps.maps
    return text, _embedded_masks(work, text.items[:count])


def _item_count(work: Work) -> int:
    """How many items are described and mapped."""
    choices, preset = work.choices, work.preset
    if choices.maps.maps is not None:
        return len(choices.maps.maps)
    if choices.text.text is not None and preset.items:
        return len(choices.text.text.items)
    count = preset.items if choices.text.items is None else choices.text.items
    pixels = work.size.width * work.size.height
    if preset.map_side == PICTURE and count * pixels > MAX_MAP_PIXELS:
        count = MAX_MAP_PIXELS // pixels
        work.notes.append(NOTE_FEWER.format(count))
    return count


def _from_model(work: Work, count: int) -> Text:
    """The text of a describer that asks a model."""
    from reference_codec.text import ask, prompts

    choices = work.choices
    task = prompts.task(choices.profile, count, choices.text.words, choices.text.detail_words)
    model = work.models.describer
    text, notes = ask.describe(model, Image.fromarray(rgb(work.samples)), task)
    work.notes += [NOTE_DESCRIBER.format(model), *notes]
    return text


def _masks_by_name(work: Work, text: Text) -> tuple[Text, Masks]:
    """The items that a map maker finds by their names, and their masks."""
    if not text.items:
        return text, ()
    map_maker = work.models.map_maker
    masks = map_maker.make(work.samples, [item.name for item in text.items], work.map_size)
    pairs = list(zip(text.items, masks, strict=True))
    work.notes.append(NOTE_MAP_MAKER.format(map_maker))
    work.notes += [NOTE_NOT_FOUND.format(item.name) for item, mask in pairs if mask is None]
    items = tuple(item for item, mask in pairs if mask is not None)
    return Text(text.overall, items), tuple(mask for mask in masks if mask is not None)


def _embedded(work: Work, count: int) -> tuple[Text | None, Masks]:
    """The text of the embedded describer, and the masks of the embedded map maker or of the user. The user's have no names."""
    from reference_codec import detector
    from reference_codec.text import embedded as describer

    detections = detector.find(work.samples) if work.preset.text else ()
    masks: Masks = work.choices.maps.maps or ()
    names: tuple[str | None, ...] = ()
    if work.choices.maps.maps is None and count:
        from reference_codec.maps import embedded as map_maker  # scikit-image takes a while to import

        masks, names = zip(*map_maker.regions(work.samples, count, detections), strict=True)
    if not work.preset.text:
        return None, masks
    kinds = [detection.name for detection in detections]
    overall, items = describer.describe(work.samples, masks, names, kinds)
    return Text(overall, tuple(Item(name, detail) for name, detail in items)), masks


def _embedded_masks(work: Work, items: tuple[Item, ...]) -> Masks:
    """For each item the mask of the object that it names, if the detector has found it, else of the next salient region."""
    if not items:
        return ()
    from reference_codec import detector
    from reference_codec.maps import embedded

    detections = detector.suggest(work.samples, detector.MIN_EXPECTED_SCORE)
    regions = embedded.for_names(work.samples, [item.name for item in items], detections)
    unmatched = [item.name for item, region in zip(items, regions, strict=True) if region.name is None]
    if unmatched:
        work.notes.append(NOTE_UNMATCHED.format(", ".join(map(repr, unmatched))))
    return tuple(region.mask for region in regions)
