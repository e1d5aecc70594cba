"""Reference pictures at equal rates: peers of conventional codecs, and whatever else is one more row of CODECS.

    python tests/benchmarks/reference_pictures.py PICTURE_OR_FOLDER... [--cache DIR] [--codec NAME ...] [--json FILE]

Bytes are those of the image component (clause 19), so templates count. The first table codes all pictures at one quality and
interpolates what is measured over the logarithm of the mean rate; the second searches each picture's quality for the rate. Needs the
extra "conventional", PyTorch, pytorch-msssim and ssimulacra2. Results are kept in the cache: encoders are slow.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from misc_format.coders import image_codestream, image_latents
from misc_format.components import Samples, Size
from reference_codec.pictures import load
from reference_codec.references import conventional, latents

RATES = (0.015, 0.02, 0.03, 0.045)
METRICS = ("ms_ssim", "ssimulacra2", "psnr")


class Row(NamedTuple):
    """A codec: (samples, quality) to (bytes of the image component, bytes of it all without templates, decoded samples). `qualities`
    around the rates, from the lowest rate to the highest, for the first table; `scale` from the lowest to the highest for the second."""

    name: str
    code: Callable[[Samples, int], tuple[int, int, Samples]]
    qualities: tuple[int, ...]
    scale: range


def conventionally(name: str, reduction: int, samples: Samples, quality: int) -> tuple[int, int, Samples]:
    size = Size(samples.shape[1], samples.shape[0])
    content = conventional.make(samples, conventional.Settings(name, quality, reduction))
    length = len(image_codestream.encode(content, size))
    return length, len(content.data), conventional.paint(content, size)


def learned(samples: Samples, quality: int) -> tuple[int, int, Samples]:
    content = latents.Encoder(samples).at(quality)
    size = Size(samples.shape[1], samples.shape[0])
    length = len(image_latents.encode(content, size))
    return length, length, latents.paint(content, size)


CODECS = (
    Row("learned latents", learned, (24, 40, 56, 72, 88, 104), range(128)),
    Row("AV1 (libaom, still)", partial(conventionally, "av1", 1), (63, 62, 60, 57), range(63, -1, -1)),
    Row("VVC intra (vvenc slow)", partial(conventionally, "vvc", 1), (56, 53, 50, 47), range(63, -1, -1)),
    Row(
        "VVC at half size, perceptual QP",
        partial(conventionally, "vvc-perceptual", 2),
        (49, 46, 43, 39),
        range(63, -1, -1),
    ),
)


def measure(original: Samples, decoded: Samples) -> dict[str, float]:
    """MS-SSIM and PSNR over RGB, PSNR in dB, and SSIMULACRA2."""
    import tempfile

    import torch
    from pytorch_msssim import ms_ssim
    from ssimulacra2 import compute_ssimulacra2

    torch.set_num_threads(1)
    pair = [torch.from_numpy(part.astype(np.float32) / 255).permute(2, 0, 1)[None] for part in (original, decoded)]
    error = float(((original.astype(np.float64) - decoded) ** 2).mean())
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{index}.png") for index in range(2)]
        for path, part in zip(paths, (original, decoded), strict=True):
            Image.fromarray(part).save(path, compress_level=1)
        score = compute_ssimulacra2(*map(str, paths))
    return {
        "ms_ssim": float(ms_ssim(*pair, data_range=1.0)),
        "ssimulacra2": float(score),
        "psnr": 10 * float(np.log10(255**2 / error)),
    }


class Cache:
    """Results by what was coded, a JSON file each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def result(self, row: Row, picture: Samples, quality: int) -> dict[str, float]:
        key = hashlib.sha256(f"{row.name} {quality} {picture.shape}".encode() + picture.tobytes()).hexdigest()[:24]
        path = self.folder / f"{key}.json"
        if not path.exists():
            length, whole, decoded = row.code(picture, quality)
            found = {"bytes": length, "whole": whole, "pixels": picture.shape[0] * picture.shape[1]}
            path.write_text(json.dumps({**found, **measure(picture, decoded)}), encoding="utf-8")
        return dict(json.loads(path.read_text(encoding="utf-8")))


def one_quality(row: Row, pictures: list[Samples], cache: Cache, workers: ThreadPoolExecutor) -> list[dict[str, float]]:
    """The means over all pictures, for each of the row's qualities."""
    points = []
    for quality in row.qualities:
        results = list(workers.map(lambda picture, at=quality: cache.result(row, picture, at), pictures))
        mean = {name: float(np.mean([result[name] for result in results])) for name in METRICS}
        rates = {key: float(np.mean([8 * result[part] / result["pixels"] for result in results]))
                 for key, part in (("bpp", "bytes"), ("bare_bpp", "whole"))}  # fmt: skip
        points.append({"quality": quality, **rates, **mean})
        print(f"  {row.name} {quality}: {points[-1]}", file=sys.stderr, flush=True)
    return points


def interpolated(points: list[dict[str, float]], rate: float, key: str = "bpp") -> dict[str, float] | None:
    """The metrics at a rate, linear in its logarithm; None outside the points."""
    ordered = sorted(points, key=lambda point: point[key])
    rates = [point[key] for point in ordered]
    if not rates[0] <= rate <= rates[-1]:
        return None
    return {name: float(np.interp(np.log(rate), np.log(rates), [point[name] for point in ordered])) for name in METRICS}


def at_rate(row: Row, picture: Samples, rate: float, cache: Cache) -> dict[str, float] | None:
    """The result of the best quality with at most this rate for one picture; None if there is none."""
    low, high, found = -1, len(row.scale), None
    while high - low > 1:
        middle = (low + high) // 2
        result = cache.result(row, picture, row.scale[middle])
        if 8 * result["bytes"] <= rate * result["pixels"]:
            low, found = middle, result
        else:
            high = middle
    return found


def cells(results: Iterator[dict[str, float] | None]) -> str:
    return " | ".join(
        f"{found['ms_ssim']:.3f} / {found['ssimulacra2']:.1f} / {found['psnr']:.1f}" if found else "-"
        for found in results
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="*", type=Path)
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    parser.add_argument("--cache", type=Path, default=home / "misc-bitstream" / "reference-pictures")
    parser.add_argument("--codec", action="append", help="part of a codec's name; all if left out")
    parser.add_argument("--json", type=Path, help="write the raw figures, too")
    parser.add_argument("--equal-rates", action="store_true", help="the second table, which takes longer")
    options = parser.parse_args()
    if not options.pictures:
        print("reference_pictures: no pictures given, nothing measured")
        return
    files = [found for path in options.pictures for found in (sorted(path.iterdir()) if path.is_dir() else [path])]
    pictures = [conventional_rgb(load(path).samples) for path in files]
    cache, figures = Cache(options.cache), {}
    chosen = [row for row in CODECS if not options.codec or any(part in row.name for part in options.codec)]
    head = f"| {len(files)} pictures, MS-SSIM / SSIMULACRA2 / PSNR dB | " + " | ".join(f"{r} bpp" for r in RATES) + " |"
    with ThreadPoolExecutor(2) as workers:
        for key, title in (("bpp", "bytes of the image component"), ("bare_bpp", "bytes of the bare codestream")):
            print(f"\nOne quality for all pictures, {title}\n\n{head}\n|---|{'---|' * len(RATES)}")
            for row in chosen:
                figures[row.name] = figures.get(row.name) or one_quality(row, pictures, cache, workers)
                found = (interpolated(figures[row.name], rate, key) for rate in RATES)
                print(f"| {row.name} | {cells(found)} |", flush=True)
        if options.equal_rates:
            print(f"\nEach picture at the rate, or just below\n\n{head}\n|---|{'---|' * len(RATES)}")
            for row in chosen:
                print(f"| {row.name} | {cells(equal(row, pictures, cache, workers))} |", flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


def equal(row: Row, pictures: list[Samples], cache: Cache, workers: ThreadPoolExecutor) -> Iterator[Any]:
    for rate in RATES:
        results = list(workers.map(lambda picture, at=rate: at_rate(row, picture, at, cache), pictures))
        complete = [result for result in results if result]
        yield (
            {name: float(np.mean([result[name] for result in complete])) for name in METRICS}
            if len(complete) == len(pictures)
            else None
        )


def conventional_rgb(samples: Samples) -> Samples:
    from reference_codec.samples import rgb

    return rgb(samples)


if __name__ == "__main__":
    main()
