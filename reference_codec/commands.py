"""`misc encode` and `misc decode`. Whatever is slow to import is imported where it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from misc_format.cli.options import taking
from misc_format.cli.outcome import guarded, read_input, remark
from misc_format.registry import ARCHITECTURES, AUTO, METHODS, METRICS, PROFILES
from reference_codec.maps import MAP_MAKERS
from reference_codec.models.sources import ChoiceError, Dtype, Offload, Runtime
from reference_codec.presets import CONVENTIONAL, MAX_PIXELS, PRESETS, USUAL
from reference_codec.text import DESCRIBERS

Profile = StrEnum("Profile", {name: name for name in PRESETS})  # type: ignore[misc]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def _method_names(kind: str) -> dict[str, str]:
    return {name: name for name in (AUTO, *(row.name for row in METHODS if row.kind == kind and row.name != "private"))}


TextMethod = StrEnum("TextMethod", _method_names("text"))  # type: ignore[misc]
MapsMethod = StrEnum("MapsMethod", _method_names("maps"))  # type: ignore[misc]


def _image_names() -> dict[str, str]:
    """Those of the methods, with the codecs in place of codestream."""
    names = {**_method_names("image"), **{name: name for name in CONVENTIONAL}}
    return {name: name for name in names if name != "codestream"}


ImageMethod = StrEnum("ImageMethod", _image_names())  # type: ignore[misc]
Architecture = StrEnum("Architecture", {row.name: row.name for row in ARCHITECTURES if "private" not in row.name})  # type: ignore[misc]
Metric = StrEnum("Metric", {row.name: row.name for row in METRICS})  # type: ignore[misc]
IMAGE_HELP = (
    "How the reference picture is coded; auto: what is most similar to the picture at the profile's rate, of latents and, where the "
    "extra conventional is installed, VVC at half size; a grid where the profile or an option has one. "
    + " ".join(f"{name}: {meaning}." for name, meaning in CONVENTIONAL.items())
)
WEIGHTS_HELP = "Weights of the CompressAI model: a file, or pretrained for those that the library fetches."
Painter = StrEnum("Painter", {name: name for name in ("embedded", *USUAL)})  # type: ignore[misc]
SOURCE = "hub id (OWNER/NAME[@REVISION]) or folder"
PROFILE_HELP = "What the file carries. " + " ".join(
    f"{row.name}: {row.meaning}." for row in PROFILES if row.name in PRESETS
)
Device = Annotated[str, typer.Option(help="Where models run: auto, cpu, cuda, cuda:1, mps.", metavar="NAME")]
Numbers = Annotated[Dtype, typer.Option(help="What models compute in; auto: float16 on a GPU, float32 elsewhere.")]
Offloading = Annotated[
    Offload, typer.Option(help="What waits in main memory for its turn on a small GPU: nothing, models or layers.")
]


def _known(table: dict[str, str]) -> str:
    return ", ".join(f"{name}={source}" if source else name for name, source in table.items())


METHOD_HELP = "Coding method; auto keeps the smallest."


def choices_of(
    profile: Annotated[Profile, typer.Option(help=PROFILE_HELP, metavar="NAME")] = Profile("misc-1"),
    text: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            help='Your description: {"overall": TEXT, "items": [{"name", "detail"}]}.',
            metavar="FILE.json",
        ),
    ] = None,
    maps: Annotated[
        Path | None,
        typer.Option(readable=False, help="Your maps, one an item: 0.png, 1.png, ..., black and white.", metavar="DIR"),
    ] = None,
    describer: Annotated[
        str,
        typer.Option(
            help=f"Who writes the text: {_known(DESCRIBERS)}; another model in the place of the one shown.",
            metavar="NAME[=MODEL]",
        ),
    ] = "embedded",
    endpoint: Annotated[
        str | None,
        typer.Option(
            help="Address of describer endpoint; OPENAI_BASE_URL if left out. The key is OPENAI_API_KEY.", metavar="URL"
        ),
    ] = None,
    map_maker: Annotated[
        str, typer.Option(help=f"Who makes the maps: {_known(MAP_MAKERS)}.", metavar="NAME[=MODEL]")
    ] = "embedded",
    items: Annotated[int | None, typer.Option(min=0, help="Items to describe; if left out, by profile.")] = None,
    words: Annotated[
        int | None, typer.Option(min=1, help="Words of the overall text to ask a model for; if left out, by profile.")
    ] = None,
    detail_words: Annotated[
        int | None, typer.Option(min=1, help="Most words of a detail to ask a model for; if left out, by profile.")
    ] = None,
    device: Device = "auto",
    dtype: Numbers = Dtype.AUTO,
    offload: Offloading = Offload.NONE,
    map_size: Annotated[
        int | None,
        typer.Option(min=1, max=4096, help="Columns and rows of the maps; 8 if left out, or what --maps has."),
    ] = None,
    mask_iou: Annotated[
        float,
        typer.Option(
            min=0.5,
            max=1.0,
            help="Take the cheapest maps found that overlap yours so well (intersection over union).",
            metavar="SHARE",
        ),
    ] = 1.0,
    block: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Pixels of the picture on a side of a grid cell; if left out, by profile."),
    ] = None,
    grid: Annotated[
        str | None,
        typer.Option(help="Columns and rows of a grid stretched over the picture, like 24x16.", metavar="WxH"),
    ] = None,
    depth: Annotated[int | None, typer.Option(min=1, max=8, help="Bits a sample of the grid; 6 if left out.")] = None,
    text_method: Annotated[TextMethod, typer.Option(help=METHOD_HELP)] = TextMethod(AUTO),
    maps_method: Annotated[MapsMethod, typer.Option(help=METHOD_HELP)] = MapsMethod(AUTO),
    image_method: Annotated[ImageMethod, typer.Option(help=IMAGE_HELP, metavar="NAME")] = ImageMethod(AUTO),
    quality: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=127,
            help="In the scale of the --image-method, 0 to 127 for latents; if left out, its default or the profile's rate.",
        ),
    ] = None,
    target_bpp: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="Search the best quality whose image component takes at most this many bits per pixel.",
            metavar="BPP",
        ),
    ] = None,
    reduction: Annotated[
        int, typer.Option(min=1, max=3, help="Reduce the picture to 1 / this of its sides before a conventional codec.")
    ] = 1,
    compressai_arch: Annotated[
        Architecture, typer.Option(help="Architecture for --image-method compressai.", metavar="NAME")
    ] = Architecture("cheng2020-attn"),
    metric: Annotated[Metric, typer.Option(help="What that model was trained for.")] = Metric("mse"),
    weights: Annotated[str | None, typer.Option(help=WEIGHTS_HELP, metavar="FILE")] = None,
    generation: Annotated[
        Path | None,
        typer.Option(
            readable=False, help="Parameters for a generative decoder, as manifest.json has them.", metavar="FILE.json"
        ),
    ] = None,
    record_model: Annotated[
        str | None,
        typer.Option(help=f"Record the weights that the file is to be painted with: {SOURCE}.", metavar="MODEL"),
    ] = None,
    record_controlnet: Annotated[
        str | None, typer.Option(help="The ControlNet that goes with it.", metavar="MODEL")
    ] = None,
    comment: Annotated[str | None, typer.Option(help="A remark to carry along.")] = None,
    checksum: Annotated[bool, typer.Option("--checksum", help="Carry a CRC-32 of the file (6 or 7 bytes).")] = False,
) -> Any:
    """What the options of `misc encode` say: an `encoder.Choices`."""
    from misc_format.coders.generation import plain
    from misc_format.folder import packing, plainfiles
    from reference_codec.encoder import Choices

    if block and grid:
        raise typer.BadParameter("--block and --grid exclude each other")
    codec = image_method.value if image_method.value in CONVENTIONAL else None
    method = image_method.value
    gridded = bool(block or grid or depth) or method == "grid"
    if codec is None and reduction > 1:
        raise typer.BadParameter(f"--reduction needs an --image-method of {', '.join(CONVENTIONAL)}")
    if gridded and (quality is not None or target_bpp is not None):
        raise typer.BadParameter(
            "a grid has no --quality or --target-bpp; leave them out, or --block, --grid and --depth"
        )
    if method == "compressai" and target_bpp is not None:
        raise typer.BadParameter("a model of CompressAI has its --quality; leave out --target-bpp")
    if method not in (AUTO, "grid") and (block or grid or depth):
        raise typer.BadParameter("--block, --grid and --depth are for a grid")
    if quality is not None and target_bpp is not None:
        raise typer.BadParameter("--quality and --target-bpp exclude each other")
    if record_controlnet and not record_model:
        raise typer.BadParameter("--record-controlnet goes with --record-model")
    parameters = plain.from_json(plainfiles.read_json(generation), generation.name) if generation else None
    if record_model:
        parameters = _recorded(parameters, record_model, record_controlnet)
    return Choices(
        profile=profile.value,
        text=_read_text(text) if text else None,
        maps=packing.read_maps(maps).maps if maps else None,
        describer=describer,
        map_maker=map_maker,
        endpoint=endpoint,
        items=items,
        words=words,
        detail_words=detail_words,
        runtime=Runtime(device, dtype, offload),
        map_side=map_size,
        mask_iou=mask_iou,
        block=block,
        cells=_read_cells(grid) if grid else None,
        depth=depth,
        codec=codec,
        target_bpp=target_bpp,
        reduction=reduction,
        generation=parameters,
        comment=comment,
        checksum=checksum,
        architecture=compressai_arch.value,
        quality=quality,
        metric=metric.value,
        weights=weights,
        methods={
            "text": text_method.value,
            "maps": maps_method.value,
            "image": "codestream" if codec else image_method.value,
        },
    )


@guarded
@taking(choices_of)
def encode(
    picture: Annotated[Path, typer.Argument(readable=False, help="A picture in any common format.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            readable=False,
            help="The file to write; PICTURE with .misc if left out.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
    **options: Any,
) -> None:
    """Encode a picture. Without any model: described by its colours, light and regions, and by latents at the rate of the profile."""
    from misc_format import accounting, write
    from misc_format.cli import render
    from misc_format.system.files import write_file
    from reference_codec.encoder import compose
    from reference_codec.pictures.files import load

    target = _other_than(output or picture.with_suffix(".misc"), picture)
    choices = choices_of(**options)
    loaded = load(picture)
    try:
        with _tiles("analysis") as report:
            content, notes = compose(loaded.samples, replace(choices, report=report))
    except ChoiceError as error:
        raise typer.BadParameter(str(error)) from None
    data = write(content)
    write_file(target, data)
    for note in (*loaded.notes, *notes):
        remark(note)
    account = accounting.account(data)
    if as_json:
        render.emit({"file": str(target), **account.as_dict(), "notes": [*loaded.notes, *notes]})
    else:
        render.show(
            render.account_table(account, f"{target}, {account.width}x{account.height}, profile {choices.profile}")
        )


def options_of(
    weights: Annotated[str | None, typer.Option(help=WEIGHTS_HELP, metavar="FILE")] = None,
    decoder: Annotated[
        Painter, typer.Option(help="embedded needs no model; the others are the papers', on Stable Diffusion.")
    ] = Painter("embedded"),
    model: Annotated[
        str | None,
        typer.Option(help=f"Stable Diffusion, {SOURCE}; if left out, the file's or the profile's.", metavar="MODEL"),
    ] = None,
    controlnet: Annotated[
        str | None,
        typer.Option(help=f"ControlNet that sees the reference, {SOURCE}, or DiffBIR's file.", metavar="MODEL"),
    ] = None,
    device: Device = "auto",
    dtype: Numbers = Dtype.AUTO,
    offload: Offloading = Offload.NONE,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse weights that are not the recorded ones.")] = False,
    long_side: Annotated[
        int | None,
        typer.Option(min=64, max=8192, help="Pixels to paint with, where memory is short; if left out, by profile."),
    ] = None,
    as_released: Annotated[
        bool, typer.Option("--as-released", help="As the system's released code, where it departs from its paper.")
    ] = False,
) -> Any:
    """What the options of `misc decode` say about the decoder: its `Options`."""
    from reference_codec.decoders.generative import Options

    runtime = Runtime(device, dtype, offload, strict)
    return Options(decoder.value, model, controlnet, runtime, long_side, as_released, weights)


@guarded
@taking(options_of)
def decode(
    file: Annotated[Path, typer.Argument(readable=False, help="A .misc file; - for standard input.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            readable=False,
            help="The picture to write; FILE with .decoded.png if left out.",
            show_default=False,
        ),
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(readable=False, help="The original picture: write both side by side, too.", metavar="PICTURE"),
    ] = None,
    max_pixels: Annotated[int, typer.Option(min=1, help="Refuse to decode a larger picture.")] = MAX_PIXELS,
    as_json: Json = False,
    **options: Any,
) -> None:
    """Decode a bitstream to a picture of the original size. Without a model: the image as its codec paints it, or a grid made large."""
    from misc_format import accounting, read
    from misc_format.cli import render
    from reference_codec.decoders.generative import Decoder
    from reference_codec.pictures.comparison import side_by_side
    from reference_codec.pictures.files import load, save

    data = read_input(file)
    content = read(data)
    painter = Decoder(options_of(**options))
    with _tiles("painting") as report:
        samples = painter.paint(content, max_pixels, report)
    notes = painter.notes
    # Not FILE with .png: that may well be the original.
    named = output or (Path("decoded.png") if str(file) == "-" else file.with_suffix(".decoded.png"))
    target = _other_than(named, file, compare)
    original = load(compare) if compare else None
    save(samples, target)
    for note in notes:
        remark(note)
    document: dict[str, Any] = {
        "file": str(file),
        "output": str(target),
        "width": content.width,
        "height": content.height,
    }
    if as_json and painter.origin is not None:
        document["weights"] = painter.origin.as_dict()
    if original is not None:
        beside = target.with_name(f"{target.stem}-comparison.png")
        bpp = accounting.account(data).bpp
        save(side_by_side(original.samples, samples, ("original", f"decoded, {bpp:.4f} bpp")), beside)
        document["comparison"] = str(beside)
    if as_json:
        render.emit({**document, "notes": list(notes)})
    else:
        render.say("\n".join(_summary(document, content)))


@contextmanager
def _tiles(name: str) -> Iterator[Callable[[int, int], None]]:
    """Progress over the tiles of a large picture, on standard error, and none for a small one."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, visible=False)
        yield lambda done, count: progress.update(task, completed=done, total=count, visible=count > 1)


def _other_than(output: Path, *inputs: Path | None) -> Path:
    """The output, unless it is one of the inputs."""
    for path in inputs:
        if path is not None and path.exists() and output.exists() and output.samefile(path):
            raise typer.BadParameter(f"{output} is the input; name another file to write", param_hint="--output")
    return output


def _recorded(parameters: Any, model: str, controlnet: str | None) -> Any:
    """Generation parameters that name a model by the digest of its weights."""
    from dataclasses import replace

    from misc_format.components import Generation
    from reference_codec.decoders.generative import digest

    return replace(parameters or Generation(), model=digest(model, controlnet))


def _summary(document: dict[str, Any], content: Any) -> list[str]:
    from misc_format.cli.render import printable
    from misc_format.components import Text

    lines = [f"{document['output']}: {content.width}x{content.height}, profile {content.profile}"]
    if "comparison" in document:
        lines.append(f"{document['comparison']}: original and decoded, side by side")
    if isinstance(content.text, Text):
        spoken = (content.text.overall, *(f"- {item.name}: {item.detail}" for item in content.text.items))
        lines += [printable(line) for line in spoken]
    return lines


def _read_text(path: Path) -> Any:
    from misc_format import MiscError, Text
    from misc_format.coders.text import form
    from misc_format.folder import plainfiles

    values = plainfiles.read_json(path)
    if (
        type(values) is not dict
        or not values.keys() <= {"overall", "items"}
        or type(values.get("overall", "")) is not str
    ):
        raise MiscError(
            "MISC-PCK-003",
            'a description is {"overall": TEXT, "items": [{"name": TEXT, "detail": TEXT}]}',
            path=path.name,
        )
    return Text(values.get("overall", ""), form.read_items(values.get("items", []), f"{path.name}/items"))


def _read_cells(value: str) -> Any:
    from misc_format.components import Size

    columns, _, rows = value.lower().partition("x")
    if not (columns.isdecimal() and rows.isdecimal() and 0 < int(columns) <= 65_535 and 0 < int(rows) <= 65_535):
        raise typer.BadParameter(f"{value!r} is not a size like 24x16", param_hint="--grid")
    return Size(int(columns), int(rows))
