"""Masks as in SEDIC: Grounding DINO finds boxes for a name, and SAM segments what is in them.

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
from reference_codec.maps.grids import to_grid
from reference_codec.models import loading
from reference_codec.models.failures import about
from reference_codec.models.runtime import Runtime
from reference_codec.models.weights import Weights, find
from reference_codec.pictures.samples import rgb

BOX_THRESHOLD: Final = 0.3
TEXT_THRESHOLD: Final = 0.25
MAX_BOXES: Final = 16  # of one name, those of best score; each takes a pass of SAM's mask decoder
Boxes = NDArray[np.float64]


@dataclass(frozen=True)
class Network:
    """A model and its processor."""

    weights: Weights
    model: Any
    processor: Any

    def inputs(self, **arguments: Any) -> Any:
        """The model's inputs, on its device: what the processor makes of these arguments."""
        return self.processor(return_tensors="pt", **arguments).to(self.model.device, self.model.dtype)


@dataclass(frozen=True)
class Grounded:
    """Grounding DINO and SAM of transformers."""

    detector: Network
    segmenter: Network

    def __str__(self) -> str:
        return f"Grounding DINO {self.detector.weights} and SAM {self.segmenter.weights}"

    def make(self, samples: Samples, names: Sequence[str], size: Size) -> tuple[BoolMap | None, ...]:
        """A map (height, width) of `size` for each name: all that SAM segments in its boxes; None for a name without boxes."""
        picture = Image.fromarray(rgb(samples))
        boxes = [self.boxes(picture, name) for name in names]
        with about(self.segmenter.weights.source):
            masks = self._masks(picture, boxes)
        return tuple(None if mask is None else to_grid(mask, size.width, size.height) for mask in masks)

    def boxes(self, picture: Image.Image, name: str) -> Boxes:
        """The boxes (n, 4) of a name in a picture (RGB), the best score first: left, top, right and bottom in pixels."""
        import torch

        network = self.detector
        with about(network.weights.source), torch.inference_mode():
            inputs = network.inputs(images=picture, text=f"{name.lower().strip(' .')}.")
            [result] = network.processor.post_process_grounded_object_detection(
                network.model(**inputs),
                inputs["input_ids"],
                threshold=BOX_THRESHOLD,
                text_threshold=TEXT_THRESHOLD,
                target_sizes=[(picture.height, picture.width)],
            )
            scores, corners = (result[key].double().cpu().numpy() for key in ("scores", "boxes"))
        return best_boxes(scores, corners, picture.size)

    def _masks(self, picture: Image.Image, boxes: Sequence[Boxes]) -> list[BoolMap | None]:
        """The mask (H, W) of each name's boxes; None for no boxes and for an empty mask."""
        import torch

        if not any(map(len, boxes)):
            return [None] * len(boxes)
        network = self.segmenter
        with torch.inference_mode():
            pixels = network.inputs(images=picture)["pixel_values"]
            embeddings = network.model.get_image_embeddings(pixels)
            return [self._mask(picture, embeddings, corners) if len(corners) else None for corners in boxes]

    def _mask(self, picture: Image.Image, embeddings: Any, corners: Boxes) -> BoolMap | None:
        network = self.segmenter
        inputs = network.processor(images=picture, input_boxes=[corners.tolist()], return_tensors="pt")
        input_boxes = inputs["input_boxes"].to(network.model.device, network.model.dtype)
        outputs = network.model(image_embeddings=embeddings, input_boxes=input_boxes, multimask_output=False)
        [masks] = network.processor.image_processor.post_process_masks(
            outputs.pred_masks.float().cpu(), inputs["original_sizes"], inputs["reshaped_input_sizes"]
        )
        mask: BoolMap = masks.numpy().reshape(-1, picture.height, picture.width).any(axis=0)
        return mask if mask.any() else None


def best_boxes(scores: NDArray[np.float64], corners: Boxes, size: tuple[int, int]) -> Boxes:
    """The boxes of best score, cut to the picture's width and height, without those that have no area."""
    order = np.argsort(-scores, kind="stable")[:MAX_BOXES]
    boxes = np.clip(corners.reshape(-1, 4)[order], 0, np.tile(size, 2))
    return np.asarray(boxes[(boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])], np.float64)


def load(detector: str, segmenter: str, runtime: Runtime) -> Grounded:
    """Both models, given as sources (see `models.weights`), ready to make masks. Raises `ModelError`."""
    from transformers import AutoModelForZeroShotObjectDetection, SamModel

    return Grounded(
        _network(detector, AutoModelForZeroShotObjectDetection, runtime), _network(segmenter, SamModel, runtime)
    )


def _network(source: str, kind: Any, runtime: Runtime) -> Network:
    weights = find(source)
    processor = loading.load_processor(weights)
    return Network(weights, loading.load(kind, weights, runtime), processor)
