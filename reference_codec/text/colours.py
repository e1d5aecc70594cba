"""Names for the colours of sRGB samples.

Colours are named by their coordinates in Oklab (B. Ottosson, 2020), in which a hue stays the same when a colour gets lighter or darker; in
CIELAB, blue drifts towards purple. L runs from 0 to 1, chroma from 0 to about 0.32, hue in degrees (red 29, blue 264).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from misc_format.components import Samples
from reference_codec.text.scales import INF, Steps

Floats = npt.NDArray[np.float64]
Families = npt.NDArray[np.intp]

FAMILIES: Final = (
    "black", "dark grey", "grey", "light grey", "white",
    "red", "orange", "brown", "beige", "yellow", "olive", "green", "turquoise", "blue", "purple", "magenta", "pink",
)  # fmt: skip
_INDEX: Final = {name: index for index, name in enumerate(FAMILIES)}

#: Names of colours without hue, by Oklab's L (sRGB 64 has 0.37, 128 has 0.60, 224 has 0.91).
GREYS: Final[Steps] = ((0.24, "black"), (0.46, "dark grey"), (0.72, "grey"), (0.945, "light grey"), (INF, "white"))

#: Names of colours by Oklab's hue in degrees. The circle closes: it begins and ends with pink.
HUES: Final[Steps] = (
    (10, "pink"), (43, "red"), (80, "orange"), (119, "yellow"), (164, "green"), (212, "turquoise"), (281, "blue"),
    (316, "purple"), (344, "magenta"), (INF, "pink"),
)  # fmt: skip

#: For each family, the L below which it is called dark, and the L above which it is called light or bright. The others have one shade.
SHADES: Final[dict[str, tuple[float, float]]] = {
    "red": (0.47, 0.70), "orange": (0.58, 0.82), "brown": (0.40, 0.58), "yellow": (0.70, 0.97), "olive": (0.40, 0.71),
    "green": (0.47, 0.80), "turquoise": (0.50, 0.88), "blue": (0.40, 0.70), "purple": (0.38, 0.68),
    "magenta": (0.50, 0.78), "pink": (0.60, 0.85),
}  # fmt: skip

#: Families that are called greyish at little chroma. A dull brown or beige is simply called brown or beige.
GREYISH: Final = frozenset({"olive", "green", "turquoise", "blue", "purple"})


def oklab(pixels: Samples) -> Floats:
    """sRGB uint8 (..., 3) as Oklab float64 (..., 3), rounded to 4 decimals, which is far below what the eye can see."""
    unit = np.arange(256) / 255
    linear = np.where(unit <= 0.04045, unit / 12.92, ((unit + 0.055) / 1.055) ** 2.4)[pixels]
    to_cones = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                         [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
    to_lab = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                       [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip
    return np.asarray(np.round(np.cbrt(linear @ to_cones.T) @ to_lab.T, 4), dtype=np.float64)


def families(light: Floats, chroma: Floats, hue: Floats) -> Families:
    """The colour family of each pixel as an index of `FAMILIES`. The three arrays, Oklab's L, chroma and hue, have the same shape."""
    grey = _table_lookup(GREYS, light)
    family = _table_lookup(HUES, hue)
    warm = (hue >= 43) & (hue < 95)
    # A dark or dull orange is called brown, and a pale one beige.
    brownish = warm & ((light < 0.66) | (chroma < np.where(light < 0.74, 0.11, 0.085))) & (chroma < 0.16)
    family = np.where(brownish, np.where(light < 0.74, _INDEX["brown"], _INDEX["beige"]), family)
    # A dark yellow is called olive unless its chroma is high, and a pale one beige.
    yellowish = (hue >= 95) & (hue < 119)
    olive = (light < 0.62) | ((light < 0.72) & (chroma < 0.11))
    family = np.where(yellowish & olive, _INDEX["olive"], family)
    family = np.where(yellowish & (light >= 0.72) & (chroma < 0.08), _INDEX["beige"], family)
    # Dull dark reds are called brown, pale reds pink, and dark magentas purple.
    reddish = (hue >= 10) & (hue < 43)
    family = np.where(reddish & (chroma < 0.075) & (light < 0.68), _INDEX["brown"], family)
    family = np.where(reddish & (light >= 0.68) & (chroma < 0.14), _INDEX["pink"], family)
    family = np.where((hue >= 316) & (hue < 344) & (light < 0.55), _INDEX["purple"], family)
    # A colour of less chroma is seen as grey. The limit is higher for dark colours and close to white.
    min_chroma = np.where(light < 0.3, 0.045, np.where(light > 0.93, 0.03, 0.026))
    return np.asarray(np.where(chroma < min_chroma, grey, family), dtype=np.intp)


def _table_lookup(steps: Steps, values: Floats) -> Families:
    limits = np.array([limit for limit, _ in steps])
    indices = np.array([_INDEX[words] for _, words in steps])
    return np.asarray(indices[np.searchsorted(limits, values, side="right")], dtype=np.intp)


def shade(family: str, light: float, chroma: float) -> str:
    """The family's name with at most one adjective: "dark blue", "bright green", "greyish blue".

    `light`, `chroma`: the means of Oklab's L and chroma.
    """
    dark, bright = SHADES.get(family, (0.0, INF))
    if light < dark:
        return f"dark {family}"
    if light > bright:
        return f"{'bright' if chroma > 0.15 else 'light'} {family}"
    return f"greyish {family}" if family in GREYISH and chroma < 0.055 else family
