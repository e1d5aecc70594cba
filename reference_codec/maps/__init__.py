"""Map makers: where in the picture is each item?

A map maker finds, for each item of the description, the part of the picture that it is about, as a boolean mask. `grids.to_grid` turns a
mask into the few cells that a MISC file carries. The embedded map maker (`embedded`) takes the objects that the detector that ships
has found, and beside them what is salient by colour contrast. The others look for names: `clip_surgery` as MISC does, `grounded` as SEDIC
does. A map maker only proposes; which masks are used is the caller's choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from misc_format.components import BoolMap, Samples, Size
from reference_codec.models.sources import ChoiceError, Runtime, named

_CLIP: Final = "openai/clip-vit-base-patch16"
#: Name, and the models where none are named, separated by a comma.
MAP_MAKERS: Final = {
    "embedded": "",
    "clip-surgery": _CLIP,
    "clip-surgery-code": _CLIP,
    "dino-sam": "IDEA-Research/grounding-dino-tiny,facebook/sam-vit-huge",
}


class MapMaker(Protocol):
    """Something that finds names in a picture. `str()` of it names it for the user."""

    def make(self, samples: Samples, names: Sequence[str], size: Size) -> tuple[BoolMap | None, ...]:
        """A map (height, width) of `size` for each name; None for a name that is not in the picture (uint8 (H, W) or (H, W, 3))."""


def load(choice: str, runtime: Runtime) -> MapMaker:
    """The map maker of `NAME` or `NAME=MODEL`, other than the embedded one. Raises `ChoiceError`, `ModelError`."""
    name, source = named(choice, MAP_MAKERS, "map maker")
    if name == "dino-sam":
        from reference_codec.maps import grounded

        detector, _, segmenter = source.partition(",")
        if not segmenter:
            raise ChoiceError("dino-sam takes two models: dino-sam=DETECTOR,SEGMENTER")
        return grounded.load(detector, segmenter, runtime)
    from reference_codec.maps import clip_surgery

    way = clip_surgery.Redundancy.CODE if name == "clip-surgery-code" else clip_surgery.Redundancy.PAPER
    return clip_surgery.load(source, runtime, way)
