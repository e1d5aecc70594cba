"""The learned latents (clause 9): one range codeword of the hyper-latents, then the latents in seven passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from misc_format.coders import Coder, ContentForm, Opened, opened
from misc_format.coders.folderform import Files, FolderForm
from misc_format.coders.image.latentmodel import passes
from misc_format.coders.image.latentmodel.model import QUALITIES, Model
from misc_format.coders.image.latentmodel.network import UNIT_BITS
from misc_format.coders.image.latentmodel.passes import Integers, Part, Scales
from misc_format.coders.symbols import array_symbols
from misc_format.components import Latents, Size
from misc_format.errors import MiscError
from misc_format.limits import MAX_LATENT, MAX_LATENT_PLACES
from misc_format.structure.bits import BitReader, BitWriter, Share
from misc_format.structure.grammar import Field, Syntax, build, parse
from misc_format.structure.steps import CODEWORD, check, fields

if TYPE_CHECKING:  # numba takes a while to import
    from misc_format.entropy.stepcoder import Coder as StepCoder
    from misc_format.entropy.stepcoder import Decoder, Encoder

MODEL = "latents-1.bin"
STRIDE = 32  # pixels of the picture on a side of a place

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
    return encoded(content, picture, Model.shipped(MODEL)).shares()


def open_payload(reader: BitReader, picture: Size) -> Opened:
    model = Model.shipped(MODEL)
    content, decoder = _decoded(reader, picture, model)
    return opened(
        content, decoder, partial(_header_bytes, content, picture, model), partial(encoded, content, picture, model)
    )


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
    return _header_bytes(content, picture, model) + encoded(content, picture, model).codeword()


def decode_under(reader: BitReader, picture: Size, model: Model) -> Latents:
    """The content of a payload under any model."""
    return _decoded(reader, picture, model)[0]


def _decoded(reader: BitReader, picture: Size, model: Model) -> tuple[Latents, Decoder]:
    start = reader.position
    fields = parse(LATENTS_HEADER, reader, prefix="image/")
    rows, columns = places(picture)
    if rows * columns > MAX_LATENT_PLACES:
        reader.fail("MISC-LAT-001", _too_many(rows, columns), path="image", bit_offset=start)
    reader.path = "image/codeword"
    coding = _Decoding(reader, model)
    content = passes.walk(model, fields["quality"], rows, columns, coding)
    coding.coder.mark("y")
    return replace(content, grey=bool(fields["grey_picture"])), coding.coder


def encoded(content: Latents, picture: Size, model: Model) -> Encoder:
    """An encoder after all of the content, which must have the shape that the picture takes."""
    coding = _Encoding(content, model)
    passes.walk(model, content.quality, *places(picture), coding)
    coding.coder.mark("y")
    return coding.coder


def _header_bytes(content: Latents, picture: Size, model: Model) -> bytes:
    """The bytes before the codeword. Raises `MiscError` for content that no file of the picture can have."""
    _check(content, picture, model)
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
        from misc_format.entropy.stepcoder import Encoder

        super().__init__(content)
        self.coder = Encoder()
        self._below = model.below

    def _coded(self, path: str, values: Integers, scales: Scales) -> Integers:
        """Raises `MiscError` for a value other than 0 at scale 0."""
        if np.any(values[scales == 0]):
            raise MiscError("MISC-LAT-003", f"a value of {path} that the model takes to be 0 is not", path="image")
        _walk(self.coder, values, scales, self._below)
        if path == "z":
            self.coder.mark(path)
        return values


class _Decoding:
    """A coding that decodes the values. `reader` stands at the codeword."""

    def __init__(self, reader: BitReader, model: Model) -> None:
        from misc_format.entropy.stepcoder import Decoder

        self._reader = reader
        self._start = reader.position
        self.coder = Decoder(reader.rest())
        self._below = model.below

    def hyper(self, means: Integers, scales: Scales) -> Integers:
        """All hyper-latents."""
        values = self._decoded(scales)
        self.coder.mark("z")
        return values

    def latents(self, part: Part, mask: NDArray[np.bool_], means: Integers, scales: Scales) -> Integers:
        """The latents of a pass."""
        return self._decoded(scales)

    def _decoded(self, scales: Scales) -> Integers:
        values = np.zeros(scales.shape, np.int32)
        if not _walk(self.coder, values, scales, self._below):
            self._reader.fail("MISC-ENT-001", "the codeword fits no symbol", bit_offset=self._start)
        return values


def _walk(coder: StepCoder, values: Integers, scales: Scales, below: NDArray[np.int64]) -> bool:
    """Code values under their scales, of the same shape. Returns False if the codeword fits no symbol.

    A decoder fills `values`, which must be a new array. All other arrays are copied, because the functions would be compiled again for an
    array that is read-only or not contiguous.
    """
    from misc_format.coders.image.latentmodel import codeword

    flat = values.reshape(-1) if coder.decoding else np.array(values, np.int32).reshape(-1)
    return codeword.walk(coder, flat, np.array(scales).reshape(-1), below)


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
PLACES = ["*", *(["ceil", side, STRIDE] for side in ("width", "height"))]
STEPS = [fields(LATENTS_HEADER), check("MISC-LAT-001", [">", PLACES, "MAX_LATENT_PLACES"]), CODEWORD]

CODER = Coder(
    FORM,
    encode,
    decode,
    split_bits,
    {"image/": LATENTS_HEADER},
    rule_families=("LAT", "ENT"),
    steps=STEPS,
    open_payload=open_payload,
)
