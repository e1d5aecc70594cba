"""The parts of the published systems beside the originals' formulas, on tiny random weights: the largest relative differences.

    python tests/benchmarks/numeric.py [WORD...]     # only parts whose names have one of the words

A difference is relative to the largest of the original's values. The original computes in float32, ours in the type of the column where the
part has a choice. Where the formula is "ours in float32", the columns tell what half precision does.

The parts are the rows of `tests/reference_codec/originals/comparisons.py`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # the tests are not installed

from reference_codec.models.runtime import Dtype
from tests.needs import extra

TYPES = (Dtype.FLOAT32, Dtype.FLOAT16, Dtype.BFLOAT16)


def make(folder: Path) -> Any:
    """The folders of the tiny models that comparisons load."""
    from tests.reference_codec import tiny_diffusion, tiny_models
    from tests.reference_codec.originals.comparisons import Folders

    for kind in (tiny_models.clip, tiny_models.grounding_dino):
        kind(folder / kind.__name__)
    for family in tiny_diffusion.FAMILIES:
        tiny_diffusion.pipeline(folder / family, family)
        tiny_diffusion.control(folder / f"control-{family}", family)
    tiny_diffusion.latent_control(folder / "diffbir.pth")
    return Folders(folder, folder, folder)


def measured(row: Any, folders: Any, kind: Dtype) -> str:
    """A cell of the table; "-" for a type that the part does not compute in."""
    from tests.reference_codec.originals.comparisons import difference

    return f"{difference(*row.sides(folders, kind)):.1e}" if kind in row.bounds else "-"


def silence() -> None:
    """Keep what the libraries say about progress and missing parts out of the table."""
    import diffusers
    import torch
    import transformers

    torch.set_num_threads(1)
    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()


def main(words: list[str]) -> None:
    """Print the table."""
    if not extra("models").met():
        print("needs the extra models")
        return
    silence()
    from tests.reference_codec.originals.comparisons import COMPARISONS

    print(f"{'part':38}{'original':32}" + "".join(f"{kind:>12}" for kind in TYPES))
    with tempfile.TemporaryDirectory() as folder:
        folders = make(Path(folder))
        for row in COMPARISONS:
            if words and not any(word in row.part for word in words):
                continue
            if extra(row.extra).met():
                formula, cells = row.formula, [measured(row, folders, kind) for kind in TYPES]
            else:
                formula, cells = f"needs the extra {row.extra}", []
            print(f"{row.part:38}{formula:32}" + "".join(f"{cell:>12}" for cell in cells), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
