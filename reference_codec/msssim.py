"""The distortion of a picture, where pictures are compared, where codecs are trained, and where an encoder searches.

It is SQUARED_FACTOR x the mean squared error, in units of 8-bit samples, + STRUCTURE_FACTOR x (1 - MS-SSIM) (Wang et al., 2003).
"""

from __future__ import annotations

from typing import Final

SQUARED_FACTOR: Final = 0.5
STRUCTURE_FACTOR: Final = 1800.0
WINDOW: Final = 11  # pixels of the Gaussian window
WEIGHTS: Final = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the scales, from fine to coarse
