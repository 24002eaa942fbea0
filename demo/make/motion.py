"""What the presenter does besides speaking: sway, glances, blinks, brows, breath. Seeded, so always the same."""
from __future__ import annotations

import numpy as np

from visemes import FPS

COLUMNS = 20
MOUTH = slice(0, 9)
_BLINK_L, _BLINK_R, _GAZE_X, _GAZE_Y, _BROW, _YAW, _PITCH, _ROLL, _TX, _TY, _BREATH = range(9, 20)


def _drift(rng: np.random.Generator, frames: int, periods: tuple[float, ...], amplitude: float) -> np.ndarray:
    """A sum of slow sines with random phase and slightly random period; peak about `amplitude`."""
    time = np.arange(frames) / FPS
    waves = [np.sin(2 * np.pi * (time / (p * rng.uniform(0.9, 1.1)) + rng.uniform())) / (i + 1.5)
             for i, p in enumerate(periods)]
    return amplitude * np.sum(waves, 0) / sum(1 / (i + 1.5) for i in range(len(periods)))


def _blinks(rng: np.random.Generator, frames: int) -> np.ndarray:
    shape = np.array([0.35, 0.95, 1.0, 0.65, 0.25])
    blink = np.zeros(frames)
    at = rng.uniform(1.0, 2.0)
    while at * FPS + len(shape) < frames:
        begin = int(at * FPS)
        blink[begin:begin + len(shape)] = np.maximum(blink[begin:begin + len(shape)], shape)
        at += rng.uniform(2.2, 4.5)
    return blink


def _gaze(rng: np.random.Generator, frames: int, reach: float) -> np.ndarray:
    """Glances: held, then moved within two frames; mostly towards the camera."""
    gaze = np.zeros(frames)
    at, level = 0, 0.0
    while at < frames:
        hold = int(rng.uniform(1.2, 3.2) * FPS)
        gaze[at:at + hold] = level
        at += hold
        level = 0.0 if rng.uniform() < 0.5 else rng.uniform(-reach, reach)
    padded = np.pad(gaze, (1, 1), mode="edge")
    return (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4


def head_motion(frames: int, seed: int) -> np.ndarray:
    """[frames, COLUMNS] with the mouth's columns left at zero."""
    rng = np.random.default_rng(seed)
    rows = np.zeros((frames, COLUMNS), np.float32)
    rows[:, _BLINK_L] = rows[:, _BLINK_R] = _blinks(rng, frames)
    rows[:, _GAZE_X] = _gaze(rng, frames, 0.45)
    rows[:, _GAZE_Y] = _gaze(rng, frames, 0.25)
    rows[:, _BROW] = _drift(rng, frames, (3.7, 1.9), 0.30)
    rows[:, _YAW] = _drift(rng, frames, (7.3, 3.9, 2.3), 0.070)
    rows[:, _PITCH] = _drift(rng, frames, (5.9, 3.1, 1.7), 0.036)
    rows[:, _ROLL] = _drift(rng, frames, (6.7, 4.3), 0.028)
    rows[:, _TX] = _drift(rng, frames, (8.9, 4.7), 0.010)
    rows[:, _TY] = _drift(rng, frames, (5.3, 3.3), 0.006)
    rows[:, _BREATH] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frames) / FPS / 3.9)
    return rows


def bounce(count: int, template: int) -> np.ndarray:
    """Which template frame each of `count` video frames uses: 1, 2, …, N-1, N-2, …, 0, 1, … (N = template)."""
    if template == 1:
        return np.zeros(count, int)
    period = 2 * (template - 1)
    step = (np.arange(count) + 1) % period
    return np.where(step < template, step, period - step)


def with_mouth(motion: np.ndarray, mouth: np.ndarray) -> np.ndarray:
    """Rows of the renderer: this motion, that mouth."""
    rows = motion.copy()
    rows[:, MOUTH] = mouth
    return rows
