"""The network's products to frequencies (clause 6.8), and the byte expert that bounds the cost of what it does not know (clause 6.9)."""

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
LEAST_TRUST = 1 << 4


class Distribution:
    """Frequencies of the next token under a model, and the trust in the byte expert."""

    def __init__(self, model: Model) -> None:
        self._exp2 = model.arrays["exp2"].astype(np.int64)
        self._scale = int(model.arrays["output_scale"][0])
        self._bias = model.arrays["output_bias"].astype(np.int64)
        self._spare = (1 << TOTAL_BITS) - model.shape.vocabulary
        self.bytes = byte_expert(model.pieces)

    def softmax(self, products: NDArray[np.float32]) -> Integers:
        """Frequencies of at least one that sum to at most 2^24; shape of `products`, (..., vocabulary)."""
        logits = scaled(products, self._scale) + self._bias
        below = logits.max(-1, keepdims=True) - logits
        weights = self._exp2.take(below & (EXP2_ENTRIES - 1)) >> np.minimum(below >> LOGIT_BITS, 31)
        quotients = (self._spare << QUOTIENT_BITS) // weights.sum(-1, keepdims=True)
        table: Integers = 1 + ((weights * quotients) >> QUOTIENT_BITS)
        return table

    def mixed(self, network: Integers, trust: Integers) -> Integers:
        """The frequencies of network and byte expert mixed, summing to 2^24; shapes (texts, vocabulary), (texts,)."""
        share = trust[:, None]
        table: Integers = (((1 << TRUST_BITS) - share) * network + share * self.bytes) >> TRUST_BITS
        table[np.arange(len(table)), network.argmax(-1)] += (1 << TOTAL_BITS) - table.sum(-1)
        return table

    def learned(self, network: Integers, trust: Integers, tokens: Integers) -> Integers:
        """The trust after the tokens: Bayes' rule between the two, kept off its ends; shapes (texts, vocabulary), (texts,), (texts,)."""
        said = trust * self.bytes[tokens]
        other = ((1 << TRUST_BITS) - trust) * network[np.arange(len(tokens)), tokens]
        share: Integers = (said << TRUST_BITS) // (said + other)
        kept: Integers = np.minimum(np.maximum(share, LEAST_TRUST), (1 << TRUST_BITS) - LEAST_TRUST)
        return kept


def byte_expert(pieces: Pieces) -> Integers:
    """Frequencies of an expert for whom all bytes are alike: a piece of n bytes has 256 to the power of 1 - n of a byte's."""
    lengths = np.array([len(value) for value in pieces.values])
    extra = -(-sum(1 << 8 * (16 - length) for length in lengths[256:].tolist()) >> 8 * 15)  # bytes' worth of all pieces
    byte = ((1 << TOTAL_BITS) - len(lengths)) // (256 + extra)
    table: Integers = 1 + (byte >> np.minimum(8 * (lengths - 1), 62))
    return table
