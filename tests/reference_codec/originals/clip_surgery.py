"""What MISC's notebook does with CLIP Surgery's features, written from its description."""

from __future__ import annotations

import numpy as np
from skimage.transform import resize
from torch import Tensor
from torch.nn import functional

#: The five sentences that CLIP Surgery has beside those of ImageNet.
SCENES = (
    "there is a {} in the scene.",
    "there is the {} in the scene.",
    "this is a {} in the scene.",
    "this is the {} in the scene.",
    "this is one {} in the scene.",
)


def similarities(tokens: Tensor, names: Tensor, empty: Tensor, height: int, width: int) -> Tensor:
    """`clip_feature_surgery` and `get_similarity_map`: (H, W, J) of tokens (197, d), the class token first, and names (J, d)."""
    features = tokens[None] / tokens[None].norm(dim=1, keepdim=True)
    products = features @ (names - empty).t()
    cells = products[:, 1:]
    low, high = cells.min(1, keepdim=True)[0], cells.max(1, keepdim=True)[0]
    side = int(cells.shape[1] ** 0.5)
    square = ((cells - low) / (high - low)).reshape(1, side, side, -1).permute(0, 3, 1, 2)
    return functional.interpolate(square, (height, width), mode="bilinear").permute(0, 2, 3, 1)[0]


def mask_block(similarity: Tensor, rows: int = 8, columns: int = 8) -> np.ndarray:
    """The cells (rows, columns), 0 or 255, of a similarity (H, W)."""
    levels = (similarity.numpy() * 255).astype("uint8")
    return np.where(resize(levels, (rows, columns), mode="reflect") > 0.35, 255, 0)
