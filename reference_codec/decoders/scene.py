"""What a generative decoder paints from: the stream's text and maps, its reference picture, the parameters, and the model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from misc_format.components import BoolMap, Item, Maps, Opaque, Samples, Stream, Text
from misc_format.errors import MiscError
from reference_codec.decoders import frames
from reference_codec.decoders.diffusion import Diffusion, Passage, Prompt
from reference_codec.decoders.parameters import Carry, Latents, Parameters


class Scene:
    """One picture to paint.

    `reference`: the embedded decoder's picture, uint8 in the stream's size. `frame`: the sizes that it is painted in. `generator`: the only
    source of randomness. Raises `UnsupportedError` for text or maps of a private-use method.
    """

    def __init__(self, stream: Stream, reference: Samples, parameters: Parameters, model: Diffusion) -> None:
        for kind, content in (("text", stream.text), ("maps", stream.maps)):
            if isinstance(content, Opaque):
                raise MiscError("MISC-CON-012", f"the {kind} is of a private-use method", path=kind)
        self.stream = stream
        self.reference = reference
        self.parameters = parameters
        self.model = model
        self.frame = frames.frame(stream.size, parameters.framing, model.unit)
        self.generator = torch.Generator("cpu").manual_seed(parameters.seed)

    @property
    def start(self) -> Tensor:
        """The reference picture in the model's size, float (1, 3, H, W)."""
        return frames.to_tensor(self.reference, self.frame)

    @property
    def overall(self) -> str:
        """The overall text with the parameters' suffix."""
        text = self.stream.text
        return joined(text.overall if isinstance(text, Text) else "", self.parameters.suffix)

    @property
    def picture_passage(self) -> Passage:
        """The pass over the whole picture."""
        parameters = self.parameters
        guidance = self.model.usual_guidance if parameters.guidance is None else parameters.guidance
        return Passage(
            parameters.steps,
            guidance,
            parameters.strength,
            keeps_start=parameters.low_start,
            picture_guidance=parameters.picture_guidance,
        )

    def item_passage(self, index: int) -> Passage:
        """The pass for an item."""
        parameters = self.parameters
        return Passage(parameters.steps_for_item(index), parameters.item_guidance, parameters.strength)

    def encode(self, pixels: Tensor) -> Tensor:
        """The latents that stand for a picture where they become part of another."""
        generator = self.generator if self.parameters.latents is Latents.SAMPLE else None
        return self.model.encode(pixels, generator)

    def carried(self, pixels: Tensor) -> Tensor:
        """What a pass hands over to the next one."""
        return frames.carried(pixels, self.frame, self.parameters.carry)

    def samples(self, pixels: Tensor) -> Samples:
        """The painted picture, uint8 (H, W, 3) in the stream's size."""
        return frames.to_samples(pixels, self.frame, cuts=self.parameters.carry is not Carry.FLOAT)

    def objects(self) -> Iterator[tuple[int, Item, BoolMap]]:
        """The index, the item and the map of each item whose map is not empty."""
        text, maps = self.stream.text, self.stream.maps
        if isinstance(text, Text) and isinstance(maps, Maps):
            pairs = enumerate(zip(text.items, maps.maps, strict=False))
            yield from ((index, item, grid) for index, (item, grid) in pairs if grid.any())

    def prompt(self, text: str) -> Prompt:
        """Embedded text with the parameters' negative prompt."""
        return self.model.prompt(text, self.parameters.negative, self.frame.padded)

    def scheduler(self, steps: int) -> Any:
        """A new scheduler for the parameters' sampler."""
        return self.model.scheduler(str(self.parameters.sampler), steps)


def joined(*texts: str) -> str:
    """The texts that are not blank, separated by a space after the end of a sentence and by a comma elsewhere."""
    whole = ""
    for text in filter(None, (text.strip() for text in texts)):
        whole += (" " if whole.endswith((".", "!", "?", ",")) else ", ") + text if whole else text
    return whole
