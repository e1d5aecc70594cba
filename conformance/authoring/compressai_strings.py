"""Strings that CompressAI wrote, for the vectors and for tests of clause 10.5: python -m misc_conformance.authoring.compressai_strings

They come from small networks with random weights, so no file of weights is needed. They are committed as compressai-strings.json, because
floating-point arithmetic gives other strings on another machine. `strings`: content of the vectors, by architecture. `coder`:
distributions, indexes and symbols, with the string that the encoder of the library gives for them.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from misc_format.components import Strings
from misc_format.registry import ARCHITECTURES

from ..suite import COMPRESSAI_STRINGS

WIDTH, HEIGHT = 100, 60
CHANNELS = {True: (8,), False: (8, 12)}  # True: cheng2020, which has one number; False: the others
GAINS = {"cheng2020-attn": 2}  # attention multiplies values, so random weights give large ones
QUALITY = 1


def contents() -> dict[str, Strings]:
    """The committed strings by the name of their architecture."""
    entries = json.loads(COMPRESSAI_STRINGS.read_text(encoding="utf-8"))["strings"]
    return {
        entry["architecture"]: Strings(
            entry["architecture"],
            tuple(map(bytes.fromhex, entry["strings"])),
            (entry["shape"][0], entry["shape"][1]),
            QUALITY,
            "mse",
            entry["digest"],
        )
        for entry in entries
    }


def network(architecture: str, seed: int = 1) -> Any:
    """A small network with random weights whose latents are not all zero, ready to compress."""
    import torch

    from reference_codec.models.compressai_library import compressai

    torch.manual_seed(seed)
    model = compressai().zoo.image.model_architectures[architecture](*CHANNELS[architecture.startswith("cheng")])
    with torch.no_grad():
        for part in (model.g_a, getattr(model, "h_a", model.g_a)):
            for weight in part[-1].parameters():
                weight.mul_(GAINS.get(architecture, 12))
    model.eval().update()
    return model


def picture(width: int = WIDTH, height: int = HEIGHT) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A picture of patches, (height, width, 3)."""
    patches = np.random.default_rng(1).integers(0, 256, (-(-height // 8), -(-width // 8), 3), np.uint8)
    return patches.repeat(8, 0).repeat(8, 1)[:height, :width]


def weights(model: Any) -> bytes:
    """The file of a network's weights."""
    from safetensors.torch import save

    return bytes(save({name: value.contiguous() for name, value in model.state_dict().items()}))


def _strings(architecture: str) -> dict[str, Any]:
    from reference_codec.images import compressai as reference

    model = network(architecture)
    digest = hashlib.sha256(weights(model)).hexdigest()[:16]
    encoded = reference.encode(picture(), reference.Model(model, architecture, QUALITY, "mse", digest))
    strings = [part.hex() for part in encoded.strings]
    return {"architecture": architecture, "digest": digest, "shape": list(encoded.shape), "strings": strings}


def _coder(seed: int) -> dict[str, Any]:
    """Symbols under random distributions, some of them escapes."""
    from reference_codec.models.compressai_library import compressai

    rng = np.random.default_rng(seed)
    lengths = rng.integers(3, 9, 4)
    cdfs = [
        [0, *sorted(rng.choice(np.arange(1, 65536), length - 2, replace=False).tolist()), 65536] for length in lengths
    ]
    offsets = rng.integers(-4, 4, 4)
    indexes = rng.integers(0, 4, 12)
    symbols = [int(rng.integers(0, lengths[row] - 2) + offsets[row]) for row in indexes]
    symbols[3:5] = [int(offsets[indexes[3]]) - 10 ** (seed + 1), int(offsets[indexes[4]]) + 10**seed + 9]
    padded = [row + [0] * (8 - len(row)) for row in cdfs]
    arguments = (indexes.tolist(), padded, lengths.tolist(), offsets.tolist())
    string = compressai().ans.RansEncoder().encode_with_indexes(symbols, *arguments)
    names = ("indexes", "cdfs", "lengths", "offsets")
    return {**dict(zip(names, arguments, strict=True)), "symbols": symbols, "string": string.hex()}


def main() -> None:
    """Write the file again."""
    architectures = [row.name for row in ARCHITECTURES if not row.name.startswith("private")]
    document = {"strings": [_strings(name) for name in architectures], "coder": [_coder(seed) for seed in range(5)]}
    parts = (
        f'"{key}": [\n' + ",\n".join(f"  {json.dumps(entry)}" for entry in entries) + "\n]"
        for key, entries in document.items()
    )
    COMPRESSAI_STRINGS.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
    for entry in document["strings"]:
        print(entry["architecture"], entry["shape"], *(f"{len(part) // 2} bytes" for part in entry["strings"]))


if __name__ == "__main__":
    main()
