"""The metrics of CMC-Bench, as its released script for evaluation runs them.

The benchmark tuned TOPIQ to its own scores, which go from 0 to 5. Its weights, `topiq-fr.pth` and `topiq-nr.pth`, are in the folder of
models.

Rule 1.  The script gives TOPIQ-FR the original as the decoded picture and the decoded picture as the reference. The network is not
         symmetric, so its order is kept.
Rule 2.  The script lets pyiqa run whatever code is in a file of weights, and leaves random numbers where names differ. Here, nothing of a
         file is run, and a file of another network is refused.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from statistics import fmean
from typing import Any, Final, Literal, NamedTuple

from PIL import Image

from misc_format.components import Samples
from reference_codec.evaluation.metric_libraries import (
    Measure,
    MissingError,
    Where,
    pyiqa_network,
    require,
    tensor,
)
from reference_codec.models.failures import first_line

FR: Final = "cmc_topiq_fr"
NR: Final = "cmc_topiq_nr"
#: What a branch of the script compares with, which the script itself never takes: statistics of clean-fid on 70,000 faces.
FFHQ: Final = {"dataset_name": "FFHQ", "dataset_res": 1024, "dataset_split": "trainval70k"}
FFHQ_STATISTICS: Final = "hub/pyiqa/ffhq_clean_trainval70k_1024.npz"
FID_INCEPTION: Final = "hub/pyiqa/pt_inception-2015-12-05-6726825d.pth"


class Overall(NamedTuple):
    """Scores of a system over its modes. `decoders`: two parts of FR and one of NR. `describers`: equal parts."""

    decoders: float
    describers: float


def topiq(kind: Literal["fr", "nr"], where: Where) -> Measure:
    """TOPIQ with the weights of CMC-Bench: with the original as reference ("fr"), or of the decoded picture alone ("nr")."""
    path = require(where, f"topiq-{kind}.pth")
    metric = pyiqa_network(f"topiq_{kind}", where, pretrained=False, backbone_pretrain=False)
    _fill(metric.net, path)

    def measure(original: Samples, decoded: Samples) -> float | None:
        import torch

        pictures = (original, decoded) if kind == "fr" else (decoded,)  # Rule 1
        with torch.inference_mode():
            return float(metric(*(tensor(picture, where) for picture in pictures)))

    return measure


def _fill(network: Any, path: Path) -> None:
    """Put the weights of a file into a network. Raises `MissingError` if they are not all of it, or more."""
    from reference_codec.models import tensors

    try:
        state = tensors.read(path, ("params",))
        network.load_state_dict({name.removeprefix("module."): value for name, value in state.items()})
    except tensors.TensorsError as error:
        raise MissingError(f"{path} {error}") from None
    except (OSError, RuntimeError) as error:
        raise MissingError(f"{path} holds no weights of this network: {first_line(error)}") from None


def fid(where: Where) -> Callable[[Sequence[Samples], Sequence[Samples]], float | None]:
    """The Fréchet distance of the whole decoded pictures, at 299x299, to the faces of FFHQ (clean-fid, by pyiqa)."""
    if not where.fetch:
        for name in (FFHQ_STATISTICS, FID_INCEPTION):
            require(where, name)
    metric = pyiqa_network("fid", where)

    def measure(_: Sequence[Samples], decoded: Sequence[Samples]) -> float | None:
        if len(decoded) < 2:  # one picture has no covariance
            return None
        with tempfile.TemporaryDirectory() as folder, redirect_stdout(StringIO()):
            for index, picture in enumerate(decoded):
                Image.fromarray(picture).save(Path(folder) / f"{index}.png", compress_level=1)
            return float(metric(folder, **FFHQ, num_workers=0, verbose=False))

    return measure


def overall(modes: Sequence[dict[str, float | None]]) -> Overall | None:
    """The overall scores of a system from the means of its modes: Full, Image, Pixel, Text, or those of them that there are.

    The table of decoders in the benchmark's README, and its script, weight TOPIQ-FR twice; the README's table of describers does not.
    None if a mode lacks one of the two.
    """
    frs, nrs = ([mode.get(name) for mode in modes] for name in (FR, NR))
    known = [[value for value in values if value is not None] for values in (frs, nrs)]
    if not modes or any(len(values) < len(modes) for values in known):
        return None
    fr, nr = map(fmean, known)
    return Overall((2 * fr + nr) / 3, (fr + nr) / 2)
