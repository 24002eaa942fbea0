"""ONNX graphs as users have them: detectors beside the family's networks, exported by PyTorch at every opset, simplified
by onnxsim, converted to float16, optimised by ONNX Runtime, with external data; against ONNX Runtime and PyTorch.

Files of today's PyTorch, traced and dynamo, lie in tests/fixtures/onnx: the detectors' are run here, the family's own by
test_onnx.py.
"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence, Tuple

import numpy as np
import onnx
import onnxruntime
import onnxsim
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxconverter_common import float16
from torch import nn

import checkpoints
import detectors
from program import BAD_INPUT, viseme, viseme_ok

OPSETS = (11, 12, 13, 14, 15, 16, 17)


def infer(path: Path, inputs: Sequence[np.ndarray], outputs: int, folder: Path) -> List[np.ndarray]:
    """`viseme infer` on arrays, in the given order."""
    arguments: List[object] = []
    for i, array in enumerate(inputs):
        np.save(folder / f"in{i}.npy", array)
        arguments += ["--input", folder / f"in{i}.npy"]
    for i in range(outputs):
        arguments += ["-o", folder / f"out{i}.npy"]
    viseme_ok("infer", "--model", path, *arguments)
    return [np.load(folder / f"out{i}.npy") for i in range(outputs)]


def session(path: Path, level: Any = None, saved: "Path | None" = None) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.log_severity_level = 3                          # errors only
    if level is not None:
        options.graph_optimization_level = level
    if saved:
        options.optimized_model_filepath = str(saved)
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def picture(name: str, batch: int = 1, size: "Tuple[int, int] | None" = None, seed: int = 3) -> np.ndarray:
    height, width = size or detectors.ALL[name][1]
    return np.random.RandomState(seed).rand(batch, 3, height, width).astype(np.float32)


def export(name: str, path: Path, opset: int = 13, dynamic: Sequence[int] = (), **options: Any) -> nn.Module:
    """Exports a detector; `dynamic` are the axes of its picture whose size is left open. Returns the network."""
    network = detectors.build(name)
    axes: Dict[str, Dict[int, str]] = {"picture": {axis: f"size{axis}" for axis in dynamic}} if dynamic else {}
    torch.onnx.export(network, (torch.from_numpy(picture(name)),), str(path), opset_version=opset,
                      input_names=["picture"], dynamic_axes=axes, **options)
    return network


def answers(network: nn.Module, inputs: np.ndarray) -> Tuple[List[np.ndarray], List[np.ndarray]]:
    """What PyTorch makes of a picture in float32 and in float64."""
    with torch.no_grad():
        single = network(torch.from_numpy(inputs))
        double = network.double()(torch.from_numpy(inputs).double())
    network.float()
    if not isinstance(single, tuple):
        single, double = (single,), (double,)
    return [each.numpy() for each in single], [each.numpy() for each in double]


def check(network: nn.Module, path: Path, inputs: np.ndarray, folder: Path) -> None:
    """viseme no further from float64 than three times what PyTorch and ONNX Runtime are, or a float's last places."""
    single, double = answers(network, inputs)
    peer = session(path).run(None, {"picture": inputs})
    results = infer(path, [inputs], len(double), folder)
    for mine, torchs, other, exact in zip(results, single, peer, double):
        assert mine.shape == exact.shape == other.shape
        own = max(np.abs(torchs - exact).max(), np.abs(other - exact).max())
        assert np.abs(mine - exact).max() <= max(3 * own, 1e-6 * max(1, np.abs(exact).max()))
        assert exact.std() > 1e-3                           # an answer, not a constant


def operators(path: Path) -> "set[str]":
    return {node.op_type for node in onnx.load(str(path), load_external_data=False).graph.node}


# --- exported -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("opset", OPSETS)
@pytest.mark.parametrize("name", detectors.ALL)
def test_opsets(name: str, opset: int, tmp_path: Path) -> None:
    check(export(name, tmp_path / "model.onnx", opset), tmp_path / "model.onnx", picture(name), tmp_path)


@pytest.mark.parametrize("opset", (11, 13, 17))
@pytest.mark.parametrize("name", detectors.ALL)
def test_dynamic_batch(name: str, opset: int, tmp_path: Path) -> None:
    network = export(name, tmp_path / "model.onnx", opset, dynamic=(0,))
    for batch in (1, 3):
        check(network, tmp_path / "model.onnx", picture(name, batch), tmp_path)


@pytest.mark.parametrize("name", ("anchor free", "anchor based", "grid"))
def test_dynamic_sizes(name: str, tmp_path: Path) -> None:
    """Shape arithmetic is left in the graph, and gone once the picture's size is known."""
    network = export(name, tmp_path / "model.onnx", dynamic=(0, 2, 3))
    assert "Shape" in operators(tmp_path / "model.onnx")
    for size in ((32, 64), (96, 64)):
        check(network, tmp_path / "model.onnx", picture(name, 2, size), tmp_path)


@pytest.mark.parametrize("options", ({"do_constant_folding": False}, {"keep_initializers_as_inputs": True},
                                     {"training": torch.onnx.TrainingMode.PRESERVE}), ids=lambda each: next(iter(each)))
@pytest.mark.parametrize("name", detectors.ALL)
def test_export_options(name: str, options: Dict[str, Any], tmp_path: Path) -> None:
    network = export(name, tmp_path / "model.onnx", dynamic=(0,), **options)
    check(network, tmp_path / "model.onnx", picture(name), tmp_path)


@pytest.mark.parametrize("name", detectors.ALL)
def test_external_data(name: str, tmp_path: Path) -> None:
    network = export(name, tmp_path / "plain.onnx", 17)
    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / "model.onnx"
    onnx.save_model(onnx.load(str(tmp_path / "plain.onnx")), str(path), save_as_external_data=True,
                    location="model.onnx.data", size_threshold=64)
    assert (tmp_path / "out" / "model.onnx.data").stat().st_size > 1000
    check(network, path, picture(name), tmp_path)


@pytest.mark.parametrize("kind", ("traced.fixed", "traced.dynamic", "dynamo.fixed", "dynamo.dynamic"))
@pytest.mark.parametrize("name", detectors.ALL)
def test_current_exporters(name: str, kind: str, fixtures: Path, tmp_path: Path) -> None:
    """PyTorch's answer is stored beside the file; ONNX Runtime runs it here and now."""
    stem = fixtures / "onnx" / f"detector_{name.replace(' ', '_')}"
    path, stored = Path(f"{stem}.{kind}.onnx"), np.load(f"{stem}.npz")
    inputs = stored["picture"].astype(np.float32) / 255
    parts = [inputs] if kind.endswith("dynamic") else [inputs[:1], inputs[1:]]
    outputs = len(stored["own"])
    runs = [infer(path, [part], outputs, tmp_path) for part in parts]
    peers = [session(path).run(None, {"picture": part}) for part in parts]
    for i, own in enumerate(stored["own"]):
        expected, result = stored[f"output{i}"], np.concatenate([run[i] for run in runs])
        peer = np.concatenate([run[i] for run in peers])
        limit = max(4 * own, np.abs(peer - expected).max(), 2e-6 * max(1, np.abs(expected).max()))
        assert result.shape == expected.shape and np.abs(result - expected).max() <= limit


# --- rewritten by other tools ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", detectors.ALL)
def test_simplified(name: str, tmp_path: Path) -> None:
    network = export(name, tmp_path / "plain.onnx", dynamic=(0,))
    model, fine = onnxsim.simplify(onnx.load(str(tmp_path / "plain.onnx")))
    assert fine
    onnx.save(model, str(tmp_path / "model.onnx"))
    check(network, tmp_path / "model.onnx", picture(name, 2), tmp_path)


def rounded(network: nn.Module) -> nn.Module:
    """With weights that are float16 numbers, as a converter leaves them."""
    with torch.no_grad():
        for value in network.state_dict().values():
            if value.is_floating_point():
                value.copy_(value.half().float())
    return network


@pytest.mark.parametrize("kept", (True, False), ids=("inputs float32", "all float16"))
@pytest.mark.parametrize("name", ("anchor free", "landmarks"))
def test_float16(name: str, kept: bool, tmp_path: Path) -> None:
    """Weights of float16 are computed with in float32: the answer is that of the rounded weights, to float32."""
    network = rounded(export(name, tmp_path / "plain.onnx", training=torch.onnx.TrainingMode.PRESERVE,
                             do_constant_folding=False))
    model = float16.convert_float_to_float16(onnx.load(str(tmp_path / "plain.onnx")), keep_io_types=kept)
    onnx.save(model, str(tmp_path / "model.onnx"))
    inputs = picture(name).astype(np.float16).astype(np.float32)
    single, double = answers(network, inputs)
    for mine, torchs, exact in zip(infer(tmp_path / "model.onnx", [inputs], len(double), tmp_path), single, double):
        own = np.abs(torchs - exact).max()
        # the epsilon of batch norm stays a float32 in PyTorch and is one in the file
        assert np.abs(mine - exact).max() <= max(3 * own, 2e-6 * max(1, np.abs(exact).max()))


LEVELS = onnxruntime.GraphOptimizationLevel


@pytest.mark.parametrize("name", detectors.ALL)
def test_optimised_by_onnx_runtime(name: str, tmp_path: Path) -> None:
    """At the basic level the standard operators stay, and run."""
    network = export(name, tmp_path / "plain.onnx")
    session(tmp_path / "plain.onnx", LEVELS.ORT_ENABLE_BASIC, tmp_path / "model.onnx")
    check(network, tmp_path / "model.onnx", picture(name), tmp_path)


@pytest.mark.parametrize("level", (LEVELS.ORT_ENABLE_EXTENDED, LEVELS.ORT_ENABLE_ALL), ids=("extended", "all"))
def test_fused_by_onnx_runtime(level: Any, tmp_path: Path) -> None:
    """Fused operators are of com.microsoft: refused, by node and operator, with the way out."""
    export("anchor free", tmp_path / "plain.onnx")
    session(tmp_path / "plain.onnx", level, tmp_path / "model.onnx")
    fused = [node for node in onnx.load(str(tmp_path / "model.onnx")).graph.node if node.domain]
    np.save(tmp_path / "in.npy", picture("anchor free"))
    finished = viseme("infer", "--model", tmp_path / "model.onnx", "--input", tmp_path / "in.npy", "-o",
                      tmp_path / "out.npy")
    assert finished.status == BAD_INPUT
    assert f"operator {fused[0].domain}.{fused[0].op_type} is not a standard ONNX operator" in finished.err
    assert f"node {fused[0].name or fused[0].output[0]}" in finished.err and "export again" in finished.err


def test_unet_rewritten(tmp_path: Path) -> None:
    """The family's own network, simplified and optimised, is still recognised and still right."""
    channels = (4, 8, 12, 20, 36)
    network = checkpoints.unet("160", "ave", channels, seed=5)
    inputs = checkpoints.inputs_of("160", "ave", channels, 1)
    torch.onnx.export(network, tuple(map(torch.from_numpy, inputs)), str(tmp_path / "plain.onnx"), opset_version=13,
                      input_names=["visual", "audio"])
    onnx.save(onnxsim.simplify(onnx.load(str(tmp_path / "plain.onnx")))[0], str(tmp_path / "simple.onnx"))
    session(tmp_path / "plain.onnx", LEVELS.ORT_ENABLE_BASIC, tmp_path / "basic.onnx")
    expected = checkpoints.answer(network, inputs)
    for path in (tmp_path / "simple.onnx", tmp_path / "basic.onnx"):
        checkpoints.assert_close(infer(path, inputs, 1, tmp_path)[0], expected)
        assert "160 U-Net" in viseme_ok("inspect", "--model", path).out


# --- bad graphs -----------------------------------------------------------------------------------------------------

Spoiler = Callable[[onnx.GraphProto], None]


def _cycle(graph: onnx.GraphProto) -> None:
    graph.node[0].input[0] = graph.node[1].output[0]


def _missing(graph: onnx.GraphProto) -> None:
    graph.node[1].input[0] = "nobody"


def _huge_pool(graph: onnx.GraphProto) -> None:
    del graph.node[0].attribute[:]
    graph.node[0].attribute.extend([helper.make_attribute("kernel_shape", [1, 1]),
                                    helper.make_attribute("pads", [2 ** 62, 2 ** 62, 2 ** 62, 2 ** 62])])


def _larger_than_input(graph: onnx.GraphProto) -> None:
    del graph.node[0].attribute[:]
    graph.node[0].attribute.append(helper.make_attribute("kernel_shape", [9, 9]))


def _huge_resize(graph: onnx.GraphProto) -> None:
    graph.initializer[0].CopyFrom(numpy_helper.from_array(np.float32([1, 1, 1e9, 1e9]), "scales"))


def _endless_resize(graph: onnx.GraphProto) -> None:
    graph.initializer[0].CopyFrom(numpy_helper.from_array(np.float32([1, 1, np.inf, np.nan]), "scales"))


def _many_dimensions(graph: onnx.GraphProto) -> None:
    del graph.initializer[0].dims[:]
    graph.initializer[0].dims.extend([2 ** 62, 2 ** 62])


def _twice(graph: onnx.GraphProto) -> None:
    graph.node[1].output[0] = graph.node[0].output[0]


@pytest.mark.parametrize("spoil,status,text", (
    (_cycle, 3, "node big (Resize) reads pooled, which depends on its own result"), (_missing, 3, "node big (Resize) reads nobody"),
    (_huge_pool, 3, "node pool (MaxPool): kernel, stride, dilation or pads beyond bounds"),
    (_larger_than_input, 3, "node pool (MaxPool): a window larger than its input"),
    (_huge_resize, 5, "node big (Resize): a result of"), (_endless_resize, 3, "node big (Resize): a size beyond"),
    (_many_dimensions, 3, "tensor scales does not hold the numbers of its shape"),
    (_twice, 3, "is defined twice")), ids=lambda each: getattr(each, "__name__", None))
def test_bad_graphs(spoil: Spoiler, status: int, text: str, tmp_path: Path) -> None:
    nodes = [helper.make_node("MaxPool", ["x"], ["pooled"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
             helper.make_node("Resize", ["pooled", "", "scales"], ["y"], "big", mode="nearest")]
    graph = helper.make_graph(nodes, "bad", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 4, 4])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
                              [numpy_helper.from_array(np.float32([1, 1, 2, 2]), "scales")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    onnx.save(model, str(tmp_path / "sound.onnx"))
    value = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4)
    assert infer(tmp_path / "sound.onnx", [value], 1, tmp_path)[0].shape == (1, 1, 4, 4)
    spoil(model.graph)
    onnx.save(model, str(tmp_path / "model.onnx"))
    finished = viseme("infer", "--model", tmp_path / "model.onnx", "--input", tmp_path / "in0.npy", "-o",
                      tmp_path / "none.npy")
    assert finished.status == status and text in finished.err, finished.err
    assert not (tmp_path / "none.npy").exists()
