"""What each reader of foreign bytes takes at worst: inputs made to cost much, and processor seconds and memory for each.

    python tests/benchmarks/readers.py [WORD...]     only rows whose names have one of the words

Each row is measured in a process of its own, after its reader has read its seeds. "bound" is 64 MiB and 16 bytes a declared sample, and the
size of the input; "of bound" is the share of it that the reader takes. Readers are those of `conformance/fuzzing/readers.py`.
"""

from __future__ import annotations

import gzip
import io
import json
import multiprocessing
import struct
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import numpy as np
from misc_conformance.authoring.codestreamheaders import made
from misc_conformance.fuzzing import budget, foreign, seeds
from misc_conformance.fuzzing.bounds import FIXED, PER_SAMPLE
from misc_conformance.fuzzing.readers import READERS
from PIL import Image

import misc_format
import misc_format.engine.jobs
from misc_format.components import Codes, Content, ImagePart, Integers, Parts, Sets
from misc_format.limits import (
    MAX_ARRAY_VALUES,
    MAX_CODESTREAM_BYTES,
    MAX_LATENT_PLACES,
    MAX_MAP_PIXELS,
    MAX_PARTS,
    MAX_SET_STEPS,
    MAX_TEXT_BYTES,
)
from misc_format.page import page
from misc_format.pictures import profiles
from misc_format.registry import METHOD_BY_NAME
from misc_format.structure.container import Framed, write_structure

SIDE = int(MAX_MAP_PIXELS**0.5)
PICTURE_SIDE = 13_000  # Pillow's limit is 178,956,970 pixels
LATENT_SIDE = 32 * int(MAX_LATENT_PLACES**0.5)
MIB = 2**20
DEFLATE = {"compression": "tiff_adobe_deflate"}
ADOBE = profiles.profile("Adobe RGB", profiles.ADOBE_RGB, profiles.Curve(profiles.ADOBE_GAMMA))


class Case(NamedTuple):
    """An input. `reader`: a name of READERS or OTHERS. `samples`: what the input declares."""

    reader: str
    make: Callable[[], bytes]
    samples: int = 0


def picture(kind: str, mode: str, side: int, **options: object) -> bytes:
    """A black picture."""
    stream = io.BytesIO()
    Image.new(mode, (side, side)).save(stream, kind, **options)
    return stream.getvalue()


def noise(side: int, planes: int) -> bytes:
    """A noisy picture."""
    samples = np.random.default_rng(0).integers(0, 256, (side, side, planes), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(samples.squeeze()).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def npy(values: np.ndarray) -> bytes:
    """A file of one array."""
    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()


def bitstream(side: int, **components: tuple[int, bytes]) -> bytes:
    """A file of a square picture, with methods and payloads."""
    return write_structure(side, side, 0, {kind: Framed(*content) for kind, content in components.items()}, [])


def array(method: str, first: int) -> bytes:
    """A file of an array of 2048 x 2048 values, whose payload begins with this byte, and has no codeword."""
    return bitstream(64, image=(METHOD_BY_NAME["image", method].id, bytes((first,)) + b"\xff\x0f" * 2))


def image(method: str, content: Content) -> bytes:
    """A file of an image."""
    return misc_format.write(misc_format.Stream(64, 64, image=content, methods={"image": method}))


def parts(content: Content) -> bytes:
    """A file of as many parts as there may be, all of this content."""
    return image("auto", Parts(tuple(ImagePart("vector", content, f"{place}") for place in range(MAX_PARTS))))


def random(low: int, high: int) -> np.ndarray:
    """2^20 numbers from `low` to `high` - 1."""
    return np.random.default_rng(0).integers(low, high, (1024, 1024))


def text(content: str) -> bytes:
    """A file of a text."""
    return misc_format.write(misc_format.Stream(1, 1, text=misc_format.Text(content), methods={"text": "language"}))


def folder(side: int, name: str, content: bytes, count: int = 1) -> bytes:
    """A folder to be packed, with copies of one file beside its manifest."""
    manifest = json.dumps({"width": side, "height": side}).encode()
    return seeds.joined({"manifest.json": manifest, **{name.format(number): content for number in range(count)}})


def npz(size: int, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An array of bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive, archive.open("y.npy", "w") as member:
        np.lib.format.write_array_header_1_0(member, {"descr": "|u1", "fortran_order": False, "shape": (size,)})
        for _ in range(size // MIB):
            member.write(bytes(MIB))
    return stream.getvalue()


def repeated(name: str, length: int = MAX_CODESTREAM_BYTES) -> bytes:
    """A codestream with one header again and again."""
    data = next(one.data for one in made() if one.name == name)
    rest = data[2:] if name.startswith("av1") else data
    return data + rest * ((length - len(data)) // len(rest))


def different(name: str, length: int = MAX_CODESTREAM_BYTES) -> bytes:
    """A codestream of AVC with headers that differ in their flags and levels, two bytes."""
    data = next(one.data for one in made() if one.name == name)
    headers = (data[:5] + (number + 257).to_bytes(2, "big") + data[7:] for number in range(length // len(data)))
    return b"".join(headers)


def box(kind: bytes, content: bytes) -> bytes:
    """A box of ISO/IEC 14496-12."""
    return struct.pack(">I", 8 + len(content)) + kind + content


def avif(boxes: bytes) -> bytes:
    """An AVIF file with these boxes in its meta box."""
    return box(b"ftyp", b"avif\0\0\0\0avif") + box(b"meta", b"\0" * 4 + boxes)


def extents(count: int) -> bytes:
    """The places of one item, which are all the same."""
    return box(
        b"iloc", b"\0" * 4 + b"\x44\0\0\1\0\1\0\0" + struct.pack(">H", count) + struct.pack(">II", 0, 2**16) * count
    )


def members(count: int) -> bytes:
    """A shard of empty members."""
    import tarfile

    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for number in range(count):
            archive.addfile(tarfile.TarInfo(f"{number}.misc"))
    return stream.getvalue()


def polygons(count: int) -> bytes:
    """Annotations with one polygon of many corners."""
    corners = [[0, 0, SIDE, SIDE, 0, SIDE] * count]
    return json.dumps({"size": [SIDE, SIDE], "segmentation": corners}).encode()


def lines(count: int) -> bytes:
    """Annotations in run lengths: a column in runs of one pixel."""
    return json.dumps({"size": [SIDE, SIDE], "counts": [1] * count + [SIDE * SIDE - count]}).encode()


def tensors(count: int) -> bytes:
    """A file of safetensors with many empty tensors."""
    header = json.dumps(
        {f"{number}": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]} for number in range(count)}
    ).encode()
    return struct.pack("<Q", len(header)) + header


CASES: dict[str, Case] = {
    "text under the language model": Case("bitstream", lambda: text("\0" * MAX_TEXT_BYTES), MAX_TEXT_BYTES),
    "page of that text": Case("page", lambda: text("\0" * MAX_TEXT_BYTES), MAX_TEXT_BYTES),
    "map of JBIG2 without data": Case("bitstream", lambda: bitstream(SIDE, maps=(2, bytes(2))), SIDE * SIDE),
    "latents without codeword": Case("bitstream", lambda: bitstream(LATENT_SIDE, image=(1, b"\x7f")), 68 * MAX_LATENT_PLACES),
    "codes-uniform without codeword": Case("bitstream", lambda: array("codes-uniform", 0x41), MAX_ARRAY_VALUES),
    "codes-adaptive without codeword": Case("bitstream", lambda: array("codes-adaptive", 0x50), MAX_ARRAY_VALUES),
    "codes-context without codeword": Case("bitstream", lambda: array("codes-context", 0x50), MAX_ARRAY_VALUES),
    "codes-graded without codeword": Case("bitstream", lambda: array("codes-graded", 0x5F), MAX_ARRAY_VALUES),
    "integers without codeword": Case("bitstream", lambda: array("integers", 0x40), MAX_ARRAY_VALUES),
    "a set, all steps": Case("bitstream", lambda: image("sets", Sets(np.array([[MAX_SET_STEPS - 1]]), MAX_SET_STEPS)), 1),
    "codes of noise": Case("bitstream", lambda: image("codes-context", Codes(random(0, 2**16), 2**16)), MIB),
    "integers of noise": Case("bitstream", lambda: image("integers", Integers(random(-(2**31) + 1, 2**31))), MIB),
    "16 parts of integers": Case("bitstream", lambda: parts(Integers(np.zeros((2048, 2048), np.int32))), 16 * MAX_ARRAY_VALUES),
    "headers of AV1": Case("bitstream", lambda: codestream("av1", 2, repeated("av1-decoder-model")), MAX_CODESTREAM_BYTES),
    "headers of HEVC": Case("bitstream", lambda: codestream("hevc", 4, repeated("hevc-sub-layers")), MAX_CODESTREAM_BYTES),
    "headers of VVC": Case("bitstream", lambda: codestream("vvc", 5, repeated("vvc-chroma-0")), MAX_CODESTREAM_BYTES),
    "headers of AVC": Case("bitstream", lambda: codestream("avc", 23, different("avc-order-1-255")), MAX_CODESTREAM_BYTES),
    "manifest of many numbers": Case("manifest", lambda: b"[" + b"1," * (8 * MIB - 2) + b"1]"),
    "manifest of many keys": Case("manifest", lambda: json.dumps({f"{number}": 0 for number in range(MIB)}).encode()),
    "manifest of brackets": Case("manifest", lambda: b"[" * (16 * MIB)),
    "items of a text": Case("text", lambda: json.dumps([{"name": "a", "detail": ""}] * 400_000).encode()),
    "array of zeros": Case("arrays", lambda: npz(2**28 - MIB), 2**28),
    "folder with an array under bzip2": Case("folder", lambda: folder(8, "image.npz", npz(2**30, zipfile.ZIP_BZIP2))),
    "folder with 16 large masks": Case("folder", lambda: folder(PICTURE_SIDE, "maps/{}.png", picture("PNG", "1", PICTURE_SIDE), 16)),
    "mask, one bit": Case("mask-picture", lambda: picture("PNG", "1", SIDE), SIDE * SIDE),
    "mask, 16 bits": Case("mask-picture", lambda: picture("PNG", "I;16", SIDE), SIDE * SIDE),
    "mask, noise in colour": Case("mask-picture", lambda: noise(SIDE, 3), 3 * SIDE * SIDE),
    "mask, array": Case("mask-array", lambda: npy(np.zeros((SIDE, SIDE), np.uint8)), SIDE * SIDE),
    "mask, a polygon": Case("mask-annotations", lambda: polygons(2**18), SIDE * SIDE),
    "mask, run lengths": Case("mask-annotations", lambda: lines(2**22), SIDE * SIDE),
    "JBIG2 file": Case("jbig2", READERS["jbig2"].seeds()[0].__bytes__),
    "picture, PNG of one bit": Case("picture", lambda: picture("PNG", "1", PICTURE_SIDE), PICTURE_SIDE**2),
    "picture, PNG in colour": Case("picture", lambda: picture("PNG", "RGB", PICTURE_SIDE), 3 * PICTURE_SIDE**2),
    "picture, TIFF": Case("picture", lambda: picture("TIFF", "RGB", PICTURE_SIDE, **DEFLATE), 3 * PICTURE_SIDE**2),
    "picture, floating point": Case("picture", lambda: picture("TIFF", "F", PICTURE_SIDE, **DEFLATE), PICTURE_SIDE**2),
    "picture, 16 bits": Case("picture", lambda: picture("PNG", "I;16", PICTURE_SIDE), PICTURE_SIDE**2),
    "picture with alpha": Case("picture", lambda: picture("PNG", "RGBA", 10_000), 4 * 10_000**2),
    "picture, palette with alpha": Case("picture", lambda: picture("PNG", "P", PICTURE_SIDE, transparency=0), PICTURE_SIDE**2),
    "picture, CMYK": Case("picture", lambda: picture("TIFF", "CMYK", PICTURE_SIDE, **DEFLATE), 4 * PICTURE_SIDE**2),
    "picture with a profile": Case("picture", lambda: picture("PNG", "RGB", PICTURE_SIDE, icc_profile=ADOBE), 3 * PICTURE_SIDE**2),
    "picture, WebP": Case("picture", lambda: picture("WEBP", "RGB", 13_000, lossless=True, method=0), 3 * 13_000**2),
    "picture, JPEG": Case("picture", lambda: picture("JPEG", "L", PICTURE_SIDE), PICTURE_SIDE**2),
    "boxes of an AVIF file": Case("codestream", lambda: avif(box(b"free", b"") * (MIB // 8))),
    "parts of an AVIF file": Case("codestream", lambda: avif(extents(65_535))),
    "shard of zeros, gzip": Case("shard", lambda: gzip.compress(bytes(2**28), 9)),
    "shard of members": Case("shard", lambda: members(10_000)),
    "language model of zeros": Case("language-model", lambda: bytes(2**24)),
    "journal": Case("journal", lambda: b"{}\n" * MIB),
    "reply of numbers": Case("reply", lambda: b'{"seq": 1, "result": [' + b"1," * (2 * MIB - 32) + b"1]}\n"),
    "answer of brackets": Case("answer", lambda: b"{[" * MIB),
    "weights of many tensors": Case("weights-safetensors", lambda: tensors(200_000)),
}  # fmt: skip


def codestream(kind: str, template: int, data: bytes) -> bytes:
    """A file of 96 x 64 pixels with a codestream under the template that restores only its first bytes."""
    return write_structure(96, 64, 0, {"image": Framed(3, bytes((template,)) + data[2:])}, [])


# What takes bitstreams.
OTHERS: dict[str, Callable[[bytes], object]] = {
    "bitstream": misc_format.validate,
    "page": lambda data: page(data, "page"),
}


def measure(name: str, pipe: multiprocessing.connection.Connection) -> None:
    """Send the size of the input, the verdict, seconds and bytes of memory."""
    case = CASES[name]
    if case.reader not in OTHERS:
        foreign.warm(case.reader)
    else:
        misc_format.engine.jobs.warm()
    data = case.make()
    read = OTHERS[case.reader] if case.reader in OTHERS else READERS[case.reader].read
    verdict, spent = "read", budget.Spent()
    try:
        with spent:
            result = read(data)
        verdict = getattr(result, "verdict", verdict)
    except Exception as error:
        verdict = f"refused: {error}"
    pipe.send((len(data), verdict, spent.seconds, spent.memory))


def main() -> None:
    """Print a row for each case."""
    heads = ("bytes", "samples", "seconds", "us/byte", "MiB", "bytes/byte", "of bound")
    print(f"{'input':<34}" + "".join(f"{head:>14}" for head in heads) + "  verdict")
    context = multiprocessing.get_context("spawn")
    for name, case in CASES.items():
        if len(sys.argv) > 1 and not any(word in name for word in sys.argv[1:]):
            continue
        ours, theirs = context.Pipe()
        process = context.Process(target=measure, args=(name, theirs))
        process.start()
        theirs.close()
        length, verdict, seconds, memory = 0, "the process ended", 0.0, 0
        with suppress(EOFError):
            length, verdict, seconds, memory = ours.recv()
        process.join()
        bound = FIXED + PER_SAMPLE * case.samples + length
        figures = (f"{length:,}", f"{case.samples:,}", f"{seconds:.2f}", f"{1e6 * seconds / max(length, 1):.2f}", f"{memory / MIB:.0f}",
                   f"{memory / max(length, 1):.1f}", f"{memory / bound:.2f}")  # fmt: skip
        print(f"{name:<34}" + "".join(f"{figure:>14}" for figure in figures) + f"  {verdict[:60]}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
