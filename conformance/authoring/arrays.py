"""Vectors of arrays of codes, of sets, and of strings of any codec (clause 12).

As in `breaking`, rule, bit offset and path of a broken file are written by hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from misc_format import Stream, write
from misc_format.components import CodedString, Codes, Content, Integers, Sets
from misc_format.limits import MAX_ALPHABET, MAX_ARRAY_VALUES, MAX_INTEGER, MAX_LABELS, MAX_SET_STEPS, MAX_VARINT
from misc_format.registry import ENTROPY_CODERS, METHOD_BY_NAME

from ..suite import TINY_LANGUAGE
from .breaking import DECLARED, PAYLOAD, Broken, BrokenRows, only
from .users_files import FREQUENCIES, make_table

SHAPES = ((5,), (2, 3), (2, 1, 3), (1, 2, 2, 2))  # one of each number of dimensions
# Beside powers of two: where a code has two digits, and where the last of their first digits has few second ones.
ALPHABETS = (
    2,
    3,
    1000,
    2**16,
    2**24 - 1,
    2**24,
    2**24 + 1,
    2**24 + 2**16,
    2**31,
    2**31 + 1,
    MAX_ALPHABET - 1,
    MAX_ALPHABET,
)
LABELS = ("road", "", "ciel, дом, 房子 🏠")
UNIFORM, STATIC, ADAPTIVE, CONTEXT, GRADED, SETS, INTEGERS, STRING = (
    METHOD_BY_NAME["image", name].id
    for name in (
        "codes-uniform",
        "codes-static",
        "codes-adaptive",
        "codes-context",
        "codes-graded",
        "sets",
        "integers",
        "string",
    )
)
# Varints: too long, too large, the largest.
SPARE, LARGE, BEYOND = b"\x81\x00", b"\xff\xff\xff\xff\x1f", b"\xff\xff\xff\xff\x0f"


def conforming_streams() -> Iterator[tuple[str, Stream]]:
    """The name and stream of each vector, as in `cases`."""
    for family, contents in (
        ("codes-uniform", _codes()),
        ("codes-static", _static_codes()),
        ("codes-adaptive", _modelled_codes(2**16)),
        ("codes-context", _modelled_codes(2**16)),
        ("codes-context", _codes_in_context()),
        ("codes-graded", _modelled_codes(MAX_ALPHABET)),
        ("sets", _sets()),
        ("integers", _integers()),
        ("string", _strings()),
    ):
        for title, content in contents:
            yield f"{family}-{title}", Stream(64, 64, image=content, methods={"image": family})


def codes(shape: Sequence[int], alphabet: int, seed: int = 1) -> NDArray[np.uint32]:
    """Codes that do not depend on each other; the last one of the alphabet and 0 are among them if there is room."""
    values = np.random.default_rng(seed).integers(0, alphabet, shape)
    values.ravel()[:2] = (alphabet - 1, 0)[: values.size]
    return values.astype(np.uint32)


def _codes() -> Iterator[tuple[str, Content]]:
    for alphabet in ALPHABETS:
        yield f"alphabet-{alphabet}", Codes(codes((9,), alphabet), alphabet)
    for shape in SHAPES:
        yield f"dimensions-{len(shape)}", Codes(codes(shape, 1024), 1024)
    for value in (0, 6):
        yield f"single-{value}", Codes(np.array([value]), 7)
    yield "zeros", Codes(np.zeros((3, 4), np.uint32), 512)
    yield "long", Codes(codes((1, 200), 2), 2)
    yield "one-column", Codes(codes((200, 1), 16384), 16384)
    for count in (2, 3):
        yield f"labels-{count}", Codes(np.arange(6, dtype=np.uint32) % count, count, LABELS[:count])
    yield "labels-most", Codes(codes((2, 2), MAX_LABELS), MAX_LABELS, ("",) * MAX_LABELS)
    yield "label-long", Codes(np.array([1, 0]), 2, ("x" * 128, "y"))
    edges = [0, 2**16 - 1, 2**16, 2**24 - 1, 2**24, 2**24 + 2**16 - 1, 2**24 + 2**16]
    yield "digits", Codes(np.array(edges), 2**24 + 2**16 + 1)


def _static_codes() -> Iterator[tuple[str, Content]]:
    count = len(FREQUENCIES)
    for shape in ((9,), *SHAPES[1:]):
        yield f"dimensions-{len(shape)}", Codes(codes(shape, count), count)
    for value in range(count):
        yield f"single-{value}", Codes(np.array([value]), count)
    yield "likely", Codes(np.full((50, 4), 3, np.uint32), count)
    yield "labels", Codes(np.array([1, 3, 3]), count, ("a", "", "c", "d", "e"))


def _modelled_codes(max_alphabet: int) -> Iterator[tuple[str, Content]]:
    for alphabet in (count for count in ALPHABETS if count <= max_alphabet):
        yield f"alphabet-{alphabet}", Codes(codes((9,), alphabet), alphabet)
    for shape in SHAPES:
        yield f"dimensions-{len(shape)}", Codes(codes(shape, 1024), 1024)
    for value in (0, 6):
        yield f"single-{value}", Codes(np.array([value]), 7)
    yield "labels", Codes(np.arange(6, dtype=np.uint32) % 3, 3, LABELS)
    yield "zeros", Codes(np.zeros((6, 10), np.uint32), 512)
    skewed = np.random.default_rng(3).geometric(0.1, (12, 16)) - 1
    yield "skewed", Codes(np.minimum(skewed, 127).astype(np.uint32), 128)
    # Where a number of bits has all of its numbers, half of them and one more, or one.
    for alphabet in (4, 5, 6, 7, 8, 12, 13, 16, 17):
        yield f"each-of-{alphabet}", Codes(np.tile(np.arange(alphabet, dtype=np.uint32), 2), alphabet)


def _codes_in_context() -> Iterator[tuple[str, Content]]:
    """Codes that depend on those around them, and on the plane before."""
    y, x = np.mgrid[:20, :24]
    regions = (y // 5 + x // 6) % 5
    yield "regions", Codes(regions.astype(np.uint32), 5)
    shifted = np.stack([regions, np.roll(regions, 1, 1), regions])
    yield "planes", Codes(shifted.astype(np.uint32), 300)
    noise = np.random.default_rng(5).integers(0, 700, (20, 24))
    yield "textures", Codes(np.where(regions > 1, regions, noise).astype(np.uint32), 700)


def _sets() -> Iterator[tuple[str, Content]]:
    def sets(shape: Sequence[int], alphabet: int) -> Sets:
        random = np.random.default_rng(alphabet)
        rows = [np.sort(random.choice(alphabet, shape[-1], replace=False)) for _ in range(int(np.prod(shape[:-1])))]
        return Sets(np.array(rows, np.uint32).reshape(shape), alphabet)

    for size in (1, 2, 3, 4, 5):
        yield f"of-{size}", sets((4, size), 5)
    yield "of-two", sets((3, 1), 2)
    yield "of-three", sets((4, 2), 3)
    for shape in ((3, 2), (2, 3, 2), (2, 1, 2, 3)):
        yield f"dimensions-{len(shape)}", sets(shape, 64)
    yield "half", sets((1, 150), 300)
    yield "most-of-many", sets((1, 290), 300)
    yield "few-of-many", sets((6, 5), 4096)
    yield "first", Sets(np.arange(8, dtype=np.uint32).reshape(1, 8), 1000)
    yield "last", Sets(np.arange(992, 1000, dtype=np.uint32).reshape(1, 8), 1000)
    yield "long", sets((130, 1), 40)
    yield "largest", Sets(np.array([[0]]), MAX_SET_STEPS)
    yield "largest-several", Sets(np.zeros((2, 1), np.uint32), MAX_SET_STEPS // 2)


def _integers() -> Iterator[tuple[str, Content]]:
    def integers(shape: Sequence[int], most: int = 3) -> NDArray[np.int32]:
        return np.random.default_rng(most).integers(-most, most + 1, shape).astype(np.int32)

    for shape in SHAPES:
        yield f"dimensions-{len(shape)}", Integers(integers(shape))
    for value in (0, 1, -1, 2, 3, -4, MAX_INTEGER, -MAX_INTEGER):
        yield f"single-{value}", Integers(np.array([value], np.int32))
    yield "zeros", Integers(np.zeros((2, 5, 6), np.int32))
    yield "channels", Integers(integers((4, 6, 5)))
    yield "large", Integers(integers((2, 4, 4), 100_000))
    yield "largest", Integers(integers((3, 7), MAX_INTEGER))
    yield "lengths", Integers(np.array([[(-1) ** bits * (1 << bits) for bits in range(31)]], np.int32))
    y, x = np.mgrid[0:12, 0:10]
    yield "slope", Integers((x + 2 * y - 15 + (x * y) % 3).astype(np.int32))
    yield "long", Integers(integers((1, 130), 1))
    for title, step, offset in (
        ("usual", 257, -32_768), ("least", 1, 0), ("most", MAX_VARINT + 1, MAX_INTEGER), ("lowest", 65_536, -MAX_INTEGER - 1),
    ):  # fmt: skip
        yield f"scale-{title}", Integers(integers((2, 2)), step, offset)


def _strings() -> Iterator[tuple[str, Content]]:
    for row in ENTROPY_CODERS:
        yield f"coder-{row.name}", CodedString(b"string", row.name, (2, 3))
    yield "coder-31", CodedString(b"string", 31)
    for shape in ((), *SHAPES):
        yield f"dimensions-{len(shape)}", CodedString(bytes(range(9)), "torchac", shape)
    yield "empty", CodedString(b"", "unknown", (1,))
    yield "zeros", CodedString(bytes(3))
    yield "shape-largest", CodedString(b"?", "unknown", (2048, MAX_ARRAY_VALUES // 2048))
    yield "shape-long", CodedString(b"?", "unknown", (MAX_ARRAY_VALUES,))


def broken_files() -> Iterator[Broken]:
    """Every non-conforming vector of this module."""
    for family, rows in (
        ("codes", _broken_codes()),
        ("codes-static", _broken_static()),
        ("codes-adaptive", _broken_models(ADAPTIVE, "codes-adaptive")),
        ("codes-context", _broken_models(CONTEXT, "codes-context")),
        ("codes-context", _spelled_in_context()),
        ("codes-graded", _broken_models(GRADED, "codes-graded")),
        ("labels", _broken_labels()),
        ("sets", _broken_sets()),
        ("integers", _broken_integers()),
        ("string", _broken_strings()),
    ):
        for title, rule, bit_offset, path, data in rows:
            yield Broken(f"bad-{family}-{title}", rule, bit_offset, path, data)


def _head(exponent: int, dimensions: int = 1, flag: int = 0) -> int:
    """The first byte of codes and of sets."""
    return dimensions - 1 << 6 | flag << 5 | exponent


def _array(method: int, exponent: int, rest: bytes, dimensions: int = 1, flag: int = 0) -> bytes:
    return only("image", method, bytes((_head(exponent, dimensions, flag),)) + rest)


def _fields(method: int, exponent: int = 1) -> BrokenRows:
    """What can be wrong with the fields of an alphabet and of sizes."""
    cut = _array(method, 0, b"")
    yield "empty", "MISC-CON-007", PAYLOAD, "image/dimensions_minus_1", only("image", method, b"")
    yield "alphabet-cut", "MISC-CON-007", PAYLOAD + 8, "image/alphabet_minus_2", cut
    yield "size-cut", "MISC-CON-007", PAYLOAD + 8, "image/size/0/size_minus_1", _array(method, exponent, b"")
    second = _array(method, exponent, b"\x00", 2)
    yield "second-size-cut", "MISC-CON-007", PAYLOAD + 16, "image/size/1/size_minus_1", second
    for title, rule, wrong in (("spare", "MISC-CON-009", SPARE), ("large", "MISC-CON-010", LARGE)):
        data = _array(method, 0, wrong + b"\x00\x00", 2)
        yield f"alphabet-{title}", rule, PAYLOAD + 8, "image/alphabet_minus_2", data
        data = _array(method, exponent, wrong + b"\x00", 2)
        yield f"size-{title}", rule, PAYLOAD + 8, "image/size/0/size_minus_1", data
    for title, sizes in (("values", b"\xff\x0f\x80\x10"), ("most-values", BEYOND * 2)):  # 2,048 x 2,049
        yield title, "MISC-ARR-002", PAYLOAD, "image", _array(method, exponent, sizes, 2)
    # Four codes have an exponent, whose last but one bit is 1.
    number = _array(method, 0, b"\x02\x00\x00", 2)
    yield "alphabet-spelled", "MISC-CON-018", PAYLOAD + 6, "image", number


def _broken_codes() -> BrokenRows:
    yield from _fields(UNIFORM)
    data = _array(UNIFORM, 0, BEYOND + b"\x00")
    yield "alphabet-beyond", "MISC-ARR-001", PAYLOAD + 8, "image/alphabet_minus_2", data
    for title, exponent, rest in (("two", 1, b""), ("three", 0, b"\x01"), ("largest-total", 24, b"")):
        no_symbol = _array(UNIFORM, exponent, rest + b"\x00" + b"\xff" * 9)
        begin = PAYLOAD + 16 + 8 * len(rest)
        yield f"quantile-{title}", "MISC-ENT-001", begin, "image/codeword", no_symbol
    # The first code is 0, and what is left of the codeword lies in the remainder behind the last code.
    later = _array(UNIFORM, 24, b"\x01" + b"\0\0\0\xff\xff\xff\xff\xfe")
    yield "quantile-later", "MISC-ENT-001", PAYLOAD + 16, "image/codeword", later
    for title, content in (
        ("longer", Codes(codes((4,), 500), 500)),
        ("zeros-longer", Codes(np.zeros(4, np.uint32), 8)),
    ):
        whole = write(Stream(64, 64, image=content, methods={"image": "codes-uniform"}))
        yield title, "MISC-CON-018", 8 * len(whole), "image", whole + b"\0"


def _broken_static() -> BrokenRows:
    """The fields of a table of five codes."""
    digest = hashlib.sha256(make_table()).digest()[:8]
    head = b"\x03\x00"  # of five codes, one
    yield "unknown", "MISC-ARR-005", PAYLOAD + 24, "image/table_digest", _array(STATIC, 0, head + bytes(8))
    other = _array(STATIC, 3, b"\x00" + digest)
    yield "other-alphabet", "MISC-ARR-005", PAYLOAD + 16, "image/table_digest", other
    model = hashlib.sha256(TINY_LANGUAGE.read_bytes()).digest()[:8]
    yield "language-model", "MISC-ARR-005", PAYLOAD + 24, "image/table_digest", _array(STATIC, 0, head + model)
    cut = _array(STATIC, 0, head + digest[:7])
    yield "digest-cut", "MISC-CON-007", PAYLOAD + 24, "image/table_digest", cut
    quantile = _array(STATIC, 0, head + digest + b"\xff" * 9)
    yield "quantile", "MISC-ENT-001", PAYLOAD + 24 + 64, "image/codeword", quantile
    large = _array(STATIC, 17, b"\x00" + digest)
    yield "alphabet-131072", "MISC-ARR-001", PAYLOAD + 3, "image/alphabet_exponent", large
    spelled = _array(STATIC, 0, b"\x03\x00" + digest + b"\0")
    yield "longer", "MISC-CON-018", PAYLOAD + 24 + 64, "image", spelled


def _broken_models(method: int, name: str) -> BrokenRows:
    yield from _fields(method)
    if method in (ADAPTIVE, CONTEXT):
        large = _array(method, 17, b"\x00")
        yield "alphabet-131072", "MISC-ARR-001", PAYLOAD + 3, "image/alphabet_exponent", large
        large = _array(method, 0, b"\xff\xff\x03\x00")
        yield "alphabet-65537", "MISC-ARR-001", PAYLOAD + 8, "image/alphabet_minus_2", large
    quantile = _array(method, 3, b"\x00" + b"\xff" * 9)
    yield "quantile", "MISC-ENT-001", PAYLOAD + 16, "image/codeword", quantile
    whole = write(Stream(64, 64, image=Codes(codes((4,), 500), 500), methods={"image": name}))
    yield "longer", "MISC-CON-018", 8 * len(whole), "image", whole + b"\0"


def _spelled_in_context() -> BrokenRows:
    """2 x 2 codes of an alphabet of 4 with one whose digits are coded although it is the one to the left, or above. Found by trial."""
    for title, bit_offset, codeword in (("left", 24, b"\x01"), ("above", 34, b"\x2b\x8c")):
        data = _array(CONTEXT, 2, b"\1\1" + codeword, 2)
        yield f"spelled-{title}", "MISC-CON-018", PAYLOAD + bit_offset, "image", data


def _broken_labels() -> BrokenRows:
    def labels(exponent: int, rest: bytes) -> bytes:
        return _array(UNIFORM, exponent, rest, flag=1)

    beyond = labels(0, b"\xff\x07\x00" + bytes(MAX_LABELS + 1))
    yield "1025", "MISC-ARR-001", PAYLOAD + 8, "image/alphabet_minus_2", beyond
    yield "2048", "MISC-ARR-001", PAYLOAD + 3, "image/alphabet_exponent", labels(11, b"\x00" + bytes(2048))
    yield "missing", "MISC-CON-007", PAYLOAD + 16, "image/labels/0/label", labels(1, b"\x00")
    yield "second-cut", "MISC-CON-007", PAYLOAD + 32, "image/labels/1/label", labels(1, b"\x00\x01a\x02b")
    yield "spare", "MISC-CON-009", PAYLOAD + 16, "image/labels/0/label", labels(1, b"\x00\x81\x00a\x00")
    yield "large", "MISC-CON-010", PAYLOAD + 16, "image/labels/0/label", labels(1, b"\x00" + LARGE)
    yield "not-utf8", "MISC-ANC-003", PAYLOAD + 32, "image/labels/0/label", labels(1, b"\x00\x02a\xff\x00")


def _broken_sets() -> BrokenRows:
    yield from _fields(SETS)
    data = _array(SETS, 0, b"\xff\xff\xff\x07\x00\x00", 2)  # 2^24 + 1 codes
    yield "alphabet-16777217", "MISC-ARR-001", PAYLOAD + 8, "image/alphabet_minus_2", data
    data = _array(SETS, 25, b"\x00\x00", 2)
    yield "alphabet-33554432", "MISC-ARR-001", PAYLOAD + 3, "image/alphabet_exponent", data
    data = _array(SETS, 0, b"\xfe\xff\xff\xff\x0f\x00\x00", 2)
    yield "alphabet-4294967296", "MISC-ARR-001", PAYLOAD + 8, "image/alphabet_minus_2", data
    yield "reserved", "MISC-CON-011", PAYLOAD + 2, "image/reserved", _array(SETS, 3, b"\x00\x00", 2, 1)
    yield "one-dimension", "MISC-ARR-004", PAYLOAD, "image", _array(SETS, 3, b"\x01")
    yield "of-nine-of-eight", "MISC-ARR-004", PAYLOAD, "image", _array(SETS, 3, b"\x00\x08", 2)
    yield "steps", "MISC-ARR-004", PAYLOAD, "image", _array(SETS, 24, b"\x01\x00", 2)
    yield "steps-4", "MISC-ARR-004", PAYLOAD, "image", _array(SETS, 4, b"\x80\x80\x40\x00\x00", 3)
    start = _array(SETS, 3, b"\x01\x01" + b"\xff" * 9, 2)
    yield "quantile", "MISC-ENT-001", PAYLOAD + 24, "image/codeword", start
    all_of_them = _array(SETS, 3, b"\x00\x07" + b"\xff" * 8, 2)  # eight of eight: no decision is coded
    yield "quantile-without-decision", "MISC-ENT-001", PAYLOAD + 24, "image/codeword", all_of_them
    whole = write(Stream(64, 64, image=Sets(np.array([[1, 4]]), 9), methods={"image": "sets"}))
    yield "longer", "MISC-CON-018", 8 * len(whole), "image", whole + b"\0"


def _broken_integers() -> BrokenRows:
    def integers(first: int, rest: bytes = b"") -> bytes:
        return only("image", INTEGERS, bytes((first,)) + rest)

    sizes, size = "image/size/1/size_minus_1", "image/size/0/size_minus_1"
    yield "empty", "MISC-CON-007", PAYLOAD, "image/dimensions_minus_1", only("image", INTEGERS, b"")
    yield "size-cut", "MISC-CON-007", PAYLOAD + 8, size, integers(0)
    yield "second-size-cut", "MISC-CON-007", PAYLOAD + 16, sizes, integers(0x40, b"\0")
    for title, rest in (("values", b"\xff\x0f\x80\x10"), ("most-values", BEYOND * 2)):
        yield title, "MISC-ARR-002", PAYLOAD, "image", integers(0x40, rest)
    yield "reserved", "MISC-CON-011", PAYLOAD + 3, "image/reserved", integers(1, b"\0")
    yield "step-cut", "MISC-CON-007", PAYLOAD + 16, "image/step_minus_1", integers(0x20, b"\0")
    yield "offset-cut", "MISC-CON-007", PAYLOAD + 24, "image/offset_code", integers(0x20, b"\0\1")
    for title, rule, wrong in (("spare", "MISC-CON-009", SPARE), ("large", "MISC-CON-010", LARGE)):
        yield f"size-{title}", rule, PAYLOAD + 8, size, integers(0, wrong)
        yield f"step-{title}", rule, PAYLOAD + 16, "image/step_minus_1", integers(0x20, b"\0" + wrong + b"\0")
        yield f"offset-{title}", rule, PAYLOAD + 24, "image/offset_code", integers(0x20, b"\0\1" + wrong)
    start = integers(0x40, b"\1\1" + b"\xff" * 9)
    yield "quantile", "MISC-ENT-001", PAYLOAD + 24, "image/codeword", start
    content = Integers(np.array([[3, -1], [0, 2]], np.int32))
    whole = write(Stream(64, 64, image=content, methods={"image": "integers"}))
    yield "longer", "MISC-CON-018", 8 * len(whole), "image", whole + b"\0"


def _broken_strings() -> BrokenRows:
    def string(first: int, rest: bytes = b"") -> bytes:
        return only("image", STRING, bytes((first,)) + rest)

    yield "empty", "MISC-CON-007", DECLARED, "image/entropy_coder", only("image", STRING, b"")
    for dimensions in (5, 6, 7):
        data = string(8 | dimensions, bytes(dimensions))
        yield f"dimensions-{dimensions}", "MISC-ARR-002", DECLARED + 5, "image/dimensions", data
    yield "size-cut", "MISC-CON-007", DECLARED + 16, "image/size/1/size_minus_1", string(2, b"\x00")
    yield "size-spare", "MISC-CON-009", DECLARED + 8, "image/size/0/size_minus_1", string(1, SPARE)
    yield "size-large", "MISC-CON-010", DECLARED + 8, "image/size/0/size_minus_1", string(1, LARGE)
    yield "values", "MISC-ARR-002", DECLARED, "image", string(1, b"\x80\x80\x80\x02")  # 2^22 + 1
    yield "most-values", "MISC-ARR-002", DECLARED, "image", string(4, BEYOND * 4)
