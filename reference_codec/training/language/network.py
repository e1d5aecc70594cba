"""The network in floating point, as it is trained: embedding, gated recurrent layers, projection, output tied to the embedding."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

CHUNK = 256  # rows whose gradient is computed at a time
MIN_PROBABILITY = 1e-30


class Network(nn.Module):
    """Predicts the next token: `forward` returns projected states, which `embedding` and `bias` turn into logits."""

    def __init__(self, vocabulary: int, width: int, hidden: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        nn.init.normal_(self.embedding.weight, std=0.08)
        self.layers = nn.ModuleList(
            nn.GRU(width if layer == 0 else hidden, hidden, batch_first=True) for layer in range(layers)
        )
        self.projection = nn.Linear(hidden, width)
        self.bias = nn.Parameter(torch.zeros(vocabulary))
        self.dropout = dropout

    def forward(self, tokens: Tensor) -> Tensor:
        """Projected states (rows, steps, width) of tokens (rows, steps)."""
        state = self._drop(self.embedding(tokens), self.dropout / 2)
        for layer in self.layers:
            state = self._drop(layer(state)[0], self.dropout)
        return self.projection(state)

    def _drop(self, state: Tensor, share: float) -> Tensor:
        """Dropout of a share of the channels, the same ones in all steps (Gal and Ghahramani, 2016)."""
        if not self.training or share == 0:
            return state
        mask = torch.rand(state.shape[0], 1, state.shape[2]) >= share
        return state * (mask.to(state.dtype) / (1 - share))


class Loss(torch.autograd.Function):
    """The summed cross-entropy of a softmax over many tokens. Its gradient is computed chunk by chunk, while a chunk is in the cache."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Tensor:  # noqa: D102
        total = torch.zeros(())
        by_states = torch.empty_like(states)
        by_weight = torch.zeros(weight.shape)
        by_bias = torch.zeros(bias.shape)
        for start in range(0, len(states), CHUNK):
            part = states[start : start + CHUNK]
            labels = targets[start : start + CHUNK, None]
            by_logits = torch.softmax(torch.addmm(bias, part, weight.T), 1, dtype=torch.float32)
            total -= by_logits.gather(1, labels).clamp_(min=MIN_PROBABILITY).log_().sum()
            by_logits.scatter_add_(1, labels, torch.full(labels.shape, -1.0))
            by_bias += by_logits.sum(0)
            gradient = by_logits.to(weight.dtype)
            by_states[start : start + CHUNK] = gradient @ weight
            by_weight += gradient.T @ part
        ctx.save_for_backward(by_states, by_weight.to(weight.dtype), by_bias.to(bias.dtype))
        return total

    @staticmethod
    def backward(ctx: Any, scale: Tensor) -> Any:  # noqa: D102
        by_states, by_weight, by_bias = ctx.saved_tensors
        return by_states * scale, by_weight * scale, by_bias * scale, None


def cost(network: Network, inputs: Tensor, targets: Tensor) -> tuple[Tensor, int]:
    """The summed cross-entropy, in nats, of the targets that are not -1, and their number."""
    has_target = targets >= 0
    states = network(inputs)[has_target]
    labels = targets[has_target]
    return Loss.apply(states, network.embedding.weight, network.bias, labels), len(labels)
