"""Maps by CLIP Surgery, as in MISC (equations 2 to 4): where in the picture CLIP sees what an item's name says.

CLIP gives a feature of d channels for each of N cells of the picture, C_I(I), and one for each name, C_T(Tn[j]).

- Equation 2: F_T[j] = C_I(I) * C_T(Tn[j]), channel by channel.
- Equation 3: F_R[j] = F_T[j] * w[j]. The redundancy w[j] is what CLIP sees even in an empty picture: the sum over the channels of
  C_I(null) * C_T(Tn[j]).
- Equation 4: M[j] is the sum over the channels of F_T[j] - F_R[j]. It is pooled to the map's cells and set where it exceeds a threshold.

MISC's released code (demo.ipynb) differs in three places, and `Recipe` chooses between the two:

- Features of cells: by the paper, each cell's has length 1; in the code, each channel has length 1 over all tokens, the class token too.
- Redundancy: equation 3; in the code, the text feature of the empty string is subtracted from that of each name.
- Pooling: the mean over each cell of the map; in the code, `resize` of scikit-image on 8 bits, a Gaussian filter and then a sample at the
  centre of each cell.

What the paper leaves open is as in the code: the picture is squashed to CLIP's size by bicubic interpolation, without a crop; names are put
into the 85 templates of CLIP Surgery, those of ImageNet and five of scenes; features of names have length 1; each map is stretched to the
range from 0 to 1 over CLIP's cells and interpolated bilinearly to the picture; the threshold is 0.35.

The features of cells come from the second path of CLIP Surgery (Li et al., arXiv 2304.05653): beside CLIP's own path, the last layers
compute attention of values to values, without the feed-forward part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from misc_format.components import BoolMap, Samples, Size
from reference_codec.models import loading
from reference_codec.models.failures import about
from reference_codec.models.runtime import Runtime
from reference_codec.models.weights import Weights, find
from reference_codec.pictures.samples import rgb, size_of

Floats = NDArray[np.float64]

THRESHOLD: Final = 0.35
SURGERY_LAYERS: Final = 6  # the last ones
# Mean and standard deviation of the pictures that CLIP was trained with.
MEAN: Final = (0.48145466, 0.4578275, 0.40821073)
DEVIATION: Final = (0.26862954, 0.26130258, 0.27577711)
TEMPLATES: Final = "templates.txt"
TINY: Final = 1e-12  # the least length that a feature is divided by


class Recipe(StrEnum):
    """How maps are made: by the equations of the paper, or as MISC's released code makes them."""

    PAPER = "paper"
    CODE = "code"


class Tokens(NamedTuple):
    """Features that CLIP Surgery gives for a picture: of the class token (d,), and of the cells (N, d), not scaled."""

    class_token: Floats
    cells: Floats


def similarity(cells: Floats, names: Floats, null_cells: Floats) -> Floats:
    """Equations 2 to 4 before pooling: (J, N). `cells`, `null_cells`: features (N, d) of the picture's and of an empty picture's cells.

    `names`: features (J, d) of the names.
    """
    products = cells[None] * names[:, None]  # F_T
    weights = (null_cells[None] * names[:, None]).sum(axis=-1, keepdims=True)  # w
    redundancy = products * weights  # F_R
    difference: Floats = (products - redundancy).sum(axis=-1)
    return difference


def similarity_as_released(tokens: Tokens, names: Floats, empty_string: Floats) -> Floats:
    """The same in the released code: (J, N). `empty_string`: the text feature (d,) that is subtracted from those of the names."""
    lengths = np.linalg.norm(np.vstack([tokens.class_token, tokens.cells]), axis=0)
    products: Floats = (names - empty_string) @ (tokens.cells / np.maximum(lengths, TINY)).T
    return products


def binarise(
    similarities: Floats, picture: Size, size: Size, threshold: float = THRESHOLD, recipe: Recipe = Recipe.PAPER
) -> BoolMap:
    """Bi(Pool(M)) of equation 4: the map (height, width) of `size` from the similarities (rows, columns) of CLIP's cells.

    `picture`: the size of the picture. If all similarities are equal, the map is empty.
    """
    low, high = float(similarities.min()), float(similarities.max())
    if not high > low:
        return np.zeros((size.height, size.width), np.bool_)
    levels = Image.fromarray(((similarities - low) / (high - low)).astype(np.float32))
    full_size = levels.resize(picture, Image.Resampling.BILINEAR)
    return np.asarray(_POOLS[recipe](full_size, size) > threshold)


def _pool(levels: Image.Image, size: Size) -> Any:
    """The mean over each cell."""
    return np.asarray(levels.resize(size, Image.Resampling.BOX))


def _pool_as_released(levels: Image.Image, size: Size) -> Any:
    """A sample at the centre of each cell, after a Gaussian filter, of levels of 8 bits that were cut, not rounded."""
    from skimage.transform import resize

    eight_bits = (np.asarray(levels) * 255).astype(np.uint8)
    return resize(eight_bits, (size.height, size.width), mode="reflect")  # type: ignore[no-untyped-call]


_POOLS: Final = {Recipe.PAPER: _pool, Recipe.CODE: _pool_as_released}


@dataclass(frozen=True)
class ClipSurgery:
    """A CLIP model of transformers that makes maps."""

    weights: Weights
    model: Any
    tokenizer: Any
    recipe: Recipe = Recipe.PAPER

    def __str__(self) -> str:
        return f"CLIP Surgery on {self.weights}"

    def make(self, samples: Samples, names: Sequence[str], size: Size) -> tuple[BoolMap | None, ...]:
        """A map (height, width) of `size` for each name; None for a name that CLIP sees nowhere more than elsewhere."""
        with about(self.weights.source):
            similarities = self._similarities(self._pixels(samples), names)
        side = round(similarities.shape[1] ** 0.5)
        maps = (binarise(row.reshape(side, side), size_of(samples), size, recipe=self.recipe) for row in similarities)
        return tuple(grid if grid.any() else None for grid in maps)

    def _similarities(self, pixels: Any, names: Sequence[str]) -> Floats:
        """(J, N): of each name and each cell."""
        tokens, features = self._tokens(pixels), self._names(names)
        if self.recipe is Recipe.PAPER:
            return similarity(_unit(tokens.cells), features, _unit(self._tokens(0 * pixels).cells))
        return similarity_as_released(tokens, features, self._name(""))

    def _pixels(self, samples: Samples) -> Any:
        """The picture as CLIP's input (1, 3, side, side), in which the mean colour is 0. An empty picture is 0 everywhere."""
        import torch

        side = self.model.config.vision_config.image_size
        squashed = Image.fromarray(rgb(samples)).resize((side, side), Image.Resampling.BICUBIC)
        values = (np.asarray(squashed, np.float32) / 255 - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)
        return torch.from_numpy(values.transpose(2, 0, 1)[None].copy()).to(self.model.device, self.model.dtype)

    def _tokens(self, pixels: Any) -> Tokens:
        """The features of cells by the second path of CLIP Surgery, that of the class token by CLIP's own path."""
        import torch

        vision = self.model.vision_model
        with torch.inference_mode():
            clip_path = vision.pre_layrnorm(vision.embeddings(pixels))
            layers = vision.encoder.layers
            surgery_path: Any = None
            for index, layer in enumerate(layers):
                normalised = layer.layer_norm1(clip_path)
                if index >= len(layers) - SURGERY_LAYERS:
                    start = clip_path if surgery_path is None else surgery_path
                    surgery_path = start + value_attention(layer.self_attn, normalised)
                clip_path = clip_path + layer.self_attn(normalised, attention_mask=None)[0]
                clip_path = clip_path + layer.mlp(layer.layer_norm2(clip_path))
            both = torch.cat([clip_path[:, :1], surgery_path[:, 1:]], dim=1)
            features = self.model.visual_projection(vision.post_layernorm(both))[0].double().cpu().numpy()
        return Tokens(features[0], features[1:])

    def _names(self, names: Sequence[str]) -> Floats:
        """C_T, (J, d): a feature of length 1 for each name."""
        return np.stack([self._name(name) for name in names])

    def _name(self, name: str) -> Floats:
        """(d,): the mean over the templates of the name's features, scaled to length 1."""
        import torch

        sentences = [template.format(name) for template in templates()]
        max_tokens = int(self.model.config.text_config.max_position_embeddings)
        inputs = self.tokenizer(sentences, padding=True, truncation=True, max_length=max_tokens, return_tensors="pt")
        inputs = {key: inputs[key].to(self.model.device) for key in ("input_ids", "attention_mask")}
        with torch.inference_mode():
            pooled = self.model.text_projection(self.model.text_model(**inputs).pooler_output)
        return _unit(_unit(pooled.double().cpu().numpy()).mean(axis=0))


def load(source: str, runtime: Runtime, recipe: Recipe = Recipe.PAPER) -> ClipSurgery:
    """A CLIP model with a vision transformer, given as a source (see `models.weights`), ready to make maps. Raises `ModelError`."""
    from transformers import AutoTokenizer, CLIPModel

    weights = find(source)
    with about(weights.source):
        tokenizer = AutoTokenizer.from_pretrained(weights.folder, **loading.FROM_FOLDER)
    return ClipSurgery(weights, loading.load(CLIPModel, weights, runtime), tokenizer, recipe)


@cache
def templates() -> tuple[str, ...]:
    """The sentences that a name is put into: the 80 of CLIP's authors for ImageNet, and the five of CLIP Surgery for scenes."""
    return tuple(files("reference_codec.maps").joinpath(TEMPLATES).read_text(encoding="utf-8").split("\n")[:-1])


def value_attention(attention: Any, inner: Any) -> Any:
    """The attention of values to values of CLIP Surgery. Input and output have the shape (batch, tokens, channels)."""
    batch, tokens, channels = inner.shape
    values = attention.v_proj(inner).view(batch, tokens, attention.num_heads, -1).transpose(1, 2)
    shares = (values @ values.transpose(-1, -2) * attention.scale).softmax(dim=-1)
    return attention.out_proj((shares @ values).transpose(1, 2).reshape(batch, tokens, channels))


def _unit(features: Floats) -> Floats:
    """Each feature divided by its length."""
    unit: Floats = features / np.maximum(np.linalg.norm(features, axis=-1, keepdims=True), TINY)
    return unit
