"""Name every difference between two checkouts that a user could notice: python -m misc_conformance.compatibility OLD NEW"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..harness.protocol import Fault
from .checkout import CheckoutError, described
from .comparison import compared
from .decoding import decoded
from .differences import Change, Difference
from .withdrawal import withdrawn

FAILED = 3  # of the exit codes of every command: a file error


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 if a difference is breaking, 3 if a checkout cannot be described."""
    options = _parser().parse_args(arguments)
    try:
        old, new = described(options.old), described(options.new)
        found = compared(old, new)
        if options.decode:
            found += decoded(options.old, options.new, withdrawn(old, new))
    except (CheckoutError, Fault, OSError, ValueError) as error:
        print(f"compatibility: {error}", file=sys.stderr)
        return FAILED
    print(as_json(found) if options.json else as_text(found))
    return int(any(one.change is Change.BREAKING for one in found))


def as_json(found: Sequence[Difference]) -> str:
    """One object a difference."""
    return json.dumps({"differences": [one._asdict() for one in found], "counts": _counts(found)}, indent=1)


def as_text(found: Sequence[Difference]) -> str:
    """One line a difference, the breaking ones first, and a line of counts."""
    order = list(Change)
    lines = [
        f"{one.change}: {one.area} {one.name}: {one.sentence}"
        for one in sorted(found, key=lambda one: order.index(one.change))
    ]
    counts = ", ".join(f"{number:,} {name}" for name, number in _counts(found).items())
    return "\n".join([*lines, counts])


def _counts(found: Sequence[Difference]) -> dict[str, int]:
    counts = Counter(one.change for one in found)
    return {change.value: counts[change] for change in Change}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m misc_conformance.compatibility", description=__doc__)
    parser.add_argument("old", type=Path, metavar="OLD", help="the folder of the older checkout")
    parser.add_argument("new", type=Path, metavar="NEW", help="the folder of the newer checkout")
    parser.add_argument(
        "--decode", action="store_true", help="also decode the older vectors with the newer decoder; takes minutes"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


if __name__ == "__main__":
    sys.exit(main())
