"""The drawings of docs/architecture.md, as SVG. `python spec/generate.py` writes them, and its `--check` compares them.

The layers come from the import contract in pyproject.toml, which `make lint` holds the code to, so the drawing cannot go stale.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

HOME = Path(__file__).parents[1]
WIDTH, MARGIN, GAP = 760, 12, 8
STYLE = """<style>
  text { font: 13px ui-sans-serif, system-ui, sans-serif; fill: #24292f; text-anchor: middle; dominant-baseline: central; }
  .small { font-size: 11px; fill: #57606a; }
  .left { text-anchor: start; }
  rect { fill: #eef3f6; stroke: #8c9aa5; }
  .outer { fill: #fdf6e9; stroke: #b99a5b; }
  path { stroke: #8c9aa5; fill: none; stroke-width: 1.5; marker-end: url(#head); }
  #head path { fill: #8c9aa5; stroke: none; marker-end: none; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .small { fill: #9da7b1; }
    rect { fill: #26323b; stroke: #6c7b87; }
    .outer { fill: #3a3222; stroke: #8d7747; }
  }
</style>
<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z"/></marker>"""

# The steps of the journey of a byte: what each step gives to the next, and the modules that do it.
STEPS = (
    ("file", "606 bytes", ()),
    ("container", "where each component lies, and its method", ("misc_format.structure.container",)),
    ("coder", "the declared fields, and the codeword", ("misc_format.coders.image.latents",)),
    (
        "symbols",
        "the model gives the probabilities, the range decoder the next symbols, in turn",
        ("misc_format.coders.image.latentmodel", "misc_format.entropy.rangecoder"),
    ),
    ("content", "latents, as arrays of integers", ("misc_format.components",)),
    ("document", "the content of all components, each in its canonical form", ("misc_format.document",)),
    ("picture", "600 x 400 pixels, painted by the embedded decoder", ("reference_codec.decoders.embedded",)),
)


def layers() -> list[list[str]]:
    """The modules of each layer of misc_format, from the top: a layer may import those below it."""
    document = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = document["tool"]["importlinter"]["contracts"]
    [contract] = [row for row in contracts if row["type"] == "layers" and row["containers"] == ["misc_format"]]
    return [[name.strip() for name in row.split(":")] for row in contract["layers"]]


def layers_drawing() -> str:
    """The layers of misc_format, one row each, and the packages that stand above them."""
    height, left = 34, 96
    rows = [("outer", ["reference_codec", "conformance"]), *(("", row) for row in layers())]
    body = [f'<path d="M{left // 2} 24V{len(rows) * (height + GAP) - GAP}"/>', _text(left // 2, 12, "imports", "small")]
    for index, (kind, names) in enumerate(rows):
        y = MARGIN + index * (height + GAP)
        step = (WIDTH - left - MARGIN + GAP) / len(names)
        for place, name in enumerate(names):
            body += _box(left + place * step, y, step - GAP, height, kind, name)
    return _svg(len(rows) * (height + GAP) - GAP + 2 * MARGIN, body)


def journey_drawing() -> str:
    """The way of one byte from file to pixels: one row per step."""
    height, box, pitch = 34, 150, 52
    body: list[str] = []
    for index, (name, result, modules) in enumerate(STEPS):
        y = MARGIN + index * pitch
        outer = any(module.startswith("reference_codec") for module in modules)
        body += _box(MARGIN, y, box, height, "outer" if outer else "", name)
        if index + 1 < len(STEPS):
            body.append(f'<path d="M{MARGIN + box // 2} {y + height}V{y + pitch - 1}"/>')
        body.append(_text(MARGIN + box + 20, y + (9 if modules else height / 2), result, "left"))
        if modules:
            body.append(_text(MARGIN + box + 20, y + 26, ", ".join(modules), "left small"))
    return _svg((len(STEPS) - 1) * pitch + height + 2 * MARGIN, body)


def drawings() -> dict[Path, bytes]:
    """Every drawing, by its file."""
    return {
        HOME / "docs" / "layers.svg": layers_drawing().encode(),
        HOME / "docs" / "journey.svg": journey_drawing().encode(),
    }


def _box(x: float, y: float, width: float, height: float, kind: str, name: str) -> list[str]:
    shape = f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" rx="5" class="{kind}"/>'
    return [shape, _text(x + width / 2, y + height / 2, name)]


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{words}</text>'


def _svg(height: int, body: list[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
    return "\n".join([head, STYLE, *body, "</svg>\n"])
