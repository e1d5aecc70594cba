"""Bits a sample of pixel grids, and the ratio to packed bits, beside lossless peers of the same grids.

python tests/benchmarks/grids.py PHOTOS_FOLDER [--depths 6,4,8]

Grids of 8 x 8 to 24 x 24 cells stretched over each picture, and one cell for each 64 x 64 block. Of the method grid all bytes of the
component's payload are counted, its header included; of PNG, WebP and JPEG XL (where pillow-jxl-plugin is installed) whole files, of the
levels or of the 8-bit samples that they stand for, whichever is smaller.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from PIL import Image

from misc_format.coders import coder
from misc_format.coders.image.levels import dequantise
from misc_format.components import Grid, Samples, Size
from misc_format.pictures import load
from misc_format.registry import METHOD_BY_NAME
from reference_codec.images.grid import make, stretch
from reference_codec.pictures.samples import rgb

SIDES = (8, 12, 16, 24)
BLOCK = 64


def cases(samples: Samples, depth: int) -> Iterator[tuple[str, Grid]]:
    """The grids of a picture."""
    for side in SIDES:
        yield f"{side} x {side}", stretch(samples, Size(side, side), depth)
    yield f"{BLOCK}-px blocks", make(samples, BLOCK, depth)


def peers() -> dict[str, Callable[[Grid], int]]:
    """Bytes of a grid under each general coder that is installed: of its levels or of the samples they stand for, the smaller."""

    def sized(form: str, **options: object) -> Callable[[Grid], int]:
        def size(grid: Grid) -> int:
            return min(_saved(part, form, **options) for part in (grid.samples, dequantise(grid.samples, grid.depth)))

        return size

    found = {"png": sized("PNG", optimize=True), "webp": sized("WEBP", lossless=True, quality=100, method=6)}
    if find_spec("pillow_jxl"):
        import_module("pillow_jxl")
        found["jpeg xl"] = sized("JXL", lossless=True, effort=9)
    return found


def _saved(samples: Samples, form: str, **options: object) -> int:
    buffer = io.BytesIO()
    Image.fromarray(samples).save(buffer, form, **options)
    return len(buffer.getvalue())


def main() -> None:
    """Print a row for each size and depth of grids."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="?")
    parser.add_argument("--depths", default="6,4,8", help="bits a sample")
    arguments = parser.parse_args()
    if arguments.photos is None:
        print("grids.py: left out, it needs a folder of photos")
        return
    pictures = [
        rgb(load(path).samples) for path in sorted(arguments.photos.iterdir()) if path.suffix in {".png", ".jpg"}
    ]
    method = coder(METHOD_BY_NAME["image", "grid"])
    others = peers()
    print(f"{len(pictures)} pictures\n{'depth, cells':<20}" + "".join(f"{name:>16}" for name in ("grid", *others)))
    for depth in map(int, arguments.depths.split(",")):
        drawn = [(Size(part.shape[1], part.shape[0]), dict(cases(part, depth))) for part in pictures]
        for name in drawn[0][1]:
            count = sum(grids[name].samples.size for _, grids in drawn)
            bits = [8 * sum(len(method.encode(grids[name], picture)) for picture, grids in drawn)]
            bits += [8 * sum(size(grids[name]) for _, grids in drawn) for size in others.values()]
            cells = "".join(f"{total / count:>8.3f}{total / count / depth:>8.3f}" for total in bits)
            print(f"{depth}, {name:<17}{cells}", flush=True)


if __name__ == "__main__":
    main()
