"""The cross-attention of a U-Net, recorded, and the energy that measures how much of it lies outside a mask (SEDIC equations 2 and 3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor


@contextmanager
def recorded(unet: Any) -> Iterator[list[Tensor]]:
    """Inside the context, each pass of the U-Net appends the attention of each of `layers` to the list.

    The attention is (M, K), for M positions and K tokens, the mean over batch and heads.
    """
    records: list[Tensor] = []
    recorded_layers = layers(unet)
    processors = [layer.processor for layer in recorded_layers]
    for layer in recorded_layers:
        layer.set_processor(_Recorder(records))
    try:
        yield records
    finally:
        for layer, processor in zip(recorded_layers, processors, strict=True):
            layer.set_processor(processor)


def layers(unet: Any) -> list[Any]:
    """The cross-attention layers of the middle one of the up-sampling blocks that have any."""
    by_block = [
        [layer for name, layer in block.named_modules() if name.endswith("attn2")]
        for block in unet.up_blocks
        if getattr(block, "has_cross_attention", False)
    ]
    return by_block[len(by_block) // 2]


def energy(attention: Tensor, mask: Tensor, tokens: Sequence[int]) -> Tensor:
    """Equation 2: (1 - attention inside the mask / all attention)^2, the mean over the tokens.

    `attention`: (M, K). `mask`: (M,), 1 inside and 0 outside. `tokens`: the positions of the tokens that name the object.
    """
    of_tokens = attention[:, list(tokens)].float()
    inside = (mask.to(of_tokens)[:, None] * of_tokens).sum(0)
    return ((1 - inside / of_tokens.sum(0)) ** 2).mean()


def descend(latents: Tensor, value: Tensor, step: float) -> Tensor:
    """Equation 3: latents after a step down the gradient of a value that was computed from them."""
    [gradient] = torch.autograd.grad(value, latents)
    return (latents - step * gradient).detach()


def positions(tokenizer: Any, prompt: str, name: str) -> tuple[int, ...]:
    """The positions of a name's tokens among those of a prompt. If the name does not occur, those of the whole text; none for no text."""
    prompt_tokens = tokenizer(prompt, truncation=True, max_length=tokenizer.model_max_length).input_ids
    name_tokens = tokenizer(name, add_special_tokens=False).input_ids
    for start in range(1, len(prompt_tokens) - len(name_tokens)):
        if name_tokens and prompt_tokens[start : start + len(name_tokens)] == name_tokens:
            return tuple(range(start, start + len(name_tokens)))
    return tuple(range(1, len(prompt_tokens) - 1))


class _Recorder:
    """An attention processor that computes what the layer computes, but keeps the probabilities, which can be differentiated."""

    def __init__(self, records: list[Tensor]) -> None:
        self.records = records

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
        self.records.append(probabilities.mean(0))
        return attn.to_out[0](attn.batch_to_head_dim(probabilities @ value))
