"""The twelve decoders of CMC-Bench as rows of data: `misc decode --decoder cmc --model NAME`.

Its script (script-t2i.py) runs a model by the pipelines of diffusers for image to image and text to image, with 40 steps and the library's
defaults for everything else. It names the models RealVis and SD15; the paper cites the others, and their repositories are those of the
cited works. Nothing says how the restoring models were run: DiffBIR's row has the defaults of DiffBIR v1's own program.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from reference_codec.decoders.parameters import DIFFBIR_512, SOURCES, Source
from reference_codec.errors import ModelError


class Painter(NamedTuple):
    """A decoder of the benchmark.

    `name`: for `--model`. `title`: in the benchmark's tables. `source`: on the hub; None for a decoder that does not run here.
    `pipeline`: of diffusers, or the repository that runs it. `changes`: of the parameters. `named_in`: what says which model it is.
    `why_not`: why it does not run here, as a sentence without a full stop.
    """

    name: str
    title: str
    source: Source | None
    pipeline: str
    named_in: str
    changes: dict[str, Any] = {}  # noqa: RUF012  rows are never changed
    why_not: str = ""


_SD, _XL, _EDIT = "StableDiffusion", "StableDiffusionXL", "StableDiffusionInstructPix2Pix"
_OWN_CODE: Final = "it runs by the code of its own repository, {}"
_ROWS: Final = (
    Painter("animate", "Animate", None, "", "paper: cites AnimateDiff", why_not="no source says which model for still pictures it is"),
    Painter("dreamlike", "Dreamlike", Source("dreamlike-art/dreamlike-photoreal-2.0"), _SD, "paper"),
    Painter("pg20", "PG20", Source("playgroundai/playground-v2-1024px-aesthetic"), _XL, "paper"),
    Painter("pg25", "PG25", Source("playgroundai/playground-v2.5-1024px-aesthetic"), _XL, "paper"),
    Painter("realvis", "RealVis", SOURCES["realvisxl-4.0"], _XL, "script"),
    Painter("sd15", "SD15", SOURCES["stable-diffusion-1.5"], _SD, "script, as runwayml/stable-diffusion-v1-5"),
    Painter("sdxl", "SDXL", SOURCES["stable-diffusion-xl-1.0"], _XL, "paper"),
    Painter("ssd-1b", "SSD-1B", Source("segmind/SSD-1B"), _XL, "paper"),
    Painter(
        "instructpix2pix", "InstructPix", Source("timbrooks/instruct-pix2pix"), _EDIT, "paper; the script cannot run it",
        {"strength": 1.0, "picture_guidance": 1.5},
    ),
    Painter("pasd", "PASD", None, "yangxy/PASD", "paper", why_not=_OWN_CODE.format("yangxy/PASD")),
    Painter("stablesr", "StableSR", None, "IceClear/StableSR", "paper", why_not=_OWN_CODE.format("IceClear/StableSR")),
    Painter(
        "diffbir", "DiffBIR", SOURCES["diffbir-v1"], _SD, "paper; the version is not said",
        {
            "sampler": "ddpm-spaced", "steps": 50, "guidance": 1.0, "strength": 1.0, "framing": DIFFBIR_512,
            "fixes_colours": True,
        },
    ),
)  # fmt: skip
PAINTERS: Final = {row.name: row for row in _ROWS}


def painter(decoder: str, model: str | None) -> Painter | None:
    """The row that `model` names for decoder cmc; None for a user's own source. Raises `ModelError` for a row that does not run here."""
    row = PAINTERS.get((model or "").lower()) if decoder == "cmc" else None
    if row is not None and row.source is None:
        raise ModelError(
            f"{row.title} of CMC-Bench does not run here: {row.why_not}; "
            f"compare its pictures by misc eval ORIGINALS {row.name}=PICTURES --files BITSTREAMS"
        )
    return row
