"""Files that break only one rule: a strategy for each rule that a file can break.

In most of these files one component breaks the rule, and the other components conform and are fast to decode. `_by_rule` is the table of
strategies. For a rule that is not in the table, the caller supplies broken files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from misc_format import limits
from misc_format.coders.generation import plain as generation_plain
from misc_format.coders.image import grid as image_grid
from misc_format.coders.maps import sizes as mapsizes
from misc_format.coders.text import huffman as text_huffman
from misc_format.coders.text import language as text_language
from misc_format.coders.text import languagecoding
from misc_format.coders.text.fields import NAME_OF_LETTER
from misc_format.coders.text.languagemodel import known
from misc_format.coders.text.languagemodel.pieces import DETAIL, END, NAME
from misc_format.components import Codes, Generation, ImagePart, Item, Maps, Opaque, Size, Stream, Text
from misc_format.components import Parts as Image
from misc_format.errors import MiscError
from misc_format.registry import (
    CORE_KINDS,
    FIRST_ANCILLARY,
    METHOD_BY_ID,
    METHOD_BY_NAME,
    MODELS,
    NAME_FORM,
    NAMED_TEXTS,
    PARTS_METHOD,
    PRIVATE_METHOD,
    PROFILE_ID,
    PROFILE_NAME,
    ROLE_NAME,
)
from misc_format.rules import FILE_RULES
from misc_format.stream import write
from misc_format.structure.bits import BitWriter
from misc_format.structure.container import (
    CHECKSUM,
    HEADER,
    NARROW_SIDE,
    Framed,
    Parts,
    checksum,
    read_structure,
    write_structure,
)
from misc_format.structure.grammar import build
from misc_format.testing.strategies import SIDES, ancillary, grids

Core = Mapping[str, Framed | Parts]
Members = list[tuple[int, bytes]]
SIZES: st.SearchStrategy[Size] = st.builds(Size, SIDES, SIDES)
NARROW: st.SearchStrategy[Size] = st.builds(Size, st.integers(1, NARROW_SIDE), st.integers(1, NARROW_SIDE))
LARGE = Size(NARROW_SIDE, NARROW_SIDE)  # so large that no text exceeds the rate of a profile
WORDS: st.SearchStrategy[str] = st.text("abc", min_size=1, max_size=8)
PARTS = "parts"  # in the place of the name of a method
ILL_FORMED = (b"\xc3(", b"\xed\xa0\x80", b"\x80", b"\xfe", b"\xc0\xaf", b"\xf4\x90\x80\x80")


def near_valid(rule: str, broken: Sequence[bytes] = ()) -> st.SearchStrategy[bytes]:
    """Files that break only this rule, for pictures of any size and with random other components.

    `rule`: one of `misc_format.rules.FILE_RULES`. `broken`: files that break the rule; their components are combined with random others.
    Raises `ValueError` for a rule that no file can break, or for a rule that needs `broken`.
    """
    if rule not in FILE_RULES:
        raise ValueError(f"{rule} is not a rule that a file can break")
    choices = [_among(data) for data in broken]
    if rule in BY_RULE:
        choices.append(BY_RULE[rule])
    if not choices:
        raise ValueError(f"for {rule}, supply files that break it, such as the conformance vectors")
    return st.one_of(choices)


@st.composite
def surroundings(draw: st.DrawFn, excluded: Sequence[str] = ()) -> dict[str, Framed]:
    """Core components that conform in a picture of any size. `excluded`: kinds that do not occur."""
    kinds = draw(st.sets(st.sampled_from(CORE_KINDS)))
    return {kind: draw(_sound(kind)) for kind in CORE_KINDS if kind in kinds and kind not in excluded}


def members(excluded: Sequence[int] = ()) -> st.SearchStrategy[Members]:
    """An ancillary list, possibly empty. `excluded`: types that do not occur."""
    return ancillary().map(lambda chosen: [(one.type, one.payload) for one in chosen if one.type not in excluded])


def _file(size: Size, core: Core, ancillary_list: Members) -> bytes:
    return write_structure(size.width, size.height, 0, dict(core), ancillary_list)


EMPTY: dict[str, Framed | Parts] = {"text": Framed(METHOD_BY_NAME["text", "raw"].id, b"")}


def _sound(kind: str) -> st.SearchStrategy[Framed]:
    opaque = st.builds(Framed, st.just(PRIVATE_METHOD), st.binary(max_size=20), st.booleans())
    if kind == "text":
        return opaque | st.text(max_size=20).map(lambda text: Framed(METHOD_BY_NAME["text", "raw"].id, text.encode()))
    return opaque


@st.composite
def _with(
    draw: st.DrawFn, kind: str, method: str, payload: st.SearchStrategy[bytes], sizes: st.SearchStrategy[Size] = SIZES
) -> bytes:
    """A file whose component of this kind has a drawn payload. The others conform. `method`: PARTS for an image of parts."""
    number = PARTS_METHOD if method == PARTS else METHOD_BY_NAME[kind, method].id
    core = {**draw(surroundings((kind,))), kind: Framed(number, draw(payload))}
    if kind == "generation" and len(core) == 1:
        core["text"] = draw(_sound("text"))
    return _file(draw(sizes), core, draw(members()))


@st.composite
def _sound_file(draw: st.DrawFn, sizes: st.SearchStrategy[Size] = SIZES) -> bytes:
    """A conforming file without a checksum."""
    core = {"text": draw(_sound("text")), **draw(surroundings(("text",)))}
    return _file(draw(sizes), core, draw(members((CHECKSUM,))))


@st.composite
def _among(draw: st.DrawFn, data: bytes) -> bytes:
    """The components of a broken file with random others; the unchanged file if its container is broken."""
    flaws: list[MiscError] = []
    try:
        structure = read_structure(data, flaws)
    except MiscError:
        return data
    kinds = [component.kind for component in structure.components]
    profile = PROFILE_ID[structure.profile]
    if flaws or kinds.count("ancillary") or profile:
        return data
    core: dict[str, Any] = {}
    for component in structure.components:
        framed = Framed(component.number, data[component.start >> 3 : component.end >> 3], component.checked)
        if component.part is None:
            core[component.kind] = framed
        else:
            core.setdefault(component.kind, []).append((component.part, framed))
    core |= draw(surroundings(kinds))
    return write_structure(structure.width, structure.height, profile, core, draw(members()))


def _patched(path: str, values: Sequence[int], sizes: st.SearchStrategy[Size] = SIZES) -> st.SearchStrategy[bytes]:
    """Conforming files in which one field of the header or of a frame gets one of these values."""

    def change(data: bytes, value: int) -> bytes:
        leaf = next(leaf for leaf in read_structure(data).leaves if leaf.path == path)
        shift = 8 * len(data) - leaf.bit_offset - leaf.bit_length
        mask = ((1 << leaf.bit_length) - 1) << shift
        return (int.from_bytes(data, "big") & ~mask | value << shift).to_bytes(len(data), "big")

    return st.builds(change, _sound_file(sizes), st.sampled_from(values))


def _wide(data: bytes) -> bytes:
    """The file with its sides in 16 bits each, although they fit in 12 bits."""
    structure = read_structure(data)
    fields = {leaf.path.removeprefix("header/"): leaf.value for leaf in structure.leaves}
    writer = BitWriter()
    build(HEADER, writer, fields | {"wide_size": 1})
    return writer.to_bytes() + data[8:]


def _varint(value: int) -> bytes:
    writer = BitWriter()
    writer.varint(value)
    return writer.to_bytes()


def _appended(number: int, payload: st.SearchStrategy[Callable[[bytes], bytes]]) -> st.SearchStrategy[bytes]:
    """Conforming files with one more member of the ancillary list. `payload`: functions of all bytes before it."""

    def extend(core: Core, size: Size, make: Callable[[bytes], bytes]) -> bytes:
        data = _file(size, EMPTY | dict(core), [(FIRST_ANCILLARY, b"remark")])
        payload = make(data + (number << 12 | 4).to_bytes(2, "big"))
        return data + (number << 12 | len(payload)).to_bytes(2, "big") + payload

    return st.builds(extend, surroundings(("text",)), SIZES, payload)


def _wrong_checksum(flips: int) -> Callable[[bytes], bytes]:
    return lambda before: (int.from_bytes(checksum(before), "big") ^ flips).to_bytes(4, "big")


def _profile(name: str, size: Size = LARGE, **content: Any) -> bytes:
    methods = {"text": "raw", "maps": "packed"}
    chosen = {kind: methods[kind] for kind, part in content.items() if part is not None and kind in methods}
    return write(Stream(*size, name, **content, methods=chosen), check_profile=False)


def _squares(count: int, side: int = 8) -> Maps:
    return Maps(tuple(np.zeros((side, side), np.bool_) for _ in range(count)))


def _itemised(count: int, maps: int, side: int = 8, detail: str = "") -> bytes:
    squares = _squares(maps, side) if maps else None
    return _profile("misc-1", text=Text("", (Item("a", detail),) * count), image=Opaque(b""), maps=squares)


def _tokens(*tokens: int) -> bytes:
    [encoder] = languagecoding.encode_tokens([tokens], known.shipped(text_language.MODEL))
    return encoder.codeword()


def _packed_with_padding(count: int, bits: int) -> bytes:
    """`count` maps of 9 x 9 pixels with a padding that is not zero."""
    pixels = 81 * count
    padding = -pixels % 8
    return bytes((count - 1 << 4 | 2,)) + (1 + bits % ((1 << padding) - 1)).to_bytes(-(-pixels // 8), "big")


def _grid(colour: int, depth: int, first: int, second: int, codeword: bytes = b"") -> bytes:
    return bytes((colour << 5 | depth - 1 << 2,)) + _varint(first - 1) + _varint(second - 1) + codeword


@st.composite
def _wide_grid(draw: st.DrawFn) -> bytes:
    """A grid with more columns or rows than the picture."""
    size = Size(draw(st.integers(1, 40)), draw(st.integers(1, 40)))
    more = (draw(st.integers(1, 20)), 0)
    columns, rows = (side + extra for side, extra in zip(size, draw(st.permutations(more)), strict=True))
    payload = st.just(_grid(image_grid.GREY, draw(st.integers(1, 8)), columns, rows))
    return draw(_with("image", "grid", payload, st.just(size)))


@st.composite
def _large_block(draw: st.DrawFn) -> bytes:
    size = draw(SIZES)
    block = draw(st.integers(max(size) + 1, limits.MAX_VARINT))
    payload = st.just(bytes((0x80 | draw(st.integers(0, 7)) << 2,)) + _varint(block - 1))
    return draw(_with("image", "grid", payload, st.just(size)))


@st.composite
def _not_canonical(draw: st.DrawFn) -> bytes:
    """A grid with zeros behind its codeword; they do not change its samples."""
    size = draw(SIZES)
    payload = image_grid.encode(draw(grids(size)), size) + bytes(draw(st.integers(1, 5)))
    return draw(_with("image", "grid", st.just(payload), st.just(size)))


@st.composite
def _cut_in_payload(draw: st.DrawFn) -> bytes:
    payload = draw(st.binary(min_size=1, max_size=30))
    core = {"text": draw(_sound("text")), **draw(surroundings(("text",)))}
    data = _file(draw(SIZES), core, [(CHECKSUM - 1, payload)])
    return data[: len(data) - draw(st.integers(1, len(payload)))]


@st.composite
def _too_many_pixels(draw: st.DrawFn) -> bytes:
    side = int(limits.MAX_MAP_PIXELS**0.5) + 1
    size = Size(*(draw(st.integers(side, limits.MAX_SIDE)) for _ in range(2)))
    payload = bytes((draw(st.integers(0, 15)) << 4 | mapsizes.PICTURE,)) + draw(st.binary(max_size=9))
    method = draw(st.sampled_from(("packed", "runlength")))
    return draw(_with("maps", method, st.just(payload), st.just(size)))


def _reserved(kind: str) -> st.SearchStrategy[bytes]:
    known = {*METHOD_BY_ID, ("image", PARTS_METHOD)}
    reserved = [number for number in range(16) if (kind, number) not in known]

    def file_with(number: int, core: Core, size: Size, payload: bytes) -> bytes:
        return _file(size, EMPTY | dict(core) | {kind: Framed(number, payload)}, [])

    return st.builds(file_with, st.sampled_from(reserved), surroundings((kind,)), SIZES, st.binary(max_size=20))


def _lists(members: st.SearchStrategy[Members]) -> st.SearchStrategy[bytes]:
    return st.builds(
        lambda core, size, broken: _file(size, EMPTY | core, broken),
        surroundings(("text",)),
        SIZES,
        members,
    )


def _bytes(min_size: int, max_size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=min_size, max_size=max_size)


def _generation(payload: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    return _with("generation", "plain", payload)


def _raw(payload: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    return _with("text", "raw", payload)


def _by_rule() -> dict[str, st.SearchStrategy[bytes]]:
    letters = st.text("abc ", max_size=9).map(str.encode)
    ill_formed = st.tuples(letters, st.sampled_from(ILL_FORMED), letters).map(b"".join)
    unregistered = st.integers(max(row.id for row in MODELS) + 1, limits.MAX_VARINT)
    several = st.integers(4, limits.MAX_ITEMS)
    counts = st.integers(1, 3)
    plain = METHOD_BY_NAME["generation", "plain"].id
    payloads = _bytes(0, 20)
    names = st.from_regex(NAME_FORM, fullmatch=True).map(str.encode)
    bad_names = (
        st.text(max_size=40)
        .filter(lambda name: not re.fullmatch(NAME_FORM, name) and name not in NAME_OF_LETTER)
        .map(str.encode)
    )
    registered_names = st.sampled_from([row.name.encode() for row in NAMED_TEXTS])  # which have a letter instead
    roles = st.sampled_from(sorted(ROLE_NAME))
    return {
        "MISC-CON-001": st.builds(
            lambda data, start: start + data[3:], _sound_file(), _bytes(3, 3).filter(lambda x: x != b"\xcdSC")
        ),
        "MISC-CON-002": _patched("header/version_major", range(1, 8)),
        "MISC-CON-003": _patched("header/version_minor", (0, 1, *range(3, 8))),
        "MISC-CON-004": _patched("header/profile", [n for n in range(16) if n not in PROFILE_NAME]),
        "MISC-CON-005": _sound_file(NARROW).map(_wide),
        "MISC-CON-006": st.builds(
            lambda size, seed, extra: _file(size, {"generation": Framed(plain, b"\x40" + _varint(seed))}, extra),
            SIZES, st.integers(0, limits.MAX_VARINT), members(),
        ),
        "MISC-CON-007": st.builds(lambda data, end: data[:end], _sound_file(), st.integers(0, 7)),
        "MISC-CON-008": _cut_in_payload(),
        "MISC-CON-009": _generation(st.integers(0, 127).map(lambda value: bytes((0x40, value | 0x80, 0)))),
        "MISC-CON-010": _generation(st.tuples(_bytes(4, 4), st.integers(0x10, 0xFF)).map(_too_large)),
        "MISC-CON-011": _generation(st.builds(
            lambda reserved, seed: bytes((0x41, reserved)) + _varint(seed), st.integers(1, 31), st.integers(0, limits.MAX_VARINT))),
        "MISC-CON-012": st.sampled_from(CORE_KINDS).flatmap(_reserved),
        "MISC-CON-013": st.builds(
            lambda core, size: _file(size, EMPTY | core, [(CHECKSUM - 1, b"")])[:-2],
            surroundings(("text",)), SIZES,
        ),
        "MISC-CON-014": _lists(st.sampled_from(((9, 9), (10, 9), (14, 13), (13, 13), (8, 15, 14))).map(
            lambda numbers: [(number, b"") for number in numbers])),
        "MISC-CON-015": _lists(st.builds(
            lambda number, extra: [(number, b"?"), *extra], st.integers(0, FIRST_ANCILLARY - 1), members())),
        "MISC-CON-016": _generation(st.builds(
            lambda seed, more: b"\x40" + _varint(seed) + more, st.integers(0, limits.MAX_VARINT), _bytes(1, 9))),
        "MISC-CON-017": _with("maps", "packed", st.builds(_packed_with_padding, st.integers(1, 7), st.integers(0, 126))),
        "MISC-CON-018": _not_canonical(),
        "MISC-CON-019": st.sampled_from(("width", "height")).flatmap(
            lambda side: _patched(f"header/{side}_minus_1", (65_535,), st.just(Size(limits.MAX_SIDE, limits.MAX_SIDE)))),
        "MISC-CON-020": _wrong_check(),
        "MISC-CON-021": st.builds(
            lambda core, size, payload, more: _file(size, core | {"image": Framed(PRIVATE_METHOD, payload)}, []) + more,
            surroundings(("image",)), SIZES, _bytes(0, 20), _bytes(1, 20)),
        "MISC-PRT-001": _parts(st.builds(
            lambda role, payload: [_part(role, None, payload)],
            st.sampled_from([n for n in range(32) if n not in ROLE_NAME]), payloads)),
        "MISC-PRT-002": _parts(st.builds(lambda name, payload: [_part(1, name, payload)], bad_names, payloads)),
        "MISC-PRT-003": _parts(st.builds(
            lambda role, name, one, other: [_part(role, name, one), _part(role, name, other)],
            roles, names | st.none(), payloads, payloads)),
        "MISC-PRT-004": _parts(payloads.map(lambda payload: [_part(0, None, payload)])),
        "MISC-PRT-005": _parts(st.builds(
            lambda role, count: [_part(role, b"%d" % index, b"") for index in range(count)], roles, st.integers(limits.MAX_PARTS + 1, 20))),
        "MISC-ENT-001": _with("image", "grid", st.builds(
            lambda depth, more: _grid(image_grid.GREY, depth, 1, 1, b"\xff" * 8 + more), st.integers(1, 8), _bytes(0, 9))),
        "MISC-TXT-001": _raw(ill_formed),
        "MISC-TXT-002": _raw(st.builds(lambda a, b: a + b"\xff" + b, letters, letters)),
        "MISC-TXT-003": _raw(st.integers(limits.MAX_ITEMS + 1, 60).map(lambda items: b"\xff" * 2 * items)),
        "MISC-TXT-004": _raw(st.integers(1, 99).map(lambda more: b"e" * (limits.MAX_TEXT_BYTES + more))),
        "MISC-TXT-005": _with("text", "huffman", WORDS.filter(_short_padding).map(_huffman_and_zeros)),
        "MISC-TXT-006": _with("text", "language", st.sampled_from(
            ((97, DETAIL, END), (NAME, NAME, END), (NAME, 97, END))).map(lambda tokens: _tokens(*tokens))),
        "MISC-TXT-007": _with("text", "language-own", _bytes(8, 30)),
        "MISC-TXT-008": _raw(st.builds(lambda a, name: a + b"\xff\x1f" + name + b"\xffb", letters, bad_names | registered_names)),
        "MISC-ARR-001": _with("image", "codes-adaptive", st.builds(
            lambda exponent, more: bytes((exponent,)) + more, st.integers(17, 31), _bytes(1, 9).filter(lambda data: data[0] < 0x80))),
        "MISC-ARR-002": _with("image", "string", st.builds(
            lambda coder, dimensions, more: bytes((coder << 3 | dimensions,)) + more, st.integers(0, 31), st.integers(5, 7), _bytes(7, 9))),
        "MISC-ARR-004": _with("image", "sets", st.builds(
            lambda exponent, size: bytes((exponent, size)), st.integers(1, 24), st.integers(0, 127))),
        "MISC-ARR-005": _with("image", "codes-static", _bytes(8, 20).map(lambda data: b"\x03\0" + data)),
        "MISC-MAP-001": _with("maps", "packed", st.builds(
            lambda count, code, more: bytes((count << 4 | code,)) + more, st.integers(0, 15), st.sampled_from((12, 13)), _bytes(0, 30))),
        "MISC-MAP-002": _with("maps", "packed", st.sampled_from(sorted(mapsizes.SQUARES.values())).map(
            lambda side: b"\x0e" + 2 * _varint(side - 1) + bytes(-(-side * side // 8)))),
        "MISC-MAP-003": _too_many_pixels(),
        "MISC-MAP-004": _with("maps", "runlength", st.builds(
            lambda first, zeros: bytes((1, first << 4)) + bytes(zeros), st.integers(0, 15), st.integers(2, 20))),
        "MISC-MAP-005": _with("maps", "packed", st.integers(limits.MAX_SIDE + 1, 70_000).map(
            lambda side: b"\x0e" + _varint(side - 1) + b"\0" + bytes(-(-side // 8)))),
        "MISC-IMG-001": _with("image", "grid", st.builds(
            lambda colour, depth, more: bytes((colour << 5 | depth << 2,)) + more, st.integers(2, 3), st.integers(0, 7), _bytes(0, 9))),
        "MISC-IMG-002": _with("image", "grid", st.integers(513, NARROW_SIDE).map(
            lambda side: _grid(image_grid.GREY, 8, side, 512)), st.just(LARGE)),
        "MISC-IMG-004": _wide_grid(),
        "MISC-IMG-005": _large_block(),
        "MISC-LAT-001": _with("image", "latents", st.binary(min_size=1, max_size=20).map(lambda data: b"\0" + data), st.builds(
            Size, st.integers(60_000, limits.MAX_SIDE), st.integers(60_000, limits.MAX_SIDE))),
        "MISC-GEN-001": _generation(st.just(b"\0")),
        "MISC-GEN-002": _generation(unregistered.map(lambda n: generation_plain.encode(Generation(model=n), LARGE))),
        "MISC-GEN-003": _generation(st.integers(limits.MAX_STRENGTH + 1, 255).map(lambda value: bytes((8, value)))),
        "MISC-ANC-001": _appended(CHECKSUM, _bytes(0, 9).filter(lambda data: len(data) != 4).map(lambda data: lambda _: data)),
        "MISC-ANC-002": _appended(CHECKSUM, st.integers(1, 2**32 - 1).map(_wrong_checksum)),
        "MISC-ANC-003": _appended(FIRST_ANCILLARY + 1, ill_formed.map(lambda data: lambda _: data)),
        "MISC-PRO-001": WORDS.map(lambda word: _profile("misc-3", text=Text(word))),
        "MISC-PRO-002": st.builds(
            lambda word, payload: _profile("cmc-text", text=Text(word), image=Opaque(payload)), WORDS, _bytes(0, 30)),
        "MISC-PRO-003": several.map(lambda count: _itemised(count, count)),
        "MISC-PRO-004": st.builds(lambda count, words: _itemised(count, count, detail="a " * words), st.just(1), st.integers(11, 50)),
        "MISC-PRO-005": st.builds(
            lambda count, side: _itemised(count, count, side), counts, st.sampled_from((1, 7, 17, 32))),
        "MISC-PRO-006": st.builds(
            lambda count, more: _itemised(count, (count + more) % 4), counts, counts),
        "MISC-PRO-008": st.builds(
            lambda word, payload: _profile("cmc-full", text=Text(word), image=Image((ImagePart("vector", Opaque(payload)),))),
            WORDS, _bytes(0, 30)),
        "MISC-PRO-009": st.builds(
            lambda word, count: _profile("perco", text=Text(word), image=Codes(np.zeros((count,), np.uint32), 256)), WORDS, counts),
        "MISC-PRO-007": st.builds(
            lambda word, side: _profile("cmc-text", Size(side, side), text=Text(word)), WORDS, st.integers(1, 150)),
    }  # fmt: skip


def _part(role: int, name: bytes | None, payload: bytes) -> bytes:
    """A part of private use that is not the last one. `name`: None if it has none."""
    coded = b"" if name is None else _varint(len(name)) + name
    frame = (PRIVATE_METHOD << 12 | len(payload)).to_bytes(2, "big")
    return bytes((role << 3 | (name is not None) << 2,)) + coded + frame + payload


def _parts(parts: st.SearchStrategy[list[bytes]]) -> st.SearchStrategy[bytes]:
    """Files whose image has these parts. The last one becomes the last one."""

    def payload(found: list[bytes]) -> bytes:
        *others, last = found
        return b"".join(others) + bytes((last[0] | 2,)) + last[1:]

    return _with("image", PARTS, parts.map(payload))


@st.composite
def _wrong_check(draw: st.DrawFn) -> bytes:
    """A file with a private payload whose check is not that of its bytes."""
    kind = draw(st.sampled_from(CORE_KINDS))
    core = {**EMPTY, **draw(surroundings((kind,))), kind: Framed(PRIVATE_METHOD, draw(_bytes(0, 20)))}
    data = _file(draw(SIZES), core, draw(members((CHECKSUM,))))
    place = next(leaf.bit_offset for leaf in read_structure(data).leaves if leaf.path == f"framing/{kind}/check") >> 3
    wrong = int.from_bytes(data[place : place + 2], "big") ^ draw(st.integers(1, 2**16 - 1))
    return data[:place] + wrong.to_bytes(2, "big") + data[place + 2 :]


def _too_large(parts: tuple[bytes, int]) -> bytes:
    """A seed that is greater than MAX_VARINT or longer than five bytes."""
    groups, last = parts
    return b"\x40" + bytes(byte | 0x80 for byte in groups) + bytes((last,)) + b"\1"


def _short_padding(text: str) -> bool:
    """Whether eight zeros behind the padding do not complete a code."""
    book = text_huffman.codebook()
    return -sum(book.lengths[byte] for byte in text.encode()) % 8 + 8 < book.max_length


def _huffman_and_zeros(text: str) -> bytes:
    return text_huffman.encode(Text(text), LARGE) + b"\0"


BY_RULE = _by_rule()
