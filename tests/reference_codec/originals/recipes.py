"""The recipes of the released code beside the originals, as pairs (ours, theirs) of pictures in numbers that are not cut to 8 bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from misc_format.components import Item, Maps, Stream, Text
from reference_codec.decoders import cleaning, cmc, misc, plan, sedic
from reference_codec.decoders.checkpoint import Checkpoint
from reference_codec.decoders.diffusion import Diffusion
from reference_codec.decoders.origin import find
from reference_codec.decoders.parameters import RELEASED, Edges, Filter, Framing, Parameters, Rounding, Scaling, Side
from reference_codec.decoders.scene import Scene
from reference_codec.maps.clip_surgery import ClipSurgery, similarity_as_released
from reference_codec.models.runtime import Runtime
from tests.reference_codec import tiny_diffusion
from tests.reference_codec.originals import clip_surgery, diffbir, swinir

COFFEE = Image.open(Path(__file__).parents[3] / "examples" / "coffee.png").convert("RGB")
DETAILS = ["white, with a red rim", "a silver spoon"]
OVERALL = "A cup of coffee."
WORDS = "High quality, masterpiece, clean, high-resolution, 8k"
CPU = Runtime("cpu")
#: As the originals' sizes, with 64 for their 1,024 and 512.
DIFFBIR_64 = Framing((Scaling(Side.SHORT, 64, None, Rounding.UP),), Edges.BLACK, Filter.BICUBIC)

Array = np.ndarray[Any, Any]
Pair = tuple[Array, Array]


class Files:
    """Tiny weights in files of the originals' layouts.

    `folder`: Stable Diffusion, which predicts noise as 2.1-base does. `v2`: a control alone. `small`: SwinIR alone. `full`: both and more,
    as in DiffBIR v1. `control`, `cleaner`: their weights.
    """

    def __init__(self, root: Path) -> None:
        self.folder = tiny_diffusion.pipeline(root / "base", "1.5")
        self.control = tiny_diffusion.latent_control(root / "v2.pth", "1.5")
        self.cleaner = swinir.weights()
        (root / "swinir").mkdir(exist_ok=True)
        self.v2, self.full = root / "v2.pth", root / "general_full_v1.ckpt"
        self.small = root / "swinir" / "general_swinir_v1.ckpt"
        torch.save({"state_dict": self.cleaner}, self.small)
        control = torch.load(self.v2, weights_only=True)["state_dict"]
        whole = {f"control_model.{name.removeprefix('module.')}": value for name, value in control.items()}
        whole |= {f"preprocess_model.{name}": value for name, value in self.cleaner.items()}
        whole |= {"betas": torch.zeros(3), "cond_encoder.encoder.conv_in.weight": torch.zeros(2, 2)}
        torch.save({"state_dict": whole, "epoch": 7}, self.full)

    def networks(self, *, cleans: bool) -> diffbir.Networks:
        """The originals' networks."""
        return diffbir.Networks(self.folder, self.control, self.cleaner if cleans else None, seed=0)

    def model(self, *, cleans: bool) -> Diffusion:
        """Ours."""
        return Diffusion.load(find(str(self.folder), str(self.full if cleans else self.v2), cleans=cleans), CPU)


def samples(width: int, height: int) -> Array:
    """The photo of the examples, scaled."""
    return np.asarray(COFFEE.resize((width, height)))


def described(width: int, height: int, profile: str) -> Stream:
    """A stream of two items with maps of 8 x 8 cells."""
    grids = (np.eye(8, dtype=np.bool_), np.tri(8, dtype=np.bool_))
    text = Text(OVERALL, tuple(Item(name, detail) for name, detail in zip(("cup", "spoon"), DETAILS, strict=True)))
    return Stream(width, height, profile, text=text, maps=Maps(grids))


def released(stream: Stream, decoder: str, **changes: Any) -> Parameters:
    """The parameters of the released code for a stream."""
    return plan.plan(stream, decoder, as_released=True)._replace(**changes)


def cleaned(files: Files) -> Pair:
    """SwinIR."""
    pixels = torch.rand(1, 3, 96, 64, generator=torch.Generator().manual_seed(5))
    with torch.no_grad():
        ours = cleaning.load_cleaner(Checkpoint.read(files.small))(pixels)
        return ours.numpy(), swinir.clean(files.cleaner, pixels).numpy()


def misc_pass(files: Files) -> Pair:
    """The pass of MISC over the whole picture: sizes, SwinIR, condition, sampler, colour fix, clamp; with the padding."""
    stream = Stream(50, 40, "misc-3", text=Text(OVERALL))
    row = released(stream, "misc", framing=DIFFBIR_64, steps=4)
    ours = misc.paint(Scene(stream, samples(50, 40), row, files.model(cleans=True)))
    nets = files.networks(cleans=True)
    with torch.no_grad():
        pixels = diffbir.tensor(diffbir.padded(diffbir.enlarged(samples(50, 40), 64)))
        control = swinir.clean(files.cleaner, pixels)
        condition = nets.mode(control * 2 - 1)
        texts = (OVERALL, "Blurry, Low Quality")
        painted = nets.decode(diffbir.spaced(nets, 4, nets.randn(condition), condition, texts, 7.0))
        theirs = diffbir.wavelet(painted)[0] + diffbir.wavelet(control)[1]
    return ours.numpy(), theirs.clamp(0, 1).numpy()


def sedic_pass(files: Files) -> Pair:
    """The last pass of SEDIC: conditioned on the reference, from the noised low frequencies."""
    stream = Stream(64, 64, "sedic", text=Text(OVERALL))
    row = released(stream, "sedic", framing=DIFFBIR_64, steps=4)
    ours = sedic.paint(Scene(stream, samples(64, 64), row, files.model(cleans=False)))
    nets = files.networks(cleans=False)
    with torch.no_grad():
        theirs = diffbir.sedic_last(nets, samples(64, 64), samples(64, 64), OVERALL, 4)
    return ours.numpy(), theirs.clamp(0, 1).numpy()


def cmc_picture(profile: str, folder: Path) -> Pair:
    """A mode of CMC-Bench, by the pipeline that the script calls, with the library's defaults."""
    from diffusers import AutoPipelineForImage2Image

    stream = Stream(90, 61, profile, text=None if profile == "cmc-image" else Text(OVERALL))
    framing = RELEASED[profile]["framing"]._replace(scalings=(Scaling(Side.LONG, 128, 128),))
    row = released(stream, "cmc", framing=framing, steps=5)
    model = Diffusion.load(find(str(folder)), CPU)
    ours = cmc.paint(Scene(stream, samples(90, 61), row, model))
    pipe = AutoPipelineForImage2Image.from_pipe(model.pipeline)
    pipe.set_progress_bar_config(disable=True)
    size = tuple(int(np.round(side / 90 * 128)) for side in (90, 61))
    theirs = pipe(
        OVERALL if stream.text else WORDS,
        image=Image.fromarray(samples(90, 61)).resize(size),
        num_inference_steps=5,
        strength={"cmc-full": 0.5, "cmc-pixel": 0.8, "cmc-image": 0.5}[profile],
        generator=torch.Generator().manual_seed(0),
        output_type="pt",
    ).images
    return ours.numpy(), theirs.numpy()


def similarities(maker: ClipSurgery) -> Pair:
    """MISC's similarities of names and cells, each stretched to the range from 0 to 1."""
    tokens, names, empty = (
        maker._tokens(maker._pixels(samples(90, 60))),
        maker._names(["coffee cup", "table"]),
        maker._name(""),
    )
    ours = similarity_as_released(tokens, names, empty)
    low, high = ours.min(axis=1, keepdims=True), ours.max(axis=1, keepdims=True)
    side = round(ours.shape[1] ** 0.5)
    whole = torch.from_numpy(np.vstack([tokens.class_token, tokens.cells])).float()
    theirs = clip_surgery.similarities(
        whole, torch.from_numpy(names).float(), torch.from_numpy(empty).float(), side, side
    )
    return ((ours - low) / (high - low)).reshape(-1, side, side), theirs.permute(2, 0, 1).numpy()
