"""Pack photos into one zip file for a machine to which little may travel; the training command reads it in place of folders.

    python -m reference_codec.training.latents.pack PHOTOS [PHOTOS ...] -o photos.zip

The photos are reduced to LONGEST pixels and stored as JPEG, of the highest quality with which all of them fit.
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

LONGEST = 512  # pixels of a side
MEGABYTES = 50.0
MIN_QUALITY, MAX_QUALITY = 30, 95


def pack(found: list[Photo], limit: int, workers: int | None = None) -> tuple[bytes, int]:
    """A zip file of at most `limit` bytes, and the quality of its pictures. Raises `ValueError` where no quality fits."""
    with ThreadPoolExecutor(workers) as pool:

        def archive(quality: int) -> bytes:
            return _archive(found, pool.map(lambda photo: _jpeg(photo.picture, quality), found))

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


def _archive(found: Iterable[Photo], pictures: Iterable[bytes]) -> bytes:
    """A zip file of pictures, in their order and under their photos' names: numbered folders keep equal names apart."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as file:
        for number, (photo, data) in enumerate(zip(found, pictures, strict=True)):
            file.writestr(zipfile.ZipInfo(f"{number:05}/{photo.name}.jpg"), data)
    return stream.getvalue()


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality, optimize=True)
    return stream.getvalue()


def main(
    sources: Annotated[list[Path], typer.Argument(metavar="PHOTOS", help="Folders or zip files of photos.")],
    output: Annotated[Path, typer.Option("-o", help="Zip file to write.")],
    longest: Annotated[int, typer.Option(help="Pixels of a photo's longer side, at most.")] = LONGEST,
    megabytes: Annotated[float, typer.Option(help="Size of the file, at most, in millions of bytes.")] = MEGABYTES,
    threads: Annotated[int | None, typer.Option(help="Threads; of the machine's choice if not given.")] = None,
) -> None:
    """Pack photos into one zip file."""
    found = photos.read(sources, longest, threads)
    try:
        data, quality = pack(found, int(megabytes * 1e6), threads)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--megabytes") from error
    write_file(output, data)
    typer.echo(f"{len(found)} photos, JPEG quality {quality}, {len(data):,} bytes")


if __name__ == "__main__":
    typer.run(main)
