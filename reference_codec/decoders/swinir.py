"""SwinIR as DiffBIR v1 has it: it removes degradations from the reference picture before the ControlNet sees it.

The network is that of Liang et al. (arXiv 2108.10257) with the changes of DifFace and DiffBIR: the picture is unshuffled by 8 before the
first convolution, and three convolutions after nearest-neighbour enlargement bring it back to its size. The names of the modules are those
of the originals, so that their files load as they are: "general SwinIR", and the full checkpoint of DiffBIR v1, which has it below
"preprocess_model".

Rule 1.  Input and output are float (N, 3, H, W). The input is 0 to 1, and its sides are multiples of `unit`. The output is not clamped.
Rule 2.  The numbers of layers, blocks, heads and channels and the size of the window follow from the shapes of the weights.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

SCALE: Final = 8  # pixels on a side of a cell
MEAN: Final = (0.4488, 0.4371, 0.4040)  # of red, green and blue
APART: Final = -100.0  # added to the attention between cells that the shift has brought together
SLOPE, FIRST_SLOPE = 0.2, 0.01  # of the leaky rectifiers; the first has PyTorch's usual one
#: Tensors that the originals save and that follow from the sizes: they are computed, not loaded.
DERIVED: Final = re.compile(r"\.(attn_mask|relative_position_index)$")


class Shape(NamedTuple):
    """The sizes of a network. `depths`: the number of blocks of each layer."""

    channels: int
    features: int
    hidden: int
    heads: int
    window: int
    depths: tuple[int, ...]

    @classmethod
    def of(cls, weights: Mapping[str, Tensor]) -> Shape:
        """The sizes that the weights imply. Raises `KeyError`, `IndexError` or `ValueError` for weights of another network."""
        blocks = [
            (int(match[1]), int(match[2]))
            for match in map(
                re.compile(r"layers\.(\d+)\.residual_group\.blocks\.(\d+)\.norm1\.weight").fullmatch, weights
            )
            if match
        ]
        layers = 1 + max(layer for layer, _ in blocks)
        table = weights["layers.0.residual_group.blocks.0.attn.relative_position_bias_table"]
        first = weights["conv_first.1.weight"]
        return cls(
            channels=first.shape[0],
            features=weights["conv_last.weight"].shape[1],
            hidden=weights["layers.0.residual_group.blocks.0.mlp.fc1.weight"].shape[0],
            heads=table.shape[1],
            window=(round(table.shape[0] ** 0.5) + 1) // 2,
            depths=tuple(sum(layer == number for layer, _ in blocks) for number in range(layers)),
        )

    @property
    def unit(self) -> int:
        """The number of pixels that must divide the sides of a picture: those of a window of cells."""
        return self.window * SCALE


class SwinIR(nn.Module):
    """The network. `unit`: see Rule 1."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.unit = shape.unit
        channels, features = shape.channels, shape.features
        self.conv_first = nn.Sequential(nn.PixelUnshuffle(SCALE), _convolution(3 * SCALE**2, channels))
        self.patch_embed = nn.ModuleDict({"norm": nn.LayerNorm(channels)})
        self.layers = nn.ModuleList(Layer(shape, depth) for depth in shape.depths)
        self.norm = nn.LayerNorm(channels)
        self.conv_after_body = _convolution(channels, channels)
        self.conv_before_upsample = nn.Sequential(_convolution(channels, features), nn.LeakyReLU(FIRST_SLOPE))
        self.conv_up1, self.conv_up2, self.conv_up3 = (_convolution(features, features) for _ in range(3))
        self.conv_hr = _convolution(features, features)
        self.conv_last = _convolution(features, 3)
        self.register_buffer("mean", torch.tensor(MEAN)[:, None, None], persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """The picture without its degradations."""
        first = self.conv_first(pixels - self.mean)
        cells = self.patch_embed["norm"](first.permute(0, 2, 3, 1))
        for layer in self.layers:
            cells = layer(cells)
        body = self.conv_after_body(self.norm(cells).permute(0, 3, 1, 2)) + first
        features = self.conv_before_upsample(body)
        for convolution in (self.conv_up1, self.conv_up2, self.conv_up3):
            enlarged = functional.interpolate(features, scale_factor=2, mode="nearest")
            features = functional.leaky_relu(convolution(enlarged), SLOPE)
        return self.conv_last(functional.leaky_relu(self.conv_hr(features), SLOPE)) + self.mean


class Layer(nn.Module):
    """Blocks and a convolution, beside a skip connection. Cells are (N, rows, columns, channels)."""

    def __init__(self, shape: Shape, depth: int) -> None:
        super().__init__()
        blocks = (Block(shape, shift=shape.window // 2 * (index % 2)) for index in range(depth))
        self.residual_group = nn.ModuleDict({"blocks": nn.ModuleList(blocks)})
        self.conv = _convolution(shape.channels, shape.channels)

    def forward(self, cells: Tensor) -> Tensor:
        """The cells after the layer."""
        inner = cells
        for block in self.residual_group["blocks"]:
            inner = block(inner)
        return self.conv(inner.permute(0, 3, 1, 2)).permute(0, 2, 3, 1) + cells


class Block(nn.Module):
    """Attention within windows, every other time shifted by half a window, then two linear layers."""

    def __init__(self, shape: Shape, shift: int) -> None:
        super().__init__()
        self.shift, self.window = shift, shape.window
        self.norm1, self.norm2 = nn.LayerNorm(shape.channels), nn.LayerNorm(shape.channels)
        self.attn = WindowAttention(shape)
        layers = {"fc1": nn.Linear(shape.channels, shape.hidden), "fc2": nn.Linear(shape.hidden, shape.channels)}
        self.mlp = nn.ModuleDict(layers)

    def forward(self, cells: Tensor) -> Tensor:
        """The cells after the block."""
        shape = cells.shape
        rolled = torch.roll(self.norm1(cells), (-self.shift, -self.shift), (1, 2))
        windows = self.attn(_windows(rolled, self.window), self._mask(shape[1], shape[2], cells))
        attended = _whole(windows, self.window, shape)
        cells = cells + torch.roll(attended, (self.shift, self.shift), (1, 2))
        return cells + self.mlp["fc2"](functional.gelu(self.mlp["fc1"](self.norm2(cells))))

    def _mask(self, rows: int, columns: int, like: Tensor) -> Tensor | None:
        """What is added to the attention, (windows, cells, cells): cells that are not neighbours in the picture are kept apart."""
        if not self.shift:
            return None
        bands = [_bands(length, self.window, self.shift) for length in (rows, columns)]
        areas = 3 * bands[0][:, None] + bands[1][None]
        windows = _windows(areas[None, ..., None].to(like), self.window)[..., 0]
        return APART * (windows[:, None] != windows[:, :, None]).to(like)


class WindowAttention(nn.Module):
    """Attention of several heads within each window, with a bias for each relative position."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        side = 2 * shape.window - 1
        self.relative_position_bias_table = nn.Parameter(torch.zeros(side * side, shape.heads))
        self.qkv = nn.Linear(shape.channels, 3 * shape.channels)
        self.proj = nn.Linear(shape.channels, shape.channels)
        places = torch.cartesian_prod(torch.arange(shape.window), torch.arange(shape.window))
        offsets = places[:, None] - places[None] + shape.window - 1
        self.register_buffer("places", offsets[..., 0] * side + offsets[..., 1], persistent=False)

    def forward(self, windows: Tensor, mask: Tensor | None) -> Tensor:
        """Windows (W, cells, channels) after attention. `mask`: (windows of a picture, cells, cells)."""
        count, cells, channels = windows.shape
        parts = self.qkv(windows).view(count, cells, 3, self.heads, channels // self.heads)
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)
        bias = self.relative_position_bias_table[self.places].permute(2, 0, 1)[None]
        if mask is not None:
            bias = bias + mask.repeat(count // len(mask), 1, 1)[:, None]
        attended = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=bias.to(queries))
        return self.proj(attended.transpose(1, 2).reshape(count, cells, channels))


def _convolution(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1)


def _bands(length: int, window: int, shift: int) -> Tensor:
    """Which of three bands each row (or column) lies in: before the last window, in it, or brought there by the shift."""
    positions = torch.arange(length)
    return (positions >= length - window).long() + (positions >= length - shift).long()


def _windows(cells: Tensor, window: int) -> Tensor:
    """Cells (N, rows, columns, channels) by window: (windows, window * window, channels)."""
    count, rows, columns, channels = cells.shape
    split = cells.view(count, rows // window, window, columns // window, window, channels)
    return split.transpose(2, 3).reshape(-1, window * window, channels)


def _whole(windows: Tensor, window: int, shape: torch.Size) -> Tensor:
    """The inverse of `_windows`."""
    count, rows, columns, channels = shape
    split = windows.view(count, rows // window, columns // window, window, window, channels)
    return split.transpose(2, 3).reshape(shape)
