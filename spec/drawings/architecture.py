"""The drawings of docs/architecture.md.

The layers come from the import contract in pyproject.toml, which `make lint` holds the code to, so the drawing cannot go stale.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from .canvas import box, drawing, path, text

HOME = Path(__file__).parents[2]
WIDTH, GAP = 736, 8

# The steps of the journey of a byte: what each step gives to the next, and the modules that do it.
STEPS = (
    ("file", "607 bytes", ()),
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
    height, left = 34, 84
    rows = [("outer", ["reference_codec", "conformance"]), *(("", row) for row in layers())]
    total = len(rows) * (height + GAP) - GAP
    body = [path(f"M{left // 2} 14V{total}", "arrow"), text(left // 2, 2, "imports", "small")]
    for index, (kind, names) in enumerate(rows):
        step = (WIDTH - left + GAP) / len(names)
        for place, name in enumerate(names):
            body += box(left + place * step, index * (height + GAP), step - GAP, height, name, kind)
    said = "; ".join(", ".join(names) for _, names in rows)
    return drawing("The layers of misc_format", f"From the top, each importing those below: {said}", WIDTH, total, body)


def journey_drawing() -> str:
    """The way of one byte from file to pixels: one row per step."""
    height, wide, pitch = 34, 150, 52
    body: list[str] = []
    for index, (name, result, modules) in enumerate(STEPS):
        y = index * pitch
        outer = any(module.startswith("reference_codec") for module in modules)
        body += box(0, y, wide, height, name, "outer" if outer else "")
        if index + 1 < len(STEPS):
            body.append(path(f"M{wide // 2} {y + height}V{y + pitch - 1}", "arrow"))
        body.append(text(wide + 20, y + (9 if modules else height / 2), result, "left"))
        if modules:
            body.append(text(wide + 20, y + 26, ", ".join(modules), "left small"))
    said = "; ".join(f"{name}: {result}" for name, result, _ in STEPS)
    return drawing(
        "The way of one byte from the file to the picture", said, WIDTH, (len(STEPS) - 1) * pitch + height, body
    )
