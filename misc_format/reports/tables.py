"""The statistics of a collection as tables of strings, for the terminal, Markdown and LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from misc_format.reports import TOTAL

if TYPE_CHECKING:
    from misc_format.accounting import Account
    from misc_format.reports.collection import Collection, Group, Statistic

# The columns of Table VIII of SEDIC, by section. All parts outside image, text and maps are overhead.
SECTIONS = {"image": "Reference image", "text": "Text", "maps": "Mask", "overhead": "Overhead"}
TITLES = {"group": "Dataset", "component": "Component", **SECTIONS, "total": "Total bpp", "difference": "Difference"}
PART = "image/"  # begins the section of an image part
ABSENT = "-"  # the figure of a component that no file of a set has


class Style(NamedTuple):
    """How a table or a plot for publication looks.

    `caption`: of the table; None: a default. `digits`: of a bpp, behind the point. `spread`: whether the standard deviation follows each
    mean. `labels`: the names of both sets. `titles`: titles that replace those of `TITLES`, by its keys.
    """

    caption: str | None = None
    digits: int = 4
    spread: bool = False
    labels: tuple[str, str] = ("this", "against")
    titles: Mapping[str, str] = {}

    def title(self, name: str) -> str:
        """The title of a column or a section. An image part is called by its label, such as Semantic."""
        if name in self.titles:
            return self.titles[name]
        return TITLES[name] if name in TITLES else name.removeprefix(PART).capitalize()


DEFAULT_STYLE = Style()


class Table(NamedTuple):
    """A table with a title and a header. `text_columns`: the number of columns of text, from the left; the others are figures."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    text_columns: int = 1


def summary(collection: Collection, group: Group, side: int = 0) -> Table:
    """Each part of each group: bits; mean, median and standard deviation (`spread`) of its bpp; percentage of the bits (`share`)."""
    grouped = group != "none"
    named = _row_names(collection)
    rows = []
    for name, parts in collection.statistics(group, side):
        whole = parts[-1].bits
        for part in parts:
            cells = (
                named(part.path),
                f"{part.bits:,}",
                *map(_bpp, (part.mean, part.median, part.deviation)),
                _percentage(part.bits, whole),
            )
            rows.append((f"{name} ({part.files:,})", *cells) if grouped else cells)
    header = (*((f"{group} (files)",) if grouped else ()), "component", "bits", "mean bpp", "median", "spread", "share")
    title = f"{files_of(collection.counted(side))}, {collection.bits(side) // 8:,} bytes"
    declared = collection.self_declared(side)
    if declared:
        title += f", {declared // 8:,} of them self-declared: only their codec can decode them"
    return Table(title, header, rows, 1 + grouped)


def outside(collection: Collection, side: int = 0) -> Table:
    """What decoders need beside the files; empty if that is nothing, or if no payload was decoded."""
    rows = [
        (need.what, need.name, need.path, "unknown" if need.size is None else f"{need.size:,}", f"{files:,}")
        for need, files in collection.outside(side)
    ]
    return Table("outside the files", ("what", "name", "needed by", "bytes", "files"), rows, 3)


def comparison(collection: Collection, style: Style = DEFAULT_STYLE) -> Table:
    """The mean bpp of each part in both sets. The title compares the sizes of the files with the same name."""
    parts, other_parts = (
        {part.path: part.mean for _, parts in collection.statistics("none", side) for part in parts} for side in (0, 1)
    )
    named = _row_names(collection)
    rows = [
        (
            named(path),
            *_pair(parts.get(path), other_parts.get(path), _bpp),
            _change(parts.get(path), other_parts.get(path)),
        )
        for path in (*collection.paths(), TOTAL)
        if path in parts or path in other_parts
    ]
    pairs = collection.pairs()
    title = f"mean bpp, against {files_of(collection.counted(1))}"
    if pairs.files:
        counts = f"{pairs.smaller:,} smaller, {pairs.equal:,} equal, {pairs.larger:,} larger"
        title += f"; of {files_of(pairs.files)} with the same name {counts}"
    return Table(title, ("component", *style.labels, "difference", "change"), rows)


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


def publication(collection: Collection, group: Group, style: Style = DEFAULT_STYLE) -> Table:
    """The table for a paper: `allocation`, or `compared_allocation` if there is another set."""
    return (
        compared_allocation(collection, group, style) if collection.counted(1) else allocation(collection, group, style)
    )


def allocation(collection: Collection, group: Group, style: Style = DEFAULT_STYLE) -> Table:
    """One row per group with the mean bpp of its sections, as in Table VIII of SEDIC. An image part is a section of its own.

    If payloads were decoded, the numbers of maps follow the mean of the maps: "(J=3)".
    """
    maps, names = collection.maps(group), collection.sections()
    rows = []
    for name, by_section in _sections(collection, group):
        cells = {section: _figure(by_section.get(section), style) for section in names}
        if name in maps:
            low, high = maps[name]
            cells["maps"] += f" (J={low})" if low == high else f" (J={low} to {high})"
        total = by_section[TOTAL]
        rows.append((name or files_of(total.files), *cells.values(), _figure(total, style)))
    header = tuple(map(style.title, ("group", *names, "total")))
    # A table of one set is made of two if all files of the other failed.
    failed = collection.failed() + collection.failed(1)
    caption = style.caption or (
        "Bitrate allocation of different semantic components (bpp)."
        + _remarks(collection)
        + _sentence(not_counted(failed))
    )
    return Table(caption, header, rows)


def _remarks(collection: Collection, side: int = 0) -> str:
    """What a reader of a table for a paper must know of the figures."""
    declared, bits = collection.self_declared(side), collection.bits(side)
    remarks = f" {_percentage(declared, bits)} of the bits are self-declared." if declared else ""
    needs = sorted({f"{need.what} {need.name}" for need, _ in collection.outside(side)})
    return remarks + (f" Outside the files: {'; '.join(needs)}." if needs else "")


def compared_allocation(collection: Collection, group: Group, style: Style = DEFAULT_STYLE) -> Table:
    """One row per section, and one for the total, of each group: the mean bpp in both sets, and the difference."""
    this, other = (dict(_sections(collection, group, side)) for side in (0, 1))
    rows = []
    for name in [*this, *(name for name in other if name not in this)]:
        pair = this.get(name, {}), other.get(name, {})
        for section in (*collection.sections(), TOTAL):
            if section not in pair[0] and section not in pair[1]:
                continue
            figures = [_figure(by_section.get(section), style) for by_section in pair]
            mean, other_mean = (by_section[section].mean if section in by_section else None for by_section in pair)
            difference = _pair(mean, other_mean, partial(_digits, style.digits))[2]
            title = style.title("total" if section == TOTAL else section)
            rows.append((*((name,) if group != "none" else ()), title, *figures, difference))
    header = (*((style.title("group"),) if group != "none" else ()), style.title("component"), *style.labels)
    counts = " and ".join(files_of(collection.counted(side)) for side in (0, 1))
    caption = style.caption or f"Mean bpp of {style.labels[0]} and {style.labels[1]}, over {counts}." + "".join(
        f" {style.labels[side]}:{remarks}"
        for side in (0, 1)
        if (remarks := _remarks(collection, side) + _sentence(not_counted(collection.failed(side))))
    )
    return Table(caption, (*header, style.title("difference")), rows, 1 + (group != "none"))


def section_means(collection: Collection, group: Group, side: int = 0) -> Iterator[tuple[str, dict[str, float]]]:
    """The name of each group, and the mean bpp of each of its sections."""
    names = collection.sections()
    for name, by_section in _sections(collection, group, side):
        yield name, {section: by_section[section].mean if section in by_section else 0.0 for section in names}


def sections(account: Account) -> dict[str, float]:
    """The bpp of each section that one file has."""
    sums: dict[str, float] = {}
    pixels = account.width * account.height
    for part in account.components:
        name = part.owner if part.owner.partition("/")[0] in SECTIONS else "overhead"
        sums[name] = sums.get(name, 0.0) + part.bits / pixels
    return sums


def files_of(count: int) -> str:
    """A number of files in words."""
    return "1 file" if count == 1 else f"{count:,} files"


def _row_names(collection: Collection) -> Callable[[str], str]:
    """The names of paths. Beside rows of image parts, `image` is not their sum: it is that of the images without parts."""
    has_parts = any(path.startswith(PART) for path in collection.paths())
    return lambda path: "image, without parts" if path == "image" and has_parts else path


def not_counted(failed: int) -> str:
    """A note on files that could not be counted; empty if there are none."""
    return f"{files_of(failed)} could not be counted" if failed else ""


def _sentence(note: str) -> str:
    return f" {note}." if note else ""


def _sections(collection: Collection, group: Group, side: int = 0) -> Iterator[tuple[str, dict[str, Statistic]]]:
    for name, parts in collection.statistics(group, side, sections=True):
        yield name, {part.path: part for part in parts}


def _figure(statistic: Statistic | None, style: Style) -> str:
    if statistic is None:
        return ABSENT
    spread = f" ± {statistic.deviation:.{style.digits}f}" if style.spread else ""
    return f"{statistic.mean:.{style.digits}f}{spread}"


def _pair(bpp: float | None, other: float | None, shown: Callable[[float], str]) -> tuple[str, str, str]:
    """Both figures and their difference, the sign in front."""
    figures = tuple(ABSENT if value is None else shown(value) for value in (bpp, other))
    difference = (bpp or 0.0) - (other or 0.0)
    return figures[0], figures[1], ("+" if difference >= 0 else "-") + shown(abs(difference))


def _digits(digits: int, value: float) -> str:
    return f"{value:.{digits}f}"


def _bpp(value: float) -> str:
    return f"{value:.5f}"


def _percentage(bits: int, whole: int) -> str:
    return f"{bits / whole:.1%}"


def _change(bpp: float | None, other: float | None) -> str:
    return f"{bpp / other - 1:+.1%}" if bpp is not None and other else ""
