"""Patches: a picture divided into labelled parts, and sums and means over each part."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def renumbered(labels: npt.NDArray[Any]) -> Labels:
    """The same division (h, w) with labels 0, 1, ... without gaps."""
    _, dense = np.unique(labels, return_inverse=True)
    return np.asarray(dense, dtype=np.int64).reshape(labels.shape)


def totals(labels: Labels, values: Floats, count: int) -> Floats:
    """(count,): the sum of `values` (h, w) over each label."""
    return np.asarray(np.bincount(labels.ravel(), weights=values.ravel(), minlength=count), dtype=np.float64)


def means(labels: Labels, values: Floats, count: int) -> Floats:
    """(count, k): the mean of `values` (h, w, k) over each label."""
    areas = totals(labels, np.ones(labels.shape), count)
    return np.column_stack([totals(labels, values[..., k], count) / areas for k in range(values.shape[2])])
