"""`misc batch encode` and `misc batch decode`: the jobs that need the reference codec. Models are loaded once a worker."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import typer

from misc_format.cli.options import taking
from misc_format.engine.jobs import MISC_BYTES, Job, Task, each
from misc_format.engine.rows import ACCOUNT, Columns, Row
from misc_format.engine.sources import MISC
from misc_format.engine.stores import LostError
from reference_codec.commands import choices_of, options_of
from reference_codec.models.sources import ChoiceError, UnreachableError
from reference_codec.presets import MAX_PIXELS

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".pnm", ".gif", ".jp2", ".avif")
PICTURE_BYTES = 2**30


class PictureFormat(StrEnum):
    """Formats of decoded pictures, all without loss."""

    PNG = "png"
    WEBP = "webp"
    TIF = "tif"


@dataclass(frozen=True)
class Encode:
    """Pictures to bitstreams, under an `encoder.Choices`; `told`: the options that it was made of."""

    choices: Any
    told: dict[str, Any]
    name: str = "encode"
    endings: tuple[str, ...] = PICTURES
    suffix: str = ".misc"
    columns: Columns = (("output", "string"), *ACCOUNT, ("notes", "strings"))
    max_bytes: int = PICTURE_BYTES
    begin: bytes = b""
    group: int = 1
    light: bool = False

    def prepare(self, limited: bool = False) -> Task:
        """Import what is slow, and load the models that the choices name."""
        import misc_format
        from reference_codec.encoder import compose, prepare
        from reference_codec.pictures.files import from_bytes

        choices = prepare(self.choices)

        def one(data: bytes, name: str) -> Row:
            picture = from_bytes(data, name)
            try:
                content, notes = compose(picture.samples, choices)
            except (ChoiceError, UnreachableError) as error:
                raise LostError(str(error)) from error
            made = misc_format.write(content)
            return Row(account=misc_format.account(made), more={"notes": [*picture.notes, *notes]}, output=made)

        return each(one)

    def identity(self) -> dict[str, Any]:
        """The options as the user gave them."""
        return self.told


@dataclass(frozen=True)
class Decode:
    """Bitstreams to pictures, under the `Options` of a decoder; `told`: what they were made of."""

    options: Any
    told: dict[str, Any]
    max_pixels: int = MAX_PIXELS
    suffix: str = ".png"
    name: str = "decode"
    endings: tuple[str, ...] = MISC
    columns: Columns = (("output", "string"), ("width", "int"), ("height", "int"), ("notes", "strings"))
    max_bytes: int = MISC_BYTES
    begin: bytes = b""
    group: int = 1
    light: bool = False

    def prepare(self, limited: bool = False) -> Task:
        """Import what is slow, and load the model that the options name; another one is loaded with the first file that needs it."""
        import misc_format
        from reference_codec.decoders.generative import Decoder
        from reference_codec.pictures.files import to_bytes

        painter = Decoder(self.options)
        painter.load()

        def one(data: bytes, _: str) -> Row:
            content = misc_format.read(data)
            samples = painter.paint(content, self.max_pixels)
            more = {"width": content.width, "height": content.height, "notes": list(painter.notes)}
            return Row(more=more, output=to_bytes(samples, self.suffix))

        return each(one)

    def identity(self) -> dict[str, Any]:
        """The options as the user gave them."""
        return self.told


@taking(choices_of)
def encode(**options: Any) -> Job:
    """Encode many pictures, under the options of misc encode: DEST has a .misc file for each, and their bits in report.parquet."""
    try:
        return Encode(choices_of(**options), _told(options))
    except ChoiceError as error:
        raise typer.BadParameter(str(error)) from None


@taking(options_of)
def decode(
    max_pixels: Annotated[int, typer.Option(min=1, help="Refuse to decode a larger picture.")] = MAX_PIXELS,
    picture_format: Annotated[
        PictureFormat, typer.Option("--format", help="Of the pictures that are written.")
    ] = PictureFormat.PNG,
    **options: Any,
) -> Job:
    """Decode many bitstreams, under the options of misc decode: DEST has a picture for each."""
    told = {**_told(options), "max_pixels": max_pixels, "format": picture_format.value}
    return Decode(options_of(**options), told, max_pixels, f".{picture_format.value}")


def _told(options: dict[str, Any]) -> dict[str, Any]:
    """Options as JSON."""
    return {
        name: value if isinstance(value, int | float | str | None) else str(value) for name, value in options.items()
    }
