"""Clause 9: image as latents, in int64 without BLAS, value by value."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .accounting import Decoded
from .bits import BrokenRule, Payload, Size, TooSlow, check_canonical
from .limits import MAX_LATENT_PLACES, MAX_PATIENCE
from .modelfile import Integers, ModelFile
from .rangecoder import NoSymbol, RangeDecoder, shares
from .tables import table

PLACE, HYPER_PLACE = 32, 4  # pixels on a side of a place, places on a side of a hyper-place
STRIDES = (8, 4, 4, 2, 2, 1, 1)  # of the passes
QUALITIES = 128
HALF = (2**23, 2**23)


def places(picture: Size) -> tuple[int, int]:
    """Clause 9.1: rows and columns of places."""
    return -(-picture.height // PLACE), -(-picture.width // PLACE)


def decode(payload: Payload) -> Decoded:
    """Clause 9.2: the fields, the codeword, and whether it is canonical (clause 4.6)."""
    start = payload.position
    grey_picture = payload.u(1, "image/grey_picture")
    quality = payload.u(7, "image/quality")
    rows, columns = places(payload.picture)
    if rows * columns > MAX_LATENT_PLACES:
        raise BrokenRule("MISC-LAT-001", start, "image")
    begin, codeword = payload.position, payload.rest()
    decoder = LatentsDecoder(latents_model(), codeword, quality, payload.picture)
    try:
        decoder.decoder.quantile()  # what fits no symbol does not take long
        if rows * columns > MAX_PATIENCE:
            raise TooSlow(f"latents of {payload.picture.width} x {payload.picture.height} pixels")
        z = decoder.decode_z()
        after_z = decoder.decoder.position
        y = decoder.decode_y(z).values
    except NoSymbol:
        raise BrokenRule("MISC-ENT-001", begin, "image/codeword") from None
    check_canonical(codeword, decoder.decoder.encoded(), begin, "image")
    symbols = {"quality": quality, "grey": bool(grey_picture), "y": array_symbols(y), "z": array_symbols(z)}
    return symbols, shares([("z", after_z), ("y", decoder.decoder.position)], len(codeword))


def array_symbols(values: Integers) -> dict[str, Any]:
    """Sizes, and the digest of the values as four bytes each."""
    rows, columns, channels = values.shape
    digest = hashlib.sha256(values.astype("<i4").tobytes()).hexdigest()
    return {"columns": columns, "rows": rows, "planes": channels, "sha256": digest}


class Latents(NamedTuple):
    """Clause 9.5: of each latent its value, its mean M and its scale S."""

    values: Integers
    means: Integers
    scales: Integers


class LatentsDecoder:
    """Clause 9.4: first z, then y of one codeword; NoSymbol where it fits none."""

    def __init__(self, model: LatentsModel, codeword: bytes, quality: int, picture: Size) -> None:
        self.model, self.decoder, self.quality = model, RangeDecoder(codeword), quality
        self.rows, self.columns = places(picture)

    def decode_z(self) -> Integers:
        """Clause 9.4: the values of all hyper-latents."""
        scales = self.model.hyper_scales[self.quality]
        hyper_places = -(-self.rows // HYPER_PLACE), -(-self.columns // HYPER_PLACE)
        shape = (*hyper_places, self.model.hyper_channels)
        return self.part(np.broadcast_to(scales, shape).ravel()).reshape(shape)

    def decode_y(self, z: Integers) -> Latents:
        """Clause 9.5: the values of all latents, pass by pass."""
        model = self.model
        features = model.features(z + model.hyper_means[self.quality], self.quality)[: self.rows, : self.columns]
        shape = self.rows, self.columns, model.channels
        values, means, scales, known = (np.zeros(shape, np.int64) for _ in range(4))
        for p, stride in enumerate(STRIDES):
            m, s = model.means_and_scales(p, features[::stride, ::stride], known[::stride, ::stride])
            own = own_places(p, *m.shape[:2])
            at = own[0] * stride, own[1] * stride
            means[at], scales[at] = m[own], s[own]
            values[at] = self.part(scales[at].ravel()).reshape(-1, model.channels)
            known[at] = np.clip(64 * values[at] + means[at], -4095, 4095)
        return Latents(values, means, scales)

    def part(self, scales: Integers) -> Integers:
        """Clause 9.7: the values of a part: all symbols, then what the escapes stand for."""
        values = np.zeros(len(scales), np.int64)
        escapes = []
        for index, scale in enumerate(scales.tolist()):
            if scale != 0:
                symbol = self.decoder.decode(self.model.frequencies[scale - 1])
                values[index] = symbol - 15
                if symbol == 31:
                    escapes.append(index)
        for index in escapes:
            values[index] = self._escaped()
        return values

    def _escaped(self) -> int:
        """Clause 9.7."""
        count = 0
        while count < 11 and self.decoder.decode(HALF) == 1:
            count += 1
        number = 1
        for _ in range(count):
            number = 2 * number + self.decoder.decode(HALF)
        return -(number + 15) if self.decoder.decode(HALF) else number + 15


def own_places(p: int, rows: int, columns: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Clause 9.5: rows and columns in the grid of the places that a pass codes, in the order of coding."""
    own = []
    for row in range(rows):
        for column in range(columns):
            odd = row % 2 + column % 2
            if p == 0 or odd == (2 if p % 2 else 1):
                own.append((row, column))
    pairs = np.array(own, np.intp).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def convolution(a: Integers, w: Integers) -> Integers:
    """Clause 9.6: the sums without biases, numbers outside the plane being 0."""
    rows, columns, _ = a.shape
    padded = np.pad(a, ((1, 1), (1, 1), (0, 0)))
    sums = np.zeros((rows, columns, w.shape[3]), np.int64)
    for down in range(3):
        for across in range(3):
            sums += padded[down : down + rows, across : across + columns] @ w[down, across]
    return sums


def active(s: Integers) -> Integers:
    """Clause 9.6."""
    activated: Integers = np.clip((s + 256) >> 9, 0, 1023)
    return activated


class Pass(NamedTuple):
    """Clause 9.3: the arrays of one pass."""

    features: Integers
    known: Integers
    first_bias: Integers
    second: Integers
    second_bias: Integers
    third: Integers
    third_bias: Integers


class LatentsModel:
    """Clause 9.3, and the networks of clause 9.6."""

    def __init__(self, file: bytes) -> None:
        arrays = ModelFile(file, b"MISC-LT1", 4)
        read = arrays.array
        channels, hyper_channels, features, hidden = arrays.sizes
        self.channels, self.hyper_channels = channels, hyper_channels
        self.hyper_means = read("i2", QUALITIES, hyper_channels)
        self.hyper_scales = read("u1", QUALITIES, hyper_channels)
        self.hyper_first = read("i2", 3, 3, hyper_channels + 1, 4 * features)
        self.hyper_first_bias = read("i4", 4 * features)
        self.hyper_second = read("i2", 3, 3, features, 4 * features)
        self.hyper_second_bias = read("i4", 4 * features)
        self.passes = [
            Pass(
                read("i2", 3, 3, features, hidden), read("i2", 3, 3, channels, hidden), read("i4", hidden),
                read("i2", hidden, hidden), read("i4", hidden),
                read("i2", hidden, 2 * channels), read("i4", 2 * channels),
            )
            for _ in STRIDES
        ]  # fmt: skip
        self.frequencies: Sequence[Sequence[int]] = read("u4", 63, 32).tolist()
        arrays.check_end()

    def features(self, hyper_latents: Integers, quality: int) -> Integers:
        """Clause 9.6.1."""
        level = np.full((*hyper_latents.shape[:2], 1), (1024 * quality + 63) // 127)
        a = np.concatenate([np.clip(64 * hyper_latents, -4095, 4095), level], axis=2)
        for weights, bias in (
            (self.hyper_first, self.hyper_first_bias),
            (self.hyper_second, self.hyper_second_bias),
        ):
            sums = active(convolution(a, weights) + bias)
            rows, columns, count = sums.shape
            a = np.zeros((2 * rows, 2 * columns, count // 4), np.int64)
            for i in (0, 1):
                for j in (0, 1):
                    a[i::2, j::2] = sums[..., 2 * i + j :: 4]
        return a

    def layers(self, p: int, features: Integers, known: Integers) -> tuple[Integers, Integers, Integers]:
        """Clause 9.6.2: a, b and c of every place of a pass's grid."""
        own = self.passes[p]
        a = active(convolution(features, own.features) + convolution(known, own.known) + own.first_bias)
        b = active(own.second_bias + a @ own.second)
        return a, b, own.third_bias + b @ own.third

    def means_and_scales(self, p: int, features: Integers, known: Integers) -> tuple[Integers, Integers]:
        """Clause 9.6.2: M and S of every place of a pass's grid."""
        _, _, c = self.layers(p, features, known)
        m = np.clip((c[..., : self.channels] + 256) >> 9, -4095, 4095)
        s = np.clip((c[..., self.channels :] + 1024) >> 11, 0, 63)
        return m, s


@cache
def latents_model() -> LatentsModel:
    """The model of the specification."""
    return LatentsModel(table("latents-1.bin"))
