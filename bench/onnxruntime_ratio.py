"""viseme beside ONNX Runtime: the same tensors through both, in turn, in one process.

    .venv/bin/python bench/onnxruntime_ratio.py [--library build/src/api/libviseme.so] [--runs 15]

Makes each network with seeded weights (tests/golden/weights.py), saves it as torch.save and as ONNX, and prints for 1
and 2 threads the median time of each, the median of the pairwise ratios (ONNX Runtime's time / viseme's: above 1 is
faster than ONNX Runtime) with its quartiles, and the largest difference between the two outputs.
"""
from __future__ import annotations

import argparse
import ctypes
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
import torch

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY / "tests" / "reference"), str(REPOSITORY / "tests" / "golden"),
                str(REPOSITORY / "tests" / "parity")]
import checkpoints                                                              # noqa: E402
import networks                                                                 # noqa: E402

MAX_RANK = 8


class Shape(ctypes.Structure):
    """vis_shape of viseme.h."""

    _fields_ = [("rank", ctypes.c_int), ("dim", ctypes.c_int64 * MAX_RANK)]


class Error(ctypes.Structure):
    """vis_error of viseme_status.h."""

    _fields_ = [("status", ctypes.c_int), ("message", ctypes.c_char * 768)]


class Session:
    """A network in libviseme.so, its inputs and output fixed in place."""

    def __init__(self, library: ctypes.CDLL, model: Path, mode: str, inputs: list[np.ndarray], threads: int) -> None:
        self.library, self.handle, self.session = library, ctypes.c_void_p(), ctypes.c_void_p()
        error = Error()
        self.check(library.vis_model_open(str(model).encode(), None, ctypes.byref(self.handle), ctypes.byref(error)), error)
        self.check(library.vis_model_set_audio_mode(self.handle, mode.encode(), ctypes.byref(error)), error)
        shapes = (Shape * len(inputs))(*[Shape(a.ndim, (ctypes.c_int64 * MAX_RANK)(*a.shape)) for a in inputs])
        self.check(library.vis_session_create(self.handle, shapes, len(inputs), threads, ctypes.byref(self.session),
                                              ctypes.byref(error)), error)
        self.output = np.empty([inputs[0].shape[0], 3, *inputs[0].shape[2:]], np.float32)
        pointer = ctypes.POINTER(ctypes.c_float)
        self.inputs = (pointer * len(inputs))(*[a.ctypes.data_as(pointer) for a in inputs])
        self.outputs = (pointer * 1)(self.output.ctypes.data_as(pointer))

    @staticmethod
    def check(status: int, error: Error) -> None:
        if status:
            raise SystemExit(error.message.decode())

    def run(self) -> np.ndarray:
        self.library.vis_session_run(self.session, self.inputs, self.outputs)
        return self.output

    def close(self) -> None:
        self.library.vis_session_close(self.session)
        self.library.vis_model_close(self.handle)


def ort_session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def seconds(action) -> float:
    """Wall clock of one run, after a pause in which the other's worker threads stop spinning and free the cores."""
    time.sleep(0.1)
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def measure(library: ctypes.CDLL, name: str, family: str, mode: str, widths: tuple[int, ...], threads: int,
            runs: int, folder: Path) -> None:
    network = checkpoints.unet(family, mode, widths)
    inputs = [np.ascontiguousarray(a) for a in checkpoints.inputs_of(family, mode, widths, 1)]
    pth, onnx = folder / "model.pth", folder / "model.onnx"
    torch.save(network.state_dict(), pth)
    torch.onnx.export(network, tuple(torch.from_numpy(a) for a in inputs), str(onnx), opset_version=13,
                      input_names=["input", "audio"], output_names=["output"])
    ours, peer = Session(library, pth, mode, inputs, threads), ort_session(onnx, threads)
    feed = dict(zip(("input", "audio"), inputs))
    difference = float(np.abs(peer.run(None, feed)[0] - ours.run()).max())
    for _ in range(3):
        ours.run(), peer.run(None, feed)
    pairs = np.array([(seconds(lambda: peer.run(None, feed)), seconds(ours.run)) for _ in range(runs)])
    ours.close()
    ratio = np.percentile(pairs[:, 0] / pairs[:, 1], [25, 50, 75])
    print(f"| {name} | {threads} | {np.median(pairs[:, 0]) * 1e3:.1f} | {np.median(pairs[:, 1]) * 1e3:.1f} "
          f"| **{ratio[1]:.2f}** ({ratio[0]:.2f}-{ratio[2]:.2f}) | {difference:.1e} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, default=REPOSITORY / "build" / "src" / "api" / "libviseme.so")
    parser.add_argument("--runs", type=int, default=15)
    arguments = parser.parse_args()
    library = ctypes.CDLL(str(arguments.library))
    print("| network | threads | ONNX Runtime ms | viseme ms | ratio (quartiles) | max difference |")
    print("| --- | --- | --- | --- | --- | --- |")
    cases = (("328 ave, full width", "328", "ave", networks.FULL), ("328 ave, mobile width", "328", "ave", networks.MOBILE),
             ("160 hubert, full width", "160", "hubert", networks.FULL))
    with tempfile.TemporaryDirectory() as folder:
        for name, family, mode, widths in cases:
            for threads in (1, 2):
                measure(library, name, family, mode, widths, threads, arguments.runs, Path(folder))


if __name__ == "__main__":
    main()
