"""Arrays of signed integers (clause 12.9), each value under a model that adapts within the array."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from misc_format import limits
from misc_format.coders import Coder, ContentForm, Opened, opened
from misc_format.coders.folderform import Files, FolderForm, Key, number_in
from misc_format.coders.image import arrayfields
from misc_format.coders.image.codes import whole
from misc_format.components import Integers, Size
from misc_format.errors import MiscError
from misc_format.structure.bits import BitReader, Share
from misc_format.structure.grammar import Field, Syntax
from misc_format.structure.steps import codes

if TYPE_CHECKING:  # numba takes a while to import
    from misc_format.entropy.stepcoder import Encoder

MARK = "values"  # the field of the codeword in reports
# Every varint is the code of a step, and of an offset.
MAX_STEP, MIN_OFFSET = limits.MAX_VARINT + 1, -limits.MAX_INTEGER - 1

INTEGERS_HEADER = Syntax(
    "integers_header",
    "12.9",
    "Integers",
    (
        arrayfields.DIMENSIONS,
        Field("has_scale", "u", 1, "1: step_minus_1 and offset_code are present"),
        Field("reserved", "f", 5, "0", recover=True),
        *arrayfields.SIZES,
        Field("step_minus_1", "v", 0, "what 1 stands for, in units of 2^-16, less 1", when=("has_scale", (1,))),
        Field(
            "offset_code",
            "v",
            0,
            "what 0 stands for, in units of 2^-16: 2 x offset, or -2 x offset - 1 if that is negative",
            when=("has_scale", (1,)),
        ),
    ),
)


def encode(content: Integers, picture: Size) -> bytes:
    return _header_bytes(content) + _encoder(content).codeword()


def _header_bytes(content: Integers) -> bytes:
    """The bytes before the codeword. Raises `MiscError` for content that no file can have."""
    arrayfields.check(arrayfields.faults(content.values.shape, None, 0))
    bounds = {
        "values": int(np.abs(content.values.astype(np.int64)).max()) <= limits.MAX_INTEGER,
        "step": 0 <= content.step <= MAX_STEP,
        "offset": MIN_OFFSET <= content.offset <= limits.MAX_INTEGER,
    }
    if content.offset and not content.step:
        raise MiscError("MISC-ARR-003", "there is an offset and no step; give a step of 1 or more", path="image/offset")
    for name, fits in bounds.items():
        if not fits:
            raise MiscError("MISC-ARR-003", f"{name} is out of bounds", path=f"image/{name}")
    offset = content.offset
    values = arrayfields.size_values(content.values.shape) | {
        "has_scale": int(content.step > 0),
        "step_minus_1": content.step - 1,
        "offset_code": 2 * offset if offset >= 0 else -2 * offset - 1,
    }
    return arrayfields.write(INTEGERS_HEADER, values).to_bytes()


def decode(reader: BitReader, picture: Size) -> Integers:
    content: Integers = open_payload(reader, picture).content
    return content


def open_payload(reader: BitReader, picture: Size) -> Opened:
    from misc_format.coders.image.arrays import integers
    from misc_format.entropy.stepcoder import Decoder

    start = reader.position
    fields = arrayfields.read(INTEGERS_HEADER, reader)
    shape = arrayfields.shape_of(fields)
    arrayfields.check_read(reader, start, arrayfields.faults(shape, None, 0))
    code = fields.get("offset_code", 0)
    reader.path = "image/codeword"
    begin = reader.position
    values = np.zeros(shape, np.int32)
    decoder = Decoder(reader.rest())
    if not integers.walk(decoder, arrayfields.planes(values)):
        reader.fail("MISC-ENT-001", "the codeword fits no symbol", bit_offset=begin)
    decoder.mark(MARK)
    offset = code >> 1 if code % 2 == 0 else -(code + 1 >> 1)
    content = Integers(values, fields.get("step_minus_1", -1) + 1, offset)
    return opened(
        content, decoder, partial(_header_bytes, content), partial(_encoder, content), counts_information=False
    )


def split_bits(content: Integers, picture: Size) -> list[Share]:
    return _encoder(content).shares()


def _encoder(content: Integers) -> Encoder:
    from misc_format.coders.image.arrays import integers
    from misc_format.entropy.stepcoder import Encoder

    encoder = Encoder()
    integers.walk(encoder, arrayfields.planes(np.array(content.values)))
    encoder.mark(MARK)
    return encoder


FILE, SECTION = "image.npy", "integers"
KEYS = (
    Key(
        "step",
        "0 to 4,294,967,296",
        "what 1 stands for, in units of 2^-16; 0 if left out",
        number_in(0, MAX_STEP),
    ),
    Key(
        "offset",
        "-2,147,483,648 to 2,147,483,647",
        "what 0 stands for, in units of 2^-16; 0 if left out",
        number_in(MIN_OFFSET, limits.MAX_INTEGER),
    ),
)


def _read(files: Files) -> Integers:
    return Integers(whole(files.values[FILE], FILE), files.options.get("step", 0), files.options.get("offset", 0))


def _options(content: Integers) -> dict[str, int]:
    return {"step": content.step, "offset": content.offset} if content.step else {}


FORM = ContentForm(
    Integers,
    FolderForm(
        _read, lambda content: Files({FILE: content.values}, _options(content)),
        files=(FILE,), one_file=True, section=SECTION, section_meaning=f"says that {FILE} has integers, see below", keys=KEYS,
    ),
    lambda content: arrayfields.array_symbols(content.values) | _options(content),
)  # fmt: skip
CODER = Coder(
    FORM,
    encode,
    decode,
    split_bits,
    {**arrayfields.SYNTAXES, "image/": INTEGERS_HEADER},
    ("ARR", "ENT"),
    steps=[*arrayfields.steps(INTEGERS_HEADER), codes("integers", MARK)],
    open_payload=open_payload,
)
