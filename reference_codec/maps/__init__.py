"""Map makers: where in the picture each item is.

A map maker finds the part of the picture that each item names, as a boolean mask. `grids.to_grid` reduces a mask to the few cells that a
bitstream carries. The embedded map maker (`embedded`) takes the objects of the shipped detector, then the regions that stand out by their
colours. The others look for names: `clip_surgery` as MISC does, `grounded` as SEDIC does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from misc_format.components import BoolMap, Samples, Size
from reference_codec.errors import ChoiceError
from reference_codec.models import choice
from reference_codec.models.runtime import Runtime

EMBEDDED: Final = "embedded"
_CLIP: Final = "openai/clip-vit-base-patch16"
#: The map makers, and the model that each uses unless the user names another; two models are separated by a comma.
MAP_MAKERS: Final = {
    EMBEDDED: "",
    "clip-surgery": _CLIP,
    "clip-surgery-code": _CLIP,
    "dino-sam": "IDEA-Research/grounding-dino-tiny,facebook/sam-vit-huge",
}


class MapMaker(Protocol):
    """A model that finds names in a picture. `str()` names it for the user."""

    def make(self, samples: Samples, names: Sequence[str], size: Size) -> tuple[BoolMap | None, ...]:
        """A map (height, width) of `size` for each name; None for a name that is not in the picture, uint8 (H, W) or (H, W, 3)."""


def load(map_maker: str, runtime: Runtime) -> MapMaker:
    """A map maker `NAME` or `NAME=MODEL` other than the embedded one.

    Raises `ChoiceError` for an unknown name, `ModelError` for a model that cannot be loaded.
    """
    name, source = choice.parse(map_maker, MAP_MAKERS, "map maker")
    if name == "dino-sam":
        from reference_codec.maps import grounded

        detector, _, segmenter = source.partition(",")
        if not segmenter:
            raise ChoiceError("dino-sam takes two models: dino-sam=DETECTOR,SEGMENTER")
        return grounded.load(detector, segmenter, runtime)
    from reference_codec.maps import clip_surgery

    recipe = clip_surgery.Recipe.CODE if name == "clip-surgery-code" else clip_surgery.Recipe.PAPER
    return clip_surgery.load(source, runtime, recipe)
