"""ICC profiles of colour spaces that a file describes by numbers: primaries, a white point and a transfer curve.

Sources: ICC.1:2022 (the profile), Lindbloom's Bradford matrix (adaptation to D50), Rec. ITU-T H.273 (the code points of PNG and AVIF).
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


class Curve(NamedTuple):
    """A parametric curve from samples to light, of ICC's function type 3: (a x + b)^g from d on, c x below."""

    gamma: float
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0


class Primaries(NamedTuple):
    """Chromaticities x, y of white, red, green and blue."""

    white: tuple[float, float]
    red: tuple[float, float]
    green: tuple[float, float]
    blue: tuple[float, float]

    def is_near(self, other: Primaries) -> bool:
        """Whether no coordinate differs by more than 0.005, as much as rounded numbers in files do."""
        return bool(np.abs(np.array(self) - np.array(other)).max() <= 0.005)


D65: Final = (0.3127, 0.3290)
SRGB: Final = Primaries(D65, (0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
ADOBE_RGB: Final = Primaries(D65, (0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
SRGB_CURVE: Final = Curve(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
ADOBE_GAMMA: Final = 563 / 256

#: Tables 2 and 3 of H.273. A transfer that stands for video on a screen is taken for that of sRGB, as viewers of pictures do.
PRIMARIES: Final = {
    1: SRGB,
    4: Primaries((0.310, 0.316), (0.67, 0.33), (0.21, 0.71), (0.14, 0.08)),
    5: Primaries(D65, (0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),
    6: Primaries(D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    7: Primaries(D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    9: Primaries(D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    11: Primaries((0.314, 0.351), (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    12: Primaries(D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
CURVES: Final = {
    **dict.fromkeys((1, 6, 13, 14, 15), SRGB_CURVE),
    4: Curve(2.2),
    5: Curve(2.8),
    8: Curve(1.0),
}
UNSPECIFIED: Final = 2

_D50: Final = np.array([0.9642, 1.0, 0.8249])
_BRADFORD: Final = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def profile(name: str, primaries: Primaries, curve: Curve) -> bytes:
    """A profile of version 4 with a matrix and one curve for the three channels. Raises ValueError for primaries of no colour space."""
    matrix = _to_d50(primaries)
    tag = b"para\0\0\0\0" + struct.pack(">HH5i", 3, 0, *map(_fixed, curve))
    contents = {
        b"desc": _text(name),
        b"cprt": _text("No copyright"),
        b"wtpt": _xyz(_D50),
        **{signature: _xyz(matrix[:, place]) for place, signature in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), tag),
    }
    table, body, start = b"", b"", 128 + 4 + 12 * len(contents)
    for signature, content in contents.items():
        table += struct.pack(">4sII", signature, start + len(body), len(content))
        body += content + b"\0" * (-len(content) % 4)
    header = struct.pack(">I4sI4s4s4s", start + len(body), b"\0\0\0\0", 0x04300000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(24)
    header += struct.pack(">I3i", 0, *map(_fixed, _D50))
    return header.ljust(128, b"\0") + struct.pack(">I", len(contents)) + table + body


def _to_d50(primaries: Primaries) -> Matrix:
    """The matrix from linear RGB to XYZ under D50: each column is one primary."""
    try:
        columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries[1:]]).T
        x, y = primaries.white
        white = np.array([x / y, 1, (1 - x - y) / y])
        matrix = columns * np.linalg.solve(columns, white)
        scale = np.diag((_BRADFORD @ _D50) / (_BRADFORD @ white))
        adapted: Matrix = np.linalg.inv(_BRADFORD) @ scale @ _BRADFORD @ matrix
    except (ZeroDivisionError, np.linalg.LinAlgError) as error:
        raise ValueError("these primaries span no colour space") from error
    if not np.isfinite(adapted).all() or np.abs(adapted).max() > 100:
        raise ValueError("these primaries span no colour space")
    return adapted


def _fixed(value: float) -> int:
    """A number as s15Fixed16Number."""
    return round(value * 65536)


def _xyz(values: Matrix) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *map(_fixed, values.tolist()))


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(encoded), 28) + encoded
