"""Write the forked encoder as an ONNX graph of fused operators, and quantise it to int8.

The graph is built node by node: onnxruntime's fused `Attention` and `BiasGelu` are used directly.
Its `SkipLayerNormalization` is avoided, for on CPUs it is three times slower than the sum and the
norm that it replaces; `Sum` instead of `Add` keeps onnxruntime from fusing them after all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from models.training.trunk import EPSILON, HEADS, LAYERS, SHARED, WIDTH

Floats = NDArray[np.float32]
Weights = Mapping[str, Floats]
FUSED = "com.microsoft"
OUTPUTS = ("vec", "task")


class Graph:
    """Collects nodes and weights; methods return the name of the tensor that they add."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def weight(self, name: str, value: NDArray[Any]) -> str:
        """Add a constant."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(
        self, kind: str, inputs: Sequence[str], name: str, domain: str = "", **how: Any
    ) -> str:
        """Add an operator with one output, called like itself."""
        made = helper.make_node(kind, list(inputs), [name], name=name, domain=domain, **how)
        self.nodes.append(made)
        return name

    def linear(self, x: str, weights: Weights, part: str, name: str, *, bias: bool = True) -> str:
        """Add a product with the transposed weight, and its bias."""
        product = self.node(
            "MatMul",
            [x, self.weight(f"{name}.weight", weights[f"{part}.weight"].T)],
            f"{name}.product",
        )
        if not bias:
            return product
        return self.node(
            "Add", [product, self.weight(f"{name}.bias", weights[f"{part}.bias"])], name
        )

    def norm(self, inputs: Sequence[str], weights: Weights, part: str, name: str) -> str:
        """Add the norm of a sum."""
        summed = self.node("Sum", inputs, f"{name}.sum")
        scale = self.weight(f"{name}.scale", weights[f"{part}.weight"])
        shift = self.weight(f"{name}.shift", weights[f"{part}.bias"])
        inputs = [summed, scale, shift]
        return self.node("LayerNormalization", inputs, name, axis=-1, epsilon=EPSILON)

    def layer(self, x: str, mask: str, weights: Weights, part: str, name: str) -> str:
        """Add one layer of the trunk."""
        qkv = [
            self.weight(f"{name}.qkv.weight", weights[f"{part}.qkv.weight"].T),
            self.weight(f"{name}.qkv.bias", weights[f"{part}.qkv.bias"]),
        ]
        seen = self.node("Attention", [x, *qkv, mask], f"{name}.seen", FUSED, num_heads=HEADS)
        seen = self.linear(seen, weights, f"{part}.attended", f"{name}.attended")
        x = self.norm([x, seen], weights, f"{part}.norm_1", f"{name}.norm_1")
        wide = self.linear(x, weights, f"{part}.wide", f"{name}.wide", bias=False)
        shift = self.weight(f"{name}.wide.bias", weights[f"{part}.wide.bias"])
        wide = self.node("BiasGelu", [wide, shift], f"{name}.gelu", FUSED)
        narrow = self.linear(wide, weights, f"{part}.narrow", f"{name}.narrow")
        return self.norm([x, narrow], weights, f"{part}.norm_2", f"{name}.norm_2")


def write(
    path: Path, original: Weights, tuned: Weights, heads: Mapping[str, tuple[Floats, Floats]]
) -> None:
    """Write the int8 graph.

    Inputs are `input_ids` and `attention_mask` (texts x tokens, int64). Outputs are the unit
    vector `vec` of the original trunk, the unit vector `task` of the tuned one, and per head its
    probabilities. `heads` hold weight (classes x width) and bias, and read the mean that `task`
    is made of.
    """
    graph = Graph()
    hidden = _embedded(graph, original)
    mask = graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    for number in range(SHARED):
        hidden = graph.layer(hidden, mask, original, f"layers.{number}", f"shared.{number}")
    pooled = {}
    for output, weights in zip(OUTPUTS, (original, tuned), strict=True):
        branch = hidden
        for number in range(SHARED, LAYERS):
            branch = graph.layer(branch, mask, weights, f"layers.{number}", f"{output}.{number}")
        pooled[output] = _mean(graph, branch, f"{output}.mean")
        graph.node("LpNormalization", [pooled[output]], output, axis=1, p=2)
    for name, (weight, bias) in heads.items():
        parts = [graph.weight(f"{name}.weight", weight.T), graph.weight(f"{name}.bias", bias)]
        logits = graph.node("Gemm", [pooled["task"], *parts], f"{name}.logits")
        graph.node("Softmax", [logits], name, axis=-1)
    sizes = dict.fromkeys(OUTPUTS, WIDTH) | {name: len(bias) for name, (_, bias) in heads.items()}
    _quantised(_model(graph, sizes), path)


def _embedded(graph: Graph, weights: Weights) -> str:
    words = graph.weight("words", weights["words.weight"])
    places = graph.weight("places", weights["positions.weight"])
    first = graph.weight("first", np.array([0], np.int64))
    said = graph.node("Gather", [words, "input_ids"], "said")
    length = graph.node("Shape", ["input_ids"], "length", start=1, end=2)
    place = graph.node("Slice", [places, first, length, first], "place")
    place = graph.node("Unsqueeze", [place, first], "place.one")
    return graph.norm([said, place], weights, "norm", "embedded")


def _mean(graph: Graph, hidden: str, name: str) -> str:
    """Average over the tokens that are no padding."""
    if not any(node.name == "share" for node in graph.nodes):
        second = graph.weight("second", np.array([1], np.int64))
        ones = graph.node("Cast", ["attention_mask"], "ones", to=TensorProto.FLOAT)
        total = graph.node("ReduceSum", [ones, second], "total", keepdims=1)
        graph.node("Unsqueeze", [graph.node("Div", [ones, total], "part"), second], "share")
    together = graph.node("MatMul", ["share", hidden], f"{name}.rows")
    return graph.node("Squeeze", [together, "second"], name)


def _model(graph: Graph, sizes: Mapping[str, int]) -> Any:
    shape = ["texts", "tokens"]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, shape)
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["texts", size])
        for name, size in sizes.items()
    ]
    body = helper.make_graph(graph.nodes, "utterance_encoder", inputs, outputs, graph.weights)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(FUSED, 1)]
    return helper.make_model(body, opset_imports=opsets, ir_version=9)


def _quantised(model: Any, path: Path) -> None:
    whole = path.with_suffix(".fp32.onnx")
    onnx.save(model, str(whole))
    quantize_dynamic(
        whole,
        path,
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul", "Attention", "Gather"],
        extra_options={"DefaultTensorType": TensorProto.FLOAT},
    )
    whole.unlink()
