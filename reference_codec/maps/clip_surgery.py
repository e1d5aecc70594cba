"""Maps by CLIP Surgery, as in MISC (eq. 2 to 4): where in the picture does CLIP see what an item's name says?

CLIP gives a feature of d channels for each of N cells of the picture, C_I(I), and one for each name, C_T(Tn[j]).

- eq. 2  F_T[j] = C_I(I) * C_T(Tn[j]), channel by channel.
- eq. 3  F_R[j] = F_T[j] * w[j], w[j] = the sum over channels of C_I(null) * C_T(Tn[j]): what CLIP sees in an empty picture, too.
- eq. 4  M[j] = the sum over channels of F_T[j] - F_R[j]; then pooled to the map's cells, and set where above a threshold.

The released code has another redundancy in the place of eq. 3: the text feature of the empty string is subtracted from each name's.
`Redundancy` chooses. What the paper leaves open is as in the code: picture squashed to CLIP's size, bicubic, without a crop; names in the
templates of ImageNet; features of length 1; each map stretched to 0 to 1 over CLIP's cells; bilinear to the picture, then averaged
over the map's cells; threshold 0.35.

The features of cells come from CLIP Surgery's second path (Li et al., arXiv 2304.05653): in the last layers, attention of values to values,
without the feed-forward part, beside CLIP's own path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from misc_format.components import BoolMap, Samples, Size
from reference_codec.models import sources as models
from reference_codec.pictures.samples import rgb

Floats = NDArray[np.float64]

THRESHOLD: Final = 0.35
SURGERY_LAYERS: Final = 6  # of the last ones
MEAN: Final = (0.48145466, 0.4578275, 0.40821073)  # of CLIP's training pictures, and their deviation
DEVIATION: Final = (0.26862954, 0.26130258, 0.27577711)
TEMPLATES: Final = "templates.txt"


class Redundancy(StrEnum):
    """What is taken away from the product of features: eq. 3 of the paper, or what the released code does."""

    PAPER = "paper"
    CODE = "code"


def similarity(cells: Floats, names: Floats, null: Floats) -> Floats:
    """Eq. 2 to 4 before pooling: (J, N) from features of cells (N, d), of names (J, d), and of an empty picture's cells (N, d)."""
    products = cells[None] * names[:, None]  # F_T, eq. 2
    weights = (null[None] * names[:, None]).sum(axis=-1, keepdims=True)  # w
    redundant = products * weights  # F_R, eq. 3
    difference: Floats = (products - redundant).sum(axis=-1)
    return difference


def similarity_as_released(cells: Floats, names: Floats, empty: Floats) -> Floats:
    """The same as the released code has it: (J, N), with the text feature (d,) of the empty string subtracted from each name's."""
    products: Floats = (names - empty) @ cells.T
    return products


def binarise(similarities: Floats, picture: Size, size: Size, threshold: float = THRESHOLD) -> BoolMap:
    """Bi(Pool(M)) of eq. 4: the map (height, width) of `size` from similarities (rows, columns) of CLIP's cells.

    A map that is the same everywhere sets nothing.
    """
    low, high = float(similarities.min()), float(similarities.max())
    if not high > low:
        return np.zeros((size.height, size.width), np.bool_)
    levels = Image.fromarray(((similarities - low) / (high - low)).astype(np.float32))
    whole = levels.resize(picture, Image.Resampling.BILINEAR)
    return np.asarray(np.asarray(whole.resize(size, Image.Resampling.BOX)) > threshold)


@dataclass(frozen=True)
class ClipSurgery:
    """A CLIP of transformers that makes maps."""

    weights: models.Weights
    model: Any
    tokenizer: Any
    redundancy: Redundancy = Redundancy.PAPER

    def __str__(self) -> str:
        return f"CLIP Surgery on {self.weights}"

    def make(self, samples: Samples, names: Sequence[str], size: Size) -> tuple[BoolMap | None, ...]:
        """A map (height, width) of `size` for each name; None for one that CLIP sees nowhere more than elsewhere."""
        with models.loading(self.weights.source):
            cells = self._cells(self._pixels(samples))
            words = self._names(names)
            if self.redundancy is Redundancy.PAPER:
                found = similarity(cells, words, self._cells(0 * self._pixels(samples)))
            else:
                found = similarity_as_released(cells, words, self._names([""])[0])
        side = round(len(cells) ** 0.5)
        picture = Size(samples.shape[1], samples.shape[0])
        maps = (binarise(row.reshape(side, side), picture, size) for row in found)
        return tuple(map_ if map_.any() else None for map_ in maps)

    def _pixels(self, samples: Samples) -> Any:
        """The picture as CLIP takes it: (1, 3, side, side), 0 for the mean colour, which is also what an empty picture is."""
        import torch

        side = self.model.config.vision_config.image_size
        squashed = Image.fromarray(rgb(samples)).resize((side, side), Image.Resampling.BICUBIC)
        values = (np.asarray(squashed, np.float32) / 255 - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)
        return torch.from_numpy(values.transpose(2, 0, 1)[None].copy()).to(self.model.device, self.model.dtype)

    def _cells(self, pixels: Any) -> Floats:
        """C_I: a feature of length 1 for each cell, (N, d), by CLIP Surgery's second path; without the class token."""
        import torch

        vision = self.model.vision_model
        with torch.inference_mode():
            own = vision.pre_layrnorm(vision.embeddings(pixels))
            layers = vision.encoder.layers
            path = None
            for index, layer in enumerate(layers):
                inner = layer.layer_norm1(own)
                if index >= len(layers) - SURGERY_LAYERS:
                    path = (own if path is None else path) + value_attention(layer.self_attn, inner)
                own = own + layer.self_attn(inner, attention_mask=None)[0]
                own = own + layer.mlp(layer.layer_norm2(own))
            features = self.model.visual_projection(vision.post_layernorm(path))[0, 1:]
        return _unit(features.double().cpu().numpy())

    def _names(self, names: Sequence[str]) -> Floats:
        """C_T: a feature of length 1 for each name, (J, d), the mean over the templates."""
        return np.stack([self._name(name) for name in names])

    def _name(self, name: str) -> Floats:
        import torch

        sentences = [template.format(name) for template in templates()]
        inputs = self.tokenizer(
            sentences, padding=True, truncation=True, max_length=self._most_tokens(), return_tensors="pt"
        )
        inputs = {key: inputs[key].to(self.model.device) for key in ("input_ids", "attention_mask")}
        with torch.inference_mode():
            pooled = self.model.text_projection(self.model.text_model(**inputs).pooler_output)
        return _unit(_unit(pooled.double().cpu().numpy()).mean(axis=0))

    def _most_tokens(self) -> int:
        return int(self.model.config.text_config.max_position_embeddings)


def load(source: str, runtime: models.Runtime, redundancy: Redundancy = Redundancy.PAPER) -> ClipSurgery:
    """A CLIP with a vision transformer, ready to make maps; raises `ModelError`."""
    from transformers import AutoTokenizer, CLIPModel

    weights = models.find(source)
    with models.loading(weights.source):
        tokenizer = AutoTokenizer.from_pretrained(weights.folder, local_files_only=True)
    return ClipSurgery(weights, models.load(CLIPModel, weights, runtime), tokenizer, redundancy)


@cache
def templates() -> tuple[str, ...]:
    """The sentences that a name is put into, as CLIP's authors chose them for ImageNet."""
    return tuple(files("reference_codec.maps").joinpath(TEMPLATES).read_text(encoding="utf-8").split("\n")[:-1])


def value_attention(attention: Any, inner: Any) -> Any:
    """CLIP Surgery's attention of values to values, for (batch, tokens, channels) in and out."""
    batch, tokens, channels = inner.shape
    values = attention.v_proj(inner).view(batch, tokens, attention.num_heads, -1).transpose(1, 2)
    shares = (values @ values.transpose(-1, -2) * attention.scale).softmax(dim=-1)
    return attention.out_proj((shares @ values).transpose(1, 2).reshape(batch, tokens, channels))


def _unit(features: Floats) -> Floats:
    """Each feature divided by its length."""
    unit: Floats = features / np.maximum(np.linalg.norm(features, axis=-1, keepdims=True), 1e-12)
    return unit
