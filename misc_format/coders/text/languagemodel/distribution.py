"""Frequencies from the network's products (clause 6.8), and the byte expert, which bounds the cost of unusual text (clause 6.9)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.text.languagemodel.model import EXP2_ENTRIES, Model
from misc_format.coders.text.languagemodel.network import scaled
from misc_format.coders.text.languagemodel.pieces import Pieces

Integers = NDArray[np.int64]

TOTAL_BITS = 24  # frequencies sum to 2^24
QUOTIENT_BITS = 28
LOGIT_BITS = 11
TRUST_BITS = 16
FIRST_TRUST = 1 << 11
MIN_TRUST = 1 << 4


class Distribution:
    """Frequencies of the next token under a model, and the trust in the byte expert."""

    def __init__(self, model: Model) -> None:
        self._exp2 = model.arrays["exp2"].astype(np.int64)
        self._scale = int(model.arrays["output_scale"][0])
        self._bias = model.arrays["output_bias"].astype(np.int64)
        self._spare = (1 << TOTAL_BITS) - model.shape.vocabulary
        self.bytes = byte_expert(model.pieces)

    def softmax(self, products: NDArray[np.float32]) -> Integers:
        """The network's frequencies, in the shape of `products`, (..., vocabulary). Each is at least 1; they sum to at most 2^24."""
        logits = scaled(products, self._scale) + self._bias
        below = logits.max(-1, keepdims=True) - logits
        weights = self._exp2.take(below & (EXP2_ENTRIES - 1)) >> np.minimum(below >> LOGIT_BITS, 31)
        quotients = (self._spare << QUOTIENT_BITS) // weights.sum(-1, keepdims=True)
        table: Integers = 1 + ((weights * quotients) >> QUOTIENT_BITS)
        return table

    def mixed(self, network: Integers, trust: Integers) -> Integers:
        """The mixture of network (texts, vocabulary) and byte expert under `trust` (texts,) in the expert; sums to 2^24 per text."""
        share = trust[:, None]
        table: Integers = (((1 << TRUST_BITS) - share) * network + share * self.bytes) >> TRUST_BITS
        table[np.arange(len(table)), network.argmax(-1)] += (1 << TOTAL_BITS) - table.sum(-1)
        return table

    def learned(self, network: Integers, trust: Integers, tokens: Integers) -> Integers:
        """The trust (texts,) in the byte expert after `tokens` (texts,), by Bayes' rule, within its bounds.

        `network` (texts, vocabulary) are the network's frequencies.
        """
        expert = trust * self.bytes[tokens]
        other = ((1 << TRUST_BITS) - trust) * network[np.arange(len(tokens)), tokens]
        share: Integers = (expert << TRUST_BITS) // (expert + other)
        bounded: Integers = np.minimum(np.maximum(share, MIN_TRUST), (1 << TRUST_BITS) - MIN_TRUST)
        return bounded


def byte_expert(pieces: Pieces) -> Integers:
    """The frequencies of an expert for whom all bytes are equally likely, int64 (vocabulary,).

    A piece of n bytes has 256^(1 - n) times the frequency of a byte.
    """
    lengths = np.array([len(value) for value in pieces.values])
    extra = -(
        -sum(1 << 8 * (16 - length) for length in lengths[256:].tolist()) >> 8 * 15
    )  # of all pieces together, in frequencies of a byte
    byte = ((1 << TOTAL_BITS) - len(lengths)) // (256 + extra)
    table: Integers = 1 + (byte >> np.minimum(8 * (lengths - 1), 62))
    return table
