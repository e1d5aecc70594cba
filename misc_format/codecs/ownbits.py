"""The bits that a codec's own code reports for its content, term by term, and how a file of this format differs."""

from __future__ import annotations

from collections.abc import Mapping
from math import comb, log2
from typing import Any, NamedTuple

import numpy as np

from misc_format.accounting import Account
from misc_format.codecs import controlgic, perco
from misc_format.codecs.bitpacking import uniform_bytes
from misc_format.codecs.rows import Codec, Part, Term
from misc_format.codecs.texts import deflate
from misc_format.components import Size

OBJECT_BYTES = 33  # sys.getsizeof of bytes counts them in addition to their length
SHAPE_BITS = 48  # that DLF allows for the size and the number of tokens
OSCAR_RATES = (0.0019, 0.0098, 0.0313, 0.0430, 0.0625, 0.0781, 0.0937, 0.1250)


class Difference(NamedTuple):
    """A line of the comparison: a component or part of the file, or what only the codec's own files have.

    `own`: the bits that its own code counts for it; None if its code cannot tell without its networks. `file`: the bits in this file.
    """

    path: str
    own: float | None
    file: int
    cause: str


class Comparison(NamedTuple):
    """Own bits beside those of a file.

    `reason`: why the own bits cannot be computed; empty if they can. `own_pixels`: by how many its own code divides; None if that is not
    known. `pixels`: those of the original picture.
    """

    lines: tuple[Difference, ...]
    reason: str
    own_pixels: int | None
    pixels: int

    @property
    def own_bits(self) -> float | None:
        """The bits that the codec's own code reports; None if they cannot be computed."""
        return None if self.reason else float(sum(line.own or 0 for line in self.lines))

    @property
    def file_bits(self) -> int:
        """The bits of the file."""
        return sum(line.file for line in self.lines)

    def own_bpp(self, bits: float | None) -> float | None:
        """Own bits per pixel as its own code divides; None if the bits or the pixels are not known."""
        return bits / self.own_pixels if bits is not None and self.own_pixels else None

    def file_bpp(self, bits: int) -> float:
        """Bits of the file per pixel of the original picture."""
        return bits / self.pixels


def compare(codec: Codec, fields: Mapping[str, Any], account: Account) -> Comparison:
    """Own bits beside those of a file, by component and part. The sums of the lines are the two totals."""
    terms = codec.own if isinstance(codec.own, str) else codec.own(codec, fields)
    own: dict[str, list[Term]] = {}
    for term in () if isinstance(terms, str) else terms:
        own.setdefault(_present(term.path, account), []).append(term)
    lines = []
    for part in account.components:
        counted = own.pop(part.path, [])
        bits = None if isinstance(terms, str) else sum(term.bits for term in counted)
        cause = "; ".join(term.cause for term in counted) or _cause(codec, part.path, isinstance(terms, str))
        if part.bits or bits:
            lines.append(Difference(part.path, bits, part.bits, cause))
    rest = [term for left in own.values() for term in left if term.bits]
    lines += [Difference(term.path, term.bits, 0, term.cause) for term in rest]
    size = Size(fields["width"], fields["height"])
    own_pixels = codec.divisor(size) if codec.divisor else None
    return Comparison(tuple(lines), terms if isinstance(terms, str) else "", own_pixels, size.width * size.height)


def whole_file(codec: Codec, fields: Mapping[str, Any]) -> tuple[Term, ...] | str:
    """8 times the bytes of the file."""
    for form in codec.forms:
        if set(form.fields) <= fields.keys():
            size = sum(map(len, form.write(fields).values()))
            strings = strings_alone(codec, fields)
            return (*strings, Term("", 8 * size - sum(term.bits for term in strings), "the headers of its own file"))
    return "it counts a file, and these parts make none"


def strings_alone(codec: Codec, fields: Mapping[str, Any]) -> tuple[Term, ...]:
    """8 times the bytes of the strings."""
    terms = []
    for part in codec.parts:
        value = fields.get(part.field)
        if part.content == "compressai":
            terms.append(
                Term(_path(part), 8 * sum(map(len, fields[part.field])), "the same strings; fields that name the model")
            )
        elif isinstance(value, bytes):
            terms.append(
                Term(_path(part), 8 * len(value), f"the same string of {part.coder}; the frame's length and check")
            )
    return tuple(terms)


def perco_own(codec: Codec, fields: Mapping[str, Any]) -> tuple[Term, ...] | str:
    """The caption under zlib, and the stream of the codes."""
    text = 8 * len(deflate(fields["caption"], perco.ZLIB_LEVEL))
    if not perco.has_model(fields):
        return "no model of PerCo has such a grid of codes"
    codes = 8 * len(perco.stream_of(fields))
    return Term("text", text, "zlib"), Term(
        "image", codes, "torchac, uniform: log2 K a code, 2 bits of end, whole bytes"
    )


def dlf_own(codec: Codec, fields: Mapping[str, Any]) -> tuple[Term, ...] | str:
    """Both strings and 6 bytes."""
    if "h_bit_stream" not in fields:
        return "it counts the bytes of the string of the detail, which is an array here"
    codes = len(fields["z_bit_stream"]) if "z_bit_stream" in fields else uniform_bytes(np.size(fields["indices"]), 4096)
    return (
        Term("image/semantic", 8 * codes, "torchac, uniform: 12 bits a code, 2 bits of end, whole bytes"),
        Term(
            "image/detail",
            8 * len(fields["h_bit_stream"]),
            "the same string of dcvc-rans; the frame's length and check",
        ),
        Term("header", SHAPE_BITS, "4 bytes of size and 2 of the number of tokens"),
    )


def oscar_own(codec: Codec, fields: Mapping[str, Any]) -> tuple[Term, ...] | str:
    """A constant for each level, times the pixels."""
    level = fields.get("level")
    if level is None or level >= len(OSCAR_RATES):
        return "it counts a constant for each level, and the level is not set"
    pixels = fields["width"] * fields["height"]
    return (
        Term(
            "image/semantic",
            OSCAR_RATES[level] * pixels,
            f"a constant, {OSCAR_RATES[level]} bits a pixel, whatever was coded",
        ),
    )


def ddcm_own(codec: Codec, fields: Mapping[str, Any]) -> tuple[Term, ...]:
    """log2 K for each index, not rounded, and the bits of the coefficients."""
    indices = np.size(fields["noise_indices"]) * log2(fields["K"])
    coefficients = np.size(fields.get("coeff_indices", ())) * log2(fields.get("levels", 1))
    return (
        Term("image/seeds", indices, "log2 K for each index, not rounded up to whole bits as in its file"),
        Term("image/coefficients", coefficients, "a fixed number of bits for each coefficient"),
    )


def turbo_own(codec: Codec, fields: Mapping[str, Any]) -> tuple[Term, ...]:
    """The rank of each set in whole bits, and a bit for each sign."""
    steps, chosen = np.shape(fields["indices"])
    rank = (comb(fields["K"], chosen) - 1).bit_length()
    return (
        Term("image/seeds", steps * rank, "the rank of each set in whole bits"),
        Term("image/coefficients", steps * chosen, "a bit for each sign"),
    )


def diffc_own(codec: Codec, fields: Mapping[str, Any]) -> tuple[Term, ...] | str:
    """The seeds' bytes, and the size of the Python object of the caption."""
    if not isinstance(fields.get("seeds"), bytes):
        return "it counts the bytes of the seeds under its own coder, and they are an array here"
    text = 8 * len(deflate(fields["caption"]))
    return (
        Term("text", text, "zlib"),
        Term("image/seeds", 8 * len(fields["seeds"]), "the same bytes; the frame's length and check"),
        Term("", 8 * OBJECT_BYTES, "what sys.getsizeof adds to the caption: the size of a Python object"),
    )


def controlgic_own(codec: Codec, fields: Mapping[str, Any]) -> tuple[Term, ...] | str:
    """8 times the bytes of the files of the mode."""
    if any(f"ind_{grain}" in fields for grain in controlgic.GRAINS) and "counts" not in fields:
        return "it counts a Huffman code, and the counts of its model are not given"
    fields_of = {"ind": "indices", "mask": "mask"}
    names = {
        f"{fields_of[kind]}_{grain}.bin": part
        for part in codec.parts
        for kind, _, grain in [part.field.partition("_")]
        if kind in fields_of
    }
    return tuple(
        Term(_path(names[name]), 8 * len(data), "the file of this part, with a byte of padding and one that counts it")
        for name, data in controlgic.write(fields).items()
    )


def pics_own(codec: Codec, fields: Mapping[str, Any]) -> tuple[Term, ...]:
    """The digits of the strings as numbers, the size of the Python object of the caption, and log2 of the candidates."""
    cause = "the digits of both strings as binary numbers of Python, each with 0b"
    terms = [
        Term("image/sketch", sum(len(bin(int.from_bytes(string, "little"))) for string in fields["strings"]), cause)
    ]
    terms.append(Term("text", 8 * len(deflate(fields["caption"])), "zlib"))
    terms.append(Term("", 8 * OBJECT_BYTES, "what sys.getsizeof adds to the caption: the size of a Python object"))
    if "candidates" in fields:
        terms.append(
            Term("image/seeds", log2(fields["candidates"]), "log2 of the number of candidates, not rounded up")
        )
    return tuple(terms)


def _path(part: Part) -> str:
    return f"image/{part.label}"


def _present(path: str, account: Account) -> str:
    """The path in the file: an image that is the only part has no label."""
    paths = {part.path for part in account.components}
    return "image" if path == "image/image" and path not in paths else path


def _cause(codec: Codec, path: str, is_unknown: bool) -> str:
    """Why a part of the file has no bits of the codec's own."""
    if path == "header":
        return "the size of the original picture, and which components follow"
    if path == "framing":
        return "roles, methods and lengths of components and parts"
    if path == "generation":
        return "the model, and what else its decoder needs"
    named = [part for part in codec.parts if path in (_path(part), "image")]
    if is_unknown:
        return named[0].holds if named else path
    return f"not counted by its code: {named[0].holds if named else path}"
