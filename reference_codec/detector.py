"""The embedded detector: which objects of COCO's 80 kinds a picture shows, and in which boxes.

The network of `weights/objects-1.onnx` (MobileNetV3 and CenterNet, 512 x 512 pixels) scores each kind at each position, and says how far
a box would extend from there. The positions that score more than their neighbours are objects.

Rule 1.  The picture is scaled to fit into the network's square, in its middle, without changing its proportions.
Rule 2.  Of boxes that nearly coincide, only the one with the best score is kept, whatever their kinds.
Rule 3.  An object is named if its score is at least that of its kind in `MIN_SCORES`. An object that is not named still rules out
         the worse ones of rule 2. If one of two objects of a kind lies mostly inside the other, the one with the lower score is named only
         from `_MIN_SURE_SCORE` on.
Rule 4.  The same samples give the same objects on one machine. On another one, scores may differ in their last digits.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from misc_format.components import Samples
from reference_codec.models.onnx_session import open_session
from reference_codec.pictures.samples import rgb

GRAPH: Final = "objects-1.onnx"
INPUT: Final = "picture"
OUTPUTS: Final = ("peaks", "reaches")
SIDE: Final = 512  # pixels on a side of the network's picture
STRIDE: Final = 4  # pixels from one of its positions to the next
MIN_EXPECTED_SCORE: Final = 0.25  # of an object that a text names
_MAX_OVERLAP: Final = 0.5  # intersection over union of two boxes, above which they are one object
_MIN_SURE_SCORE: Final = 0.5  # from which an object counts even if it lies mostly inside another of its kind
_MAX_CONTAINMENT: Final = 0.6  # share of the smaller box inside the other, above which it lies "mostly inside"
_MIN_AREA: Final = 0.01  # of a box, as a share of the picture

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

#: The score from which an object of a kind is named: a person at 0.23 is as likely to be one as a bear at 0.64. Fitted by
#: `training/detector_scores.py` to names in 600 photos that were judged by eye; a kind that is not among them has the score of the average.
MIN_SCORES: Final = {
    "person": 0.23, "bicycle": 0.36, "car": 0.29, "motorcycle": 0.50, "airplane": 0.45, "bus": 0.49, "train": 0.55,
    "truck": 0.49, "boat": 0.32, "traffic light": 0.47, "fire hydrant": 0.48, "stop sign": 0.52, "parking meter": 0.47,
    "bench": 0.44, "bird": 0.44, "cat": 0.41, "dog": 0.41, "horse": 0.54, "sheep": 0.49, "cow": 0.53, "elephant": 0.56,
    "bear": 0.64, "zebra": 0.48, "giraffe": 0.54, "backpack": 0.38, "umbrella": 0.49, "handbag": 0.46, "tie": 0.50,
    "suitcase": 0.45, "frisbee": 0.57, "skis": 0.42, "snowboard": 0.48, "sports ball": 0.45, "kite": 0.53,
    "baseball bat": 0.47, "baseball glove": 0.47, "skateboard": 0.51, "surfboard": 0.51, "tennis racket": 0.47,
    "bottle": 0.41, "wine glass": 0.43, "cup": 0.40, "fork": 0.45, "knife": 0.49, "spoon": 0.47, "bowl": 0.43,
    "banana": 0.55, "apple": 0.48, "sandwich": 0.51, "orange": 0.54, "broccoli": 0.57, "carrot": 0.46, "hot dog": 0.48,
    "pizza": 0.53, "donut": 0.54, "cake": 0.51, "chair": 0.44, "couch": 0.36, "potted plant": 0.37, "bed": 0.48,
    "dining table": 0.35, "toilet": 0.48, "tv": 0.50, "laptop": 0.41, "mouse": 0.47, "remote": 0.51, "keyboard": 0.34,
    "cell phone": 0.49, "microwave": 0.48, "oven": 0.47, "toaster": 0.47, "sink": 0.48, "refrigerator": 0.48, "book": 0.42,
    "clock": 0.57, "vase": 0.60, "scissors": 0.48, "teddy bear": 0.49, "hair drier": 0.47, "toothbrush": 0.47,
}  # fmt: skip


class Box(NamedTuple):
    """The edges of a box as shares of the picture's width and height, 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        """The area as a share of the picture; 0 if the edges are in the wrong order."""
        return max(self.right - self.left, 0.0) * max(self.bottom - self.top, 0.0)

    def overlap(self, other: Box) -> float:
        """Intersection over union."""
        intersection = self.intersection(other)
        return intersection / (self.area + other.area - intersection) if intersection else 0.0

    def containment(self, other: Box) -> float:
        """The share of the smaller box that lies in the other."""
        intersection = self.intersection(other)
        return intersection / min(self.area, other.area) if intersection else 0.0

    def intersection(self, other: Box) -> float:
        """The area that both boxes cover, as a share of the picture."""
        return Box(*map(max, self[:2], other[:2]), *map(min, self[2:], other[2:])).area


class Detection(NamedTuple):
    """An object: its kind, one of `NAMES`; its score, 0 to 1; its box."""

    name: str
    score: float
    box: Box


def find(samples: Samples) -> tuple[Detection, ...]:
    """The objects of a picture, uint8 (H, W) or (H, W, 3), that are sure enough to be named, the best score first.

    Raises ValueError as `samples.rgb`.
    """
    named: list[Detection] = []
    for candidate in suggest(samples, min(MIN_SCORES.values())):
        if candidate.score >= MIN_SCORES[candidate.name] and not any(_are_one(candidate, better) for better in named):
            named.append(candidate)
    return tuple(named)


def suggest(samples: Samples, min_score: float) -> tuple[Detection, ...]:
    """What may be objects of a picture: those with a score of at least `min_score`, the best first. Raises ValueError as `samples.rgb`."""
    square, inner = _fit_into_square(rgb(samples))
    peaks, reaches = (output[0] for output in _network().run(OUTPUTS, {INPUT: square}))
    kinds, rows, columns = np.nonzero(peaks >= min_score)
    detections: list[Detection] = []
    for index in np.argsort(-peaks[kinds, rows, columns], kind="stable"):
        kind, row, column = kinds[index], rows[index], columns[index]
        box = _box(column * STRIDE, row * STRIDE, reaches[:, row, column], inner)
        if box.area >= _MIN_AREA and all(box.overlap(better.box) <= _MAX_OVERLAP for better in detections):
            detections.append(Detection(NAMES[kind], round(float(peaks[kind, row, column]), 4), box))
    return tuple(detections)


def _are_one(detection: Detection, better: Detection) -> bool:
    """Whether a detection of low score is the same object as a better one of its kind: one box lies mostly inside the other."""
    is_in_doubt = detection.name == better.name and detection.score < _MIN_SURE_SCORE
    return is_in_doubt and detection.box.containment(better.box) > _MAX_CONTAINMENT


def _fit_into_square(samples: Samples) -> tuple[NDArray[np.float32], Box]:
    """The network's input (1, 3, SIDE, SIDE), 0 to 255, black around the picture; and the picture's box in it, in pixels."""
    height, width = samples.shape[:2]
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = ((SIDE - side) // 2 for side in size)
    canvas = Image.new("RGB", (SIDE, SIDE))
    canvas.paste(Image.fromarray(samples).resize(size, Image.Resampling.BILINEAR), (left, top))
    square = np.asarray(canvas, np.float32).transpose(2, 0, 1)[None]
    return np.ascontiguousarray(square), Box(left, top, left + size[0], top + size[1])


def _box(x: int, y: int, reach: NDArray[np.float32], inner: Box) -> Box:
    """A box in the picture, cut at its edges.

    `x`, `y`: a position in the square, in pixels. `reach`: how far the box extends from it to the left, top, right and bottom, in pixels.
    `inner`: the picture's box in the square.
    """
    pixels = np.array([x, y, x, y]) + reach * (-1, -1, 1, 1)
    width, height = inner.right - inner.left, inner.bottom - inner.top
    shares = (pixels - np.tile(inner[:2], 2)) / (width, height, width, height)
    return Box(*(round(float(share), 4) for share in np.clip(shares, 0, 1)))


@cache
def _network() -> Any:
    with as_file(files("reference_codec") / "weights" / GRAPH) as path:
        return open_session(path)
