"""Vectors of self-declared payloads with and without a check (clause 4.3), and of images of parts (clause 4.8).

As in `breaking`, rule, bit offset and path of a broken file are written by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from misc_format import Ancillary, Generation, Grid, Opaque, Stream, Text, write
from misc_format.coders.image import codes_uniform
from misc_format.components import CodedString, Codes, Content, ImagePart, Integers, Parts, Sets, Size
from misc_format.registry import CORE_KINDS, METHODS, PARTS_METHOD, ROLES
from misc_format.structure.container import LONG, check_of

from . import compressai_strings
from .arrays import LARGE, SPARE, STRING, UNIFORM, codes
from .breaking import DECLARED, PAYLOAD, RAW, Broken, BrokenRows, framed, header, only
from .cases import CAPTION, codestream, latents, ramp
from .users_files import FREQUENCIES

SIZE = Size(96, 64)
STRING_SIZE = Size(compressai_strings.WIDTH, compressai_strings.HEIGHT)
PRIVATE = 15
CODE = b"\x01\x00"  # a payload of method codes-uniform: one code of two, 0
BIT = Codes(np.array([0]), 2)


def conforming_streams() -> Iterator[tuple[str, Stream]]:
    """The name and stream of each vector, as in `cases`."""
    yield from _frames()
    for title, content, others in _parts():
        yield f"parts-{title}", Stream(*SIZE, image=Parts(content), **others)
    yield from _profiles()


def _frames() -> Iterator[tuple[str, Stream]]:
    """Frames of self-declared payloads."""
    for kind in CORE_KINDS:
        private: dict[str, Any] = {"text": Text("a"), kind: Opaque(b"private")}
        yield f"frame-private-{kind}", Stream(64, 64, **private)
        yield f"frame-private-{kind}-unchecked", Stream(64, 64, **private, unchecked=frozenset({kind}))
    every: dict[str, Any] = {kind: Opaque(kind.encode()) for kind in CORE_KINDS}
    yield "frame-private-every-unchecked", Stream(64, 64, "private", **every, unchecked=frozenset(CORE_KINDS))
    strings = compressai_strings.contents()["mbt2018"]
    for name, content, size in (
        ("compressai", strings, STRING_SIZE),
        ("codestream", codestream("vvc.vvc"), SIZE),
        ("string", CodedString(b"string", "torchac"), SIZE),
    ):
        yield f"frame-{name}-unchecked", Stream(*size, image=content, unchecked=frozenset({"image"}))
    for count in (2046, 2174):  # with the byte before the string, declared_length_extra is 0 and 128
        yield f"frame-declared-length-{count + 1}", Stream(64, 64, image=CodedString(b"s" * count))
    longest = Stream(64, 64, text=Opaque(b"t" * 2047), image=Opaque(b"i"), unchecked=frozenset({"text"}))
    yield "frame-declared-length-unchecked", longest
    private = {"maps": Opaque(b"M"), "image": Opaque(b"I"), "ancillary": (Ancillary(6, b"remark"), Ancillary(15))}
    yield "frame-private-before-ancillary", Stream(64, 64, text=Text("a"), **private)


def every_method() -> list[ImagePart]:
    """A part of each method of an image."""
    contents: dict[str, Content] = {
        "grid": ramp(3, 2, 4),
        "latents": latents(SIZE, 60, 2),
        "compressai": compressai_strings.contents()["mbt2018-mean"],
        "codestream": codestream("vvc.vvc"),
        "codes-uniform": Codes(codes((2, 3), 1024), 1024),
        "codes-static": Codes(codes((2, 3), len(FREQUENCIES)), len(FREQUENCIES)),
        "codes-adaptive": Codes(codes((2, 3), 4), 4),
        "codes-context": Codes(codes((2, 3), 4), 4),
        "codes-graded": Codes(codes((2, 3), 64), 64),
        "sets": Sets(np.array([[1, 4], [0, 2]]), 9),
        "integers": Integers(np.array([[0, -2, 1], [3, 0, 0]], np.int32)),
        "string": CodedString(b"string", "hific-rans", (2, 3)),
        "private": Opaque(b"private"),
    }
    methods = [row.name for row in METHODS if row.kind == "image"]
    return [
        ImagePart(
            "private" if name == "private" else "image", contents[name], name, name if name != "private" else "auto"
        )
        for name in methods
        if name in contents
    ]


def _parts() -> Iterator[tuple[str, tuple[ImagePart, ...], dict[str, Any]]]:
    text = {"text": Text(CAPTION)}
    two = (
        ImagePart("semantic", Codes(codes((2, 3), 512), 512)),
        ImagePart("detail", CodedString(b"detail", "torchac")),
    )
    yield "two", two, {}
    yield "two-last-sized", two[::-1], {}
    yield "one", two[:1], {}
    yield "one-self-declared", two[1:], {}
    yield "one-named", (ImagePart("image", ramp(2, 2, 4), "only"),), {}
    yield "one-private", (ImagePart("private", Opaque(b"")),), {}
    names = [row.name for row in ROLES]
    for title, roles in (("sixteen", names[:16]), ("last-roles", names[-2:])):
        yield title, tuple(ImagePart(role, BIT) for role in roles), {}
    yield "names", tuple(ImagePart("semantic", BIT, name) for name in ("", "0", "a", "z-9_", "n" * 32)), {}
    yield "same-name", tuple(ImagePart(role, BIT, "a") for role in ("image", "semantic")), {}
    # A decoder cannot tell from the path that the first part has a role with a name, and not a longer role.
    every = every_method()
    yield "every-method", tuple(every), {}
    yield "unchecked", tuple(ImagePart("hyper", Opaque(b"?"), name, checked=name == "c") for name in "abc"), {}
    for method in ("compressai", "codestream", "string"):
        [part] = (part for part in every if part.name == method)
        yield f"{method}-unchecked", (ImagePart("image", part.content, "a", method, checked=False), *two), {}
    members = (Ancillary(6, b"a remark"), Ancillary(15))
    noise = np.random.default_rng(1).integers(0, 256, (64, 66), np.uint8)
    # A part of more than 4,095 bytes, and an image of as many.
    yield "long", (ImagePart("image", Grid(noise)), ImagePart("labels", BIT)), {"ancillary": members}
    yield "before-ancillary", two, {"ancillary": members}
    yield "last-sized-before-ancillary", two[::-1], {**text, "ancillary": members}


DDCM = (ImagePart("seeds", Codes(codes((6, 3), 4096), 4096)), ImagePart("coefficients", Codes(codes((6, 2), 8), 8)))
DIFFEIC = (
    ImagePart("hyper", CodedString(b"hyper", "compressai-rans", (192, 2, 3))),
    ImagePart("detail", CodedString(b"detail", "compressai-rans", (320, 8, 12))),
)


def _profiles() -> Iterator[tuple[str, Stream]]:
    """The profiles of codecs."""
    text, seed = Text("a cup"), Generation(seed=1)
    image = Codes(codes((8, 8), 256), 256)
    yield "profile-perco", Stream(512, 512, "perco", text=text, image=image)
    sketch = ImagePart("sketch", compressai_strings.contents()["mbt2018-mean"])
    seeds = ImagePart("seeds", Codes(np.array([7]), 10_000))
    yield "profile-pics", Stream(*STRING_SIZE, "pics", text=text, image=Parts((sketch, seeds)))
    yield "profile-pics-one", Stream(*STRING_SIZE, "pics", text=text, generation=seed, image=Parts((sketch,)))
    yield "profile-ddcm", Stream(512, 512, "ddcm", generation=seed, image=Parts(DDCM))
    yield "profile-ddcm-one", Stream(512, 512, "ddcm", generation=seed, image=Parts(DDCM[:1]))
    yield "profile-diffeic", Stream(130, 128, "diffeic", image=Parts(DIFFEIC))
    unstated = tuple(replace(part, content=CodedString(b"x")) for part in DIFFEIC)
    yield "profile-diffeic-unstated", Stream(130, 128, "diffeic", generation=seed, image=Parts(unstated))
    hidden = tuple(replace(part, content=Opaque(b"x"), method="auto") for part in DIFFEIC)
    yield "profile-diffeic-private", Stream(130, 128, "diffeic", image=Parts(hidden))
    hidden = tuple(ImagePart(role, Opaque(b"x")) for role in ("detail", "semantic"))
    yield "profile-glc-private", Stream(130, 128, "glc", generation=seed, image=Parts(hidden))


def broken_files() -> Iterator[Broken]:
    """Every non-conforming vector of this module."""
    for family, rows in (
        ("frame", _broken_frames()),
        ("parts", _broken_parts()),
        ("part", _broken_contents()),
        ("profile", _broken_profiles()),
    ):
        for title, rule, bit_offset, path, data in rows:
            yield Broken(f"bad-{family}-{title}", rule, bit_offset, path, data)


def _broken_frames() -> BrokenRows:
    """Frames of self-declared payloads, and what follows them."""
    for kind in CORE_KINDS:
        companion = {} if kind == "text" else {"text": (0, b"a")}
        check = (64 if kind == "text" else 64 + 16 + 8) + 16
        data = framed(
            **companion, **{kind: (PRIVATE, b"private")}, **({"image": (0, CODE)} if kind == "generation" else {})
        )
        wrong = data[: check // 8] + bytes((data[check // 8] ^ 0x80,)) + data[check // 8 + 1 :]
        if kind == "generation":  # not alone, and the last one
            wrong = wrong[: check // 8 + 9]
            wrong = header("text", "generation") + wrong[8:]
        yield f"check-{kind}", "MISC-CON-020", check, f"framing/{kind}/check", wrong
    whole = only("image", STRING, b"\x00string")
    damaged = whole[:-1] + b"G"
    yield "check-of-damage", "MISC-CON-020", 80, "framing/image/check", damaged
    zeros = only("image", PRIVATE, b"")
    yield "check-of-nothing", "MISC-CON-020", 80, "framing/image/check", zeros[:-2] + bytes(2)
    yield "check-cut", "MISC-CON-007", 80, "framing/image/check", header("image") + b"\xf8\x00\xff"
    yield "length-cut", "MISC-CON-007", 69, "framing/image/declared_length", header("image") + b"\xf0"
    yield "method-cut", "MISC-CON-007", 64, "framing/image/method", header("image")
    yield "payload-cut", "MISC-CON-008", DECLARED, "image", whole[:-1]
    yield "check-of-cut", "MISC-CON-008", DECLARED, "image", damaged[:-2]
    for title, rule, varint in (("spare", "MISC-CON-009", SPARE), ("large", "MISC-CON-010", LARGE)):
        data = header("image") + b"\xf7\xff" + varint + bytes(2048)
        yield f"length-{title}", rule, 80, "framing/image/declared_length_extra", data
    extra_cut = header("image") + b"\xf7\xff"
    yield "length-extra-cut", "MISC-CON-007", 80, "framing/image/declared_length_extra", extra_cut
    yield "behind", "MISC-CON-021", 8 * len(whole), "file", whole + b"\0"
    yield "twice", "MISC-CON-021", 8 * len(whole), "file", whole * 2
    text = only("text", PRIVATE, b"private")
    yield "behind-text", "MISC-CON-021", 8 * len(text), "file", text + b"\0"


def part(role: int, frame: bytes, payload: bytes = b"", *, last: bool = False, name: bytes | None = None) -> bytes:
    """A part of an image: its frames as they are, and its payload. `name`: None if it has none."""
    first = bytes((role << 3 | (name is not None) << 2 | last << 1,))
    return first + (b"" if name is None else bytes((len(name),)) + name) + frame + payload


def image(*parts: bytes) -> bytes:
    """A file whose image has these parts."""
    return only("image", PARTS_METHOD, b"".join(parts))


SIZED = bytes((UNIFORM << 4, len(CODE)))  # a frame of the payload CODE that is not the last one
LAST = bytes((UNIFORM << 4,))
FIRST = part(1, SIZED, CODE)
SECOND = PAYLOAD + 8 * len(FIRST)  # where the second part begins


def _long_payload() -> bytes:
    """A payload of method codes-uniform with so many bytes that its length has a second field."""
    content = Codes(codes((LONG - 2,), 256), 256)  # a header of 3 bytes and a byte for each code
    payload = codes_uniform.CODER.encode(content, SIZE)
    assert len(payload) == LONG + 1
    return payload


def _broken_parts() -> BrokenRows:
    for role in (16, 30):
        yield f"role-{role}", "MISC-PRT-001", PAYLOAD, "framing/image/0/role", image(part(role, LAST, CODE, last=True))
    second = image(FIRST, part(17, LAST, CODE, last=True))
    yield "second-role-17", "MISC-PRT-001", SECOND, "framing/image/1/role", second
    for title, name in {
        "empty": b"", "capital": b"A", "hyphen": b"-a", "underscore": b"_a", "space": b"a b", "long": b"n" * 33, "slash": b"a/b",
        "newline": b"a\n", "letter": "é".encode(),
    }.items():  # fmt: skip
        data = image(part(1, LAST, CODE, last=True, name=name))
        yield f"name-{title}", "MISC-PRT-002", PAYLOAD + 8, "framing/image/0/name", data
    ill_formed = image(part(1, LAST, CODE, last=True, name=b"a\xff"))
    yield "name-not-utf8", "MISC-ANC-003", PAYLOAD + 24, "framing/image/0/name", ill_formed
    yield "name-cut", "MISC-CON-007", PAYLOAD + 8, "framing/image/0/name", image(b"\x0e\x05a")
    yield "twice", "MISC-PRT-003", SECOND, "framing/image/1/role", image(FIRST, part(1, LAST, CODE, last=True))
    named = part(2, SIZED, CODE, name=b"a")
    twice = image(named, FIRST, part(2, LAST, CODE, last=True, name=b"a"))
    yield "named-twice", "MISC-PRT-003", SECOND + 8 * len(named), "framing/image/2/role", twice
    yield "image-alone", "MISC-PRT-004", PAYLOAD, "framing/image/0/role", image(part(0, LAST, CODE, last=True))
    names = [f"{index}".encode() for index in range(17)]
    seventeen = [part(1, SIZED, CODE, name=name) for name in names]
    behind = PAYLOAD + 8 * sum(map(len, seventeen[:16]))
    yield "seventeen", "MISC-PRT-005", behind, "image", image(*seventeen)
    within = image(part(1, bytes((PARTS_METHOD << 4,)), part(1, LAST, CODE, last=True), last=True))
    yield "of-parts", "MISC-PRT-005", PAYLOAD + 8, "framing/image/0/method", within
    yield "empty", "MISC-CON-007", PAYLOAD, "framing/image/0/role", image()
    yield "end-missing", "MISC-CON-007", SECOND, "framing/image/1/role", image(FIRST)
    yield "frame-missing", "MISC-CON-007", PAYLOAD + 8, "framing/image/0/method", image(b"\x0a")
    yield "frame-cut", "MISC-CON-007", PAYLOAD + 12, "framing/image/0/length", image(b"\x08\x50")
    reserved = part(1, LAST, CODE, last=True)
    yield (
        "reserved",
        "MISC-CON-011",
        PAYLOAD + 7,
        "framing/image/0/part_reserved",
        image(bytes((reserved[0] | 1,)) + reserved[1:]),
    )
    yield (
        "last-reserved",
        "MISC-CON-011",
        PAYLOAD + 12,
        "framing/image/0/reserved",
        image(part(1, b"\x51", CODE, last=True)),
    )
    yield "method-14", "MISC-CON-012", PAYLOAD + 8, "framing/image/0/method", image(part(1, b"\xe0", CODE, last=True))
    behind_first = image(FIRST, part(2, b"\xe0", last=True))
    yield "second-method-14", "MISC-CON-012", SECOND + 8, "framing/image/1/method", behind_first
    yield "cut", "MISC-CON-008", PAYLOAD + 24, "image/semantic", image(FIRST[:-1])
    # The payload of a part goes into what follows the image.
    ancillary = framed((6, b"remark"), image=(PARTS_METHOD, FIRST[:-1]))
    yield "cut-before-ancillary", "MISC-CON-008", PAYLOAD + 8 + 24, "image/semantic", ancillary
    sized = framed((6, b"remark"), image=(PARTS_METHOD, part(1, LAST, CODE, last=True)))
    yield "image-cut", "MISC-CON-008", 80, "image", sized[:13]
    payload = b"\x00string"
    declared = bytes((STRING << 4 | 8, len(payload)))
    wrong = part(1, declared + (check_of(payload) ^ 1).to_bytes(2, "big"), payload, last=True)
    yield "check", "MISC-CON-020", PAYLOAD + 24, "framing/image/0/check", image(wrong)
    sound = part(1, declared + check_of(payload).to_bytes(2, "big"), payload, last=True)
    yield "behind", "MISC-CON-021", PAYLOAD + 8 * len(sound), "image", image(sound, b"\0")
    followed = framed((6, b"remark"), image=(PARTS_METHOD, sound + FIRST))
    yield "behind-before-ancillary", "MISC-CON-021", PAYLOAD + 8 + 8 * len(sound), "image", followed
    longest = _long_payload()
    for title, rule, varint in (("spare", "MISC-CON-009", SPARE), ("large", "MISC-CON-010", LARGE)):
        frame = bytes((UNIFORM << 4 | 0x0F, 0xFF)) + varint
        long = image(part(1, frame, longest), part(2, LAST, CODE, last=True))
        yield f"length-{title}", rule, PAYLOAD + 24, "framing/image/0/length_extra", long


def _broken_contents() -> BrokenRows:
    """Payloads of parts that are at fault."""
    begin = PAYLOAD + 16
    sizes = image(part(1, LAST, b"\x41\xff\x0f\x80\x10", last=True))
    yield "values", "MISC-ARR-002", begin, "image/semantic", sizes
    cut = image(part(1, LAST, b"\x41\x00", last=True, name=b"a"))
    yield "size-cut", "MISC-CON-007", begin + 16 + 16, "image/semantic-a/size/1/size_minus_1", cut
    quantile = image(FIRST, part(5, LAST, b"\x01\x00" + b"\xff" * 9, last=True))
    yield "quantile", "MISC-ENT-001", SECOND + 16 + 16, "image/sketch/codeword", quantile
    longer = image(FIRST, part(2, LAST, CODE + b"\0", last=True))
    yield "longer", "MISC-CON-018", SECOND + 16 + 16, "image/detail", longer
    spelled = image(part(7, SIZED[:1] + b"\x03", b"\x00\x02\x00"), part(1, LAST, CODE, last=True))
    yield "alphabet-spelled", "MISC-CON-018", PAYLOAD + 24 + 6, "image/vector", spelled


def _broken_profiles() -> BrokenRows:
    """Images that a profile of a codec does not allow."""
    seed = Generation(seed=1)

    def file(profile: str, *members: ImagePart, **others: Any) -> bytes:
        return write(Stream(130, 128, profile, image=Parts(members), methods=RAW, **others), check_profile=False)

    text = 64 + 16 + 8 + 8  # the payload of the image, behind a text of one letter
    parts = file("cmc-full", DDCM[0], text=Text("a"))
    yield "parts", "MISC-PRO-008", text, "image", parts
    begin = 64 + 16 + 16 + 8  # the same behind a seed
    yield "part-missing", "MISC-PRO-008", begin, "image", file("ddcm", DDCM[1], generation=seed)
    more = file("diffeic", *DIFFEIC, ImagePart("labels", BIT))
    strings = PAYLOAD + sum(8 * (1 + 4 + 1 + length) for length in (4 + 5, 4 + 6))
    yield "part-superfluous", "MISC-PRO-008", strings + 16, "image/labels", more
    other = (ImagePart("seeds", Sets(np.array([[1, 4]]), 16)), DDCM[1])
    yield "part-content", "MISC-PRO-009", begin + 24, "image/seeds", file("ddcm", *other, generation=seed)
    for title, content in (
        ("dimensions", Codes(codes((6,), 4096), 4096)),
        ("alphabet", Codes(codes((6, 3), 1000), 1000)),
        ("alphabet-large", Codes(codes((6, 3), 2**17), 2**17)),
    ):
        data = file("ddcm", ImagePart("seeds", content), generation=seed)
        yield f"part-{title}", "MISC-PRO-009", begin + 16, "image/seeds", data
    shape = replace(DIFFEIC[0], content=CodedString(b"hyper", "unknown", (192, 3, 2)))
    yield "part-shape", "MISC-PRO-009", PAYLOAD + 40, "image/hyper", file("diffeic", shape, DIFFEIC[1])
    image = Codes(codes((8, 8), 1023), 1023)
    whole = write(Stream(512, 512, "perco", text=Text("a"), image=image, methods=RAW), check_profile=False)
    yield "image-alphabet", "MISC-PRO-009", text, "image", whole
