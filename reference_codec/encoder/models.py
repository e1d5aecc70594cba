"""The models that the choices name, each loaded when it is first needed and then kept."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from reference_codec.encoder.choices import Choices

if TYPE_CHECKING:
    from reference_codec.images.compressai import Model
    from reference_codec.maps import MapMaker
    from reference_codec.text.ask import Answerer


class Models:
    """The models of some choices. The properties raise `ChoiceError` for a name that does not exist and `ModelError`."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices

    def load(self) -> None:
        """Load all models that the choices name, so that what is wrong with them is reported before the first picture."""
        if self._choices.text.asks_a_model:
            _ = self.describer
        if self._choices.maps.looks_for_names:
            _ = self.map_maker
        if self._choices.image.method == "compressai":
            _ = self.compressai

    @cached_property
    def describer(self) -> Answerer:
        """The describer that asks a model."""
        from reference_codec import text

        choices = self._choices
        return text.load(choices.text.describer, choices.runtime, choices.text.endpoint)

    @cached_property
    def map_maker(self) -> MapMaker:
        """The map maker that looks for names."""
        from reference_codec import maps

        return maps.load(self._choices.maps.map_maker, self._choices.runtime)

    @cached_property
    def compressai(self) -> Model:
        """The model of CompressAI."""
        from reference_codec.images import compressai

        image = self._choices.image
        return compressai.load(image.architecture, image.quality or 1, image.metric, image.weights)
