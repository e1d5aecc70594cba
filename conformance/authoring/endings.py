"""Files whose range codewords end in every relation of `low` and `range` (clause 5.2) that was found, for each method that has one.

A name says how the codeword's number, followed by zeros, lies in the interval: at its `start` or `inside` it, as `one` number of its
length or the smallest of `several`. In `before-end`, a shorter byte string gives the first number behind the interval. The files were
found by chance among small contents. The last one was refused by a decoder that passed every other vector.
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
    "maps-inside-several": "cd5343081000700730100010003f804142213bc4bb",
    "maps-inside-one": "cd5343081000700730100010002f80104aeb",
    "maps-start-one": "cd5343081000700730100010000f80",
    "maps-start-several": "cd5343081000700730100010000f80408bace0",
    "text-inside-several": "cd53430820000000309de87f106c892bc86b7377b6b94e",
    "text-empty": "cd53430820000000309de87f106c892bc8",
    "text-inside-one": "cd53430820000000309de87f106c892bc85d8b03",
    "latents-inside-several": "cd5343080400000010677f1f",
    "latents-inside-one": (
        "cd53430804000000105e8701ac4dfd60ce91ffc6e0fffffffffffffffffffffffc15001781ffffffffffffffffffffffffffffffffffff"
        "fffffffffffffffffffffffffffffffffffffffffffffffffffc150003e631be9f2d21057b09dcd4e8d5f0deeccafc95f2da730a713cab"
        "e8394632e6a92818bbd70e2fb2c1789ec019db4c"
    ),
    "latents-start-several": (
        "cd534308040000001057fffffffffe000000ffffffffffffffffffffffffff0dd6fffffffffffffa7cb0c15c63ba4fa4a4b533c776b09d"
        "6a599a549623dffeff85652a537e"
    ),
    "latents-start-several-before-end": "cd53430804000000104dc822986693493f58837f653465f630d5dbbcf70cffff8c0c1e071503",
    "latents-one-value": "cd53430814000000f00010010587737d47d2b0c07ae491906e583cc6a370",
}  # fmt: skip


def streams() -> Iterator[tuple[str, Stream]]:
    """The contents of the files by name. Written again, they give the same bytes."""
    for name, data in FILES.items():
        yield f"ending-{name}", read(bytes.fromhex(data))
