"""Products of 8-bit weights and 16-bit factors: the sums of NumPy, for all shapes."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from misc_format.system.products import LANES, ROWS, SINGLE_ROWS, TEXTS, multiply


@settings(deadline=None)
@given(
    rows=st.integers(1, 2 * SINGLE_ROWS + 1),
    columns=st.integers(1, 3 * LANES + 1),
    texts=st.integers(1, 2 * TEXTS + 1),
    spare=st.integers(0, 3),
    seed=st.integers(0, 2**32 - 1),
)
@example(rows=ROWS, columns=LANES, texts=TEXTS, spare=0, seed=0)
@example(rows=SINGLE_ROWS + 1, columns=LANES + 1, texts=TEXTS + 1, spare=1, seed=1)
def test_sums_are_those_of_numpy(rows: int, columns: int, texts: int, spare: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    weights = generator.integers(-128, 128, (rows, columns)).astype(np.int8)
    factors = generator.integers(-(2**15), 2**15, (texts, columns + spare)).astype(np.int16)
    sums = np.full((texts + spare, rows + spare), 7, np.int32)
    multiply(weights, factors, texts, sums)
    expected = factors[:, :columns].astype(np.int64) @ weights.T.astype(np.int64)
    assert np.array_equal(sums[:texts, :rows], expected)
    assert (sums[texts:] == 7).all()
    assert (sums[:, rows:] == 7).all()


def test_the_largest_factors_do_not_saturate() -> None:
    for weight in (-128, 127):
        for factor in (-(2**15), 2**15 - 1):
            weights = np.full((ROWS, 8 * LANES), weight, np.int8)
            factors = np.full((TEXTS, 8 * LANES), factor, np.int16)
            sums = np.zeros((TEXTS, ROWS), np.int32)
            multiply(weights, factors, TEXTS, sums)
            assert (sums == 8 * LANES * weight * factor).all()
