"""What the user decides about an encoding. A choice that is None comes from the preset of the profile, or from the picture."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from misc_format.components import BoolMap, Generation, Size, Text
from misc_format.components.normalise import bool_maps
from misc_format.registry import AUTO, METHODS
from reference_codec.errors import ChoiceError
from reference_codec.images.conventional.names import MEANINGS as CONVENTIONAL
from reference_codec.maps import EMBEDDED as EMBEDDED_MAP_MAKER
from reference_codec.models.runtime import Runtime
from reference_codec.presets import PRESETS, Preset
from reference_codec.text import EMBEDDED as EMBEDDED_DESCRIBER
from reference_codec.text import address

GRID_OPTIONS: Final = "--block, --grid and --depth"


def method_names(kind: str) -> tuple[str, ...]:
    """AUTO, and the registered methods of text or maps that an encoder can choose."""
    return (AUTO, *(row.name for row in METHODS if row.kind == kind and row.name != "private"))


MAX_LATENTS_QUALITY: Final = 127
#: The methods that make an image of a picture. The names of the conventional codecs take the place of method codestream.
IMAGE_METHODS: Final = (AUTO, "grid", "latents", "compressai", *CONVENTIONAL)


@dataclass(frozen=True, slots=True)
class TextChoices:
    """Choices about the text.

    - `text`: the user's own text, in place of a describer's.
    - `describer`: NAME or NAME=MODEL, with a name of `text.DESCRIBERS`.
    - `endpoint`: the address for describer endpoint.
    - `items`: how many items are described and mapped.
    - `words`: how many words a model is asked for in the overall text.
    - `detail_words`: how many words a model is asked for in a detail, at most.
    - `method`: the name of a text method, or AUTO for the one with the smallest payload.

    Raises `ChoiceError` for an endpoint that is no address, or has a secret.
    """

    text: Text | None = None
    describer: str = EMBEDDED_DESCRIBER
    endpoint: str | None = None
    items: int | None = None
    words: int | None = None
    detail_words: int | None = None
    method: str = AUTO

    def __post_init__(self) -> None:
        if self.endpoint is not None and (fault := address.fault_of(self.endpoint)):
            raise ChoiceError(f"the address of the endpoint {fault}")

    @property
    def asks_a_model(self) -> bool:
        """Whether the describer is not the embedded one."""
        return self.describer != EMBEDDED_DESCRIBER


@dataclass(frozen=True, slots=True)
class MapChoices:
    """Choices about the maps.

    - `maps`: the user's own maps, bool arrays (H, W) of any size, in place of a map maker's.
    - `map_maker`: NAME or NAME=MODEL, with a name of `maps.MAP_MAKERS`.
    - `side`: columns and rows of the maps.
    - `min_iou`: if below 1, each map may be replaced by a similar one with fewer bits; their intersection over union is at least this.
    - `method`: the name of a maps method, or AUTO for the one with the smallest payload.
    - `notes`: for the user, about how the maps were read.
    """

    maps: tuple[BoolMap, ...] | None = None
    map_maker: str = EMBEDDED_MAP_MAKER
    side: int | None = None
    min_iou: float = 1.0
    method: str = AUTO
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises `MiscError` for maps that are no arrays of truth values, of 0 and 1, or of 0 and 255."""
        if self.maps is not None:
            object.__setattr__(self, "maps", bool_maps(self.maps, "maps"))

    @property
    def looks_for_names(self) -> bool:
        """Whether the map maker is a model, which looks for the items by their names."""
        return self.map_maker != EMBEDDED_MAP_MAKER


@dataclass(frozen=True, slots=True)
class ImageChoices:
    """Choices about the reference picture. Raises `ChoiceError` for choices that exclude each other.

    - `method`: grid, latents, compressai, or a conventional codec of `images.conventional.names`. AUTO: a grid if another choice is about
      a grid or the preset has one; else latents or VVC, whichever is nearer to the picture.
    - `block`: of a grid, pixels on a side of a cell.
    - `cells`: of a grid that is stretched over the picture, columns and rows.
    - `depth`: of a grid, bits per sample.
    - `quality`: in the method's own scale.
    - `target_bpp`: the best quality is taken whose image component needs at most this many bits per pixel.
    - `effort`: steps of a search for better latents; 0 for none.
    - `reduction`: 1, 2 or 3; the picture's sides are divided by it before a conventional codec.
    - `architecture`, `metric`, `weights` (a file, or "pretrained"): the model for method compressai.
    """

    method: str = AUTO
    block: int | None = None
    cells: Size | None = None
    depth: int | None = None
    quality: int | None = None
    target_bpp: float | None = None
    reduction: int = 1
    architecture: str = "cheng2020-attn"
    metric: str = "mse"
    weights: str | Path | None = None
    effort: int = 0

    def __post_init__(self) -> None:
        if self.method not in IMAGE_METHODS:
            raise ChoiceError(f"there is no image method {self.method!r}; there are {', '.join(IMAGE_METHODS)}")
        has_rate = self.quality is not None or self.target_bpp is not None
        for excluded, message in (
            (self.block and self.cells, "--block and --grid exclude each other"),
            (
                self.reduction > 1 and self.codec is None,
                f"--reduction needs an --image-method of {', '.join(CONVENTIONAL)}",
            ),
            (
                self.method in (AUTO, "latents") and (self.quality or 0) > MAX_LATENTS_QUALITY,
                f"the --quality of latents is 0 to {MAX_LATENTS_QUALITY}",
            ),
            (
                has_rate and self.is_grid,
                f"a grid has no --quality or --target-bpp; leave them out, or {GRID_OPTIONS}",
            ),
            (
                self.method == "compressai" and self.target_bpp is not None,
                "a model of CompressAI has its --quality; leave out --target-bpp",
            ),
            (self.method not in (AUTO, "grid") and self.is_grid, f"{GRID_OPTIONS} are for a grid"),
            (
                self.effort and (self.is_grid or self.method not in (AUTO, "latents")),
                "--effort searches for latents; leave it out, or choose --image-method latents",
            ),
            (
                self.quality is not None and self.target_bpp is not None,
                "--quality and --target-bpp exclude each other",
            ),
        ):
            if excluded:
                raise ChoiceError(message)

    @property
    def codec(self) -> str | None:
        """The name of the conventional codec; None for another method."""
        return self.method if self.method in CONVENTIONAL else None

    @property
    def is_grid(self) -> bool:
        """Whether a grid is chosen, by name or by a choice about it."""
        return self.method == "grid" or bool(self.block or self.cells or self.depth)


@dataclass(frozen=True, slots=True)
class Choices:
    """All that the user decides about an encoding. Raises `ChoiceError` for a profile without a preset.

    - `profile`: a name of `presets.PRESETS`.
    - `text`, `maps`, `image`: choices about these components.
    - `runtime`: where and how models run.
    - `generation`: parameters for a generative decoder, recorded in the file.
    - `comment`: a comment in the file.
    - `checksum`: whether the file has a CRC-32.
    - `file_bpp`, `file_bytes`: the largest size of the whole file, in bits per pixel or in bytes; `filerate` says what is given up for it.
    - `check`: whether an image that only its codec can decode, such as a codestream, has a check of 16 bits.
    - `keep_icc`: whether the picture's colours are left as they are and the file has its ICC profile, instead of a conversion to sRGB.
    """

    profile: str = "misc-1"
    text: TextChoices = TextChoices()
    maps: MapChoices = MapChoices()
    image: ImageChoices = ImageChoices()
    runtime: Runtime = Runtime()
    generation: Generation | None = None
    comment: str | None = None
    checksum: bool = False
    keep_icc: bool = False
    check: bool = True
    file_bpp: float | None = None
    file_bytes: int | None = None

    def __post_init__(self) -> None:
        if self.profile not in PRESETS:
            raise ChoiceError(f"there is no preset for profile {self.profile!r}; choose one of {', '.join(PRESETS)}")
        if self.file_bpp is not None and self.file_bytes is not None:
            raise ChoiceError("--file-bpp and --file-bytes exclude each other")
        image = self.image
        has_rate = image.target_bpp is not None or (image.quality is not None and image.method != "compressai")
        if has_rate and (self.file_bpp is not None or self.file_bytes is not None):
            raise ChoiceError(
                "--file-bpp and --file-bytes choose the image's quality: leave out --quality and --target-bpp"
            )

    def max_bytes(self, size: Size) -> int | None:
        """The largest size of the file of a picture of this size, in bytes; None for any."""
        if self.file_bpp is not None:
            return int(Fraction(str(self.file_bpp)) * size.width * size.height / 8)
        return self.file_bytes

    @property
    def preset(self) -> Preset:
        """The preset of the profile."""
        return PRESETS[self.profile]

    @property
    def methods(self) -> dict[str, str]:
        """The chosen method of each kind of component, as `misc_format.Stream` has it."""
        image = "codestream" if self.image.codec else self.image.method
        return {"text": self.text.method, "maps": self.maps.method, "image": image}

    def require_effect(self) -> None:
        """Raise `ChoiceError` for a choice that has no effect under the other choices and the profile."""
        text, maps = self.text, self.maps
        for is_chosen, has_effect, message in (
            (
                text.asks_a_model,
                self.preset.text and text.text is None,
                "there is no text for a describer to write",
            ),
            (
                maps.looks_for_names,
                self.preset.items and maps.maps is None,
                "there are no maps for a map maker to make",
            ),
            (
                text.words or text.detail_words or text.endpoint,
                text.asks_a_model,
                "--words, --detail-words and --endpoint are for a describer that asks a model",
            ),
        ):
            if is_chosen and not has_effect:
                raise ChoiceError(f"{message} (profile {self.profile})")
