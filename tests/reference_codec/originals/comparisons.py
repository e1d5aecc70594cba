"""Parts of the published systems on both sides: ours and the original's formulas, over the same tiny weights and the same picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from reference_codec.maps import grounding_dino
from reference_codec.models.runtime import Dtype, Runtime
from tests.reference_codec.originals import grounding_dino as original_dino


def difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The largest difference, relative to the largest of the original's values. Infinite where one of ours is no number."""
    if ours.shape != theirs.shape or not np.isfinite(ours).all():
        return float("inf")
    return float(np.abs(ours.astype(np.float64) - theirs).max() / np.abs(theirs).max())


def detector(folder: Path, dtype: Dtype) -> grounding_dino.Detector:
    """Our Grounding DINO, with random numbers on all weights: its heads begin with zeros, and boxes would not depend on the picture."""
    made = grounding_dino.load(str(folder), Runtime("cpu", Dtype.FLOAT32))
    torch.manual_seed(5)
    with torch.no_grad():
        for weight in made.model.parameters():
            weight.add_(0.05 * torch.randn_like(weight))
    made.model.to(getattr(torch, dtype.value))
    return made


def boxes_by_the_original(
    made: grounding_dino.Detector, picture: np.ndarray, name: str, threshold: float
) -> np.ndarray:
    """The boxes (n, 4) by the original's code around the same network."""
    pixels = original_dino.load_image(picture, 64, 96)
    text = made.processor.tokenizer(original_dino.preprocess_caption(name), return_tensors="pt")
    with torch.no_grad():
        outputs = made.model(pixel_values=pixels[None].to(made.model.dtype), input_ids=text["input_ids"])
    height, width = picture.shape[:2]
    return original_dino.boxes_of(outputs.logits[0].float(), outputs.pred_boxes[0].float(), threshold, width, height)
