"""Vectors at the boundaries of the algorithms, which no other vector reaches. Decoders that are wrong in one place showed what was missing.

As in `breaking`, rule, bit offset and path of a broken file are written by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from misc_format import Codestream, Item, Maps, Stream, Text, write
from misc_format.coders.image import latents as image_latents
from misc_format.coders.image.latentmodel.model import Model
from misc_format.coders.image.latentmodel.passes import Integers, Part, Scales, walk
from misc_format.coders.maps import context as maps_context
from misc_format.coders.maps import jbig2region
from misc_format.coders.maps.mapmodel import codeword, scale
from misc_format.coders.maps.mapmodel import model as mapmodel
from misc_format.coders.text import languagecoding
from misc_format.coders.text.languagemodel import known
from misc_format.coders.text.languagemodel.pieces import END
from misc_format.components import Region, Size
from misc_format.limits import MAX_CODESTREAM_BYTES, MAX_TEXT_BYTES
from misc_format.registry import METHOD_BY_NAME

from ..plain.bits import first_difference
from ..plain.codestream import restore_with_template, tables
from ..suite import TINY_LANGUAGE
from .breaking import DECLARED, PAYLOAD, VVC_PARAMETERS, WHOLE_TEMPLATES, Broken, BrokenRows, only
from .cases import codestream, discs, latents, ramp

Map = NDArray[np.bool_]


def conforming_streams() -> Iterator[tuple[str, Stream]]:
    """The name and stream of each vector, as in `cases`."""
    for name, maps in _context_maps():
        rows, columns = maps[0].shape
        yield f"maps-context-{name}", Stream(columns, rows, maps=Maps(maps), methods={"maps": "context"})
    yield from _region_maps()
    yield from _latents()
    yield from _codestreams()
    longest = Text("a" * MAX_TEXT_BYTES)
    yield "text-language-own-longest", Stream(64, 64, text=longest, methods={"text": "language-own"})
    items = tuple(Item(name, "") for name in "abc")
    text, three, image = Text("", items), discs(16, 12, 3), ramp(3, 2, 4)
    methods = {"text": "raw", "maps": "packed"}
    yield "profile-sedic-three-items", Stream(16, 12, "sedic", text=text, maps=three, image=image, methods=methods)
    # The state of the network goes up to its end, where a value of 8 bits would be 128.
    yield "text-language-saturated", Stream(64, 64, text=Text("e" * 48 + " tree"), methods={"text": "language"})


def noise(columns: int, rows: int, seed: int, share: float = 0.5) -> Map:
    """A map of independent pixels."""
    return np.random.default_rng(seed).random((rows, columns)) < share


def _context_maps() -> Iterator[tuple[str, tuple[Map, ...]]]:
    dots = np.zeros((48, 96), np.bool_)
    dots[4::4, 12::24] = True
    yield "dots", (dots,)  # each is unlikely, until their frequency is at its limit
    upright = np.zeros((144, 32), np.bool_)
    upright[:, :14] = True
    upright[136:] = noise(32, 8, 1)
    yield "upright", (upright,)  # straight edges of more than 63 steps
    level = np.zeros((32, 144), np.bool_)
    level[8:24, 20:130] = True
    level[26:] = noise(144, 6, 2)
    yield "level", (level,)  # contours that lead 63 columns to the right, and 64 to the left
    y, x = np.mgrid[0:64, 0:65]
    wedge = (x > 20) & (x + 2 * y < 90) & (y > 12)
    disc = (x - 40) ** 2 + (y - 40) ** 2 < 150
    yield "least", (wedge | disc, disc ^ (y > 60))  # hardly more than 4,096 pixels, which are most quickly decoded
    small = (noise(8, 7, seed, 0.3) for seed in (10, 13))
    yield "reduced-least", tuple(scale.enlarged(grid, 60, 69) for grid in small)  # by the largest step
    yield "tied", (scale.enlarged(noise(40, 40, 3, 0.4), 90, 90),)  # reduced; pixels lie exactly between others
    yield "reduced-most", (scale.enlarged(noise(64, 64, 4, 0.1), 128, 128),)  # reduced to 4,096 pixels
    yield "square", (noise(80, 80, 11, 0.2),)  # 256 n^2 pixels
    line = np.arange(4200) // 37 % 5 == 1
    yield "row", (line[None, :],)
    yield "column", (line[:, None],)
    yield "coarse-noise", tuple(noise(12, 11, seed, 0.4) for seed in range(5, 9))


def _region_maps() -> Iterator[tuple[str, Stream]]:
    """A region that leads an arithmetic decoder to its surest state, which is left again."""
    blank = np.zeros((144, 256), np.bool_)
    blank[-8:] = noise(256, 8, 9)
    region = Region(3, False, jbig2region.encode(blank, 3, False) + b"\xff\xac")
    yield "maps-jbig2-blank", Stream(256, 144, maps=Maps((blank,), (region,)), methods={"maps": "jbig2"})


def _latents() -> Iterator[tuple[str, Stream]]:
    size = Size(97, 70)
    for quality in (8, 119):  # their levels lie just at a number that is rounded
        yield f"latents-quality-{quality}", Stream(*size, image=latents(size, quality, quality))
    for seed in (6, 7, 9):  # found by trial: each of these shows another error of the limits
        image = walk(Model.shipped(image_latents.MODEL), seed, *image_latents.places(size), _Far(seed))
        yield f"latents-means-{seed}", Stream(*size, image=image)


class _Far:
    """Values far from 0 at random; but where a mean is at its limit, the value leads back by 1, so that the mean can be seen."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def hyper(self, means: Integers, scales: Scales) -> Integers:
        """All hyper-latents."""
        return self._values(np.zeros_like(means), scales)

    def latents(self, part: Part, mask: Map, means: Integers, scales: Scales) -> Integers:
        """The latents of a pass."""
        return self._values(means, scales)

    def _values(self, means: Integers, scales: Scales) -> Integers:
        far = self._random.choice([-60, 0, 60], scales.size).reshape(scales.shape)
        return np.where(scales > 0, np.where(abs(means) > 4000, -np.sign(means), far), 0)


def _codestreams() -> Iterator[tuple[str, Stream]]:
    """The best and the worst quality, a part of no bytes, and the largest sizes of each level."""
    jpeg = write(Stream(96, 64, image=codestream("jpeg.jpg")))[DECLARED // 8 :]
    for quality in (1, 49, 50, 100):
        form, data = restore_with_template(jpeg[0] & 63, (96, 64), bytes((quality,)) + jpeg[2:])
        yield f"codestream-jpeg-quality-{quality}", Stream(96, 64, image=Codestream(form, data, 1))
    whole = codestream("jpeg.jpg")
    for count in (1, 2):  # bytes that fill the space before a marker
        filled = whole.data[:2] + b"\xff" * count + whole.data[2:]
        yield f"codestream-jpeg-fill-{count}", Stream(96, 64, image=replace(whole, data=filled))
    form, data = restore_with_template(VVC_PARAMETERS, (96, 64), b"\0xyz")
    yield "codestream-vvc-no-parameters", Stream(96, 64, image=Codestream(form, data, 1))
    for form, samples, max_width, max_height, number in tables().levels:
        template, stored = {"av1": (14, b"\x10\x00\x20"), "hevc": (18, b"\0\0\1\x26\1")}[form]
        for way, longest in (("wide", int(max_width)), ("high", int(max_height))):
            even = longest // 2 * 2
            shortest = int(samples) // even // 2 * 2
            size = Size(even, shortest) if way == "wide" else Size(shortest, even)
            _, data = restore_with_template(template, size, stored)
            yield f"codestream-{form}-level-{number}-{way}", Stream(*size, image=Codestream(form, data, 1))


def broken_files() -> Iterator[Broken]:
    """Every non-conforming vector of this module."""
    for family, rows in (("maps", _broken_maps()), ("image", _broken_images()), ("text", _broken_text())):
        for title, rule, bit_offset, path, data in rows:
            yield Broken(f"bad-{family}-{title}", rule, bit_offset, path, data)


def _broken_maps() -> BrokenRows:
    """Run lengths whose zeros are too many just where the file ends, or one too few."""
    first = PAYLOAD + 12
    yield "run-zeros-too-many", "MISC-MAP-004", first, "maps/0", only("maps", 1, b"\x01\x30")
    behind = first + 16
    yield "run-zeros-too-many-for-15", "MISC-MAP-004", behind, "maps/0", only("maps", 1, b"\x0e\x04\x02\x00")
    cut = PAYLOAD + 24
    yield "run-zeros-cut", "MISC-CON-007", cut, "maps/0", only("maps", 1, b"\x0e\x03\x03\x00", (8, 8))
    # A map that the encoder reduces by step 31, coded as it is, and reduced by another step that gives it back, too.
    grid = np.tile(np.arange(72) >= 36, (72, 1))
    for method, networks in zip(
        ("context", "ragged"), mapmodel.Model.shipped(maps_context.MODEL).networks.values(), strict=True
    ):
        shortest = write(Stream(72, 72, maps=Maps((grid,)), methods={"maps": method}))[PAYLOAD // 8 :]
        for title, step in (("not-reduced", codeword.NOT_REDUCED), ("reduced-less", 0)):
            payload = codeword.encode_map(grid, 0, step, networks)
            place = PAYLOAD + first_difference(payload, shortest)
            number = METHOD_BY_NAME["maps", method].id
            yield f"{method}-{title}", "MISC-CON-018", place, "maps", only("maps", number, payload, (72, 72))


def _broken_images() -> BrokenRows:
    stored = bytes((WHOLE_TEMPLATES["jxl"],)) + bytes(MAX_CODESTREAM_BYTES + 1)
    yield "codestream-stored-long", "MISC-CDS-004", DECLARED + 24 + 8, "image/codestream", only("image", 3, stored)
    # As many places and cells as there may be, and a codeword that no symbol has.
    places = only("image", 1, b"\x40" + b"\xff" * 9, (8192, 8192))
    yield "latents-most-places", "MISC-ENT-001", PAYLOAD + 16, "image/codeword", places
    cells = only("image", 0, b"\x1c\xff\x03\xff\x03" + b"\xff" * 9, (512, 512))
    yield "grid-most-cells", "MISC-ENT-001", PAYLOAD + 40, "image/codeword", cells


def _broken_text() -> BrokenRows:
    """Tokens that an encoder would not choose, far behind those that it would."""
    model = known.from_bytes(TINY_LANGUAGE.read_bytes())
    [encoder] = languagecoding.encode_tokens([[*b"xyzxyzxyz", *b"the", END]], model)
    with_end = write(Stream(512, 512, text=Text("xyzxyzxyzthe"), methods={"text": "language-own"}))[PAYLOAD // 8 :]
    payload = model.digest + encoder.codeword()
    yield (
        "language-own-not-greedy-later",
        "MISC-CON-018",
        PAYLOAD + first_difference(payload, with_end),
        "text",
        only("text", 3, payload),
    )
