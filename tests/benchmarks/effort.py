"""What each effort of the search for latents buys: MS-SSIM and PSNR at the same bits, and seconds.

    python tests/benchmarks/effort.py [PICTURE...] [--bpp 0.015 --bpp 0.03] [--steps 50 --steps 200]

Similarity is that of `misc encode`: MS-SSIM of the luma. The last column is the share of bits that is saved for the
same similarity, by a straight line between two qualities without a search.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.image import latents as image_latents
from misc_format.components import Latents
from misc_format.pictures import load
from reference_codec.images.best import similarity
from reference_codec.images.latents import codec

EXAMPLE = Path(__file__).parents[2] / "examples" / "coffee.png"
MORE = 1.12  # bits of the second point of the line


def measured(encoder: codec.Encoder, latents: Latents, samples: NDArray[np.uint8]) -> tuple[int, float, float]:
    """Bits, similarity and PSNR of latents."""
    painted = codec.paint(latents, encoder.picture)
    squared = float(((painted.astype(float) - samples) ** 2).mean())
    bits = 8 * len(image_latents.encode(latents, encoder.picture))
    return bits, similarity(samples, painted), 10 * float(np.log10(255**2 / squared))


def main() -> None:
    """Print a line for each picture, rate and effort, and the means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="*", type=Path, default=[EXAMPLE])
    parser.add_argument("--bpp", action="append", type=float)
    parser.add_argument("--steps", action="append", type=int)
    arguments = parser.parse_args()
    means: dict[tuple[float, int], list[tuple[float, float, float]]] = {}
    print(f"{'picture':24}{'bpp':>8}{'effort':>8}{'bits':>8}{'MS-SSIM':>10}{'PSNR':>8}{'s':>8}{'saved':>8}")
    for path in arguments.pictures:
        samples = load(path).samples
        encoder = codec.Encoder(samples)
        for bpp in arguments.bpp or (0.015, 0.03):
            max_bits = int(bpp * samples.shape[0] * samples.shape[1])
            plain, more = (measured(encoder, encoder.within(int(share * max_bits)), samples) for share in (1, MORE))
            for steps in (0, *(arguments.steps or (50, 200))):
                start = time.perf_counter()
                latents = encoder.searched_within(max_bits, steps) if steps else encoder.within(max_bits)
                seconds = time.perf_counter() - start
                bits, alike, psnr = measured(encoder, latents, samples)
                level = plain[0] + (more[0] - plain[0]) * (alike - plain[1]) / (more[1] - plain[1])
                saved = 1 - bits / level
                print(
                    f"{path.stem:24}{bpp:8.3f}{steps:8}{bits:8}{alike:10.4f}{psnr:8.2f}{seconds:8.0f}{saved:8.1%}",
                    flush=True,
                )
                means.setdefault((bpp, steps), []).append((alike, psnr, saved))
    for (bpp, steps), values in means.items():
        alike, psnr, saved = np.mean(values, 0)
        print(f"{'mean':24}{bpp:8.3f}{steps:8}{'':8}{alike:10.4f}{psnr:8.2f}{'':8}{saved:8.1%}")


if __name__ == "__main__":
    main()
