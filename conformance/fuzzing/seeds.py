"""The inputs that the readers of `readers` read, from which fuzzing starts. They are small, and made anew in each process."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image, features

from misc_format import MiscError, unpack
from misc_format.batch import plan
from misc_format.coders.image.formats import FORMATS
from misc_format.coders.maps import jbig2file, regions
from misc_format.components import Size

from ..suite import CODESTREAMS, TINY_LANGUAGE, TINY_TABLE, vectors

if TYPE_CHECKING:
    from reference_codec.text.prompts import Task

MAX_BYTES: Final = 400  # of a vector whose folder is a seed
EVERY: Final = 5  # so many vectors give one seed
MARK: Final = b"\n--file "
SEPARATOR: Final = b"\n--\n"
SIDE: Final = 12  # pixels of a picture
MODES: Final = {
    "PNG": ("1", "L", "P", "LA", "RGB", "RGBA", "I;16"),
    "JPEG": ("L", "RGB", "CMYK"),
    "WEBP": ("RGB", "RGBA"),
    "BMP": ("1", "L", "P", "RGB"),
    "TIFF": ("1", "L", "P", "RGB", "RGBA", "CMYK", "I;16", "F", "LAB"),
    "PPM": ("1", "L", "RGB", "I;16", "F"),
    "GIF": ("L", "P"),
    "JPEG2000": ("L", "RGB", "RGBA"),
    "AVIF": ("RGB", "RGBA"),
}
OPTIONS: Final[dict[str, list[dict[str, Any]]]] = {
    "TIFF": [{}, {"compression": "tiff_lzw"}, {"compression": "tiff_adobe_deflate"}, {"compression": "packbits"}],
    "WEBP": [{}, {"lossless": True}],
    "JPEG": [{}, {"progressive": True}],
}


# Inputs of several parts


def files_of(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The names and contents of the files in an input. Behind each MARK, there are a name, a line feed, and the content."""
    for part in data.split(MARK)[1:]:
        name, _, content = part.partition(b"\n")
        yield os.fsdecode(name), content


def joined(files: Mapping[str, bytes]) -> bytes:
    """An input with these files."""
    return b"".join(MARK + os.fsencode(name) + b"\n" + content for name, content in files.items())


def parts_of(data: bytes, count: int) -> list[bytes]:
    """Exactly `count` parts of an input, some of them empty if it has fewer separators."""
    parts = data.split(SEPARATOR, count - 1)
    return parts + [b""] * (count - len(parts))


# Folders and their files


@cache
def folders() -> list[bytes]:
    """Folders of small conforming vectors."""
    found: list[bytes] = []
    conforming = (vector for vector in vectors() if vector.conforming and len(vector.data) <= MAX_BYTES)
    for vector in islice(conforming, 0, None, EVERY):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "folder"
            try:
                unpack(vector.data, folder, jbig2=len(found) % 4 == 0)
            except MiscError:  # its model is not at hand
                continue
            paths = sorted(path for path in folder.rglob("*") if path.is_file())
            found.append(joined({path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}))
    return found


def _files(ending: str) -> list[bytes]:
    """The distinct files of all folders whose names end so."""
    return list(dict.fromkeys(data for folder in folders() for name, data in files_of(folder) if name.endswith(ending)))


@cache
def manifests() -> list[bytes]:
    """Manifests."""
    return _files("manifest.json")


@cache
def texts() -> list[bytes]:
    """Lists of items, and of named texts."""
    return [*_files("items.json"), *_files("named.json"), b"[]"]


@cache
def arrays() -> list[bytes]:
    """Files .npy of masks."""
    dot = np.eye(8, dtype=np.uint8)
    kinds = (np.bool_, np.uint8, np.int16, np.uint16, np.int64, np.float16, np.float32, np.float64)
    values = [dot.astype(kind) for kind in kinds]
    values += [np.stack([dot, dot[::-1]]), np.asfortranarray(dot.astype(np.int32)), (dot * 3).astype(">i4"), dot / 2]
    return [_npy(value) for value in values]


@cache
def any_arrays() -> list[bytes]:
    """Files .npy of masks, codes and integers."""
    return [*arrays(), *_files(".npy")]


def _npy(value: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, value, allow_pickle=False)
    return stream.getvalue()


@cache
def archives() -> list[bytes]:
    """Files .npz, in each compression."""
    found = _files(".npz")
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", compression) as archive:
            for number, data in enumerate(arrays()[:3]):
                archive.writestr(zipfile.ZipInfo(f"{number}.npy"), data, compression)
        found.append(stream.getvalue())
    return found


@cache
def coco_documents() -> list[bytes]:
    """Annotations of COCO in every form."""
    runs = {"size": [16, 20], "counts": [100, 20, 200]}
    packed = {"size": [16, 20], "counts": "T3d0X6"}
    polygons = [[1, 1, 15, 2.5, 7, 14], [3, 3, 6, 3, 6, 6, 3, 6]]
    rows = [
        {"id": 1, "image_id": 7, "category_id": 3, "segmentation": form, "iscrowd": 0}
        for form in (runs, packed, polygons)
    ]
    whole = {
        "images": [{"id": 7, "width": 20, "height": 16, "file_name": "a.png"}],
        "annotations": rows,
        "categories": [{"id": 3, "name": "cup"}],
    }
    documents: list[Any] = [whole, rows, runs, packed, polygons, polygons[0], {"segmentation": polygons}]
    return [json.dumps(document).encode() for document in documents]


@cache
def jbig2_files() -> list[bytes]:
    """JBIG2 files in sequential organisation, with random access, embedded, and of unknown length."""
    found = [data for name in (".jb2", ".jbig2") for data in _files(name)]
    pixels = np.eye(9, 8, dtype=np.bool_)
    region, size = regions.region_of(pixels), Size(8, 9)
    whole = jbig2file.wrap(region, size)
    return [*found, whole, jbig2file.embedded(region, size), whole[:8] + b"\0" + whole[9:]]


# Pictures


@cache
def pictures() -> list[bytes]:
    """Pictures in each format and mode that is taken."""
    return _in_each_form(np.arange(SIDE * SIDE * 3, dtype=np.uint8).reshape(SIDE, SIDE, 3))


@cache
def masks() -> list[bytes]:
    """Pictures that are black and white, in each format and mode that is taken, and one of labels."""
    found = _in_each_form(np.repeat(np.eye(SIDE, dtype=np.uint8)[..., None] * 255, 3, axis=2))
    labels = Image.fromarray(np.arange(SIDE * SIDE, dtype=np.uint8).reshape(SIDE, SIDE) // 40)
    return [*found, *_saved(labels, "PNG", "L", {})]


def _in_each_form(samples: Any) -> list[bytes]:
    found: list[bytes] = []
    for kind, modes in MODES.items():
        if kind == "AVIF" and not features.check("avif"):
            continue
        for mode in modes:
            for options in OPTIONS.get(kind, [{}]):
                found += _saved(Image.fromarray(samples), kind, mode, options)
    return found


def _saved(image: Image.Image, kind: str, mode: str, options: dict[str, Any]) -> Iterable[bytes]:
    if mode == "LAB":
        shown = Image.merge("LAB", image.split())
    else:
        shown = image.convert("L").convert(mode) if mode in ("I;16", "F") else image.convert(mode)
    stream = io.BytesIO()
    try:
        shown.save(stream, kind, **options)
    except (OSError, KeyError):  # the format does not hold such a picture
        return
    yield stream.getvalue()


# A BPG file of 96 x 64 pixels: its header, blocks of 8 to 64, and two units without a picture.
BPG = bytes.fromhex("425047fb200260400d03924d004401c10000012801af")


@cache
def codestreams() -> list[bytes]:
    """Bare codestreams, and the files that hold them."""
    bare = [path.read_bytes() for path in sorted(CODESTREAMS.iterdir()) if path.is_file()]
    files = [row.file(data) for data in bare for row in FORMATS.values() if row.begins(data)]
    return list(dict.fromkeys((*bare, *files, *_avif(), *_jxl(), *_jp2(), BPG)))


def _avif() -> list[bytes]:
    return [data for data in pictures() if data[4:8] == b"ftyp"]


def _jp2() -> list[bytes]:
    bare = (CODESTREAMS / "jpeg2000.j2k").read_bytes()
    head = _box(b"jP  ", b"\r\n\x87\n") + _box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    inner = _box(b"ihdr", bytes.fromhex("0000004000000060000307070000")) + _box(b"colr", b"\1\0\0\0\0\0\x10")
    return [head + _box(b"jp2h", inner) + _box(b"jp2c", bare)]


def _jxl() -> list[bytes]:
    bare = (CODESTREAMS / "jxl.jxl").read_bytes()
    head = _box(b"JXL ", b"\r\n\x87\n") + _box(b"ftyp", b"jxl \0\0\0\0jxl ")
    middle = len(bare) // 2
    pieces = _box(b"jxlp", b"\0\0\0\0" + bare[:middle]) + _box(b"jxlp", b"\x80\0\0\1" + bare[middle:])
    return [head + _box(b"jxlc", bare), head + pieces]


def _box(kind: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


# Shards and batches


@cache
def shards() -> list[bytes]:
    """Tar shards with all kinds of members, plain and compressed."""
    plain = [_shard(tarfile.USTAR_FORMAT), _shard(tarfile.GNU_FORMAT), _shard(tarfile.PAX_FORMAT), _sparse()]
    return [*plain, gzip.compress(plain[0], mtime=0), bz2.compress(plain[0]), lzma.compress(plain[0])]


def _shard(form: int) -> bytes:
    stream = io.BytesIO()
    long = "é" * 90 if form != tarfile.USTAR_FORMAT else "e" * 90
    with tarfile.open(fileobj=stream, mode="w", format=form, encoding="utf-8") as archive:
        for name in ("a.misc", "b/a.misc", f"{long}/x.misc", "A.MISC", "c.png"):
            member = tarfile.TarInfo(name)
            member.size = 5
            archive.addfile(member, io.BytesIO(b"MSC12"))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            member = tarfile.TarInfo("d.misc")
            member.type, member.linkname = kind, "a.misc"
            archive.addfile(member)
        if form == tarfile.PAX_FORMAT:
            member = tarfile.TarInfo("e.misc")
            member.pax_headers = {"GNU.sparse.name": "f.misc", "GNU.sparse.size": "10", "size": "0"}
            archive.addfile(member)
    return stream.getvalue()


def _sparse() -> bytes:
    """An old GNU sparse file whose map goes on in a second block."""
    member = tarfile.TarInfo("g.misc")
    member.type, member.size = tarfile.GNUTYPE_SPARSE, 512
    block = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    block[482] = 1
    block[148:156] = b"%06o\0 " % sum(block[:148] + b" " * 8 + block[156:])
    return bytes(block) + bytes(512) + b"x" * 512 + _shard(tarfile.GNU_FORMAT)


@cache
def plans() -> list[bytes]:
    """The head of a plan, and its first page."""
    head = {"id": "0123456789abcdef", "units": 1, "files": 2, "shards": 0, "root": "in", "listed": True, "settings": {}}
    files = [plan.File("a.misc", "a.png", None, "5 bytes, 1 ns"), plan.File("b.misc", "b.png", "it is a pipe")]
    pages = [[[files, None, "000000.tar", ""]], [[[], "s.tar", "s.tar", "9 bytes, 2 ns"]]]
    tally = {**head, "summary": [2, 1, 5]}
    return [json.dumps(one).encode() + SEPARATOR + json.dumps(page).encode() for one in (head, tally) for page in pages]


@cache
def journals() -> list[bytes]:
    """Journals: finished, not finished, and with a second round."""
    row = '{"row": {"file": "a.misc"}, "good": true, "size": 5, "output": "a.png 3 7"}\n'
    bad = '{"row": {"file": "b.misc", "error": "no"}, "good": false, "size": 0}\n'
    again = f'{{"retry": [1]}}\n{bad}'
    end = '{"end": [2, 1, 5]}\n'
    texts = (row + bad + end, row + bad, row + bad + again + '{"end": [2, 1, 5], "retried": true}\n')
    return [text.encode() for text in texts]


# Models, and replies of programs


@cache
def language_models() -> list[bytes]:
    """The content of the tiny language model's file."""
    return [zlib.decompress(TINY_LANGUAGE.read_bytes())]


@cache
def code_tables() -> list[bytes]:
    """The content of the file of the tiny table."""
    return [zlib.decompress(TINY_TABLE.read_bytes())]


@cache
def expectations() -> list[dict[str, Any]]:
    """What is expected of some vectors."""
    return [vector.expected for vector in islice(vectors(), 0, None, 50)]


@cache
def replies() -> list[bytes]:
    """Lines of a decoder under test."""
    right = [{"seq": 1, "result": {"issues": [], **expected}} for expected in expectations()]
    issue = {"severity": "error", "rule": "MISC-CON-001", "bit_offset": 0, "path": "header"}
    refused = {"seq": 1, "result": {"verdict": "non-conforming", "issues": [issue]}}
    others = [refused, {"seq": 1, "skipped": "no"}, {"seq": 1, "errored": "it broke"}]
    return [json.dumps(reply).encode() + b"\n" for reply in (*right, *others)]


@cache
def tasks() -> list[Task]:
    """Tasks of describers: with items and without."""
    from reference_codec.text.prompts import Task

    return [Task("", 3, 3, 10, 50), Task("", 0, 0, 0, 20)]


@cache
def answers() -> list[bytes]:
    """Answers of describers."""
    three = "cup, table, lamp\nround and white\nof dark wood\nlit, on the left\nA cup on a table beside a lamp."
    marked = "- **cup**, table\n1. [Cup]: white\n(2) line 3: brown\nOverall: a cup."
    return [three.encode(), marked.encode(), "ein Überblick über das Bild".encode(), b"\xe3\x80\x80 a\xc2\xa0b\n"]


@cache
def responses() -> list[bytes]:
    """Responses of an endpoint: a status and a body."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "a cup"}}
    usual = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    fault = {"error": {"message": "no", "type": "x", "code": None}}
    pairs = [(200, usual), (200, {**usual, "choices": []}), (400, fault), (404, fault), (429, fault), (500, "no")]
    return [str(status).encode() + SEPARATOR + json.dumps(body).encode() for status, body in pairs]


@cache
def torch_weights() -> list[bytes]:
    """Weights of PyTorch, in both of its forms."""
    import torch

    values = {"a.weight": torch.arange(6.0).reshape(2, 3), "b": torch.arange(4, dtype=torch.int8)}
    found = []
    for document in (values, {"state_dict": values, "epoch": 3}):
        for zipped in (True, False):
            stream = io.BytesIO()
            torch.save(document, stream, _use_new_zipfile_serialization=zipped)
            found.append(stream.getvalue())
    return found


@cache
def safetensors_weights() -> list[bytes]:
    """Weights of safetensors."""
    import torch
    from safetensors.torch import save

    return [save({"a.weight": torch.arange(6.0).reshape(2, 3), "b": torch.arange(4, dtype=torch.int8)}), save({})]
