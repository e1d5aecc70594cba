"""A sample of each published codec as a file: the bits that its own code reports, those of the file, and what makes the difference.

The numbers are random, as trained codes nearly are, and the strings have assumed lengths. So the absolute rates are samples; what counts is
the difference, which headers, framing and uncounted side information make.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np

from misc_format.codecs import CODECS, Codec, Comparison, difference, import_codec
from misc_format.codecs.bitpacking import pack_uniform
from misc_format.codecs.listing import bpp
from misc_format.components import Size
from reference_codec.budget.rebuild import overall

SIZE: Final = Size(768, 512)
WORDS: Final = 20
Y_BYTES, Z_BYTES = 1_000, 100  # assumed lengths of strings: 0.02 bpp for 768 x 512
Random = np.random.Generator
Arrays = Callable[[Random], Mapping[str, Any]]
# The columns of causes, and the components whose bits they sum.
CAUSES: Final[Mapping[str, tuple[str, ...]]] = {
    "size": ("header",), "framing": ("framing",), "parameters": ("generation",), "text": ("text",), "its overhead": ("",),
}  # fmt: skip


NOTE: Final = (
    "The numbers are random, and the lengths of strings are assumed: what counts is the difference. Size, framing, parameters, text and parts "
    "are what components of the file have more than the codec's own count; its overhead is what only its own count has. "
    "Own bpp are own bits by the pixels that the codec's code divides by, where they are known; those of the file divide by the original pixels. "
    "Where there are no own bits, the codec's own count needs its networks or its classes."
)
TEXT_COLUMNS: Final = 3


class Sample(NamedTuple):
    """What is imported. `what`: in words. `settings`: of the row."""

    what: str
    arrays: Arrays
    settings: Mapping[str, Any] = {}
    size: Size = SIZE


def _codes(name: str, alphabet: int, *shape: int) -> Arrays:
    return lambda random: {name: random.integers(0, alphabet, shape)}


def _strings(y: str = "y", z: str = "z", **more: Any) -> Arrays:
    return lambda random: {y: random.bytes(Y_BYTES), z: random.bytes(Z_BYTES), **more}


def _both(*parts: Arrays) -> Arrays:
    return lambda random: {name: value for part in parts for name, value in part(random).items()}


def _latents(name: str, spread: float, *shape: int) -> Arrays:
    """Rounded Laplacian numbers, as quantised latents are."""
    return lambda random: {name: np.rint(random.laplace(0, spread, shape))}


def _sets(random: Random) -> Mapping[str, Any]:
    return {
        "indices": np.sort([random.choice(16_384, 20, replace=False) for _ in range(15)]),
        "signs": random.integers(0, 2, (15, 20)),
    }


def _dlf(random: Random) -> Mapping[str, Any]:
    return {"z_bit_stream": pack_uniform(random.integers(0, 4096, 192), 4096), "h_bit_stream": random.bytes(Y_BYTES)}


_LIBRARY = _strings("strings_0", "strings_1", shape=(8, 12))
SAMPLES: Final[Mapping[str, Sample]] = {
    "perco-sd": Sample("8x8 codes of 1,024", _codes("indices", 1024, 8, 8), {"alphabet": 1024, "steps": 20, "guidance": "3.0"}),
    "glc": Sample("8x12 codes, 256x32x48 latents", _both(_codes("index", 16_384, 8, 12), _latents("y_q", 0.08, 256, 32, 48)), {"level": 0}),
    "dlf": Sample("192 codes, a string", _dlf, {"level": 0}),
    "oscar": Sample("8x12 codes of 256, four norms", _both(_codes("indices", 256, 8, 12), lambda random: {"A_z": random.random(4, np.float32)}), {"level": 0}),
    "ddcm": Sample("999 indices of 1,024", _codes("noise_indices", 1024, 999), {"K": 1024, "T": 1000}),
    "turbo-ddcm": Sample("15 sets of 20 of 16,384", _sets, {"K": 16_384, "T": 30, "seed": 88_888_888}),
    "diffc": Sample("a string of seeds", lambda random: {"seeds": random.bytes(Y_BYTES)}, {"step_idx": 80}),
    "control-gic": Sample("a string of medium codes", lambda random: {"indices_medium": random.bytes(1_900)}, {"mode": 5}),
    "diffeic": Sample("two strings", _strings(), {"steps": 50, "seed": 231, "sampler": "ddpm-spaced"}),
    "stablecodec": Sample("two strings, six numbers", _both(_strings(), _codes("color_fix", 65_536, 6))),
    "resulic": Sample("two strings", _strings(shape=(8, 12)), {"level": 4}),
    "taco": Sample("two strings", _strings()),
    "mlic++": Sample("two strings", _strings()),
    "tcm": Sample("two strings", _LIBRARY),
    "lalic": Sample("two strings", _LIBRARY),
    "ms-illm": Sample("two strings", _strings("latent_strings", "hyper_latent_strings")),
    "hific": Sample("two strings", _strings(hyper_coding_shape=(320, 8, 12), latent_coding_shape=(220, 32, 48))),
    "egic": Sample("eleven strings", lambda random: {"z_string": random.bytes(Z_BYTES), "z_shape": (8, 12), **{f"y_string_{place}": random.bytes(Y_BYTES // 10) for place in range(10)}}),
    "crdr": Sample("two strings, the largest latent", _strings(max_y=[20]), {"rate": 16}),
    "cdc": Sample("256x32x48 and 256x8x12 latents", _both(_latents("q_latent", 0.15, 256, 32, 48), _latents("q_hyper_latent", 0.3, 256, 8, 12)), {"steps": 65}),
    "dcvc-intra": Sample("a string", lambda random: {"bits": random.bytes(Y_BYTES)}, {"qp": 0}),
    "pics": Sample("two strings of a sketch, one of 4 candidates", _both(_LIBRARY, lambda random: {"index": [3]}), {"quality": 1, "candidates": 4}),
    "sedic": Sample("two strings", _LIBRARY, {"quality": 1}),
    "cfte": Sample("key points as a string", lambda random: {"points_string": random.bytes(20)}, {}, Size(256, 256)),
    "compressai": Sample("two strings", _LIBRARY, {"architecture": "cheng2020-attn", "quality": 1, "metric": "mse"}),
}  # fmt: skip


class Compared(NamedTuple):
    """A codec's sample and its counts."""

    codec: Codec
    sample: Sample
    counts: Comparison

    def gap(self, paths: tuple[str, ...]) -> float:
        """The difference that components make."""
        return sum(line.file - (line.own or 0) for line in self.counts.lines if line.path in paths)

    @property
    def content_gap(self) -> float:
        """The difference of the parts of the image."""
        return sum(line.file - (line.own or 0) for line in self.counts.lines if line.path.startswith("image"))


@cache
def compared() -> tuple[Compared, ...]:
    """All samples, in the order of the table of codecs."""
    return tuple(_compare(CODECS[name], SAMPLES[name]) for name in CODECS)


def _compare(codec: Codec, sample: Sample) -> Compared:
    random = np.random.default_rng(1)
    stream = import_codec(
        codec.name, sample.arrays(random), width=sample.size.width, height=sample.size.height,
        caption=overall(WORDS) if codec.has_text else None, settings=sample.settings,
    )  # fmt: skip
    return Compared(codec, sample, difference(codec.name, stream))


def table(rows: Sequence[Compared]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Header and body of a table with a line for each codec."""
    header = (
        "codec",
        "sample",
        "divided by",
        "own bits",
        "own bpp",
        "file, bits",
        "file, bpp",
        "difference",
        *CAUSES,
        "parts",
    )
    return header, [_row(row) for row in rows]


def _row(row: Compared) -> tuple[str, ...]:
    texts = (row.codec.name, row.sample.what, row.codec.divided_by)
    own, bits = row.counts.own_bits, row.counts.file_bits
    rate = bpp(row.counts.file_bpp(bits))
    if own is None:
        return (*texts, "-", "-", f"{bits:,}", rate, "-", *[""] * (len(CAUSES) + 1))
    gaps = [*(row.gap(paths) for paths in CAUSES.values()), row.content_gap]
    own_rate = bpp(row.counts.own_bpp(own))
    return (
        *texts,
        f"{own:,.0f}",
        own_rate,
        f"{bits:,}",
        rate,
        f"{bits - own:+,.0f}",
        *(f"{gap:+,.0f}" if gap else "" for gap in gaps),
    )
