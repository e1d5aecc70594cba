"""Masks as in SEDIC: Grounding DINO finds boxes for a name, SAM finds what fills them.

A name that Grounding DINO does not find has no mask: SEDIC takes it for a hallucination of the describer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from misc_format.components import BoolMap, Samples, Size
from reference_codec.models import sources as models
from reference_codec.pictures.samples import rgb

BOX_THRESHOLD: Final = 0.3
TEXT_THRESHOLD: Final = 0.25
MOST_BOXES: Final = 16  # of one name, the surest first; each takes a pass of SAM's mask decoder


@dataclass(frozen=True)
class Part:
    """A model and its processor."""

    weights: models.Weights
    model: Any
    processor: Any


@dataclass(frozen=True)
class Grounded:
    """Grounding DINO and SAM of transformers."""

    detector: Part
    segmenter: Part

    def __str__(self) -> str:
        return f"Grounding DINO {self.detector.weights} and SAM {self.segmenter.weights}"

    def make(self, samples: Samples, names: Sequence[str], size: Size) -> tuple[BoolMap | None, ...]:
        """A mask (height, width) of `size` for each name: all that SAM finds in its boxes; None for a name that is not found."""
        from reference_codec.maps.grids import to_grid

        picture = Image.fromarray(rgb(samples))
        boxes = [self.boxes(picture, name) for name in names]
        with models.loading(self.segmenter.weights.source):
            masks = self._masks(picture, boxes)
        return tuple(None if mask is None else to_grid(mask, size.width, size.height) for mask in masks)

    def boxes(self, picture: Image.Image, name: str) -> NDArray[np.float64]:
        """Boxes (n, 4) of a name in a picture (RGB), surest first: left, top, right, bottom in pixels."""
        import torch

        part = self.detector
        with models.loading(part.weights.source), torch.inference_mode():
            inputs = part.processor(images=picture, text=f"{name.lower().strip(' .')}.", return_tensors="pt")
            outputs = part.model(**inputs.to(part.model.device, part.model.dtype))
            [found] = part.processor.post_process_grounded_object_detection(
                outputs,
                inputs["input_ids"],
                threshold=BOX_THRESHOLD,
                text_threshold=TEXT_THRESHOLD,
                target_sizes=[(picture.height, picture.width)],
            )
            scores, corners = found["scores"].double().cpu().numpy(), found["boxes"].double().cpu().numpy()
        return surest(scores, corners, picture.size)

    def _masks(self, picture: Image.Image, boxes: Sequence[NDArray[np.float64]]) -> list[BoolMap | None]:
        import torch

        part = self.segmenter
        masks: list[BoolMap | None] = [None] * len(boxes)
        given = [index for index, rows in enumerate(boxes) if len(rows)]
        if not given:
            return masks
        with torch.inference_mode():
            inputs = part.processor(images=picture, return_tensors="pt").to(part.model.device, part.model.dtype)
            seen = part.model.get_image_embeddings(inputs["pixel_values"])
            for index in given:
                asked = part.processor(images=picture, input_boxes=[boxes[index].tolist()], return_tensors="pt")
                corners = asked["input_boxes"].to(part.model.device, part.model.dtype)
                outputs = part.model(image_embeddings=seen, input_boxes=corners, multimask_output=False)
                [found] = part.processor.image_processor.post_process_masks(
                    outputs.pred_masks.float().cpu(),
                    inputs["original_sizes"].cpu(),
                    inputs["reshaped_input_sizes"].cpu(),
                )
                mask = found.numpy().reshape(-1, picture.height, picture.width).any(axis=0)
                masks[index] = mask if mask.any() else None
        return masks


def surest(scores: NDArray[np.float64], corners: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """The boxes of the highest scores, cut to the picture's width and height; without those that have no area."""
    order = np.argsort(-scores, kind="stable")[:MOST_BOXES]
    boxes = np.clip(corners.reshape(-1, 4)[order], 0, np.tile(size, 2))
    return np.asarray(boxes[(boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])], np.float64)


def load(detector: str, segmenter: str, runtime: models.Runtime) -> Grounded:
    """Both models, ready to make masks; raises `ModelError`."""
    from transformers import AutoModelForZeroShotObjectDetection, SamModel

    parts = []
    for source, kind in ((detector, AutoModelForZeroShotObjectDetection), (segmenter, SamModel)):
        weights = models.find(source)
        processor = models.load_processor(weights)
        parts.append(Part(weights, models.load(kind, weights, runtime), processor))
    return Grounded(*parts)
