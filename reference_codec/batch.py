"""`misc batch encode` and `misc batch decode`: the jobs that need the reference codec. Each worker loads models once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import typer

from misc_format import account, read, write
from misc_format.cli.options import with_options_of
from misc_format.engine.jobs import Job, Task, file_by_file
from misc_format.engine.rows import ACCOUNT, Columns, Row
from misc_format.engine.sources import MISC_ENDINGS
from misc_format.engine.stores import UnavailableError
from misc_format.painting import MAX_PIXELS
from misc_format.pictures import from_bytes, icc_of
from misc_format.pictures.formats import EXTENSIONS
from misc_format.system.reading import MAX_FILE_BYTES
from reference_codec.commands.decode_options import options_from
from reference_codec.commands.encode_options import choices_from
from reference_codec.decoder import Decoder, Options
from reference_codec.encoder import Choices, Encoder
from reference_codec.errors import ChoiceError, UnreachableError
from reference_codec.pictures.files import to_bytes

MAX_PICTURE_BYTES = 2**30


class PictureFormat(StrEnum):
    """Formats of decoded pictures, all lossless."""

    PNG = "png"
    WEBP = "webp"
    TIF = "tif"


@dataclass(frozen=True)
class Encode:
    """Pictures to bitstreams. `options`: those of the command, as JSON, from which the choices were made."""

    choices: Choices
    options: dict[str, Any]
    name: str = "encode"
    endings: tuple[str, ...] = EXTENSIONS
    suffix: str = ".misc"
    columns: Columns = (("output", "string"), *ACCOUNT, ("notes", "strings"))
    max_bytes: int = MAX_PICTURE_BYTES
    signature: bytes = b""
    group: int = 1
    light: bool = False

    def prepare(self, limited: bool = False) -> Task:
        """Load the models that the choices name."""
        encoder = Encoder(self.choices)
        encoder.load()

        def encode_picture(data: bytes, name: str) -> Row:
            picture = from_bytes(data, name, keep_icc=self.choices.keep_icc)
            try:
                composed = encoder.compose(picture.samples, icc=picture.icc)
            except (ChoiceError, UnreachableError) as error:
                raise UnavailableError(str(error)) from error
            output = write(composed.stream)
            return Row(account=account(output), columns={"notes": [*picture.notes, *composed.notes]}, output=output)

        return file_by_file(encode_picture)

    def identity(self) -> dict[str, Any]:
        """The options of the command."""
        return self.options


@dataclass(frozen=True)
class Decode:
    """Bitstreams to pictures. `options`: those of the command, as JSON, from which the decoder's were made."""

    decoder_options: Options
    options: dict[str, Any]
    max_pixels: int = MAX_PIXELS
    suffix: str = ".png"
    name: str = "decode"
    endings: tuple[str, ...] = MISC_ENDINGS
    columns: Columns = (("output", "string"), ("width", "int"), ("height", "int"), ("notes", "strings"))
    max_bytes: int = MAX_FILE_BYTES
    signature: bytes = b""
    group: int = 1
    light: bool = False

    def prepare(self, limited: bool = False) -> Task:
        """Load the model that the options name. Another model is loaded with the first file that needs it."""
        decoder = Decoder(self.decoder_options)
        decoder.load()

        def decode_file(data: bytes, _: str) -> Row:
            content = read(data)
            samples = decoder.paint(content, self.max_pixels)
            columns = {"width": content.width, "height": content.height, "notes": list(decoder.notes)}
            return Row(columns=columns, output=to_bytes(samples, self.suffix, icc_of(content)))

        return file_by_file(decode_file)

    def identity(self) -> dict[str, Any]:
        """The options of the command."""
        return self.options


@with_options_of(choices_from)
def encode(**options: Any) -> Job:
    """Encode many pictures, with the options of misc encode. DEST has one .misc file per picture; report.parquet has their bits."""
    return Encode(choices_from(**options), _as_json(options))


@with_options_of(options_from)
def decode(
    max_pixels: Annotated[int, typer.Option(min=1, help="Refuse a picture with more pixels.")] = MAX_PIXELS,
    picture_format: Annotated[
        PictureFormat, typer.Option("--format", help="Format of the pictures that are written.")
    ] = PictureFormat.PNG,
    **options: Any,
) -> Job:
    """Decode many bitstreams, with the options of misc decode. DEST has one picture per file."""
    identity = {**_as_json(options), "max_pixels": max_pixels, "format": picture_format.value}
    return Decode(options_from(**options), identity, max_pixels, f".{picture_format.value}")


def _as_json(options: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, int | float | str | None) else str(value) for name, value in options.items()
    }
