"""Arrays of codes (clauses 12.2 to 12.7): what their methods have in common. Each method has its own way to code the values."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format import limits
from misc_format.coders import Coder, ContentForm, Opened, opened
from misc_format.coders.folderform import MANIFEST, Files, FolderForm, Key, number_in
from misc_format.coders.image import arrayfields
from misc_format.components import Codes, Size
from misc_format.errors import MiscError
from misc_format.structure.bits import BitReader, Share
from misc_format.structure.grammar import Field, Syntax, parse
from misc_format.structure.steps import CODEWORD, Step, repeat

if TYPE_CHECKING:  # numba takes a while to import
    from misc_format.entropy.stepcoder import Coder as StepCoder
    from misc_format.entropy.stepcoder import Decoder, Encoder

DIGEST_BYTES = 8
MARK = "codes"  # the field of the codeword in reports
Values = NDArray[np.uint32]
Walk = Callable[
    ["StepCoder", Values, int], bool
]  # codes an array under an alphabet; False: the codeword fits no symbol

CODES_HEADER = Syntax(
    "codes_header",
    "12.2",
    "Codes",
    (
        arrayfields.DIMENSIONS,
        Field("has_labels", "u", 1, "1: a label for each code follows the sizes"),
        *arrayfields.ALPHABET,
        *arrayfields.SIZES,
    ),
)
CODE_LABEL = Syntax("code_label", "12.2", "Label of a code", (Field("label", "s", 0, "what the code stands for"),))
CODE_TABLE = Syntax(
    "code_table",
    "12.4",
    "Table of a static code",
    (Field("table_digest", "u", 8 * DIGEST_BYTES, "the first bytes of the SHA-256 of the file of the table"),),
)

SYNTAXES = {"image/labels/": CODE_LABEL, **arrayfields.SYNTAXES, "image/": CODES_HEADER}


class Header(NamedTuple):
    """The fields before the codeword."""

    shape: tuple[int, ...]
    alphabet: int
    labels: tuple[str, ...] = ()


def write_header(content: Codes, max_alphabet: int) -> bytes:
    """The bytes before the codeword. Raises `MiscError` for content that no file can have."""
    arrayfields.check(arrayfields.faults(content.values.shape, content.alphabet, _max_alphabet(content, max_alphabet)))
    if content.labels and len(content.labels) != content.alphabet:
        message = f"there are {len(content.labels)} labels for {content.alphabet:,} codes"
        raise MiscError("MISC-ARR-003", message, path="image/labels")
    if int(content.values.max()) >= content.alphabet:
        message = f"code {int(content.values.max()):,} is not below the alphabet, {content.alphabet:,}"
        raise MiscError("MISC-ARR-003", message, path="image/codes")
    values = arrayfields.size_values(content.values.shape) | arrayfields.alphabet_values(content.alphabet)
    writer = arrayfields.write(CODES_HEADER, values | {"has_labels": int(bool(content.labels))})
    for index, label in enumerate(content.labels):
        try:
            data = label.encode()
        except UnicodeEncodeError as error:
            message = f"character {error.start} is a lone surrogate"
            raise MiscError("MISC-ANC-003", message, path=f"image/labels/{index}/label") from None
        writer.varint(len(data))
        writer.octets(data)
    return writer.to_bytes()


def read_header(reader: BitReader, max_alphabet: int) -> Header:
    """The fields before the codeword. Raises `MiscError`."""
    start = reader.position
    values = arrayfields.read(CODES_HEADER, reader)
    header = Header(arrayfields.shape_of(values), arrayfields.alphabet_of(values))
    bound = limits.MAX_LABELS if values["has_labels"] else max_alphabet
    arrayfields.check_read(reader, start, arrayfields.faults(header.shape, header.alphabet, bound))
    if not values["has_labels"]:
        return header
    labels = (parse(CODE_LABEL, reader, prefix=f"image/labels/{index}/")["label"] for index in range(header.alphabet))
    return header._replace(labels=tuple(labels))


def steps(limit: str) -> list[Step]:
    """The steps through the fields of codes, and their labels. `limit`: the name of the limit of the alphabet."""
    return [
        *arrayfields.steps(CODES_HEADER, ["if", "has_labels", "MAX_LABELS", limit]),
        repeat("labels", CODE_LABEL, ["if", "has_labels", "alphabet", 0], "labels/{i}/"),
    ]


def codes_coder(
    walk: Callable[[], Walk],
    limit: str = "MAX_MODELLED_ALPHABET",
    *,
    counts_information: bool = True,
    codeword: Step = CODEWORD,
) -> Coder[Codes]:
    """The coder of a method. `walk` imports and returns its way to code an array. `limit`: the name of the limit of its alphabet.

    `counts_information`: whether it counts the information content when it decodes, too. `codeword`: the step that reads the codeword.
    """
    max_alphabet: int = getattr(limits, limit)

    def encode(content: Codes, picture: Size) -> bytes:
        return write_header(content, max_alphabet) + encoded(content, walk()).codeword()

    def decode(reader: BitReader, picture: Size) -> Codes:
        return decode_values(reader, read_header(reader, max_alphabet), walk())[0]

    def open_payload(reader: BitReader, picture: Size) -> Opened:
        content, decoder = decode_values(reader, read_header(reader, max_alphabet), walk())
        header = partial(write_header, content, max_alphabet)
        again = partial(encoded, content, walk())
        return opened(content, decoder, header, again, counts_information=counts_information)

    def split_bits(content: Codes, picture: Size) -> list[Share]:
        return encoded(content, walk()).shares()

    return Coder(
        FORM, encode, decode, split_bits, SYNTAXES, ("ARR", "ENT"),
        open_payload=open_payload, steps=[*steps(limit), codeword],
    )  # fmt: skip


def decode_values(reader: BitReader, header: Header, walk: Walk) -> tuple[Codes, Decoder]:
    """The codes of the codeword up to the end of the reader's window, and its decoder. Raises `MiscError`."""
    from misc_format.entropy.stepcoder import Decoder

    reader.path = "image/codeword"
    start = reader.position
    values = np.zeros(header.shape, np.uint32)
    decoder = Decoder(reader.rest())
    if not walk(decoder, values, header.alphabet):
        reader.fail("MISC-ENT-001", "the codeword fits no symbol", bit_offset=start)
    decoder.mark(MARK)
    return Codes(values, header.alphabet, header.labels), decoder


def encoded(content: Codes, walk: Walk) -> Encoder:
    """An encoder with the whole array encoded."""
    from misc_format.entropy.stepcoder import Encoder

    encoder = Encoder()
    walk(encoder, np.array(content.values), content.alphabet)  # a copy, because a walk may write into it
    encoder.mark(MARK)
    return encoder


def _max_alphabet(content: Codes, max_alphabet: int) -> int:
    return limits.MAX_LABELS if content.labels else max_alphabet


FILE, SECTION = "image.npy", "codes"
KEYS = (
    Key("alphabet", "2 to 4,294,967,296, required", "number of codes", number_in(2, limits.MAX_ALPHABET)),
    Key(
        "labels",
        "list of texts",
        "what each code stands for",
        lambda value: type(value) is list and all(type(label) is str for label in value),
    ),
    Key(
        "table",
        "16 hexadecimal digits",
        "digest of the table of method codes-static",
        lambda value: type(value) is str and re.fullmatch("[0-9a-f]{16}", value) is not None,
    ),
)


def _read(files: Files) -> Codes:
    values, options = files.values[FILE], files.options
    if "alphabet" not in options:
        raise MiscError("MISC-PCK-002", "alphabet is missing", path=f"{MANIFEST}/{SECTION}")
    return Codes(whole(values, FILE), options["alphabet"], tuple(options.get("labels", ())), options.get("table", ""))


def whole(values: NDArray[Any], path: str) -> NDArray[Any]:
    """An array of integers of any type. Raises `MiscError` for other numbers."""
    if values.dtype.kind not in "iu":
        raise MiscError("MISC-PCK-003", f"the elements are {values.dtype}, not integers", path=path)
    return values


def _write(content: Codes) -> Files:
    labels = {"labels": list(content.labels)} if content.labels else {}
    table = {"table": content.table} if content.table else {}
    return Files({FILE: content.values}, {"alphabet": content.alphabet, **labels, **table})


def _symbols(content: Codes) -> dict[str, Any]:
    labels = {"labels": list(content.labels)} if content.labels else {}
    return {**arrayfields.array_symbols(content.values), "alphabet": content.alphabet, **labels}


FORM = ContentForm(
    Codes,
    FolderForm(
        _read, _write, files=(FILE,), one_file=True, section=SECTION,
        section_meaning=f"says that {FILE} has codes, see below", keys=KEYS,
    ),
    _symbols,
)  # fmt: skip
