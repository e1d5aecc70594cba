"""The names of the conventional codecs, for the command line. The codecs themselves take a while to import."""

from __future__ import annotations

from typing import Final

#: What each name stands for, for help texts.
MEANINGS: Final = {
    "jpeg": "JPEG, quality 1 to 100",
    "webp": "WebP, quality 0 to 100",
    "jxl": "JPEG XL, quality 1 to 99",
    "jpeg2000": "JPEG 2000, ratio 10,000 to 2",
    "av1": "AV1, CRF 63 to 0",
    "avc": "AVC intra, QP 51 to 1",
    "hevc": "HEVC intra, QP 51 to 0",
    "vvc": "VVC intra, QP 63 to 0",
    "vvc-perceptual": "VVC intra, QP 63 to 0, varied within the picture to suit the eye",
    "vvc-qp53": "VVC intra at QP 53, as in CMC-Bench",
}
#: Names that stand for a codec at the quality of a paper: CMC-Bench's VVC.
FIXED: Final[dict[str, tuple[str, int]]] = {"vvc-qp53": ("vvc", 53)}
