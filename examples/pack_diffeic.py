"""DiffEIC: the strings of its compression module, and what its diffusion decoder must know, in one file with every bit counted.

Its own file is a header of 20 bytes (the shape of the hyper-latents, lengths of strings) and the strings. Model, seed, steps and the size
of the picture stay outside. Here the size is in the header, the parameters are a generation component, and each string is a part of
the image.
"""

from __future__ import annotations

from typing import Any

from misc_format import CodedString, Generation, ImagePart, Parts, Stream, write


def pack(width: int, height: int, compressed: dict[str, Any], model_digest: str, steps: int, seed: int) -> bytes:
    """A file for what `compress()` of the module returned for one picture: {"strings": [[y], [z]], "shape": ...}."""
    generation = Generation(model_digest, seed, "ddpm-spaced", steps)
    latents, hyper_latents = (CodedString(batch[0], "compressai-rans") for batch in compressed["strings"])
    image = Parts((ImagePart("hyper", hyper_latents), ImagePart("detail", latents)))
    return write(Stream(width, height, generation=generation, image=image))
