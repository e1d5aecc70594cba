"""The options of `misc encode`, declared once as parameters of functions, and the `Choices` that they make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer

from misc_format.cli.options import parameter_names, with_options_of
from misc_format.components import Generation, Size, Text
from misc_format.errors import MiscError
from misc_format.registry import ARCHITECTURES, AUTO, METRICS, PROFILES
from reference_codec.commands.shared import SOURCE_HELP, Device, Numbers, Offloading, Weights
from reference_codec.encoder.choices import IMAGE_METHODS, Choices, ImageChoices, MapChoices, TextChoices, method_names
from reference_codec.errors import ChoiceError
from reference_codec.images.conventional.names import MEANINGS as CONVENTIONAL
from reference_codec.maps import MAP_MAKERS
from reference_codec.models.runtime import Dtype, Offload, Runtime
from reference_codec.presets import PRESETS
from reference_codec.text import DESCRIBERS

T = TypeVar("T")
MAX_GRID_SIDE: Final = 65_535
MAX_QUALITY: Final = 10_000  # of all methods: the largest ratio of JPEG 2000

Profile = StrEnum("Profile", {name: name for name in PRESETS})  # type: ignore[misc]
TextMethod = StrEnum("TextMethod", {name: name for name in method_names("text")})  # type: ignore[misc]
MapsMethod = StrEnum("MapsMethod", {name: name for name in method_names("maps")})  # type: ignore[misc]
ImageMethod = StrEnum("ImageMethod", {name: name for name in IMAGE_METHODS})  # type: ignore[misc]
Architecture = StrEnum("Architecture", {row.name: row.name for row in ARCHITECTURES if "private" not in row.name})  # type: ignore[misc]
Metric = StrEnum("Metric", {row.name: row.name for row in METRICS})  # type: ignore[misc]


def _with_models(table: dict[str, str]) -> str:
    """The names of a table, each with its usual model."""
    return ", ".join(f"{name}={source}" if source else name for name, source in table.items())


PROFILE_HELP: Final = "What the file may hold. " + " ".join(
    f"{row.name}: {row.meaning}." for row in PROFILES if row.name in PRESETS
)
METHOD_HELP: Final = "Coding method. auto: the one with the smallest payload."
IMAGE_HELP: Final = (
    "How the reference picture is coded. auto: a grid if the profile has one or an option is about one; else latents or, with the extra "
    "conventional, VVC at half size, whichever is nearer to the picture at the profile's rate. "
    + " ".join(f"{name}: {meaning}." for name, meaning in CONVENTIONAL.items())
)
DESCRIBER_HELP: Final = f"Who writes the text: {_with_models(DESCRIBERS)}. Name another model after the =."
TEXT_HELP: Final = 'Your own description: {"overall": TEXT, "items": [{"name", "detail"}]}.'


def text_choices(
    text: Annotated[Path | None, typer.Option(readable=False, help=TEXT_HELP, metavar="FILE.json")] = None,
    describer: Annotated[str, typer.Option(help=DESCRIBER_HELP, metavar="NAME[=MODEL]")] = "embedded",
    endpoint: Annotated[
        str | None,
        typer.Option(
            help="Address of the describer endpoint. Default: OPENAI_BASE_URL. Its key is OPENAI_API_KEY.",
            metavar="URL",
        ),
    ] = None,
    items: Annotated[int | None, typer.Option(min=0, help="Number of items. Default: by profile.")] = None,
    words: Annotated[
        int | None,
        typer.Option(min=1, help="Words of the overall text that a model is asked for. Default: by profile."),
    ] = None,
    detail_words: Annotated[
        int | None,
        typer.Option(min=1, help="Largest number of words of a detail that a model is asked for. Default: by profile."),
    ] = None,
    text_method: Annotated[TextMethod, typer.Option(help=METHOD_HELP)] = TextMethod(AUTO),
) -> TextChoices:
    """The choices about the text."""
    own_text = _read_text(text) if text else None
    try:
        return TextChoices(own_text, describer, endpoint, items, words, detail_words, text_method.value)
    except ChoiceError as error:
        raise typer.BadParameter(str(error), param_hint="--endpoint") from None


def map_choices(
    maps: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            help="Your own maps, one per item: a folder of 0.png (or .npy, .json, .jb2), 1.png, ...; a label map; or COCO annotations.",
            metavar="PATH",
        ),
    ] = None,
    map_maker: Annotated[
        str, typer.Option(help=f"Who makes the maps: {_with_models(MAP_MAKERS)}.", metavar="NAME[=MODEL]")
    ] = "embedded",
    map_size: Annotated[
        int | None,
        typer.Option(min=1, max=4096, help="Columns and rows of the maps. Default: the size of your own maps, or 8."),
    ] = None,
    mask_iou: Annotated[
        float,
        typer.Option(
            min=0.5,
            max=1.0,
            help="Replace each map by a similar one that takes fewer bits: their intersection over union is at least this. "
            "1 keeps the maps.",
            metavar="IOU",
        ),
    ] = 1.0,
    maps_method: Annotated[MapsMethod, typer.Option(help=METHOD_HELP)] = MapsMethod(AUTO),
) -> MapChoices:
    """The choices about the maps."""
    from misc_format.folder import packing

    notes: list[str] = []
    own_maps = packing.read_maps(maps, notes.append).maps if maps else None
    return MapChoices(own_maps, map_maker, map_size, mask_iou, maps_method.value, tuple(notes))


def image_choices(
    block: Annotated[
        int | None,
        typer.Option(
            min=1, max=MAX_GRID_SIDE, help="Code a grid with cells of this many pixels per side. Default: by profile."
        ),
    ] = None,
    grid: Annotated[
        str | None,
        typer.Option(help="Code a grid of this many columns and rows, such as 24x16.", metavar="WxH"),
    ] = None,
    depth: Annotated[int | None, typer.Option(min=1, max=8, help="Bits per sample of the grid. Default: 6.")] = None,
    image_method: Annotated[ImageMethod, typer.Option(help=IMAGE_HELP, metavar="NAME")] = ImageMethod(AUTO),
    quality: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=MAX_QUALITY,
            help="Quality, in the scale of the --image-method; for latents 0 to 127. Default: by the profile's rate, or the codec's own.",
        ),
    ] = None,
    target_bpp: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="Take the best quality whose image component needs at most this many bits per pixel.",
            metavar="BPP",
        ),
    ] = None,
    effort: Annotated[
        int,
        typer.Option(
            min=0,
            max=5000,
            help="Search for better latents in so many steps of about a second; needs torch.",
            metavar="STEPS",
        ),
    ] = 0,
    reduction: Annotated[
        int, typer.Option(min=1, max=3, help="Divide the picture's sides by this before a conventional codec.")
    ] = 1,
    compressai_arch: Annotated[
        Architecture, typer.Option(help="Architecture of the CompressAI model.", metavar="NAME")
    ] = Architecture("cheng2020-attn"),
    metric: Annotated[Metric, typer.Option(help="Metric that the CompressAI model was trained for.")] = Metric("mse"),
    weights: Weights = None,
) -> ImageChoices:
    """The choices about the reference picture. Raises `ChoiceError`."""
    return ImageChoices(
        method=image_method.value,
        block=block,
        cells=_parse_grid(grid) if grid else None,
        depth=depth,
        quality=quality,
        target_bpp=target_bpp,
        reduction=reduction,
        architecture=compressai_arch.value,
        metric=metric.value,
        weights=weights,
        effort=effort,
    )


def runtime_choices(
    device: Device = "auto", dtype: Numbers = Dtype.AUTO, offload: Offloading = Offload.NONE
) -> Runtime:
    """Where models run."""
    return Runtime(device, dtype, offload)


def generation_choices(
    generation: Annotated[
        Path | None,
        typer.Option(
            readable=False, help="Parameters for a generative decoder, as in manifest.json.", metavar="FILE.json"
        ),
    ] = None,
    record_model: Annotated[
        str | None,
        typer.Option(help=f"Record the weights that the file is to be painted with: {SOURCE_HELP}.", metavar="MODEL"),
    ] = None,
    record_controlnet: Annotated[str | None, typer.Option(help="Record the ControlNet, too.", metavar="MODEL")] = None,
    record_cleaner: Annotated[
        str | None, typer.Option(help="Record the network that cleans for the ControlNet, too.", metavar="MODEL")
    ] = None,
) -> Generation | None:
    """The parameters for a generative decoder. Raises `ChoiceError`, and `ModelError` for a model to record."""
    from misc_format.coders.generation import plain
    from misc_format.folder import plainfiles

    if record_controlnet and not record_model:
        raise ChoiceError("--record-controlnet goes with --record-model")
    if record_cleaner and not record_controlnet:
        raise ChoiceError("--record-cleaner goes with --record-controlnet")
    parameters = plain.from_json(plainfiles.read_json(generation), generation.name) if generation else None
    if not record_model:
        return parameters
    from reference_codec.decoders.origin import recorded_digest

    return replace(parameters or Generation(), model=recorded_digest(record_model, record_controlnet, record_cleaner))


@with_options_of(text_choices, map_choices, image_choices, runtime_choices, generation_choices)
def choices_from(
    profile: Annotated[Profile, typer.Option(help=PROFILE_HELP, metavar="NAME")] = Profile("misc-1"),
    comment: Annotated[str | None, typer.Option(help="Add a comment.")] = None,
    checksum: Annotated[bool, typer.Option("--checksum", help="Add a CRC-32 of the file (6 or 7 bytes).")] = False,
    keep_icc: Annotated[
        bool,
        typer.Option(
            "--keep-icc",
            help="Keep the picture's ICC profile in the file, and its colours as they are. Default: convert to sRGB.",
        ),
    ] = False,
    no_check: Annotated[
        bool,
        typer.Option("--no-check", help="Leave out the check of 2 bytes of an image that only its codec can decode."),
    ] = False,
    file_bpp: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="Keep the whole file within this many bits per pixel. The image's quality is given up first, then details of items, "
            "sentences, sizes of maps, items, and words.",
            metavar="BPP",
        ),
    ] = None,
    file_bytes: Annotated[int | None, typer.Option(min=1, help="As --file-bpp, in bytes.", metavar="N")] = None,
    **options: Any,
) -> Choices:
    """The choices that the options of `misc encode` make. Raises `BadParameter` for options that exclude each other."""
    try:
        return Choices(
            profile.value,
            _called(text_choices, options),
            _called(map_choices, options),
            _called(image_choices, options),
            _called(runtime_choices, options),
            _called(generation_choices, options),
            comment,
            checksum,
            keep_icc,
            not no_check,
            file_bpp,
            file_bytes,
        )
    except ChoiceError as error:
        raise typer.BadParameter(str(error)) from None


def _called(function: Callable[..., T], options: dict[str, Any]) -> T:
    """What a function returns for those of the options that are its parameters."""
    return function(**{name: options[name] for name in parameter_names(function) if name in options})


def _read_text(path: Path) -> Text:
    from misc_format.coders.text import form
    from misc_format.folder import plainfiles

    values = plainfiles.read_json(path)
    is_text = isinstance(values, dict) and values.keys() <= {"overall", "items"}
    if not is_text or not isinstance(values.get("overall", ""), str):
        message = 'a description is {"overall": TEXT, "items": [{"name": TEXT, "detail": TEXT}]}'
        raise MiscError("MISC-PCK-003", message, path=path.name)
    return Text(values.get("overall", ""), form.read_items(values.get("items", []), f"{path.name}/items"))


def _parse_grid(value: str) -> Size:
    columns, _, rows = value.lower().partition("x")
    if not all(side.isdecimal() and 0 < int(side) <= MAX_GRID_SIDE for side in (columns, rows)):
        raise typer.BadParameter(f"{value!r} is not a size like 24x16", param_hint="--grid")
    return Size(int(columns), int(rows))
