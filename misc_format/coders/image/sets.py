"""Sets of indices (clause 12.8): the sets of an array, each at the cost of one of all sets of its size."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from misc_format import limits
from misc_format.coders import Coder, ContentForm, Opened, opened
from misc_format.coders.folderform import MANIFEST, Files, FolderForm, Key, number_in
from misc_format.coders.image import arrayfields
from misc_format.coders.image.codes import whole
from misc_format.components import Sets, Size
from misc_format.errors import MiscError
from misc_format.structure.bits import BitReader, Share
from misc_format.structure.grammar import Field, Syntax
from misc_format.structure.steps import check, codes, let

if TYPE_CHECKING:  # numba takes a while to import
    from collections.abc import Iterator, Sequence

    from misc_format.entropy.stepcoder import Encoder

MARK = "sets"  # the field of the codeword in reports
MAX_ALPHABET = limits.MAX_SET_STEPS

SETS_HEADER = Syntax(
    "sets_header",
    "12.8",
    "Sets",
    (
        arrayfields.DIMENSIONS,
        Field("reserved", "f", 1, "0", recover=True),
        *arrayfields.ALPHABET,
        *arrayfields.SIZES,
    ),
)


def encode(content: Sets, picture: Size) -> bytes:
    return _header_bytes(content) + _encoder(content).codeword()


def _header_bytes(content: Sets) -> bytes:
    """The bytes before the codeword. Raises `MiscError` for content that no file can have."""
    shape = content.values.shape
    arrayfields.check(_faults(shape, content.alphabet))
    rows = content.values.reshape(-1, shape[-1]).astype(np.int64)
    if (np.diff(rows) <= 0).any():
        raise MiscError("MISC-ARR-003", "a set is not in strictly ascending order", path="image/sets")
    if int(rows[:, -1].max()) >= content.alphabet:
        message = f"index {int(rows[:, -1].max()):,} is not below the alphabet, {content.alphabet:,}"
        raise MiscError("MISC-ARR-003", message, path="image/sets")
    values = arrayfields.size_values(shape) | arrayfields.alphabet_values(content.alphabet)
    return arrayfields.write(SETS_HEADER, values).to_bytes()


def decode(reader: BitReader, picture: Size) -> Sets:
    content: Sets = open_payload(reader, picture).content
    return content


def open_payload(reader: BitReader, picture: Size) -> Opened:
    from misc_format.coders.image.arrays import sets
    from misc_format.entropy.stepcoder import Decoder

    start = reader.position
    fields = arrayfields.read(SETS_HEADER, reader)
    shape, alphabet = arrayfields.shape_of(fields), arrayfields.alphabet_of(fields)
    arrayfields.check_read(reader, start, _faults(shape, alphabet))
    reader.path = "image/codeword"
    begin = reader.position
    values = np.zeros(shape, np.uint32)
    decoder = Decoder(reader.rest())
    if not sets.walk(decoder, values.reshape(-1, shape[-1]), alphabet):
        reader.fail("MISC-ENT-001", "the codeword fits no symbol", bit_offset=begin)
    decoder.mark(MARK)
    content = Sets(values, alphabet)
    return opened(content, decoder, partial(_header_bytes, content), partial(_encoder, content))


def split_bits(content: Sets, picture: Size) -> list[Share]:
    return _encoder(content).shares()


def _encoder(content: Sets) -> Encoder:
    from misc_format.coders.image.arrays import sets
    from misc_format.entropy.stepcoder import Encoder

    encoder = Encoder()
    sets.walk(encoder, content.values.reshape(-1, content.values.shape[-1]), content.alphabet)
    encoder.mark(MARK)
    return encoder


def _faults(shape: Sequence[int], alphabet: int) -> Iterator[tuple[str, str, str]]:
    yield from arrayfields.faults(shape, alphabet, MAX_ALPHABET)
    if len(shape) < 2:
        yield "MISC-ARR-004", "image", "an array of sets has two dimensions or more; the last one is within a set"
    if shape[-1] > alphabet:
        yield "MISC-ARR-004", "image", f"a set of {shape[-1]:,} members does not fit an alphabet of {alphabet:,}"
    steps = prod(shape[:-1]) * alphabet
    if steps > limits.MAX_SET_STEPS:
        yield "MISC-ARR-004", "image", f"{steps:,} steps are more than {limits.MAX_SET_STEPS:,}"


FILE, SECTION = "image.npy", "sets"
KEYS = (Key("alphabet", "2 to 16,777,216, required", "number of indices", number_in(2, MAX_ALPHABET)),)


def _read(files: Files) -> Sets:
    if "alphabet" not in files.options:
        raise MiscError("MISC-PCK-002", "alphabet is missing", path=f"{MANIFEST}/{SECTION}")
    return Sets(whole(files.values[FILE], FILE), files.options["alphabet"])


def _symbols(content: Sets) -> dict[str, Any]:
    return {**arrayfields.array_symbols(content.values), "alphabet": content.alphabet}


FORM = ContentForm(
    Sets,
    FolderForm(
        _read, lambda content: Files({FILE: content.values}, {"alphabet": content.alphabet}),
        files=(FILE,), one_file=True, section=SECTION, section_meaning=f"says that {FILE} has sets, see below", keys=KEYS,
    ),
    _symbols,
)  # fmt: skip
STEPS = [
    *arrayfields.steps(SETS_HEADER, MAX_ALPHABET),
    let("members", ["last", "size", "size_minus_1"]),
    check("MISC-ARR-004", ["=", "dimensions_minus_1", 0]),
    check("MISC-ARR-004", [">", "members", "alphabet"]),
    check("MISC-ARR-004", [">", ["*", ["/", "values", "members"], "alphabet"], "MAX_SET_STEPS"]),
    codes("sets", MARK),
]

CODER = Coder(
    FORM,
    encode,
    decode,
    split_bits,
    {**arrayfields.SYNTAXES, "image/": SETS_HEADER},
    ("ARR", "ENT"),
    open_payload=open_payload,
    steps=STEPS,
)
