"""The table of codecs for people and programs, and the comparison of their own bits with those of a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from misc_format.codecs.arrayform import ARRAYS
from misc_format.codecs.catalogue import CODECS
from misc_format.codecs.ownbits import Comparison, Difference
from misc_format.codecs.rows import Codec, Part

Row = tuple[str, ...]


def table(rows: Sequence[Codec]) -> tuple[Row, list[Row]]:
    """Header and body of a table with a line for each codec."""
    header = ("codec", "imports", "parts of the image", "the decoder also needs")
    return header, [(row.name, sources(row), parts(row), row.needs) for row in rows]


def sources(codec: Codec) -> str:
    """The forms that can be imported, in words."""
    return "; ".join([*(form.files for form in codec.forms), "arrays"])


def parts(codec: Codec) -> str:
    """The parts, each with what it holds."""
    return "; ".join(f"{part.label}: {part.holds}" for part in codec.parts)


def own_bits(codec: Codec) -> str:
    """How its own code counts, in words."""
    counted = codec.own if isinstance(codec.own, str) else (codec.own.__doc__ or "").strip().rstrip(".")
    return f"{counted[:1].lower()}{counted[1:]}; divided by {codec.divided_by}"


def details(codec: Codec) -> Iterator[tuple[str, str]]:
    """Title and text of each thing to know about a codec."""
    yield codec.name, f"{codec.title}, {codec.repository}"
    for form in codec.forms:
        yield (
            f"form {form.name}",
            form.files + (f"; an export may differ in {form.exact}" if form.exact else "; exported byte for byte"),
        )
    names = [*dict.fromkeys(name for part in codec.parts for name in _array_names(part)), *codec.tuples]
    yield f"form {ARRAYS}", ", ".join(names)
    for part in codec.parts:
        yield f"part {part.label}", f"{part.holds} ({part.field})"
    for setting in codec.settings:
        yield f"setting {setting.key}", setting.meaning
    yield "also needs", codec.needs
    yield "own bits", own_bits(codec)
    yield "not counted", codec.uncounted


def document(codec: Codec) -> dict[str, Any]:
    """The JSON form of a row."""
    return {
        "name": codec.name,
        "title": codec.title,
        "repository": codec.repository,
        "model": codec.model_name,
        "profile": codec.profile,
        "forms": {form.name: {"files": form.files, "may_differ": form.exact} for form in codec.forms},
        "parts": [
            {
                "label": part.label,
                "array": part.field,
                "content": part.content,
                "holds": part.holds,
                "alphabet": part.alphabet or None,
            }
            for part in codec.parts
        ],
        "settings": {setting.key: setting.meaning for setting in codec.settings},
        "caption": codec.has_text,
        "needs": codec.needs,
        "own_bits": own_bits(codec),
        "uncounted": codec.uncounted,
    }


def comparison(compared: Comparison) -> tuple[Row, list[Row]]:
    """Header and body: own bits, bits of the file and their difference, a line for each component and part, and the sum.

    The bits are also given per pixel: of those that the codec's own code divides by, and of those of the original picture.
    """
    rows = [*compared.lines, Difference("total", compared.own_bits, compared.file_bits, "")]
    header = ("component", "cause", "own bits", "own bpp", "file, bits", "file, bpp", "difference")
    return header, [
        (
            row.path or "its own file", row.cause, _bits(row.own), bpp(compared.own_bpp(row.own)), f"{row.file:,}",
            bpp(compared.file_bpp(row.file)), _gap(row.own, row.file),
        )
        for row in rows
    ]  # fmt: skip


def comparison_document(name: str, compared: Comparison) -> dict[str, Any]:
    """The JSON form of a comparison."""
    codec = CODECS[name]
    return {
        "bits": compared.own_bits,
        "bpp": compared.own_bpp(compared.own_bits),
        "pixels": compared.own_pixels,
        "file_bits": compared.file_bits,
        "file_bpp": compared.file_bpp(compared.file_bits),
        "file_pixels": compared.pixels,
        "reason": compared.reason,
        "counts": own_bits(codec),
        "divided_by": codec.divided_by,
        "uncounted": codec.uncounted,
        "components": [
            {
                "path": line.path, "own_bits": line.own, "own_bpp": compared.own_bpp(line.own), "file_bits": line.file,
                "file_bpp": compared.file_bpp(line.file), "cause": line.cause,
            }
            for line in compared.lines
        ],
    }  # fmt: skip


def remark(name: str, compared: Comparison) -> str:
    """What the codec's own count leaves out, or why there is none."""
    codec = CODECS[name]
    reason = f"Its own bits cannot be computed here: {compared.reason}. " if compared.reason else ""
    return f"{reason}The code of {codec.title} divides by {codec.divided_by}, and leaves out {codec.uncounted}."


def bpp(value: float | None) -> str:
    """Bits per pixel for a table; - if they are not known."""
    return "-" if value is None else f"{value:.5f}"


def _array_names(part: Part) -> tuple[str, ...]:
    return ("strings_0", "strings_1") if part.content == "compressai" else (part.field,)


def _bits(bits: float | None) -> str:
    return "-" if bits is None else f"{bits:,.0f}" if bits == int(bits) else f"{bits:,.1f}"


def _gap(own: float | None, bits: int) -> str:
    return "-" if own is None else f"{bits - own:+,.0f}"
