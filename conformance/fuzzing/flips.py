"""Every bit of every small conforming vector, flipped alone and checked as `fuzz` checks.

python -m misc_conformance.fuzzing.flips
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from functools import cache
from itertools import accumulate

from . import campaign, fuzz

MAX_BYTES = 400  # of a vector


def file_of(seed: int, index: int, full: bool = False) -> bytes:
    """The file of this number: vectors by name, bits in order, whatever the seed."""
    place = bisect_right(_ends(), index)
    data = _vectors()[place]
    bit = _ends()[place] - index - 1
    return (int.from_bytes(data, "big") ^ 1 << bit).to_bytes(len(data), "big")


@cache
def _vectors() -> list[bytes]:
    return [data for name, data in fuzz.vectors().items() if not name.startswith("bad-") and len(data) <= MAX_BYTES]


@cache
def _ends() -> list[int]:
    """How many bits each vector and those before it have."""
    return list(accumulate(8 * len(data) for data in _vectors()))


CAMPAIGN = fuzz.CAMPAIGN._replace(file_of=file_of)

if __name__ == "__main__":
    sys.exit(campaign.main(CAMPAIGN, "python -m misc_conformance.fuzzing.flips", __doc__ or "", _ends()[-1]))
