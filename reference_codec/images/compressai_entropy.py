"""The entropy decoder of this project in the place of CompressAI's own, which trusts its input (clause 10.5)."""

from __future__ import annotations

from types import MethodType
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch.nn import functional

from misc_format.entropy.rans import Decoder, Tables


def install(network: Any) -> None:
    """Make a network decode with this decoder. Raises ValueError for tables that make no entropy coder."""
    parts = [network.entropy_bottleneck]
    if hasattr(network, "gaussian_conditional"):
        parts.insert(0, network.gaussian_conditional)
    for part, path in zip(parts, ("image/y", "image/z"), strict=False):
        _tables(part)
        part.entropy_coder = _Coder(part.entropy_coder, path)
    if hasattr(network, "context_prediction"):
        network._decompress_ar = MethodType(_decompress_by_position, network)


class _Coder:
    """An entropy coder with the library's methods: it encodes with the library's coder and decodes with ours."""

    def __init__(self, library_coder: Any, path: str) -> None:
        self._library_coder, self._path = library_coder, path
        self.name = library_coder.name

    def encode_with_indexes(self, *arguments: Any) -> bytes:
        """The library's own method."""
        return bytes(self._library_coder.encode_with_indexes(*arguments))

    def decode_with_indexes(
        self, string: bytes, indexes: ArrayLike, cdfs: ArrayLike, lengths: ArrayLike, offsets: ArrayLike
    ) -> list[int]:
        """As the library's method. Raises `MiscError` for a string that does not hold exactly these symbols."""
        decoder = Decoder(string, self._path)
        symbols = decoder.decode(np.asarray(indexes, np.int64), Tables(cdfs, lengths, offsets))
        decoder.finish()
        return list(symbols.tolist())


def _decompress_by_position(
    self: Any, string: bytes, y_hat: Any, params: Any, height: int, width: int, kernel: int, padding: int
) -> None:
    """The library's `_decompress_ar` of mbt2018 and cheng2020, operation by operation, with our decoder."""
    tables = _tables(self.gaussian_conditional)
    decoder = Decoder(string, "image/y")
    context = self.context_prediction
    for row in range(height):
        for column in range(width):
            crop = y_hat[:, :, row : row + kernel, column : column + kernel]
            neighbours = functional.conv2d(crop, context.weight, bias=context.bias)
            hyper = params[:, :, row : row + 1, column : column + 1]
            scales, means = self.entropy_parameters(torch.cat((hyper, neighbours), dim=1)).chunk(2, 1)
            indexes = self.gaussian_conditional.build_indexes(scales)
            symbols = torch.from_numpy(decoder.decode(indexes.numpy(), tables)).float()
            y_hat[:, :, row + padding, column + padding] = (symbols + means)[:, :, 0, 0]
    decoder.finish()


def _tables(part: Any) -> Tables:
    """The distributions of one of the library's entropy models."""
    return Tables(part.quantized_cdf.numpy(), part.cdf_length.numpy(), part.offset.numpy())
