"""Pictures and maps in the sizes that a diffusion model works in, and their blending.

Rule 1.  A picture of the model is float (1, 3, H, W), 0 to 1 where it comes from samples. It is the stream's picture, scaled as the
         parameters' framing says, then padded at the right and at the bottom, or shrunk, to sides that the model takes.
Rule 2.  A cell of a map covers the pixels that fall into it. A mask is float, 0 or 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Final, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from misc_format.components import BoolMap, Samples, Size
from reference_codec.decoders.parameters import Carry, Edges, Filter, Framing, Rounding, Scaling, Side
from reference_codec.pictures.samples import rgb

# In pixels: the sides of a shrunk picture are whole latents, as diffusers' image processor makes them.
SHRUNK_UNIT: Final = 8


class Frame(NamedTuple):
    """The sizes of a picture: in the stream, after each scaling, and padded or shrunk for the model.

    `edges`, `back`: as in `parameters.Framing`.
    """

    picture: Size
    scalings: tuple[Size, ...]
    padded: Size
    edges: Edges = Edges.REPEATED
    back: Filter = Filter.LANCZOS

    @property
    def scaled(self) -> Size:
        """The part of the padded picture that the stream's picture covers."""
        return self.padded if self.edges is Edges.SHRUNK else self.scalings[-1]


def frame(picture: Size, framing: Framing, unit: int, shrunk_unit: int = SHRUNK_UNIT) -> Frame:
    """The sizes of a picture. `unit`: divides its padded sides. `shrunk_unit`: divides its shrunk sides."""
    sizes = [picture]
    for scaling in framing.scalings:
        sizes.append(_scaled(sizes[-1], scaling))
    if framing.edges is Edges.SHRUNK:
        padded = Size(*(max(1, side // shrunk_unit) * shrunk_unit for side in sizes[-1]))
    else:
        padded = Size(*(-(-side // unit) * unit for side in sizes[-1]))
    return Frame(picture, tuple(sizes[1:]), padded, framing.edges, framing.back)


def to_tensor(samples: Samples, sizes: Frame) -> Tensor:
    """The picture of the model (Rule 1) from samples of the stream's size, uint8 (H, W) or (H, W, 3)."""
    picture = Image.fromarray(rgb(samples))
    for size in sizes.scalings:
        picture = picture.resize(size, Image.Resampling.BICUBIC)
    if sizes.edges is Edges.SHRUNK:
        picture = picture.resize(sizes.padded, Image.Resampling.LANCZOS)
    pixels = torch.from_numpy(np.asarray(picture).copy()).permute(2, 0, 1)[None].float() / 255
    return functional.pad(pixels, _margins(sizes), mode="constant" if sizes.edges is Edges.BLACK else "replicate")


def to_samples(pixels: Tensor, sizes: Frame, *, cuts: bool = False) -> Samples:
    """Samples of the stream's size, uint8 (H, W, 3), from a picture of the model. NaN becomes black.

    `cuts`: whether values are cut to 8 bits, as DiffBIR does, or rounded.
    """
    picture = Image.fromarray(_eight_bits(pixels, sizes, cuts=cuts))
    return np.asarray(picture.resize(sizes.picture, _FILTERS[sizes.back]))


def carried(pixels: Tensor, sizes: Frame, carry: Carry) -> Tensor:
    """The picture that one pass hands over to the next, in the model's size."""
    if carry is Carry.FLOAT:
        return pixels
    if carry is Carry.FULL_SIZE:
        return to_tensor(to_samples(pixels, sizes, cuts=True), sizes)
    return (pixels.nan_to_num(0.0).clamp(0, 1) * 255).floor() / 255


def _eight_bits(pixels: Tensor, sizes: Frame, *, cuts: bool) -> Samples:
    """The part inside the padding, uint8 (H, W, 3)."""
    inside = pixels[0, :, : sizes.scaled.height, : sizes.scaled.width].float().nan_to_num(0.0).clamp(0, 1).cpu() * 255
    whole = inside.floor() if cuts else inside.round()
    samples: Samples = whole.to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
    return samples


def _scaled(size: Size, scaling: Scaling) -> Size:
    side = max(size) if scaling.side is Side.LONG else min(size)
    target = max(side, scaling.low)
    if scaling.high is not None:
        target = min(target, scaling.high)
    exact = (Fraction(one * target, side) for one in size)
    return Size(*(max(1, _ROUND[scaling.rounding](value)) for value in exact))


_ROUND: Final[dict[Rounding, Callable[[Fraction], int]]] = {
    Rounding.NEAREST: round,
    Rounding.UP: math.ceil,
    Rounding.DOWN_TO_8: lambda value: math.floor(value / 8) * 8,
}
_FILTERS: Final = {Filter.LANCZOS: Image.Resampling.LANCZOS, Filter.BICUBIC: Image.Resampling.BICUBIC}


def pixel_mask(grid: BoolMap, sizes: Frame) -> Tensor:
    """The mask of a map at the padded size, (1, 1, H, W): each cell repeated over its pixels."""
    rows, columns = (
        np.minimum(np.arange(padded), scaled - 1) * side // scaled
        for padded, scaled, side in zip(reversed(sizes.padded), reversed(sizes.scaled), grid.shape, strict=True)
    )
    return torch.from_numpy(grid[rows][:, columns].astype(np.float32))[None, None]


def reduced(mask: Tensor, factor: int) -> Tensor:
    """A pixel mask reduced to the size of latents or attention: 1 if at least half of the factor x factor pixels are set.

    If no cell reaches half, the cells with the largest share are set. An empty mask stays empty.
    """
    shares = functional.avg_pool2d(mask, factor)
    threshold = shares.max().clamp(max=0.5)
    return ((shares >= threshold) & (shares > 0)).to(mask.dtype)


def nearest(mask: Tensor, factor: int) -> Tensor:
    """A pixel mask reduced by its first pixel of each factor x factor pixels, as `interpolate` of PyTorch does in mode "nearest"."""
    return mask[..., ::factor, ::factor]


def blend(inside: Tensor, outside: Tensor, mask: Tensor) -> Tensor:
    """`inside` where the mask is 1, `outside` where it is 0: MISC's equation 7 for pixels, SEDIC's equation 4 for latents."""
    return mask * inside + (1 - mask) * outside


def _margins(sizes: Frame) -> tuple[int, int, int, int]:
    return 0, sizes.padded.width - sizes.scaled.width, 0, sizes.padded.height - sizes.scaled.height
