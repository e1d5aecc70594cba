"""Pictures to strings of CompressAI and back (clause 10), with the user's own weights or the library's pretrained ones.

The network is the library's. Its strings are decoded by `misc_format.entropy.rans` (see `compressai_entropy`).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from misc_format.coders.image.compressai import DIGEST_BYTES, PADDING
from misc_format.components import Samples, Size, Strings
from misc_format.errors import MiscError
from misc_format.registry import ARCHITECTURE_BY_NAME
from reference_codec.images import compressai_entropy
from reference_codec.models import tensors
from reference_codec.models.compressai_library import compressai
from reference_codec.models.failures import first_line
from reference_codec.pictures.samples import rgb

MAX_CHANNELS = 1024  # of the analysis transform; the library's own networks have at most 320
PRETRAINED = "pretrained"  # in the place of a file: the weights that the library downloads
MAX_PIXELS = 2**24  # of a padded picture: the network takes 200 bytes and more for each


@dataclass(frozen=True)
class Model:
    """A network ready to code.

    `architecture`, `quality` (1 to 8), `metric`: which of the library's models it is. `digest`: the first 16 hexadecimal digits of the
    SHA-256 of its file of weights; None for the library's pretrained ones.
    """

    network: Any
    architecture: str
    quality: int
    metric: str
    digest: str | None


class _Kind(NamedTuple):
    """Which of the library's models."""

    architecture: str
    quality: int
    metric: str


class _Version(NamedTuple):
    """A file in one state: its path, size and time of change. A file that has changed is another version and is read again."""

    path: Path
    size: int
    modified: int


def load(
    architecture: str,
    quality: int,
    metric: str = "mse",
    weights: str | Path | None = None,
    strings: Strings | None = None,
) -> Model:
    """The model of a registered architecture. `weights`: a file (.safetensors, or what `torch.save` wrote), or PRETRAINED.

    `strings`: what the model is to decode. Weights that did not write these strings are refused before they are loaded. Raises
    `MiscError` for weights that are missing or of another architecture, `OSError` for a file that cannot be read.
    """
    known = compressai().zoo.image.model_architectures
    if architecture not in known:
        names = ", ".join(name for name in known if name in ARCHITECTURE_BY_NAME)
        message = f"the library has no architecture {architecture}; it has {names}"
        raise MiscError("MISC-CAI-006", message, path="image/architecture")
    if weights is None:
        raise _wrong_weights(f"{architecture} needs weights: name their file, or {PRETRAINED} for those of the library")
    kind = _Kind(architecture, quality, metric)
    if str(weights) == PRETRAINED:
        check(strings, None, weights)
        return _pretrained(kind)
    path = Path(weights)
    status = path.stat()
    version = _Version(path, status.st_size, status.st_mtime_ns)
    check(strings, _digest(version, kind), weights)
    return _from_file(version, kind)


def check(strings: Strings | None, digest: str | None, weights: object) -> None:
    """Raise `MiscError` if the weights with this digest (None: pretrained) did not write the strings. `weights`: their name."""
    if strings is None or strings.digest == digest:
        return
    start = pretrained_digest(strings.architecture, strings.quality, strings.metric)
    pretrained = f"{start}... (the library's pretrained ones)" if start else "of the library's pretrained ones"
    raise _wrong_weights(
        f"the strings need weights with the digest {strings.digest or pretrained}; {weights} has {digest or pretrained}"
    )


def pretrained_digest(architecture: str, quality: int, metric: str) -> str | None:
    """The first 8 hexadecimal digits of the SHA-256 of a pretrained file, from its name; None if the library offers no such file."""
    address = compressai().zoo.image.model_urls.get(architecture, {}).get(metric, {}).get(quality, "")
    match = re.search(r"-([0-9a-f]{8})\.pth", address)
    return match[1] if match else None


def encode(samples: Samples, model: Model) -> Strings:
    """The strings of a picture, uint8 (H, W) or (H, W, 3), padded with black on all sides to multiples of 64 pixels."""
    height, width = samples.shape[:2]
    pixels = torch.from_numpy(rgb(samples).transpose(2, 0, 1).copy()).float() / 255
    pad, _ = compressai().ops.compute_padding(height, width, min_div=PADDING)
    with torch.inference_mode():
        compressed = model.network.compress(functional.pad(pixels[None], pad))
    strings = tuple(batch[0] for batch in compressed["strings"])
    rows, columns = compressed["shape"]
    return Strings(model.architecture, strings, (rows, columns), model.quality, model.metric, model.digest)


def decode(strings: Strings, size: Size, weights: str | Path | None) -> Samples:
    """The picture of strings, uint8 (H, W, 3), in its original size. Raises `MiscError`, and `OSError` as `load`."""
    row = ARCHITECTURE_BY_NAME[strings.architecture]
    padded = Size(strings.shape[1] * row.pixels, strings.shape[0] * row.pixels)
    if padded.width * padded.height > MAX_PIXELS:
        message = f"a network for {padded.width}x{padded.height} pixels takes too much memory; at most {MAX_PIXELS:,}"
        raise MiscError("MISC-RES-001", message, path="image")
    model = load(strings.architecture, strings.quality, strings.metric, weights, strings)
    return fit(reconstruct(strings, model), size)


def reconstruct(strings: Strings, model: Model) -> Samples:
    """The padded picture, uint8 (rows, columns, 3): what the library's `decompress()` returns, times 255, to the nearest."""
    with torch.inference_mode():
        decompressed = model.network.decompress([[part] for part in strings.strings], strings.shape)["x_hat"][0]
    samples: Samples = (decompressed.double() * 255 + 0.5).to(torch.uint8).permute(1, 2, 0).numpy()
    return samples


def fit(padded: Samples, size: Size) -> Samples:
    """The middle of the padded picture in the original's size; a smaller picture is stretched to that size (clause 10.3)."""
    rows, columns = padded.shape[:2]
    if rows < size.height or columns < size.width:
        return np.asarray(Image.fromarray(padded).resize(size, Image.Resampling.BICUBIC))
    top, left = (rows - size.height) // 2, (columns - size.width) // 2
    return padded[top : top + size.height, left : left + size.width]


@lru_cache(maxsize=1)  # pictures in a row mean the same model
def _pretrained(kind: _Kind) -> Model:
    """The model with the weights that the library downloads."""
    network = compressai().zoo.models[kind.architecture](kind.quality, kind.metric, pretrained=True)
    return _ready(network, kind, None)


@lru_cache(maxsize=1)
def _from_file(version: _Version, kind: _Kind) -> Model:
    """The model with the weights of a file."""
    path = version.path
    try:
        state = compressai().zoo.load_state_dict(tensors.read(path))  # the library's present names
    except tensors.TensorsError as error:
        raise _wrong_weights(f"{path} {error}") from None
    channels = max(
        (max(value.shape[:2]) for name, value in state.items() if name.startswith("g_a.") and value.ndim == 4),
        default=0,
    )
    if channels > MAX_CHANNELS:
        raise _wrong_weights(f"{path} has a convolution of {channels:,} channels, more than {MAX_CHANNELS:,}")
    try:
        network = compressai().zoo.image.model_architectures[kind.architecture].from_state_dict(state)
    except (KeyError, RuntimeError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise _wrong_weights(f"{path} has no weights of {kind.architecture}: {first_line(error)}") from None
    return _ready(network, kind, _digest(version, kind))


@lru_cache(maxsize=16)
def _digest(version: _Version, kind: _Kind) -> str | None:
    """The digest of a file of weights; None for a pretrained file."""
    digest = hashlib.sha256(version.path.read_bytes()).hexdigest()
    pretrained = pretrained_digest(*kind)
    return None if pretrained and digest.startswith(pretrained) else digest[: 2 * DIGEST_BYTES]


def _ready(network: Any, kind: _Kind, digest: str | None) -> Model:
    """The network with the tables of its entropy coder, and with our entropy decoder."""
    network.eval().update()  # makes only tables that the file does not hold
    try:
        compressai_entropy.install(network)
    except ValueError as error:
        raise _wrong_weights(f"the weights' entropy coder: {error}") from None
    return Model(network, *kind, digest)


def _wrong_weights(message: str) -> MiscError:
    return MiscError("MISC-CAI-006", message, path="image/weights_digest")
