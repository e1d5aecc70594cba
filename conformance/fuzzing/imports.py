"""Files of published codecs as inputs of fuzzing: the name of a codec, a line feed, and the bytes of its file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np

from misc_format import write
from misc_format.codecs import Source, export_codec, import_codec

from .campaign import require

WIDTH, HEIGHT = 120, 70
CAPTION: Final = "A cup."
STRING, OTHER = bytes(range(40)), bytes(range(8))
STRINGS: Final = {"y": STRING, "z": OTHER}


# Settings that a file does not have; those of `Sample` are for its arrays, too.
NEEDED: Final = ("K", "M", "C", "quality")
HAS_SIZE: Final = ("diffc", "taco", "hific", "crdr", "dcvc-intra", "compressai")
HAS_TEXT: Final = ("perco-sd", "diffc", "pics")


class Sample(NamedTuple):
    """The arrays of a small source, and the settings without which its file cannot be read."""

    arrays: Mapping[str, Any]
    settings: Mapping[str, Any] = {}


SAMPLES: Final[dict[str, Sample]] = {
    "perco-sd": Sample({"indices": np.arange(64).reshape(8, 8)}, {"alphabet": 256}),
    "ddcm": Sample({"noise_indices": np.arange(20).reshape(10, 2), "coeff_indices": np.ones((10, 1), int)}, {"K": 32, "M": 2, "C": 2}),
    "turbo-ddcm": Sample({"indices": np.arange(12).reshape(4, 3) * 2, "signs": np.ones((4, 3), int)}, {"K": 40, "M": 3}),
    "diffc": Sample({"seeds": STRING}, {"step_idx": 7}),
    "diffeic": Sample(STRINGS),
    "stablecodec": Sample(STRINGS),
    "resulic": Sample({**STRINGS, "shape": (2, 2)}),
    "taco": Sample(STRINGS),
    "hific": Sample({**STRINGS, "hyper_coding_shape": (3, 2, 2), "latent_coding_shape": (3, 8, 8)}),
    "egic": Sample({"z_string": OTHER, "z_shape": (2, 2), **{f"y_string_{place}": OTHER for place in range(10)}}),
    "crdr": Sample({**STRINGS, "max_y": [9]}, {"rate": 16}),
    "dcvc-intra": Sample({"bits": STRING}, {"qp": 3}),
    "pics": Sample({"strings_0": STRING, "strings_1": OTHER}, {"quality": 1}),
    "compressai": Sample(
        {"strings_0": STRING, "strings_1": OTHER, "shape": (2, 2)}, {"architecture": "mbt2018", "quality": 2, "metric": "mse"},
    ),
}  # fmt: skip


@cache
def seeds() -> list[bytes]:
    """A file of each codec that has one file."""
    found = []
    for name, sample in SAMPLES.items():
        caption = CAPTION if name in HAS_TEXT else None
        stream = import_codec(
            name, sample.arrays, width=WIDTH, height=HEIGHT, caption=caption, settings=sample.settings
        )
        [data, *_] = export_codec(name, stream).values()
        found.append(f"{name}\n".encode() + data)
    return found


def read(data: bytes) -> None:
    """Import a file. Raises `MiscError`. What was imported is written, unless the format has no room for it."""
    head, _, content = data.partition(b"\n")
    name = head.decode("utf-8", "replace")
    settings = SAMPLES[name].settings if name in SAMPLES else {}
    given = {key: value for key, value in settings.items() if key in NEEDED}
    width, height = (None, None) if name in HAS_SIZE else (WIDTH, HEIGHT)
    stream = import_codec(name, Source({"file": content}), width=width, height=height, settings=given)
    require(bool(write(stream, effort="fast")), "nothing is written")
