"""The statistics of a collection as tables of strings, for the terminal, Markdown and LaTeX."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from misc_format.reports.collection import TOTAL, Collection, Group, Statistic

# The columns of Table VIII of SEDIC. All other parts are overhead.
SECTIONS = (("Reference image", "image"), ("Text", "text"), ("Mask", "maps"))
SECTION_OF = {kind: title for title, kind in SECTIONS}
OVERHEAD = "Overhead"


class Table(NamedTuple):
    """A table with a title and a header. `text_columns`: the number of columns of text, from the left; the others are figures."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    text_columns: int = 1


def summary(collection: Collection, group: Group, side: int = 0) -> Table:
    """Each part of each group: bits; mean, median and standard deviation (`spread`) of its bpp; percentage of the bits (`share`)."""
    grouped = group != "none"
    rows = []
    for name, parts in collection.statistics(group, side):
        whole = parts[-1].bits
        for part in parts:
            cells = (
                part.path,
                f"{part.bits:,}",
                *map(_bpp, (part.mean, part.median, part.deviation)),
                _percentage(part.bits, whole),
            )
            rows.append((f"{name} ({part.files:,})", *cells) if grouped else cells)
    files = collection.counted(side)
    header = (*((f"{group} (files)",) if grouped else ()), "component", "bits", "mean bpp", "median", "spread", "share")
    return Table(f"{files:,} files, {collection.bits(side) // 8:,} bytes", header, rows, 1 + grouped)


def comparison(collection: Collection) -> Table:
    """The mean bpp of each part in both sets. The title compares the sizes of the files with the same name."""
    parts, other_parts = (
        {part.path: part for _, parts in collection.statistics("none", side) for part in parts} for side in (0, 1)
    )
    rows = []
    for path in [*collection.paths(), TOTAL]:
        bpp, other = (by_path[path].mean if path in by_path else 0.0 for by_path in (parts, other_parts))
        if path in parts or path in other_parts:
            rows.append((path, _bpp(bpp), _bpp(other), f"{bpp - other:+.5f}", _change(bpp, other)))
    pairs = collection.pairs()
    title = f"mean bpp, against {collection.counted(1):,} files"
    if pairs.files:
        title += f"; of {pairs.files:,} with the same name {pairs.smaller:,} are smaller, {pairs.equal:,} equal, {pairs.larger:,} larger"
    return Table(title, ("component", "this", "against", "difference", "change"), rows)


def budget(collection: Collection) -> Table:
    """The use of each limit of each profile."""
    rows = [
        (
            use.profile,
            use.quantity,
            f"{use.limit:,}",
            f"{use.mean:,.1f}",
            f"{use.largest:,}",
            f"{use.mean / use.limit:.0%}",
        )
        for use in collection.budgets()
    ]
    return Table("the profiles' budgets", ("profile", "limit of", "allowed", "mean used", "most used", "full"), rows, 2)


def failures(collection: Collection) -> Table:
    """The files that could not be counted."""
    return Table("not counted", ("file", "reason"), list(collection.failures()), 2)


def allocation(collection: Collection, group: Group) -> Table:
    """One row per group with the mean bpp of its sections, as in Table VIII of SEDIC. All other parts are overhead."""
    maps = collection.maps()
    mask = (
        "Mask" if maps is None else f"Mask (J={maps[0]})" if maps[0] == maps[1] else f"Mask (J={maps[0]} to {maps[1]})"
    )
    header = ("Dataset", *(mask if name == "Mask" else name for name, _ in SECTIONS), OVERHEAD, "Total Bpp")
    rows = []
    for name, parts in collection.statistics(group):
        figures = [*sections(_means(parts)).values(), parts[-1].mean]
        rows.append((name or f"{parts[-1].files:,} files", *(f"{value:.4f}" for value in figures)))
    return Table("Bitrate allocation of different semantic components (bpp).", header, rows)


def group_sections(collection: Collection, group: Group) -> Iterator[tuple[str, dict[str, float]]]:
    """The name of each group, and the mean bpp of each of its sections."""
    for name, parts in collection.statistics(group):
        yield name, sections(_means(parts))


def sections(bpp: Mapping[str, float]) -> dict[str, float]:
    """The bpp of each section: the sum of the bpp of its parts. `bpp`: values or means by path."""
    sums = dict.fromkeys((*(title for title, _ in SECTIONS), OVERHEAD), 0.0)
    for path, value in bpp.items():
        sums[SECTION_OF.get(path.partition("/")[0], OVERHEAD)] += value
    return sums


def _means(parts: list[Statistic]) -> dict[str, float]:
    return {part.path: part.mean for part in parts if part.path != TOTAL}


def _bpp(value: float) -> str:
    return f"{value:.5f}"


def _percentage(bits: int, whole: int) -> str:
    return f"{bits / whole:.1%}"


def _change(bpp: float, other: float) -> str:
    return f"{bpp / other - 1:+.1%}" if other else ""
