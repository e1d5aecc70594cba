"""The transforms as ONNX graphs whose weights are in a safetensors file, so torch and onnxruntime use the same copy.

A safetensors file is a length, a JSON header and the bytes of the tensors. An ONNX initialiser may name a file, an offset and a length.
So a graph has a few kilobytes that refer to the weights. These have half precision, and the graphs convert them to single precision.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import onnx
from onnx import TensorProto, helper
from torch import nn

from reference_codec.images.latents.networks import REDUCTION, Residual

OPSET = 17
IR_VERSION = 8


class Graph:
    """A graph under construction: a chain of nodes with one value at its end."""

    def __init__(self, inputs: tuple[str, ...], locations: dict[str, tuple[list[int], int, int]], weights: str) -> None:
        self._inputs = inputs
        self._locations = locations
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._initialisers: dict[str, onnx.TensorProto] = {}
        self.value = inputs[0]

    def node(self, kind: str, inputs: list[str] | None = None, **attributes: object) -> str:
        """Append a node, and return the name of its output. The output becomes the value if the value is an input."""
        name = f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs or [self.value], [name], **attributes))
        if inputs is None or self.value in inputs:
            self.value = name
        return name

    def constant(self, values: float) -> str:
        """Add a scalar, and return its name."""
        name = f"c{values}"
        self._initialisers[name] = helper.make_tensor(name, TensorProto.FLOAT, [], [values])
        return name

    def enlarge(self, factor: int) -> str:
        """Append the bicubic interpolation of torch."""
        name = f"x{factor}"
        self._initialisers[name] = helper.make_tensor(name, TensorProto.FLOAT, [4], [1, 1, factor, factor])
        return self.node("Resize", [self.value, "", name], mode="cubic", cubic_coeff_a=-0.75)

    def weight(self, name: str) -> str:
        """Add a tensor of the weights file, in single precision, and return its name."""
        sizes, offset, length = self._locations[name]
        tensor = TensorProto(name=name, dims=sizes, data_type=TensorProto.FLOAT16, data_location=TensorProto.EXTERNAL)
        for key, value in (("location", self._weights), ("offset", offset), ("length", length)):
            tensor.external_data.add(key=key, value=str(value))
        self._initialisers[name] = tensor
        return self.node("Cast", [name], to=TensorProto.FLOAT)

    def model(self, output: str) -> onnx.ModelProto:
        """The complete graph, with one output."""
        self._nodes[-1].output[0] = output
        ends = [
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, None, None, None]) for name in names]
            for names in (self._inputs, (output,))
        ]
        graph = helper.make_graph(self._nodes, output, *ends, list(self._initialisers.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        return model


def locations(weights: Path) -> dict[str, tuple[list[int], int, int]]:
    """Shape, offset and length of each tensor of a safetensors file."""
    with weights.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
    return {
        name: (entry["shape"], 8 + size + entry["data_offsets"][0], entry["data_offsets"][1] - entry["data_offsets"][0])
        for name, entry in header.items()
        if name != "__metadata__"
    }


def append(graph: Graph, layers: nn.Module, path: str) -> None:
    """Append the nodes of a chain of layers. `path`: its name in the weights."""
    for name, layer in layers.named_children():
        layer_path = f"{path}.{name}"
        match layer:
            case nn.Conv2d():
                _convolution(graph, layer, layer_path)
            case nn.SiLU():
                _silu(graph)
            case nn.PixelShuffle():
                graph.node("DepthToSpace", blocksize=layer.upscale_factor, mode="CRD")
            case Residual():
                before = graph.value
                _convolution(graph, layer.first, f"{layer_path}.first")
                _silu(graph)
                _convolution(graph, layer.second, f"{layer_path}.second")
                graph.node("Add", [before, graph.value])
            case _:
                raise ValueError(f"{layer_path} is a {type(layer).__name__}, for which there is no node")


def _convolution(graph: Graph, layer: nn.Conv2d, path: str) -> None:
    weights = [graph.weight(f"{path}.{part}") for part in ("weight", "bias")]
    graph.node(
        "Conv", [graph.value, *weights], kernel_shape=layer.kernel_size, strides=layer.stride, pads=[*layer.padding] * 2
    )


def _silu(graph: Graph) -> None:
    before = graph.value
    graph.node("Mul", [before, graph.node("Sigmoid")])


def all_graphs(codec: nn.Module, weights: Path) -> Iterator[tuple[str, onnx.ModelProto]]:
    """Name and graph of analysis, hyper-analysis and synthesis."""
    tensors = locations(weights)
    analysis = Graph(("patches",), tensors, weights.name)
    analysis.node("Sub", [analysis.value, analysis.constant(0.5)])
    patches = analysis.value
    append(analysis, codec.analysis.linear, "analysis.linear")
    linear, analysis.value = analysis.value, patches
    append(analysis, codec.analysis.layers, "analysis.layers")
    analysis.node("Add", [linear, analysis.value])
    yield "analysis", analysis.model("latents")
    hyper = Graph(("scaled",), tensors, weights.name)
    append(hyper, codec.hyper_analysis.layers, "hyper_analysis.layers")
    yield "hyper", hyper.model("hyper_latents")
    synthesis = Graph(("latents", "quality"), tensors, weights.name)
    append(synthesis, codec.synthesis.linear, "synthesis.linear")
    linear = synthesis.value
    synthesis.value = synthesis.node("Concat", ["latents", "quality"], axis=1)
    append(synthesis, codec.synthesis.layers, "synthesis.layers")
    features = synthesis.value
    append(synthesis, codec.synthesis.reduced, "synthesis.reduced")
    synthesis.node("Add", [linear, synthesis.value])
    enlarged = synthesis.enlarge(REDUCTION)
    synthesis.value = features
    append(synthesis, codec.synthesis.full, "synthesis.full")
    synthesis.node("Add", [enlarged, synthesis.value])
    synthesis.node("Add", [synthesis.value, synthesis.constant(0.5)])
    yield "synthesis", synthesis.model("picture")
