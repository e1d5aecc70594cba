"""Milliseconds to encode, decode and validate, after loading, beside other codecs on the same data in the same run.

    python tests/benchmarks/speed.py [--runs 15] [--texts 64]
    python tests/benchmarks/speed.py --instructions

Each figure is the median of several runs in one process with one thread. "ratio" is the time to decode divided by that of the first peer of
the same data. A batch is decoded together; its figure is milliseconds for each text. Validation is of a file with nothing else in it.

jbig2dec and JBIG1 are programs. Their time is that of a whole process, with its start; the line below has the time of a process that only
starts. The last group is the entropy coding alone of as many symbols as a picture of 768x512 has latents under CompressAI.

With --instructions, the table is of instructions for each symbol that is decoded (see speed_instructions.py). It takes some ten minutes.
What is not installed is named.
"""

from __future__ import annotations

import argparse
import io
import os
import zlib
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import speed_instructions
import speed_peers
import speed_samples as samples
from PIL import Image
from speed_table import Lines, Times, milliseconds, missing, show, show_header

import misc_format
from misc_format.coders import coder
from misc_format.coders.text import language
from misc_format.components import Maps, Size, Stream, Text
from misc_format.registry import METHOD_BY_NAME
from misc_format.structure.bits import BitReader

MAPS = ("context", "ragged", "jbig2", "runlength", "packed")


def texts(runs: int, count: int) -> Lines:
    """The language model, alone and in a batch; zlib, and brotli if it is installed."""
    text = samples.text()
    data = text.overall.encode()
    lines: Lines = [_method("text", "language", text, Size(512, 512), runs)]
    many = [Text(f"{index} {text.overall}"[: samples.TEXT_BYTES]) for index in range(count)]
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
        return [*lines, missing("brotli")]
    small = brotli.compress(data, mode=brotli.MODE_TEXT)
    encode = milliseconds(lambda: brotli.compress(data, mode=brotli.MODE_TEXT), runs)
    return [*lines, Times("brotli 11, text", len(small), encode, milliseconds(lambda: brotli.decompress(small), runs))]


def maps(runs: int) -> Lines:
    """A mask of 768x512 under each method, three maps of 8x8 under the context model; PNG of one bit, WebP without loss, and programs."""
    picture, mask = samples.mask_picture(), samples.mask()
    size = samples.size_of(mask)
    lines: Lines = [_method("maps", name, Maps((mask,)), size, runs) for name in MAPS]
    small = Maps(tuple(np.roll(np.tri(8, dtype=np.bool_), index, 0) for index in range(3)))
    lines.append(_method("maps", "context", small, size, runs)._replace(name="maps/context, three of 8x8"))
    lines += [_picture(picture, "PNG", runs), _picture(picture.convert("L"), "WEBP", runs, lossless=True)]
    return [*lines, *speed_peers.programs(mask, runs)]


def pictures(runs: int) -> Lines:
    """The latents of the demo file, entropy path only; a picture of its size by Pillow's WebP and AVIF at their lowest quality."""
    stream = misc_format.read(samples.EXAMPLE)
    photo = Image.open(samples.EXAMPLE.with_suffix(".png")).convert("RGB")
    lines: Lines = [_method("image", "latents", stream.image, stream.size, runs)]
    for kind in ("WEBP", "AVIF"):
        try:
            lines.append(_picture(photo, kind, max(1, runs // 3), quality=1))
        except (KeyError, OSError):  # Pillow was built without it
            lines.append(missing(f"{kind} of Pillow"))
    return lines


def whole_files(runs: int) -> Lines:
    """The demo file."""
    data = samples.EXAMPLE.read_bytes()
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


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--texts", type=int, default=64)
    parser.add_argument(
        "--instructions", action="store_true", help="print instructions for each symbol instead (minutes)"
    )
    arguments = parser.parse_args()
    if arguments.instructions:
        speed_instructions.show()
        return
    show_header()
    show(whole_files(arguments.runs))
    show(texts(arguments.runs, arguments.texts))
    show(maps(arguments.runs))
    show(pictures(arguments.runs))
    show(speed_peers.latents(arguments.runs))


if __name__ == "__main__":
    main()
