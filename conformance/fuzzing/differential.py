"""Files through both decoders: the package's, and the one written from the specification's text alone.

    python -m misc_conformance.fuzzing.differential --count 200000

They must say the same of every file: verdict, rule and place of a file that breaks one; symbols, bits, fields and warnings of another.
Files of even numbers are streams drawn at random and written. They are those of `misc_format.testing.valid_streams`, so that a number
stands for the same file only under the same version of hypothesis. Files of odd numbers are mutated: vectors, and streams that were
drawn. Needs the extra "testing".
"""

from __future__ import annotations

import random
import sys
from functools import lru_cache

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from misc_format import Maps, Stream, limits, validate, write
from misc_format.testing import valid_streams
from misc_format.testing.mutate import mutated

from ..authoring.coverage import methods_of
from ..authoring.expected import outcome
from ..harness.protocol import CLAIMS
from ..harness.run import differences
from ..plain import arraycoding, arrays, grid, language, latents, mapmodel, maps
from ..plain.bits import TooSlow
from ..plain.decoder import decode
from ..plain.language import language_model, model_digest
from ..suite import MODELS
from . import campaign, fuzz
from .campaign import Campaign, Checked, require

GROUP = 100  # streams that are drawn together
# Map pixels, cells or places, values of an array, and its steps; more take the plain decoder seconds.
MAX_PIXELS, PATIENCE, MAX_VALUES, MAX_STEPS = 2**13, 2**9, 2**13, 2**15
OWN = {model_digest(path.read_bytes()): path.read_bytes() for path in MODELS}


def check(data: bytes, index: int) -> Checked:
    """The methods of a file, or the rule that it breaks, of which both decoders say the same; raises `PropertyError` for another.

    Of a file with several faults, each decoder may report any (clause 3.6), but none that the validator does not report. What the two
    report is counted as a pair.
    """
    ours = outcome(data)
    require(index % 2 == 1 or ours["verdict"] == "conforming", f"what was written breaks {ours.get('rule')}")
    try:
        theirs = decode(data, OWN)
    except TooSlow:
        return Checked("too slow", [])
    wrong = next(differences(theirs, ours, "decode", CLAIMS), None)
    if wrong and ours["verdict"] == theirs["verdict"] == "non-conforming":
        [other] = theirs["issues"]
        reported = {(issue.id, issue.bit_offset, issue.path) for issue in validate(data).issues}
        if (other["rule"], other["bit_offset"], other["path"]) in reported:
            return Checked("another fault", [f"{ours['rule']} or {other['rule']}"])
    require(wrong is None, f"the decoders differ: {wrong}; {data.hex()}")
    if ours["verdict"] != "conforming":
        return Checked("equal", [ours["rule"]])
    return Checked("equal", [f"{path.partition('/')[0]} {method}" for path, method in methods_of(ours["symbols"])])


def file_of(seed: int, index: int, full: bool = False) -> bytes:
    """The file of this number: one that was drawn, a mutated vector, or one that was drawn and mutated. It does not depend on `full`."""
    if index % 4 == 1:
        return fuzz.file_of(seed, index)
    number = index // 2
    data = write(_streams(seed, number // GROUP)[number % GROUP])
    return mutated(data, random.Random(f"{seed}/{index}")) if index % 2 else data


def _is_small(stream: Stream) -> bool:
    return not isinstance(stream.maps, Maps) or sum(grid.size for grid in stream.maps.maps) <= MAX_PIXELS


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
    @given(valid_streams().filter(_is_small))
    def draw(stream: Stream) -> None:
        drawn.append(stream)

    draw()
    return drawn


def prepare(full: bool) -> None:
    """Once in each process: as for the fuzzer, and the same for the plain decoder."""
    fuzz.prepare(full)
    if not full:
        tiny = language_model(MODELS[0].read_bytes())
        language.shipped_model = lambda: tiny
        for module in (limits, maps, mapmodel):
            vars(module)["MAX_MAP_PIXELS"] = MAX_PIXELS
        for module in (grid, latents):
            vars(module)["MAX_PATIENCE"] = PATIENCE
        for module in (limits, arrays):
            vars(module)["MAX_ARRAY_VALUES"] = MAX_VALUES
        vars(arraycoding)["MAX_PATIENT_STEPS"] = MAX_STEPS


CAMPAIGN = Campaign(
    file_of,
    check,
    prepare,
    "methods, and rules that were broken",
    {
        True: "limits of the specification",
        False: f"tiny language model, {MAX_PIXELS:,} map pixels, {PATIENCE} cells or places of latents, {MAX_VALUES:,} values of an array",
    },
)

if __name__ == "__main__":
    sys.exit(campaign.main(CAMPAIGN, "python -m misc_conformance.fuzzing.differential", __doc__ or ""))
