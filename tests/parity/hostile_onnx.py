"""ONNX files that claim, or would make, far more than they hold."""
from __future__ import annotations

from pathlib import Path
from typing import Callable, Dict, List, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Nodes = Sequence[onnx.NodeProto]


def constant(name: str, values: object, dtype: type = np.int64) -> TensorProto:
    """An initialiser."""
    return numpy_helper.from_array(np.array(values, dtype), name)


def write(path: Path, nodes: Nodes, constants: Sequence[TensorProto], shape: Sequence[int] = (1, 1, 4, 4)) -> Path:
    """A model that reads x and ends in y, unchecked."""
    graph = helper.make_graph(list(nodes), "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], list(constants))
    path.write_bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]).SerializeToString())
    return path


def weight(path: Path, **claims: object) -> Path:
    """x + w, where w is stored as a tensor of one number that claims something else."""
    w = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=claims.get("dims", [1]))
    w.raw_data = claims.get("raw", bytes(4))
    if "external" in claims:
        w.ClearField("raw_data")
        w.data_location = TensorProto.EXTERNAL
        for key, value in claims["external"].items():
            w.external_data.add(key=key, value=str(value))
        path.with_name("weights.bin").write_bytes(bytes(64))
    return write(path, [helper.make_node("Add", ["x", "w"], ["y"])], [w])


def made(path: Path, operator: str, inputs: Sequence[TensorProto], **attributes: object) -> Path:
    """A constant that one node makes is added to x."""
    node = helper.make_node(operator, [value.name for value in inputs], ["w"], name="maker", **attributes)
    return write(path, [node, helper.make_node("Add", ["x", "w"], ["y"])], inputs)


def grown(path: Path, operator: str, inputs: Sequence[TensorProto], **attributes: object) -> Path:
    """One node makes x larger; `inputs` follow x, a nameless one stands for none."""
    names = ["x", *(value.name for value in inputs)]
    return write(path, [helper.make_node(operator, names, ["y"], name="grower", **attributes)],
                 [value for value in inputs if value.name])


def doubled(path: Path, times: int) -> Path:
    """A constant that is joined to itself again and again."""
    nodes = [helper.make_node("Concat", [f"c{i}"] * 2, [f"c{i + 1}"], axis=0) for i in range(times)]
    return write(path, [*nodes, helper.make_node("Add", ["x", f"c{times}"], ["y"])],
                 [constant("c0", [[1.0]] * 256, np.float32)])


def nested(path: Path, depth: int) -> Path:
    """An If in an If in an If ..., by its bytes: the library that writes protobuf would not nest so deep."""
    def field(number: int, content: bytes) -> bytes:
        size, length = len(content), b""
        while size > 127:
            length, size = length + bytes([size & 127 | 128]), size >> 7
        return bytes([number << 3 | 2]) + length + bytes([size]) + content

    node = field(4, b"Relu")
    for _ in range(depth):
        attribute = field(1, b"then_branch") + field(6, field(1, node)) + b"\xa0\x01\x05"
        node = field(4, b"If") + field(5, attribute)
    path.write_bytes(b"\x08\x07" + field(7, field(1, node)))
    return path


def in_a_circle(path: Path) -> Path:
    """Two nodes that wait for each other."""
    return write(path, [helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Add", ["x", "a"], ["b"]),
                        helper.make_node("Relu", ["b"], ["y"])], [])


def shared_outside(path: Path, tensors: int) -> Path:
    """Many tensors that are all the same 4 MB outside the file."""
    path.with_name("weights.bin").write_bytes(bytes(4 << 20))
    nodes: List[onnx.NodeProto] = []
    stored = []
    for i in range(tensors):
        w = TensorProto(name=f"w{i}", data_type=TensorProto.FLOAT, dims=[1 << 20], data_location=TensorProto.EXTERNAL)
        w.external_data.add(key="location", value="weights.bin")
        stored.append(w)
        nodes.append(helper.make_node("Add", [f"v{i - 1}" if i else "x", f"w{i}"], [f"v{i}" if i + 1 < tensors else "y"]))
    return write(path, nodes, stored, (1, 1, 1, 1))


def sizes(*values: int) -> TensorProto:
    """A list of sizes as an initialiser."""
    return constant("s", values)


NONE = TensorProto(name="")

#: Refused by whoever opens them.
FILES: Dict[str, Callable[[Path], Path]] = {
    "dimension of 2^63 - 1": lambda p: weight(p, dims=[(1 << 63) - 1]),
    "negative dimension": lambda p: weight(p, dims=[-1]),
    "product beyond 64 bits": lambda p: weight(p, dims=[1 << 32, 1 << 32]),
    "product that wraps to 1": lambda p: weight(p, dims=[(1 << 62) + 1, 4, 1]),
    "fewer bytes than numbers": lambda p: weight(p, dims=[2]),
    "rank of 1000": lambda p: weight(p, dims=[1] * 1000),
    "external data beyond its file": lambda p: weight(p, dims=[32], external={"location": "weights.bin"}),
    "external data at 2^63": lambda p: weight(p, external={"location": "weights.bin", "offset": 1 << 63}),
    "external data at 2^64": lambda p: weight(p, external={"location": "weights.bin", "offset": 1 << 64}),
    "external data at -4": lambda p: weight(p, external={"location": "weights.bin", "offset": -4}),
    "external data of 2^62 bytes": lambda p: weight(p, external={"location": "weights.bin", "length": 1 << 62}),
    "external data of 2^60 numbers": lambda p: weight(p, dims=[1 << 60], external={"location": "weights.bin"}),
    "external data above the folder": lambda p: weight(p, external={"location": "../weights.bin"}),
    "external data anywhere": lambda p: weight(p, external={"location": "/dev/zero"}),
    "external data many times over": lambda p: shared_outside(p, 300),
    "nested 500 deep": lambda p: nested(p, 500),
    "nodes in a circle": in_a_circle,
    "ConstantOfShape": lambda p: made(p, "ConstantOfShape", [sizes(1 << 14, 1 << 14)]),
    "ConstantOfShape of 2^62": lambda p: made(p, "ConstantOfShape", [sizes(1 << 31, 1 << 31)]),
    "ConstantOfShape of -1": lambda p: made(p, "ConstantOfShape", [sizes(-1, 4)]),
    "Range": lambda p: made(p, "Range", [constant("a", 0.0, np.float32), constant("b", 3e8, np.float32),
                                         constant("c", 1.0, np.float32)]),
    "Range without end": lambda p: made(p, "Range", [constant("a", 0), constant("b", (1 << 63) - 1), constant("c", 1)]),
    "Expand of a constant": lambda p: made(p, "Expand", [constant("v", [1.0], np.float32), sizes(1 << 28)]),
    "Tile of a constant": lambda p: made(p, "Tile", [constant("v", [1.0], np.float32), sizes(1 << 28)]),
    "Pad of a constant": lambda p: made(p, "Pad", [constant("v", [1.0], np.float32), sizes(0, 1 << 28)]),
    "a constant doubled": lambda p: doubled(p, 22),
    "a constant doubled 60 times": lambda p: doubled(p, 60),
}

#: Sound as such: who runs them must have the memory, 7.5 GB for the result alone.
LARGE: Dict[str, Callable[[Path], Path]] = {
    "Resize": lambda p: grown(p, "Resize", [NONE, NONE, sizes(1, 1, 44000, 44000)], mode="nearest"),
    "Resize by scale": lambda p: grown(p, "Resize", [NONE, constant("k", [1, 1, 11000, 11000], np.float32)],
                                       mode="nearest"),
    "Expand": lambda p: write(p, [helper.make_node("Expand", ["x", "s"], ["y"])], [sizes(11000, 11000, 4, 4)]),
    "Pad": lambda p: grown(p, "Pad", [sizes(0, 0, 0, 0, 0, 0, 44000, 44000)]),
}
