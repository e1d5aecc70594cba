"""Pack photos into one small zip file for another machine. The training command reads it instead of folders.

    python -m reference_codec.training.latents.pack PHOTOS [PHOTOS ...] -o photos.zip

The photos are reduced to MAX_SIDE pixels and stored as JPEG, at the highest quality with which all of them fit.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image

from misc_format.system.files import write_file
from reference_codec.training.latents import photos
from reference_codec.training.latents.photos import Photo

MAX_SIDE = 512  # pixels
MAX_MEGABYTES = 50.0
MIN_QUALITY, MAX_QUALITY = 30, 95


def pack(images: list[Photo], limit: int, workers: int | None = None) -> tuple[bytes, int]:
    """A zip file of at most `limit` bytes, and the quality of its pictures. Raises `ValueError` if no quality fits."""
    with ThreadPoolExecutor(workers) as pool:

        def archive(quality: int) -> bytes:
            return _archive(images, pool.map(lambda photo: _jpeg(photo.picture, quality), images))

        return _largest(archive, limit)


def _largest(archive: Callable[[int], bytes], limit: int) -> tuple[bytes, int]:
    """The archive of the highest quality that fits."""
    best, low, high = (b"", 0), MIN_QUALITY, MAX_QUALITY
    while low <= high:
        quality = (low + high) // 2
        data = archive(quality)
        if len(data) <= limit:
            best, low = (data, quality), quality + 1
        else:
            high = quality - 1
    if not best[1]:
        raise ValueError(f"the photos do not fit into {limit:,} bytes; reduce them further with --longest")
    return best


def _archive(images: Iterable[Photo], pictures: Iterable[bytes]) -> bytes:
    """A zip file of pictures, in order, with the names of their photos. Equal names are in different numbered folders."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as file:
        for number, (photo, data) in enumerate(zip(images, pictures, strict=True)):
            file.writestr(zipfile.ZipInfo(f"{number:05}/{photo.name}.jpg"), data)
    return stream.getvalue()


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality, optimize=True)
    return stream.getvalue()


def main(
    sources: Annotated[list[Path], typer.Argument(metavar="PHOTOS", help="Folders or zip files of photos.")],
    output: Annotated[Path, typer.Option("-o", help="Zip file to write.")],
    longest: Annotated[
        int, typer.Option(help="Reduce a photo to at most this many pixels on its longer side.")
    ] = MAX_SIDE,
    megabytes: Annotated[float, typer.Option(help="Largest size of the file, in millions of bytes.")] = MAX_MEGABYTES,
    threads: Annotated[int | None, typer.Option(help="Number of threads. Default: chosen by Python.")] = None,
) -> None:
    """Pack photos into one zip file."""
    images = photos.read(sources, longest, threads)
    try:
        data, quality = pack(images, int(megabytes * 1e6), threads)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--megabytes") from error
    write_file(output, data)
    typer.echo(f"{len(images)} photos, JPEG quality {quality}, {len(data):,} bytes")


if __name__ == "__main__":
    typer.run(main)
