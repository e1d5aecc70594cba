"""The network in floating point, as it is trained: embedding, gated recurrent layers, projection, tied output."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

CHUNK = 256
TINY = 1e-30


class Network(nn.Module):
    """Logits of the next token: `forward` gives the projected states, `embedding` and `bias` turn them into logits."""

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
        """Projected states, shape (rows, steps, width), of tokens, shape (rows, steps)."""
        state = self._drop(self.embedding(tokens), self.dropout / 2)
        for layer in self.layers:
            state = self._drop(layer(state)[0], self.dropout)
        return self.projection(state)

    def _drop(self, state: Tensor, share: float) -> Tensor:
        """Dropout with one mask for all steps (Gal and Ghahramani, 2016)."""
        if not self.training or share == 0:
            return state
        mask = torch.rand(state.shape[0], 1, state.shape[2]) >= share
        return state * (mask.to(state.dtype) / (1 - share))


class Loss(torch.autograd.Function):
    """Summed cross-entropy of a softmax over many tokens, its gradient taken a few rows at a time while they are in the cache."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Tensor:  # noqa: D102
        total = torch.zeros(())
        by_states = torch.empty_like(states)
        by_weight = torch.zeros(weight.shape)
        by_bias = torch.zeros(bias.shape)
        for start in range(0, len(states), CHUNK):
            part = states[start : start + CHUNK]
            goal = targets[start : start + CHUNK, None]
            share = torch.softmax(torch.addmm(bias, part, weight.T), 1, dtype=torch.float32)
            total -= share.gather(1, goal).clamp_(min=TINY).log_().sum()
            share.scatter_add_(1, goal, torch.full(goal.shape, -1.0))
            by_bias += share.sum(0)
            slope = share.to(weight.dtype)
            by_states[start : start + CHUNK] = slope @ weight
            by_weight += slope.T @ part
        ctx.save_for_backward(by_states, by_weight.to(weight.dtype), by_bias.to(bias.dtype))
        return total

    @staticmethod
    def backward(ctx: Any, scale: Tensor) -> Any:  # noqa: D102
        by_states, by_weight, by_bias = ctx.saved_tensors
        return by_states * scale, by_weight * scale, by_bias * scale, None


def cost(network: Network, inputs: Tensor, targets: Tensor) -> tuple[Tensor, int]:
    """Summed cross-entropy in nats of the targets that are not -1, and their number."""
    there = targets >= 0
    states = network(inputs)[there]
    goals = targets[there]
    return Loss.apply(states, network.embedding.weight, network.bias, goals), len(goals)
