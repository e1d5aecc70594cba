"""The constants of the language model's arithmetic (clauses 6.7 to 6.9)."""

from __future__ import annotations

SCALE_BITS = 24  # fractional bits of a multiplier
STATE_BITS = 15  # fractional bits of a state and of a gate
INPUT_BITS = 7  # fractional bits of a state as the factor of a product
TABLE_DROP = 7  # from 16 fractional bits of a gate's input to the 9 of the sigmoid table
LARGEST = 127  # magnitude of a weight and of an output
TOTAL_BITS = 24  # frequencies sum to 2^24
QUOTIENT_BITS = 28
LOGIT_BITS = 11
MAX_SHIFT = 31
TRUST_BITS = 16
FIRST_TRUST = 1 << 11
MIN_TRUST = 1 << 4
# The trust in a match before the first token, by the number of matching tokens, 1 to 6; trained on captions with and without items.
MATCH_TRUST = (2_200, 9_400, 22_100, 28_400, 36_300, 41_000)
MAX_LENGTH = len(MATCH_TRUST)
MAX_MATCH_TRUST = 63_488
RATE_BITS = 4
BROKEN = -1  # in place of a token: the codeword fits none
