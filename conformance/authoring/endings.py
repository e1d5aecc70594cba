"""Files whose range codewords end in every relation of `low` and `range` (clause 5.2) that was found, for each method that has one.

A name says how the codeword's number, followed by zeros, lies in the interval: at its `start` or `inside` it, as `one` number of its
length or the smallest of `several`. In `before-end`, a shorter byte string gives the first number behind the interval. The files were
found by chance among small contents. A decoder that passed every other vector refused one at the start of its interval. When a model
of latents or maps changes, `python -m misc_conformance.authoring.find_endings` prints the lines of its files anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from misc_format import Stream, read

FILES = {
    "grid-inside-one": "cd53430804007007001c0302f1450c22523afc60f6f8",
    "grid-empty": "cd53430804007007001c0101",
    "grid-inside-several": "cd53430804007007001c0300e676126c43",
    "grid-start-several": "cd53430804007007001c0301e48d01bfd57b4c61",
    "grid-start-one": "cd53430804007007001c0302e60eb4a1ed04cb83",
    "maps-inside-several": "cd5343081000700730100010002f8040a1ba012a",
    "maps-inside-one": "cd5343081000700730100010003f80320ee2e942",
    "maps-start-one": "cd534308100070073010000fffff80",
    "maps-start-several": "cd5343081000700730100010000f8040f53680",
    "text-inside-several": "cd53430820000000309de87f106c892bc86b7377b6b94e",
    "text-empty": "cd53430820000000309de87f106c892bc8",
    "text-inside-one": "cd53430820000000309de87f106c892bc85d8b03",
    "latents-inside-one": "cd534308040000001042a72f134c0e4ab9f19d",
    "latents-inside-several": "cd534308040000001041ffffff8fc3eb35f6df980fc247c9486edc6517312b46f031b69b94e01b4aafc572ff9d82",
    "latents-start-several": (
        "cd53430804000000103ccf595cfffe6e8403fe79bb7a6331f7cc86538d365bfa7467696c76b3c8ee2e0cffffff6f229ff684e40ac3eb6b"
        "5fc499fffffa523e6f781c9efcf6a7e93a4f1e9b4fd3eabdcffbe5fcadfa87ff6d6afe98d2"
    ),
    "latents-start-several-before-end": "cd53430804000000100288990c01f5a4be6500d14a6080",
}  # fmt: skip


def ending(low: int, interval: int, words: int) -> str:
    """The relation of the final interval of a codeword in words. `words`: of 32 bits, that were shifted out."""
    size = 8 + 4 * words
    units = [256 ** (size - length) for length in range(size + 1)]
    firsts = [-(-low // unit) * unit for unit in units]
    length = next(length for length, first in enumerate(firsts) if first < low + interval)
    if length == 0:
        return "empty"
    place = "start" if firsts[length] == low else "inside"
    count = "several" if firsts[length] + units[length] < low + interval else "one"
    return f"{place}-{count}" + ("-before-end" if low + interval in firsts[:length] else "")


def streams() -> Iterator[tuple[str, Stream]]:
    """The contents of the files by name. Written again, they give the same bytes."""
    for name, data in FILES.items():
        yield f"ending-{name}", read(bytes.fromhex(data))
