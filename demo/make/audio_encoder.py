"""Features of a sound by the AVE audio encoder (the network itself is defined beside the tests)."""
from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

from mel import mel_spectrogram, windows

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from reference.networks import AveEncoder  # noqa: E402


@torch.no_grad()
def features(encoder: AveEncoder, sound: np.ndarray) -> np.ndarray:
    """[T + 2, 512]: the rows of aud_ave.npy. Row i belongs to video frame i."""
    encoder.eval()
    inputs = torch.from_numpy(windows(mel_spectrogram(sound)))
    rows = torch.cat([encoder(part) for part in inputs.split(64)]).numpy()
    return np.concatenate([rows[:1], rows, rows[-1:]])


def audio_windows(rows: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """[len(frames), 32, 16, 16]: rows i-8 … i+7 of each frame i, zeros outside the clip."""
    padded = np.pad(rows, [(8, 8), (0, 0)])
    return np.stack([padded[i:i + 16].reshape(32, 16, 16) for i in frames])


def load_encoder(path: Path) -> AveEncoder:
    encoder = AveEncoder()
    state = torch.load(path, map_location="cpu")
    encoder.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
    return encoder.eval()
