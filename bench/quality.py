"""What the fast precision costs: the trained demo painted in float32 and in 16 bits, beside what belongs there.

The demo's footage is drawn, and the right face is therefore known for every feature row of its own speech. Pictures are
compared as they reach the video, in 8 bits, over the rectangle that the network paints anew.
"""
from __future__ import annotations

import subprocess
from pathlib import Path
from typing import List, NamedTuple, Tuple

import cv2
import numpy as np

import cases                                    # finds tests/reference
import pipeline

DEMO = cases.REPOSITORY / "demo"
MODEL, CHARACTER = DEMO / "models" / "99.pth", DEMO / "character"
GEOMETRY = pipeline.GEOMETRY["328"]
SIZE = GEOMETRY.size
FRAMES = 32
WINDOW, SIGMA = 11, 1.5                         # of SSIM


class Quality(NamedTuple):
    """One figure a frame. PSNR in dB, peak 255; SSIM as scikit-image has it with Wang's parameters."""

    frames: List[int]
    psnr: np.ndarray            # fast to float32
    ssim: np.ndarray            # fast to float32
    truth_float32: np.ndarray   # PSNR to the drawn face
    truth_fast: np.ndarray

    @property
    def loss(self) -> float:
        """dB further from the drawn faces than float32, on average."""
        return float(np.mean(self.truth_float32) - np.mean(self.truth_fast))


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


def spread_over(total: int, count: int) -> List[int]:
    """The middles of `count` equal parts."""
    return [(2 * i + 1) * total // (2 * count) for i in range(count)]


def run(program: Path, *arguments: object) -> None:
    subprocess.run([str(program), *map(str, arguments), "--quiet"], check=True)


def repainted(face: np.ndarray) -> np.ndarray:
    x, y, width, height = GEOMETRY.mask
    return face[y:y + height, x:x + width]


def painted(program: Path, folder: Path, precision: str) -> np.ndarray:
    """The mask's rectangle as `render` paints it, one frame at a time, uint8."""
    run(program, "infer", "--model", MODEL, "--audio-mode", "ave", "--data", folder / "raw", "--precision", precision,
        "-o", folder / "painted.npy")
    return repainted(pipeline.to_pixels(np.load(folder / "painted.npy")[0]))


def judged(program: Path, folder: Path, frame: int) -> Tuple[float, float, float, float]:
    """The figures of one frame, in the order of Quality."""
    run(program, "dump", "--model", MODEL, "--audio-mode", "ave", "--character", CHARACTER, "--start", frame,
        "--frames", 1, "-o", folder / "raw")
    seen = np.fromfile(folder / "raw" / "visual_input.bin", "<f4").reshape(6, SIZE, SIZE)[:3]
    drawn = repainted(np.rint(seen * 255).astype(np.uint8).transpose(1, 2, 0))
    exact, fast = (painted(program, folder, precision) for precision in ("float32", "fast"))
    return decibels(exact, fast), similarity(exact, fast), decibels(drawn, exact), decibels(drawn, fast)


def measure(program: Path, folder: Path) -> Quality:
    """Writes its tensors into `folder`, which it makes."""
    folder.mkdir()
    frames = spread_over(len(list((CHARACTER / "full_body_img").iterdir())), FRAMES)
    return Quality(frames, *np.transpose([judged(program, folder, frame) for frame in frames]))
