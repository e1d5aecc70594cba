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
    "latents-inside-one": (
        "cd534308040000001041ffffff8fdc218a997072476a20ee79fddf978fa5584c405634a5d3236a163088077d3408fcbde7fea5"
    ),
    "latents-inside-several": "cd53430804000000100d7b",
    "latents-start-several": (
        "cd534308040000001002f74daaca70b54c353330e70e495e60b7a810dbda1547d0ed0c51af1bd094b8636e049437197d5bce01a8ef7951"
        "c393cf9abf3e280f9c2b71fa4810723640e97d088fc01d3f"
    ),
    "latents-start-several-before-end": "cd53430804000000100dfffffffffe000000fffffffffff84a045daab1af3b7b7267dd0a856e1efd66ba",
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
