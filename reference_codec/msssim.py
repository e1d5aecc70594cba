"""The window and the scales of MS-SSIM (Wang et al., 2003), where pictures are compared and where codecs are trained."""

from __future__ import annotations

from typing import Final

WINDOW: Final = 11  # pixels of the Gaussian window
WEIGHTS: Final = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the scales, from fine to coarse
