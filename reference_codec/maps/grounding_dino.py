"""Grounding DINO through transformers: boxes for a name, as its released code finds them.

The network is transformers'; what goes in and what is made of its output is here, so that it does not depend on the libraries that are
installed. Source: IDEA-Research/GroundingDINO.

Rule 1.  The network computes in float32, whatever type is asked for. It chooses its boxes among many by their scores: with tiny random
         weights, bfloat16 chose another in one of eight, and moved the others by up to 0.7 % of the picture's width.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format.components import Samples, Size
from reference_codec.maps import scaling
from reference_codec.models import loading
from reference_codec.models.failures import about
from reference_codec.models.runtime import Dtype, Runtime
from reference_codec.models.weights import Weights, find

Boxes = NDArray[np.float64]


@dataclass(frozen=True)
class Detector:
    """A Grounding DINO with its processor, of which the tokenizer and the size of pictures count."""

    weights: Weights
    model: Any
    processor: Any

    def boxes(self, samples: Samples, name: str, threshold: float) -> Boxes:
        """The boxes (n, 4) of a name in a picture, uint8 (H, W, 3): left, top, right and bottom in pixels, in the model's order.

        A box counts if the score of any token is above `threshold` (0 to 1). A box may reach beyond the picture. Raises `ModelError`.
        """
        with about(self.weights.source):
            scores, boxes = self.scored(samples, name)
        return boxes[scores > threshold]

    def scored(self, samples: Samples, name: str) -> tuple[NDArray[np.float64], Boxes]:
        """The score (n) of every box, 0 to 1, and the boxes (n, 4)."""
        import torch

        height, width = samples.shape[:2]
        text = self.processor.tokenizer(caption(name), return_tensors="pt", return_token_type_ids=True)
        pixels = torch.from_numpy(self.pixels(samples))[None].to(self.model.device)
        with torch.inference_mode():
            outputs = self.model(pixel_values=pixels, **text.to(self.model.device))
            scores = outputs.logits[0].sigmoid().amax(-1)
            centres, sizes = outputs.pred_boxes[0].cpu().split(2, -1)
            scale = torch.tensor([width, height] * 2)
            boxes = torch.cat([centres - sizes / 2, centres + sizes / 2], -1) * scale
        return scores.double().cpu().numpy(), boxes.double().numpy()

    def pixels(self, samples: Samples) -> NDArray[np.float32]:
        """The picture as the model takes it, float32 (3, h, w)."""
        limits = self.processor.image_processor.size
        size = scaling.short_side(
            Size(samples.shape[1], samples.shape[0]), limits["shortest_edge"], limits["longest_edge"]
        )
        return scaling.normal(scaling.scaled(samples, size))


def caption(name: str) -> str:
    """A name as a text for the model: in small letters, with a full stop."""
    text = name.lower().strip()
    return text if text.endswith(".") else text + "."


def load(source: str, runtime: Runtime) -> Detector:
    """The model of a source (see `models.weights`). Raises `ModelError`."""
    from transformers import AutoModelForZeroShotObjectDetection

    weights = find(source)
    processor = loading.load_processor(weights)
    in_float32 = replace(runtime, dtype=Dtype.FLOAT32)
    return Detector(weights, loading.load(AutoModelForZeroShotObjectDetection, weights, in_float32), processor)
