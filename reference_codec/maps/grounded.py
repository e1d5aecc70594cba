"""Masks as in SEDIC: Grounding DINO finds boxes for a name, and SAM segments what is in them.

A name that Grounding DINO does not find has no mask: SEDIC takes it for a hallucination of the describer. SEDIC's released code names both
models and the threshold, but lacks the file that makes the mask. That all boxes count, and that their masks are united, is Grounded SAM's
way (the demo of IDEA-Research/Grounded-Segment-Anything).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from misc_format.components import BoolMap, Samples, Size
from reference_codec.maps import grounding_dino, sam
from reference_codec.maps.grids import to_grid
from reference_codec.models.runtime import Runtime
from reference_codec.pictures.samples import rgb, size_of

BOX_THRESHOLD: Final = 0.3


@dataclass(frozen=True)
class Grounded:
    """Grounding DINO and SAM."""

    detector: grounding_dino.Detector
    segmenter: sam.Segmenter

    def __str__(self) -> str:
        return f"Grounding DINO {self.detector.weights} and SAM {self.segmenter.weights}"

    def make(self, samples: Samples, names: Sequence[str], size: Size) -> tuple[BoolMap | None, ...]:
        """A map (height, width) of `size` for each name: all that SAM segments in its boxes; None for a name without boxes."""
        masks = self.masks(rgb(samples), names)
        return tuple(None if mask is None else to_grid(mask, size.width, size.height) for mask in masks)

    def masks(self, samples: Samples, names: Sequence[str]) -> list[BoolMap | None]:
        """The mask (H, W) of each name in a picture, uint8 (H, W, 3); None for no boxes and for an empty mask. Raises `ModelError`."""
        boxes = [self.detector.boxes(samples, name, BOX_THRESHOLD) for name in names]
        if not any(map(len, boxes)):
            return [None] * len(boxes)
        embeddings = self.segmenter.embed(samples)
        size = size_of(samples)
        masks = [self.segmenter.mask(embeddings, corners, size) for corners in boxes]
        return [mask if mask.any() else None for mask in masks]


def load(detector: str, segmenter: str, runtime: Runtime) -> Grounded:
    """Both models, given as sources (see `models.weights`), ready to make masks. Raises `ModelError`."""
    return Grounded(grounding_dino.load(detector, runtime), sam.load(segmenter, runtime))
