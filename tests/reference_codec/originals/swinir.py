"""SwinIR as in DiffBIR v1 (`model/swinir.py`), small, written from its description: window by window, with its names of weights.

A checkpoint of the original has 732 keys: 15 tensors of each block, 3 of each odd one more, and those around them. The same holds here for
two layers of two blocks. The original keeps the relative positions and the masks of shifted windows as buffers, so they are saved.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

CHANNELS, HEADS, WINDOW, HIDDEN, FEATURES, SCALE, TRAINED = 12, 3, 4, 24, 8, 8, 16  # TRAINED: cells on a side
LAYERS = BLOCKS = 2
MEAN = torch.tensor([0.4488, 0.4371, 0.4040])[:, None, None]


def weights(seed: int = 4) -> dict[str, Tensor]:
    """The weights and buffers by the original's names."""
    draw = torch.Generator().manual_seed(seed)

    def pair(name: str, outputs: int, inputs: int, *size: int) -> dict[str, Tensor]:
        scale = 2 / (inputs * max(1, torch.Size(size).numel())) ** 0.5
        weight = scale * torch.randn(outputs, inputs, *size, generator=draw)
        return {f"{name}.weight": weight, f"{name}.bias": 0.1 * torch.randn(outputs, generator=draw)}

    def norm(name: str) -> dict[str, Tensor]:
        noise = 0.2 * torch.randn(2, CHANNELS, generator=draw)
        return {f"{name}.weight": 1 + noise[0], f"{name}.bias": noise[1]}

    state = pair("conv_first.1", CHANNELS, 3 * SCALE**2, 3, 3) | norm("patch_embed.norm")
    for layer in range(LAYERS):
        for block in range(BLOCKS):
            name = f"layers.{layer}.residual_group.blocks.{block}"
            if block % 2:
                state[f"{name}.attn_mask"] = mask(TRAINED, TRAINED)
            state |= norm(f"{name}.norm1")
            table = torch.randn((2 * WINDOW - 1) ** 2, HEADS, generator=draw)
            state[f"{name}.attn.relative_position_bias_table"] = table
            state[f"{name}.attn.relative_position_index"] = positions()
            state |= pair(f"{name}.attn.qkv", 3 * CHANNELS, CHANNELS) | pair(f"{name}.attn.proj", CHANNELS, CHANNELS)
            state |= norm(f"{name}.norm2")
            state |= pair(f"{name}.mlp.fc1", HIDDEN, CHANNELS) | pair(f"{name}.mlp.fc2", CHANNELS, HIDDEN)
        state |= pair(f"layers.{layer}.conv", CHANNELS, CHANNELS, 3, 3)
    state |= norm("norm") | pair("conv_after_body", CHANNELS, CHANNELS, 3, 3)
    state |= pair("conv_before_upsample.0", FEATURES, CHANNELS, 3, 3)
    for name in ("conv_up1", "conv_up2", "conv_up3", "conv_hr"):
        state |= pair(name, FEATURES, FEATURES, 3, 3)
    last = pair("conv_last", 3, FEATURES, 3, 3)
    return state | {name: 0.01 * value for name, value in last.items()}  # pictures that are not all black or white


def clean(state: dict[str, Tensor], pixels: Tensor) -> Tensor:
    """The network for a picture (1, 3, H, W) whose sides are multiples of WINDOW * SCALE."""
    f = _conv(state, "conv_first.1", functional.pixel_unshuffle(pixels - MEAN, SCALE))
    x = _norm(state, "patch_embed.norm", f[0].permute(1, 2, 0))
    for layer in range(LAYERS):
        inner = x
        for block in range(BLOCKS):
            inner = _block(state, f"layers.{layer}.residual_group.blocks.{block}", inner, WINDOW // 2 * (block % 2))
        x = _conv(state, f"layers.{layer}.conv", inner.permute(2, 0, 1)[None])[0].permute(1, 2, 0) + x
    f = _conv(state, "conv_after_body", _norm(state, "norm", x).permute(2, 0, 1)[None]) + f
    y = functional.leaky_relu(_conv(state, "conv_before_upsample.0", f), 0.01)
    for name in ("conv_up1", "conv_up2", "conv_up3"):
        y = functional.leaky_relu(_conv(state, name, y.repeat_interleave(2, 2).repeat_interleave(2, 3)), 0.2)
    return _conv(state, "conv_last", functional.leaky_relu(_conv(state, "conv_hr", y), 0.2)) + MEAN


def _block(state: dict[str, Tensor], name: str, x: Tensor, shift: int) -> Tensor:
    rows, columns, _ = x.shape
    moved = torch.roll(_norm(state, f"{name}.norm1", x), (-shift, -shift), (0, 1))
    masks = mask(rows, columns) if shift else torch.zeros(rows * columns // WINDOW**2, WINDOW**2, WINDOW**2)
    out = torch.empty_like(moved)
    number = 0
    for top in range(0, rows, WINDOW):
        for left in range(0, columns, WINDOW):
            window = moved[top : top + WINDOW, left : left + WINDOW].reshape(-1, CHANNELS)
            attended = _attention(state, f"{name}.attn", window, masks[number])
            out[top : top + WINDOW, left : left + WINDOW] = attended.reshape(WINDOW, WINDOW, CHANNELS)
            number += 1
    x = x + torch.roll(out, (shift, shift), (0, 1))
    hidden = functional.gelu(_linear(state, f"{name}.mlp.fc1", _norm(state, f"{name}.norm2", x)))
    return x + _linear(state, f"{name}.mlp.fc2", hidden)


def _attention(state: dict[str, Tensor], name: str, window: Tensor, added: Tensor) -> Tensor:
    q, k, v = _linear(state, f"{name}.qkv", window).chunk(3, dim=1)
    width = CHANNELS // HEADS
    heads = []
    for head in range(HEADS):
        part = slice(head * width, (head + 1) * width)
        bias = state[f"{name}.relative_position_bias_table"][positions(), head]
        scores = (q[:, part] * width**-0.5) @ k[:, part].T + bias + added
        heads.append(scores.softmax(-1) @ v[:, part])
    return _linear(state, f"{name}.proj", torch.cat(heads, dim=1))


def positions() -> Tensor:
    """The row of the table of biases for each two cells of a window."""
    cells = [(y, x) for y in range(WINDOW) for x in range(WINDOW)]
    side = 2 * WINDOW - 1
    return torch.tensor([[(a - c + WINDOW - 1) * side + b - d + WINDOW - 1 for c, d in cells] for a, b in cells])


def mask(rows: int, columns: int) -> Tensor:
    """-100 for two cells of a shifted window that lie in different regions, (windows, cells, cells)."""
    regions = torch.zeros(rows, columns)
    slices = (slice(0, -WINDOW), slice(-WINDOW, -WINDOW // 2), slice(-WINDOW // 2, None))
    for number, (down, across) in enumerate((down, across) for down in slices for across in slices):
        regions[down, across] = number
    windows = [
        regions[top : top + WINDOW, left : left + WINDOW].flatten()
        for top in range(0, rows, WINDOW)
        for left in range(0, columns, WINDOW)
    ]
    return torch.stack([torch.where(one[:, None] == one[None], 0.0, -100.0) for one in windows])


def _norm(state: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    mean, variance = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    return (x - mean) / torch.sqrt(variance + 1e-5) * state[f"{name}.weight"] + state[f"{name}.bias"]


def _linear(state: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    return x @ state[f"{name}.weight"].T + state[f"{name}.bias"]


def _conv(state: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    return functional.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"], padding=1)
