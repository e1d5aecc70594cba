"""Text, maps and image of a picture put together as a stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from misc_format.components import Ancillary, Samples, Stream
from misc_format.registry import ANCILLARY_BY_NAME
from reference_codec.encoder import description, image, maps
from reference_codec.encoder.choices import Choices
from reference_codec.encoder.models import Models
from reference_codec.encoder.work import Work


class Composed(NamedTuple):
    """A stream, and notes for the user about how it was made."""

    stream: Stream
    notes: tuple[str, ...]


class Encoder:
    """Encodes pictures by the same choices. Models are loaded when first needed and then kept."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self._models = Models(choices)

    def load(self) -> None:
        """Load all models that the choices name, before the first picture. Raises `ChoiceError`, `ModelError`."""
        self._models.load()

    def compose(self, samples: Samples, report: Callable[[int, int], None] | None = None) -> Composed:
        """The stream for a picture, uint8 (H, W) or (H, W, 3).

        `report`: called with the number of finished tiles of a large picture and the number of all tiles. Raises `ChoiceError` for choices
        without effect, `ModelError` for a model, `PictureError` for a picture that a conventional codec does not take, and `MiscError` for
        weights that are not those of the chosen model.
        """
        choices = self.choices
        choices.require_effect()
        work = Work(samples, choices, self._models, report)
        text, masks = description.describe(work)
        stream = Stream(
            *work.size,
            choices.profile,
            text=text,
            maps=maps.make(work, masks),
            generation=choices.generation,
            image=image.make(work),
            ancillary=_ancillary(choices),
            methods=choices.methods,
        )
        return Composed(stream, tuple(work.notes))


def _ancillary(choices: Choices) -> tuple[Ancillary, ...]:
    members = []
    if choices.comment is not None:
        members.append(Ancillary(ANCILLARY_BY_NAME["comment"].id, choices.comment.encode()))
    if choices.checksum:
        members.append(Ancillary(ANCILLARY_BY_NAME["checksum"].id))
    return tuple(members)
