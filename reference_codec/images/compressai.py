"""Pictures to strings of CompressAI and back (clause 18), with the user's own weights or the library's pretrained ones.

The network is the library's; strings are decoded by `misc_format.entropy.rans`, because the library's own decoder trusts its input.
"""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MethodType
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from PIL import Image
from torch.nn import functional

from misc_format.coders.image.compressai import DIGEST_BYTES, PADDING
from misc_format.components import Samples, Size, Strings
from misc_format.entropy.rans import Decoder, Tables
from misc_format.errors import MiscError
from misc_format.registry import ARCHITECTURE_BY_NAME
from reference_codec.models.compressai_library import compressai

PRETRAINED = "pretrained"  # in place of a file: the weights that the library fetches
MAX_PIXELS = 2**24  # of a padded picture: the network takes 200 bytes and more for each
RULE = "MISC-CAI-006"


@dataclass(frozen=True)
class Model:
    """A network ready to code. `digest`: 16 hexadecimal digits of the file of weights; None: the library's pretrained ones."""

    network: Any
    architecture: str
    quality: int
    metric: str
    digest: str | None


def load(
    architecture: str,
    quality: int,
    metric: str = "mse",
    weights: str | Path | None = None,
    strings: Strings | None = None,
) -> Model:
    """The model of a registered architecture, with the weights of a file (.safetensors, or what `torch.save` wrote), or PRETRAINED.

    `strings`: what is to be decoded; weights that did not write it are refused before they are looked into. Raises `MiscError` for
    weights that are missing or of another architecture, `OSError` for a file that cannot be read.
    """
    known = compressai().zoo.image.model_architectures
    if architecture not in known:
        names = ", ".join(name for name in known if name in ARCHITECTURE_BY_NAME)
        raise MiscError(
            RULE, f"architecture {architecture} is none of the library's ({names})", path="image/architecture"
        )
    if weights is None:
        message = f"{architecture} needs weights: name their file, or {PRETRAINED} for those that the library fetches"
        raise MiscError(RULE, message, path="image/weights_digest")
    if str(weights) == PRETRAINED:
        check(strings, None, weights)
        return _pretrained(architecture, quality, metric)
    path = Path(weights)
    status = path.stat()
    digest = _digest(path, status.st_size, status.st_mtime_ns, architecture, quality, metric)
    check(strings, digest, weights)
    return _from_file(path, status.st_size, status.st_mtime_ns, architecture, quality, metric)


@lru_cache(maxsize=1)  # of many pictures in a row, all mean the same model
def _pretrained(architecture: str, quality: int, metric: str) -> Model:
    """The model that the library fetches."""
    network = compressai().zoo.models[architecture](quality, metric, pretrained=True)
    return _ready(network, architecture, quality, metric, None)


@lru_cache(maxsize=1)
def _from_file(path: Path, size: int, modified: int, architecture: str, quality: int, metric: str) -> Model:
    """The model of a file of weights, as long as the file stays as it is."""
    state = compressai().zoo.load_state_dict(_state(path.read_bytes(), path))
    try:
        network = compressai().zoo.image.model_architectures[architecture].from_state_dict(state)
    except (KeyError, RuntimeError, IndexError) as error:
        message = f"{path} has no weights of {architecture}: {str(error).splitlines()[0]}"
        raise MiscError(RULE, message, path="image/weights_digest") from None
    digest = _digest(path, size, modified, architecture, quality, metric)
    return _ready(network, architecture, quality, metric, digest)


def pretrained_digest(architecture: str, quality: int, metric: str) -> str | None:
    """The 8 hexadecimal digits of its SHA-256 that the name of a pretrained file carries; None if the library offers no such file."""
    address = compressai().zoo.image.model_urls.get(architecture, {}).get(metric, {}).get(quality, "")
    found = re.search(r"-([0-9a-f]{8})\.pth", address)
    return found[1] if found else None


def encode(samples: Samples, model: Model) -> Strings:
    """The strings of a uint8 picture (H, W) or (H, W, 3), padded to multiples of 64 pixels on all sides, with black."""
    grid = np.atleast_3d(samples)
    pixels = torch.from_numpy(np.broadcast_to(grid, (*grid.shape[:2], 3)).transpose(2, 0, 1).copy()).float() / 255
    pad, _ = compressai().ops.compute_padding(*grid.shape[:2], min_div=PADDING)
    with torch.inference_mode():
        found = model.network.compress(functional.pad(pixels[None], pad))
    strings = tuple(batch[0] for batch in found["strings"])
    rows, columns = found["shape"]
    return Strings(model.architecture, strings, (rows, columns), model.quality, model.metric, model.digest)


def decode(strings: Strings, size: Size, weights: str | Path | None) -> Samples:
    """The picture of strings, uint8 (H, W, 3), in its original size. Raises `MiscError`, `OSError`."""
    row = ARCHITECTURE_BY_NAME[strings.architecture]
    padded = Size(strings.shape[1] * row.pixels, strings.shape[0] * row.pixels)
    if padded.width * padded.height > MAX_PIXELS:
        message = f"a network for {padded.width}x{padded.height} pixels takes too much memory; at most {MAX_PIXELS:,}"
        raise MiscError("MISC-RES-001", message, path="image")
    model = load(strings.architecture, strings.quality, strings.metric, weights, strings)
    return fit(reconstruct(strings, model), size)


def check(strings: Strings | None, digest: str | None, weights: object) -> None:
    """Raise `MiscError` if weights of this digest did not write the strings."""
    if strings is not None and strings.digest != digest:
        theirs = pretrained_digest(strings.architecture, strings.quality, strings.metric)
        pretrained = f"{theirs}... (the library's pretrained ones)" if theirs else "of the library's pretrained ones"
        wanted, found = (pretrained if value is None else value for value in (strings.digest, digest))
        message = f"the strings need weights with the digest {wanted}; {weights} has {found}"
        raise MiscError(RULE, message, path="image/weights_digest")


def reconstruct(strings: Strings, model: Model) -> Samples:
    """The padded picture, uint8 (rows, columns, 3): what the library's `decompress()` gives, times 255, to the nearest."""
    with torch.inference_mode():
        found = model.network.decompress([[part] for part in strings.strings], strings.shape)["x_hat"][0]
    samples: Samples = (found.double() * 255 + 0.5).to(torch.uint8).permute(1, 2, 0).numpy()
    return samples


def fit(padded: Samples, size: Size) -> Samples:
    """The middle of a picture that covers the original, or another one stretched over it (clause 18.3)."""
    rows, columns = padded.shape[:2]
    if rows < size.height or columns < size.width:
        return np.asarray(Image.fromarray(padded).resize(size, Image.Resampling.BICUBIC))
    top, left = (rows - size.height) // 2, (columns - size.width) // 2
    return padded[top : top + size.height, left : left + size.width]


@lru_cache(maxsize=16)
def _digest(path: Path, size: int, modified: int, architecture: str, quality: int, metric: str) -> str | None:
    """The digest of a file of weights; None for a pretrained one."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    pretrained = pretrained_digest(architecture, quality, metric)
    return None if pretrained and digest.startswith(pretrained) else digest[: 2 * DIGEST_BYTES]


def _state(data: bytes, path: Path) -> dict[str, Any]:
    """The tensors of a file of weights by name, also where a training program keeps them under "state_dict"."""
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load as load_tensors

            found: Any = load_tensors(data)
        else:
            found = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # whatever the two readers raise for a file that is none of theirs
        message = f"{path} is no file of weights: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
        raise MiscError(RULE, message, path="image/weights_digest") from None
    state = found.get("state_dict", found) if isinstance(found, dict) else None
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise MiscError(RULE, f"{path} holds no tensors by name", path="image/weights_digest")
    return state


def _ready(network: Any, architecture: str, quality: int, metric: str, digest: str | None) -> Model:
    """The network with its tables of the entropy coder, and our decoder in the places of the library's."""
    network.eval().update()  # makes only tables that the file does not hold
    parts = [network.entropy_bottleneck]
    if hasattr(network, "gaussian_conditional"):
        parts.insert(0, network.gaussian_conditional)
    for part, path in zip(parts, ("image/y", "image/z"), strict=False):
        try:
            _tables(part)
        except ValueError as error:
            raise MiscError(RULE, f"the weights' entropy coder: {error}", path="image/weights_digest") from None
        part.entropy_coder = _Coder(part.entropy_coder, path)
    if hasattr(network, "context_prediction"):
        network._decompress_ar = MethodType(_decompress_by_position, network)
    return Model(network, architecture, quality, metric, digest)


class _Coder:
    """In place of the library's: the same calls, decoded by our decoder."""

    def __init__(self, library: Any, path: str) -> None:
        self._library, self._path = library, path
        self.name = library.name

    def encode_with_indexes(self, *arguments: Any) -> bytes:
        """As the library's."""
        return bytes(self._library.encode_with_indexes(*arguments))

    def decode_with_indexes(
        self, string: bytes, indexes: ArrayLike, cdfs: ArrayLike, lengths: ArrayLike, offsets: ArrayLike
    ) -> list[int]:
        """As the library's, but `MiscError` for a string that does not hold just these symbols."""
        decoder = Decoder(string, self._path)
        symbols = decoder.decode(np.asarray(indexes, np.int64), Tables(cdfs, lengths, offsets))
        decoder.finish()
        return list(symbols.tolist())


def _decompress_by_position(
    self: Any, string: bytes, y_hat: Any, params: Any, height: int, width: int, kernel: int, padding: int
) -> None:
    """The library's `_decompress_ar` of mbt2018 and cheng2020, step by step, with our decoder."""
    tables = _tables(self.gaussian_conditional)
    decoder = Decoder(string, "image/y")
    context = self.context_prediction
    for row in range(height):
        for column in range(width):
            crop = y_hat[:, :, row : row + kernel, column : column + kernel]
            near = functional.conv2d(crop, context.weight, bias=context.bias)
            here = params[:, :, row : row + 1, column : column + 1]
            scales, means = self.entropy_parameters(torch.cat((here, near), dim=1)).chunk(2, 1)
            indexes = self.gaussian_conditional.build_indexes(scales)
            symbols = torch.from_numpy(decoder.decode(indexes.numpy(), tables)).float()
            y_hat[:, :, row + padding, column + padding] = (symbols + means)[:, :, 0, 0]
    decoder.finish()


def _tables(part: Any) -> Tables:
    """The distributions of an entropy model of the library."""
    return Tables(part.quantized_cdf.numpy(), part.cdf_length.numpy(), part.offset.numpy())
