"""A language model for vectors, small enough to compute by hand: python -m misc_conformance.authoring.tiny_language

Its weights are bytes of SHA-256 digests, so it predicts nothing in particular and uses every branch of the arithmetic.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any

import numpy as np

from misc_format.coders.text.languagemodel.constants import LOGIT_BITS
from misc_format.coders.text.languagemodel.model import EXP2_ENTRIES, FORM, SIGMOID_ENTRIES, Model, Shape
from misc_format.coders.text.languagemodel.pieces import DETAIL, END, NAME
from misc_format.tables.arrayfile import layout, shape_of

from ..suite import TINY_LANGUAGE

SHAPE = Shape(vocabulary=280, width=6, hidden=8, layers=2)
PIECES = (
    "the", "th", "he", " a", " the", "in", "on", "er", "an", " of", " of the", "ing", "cup", " cup", "spoon", " wooden table",
    "ed", " w", " red", "ee", "☕", ". ", ", ", "aaaa",
)  # fmt: skip
# Typical values by array. Weights fill a byte; multipliers scale their sums to the range of the tables.
SCALES = {"input_scale": 1 << 25, "state_scale": 1 << 25, "projection_scale": 1 << 18, "output_scale": 1 << 22}
BIASES = {"input_bias": 1 << 15, "state_bias": 1 << 15, "projection_bias": 1 << 5, "output_bias": 1 << 11}

BONUSES = (2 << LOGIT_BITS, 2 << LOGIT_BITS, 4 << LOGIT_BITS)  # for DETAIL, NAME, END, so that any codeword soon ends


def make() -> bytes:
    """The bytes of the model file."""
    pieces = sorted(piece.encode() for piece in PIECES)
    arrays: dict[str, Any] = {
        "piece_lengths": np.array([len(piece) for piece in pieces]),
        "piece_bytes": np.frombuffer(b"".join(pieces), np.uint8),
        "sigmoid": [round(2**15 / (1 + math.exp(-(i - SIGMOID_ENTRIES // 2) / 512))) for i in range(SIGMOID_ENTRIES)],
        "exp2": [round(2 ** (24 - i / EXP2_ENTRIES)) for i in range(EXP2_ENTRIES)],
    }
    for key, array, sizes in layout(FORM, SHAPE._asdict()):
        if key in arrays:
            continue
        layer = key.partition("/")[0] if "/" in key else 0
        numbers = _numbers(f"{array.name} {layer}", shape_of(array, sizes, arrays))
        if array.name in SCALES:
            values = SCALES[array.name] + numbers * (SCALES[array.name] >> 9)
        else:
            values = numbers * BIASES.get(array.name, 127) // 127
        if array.name == "output_bias":
            values[[DETAIL, NAME, END]] += BONUSES
        arrays[key] = values
    return Model.build(SHAPE._asdict(), arrays)


def _numbers(seed: str, sizes: tuple[int, ...]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Integers from -127 to 127."""
    count = math.prod(sizes)
    digests = (hashlib.sha256(f"{seed} {index}".encode()).digest() for index in range(-(-count // 32)))
    values = np.frombuffer(b"".join(digests), np.uint8)[:count].astype(np.int64) % 255 - 127
    return values.reshape(sizes)


if __name__ == "__main__":
    TINY_LANGUAGE.write_bytes(make())
    print(f"{TINY_LANGUAGE.name}: {TINY_LANGUAGE.stat().st_size:,} bytes")
