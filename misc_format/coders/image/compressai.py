"""Strings of CompressAI (clause 10): fields that name the model, then the bytes as the library wrote them.

The order is z, then y. z is decoded first, and y, which is longer, needs no length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format import limits
from misc_format.coders import Coder, ContentForm, Outside
from misc_format.coders.folderform import MANIFEST, Files, FolderForm, Key, number_in, of_type
from misc_format.components import Size, Strings
from misc_format.errors import MiscError
from misc_format.registry import ARCHITECTURE_BY_ID, ARCHITECTURE_BY_NAME, ARCHITECTURES, METRICS, Architecture
from misc_format.structure.bits import BitReader, BitWriter, Share
from misc_format.structure.grammar import Field, Syntax, build, parse
from misc_format.structure.steps import Expression, Step, check, fields, let, rest

PADDING = 64  # pixels: the programs of the library pad the sides of a picture to a multiple of it
MAX_PADDING = 256
LATENT = 16  # pixels of the picture on a side of a position of y
ESCAPE = 63  # value of z_length
DIGEST_BYTES = 8
ONE = tuple(row.id for row in ARCHITECTURES if row.strings == 1)
TWO = tuple(row.id for row in ARCHITECTURES if row.strings == 2)

STRINGS_HEADER = Syntax(
    "strings_header",
    "10.1",
    "CompressAI strings",
    (
        Field(
            "architecture",
            "u",
            4,
            "registered number of the architecture",
            allowed=ARCHITECTURE_BY_ID.keys(),
            rule="MISC-CAI-001",
            table="architectures",
        ),
        Field("metric", "u", 1, "what the model was trained for; 0: mean squared error, 1: MS-SSIM", table="metrics"),
        Field("quality_minus_1", "u", 3, "the library's quality level - 1"),
        Field("own_weights", "u", 1, "0: the library's pretrained weights; 1: those with weights_digest"),
        Field("explicit_shape", "u", 1, "0: the usual shape"),
        Field("reserved", "f", 6, "0: there is one string", when=("architecture", ONE)),
        Field("z_length", "u", 6, "bytes of string z; 63: z_length_extra follows", when=("architecture", TWO)),
        Field("z_length_extra", "v", 0, "bytes of string z - 63", when=("z_length", (ESCAPE,))),
        Field(
            "weights_digest",
            "u",
            8 * DIGEST_BYTES,
            "first 8 bytes of the SHA-256 of the file of weights",
            when=("own_weights", (1,)),
        ),
        Field("rows_minus_1", "v", 0, "rows of the shape - 1", when=("explicit_shape", (1,))),
        Field("columns_minus_1", "v", 0, "columns of the shape - 1", when=("explicit_shape", (1,))),
    ),
)


def encode(content: Strings, picture: Size) -> bytes:
    row = _check(content)
    usual = usual_shape(row, picture)
    for rule, path, message in _misfits(row, content.shape, picture):
        raise MiscError(rule, message, path=path)
    z = content.strings[1] if row.strings == 2 else b""
    values = {
        "architecture": row.id,
        "metric": _metric(content.metric),
        "quality_minus_1": content.quality - 1,
        "own_weights": int(content.digest is not None),
        "explicit_shape": int(content.shape != usual),
        "z_length": min(len(z), ESCAPE),
        "z_length_extra": len(z) - ESCAPE,
        "weights_digest": int(content.digest or "0", 16),
        "rows_minus_1": content.shape[0] - 1,
        "columns_minus_1": content.shape[1] - 1,
    }
    writer = BitWriter()
    build(STRINGS_HEADER, writer, values, prefix="image/")
    return writer.to_bytes() + z + content.strings[0]


def decode(reader: BitReader, picture: Size) -> Strings:
    start = reader.position
    values = parse(STRINGS_HEADER, reader, prefix="image/")
    row = ARCHITECTURE_BY_ID[values["architecture"]]
    shape = usual = usual_shape(row, picture)
    if values["explicit_shape"]:
        shape = (values["rows_minus_1"] + 1, values["columns_minus_1"] + 1)
        if shape == usual:
            reader.fail("MISC-CAI-002", f"{shape[0]} x {shape[1]} is the usual shape", path="image/explicit_shape")
    for rule, path, message in _misfits(row, shape, picture):
        reader.fail(rule, message, path=path, bit_offset=start if path == "image" else None)
    digest = f"{values['weights_digest']:0{2 * DIGEST_BYTES}x}" if values["own_weights"] else None
    strings = _read_strings(reader, values) if row.strings == 2 else (reader.rest(),)
    return Strings(row.name, strings, shape, values["quality_minus_1"] + 1, METRICS[values["metric"]].name, digest)


def split_bits(content: Strings, picture: Size) -> list[Share]:
    """The strings in the order of the file."""
    by_name = zip("yz", content.strings, strict=False)
    return [Share(name, 8 * len(part), 8 * len(part), f"{len(part)} bytes") for name, part in reversed(list(by_name))]


def usual_shape(row: Architecture, picture: Size) -> tuple[int, int]:
    """The rows and columns that the library gives for sides padded to multiples of 64 pixels."""
    return _shape(row, picture, PADDING)


def max_shape(row: Architecture, picture: Size) -> tuple[int, int]:
    """The rows and columns for sides padded to multiples of 256 pixels, the largest that a model may need."""
    return _shape(row, picture, MAX_PADDING)


def _shape(row: Architecture, picture: Size, multiple: int) -> tuple[int, int]:
    rows, columns = (-(-side // multiple) * (multiple // row.pixels) for side in (picture.height, picture.width))
    return rows, columns


def _misfits(row: Architecture, shape: tuple[int, int], picture: Size) -> Iterator[tuple[str, str, str]]:
    """Rule, path of the field and message, for each limit that a shape breaks."""
    for name, count, max_count in zip(("rows", "columns"), shape, max_shape(row, picture), strict=True):
        if count > max_count:
            yield "MISC-CAI-003", f"image/{name}_minus_1", f"{count} {name} are more than {max_count}"
    positions = shape[0] * shape[1] * (row.pixels // LATENT) ** 2
    if positions > limits.MAX_STRING_POSITIONS:
        yield "MISC-CAI-004", "image", f"{positions:,} positions are more than {limits.MAX_STRING_POSITIONS:,}"


def _read_strings(reader: BitReader, values: dict[str, int]) -> tuple[bytes, bytes]:
    length, available = values["z_length"] + values.get("z_length_extra", 0), reader.remaining >> 3
    if length > available:
        reader.fail("MISC-CON-007", f"{length} bytes are needed and {available} are left", path="image/z_length")
    z = reader.octets(length)
    return reader.rest(), z


def _check(content: Strings) -> Architecture:
    """The architecture of the content. Raises `MiscError` if a file cannot hold the content."""
    row = ARCHITECTURE_BY_NAME.get(content.architecture)
    if row is None:
        raise MiscError("MISC-CAI-001", f"{content.architecture!r} is not registered", path="image/architecture")
    faults = {
        "strings": len(content.strings) != row.strings,
        "quality": not 1 <= content.quality <= limits.MAX_QUALITY,
        "metric": content.metric not in {metric.name for metric in METRICS},
        "shape": min(content.shape) < 1,
        "digest": content.digest is not None and not re.fullmatch(f"[0-9a-f]{{{2 * DIGEST_BYTES}}}", content.digest),
    }
    for name, is_wrong in faults.items():
        if is_wrong:
            value = len(content.strings) if name == "strings" else getattr(content, name)
            message = f"{name}: {value!r} does not fit {row.name}"
            raise MiscError("MISC-CAI-005", message, path=f"image/{name}")
    return row


def _metric(name: str) -> int:
    return next(row.id for row in METRICS if row.name == name)


FILE, SECTION = "image.npz", "compressai"
KEYS = (
    Key("architecture", "name, required", "registered name of the architecture", of_type(str)),
    Key("quality", "1 to 8, required", "the library's level", number_in(1, limits.MAX_QUALITY)),
    Key("metric", "name", "mse if left out, or ms-ssim", of_type(str)),
    Key(
        "digest",
        "16 hexadecimal digits",
        "first 8 bytes of the SHA-256 of the file of weights; the library's pretrained weights if left out",
        lambda value: type(value) is str and re.fullmatch("[0-9a-fA-F]{16}", value) is not None,
    ),
)


def _read(files: Files) -> Strings:
    """Read the result of CompressAI's `compress()`: `strings_0`, perhaps `strings_1` (uint8), and `shape` (two integers)."""
    arrays: Mapping[str, NDArray[Any]] = files.values[FILE]
    names = [f"strings_{index}" for index in range(max(len(arrays) - 1, 1))]
    if arrays.keys() != {*names, "shape"}:
        present = ", ".join(arrays) or "nothing"
        raise MiscError(
            "MISC-PCK-003", f"it must have strings_0, perhaps strings_1, and shape, but has {present}", path=FILE
        )
    if any(arrays[name].ndim != 1 or arrays[name].dtype != np.uint8 for name in names):
        raise MiscError("MISC-PCK-003", "a string must be an array of uint8 with one dimension", path=FILE)
    if arrays["shape"].shape != (2,) or arrays["shape"].dtype.kind not in "iu":
        raise MiscError("MISC-PCK-003", "shape must be two integers, rows and columns", path=FILE)
    options = files.options
    for name in ("architecture", "quality"):
        if name not in options:
            raise MiscError("MISC-PCK-002", f"{name} is missing", path=f"{MANIFEST}/{SECTION}")
    rows, columns = map(int, arrays["shape"])
    strings = tuple(arrays[name].tobytes() for name in names)
    digest = options["digest"].lower() if "digest" in options else None
    return Strings(
        options["architecture"], strings, (rows, columns), options["quality"], options.get("metric", "mse"), digest
    )


def _write(content: Strings) -> Files:
    strings = {f"strings_{index}": np.frombuffer(part, np.uint8) for index, part in enumerate(content.strings)}
    options = {"architecture": content.architecture, "quality": content.quality, "metric": content.metric}
    digest = {} if content.digest is None else {"digest": content.digest}
    return Files({FILE: {"shape": np.array(content.shape), **strings}}, options | digest)


def _symbols(content: Strings) -> dict[str, Any]:
    values = {name: value for name, value in asdict(content).items() if value is not None}
    return values | {"shape": list(content.shape), "strings": [string.hex() for string in content.strings]}


FORM = ContentForm(
    Strings,
    FolderForm(
        _read, _write, files=(FILE,), one_file=True, section=SECTION,
        section_meaning=f"which model wrote the strings of {FILE}, see below", keys=KEYS,
    ),
    _symbols,
)  # fmt: skip


def _outside(reader: BitReader, picture: Size) -> list[Outside]:
    content = decode(reader, picture)
    pretrained = f"{content.architecture}, {content.metric}, quality {content.quality}"
    return [Outside("weights", content.digest or pretrained)]


def _usual(side: str, multiple: int) -> Expression:
    return ["*", ["ceil", side, multiple], ["/", multiple, "pixels"]]


SIDES = {"rows": "height", "columns": "width"}
IS_USUAL = ["and", *(["=", name, _usual(side, PADDING)] for name, side in SIDES.items())]
LATENTS = ["/", "pixels", LATENT]  # positions of y along a side of one of z, or 1
Z: Step = {
    "do": "octets",
    "path": "z",
    "length": ["if", ["=", "strings", 2], ["+", "z_length", "z_length_extra"], 0],
    "at": "z_length",
    "rule": "MISC-CON-007",
}
STEPS = [
    fields(STRINGS_HEADER),
    *(let(name, ["row", "architectures", "architecture", name]) for name in ("pixels", "strings")),
    *(
        let(name, ["if", "explicit_shape", ["+", f"{name}_minus_1", 1], _usual(side, PADDING)])
        for name, side in SIDES.items()
    ),
    check("MISC-CAI-002", ["and", "explicit_shape", IS_USUAL], "explicit_shape"),
    *(check("MISC-CAI-003", [">", name, _usual(side, MAX_PADDING)], f"{name}_minus_1") for name, side in SIDES.items()),
    check("MISC-CAI-004", [">", ["*", "rows", "columns", LATENTS, LATENTS], "MAX_STRING_POSITIONS"]),
    Z,
    rest("y"),
]

CODER = Coder(
    FORM, encode, decode, split_bits,
    {"image/": STRINGS_HEADER}, rule_families=("CAI",), outside=_outside, steps=STEPS,
)  # fmt: skip
