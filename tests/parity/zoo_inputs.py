"""Frames that the networks of the zoo are shown: the first is the sample that the fast precision decides by, the others
are as unlike it as footage and voices may be."""
from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path
from typing import List, Tuple

import numpy as np

import footage
import networks
from pipeline import GEOMETRY
from program import REPOSITORY, viseme_ok

# `infer` runs as many frames at a time as the largest divisor up to 8: of a prime number, one.
FRAMES: Tuple[Tuple[str, float], ...] = (       # picture, loudness
    ("sample", 1), ("face", 1), ("face", 0.3), ("face", 3), ("face", 0), ("noise", 1), ("noise", 3), ("dark", 1),
    ("bright", 0.1), ("black", 1), ("white", 1))
DEMO = REPOSITORY / "demo"


def _drawn(size: int, seed: int) -> np.ndarray:
    """A face in [0, 1], [3, size, size]."""
    return footage.draw(size, size, (0, 0, size, size), seed).astype(np.float32).transpose(2, 0, 1) / 255


def _picture(kind: str, size: int, seed: int) -> np.ndarray:
    face = _drawn(size, seed)
    return {"face": face, "noise": np.random.default_rng(seed).random(face.shape, np.float32), "dark": 0.1 * face,
            "bright": 0.8 + 0.2 * face, "black": 0 * face, "white": 0 * face + 1}[kind].astype(np.float32)


def _visual(kind: str, family: str, seed: int) -> np.ndarray:
    """The picture, and the same without the mouth."""
    size = {"328": 320, "160": 160}[family]
    seen = _picture(kind, size, seed)
    masked = seen.copy()
    x, y, width, height = GEOMETRY[family].mask
    masked[:, y:y + height, x:x + width] = 0
    return np.concatenate([seen, masked])


def made(family: str, mode: str, audio_channels: int, seed: int) -> List[np.ndarray]:
    """Visual and audio of FRAMES; the sample is a face or, for every second seed, noise."""
    _, audio = networks.input_shapes(family, mode, networks.FULL, len(FRAMES), audio_channels)
    sample = ("face", "noise")[seed % 2]
    pictures = [_visual(sample if kind == "sample" else kind, family, 100 * seed + i)
                for i, (kind, _) in enumerate(FRAMES)]
    loudness = np.array([gain for _, gain in FRAMES], np.float32).reshape(-1, 1, 1, 1)
    return [np.stack(pictures), np.random.default_rng(seed).standard_normal(audio, np.float32) * loudness]


@lru_cache(maxsize=1)
def demo() -> List[np.ndarray]:
    """Frames of the demo's footage under its own speech, spread over all of it."""
    visual, audio = [], []
    with tempfile.TemporaryDirectory() as folder:
        for i in range(len(FRAMES)):
            raw = Path(folder) / str(i)
            viseme_ok("dump", "--model", DEMO / "models" / "99.pth", "--audio-mode", "ave", "--character",
                      DEMO / "character", "--start", 5 + 23 * i, "--frames", 1, "-o", raw, "--quiet")
            visual.append(np.fromfile(raw / "visual_input.bin", "<f4").reshape(6, 320, 320))
            audio.append(np.fromfile(raw / "audio_input.bin", "<f4").reshape(32, 16, 16))
    return [np.stack(visual), np.stack(audio)]
