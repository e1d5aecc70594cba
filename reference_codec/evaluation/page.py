"""The report as one page: means, curves, delta rates, and a contact sheet of crops. It needs nothing beside itself."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

from reference_codec.evaluation.measure import Row
from reference_codec.evaluation.metrics import METRICS, MISC_AVERAGE
from reference_codec.evaluation.plots import plot
from reference_codec.evaluation.results import Mean, Results

#: What is told under a crop: the first of these that was measured.
TOLD = ("dists", "lpips", "ssimulacra2", "ms_ssim", "psnr")
AVERAGE = "misc_average"
STYLE = """
:root { color-scheme: light dark; --paper: light-dark(#fff, #16181c); --panel: light-dark(#f5f6f8, #1f2228);
  --ink: light-dark(#1b1e24, #e8eaee); --faint: light-dark(#5b6270, #a3abb8); --line: light-dark(#d9dde3, #383d47); --best: light-dark(#e2f3e8, #17402b); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 96rem; padding: 0 1.2rem 3rem; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 2.2rem; }
p, li, caption, figcaption { color: var(--faint); } p, li { max-width: 60rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid var(--line); font-weight: 400; white-space: nowrap; }
thead th { color: var(--faint); vertical-align: bottom; } tbody th, thead th:first-child { text-align: left; }
td.best { background: var(--best); font-weight: 600; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(24rem, 1fr)); gap: 1rem; }
.plots figure { background: #fff; border: 1px solid var(--line); border-radius: .4rem; padding: .4rem; margin: 0; }
.plots svg { display: block; width: 100%; height: auto; }
.sheet { display: grid; gap: .8rem; justify-content: start; }
.sheet figure { margin: 0; } .sheet img { display: block; image-rendering: pixelated; width: 192px; height: auto; border-radius: .2rem; }
figcaption { font-size: .78rem; max-width: 192px; overflow-wrap: anywhere; }
.names { font-weight: 600; overflow-wrap: anywhere; }
summary { cursor: pointer; }
"""


def page(results: Results, title: str) -> str:
    """The whole page."""
    body = [
        f"<h1>{escape(title)}</h1>",
        "<p>Bits are those of whole files, over the width and height of the originals. Means are over pictures.</p>",
        "<h2>Means</h2>",
        _means(results),
        _problems(results),
        *_plots(results),
        *_deltas(results),
        *_sheet(results.rows),
        "<h2>All pictures</h2>",
        _pictures(results),
        *_missing(results),
    ]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(body) + "\n</body></html>\n"


def _title(metric: str) -> str:
    arrow = "↑" if metric == AVERAGE or METRICS[metric].higher else "↓"
    return f"{'MISC average' if metric == AVERAGE else METRICS[metric].title} {arrow}"


def _figure(value: float | None, digits: int = 4) -> str:
    return "" if value is None else f"{value:.{digits}g}" if abs(value) < 1 else f"{value:.2f}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """A table; cells are HTML, the first of a row is its head, and one that begins with * is marked."""
    lines = ['<div class="scroll"><table>', f"<caption>{caption}</caption>" if caption else ""]
    lines.append("<thead><tr>" + "".join(f'<th scope="col">{cell}</th>' for cell in header) + "</tr></thead><tbody>")
    for first, *cells in rows:
        marked = "".join(
            f'<td class="best">{cell[1:]}</td>' if cell.startswith("*") else f"<td>{cell}</td>" for cell in cells
        )
        lines.append(f'<tr><th scope="row">{first}</th>{marked}</tr>')
    return "\n".join([*lines, "</tbody></table></div>"])


def _means(results: Results) -> str:
    names = [*results.metrics, *([AVERAGE] if any(AVERAGE in mean.values for mean in results.means) else [])]
    paths = list(dict.fromkeys(path for mean in results.means for path in mean.parts))
    best = {name: _best(name, [mean.values.get(name) for mean in results.means if _whole(mean)]) for name in names}
    rows = []
    for mean in results.means:
        cells = [
            _name(mean),
            str(mean.pictures) + ("" if _whole(mean) else " of more"),
            "" if mean.bpp is None else f"{mean.bpp:.5f}",
        ]
        for name in names:
            value = mean.values.get(name)
            cells.append(("*" if _whole(mean) and value is not None and value == best[name] else "") + _figure(value))
        rows.append([*cells, *(f"{mean.parts[path]:,.0f}" if path in mean.parts else "" for path in paths)])
    return _table(["", "pictures", "bpp", *map(_title, names), *(f"{escape(path)}, bits" for path in paths)], rows)


def _whole(mean: Mean) -> bool:
    """Whether it is of all pictures, so that it can be compared; a set without bits is."""
    return mean.complete or mean.bpp is None


def _name(mean: Mean) -> str:
    if not mean.anchor:
        return escape(f"{mean.label}, {mean.set}")
    return escape(f"{mean.label}, at the rates of {mean.set}" if mean.set else mean.label)


def _best(name: str, values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    return max(known) if name == AVERAGE or METRICS[name].higher else min(known)


def _problems(results: Results) -> str:
    found = [row for row in results.rows if row.problem is not None]
    if not found:
        return ""
    lines = [f"<li>{escape(f'{row.label}, {row.set}, {row.picture}: {row.problem}')}</li>" for row in found]
    return f"<details><summary>{len(found):,} could not be measured</summary><ul>{''.join(lines)}</ul></details>"


def _plots(results: Results) -> list[str]:
    figures = []
    for name in results.metrics:
        if curves := results.curves(name):
            drawing = plot(curves, METRICS[name].title, "more" if METRICS[name].higher else "less")
            figures.append(
                f'<figure role="img" aria-label="{escape(METRICS[name].title)} over bits per pixel">{drawing}</figure>'
            )
    return ["<h2>Rate and quality</h2>", f'<div class="plots">{"".join(figures)}</div>'] if figures else []


def _deltas(results: Results) -> list[str]:
    if not results.deltas:
        return []
    rows = []
    for test, anchors in results.deltas.items():
        for anchor, values in anchors.items():
            cells = ["" if (value := values.get(name)) is None else f"{value:+.1f} %" for name in results.metrics]
            rows.append([escape(f"{test} against {anchor}"), *cells])
    said = (
        "How much more rate the first takes than the second for the same quality (Bjøntegaard, piecewise cubic over the logarithm of the rate); "
        "less than nothing is a saving. Empty: fewer than two points, a quality that does not grow with the rate, or none that both reach."
    )
    return (
        [
            "<h2>Delta rates</h2>",
            f"<p>{said}</p>",
            _table(["", *(METRICS[name].title for name in results.metrics)], rows),
        ]
        if rows
        else []
    )


def _sheet(rows: list[Row]) -> list[str]:
    """Crops side by side, a picture a line."""
    columns = list(dict.fromkeys((row.label, row.set) for row in rows if row.crop))
    if not columns:
        return []
    cells = []
    for picture in dict.fromkeys(row.picture for row in rows if row.crop):
        found = {(row.label, row.set): row for row in rows if row.crop and row.picture == picture}
        cells += [_crop(found[column]) if column in found else "<span></span>" for column in columns]
    sheet = f'<div class="scroll"><div class="sheet" style="grid-template-columns: repeat({len(columns)}, 192px)">{"".join(cells)}</div></div>'
    return [
        "<h2>Crops</h2>",
        "<p>Where the original has the strongest edges; the same pixels in each, as they are.</p>",
        sheet,
    ]


def _crop(row: Row) -> str:
    assert row.crop is not None
    lines = [row.picture if row.label == "original" else row.label, "original" if row.label == "original" else row.set]
    if row.bpp is not None:
        lines.append(f"{row.bpp:.4f} bpp")
    told = next((name for name in TOLD if row.values.get(name) is not None), None)
    if told:
        lines.append(f"{METRICS[told].title} {_figure(row.values[told])}")
    alt = escape(f"{row.picture}, {row.label} {row.set}")
    data = base64.b64encode(row.crop).decode()
    caption = f'<span class="names">{escape(lines[0])}</span>' + "".join(
        f"<br>{escape(line)}" for line in lines[1:] if line
    )
    return f'<figure><img src="data:image/webp;base64,{data}" alt="{alt}"><figcaption>{caption}</figcaption></figure>'


def _pictures(results: Results) -> str:
    names = [name for name in results.metrics if not METRICS[name].whole]
    rows = [
        [escape(row.picture), escape(f"{row.label}, {row.set}"), "" if row.bits is None else f"{row.bits:,}", "" if row.bpp is None else f"{row.bpp:.5f}",
         *(_figure(row.values.get(name)) for name in names)]
        for row in results.rows
        if row.label != "original" and row.problem is None
    ]  # fmt: skip
    return f"<details><summary>{len(rows):,} rows</summary>{_table(['', 'set', 'bits', 'bpp', *map(_title, names)], rows)}</details>"


def _missing(results: Results) -> list[str]:
    if not results.missing:
        return []
    lines = [
        f"<li>{escape(f'{METRICS[name].title if name in METRICS else name}: {reason}')}</li>"
        for name, reason in results.missing.items()
    ]
    needs = f"<p>The average of MISC needs {', '.join(METRICS[name].title for name in MISC_AVERAGE)}.</p>"
    return ["<h2>Left out</h2>", f"<ul>{''.join(lines)}</ul>", needs]
