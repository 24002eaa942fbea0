"""The runtimes that viseme is timed beside, each as a function that opens a case and returns what runs it once.

A runtime that is not installed, or cannot do a case, raises; the message becomes its line in the results.
"""
from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Sequence

import numpy as np

import quantise
from participants import Task

Run = Callable[[], np.ndarray]
Network = Callable[[Sequence[np.ndarray]], np.ndarray]      # inputs -> answer, which the next run may overwrite


class Opened(NamedTuple):
    """A network that is ready, and the version of what runs it."""

    run: Run
    version: str


def load_inputs(task: Task) -> List[np.ndarray]:
    return [np.load(path) for path in task.input_files]


def float32_model(task: Task) -> Path:
    return task.folder / "model.onnx"


def onnxruntime_network(model: Path, threads: int) -> Network:
    """All graph optimisations, its own thread pool, its own spinning."""
    import onnxruntime as ort
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]
    return lambda inputs: session.run(None, dict(zip(names, inputs)))[0]


def open_onnxruntime(task: Task, model: Path) -> Opened:
    network, inputs = onnxruntime_network(model, task.threads), load_inputs(task)
    return Opened(lambda: network(inputs), importlib.metadata.version("onnxruntime"))


def onnxruntime(task: Task) -> Opened:
    return open_onnxruntime(task, float32_model(task))


def onnxruntime_int8(task: Task) -> Opened:
    return open_onnxruntime(task, quantise.made(task.folder, "onnxruntime-int8"))


def openvino_version() -> str:
    return importlib.metadata.version("openvino").split("-")[0]


def openvino_model(model: Path, threads: int, hint: str, batch: int) -> object:
    """Compiled for float32 where the model says nothing else: on processors with bfloat16 units the default would be
    another arithmetic."""
    import openvino
    core = openvino.Core()
    network = core.read_model(str(model))
    network.reshape({each.get_any_name(): [batch, *each.shape[1:]] for each in network.inputs})
    settings = {"PERFORMANCE_HINT": hint, "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    return core.compile_model(network, "CPU", settings)


def openvino_network(model: Path, threads: int, batch: int = 1) -> Network:
    request = openvino_model(model, threads, "LATENCY", batch).create_infer_request()
    return lambda inputs: request.infer(inputs, share_inputs=True, share_outputs=True)[0]


def openvino_latency(task: Task) -> Opened:
    network, inputs = openvino_network(float32_model(task), task.threads, task.batch), load_inputs(task)
    return Opened(lambda: network(inputs), openvino_version())


def openvino_int8(task: Task) -> Opened:
    """With the latency hint."""
    network = openvino_network(quantise.made(task.folder, "openvino-int8"), task.threads, task.batch)
    inputs = load_inputs(task)
    return Opened(lambda: network(inputs), f"{openvino_version()}, NNCF {importlib.metadata.version('nncf')}")


def openvino_throughput(task: Task) -> Opened:
    """The batch as requests of one frame each, as many at a time as the runtime thinks best."""
    import openvino
    compiled = openvino_model(float32_model(task), task.threads, "THROUGHPUT", 1)
    queue = openvino.AsyncInferQueue(compiled)
    frames = [[array[i:i + 1] for array in load_inputs(task)] for i in range(task.batch)]
    answers: List[np.ndarray] = [np.empty(0)] * task.batch
    queue.set_callback(lambda request, i: answers.__setitem__(i, request.get_output_tensor(0).data.copy()))

    def run() -> np.ndarray:
        for i, frame in enumerate(frames):
            queue.start_async(frame, i)
        queue.wait_all()
        return np.concatenate(answers)
    return Opened(run, openvino_version())


def ncnn_files(task: Task) -> Path:
    """Converts the .onnx with pnnx, its float32 kept; a file without its suffix."""
    stem = task.folder / "model.ncnn"
    if not stem.with_suffix(".ncnn.bin").exists():
        shapes = ",".join("[" + ",".join(map(str, array.shape)) + "]f32" for array in load_inputs(task))
        tool = Path(sys.executable).parent / "pnnx"
        subprocess.run([str(tool), "model.onnx", f"inputshape={shapes}", "fp16=0"], cwd=task.folder, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return stem


def ncnn(task: Task) -> Opened:
    """float32 storage and arithmetic; a batch frame by frame, as its nets take one at a time."""
    import ncnn as library
    stem = ncnn_files(task)
    net = library.Net()
    net.opt.num_threads = task.threads
    for reduced in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
        setattr(net.opt, reduced, False)
    if net.load_param(f"{stem}.param") or net.load_model(f"{stem}.bin"):
        raise RuntimeError("the converted model does not load")
    inputs = load_inputs(task)

    def run_one(i: int) -> np.ndarray:
        extractor = net.create_extractor()
        for name, array in zip(net.input_names(), inputs):
            extractor.input(name, library.Mat(array[i]))
        return np.array(extractor.extract(net.output_names()[0])[1])
    return Opened(lambda: np.stack([run_one(i) for i in range(task.batch)]), importlib.metadata.version("ncnn"))


def pytorch_in(task: Task, layout: object) -> "tuple[object, list]":
    import torch

    import cases
    torch.set_num_threads(task.threads)
    network = cases.load(cases.find(task.case), task.folder / "model.pth").to(memory_format=layout)
    return network, [torch.from_numpy(array).contiguous(memory_format=layout) for array in load_inputs(task)]


def pytorch_run(network: object, inputs: list) -> Run:
    import torch

    def run() -> np.ndarray:
        with torch.inference_mode():
            return network(*inputs).numpy()
    return run


def seconds(run: Run) -> float:
    run()
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def pytorch(task: Task) -> Opened:
    """Eager, in the layout that is faster here: which one that is differs from build to build."""
    import torch
    layouts = {"channels last": torch.channels_last, "default layout": torch.contiguous_format}
    runs = {name: pytorch_run(*pytorch_in(task, layout)) for name, layout in layouts.items()}
    best = min(runs, key=lambda name: seconds(runs[name]))
    return Opened(runs[best], f"{torch.__version__}, {best}")


def pytorch_compiled(task: Task) -> Opened:
    import torch
    if not hasattr(torch, "compile"):
        raise RuntimeError(f"PyTorch {torch.__version__} has no torch.compile")
    network, inputs = pytorch_in(task, torch.channels_last)
    return Opened(pytorch_run(torch.compile(network), inputs), torch.__version__)


RUNTIMES: Dict[str, Callable[[Task], Opened]] = {
    "onnxruntime": onnxruntime,
    "onnxruntime-int8": onnxruntime_int8,
    "openvino": openvino_latency,
    "openvino-int8": openvino_int8,
    "openvino-throughput": openvino_throughput,
    "ncnn": ncnn,
    "pytorch": pytorch,
    "pytorch-compiled": pytorch_compiled,
}
