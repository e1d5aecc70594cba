"""Text, maps and image of a picture put together as a stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from misc_format.components import Ancillary, Samples, Size, Stream
from misc_format.errors import MiscError
from misc_format.limits import MAX_SIDE
from misc_format.registry import ANCILLARY_BY_NAME
from reference_codec.encoder import description, filerate, image, maps
from reference_codec.encoder.choices import Choices
from reference_codec.encoder.models import Models
from reference_codec.encoder.work import Work
from reference_codec.pictures.samples import size_of


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

    def compose(
        self, samples: Samples, report: Callable[[int, int], None] | None = None, *, icc: bytes | None = None
    ) -> Composed:
        """The stream for a picture, uint8 (H, W) or (H, W, 3).

        `report`: called with the number of finished tiles of a large picture and the number of all tiles. `icc`: the ICC profile of the
        samples, for the file. Raises `ChoiceError` for choices without effect, `ModelError` for a model, `PictureError` for a picture that
        a conventional codec does not take or of which no file is small enough, and `MiscError` for a side above 65,535 pixels and for
        weights that are not those of the chosen model.
        """
        choices = self.choices
        choices.require_effect()
        _require_side(size_of(samples))
        work = Work(samples, choices, self._models, report)
        text, masks = description.describe(work)
        stream = Stream(
            *work.size,
            choices.profile,
            text=text,
            maps=maps.make(work, masks),
            generation=choices.generation,
            ancillary=_ancillary(choices, icc),
            methods=choices.methods,
            unchecked=frozenset() if choices.check else frozenset({"image"}),
        )
        max_bytes = choices.max_bytes(work.size)
        if max_bytes is not None:
            return Composed(filerate.fit(work, stream, max_bytes), tuple(work.notes))
        return Composed(replace(stream, image=image.make(work)), tuple(work.notes))


def _require_side(size: Size) -> None:
    """Raise `MiscError` for a picture that no file can have, before it is described."""
    if not all(1 <= side <= MAX_SIDE for side in size):
        message = f"a picture of {size.width:,} x {size.height:,} pixels has a side outside 1 to {MAX_SIDE:,}"
        raise MiscError("MISC-CON-019", message, path="header")


def _ancillary(choices: Choices, icc: bytes | None) -> tuple[Ancillary, ...]:
    members = []
    if choices.comment is not None:
        members.append(Ancillary(ANCILLARY_BY_NAME["comment"].id, choices.comment.encode()))
    if icc is not None:
        members.append(Ancillary(ANCILLARY_BY_NAME["icc"].id, icc))
    if choices.checksum:
        members.append(Ancillary(ANCILLARY_BY_NAME["checksum"].id))
    return tuple(members)
