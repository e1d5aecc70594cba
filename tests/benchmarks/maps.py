"""Bits a mask of every maps method and of general coders, at full resolution and as 16 x 16 and 8 x 8 maps; speed on one core.

python tests/benchmarks/maps.py MASKS.jsonl ...
python tests/benchmarks/maps.py MASKS.jsonl ... --methods context ragged jbig2 --no-peers   (only these: quick)

A line of a file is a JSON object: "image", "h", "w", "counts" as COCO compresses them, perhaps "source" and "area". There is a table for
each file and, if it has several, for each of its sources. Each row ends in its shares of the bits of jbig2. The three largest masks of each
image make one payload; its fields, frames and padding are counted, and divided by its masks. A cell of a small map is set where more than
0.35 of it is covered. Beside them, each mask alone and where the program is installed: PNG with one bit a pixel, CCITT group 4 without its
TIFF file, WebP lossless, JBIG1 (pbmtojbg). Encoding has the choice of eight codings for jbig2.
"""

from __future__ import annotations

import argparse
import io
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from misc_format import Maps
from misc_format.coders import Coder, coder
from misc_format.components import Size
from misc_format.registry import METHODS
from misc_format.structure.bits import BitReader
from reference_codec.training.maps.masks import MAPS, by_source

Mask = NDArray[np.bool_]
Images = list[tuple[Mask, ...]]  # the largest masks of each image
COVERED = 0.35
SIDES = (None, 16, 8)
TIMED = (512, 768)
RUNS = 15


def shrunk(mask: Mask, side: int | None) -> Mask:
    """The map of `side` x `side` cells, each by the mean of what it covers."""
    if side is None:
        return np.ascontiguousarray(mask)
    return np.asarray(Image.fromarray(mask.astype(np.float32)).resize((side, side), Image.Resampling.BOX)) > COVERED


def methods(names: Collection[str] = ()) -> dict[str, Coder]:
    """The maps methods of the registry, or those of these names."""
    found = {row.name: coder(row) for row in METHODS if row.kind == "maps" and row.everywhere}
    return {name: found[name] for name in names} if names else found


def size_of(maps: tuple[Mask, ...]) -> Size:
    return Size(maps[0].shape[1], maps[0].shape[0])


def peers() -> dict[str, Callable[[Mask], int]]:
    """Bytes of a mask under each general coder that is installed."""
    found: dict[str, Callable[[Mask], int]] = {"png": png, "ccitt-g4": group_4, "webp": webp}
    return found | ({"jbig1": jbig1} if shutil.which("pbmtojbg") else {})


def png(mask: Mask) -> int:
    return len(_saved(mask, "PNG", optimize=True))


def webp(mask: Mask) -> int:
    return len(_saved(mask, "WEBP", lossless=True, quality=100, method=6))


def group_4(mask: Mask) -> int:
    with Image.open(io.BytesIO(_saved(mask, "TIFF", compression="group4"))) as picture:
        return sum(picture.tag_v2[279])  # StripByteCounts


def jbig1(mask: Mask) -> int:
    return len(subprocess.run(["pbmtojbg", "-q"], input=_saved(mask, "PPM"), capture_output=True, check=True).stdout)


def _saved(mask: Mask, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(mask).save(buffer, form, **options)
    return buffer.getvalue()


def sizes(title: str, images: Images, chosen: dict[str, Coder], others: dict[str, Callable[[Mask], int]]) -> None:
    """Print a row a method, one of the smallest payload of each image, and the rows of the others."""
    number = sum(map(len, images))
    heads = "".join(f"{_name(side):>10}" for side in SIDES)
    print(f"\n{title}: {number} masks of {len(images)} images\n{'bits a mask':<14}{heads}     of jbig2")
    scaled = [[tuple(shrunk(mask, side) for mask in maps) for maps in images] for side in SIDES]
    payloads = {
        name: [
            [8 * len(method.encode(Maps(small), size_of(maps))) for small, maps in zip(group, images, strict=True)]
            for group in scaled
        ]
        for name, method in chosen.items()
    }
    found = {name: [sum(group) for group in groups] for name, groups in payloads.items()}
    found["smallest"] = [
        sum(map(min, zip(*(groups[index] for groups in payloads.values()), strict=True))) for index in range(len(SIDES))
    ]
    for name, size in others.items():
        found[name] = [8 * sum(size(mask) for maps in group for mask in maps) for group in scaled]
    for name, bits in found.items():
        shares = [f"{mine / its:6.3f}" for mine, its in zip(bits, found.get("jbig2", ()), strict=False)]
        _print(name, [total / number for total in bits], " ".join(shares))


def overlapping(images: Images, min_iou: float) -> None:
    """Print what full-resolution masks take under the context method where they may differ so much, and the least overlap reached."""
    from reference_codec.maps.simplify import simplify

    ours, peer = methods(("context", "jbig2")).values()
    total, exact, reached = 0, 0, []
    for maps in images:
        picture = size_of(maps)

        def price(grid: Mask, picture: Size = picture) -> float:
            return sum(share.information_bits for share in ours.split_bits(Maps((grid,)), picture))

        results = [simplify(mask, min_iou, price) for mask in maps]
        reached += [result.iou for result in results]
        total += 8 * len(ours.encode(Maps(tuple(result.mask for result in results)), picture))
        exact += 8 * len(peer.encode(Maps(maps), picture))
    print(
        f"context, overlap at least {min_iou}: {total / len(reached):.1f} at full resolution, {total / exact:.3f} of jbig2's exact masks;"
        f" the least {min(reached):.4f}"
    )


def _name(side: int | None) -> str:
    return "full" if side is None else f"{side} x {side}"


def _print(name: str, columns: list[float], rest: str = "") -> None:
    print(f"{name:<14}" + "".join(f"{value:>10.1f}" for value in columns) + f"     {rest}".rstrip(), flush=True)


def speed(images: Images, timed: dict[str, Coder]) -> None:
    """Print the median times of masks that are scaled to 768 x 512, each method once before it is timed."""
    chosen = [maps[0] for maps in images[:: max(len(images) // RUNS, 1)]]
    height, width = TIMED
    scaled = [np.asarray(Image.fromarray(mask).resize((width, height), Image.Resampling.NEAREST)) for mask in chosen]
    print(f"\n{f'{width} x {height}':<14}{'encode ms':>10}{'decode ms':>10}")
    for name, method in timed.items():
        times = []
        for mask in (scaled[0], *scaled):
            start = time.perf_counter()
            payload = method.encode(Maps((mask,)), Size(width, height))
            middle = time.perf_counter()
            assert method.decode(BitReader(payload), Size(width, height)) == Maps((mask,))
            times.append((1e3 * (middle - start), 1e3 * (time.perf_counter() - middle)))
        _print(name, [statistics.median(column) for column in zip(*times[1:], strict=True)])


def main() -> None:
    """Sizes, then speed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("masks", type=Path, nargs="*")
    parser.add_argument("--iou", type=float, help="print the cheapest masks of this overlap, too (minutes)")
    parser.add_argument("--methods", nargs="+", default=(), help="only these maps methods")
    parser.add_argument("--no-peers", action="store_true", help="no general coders")
    arguments = parser.parse_args()
    if not arguments.masks:
        print("maps.py: left out, it needs files of masks")
        return
    chosen, others = methods(arguments.methods), {} if arguments.no_peers else peers()
    every: Images = []
    for path in arguments.masks:
        sources = {source: [tuple(maps[:MAPS]) for maps in images] for source, images in by_source(path).items()}
        images = [maps for found in sources.values() for maps in found]
        for source, found in sources.items() if len(sources) > 1 else ():
            sizes(f"{path.stem} {source}", found, chosen, others)
        sizes(path.stem, images, chosen, others)
        if arguments.iou:
            overlapping(images, arguments.iou)
        every += images
    speed(every, chosen)


if __name__ == "__main__":
    main()
