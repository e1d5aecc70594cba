"""The learned latents (clause 9): one range codeword of the hyper-latents, then the latents in seven passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format.coders import Coder, ContentForm, Opened
from misc_format.coders.folderform import Files, FolderForm
from misc_format.coders.image.latentmodel import passes
from misc_format.coders.image.latentmodel.model import ALPHABET, QUALITIES, Model
from misc_format.coders.image.latentmodel.network import UNIT_BITS
from misc_format.coders.image.latentmodel.passes import Integers, Part, Scales
from misc_format.coders.symbols import array_symbols
from misc_format.components import Latents, Size
from misc_format.entropy import rangecoder
from misc_format.errors import MiscError
from misc_format.limits import MAX_LATENT, MAX_LATENT_PLACES
from misc_format.structure.bits import BitReader, BitWriter, Share
from misc_format.structure.grammar import Field, Syntax, build, parse

MODEL = "latents-1.bin"
STRIDE = 32  # pixels of the picture on a side of a place
ESCAPE = ALPHABET - 1
LARGEST = ESCAPE // 2  # magnitude of a value with a symbol of its own
MAX_BITS = 11  # of an escaped value, behind its leading one
HALVES = rangecoder.model([rangecoder.TOTAL // 2] * 2)

LATENTS_HEADER = Syntax(
    "latents_header",
    "9.2",
    "Latents",
    (
        Field("grey_picture", "u", 1, "1: the picture has no colours"),
        Field("quality", "u", 7, "the quality index; a higher one is better"),
    ),
)


def encode(content: Latents, picture: Size) -> bytes:
    return encode_under(content, picture, Model.shipped(MODEL))


def decode(reader: BitReader, picture: Size) -> Latents:
    return decode_under(reader, picture, Model.shipped(MODEL))


def split_bits(content: Latents, picture: Size) -> list[Share]:
    return _encoded(content, picture, Model.shipped(MODEL)).shares()


def open_payload(reader: BitReader, picture: Size) -> Opened:
    """The networks give the same to decoder and encoder, so they run only once."""
    model = Model.shipped(MODEL)
    writer = _Writer(model)
    content = _decoded(reader, picture, model, writer)
    encoder = writer.finished()

    def payload() -> bytes:
        _check(content, picture, model)
        return _header_bytes(content) + encoder.codeword()

    return Opened(content, payload, encoder.shares)


def values(content: Latents, model: Model | None = None) -> NDArray[np.int64]:
    """The input of the synthesis: each latent plus its mean, in 64ths, int64 (rows, columns, channels)."""
    rows, columns, _ = content.y.shape
    coding = _Valuing(content)
    passes.walk(model or Model.shipped(MODEL), content.quality, rows, columns, coding)
    return coding.values


def places(picture: Size) -> tuple[int, int]:
    """The rows and columns of places that cover the picture."""
    return -(-picture.height // STRIDE), -(-picture.width // STRIDE)


def encode_under(content: Latents, picture: Size, model: Model) -> bytes:
    """The payload under any model."""
    _check(content, picture, model)
    return _header_bytes(content) + _encoded(content, picture, model).codeword()


def decode_under(reader: BitReader, picture: Size, model: Model) -> Latents:
    """The content of a payload under any model."""
    return _decoded(reader, picture, model)


def _decoded(reader: BitReader, picture: Size, model: Model, writer: _Writer | None = None) -> Latents:
    start = reader.position
    fields = parse(LATENTS_HEADER, reader, prefix="image/")
    rows, columns = places(picture)
    if rows * columns > MAX_LATENT_PLACES:
        reader.fail("MISC-LAT-001", _too_many(rows, columns), path="image", bit_offset=start)
    reader.path = "image/codeword"
    content = passes.walk(model, fields["quality"], rows, columns, _Decoding(reader, model, writer))
    return replace(content, grey=bool(fields["grey_picture"]))


def _header_bytes(content: Latents) -> bytes:
    """The fields before the codeword."""
    writer = BitWriter()
    build(LATENTS_HEADER, writer, {"grey_picture": int(content.grey), "quality": content.quality})
    return writer.to_bytes()


class ReplayCoding:
    """A coding of `passes.walk` that returns the values of existing content."""

    def __init__(self, content: Latents) -> None:
        self._content = content

    def hyper(self, means: Integers, scales: Scales) -> Integers:
        """All hyper-latents."""
        return self._coded("z", self._content.z.astype(np.int32, copy=False), scales)

    def latents(self, part: Part, mask: NDArray[np.bool_], means: Integers, scales: Scales) -> Integers:
        """The latents of a pass."""
        return self._coded("y", self._content.y[part][mask].astype(np.int32, copy=False), scales)

    def _coded(self, path: str, values: Integers, scales: Scales) -> Integers:
        return values


class _Valuing(ReplayCoding):
    """A coding that adds the means to the latents, in 64ths."""

    def __init__(self, content: Latents) -> None:
        super().__init__(content)
        self.values: NDArray[np.int64] = content.y.astype(np.int64) << UNIT_BITS

    def latents(self, part: Part, mask: NDArray[np.bool_], means: Integers, scales: Scales) -> Integers:
        """The latents of a pass."""
        self.values[part][mask] += means
        return super().latents(part, mask, means, scales)


class _Encoding(ReplayCoding):
    """A coding that encodes the values."""

    def __init__(self, content: Latents, model: Model) -> None:
        super().__init__(content)
        self.writer = _Writer(model)

    def _coded(self, path: str, values: Integers, scales: Scales) -> Integers:
        self.writer.write(path, values, scales)
        return values


class _Writer:
    """Encodes values into a codeword: z in one call, y pass by pass."""

    def __init__(self, model: Model) -> None:
        self.encoder = rangecoder.Encoder()
        self._tables = model.frequencies()

    def write(self, path: str, values: Integers, scales: Scales) -> None:
        """Encode values under their scales; raises `MiscError` for a value other than 0 at scale 0."""
        if np.any(values[scales == 0]):
            raise MiscError("MISC-LAT-003", f"a value of {path} that the model takes to be 0 is not", path="image")
        coded = values[scales > 0]
        symbols = np.where(np.abs(coded) > LARGEST, ESCAPE, coded + LARGEST)
        self.encoder.encode_under(symbols, self._tables, scales[scales > 0])
        for value in coded[symbols == ESCAPE]:
            self._escape(int(value))
        if path == "z":
            self.encoder.mark(path)

    def finished(self) -> rangecoder.Encoder:
        """The encoder, after the last value."""
        self.encoder.mark("y")
        return self.encoder

    def _escape(self, value: int) -> None:
        number = abs(value) - LARGEST
        count = number.bit_length() - 1
        bits = [1] * count + [0] * (count < MAX_BITS) + [number >> shift & 1 for shift in range(count - 1, -1, -1)]
        for bit in (*bits, int(value < 0)):
            self.encoder.encode(bit, HALVES)


class _Decoding:
    """A coding that decodes the values, and encodes them into `writer` if there is one."""

    def __init__(self, reader: BitReader, model: Model, writer: _Writer | None) -> None:
        self._decoder = rangecoder.Decoder(reader)
        self._tables = model.frequencies()
        self._writer = writer

    def hyper(self, means: Integers, scales: Scales) -> Integers:
        """All hyper-latents."""
        return self._coded("z", scales)

    def latents(self, part: Part, mask: NDArray[np.bool_], means: Integers, scales: Scales) -> Integers:
        """The latents of a pass."""
        return self._coded("y", scales)

    def _coded(self, path: str, scales: Scales) -> Integers:
        coded = scales > 0
        symbols = self._decoder.decode_under(self._tables, scales[coded])
        values = symbols - LARGEST
        for index in np.flatnonzero(symbols == ESCAPE):
            values[index] = self._escaped()
        decoded = np.zeros(scales.shape, np.int32)
        decoded[coded] = values
        if self._writer is not None:
            self._writer.write(path, decoded, scales)
        return decoded

    def _escaped(self) -> int:
        count = 0
        while count < MAX_BITS and self._decoder.decode(HALVES):
            count += 1
        number = 1
        for _ in range(count):
            number = 2 * number + self._decoder.decode(HALVES)
        magnitude = number + LARGEST
        return -magnitude if self._decoder.decode(HALVES) else magnitude


def _encoded(content: Latents, picture: Size, model: Model) -> rangecoder.Encoder:
    coding = _Encoding(content, model)
    passes.walk(model, content.quality, *places(picture), coding)
    return coding.writer.finished()


def _too_many(rows: int, columns: int) -> str:
    return f"the picture takes {rows * columns:,} places of latents"


def _check(content: Latents, picture: Size, model: Model) -> None:
    """Raise `MiscError` unless the content has the shape that the picture takes, and values within their limits."""
    rows, columns = places(picture)
    if rows * columns > MAX_LATENT_PLACES:
        raise MiscError("MISC-LAT-001", _too_many(rows, columns), path="image")
    shapes = {
        "y": (rows, columns, model.channels),
        "z": (-(-rows // passes.HYPER_STEP), -(-columns // passes.HYPER_STEP), model.hyper_channels),
    }
    for name, shape in shapes.items():
        values = getattr(content, name)
        if values.shape != shape:
            raise MiscError(
                "MISC-LAT-002", f"{name} has the shape {values.shape}, the picture takes {shape}", path="image"
            )
        if np.abs(values.astype(np.int64)).max() > MAX_LATENT:
            raise MiscError("MISC-LAT-002", f"{name} has a value beyond {MAX_LATENT:,}", path="image")
    if not 0 <= content.quality < QUALITIES:
        raise MiscError("MISC-LAT-002", f"quality is {content.quality}, not 0 to {QUALITIES - 1}", path="image")


FILE = "image.npz"
ARRAYS = frozenset({"y", "z", "quality"})  # and perhaps grey


def _read(files: Files) -> Latents:
    """Latents and hyper-latents less their means, as integers in three dimensions, and the quality."""
    arrays: Mapping[str, NDArray[Any]] = files.values[FILE]
    if arrays.keys() | {"grey"} != ARRAYS | {"grey"}:
        raise MiscError(
            "MISC-PCK-003", f"latents are y, z, quality and perhaps grey, not {', '.join(arrays)}", path=FILE
        )
    arrays = {"grey": np.array(False), **arrays}
    for name, dimensions in (("y", 3), ("z", 3), ("quality", 0), ("grey", 0)):
        if arrays[name].ndim != dimensions or arrays[name].dtype.kind not in "biu":
            raise MiscError("MISC-PCK-003", f"{name} is not whole numbers in {dimensions} dimensions", path=FILE)
        if np.any(np.abs(arrays[name].astype(np.float64)) > MAX_LATENT):
            raise MiscError("MISC-LAT-002", f"{name} has a value beyond {MAX_LATENT:,}", path=FILE)
    y, z = (arrays[name].astype(np.int32) for name in ("y", "z"))
    return Latents(int(arrays["quality"]), y, z, bool(arrays["grey"]))


def _write(content: Latents) -> Files:
    scalars = {"quality": np.array(content.quality), "grey": np.array(content.grey)}
    return Files({FILE: {"y": content.y, "z": content.z, **scalars}})


def _symbols(content: Latents) -> dict[str, Any]:
    planes = {name: array_symbols(getattr(content, name).astype("<i4")) for name in ("y", "z")}
    return {"quality": content.quality, "grey": content.grey, **planes}


FORM = ContentForm(
    Latents,
    FolderForm(_read, _write, files=(FILE,), one_file=True, arrays=ARRAYS),
    _symbols,
    lambda content: {FILE: {"y": content.y, "z": content.z}},
)
CODER = Coder(
    FORM,
    encode,
    decode,
    split_bits,
    {"image/": LATENTS_HEADER},
    rule_families=("LAT", "ENT"),
    open_payload=open_payload,
)
