"""What reduced precision costs: footage painted in float32, by viseme's fast precision and by the peers, 8 bits among
them; all are given the same tensors, and viseme's float32 is what they are compared with.

Pictures are compared as they reach the video, in 8 bits, over the rectangle that the network paints anew. The demo's
footage is drawn, and the right face is therefore known for every feature row of its own speech.
"""
from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple

import cv2
import numpy as np

import demo_footage                             # finds tests/reference
import pipeline
import quantise
import runtimes
from demo_footage import CHARACTER, MODE
from participants import INT8

GEOMETRY = pipeline.GEOMETRY[demo_footage.FAMILY]
WINDOW, SIGMA = 11, 1.5                         # of SSIM
THREADS = 2                                     # of peers

Painter = Callable[[Path], np.ndarray]          # raw tensors of a frame -> float32 [1, 3, S, S]


class Likeness(NamedTuple):
    """One figure a frame. PSNR in dB, peak 255; SSIM as scikit-image has it with Wang's parameters."""

    psnr: np.ndarray            # to viseme's float32
    ssim: np.ndarray            # to viseme's float32
    truth: np.ndarray           # PSNR to the drawn face


class Quality(NamedTuple):
    """Of one network: by who painted, "float32" and "fast" for viseme's precisions, a peer's key for the others.
    Who could not take part is missing."""

    frames: List[int]
    of: Dict[str, Likeness]

    def loss(self, who: str) -> float:
        """dB further from the drawn faces than float32, on average."""
        return float(np.mean(self.of["float32"].truth) - np.mean(self.of[who].truth))


def decibels(a: np.ndarray, b: np.ndarray) -> float:
    """PSNR of uint8 pictures; infinite for equal ones."""
    error = np.mean((a.astype(np.float64) - b) ** 2)
    return float(10 * np.log10(255 ** 2 / error)) if error else float("inf")


def similarity(a: np.ndarray, b: np.ndarray) -> float:
    """SSIM of uint8 pictures [h, w, 3]: Gaussian windows that lie wholly inside, mean over channels."""
    def mean(values: np.ndarray) -> np.ndarray:
        inside = slice(WINDOW // 2, -(WINDOW // 2))
        return cv2.GaussianBlur(values, (WINDOW, WINDOW), SIGMA)[inside, inside]
    a, b = a.astype(np.float64), b.astype(np.float64)
    mean_a, mean_b = mean(a), mean(b)
    spread = mean(a * a) - mean_a ** 2 + mean(b * b) - mean_b ** 2
    common = mean(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(np.mean((2 * mean_a * mean_b + c1) * (2 * common + c2)
                         / ((mean_a ** 2 + mean_b ** 2 + c1) * (spread + c2))))


def run(program: Path, *arguments: object) -> None:
    subprocess.run([str(program), *map(str, arguments), "--quiet"], check=True)


def repainted(face: np.ndarray) -> np.ndarray:
    x, y, width, height = GEOMETRY.mask
    return face[y:y + height, x:x + width]


def read_raw(raw: Path) -> List[np.ndarray]:
    """What `dump` wrote of one frame: visual and audio."""
    shapes = json.loads((raw / "metadata.json").read_text())
    return [np.fromfile(raw / f"{name}_input.bin", "<f4").reshape(shapes[f"{name}_shape"])
            for name in ("visual", "audio")]


def our_painter(program: Path, model: Path, precision: str) -> Painter:
    """One frame at a time, as `render` does."""
    def paint(raw: Path) -> np.ndarray:
        run(program, "infer", "--model", model, "--audio-mode", MODE, "--data", raw, "--precision", precision, "-o",
            raw / "painted.npy")
        return np.load(raw / "painted.npy")
    return paint


def peer_painter(open_network: Callable[[Path, int], runtimes.Network], model: Path) -> Painter:
    network = open_network(model, THREADS)
    return lambda raw: network(read_raw(raw))


def painters(program: Path, folder: Path, fast: bool) -> Dict[str, Painter]:
    """Everybody who can paint the network in `folder`, which cases.write and quantise.make_all have filled."""
    found = {precision: our_painter(program, folder / "model.pth", precision)
             for precision in (("float32", "fast") if fast else ("float32",))}
    libraries = {"onnxruntime": runtimes.onnxruntime_network, "openvino": runtimes.openvino_network}
    for library, open_network in libraries.items():
        for who in (library, f"{library}-int8"):
            try:
                model = quantise.made(folder, who) if who in INT8 else folder / "model.onnx"
                found[who] = peer_painter(open_network, model)
            except Exception as problem:        # whatever it is, this peer is out, as it is where it is timed
                print(f"{who} paints nothing: {problem}", file=sys.stderr)
    return found


def judged(program: Path, model: Path, raw: Path, frame: int, everybody: Dict[str, Painter]) -> Dict[str, Likeness]:
    """Of one frame."""
    run(program, "dump", "--model", model, "--audio-mode", MODE, "--character", CHARACTER, "--start", frame,
        "--frames", 1, "-o", raw)
    drawn = repainted(np.rint(read_raw(raw)[0][0, :3] * 255).astype(np.uint8).transpose(1, 2, 0))
    pictures = {who: repainted(pipeline.to_pixels(paint(raw)[0])) for who, paint in everybody.items()}
    exact = pictures["float32"]
    return {who: Likeness(decibels(exact, picture), similarity(exact, picture), decibels(drawn, picture))
            for who, picture in pictures.items()}


def measure(program: Path, folder: Path, fast: bool) -> Quality:
    """Of the network in `folder`, on frames that no peer was calibrated on."""
    everybody, frames = painters(program, folder, fast), demo_footage.judged(demo_footage.length())
    figures = [judged(program, folder / "model.pth", folder / "raw", frame, everybody) for frame in frames]
    return Quality(frames, {who: Likeness(*np.transpose([each[who] for each in figures])) for who in everybody})
