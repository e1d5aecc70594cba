"""A trained codec to what ships: the weights, the graphs, and the integer model of the entropy path."""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from safetensors.torch import save_file

from misc_format.files import replacing
from misc_format.latentmodel.model import QUALITIES, Model
from reference_codec.latents.networks import Codec
from reference_codec.training.latents.graphs import all_graphs
from reference_codec.training.latents.quantise import quantise

NAME = "latents-1"
TRANSFORMS = ("analysis", "hyper_analysis", "synthesis")


def write_transforms(codec: Codec, folder: Path) -> None:
    """NAME.safetensors, in half precision, and a graph for each transform beside it."""
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


def integer_model(codec: Codec) -> Model:
    """The entropy path in integers, its tables not yet those of what was seen."""
    weights = {name: values.detach().double().numpy() for name, values in codec.state_dict().items()}
    with torch.no_grad():
        means, scales = codec.hyper_prior(torch.arange(QUALITIES) / (QUALITIES - 1))
    prior = {"hyper_means": means[:, :, 0, 0].double().numpy(), "hyper_scales": scales[:, :, 0, 0].double().numpy()}
    return quantise({**weights, **prior})
