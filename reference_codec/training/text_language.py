"""Train, quantise, measure and export a language model for text (clause 6.4).

    python -m reference_codec.training.text_language CAPTIONS_FOLDER -o text-language-1.bin

CAPTIONS_FOLDER has *.txt files, one caption per line; `--heldout` is such a folder to measure on. The state is saved beside the output in
a file that ends in .checkpoint; run again, the command goes on from there. It needs the extra "training", and an hour and a half on two
cores that multiply bfloat16. The exported integers mean the same on every machine. Training in floating point does not: another run
gives another model, which is as good.

To use a model of your own, set MISC_LANGUAGE_MODEL to its file, and choose the text method language-own.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor

from misc_format.coders.text import languagecoding
from misc_format.coders.text.languagemodel.known import from_bytes
from misc_format.coders.text.languagemodel.pieces import FIRST_PIECE, Pieces
from misc_format.components import Text
from misc_format.system.files import replacing
from reference_codec.training.language.corpus import Corpus, Source, labelled, load, repeated
from reference_codec.training.language.network import Network, cost
from reference_codec.training.language.pieces import learn
from reference_codec.training.language.quantise import quantise
from reference_codec.training.schedule import Schedule

VOCABULARY, WIDTH, HIDDEN, LAYERS = 4096, 384, 768, 2
DECAY, RATE = 0.05, 2.5e-3
SCHEDULE = Schedule(warm_up=150, last=0.02)
DROPOUT, LATE_DROPOUT = 0.15, 0.28
LATE = 0.69  # share of training after which the network would begin to learn captions by heart
BATCH, MAX_TOKENS = 4096, 512  # tokens of a batch, and of a sequence
SAVE_EVERY = 250  # steps
MEASURED = 200  # held-out captions of each source
SEED = 1

console = Console()
Weights = dict[str, Tensor]


@dataclass
class Training:
    """The network in float32, its copy in bfloat16 that computes gradients, and the optimiser."""

    pieces: Pieces
    steps: int
    step: int = 0

    def __post_init__(self) -> None:
        torch.manual_seed(SEED + self.step)
        self.network = Network(len(self.pieces.values), WIDTH, HIDDEN, LAYERS, DROPOUT)
        self.worker = copy.deepcopy(self.network).bfloat16()
        matrices = [weight for weight in self.network.parameters() if weight.ndim > 1]
        vectors = [weight for weight in self.network.parameters() if weight.ndim == 1]
        groups = [{"params": matrices, "weight_decay": DECAY}, {"params": vectors, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.99), fused=True)

    @property
    def progress(self) -> float:
        """The share of training that is done."""
        return self.step / self.steps

    def learn(self, inputs: Tensor, targets: Tensor) -> float:
        """One step. Returns bits per token."""
        SCHEDULE.apply(self.optimiser, RATE, self.step, self.progress)
        self.worker.dropout = DROPOUT if self.progress < LATE else LATE_DROPOUT
        total, count = cost(self.worker, inputs, targets)
        (total / count).backward()
        for weight, copied in zip(self.network.parameters(), self.worker.parameters(), strict=True):
            assert copied.grad is not None
            weight.grad, copied.grad = copied.grad.float(), None
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.synchronise()
        self.step += 1
        return float(total.detach()) / count / math.log(2)

    @torch.no_grad()
    def synchronise(self) -> None:
        """Update the bfloat16 copy."""
        for weight, copied in zip(self.network.parameters(), self.worker.parameters(), strict=True):
            copied.copy_(weight)

    def save(self, path: Path) -> None:
        """Save everything that `restore` needs."""
        state = {
            "pieces": self.pieces.values[FIRST_PIECE:],
            "step": self.step,
            "steps": self.steps,
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        with replacing(path) as temporary:
            torch.save(state, temporary)

    @classmethod
    def restore(cls, path: Path) -> Training:
        """The state of a checkpoint."""
        state: dict[str, Any] = torch.load(path, weights_only=True)
        training = cls(Pieces(state["pieces"]), state["steps"], state["step"])
        training.network.load_state_dict(state["network"])
        training.optimiser.load_state_dict(state["optimiser"])
        training.synchronise()
        return training

    @torch.no_grad()
    def export(self, batch: Tensor) -> bytes:
        """The model file. The range of the outputs is taken from those for a batch of tokens (rows, steps)."""
        self.network.eval()
        outputs = self.network(batch)
        self.network.train()
        weights = {name: value.double().numpy() for name, value in self.network.state_dict().items()}
        spans = (float(np.abs(weights["embedding.weight"]).max()), float(outputs.abs().max()))
        return quantise(weights, self.pieces, spans)


def measure(data: bytes, sources: list[Source]) -> None:
    """Print bits per byte of held-out captions under the exported model. Each is coded alone, and whole bytes are counted."""
    model = from_bytes(data)
    for source in sources:
        captions = source.captions[:MEASURED]
        encoders = languagecoding.encoders([Text(caption) for caption in captions], model)
        size = sum(len(encoder.codeword()) for encoder in encoders)
        console.print(f"{source.name:<32}{8 * size / sum(len(caption.encode()) for caption in captions):.3f}")


def main(
    folder: Annotated[Path, typer.Argument(help="Folder of captions.")],
    output: Annotated[Path, typer.Option("-o", help="Model file to write.")],
    items: Annotated[
        Path | None, typer.Option(help="JSON lines of image, label and description: items that people have named.")
    ] = None,
    heldout: Annotated[Path | None, typer.Option(help="Folder of captions to measure on.")] = None,
    steps: Annotated[int, typer.Option(help=f"Steps of {BATCH} tokens.")] = 6_340,
) -> None:
    """Train a model, or continue to train it."""
    sources = load(folder)
    checkpoint = output.with_name(f"{output.name}.checkpoint")
    if checkpoint.exists():
        training = Training.restore(checkpoint)
        console.print(f"going on at step {training.step:,} of {training.steps:,} from {checkpoint}")
    else:
        console.print(f"learning {VOCABULARY:,} pieces from {len(sources)} sources")
        training = Training(learn(repeated(sources), VOCABULARY), steps)
    corpus = Corpus(sources, labelled(items) if items else [], training.pieces, SEED + training.step)
    batches = corpus.batches(BATCH, MAX_TOKENS, lambda: training.progress)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeRemainingColumn(),
    )
    average = 0.0
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("training", total=training.steps, completed=training.step)
        while training.step < training.steps:
            bits = training.learn(*map(torch.from_numpy, next(batches)))
            average = bits if not average else 0.98 * average + 0.02 * bits
            bar.update(task, advance=1, description=f"{average:.3f} bits per token")
            if training.step % SAVE_EVERY == 0:
                training.save(checkpoint)
    training.save(checkpoint)
    data = training.export(torch.from_numpy(next(batches)[0]))
    with replacing(output) as temporary:
        temporary.write_bytes(data)
    console.print(f"{output}: {len(data):,} bytes")
    measure(data, load(heldout) if heldout else [])


if __name__ == "__main__":
    typer.run(main)
