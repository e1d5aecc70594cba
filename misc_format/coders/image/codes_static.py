"""Codes under a table of the user's own, which the payload names by its digest (clause 12.4)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial

from misc_format.coders import Coder, Opened, Outside, opened
from misc_format.coders.image import codes, codetables
from misc_format.coders.image.codes import CODE_TABLE, DIGEST_BYTES, Values, Walk
from misc_format.coders.image.codetables import CodeTable
from misc_format.components import Codes, Size
from misc_format.errors import MiscError
from misc_format.limits import MAX_MODELLED_ALPHABET
from misc_format.structure.bits import BitReader, BitWriter, Share
from misc_format.structure.grammar import build, parse
from misc_format.structure.steps import CODEWORD, fields
from misc_format.tables import TableError

PATH = "image/table_digest"


def encode(content: Codes, picture: Size) -> bytes:
    table = _table_for(content)
    return _header_bytes(content, table) + codes.encoded(content, _walk(table)).codeword()


def _header_bytes(content: Codes, table: CodeTable) -> bytes:
    """The bytes before the codeword. Raises `MiscError` for content that no file can have."""
    header = codes.write_header(content, MAX_MODELLED_ALPHABET)
    writer = BitWriter()
    build(CODE_TABLE, writer, {"table_digest": int(table.digest, 16)}, prefix="image/")
    return header + writer.to_bytes()


def decode(reader: BitReader, picture: Size) -> Codes:
    content: Codes = open_payload(reader, picture).content
    return content


def open_payload(reader: BitReader, picture: Size) -> Opened:
    header = codes.read_header(reader, MAX_MODELLED_ALPHABET)
    digest = _digest(reader)
    table = codetables.table_of(digest)
    if table is None:
        reader.fail("MISC-ARR-005", f"there is no table with the digest {digest}", path=PATH)
    if table.alphabet != header.alphabet:
        message = f"table {digest} has {table.alphabet:,} codes, and the array {header.alphabet:,}"
        reader.fail("MISC-ARR-005", message, path=PATH)
    unnamed, decoder = codes.decode_values(reader, header, _walk(table))
    content = replace(unnamed, table=digest)
    return opened(
        content, decoder, partial(_header_bytes, content, table), partial(codes.encoded, content, _walk(table))
    )


def split_bits(content: Codes, picture: Size) -> list[Share]:
    return codes.encoded(content, _walk(_table_for(content))).shares()


def _table_for(content: Codes) -> CodeTable:
    """The table that the content names, or the only known one with its alphabet. Raises `MiscError`."""
    known = codetables.tables()
    fitting = [table for table in known if table.digest == content.table] if content.table else [
        table for table in known if table.alphabet == content.alphabet
    ]  # fmt: skip
    if len(fitting) != 1 or fitting[0].alphabet != content.alphabet:
        wanted = f"with the digest {content.table} and " if content.table else ""
        wanted += f"of {content.alphabet:,} codes"
        message = (
            f"{len(fitting)} known tables are {wanted}; name one" if len(fitting) > 1 else f"no known table is {wanted}"
        )
        raise MiscError("MISC-ARR-005", message, path=PATH)
    return fitting[0]


def _walk(table: CodeTable) -> Walk:
    from misc_format.coders.image.arrays import static
    from misc_format.entropy.stepcoder import Coder as StepCoder

    def walk(coder: StepCoder, values: Values, alphabet: int) -> bool:
        return static.walk(coder, values.reshape(-1), table.below)

    return walk


def _digest(reader: BitReader) -> str:
    return f"{parse(CODE_TABLE, reader, prefix='image/')['table_digest']:0{2 * DIGEST_BYTES}x}"


def _outside(reader: BitReader, picture: Size) -> list[Outside]:
    codes.read_header(reader, MAX_MODELLED_ALPHABET)
    digest, table = _digest(reader), None
    # Nothing is decoded here, so that a table which cannot be read leaves its size unknown.
    with suppress(OSError, TableError):
        table = codetables.table_of(digest)
    return [Outside("table of codes", digest, table.size if table else None)]


STEPS = [*codes.steps("MAX_MODELLED_ALPHABET"), fields(CODE_TABLE), CODEWORD]

CODER = Coder(
    codes.FORM, encode, decode, split_bits,
    {"image/table": CODE_TABLE, **codes.SYNTAXES},
    ("ARR", "ENT"), clauses=("12.3",), open_payload=open_payload, outside=_outside, steps=STEPS,
)  # fmt: skip
