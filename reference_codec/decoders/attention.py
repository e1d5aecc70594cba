"""Cross-attention of a U-Net: recorded, and the energy that says how much of it lies outside a mask (SEDIC equations 2 and 3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor


@contextmanager
def recorded(unet: Any) -> Iterator[list[Tensor]]:
    """Within, each pass of the U-Net appends what `layers` attend to: (M, K), M places and K tokens, mean over batch and heads."""
    maps: list[Tensor] = []
    chosen = layers(unet)
    before = [layer.processor for layer in chosen]
    for layer in chosen:
        layer.set_processor(_Recorder(maps))
    try:
        yield maps
    finally:
        for layer, processor in zip(chosen, before, strict=True):
            layer.set_processor(processor)


def layers(unet: Any) -> list[Any]:
    """The cross-attention layers of the middle one of the up-sampling blocks that have any."""
    found = [
        [layer for name, layer in block.named_modules() if name.endswith("attn2")]
        for block in unet.up_blocks
        if getattr(block, "has_cross_attention", False)
    ]
    return found[len(found) // 2]


def energy(attention: Tensor, mask: Tensor, tokens: Sequence[int]) -> Tensor:
    """Equation 2, mean over the tokens: (1 - attention inside the mask / attention)^2.

    `attention`: (M, K), `mask`: (M,), 1 inside and 0 outside, `tokens`: those that describe the object, of 0 to K - 1.
    """
    chosen = attention[:, list(tokens)].float()
    inside = (mask.to(chosen)[:, None] * chosen).sum(0)
    return ((1 - inside / chosen.sum(0)) ** 2).mean()


def step(latents: Tensor, value: Tensor, scale: float) -> Tensor:
    """Equation 3: latents moved down the gradient of a value that was computed from them."""
    [gradient] = torch.autograd.grad(value, latents)
    return (latents - scale * gradient).detach()


def positions(tokenizer: Any, prompt: str, name: str) -> tuple[int, ...]:
    """Where the tokens of a name stand among those of a prompt; if nowhere, all between beginning and end. Empty for an empty prompt."""
    text = tokenizer(prompt, truncation=True, max_length=tokenizer.model_max_length).input_ids
    wanted = tokenizer(name, add_special_tokens=False).input_ids
    for start in range(1, len(text) - len(wanted)):
        if wanted and text[start : start + len(wanted)] == wanted:
            return tuple(range(start, start + len(wanted)))
    return tuple(range(1, len(text) - 1))


class _Recorder:
    """Attention as the layer computes it, in the open, so that its probabilities can be kept and differentiated."""

    def __init__(self, maps: list[Tensor]) -> None:
        self.maps = maps

    def __call__(
        self, attn: Any, hidden_states: Tensor, encoder_hidden_states: Tensor, *args: Any, **kwargs: Any
    ) -> Tensor:
        query, key, value = (
            attn.head_to_batch_dim(project(states))
            for project, states in (
                (attn.to_q, hidden_states),
                (attn.to_k, encoder_hidden_states),
                (attn.to_v, encoder_hidden_states),
            )
        )
        probabilities = attn.get_attention_scores(query, key)
        self.maps.append(probabilities.mean(0))
        return attn.to_out[0](attn.batch_to_head_dim(probabilities @ value))
