"""Train a model of CompressAI for an ultra-low rate (clause 10).

    python -m reference_codec.training.compressai PHOTOS -o mine.safetensors --architecture cheng2020-attn --lambda 0.00018

MISC and SEDIC use cheng2020-attn with a tenth of the library's lowest lambda (0.0018) and a learning rate of 1e-4. They start from the
library's own weights of quality 1: `--start FILE`, or `--start pretrained`. The loss is the library's: lambda * 255^2 * MSE + bits per
pixel.

The state is saved beside the output in a file that ends in .checkpoint; run again, the command goes on from there. It also writes
OUTPUT.csv, with a line of figures for each report, and OUTPUT.md, which says what the weights are. It needs the extra "compressai".
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rich.console import Console
from safetensors.torch import save
from torch import Tensor, nn

from misc_format.coders.image.compressai import DIGEST_BYTES
from misc_format.pictures import load
from misc_format.system.files import replacing
from reference_codec.images import compressai as reference
from reference_codec.models.compressai_library import compressai

EXTENSIONS = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}
LOWEST_LAMBDA = 0.0018  # of the library's models
AUXILIARY_RATE = 1e-3  # learning rate of the quantiles
MAX_GRADIENT_NORM = 1.0
FIGURES = ("step", "loss", "bpp", "mse", "psnr", "auxiliary")

console = Console()


@dataclass
class Training:
    """A network, its optimisers, and the number of steps so far. `weight`: lambda. `rate`: the learning rate."""

    network: Any
    weight: float
    rate: float
    step: int = 0

    def __post_init__(self) -> None:
        self.network.train()
        named = dict(self.network.named_parameters())
        quantiles = [value for name, value in named.items() if name.endswith(".quantiles")]
        others = [value for name, value in named.items() if not name.endswith(".quantiles")]
        self.optimiser = torch.optim.Adam(others, lr=self.rate)
        self.auxiliary = torch.optim.Adam(quantiles, lr=AUXILIARY_RATE)

    def learn(self, batch: Tensor) -> dict[str, float]:
        """One step on pictures (n, 3, rows, columns) from 0 to 1. Returns its `FIGURES`."""
        output = self.network(batch)
        pixels = batch.shape[0] * batch.shape[2] * batch.shape[3]
        bpp = -sum(part.log2().sum() for part in output["likelihoods"].values()) / pixels
        mse = nn.functional.mse_loss(output["x_hat"], batch)
        loss = self.weight * 255**2 * mse + bpp
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), MAX_GRADIENT_NORM)
        self.optimiser.step()
        self.auxiliary.zero_grad()  # after the other step, whose gradients also reach the quantiles
        auxiliary = self.network.aux_loss()
        auxiliary.backward()
        self.auxiliary.step()
        self.step += 1
        psnr = -10 * math.log10(max(mse.item(), 1e-12))
        figures = (self.step, loss.item(), bpp.item(), mse.item(), psnr, auxiliary.item())
        return dict(zip(FIGURES, figures, strict=True))

    def save(self, path: Path) -> None:
        """Save everything that `restore` needs."""
        state = {name: getattr(self, name).state_dict() for name in ("network", "optimiser", "auxiliary")}
        with replacing(path) as temporary:
            torch.save({**state, "step": self.step}, temporary)

    def restore(self, path: Path) -> None:
        """Take over the state of a checkpoint."""
        state = torch.load(path, weights_only=True)
        for name in ("network", "optimiser", "auxiliary"):
            getattr(self, name).load_state_dict(state[name])
        self.step = state["step"]

    def export(self) -> bytes:
        """The file of weights, with the tables of the entropy coder."""
        self.network.eval().update(force=True)
        data = save({name: value.detach().contiguous() for name, value in self.network.state_dict().items()})
        self.network.train()
        return bytes(data)


def batches(photos: list[Path], size: int, crop: int, seed: int) -> Iterator[Tensor]:
    """Batches (size, 3, crop, crop) of random crops of random photos, from 0 to 1, without end. Photos smaller than a crop are skipped."""
    rng = np.random.default_rng(seed)
    candidates = list(photos)
    while True:
        crops: list[NDArray[np.uint8]] = []
        while len(crops) < size:
            if not candidates:
                raise typer.BadParameter(f"no photo has {crop} x {crop} pixels; see --crop")
            path = candidates[int(rng.integers(len(candidates)))]
            samples = load(path).samples
            if min(samples.shape[:2]) < crop:
                candidates.remove(path)
            else:
                crops.append(_crop(samples, crop, rng))
        yield torch.from_numpy(np.stack(crops)).float() / 255


def _crop(samples: NDArray[np.uint8], side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A random square (3, side, side), mirrored in half of the cases."""
    top, left = (int(rng.integers(length - side + 1)) for length in samples.shape[:2])
    square = np.atleast_3d(samples[top : top + side, left : left + side])[:, :: int(rng.choice((1, -1)))]
    return np.ascontiguousarray(np.broadcast_to(square, (side, side, 3)).transpose(2, 0, 1))


def card(output: Path, data: bytes, lines: dict[str, object]) -> str:
    """What the weights are, and how to use them, in Markdown. `lines`: names and values of a table."""
    digest = hashlib.sha256(data).hexdigest()
    rows = {**lines, "bytes": f"{len(data):,}", "SHA-256": digest, "digest in files": digest[: 2 * DIGEST_BYTES]}
    table = "\n".join(f"| {name} | {value} |" for name, value in rows.items())
    use = (
        f"misc encode photo.jpg --image-method compressai --compressai-arch {lines['architecture']} "
        f"--quality {lines['quality']} --weights {output.name}"
    )
    return f"# {output.name}\n\n| | |\n|---|---|\n{table}\n\n```sh\n{use}\n```\n"


def main(
    folder: Annotated[
        Path, typer.Argument(metavar="PHOTOS", help="Folder of photos; folders in it are searched, too.")
    ],
    output: Annotated[Path, typer.Option("-o", help="File of weights to write, .safetensors.")],
    architecture: Annotated[str, typer.Option(help="A name of clause 10.1.")] = "cheng2020-attn",
    quality: Annotated[int, typer.Option(help="The library's level, which sets the sizes of layers.")] = 1,
    weight: Annotated[float, typer.Option("--lambda", help="Weight of the distortion.")] = LOWEST_LAMBDA / 10,
    start: Annotated[str | None, typer.Option(help="Weights to start from: a file, or pretrained.")] = None,
    channels: Annotated[
        str | None, typer.Option(help="Channels N, or N,M, in place of the level's, to try the command.")
    ] = None,
    steps: Annotated[int, typer.Option(help="Number of steps.")] = 200_000,
    rate: Annotated[float, typer.Option(help="Learning rate.")] = 1e-4,
    batch: Annotated[int, typer.Option(help="Crops per step.")] = 8,
    crop: Annotated[int, typer.Option(help="Side of a crop, a multiple of 64.")] = 256,
    every: Annotated[int, typer.Option(help="Steps between reports; the state is saved at each.")] = 200,
    seed: Annotated[int, typer.Option(help="Seed of everything that is random.")] = 1,
) -> None:
    """Train a model, or continue to train it."""
    photos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in EXTENSIONS)
    torch.manual_seed(seed)
    network = (
        reference.load(architecture, quality, "mse", start).network if start else _new(architecture, quality, channels)
    )
    training = Training(network, weight, rate)
    checkpoint = output.with_name(f"{output.name}.checkpoint")
    if checkpoint.exists():
        training.restore(checkpoint)
        console.print(f"going on at step {training.step:,} of {steps:,} from {checkpoint}")
    torch.manual_seed(seed + training.step)
    source = batches(photos, batch, crop, seed + training.step)
    figures: list[dict[str, float]] = []
    while training.step < steps:
        figures.append(training.learn(next(source)))
        if training.step % every == 0 or training.step == steps:
            _report(output.with_name(f"{output.name}.csv"), figures)
            training.save(checkpoint)
            figures = []
    data = training.export()
    with replacing(output) as temporary:
        temporary.write_bytes(data)
    lines = {"architecture": architecture, "quality": quality, "lambda": weight, "steps": training.step, "rate": rate}
    lines |= {
        "started from": start or "random weights",
        "photos": len(photos),
        "crops per step": f"{batch} of {crop} x {crop}",
    }
    with replacing(output.with_name(f"{output.name}.md")) as temporary:
        temporary.write_text(card(output, data, lines), encoding="utf-8")
    console.print(f"{output}: {len(data):,} bytes, digest {hashlib.sha256(data).hexdigest()[: 2 * DIGEST_BYTES]}")


def _new(architecture: str, quality: int, channels: str | None) -> Any:
    """A network with random weights."""
    zoo = compressai().zoo.image
    if architecture not in zoo.model_architectures or quality not in zoo.cfgs.get(architecture, ()):
        raise typer.BadParameter(f"the library has no {architecture} of quality {quality}")
    sizes = [int(part) for part in channels.split(",")] if channels else zoo.cfgs[architecture][quality]
    return zoo.model_architectures[architecture](*sizes)


def _report(path: Path, figures: list[dict[str, float]]) -> None:
    """Print the means since the last report, and append them to the file as a line."""
    mean = {name: float(np.mean([row[name] for row in figures])) for name in FIGURES} | {"step": figures[-1]["step"]}
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, FIGURES)
        if new:
            writer.writeheader()
        writer.writerow({name: f"{value:.6g}" for name, value in mean.items()})
    console.print("  ".join(f"{name} {value:.4g}" for name, value in mean.items()))


if __name__ == "__main__":
    typer.run(main)
