"""Mel spectrogram of the AVE audio encoder, and which of its frames belong to which video frame."""
from __future__ import annotations

import numpy as np

RATE, N_FFT, HOP, BANDS = 16000, 800, 200, 80
WINDOW = 16  # mel frames the encoder sees


def _hz_to_mel(hz: np.ndarray) -> np.ndarray:
    return np.where(hz < 1000, hz * 3 / 200, 15 + np.log(np.maximum(hz, 1e-9) / 1000) * 27 / np.log(6.4))


def _mel_to_hz(mel: np.ndarray) -> np.ndarray:
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))


def _filterbank() -> np.ndarray:
    """[80, 401], Slaney's scale, each triangle of area 1."""
    edges = _mel_to_hz(np.linspace(_hz_to_mel(np.array(55.0)), _hz_to_mel(np.array(7600.0)), BANDS + 2))
    bins = np.arange(N_FFT // 2 + 1) * RATE / N_FFT
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    triangles = np.minimum((bins - left) / (centre - left), (right - bins) / (right - centre))
    return np.maximum(0, triangles) * 2 / (right - left)


_FILTERS = _filterbank()
_HANN = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)


def mel_spectrogram(sound: np.ndarray) -> np.ndarray:
    """16 kHz mono in [-1, 1] → [mel frames, 80] in [-4, 4]."""
    sound = np.asarray(sound, np.float64)
    sharp = np.append(sound[:1], sound[1:] - 0.97 * sound[:-1])
    padded = np.pad(sharp, N_FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP]
    magnitude = np.abs(np.fft.rfft(frames * _HANN, axis=1))
    level = 20 * np.log10(np.maximum(1e-5, magnitude @ _FILTERS.T)) - 20
    return np.clip(8 * (level + 100) / 100 - 4, -4, 4).astype(np.float32)


def feature_frames(mel_frames: int) -> int:
    """How many windows a clip has, before the first and the last feature row are repeated."""
    if mel_frames < WINDOW:
        raise ValueError(f"{mel_frames} mel frames: the encoder needs {WINDOW}")
    return int((mel_frames - WINDOW) / 80.0 * 25.0) + 2


def windows(mel: np.ndarray) -> np.ndarray:
    """[T, 1, 80, 16]: the encoder's input for each feature frame."""
    starts = [min(int(80.0 * i / 25.0), len(mel) - WINDOW) for i in range(feature_frames(len(mel)))]
    return np.stack([mel[s:s + WINDOW].T for s in starts])[:, None]
