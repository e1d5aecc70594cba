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
    "latents-inside-one": "cd5343080400000010577e4f84cbfb917140441680f721904f806de79753fd2811d87fb6817eb78d6c7cfeba",
    "latents-inside-several": "cd534308040000001041ffffff8e7253f83d2cc37028616b081bd954d3bf0bc39019828a639821ec736ff7dd",
    "latents-start-several": (
        "cd53430804000000105ac2a31dc1ec9ae72d539d82240403204e24b48c363e74436643063592fef8bce6473c7ff5025d5f57e9b54fbabb"
        "7fa813"
    ),
    "latents-start-several-before-end": (
        "cd53430804000000107afffffffffc1dffd3ff816a554e67ecd673150fcf9c3f9dff1dae58b11ab5c3b1bde1a7aeffb655debb69a2c6ff"
        "fc56a9403d5cb1ff9e31ffffffffffff7dfe5c7b0f9b17f1e1e3d907c56ba8f37fb3b5ffc607ffaa37fe5a47fb27fffb559ff7b7e6fff0"
        "73ff4d3ffed58f88eff2067fd16ffdacb0"
    ),
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
