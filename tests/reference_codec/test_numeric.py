"""Every part of the published systems that is compared with the original's formulas stays below its bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.needs import extra, needs, require

if extra("models").met():
    from tests.reference_codec.originals.comparisons import COMPARISONS, Folders, difference

    CASES = [(row, dtype) for row in COMPARISONS for dtype in row.bounds]
else:
    CASES = [(None, None)]  # left out

pytestmark = needs(extra("models"))


@pytest.mark.parametrize("row, dtype", CASES, ids=lambda value: getattr(value, "part", str(value)))
def test_a_part_gives_the_originals_numbers(row, dtype, seeing: Path, painting: Path, tmp_path: Path) -> None:
    require(extra(row.extra))
    ours, theirs = row.sides(Folders(seeing, painting, tmp_path), dtype)
    assert theirs.size > 1 and theirs.std() > 0
    assert difference(ours, theirs) < row.bounds[dtype]
