"""SAM as released (facebookresearch/segment-anything), small, written from its description, with its names and shapes of weights.

`Sam` is the network, `Predictor` what its users call. All formulas are the original's, in the original's order.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

SIDE, PATCH, GRID = 64, 16, 4
WIDTH, HEADS, WINDOW = 16, 2, 2  # of the picture's encoder; of its two blocks, the second sees everywhere
CHANNELS, MLP, MASK = 16, 24, 4  # of the decoder
MEAN, DEVIATION = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


class ChannelNorm(nn.Module):
    """A layer norm over the channels of (n, c, h, w)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean(1, keepdim=True)
        scaled = (x - mean) / torch.sqrt((x - mean).pow(2).mean(1, keepdim=True) + 1e-6)
        return self.weight[:, None, None] * scaled + self.bias[:, None, None]


class Mlp(nn.Module):
    def __init__(self, width: int, inner: int, activation: nn.Module) -> None:
        super().__init__()
        self.lin1, self.lin2, self.act = nn.Linear(width, inner), nn.Linear(inner, width), activation

    def forward(self, x: Tensor) -> Tensor:
        return self.lin2(self.act(self.lin1(x)))


class GridAttention(nn.Module):
    """Attention between the tokens of a grid, with learnt terms for the distance in rows and in columns."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.qkv, self.proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.rel_pos_h = nn.Parameter(torch.zeros(2 * side - 1, WIDTH // HEADS))
        self.rel_pos_w = nn.Parameter(torch.zeros(2 * side - 1, WIDTH // HEADS))

    def forward(self, x: Tensor) -> Tensor:
        n, side = x.shape[:2]
        q, k, v = self.qkv(x).reshape(n, side * side, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        apart = torch.arange(side)[:, None] - torch.arange(side)[None] + side - 1
        grid = q.reshape(n, HEADS, side, side, -1)
        rows = torch.einsum("nhyxc,ykc->nhyxk", grid, self.rel_pos_h[apart])
        columns = torch.einsum("nhyxc,xkc->nhyxk", grid, self.rel_pos_w[apart])
        bias = (rows[..., :, None] + columns[..., None, :]).reshape(n, HEADS, side * side, side * side)
        weights = torch.softmax(q / math.sqrt(q.shape[-1]) @ k.transpose(-1, -2) + bias, -1)
        return self.proj((weights @ v).transpose(1, 2).reshape(n, side, side, WIDTH))


class Block(nn.Module):
    def __init__(self, window: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH, eps=1e-6), nn.LayerNorm(WIDTH, eps=1e-6)
        self.attn, self.mlp = GridAttention(window or GRID), Mlp(WIDTH, 4 * WIDTH, nn.GELU())
        self.window = window

    def forward(self, x: Tensor) -> Tensor:
        inner = self.norm1(x)
        if self.window:
            many = GRID // self.window
            parts = inner.reshape(1, many, self.window, many, self.window, WIDTH).transpose(2, 3)
            parts = self.attn(parts.reshape(-1, self.window, self.window, WIDTH))
            parts = parts.reshape(1, many, many, self.window, self.window, WIDTH).transpose(2, 3)
            x = x + parts.reshape(1, GRID, GRID, WIDTH)
        else:
            x = x + self.attn(inner)
        return x + self.mlp(self.norm2(x))


class PatchEmbed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, WIDTH, PATCH, PATCH)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj(x).permute(0, 2, 3, 1)


class ImageEncoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patch_embed = PatchEmbed()
        self.pos_embed = nn.Parameter(torch.zeros(1, GRID, GRID, WIDTH))
        self.blocks = nn.ModuleList([Block(WINDOW), Block(0)])
        self.neck = nn.Sequential(
            nn.Conv2d(WIDTH, CHANNELS, 1, bias=False),
            ChannelNorm(CHANNELS),
            nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, bias=False),
            ChannelNorm(CHANNELS),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch_embed(x) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return self.neck(x.permute(0, 3, 1, 2))


class Places(nn.Module):
    """Sines and cosines of random projections of places from 0 to 1."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("positional_encoding_gaussian_matrix", torch.randn(2, CHANNELS // 2))

    def forward(self, places: Tensor) -> Tensor:
        angles = 2 * math.pi * ((2 * places - 1) @ self.positional_encoding_gaussian_matrix)
        return torch.cat([angles.sin(), angles.cos()], -1)


class PromptEncoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.pe_layer = Places()
        self.point_embeddings = nn.ModuleList(nn.Embedding(1, CHANNELS) for _ in range(4))
        self.not_a_point_embed, self.no_mask_embed = nn.Embedding(1, CHANNELS), nn.Embedding(1, CHANNELS)
        self.mask_downscaling = nn.Sequential(
            nn.Conv2d(1, MASK // 4, 2, 2),
            ChannelNorm(MASK // 4),
            nn.GELU(),
            nn.Conv2d(MASK // 4, MASK, 2, 2),
            ChannelNorm(MASK),
            nn.GELU(),
            nn.Conv2d(MASK, CHANNELS, 1),
        )

    def corners(self, boxes: Tensor) -> Tensor:
        """The two tokens (n, 2, channels) of each box (n, 4), in pixels of the padded square."""
        tokens = self.pe_layer((boxes + 0.5).reshape(-1, 2, 2) / SIDE)
        return tokens + torch.cat([self.point_embeddings[2].weight, self.point_embeddings[3].weight])

    def everywhere(self) -> Tensor:
        middles = (torch.arange(GRID) + 0.5) / GRID
        y, x = torch.meshgrid(middles, middles, indexing="ij")
        return self.pe_layer(torch.stack([x, y], -1)).reshape(1, GRID * GRID, CHANNELS)


class Attention(nn.Module):
    def __init__(self, narrowed: int) -> None:
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj = (nn.Linear(CHANNELS, CHANNELS // narrowed) for _ in range(3))
        self.out_proj = nn.Linear(CHANNELS // narrowed, CHANNELS)

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        def heads(x: Tensor) -> Tensor:
            return x.reshape(*x.shape[:2], 8, -1).transpose(1, 2)

        q, k, v = heads(self.q_proj(q)), heads(self.k_proj(k)), heads(self.v_proj(v))
        weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]), -1)
        return self.out_proj((weights @ v).transpose(1, 2).flatten(2))


class TwoWayLayer(nn.Module):
    def __init__(self, first: bool) -> None:
        super().__init__()
        self.first = first
        self.self_attn, self.mlp = Attention(1), Mlp(CHANNELS, MLP, nn.ReLU())
        self.cross_attn_token_to_image, self.cross_attn_image_to_token = Attention(2), Attention(2)
        self.norm1, self.norm2, self.norm3, self.norm4 = (nn.LayerNorm(CHANNELS) for _ in range(4))

    def forward(self, tokens: Tensor, image: Tensor, tokens_at: Tensor, image_at: Tensor) -> tuple[Tensor, Tensor]:
        if self.first:
            tokens = self.self_attn(tokens, tokens, tokens)
        else:
            placed = tokens + tokens_at
            tokens = tokens + self.self_attn(placed, placed, tokens)
        tokens = self.norm1(tokens)
        tokens = self.norm2(tokens + self.cross_attn_token_to_image(tokens + tokens_at, image + image_at, image))
        tokens = self.norm3(tokens + self.mlp(tokens))
        image = self.norm4(image + self.cross_attn_image_to_token(image + image_at, tokens + tokens_at, tokens))
        return tokens, image


class TwoWay(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([TwoWayLayer(True), TwoWayLayer(False)])
        self.final_attn_token_to_image, self.norm_final_attn = Attention(2), nn.LayerNorm(CHANNELS)

    def forward(self, image: Tensor, image_at: Tensor, tokens_at: Tensor) -> tuple[Tensor, Tensor]:
        tokens = tokens_at
        for layer in self.layers:
            tokens, image = layer(tokens, image, tokens_at, image_at)
        attended = self.final_attn_token_to_image(tokens + tokens_at, image + image_at, image)
        return self.norm_final_attn(tokens + attended), image


class Head(nn.Module):
    def __init__(self, inner: int, out: int) -> None:
        super().__init__()
        sizes = (CHANNELS, inner, inner, out)
        self.layers = nn.ModuleList(nn.Linear(*sizes[index : index + 2]) for index in range(3))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers[2](self.layers[1](self.layers[0](x).relu()).relu())


class MaskDecoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.transformer = TwoWay()
        self.iou_token, self.mask_tokens = nn.Embedding(1, CHANNELS), nn.Embedding(4, CHANNELS)
        self.output_upscaling = nn.Sequential(
            nn.ConvTranspose2d(CHANNELS, CHANNELS // 4, 2, 2),
            ChannelNorm(CHANNELS // 4),
            nn.GELU(),
            nn.ConvTranspose2d(CHANNELS // 4, CHANNELS // 8, 2, 2),
            nn.GELU(),
        )
        self.output_hypernetworks_mlps = nn.ModuleList(Head(CHANNELS, CHANNELS // 8) for _ in range(4))
        self.iou_prediction_head = Head(20, 4)

    def forward(self, image: Tensor, image_at: Tensor, corners: Tensor) -> Tensor:
        """The low mask (n, 1, 4 * GRID, 4 * GRID) of each box: with one mask asked for, that of the first mask token."""
        count = len(corners)
        own = torch.cat([self.iou_token.weight, self.mask_tokens.weight])
        tokens = torch.cat([own.expand(count, -1, -1), corners], 1)
        tokens, image = self.transformer(image.expand(count, -1, -1), image_at.expand(count, -1, -1), tokens)
        upscaled = self.output_upscaling(image.transpose(1, 2).reshape(count, CHANNELS, GRID, GRID))
        weights = self.output_hypernetworks_mlps[0](tokens[:, 1])
        return torch.einsum("nc,nchw->nhw", weights, upscaled)[:, None]


class Sam(nn.Module):
    """The network, with random numbers on all its weights."""

    def __init__(self, seed: int = 3) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.image_encoder, self.prompt_encoder, self.mask_decoder = ImageEncoder(), PromptEncoder(), MaskDecoder()
        with torch.no_grad():
            for weight in self.parameters():
                weight.add_(0.3 * torch.randn_like(weight))
        self.eval()


class Predictor:
    """`set_image`, then `predict` with boxes and multimask_output False."""

    def __init__(self, model: Sam, picture: np.ndarray) -> None:
        self.model, self.size = model, picture.shape[:2]
        scale = SIDE / max(self.size)
        self.inner = tuple(int(side * scale + 0.5) for side in self.size)
        small = np.array(Image.fromarray(picture).resize(self.inner[::-1], Image.Resampling.BILINEAR))
        pixels = torch.as_tensor(small).permute(2, 0, 1)[None]
        pixels = (pixels - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(DEVIATION).view(3, 1, 1)
        self.pixels = functional.pad(pixels, (0, SIDE - self.inner[1], 0, SIDE - self.inner[0]))
        with torch.no_grad():
            self.features = model.image_encoder(self.pixels)

    def logits(self, boxes: np.ndarray) -> np.ndarray:
        """The logits (n, H, W) of boxes (n, 4) in pixels of the picture."""
        corners = torch.as_tensor(boxes).to(torch.float).reshape(-1, 2, 2)
        corners[..., 0] *= self.inner[1] / self.size[1]
        corners[..., 1] *= self.inner[0] / self.size[0]
        prompt = self.model.prompt_encoder
        with torch.no_grad():
            image = self.features + prompt.no_mask_embed.weight.reshape(1, -1, 1, 1)
            tokens = prompt.corners(corners.reshape(-1, 4))
            low = self.model.mask_decoder(image.flatten(2).transpose(1, 2), prompt.everywhere(), tokens)
            square = functional.interpolate(low, (SIDE, SIDE), mode="bilinear", align_corners=False)
            inner = square[..., : self.inner[0], : self.inner[1]]
            return functional.interpolate(inner, self.size, mode="bilinear", align_corners=False)[:, 0].numpy()
