"""Milliseconds to encode, decode and validate, after loading, beside other codecs on the same data in the same run.

    python tests/benchmarks/speed.py [--runs 15] [--texts 64]

Each figure is the median of several runs in one process with one thread. "ratio" is the time to decode divided by that of the first peer of
the same data. A batch is decoded together; its figure is milliseconds for each text. Validation is of a file with nothing else in it.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import time
import zlib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from PIL import Image

import misc_format
from misc_format.coders import coder
from misc_format.coders.text import language
from misc_format.components import Maps, Size, Stream, Text
from misc_format.registry import METHOD_BY_NAME
from misc_format.structure.bits import BitReader

EXAMPLE = Path(__file__).parents[2] / "examples" / "coffee.misc"
SAMPLE = files("reference_codec.budget").joinpath("sample")
TEXT_BYTES = 677
MAPS = ("context", "jbig2", "runlength", "packed")
NONE = float("nan")


class Times(NamedTuple):
    """A line: the bytes, and milliseconds to encode, decode and validate; NaN for none."""

    name: str
    size: int
    encode: float
    decode: float
    validate: float = NONE


def milliseconds(call: Callable[[], Any], runs: int) -> float:
    """The median time of a call, after one that is not counted."""
    call()
    laps = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        laps.append(time.perf_counter() - start)
    return 1000 * statistics.median(laps)


def sample_text() -> Text:
    """A text of TEXT_BYTES bytes."""
    sample = json.loads(SAMPLE.joinpath("text.json").read_text(encoding="utf-8"))
    whole = " ".join((sample["overall"]["50"], *sample["details"]["30"]))
    return Text(whole.encode()[:TEXT_BYTES].decode())


def texts(runs: int, count: int) -> list[Times]:
    """The language model, alone and in a batch; zlib, and brotli if it is installed."""
    text = sample_text()
    data = text.overall.encode()
    lines = [_method("text", "language", text, Size(512, 512), runs)]
    many = [Text(f"{index} {text.overall}"[:TEXT_BYTES]) for index in range(count)]
    payloads = language.encode_many(many)
    few = max(1, runs // 5)
    encode = milliseconds(lambda: language.encode_many(many), few) / count
    decode = milliseconds(lambda: language.decode_many([BitReader(payload) for payload in payloads]), few) / count
    lines.append(Times(f"text/language, batch of {count}", round(sum(map(len, payloads)) / count), encode, decode))
    packed = zlib.compress(data, 9)
    encode = milliseconds(lambda: zlib.compress(data, 9), runs)
    lines.append(Times("zlib -9", len(packed), encode, milliseconds(lambda: zlib.decompress(packed), runs)))
    try:
        import brotli
    except ModuleNotFoundError:
        return lines
    small = brotli.compress(data, mode=brotli.MODE_TEXT)
    encode = milliseconds(lambda: brotli.compress(data, mode=brotli.MODE_TEXT), runs)
    return [*lines, Times("brotli 11, text", len(small), encode, milliseconds(lambda: brotli.decompress(small), runs))]


def maps(runs: int) -> list[Times]:
    """A mask of 768x512 under each method, three maps of 8x8 under the context model; PNG of one bit, and WebP without loss."""
    with SAMPLE.joinpath("0.png").open("rb") as stream:
        picture = Image.open(stream).convert("1")
    mask = np.asarray(picture)
    size = Size(mask.shape[1], mask.shape[0])
    lines = [_method("maps", name, Maps((mask,)), size, runs) for name in MAPS]
    small = Maps(tuple(np.roll(np.tri(8, dtype=np.bool_), index, 0) for index in range(3)))
    lines.append(_method("maps", "context", small, size, runs)._replace(name="maps/context, three of 8x8"))
    lines += [_picture(picture, "PNG", runs), _picture(picture.convert("L"), "WEBP", runs, lossless=True)]
    return lines


def pictures(runs: int) -> list[Times]:
    """The latents of the demo file, entropy path only; a picture of its size by Pillow's WebP and AVIF at their lowest quality."""
    stream = misc_format.read(EXAMPLE)
    photo = Image.open(EXAMPLE.with_suffix(".png")).convert("RGB")
    lines = [_method("image", "latents", stream.image, stream.size, runs)]
    for kind in ("WEBP", "AVIF"):
        try:
            lines.append(_picture(photo, kind, max(1, runs // 3), quality=1))
        except (KeyError, OSError):  # Pillow was built without it
            continue
    return lines


def whole_files(runs: int) -> list[Times]:
    """The demo file."""
    data = EXAMPLE.read_bytes()
    stream = misc_format.read(data)
    return [
        Times(
            "the demo file", len(data), milliseconds(lambda: misc_format.write(stream), runs),
            milliseconds(lambda: misc_format.read(data), runs), milliseconds(lambda: misc_format.validate(data), runs),
        )
    ]  # fmt: skip


def _method(kind: str, name: str, content: Any, size: Size, runs: int) -> Times:
    found = coder(METHOD_BY_NAME[kind, name])
    payload = found.encode(content, size)
    data = misc_format.write(Stream(*size, **{kind: content}, methods={kind: name}))
    return Times(
        f"{kind}/{name}",
        len(payload),
        milliseconds(lambda: found.encode(content, size), runs),
        milliseconds(lambda: found.decode(BitReader(payload), size), runs),
        milliseconds(lambda: misc_format.validate(data), runs),
    )


def _picture(picture: Image.Image, kind: str, runs: int, **options: Any) -> Times:
    def encode() -> bytes:
        stream = io.BytesIO()
        picture.save(stream, kind, **options)
        return stream.getvalue()

    data = encode()
    decode = milliseconds(lambda: Image.open(io.BytesIO(data)).load(), runs)
    return Times(f"Pillow's {kind}", len(data), milliseconds(encode, runs), decode)


def show(lines: list[Times]) -> None:
    """Print a group of lines. The peers come after the methods."""
    peer = next((line.decode for line in lines if "/" not in line.name), None)
    for line in lines:
        figures = "".join(f"{value:11.3f}" if value == value else f"{'-':>11}" for value in line[2:])  # noqa: PLR0124  NaN
        ratio = f"{line.decode / peer:10.1f}" if peer and peer != line.decode else ""
        print(f"{line.name:32}{line.size:8}{figures}{ratio}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--texts", type=int, default=64)
    arguments = parser.parse_args()
    print(f"{'':32}{'bytes':>8}{'encode':>11}{'decode':>11}{'validate':>11}{'ratio':>10}")
    for lines in (
        whole_files(arguments.runs), texts(arguments.runs, arguments.texts), maps(arguments.runs), pictures(arguments.runs),
    ):  # fmt: skip
        show(lines)


if __name__ == "__main__":
    main()
