"""One picture while it is encoded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from misc_format.components import Samples, Size
from misc_format.profiles import PICTURE
from reference_codec.encoder.choices import Choices
from reference_codec.encoder.models import Models
from reference_codec.pictures.samples import size_of
from reference_codec.presets import Preset


@dataclass
class Work:
    """A picture with all that its encoding depends on.

    `samples`: uint8 (H, W) or (H, W, 3). `report`: called with the number of finished tiles of a large picture and the number of all
    tiles. `notes`: for the user, about what was done so far.
    """

    samples: Samples
    choices: Choices
    models: Models
    report: Callable[[int, int], None] | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def preset(self) -> Preset:
        """The preset of the profile."""
        return self.choices.preset

    @property
    def size(self) -> Size:
        """The size of the picture."""
        return size_of(self.samples)

    @property
    def map_size(self) -> Size:
        """The size of the maps, unless the profile takes the user's as they are."""
        side = self.preset.map_side
        return self.size if side == PICTURE else Size(*[self.choices.maps.side or int(side)] * 2)
