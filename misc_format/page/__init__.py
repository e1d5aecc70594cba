"""One file as one page to look at: its bytes and fields, its text, maps and picture, and where the bits go.

Rule 1. The page needs nothing outside itself: it works from a folder, from a mail, and in a hundred years.
Rule 2. A file is hostile: all that comes from it is escaped, and the page's own policy runs no script but its own.
Rule 3. Figures, fields and texts are in the page itself; the script adds the hexdump, and lets field and byte find each other.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from string import Template

from misc_format import accounting
from misc_format.accounting import Account, Part
from misc_format.components import Stream, Text
from misc_format.document import opened
from misc_format.page import pictures
from misc_format.page.treemap import Box, squarify
from misc_format.profiles import fill
from misc_format.structure.bits import Leaf

WIDTH, HEIGHT = 960, 300  # of the treemap, in its own units
MAP_COLOURS = ("#e69f00", "#56b4e9", "#cc79a7", "#009e73", "#f0e442", "#d55e00")
GAP = 1.5  # units around a tile, in which its outline stands
LETTER = 7.2  # units that a letter of the treemap's labels takes


def page(source: accounting.Source, name: str) -> str:
    """The page of a file as HTML. Raises `MiscError` for a file that does not conform."""
    document = opened(source)
    data = document.data
    counted, leaves, stream = accounting.account(document, deep=True), document.leaves(), document.stream()
    content = {
        "bytes": base64.b64encode(data).decode(),
        "fields": [[leaf.bit_offset, leaf.bit_length, leaf.path] for leaf in leaves],
    }
    style, script = _part("page.css"), _part("page.js")
    return Template(_part("page.html")).substitute(
        policy=f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src '{_digest(script)}'",
        style=style,
        script=script,
        name=escape(name),
        facts="".join(
            f"<div><dt>{key}</dt><dd>{escape(value)}</dd></div>" for key, value in _facts(data, counted, stream)
        ),
        treemap="".join(_treemap(counted)),
        account="".join(_account_rows(counted)),
        total=_total(data, counted),
        content="".join((*_texts(stream), *pictures.figures(stream, MAP_COLOURS))),
        budget="".join(_budget(stream)),
        fields="".join(_field_rows(leaves)),
        data=json.dumps(content, separators=(",", ":")).replace("<", "\\u003c"),
    )


def _part(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _facts(data: bytes, counted: Account, stream: Stream) -> Iterator[tuple[str, str]]:
    yield "file", f"{len(data):,} bytes, {8 * len(data):,} bits"
    yield "picture", f"{counted.width} × {counted.height} pixels"
    yield "bits per pixel", f"{counted.bpp:.5f}"
    yield "profile", counted.profile
    yield "methods", ", ".join(f"{kind} {name}" for kind, name in stream.methods.items())


def _account_rows(counted: Account) -> Iterator[str]:
    pixels = counted.width * counted.height
    for part in counted.components:
        information = "" if part.information_bits is None else f"{part.information_bits:,.1f}"
        yield (
            f"<tr><th scope=row><i class={part.kind}></i>{escape(part.path)}</th><td>{part.bits:,}</td><td>{part.bits / 8:,.1f}</td>"
            f"<td>{part.bits / pixels:.5f}</td><td>{part.bits / counted.file_bits:.1%}</td><td>{information}</td></tr>"
        )


def _total(data: bytes, counted: Account) -> str:
    cells = (f"{counted.file_bits:,}", f"{len(data):,}", f"{counted.bpp:.5f}", "100.0%", "")
    return "<th scope=row>file</th>" + "".join(f"<td>{cell}</td>" for cell in cells)


def _treemap(counted: Account) -> Iterator[str]:
    """A rectangle a part, its area its bits; parts of one component stand together."""
    components: dict[str, list[Part]] = {}
    for part in counted.components:
        if part.bits:
            components.setdefault(part.path.partition("/")[0], []).append(part)
    ordered = sorted(components.values(), key=_bits, reverse=True)
    for parts, outer in zip(
        ordered, squarify([_bits(parts) for parts in ordered], Box(0, 0, WIDTH, HEIGHT)), strict=True
    ):
        parts.sort(key=lambda part: -part.bits)
        for part, box in zip(parts, squarify([part.bits for part in parts], outer), strict=True):
            yield _tile(part, box, counted.file_bits)


def _bits(parts: Sequence[Part]) -> int:
    return sum(part.bits for part in parts)


def _tile(part: Part, box: Box, whole: int) -> str:
    box = Box(box.x + GAP, box.y + GAP, max(0.5, box.width - 2 * GAP), max(0.5, box.height - 2 * GAP))
    told = f"{part.path}: {part.bits:,} bits, {part.bits / whole:.1%}"
    words = ""
    if box.height > 20 and box.width > LETTER * (len(part.path) + 1):
        words = f"<text x={box.x + 7:.1f} y={box.y + 18:.1f}>{escape(part.path)}</text>"
        if box.height > 38:
            words += f"<text class=figure x={box.x + 7:.1f} y={box.y + 34:.1f}>{part.bits:,}</text>"
    return (
        f'<g role=listitem tabindex=-1 data-path="{escape(part.path)}" aria-label="{escape(told)}"><title>{escape(told)}</title>'
        f"<rect class={part.kind} x={box.x:.1f} y={box.y:.1f} width={box.width:.1f} height={box.height:.1f}></rect>{words}</g>"
    )


def _texts(stream: Stream) -> Iterator[str]:
    if not isinstance(stream.text, Text):
        return
    yield f"<div class=text><h3>Text</h3><p class=overall>{_visible(stream.text.overall)}</p><ol start=0>"
    for item in stream.text.items:
        yield f"<li><b>{_visible(item.name)}</b> {_visible(item.detail)}</li>"
    yield "</ol></div>"


def _budget(stream: Stream) -> Iterator[str]:
    for use in fill(stream):
        yield (
            f"<tr><th scope=row>{use.what}</th><td>{use.used:,}</td><td>{use.most:,}</td>"
            f'<td><meter min=0 max={use.most} value={use.used} aria-label="{use.what}"></meter></td></tr>'
        )


def _field_rows(leaves: Sequence[Leaf]) -> Iterator[str]:
    for index, leaf in enumerate(leaves):
        value = "" if leaf.value is None else str(leaf.value)
        yield (
            f"<tr id=f{index} data-field={index} tabindex=-1><td>{leaf.bit_offset:,}</td><td>{leaf.bit_length:,}</td>"
            f"<th scope=row>{escape(leaf.path)}</th><td class=value>{_visible(value)}</td><td>{escape(leaf.clause)}</td></tr>"
        )


def _visible(text: str) -> str:
    """Text from a file: nothing in it is markup, and what cannot be seen is written out, so that it reorders nothing."""
    shown = (letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
    return escape("".join(shown))
