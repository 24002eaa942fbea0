"""The demo's footage and its own speech as the network sees them, prepared in Python as tests/reference/pipeline.py
has it. Some frames are judged; others, never the same, are what reduced peers are calibrated on."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import List, Sequence

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests" / "reference"))
import pipeline                                                                 # noqa: E402

DEMO = REPOSITORY / "demo"
MODEL, CHARACTER = DEMO / "models" / "99.pth", DEMO / "character"
AUDIO_CHANNELS = 32                             # of MODEL
FAMILY, MODE = "328", "ave"
FRAMES = 32                                     # judged
CALIBRATION = 64


def spread_over(total: int, count: int) -> List[int]:
    """The middles of `count` equal parts."""
    return [(2 * i + 1) * total // (2 * count) for i in range(count)]


def judged(total: int) -> List[int]:
    return spread_over(total, FRAMES)


def calibration(total: int) -> List[int]:
    """Spread as widely as those that are judged, and none of them."""
    others = sorted(set(range(total)) - set(judged(total)))
    return [others[i] for i in spread_over(len(others), CALIBRATION)]


def length() -> int:
    return len(list((CHARACTER / "full_body_img").iterdir()))


def inputs(frames: Sequence[int]) -> List[np.ndarray]:
    """Frame K beside feature row K: visual [n, 6, S, S] and audio [n, A, H, W], float32."""
    geometry, form = pipeline.GEOMETRY[FAMILY], pipeline.WINDOWS[MODE]
    character, features = pipeline.read_dataset(CHARACTER), np.load(CHARACTER / "aud_ave.npy")

    def visual(frame: int) -> np.ndarray:
        crop = pipeline.cut(character.frame(frame), character.squares[frame], geometry, geometry.crop_resize)
        return pipeline.visual_tensor(pipeline.inner(crop, geometry), geometry)
    return [np.stack([visual(frame) for frame in frames]),
            np.stack([pipeline.audio_window(features, frame, form) for frame in frames])]
