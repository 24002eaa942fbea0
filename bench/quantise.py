"""Copies of a case's network in 8 bits, made as the peers' documentation advises, by the peers' own tools.

    python bench/quantise.py onnxruntime-int8|openvino-int8 FOLDER BATCH

makes one from FOLDER/model.onnx, calibrated on FOLDER/calibrationI.npy; as `make_all` does for each, in processes of
their own: the tools are large, and what they cannot do is told by `made` when the peer asks for its copy.
"""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Callable, Dict, Iterator, List

import numpy as np

import machine
from participants import INT8

FILES = {"onnxruntime-int8": "model.int8.onnx", "openvino-int8": "model.int8.xml"}

Feed = List[np.ndarray]         # the inputs of one run


def problem_file(folder: Path, who: str) -> Path:
    return folder / f"{who}.problem"


def make_all(folder: Path, batch: int) -> None:
    """For every peer of 8 bits its copy, or why there is none."""
    for who in INT8:
        run = subprocess.run([sys.executable, __file__, who, str(folder), str(batch)], stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True, check=False)
        if run.returncode:
            last = (run.stderr.strip().splitlines() or ["its quantisation ended without a word"])[-1]
            problem_file(folder, who).write_text(last)


def made(folder: Path, who: str) -> Path:
    """The copy of `make_all`; raises with its reason where there is none."""
    if problem_file(folder, who).exists():
        raise RuntimeError(problem_file(folder, who).read_text())
    return folder / FILES[who]


# --- in a process of its own ------------------------------------------------------------------------------------------

def calibration(folder: Path, batch: int) -> Iterator[Feed]:
    """Footage, so many frames at a time."""
    files = sorted(folder.glob("calibration*.npy"))
    if not files:
        raise RuntimeError("the demo has no footage with sound of this kind to calibrate on")
    arrays = [np.load(path) for path in files]
    for start in range(0, len(arrays[0]) - batch + 1, batch):
        yield [array[start:start + batch] for array in arrays]


def onnxruntime(source: Path, target: Path, feeds: List[Feed]) -> None:
    """QDQ, activations in unsigned and weights in signed 8 bits, these for each channel; one bit less for weights
    where the processor would saturate: without VNNI."""
    import onnx
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(quantization.CalibrationDataReader):
        """The feeds, one by one, then None."""

        def __init__(self, names: List[str]) -> None:
            self.left = iter([dict(zip(names, feed)) for feed in feeds])

        def get_next(self) -> "Dict[str, np.ndarray] | None":
            return next(self.left, None)
    prepared = target.with_suffix(".prepared.onnx")
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)     # all sizes are fixed
    names = [each.name for each in onnx.load(str(prepared)).graph.input]
    quantization.quantize_static(
        str(prepared), str(target), Reader(names), quant_format=quantization.QuantFormat.QDQ, per_channel=True,
        activation_type=quantization.QuantType.QUInt8, weight_type=quantization.QuantType.QInt8,
        reduce_range=not machine.has_vnni(), calibrate_method=quantization.CalibrationMethod.MinMax)


def openvino(source: Path, target: Path, feeds: List[Feed]) -> None:
    """NNCF's post-training quantisation as it is meant for networks with ReLU, its default; its remedy against
    saturation only without VNNI."""
    sys.modules["torch"] = None             # NNCF does without, and Debian's is too old for it
    import nncf
    import openvino as library
    remedy = nncf.OverflowFix.DISABLE if machine.has_vnni() else nncf.OverflowFix.FIRST_LAYER
    model = nncf.quantize(library.Core().read_model(str(source)), nncf.Dataset(feeds), subset_size=len(feeds),
                          advanced_parameters=nncf.AdvancedQuantizationParameters(overflow_fix=remedy))
    library.save_model(model, str(target), compress_to_fp16=False)


MAKERS: Dict[str, Callable[[Path, Path, List[Feed]], None]] = {
    "onnxruntime-int8": onnxruntime,
    "openvino-int8": openvino,
}


def main() -> None:
    who, folder, batch = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    try:
        MAKERS[who](folder / "model.onnx", folder / FILES[who], list(calibration(folder, batch)))
    except Exception as problem:                # whatever it is, this peer is out, and its line says why
        what = "installed" if isinstance(problem, ImportError) else "quantised"
        why = (str(problem).strip().splitlines() or [type(problem).__name__])[0]
        sys.exit(f"cannot be {what} here: {why[:200]}")


if __name__ == "__main__":
    main()
