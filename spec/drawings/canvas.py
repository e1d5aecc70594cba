"""What all drawings are made of: SVG that stands alone, readable in light and dark, with a title and a description."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

MARGIN = 12
# A drawing has a ground of its own: a page may be dark where the reader's system is light.
STYLE = """<style>
  text { font: 13px ui-sans-serif, system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
  text { fill: #24292f; text-anchor: middle; dominant-baseline: central; }
  .small { font-size: 11px; fill: #424a53; }
  .tiny { font-size: 9px; }
  .left { text-anchor: start; }
  .right { text-anchor: end; }
  .strong { font-weight: 600; }
  .onto { fill: #ffffff; }
  .dark { fill: #1b1f24; }
  rect { fill: #eef3f6; stroke: #8c9aa5; }
  .ground { fill: #ffffff; stroke: none; }
  .outer { fill: #fdf6e9; stroke: #b99a5b; }
  .blue { fill: #cfe0ee; }
  .amber { fill: #f7dfa5; }
  .teal { fill: #b9e5d8; }
  .none { fill: none; }
  .here { fill: #c93c2c; stroke: #c93c2c; }
  .set { fill: #8c9aa5; }
  path { stroke: #8c9aa5; fill: none; stroke-width: 1.5; }
  .arrow { marker-end: url(#head); }
  .first { stroke: #b5541c; stroke-width: 3; }
  .second { stroke: #1a7f68; stroke-width: 3; }
  circle { fill: #ffffff; stroke: #24292f; }
  .mark { fill: #24292f; stroke: none; }
  #head path { fill: #8c9aa5; stroke: none; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .small { fill: #c9d1d9; }
    .tiny { fill: #e6edf3; }
    .onto { fill: #ffffff; }
    .dark { fill: #1b1f24; }
    rect { fill: #26323b; stroke: #6c7b87; }
    .ground { fill: #1e2227; stroke: none; }
    .outer { fill: #3a3222; stroke: #8d7747; }
    .blue { fill: #2f4a60; }
    .amber { fill: #66521d; }
    .teal { fill: #1f5a4c; }
    .none { fill: none; }
    .here { fill: #c93c2c; stroke: #c93c2c; }
    .set { fill: #6c7b87; }
    .first { stroke: #f0883e; }
    .second { stroke: #3fc9a6; }
    circle { fill: #1e2227; stroke: #e6edf3; }
    .mark { fill: #e6edf3; stroke: none; }
  }
</style>
<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z"/></marker>"""


def drawing(title: str, description: str, width: float, height: float, body: Iterable[str]) -> str:
    """A whole drawing: its size is that of what it shows, with a margin on all sides."""
    width, height = width + 2 * MARGIN, height + 2 * MARGIN
    size = f'width="{width:g}" height="{height:g}" viewBox="{-MARGIN} {-MARGIN} {width:g} {height:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    names = [f"<title>{escape(title)}</title>", f"<desc>{escape(description)}</desc>"]
    ground = f'<rect x="{-MARGIN}" y="{-MARGIN}" width="{width:g}" height="{height:g}" class="ground"/>'
    return "\n".join([head, *names, STYLE, ground, *body, "</svg>\n"])


def text(x: float, y: float, words: object, kind: str = "", turn: int = 0) -> str:
    """Words around a place, or to the right of it with the kind "left"."""
    turned = f' transform="rotate({turn} {x:g} {y:g})"' if turn else ""
    return f'<text x="{x:g}" y="{y:g}"{_class(kind)}{turned}>{escape(str(words), quote=False)}</text>'


def rectangle(x: float, y: float, width: float, height: float, kind: str = "", corner: float = 0) -> str:
    """A rectangle."""
    rounded = f' rx="{corner:g}"' if corner else ""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"{rounded}{_class(kind)}/>'


def box(x: float, y: float, width: float, height: float, name: str, kind: str = "") -> list[str]:
    """A rounded box with its name inside."""
    return [rectangle(x, y, width, height, kind, 5), text(x + width / 2, y + height / 2, name)]


def path(points: str, kind: str = "") -> str:
    """A line, given as the data of an SVG path."""
    return f'<path d="{points}"{_class(kind)}/>'


def circle(x: float, y: float, radius: float, kind: str = "") -> str:
    """A dot."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}"{_class(kind)}/>'


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
