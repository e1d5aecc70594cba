"""More vectors: values and branches of the syntax tables, limits, registered numbers, and combinations that `cases` lacks.

`misc conformance coverage` lists what is missing. As in `breaking`, rule, bit offset and path of a broken file are written by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from misc_format import Ancillary, Codestream, Generation, Grid, Item, Maps, Opaque, Stream, Strings, Text, write
from misc_format.coders.maps import runlength as maps_runlength
from misc_format.coders.text.huffman import codebook
from misc_format.components import NamedText, Region, Size
from misc_format.limits import MAX_CODESTREAM_BYTES, MAX_ITEMS, MAX_TEXT_BYTES, MAX_VARINT
from misc_format.registry import MODELS, SAMPLERS
from misc_format.structure.bits import BitWriter
from misc_format.testing.codestream_headers import KINDS
from misc_format.testing.codestream_headers import header as shortest

from ..plain.codestream import restore_with_template
from ..plain.maps import encoded_runlength_map
from ..suite import CODESTREAMS
from . import codestreamheaders, compressai_strings, endings
from .breaking import (
    DECLARED,
    HUFFMAN,
    PACKED,
    PAYLOAD,
    RAW,
    RUNLENGTH,
    VVC_PARAMETERS,
    WHOLE_TEMPLATES,
    Broken,
    BrokenRows,
    framed,
    header,
    only,
    patched,
)
from .cases import ALL_GENERATION, CAPTION, TEXT, blocks, codestream, discs, ramp, region_stream

NamedStreams = Iterator[tuple[str, Stream]]
CONTEXT = {"maps": "context"}
JBIG2 = {"maps": "jbig2"}
CELL = ramp(1, 1, 1, planes=1)
# Both ends of each length of UTF-8, noncharacters, the byte order mark and U+0000.
POINTS = "\x00\x01\x7f\x80\u07ff\u0800\ud7ff\ue000\ufdd0\ufeff\ufffe\uffff\U00010000\U0001ffff\U0010ffff"
SCRIPTS = {
    "arabic": ("كوب قهوة أبيض", "على طاولة"),
    "chinese": ("一只白色的咖啡杯", "放在木桌上"),
    "cyrillic": ("Белая чашка кофе", "на столе"),
    "emoji": ("☕ 🪵 👩‍🎨", "🟤⬜"),
    "greek": ("Ένα λευκό φλιτζάνι", "στο τραπέζι"),
    "hebrew": ("כוס קפה לבנה", "על השולחן"),
    "hindi": ("कॉफी का सफेद कप", "मेज पर"),
    "japanese": ("白いコーヒーカップ", "木のテーブルの上"),
    "korean": ("하얀 커피잔", "나무 탁자 위"),
    "thai": ("ถ้วยกาแฟสีขาว", "บนโต๊ะไม้"),
}
MODELLED_SCRIPTS = ("arabic", "chinese", "emoji")  # also under the language model, which is slow


def conforming_streams() -> NamedStreams:
    """The name and stream of each vector, as in `cases`."""
    yield from _frames()
    yield from _texts()
    yield from _maps()
    yield from _regions()
    yield from _grids()
    yield from _strings()
    yield from _codestreams()
    yield from _generation()
    yield from _profiles()
    yield from _together()
    yield from endings.streams()


def _frames() -> NamedStreams:
    for size in (0, 1, 4094, 4095, 4096, 4222, 4223):
        text = Text("x" * size)
        yield f"frame-length-{size}", Stream(64, 64, text=text, image=CELL, methods=RAW)
    for size in (0, 4095, 4223):
        remark = Ancillary(6, b"y" * size)
        yield f"frame-ancillary-length-{size}", Stream(64, 64, text=Text(""), ancillary=(remark,), methods=RAW)
    for number in range(6, 15):
        member = Ancillary(number, b"z")
        yield f"ancillary-type-{number}", Stream(64, 64, text=Text(""), ancillary=(member,), methods=RAW)
    every = tuple(Ancillary(number, bytes((65, number))) for number in range(6, 15))
    yield "ancillary-every-type", Stream(64, 64, image=CELL, ancillary=(*every, Ancillary(15)))
    scripts = Ancillary(6, " ".join(overall for overall, _ in SCRIPTS.values()).encode())
    yield "ancillary-scripts", Stream(64, 64, image=CELL, ancillary=(scripts, Ancillary(7, POINTS.encode())))
    for width, height in ((1, 1), (4096, 1), (1, 4096), (4097, 4097), (65535, 1), (1, 65535), (4096, 4097)):
        yield f"size-{width}x{height}", Stream(width, height, text=Text(""), methods=RAW)


def _texts() -> NamedStreams:
    for method in ("raw", "huffman", "language", "language-own"):
        points = Text(POINTS, (Item(POINTS[::-1], ""), Item("", POINTS)))
        yield f"text-{method}-points", Stream(64, 64, text=points, methods={"text": method})
    for script, (overall, detail) in SCRIPTS.items():
        for method in ("huffman", "language") if script in MODELLED_SCRIPTS else ("huffman",):
            text = Text(overall, (Item(detail, overall),))
            yield f"text-{method}-{script}", Stream(64, 64, text=text, methods={"text": method})
    for count in range(2, 9):  # the code of e has three bits, so every number of padding bits occurs
        yield f"text-huffman-padding-{-3 * count % 8}", Stream(64, 64, text=Text("e" * count), methods=HUFFMAN)
    leads = "".join(map(chr, [*range(128), *range(0x80, 0x800, 0x3F), *range(0x800, 0xD800, 0x3FF)]))
    yield "text-huffman-every-code", Stream(64, 64, text=Text(leads, (Item("", ""),)), methods=HUFFMAN)
    for method in ("raw", "huffman"):
        longest = Text("e" * (MAX_TEXT_BYTES - 2), (Item("", ""),))
        yield f"text-{method}-longest", Stream(64, 64, text=longest, methods={"text": method})
    empty = Text("", (Item("", ""),) * 16)
    for method in ("raw", "huffman", "language-own"):
        yield f"text-{method}-empty-items", Stream(64, 64, text=empty, methods={"text": method})
    named = (
        NamedText("language", "en"),
        NamedText("negative", "blur"),
        NamedText("alternative", "A cup."),
        NamedText("my-own_0", ""),
    )
    for method in ("raw", "huffman", "language", "language-own"):
        yield (
            f"text-{method}-named",
            Stream(64, 64, text=Text("A cup.", (Item("cup", "red"),), named), methods={"text": method}),
        )
        yield f"text-{method}-only-named", Stream(64, 64, text=Text("", (), named[1:2]), methods={"text": method})
    for method in ("raw", "huffman"):
        most = tuple(NamedText("n" * (17 + index), "v") for index in range(MAX_ITEMS))
        yield f"text-{method}-sixteen-named", Stream(64, 64, text=Text("", (), most), methods={"text": method})
    again = Text("red cup red cup red cup", (Item("red cup", "red cup"), Item("red cup", "red cup red cup")))
    for method in ("language", "language-own"):
        yield f"text-{method}-matches", Stream(64, 64, text=again, methods={"text": method})


def _maps() -> NamedStreams:
    for count in range(1, 17):
        yield f"maps-packed-count-{count}", Stream(96, 64, maps=discs(8, 8, count), methods=PACKED)
        yield f"maps-context-count-{count}", Stream(96, 64, maps=discs(9, 8, count), methods=CONTEXT)
    for columns, rows in ((1, 1), (7, 1), (1, 7), (200, 3), (3, 200), (129, 130)):
        for methods in (PACKED, RUNLENGTH, JBIG2, CONTEXT):
            name = f"maps-{methods['maps']}-{columns}x{rows}"
            yield name, Stream(512, 512, maps=discs(columns, rows, 2), methods=methods)
    for columns, rows in ((65535, 1), (1, 65535)):
        long = Maps((np.arange(65535).reshape(rows, columns) // 9000 % 2 == 1,))
        yield f"maps-runlength-{columns}x{rows}", Stream(512, 512, maps=long, methods=RUNLENGTH)
    sizes = Maps(discs(1, 65535, 1).maps + discs(65535, 1, 1).maps)
    yield "maps-runlength-each-size-long", Stream(512, 512, maps=sizes, methods=RUNLENGTH)
    for k in range(8):
        yield f"maps-runlength-k-{k}", Stream(512, 512, maps=_runs_of(k), methods=RUNLENGTH)
    half = np.zeros((4096, 4096), np.bool_)
    half[1000:3000] = True
    yield "maps-runlength-largest", Stream(512, 512, maps=Maps((half,)), methods=RUNLENGTH)


def _runs_of(k: int) -> Maps:
    """A map of 24 rows whose run lengths are shortest with this parameter. Its edges move by up to `k` pixels from row to row."""
    columns = 64
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        moves = rng.integers(-k, k + 1, (24, 3))
        edges = np.sort(np.clip(rng.integers(0, columns, 3) + moves.cumsum(0), 0, columns), axis=1)
        grid = (np.arange(columns) >= edges[:, :, None]).sum(1) % 2 == 1
        if int(encoded_runlength_map(grid.tobytes(), columns)[1:4], 2) == k:
            return Maps((grid,))
    raise AssertionError(k)


def _regions() -> NamedStreams:
    data = bytes.fromhex("04EEED87FBCB2B")
    for template, typical, marker in product(range(4), (False, True), (False, True)):
        name = f"maps-jbig2-region-{template}{'-typical' * typical}{'-marker' * marker}"
        yield name, region_stream(Size(54, 44), Region(template, typical, data + b"\xff\xac" * marker))
    several = [Region(0, False, b""), Region(1, True, data * 20), Region(2, False, data + b"\xff\xac")]
    grids = [region_stream(Size(20, 12), region).maps for region in several]
    maps = Maps(tuple(grid.maps[0] for grid in grids if isinstance(grid, Maps)), tuple(several))
    yield "maps-jbig2-lengths", Stream(20, 12, maps=maps, methods=JBIG2)
    yield "maps-jbig2-lengths-even", Stream(20, 12, maps=Maps(maps.maps[:2], maps.regions[:2]), methods=JBIG2)


def _grids() -> NamedStreams:
    for depth, planes in product(range(1, 9), (1, 3)):
        shape = (7, 9) if planes == 1 else (5, 4, 3)
        noise = np.random.default_rng(depth).integers(0, 1 << depth, shape, np.uint8)
        yield f"grid-noise-{'grey' if planes == 1 else 'rgb'}-{depth}", Stream(96, 64, image=Grid(noise, depth))
    for columns, rows in product((1, 2, 3), (1, 2, 3)):
        yield f"grid-{columns}x{rows}", Stream(96, 64, image=ramp(columns, rows, 5))
    yield "grid-wide", Stream(4096, 64, image=ramp(200, 2, 4, planes=1))
    yield "grid-high", Stream(64, 4096, image=ramp(2, 200, 4, planes=1))
    for block in (2, 127, 128, 129, 500):
        yield f"grid-block-{block}", Stream(500, 9, image=blocks(500, 9, block, 4))
    for value in (0, 255):
        flat = np.full((6, 5, 3), value, np.uint8)
        yield f"grid-flat-{value}", Stream(96, 64, image=Grid(flat, 8))
    yield "grid-largest", Stream(512, 512, image=Grid(np.zeros((512, 512), np.uint8), 1))
    single = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]
    for name, colour in zip(("red", "green", "blue", "white"), single, strict=True):
        yield f"grid-one-cell-{name}", Stream(8, 8, image=Grid(np.array([[colour]], np.uint8), 8))


def _strings() -> NamedStreams:
    small = replace(compressai_strings.contents()["mbt2018-mean"], strings=(b"yyy", b"zz"))
    for quality, metric in product(range(1, 9), ("mse", "ms-ssim")):
        content = replace(small, quality=quality, metric=metric, digest=None)
        yield f"strings-{metric}-quality-{quality}", Stream(100, 60, image=content)
    for length in (0, 1, 63, 64, 190, 191, 300):
        content = replace(small, strings=(b"y", b"z" * length))
        yield f"strings-z-{length}", Stream(100, 60, image=content)
    for name, shape, size in (
        ("rows", (130, 1), (64, 16384)),
        ("columns", (1, 130), (16384, 64)),
        ("both", (3, 4), (100, 60)),
    ):
        yield f"strings-shape-{name}", Stream(*size, image=replace(small, shape=shape, digest=None))
    digest = replace(small, digest="0" * 16)
    yield "strings-digest-zero", Stream(100, 60, image=digest)
    for count, architecture in ((1, "private-14"), (2, "private-15")):
        private = Strings(architecture, (b"y", b"z")[:count], (1, 1), 8, "ms-ssim", "fedcba9876543210")
        yield f"strings-own-{architecture}", Stream(100, 60, image=private)


def _codestreams() -> NamedStreams:
    small = next(one.data for one in codestreamheaders.made() if one.name == "jxl-small")
    for length in (len(small), len(small) + 1, MAX_CODESTREAM_BYTES):
        yield f"codestream-jxl-{length}", Stream(96, 64, image=Codestream("jxl", small.ljust(length, b"\0"), 1))
    for reduction in (2, 3):
        dot = Codestream("jxl", shortest("jxl", Size(1, 1)), reduction)
        yield f"codestream-jxl-reduced-{reduction}", Stream(1, 1, image=dot)
    for one in (*codestreamheaders.made(), *codestreamheaders.passed_over()):
        yield f"codestream-{one.name}", Stream(*one.size, image=Codestream(one.format, one.data, 1))
    for kind in KINDS:
        yield f"codestream-{kind}-smallest", Stream(96, 64, image=Codestream(kind, shortest(kind, Size(96, 64)), 1))
    for kind in ("av1", "hevc", "vvc", "avc"):
        padded = Codestream(kind, shortest(kind, Size(16, 32)), 1)
        yield f"codestream-{kind}-coded-size", Stream(5, 31, image=padded)
    # The coded size is the padded size of AVC, or not; no packets of JPEG 2000.
    for size in (Size(16, 32), Size(18, 30), Size(31, 47)):
        form, data = restore_with_template(25, size, b"")
        yield f"codestream-avc-{size.width}", Stream(*size, image=Codestream(form, data, 1))
    for size in (Size(1, 65_535), Size(65_535, 1)):
        form, data = restore_with_template(26, size, b"")
        yield f"codestream-jpeg2000-{size.width}", Stream(*size, image=Codestream(form, data, 1))
    # Any bytes, restored by the templates that no committed codestream needs.
    for number, stored in (
        (14, b"\x10\x00\x20"),
        (15, b"\x10\x00\x20"),
        (18, b"\0\0\1\x26\1"),
        (28, b"\x0e\x60"),
        (21, b"\3abcxyz"),
    ):
        form, data = restore_with_template(number, (96, 64), stored)
        yield f"codestream-template-{number}", Stream(96, 64, image=Codestream(form, data, 1))


def _generation() -> NamedStreams:
    def vector(name: str, **values: Any) -> tuple[str, Stream]:
        return f"generation-{name}", Stream(64, 64, text=Text(""), generation=Generation(**values), methods=RAW)

    for row in MODELS:
        yield vector(f"model-{row.name}", model=row.name)
    yield vector("model-digest-zero", model="0" * 16)
    for row in SAMPLERS:
        yield vector(f"sampler-{row.name}", sampler=row.name)
    yield vector("sampler-zero", sampler=0)
    yield vector("sampler-largest", sampler=MAX_VARINT)
    for name in ("seed", "steps", "guidance", "level"):
        for value in (0, 127, 128, 16_383, 16_384, MAX_VARINT):
            yield vector(f"{name}-{value}", **{name: value})
    for value in (0, 1, 99, 100):
        yield vector(f"strength-{value}", strength=value)
    for seed in (MAX_VARINT + 1, 2**39, 2**64 - 1):
        yield vector(f"seed-{seed}", seed=seed)
    for settings in ("0" * 16, "0123456789abcdef"):
        yield vector(f"settings-{settings}", settings=settings)
    yield vector("more", model="ddcm", seed=2**40 + 1, steps=20, level=3, settings="f" * 16)
    for name, suffix in (("empty", ""), ("points", POINTS), ("long", "x" * 128)):
        yield vector(f"suffix-{name}", prompt_suffix=suffix)


def _profiles() -> NamedStreams:
    def words(count: int) -> str:
        return " ".join(["word"] * count)

    image = blocks(768, 512, 32, 6)
    three = (Item(words(3), words(10)),) * 3
    for profile in ("misc-1", "misc-2"):
        for side in (8, 16):
            full = Text(words(60), three)
            maps = discs(side, 24 - side, 3)
            yield (
                f"profile-{profile}-limits-{side}",
                Stream(768, 512, profile, text=full, maps=maps, image=image, methods=RAW),
            )
        single = Text("", three[:1])
        yield f"profile-{profile}-one-item", Stream(768, 512, profile, text=single, maps=discs(8, 8, 1), image=image)
    yield "profile-misc-2-no-items", Stream(768, 512, "misc-2", text=Text(""), image=image, methods=RAW)
    full = Text(words(50), (Item(words(3), words(30)),) * 3)
    yield (
        "profile-sedic-limits",
        Stream(96, 64, "sedic", text=full, maps=discs(96, 64, 3), image=ramp(3, 2, 6), methods=RAW),
    )
    yield "profile-sedic-no-items", Stream(96, 64, "sedic", text=Text(words(50)), image=ramp(3, 2, 6), methods=RAW)
    for profile in ("misc-3", "cmc-pixel", "cmc-full"):
        spaces = Text("\u2003".join(["word\u200b\u00a0\t"] * 60) + "\u3000")
        yield f"profile-{profile}-limits", Stream(768, 512, profile, text=spaces, image=image, methods=RAW)
    yield "profile-cmc-text-limits", Stream(768, 512, "cmc-text", text=Text(words(60)), methods=RAW)
    for profile in ("misc-1", "misc-2", "misc-3", "sedic", "cmc-text", "cmc-pixel", "cmc-image", "cmc-full"):
        parts: dict[str, Any] = {"text": Text("a")} if profile != "cmc-image" else {}
        parts |= {"image": image} if profile != "cmc-text" else {}
        seed = Generation(seed=7)
        yield f"profile-{profile}-generation", Stream(768, 512, profile, **parts, generation=seed, methods=RAW)
    members = (Ancillary(6, b"a remark"), Ancillary(15))
    yield (
        "profile-misc-1-ancillary",
        Stream(768, 512, "misc-1", text=Text("a"), image=image, ancillary=members, methods=RAW),
    )
    # 12 bytes: exactly the largest rate.
    yield "profile-cmc-text-rate", Stream(200, 200, "cmc-text", text=Text("abc"), methods=RAW)
    # 200 bytes, as well.
    yield "profile-misc-2-rate", Stream(200, 200, "misc-2", text=Text("w" * 178), image=ramp(3, 2, 6), methods=RAW)
    hidden: dict[str, Any] = {"text": Opaque(b"T"), "maps": Opaque(b"M"), "image": Opaque(b"I")}
    yield "profile-misc-1-private", Stream(768, 512, "misc-1", **hidden, generation=Opaque(b"G"))
    yield (
        "profile-misc-1-private-maps",
        Stream(768, 512, "misc-1", text=TEXT, maps=Opaque(b""), image=image, methods=RAW),
    )


def _together() -> NamedStreams:
    """All components together, with each pair of methods of text and maps."""
    members = (Ancillary(6, b"a remark"), Ancillary(9, b"?"), Ancillary(15))
    text = Text("A cup.", (Item("cup", "white"),))
    for text_method, maps_method in product(
        ("raw", "huffman", "language-own"), ("packed", "runlength", "jbig2", "context", "ragged")
    ):
        methods = {"text": text_method, "maps": maps_method}
        parts: dict[str, Any] = {"text": text, "maps": discs(12, 10, 1), "image": ramp(3, 2, 4)}
        parts |= {"generation": ALL_GENERATION, "ancillary": members}
        yield f"all-{text_method}-{maps_method}", Stream(96, 64, **parts, methods=methods)
    foreign: dict[str, Any] = {"text": text, "maps": discs(12, 10, 2), "image": codestream("vvc.vvc")}
    yield "all-jbig2-codestream", Stream(96, 64, **foreign, methods={**RAW, **JBIG2})
    for kinds in (("text", "maps"), ("maps", "image"), ("text", "generation", "image"), ("maps", "generation")):
        selected = {kind: part for kind, part in parts.items() if kind in kinds}
        yield f"only-{'-'.join(kinds)}", Stream(96, 64, **selected, methods={**RAW, **PACKED})


def broken_files() -> Iterator[Broken]:
    """Every non-conforming vector of this module."""
    for family, rows in (
        ("container", _broken_container()),
        ("text", _broken_text()),
        ("maps", _broken_maps()),
        ("image", _broken_image()),
        ("rest", _broken_rest()),
        ("profile", _broken_profiles()),
    ):
        for title, rule, bit_offset, path, data in rows:
            yield Broken(f"bad-{family}-{title}", rule, bit_offset, path, data)


def _broken_container() -> BrokenRows:
    caption = write(Stream(512, 512, text=Text(CAPTION), methods=HUFFMAN))
    # The field in which a file of this many bytes ends.
    ends = {1: ("signature", 0), 3: ("version_major", 24), 4: ("profile", 30), 5: ("width_minus_1", 40)}
    for size, (name, start) in (ends | {7: ("height_minus_1", 52)}).items():
        yield f"header-of-{size}", "MISC-CON-007", start, f"header/{name}", caption[:size]
    for value in range(2, 8):
        data = patched(caption, "header/version_major", value)
        yield f"major-{value}", "MISC-CON-002", 24, "header/version_major", data
    for value in (0, 3, 4, 5, 6, 7):
        data = patched(caption, "header/version_minor", value)
        yield f"minor-{value}", "MISC-CON-003", 27, "header/version_minor", data
    for bit in (0, 7, 8, 23):
        wrong = (int.from_bytes(caption[:3], "big") ^ 1 << 23 - bit).to_bytes(3, "big")
        yield f"signature-bit-{bit}", "MISC-CON-001", 0, "header/signature", wrong + caption[3:]
    for value in (2, 4, 8, 15):
        data = patched(caption, "framing/text/reserved", value)
        yield f"reserved-{value}", "MISC-CON-011", 68, "framing/text/reserved", data
    for kind, reserved in (("text", (4, 14)), ("maps", (5, 14)), ("generation", (1, 14)), ("image", (14,))):
        companion = {} if kind == "text" else {"text": (0, b"a")}
        offset = 64 if kind == "text" else 64 + 16 + 8
        for number in reserved:
            data = framed(**companion | {kind: (number, b"?")})
            yield f"method-{kind}-{number}", "MISC-CON-012", offset, f"framing/{kind}/method", data
    for number in (1, 2, 3, 4):
        critical = framed((number, b"x"), text=(0, b"a"))
        yield f"critical-{number}", "MISC-CON-015", 88, "framing/ancillary/0/type", critical
    behind = framed((5, b"x"), (6, b"y"), text=(0, b"a"))
    yield "critical-first", "MISC-CON-015", 88, "framing/ancillary/0/type", behind
    wide = header("text", wide_size=1, width_minus_1=4095, height_minus_1=4095) + b"\x00a"
    yield "wide-4096", "MISC-CON-005", 39, "header/wide_size", wide
    frame = header("text", "image") + b"\x0f\xff"
    for count in range(1, 5):
        more = frame + b"\x80" * count
        yield f"varint-cut-{count}", "MISC-CON-007", 80, "framing/text/length_extra", more
    yield "varint-cut-5", "MISC-CON-010", 80, "framing/text/length_extra", frame + b"\x80" * 5
    whole = framed(text=(0, b"e" * 4096), image=(15, b""))
    for count in range(2, 6):
        spare = whole[:10] + b"\x81" + b"\x80" * (count - 2) + b"\x00" + whole[11:]
        yield f"varint-spare-{count}", "MISC-CON-009", 80, "framing/text/length_extra", spare
    over = frame + b"\x80\x80\x80\x80\x10" + bytes(9)
    yield "varint-2-32", "MISC-CON-010", 80, "framing/text/length_extra", over
    yield "frame-of-a-byte", "MISC-CON-007", 68, "framing/text/length", header("text", "image") + b"\x00"
    remark = header("text", "ancillary") + b"\x00\x01a\x60"
    yield "ancillary-frame-cut", "MISC-CON-007", 92, "framing/ancillary/0/length", remark
    both = header("text", "image") + b"\x00\x02a"
    yield "payload-cut", "MISC-CON-008", 80, "text", both
    image = header("text", "image") + b"\x00\x01a"
    yield "second-frame-missing", "MISC-CON-007", 88, "framing/image/method", image


def _broken_text() -> BrokenRows:
    forms = {
        "continuation": b"\x80", "overlong-2": b"\xc1\xbf", "overlong-3": b"\xe0\x9f\xbf", "overlong-4": b"\xf0\x8f\xbf\xbf",
        "surrogate-high": b"\xed\xa0\x80", "surrogate-low": b"\xed\xbf\xbf", "above-10ffff": b"\xf4\x90\x80\x80",
        "lead-f5": b"\xf5\x80\x80\x80", "lead-fe": b"\xfe", "cut-2": b"\xc3", "cut-3": b"\xe6\x88", "cut-4": b"\xf0\x9f\x8f",
    }  # fmt: skip
    for name, form in forms.items():
        yield f"utf8-{name}", "MISC-TXT-001", PAYLOAD + 16, "text/overall", only("text", 0, b"ab" + form)
        item = only("text", 0, b"a\xffb\xff" + form)
        yield f"utf8-{name}-detail", "MISC-TXT-001", PAYLOAD + 32, "text/items/0/detail", item
    for name, data in {
        "unknown-letter": b"\x1fD", "empty": b"\x1f", "spelled": b"\x1fnegative", "capital": b"\x1fOwn",
        "hyphen-first": b"\x1f-a", "space": b"\x1fa b", "long": b"\x1f" + b"n" * 33, "newline": b"\x1fname\n",
    }.items():  # fmt: skip
        yield f"named-{name}", "MISC-TXT-008", PAYLOAD, "text/named/0/name", only("text", 0, b"a\xff" + data + b"\xffv")
    second = only("text", 0, b"a\xffcup\xffred\xff\x1fB\xffblur\xff\x1f\x1f\xffv")
    yield "named-second", "MISC-TXT-008", PAYLOAD, "text/named/1/name", second
    behind = only("text", 0, b"a\xffcup\xffred\xff\x1fB\xffblur\xffcup\xffred")
    yield "item-behind-named", "MISC-TXT-008", PAYLOAD, "text/items/2/name", behind
    seventeen = only("text", 0, b"a" + b"\xff\x1fB\xffblur" * 17)
    yield "seventeen-named", "MISC-TXT-003", PAYLOAD, "text", seventeen
    ill_formed = only("text", 0, b"a\xff\x1fB\xffb\xc3")
    yield "named-not-utf8", "MISC-TXT-001", PAYLOAD + 48, "text/items/0/detail", ill_formed
    writer = BitWriter()
    for byte in b"\xff\x1fD\xff":
        writer.u(codebook().lengths[byte], codebook().codes[byte])
    huffman = only("text", 1, writer.to_bytes())
    yield "huffman-named", "MISC-TXT-008", PAYLOAD, "text/named/0/name", huffman
    yield "separators-3", "MISC-TXT-002", PAYLOAD, "text", only("text", 0, b"\xff" * 3)
    yield "separators-31", "MISC-TXT-002", PAYLOAD, "text", only("text", 0, b"\xff" * 31)
    for count in range(2, 9):
        code = write(Stream(512, 512, text=Text("e" * count), methods=HUFFMAN))[9:]
        padding = -3 * count % 8
        if padding:
            wrong = code[:-1] + bytes((code[-1] | 1,))
            name = f"huffman-padding-{padding}"
            yield name, "MISC-CON-017", PAYLOAD + 3 * count, "text", only("text", 1, wrong)
    yield "own-digest-cut", "MISC-CON-007", PAYLOAD, "text/model_digest", only("text", 3, bytes(7))
    yield "own-without-digest", "MISC-CON-007", PAYLOAD, "text/model_digest", only("text", 3, b"")


def _broken_maps() -> BrokenRows:
    yield "empty", "MISC-CON-007", PAYLOAD, "maps/map_count_minus_1", only("maps", 0, b"")
    high = only("maps", 2, b"\x0e\x03\xff\xff\x03\x30")
    yield "height-65536", "MISC-MAP-005", PAYLOAD + 16, "maps/one_size/0/height_minus_1", high
    second = only("maps", 2, b"\x1f\x08\x00\xff\xff\x03\x00\x30\x03")
    yield "second-width-65536", "MISC-MAP-005", PAYLOAD + 24, "maps/size/1/width_minus_1", second
    for code, side in ((2, 9), (9, 16), (10, 32), (11, 64)):
        explicit = bytes((0x0E, side - 1, side - 1))
        data = only("maps", 0, explicit + bytes(-(-side * side // 8)))
        yield f"explicit-{side}x{side}", "MISC-MAP-002", PAYLOAD + 4, "maps/size_code", data
        picture = only("maps", 0, bytes((code,)) + bytes(-(-side * side // 8)), size=(side, side))
        yield f"square-{side}-is-picture", "MISC-MAP-002", PAYLOAD + 4, "maps/size_code", picture
    explicit = only("maps", 0, b"\x0e\x05\x04" + bytes(4), size=(6, 5))
    yield "explicit-is-picture", "MISC-MAP-002", PAYLOAD + 4, "maps/size_code", explicit
    for method in (0, 1, 2):
        excess = only("maps", method, b"\x10" + bytes(9), size=(4096, 2049))
        yield f"pixels-{method}", "MISC-MAP-003", PAYLOAD, "maps", excess
    cut = only("maps", 0, b"\x0e\x80")
    yield "size-cut", "MISC-CON-007", PAYLOAD + 8, "maps/one_size/0/width_minus_1", cut
    spare = only("maps", 0, b"\x0e\x80\x00\x00\x00")
    yield "size-spare", "MISC-CON-009", PAYLOAD + 8, "maps/one_size/0/width_minus_1", spare
    for bits in (1, 2, 7):
        nine = write(Stream(512, 512, maps=Maps((np.zeros((9, 9), np.bool_),)), methods=PACKED))
        wrong = nine[:-1] + bytes((nine[-1] | 1 << bits - 1,))
        yield f"padding-{bits}", "MISC-CON-017", PAYLOAD + 8 + 81, "maps", wrong
    for k in range(8):
        writer = BitWriter()
        for width, value in ((8, 0x01), (1, 0), (3, k)):
            writer.u(width, value)
        data = only("maps", 1, writer.to_bytes() + bytes(20))
        yield f"run-endless-{k}", "MISC-MAP-004", PAYLOAD + 12, "maps/0", data
    whole = write(Stream(512, 512, maps=discs(8, 8, 2), methods=RUNLENGTH))
    yield "runlength-trailing", "MISC-CON-016", _runs_end(discs(8, 8, 2)), "maps", whole + b"\x00"
    yield "runlength-empty", "MISC-CON-007", PAYLOAD + 8, "maps/0", only("maps", 1, b"\x01")
    for nibble in (2, 4, 8, 15):
        reserved = only("maps", 2, bytes((0x01, nibble)))
        yield f"region-reserved-{nibble}", "MISC-CON-011", PAYLOAD + 12, "maps/region/0/reserved", reserved
    frame = only("maps", 2, b"\x01")
    yield "region-missing", "MISC-CON-007", PAYLOAD + 8, "maps/region/0/template", frame
    alone = only("maps", 2, b"\x01\x00\xff\xac")
    yield "region-marker-alone", "MISC-CON-018", PAYLOAD + 11, "maps", alone
    third = b"\x21" + b"\x10\x01\x10\x00"  # three maps: frames with lengths 0 and 16, and a half byte more
    yield "region-cut-second", "MISC-CON-007", PAYLOAD + 40, "maps/1", only("maps", 2, third + b"?")


def _runs_end(maps: Maps) -> int:
    """The first bit after the run lengths of these maps."""
    shares = maps_runlength.split_bits(maps, Size(512, 512))
    return PAYLOAD + 8 + sum(share.bits for share in shares if share.path != "padding")


def _broken_image() -> BrokenRows:
    yield "empty", "MISC-CON-007", PAYLOAD, "image/layout", only("image", 0, b"")
    yield "without-sizes", "MISC-CON-007", PAYLOAD + 8, "image/grid_width_minus_1", only("image", 0, b"\x1c")
    yield "without-height", "MISC-CON-007", PAYLOAD + 16, "image/grid_height_minus_1", only("image", 0, b"\x1c\x03")
    yield "without-block", "MISC-CON-007", PAYLOAD + 8, "image/block_size_minus_1", only("image", 0, b"\x9c")
    grid = write(Stream(512, 512, image=ramp(8, 6, 5)))
    yield "colour-3", "MISC-IMG-001", PAYLOAD + 1, "image/colour", patched(grid, "image/colour", 3)
    for value in (2, 3):
        data = patched(grid, "image/reserved", value)
        yield f"reserved-{value}", "MISC-CON-011", PAYLOAD + 6, "image/reserved", data
    cells = only("image", 0, b"\x1c\xff\x03\x80\x04", size=(512, 513))
    yield "cells-513", "MISC-IMG-002", PAYLOAD, "image", cells
    spare = only("image", 0, b"\x1c\x83\x00\x03")
    yield "width-spare", "MISC-CON-009", PAYLOAD + 8, "image/grid_width_minus_1", spare
    large = only("image", 0, b"\x9c\xff\xff\xff\xff\x1f")
    yield "block-large", "MISC-CON-010", PAYLOAD + 8, "image/block_size_minus_1", large
    for number in (8, 9, 10, 11, 12):
        data = only("image", 2, bytes((number << 4, 2)) + b"ZZY")
        yield f"architecture-{number}", "MISC-CAI-001", DECLARED, "image/architecture", data
    for value in (1, 32, 63):
        data = only("image", 2, bytes((0x10, value)) + b"Y")
        yield f"strings-reserved-{value}", "MISC-CON-011", DECLARED + 10, "image/reserved", data
    yield "strings-empty", "MISC-CON-007", DECLARED, "image/architecture", only("image", 2, b"")
    usual = only("image", 2, b"\x10\x40\x1f\x1f")
    yield "strings-usual-16", "MISC-CAI-002", DECLARED + 9, "image/explicit_shape", usual
    flat = only("image", 2, b"\x60\x42\x00\x08ZZY")
    yield "strings-columns-of-a-row", "MISC-CAI-003", DECLARED + 24, "image/columns_minus_1", flat
    gap = bytearray((CODESTREAMS / "jpeg.jpg").read_bytes()[2:])
    gap[2 + int.from_bytes(gap[2:4], "big")] = 0  # where the second marker should begin
    between = only("image", 3, bytes((WHOLE_TEMPLATES["jpeg"],)) + gap[1:], (96, 64))
    yield "jpeg-between-segments", "MISC-CDS-003", DECLARED + 8, "image/codestream", between
    for title, rule, varint in (
        ("spare", "MISC-CON-009", b"\x81\x00?"),
        ("large", "MISC-CON-010", b"\xff\xff\xff\xff\x1f"),
    ):
        data = only("image", 3, bytes((VVC_PARAMETERS,)) + varint)
        yield f"sized-{title}", rule, DECLARED + 8, "image/codestream", data
    shape = only("image", 2, b"\x60\x42\x01")
    yield "strings-shape-cut", "MISC-CON-007", DECLARED + 24, "image/columns_minus_1", shape


def _broken_rest() -> BrokenRows:
    content = {"text": (0, b"a")}
    start = 64 + 16 + 8  # the frame of the next component follows header, frame and payload of the text

    def generation(payload: bytes) -> bytes:
        return framed(**content, generation=(0, payload))

    reserved = generation(b"\x41\x01\x07")
    yield "generation-reserved", "MISC-CON-011", start + 16 + 3, "generation/reserved", reserved
    yield "generation-missing", "MISC-CON-007", start + 8, "generation/has_model", generation(b"")
    names = ("model", "seed", "sampler", "steps", "strength", "guidance", "prompt_suffix")
    more_names = ("level", "settings", "seed_high")
    flags = {name: bytes((0x80 >> index,)) for index, name in enumerate(names)}
    flags |= {name: bytes((1, 0x80 >> index)) for index, name in enumerate(more_names)}
    for name, flag in flags.items():
        place = start + 8 + 8 * len(flag)
        yield f"generation-{name}-cut", "MISC-CON-007", place, f"generation/{name}", generation(flag)
        if name not in ("strength", "prompt_suffix", "settings"):
            spare = generation(flag + b"\x81\x00")
            yield f"generation-{name}-spare", "MISC-CON-009", place, f"generation/{name}", spare
            large = generation(flag + b"\xff\xff\xff\xff\x1f")
            yield f"generation-{name}-large", "MISC-CON-010", place, f"generation/{name}", large
    yield "generation-more-cut", "MISC-CON-007", start + 16, "generation/has_level", generation(b"\x01")
    yield "generation-nothing-more", "MISC-GEN-001", start + 8, "generation", generation(b"\x01\x00")
    yield "generation-spare-flags", "MISC-CON-018", start + 8 + 7, "generation", generation(b"\x41\x00\x07")
    yield "generation-seed-high-0", "MISC-CON-018", start + 8 + 7, "generation", generation(b"\x41\x20\x07\x00")
    yield "generation-seed-high-alone", "MISC-CON-018", start + 8 + 1, "generation", generation(b"\x01\x20\x01")
    digest = generation(b"\x80\x00" + bytes(7))
    yield "generation-digest-cut", "MISC-CON-007", start + 24, "generation/model_digest", digest
    for value in (128, 255):
        strength = generation(bytes((8, value)))
        yield f"generation-strength-{value}", "MISC-GEN-003", start + 16, "generation/strength", strength
    for length in (0, 3, 5):
        checked = framed((14, b""), **content)
        frame = bytes((15 << 4, length)) + bytes(length)
        yield f"checksum-of-{length}", "MISC-ANC-001", start + 16, "ancillary/checksum", checked[:11] + frame
    for number, name in ((6, "comment"), (7, "provenance")):
        data = framed((number, b"\xc3"), **content)
        yield f"{name}-cut-character", "MISC-ANC-003", start + 16, f"ancillary/{name}", data
    image = write(Stream(512, 512, image=ramp(4, 4, 4), ancillary=(Ancillary(15),)))
    turned = image[:-7] + bytes((image[-7] ^ 1,)) + image[-6:]
    yield "checksum-of-damage", "MISC-ANC-002", 8 * len(image) - 32, "ancillary/checksum", _sound(turned, image)


def _sound(damaged: bytes, sound: bytes) -> bytes:
    """The sound file with the checksum of a damaged one."""
    from misc_format.structure.container import checksum

    return sound[:-4] + checksum(damaged[:-4])


def _broken_profiles() -> BrokenRows:
    image = blocks(768, 512, 32, 6)

    def unchecked(profile: str, **content: Any) -> bytes:
        methods = {kind: name for kind, name in (RAW | PACKED).items() if not isinstance(content.get(kind), Opaque)}
        return write(Stream(768, 512, profile, methods=methods, **content), check_profile=False)

    flags = {"text": 34, "maps": 35, "generation": 36, "image": 37}
    needed = {
        "misc-1": ("text", "image"), "misc-2": ("text", "image"), "misc-3": ("text", "image"), "sedic": ("text", "image"),
        "cmc-text": ("text",), "cmc-pixel": ("text", "image"), "cmc-image": ("image",), "cmc-full": ("text", "image"),
    }  # fmt: skip
    for profile, kinds in needed.items():
        for kind in kinds:
            parts: dict[str, Any] = {"text": Text("a"), "image": image}
            rest = {name: part for name, part in parts.items() if name in kinds and name != kind}
            rest = rest or {"maps": Opaque(b"")}  # a private-use method, so only the missing component is a fault
            if "maps" in rest and profile in ("cmc-text", "cmc-image"):
                continue  # maps are superfluous there
            yield f"{profile}-without-{kind}", "MISC-PRO-001", flags[kind], kind, unchecked(profile, **rest)
    text = 64 + 16 + 8  # after header, frame and a text of one letter
    for profile in ("misc-3", "cmc-pixel", "cmc-full"):
        data = unchecked(profile, text=Text("a"), maps=Opaque(b""), image=image)
        yield f"{profile}-with-maps", "MISC-PRO-002", text + 32, "maps", data
    hidden = unchecked("cmc-image", text=Opaque(b"a"), image=image)
    yield "cmc-image-with-text", "MISC-PRO-002", 64 + 32, "text", hidden
    for profile, max_words in (("misc-2", 60), ("sedic", 50), ("misc-3", 60), ("cmc-full", 60)):
        long = unchecked(profile, text=Text("w " * (max_words + 1)), image=image)
        yield f"{profile}-words-overall", "MISC-PRO-004", 64 + 16, "text/overall", long
    spaced = unchecked("misc-3", text=Text("\u2003w" * 30 + "\tw\n" * 31), image=image)
    yield "misc-3-words-spaces", "MISC-PRO-004", 64 + 16, "text/overall", spaced
    for columns, rows in ((17, 8), (8, 7), (32, 32)):
        data = unchecked("misc-2", text=Text("", (Item("a", "b"),)), maps=discs(columns, rows, 1), image=image)
        fields = 8 if columns == rows else 24
        offset = 64 + 16 + 8 * 4 + 16 + fields
        yield f"misc-2-map-{columns}x{rows}", "MISC-PRO-005", offset, "maps/0", data
    sedic = unchecked("sedic", text=Text("", (Item("a", "b"),)), maps=discs(8, 8, 1), image=image)
    yield "sedic-map-8x8", "MISC-PRO-005", 64 + 16 + 8 * 4 + 16 + 8, "maps/0", sedic
    more = unchecked("misc-2", text=Text("a"), maps=discs(8, 8, 1), image=image)
    yield "misc-2-map-without-item", "MISC-PRO-006", text + 16, "maps", more
