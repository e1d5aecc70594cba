"""Find files of latents and of maps for `endings` under the models that ship, and print their lines.

python -m misc_conformance.authoring.find_endings
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format import Latents, Maps, Stream, write
from misc_format.coders.image import latents
from misc_format.coders.image.latentmodel import model as latentmodel
from misc_format.coders.maps import context
from misc_format.coders.maps.mapmodel import codeword
from misc_format.coders.maps.mapmodel import model as mapmodel
from misc_format.components import Size
from misc_format.entropy.stepcoder import Encoder
from misc_format.limits import MAX_LATENT
from misc_format.testing.latent_pattern import conforming

from .endings import FILES, ending

TRIALS = 2_000_000


class Search(NamedTuple):
    """A search among contents of a component. `size`: of the picture. `encoded`: an encoder with the codeword of a content."""

    kind: str
    size: Size
    methods: dict[str, str]
    contents: Iterator[Any]
    encoded: Callable[[Any], Encoder]


def searches() -> dict[str, Search]:
    """The searches by the prefix of the names in `FILES`."""
    one, small = Size(1, 1), Size(8, 8)
    latent = latentmodel.Model.shipped(latents.MODEL)
    maps = mapmodel.Model.shipped(context.MODEL).networks["outlines"]
    return {
        "latents-": Search("image", one, {}, of_latents(latent), lambda content: latents.encoded(content, one, latent)),
        "maps-": Search(
            "maps", small, {"maps": "context"}, of_maps(), lambda content: codeword.encode(content, small, maps)
        ),
    }


def of_latents(model: latentmodel.Model) -> Iterator[Latents]:
    """Random contents of one place: few values other than 0, of any size."""
    for seed in range(TRIALS):
        rng = np.random.default_rng(seed)
        share = 10.0 ** rng.uniform(-2, 0)

        def numbers(count: int, rng: np.random.Generator = rng, share: float = share) -> NDArray[np.int64]:
            return np.where(rng.random(count) < share, rng.integers(-MAX_LATENT, MAX_LATENT + 1, count), 0)

        yield conforming(model, int(rng.integers(latentmodel.QUALITIES)), 1, 1, numbers)


def of_maps() -> Iterator[Maps]:
    """A random map of a few pixels."""
    for seed in range(TRIALS):
        rng = np.random.default_rng(seed)
        yield Maps((rng.random(tuple(rng.integers(1, 6, 2))) < 0.5,))


def main() -> None:
    """Print a line for each relation that is found, as it is found."""
    for prefix, search in searches().items():
        wanted = {name for name in FILES if name.startswith(prefix)}
        for content in search.contents:
            name = prefix + ending(*search.encoded(content).final_interval)
            if name in wanted:
                wanted.remove(name)
                stream = Stream(*search.size, "free", methods=search.methods, **{search.kind: content})
                print(f'    "{name}": "{write(stream).hex()}",', flush=True)
            if not wanted:
                break
        if wanted:
            print(f"not found in {TRIALS:,} contents: {', '.join(sorted(wanted))}")


if __name__ == "__main__":
    main()
