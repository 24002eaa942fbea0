"""Who takes part, and what one of them is asked to do."""
from __future__ import annotations

from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

#: Peers by key, as the results call them.
PEERS: Dict[str, str] = {
    "onnxruntime": "ONNX Runtime",
    "onnxruntime-int8": "ONNX Runtime, int8 (QDQ)",
    "openvino": "OpenVINO, latency hint",
    "openvino-int8": "OpenVINO, int8",
    "openvino-throughput": "OpenVINO, throughput hint",
    "ncnn": "ncnn",
    "pytorch": "PyTorch, eager",
    "pytorch-compiled": "PyTorch, torch.compile",
}

#: Ways in which viseme takes part: title, and options of bench/viseme_worker.
OURS: Dict[str, Tuple[str, List[str]]] = {
    "fresh": ("viseme, nothing cached", []),
    "cached": ("viseme, footage cached", ["--cached"]),
    "fast": ("viseme, fast, nothing cached", ["--precision", "fast"]),
    "fast-cached": ("viseme, fast, footage cached", ["--precision", "fast", "--cached"]),
}

#: The precision in which each of them paints.
PRECISION = {"fresh": "float32", "cached": "float32", "fast": "fast", "fast-cached": "fast"}

#: Peers whose networks are quantised (bench/quantise.py).
INT8 = ("onnxruntime-int8", "openvino-int8")

#: Those that a column of ratios is given to.
MEASURES = ("fresh", "cached", "fast-cached")


class Task(NamedTuple):
    """One case in its folder, on so many threads."""

    case: str
    folder: Path
    inputs: int
    batch: int
    threads: int

    @property
    def input_files(self) -> List[Path]:
        return [self.folder / f"input{i}.npy" for i in range(self.inputs)]

    def answer_file(self, who: str) -> Path:
        return self.folder / f"answer.{who}.{self.threads}.npy"
