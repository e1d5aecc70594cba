"""The latents as clauses 17.2 to 17.7 say them, in int64 without BLAS: slow, and independent of the coder, which it checks.

It shares nothing with `misc_format.coders.image.latentmodel`: it reads the model file itself, and codes value by value.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
STRIDES = (8, 4, 4, 2, 2, 1, 1)


class Decoded(NamedTuple):
    """Everything that a payload gives: hyper-latents and latents less their means, scales of both, means in 64ths."""

    quality: int
    z: Integers
    y: Integers
    hyper_scales: Integers
    scales: Integers
    means: Integers


class PlainLatents:
    """A decoder of one payload under a model file."""

    def __init__(self, model: bytes, payload: bytes, width: int, height: int) -> None:
        self.quality = payload[0] & 127
        self.codeword = payload[1:]
        self.rows, self.columns = -(-height // 32), -(-width // 32)
        self._read_model(zlib.decompress(model))
        self.difference, self.range, self.words = self._bytes(0, 8), 2**64 - 1, 0

    def _read_model(self, content: bytes) -> None:
        """Clause 17.7."""
        self.channels, hyper, features, hidden = struct.unpack_from("<4H", content, 8)
        self.hyper_channels, place = hyper, 16

        def read(kind: str, *shape: int) -> Integers:
            nonlocal place
            count = int(np.prod(shape))
            found = np.frombuffer(content, f"<{kind}", count, place).astype(np.int64).reshape(shape)
            place += count * int(kind[1])
            return found

        self.hyper_means, self.hyper_scales = read("i2", 128, hyper), read("u1", 128, hyper)
        self.hyper = [
            (read("i2", 3, 3, inputs, 4 * features), read("i4", 4 * features)) for inputs in (hyper + 1, features)
        ]
        self.passes = [
            (
                (read("i2", 3, 3, features, hidden), read("i2", 3, 3, self.channels, hidden), read("i4", hidden)),
                (read("i2", hidden, hidden), read("i4", hidden)),
                (read("i2", hidden, 2 * self.channels), read("i4", 2 * self.channels)),
            )
            for _ in STRIDES
        ]
        self.frequencies = read("u4", 63, 32)

    def decode(self) -> Decoded:
        """Clause 17.3 and 17.4."""
        shape = (self.rows, self.columns, self.channels)
        hyper_shape = (-(-self.rows // 4), -(-self.columns // 4), self.hyper_channels)
        hyper_scales = np.broadcast_to(self.hyper_scales[self.quality], hyper_shape)
        z = self._values(hyper_scales.ravel()).reshape(hyper_shape)
        features = self._features(z + self.hyper_means[self.quality])[: self.rows, : self.columns]
        y, means, scales, known = (np.zeros(shape, np.int64) for _ in range(4))
        for number, stride in enumerate(STRIDES):
            outputs = self._outputs(number, features[::stride, ::stride], known[::stride, ::stride])
            mean = np.clip((outputs[..., : self.channels] + 256) >> 9, -4095, 4095)
            scale = np.clip((outputs[..., self.channels :] + 1024) >> 11, 0, 63)
            for row, column in _own(number, *mean.shape[:2]):
                place = stride * row, stride * column
                means[place], scales[place] = mean[row, column], scale[row, column]
            own = tuple(np.array(list(_own(number, *mean.shape[:2])), int).reshape(-1, 2).T * stride)
            y[own] = self._values(scales[own].ravel()).reshape(-1, self.channels)
            known[own] = np.clip(64 * y[own] + means[own], -4095, 4095)
        return Decoded(self.quality, z, y, np.array(hyper_scales), scales, means)

    def _features(self, hyper: Integers) -> Integers:
        """Clause 17.5, the hyper-synthesis."""
        level = np.full((*hyper.shape[:2], 1), (1024 * self.quality + 63) // 127)
        inputs = np.concatenate([np.clip(64 * hyper, -4095, 4095), level], axis=2)
        for weights, bias in self.hyper:
            outputs = np.clip((_convolution(inputs, weights) + bias + 256) >> 9, 0, 1023)
            rows, columns, count = outputs.shape
            inputs = np.zeros((2 * rows, 2 * columns, count // 4), np.int64)
            for part in range(4):
                inputs[part // 2 :: 2, part % 2 :: 2] = outputs[..., part::4]
        return inputs

    def _outputs(self, number: int, features: Integers, known: Integers) -> Integers:
        """Clause 17.5, the network of a pass."""
        (for_features, for_known, first_bias), (second, second_bias), (third, third_bias) = self.passes[number]
        sums = _convolution(features, for_features) + _convolution(known, for_known) + first_bias
        hidden = np.clip((sums + 256) >> 9, 0, 1023)
        hidden = np.clip((hidden @ second + second_bias + 256) >> 9, 0, 1023)
        outputs: Integers = hidden @ third + third_bias
        return outputs

    def _values(self, scales: Integers) -> Integers:
        """Clause 17.6: all symbols, then what the escapes stand for."""
        found = np.zeros(len(scales), np.int64)
        escaped = []
        for index, scale in enumerate(scales.tolist()):
            if scale:
                symbol = self._symbol(self.frequencies[scale - 1].tolist())
                found[index] = symbol - 15
                if symbol == 31:
                    escaped.append(index)
        for index in escaped:
            count = 0
            while count < 11 and self._symbol([2**23, 2**23]):
                count += 1
            number = 1
            for _ in range(count):
                number = 2 * number + self._symbol([2**23, 2**23])
            found[index] = -(number + 15) if self._symbol([2**23, 2**23]) else number + 15
        return found

    def _bytes(self, start: int, count: int) -> int:
        return int.from_bytes(self.codeword[start : start + count].ljust(count, b"\0"), "big")

    def _symbol(self, frequencies: list[int]) -> int:
        """Clause 5.1."""
        scale = self.range >> 24
        quantile = self.difference // scale
        if quantile >= 2**24:
            raise ValueError("the codeword fits no symbol")
        symbol = before = 0
        while before + frequencies[symbol] <= quantile:
            before += frequencies[symbol]
            symbol += 1
        self.difference -= scale * before
        self.range = scale * frequencies[symbol]
        if self.range < 2**32:
            self.difference = self.difference << 32 | self._bytes(8 + 4 * self.words, 4)
            self.range <<= 32
            self.words += 1
        return symbol


def _own(number: int, rows: int, columns: int) -> Iterator[tuple[int, int]]:
    """The places of a pass in coding order, in its grid (clause 17.4)."""
    for row in range(rows):
        for column in range(columns):
            odd = row % 2, column % 2
            if number == 0 or (odd == (1, 1) if number % 2 else odd in ((0, 1), (1, 0))):
                yield row, column


def _convolution(inputs: Integers, weights: Integers) -> Integers:
    """Zeros around, 3 x 3 weights; integer products are added without BLAS."""
    rows, columns, _ = inputs.shape
    padded = np.pad(inputs, ((1, 1), (1, 1), (0, 0)))
    sums: Any = 0
    for down in range(3):
        for across in range(3):
            sums = sums + padded[down : down + rows, across : across + columns] @ weights[down, across]
    found: Integers = sums
    return found
