"""The hypothesis strategies of `misc_format.testing`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from misc_format.coders import methods_for
from misc_format.coders.image import compressai as image_compressai
from misc_format.coders.image import latents as image_latents
from misc_format.coders.image.formats import reduced
from misc_format.coders.image.latentmodel.model import QUALITIES, Model
from misc_format.coders.text.fields import NAMED
from misc_format.components import (
    Ancillary,
    CodedString,
    Codes,
    Codestream,
    Content,
    Generation,
    Grid,
    ImagePart,
    Integers,
    Item,
    Latents,
    Maps,
    NamedText,
    Opaque,
    Parts,
    Region,
    Sets,
    Size,
    Stream,
    Strings,
    Text,
)
from misc_format.components.arrays import MAX_DIMENSIONS
from misc_format.limits import (
    MAX_ALPHABET,
    MAX_INTEGER,
    MAX_ITEMS,
    MAX_LATENT,
    MAX_MAPS,
    MAX_MODELLED_ALPHABET,
    MAX_QUALITY,
    MAX_SIDE,
    MAX_STRENGTH,
    MAX_STRING_POSITIONS,
    MAX_VARINT,
)
from misc_format.registry import (
    ANCILLARY_BY_ID,
    ARCHITECTURES,
    AUTO,
    ENTROPY_CODERS,
    FIRST_ANCILLARY,
    METRICS,
    MODELS,
    NAME_FORM,
    NAMED_TEXTS,
    PRIVATE_PROFILE,
    PROFILE_NAME,
    ROLES,
    SAMPLERS,
    Entry,
)
from misc_format.structure.container import CHECKSUM
from misc_format.testing.codestream_headers import KINDS, header
from misc_format.testing.latent_pattern import conforming
from misc_format.testing.mutate import CHANGES, MAX_LENGTH, with_checksum

# Small sides, sides around the limit of 12 bits, and the largest.
SIDES: st.SearchStrategy[int] = st.one_of(
    st.integers(1, 80), st.sampled_from((4_095, 4_096, 4_097, MAX_SIDE)), st.integers(1, MAX_SIDE)
)
STRINGS: st.SearchStrategy[str] = st.text(max_size=40)
SQUARES = (8, 9, 16, 32)
REGION_DATA: st.SearchStrategy[bytes] = st.builds(
    bytes.__add__, st.binary(max_size=12), st.sampled_from((b"", b"\xff\xac"))
)
PRIVATE = "private"  # the method of an opaque part
SMALL = 12  # the largest side in small examples


@st.composite
def valid_streams(draw: st.DrawFn) -> Stream:
    """Streams that `write` accepts: all combinations of components and methods, with sizes and values up to their limits.

    The profile is `free` or `private`. The conformance vectors cover the other profiles.
    """
    size = Size(draw(SIDES), draw(SIDES))
    kinds = draw(st.sets(st.sampled_from(("text", "maps", "image")), min_size=1)) | draw(st.sets(st.just("generation")))
    content: dict[str, Any] = {kind: draw(CONTENT[kind](size) | opaque()) for kind in kinds}
    if "image" in kinds and draw(st.booleans()):
        content["image"] = draw(parts(size))
    methods = {
        kind: draw(method_names(kind, part)) for kind, part in content.items() if not isinstance(part, (Opaque, Parts))
    }
    profile = draw(st.sampled_from((PROFILE_NAME[0], PROFILE_NAME[PRIVATE_PROFILE])))
    unchecked = draw(st.sets(st.sampled_from(sorted(kinds)))) & {
        kind for kind in kinds if _may_have_a_check(content[kind])
    }
    return Stream(
        *size, profile, **content, ancillary=draw(ancillary()), methods=methods, unchecked=frozenset(unchecked)
    )


def _may_have_a_check(content: Content) -> bool:
    """Whether only its codec can tell that a payload of this content is whole."""
    return isinstance(content, (Opaque, Strings, Codestream, CodedString))


def opaque() -> st.SearchStrategy[Opaque]:
    """Payloads of private-use methods."""
    return st.builds(Opaque, st.binary(max_size=30))


def method_names(kind: str, content: Content) -> st.SearchStrategy[str]:
    """The name of a method for content that is not opaque, or "auto"."""
    suitable = [row.name for row in methods_for(kind, content) if row.everywhere]
    if isinstance(content, Codes) and content.alphabet > MAX_MODELLED_ALPHABET:
        suitable = [name for name in suitable if name in ("codes-uniform", "codes-graded")]
    return st.sampled_from((AUTO, *suitable))


NAMES: st.SearchStrategy[str] = st.from_regex(NAME_FORM, fullmatch=True)


@st.composite
def texts(draw: st.DrawFn) -> Text:
    """Texts of any Unicode characters except lone surrogates, with at most MAX_ITEMS items and named texts."""
    names = STRINGS.filter(lambda name: not name.startswith(NAMED))
    items = draw(st.lists(st.builds(Item, names, STRINGS), max_size=MAX_ITEMS))
    name = st.sampled_from([row.name for row in NAMED_TEXTS]) | NAMES
    named = draw(st.lists(st.builds(NamedText, name, STRINGS), max_size=min(4, MAX_ITEMS - len(items))))
    return Text(draw(STRINGS), tuple(items), tuple(named))


@st.composite
def maps(draw: st.DrawFn, size: Size) -> Maps:
    """Maps with all forms of sizes; the size of the picture only if it is small. Some are the pixels of random JBIG2 regions."""
    explicit = st.tuples(st.integers(1, SMALL), st.integers(1, SMALL))
    shape = st.sampled_from(SQUARES).map(lambda side: (side, side)) | explicit
    if size.width * size.height <= SMALL**2:
        shape |= st.just((size.height, size.width))
    count = draw(st.integers(1, MAX_MAPS))
    shapes = draw(shape.map(lambda common: [common] * count) | st.lists(shape, min_size=count, max_size=count))
    if draw(st.booleans()):
        return Maps(tuple(draw(arrays.arrays(np.bool_, shape)) for shape in shapes))
    from misc_format.coders.maps import regions as jbig2_regions

    regions = tuple(draw(st.builds(Region, st.integers(0, 3), st.booleans(), REGION_DATA)) for _ in shapes)
    grids = (
        jbig2_regions.pixels(region, Size(*reversed(shape))) for region, shape in zip(regions, shapes, strict=True)
    )
    return Maps(tuple(grids), regions)


@st.composite
def grids(draw: st.DrawFn, size: Size) -> Grid:
    """Grey and RGB grids of every depth, stretched or in blocks."""
    min_block = -(-max(size) // SMALL)
    block = draw(st.just(0) | st.integers(min_block, max(size)))
    if block:
        rows, columns = -(-size.height // block), -(-size.width // block)
    else:
        rows, columns = (draw(st.integers(1, min(side, SMALL))) for side in (size.height, size.width))
    depth = draw(st.integers(1, 8))
    shape = (rows, columns) if draw(st.booleans()) else (rows, columns, 3)
    samples = draw(arrays.arrays(np.uint8, shape, elements=st.integers(0, (1 << depth) - 1)))
    return Grid(samples, depth, block)


@st.composite
def latents(draw: st.DrawFn, size: Size) -> Latents:
    """Latents of any quality. Most values are small; some need an escape."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    large_share = draw(st.sampled_from((0.0, 0.01)))

    def numbers(count: int) -> NDArray[np.int64]:
        large = rng.integers(-MAX_LATENT, MAX_LATENT + 1, count)
        return np.where(rng.random(count) < large_share, large, rng.integers(-3, 4, count) // 2)

    model = Model.shipped(image_latents.MODEL)
    content = conforming(model, draw(st.integers(0, QUALITIES - 1)), *image_latents.places(size), numbers)
    return replace(content, grey=draw(st.booleans()))


AV1_FRAME = 0x32  # the header of an OBU with a size


@st.composite
def codestreams(draw: st.DrawFn, size: Size) -> Codestream:
    """Codestreams that state their size, with random bytes behind; some are restored by a template."""
    from misc_format.coders.image import templates
    from misc_format.structure.bits import BitReader

    reduction = draw(st.integers(1, 3))
    coded_size, data = reduced(size, reduction), draw(st.binary(min_size=4, max_size=30))
    if draw(st.booleans()):
        template = draw(st.sampled_from([row for row in templates.table().templates.values() if len(row.steps) > 2]))
        stored = bytes((draw(st.integers(1, 100)),)) if template.format == "jpeg" else b""
        stored += b"\x10" if template.format == "webp" else b"\x03"
        try:
            parts = templates.parts_for(template, coded_size)
        except templates.MisfitError:
            pass
        else:
            return Codestream(template.format, templates.restore(parts, BitReader(stored + data)), reduction)
    kind = draw(st.sampled_from([kind for kind in KINDS if kind != "webp" or max(coded_size) < 2**14]))
    frame = bytes((AV1_FRAME, len(data))) if kind == "av1" else b""  # random bytes could be another header with a size
    return Codestream(kind, header(kind, coded_size) + frame + data, reduction)


@st.composite
def strings(draw: st.DrawFn, size: Size) -> Strings:
    """Random bytes as the strings of each architecture, in the usual and in other shapes, with and without a digest."""
    row = draw(st.sampled_from(ARCHITECTURES))
    usual = image_compressai.usual_shape(row, size)
    max_shape = image_compressai.max_shape(row, size)
    usual_is_allowed = usual[0] * usual[1] * (row.pixels // image_compressai.LATENT) ** 2 <= MAX_STRING_POSITIONS
    small = st.tuples(*(st.integers(1, min(side, SMALL)) for side in max_shape))
    parts = draw(st.tuples(*[st.binary(max_size=40) | st.binary(min_size=60, max_size=66)] * row.strings))
    digest = st.binary(min_size=8, max_size=8).map(bytes.hex)
    shape = draw(st.just(usual) | small if usual_is_allowed else small)
    quality, metric = draw(st.integers(1, MAX_QUALITY)), draw(st.sampled_from([metric.name for metric in METRICS]))
    return Strings(row.name, parts, shape, quality, metric, draw(st.none() | digest))


SHAPES: st.SearchStrategy[tuple[int, ...]] = st.lists(st.integers(1, 5), min_size=1, max_size=MAX_DIMENSIONS).map(tuple)
# Small alphabets, and those around powers of two at which the coding of a number changes.
ALPHABETS: st.SearchStrategy[int] = (
    st.integers(2, 20)
    | st.sampled_from((2**16, 2**24)).flatmap(lambda size: st.integers(size - 1, size + 1))
    | st.integers(2, MAX_ALPHABET)
)


@st.composite
def codes(draw: st.DrawFn) -> Codes:
    """Arrays of codes of every alphabet, some of small alphabets with labels."""
    alphabet = draw(ALPHABETS)
    values = draw(arrays.arrays(np.uint32, draw(SHAPES), elements=st.integers(0, alphabet - 1)))
    labels = (
        draw(st.lists(STRINGS, min_size=alphabet, max_size=alphabet)) if alphabet <= 5 and draw(st.booleans()) else ()
    )
    return Codes(values, alphabet, tuple(labels))


@st.composite
def sets(draw: st.DrawFn) -> Sets:
    """Arrays of sets of every number of members."""
    alphabet = draw(st.integers(2, 60) | st.integers(2, 2**12))
    shape = draw(SHAPES.filter(lambda sizes: len(sizes) > 1 and sizes[-1] <= alphabet))
    members = st.lists(st.integers(0, alphabet - 1), min_size=shape[-1], max_size=shape[-1], unique=True).map(sorted)
    rows = [draw(members) for _ in range(int(np.prod(shape[:-1])))]
    return Sets(np.array(rows, np.uint32).reshape(shape), alphabet)


@st.composite
def integers(draw: st.DrawFn) -> Integers:
    """Arrays of signed integers, small and up to their limit, with and without a scale."""
    bound = draw(st.sampled_from((1, 9, 1000, MAX_INTEGER)))
    values = draw(arrays.arrays(np.int32, draw(SHAPES), elements=st.integers(-bound, bound)))
    step = draw(st.just(0) | st.integers(1, MAX_VARINT + 1))
    return Integers(values, step, draw(st.integers(-MAX_INTEGER - 1, MAX_INTEGER)) if step else 0)


@st.composite
def coded_strings(draw: st.DrawFn) -> CodedString:
    """Random bytes as the string of any entropy coder, with and without a shape."""
    numbers = st.integers(len(ENTROPY_CODERS), 31)
    coder = draw(st.sampled_from([row.name for row in ENTROPY_CODERS]) | numbers)
    return CodedString(draw(st.binary(max_size=40)), coder, draw(st.just(()) | SHAPES))


@st.composite
def parts(draw: st.DrawFn, size: Size) -> Parts:
    """Images of one to four parts of any role and content. Their methods are named."""
    labels = st.tuples(st.sampled_from([row.name for row in ROLES]), st.just("") | NAMES)
    chosen = draw(st.lists(labels, min_size=1, max_size=4, unique=True).filter(lambda found: found != [("image", "")]))
    return Parts(tuple(draw(_part(size, role, name)) for role, name in chosen))


@st.composite
def _part(draw: st.DrawFn, size: Size, role: str, name: str) -> ImagePart:
    content = draw(images(size) | opaque())
    named = (
        draw(method_names("image", content).filter(lambda method: method != AUTO))
        if not isinstance(content, Opaque)
        else PRIVATE
    )
    checked = draw(st.booleans()) if _may_have_a_check(content) else True
    return ImagePart(role, content, name, named, checked)


def images(size: Size) -> st.SearchStrategy[Content]:
    """The content of an image without parts, but no opaque payload."""
    return st.one_of(
        _small_latents(size),
        grids(size),
        strings(size),
        codestreams(size),
        codes(),
        sets(),
        integers(),
        coded_strings(),
    )


@st.composite
def generations(draw: st.DrawFn) -> Generation:
    """Generation parameters, at least one, each up to its limit."""
    digest = st.binary(min_size=8, max_size=8).map(bytes.hex)
    numbers = st.integers(0, MAX_VARINT)
    values: dict[str, st.SearchStrategy[Any]] = {
        "model": _registered(MODELS) | digest,
        "seed": numbers | st.integers(0, 2**64 - 1),
        "sampler": _registered(SAMPLERS),
        "steps": numbers,
        "strength": st.integers(0, MAX_STRENGTH),
        "guidance": numbers,
        "prompt_suffix": STRINGS,
        "level": numbers,
        "settings": digest,
    }
    names = draw(st.sets(st.sampled_from(sorted(values)), min_size=1))
    return Generation(**{name: draw(values[name]) for name in sorted(names)})


def ancillary() -> st.SearchStrategy[tuple[Ancillary, ...]]:
    """Members of the ancillary list in ascending order of type, including reserved and private types."""
    numbers = st.sets(st.integers(FIRST_ANCILLARY, CHECKSUM), max_size=4)
    return numbers.flatmap(lambda types: st.tuples(*(_member(number) for number in sorted(types))))


@st.composite
def mutations(draw: st.DrawFn, data: bytes, *, repaired: bool | None = None) -> bytes:
    """`data` with one to three changes: truncated, a bit flipped, or bytes inserted, removed, repeated or overwritten.

    `repaired`: whether to correct a checksum at the end of the file, so that a decoder goes on behind it; None: both.
    """
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, max(len(changed) - 1, 0)))
        length = draw(st.integers(1, MAX_LENGTH))
        change = draw(st.sampled_from(sorted(CHANGES)))
        noise = draw(st.binary(min_size=length, max_size=length)) if change in ("insert", "overwrite") else b""
        CHANGES[change](changed, place, length, noise)
    repair = draw(st.booleans()) if repaired is None else repaired
    return with_checksum(bytes(changed)) if repair else bytes(changed)


def _registered(table: tuple[Entry, ...]) -> st.SearchStrategy[str | int]:
    registered = {row.id: row.name for row in table}
    numbers = st.integers(len(table) + 1, MAX_VARINT).filter(lambda number: number not in registered)
    return st.sampled_from(list(registered.values())) | numbers


def _member(number: int) -> st.SearchStrategy[Ancillary]:
    if number == CHECKSUM:
        return st.just(Ancillary(number))
    row = ANCILLARY_BY_ID.get(number)
    payload = STRINGS.map(str.encode) if row is not None and row.form == "UTF-8" else st.binary(max_size=30)
    return payload.map(lambda data: Ancillary(number, data))


def _small_latents(size: Size) -> st.SearchStrategy[Latents]:
    rows, columns = image_latents.places(size)
    return latents(size) if rows * columns <= SMALL else st.nothing()


CONTENT: dict[str, Any] = {
    "text": lambda size: texts(),
    "maps": maps,
    "generation": lambda size: generations(),
    "image": images,
}
