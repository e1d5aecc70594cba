"""Reference pictures at equal rates: peers of conventional codecs, and whatever else is one more row of CODECS.

    python tests/benchmarks/reference_pictures.py PICTURE_OR_FOLDER... [--cache DIR] [--codec NAME ...] [--json FILE]

Bytes are those of the image component (clause 11), so templates count. The first table codes all pictures at one quality and
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
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from misc_format.coders.image import codestream as image_codestream
from misc_format.coders.image import latents as image_latents
from misc_format.components import Codestream, Latents, Samples, Size
from misc_format.pictures import load
from misc_format.tables import DIGESTS
from reference_codec.errors import PictureError
from reference_codec.images.conventional import coding as conventional
from reference_codec.images.latents import codec as latents
from reference_codec.images.latents.quantiser import USUAL_PRICE

RATES = (0.015, 0.02, 0.03, 0.045)
METRICS = ("ms_ssim", "ssimulacra2", "psnr")


class Coded(NamedTuple):
    """Bytes of the image component, bytes of it all without templates, decoded samples."""

    bytes: int
    whole: int
    decoded: Samples


class Row(NamedTuple):
    """A codec: a picture at a quality, and at the best quality within a number of bits per pixel, None if there is none. `qualities`
    around the rates, for the first table."""

    name: str
    at: Callable[[Samples, int], Coded]
    within: Callable[[Samples, float], Coded | None]
    qualities: tuple[int, ...]


def conventionally(name: str, reduction: int, *qualities: int) -> tuple[Any, ...]:
    """A conventional codec, which begins its search in the middle of the qualities."""

    def coded(samples: Samples, content: Codestream) -> Coded:
        size = Size(samples.shape[1], samples.shape[0])
        length = len(image_codestream.encode(content, size))
        return Coded(length, len(content.data), conventional.paint(content, size))

    def at(samples: Samples, quality: int) -> Coded:
        return coded(samples, conventional.make(samples, conventional.Settings(name, quality, reduction)))

    def within(samples: Samples, bpp: float) -> Coded | None:
        settings = conventional.Settings(name, qualities[1], reduction)
        try:
            return coded(samples, conventional.search(samples, settings, bpp)[0])
        except PictureError:
            return None

    return at, within, qualities


def learned(*qualities: int) -> tuple[Any, ...]:
    def coded(samples: Samples, content: Latents) -> Coded:
        size = Size(samples.shape[1], samples.shape[0])
        length = len(image_latents.encode(content, size))
        return Coded(length, length, latents.paint(content, size))

    def at(samples: Samples, quality: int) -> Coded:
        return coded(samples, latents.Encoder(samples).at(quality))

    def within(samples: Samples, bpp: float) -> Coded:
        most = int(bpp * samples.shape[0] * samples.shape[1])
        return coded(samples, latents.Encoder(samples).within(most))

    return at, within, qualities


CODECS = (
    Row("learned latents", *learned(40, 52, 72, 88, 104, 120)),
    Row("AV1 (libaom, still)", *conventionally("av1", 1, 63, 62, 60, 57)),
    Row("VVC intra (vvenc slow)", *conventionally("vvc", 1, 56, 53, 50, 47)),
    Row("AVC intra (x264)", *conventionally("avc", 1, 51, 48, 45, 42)),
    Row("AVC at half size", *conventionally("avc", 2, 51, 47, 43, 39)),
    Row("JPEG 2000 (OpenJPEG)", *conventionally("jpeg2000", 1, 1700, 1200, 800, 500)),
    Row("VVC at half size, perceptual QP", *conventionally("vvc-perceptual", 2, 49, 46, 43, 39)),
)
# What cached results depend on: those of one model, or of another price of a bit, are not taken for those of another.
VERSIONS = {"learned latents": f"{DIGESTS['latents-1.bin']} {USUAL_PRICE}"}


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

    def result(self, row: Row, picture: Samples, way: str, number: float) -> dict[str, float] | None:
        """The result of `row.at(picture, quality)` or `row.within(picture, bpp)`."""
        said = f"{row.name} {VERSIONS.get(row.name, '')} {way} {number} {picture.shape}".encode()
        path = self.folder / f"{hashlib.sha256(said + picture.tobytes()).hexdigest()[:24]}.json"
        if not path.exists():
            coded = getattr(row, way)(picture, number)
            if coded is None:
                return None
            found = {"bytes": coded.bytes, "whole": coded.whole, "pixels": picture.shape[0] * picture.shape[1]}
            path.write_text(json.dumps({**found, **measure(picture, coded.decoded)}), encoding="utf-8")
        return dict(json.loads(path.read_text(encoding="utf-8")))


def one_quality(row: Row, pictures: list[Samples], cache: Cache, workers: ThreadPoolExecutor) -> list[dict[str, float]]:
    """The means over all pictures, for each of the row's qualities."""
    points = []
    for quality in row.qualities:
        results = list(workers.map(lambda picture, at=quality: cache.result(row, picture, "at", at), pictures))
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
        print("reference_pictures.py: left out, it needs pictures")
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
        results = list(workers.map(lambda picture, at=rate: cache.result(row, picture, "within", at), pictures))
        complete = [result for result in results if result]
        yield (
            {name: float(np.mean([result[name] for result in complete])) for name in METRICS}
            if len(complete) == len(pictures)
            else None
        )


def conventional_rgb(samples: Samples) -> Samples:
    from reference_codec.pictures.samples import rgb

    return rgb(samples)


if __name__ == "__main__":
    main()
