"""Options, help texts and checks that several commands of the reference codec share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Final

import typer

from reference_codec.models.runtime import Dtype, Offload

SOURCE_HELP: Final = "hub id (OWNER/NAME[@REVISION]) or folder"
WEIGHTS_HELP: Final = "Weights of the CompressAI model: a file, or pretrained for those that the library downloads."

Device = Annotated[str, typer.Option(help="Device for models: auto, cpu, cuda, cuda:1, mps.", metavar="NAME")]
Numbers = Annotated[Dtype, typer.Option(help="Number type of models; auto: float16 on a GPU, float32 on a CPU.")]
Offloading = Annotated[
    Offload, typer.Option(help="What is kept in main memory until a small GPU needs it: nothing, models or layers.")
]
Weights = Annotated[str | None, typer.Option(help=WEIGHTS_HELP, metavar="FILE")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@contextmanager
def tile_progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A function that shows on stderr how many of all parts of the work are finished: tiles of a large picture, steps of a search.

    It shows nothing for a single part.
    """
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, visible=False)
        yield lambda done, count: progress.update(task, completed=done, total=count, visible=count > 1)
