"""Conventional codestreams (clause 11): one byte, then the bytes of the codestream that a registered template does not restore.

An encoder takes the template with which the fewest bytes are stored. The entropy-coded data of a codestream are not parsed: they are
content, and every byte is kept.
"""

from __future__ import annotations

import hashlib
from typing import Any

from misc_format import limits
from misc_format.coders import Coder, ContentForm
from misc_format.coders.folderform import Files, FolderForm, Key, number_in, split_name
from misc_format.coders.image.codedsize import coded
from misc_format.coders.image.formats import FORMAT_OF_ENDING, FORMATS, reduced
from misc_format.coders.image.templates import MisfitError, match, parts_for, restore, table, templates
from misc_format.components import Codestream, Size
from misc_format.errors import MiscError
from misc_format.structure.bits import BitReader, BitWriter, Share
from misc_format.structure.grammar import Field, Syntax, build, parse
from misc_format.structure.steps import fields, rest

CODESTREAM_HEADER = Syntax(
    "codestream_header",
    "11.2",
    "Codestream",
    (
        Field(
            "reduction_minus_1", "u", 2, "0 to 2: the picture was reduced to a whole, a half, a third of its sides before it "
            "was encoded; 3: reject", allowed=range(3), rule="MISC-CDS-002",
        ),
        Field("template", "u", 6, "registered number of the template, which tells the format, too; others: reject",
              allowed=range(len(table().templates)), rule="MISC-CDS-001", table="codestream_templates"),
    ),
)  # fmt: skip


def encode(content: Codestream, picture: Size) -> bytes:
    writer = BitWriter()
    number, stored = _best_template(content, picture)
    build(CODESTREAM_HEADER, writer, {"reduction_minus_1": content.reduction - 1, "template": number}, prefix="image/")
    return writer.to_bytes() + stored


def decode(reader: BitReader, picture: Size) -> Codestream:
    values = parse(CODESTREAM_HEADER, reader, prefix="image/")
    reader.path, start = "image/codestream", reader.position
    template, reduction = table().templates[values["template"]], values["reduction_minus_1"] + 1
    if reader.remaining >> 3 > limits.MAX_CODESTREAM_BYTES:
        reader.fail("MISC-CDS-004", f"{reader.remaining >> 3:,} bytes are stored")
    try:
        parts = parts_for(template, reduced(picture, reduction))
    except MisfitError as error:
        reader.fail("MISC-CDS-005", f"template {template.id} cannot state it: {error}")
    content = Codestream(template.format, restore(parts, reader), reduction)
    reader.finish()
    for rule, message in _faults(content, picture):
        reader.fail(rule, message, bit_offset=start)
    return content


def split_bits(content: Codestream, picture: Size) -> list[Share]:
    number, stored = _best_template(content, picture)
    saved = len(content.data) - len(stored)
    value = f"{content.format}, {len(content.data)} bytes, {saved} of them from template {number}"
    return [Share("codestream", 8 * len(stored), 8 * len(stored), value)]


def _best_template(content: Codestream, picture: Size) -> tuple[int, bytes]:
    """The template with which the fewest bytes are stored, the lowest number of several, and these bytes."""
    if content.format not in FORMATS:
        raise MiscError("MISC-CDS-001", f"{content.format!r} is not one of {', '.join(FORMATS)}", path="image/template")
    if content.reduction not in range(1, 4):
        raise MiscError("MISC-CDS-002", f"a reduction to 1/{content.reduction}", path="image/reduction_minus_1")
    check(content, picture)
    size, candidates = reduced(picture, content.reduction), []
    for template in templates(content.format):
        try:
            stored = match(parts_for(template, size), content.data)
        except MisfitError:
            continue
        if stored is not None:
            candidates.append((template.id, stored))
    return min(candidates, key=lambda pair: (len(pair[1]), pair[0]))


def check(content: Codestream, picture: Size) -> None:
    """Raise `MiscError` for a codestream whose first bytes or headers do not fit its format and the picture."""
    for rule, message in _faults(content, picture):
        raise MiscError(rule, message, path="image/codestream")


def _faults(content: Codestream, picture: Size) -> list[tuple[str, str]]:
    """Rule and message of each fault that the first bytes of a codestream show."""
    if len(content.data) > limits.MAX_CODESTREAM_BYTES:
        return [("MISC-CDS-004", f"it has {len(content.data):,} bytes")]
    row = FORMATS[content.format]
    if not row.begins(content.data):
        return [("MISC-CDS-003", f"it does not begin as {content.format} does: {content.data[:8].hex(' ') or 'empty'}")]
    sizes = list(row.sizes(content.data))
    if not sizes or None in sizes:
        return [
            (
                "MISC-CDS-003",
                "no header states the size of the picture" if not sizes else "a header with the size ends too early",
            )
        ]
    size = reduced(picture, content.reduction)
    allowed = (size, coded(size)) if row.padded else (size,)
    return [
        ("MISC-CDS-005", f"it states {stated.width}x{stated.height}, not {size.width}x{size.height}")
        for stated in sizes
        if stated is not None and stated not in allowed
    ][:1]


KEYS = (
    Key("reduction", "1 to 3", "the picture was encoded at 1 / reduction of its sides; 1 if left out", number_in(1, 3)),
)


def _read(files: Files) -> Codestream:
    [(name, data)] = files.values.items()
    row = FORMAT_OF_ENDING[split_name(name)[1]]
    return Codestream(row.name, row.bare(data, name), files.options.get("reduction", 1))


def _write(content: Codestream) -> Files:
    row = FORMATS[content.format]
    return Files({f"image{row.endings[0]}": row.file(content.data)}, {"reduction": content.reduction})


def _symbols(content: Codestream) -> dict[str, Any]:
    digest = hashlib.sha256(content.data).hexdigest()
    return {"format": content.format, "reduction": content.reduction, "bytes": len(content.data), "sha256": digest}


FORM = ContentForm(
    Codestream,
    FolderForm(
        _read, _write, files=tuple(f"image{ending}" for ending in FORMAT_OF_ENDING), one_file=True, section="codestream",
        section_meaning="how a conventional codestream is meant, see below", keys=KEYS,
    ),
    _symbols,
)  # fmt: skip
STEPS = [fields(CODESTREAM_HEADER), rest("codestream", opaque=True)]

CODER = Coder(FORM, encode, decode, split_bits, {"image/": CODESTREAM_HEADER}, rule_families=("CDS",), steps=STEPS)
