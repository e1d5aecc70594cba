"""The maps: masks reduced to the size that the profile asks for, and replaced by similar ones with fewer bits if the user allows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from misc_format.coders import coder
from misc_format.components import BoolMap, Maps, Size
from misc_format.profiles import PROFILES
from misc_format.registry import AUTO, METHOD_BY_NAME
from reference_codec.encoder.work import Work

NOTE_SIMPLIFIED: Final = (
    "Map {0}: intersection over union {1:.4f} with the original map; coded alone {2:,.0f} bits instead of {3:,.0f}."
)
NOTE_RESAMPLED: Final = "Your maps were resampled to {0}x{1}."
SIMPLE_MASKS_METHOD: Final = "context"  # the maps method that needs the fewest bits for simplified masks


def make(work: Work, masks: tuple[BoolMap, ...]) -> Maps | None:
    """The maps of these masks; None without masks."""
    if not masks:
        return None
    choices = work.choices.maps
    is_users = choices.maps is not None
    work.notes += choices.notes
    if is_users and choices.side is None and _is_allowed(masks, work.size, work.choices.profile):
        return _simplified(work, Maps(masks))
    from reference_codec.maps.grids import to_grid

    size = work.map_size
    if is_users and any(mask.shape != (size.height, size.width) for mask in masks):
        work.notes.append(NOTE_RESAMPLED.format(*size))
    return _simplified(work, Maps(tuple(to_grid(mask, size.width, size.height) for mask in masks)))


def _is_allowed(masks: tuple[BoolMap, ...], size: Size, profile: str) -> bool:
    """Whether the profile allows maps of these sizes."""
    limits = PROFILES.get(profile)
    if limits is None or limits.map_sides is None:
        return True
    if isinstance(limits.map_sides, tuple):
        min_side, max_side = limits.map_sides
        return all(min_side <= side <= max_side for mask in masks for side in mask.shape)
    return all(mask.shape == (size.height, size.width) for mask in masks)


def _simplified(work: Work, maps: Maps) -> Maps:
    """The maps, each replaced by one with fewer bits within `min_iou`. The bits are those of the chosen method."""
    choices = work.choices.maps
    if choices.min_iou >= 1:
        return maps
    from reference_codec.maps.simplify import simplify

    results = [simplify(mask, choices.min_iou, price_of(work)) for mask in maps.maps]
    work.notes += [
        NOTE_SIMPLIFIED.format(index, result.iou, result.bits, result.bits_before)
        for index, result in enumerate(results)
    ]
    return Maps(tuple(result.mask for result in results))


def price_of(work: Work) -> Callable[[BoolMap], float]:
    """The bits of a mask alone, under the chosen method."""
    choices = work.choices.maps
    method = coder(METHOD_BY_NAME["maps", SIMPLE_MASKS_METHOD if choices.method == AUTO else choices.method])

    def price(mask: BoolMap) -> float:
        return sum(share.information_bits or 0.0 for share in method.split_bits(Maps((mask,)), work.size))

    return price
