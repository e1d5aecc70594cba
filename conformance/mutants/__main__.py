"""Make mutants of the plain decoder, give them the vectors, and print what became of them by clause."""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from misc_format.system.threads import cores

from .edits import Mutant, modules
from .reasons import Reasons
from .run import EQUIVALENT, Found, Journal, run, spread
from .trial import KILLED, SURVIVED, TIMED_OUT

STATUSES = (KILLED, TIMED_OUT, EQUIVALENT, SURVIVED)


def main() -> int:
    """Exit code 1 if a mutant survived without a reason."""
    options = _parser().parse_args()
    reasons, journal = Reasons(), Journal(options.journal)
    chosen = spread(reasons, 0 if options.all else options.count, options.seed, options.module or ())
    found = run(chosen, reasons, journal, options.jobs, _report, options.seconds)
    print(file=sys.stderr)
    print(table(found))
    survivors = [one for one in found if one.result.status == SURVIVED]
    for one in survivors:
        print(described(one.mutant))
    return int(bool(survivors))


def table(found: Sequence[Found]) -> str:
    """The number of mutants of each clause by what became of them."""
    clauses: dict[str, Counter[str]] = {}
    for one in found:
        clauses.setdefault(one.mutant.clause, Counter())[one.result.status] += 1
    rows = [(clause, clauses[clause]) for clause in sorted(clauses, key=_order)]
    rows.append(("all", sum(clauses.values(), Counter())))
    lines = ["".join(["clause  ", *(f"{name:>11}" for name in ("mutants", *STATUSES))])]
    for clause, counts in rows:
        lines.append(
            "".join(
                [f"{clause:8}", *(f"{number:11}" for number in (counts.total(), *map(counts.get, STATUSES, [0] * 4)))]
            )
        )
    return "\n".join(lines)


def _order(clause: str) -> tuple[bool, list[int], str]:
    """The clauses by their numbers, then the annexes."""
    numbers = clause.split(".")
    return not numbers[0].isdigit(), [int(number) for number in numbers if number.isdigit()], clause


def described(mutant: Mutant) -> str:
    """The place of a mutant, and its lines before and after."""
    place = f"{mutant.module}.py:{mutant.line} {mutant.function} (clause {mutant.clause})"
    lines = [f"- {line}" for line in mutant.before.splitlines()] + [f"+ {line}" for line in mutant.after.splitlines()]
    return "\n".join([place, *lines])


def _report(text: str) -> None:
    print(f"\r{text}", end="", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}", description=__doc__)
    parser.add_argument("--count", type=int, default=600, help="number of mutants, spread over the clauses")
    parser.add_argument("--all", action="store_true", help="every mutant")
    parser.add_argument("--seed", type=int, default=1, help="which mutants are chosen")
    parser.add_argument(
        "--module", action="append", choices=modules(), help="only mutants of this module of the plain decoder"
    )
    parser.add_argument(
        "--seconds", type=float, default=math.inf, help="only vectors that the plain decoder decodes in this time"
    )
    parser.add_argument("--jobs", type=int, default=cores(), help="number of processes")
    parser.add_argument(
        "--journal", type=Path, default=Path("build/mutants.jsonl"), help="the file that keeps the results"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
