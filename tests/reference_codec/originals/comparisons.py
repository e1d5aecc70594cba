"""Parts of the published systems on both sides: ours and the original's formulas, over the same tiny weights and the same picture.

A row of COMPARISONS is a part. To compare another part, write a function that returns both sides, and add a row. The tests hold each row
below its bounds (`test_numeric.py`), and `tests/benchmarks/numeric.py` prints what is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image

from misc_format.components import Size
from reference_codec.decoders import origin
from reference_codec.decoders.diffusion import Diffusion, Passage
from reference_codec.maps import clip_surgery, grounding_dino, sam
from reference_codec.models.runtime import Dtype, Runtime
from tests.reference_codec.originals import grounding_dino as original_dino
from tests.reference_codec.originals import recipes
from tests.reference_codec.originals import sam as original_sam

PHOTO = Image.open(Path(__file__).parents[3] / "examples" / "coffee.png").convert("RGB")
SAMPLES = np.asarray(PHOTO.resize((96, 60)))
SIZE = Size(96, 60)
BOXES = np.array([[8, 6, 50, 40], [-3.5, 20, 99.25, 61], [30, 0, 31, 59]], np.float64)
RELEASED_SAM = "sam_vit_h_4b8939.pth"

#: The tiny models that paint, with their ControlNets: without one, of pixels, and of latents.
PAINTED = (("1.5", ""), ("2.1", ""), ("xl", ""), ("2.1", "control-2.1"), ("xl", "control-xl"), ("2.1", "diffbir.pth"))

Array = np.ndarray[Any, Any]
Pair = tuple[Array, Array]


class Folders(NamedTuple):
    """Where tiny models are: `seeing` has clip and grounding_dino, `painting` Stable Diffusions; `own` is for what a comparison makes."""

    seeing: Path
    painting: Path
    own: Path


class Comparison(NamedTuple):
    """A part, the original's formula, and a function of the folders and the number type of ours that returns (ours, theirs).

    Theirs is always in float32. `bounds`: of `difference`, for the number types that the part computes in. `extra`: what it needs.
    """

    part: str
    formula: str
    sides: Callable[[Folders, Dtype], Pair]
    bounds: Mapping[Dtype, float]
    extra: str = "models"


def difference(ours: Array, theirs: Array) -> float:
    """The largest difference, relative to the largest of the original's values.

    Infinite where one of ours is no number, and where all of theirs are equal: that would be no comparison.
    """
    if ours.shape != theirs.shape or not np.isfinite(ours).all() or theirs.std() == 0:
        return float("inf")
    return float(np.abs(ours.astype(np.float64) - theirs).max() / np.abs(theirs).max())


# Grounding DINO


def detector(folder: Path, dtype: Dtype) -> grounding_dino.Detector:
    """Our Grounding DINO, with random numbers on all weights: its heads begin with zeros, and boxes would not depend on the picture."""
    made = grounding_dino.load(str(folder), Runtime("cpu", dtype))
    torch.manual_seed(5)
    with torch.no_grad():
        for weight in made.model.parameters():
            weight.add_(0.05 * torch.randn_like(weight))
    return made


def boxes_by_the_original(made: grounding_dino.Detector, picture: Array, name: str, threshold: float) -> Array:
    """The boxes (n, 4) by the original's code around the same network."""
    pixels = original_dino.load_image(picture, 64, 96)
    text = made.processor.tokenizer(original_dino.preprocess_caption(name), return_tensors="pt")
    with torch.no_grad():
        outputs = made.model(pixel_values=pixels[None], input_ids=text["input_ids"])
    height, width = picture.shape[:2]
    return original_dino.boxes_of(outputs.logits[0], outputs.pred_boxes[0], threshold, width, height)


def detector_pixels(folders: Folders, dtype: Dtype) -> Pair:
    ours = detector(folders.seeing / "grounding_dino", dtype).pixels(SAMPLES)
    return ours, original_dino.load_image(SAMPLES, 64, 96).numpy()


def detector_boxes(folders: Folders, dtype: Dtype) -> Pair:
    folder = folders.seeing / "grounding_dino"
    ours = detector(folder, dtype).boxes(SAMPLES, "cup", 0.0)
    return ours, boxes_by_the_original(detector(folder, Dtype.FLOAT32), SAMPLES, "cup", 0.0)


# SAM


def segmenter(folders: Folders, dtype: Dtype) -> tuple[sam.Segmenter, original_sam.Predictor]:
    """Ours, loaded from the original's file, and the original's with the picture set."""
    model = original_sam.Sam()
    torch.save(model.state_dict(), folders.own / RELEASED_SAM)
    ours = sam.load(str(folders.own / RELEASED_SAM), Runtime("cpu", dtype))
    return ours, original_sam.Predictor(model, SAMPLES)


def sam_pixels(folders: Folders, dtype: Dtype) -> Pair:
    ours, theirs = segmenter(folders, dtype)
    return ours.pixels(SAMPLES), theirs.pixels[0].numpy()


def sam_embeddings(folders: Folders, dtype: Dtype) -> Pair:
    ours, theirs = segmenter(folders, dtype)
    return ours.embed(SAMPLES).numpy(), theirs.features.numpy()


def sam_logits(folders: Folders, dtype: Dtype) -> Pair:
    ours, theirs = segmenter(folders, dtype)
    [logits] = ours.logits(ours.embed(SAMPLES), BOXES, SIZE)
    return logits, theirs.logits(BOXES)


# CompressAI


def cheng2020(name: str, folders: Folders, _: Dtype) -> Pair:
    """The decoded picture (3, h, w) of our decoder and of the library's, with the weights of a training program's file."""
    from conformance.authoring import compressai_strings
    from reference_codec.images import compressai

    network = compressai_strings.network(name)
    path = folders.own / f"{name}.pth.tar"
    torch.save({"state_dict": {f"module.{key}": value for key, value in network.state_dict().items()}}, path)
    model = compressai.load(name, 1, "mse", path)
    strings = compressai.encode(compressai_strings.picture(), model)
    parts = [[part] for part in strings.strings]
    with torch.inference_mode():
        return tuple(each.decompress(parts, strings.shape)["x_hat"][0].numpy() for each in (model.network, network))


# Half precision beside ourselves in float32


def clip_similarities(folders: Folders, dtype: Dtype) -> Pair:
    def of(kind: Dtype) -> Array:
        maker = clip_surgery.load(str(folders.seeing / "clip"), Runtime("cpu", kind))
        return maker._similarities(maker._pixels(SAMPLES), ["coffee cup", "table"])

    return of(dtype), of(Dtype.FLOAT32)


def painted(model: str, control: str, folders: Folders, dtype: Dtype) -> Pair:
    """A picture (1, 3, 64, 64) by four steps of DDIM with guidance, seen through a ControlNet where one is named."""

    def of(kind: Dtype) -> Array:
        runtime = Runtime("cpu", kind)
        weights = origin.find(str(folders.painting / model), str(folders.painting / control) if control else None)
        diffusion = Diffusion.load(weights, runtime)
        pixels = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
        start = diffusion.encode(pixels)
        latents = diffusion.sample(
            diffusion.scheduler("ddim", 8),
            Passage(8, 5.0, 0.5),
            diffusion.prompt("a cup", "blurry", (64, 64)),
            start,
            torch.Generator().manual_seed(3),
            condition=diffusion.condition(pixels) if control else None,
        )
        return diffusion.decode(latents).numpy()

    return of(dtype), of(Dtype.FLOAT32)


def bounds(*values: float) -> Mapping[Dtype, float]:
    """Bounds for float32, float16 and bfloat16, or for the last two."""
    types = (Dtype.FLOAT32, Dtype.FLOAT16, Dtype.BFLOAT16)
    return dict(zip(types[-len(values) :], values, strict=True))


# The recipes of the released code


def of_recipe(sides: Callable[[recipes.Files], Pair], folders: Folders, _: Dtype) -> Pair:
    """A recipe over weights in the originals' layouts."""
    return sides(recipes.Files(folders.own))


def of_benchmark(profile: str, family: str, folders: Folders, _: Dtype) -> Pair:
    """A mode of CMC-Bench with a family of Stable Diffusion."""
    return recipes.cmc_picture(profile, folders.painting / family)


def of_maps(folders: Folders, dtype: Dtype) -> Pair:
    """MISC's maps, before they are pooled."""
    return recipes.similarities(
        clip_surgery.load(str(folders.seeing / "clip"), Runtime("cpu", dtype), clip_surgery.Recipe.CODE)
    )


EXACT: Mapping[Dtype, float] = {Dtype.FLOAT32: 1e-5}
OURS = "ours in float32"
#: What was seen is a third of the bounds in half precision, and less in float32.
COMPARISONS: tuple[Comparison, ...] = (
    Comparison("Grounding DINO, pixels", "load_image", detector_pixels, EXACT),
    Comparison("Grounding DINO, boxes", "get_grounding_output", detector_boxes, bounds(1e-5, 1e-5, 1e-5)),
    Comparison("SAM, pixels", "ResizeLongestSide, preprocess", sam_pixels, EXACT),
    Comparison("SAM, embeddings", "ImageEncoderViT, released file", sam_embeddings, bounds(1e-5, 3e-3, 2e-2)),
    Comparison("SAM, logits in boxes", "SamPredictor, released file", sam_logits, bounds(1e-5, 5e-3, 0.1)),
    *(
        Comparison(f"{name}, decoded", "CompressAI's decompress", partial(cheng2020, name), EXACT, "compressai")
        for name in ("cheng2020-anchor", "cheng2020-attn")
    ),
    Comparison("MISC, SwinIR", "SwinIR of DiffBIR v1, its file", partial(of_recipe, recipes.cleaned), EXACT),
    Comparison("MISC, a pass", "sr_pipe on general_full_v1.ckpt", partial(of_recipe, recipes.misc_pass), EXACT),
    Comparison("MISC, maps as released", "clip_feature_surgery", of_maps, EXACT),
    Comparison("SEDIC, last pass", "sr_pipe on v2.pth", partial(of_recipe, recipes.sedic_pass), EXACT),
    *(
        Comparison(
            f"CMC-Bench, {profile[4:]}, {family}",
            "image to image of diffusers",
            partial(of_benchmark, profile, family),
            EXACT,
        )
        for profile in ("cmc-full", "cmc-pixel", "cmc-image")
        for family in ("1.5", "xl")
    ),
    Comparison("CLIP Surgery, similarities", OURS, clip_similarities, bounds(5e-3, 3e-2)),
    *(
        Comparison(f"Stable Diffusion {model}{' with ' if control else ''}{control}", OURS, sides, bounds(3e-2, 0.2))
        for model, control in PAINTED
        for sides in [partial(painted, model, control)]
    ),
)
