"""A stacked bar a file or group, of the mean bpp of its components."""

from __future__ import annotations

from pathlib import Path

from misc_format.accounting import Account
from misc_format.reports import tables
from misc_format.reports.collection import Collection, Group
from misc_format.system.files import replacing

FORMATS = (".svg", ".png", ".pdf")
MOST_BARS = 60  # more cannot be read
LONGEST_NAME = 40  # characters
# Okabe and Ito's colours, which those who see no red or green tell apart.
COLOURS = {"Reference image": "#0072B2", "Text": "#E69F00", "Mask": "#009E73", tables.REST: "#999999"}


def plot(collection: Collection, path: Path, group: Group) -> None:
    """Write the plot, in the form that the extension says. Raises `OSError`."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    bars = _bars(collection, group)
    # Words stay words in SVG, and the same report gives the same file.
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
        for place, end in enumerate(ends):
            axes.annotate(f"{end:.4f}", (end, place), (4, 0), textcoords="offset points", va="center")
        axes.set_yticks(range(len(bars)), [name for name, _ in bars])
        axes.invert_yaxis()
        axes.margins(x=0.14)
        axes.set_xlim(left=0)
        axes.set_xlabel("bits per pixel" if _one_a_file(collection, group) else "bits per pixel, mean of the files")
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(ncols=len(COLOURS), loc="outside upper center", frameon=False)
        with replacing(path) as temporary:
            kind = path.suffix.lower()[1:]
            metadata = {"Date": None} if kind == "svg" else {"CreationDate": None} if kind == "pdf" else {}
            figure.savefig(temporary, format=kind, dpi=160, metadata=metadata)


def _bars(collection: Collection, group: Group) -> list[tuple[str, dict[str, float]]]:
    """A bar a file where they are few and no group is asked for, else a bar a group, of too many the largest."""
    if _one_a_file(collection, group):
        found = [(Path(row.path).stem, _own(row.account)) for row in collection.rows() if row.account]
    else:
        found = [(name or "all files", parts) for name, parts in tables.group_sections(collection, group)]
    if len(found) > MOST_BARS:
        found = sorted(found, key=lambda bar: -sum(bar[1].values()))[:MOST_BARS]
    return [(_label(name), parts) for name, parts in found]


def _one_a_file(collection: Collection, group: Group) -> bool:
    return group == "none" and collection.counted() <= MOST_BARS


def _own(account: Account) -> dict[str, float]:
    pixels = account.width * account.height
    bpp: dict[str, float] = {}
    for part in account.components:
        bpp[part.path] = bpp.get(part.path, 0.0) + part.bits / pixels
    return tables.sections(bpp)


def _label(name: str) -> str:
    """A name that fits beside its bar, no part of it taken for a formula."""
    words = "".join(letter for letter in name if letter.isprintable())
    return (words if len(words) <= LONGEST_NAME else f"…{words[1 - LONGEST_NAME :]}").replace("$", r"\$")
