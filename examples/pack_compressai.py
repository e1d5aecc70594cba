"""A model of CompressAI: what its compress() returns, as a file with every bit counted.

    python examples/pack_compressai.py photo.png cheng2020-attn weights.pth -o photo.misc

The strings go in as they are (clause 10); `misc decode photo.misc --weights weights.pth` gives the picture back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from misc_format import Stream, write
from misc_format.pictures import load
from reference_codec.images import compressai


def main(
    picture: Path, architecture: str, weights: Path, output: Annotated[Path, typer.Option("-o")], quality: int = 1
) -> None:
    """Pack a picture."""
    samples = load(picture).samples
    strings = compressai.encode(samples, compressai.load(architecture, quality, "mse", weights))
    height, width = samples.shape[:2]
    output.write_bytes(write(Stream(width, height, image=strings)))


if __name__ == "__main__":
    typer.run(main)
