"""Streams drawn at random, written, and given to both decoders: the package's, and the one written from the specification's text alone.

    python -m misc_conformance.fuzzing.differential --count 100000

They must say the same of every file: symbols, bits, fields. The streams are those of `misc_format.testing.valid_streams`, so that a
number stands for the same file only under the same version of hypothesis. Needs the extra "testing".
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import lru_cache

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from misc_format import Stream, Text, write
from misc_format.coders.text.languagemodel import known
from misc_format.engine.jobs import warm
from misc_format.testing import valid_streams

from ..authoring.expected import outcome
from ..harness.protocol import CLAIMS
from ..harness.run import differences
from ..plain.decoder import decode
from ..plain.language import model_digest
from ..suite import MODELS
from . import campaign
from .campaign import Campaign, Checked, require

GROUP = 100  # streams that are drawn together
SHIPPED = 50  # one of so many files may have text under the shipped language model, which takes the plain decoder long
OWN = {model_digest(path.read_bytes()): path.read_bytes() for path in MODELS}


def check(data: bytes, index: int) -> Checked:
    """The methods of a file of which both decoders say the same; raises `PropertyError` for another."""
    ours = outcome(data)
    require(ours["verdict"] == "conforming", f"what was written breaks {ours.get('rule')}")
    wrong = next(differences(decode(data, OWN), ours, "decode", CLAIMS), None)
    require(wrong is None, f"the decoders differ: {wrong}; {data.hex()}")
    return Checked("equal", [f"{kind} {method}" for kind, method in ours["symbols"]["methods"].items()])


def file_of(seed: int, index: int, full: bool = False) -> bytes:
    """The file of this number. Unless the run is a full one, most texts under the shipped model are under the tiny one instead."""
    stream = _streams(seed, index // GROUP)[index % GROUP]
    shipped = isinstance(stream.text, Text) and stream.methods["text"] in ("auto", "language")
    if shipped and index % SHIPPED and not full:
        stream = replace(stream, methods={**stream.methods, "text": "language-own"})
    return write(stream)


@lru_cache(maxsize=1)
def _streams(seed: int, group: int) -> list[Stream]:
    drawn: list[Stream] = []

    @seeded(seed << 32 | group)
    @settings(
        max_examples=GROUP,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(valid_streams())
    def draw(stream: Stream) -> None:
        drawn.append(stream)

    draw()
    return drawn


def prepare(full: bool) -> None:
    """Once in each process: the model of the vectors, and what the coders need."""
    os.environ[known.VARIABLE] = str(MODELS[0])
    warm()


CAMPAIGN = Campaign(
    file_of,
    check,
    prepare,
    "methods",
    {True: "all text as it was drawn", False: f"shipped language model in one file of {SHIPPED}"},
)

if __name__ == "__main__":
    sys.exit(campaign.main(CAMPAIGN, "python -m misc_conformance.fuzzing.differential", __doc__ or ""))
