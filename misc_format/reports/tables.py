"""What a collection says, as plain tables of strings: printed for people, written as Markdown, and, as a row a group, as LaTeX."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from misc_format.reports.collection import TOTAL, Collection, Group, Statistic

# The columns of SEDIC's Table VIII, and what that leaves out.
SECTIONS = (("Reference image", "image"), ("Text", "text"), ("Mask", "maps"))
SECTION_OF = {kind: title for title, kind in SECTIONS}
REST = "Overhead"


class Table(NamedTuple):
    """`text_columns`: how many columns, from the left, are words; the others are figures."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    text_columns: int = 1


def summary(collection: Collection, group: Group, side: int = 0) -> Table:
    """Every part of every group: bits, and the mean, median, spread (standard deviation) and share of its bpp."""
    grouped = group != "none"
    rows = []
    for name, parts in collection.statistics(group, side):
        whole = parts[-1].bits
        for part in parts:
            cells = (
                part.path,
                f"{part.bits:,}",
                *map(_bpp, (part.mean, part.median, part.deviation)),
                _share(part.bits, whole),
            )
            rows.append((f"{name} ({part.files:,})", *cells) if grouped else cells)
    files = collection.counted(side)
    header = (*((f"{group} (files)",) if grouped else ()), "component", "bits", "mean bpp", "median", "spread", "share")
    return Table(f"{files:,} files, {collection.bits(side) // 8:,} bytes", header, rows, 1 + grouped)


def comparison(collection: Collection) -> Table:
    """Mean bpp of each part in both sets; below it, the files that both have under the same name."""
    this, other = (
        {part.path: part for _, parts in collection.statistics("none", side) for part in parts} for side in (0, 1)
    )
    rows = []
    for path in [*collection.paths(), TOTAL]:
        own, against = (parts[path].mean if path in parts else 0.0 for parts in (this, other))
        if path in this or path in other:
            rows.append((path, _bpp(own), _bpp(against), f"{own - against:+.5f}", _change(own, against)))
    pairs = collection.pairs()
    title = f"mean bpp, against {collection.counted(1):,} files"
    if pairs.files:
        title += f"; of {pairs.files:,} with the same name {pairs.smaller:,} are smaller, {pairs.equal:,} equal, {pairs.larger:,} larger"
    return Table(title, ("component", "this", "against", "difference", "change"), rows)


def budget(collection: Collection) -> Table:
    """How full the budget of each profile is."""
    rows = [
        (use.profile, use.what, f"{use.most:,}", f"{use.mean:,.1f}", f"{use.largest:,}", f"{use.mean / use.most:.0%}")
        for use in collection.filling()
    ]
    return Table("the profiles' budgets", ("profile", "limit of", "allowed", "mean used", "most used", "full"), rows, 2)


def failures(collection: Collection) -> Table:
    """The files that could not be counted."""
    return Table("not counted", ("file", "reason"), list(collection.failures()), 2)


def allocation(collection: Collection, group: Group) -> Table:
    """A row a group with the mean bpp of its sections, in the shape of SEDIC's Table VIII; what that leaves out is the overhead."""
    maps = collection.maps()
    mask = (
        "Mask" if maps is None else f"Mask (J={maps[0]})" if maps[0] == maps[1] else f"Mask (J={maps[0]} to {maps[1]})"
    )
    header = ("Dataset", *(mask if name == "Mask" else name for name, _ in SECTIONS), REST, "Total Bpp")
    rows = []
    for name, parts in collection.statistics(group):
        figures = [*sections(_means(parts)).values(), parts[-1].mean]
        rows.append((name or f"{parts[-1].files:,} files", *(f"{value:.4f}" for value in figures)))
    return Table("Bitrate allocation of different semantic components (bpp).", header, rows)


def group_sections(collection: Collection, group: Group) -> Iterator[tuple[str, dict[str, float]]]:
    """The mean bpp of each section of each group."""
    for name, parts in collection.statistics(group):
        yield name, sections(_means(parts))


def sections(bpp: Mapping[str, float]) -> dict[str, float]:
    """The bpp of parts by path, added up by section; a mean of sums is the sum of means."""
    found = dict.fromkeys((*(title for title, _ in SECTIONS), REST), 0.0)
    for path, value in bpp.items():
        found[SECTION_OF.get(path.partition("/")[0], REST)] += value
    return found


def _means(parts: list[Statistic]) -> dict[str, float]:
    return {part.path: part.mean for part in parts if part.path != TOTAL}


def _bpp(value: float) -> str:
    return f"{value:.5f}"


def _share(bits: int, whole: int) -> str:
    return f"{bits / whole:.1%}"


def _change(own: float, against: float) -> str:
    return f"{own / against - 1:+.1%}" if against else ""
