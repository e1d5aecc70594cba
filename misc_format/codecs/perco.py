"""The pickle of PerCo (SD): a dictionary of three pickles, the caption, the codes, and the size of the resized picture.

The grid and the number of codes are not written. They follow from the length of the codes' stream.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any, NamedTuple

from misc_format.codecs.bitpacking import is_uniform, pack_uniform, uniform_bytes, unpack_uniform
from misc_format.codecs.faults import content_fault, source_fault
from misc_format.codecs.pickles import read_pickle
from misc_format.codecs.rows import Fields
from misc_format.codecs.texts import deflate, inflate

PROTOCOL = 4  # the default of Python 3.8 to 3.13
SIDE = 512  # every picture is resized to this square
ZLIB_LEVEL = 9


class Rate(NamedTuple):
    """A model: its rate in bits per pixel, the side of its grid, and the number of codes."""

    rate: float
    side: int
    alphabet: int


RATES = (
    Rate(0.1250, 64, 256), Rate(0.0937, 64, 64), Rate(0.0507, 32, 8196), Rate(0.0313, 32, 256), Rate(0.0098, 16, 1024),
    Rate(0.0024, 8, 1024), Rate(0.0019, 8, 256),
)  # fmt: skip
GRIDS = ", ".join(f"{row.side}x{row.side} of {row.alphabet:,}" for row in RATES if is_uniform(row.alphabet))
_BY_BYTES = {uniform_bytes(row.side**2, row.alphabet): row for row in RATES if is_uniform(row.alphabet)}
_UNEVEN = RATES[2]  # its alphabet is no power of two: the stream depends on the rounding of floats and is kept as it is
_UNEVEN_BYTES = range(1_600, 1_740)


def read(data: bytes, path: str, settings: Mapping[str, Any]) -> Fields:
    """The caption and the codes. Raises `MiscError`."""
    outer = read_pickle(data, path)
    if (
        type(outer) is not dict
        or outer.keys() != {0, 1, 2}
        or any(type(value) is not bytes for value in outer.values())
    ):
        raise source_fault("the pickle is not a dictionary of 0, 1 and 2 with a pickle each", path)
    text, codes, size = (read_pickle(outer[key], f"{path}/{key}") for key in range(3))
    if type(text) is not bytes or type(codes) is not bytes or size != (SIDE, SIDE):
        raise source_fault(f"the pickles are not bytes, bytes and the size ({SIDE}, {SIDE})", path)
    return {"caption": inflate(text, f"{path}/0"), **_codes(codes, f"{path}/1")}


def write(fields: Mapping[str, Any]) -> bytes:
    """The pickle."""
    values = (deflate(fields["caption"], ZLIB_LEVEL), stream_of(fields), (SIDE, SIDE))
    return pickle.dumps({key: pickle.dumps(value, PROTOCOL) for key, value in enumerate(values)}, PROTOCOL)


def complete(fields: Fields) -> Fields:
    """With the grid of the codes that are kept as a string: one model has such codes."""
    return {"index_rows": _UNEVEN.side, "index_columns": _UNEVEN.side, **fields} if "index_string" in fields else fields


def has_model(fields: Mapping[str, Any]) -> bool:
    """Whether a model of PerCo has this grid of codes."""
    if "index_string" in fields:
        return True
    codes, alphabet = fields["indices"], int(fields["alphabet"])
    return is_uniform(alphabet) and (codes.shape[-2:], alphabet) in [((row.side,) * 2, row.alphabet) for row in RATES]


def stream_of(fields: Mapping[str, Any]) -> bytes:
    """The stream of torchac with the codes. Raises `MiscError` for codes that no model of PerCo has."""
    if "index_string" in fields:
        if len(fields["index_string"]) not in _UNEVEN_BYTES:
            has = f"the string of the codes has {len(fields['index_string']):,} bytes"
            raise content_fault(f"{has}; the model of {_UNEVEN.alphabet:,} codes writes about 1,665", "image")
        return bytes(fields["index_string"])
    codes, alphabet = fields["indices"], int(fields["alphabet"])
    if not has_model(fields):
        rows, columns = codes.shape[-2:]
        message = f"no model of PerCo has a grid of {rows}x{columns} of {alphabet:,} codes; they have {GRIDS}"
        raise content_fault(message, "image")
    return pack_uniform(codes, alphabet)


def _codes(data: bytes, path: str) -> Fields:
    if row := _BY_BYTES.get(len(data)):
        values = unpack_uniform(data, row.side**2, row.alphabet, path)
        return {"indices": values.reshape(row.side, row.side), "alphabet": row.alphabet}
    if len(data) not in _UNEVEN_BYTES:
        sizes = ", ".join(f"{size:,}" for size in sorted(_BY_BYTES))
        raise source_fault(
            f"the codes have {len(data):,} bytes; the models of PerCo write {sizes}, or about 1,665", path
        )
    return {"index_string": data}
