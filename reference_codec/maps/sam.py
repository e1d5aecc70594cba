"""SAM through transformers: the mask of what is in boxes, as `SamPredictor` of its released code makes it.

The network is transformers'; what goes in and what is made of its output is here. Source: facebookresearch/segment-anything.

Rule 1.  The encoder of pictures computes in the number type that is asked for. Prompts and masks are computed in float32: in bfloat16, a
         corner at pixel 1,000 would move by up to 2 pixels, and its sines by more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from misc_format.components import BoolMap, Samples, Size
from reference_codec.maps import sam_checkpoint, scaling
from reference_codec.models import loading
from reference_codec.models.failures import about
from reference_codec.models.runtime import Runtime
from reference_codec.models.weights import Weights, find

BOXES_AT_ONCE: Final = 16  # each takes a mask of the picture's size in float32
THRESHOLD: Final = 0.0  # of a mask's logits
#: Of the layer norms in the mask decoder's transformer. The configurations on the hub say 1e-6 for them.
DECODER_EPSILON: Final = 1e-5
Boxes = NDArray[np.float64]


@dataclass(frozen=True)
class Segmenter:
    """A SAM."""

    weights: Weights
    model: Any

    def embed(self, samples: Samples) -> Any:
        """The embeddings (1, channels, h, w) of a picture, uint8 (H, W, 3). Raises `ModelError`."""
        import torch

        encoder = self.model.vision_encoder
        with about(self.weights.source), torch.inference_mode():
            weight = encoder.patch_embed.projection.weight
            pixels = torch.from_numpy(self.pixels(samples))[None].to(self.model.device, weight.dtype)
            return self.model.get_image_embeddings(pixels).to(self.model.mask_decoder.iou_token.weight.dtype)

    def mask(self, embeddings: Any, boxes: Boxes, size: Size) -> BoolMap:
        """What is in any of the boxes (n, 4) of a picture of `size`: bool (height, width). Raises `ModelError`."""
        mask: BoolMap = np.zeros((size.height, size.width), np.bool_)
        with about(self.weights.source):
            for logits in self.logits(embeddings, boxes, size):
                mask |= (logits > THRESHOLD).any(axis=0)
        return mask

    def logits(self, embeddings: Any, boxes: Boxes, size: Size) -> Iterator[NDArray[np.float32]]:
        """The logits of boxes (n, 4) for every pixel, float32 (at most BOXES_AT_ONCE, height, width) at a time."""
        import torch
        from torch.nn.functional import interpolate

        side = self.model.config.vision_config.image_size
        inner = scaling.long_side(size, side)
        factors = np.tile([inner.width / size.width, inner.height / size.height], 2)
        prompts = torch.from_numpy((boxes * factors).astype(np.float32)).to(embeddings.device)
        for first in range(0, len(boxes), BOXES_AT_ONCE):
            some = prompts[None, first : first + BOXES_AT_ONCE]
            with torch.inference_mode():
                outputs = self.model(image_embeddings=embeddings, input_boxes=some, multimask_output=False)
                square = interpolate(outputs.pred_masks[0].float(), (side, side), mode="bilinear")
                picture = square[..., : inner.height, : inner.width]
                masks = interpolate(picture, (size.height, size.width), mode="bilinear")
            yield masks[:, 0].cpu().numpy()

    def pixels(self, samples: Samples) -> NDArray[np.float32]:
        """The picture as the model takes it, float32 (3, side, side): with its mean colour, 0, on the right and below."""
        side = self.model.config.vision_config.image_size
        size = scaling.long_side(Size(samples.shape[1], samples.shape[0]), side)
        values = scaling.normal(scaling.scaled(samples, size))
        return np.pad(values, ((0, 0), (0, side - size.height), (0, side - size.width)))


def load(source: str, runtime: Runtime) -> Segmenter:
    """The model of a source (see `models.weights`), which may be a checkpoint as SAM was released. Raises `ModelError`."""
    from transformers import SamModel

    weights = find(source)
    released = weights.folder.is_file()
    model = sam_checkpoint.load(weights, runtime) if released else loading.load(SamModel, weights, runtime)
    as_original(model)
    return Segmenter(weights, model)


def as_original(model: Any) -> None:
    """Give the parts beside the encoder of pictures the original's number type and constant.

    Weights that wait in main memory (`--offload layer`) keep their type: they are brought in as they were loaded.
    """
    import torch

    parts = (model.shared_image_embedding, model.prompt_encoder, model.mask_decoder)
    if not any(weight.is_meta for part in parts for weight in part.parameters()):
        for part in parts:
            part.float()
    for module in model.mask_decoder.transformer.modules():
        if isinstance(module, torch.nn.LayerNorm):
            module.eps = DECODER_EPSILON
