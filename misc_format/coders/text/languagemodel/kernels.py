"""The language model in machine code: products of 8-bit weights, gates, frequencies, matches and the range coder (clauses 6.7 to 6.9).

All arithmetic is in integers. A product has 8-bit weights and 16-bit factors, and its sums fit 32 bits, so they are the same in any order
of addition, on every processor. Arrays have a row for each text; `texts` is how many there are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from misc_format.coders.text.languagemodel.constants import (
    BROKEN,
    INPUT_BITS,
    LARGEST,
    LOGIT_BITS,
    MAX_LENGTH,
    MAX_MATCH_TRUST,
    MAX_SHIFT,
    MIN_TRUST,
    QUOTIENT_BITS,
    RATE_BITS,
    SCALE_BITS,
    STATE_BITS,
    TABLE_DROP,
    TOTAL_BITS,
    TRUST_BITS,
)
from misc_format.coders.text.languagemodel.network import Net, Run, Scratch
from misc_format.entropy.rangesteps import code_span, quantile
from misc_format.system.compiled import compiled, inlined
from misc_format.system.products import multiply


@inlined
def _shifted(value: Any, bits: int) -> Any:
    """A value divided by 2^bits and rounded to the nearest integer, halves upwards."""
    return (value + (1 << (bits - 1))) >> bits


@inlined
def _logistic(sigmoid: Any, value: Any, drop: int) -> Any:
    """The logistic function of a number with 16 fractional bits; `drop` one less than TABLE_DROP: of its double."""
    half = sigmoid.shape[0] // 2
    return sigmoid[min(max(_shifted(value, drop) + half, 0), 2 * half - 1)]


@inlined
def advance(net: Net, layer: int, state: Any, fresh: Any, kept: Any, factors: Any) -> None:
    """The gated recurrent unit (Cho et al., 2014, with the reset gate behind the product) for one text, in place.

    `fresh`, `kept`: the products of inputs and state, (3 * hidden,). `factors`: the state as the factor of the next product.
    """
    hidden = net.hidden
    for j in range(hidden):
        total = np.int64(0)
        gates = (np.int64(0), np.int64(0))
        for gate in range(2):
            k = gate * hidden + j
            a = _shifted(np.int64(fresh[k]) * net.scales[layer, 0, k], SCALE_BITS) + net.biases[layer, 0, k]
            b = _shifted(np.int64(kept[k]) * net.scales[layer, 1, k], SCALE_BITS) + net.biases[layer, 1, k]
            total = _logistic(net.sigmoid, a + b, TABLE_DROP)
            gates = (gates[1], total)
        k = 2 * hidden + j
        a = _shifted(np.int64(fresh[k]) * net.scales[layer, 0, k], SCALE_BITS) + net.biases[layer, 0, k]
        b = _shifted(np.int64(kept[k]) * net.scales[layer, 1, k], SCALE_BITS) + net.biases[layer, 1, k]
        value = 2 * _logistic(net.sigmoid, a + _shifted(gates[0] * b, STATE_BITS), TABLE_DROP - 1) - (1 << STATE_BITS)
        state[j] = value + _shifted(gates[1] * (state[j] - value), STATE_BITS)
        factors[j] = _shifted(state[j], STATE_BITS - INPUT_BITS)


@inlined
def embed(net: Net, tokens: Any, texts: int, factors: Any) -> None:
    """The vectors of tokens (texts,) as factors."""
    for text in range(texts):
        for j in range(net.width):
            factors[text, j] = net.embedding[tokens[text], j]


@inlined
def project(net: Net, texts: int, scratch: Scratch) -> None:
    """The products of output and embeddings, from the states of the last layer in `scratch.factors`."""
    multiply(net.projection, scratch.factors, texts, scratch.fresh)
    for text in range(texts):
        for j in range(net.width):
            scaled = _shifted(np.int64(scratch.fresh[text, j]) * net.projection_scale[j], SCALE_BITS)
            scratch.factors[text, j] = min(max(scaled + net.projection_bias[j], -LARGEST), LARGEST)
    multiply(net.embedding, scratch.factors, texts, scratch.products)


@compiled
def step(net: Net, tokens: Any, texts: int, hidden: Any, scratch: Scratch) -> None:
    """Feed a token of each text to the network: `scratch.products` (texts, vocabulary) for the next, and the states `hidden`."""
    embed(net, tokens, texts, scratch.factors)
    for layer in range(net.layers):
        multiply(net.inputs[layer], scratch.factors, texts, scratch.fresh)
        for text in range(texts):
            for j in range(net.hidden):
                scratch.factors[text, j] = _shifted(hidden[layer, text, j], STATE_BITS - INPUT_BITS)
        multiply(net.states[layer], scratch.factors, texts, scratch.kept)
        for text in range(texts):
            advance(net, layer, hidden[layer, text], scratch.fresh[text], scratch.kept[text], scratch.factors[text])
    project(net, texts, scratch)


@compiled
def feed(net: Net, tokens: Any, steps: int, hidden: Any, scratch: Scratch, ahead: Any) -> None:
    """As `step` for `steps` tokens of one text that are all known: `scratch.products` has a row for each.

    All products of inputs are computed together, so that each weight is read once. `ahead`: int16 (steps, largest size), for factors.
    """
    embed(net, tokens, steps, scratch.factors)
    for layer in range(net.layers):
        multiply(net.inputs[layer], scratch.factors, steps, scratch.fresh)
        for place in range(steps):
            for j in range(net.hidden):
                ahead[0, j] = _shifted(hidden[layer, 0, j], STATE_BITS - INPUT_BITS)
            multiply(net.states[layer], ahead, 1, scratch.kept)
            advance(net, layer, hidden[layer, 0], scratch.fresh[place], scratch.kept[0], scratch.factors[place])
    project(net, steps, scratch)


@inlined
def frequencies(net: Net, products: Any, run: Run, text: int) -> None:
    """The frequencies that the next token of a text is coded under (clauses 6.8 and 6.9): `run.network`, then `run.table`."""
    vocabulary = net.vocabulary
    largest = np.int64(-(1 << 62))
    for j in range(vocabulary):
        logit = _shifted(np.int64(products[j]) * net.output_scale, SCALE_BITS) + net.output_bias[j]
        run.table[j] = logit
        largest = max(largest, logit)
    total = np.int64(0)
    for j in range(vocabulary):
        below = largest - run.table[j]
        weight = net.exp2[below & (net.exp2.shape[0] - 1)] >> min(below >> LOGIT_BITS, MAX_SHIFT)
        run.table[j] = weight
        total += weight
    quotient = (((1 << TOTAL_BITS) - vocabulary) << QUOTIENT_BITS) // total
    share = run.trust[text]
    best, sum_mixed = 0, np.int64(0)
    for j in range(vocabulary):
        value = 1 + ((run.table[j] * quotient) >> QUOTIENT_BITS)
        run.network[j] = value
        if value > run.network[best]:
            best = j
        mixed = (((1 << TRUST_BITS) - share) * value + share * net.expert[j]) >> TRUST_BITS
        run.table[j] = mixed
        sum_mixed += mixed
    run.table[best] += (1 << TOTAL_BITS) - sum_mixed
    _match(run, text)
    if run.context[text]:
        _give(run, text, vocabulary)


@inlined
def _match(run: Run, text: int) -> None:
    """Find the longest context that occurred before, and the token that followed it last."""
    count = run.lengths[text]
    run.context[text] = 0
    for length in range(min(MAX_LENGTH, count), 0, -1):
        for end in range(count - 1, length - 1, -1):
            same = 0
            while same < length and run.history[text, end - 1 - same] == run.history[text, count - 1 - same]:
                same += 1
            if same == length:
                run.context[text] = length
                run.expected[text] = run.history[text, end]
                return


@inlined
def _give(run: Run, text: int, vocabulary: int) -> None:
    """Give the expected token its share of all frequencies."""
    trust, expected = run.match_trust[text, run.context[text] - 1], run.expected[text]
    run.before[text] = run.table[expected]
    total = np.int64(0)
    for j in range(vocabulary):
        value = run.table[j] - ((run.table[j] * trust) >> TRUST_BITS)
        run.table[j] = value
        total += value
    run.table[expected] += (1 << TOTAL_BITS) - total


@inlined
def learn(net: Net, run: Run, text: int, token: int) -> None:
    """Update the trusts and the history of a text by the token that came. `frequencies` must have been called for it."""
    expert = run.trust[text] * net.expert[token]
    other = ((1 << TRUST_BITS) - run.trust[text]) * run.network[token]
    share = (expert << TRUST_BITS) // (expert + other)
    run.trust[text] = min(max(share, MIN_TRUST), (1 << TRUST_BITS) - MIN_TRUST)
    context = run.context[text]
    if context:
        trust = run.match_trust[text, context - 1]
        if token == run.expected[text]:
            weight = trust << TOTAL_BITS
            share = (weight << TRUST_BITS) // (weight + ((1 << TRUST_BITS) - trust) * run.before[text])
            trust = min(trust + ((share - trust) >> RATE_BITS), MAX_MATCH_TRUST)
        else:
            trust = max(trust - (trust >> RATE_BITS), MIN_TRUST)
        run.match_trust[text, context - 1] = trust
    run.history[text, run.lengths[text]] = token
    run.lengths[text] += 1


@compiled
def encode_token(net: Net, products: Any, run: Run, token: int, spans: Any) -> None:
    """Give the span of the next token of the only text, and learn from it.

    `spans` gets the sum of the frequencies before the token, and its own.
    """
    frequencies(net, products, run, 0)
    spans[0], spans[1] = 0, run.table[token]
    for j in range(token):
        spans[0] += run.table[j]
    learn(net, run, 0, token)


@compiled
def decode_token(net: Net, products: Any, run: Run, text: int, state: Any, words: Any, spans: Any) -> int:
    """Decode the next token of a text, and learn from it; BROKEN if the codeword fits none.

    `spans` gets the sum of the frequencies before the token, and its own.
    """
    frequencies(net, products, run, text)
    place = quantile(state)
    if place >= 1 << TOTAL_BITS:
        return BROKEN
    token, total = 0, np.int64(0)
    while total + run.table[token] <= place:
        total += run.table[token]
        token += 1
    spans[0], spans[1] = total, run.table[token]
    code_span(state, words, True, spans[0], spans[1])
    learn(net, run, text, token)
    return token
