"""What came out of many files: verdicts, marks, failures, and what each method of the format took. Adds up the logs of campaigns.

    python -m misc_conformance.fuzzing.totals LOG [LOG...]

A log has one line of JSON for each stretch of files that was checked. Logs of several runs and machines are added up, if no file is in
two of them.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

MEBIBYTE = 2**20


class Use(NamedTuple):
    """What files with a method took. `read`: those whose payloads of the method are sound. `seconds` and `memory` have the most that a
    file took, and its number. `share`: the most of the bound of memory that a file took."""

    files: int = 0
    read: int = 0
    seconds: tuple[float, int] = (0.0, 0)
    memory: tuple[int, int] = (0, 0)
    share: float = 0.0

    def plus(self, other: Use) -> Use:
        """What the files of both took."""
        return Use(
            self.files + other.files,
            self.read + other.read,
            max(self.seconds, other.seconds),
            max(self.memory, other.memory),
            max(self.share, other.share),
        )


@dataclass
class Totals:
    """The result for several files. `processor`: seconds of processor time. `slowest`: seconds by the clock, and the number of a file."""

    verdicts: Counter[str] = field(default_factory=Counter)
    marks: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, 0)
    processor: float = 0.0
    uses: dict[str, Use] = field(default_factory=dict)

    def add(self, other: Totals) -> None:
        """Add the result for other files."""
        self.verdicts += other.verdicts
        self.marks += other.marks
        self.failures += other.failures
        self.slowest = max(self.slowest, other.slowest)
        self.processor += other.processor
        for name, use in other.uses.items():
            self.uses[name] = self.uses.get(name, Use()).plus(use)

    @classmethod
    def of(cls, document: dict[str, Any]) -> Totals:
        """The result from its JSON form."""
        found = cls(**{each.name: document[each.name] for each in fields(cls)})
        found.verdicts, found.marks = Counter(found.verdicts), Counter(found.marks)
        found.slowest = (found.slowest[0], found.slowest[1])
        found.uses = {
            name: Use(files, read, (seconds[0], seconds[1]), (memory[0], memory[1]), share)
            for name, (files, read, seconds, memory, share) in found.uses.items()
        }
        return found

    def lines(self, marks: str) -> Iterator[str]:
        """The result for people. `marks`: what the marks are."""
        yield (
            f"{self.verdicts.total() / max(self.processor, 1e-9):,.0f} files a second of processor time ({self.processor:,.0f} s); "
            f"slowest: file {self.slowest[1]}, {self.slowest[0]:.2f} s"
        )
        yield listed(self.verdicts)
        yield f"{len(self.marks)} {marks}: {listed(self.marks)}"
        if self.uses:
            yield f"{'method':<24}{'files':>12}{'read':>12}{'most s':>9}{'file':>12}{'most MiB':>10}{'file':>12}{'of bound':>10}"
        for name, use in sorted(self.uses.items()):
            yield (
                f"{name:<24}{use.files:>12,}{use.read:>12,}{use.seconds[0]:>9.2f}{use.seconds[1]:>12}"
                f"{use.memory[0] / MEBIBYTE:>10.1f}{use.memory[1]:>12}{use.share:>10.2f}"
            )
        yield from self.failures


class Stretch(NamedTuple):
    """A line of a log: what was run on which files, and what came out. `run`: campaign, seed, and whether it was a full one."""

    run: tuple[str, int, bool]
    first: int
    files: int
    marks: str
    totals: Totals

    @property
    def end(self) -> int:
        """The number behind its files."""
        return self.first + self.files

    def meets(self, indices: range) -> bool:
        """Whether one of these numbers is among its files."""
        return self.first < indices.stop and indices.start < self.end

    def line(self) -> str:
        """The line."""
        campaign, seed, full = self.run
        head = {"campaign": campaign, "seed": seed, "full": full, "first": self.first, "files": self.files}
        return json.dumps({**head, "marks_are": self.marks, **vars(self.totals)}) + "\n"


def stretches(log: Path) -> Iterator[Stretch]:
    """The lines of a log. A last line without a line feed was left by a run that was killed, and does not count."""
    for line in log.read_text(encoding="utf-8").splitlines(keepends=True) if log.exists() else ():
        if line.endswith("\n"):
            one = json.loads(line)
            run = (one["campaign"], one["seed"], one["full"])
            yield Stretch(run, one["first"], one["files"], one["marks_are"], Totals.of(one))


def append(log: Path, stretch: Stretch) -> None:
    """Add a line to a log, in the place of one that was left unfinished."""
    with log.open("a+b") as stream:
        stream.seek(0)
        stream.truncate(stream.read().rfind(b"\n") + 1)
        stream.write(stretch.line().encode())


def remaining(indices: range, done: Iterable[Stretch]) -> Iterator[range]:
    """What is left of some numbers without those of the stretches."""
    start = indices.start
    for stretch in sorted(done, key=lambda stretch: stretch.first):
        if start < stretch.first:
            yield range(start, stretch.first)
        start = max(start, stretch.end)
    if start < indices.stop:
        yield range(start, indices.stop)


def listed(counts: Counter[str]) -> str:
    """Names with their numbers, the largest first."""
    return ", ".join(f"{name} {number:,}" for name, number in counts.most_common())


def main(logs: Sequence[str]) -> int:
    """Print the sum of logs, run by run; 1 if a file failed."""
    if not logs:
        sys.exit("name the logs that --log of a campaign has written")
    runs: dict[tuple[str, int, bool], list[Stretch]] = {}
    for stretch in (stretch for log in logs for stretch in stretches(Path(log))):
        runs.setdefault(stretch.run, []).append(stretch)
    failed = False
    for (campaign, seed, full), parts in runs.items():
        parts.sort(key=lambda stretch: stretch.first)
        for one, other in pairwise(parts):
            if one.end > other.first:
                sys.exit(f"file {other.first} of seed {seed} is in two lines of the logs")
        total = Totals()
        for stretch in parts:
            total.add(stretch.totals)
        print(f"{campaign}: {total.verdicts.total():,} files of seed {seed}{', full' * full}")
        print(*total.lines(parts[0].marks), sep="\n")
        failed = failed or bool(total.failures)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
