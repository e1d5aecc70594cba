"""A bitstream to a picture, by the embedded decoder or by one of the papers' generative decoders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

from misc_format import Document
from misc_format.components import Generation, Samples, Stream
from misc_format.painting import MAX_PIXELS
from misc_format.pictures import icc_of
from reference_codec.decoders import embedded, origin
from reference_codec.decoders.origin import Origin, Sources
from reference_codec.decoders.parameters import USUAL_PROFILES, Parameters, Scaling, Side
from reference_codec.decoders.plan import plan
from reference_codec.errors import ChoiceError, ModelError
from reference_codec.models.runtime import Runtime

if TYPE_CHECKING:  # it needs torch
    from reference_codec.decoders.diffusion import Diffusion

EMBEDDED: Final = "embedded"
NAMES: Final = (EMBEDDED, *USUAL_PROFILES)
NOTE_OTHER_SIZE: Final = "Painted with a {} side of {:,} pixels; the profile says {}, which gives another picture."


@dataclass(frozen=True, slots=True)
class Options:
    """What the user decides about a decoder. The rest comes from the file and its profile.

    - `decoder`: one of `NAMES`.
    - `model`, `controlnet`: sources (see `models.weights`) in place of those of the file or its profile. The model may also be a name of
      `decoders.benchmark`.
    - `runtime`: where and how models run.
    - `long_side`: pixels on the long side for painting, in place of the profile's sizes.
    - `as_released`: do as the system's released code where that departs from its paper.
    - `weights`: for strings of CompressAI, the file of the model's weights, or "pretrained".
    - `cleaner`: the source of the network that cleans the reference picture before DiffBIR's ControlNet sees it; "none" for no cleaning.
    - `short_side`: as `long_side`, for the other side. One of the two can be given.
    """

    decoder: str = EMBEDDED
    model: str | None = None
    controlnet: str | None = None
    runtime: Runtime = field(default_factory=Runtime)
    long_side: int | None = None
    as_released: bool = False
    weights: str | Path | None = None
    cleaner: str | None = None
    short_side: int | None = None

    def sources(self, parameters: Parameters | None = None) -> Sources:
        """The model and ControlNet to paint with. Raises `ModelError` if neither the user nor the parameters name them."""
        return origin.choose(self.decoder, parameters, Sources(self.model or "", self.controlnet, self.cleaner))


def decode(data: bytes, max_pixels: int = MAX_PIXELS, weights: str | Path | None = None, **options: Any) -> Image.Image:
    """The picture that a bitstream describes, in its original size, painted by the embedded decoder or another one.

    Where the file has an ICC profile, the picture has it in `info["icc_profile"]`. `weights` and `options` are the fields of `Options`:
    `decode(data, decoder="misc", runtime=Runtime(device="cuda"))`. For many files, keep a `Decoder`. Raises `MiscError` for data that
    breaks a rule and for wrong weights, `LimitError` for a picture of more than `max_pixels` pixels, `ModelError` for a generative
    decoder's model.
    """
    document = Document(data)
    embedded.require_modules(document)
    stream = document.stream()
    picture = Image.fromarray(Decoder(Options(weights=weights, **options)).paint(stream, max_pixels))
    if (icc := icc_of(stream)) is not None:
        picture.info["icc_profile"] = icc
    return picture


class Decoder:
    """A decoder that keeps its model between pictures. `notes` and `origin` (the weights) are those of the last picture."""

    def __init__(self, options: Options) -> None:
        """Raises `ChoiceError` for an unknown decoder, and for sizes of both sides."""
        if options.decoder not in NAMES:
            raise ChoiceError(f"there is no decoder {options.decoder!r}; choose {', '.join(NAMES)}")
        if options.long_side and options.short_side:
            raise ChoiceError("the size for painting follows from one side: give --long-side or --short-side")
        self.options = options
        self.notes: tuple[str, ...] = ()
        self.origin: Origin | None = None
        self._loaded: tuple[Sources, Origin, Diffusion] | None = None
        self._refused: dict[
            Sources, ModelError
        ] = {}  # models that cannot be loaded are not tried again for the next picture

    def load(self) -> None:
        """Load the model that the options name, if they name one, before the first picture. Raises `ModelError`."""
        if self.options.decoder != EMBEDDED and self.options.model:
            self._load(self.options.sources())

    def paint(
        self, stream: Stream, max_pixels: int = MAX_PIXELS, report: Callable[[int, int], None] | None = None
    ) -> Samples:
        """The picture of a stream in its original size, uint8 (H, W) or (H, W, 3). `report` is that of `embedded.paint`.

        Raises `MiscError` as `embedded.paint` and `plan`, `ModelError` for a model that is missing or does not fit, or, if the runtime is
        strict, is not the recorded one.
        """
        options = self.options
        reference, notes = embedded.paint(stream, max_pixels, options.weights, report)
        self.notes = notes
        if options.decoder == EMBEDDED:
            return reference
        parameters = plan(stream, options.decoder, as_released=options.as_released, model=options.model)
        if options.decoder == "cmc" and stream.image is None and parameters.strength >= 1:
            notes = ()  # a decoder of text alone does not miss the image
        for side, pixels in ((Side.LONG, options.long_side), (Side.SHORT, options.short_side)):
            if pixels:
                usual = " and ".join(map(str, parameters.framing.scalings))
                notes += (NOTE_OTHER_SIZE.format(side, pixels, usual),)
                framing = parameters.framing._replace(scalings=(Scaling(side, pixels, pixels),))
                parameters = parameters._replace(framing=framing)
        model_origin, model = self._model(parameters)
        recorded = stream.generation.model if isinstance(stream.generation, Generation) else None
        is_users = options.model is not None
        self.origin = model_origin
        checked = origin.check(recorded, model_origin, is_users=is_users, strict=options.runtime.strict)
        self.notes = notes + checked + model.load_notes
        return self._paint(stream, reference, parameters, model)

    def _paint(self, stream: Stream, reference: Samples, parameters: Parameters, model: Diffusion) -> Samples:
        from reference_codec.decoders.diffusion import repeatable
        from reference_codec.decoders.scene import Scene

        model.notes.clear()
        scene = Scene(stream, reference, parameters, model)
        painter = import_module(f"reference_codec.decoders.{self.options.decoder}")  # only when used: it needs torch
        with repeatable():
            picture = painter.paint(scene)
        model.release()
        self.notes += tuple(model.notes)
        return scene.samples(picture)

    def _model(self, parameters: Parameters) -> tuple[Origin, Diffusion]:
        """The weights and the model for these parameters. A model that was refused once is refused again at once."""
        sources = self.options.sources(parameters)
        if sources in self._refused:
            raise self._refused[sources]
        try:
            return self._load(sources)
        except ModelError as error:
            self._refused[sources] = error
            raise

    def _load(self, sources: Sources) -> tuple[Origin, Diffusion]:
        from reference_codec.decoders.diffusion import Diffusion

        if self._loaded is None or self._loaded[0] != sources:
            self._loaded = None  # frees its memory before another model is loaded
            weights = origin.find(*sources)
            self._loaded = sources, weights, Diffusion.load(weights, self.options.runtime)
        return self._loaded[1:]
