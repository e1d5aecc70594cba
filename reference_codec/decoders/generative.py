"""The generative decoders behind one door: which model, whether it is the recorded one, and the picture that it paints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from misc_format.components import Generation, Samples, Stream
from reference_codec.decoders import embedded
from reference_codec.decoders.plan import plan
from reference_codec.models import sources as models
from reference_codec.models.sources import ModelError, Runtime
from reference_codec.presets import MAX_PIXELS, SOURCES, Painting

if TYPE_CHECKING:  # these need torch
    from reference_codec.decoders.diffusion import Diffusion, Origin

CONTROLLED: Final = ("misc", "sedic")
OTHER_SIZE: Final = (
    "Painted with a long side of {0} pixels; the profile says {1[0]} to {1[1]}, which gives another picture."
)


@dataclass(frozen=True, slots=True)
class Options:
    """What the user decides about a decoder; the rest comes from the file and its profile.

    `model`, `controlnet`: hub ids or folders in place of those that the file or the profile names. `long_side`: pixels to paint
    with, where memory is short. `as_released`: do as the system's released code, where that departs from its paper. `weights`: of a
    CompressAI model, for a reference of its strings.
    """

    decoder: str = "embedded"
    model: str | None = None
    controlnet: str | None = None
    runtime: Runtime = field(default_factory=Runtime)
    long_side: int | None = None
    as_released: bool = False
    weights: str | Path | None = None


class Decoder:
    """A decoder that keeps its model between pictures. `notes` and `origin` are about the last one."""

    def __init__(self, options: Options) -> None:
        if options.decoder != "embedded" and options.decoder not in _painters():
            raise ValueError(f"there is no decoder {options.decoder!r}; choose embedded, {', '.join(_painters())}")
        self.options = options
        self.notes: tuple[str, ...] = ()
        self.origin: Origin | None = None
        self._loaded: tuple[tuple[str, str | None], Origin, Diffusion] | None = None
        self._refused: dict[tuple[str, str | None], ModelError] = {}  # lest each of many pictures tries again

    def load(self) -> None:
        """Load the model that the options name, if they do, before any picture. Raises `ModelError`."""
        if self.options.decoder != "embedded" and self.options.model:
            self._load(_sources(self.options))

    def paint(
        self, stream: Stream, max_pixels: int = MAX_PIXELS, report: Callable[[int, int], None] | None = None
    ) -> Samples:
        """The picture of a stream, uint8 (H, W) or (H, W, 3), in its original size; `report` as `embedded.paint` has it.

        Raises `MiscError` as `embedded.paint` and `plan` do, `ModelError` for a model that is missing, does not fit, or, under
        `strict`, is not the recorded one.
        """
        reference, notes = embedded.paint(stream, max_pixels, self.options.weights, report)
        self.notes = notes
        if self.options.decoder == "embedded":
            return reference
        row = plan(stream, self.options.decoder, as_released=self.options.as_released)
        notes = () if stream.image is None and row.strength >= 1 and self.options.decoder == "cmc" else notes
        if self.options.long_side:
            notes += (OTHER_SIZE.format(self.options.long_side, row.sides),)
            row = row._replace(sides=(self.options.long_side,) * 2)
        model = self._model(row)
        self.notes = notes + self._checked(stream)
        return self._painted(stream, reference, row, model)

    def _painted(self, stream: Stream, reference: Samples, row: Painting, model: Diffusion) -> Samples:
        from reference_codec.decoders.diffusion import repeatable
        from reference_codec.decoders.frames import to_samples
        from reference_codec.decoders.scene import Scene

        model.notes.clear()
        scene = Scene(stream, reference, row, model)
        with repeatable():
            picture = _painters()[self.options.decoder]()(scene)
        model.release()
        self.notes += tuple(model.notes)
        return to_samples(picture, scene.frame)

    def _model(self, row: Painting) -> Diffusion:
        wanted = _sources(self.options, row)
        if wanted in self._refused:
            raise self._refused[wanted]
        try:
            _, self.origin, model = self._load(wanted)
        except ModelError as error:
            self._refused[wanted] = error
            raise
        return model

    def _load(self, wanted: tuple[str, str | None]) -> tuple[tuple[str, str | None], Origin, Diffusion]:
        from reference_codec.decoders.diffusion import Diffusion, find

        if self._loaded is None or self._loaded[0] != wanted:
            self._loaded = None  # before another one takes memory
            origin = find(*wanted)
            self._loaded = wanted, origin, Diffusion.load(origin, self.options.runtime)
        return self._loaded

    def _checked(self, stream: Stream) -> tuple[str, ...]:
        """Notes about a model that is not what the file recorded."""
        recorded = stream.generation.model if isinstance(stream.generation, Generation) else None
        assert self.origin is not None
        strict = self.options.runtime.strict
        if recorded is None or self.options.model is None or recorded not in SOURCES:
            return models.check(recorded, self.origin, strict=strict)  # type: ignore[arg-type]
        message = f"the file was made for {recorded} ({SOURCES[recorded].model}); whether {self.origin} is the same cannot be checked"
        if strict:
            raise ModelError(message)
        return (message,)


def digest(model: str, controlnet: str | None = None) -> str:
    """What a file records of a model and its ControlNet: 16 hexadecimal digits."""
    from reference_codec.decoders.diffusion import find

    return find(model, controlnet).digest[: models.DIGEST_DIGITS]


def _sources(options: Options, row: Painting | None = None) -> tuple[str, str | None]:
    """Model and ControlNet: the user's, else those of the registered name."""
    named = SOURCES.get(str(row.model)) if row else None
    if named is None and options.model is None:
        raise ModelError(f"the file names its model as {row and row.model}; give it as --model ID_OR_FOLDER")
    model = options.model or named.model  # type: ignore[union-attr]
    if options.decoder not in CONTROLLED:
        if options.controlnet:
            raise ModelError(f"decoder {options.decoder} has no ControlNet; leave out --controlnet")
        return model, None
    control = options.controlnet or (named.controlnet if named and options.model is None else None)
    if control is None:
        raise ModelError(
            f"decoder {options.decoder} sees the reference through a ControlNet; give one for {model} as --controlnet ID_OR_FOLDER"
        )
    return model, control


def _painters() -> dict[str, Callable[[], Callable[[Any], Any]]]:
    """The decoders by name; each is imported where it is used, for they need torch."""

    def module(name: str) -> Callable[[], Callable[[Any], Any]]:
        from importlib import import_module

        return lambda: import_module(f"reference_codec.decoders.{name}").paint

    return {name: module(name) for name in ("misc", "sedic", "cmc")}
