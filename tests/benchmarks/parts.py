"""What parts of an image cost beside their payloads: the frames of one, two and four parts, and of an image without parts.

python tests/benchmarks/parts.py
"""

from __future__ import annotations

import numpy as np

import misc_format
from misc_format import CodedString, Codes, Content, Grid, ImagePart, Opaque, Parts, Sets, Stream

RNG = np.random.default_rng(1)
ROLES = ("semantic", "detail", "hyper", "residual")
CONTENTS: dict[str, Content] = {
    "grid": Grid(RNG.integers(0, 8, (8, 12)).astype(np.uint8), 3),
    "codes-uniform": Codes(RNG.integers(0, 1024, (8, 12)), 1024),
    "sets": Sets(np.sort(RNG.permuted(np.tile(np.arange(4096), (5, 1)), axis=1)[:, :10], axis=1), 4096),
    "string, with a check": CodedString(RNG.bytes(300)),
    "string, without": CodedString(RNG.bytes(300)),
    "private, with a check": Opaque(RNG.bytes(300)),
    "private, without": Opaque(RNG.bytes(300)),
}


def framing(content: Content, parts: int, *, checked: bool, name: str = "") -> float:
    """Bytes outside header and payloads for an image with this content in each of so many parts; 0: without parts."""
    image = (
        Parts(tuple(ImagePart(role, content, name, checked=checked) for role in ROLES[:parts])) if parts else content
    )
    unchecked = frozenset() if checked or parts else frozenset({"image"})
    data = misc_format.write(Stream(512, 512, image=image, unchecked=unchecked))
    account = misc_format.account(data)
    return next(part.bits for part in account.components if part.path == "framing") / 8


def main() -> None:
    """Print a row for each content."""
    print(
        f"{'bytes of frames':<24}{'no parts':>10}{'1 part':>10}{'2 parts':>10}{'4 parts':>10}{'a part':>10}{'a name of 4':>14}"
    )
    for title, content in CONTENTS.items():
        checked = not title.endswith("without")
        whole, *counts = (framing(content, parts, checked=checked) for parts in (0, 1, 2, 4))
        named = framing(content, 4, checked=checked, name="name")
        cells = "".join(f"{count:>10.0f}" for count in (whole, *counts, (counts[2] - counts[1]) / 2))
        print(f"{title:<24}{cells}{(named - counts[2]) / 4:>14.0f}")


if __name__ == "__main__":
    main()
