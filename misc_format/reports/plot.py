"""A plot of a stacked bar per file or group: the mean bpp of each component."""

from __future__ import annotations

from collections.abc import Iterator
from colorsys import hls_to_rgb
from itertools import chain, count
from math import ceil
from pathlib import Path

from misc_format.reports import tables
from misc_format.reports.collection import Collection, Group
from misc_format.reports.tables import DEFAULT_STYLE, Style
from misc_format.system.files import replacing

FORMATS = (".svg", ".png", ".pdf")
MAX_BARS = 60  # more would be illegible
MAX_NAME = 40  # characters
LEGEND_COLUMNS = 5
# The colours of Okabe and Ito, which colour-blind readers can tell apart.
COLOURS = {"image": "#0072B2", "text": "#E69F00", "maps": "#009E73", "overhead": "#999999"}  # by section
# Of image parts, in turn: the other colours of Okabe and Ito, then those farthest from all before, dark and light in turn.
PART_COLOURS = (
    "#0072B2", "#56B4E9", "#CC79A7", "#D55E00", "#F0E442", "#000000", "#FFAAFF", "#551111", "#00EEDD", "#000088", "#00DD00", "#990077",
    "#775544", "#9933FF", "#005500",
)  # fmt: skip
GOLDEN_ANGLE = 0.381966  # of a turn: hues of successive parts are far apart


def plot(collection: Collection, path: Path, group: Group, style: Style = DEFAULT_STYLE) -> None:
    """Write the plot to `path`. The extension, one of `FORMATS`, gives the form. Raises `OSError`."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    bars, note = _bars(collection, group, style)
    # SVG keeps text as text, and equal reports give equal files. Publishers refuse the fonts of type 3 that PDF would have.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "misc", "pdf.fonttype": 42, "font.size": 9}):
        colours = _colours(collection.sections())
        lines = ceil(len(colours) / LEGEND_COLUMNS) + bool(note)
        figure = Figure(figsize=(7.2, 1.1 + 0.2 * lines + 0.3 * len(bars)), layout="constrained")
        axes = figure.subplots()
        ends = [0.0] * len(bars)
        for section, colour in colours.items():
            widths = [parts.get(section, 0.0) for _, parts in bars]
            axes.barh(
                range(len(bars)),
                widths,
                0.72,
                ends,
                color=colour,
                edgecolor="white",
                linewidth=0.5,
                label=style.title(section),
            )
            ends = [end + width for end, width in zip(ends, widths, strict=True)]
        for row, end in enumerate(ends):
            axes.annotate(f"{end:.{style.digits}f}", (end, row), (4, 0), textcoords="offset points", va="center")
        axes.set_yticks(range(len(bars)), [name for name, _ in bars])
        axes.invert_yaxis()
        axes.margins(x=0.14)
        axes.set_xlim(left=0)
        axes.set_xlabel("bits per pixel" if _one_per_file(collection, group) else "bits per pixel, mean of the files")
        axes.spines[["top", "right"]].set_visible(False)
        if note:
            figure.supxlabel(note, fontsize="small")
        figure.legend(ncols=min(len(colours), LEGEND_COLUMNS), loc="outside upper center", frameon=False)
        with replacing(path) as temporary:
            kind = path.suffix.lower()[1:]
            metadata = {"Date": None} if kind == "svg" else {"CreationDate": None} if kind == "pdf" else {}
            figure.savefig(temporary, format=kind, dpi=160, metadata=metadata)


def _bars(collection: Collection, group: Group, style: Style) -> tuple[list[tuple[str, dict[str, float]]], str]:
    """The bars, and a note on what they leave out: files that could not be counted, and bars after the MAX_BARS largest.

    One bar per file if there are at most MAX_BARS files and no groups. Otherwise one bar per group.
    If there is another set, each group has a bar for each set.
    """
    if _one_per_file(collection, group):
        bars = [(Path(row.path).stem, tables.sections(row.account)) for row in collection.rows() if row.account]
    elif not collection.counted(1):
        bars = [(name or "all files", bpp) for name, bpp in tables.section_means(collection, group)]
    else:
        this, other = (dict(tables.section_means(collection, group, side)) for side in (0, 1))
        bars = [
            (f"{name}: {label}" if name else label, means[name])
            for name in dict.fromkeys([*this, *other])
            for label, means in zip(style.labels, (this, other), strict=True)
            if name in means
        ]
    notes = [tables.not_counted(collection.failed() + collection.failed(1))]
    if len(bars) > MAX_BARS:
        notes.append(f"the largest {MAX_BARS} of {len(bars):,} bars")
        bars = sorted(bars, key=lambda bar: -sum(bar[1].values()))[:MAX_BARS]
    return [(_label(name), bpp) for name, bpp in bars], "; ".join(filter(None, notes))


def _colours(sections: list[str]) -> dict[str, str]:
    """The colour of each section. No two are equal: an image part has no colour of another section."""
    taken = {COLOURS[section] for section in sections if section in COLOURS}
    unused = chain((colour for colour in PART_COLOURS if colour not in taken), _more_colours())
    return {section: COLOURS.get(section) or next(unused) for section in sections}


def _more_colours() -> Iterator[str]:
    """Colours after the last of PART_COLOURS. Hues turn by the golden angle, light and dark in turn."""
    for place in count():
        channels = hls_to_rgb(place * GOLDEN_ANGLE % 1, (0.7, 0.35)[place % 2], 0.6)
        yield "#" + "".join(f"{round(255 * channel):02X}" for channel in channels)


def _one_per_file(collection: Collection, group: Group) -> bool:
    return group == "none" and collection.counted() <= MAX_BARS and not collection.counted(1)


def _label(name: str) -> str:
    """A name of at most MAX_NAME characters, with `$` escaped, so that matplotlib reads no formula."""
    label = "".join(character for character in name if character.isprintable())
    return (label if len(label) <= MAX_NAME else f"…{label[1 - MAX_NAME :]}").replace("$", r"\$")
