"""The file of DiffC: a caption under zlib and the seeds of its steps, which need its own coder and its network to be parsed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misc_format.codecs import layout
from misc_format.codecs.forms import single
from misc_format.codecs.layout import Layout, Length, Number, Octets
from misc_format.codecs.rows import Fields, Form
from misc_format.codecs.texts import deflate, inflate

ZLIB = "the zlib stream of the caption under another release of zlib"
_CAPTION = "zlib_caption"
NEW = Layout("<", (
    Length(_CAPTION), Number("width", "H", 1), Number("height", "H", 1), Number("step_idx", "H"), Octets(_CAPTION), Octets("seeds"),
))  # fmt: skip
OLD = Layout("<", (Length(_CAPTION), Octets(_CAPTION), Octets("seeds")))


def form(name: str, files: str, table: Layout) -> Form:
    """The form of a file with this layout."""

    def read(data: bytes, path: str, settings: Mapping[str, Any]) -> Fields:
        fields = layout.read(table, data, path)
        return fields | {"caption": inflate(fields.pop(_CAPTION), f"{path}/caption")}

    def write(fields: Mapping[str, Any]) -> bytes:
        return layout.write(table, {**fields, _CAPTION: deflate(fields["caption"])})

    needed = tuple(field for field in table.names if field != _CAPTION)
    return single(name, ".diffc", files, needed, read, write, ZLIB, ("caption", "seeds"))
