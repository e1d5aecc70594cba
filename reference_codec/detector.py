"""The embedded detector: which of COCO's 80 kinds of objects a picture shows, and in which boxes.

How: the network of `weights/objects-1.onnx` (MobileNetV3 and CenterNet, 512 x 512 pixels) scores each kind at each place and says how far
a box reaches from there; the places that score more than their neighbours are objects.

Rule 1.  The picture is scaled into the network's square whole, unstretched, in its middle.
Rule 2.  Of boxes that nearly coincide, the one with the best score counts, whatever the kinds.
Rule 3.  Same samples, same objects on one machine; elsewhere scores may differ in their last digits.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from misc_format.components import Samples
from reference_codec.models.graphs import session
from reference_codec.pictures.samples import rgb

GRAPH: Final = "objects-1.onnx"
INPUT: Final = "picture"
OUTPUTS: Final = ("peaks", "reaches")
SIDE: Final = 512  # pixels of the network's picture
STRIDE: Final = 4  # pixels between its places
LEAST_SCORE: Final = 0.5  # what an object must score to be named: below, too many names are wrong
LEAST_EXPECTED: Final = 0.25  # and where a text names it anyway
_SAME: Final = 0.5  # two boxes whose intersection over union is more are one object
_LEAST_AREA: Final = 0.01  # of the picture, of a box

NAMES: Final = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light", "fire hydrant",
    "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra",
    "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite",
    "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle", "wine glass", "cup", "fork",
    "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut",
    "cake", "chair", "couch", "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard",
    "cell phone", "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors", "teddy bear",
    "hair drier", "toothbrush",
)  # fmt: skip


class Box(NamedTuple):
    """Edges as shares of the picture's width and height, 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        """Share of the picture; 0 for a box turned inside out."""
        return max(self.right - self.left, 0.0) * max(self.bottom - self.top, 0.0)

    def overlap(self, other: Box) -> float:
        """Intersection over union."""
        common = Box(*map(max, self[:2], other[:2]), *map(min, self[2:], other[2:])).area
        return common / (self.area + other.area - common) if common else 0.0


class Detection(NamedTuple):
    """An object: its kind, one of `NAMES`, its score, 0 to 1, and its box."""

    name: str
    score: float
    box: Box


def find(samples: Samples, least: float = LEAST_SCORE) -> tuple[Detection, ...]:
    """The objects that score at least `least` in a picture, uint8 (H, W) or (H, W, 3), the best first.

    Raises ValueError for samples of another kind (see `samples.rgb`).
    """
    square, inner = _fitted(rgb(samples))
    peaks, reaches = (output[0] for output in _network().run(OUTPUTS, {INPUT: square}))
    found: list[Detection] = []
    kinds, rows, columns = np.nonzero(peaks >= least)
    for place in np.argsort(-peaks[kinds, rows, columns], kind="stable"):
        kind, row, column = kinds[place], rows[place], columns[place]
        box = _box(column * STRIDE, row * STRIDE, reaches[:, row, column], inner)
        if box.area >= _LEAST_AREA and all(box.overlap(other.box) <= _SAME for other in found):
            found.append(Detection(NAMES[kind], round(float(peaks[kind, row, column]), 4), box))
    return tuple(found)


def _fitted(samples: Samples) -> tuple[NDArray[np.float32], Box]:
    """(1, 3, SIDE, SIDE), 0 to 255, the picture in its middle on black; and where that is, in its pixels."""
    height, width = samples.shape[:2]
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = ((SIDE - side) // 2 for side in size)
    canvas = Image.new("RGB", (SIDE, SIDE))
    canvas.paste(Image.fromarray(samples).resize(size, Image.Resampling.BILINEAR), (left, top))
    square = np.asarray(canvas, np.float32).transpose(2, 0, 1)[None]
    return np.ascontiguousarray(square), Box(left, top, left + size[0], top + size[1])


def _box(x: int, y: int, reach: NDArray[np.float32], inner: Box) -> Box:
    """What reaches so far to the left, top, right and bottom of a pixel, in shares of the picture, cut at its edges."""
    pixels = np.array([x, y, x, y]) + reach * (-1, -1, 1, 1)
    width, height = inner.right - inner.left, inner.bottom - inner.top
    shares = (pixels - np.tile(inner[:2], 2)) / (width, height, width, height)
    return Box(*(round(float(share), 4) for share in np.clip(shares, 0, 1)))


@cache
def _network() -> Any:
    with as_file(files("reference_codec") / "weights" / GRAPH) as path:
        return session(path)
