"""What Grounding DINO's released code does around its network (`load_image` and `get_grounding_output`), written from its description."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def size_of(width: int, height: int, size: int, max_size: int) -> tuple[int, int]:
    """The (height, width) to which `RandomResize([size], max_size)` scales a picture."""
    smaller, greater = float(min(width, height)), float(max(width, height))
    if greater / smaller * size > max_size:
        size = round(max_size * smaller / greater)
    if (width <= height and width == size) or (height <= width and height == size):
        return height, width
    if width < height:
        return int(size * height / width), size
    return size, int(size * width / height)


def load_image(picture: np.ndarray, size: int, max_size: int) -> Tensor:
    """A picture, uint8 (H, W, 3), as the network's input (3, h, w): resize, ToTensor, Normalize."""
    height, width = size_of(picture.shape[1], picture.shape[0], size, max_size)
    resized = np.array(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR))
    tensor = torch.from_numpy(resized).permute(2, 0, 1).to(torch.float32).div(255)
    return (tensor - torch.tensor([0.485, 0.456, 0.406])[:, None, None]) / torch.tensor([0.229, 0.224, 0.225])[
        :, None, None
    ]


def preprocess_caption(caption: str) -> str:
    result = caption.lower().strip()
    return result if result.endswith(".") else result + "."


def boxes_of(logits: Tensor, boxes: Tensor, threshold: float, width: int, height: int) -> np.ndarray:
    """The boxes (n, 4) in pixels, left, top, right and bottom, of a network's `pred_logits` (nq, 256) and `pred_boxes` (nq, 4)."""
    kept = boxes[logits.sigmoid().max(dim=1)[0] > threshold] * torch.Tensor([width, height, width, height])
    kept[:, :2] -= kept[:, 2:] / 2
    kept[:, 2:] += kept[:, :2]
    return kept.numpy()
