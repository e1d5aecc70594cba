"""A plot of a stacked bar per file or group: the mean bpp of each component."""

from __future__ import annotations

from pathlib import Path

from misc_format.accounting import Account
from misc_format.reports import tables
from misc_format.reports.collection import Collection, Group
from misc_format.system.files import replacing

FORMATS = (".svg", ".png", ".pdf")
MAX_BARS = 60  # more would be illegible
MAX_NAME = 40  # characters
# The colours of Okabe and Ito, which colour-blind readers can tell apart.
COLOURS = {"Reference image": "#0072B2", "Text": "#E69F00", "Mask": "#009E73", tables.OVERHEAD: "#999999"}


def plot(collection: Collection, path: Path, group: Group) -> None:
    """Write the plot to `path`. The extension, one of `FORMATS`, gives the form. Raises `OSError`."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    bars = _bars(collection, group)
    # SVG keeps text as text, and equal reports give equal files.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "misc", "font.size": 9}):
        figure = Figure(figsize=(7.2, 1.3 + 0.3 * len(bars)), layout="constrained")
        axes = figure.subplots()
        ends = [0.0] * len(bars)
        for section, colour in COLOURS.items():
            widths = [parts[section] for _, parts in bars]
            axes.barh(
                range(len(bars)), widths, 0.72, ends, color=colour, edgecolor="white", linewidth=0.5, label=section
            )
            ends = [end + width for end, width in zip(ends, widths, strict=True)]
        for row, end in enumerate(ends):
            axes.annotate(f"{end:.4f}", (end, row), (4, 0), textcoords="offset points", va="center")
        axes.set_yticks(range(len(bars)), [name for name, _ in bars])
        axes.invert_yaxis()
        axes.margins(x=0.14)
        axes.set_xlim(left=0)
        axes.set_xlabel("bits per pixel" if _one_per_file(collection, group) else "bits per pixel, mean of the files")
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(ncols=len(COLOURS), loc="outside upper center", frameon=False)
        with replacing(path) as temporary:
            kind = path.suffix.lower()[1:]
            metadata = {"Date": None} if kind == "svg" else {"CreationDate": None} if kind == "pdf" else {}
            figure.savefig(temporary, format=kind, dpi=160, metadata=metadata)


def _bars(collection: Collection, group: Group) -> list[tuple[str, dict[str, float]]]:
    """One bar per file if there are at most MAX_BARS files and no groups. Otherwise one bar per group, for the MAX_BARS largest groups."""
    if _one_per_file(collection, group):
        bars = [(Path(row.path).stem, _sections(row.account)) for row in collection.rows() if row.account]
    else:
        bars = [(name or "all files", parts) for name, parts in tables.group_sections(collection, group)]
    if len(bars) > MAX_BARS:
        bars = sorted(bars, key=lambda bar: -sum(bar[1].values()))[:MAX_BARS]
    return [(_label(name), parts) for name, parts in bars]


def _one_per_file(collection: Collection, group: Group) -> bool:
    return group == "none" and collection.counted() <= MAX_BARS


def _sections(account: Account) -> dict[str, float]:
    pixels = account.width * account.height
    bpp: dict[str, float] = {}
    for part in account.components:
        bpp[part.path] = bpp.get(part.path, 0.0) + part.bits / pixels
    return tables.sections(bpp)


def _label(name: str) -> str:
    """A name of at most MAX_NAME characters, with `$` escaped, so that matplotlib reads no formula."""
    label = "".join(character for character in name if character.isprintable())
    return (label if len(label) <= MAX_NAME else f"…{label[1 - MAX_NAME :]}").replace("$", r"\$")
