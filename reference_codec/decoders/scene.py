"""What a generative decoder is given: the stream's words and maps, its reference picture, and the parameters to paint with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from misc_format.components import BoolMap, Item, Maps, Samples, Stream, Text
from misc_format.errors import MiscError
from reference_codec.decoders import frames
from reference_codec.decoders.diffusion import Diffusion, Passage, Prompt
from reference_codec.presets import Painting


@dataclass(frozen=True)
class Scene:
    """`reference`: the embedded decoder's picture, uint8 in the stream's size."""

    stream: Stream
    reference: Samples
    plan: Painting
    model: Diffusion

    def __post_init__(self) -> None:
        for kind in ("text", "maps"):
            if hasattr(getattr(self.stream, kind), "payload"):
                raise MiscError("MISC-CON-012", f"the {kind} is of a private-use method", path=kind)

    @cached_property
    def frame(self) -> frames.Frame:
        """The sizes to paint in."""
        return frames.frame(self.stream.size, self.plan.sides, self.model.unit)

    @cached_property
    def generator(self) -> torch.Generator:
        """The one source of randomness."""
        return torch.Generator("cpu").manual_seed(self.plan.seed)

    @property
    def start(self) -> Tensor:
        """The reference as a picture of the model."""
        return frames.to_tensor(self.reference, self.frame)

    @property
    def overall(self) -> str:
        """The words for the whole picture, with those that the plan puts behind them."""
        text = self.stream.text
        return joined(text.overall if isinstance(text, Text) else "", self.plan.suffix)

    @property
    def final(self) -> Passage:
        """The pass over the whole picture."""
        return Passage(self.plan.steps, self.plan.guidance, self.plan.strength)

    @property
    def item(self) -> Passage:
        """The pass for an item."""
        return Passage(self.plan.item_steps, self.plan.item_guidance, self.plan.strength)

    def objects(self) -> Iterator[tuple[int, Item, BoolMap]]:
        """Each item that has a map with something in it, in order, with its index."""
        text, maps = self.stream.text, self.stream.maps
        if isinstance(text, Text) and isinstance(maps, Maps):
            pairs = enumerate(zip(text.items, maps.maps, strict=False))
            yield from ((index, item, grid) for index, (item, grid) in pairs if grid.any())

    def prompt(self, text: str) -> Prompt:
        """Embedded text with the plan's negative prompt."""
        return self.model.prompt(text, self.plan.negative, self.frame.padded)

    def scheduler(self, steps: int) -> Any:
        """The plan's sampler."""
        return self.model.scheduler(str(self.plan.sampler), steps)


def joined(*texts: str) -> str:
    """What is there of several texts, one behind the other, with a comma where no sentence ends."""
    whole = ""
    for text in filter(None, (text.strip() for text in texts)):
        whole += (" " if whole.endswith((".", "!", "?", ",")) else ", ") + text if whole else text
    return whole
