"""Export a trained codec: the weights, the graphs, and the integer entropy model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from PIL import Image
from safetensors.torch import save_file

from misc_format.coders.image.latentmodel.model import QUALITIES, Model
from misc_format.system.files import replacing
from reference_codec.images.latents.networks import Networks
from reference_codec.images.latents.transforms import NAME, Transforms, Wide
from reference_codec.training.latents.graphs import all_graphs
from reference_codec.training.latents.quantise import calibrate, quantise

MAX_SIDE = 768  # of the photos that the tables are counted on
TRANSFORMS = ("analysis", "hyper_analysis", "synthesis")


def write_transforms(codec: Networks, folder: Path) -> None:
    """Write NAME.safetensors, in half precision, and one graph per transform beside it."""
    tensors = {
        name: values.half().contiguous()
        for name, values in codec.state_dict().items()
        if name.split(".")[0] in (*TRANSFORMS, "gains", "inverse_gains")
    }
    path = folder / f"{NAME}.safetensors"
    with replacing(path) as temporary:
        save_file(tensors, temporary, {"format": "pt"})
    for name, model in all_graphs(codec, path):
        graph = folder / f"{NAME}-{name}.onnx"
        with replacing(graph) as temporary:
            temporary.write_bytes(model.SerializeToString())
        onnx.checker.check_model(str(graph), full_check=True)


def integer_model(codec: Networks) -> Model:
    """The entropy model in integers, with the tables of the logistic distribution."""
    weights = {name: values.detach().double().numpy() for name, values in codec.state_dict().items()}
    with torch.no_grad():
        means, scales = codec.hyper_prior(torch.arange(QUALITIES) / (QUALITIES - 1))
    prior = {"hyper_means": means[:, :, 0, 0].double().numpy(), "hyper_scales": scales[:, :, 0, 0].double().numpy()}
    return quantise({**weights, **prior})


def write(codec: Networks, pictures: Iterable[Image.Image], folder: Path) -> Model:
    """Write the transforms, and the integer model with tables counted on the pictures. Returns the model."""
    write_transforms(codec, folder)
    model = calibrate(integer_model(codec), _analyse(Transforms(folder), pictures))
    with replacing(folder / f"{NAME}.bin") as temporary:
        temporary.write_bytes(Model.build(model.sizes, model.arrays))
    return model


def _analyse(transforms: Transforms, pictures: Iterable[Image.Image]) -> Iterator[tuple[int, Wide, Wide]]:
    """Quality, scaled latents and hyper-latents of each picture. All qualities are equally frequent."""
    for index, picture in enumerate(pictures):
        small = picture.copy()
        small.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
        quality = 37 * index % QUALITIES
        yield quality, *transforms.scaled(transforms.analyse(np.asarray(small)), quality)
