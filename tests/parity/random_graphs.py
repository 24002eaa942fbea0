"""Random graphs around what the fast path fuses: inverted residuals, enlarged and joined pictures, sums, activations, in
every order and size; and the same graphs damaged. ONNX Runtime says what is right."""
from __future__ import annotations

import resource
import subprocess
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import onnx
import onnx.numpy_helper
import onnxruntime
from onnx import TensorProto, helper

Shape = Tuple[int, ...]
TOLERANCE = 2e-4                        # of the largest output
MOST_PIXELS = 3000                      # of a picture that is enlarged
MEMORY = 1 << 30                        # for a damaged graph, which may ask for much


class Value(NamedTuple):
    """A picture of the graph: [N, C, H, W]."""

    name: str
    shape: Shape


class Graph:
    """A graph under construction; the same seed gives the same one."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes: List[onnx.NodeProto] = []
        self.weights: List[onnx.TensorProto] = []
        self.inputs = self._inputs()
        self.values = list(self.inputs)

    def one_of(self, *choices: int) -> int:
        return int(self.random.choice(choices))

    def chance(self, share: float) -> bool:
        return bool(self.random.random() < share)

    def _inputs(self) -> List[Value]:
        count, channels = self.one_of(1, 1, 2, 3), self.one_of(1, 3, 4, 6, 8, 16, 17, 32)
        height, width = (int(side) for side in self.random.integers(1, 22, 2))
        inputs = [Value("x0", (count, channels, height, width))]
        if self.chance(0.4):            # a smaller one, of another number of channels
            shape = (count, self.one_of(2, 5, 24), max(1, height // 2), max(1, width // 2 + self.one_of(0, 1)))
            inputs.append(Value("x1", shape))
        return inputs

    def constant(self, array: np.ndarray) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(onnx.numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def normal(self, *shape: int) -> np.ndarray:
        return self.random.standard_normal(shape).astype(np.float32)

    def node(self, operator: str, inputs: Sequence[str], shape: Shape, **attributes: object) -> Value:
        name = f"{operator.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        self.values.append(Value(name, shape))
        return self.values[-1]

    def pick(self, fits: Callable[[Value], bool] = lambda value: True) -> Value:
        """A value that fits; later ones are likelier."""
        found = [value for value in self.values if fits(value)]
        share = np.arange(1, len(found) + 1) ** 1.5
        return found[self.random.choice(len(found), p=share / share.sum())]

    # --- layers -------------------------------------------------------------------------------------------------------

    def conv(self, x: Value, outputs: int, kernel: Sequence[int] = (1, 1), stride: Sequence[int] = (1, 1),
             pads: Sequence[int] = (0, 0, 0, 0), groups: int = 1, dilation: int = 1) -> Optional[Value]:
        """Perhaps with a bias and batch norm; None where nothing would be left of the picture."""
        count, channels, *sides = x.shape
        reach = [dilation * (k - 1) + 1 for k in kernel]
        rooms = [side + pads[i] + pads[i + 2] - reach[i] for i, side in enumerate(sides)]
        if min(rooms) < 0:
            return None
        weight = self.normal(outputs, channels // groups, *kernel) / np.sqrt(channels // groups * np.prod(kernel))
        inputs = [x.name, self.constant(weight.astype(np.float32))]
        if self.chance(0.6):
            inputs.append(self.constant(self.normal(outputs)))
        y = self.node("Conv", inputs, (count, outputs, rooms[0] // stride[0] + 1, rooms[1] // stride[1] + 1),
                      kernel_shape=list(kernel), strides=list(stride), pads=list(pads), group=groups,
                      dilations=[dilation, dilation])
        if not self.chance(0.3):
            return y
        numbers = [self.constant(self.normal(outputs)) for _ in range(3)]
        numbers.append(self.constant(np.abs(self.normal(outputs)) + np.float32(0.1)))
        return self.node("BatchNormalization", [y.name, *numbers], y.shape, epsilon=1e-5)

    def relu(self, x: Value, share: float) -> Value:
        return self.node("Relu", [x.name], x.shape) if self.chance(share) else x

    def inverted_residual(self, x: Value) -> None:
        """1x1, 3x3 by channel, 1x1, perhaps a sum with what went in, perhaps another 1x1 and a sigmoid."""
        hidden = self.one_of(2, 7, 8, 12, 16, 31, 32, 33, 48)
        outputs = x.shape[1] if self.chance(0.6) else self.one_of(3, 8, 16, 20)
        stride = self.one_of(1, 1, 2)
        y = self.relu(self.conv(x, hidden), 0.95)
        y = self.conv(y, hidden, (3, 3), (stride, self.one_of(1, 2) if self.chance(0.15) else stride), (1, 1, 1, 1),
                      hidden)
        y = self.conv(self.relu(y, 0.95), outputs)
        if y.shape == x.shape and self.chance(0.7):
            pair = [y.name, x.name]
            y = self.node("Add", pair if self.chance(0.5) else pair[::-1], y.shape)
        if self.chance(0.3):
            y = self.conv(y, self.one_of(1, 3, 8))
        if self.chance(0.15):
            self.node("Sigmoid", [y.name], y.shape)

    def resize(self, x: Value, sides: Sequence[int], mode: str = "linear") -> Value:
        shape = (*x.shape[:2], *sides)
        how = "asymmetric" if mode == "nearest" else str(self.random.choice(
            ["half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel"]))
        rounding = {"nearest_mode": "floor"} if mode == "nearest" else {}
        return self.node("Resize", [x.name, "", "", self.constant(np.array(shape, np.int64))], shape, mode=mode,
                         coordinate_transformation_mode=how, **rounding)

    def concat(self, parts: Sequence[Value], axis: int = 1) -> Value:
        first = parts[0].shape
        return self.node("Concat", [part.name for part in parts],
                         (first[0], sum(part.shape[1] for part in parts), *first[2:]), axis=axis)

    def up(self) -> None:
        """An enlarged picture joined with others of that size, and what takes that apart again, or does not."""
        x = self.pick()
        height = x.shape[2] * self.one_of(1, 2, 2, 3) + self.one_of(0, 1)
        width = x.shape[3] * self.one_of(1, 2, 2) + self.one_of(0, 1)
        if height * width > MOST_PIXELS:
            return
        y = self.resize(x, (height, width), "nearest" if self.chance(0.25) else "linear")
        beside = [value for value in self.values if value.shape[2:] == y.shape[2:] and value != y and self.chance(0.5)]
        parts = [y, *(beside[:5] or [self.resize(self.pick(), (height, width))])]
        if self.chance(0.1):
            parts.append(parts[0])
        joined = self.concat([parts[i] for i in self.random.permutation(len(parts))], self.one_of(1, -3))
        if self.chance(0.7):
            self.inverted_residual(joined)
        else:
            self.conv(joined, self.one_of(3, 8, 16))

    def any_conv(self) -> None:
        y = self.conv(self.pick(), self.one_of(1, 3, 8, 16, 33), (self.one_of(1, 3, 3, 5), self.one_of(1, 3, 5, 7)),
                      (self.one_of(1, 1, 2, 3), self.one_of(1, 2)), [int(pad) for pad in self.random.integers(0, 3, 4)],
                      dilation=self.one_of(1, 1, 1, 2))
        if y:
            self.relu(y, 0.5)

    def grouped_conv(self) -> None:
        x = self.pick()
        groups = self.one_of(*(d for d in range(1, x.shape[1] + 1) if x.shape[1] % d == 0))
        y = self.conv(x, groups * self.one_of(1, 2, 3), (3, 3), (1, 1), (1, 1, 1, 1), groups)
        self.relu(y, 0.5)

    def add(self) -> None:
        x = self.pick()
        other = self.pick(lambda value: value.shape == x.shape)
        self.relu(self.node("Add", [x.name, other.name], x.shape), 0.4)

    def pool(self) -> None:
        x = self.pick()
        if min(x.shape[2:]) > 1:
            self.node(str(self.random.choice(["MaxPool", "AveragePool"])), [x.name],
                      (*x.shape[:2], x.shape[2] // 2, x.shape[3] // 2), kernel_shape=[2, 2], strides=[2, 2])

    def activation(self) -> None:
        x = self.pick()
        self.node(str(self.random.choice(["LeakyRelu", "Sigmoid", "Tanh", "Relu", "Abs"])), [x.name], x.shape)

    def scale(self) -> None:
        x = self.pick()
        self.node("Mul", [x.name, self.constant(self.normal(1, x.shape[1], 1, 1))], x.shape)

    def join(self) -> None:
        x = self.pick()
        self.concat([x, self.pick(lambda value: value.shape[2:] == x.shape[2:])])

    def model(self) -> onnx.ModelProto:
        """A few layers; the last value, and perhaps another, given out."""
        layers = [lambda: self.inverted_residual(self.pick()), self.up,
                  lambda: self.conv(self.pick(), self.one_of(1, 3, 8, 16, 17, 40)), self.any_conv, self.grouped_conv,
                  self.add, self.pool, self.activation, self.scale, self.join]
        shares = np.array([30, 20, 10, 12, 4, 6, 4, 4, 4, 6]) / 100
        for _ in range(int(self.random.integers(2, 12))):
            layers[self.random.choice(len(layers), p=shares)]()
        made = self.values[len(self.inputs):] or [self.relu(self.inputs[0], 1)]
        outputs = [made[-1]]
        other = made[int(self.random.integers(len(made)))]
        if self.chance(0.35) and other not in outputs:
            outputs.append(other)
        graph = helper.make_graph(self.nodes, "random", *([
            helper.make_tensor_value_info(value.name, TensorProto.FLOAT, value.shape) for value in values]
            for values in (self.inputs, outputs)), self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 8
        return model


# --- damage -----------------------------------------------------------------------------------------------------------

NUMBERS = (0, 1, -1, 2, 3, 7, -2, 8, 16, 255, 1000, 65535, 1 << 20, (1 << 31) - 1, -(1 << 31), 1 << 31, 1 << 62,
           -(1 << 63), (1 << 63) - 1)
OPERATORS = ("Conv", "Resize", "Concat", "Slice", "Pad", "Transpose", "MaxPool", "AveragePool", "Softmax", "MatMul", "Gemm",
             "ReduceMean", "Gather", "Split", "Reshape", "Expand", "Where", "ConvTranspose", "DepthToSpace", "Einsum",
             "Flatten", "Squeeze", "Clip", "PRelu", "GlobalAveragePool", "CumSum", "Tile")


def _damage_attribute(graph: onnx.GraphProto, node: onnx.NodeProto, random: np.random.Generator) -> None:
    if not node.attribute:
        return
    attribute = node.attribute[int(random.integers(len(node.attribute)))]
    number = NUMBERS[int(random.integers(len(NUMBERS)))]
    if attribute.ints:
        attribute.ints[int(random.integers(len(attribute.ints)))] = number
    elif attribute.type == onnx.AttributeProto.INT:
        attribute.i = number
    elif attribute.type == onnx.AttributeProto.FLOAT:
        attribute.f = float(random.choice([0, np.inf, np.nan, -1e38, 1e38]))


def _damage_integers(graph: onnx.GraphProto, node: onnx.NodeProto, random: np.random.Generator) -> None:
    found = [weight for weight in graph.initializer if weight.data_type == TensorProto.INT64]
    if not found:
        return
    weight = found[int(random.integers(len(found)))]
    numbers = onnx.numpy_helper.to_array(weight).copy()
    wild = random.random() < 0.5
    numbers[int(random.integers(numbers.size))] = (NUMBERS[int(random.integers(len(NUMBERS)))] if wild
                                                   else int(random.integers(1, 40)))
    weight.CopyFrom(onnx.numpy_helper.from_array(numbers, weight.name))


def _damage_operator(graph: onnx.GraphProto, node: onnx.NodeProto, random: np.random.Generator) -> None:
    node.op_type = str(random.choice(OPERATORS))


def _damage_shape(graph: onnx.GraphProto, node: onnx.NodeProto, random: np.random.Generator) -> None:
    found = [weight for weight in graph.initializer if weight.dims]
    if found:
        weight = found[int(random.integers(len(found)))]
        weight.dims[int(random.integers(len(weight.dims)))] = int(random.choice([0, 1, 2, 3, 4, 8, 1 << 40]))


def _damage_wires(graph: onnx.GraphProto, node: onnx.NodeProto, random: np.random.Generator) -> None:
    names = [weight.name for weight in graph.initializer] + ["", "x0"]
    names += [name for each in graph.node for name in each.output]
    if node.input and random.random() < 0.5:
        node.input[int(random.integers(len(node.input)))] = str(random.choice(names))
    elif node.input:
        del node.input[-1]


def damage(model: onnx.ModelProto, random: np.random.Generator) -> None:
    """One to three faults."""
    kinds = (_damage_attribute, _damage_integers, _damage_operator, _damage_shape, _damage_wires)
    for _ in range(int(random.integers(1, 4))):
        node = model.graph.node[int(random.integers(len(model.graph.node)))]
        kinds[random.choice(len(kinds), p=(0.45, 0.15, 0.1, 0.1, 0.2))](model.graph, node, random)


# --- running ----------------------------------------------------------------------------------------------------------

class Job(NamedTuple):
    """A graph on disk with its inputs, and the right results (of a damaged one: none)."""

    seed: int
    line: str
    stem: Path
    wanted: List[np.ndarray]


def prepare(seed: int, folder: Path, damaged: bool = False) -> Job:
    graph, stem = Graph(seed), folder / str(seed)
    model = graph.model()
    if damaged:
        damage(model, graph.random)
    Path(f"{stem}.onnx").write_bytes(model.SerializeToString())
    fed: Dict[str, np.ndarray] = {value.name: graph.normal(*value.shape) for value in graph.inputs}
    for name, array in fed.items():
        np.save(f"{stem}.{name}.npy", array)
    wanted = []
    if not damaged:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.intra_op_num_threads = 1
        options.log_severity_level = 4
        session = onnxruntime.InferenceSession(f"{stem}.onnx", options, providers=["CPUExecutionProvider"])
        wanted = session.run(None, fed)
    return Job(seed, "\t".join([f"{stem}.onnx", str(stem), *(f"{stem}.{name}.npy" for name in fed)]), stem, wanted)


def answers(runner: Path, jobs: Sequence[Job], timeout: float, bounded: bool = False) -> List[str]:
    """What the runner says of each, in one process; a crash names the graph."""
    def bound() -> None:
        if bounded:
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))

    finished = subprocess.run([str(runner)], input="".join(f"{job.line}\n" for job in jobs), capture_output=True,
                              text=True, errors="replace", timeout=timeout, check=False, preexec_fn=bound)
    lines = finished.stdout.splitlines()
    assert len(lines) == len(jobs) and finished.returncode == 0, (
        f"seed {jobs[min(len(lines), len(jobs) - 1)].seed}: exit status {finished.returncode}\n{finished.stderr}")
    return lines


def judge(job: Job, answer: str) -> Optional[str]:
    """What is wrong with the results of a whole graph; None: nothing."""
    if answer != f"ok {len(job.wanted)}":
        return answer
    for i, wanted in enumerate(job.wanted):
        for way in ("fast", "plain"):
            got = np.load(f"{job.stem}.{way}.{i}.npy")
            if got.shape != wanted.shape:
                return f"{way}: shape {got.shape}, not {wanted.shape}"
            off = np.abs(got - wanted).max() / (np.abs(wanted).max() + 1e-6)
            if not off < TOLERANCE:
                return f"{way}: {off} off"
    return None


def wrong(runner: Path, seeds: Sequence[int], folder: Path, timeout: float) -> List[str]:
    """Runs whole graphs; those that are answered wrongly or refused."""
    jobs = [prepare(seed, folder) for seed in seeds]
    found = [(job.seed, judge(job, answer)) for job, answer in zip(jobs, answers(runner, jobs, timeout))]
    return [f"seed {seed}: {fault}" for seed, fault in found if fault]


def mishandled(runner: Path, seeds: Sequence[int], folder: Path, timeout: float) -> List[str]:
    """Runs damaged graphs: each must be answered, or refused as a bad file, a bad use, or for want of memory."""
    jobs = [prepare(seed, folder, damaged=True) for seed in seeds]
    found = zip(jobs, answers(runner, jobs, timeout, bounded=True))
    return [f"seed {job.seed}: {answer}" for job, answer in found if answer.split(" ", 1)[0] not in ("ok", "2", "3", "5")]
