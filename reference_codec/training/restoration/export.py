"""Export the network: weights, graph and card."""

from __future__ import annotations

from pathlib import Path

import onnx
from safetensors.torch import save_file

from misc_format.system.files import replacing
from reference_codec.training.latents.graphs import Graph, append, locations
from reference_codec.training.restoration.network import Restoration
from reference_codec.training.restoration.pairs import KINDS, SIDE
from reference_codec.training.restoration.run import Figures, Run

NAME = "restoration-1"
CARD = """# {name}

The network that restores enlarged pictures: `{name}.safetensors`, in half precision, and its graph, `{name}.onnx`.

- Made by `python -m reference_codec.training.picture_restoration PHOTOS MORE_PHOTOS`: {pairs} pairs, {steps:,} steps of {batch} squares,
  learning rate {rate}, seed {seed}, {precision}, {minutes:.0f} minutes.
- Pairs are squares of {side} pixels. Codecs, reductions and qualities:
{kinds}
- The distortion is that of the training of latents; each square's is divided by that of the enlarged picture.

Means over {held_out} held-out pairs of other photos:

| | distortion | PSNR dB | MS-SSIM |
| --- | --- | --- | --- |
| enlarged | {before} |
| restored | {after} |
"""


def write(net: Restoration, folder: Path) -> None:
    """Write NAME.safetensors, in half precision, and the graph beside it."""
    weights = folder / f"{NAME}.safetensors"
    with replacing(weights) as temporary:
        save_file({name: values.half().contiguous() for name, values in net.state_dict().items()}, temporary)
    graph = Graph(("enlarged",), locations(weights), weights.name)
    graph.node("Sub", [graph.value, graph.constant(0.5)])
    append(graph, net.fine, "fine")
    fine = graph.value
    append(graph, net.coarse, "coarse")
    graph.node("Add", [fine, graph.value])
    append(graph, net.found, "found")
    graph.node("Add", ["enlarged", graph.value])
    path = folder / f"{NAME}.onnx"
    with replacing(path) as temporary:
        temporary.write_bytes(graph.model("restored").SerializeToString())
    onnx.checker.check_model(str(path), full_check=True)


def card(run: Run, pairs: int, held_out: int, before: Figures, after: Figures) -> str:
    """The card beside the weights: how they were made, and what they do."""
    recipe = run.recipe
    kinds = "\n".join(
        f"  - {kind.codec}, 1/{kind.reduction} of the sides, {kind.qualities[0]} to {kind.qualities[-1]}: {kind.share:.0%}"
        for kind in KINDS
    )
    return CARD.format(
        name=NAME, pairs=pairs, held_out=held_out, steps=recipe.steps, batch=recipe.batch, rate=recipe.rate, seed=recipe.seed,
        precision=run.precision, minutes=run.seconds / 60, side=SIDE, kinds=kinds, before=_row(before), after=_row(after),
    )  # fmt: skip


def _row(figures: Figures) -> str:
    return f"{figures.distortion:.2f} | {figures.psnr:.2f} | {figures.ms_ssim:.4f}"
