"""Find files of latents for `endings` under the model that ships, and print their lines.

python -m misc_conformance.authoring.find_endings
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from misc_format import Latents, Stream, write
from misc_format.coders.image import latents
from misc_format.coders.image.latentmodel.model import QUALITIES, Model
from misc_format.components import Size
from misc_format.limits import MAX_LATENT
from misc_format.testing.latent_pattern import conforming

from .endings import FILES, ending

PREFIX = "latents-"
SIZE = Size(1, 1)
TRIALS = 2_000_000


def contents(model: Model) -> Iterator[Latents]:
    """Random contents of one place: few values other than 0, of any size."""
    for seed in range(TRIALS):
        rng = np.random.default_rng(seed)
        share = 10.0 ** rng.uniform(-2, 0)

        def numbers(count: int, rng: np.random.Generator = rng, share: float = share) -> NDArray[np.int64]:
            return np.where(rng.random(count) < share, rng.integers(-MAX_LATENT, MAX_LATENT + 1, count), 0)

        yield conforming(model, int(rng.integers(QUALITIES)), 1, 1, numbers)


def main() -> None:
    """Print a line for each relation that is found, as it is found."""
    model = Model.shipped(latents.MODEL)
    wanted = {name for name in FILES if name.startswith(PREFIX)}
    for content in contents(model):
        name = PREFIX + ending(*latents.encoded(content, SIZE, model).final_interval)
        if name in wanted:
            wanted.remove(name)
            print(f'    "{name}": "{write(Stream(*SIZE, "free", image=content)).hex()}",', flush=True)
        if not wanted:
            return
    print(f"not found in {TRIALS:,} contents: {', '.join(sorted(wanted))}")


if __name__ == "__main__":
    main()
