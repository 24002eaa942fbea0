"""Frames as the lip-sync network sees them."""
from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch

from corpus import FOOTAGE_FRAMES
from motion import bounce

SIZE = 320
# The mouth's box in the 320 crop (top, bottom, left, right): lips at every opening and head position.
MOUTH = (68, 172, 96, 228)


def crop_square(landmarks: Path) -> tuple[int, int, int]:
    """x, y, side."""
    points = np.loadtxt(landmarks, dtype=np.float32)
    left, right, top = int(points[1, 0]), int(points[31, 0]), int(points[52, 1])
    return left, top, right - left


def crop(image: np.ndarray, square: tuple[int, int, int]) -> np.ndarray:
    """[320, 320, 3] BGR uint8, cubic as at inference, so that the network learns the sharpness it will meet."""
    x, y, side = square
    return cv2.resize(image[y:y + side, x:x + side], (328, 328), interpolation=cv2.INTER_CUBIC)[4:324, 4:324]


def crops(folder: Path, count: int) -> np.ndarray:
    """[count, 320, 320, 3] of a dataset folder."""
    out = np.empty((count, SIZE, SIZE, 3), np.uint8)
    for i in range(count):
        image = cv2.imread(str(folder / "full_body_img" / f"{i}.jpg"))
        out[i] = crop(image, crop_square(folder / "landmarks" / f"{i}.lms"))
    return out


def drawn_so_far(folder: Path) -> int:
    """How many frames of a folder exist, counted from 0 without a gap."""
    count = 0
    while (folder / "landmarks" / f"{count}.lms").exists():
        count += 1
    return count


def pose_of(count: int, footage: int = FOOTAGE_FRAMES) -> np.ndarray:
    """Footage frame under each of `count` spoken frames."""
    return bounce(count, footage)


def planes(images: np.ndarray) -> torch.Tensor:
    """[N, H, W, 3] uint8 → [N, 3, H, W] in [0, 1], channels last in memory."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 255


def visual(reference: np.ndarray, masked: np.ndarray) -> torch.Tensor:
    """[N, 6, 320, 320]: the reference crop, and the frame to repaint with its mouth rectangle black."""
    hidden = masked.copy()
    hidden[:, 5:310, 5:315] = 0
    return torch.cat([planes(reference), planes(hidden)], 1).contiguous(memory_format=torch.channels_last)
