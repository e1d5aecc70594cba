"""An array as the conformance suite shows it: its size and a digest."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray


def array_symbols(values: NDArray[Any]) -> dict[str, Any]:
    """The size of an array (rows, columns) or (rows, columns, planes), and the SHA-256 of its bytes in row order."""
    return {
        "columns": values.shape[1],
        "rows": values.shape[0],
        "planes": 1 if values.ndim == 2 else values.shape[2],
        "sha256": hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest(),
    }
