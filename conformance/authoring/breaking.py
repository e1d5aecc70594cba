"""Negative vectors, built bit by bit. Each rule that a file can break has at least one file that breaks only this rule.

`bit_offset` and `path` are written by hand from the specification. They are not taken from the decoder.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from misc_format import Ancillary, Generation, Item, Maps, Stream, Text, inspect, write
from misc_format.coders.maps import runlength as maps_runlength
from misc_format.coders.maps import sizes as mapsizes
from misc_format.coders.maps.mapmodel import codeword
from misc_format.coders.text import huffman, languagecoding
from misc_format.coders.text import language as text_language
from misc_format.coders.text.fields import join
from misc_format.coders.text.languagemodel import known
from misc_format.coders.text.languagemodel.pieces import DETAIL, END, NAME
from misc_format.components import Size
from misc_format.limits import MAX_CODESTREAM_BYTES, MAX_TEXT_BYTES
from misc_format.registry import CORE_KINDS
from misc_format.structure.bits import BitWriter
from misc_format.structure.container import HEADER, Framed, write_structure
from misc_format.structure.grammar import build

from ..plain.codestream import restore_with_template
from ..suite import CODESTREAMS, TINY_LANGUAGE
from . import codestreamheaders
from .cases import CAPTION, TEXT, blocks, codestream, discs, latents, ramp

RAW = {"text": "raw"}
HUFFMAN = {"text": "huffman"}
PACKED = {"maps": "packed"}
RUNLENGTH = {"maps": "runlength"}
# The template of each format that stores a whole codestream.
WHOLE_TEMPLATES = {
    "jpeg": 0,
    "webp": 1,
    "av1": 2,
    "jxl": 3,
    "hevc": 4,
    "vvc": 5,
    "avc": 23,
    "jpeg2000": 24,
}
LIBJPEG, VP8, LIBAOM, VVC_PARAMETERS = 6, 11, 12, 21
PAYLOAD = 72  # where the payload of a file's only component begins: header 8 bytes, frame 1
DECLARED = 96  # the same for a self-declared payload of fewer than 2,047 bytes, with a check: frame 4 bytes


class Broken(NamedTuple):
    """A file that breaks `rule`, and the bit offset and path that a decoder must report."""

    name: str
    rule: str
    bit_offset: int
    path: str
    data: bytes


def broken_files() -> Iterator[Broken]:
    """Every non-conforming vector of this module."""
    for family, cases in (
        ("container", _container()),
        ("text", _text()),
        ("maps", _maps()),
        ("image", _image()),
        ("strings", _strings()),
        ("latents", _latents()),
        ("codestream", _codestreams()),
        ("rest", _rest()),
        ("profile", _profiles()),
    ):
        for title, rule, bit_offset, path, data in cases:
            yield Broken(f"bad-{family}-{title}", rule, bit_offset, path, data)


BrokenRows = Iterator[tuple[str, str, int, str, bytes]]


def patched(data: bytes, path: str, value: int) -> bytes:
    """The file with another value of one field."""
    leaf = next(leaf for leaf in inspect(data) if leaf.path == path)
    shift = 8 * len(data) - leaf.bit_offset - leaf.bit_length
    mask = ((1 << leaf.bit_length) - 1) << shift
    return (int.from_bytes(data, "big") & ~mask | value << shift).to_bytes(len(data), "big")


def header(*present: str, **fields: int) -> bytes:
    """The header of a 512 x 512 picture, with these components. `fields`: values other than the default."""
    values: dict[str, Any] = {
        "version_major": 0,
        "version_minor": 2,
        "profile": 0,
        **{f"has_{kind}": int(kind in present) for kind in (*CORE_KINDS, "ancillary")},
        "wide_size": 0,
        "width_minus_1": 511,
        "height_minus_1": 511,
    }
    writer = BitWriter()
    build(HEADER, writer, values | fields)
    return writer.to_bytes()


def framed(*ancillary: tuple[int, bytes], **core: tuple[int, bytes]) -> bytes:
    """A file of a 512 x 512 picture with these components: for each kind its method and payload."""
    return write_structure(512, 512, 0, {kind: Framed(*content) for kind, content in core.items()}, ancillary)


def only(kind: str, method: int, payload: bytes, size: tuple[int, int] = (512, 512)) -> bytes:
    """A file with one component, which has this method and payload."""
    return write_structure(*size, 0, {kind: Framed(method, payload)}, [])


def _container() -> BrokenRows:
    caption = write(Stream(512, 512, text=Text(CAPTION), methods=HUFFMAN))
    yield "empty", "MISC-CON-007", 0, "header/signature", b""
    yield "two-bytes", "MISC-CON-007", 0, "header/signature", caption[:2]
    yield "signature", "MISC-CON-001", 0, "header/signature", b"\x4d" + caption[1:]
    yield "png", "MISC-CON-001", 0, "header/signature", b"\x89PNG\r\n\x1a\n" + bytes(16)
    yield "major", "MISC-CON-002", 24, "header/version_major", patched(caption, "header/version_major", 1)
    yield "minor", "MISC-CON-003", 27, "header/version_minor", patched(caption, "header/version_minor", 1)
    yield "profile-reserved", "MISC-CON-004", 30, "header/profile", patched(caption, "header/profile", 14)
    wide = header("text", wide_size=1) + b"\x00a"
    yield "wide-but-narrow", "MISC-CON-005", 39, "header/wide_size", wide
    seed = write(Stream(512, 512, text=Text(""), generation=Generation(seed=1), methods=RAW))[10:]
    yield "no-content", "MISC-CON-006", 34, "header/has_text", header("generation") + seed
    yield "nothing", "MISC-CON-006", 34, "header/has_text", header()
    yield "cut-in-header", "MISC-CON-007", 40, "header/width_minus_1", caption[:6]
    yield "cut-in-frame", "MISC-CON-007", 64, "framing/text/method", caption[:8]
    both = write(Stream(512, 512, text=Text(CAPTION), image=ramp(4, 4, 4), methods=HUFFMAN))
    yield "cut-in-payload", "MISC-CON-008", 80, "text", both[:20]
    frame = header("text", "image") + b"\x0f\xff"
    # No other rule is broken: 4,095 bytes of text, and an image of private use, which is not decoded.
    whole = framed(text=(0, b"e" * 4095), image=(15, b""))
    spare = whole[:10] + b"\x80\x00" + whole[11:]
    yield "varint-long", "MISC-CON-009", 80, "framing/text/length_extra", spare
    yield "varint-large", "MISC-CON-010", 80, "framing/text/length_extra", frame + b"\xff\xff\xff\xff\x7f"
    yield "varint-six-bytes", "MISC-CON-010", 80, "framing/text/length_extra", frame + b"\x80\x80\x80\x80\x80\x01"
    yield "reserved-bits", "MISC-CON-011", 68, "framing/text/reserved", patched(caption, "framing/text/reserved", 1)
    for kind in CORE_KINDS:
        companion = {} if kind == "text" else {"text": (0, b"a")}
        data = framed(**companion | {kind: (13, b"?")})
        offset = 64 if kind == "text" else 64 + 16 + 8
        yield f"method-{kind}", "MISC-CON-012", offset, f"framing/{kind}/method", data
    yield "no-ancillary", "MISC-CON-013", 38, "header/has_ancillary", header("text", "ancillary") + b"\x00\x01a"
    twice = framed((6, b"x"), (6, b"y"), text=(0, b"a"))
    yield "ancillary-twice", "MISC-CON-014", 112, "framing/ancillary/1/type", twice
    down = framed((7, b"x"), (6, b"y"), text=(0, b"a"))
    yield "ancillary-order", "MISC-CON-014", 112, "framing/ancillary/1/type", down
    for number in (0, 5):
        critical = framed((number, b"x"), text=(0, b"a"))
        yield f"critical-{number}", "MISC-CON-015", 88, "framing/ancillary/0/type", critical
    wide = header("text", wide_size=1, width_minus_1=4096, height_minus_1=0) + b"\x00a"
    tall = patched(wide, "header/height_minus_1", 65_535)
    yield "height-65536", "MISC-CON-019", 56, "header/height_minus_1", tall
    broad = patched(wide, "header/width_minus_1", 65_535)
    yield "width-65536", "MISC-CON-019", 40, "header/width_minus_1", broad


def _text() -> BrokenRows:
    yield "not-utf8", "MISC-TXT-001", PAYLOAD + 16, "text/overall", only("text", 0, b"ab\xc3(")
    yield "surrogate", "MISC-TXT-001", PAYLOAD, "text/overall", only("text", 0, b"\xed\xa0\x80")
    yield "overlong", "MISC-TXT-001", PAYLOAD + 8, "text/overall", only("text", 0, b"a\xc0\xaf")
    cut = only("text", 0, b"a\xffb\xffc\xe6\x88")
    yield "cut-character", "MISC-TXT-001", PAYLOAD + 40, "text/items/0/detail", cut
    name = PAYLOAD + sum(huffman.codebook().lengths[byte] for byte in b"ab\xff")
    ill_formed = only("text", 1, huffman.encode_bytes(b"ab\xff\x80\xffc"))
    yield "huffman-not-utf8", "MISC-TXT-001", name, "text/items/0/name", ill_formed
    yield "name-without-detail", "MISC-TXT-002", PAYLOAD, "text", only("text", 0, b"a\xffb")
    yield "seventeen-items", "MISC-TXT-003", PAYLOAD, "text", only("text", 0, b"\xff" * 34)
    yield "long", "MISC-TXT-004", PAYLOAD, "text", only("text", 0, b"e" * (MAX_TEXT_BYTES + 1))
    code = write(Stream(512, 512, text=Text("e"), methods=HUFFMAN))[9:]
    yield "huffman-trailing-zeros", "MISC-TXT-005", PAYLOAD + 3, "text", only("text", 1, code + b"\x00")
    zeros = only("text", 1, b"\x00")
    yield "huffman-cut-code", "MISC-TXT-005", PAYLOAD, "text", zeros
    yield (
        "huffman-long",
        "MISC-TXT-004",
        PAYLOAD,
        "text",
        only("text", 1, huffman.encode_bytes(b"e" * (MAX_TEXT_BYTES + 20))),
    )
    yield from _language()
    yield "huffman-padding", "MISC-CON-017", PAYLOAD + 3, "text", only("text", 1, bytes((code[0] | 1,)))


def _several_faults_of_a_token(model: known.Language) -> BrokenRows:
    """Texts whose last token breaks two rules or three; the first in the order of clause 6.4 is reported."""
    items, full = (NAME, DETAIL) * 16, [97] * MAX_TEXT_BYTES
    ill_formed = (0xC3,)
    for name, rule, path, tokens in (
        ("long-name-then-name", "MISC-TXT-006", "/items/0/name", [NAME, *full[1:], NAME]),
        ("long-not-utf8", "MISC-TXT-001", "/overall", [*full[1:], *ill_formed, NAME]),
        ("long-seventeen-items", "MISC-TXT-003", "", [*items, *full[len(items) :], NAME]),
        ("not-utf8-seventeen-items", "MISC-TXT-001", "/items/15/detail", [*items, *ill_formed, NAME]),
        ("not-utf8-name-then-name", "MISC-TXT-006", "/items/0/name", [NAME, *ill_formed, NAME]),
        ("long-separator", "MISC-TXT-004", "", [*full, NAME]),
    ):
        [encoder] = languagecoding.encode_tokens([[*tokens, END]], model)
        data = only("text", 3, model.digest + encoder.codeword())
        yield f"language-own-{name}", rule, PAYLOAD + 64, f"text{path}", data


def _language() -> BrokenRows:
    def codeword(*tokens: int) -> bytes:
        [encoder] = languagecoding.encode_tokens([tokens], known.shipped(text_language.MODEL))
        return only("text", 2, encoder.codeword())

    yield "language-not-utf8", "MISC-TXT-001", PAYLOAD, "text/overall", codeword(0xC3, 0x28, END)
    cut = codeword(97, NAME, 0xE6, 0x88, DETAIL, END)
    yield "language-cut-character", "MISC-TXT-001", PAYLOAD, "text/items/0/name", cut
    yield "language-seventeen-items", "MISC-TXT-003", PAYLOAD, "text", codeword(*(NAME, DETAIL) * 17, END)
    yield "language-overall-then-detail", "MISC-TXT-006", PAYLOAD, "text/overall", codeword(97, DETAIL, END)
    yield "language-name-then-name", "MISC-TXT-006", PAYLOAD, "text/items/0/name", codeword(NAME, 97, NAME, END)
    yield "language-name-then-end", "MISC-TXT-006", PAYLOAD, "text/items/0/name", codeword(NAME, 97, END)
    letter = codeword(NAME, 0x1F, *b"D", DETAIL, END)
    yield "language-named", "MISC-TXT-008", PAYLOAD, "text/named/0/name", letter
    behind = codeword(NAME, 0x1F, *b"B", DETAIL, NAME, DETAIL, END)
    yield "language-item-behind-named", "MISC-TXT-008", PAYLOAD, "text/items/1/name", behind
    not_greedy = codeword(*b"the", END)
    yield "language-not-greedy", "MISC-CON-018", PAYLOAD + 1, "text", not_greedy
    yield "language-quantile", "MISC-ENT-001", PAYLOAD, "text/codeword", only("text", 2, b"\xff" * 9)
    model = known.from_bytes(TINY_LANGUAGE.read_bytes())
    [long] = languagecoding.encode_tokens([[97] * (MAX_TEXT_BYTES + 1) + [END]], model)
    data = only("text", 3, model.digest + long.codeword())
    yield "language-own-long", "MISC-TXT-004", PAYLOAD + 64, "text", data
    yield from _several_faults_of_a_token(model)
    yield "language-own-unknown", "MISC-TXT-007", PAYLOAD, "text/model_digest", only("text", 3, bytes(8) + b"?")


def _maps() -> BrokenRows:
    for code in (12, 13):
        data = only("maps", 0, bytes((code,)) + bytes(32))
        yield f"size-code-{code}", "MISC-MAP-001", PAYLOAD + 4, "maps/size_code", data
    yield "explicit-8x8", "MISC-MAP-002", PAYLOAD + 4, "maps/size_code", only("maps", 0, b"\x0e\x07\x07" + bytes(8))
    same = only("maps", 0, b"\x1f\x04\x04\x04\x04" + bytes(7))
    yield "each-size-alike", "MISC-MAP-002", PAYLOAD + 4, "maps/size_code", same
    square = only("maps", 0, b"\x01" + bytes(8), size=(8, 8))
    yield "square-is-picture", "MISC-MAP-002", PAYLOAD + 4, "maps/size_code", square
    huge = only("maps", 1, b"\xf0" + bytes(3), size=(65535, 65535))
    yield "huge", "MISC-MAP-003", PAYLOAD + 8, "maps", huge
    too_long = runs((13, 65))  # a run of 65
    yield "run-too-long", "MISC-MAP-004", PAYLOAD + 12, "maps/0", too_long
    yield "run-without-end", "MISC-MAP-004", PAYLOAD + 12, "maps/0", only("maps", 1, b"\x01" + bytes(16))
    beyond = runs((10, 0b0000111101), (2, 0b11), (3, 0b010), k=1)  # runs of 60 and 2; one pixel behind the 64 expected
    yield "run-beyond-the-end", "MISC-MAP-004", PAYLOAD + 12 + 12, "maps/0", beyond
    nothing = runs((2, 0b10), (6, 0b001000), (3, 0b011), k=1)  # runs of 1 and 7; one pixel before the 9 expected
    yield "run-of-nothing", "MISC-MAP-004", PAYLOAD + 12 + 8, "maps/0", nothing
    yield (
        "side-65536",
        "MISC-MAP-005",
        PAYLOAD + 8,
        "maps/one_size/0/width_minus_1",
        only("maps", 2, b"\x0e\xff\xff\x03\x00\x30"),
    )
    packed = write(Stream(512, 512, maps=discs(8, 8, 2), methods=PACKED))
    yield "packed-cut", "MISC-CON-007", PAYLOAD + 8, "maps", packed[:-1]
    yield "packed-trailing", "MISC-CON-016", PAYLOAD + 8 + 128, "maps", packed + b"\x00"
    nine = write(Stream(512, 512, maps=Maps((np.zeros((9, 9), np.bool_),)), methods=PACKED))
    yield "packed-padding", "MISC-CON-017", PAYLOAD + 8 + 81, "maps", nine[:-1] + bytes((nine[-1] | 1,))
    lengths = write(Stream(512, 512, maps=discs(8, 8, 2), methods=RUNLENGTH))
    first = maps_runlength.split_bits(discs(8, 8, 2), Size(512, 512))[0].bits
    yield "runlength-cut", "MISC-CON-007", PAYLOAD + 8 + first, "maps/1", lengths[:-2]
    other = runs((3, 0b010), (5, 31), k=5)  # one run of 64, for which k = 6 is shorter
    yield "runlength-parameter", "MISC-CON-018", PAYLOAD + 10, "maps", other
    yield from _regions()
    yield from _codewords()


def _codewords() -> BrokenRows:
    """Codewords under the map model."""
    whole = write(Stream(512, 512, maps=discs(8, 8, 2), methods={"maps": "context"}))
    yield "context-longer", "MISC-CON-018", 8 * len(whole), "maps", whole + b"\0"
    yield "context-cut", "MISC-MAP-002", PAYLOAD, "maps/codeword", whole[: PAYLOAD // 8]
    rules = (("MISC-MAP-002", "maps/codeword", 8, 8), ("MISC-MAP-005", "maps/codeword", 65_536, 8))
    for rule, path, columns, rows in (*rules, ("MISC-MAP-003", "maps", 65_535, 65_535)):
        payload = codeword.encode_sizes(2, mapsizes.ONE_SIZE, [columns - 1, rows - 1])
        yield f"context-{columns}x{rows}", rule, PAYLOAD, path, only("maps", 3, payload)


def runs(*codes: tuple[int, int], k: int = 0) -> bytes:
    """A file with one 8 x 8 map as run lengths, whose first pixel is 0. `codes`: (bits, value) of each code."""
    writer = BitWriter()
    for width, value in ((8, 0x01), (1, 0), (3, k), *codes):
        writer.u(width, value)
    return only("maps", 1, writer.to_bytes())


def _regions() -> BrokenRows:
    yield "region-reserved-bits", "MISC-CON-011", PAYLOAD + 12, "maps/region/0/reserved", only("maps", 2, b"\x01\x11")
    cut = only("maps", 2, b"\x11\x10")
    yield "region-cut-in-frame", "MISC-CON-007", PAYLOAD + 12, "maps/region/0/length", cut
    wide = only("maps", 2, b"\x11\x10\x21" + b"?")  # two maps; two bytes of which one is there
    yield "region-cut", "MISC-CON-007", PAYLOAD + 24, "maps/0", wide
    length = only("maps", 2, b"\x11\x18\x00\x01" + b"?")
    yield "region-length-long", "MISC-CON-009", PAYLOAD + 12, "maps/region/0/length", length
    # FF AC follows the data, so a bit must replace it.
    marker = only("maps", 2, b"\x01\x00\x12\xff\xac")
    yield "region-marker", "MISC-CON-018", PAYLOAD + 11, "maps", marker


def _image() -> BrokenRows:
    grid = write(Stream(512, 512, image=ramp(8, 6, 5)))
    yield "colour", "MISC-IMG-001", PAYLOAD + 1, "image/colour", patched(grid, "image/colour", 2)
    yield "reserved-bits", "MISC-CON-011", PAYLOAD + 6, "image/reserved", patched(grid, "image/reserved", 1)
    fine = only("image", 0, b"\x80\x00", size=(4096, 4096))
    yield "cells", "MISC-IMG-002", PAYLOAD, "image", fine
    yield "wider", "MISC-IMG-004", PAYLOAD + 8, "image/grid_width_minus_1", only("image", 0, b"\x1c\x08\x00", (8, 8))
    high = only("image", 0, b"\x1c\x00\x08", size=(8, 8))
    yield "higher", "MISC-IMG-004", PAYLOAD + 16, "image/grid_height_minus_1", high
    yield "block", "MISC-IMG-005", PAYLOAD + 8, "image/block_size_minus_1", only("image", 0, b"\x9c\x08", size=(8, 8))
    yield "quantile", "MISC-ENT-001", PAYLOAD + 24, "image/codeword", only("image", 0, b"\x1c\x03\x03" + b"\xff" * 9)
    longer = write(Stream(512, 512, image=ramp(8, 6, 5)))
    yield "codeword-longer", "MISC-CON-018", 8 * len(longer), "image", longer + b"\x00"


def _strings() -> BrokenRows:
    """CompressAI strings of cheng2020-attn and mbt2018-mean, quality 1, for a 512 x 512 picture: two bytes of z, three of y."""

    def payload(first: int, second: int, rest: bytes = b"ZZYYY", size: tuple[int, int] = (512, 512)) -> bytes:
        return only("image", 2, bytes((first, second)) + rest, size)

    for number in (0, 7, 13):
        data = payload(number << 4, 2)
        yield f"architecture-{number}", "MISC-CAI-001", DECLARED, "image/architecture", data
    yield "one-but-reserved", "MISC-CON-011", DECLARED + 10, "image/reserved", payload(0x10, 2)
    yield "usual-but-explicit", "MISC-CAI-002", DECLARED + 9, "image/explicit_shape", payload(0x60, 0x42, b"\x07\x07ZZ")
    rows = payload(0x60, 0x42, b"\x08\x07ZZY")
    yield "rows", "MISC-CAI-003", DECLARED + 16, "image/rows_minus_1", rows
    columns = payload(0x60, 0xC2, bytes(8) + b"\x07\x0cZZY", (513, 512))
    yield "columns", "MISC-CAI-003", DECLARED + 16 + 64 + 8, "image/columns_minus_1", columns
    wide = only("image", 2, b"\x60\x02ZZ", (65535, 65535))
    yield "positions", "MISC-CAI-004", DECLARED + 8, "image", wide
    yield "z-cut", "MISC-CON-007", DECLARED + 10, "image/z_length", payload(0x30, 6)
    long = payload(0x30, 63, b"\x01" + bytes(63))
    yield "z-cut-extra", "MISC-CON-007", DECLARED + 10, "image/z_length", long
    yield (
        "z-extra-long",
        "MISC-CON-009",
        DECLARED + 16,
        "image/z_length_extra",
        payload(0x30, 63, b"\x80\x00" + bytes(80)),
    )
    yield "digest-cut", "MISC-CON-007", DECLARED + 16, "image/weights_digest", payload(0x60, 0x82, bytes(7))


def _latents() -> BrokenRows:
    yield "empty", "MISC-CON-007", PAYLOAD, "image/grey_picture", only("image", 1, b"")
    yield "places", "MISC-LAT-001", PAYLOAD + 8, "image", only("image", 1, b"\0", (65_535, 65_535))
    yield "quantile", "MISC-ENT-001", PAYLOAD + 8, "image/codeword", only("image", 1, b"\x40" + b"\xff" * 9)
    data = write(Stream(97, 70, image=latents(Size(97, 70), 64, 3)))
    yield "spare", "MISC-CON-018", 8 * len(data), "image", data + b"\0"


def undivided(kind: str, data: bytes) -> bytes:
    """A file of 96 x 64 pixels with a codestream that no template but the one of its format restores."""
    number = WHOLE_TEMPLATES[kind]
    _, beginning = restore_with_template(number, (96, 64), b"")
    return only("image", 3, bytes((number,)) + data.removeprefix(beginning), (96, 64))


def _codestreams() -> BrokenRows:
    behind = DECLARED + 8
    jpeg = (CODESTREAMS / "jpeg.jpg").read_bytes()
    webp = (CODESTREAMS / "webp.webp").read_bytes()
    yield "empty", "MISC-CON-007", DECLARED, "image/reduction_minus_1", only("image", 3, b"")
    yield "template", "MISC-CDS-001", DECLARED + 2, "image/template", only("image", 3, bytes((63,)))
    yield (
        "reduction",
        "MISC-CDS-002",
        DECLARED,
        "image/reduction_minus_1",
        only("image", 3, bytes((0xC0 | WHOLE_TEMPLATES["jpeg"],))),
    )
    for kind, stored in (
        ("jpeg", b"\xe0"),
        ("webp", bytes(11)),
        ("av1", b"\x0b"),
        ("hevc", b"\x02\x40\x01"),
        ("vvc", b""),
        ("avc", b"\x01\x67"),
    ):
        payload = bytes((WHOLE_TEMPLATES[kind],)) + stored
        yield f"{kind}-begins", "MISC-CDS-003", behind, "image/codestream", only("image", 3, payload)
    for title, kind, data in codestreamheaders.no_size():
        yield title, "MISC-CDS-003", behind, "image/codestream", undivided(kind, data)
    for title, kind, data in codestreamheaders.other_size():
        yield title, "MISC-CDS-005", behind, "image/codestream", undivided(kind, data)
    long = bytes((WHOLE_TEMPLATES["jxl"],)) + bytes(MAX_CODESTREAM_BYTES - 1)
    yield "long", "MISC-CDS-004", behind + 24, "image/codestream", only("image", 3, long)
    stated = bytes((WHOLE_TEMPLATES["jpeg"],)) + jpeg[3:]
    yield "jpeg-size", "MISC-CDS-005", behind, "image/codestream", only("image", 3, stated)
    yield (
        "webp-size",
        "MISC-CDS-005",
        behind,
        "image/codestream",
        only("image", 3, bytes((WHOLE_TEMPLATES["webp"],)) + webp),
    )
    large = only("image", 3, bytes((LIBAOM,)) + b"?", (65_535, 65_535))
    yield "level", "MISC-CDS-005", behind + 8, "image/codestream", large
    wide = only("image", 3, bytes((VP8,)) + webp[:3], (16_384, 1))
    yield "vp8-size", "MISC-CDS-005", behind + 8, "image/codestream", wide
    for quality in (0, 101):
        payload = bytes((LIBJPEG, quality)) + b"?"
        yield f"quality-{quality}", "MISC-CDS-006", behind, "image/codestream", only("image", 3, payload)
    yield "cut", "MISC-CON-007", behind, "image/codestream", only("image", 3, bytes((VP8, 0)))
    yield "cut-part", "MISC-CON-007", behind + 8, "image/codestream", only("image", 3, bytes((VVC_PARAMETERS, 9, 0)))
    hevc = write(Stream(96, 64, image=codestream("hevc.hevc")))
    whole = only("image", 3, bytes((WHOLE_TEMPLATES["hevc"],)) + (CODESTREAMS / "hevc.hevc").read_bytes()[2:], (96, 64))
    first = next(bit for bit in range(8) if (hevc[DECLARED // 8] ^ whole[DECLARED // 8]) >> 7 - bit & 1)
    yield "other-template", "MISC-CON-018", DECLARED + first, "image", whole


def _rest() -> BrokenRows:
    text = Text("a")
    start = 64 + 16 + 8  # header, frame and payload of the text
    content = {"text": (0, b"a")}
    empty = framed(**content, generation=(0, b"\x00"))
    yield "generation-empty", "MISC-GEN-001", start + 8, "generation", empty
    strength = write(Stream(512, 512, text=text, generation=Generation(strength=100), methods=RAW))
    high = patched(strength, "generation/strength", 101)
    yield "generation-strength", "MISC-GEN-003", start + 16, "generation/strength", high
    suffix = framed(**content, generation=(0, b"\x02\x02a\xff"))
    yield "generation-suffix", "MISC-ANC-003", start + 8 + 24, "generation/prompt_suffix", suffix
    endless = framed(**content, generation=(0, b"\x02\x7fa"))
    yield "generation-suffix-cut", "MISC-CON-007", start + 8 + 8, "generation/prompt_suffix", endless
    trailing = framed(**content, generation=(0, b"\x40\x07\x00"))
    yield "generation-trailing", "MISC-CON-016", start + 24, "generation", trailing
    checked = write(Stream(512, 512, text=text, ancillary=(Ancillary(15),), methods=RAW))
    wrong = checked[:-1] + bytes((checked[-1] ^ 1,))
    yield "checksum-wrong", "MISC-ANC-002", start + 16, "ancillary/checksum", wrong
    short = checked[:12] + b"\x03" + checked[13:-1]
    yield "checksum-short", "MISC-ANC-001", start + 16, "ancillary/checksum", short
    remark = write(Stream(512, 512, text=text, ancillary=(Ancillary(6, b"remark"),), methods=RAW))
    yield "ancillary-cut", "MISC-CON-008", start + 16, "ancillary/comment", remark[:-1]
    comment = framed((6, b"ab\xff"), **content)
    yield "comment", "MISC-ANC-003", start + 16 + 16, "ancillary/comment", comment


def _profiles() -> BrokenRows:
    grid = blocks(768, 512, 32, 6)
    caption = Text(CAPTION)

    def unchecked(profile: str, **content: Any) -> bytes:
        return write(Stream(768, 512, profile, **content), check_profile=False)

    yield "missing", "MISC-PRO-001", 37, "image", unchecked("misc-3", text=caption)
    extra = unchecked("cmc-text", text=Text("a"), image=grid, methods=RAW)
    yield "superfluous", "MISC-PRO-002", 64 + 16 + 8 + 8, "image", extra
    four = Text("", (Item("a", "b"),) * 4)
    excess = unchecked("misc-1", text=four, maps=discs(8, 8, 4), image=grid)
    yield "items", "MISC-PRO-003", 80, "text/items", excess
    named = Text("", (Item("a b c d", ""),))
    wordy = unchecked("misc-1", text=named, maps=discs(8, 8, 1), image=grid)
    yield "words-name", "MISC-PRO-004", 80, "text/items/0/name", wordy
    yield "words-overall", "MISC-PRO-004", 72, "text/overall", unchecked("cmc-text", text=Text("word " * 61))
    book = huffman.codebook()
    detailed = Text("", (Item("a", "word " * 11),))
    detail = 80 + sum(book.lengths[byte] for byte in b"\xffa")
    long = unchecked("misc-1", text=detailed, maps=discs(8, 8, 1), image=grid, methods=HUFFMAN)
    yield "words-detail", "MISC-PRO-004", detail, "text/items/0/detail", long
    single = Text("", TEXT.items[:1])
    small = unchecked("misc-1", text=single, maps=discs(7, 7, 1), image=grid, methods={**RAW, **PACKED})
    yield "map-sides", "MISC-PRO-005", 80 + 8 * len(join(single)) + 16 + 24, "maps/0", small
    fewer = unchecked("misc-1", text=TEXT, image=grid)
    yield "maps-missing", "MISC-PRO-006", 35, "maps", fewer
    unequal = unchecked("misc-1", text=Text("", TEXT.items[:2]), maps=discs(8, 8, 1), image=grid, methods=RAW)
    yield "maps-unequal", "MISC-PRO-006", 80 + 8 * len(join(Text("", TEXT.items[:2]))) + 16, "maps", unequal
