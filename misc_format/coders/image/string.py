"""A string of any entropy coder (clause 12.10). Only its codec can decode it; the frame tells whether it is whole."""

from __future__ import annotations

from typing import Any

from misc_format.coders import Coder, ContentForm
from misc_format.coders.folderform import Files, FolderForm, Key, name_or_number
from misc_format.coders.image import arrayfields
from misc_format.components import CodedString, Size
from misc_format.components.arrays import MAX_DIMENSIONS
from misc_format.errors import MiscError
from misc_format.registry import ENTROPY_CODERS
from misc_format.structure.bits import BitReader, Share
from misc_format.structure.grammar import Field, Syntax
from misc_format.structure.steps import rest

NAME_OF_CODER = {row.id: row.name for row in ENTROPY_CODERS}
CODER_OF_NAME = {row.name: row.id for row in ENTROPY_CODERS}

STRING_HEADER = Syntax(
    "string_header",
    "12.10",
    "String of any codec",
    (
        Field(
            "entropy_coder",
            "u",
            5,
            "registered number of the entropy coder; it is information, and no value is refused",
            table="entropy_coders",
        ),
        Field(
            "dimensions",
            "u",
            3,
            "dimensions of the array that the string holds; 0: they are not stated",
            allowed=range(MAX_DIMENSIONS + 1),
            rule="MISC-ARR-002",
        ),
        Field(
            "size", group=arrayfields.ARRAY_SIZE, repeat=("dimensions", 0), meaning="the sizes, the last dimension last"
        ),
    ),
)


def encode(content: CodedString, picture: Size) -> bytes:
    number = content.coder if isinstance(content.coder, int) else CODER_OF_NAME.get(content.coder)
    if number is None or not 0 <= number < 32:
        message = (
            f"{content.coder!r} is not an entropy coder; use one of {', '.join(CODER_OF_NAME)}, or a number below 32"
        )
        raise MiscError("MISC-ARR-003", message, path="image/entropy_coder")
    if content.shape and min(content.shape) < 1:
        raise MiscError("MISC-ARR-003", f"the shape is {content.shape}", path="image/size")
    arrayfields.check(arrayfields.faults(content.shape or (1,), None, 0))
    sizes = [{"size_minus_1": size - 1} for size in content.shape]
    values = {"entropy_coder": number, "dimensions": len(sizes), "size": sizes}
    return arrayfields.write(STRING_HEADER, values).to_bytes() + content.data


def decode(reader: BitReader, picture: Size) -> CodedString:
    start = reader.position
    fields = arrayfields.read(STRING_HEADER, reader)
    shape = arrayfields.shape_of(fields)
    arrayfields.check_read(reader, start, arrayfields.faults(shape or (1,), None, 0))
    number: int = fields["entropy_coder"]
    coder: str | int = NAME_OF_CODER.get(number) or number
    return CodedString(reader.rest(), coder, shape)


def split_bits(content: CodedString, picture: Size) -> list[Share]:
    bits = 8 * len(content.data)
    return [Share("string", bits, None, f"{len(content.data)} bytes")]


FILE, SECTION = "image.bin", "string"
KEYS = (
    Key("coder", "name or number", "entropy coder; unknown if left out", name_or_number(0)),
    Key(
        "shape",
        "list of up to four numbers",
        "shape of the array that the string holds; left out if it is not stated",
        lambda value: type(value) is list and all(type(size) is int for size in value),
    ),
)


def _read(files: Files) -> CodedString:
    return CodedString(files.values[FILE], files.options.get("coder", "unknown"), tuple(files.options.get("shape", ())))


def _options(content: CodedString) -> dict[str, Any]:
    return {"coder": content.coder} | ({"shape": list(content.shape)} if content.shape else {})


FORM = ContentForm(
    CodedString,
    FolderForm(
        _read, lambda content: Files({FILE: content.data}, _options(content)),
        files=(FILE,), one_file=True, section=SECTION, section_meaning=f"says that {FILE} is a string of a codec, see below",
        keys=KEYS,
    ),
    lambda content: _options(content) | {"data": content.data.hex()},
)  # fmt: skip
STEPS = [*arrayfields.steps(STRING_HEADER), rest("string")]

CODER = Coder(
    FORM, encode, decode, split_bits, {**arrayfields.SYNTAXES, "image/": STRING_HEADER}, ("ARR",), steps=STEPS
)
