"""What the papers of MISC, SEDIC and CMC-Bench say of their decoders, what their released code does, and what the two recipes here do.

A table for each system; docs/systems.md shows them. What the recipes do is taken from their parameters, so the tables cannot say anything
else than what is run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from reference_codec.decoders.origin import CLEANED
from reference_codec.decoders.parameters import OWN, SOURCES, Latents, Parameters, Recipe, parameters

OPEN: Final = "not said"


class Aspect(NamedTuple):
    """A row: what the paper says, what the code does, and what a recipe does.

    `departs`: what the recipe of the released code does otherwise than the code, and why, as a sentence without a full stop.
    """

    what: str
    paper: str
    code: str
    here: Callable[[Parameters], str]
    departs: str = ""


class System(NamedTuple):
    """A system: the profile whose parameters are shown, its released code, and its aspects."""

    profile: str
    code: str
    aspects: tuple[Aspect, ...]

    def lines(self) -> list[tuple[str, ...]]:
        """The rows as texts: what, paper, code, and both recipes here."""
        rows = [parameters(self.profile, recipe) for recipe in Recipe]
        return [(aspect.what, aspect.paper, aspect.code, *map(aspect.here, rows)) for aspect in self.aspects]

    def departures(self) -> list[str]:
        """Where the recipe of the released code departs from the code, as sentences."""
        return [
            f"{aspect.what[0].upper()}{aspect.what[1:]}: {aspect.departs}." for aspect in self.aspects if aspect.departs
        ]


def _model(row: Parameters) -> str:
    source = SOURCES[str(row.model)]
    return f"{source.model} with {source.controlnet}" if source.controlnet else source.model


def _cleaning(row: Parameters) -> str:
    cleaner = SOURCES[str(row.model)].cleaner
    return f"SwinIR of {cleaner}" if cleaner and row.decoder in CLEANED else "none"


def _sampler(row: Parameters) -> str:
    return "the scheduler of the model's repository" if row.sampler == OWN else str(row.sampler)


def _item_steps(row: Parameters) -> str:
    return ", ".join(map(str, row.item_steps))


def _guidance(row: Parameters) -> str:
    return "the default of diffusers: 5.0 for XL, else 7.5" if row.guidance is None else f"{row.guidance:g}"


def _size(row: Parameters) -> str:
    return ", then ".join(map(str, row.framing.scalings))


def _quoted(text: str) -> str:
    return f'"{text}"' if text else "none"


def _blending(row: Parameters) -> str:
    return "after every step" if row.blends_each_step else "once, after the last step"


def _last_start(row: Parameters) -> str:
    if row.low_start:
        return "low frequencies of the restored picture from 0 to 255, with the noise of step 999"
    return "noise"


def _edges(row: Parameters) -> str:
    return f"{row.framing.edges}; back by {row.framing.back}"


def _image_words(row: Parameters) -> str:
    """The prompt of Image mode under the recipe of a row of Full mode."""
    recipe = Recipe.RELEASED if row.latents is Latents.SAMPLE else Recipe.PAPER
    return _quoted(parameters("cmc-image", recipe).suffix)


_NOISE: Final = Aspect(
    "seed", OPEN, "none is set", lambda row: f"{row.seed}, or the file's",
    "the code starts from other noise in every run",
)  # fmt: skip


def _back(departs: str) -> Aspect:
    return Aspect("edges", OPEN, "black, to multiples of 64; back by bicubic", _edges, departs)


SYSTEMS: Final = {
    "misc": System(
        "misc-1",
        "lcysyzxdxc/MISC, demo.ipynb, on XPixelGroup/DiffBIR v1",
        (
            Aspect("model", "DiffBIR", "general_full_v1.ckpt, which holds Stable Diffusion 2.1-base and SwinIR", _model),
            Aspect("cleaning of the condition", OPEN, "SwinIR, before every pass", _cleaning),
            Aspect("start of a pass", "the reference (S[-1] of equation 7)", "noise; the reference is the condition", lambda row: "noise"),
            Aspect("sampler", OPEN, "DDPM, evenly spaced steps", _sampler),
            Aspect("steps of an item", "n", "3", _item_steps),
            Aspect("guidance of an item", OPEN, "3.5", lambda row: f"{row.item_guidance:g}"),
            Aspect("steps of the picture", "4 n to 8 n", "40", lambda row: str(row.steps)),
            Aspect("guidance of the picture", OPEN, "7", _guidance),
            Aspect("words added to the prompt", "for example hyper detail, masterpiece, 4K", "none", lambda row: _quoted(row.suffix)),
            Aspect("negative prompt", OPEN, '"Blurry, Low Quality"', lambda row: _quoted(row.negative)),
            Aspect(
                "size for painting", OPEN, "short side at least 1,024", _size,
                "the code scales the maps by the long side, so they fit pictures of 1,024 x 1,024 alone; here they fit all",
            ),
            _back(
                "the code cuts the padding off at the right alone, so a picture whose height is no multiple of 64 is squeezed; here it is "
                "cut off at the bottom, too",
            ),
            Aspect(
                "colours", OPEN, "wavelet fix with SwinIR's output, then the clamp",
                lambda row: "wavelet fix with the cleaned picture, then the clamp" if row.fixes_colours else "none",
            ),
            Aspect("between two passes", OPEN, "cut to 8 bits, in the picture's size", lambda row: str(row.carry)),
            _NOISE,
        ),
    ),
    "sedic": System(
        "sedic",
        "yang-xidian/SEDIC, SEDIC.py",
        (
            Aspect("model", "a pretrained ControlNet", "Stable Diffusion 2.1-base with v2.pth of DiffBIR v2", _model),
            Aspect("cleaning of the condition", OPEN, "none", _cleaning),
            Aspect("sampler", OPEN, "DDPM, evenly spaced steps", _sampler),
            Aspect("steps of the objects", "10", "5, 10, 10", _item_steps),
            Aspect("guidance of an object", OPEN, "3.5", lambda row: f"{row.item_guidance:g}"),
            Aspect("steps of the picture", "20 to 50", "50", lambda row: str(row.steps)),
            Aspect("guidance of the picture", OPEN, "7", _guidance),
            Aspect(
                "attention guidance", "equations 2 and 3 with eta 40, above a time T' that is not said", "none",
                lambda row: f"eta {row.guidance_step:g}, T' = {row.guided_above}" if row.guidance_step else "none",
            ),
            Aspect("blending of latents", "after every step (equation 4)", "once, after the last step", _blending),
            Aspect(
                "masks at the size of latents", OPEN, "nearest pixel",
                lambda row: "nearest pixel" if row.nearest_masks else "half of the pixels",
                "the code first scales masks twice with the picture; here a mask is read at the pixel, so its border may differ by a pixel",
            ),
            Aspect(
                "latents outside a mask", "those of the object before", "a sample for the picture before",
                lambda row: "a sample for the picture before" if row.latents is Latents.SAMPLE else "those of the object before",
            ),
            Aspect(
                "prompt of an object", "its description", "the detail",
                lambda row: "the name, then the detail" if row.names_items else "the detail",
            ),
            Aspect(
                "negative prompt", OPEN, '"low quality, blurry, low-resolution, noisy, unsharp, weird textures"',
                lambda row: _quoted(row.negative),
            ),
            Aspect(
                "condition of the last pass", "the restored picture", "the reference",
                lambda row: "the reference" if row.low_start else "the restored picture",
            ),
            Aspect(
                "start of the last pass", "noise",
                "low frequencies of the restored picture, given to the autoencoder from 0 to 255, with the noise of step 999", _last_start,
            ),
            Aspect("size for painting", OPEN, "long side 512, then short side at least 512", _size),
            _back(
                "the code does not cut the padding off, so a picture whose sides are no multiples of 64 is squeezed, and its masks lie "
                "beside their objects; here it is cut off",
            ),
            Aspect("between two passes", OPEN, "cut to 8 bits", lambda row: str(row.carry)),
            _NOISE,
        ),
    ),
    "cmc": System(
        "cmc-full",
        "Q-Future/CMC-Bench, script-t2i.py",
        (
            Aspect("model", "12 models", "RealVisXL 4.0", _model),
            Aspect("sampler", OPEN, "the scheduler of the model's repository", _sampler),
            Aspect("steps", OPEN, "40", lambda row: str(row.steps)),
            Aspect("guidance", OPEN, "the default of diffusers", _guidance),
            Aspect(
                "strength", "Text 1, Pixel 0.8, Image and Full 0.5", "Text 1, Pixel 0.8, Image and Full 0.5",
                lambda row: "Text 1, Pixel 0.8, Image and Full 0.5",
                "in Text mode the code ends with an error; here the picture is painted in its own proportions",
            ),
            Aspect("negative prompt", OPEN, "none", lambda row: _quoted(row.negative)),
            Aspect(
                "prompt of Image mode", "empty", '"High quality, masterpiece, clean, high-resolution, 8k"',
                _image_words,
            ),
            Aspect("latents of the start", OPEN, "a sample", lambda row: str(row.latents)),
            Aspect("size for painting", OPEN, "long side 1,024", _size),
            Aspect("edges", OPEN, "shrunk to multiples of 8; back by bicubic", _edges),
            Aspect(
                "seed", OPEN, "42 once, before the first picture", lambda row: f"{row.seed}, or the file's",
                "the noise of a picture depends on all pictures before it in the code; here it does not",
            ),
        ),
    ),
}  # fmt: skip
