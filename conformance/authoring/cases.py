"""The streams of the conforming vectors: every component, method, profile and extreme size. They are the same in every run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format import Ancillary, Codestream, Generation, Grid, Item, Latents, Maps, Opaque, Stream, Strings, Text
from misc_format.coders.image import latents as image_latents
from misc_format.coders.image.formats import FORMAT_OF_ENDING
from misc_format.coders.image.latentmodel.model import Model
from misc_format.coders.maps import jbig2region, regions
from misc_format.coders.maps.mapmodel import scale
from misc_format.components import Region, Size
from misc_format.testing.latent_pattern import conforming

from ..suite import CODESTREAMS
from . import compressai_strings

CODESTREAM_SIZES = {  # width, height and reduction of the pictures that are not 96 x 64
    **dict.fromkeys(("vvc-third", "hevc-third", "av1-third", "avc-third"), (131, 75, 3)),
    **dict.fromkeys(
        (
            "jpeg-grey",
            "jpeg-grey-progressive",
            "jpeg-progressive",
            "jpeg-tables",
            "jpeg-full-chroma",
            "av1-avif",
            "jpeg2000-grey",
        ),
        (48, 32, 1),
    ),
    "webp-lossless": (8, 8, 1),
    "vvc-perceptual-parameters": (320, 208, 1),
    "av1-large": (768, 512, 1),
}
CAPTION = "A white cup of coffee on a red saucer stands on a wooden table; a spoon lies beside it."
ITEMS = (
    Item("cup", "white cup, half full of dark coffee"),
    Item("saucer", "round red saucer with a glossy rim"),
    Item("spoon", "small silver spoon"),
)
TEXT = Text(CAPTION, ITEMS)
SCRIPTS = "Ein Haus, une maison, дом, 房子, بيت, घर, 🏠\n\ttab and newline, \x00 and \x7f"
ALL_GENERATION = Generation("diffbir-v1", 4_294_967_295, "ddpm-spaced", 50, 80, 70, ", hyper detail, masterpiece, 4K")


def discs(columns: int, rows: int, count: int) -> Maps:
    """`count` discs of different sizes and positions."""
    y, x = np.mgrid[0:rows, 0:columns]
    across, down = (2 * x + 1) / columns - 1, (2 * y + 1) / rows - 1
    return Maps(
        tuple((across - 0.3 * index) ** 2 + (down + 0.2 * index) ** 2 < 0.6 / (index + 1) for index in range(count))
    )


def ramp(columns: int, rows: int, depth: int, planes: int = 3) -> Grid:
    """A stretched grid: a ramp with some texture."""
    y, x = np.mgrid[0:rows, 0:columns]
    shades = [(7 * x + (3 + plane) * y + (x * y * (plane + 1)) % 5) % (1 << depth) for plane in range(planes)]
    samples = np.stack(shades, axis=-1).astype(np.uint8)
    return Grid(samples if planes == 3 else samples[..., 0], depth)


def blocks(width: int, height: int, block: int, depth: int) -> Grid:
    """A grid of the fewest blocks that cover a picture."""
    stretched = ramp(-(-width // block), -(-height // block), depth)
    return Grid(stretched.samples, depth, block)


def conforming_streams() -> Iterator[tuple[str, Stream]]:
    """The name and stream of each vector. The name says what the vector tests."""
    yield from _texts()
    yield from _maps()
    yield from _images()
    yield from _latents()
    yield from _strings()
    yield from _codestreams()
    yield from _others()
    yield from _profiles()


def _texts() -> Iterator[tuple[str, Stream]]:
    for method in ("raw", "huffman", "language", "language-own"):
        methods = {"text": method}
        yield f"text-{method}", Stream(512, 512, text=TEXT, methods=methods)
        yield f"text-{method}-empty", Stream(1, 1, text=Text(""), methods=methods)
        yield f"text-{method}-one-letter", Stream(1, 1, text=Text("e"), methods=methods)
        yield f"text-{method}-scripts", Stream(640, 480, text=Text(SCRIPTS, (Item("", ""),)), methods=methods)
        items = tuple(Item(f"thing {index}", "x" * index) for index in range(16))
        yield f"text-{method}-sixteen-items", Stream(640, 480, text=Text("", items), methods=methods)
    long = Text(" ".join([CAPTION] * 60))
    yield "text-raw-length-extra", Stream(640, 480, text=long, image=ramp(4, 3, 4), methods={"text": "raw"})
    yield "text-huffman-long", Stream(640, 480, text=long, methods={"text": "huffman"})
    yield "text-language-repeats", Stream(640, 480, text=Text(" ".join([CAPTION] * 4)), methods={"text": "language"})


def _maps() -> Iterator[tuple[str, Stream]]:
    for method in ("packed", "runlength", "jbig2", "context", "ragged"):
        methods = {"maps": method}
        for side in (*range(8, 17), 32, 64):
            yield f"maps-{method}-square-{side}", Stream(96, 64, maps=discs(side, side, 2), methods=methods)
        yield f"maps-{method}-picture", Stream(40, 30, maps=discs(40, 30, 3), methods=methods)
        yield f"maps-{method}-one-size", Stream(96, 64, maps=discs(12, 7, 3), methods=methods)
        mixed = Maps(discs(12, 7, 1).maps + discs(8, 8, 1).maps + discs(96, 64, 1).maps)
        yield f"maps-{method}-each-size", Stream(96, 64, maps=mixed, methods=methods)
        yield f"maps-{method}-sixteen", Stream(96, 64, maps=discs(8, 8, 16), methods=methods)
        yield f"maps-{method}-one-pixel", Stream(1, 1, maps=Maps((np.ones((1, 1), np.bool_),)), methods=methods)
        plain = Maps((np.zeros((8, 8), np.bool_), np.ones((8, 8), np.bool_)))
        yield f"maps-{method}-plain", Stream(96, 64, maps=plain, methods=methods)
    yield from _regions()
    yield from _large()


def _large() -> Iterator[tuple[str, Stream]]:
    """Maps of more than 4,096 pixels under the map model: of every kind, several in one file, reduced, and touching the borders."""
    methods = {"maps": "context"}
    yield "maps-context-fine", Stream(96, 64, maps=discs(96, 64, 3), methods=methods)
    yield "maps-context-rings", Stream(96, 64, maps=Maps((rings(96, 64),)), methods=methods)
    slopes = np.add.outer(5 * np.arange(64), -2 * np.arange(72)) % 331 < 120
    yield "maps-context-slopes", Stream(72, 64, maps=Maps((slopes, ~slopes)), methods=methods)
    yield "maps-context-tall", Stream(40, 144, maps=Maps((slopes.T[:, :40].repeat(2, 0),)), methods=methods)
    plain = Maps((np.zeros((70, 90), np.bool_), np.ones((70, 90), np.bool_)))
    yield "maps-context-plain-fine", Stream(90, 70, maps=plain, methods=methods)
    few = scale.enlarged(discs(16, 12, 1).maps[0], 60, 80)
    yield "maps-context-reduced", Stream(80, 60, maps=Maps((few, ~few)), methods=methods)
    large = scale.enlarged(discs(66, 65, 1).maps[0], 130, 132)
    yield "maps-context-reduced-fine", Stream(132, 130, maps=Maps((large,)), methods=methods)
    noise = np.random.default_rng(2).random((65, 65)) < 0.5
    smooth, half = rings(96, 64), np.random.default_rng(4).random((64, 96)) < 0.5
    rough = smooth ^ (half & (smooth != np.roll(smooth, 1, 1)))
    yield "maps-ragged-fine", Stream(96, 64, maps=Maps((rough, ~rough)), methods={"maps": "ragged"})
    yield "maps-context-noise", Stream(65, 65, maps=Maps((noise, noise)), methods=methods)


def _regions() -> Iterator[tuple[str, Stream]]:
    """Maps with given JBIG2 regions: every template, with and without typical prediction, and regions that no encoder would write."""
    methods = {"maps": "jbig2"}
    grid = rings(96, 64)
    for template in range(4):
        for typical in (False, True):
            region = Region(template, typical, jbig2region.encode(grid, template, typical) + b"\xff\xac")
            name = f"maps-jbig2-template-{template}{'-typical' * typical}"
            yield name, Stream(96, 64, maps=Maps((grid,), (region,)), methods=methods)
    # The generic region of T.88's annex H.1, segment 11.
    yield "maps-jbig2-annex-h", region_stream(Size(54, 44), Region(0, True, bytes.fromhex("04EEED87FBCB2BFFAC")))
    yield "maps-jbig2-no-data", region_stream(Size(96, 64), Region(0, False, b""))
    yield "maps-jbig2-no-marker", region_stream(Size(96, 64), Region(1, False, bytes(range(7, 90, 7))))
    yield "maps-jbig2-behind-a-marker", region_stream(Size(96, 64), Region(2, True, bytes.fromhex("1234FF905678FFAC")))
    yield "maps-jbig2-ones", region_stream(Size(96, 64), Region(3, False, bytes.fromhex("12FF7FFF7FFFFFAC")))
    noise = np.random.default_rng(1).random((64, 64)) < 0.5
    yield "maps-jbig2-long", Stream(96, 64, maps=Maps((noise,) * 3), methods=methods)


def region_stream(size: Size, region: Region) -> Stream:
    """A stream with one JBIG2 region."""
    maps = Maps((regions.pixels(region, size),), (region,))
    return Stream(*size, maps=maps, methods={"maps": "jbig2"})


def rings(columns: int, rows: int) -> NDArray[np.bool_]:
    """A map of rings, with a vertical bar and empty rows."""
    y, x = np.mgrid[0:rows, 0:columns]
    grid: NDArray[np.bool_] = ((x - columns // 3) ** 2 + (y - rows // 2) ** 2) // 64 % 2 == 1
    grid[:, -8:-3] = True
    grid[: rows // 8] = False
    return grid


def _images() -> Iterator[tuple[str, Stream]]:
    for depth in range(1, 9):
        yield f"grid-rgb-depth-{depth}", Stream(768, 512, image=ramp(12, 8, depth))
        yield f"grid-grey-depth-{depth}", Stream(768, 512, image=ramp(12, 8, depth, planes=1))
    yield "grid-blocks-64", Stream(1000, 700, image=blocks(1000, 700, 64, 8))
    yield "grid-blocks-1", Stream(3, 2, image=blocks(3, 2, 1, 8))
    yield "grid-blocks-whole-picture", Stream(300, 200, image=blocks(300, 200, 300, 6))
    yield "grid-one-cell", Stream(1, 1, image=ramp(1, 1, 8))
    yield "grid-one-row", Stream(4000, 17, image=ramp(60, 1, 6))
    yield "grid-one-column", Stream(17, 4000, image=ramp(1, 60, 6))
    yield "grid-flat", Stream(768, 512, image=Grid(np.full((8, 8, 3), 21, np.uint8), 5))
    extremes = np.indices((9, 9)).sum(axis=0) % 2 * 255
    yield (
        "grid-extremes",
        Stream(768, 512, image=Grid(np.stack([extremes, 255 - extremes, extremes], -1).astype(np.uint8))),
    )


def latents(picture: Size, quality: int, seed: int, far: int = 0) -> Latents:
    """Latents of small numbers from a linear congruential generator. With `far`, every `far`-th number is escaped."""
    state = seed

    def numbers(count: int) -> NDArray[np.int64]:
        nonlocal state
        values = []
        for index in range(count):
            state = (1_103_515_245 * state + 12_345) % 2**31
            small = (0, 0, 0, 0, 0, 1, -1, 2)[state >> 16 & 7]
            values.append((-1) ** index * (16 + (state >> 12) % 4_095) if far and index % far == 0 else small)
        return np.array(values, np.int64)

    return conforming(Model.shipped(image_latents.MODEL), quality, *image_latents.places(picture), numbers)


def _latents() -> Iterator[tuple[str, Stream]]:
    """Latents of one place and of many, with odd and even rows and columns, low and high quality, with and without escapes."""
    for width, height in ((1, 1), (32, 33), (65, 32), (100, 257), (290, 96)):
        size = Size(width, height)
        yield f"latents-{width}x{height}", Stream(*size, image=latents(size, 64, width))
    size = Size(97, 70)
    for quality in (0, 1, 63, 126, 127):
        yield f"latents-quality-{quality}", Stream(*size, image=latents(size, quality, 3))
    yield "latents-escapes", Stream(*size, image=latents(size, 100, 5, 7))
    some = latents(size, 20, 1)
    yield "latents-grey", Stream(*size, image=replace(some, grey=True))
    yield "latents-zero", Stream(*size, image=Latents(20, np.zeros_like(some.y), np.zeros_like(some.z)))
    yield "latents-with-text", Stream(*size, "misc-3", text=Text(CAPTION), image=latents(size, 40, 9))


def _strings() -> Iterator[tuple[str, Stream]]:
    """CompressAI strings of each architecture, as the library wrote them, and each branch of the fields."""
    contents = compressai_strings.contents()
    size = Size(compressai_strings.WIDTH, compressai_strings.HEIGHT)
    for name, content in contents.items():
        yield f"strings-{name}", Stream(*size, image=content)
    attention, factorized = contents["cheng2020-attn"], contents["bmshj2018-factorized"]
    pretrained = replace(attention, digest=None, quality=6, metric="ms-ssim")
    yield "strings-pretrained", Stream(*size, image=pretrained)
    caption = Text(CAPTION)
    yield "strings-with-text", Stream(*size, "misc-3", text=caption, image=attention)
    yield "strings-length-extra", Stream(*size, image=replace(attention, strings=(b"y" * 9, b"z" * 63)))
    yield "strings-length-62", Stream(*size, image=replace(attention, strings=(b"y" * 9, b"z" * 62)))
    yield "strings-empty", Stream(*size, image=replace(pretrained, strings=(b"", b"")))
    yield "strings-explicit-small", Stream(*size, image=replace(pretrained, shape=(1, 1)))
    yield "strings-explicit-padded-256", Stream(*size, image=replace(attention, shape=(4, 4)))
    yield "strings-explicit-factorized", Stream(*size, image=replace(factorized, shape=(4, 7)))
    yield "strings-largest", Stream(16384, 16384, image=replace(pretrained, shape=(256, 256)))
    for name, strings in (("private-14", (b"one",)), ("private-15", (b"one", b"two"))):
        private = Strings(name, strings, (4, 8) if len(strings) == 1 else (1, 2), 8)
        yield f"strings-{name}", Stream(*size, image=private)


def codestream(name: str, reduction: int = 1) -> Codestream:
    """A committed codestream. It is not encoded again, because versions of an encoder differ."""
    path = CODESTREAMS / name
    return Codestream(FORMAT_OF_ENDING[path.suffix].name, path.read_bytes(), reduction)


def _codestreams() -> Iterator[tuple[str, Stream]]:
    """Real codestreams: with each kind of template, and without one if a bit of the headers differs."""
    for path in sorted(CODESTREAMS.iterdir()):
        width, height, reduction = CODESTREAM_SIZES.get(path.stem, (96, 64, 1))
        yield f"codestream-{path.stem}", Stream(width, height, image=codestream(path.name, reduction))
    for name, bit in (("av1.obu", 41), ("hevc.hevc", 383), ("vvc.vvc", 135), ("avc.avc", 63)):  # a bit of the level
        content = codestream(name)
        data = bytearray(content.data)
        data[bit >> 3] ^= 0x80 >> (bit & 7)
        changed = replace(content, data=bytes(data))
        yield f"codestream-{name.split('.')[0]}-other-level", Stream(96, 64, image=changed)
    content = codestream("jpeg2000.j2k")  # the length of the tile is not stated
    start = content.data.index(b"\xff\x90") + 6
    changed = replace(content, data=content.data[:start] + bytes(4) + content.data[start + 4 :])
    yield "codestream-jpeg2000-other-length", Stream(96, 64, image=changed)
    yield "codestream-jpeg-half", Stream(191, 127, image=codestream("jpeg.jpg", 2))
    both = Stream(96, 64, text=TEXT, image=codestream("vvc.vvc"), ancillary=(Ancillary(15),))
    yield "codestream-beside-others", both


def _others() -> Iterator[tuple[str, Stream]]:
    yield "size-4096", Stream(4096, 4096, text=Text("x"))
    yield "size-4097-wide", Stream(4097, 1, text=Text("x"))
    yield "size-4097-high", Stream(1, 4097, text=Text("x"))
    yield "size-65535", Stream(65535, 65535, text=Text("x"))
    yield "generation-all", Stream(512, 512, text=TEXT, generation=ALL_GENERATION)
    yield "generation-digest", Stream(512, 512, text=TEXT, generation=Generation(model="0123456789abcdef"))
    yield "generation-seed", Stream(512, 512, text=TEXT, generation=Generation(seed=0))
    strange = Generation(model=1000, sampler=1000)
    yield "generation-unregistered", Stream(512, 512, text=TEXT, generation=strange)
    everything = (Ancillary(6, b"a remark"), Ancillary(7, "© somebody, CC0".encode()), Ancillary(8, bytes(range(200))))
    yield (
        "ancillary-all",
        Stream(512, 512, text=TEXT, ancillary=(*everything, Ancillary(13, b"\x00\xff"), Ancillary(15))),
    )
    yield "ancillary-reserved", Stream(512, 512, text=TEXT, ancillary=(Ancillary(9, b"from the future"), Ancillary(12)))
    yield "ancillary-checksum", Stream(512, 512, image=ramp(8, 8, 6), ancillary=(Ancillary(15),))
    yield "ancillary-length-extra", Stream(512, 512, text=TEXT, ancillary=(Ancillary(6, b"long " * 1000),))
    yield "private-image", Stream(512, 512, text=TEXT, image=Opaque(b"MYCODEC" + bytes(20)))
    private: dict[str, Any] = {
        "text": Opaque(b"T"),
        "maps": Opaque(b"M"),
        "generation": Opaque(b""),
        "image": Opaque(b""),
    }
    yield "private-everything", Stream(512, 512, "private", **private)


def _profiles() -> Iterator[tuple[str, Stream]]:
    grid = blocks(768, 512, 32, 6)
    for profile in ("misc-1", "misc-2"):
        yield f"profile-{profile}", Stream(768, 512, profile, text=TEXT, maps=discs(8, 8, 3), image=grid)
    yield "profile-misc-1-no-items", Stream(768, 512, "misc-1", text=Text(CAPTION), image=grid)
    yield "profile-misc-3", Stream(768, 512, "misc-3", text=Text(CAPTION), image=grid)
    yield "profile-sedic", Stream(96, 64, "sedic", text=TEXT, maps=discs(96, 64, 3), image=blocks(96, 64, 32, 6))
    yield "profile-cmc-text", Stream(768, 512, "cmc-text", text=Text(CAPTION))
    yield "profile-cmc-pixel", Stream(768, 512, "cmc-pixel", text=Text(CAPTION), image=blocks(768, 512, 64, 8))
    yield "profile-cmc-image", Stream(768, 512, "cmc-image", image=grid)
    yield (
        "profile-cmc-full",
        Stream(768, 512, "cmc-full", text=Text(CAPTION), image=grid, generation=Generation(seed=1)),
    )
