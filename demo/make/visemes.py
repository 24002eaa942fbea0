"""Phonemes with times → mouth curves, by dominance functions.

Every phoneme has a target for each mouth parameter and a weight that says how much it insists. Around its middle it
exerts a dominance that falls off exponentially, sooner after than before (lips move ahead of the sound); a parameter
is the dominance-weighted mean of all targets (M. Cohen and D. Massaro, "Modeling coarticulation in synthetic visual
speech", 1993). Closures of p, b, m, the lip tuck of f, v and
the tongue of th are then made certain, since a mean would leave a gap.
"""
from __future__ import annotations

import numpy as np

from speech import Phoneme

FPS = 25
CHANNELS = ["jaw", "lips", "wide", "round", "press", "tuck", "tongue_up", "tongue_out", "smile"]
_FINE = 8  # steps a frame while computing

# Targets: jaw lips wide round tuck tongue_up tongue_out; press is made from closures.
_REST = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
_VOWELS = {
    "A": (0.95, 0.35, 0.05, 0.00, 0.0, 0.00, 0.0),
    "a": (0.85, 0.45, 0.40, 0.00, 0.0, 0.00, 0.0),
    "V": (0.65, 0.35, 0.10, 0.00, 0.0, 0.00, 0.0),
    "@": (0.38, 0.30, 0.05, 0.00, 0.0, 0.10, 0.0),
    "3": (0.42, 0.40, -0.15, 0.30, 0.0, 0.20, 0.0),
    "E": (0.58, 0.45, 0.45, 0.00, 0.0, 0.10, 0.0),
    "e": (0.45, 0.45, 0.60, 0.00, 0.0, 0.15, 0.0),
    "I": (0.35, 0.42, 0.50, 0.00, 0.0, 0.20, 0.0),
    "i": (0.24, 0.50, 0.90, 0.00, 0.0, 0.25, 0.0),
    "O": (0.72, 0.40, -0.45, 0.65, 0.0, 0.00, 0.0),
    "0": (0.80, 0.38, -0.25, 0.40, 0.0, 0.00, 0.0),
    "o": (0.52, 0.35, -0.60, 0.85, 0.0, 0.00, 0.0),
    "U": (0.35, 0.35, -0.50, 0.70, 0.0, 0.00, 0.0),
    "u": (0.25, 0.32, -0.75, 1.00, 0.0, 0.00, 0.0),
}
_CONSONANTS = {
    "p": (0.10, 0.00, 0.0, 0.0, 0.0, 0.0, 0.0),
    "f": (0.16, 0.25, 0.15, 0.0, 1.0, 0.0, 0.0),
    "T": (0.28, 0.40, 0.15, 0.0, 0.0, 0.3, 1.0),
    "t": (0.22, 0.38, 0.20, 0.0, 0.0, 1.0, 0.0),
    "s": (0.10, 0.50, 0.45, 0.0, 0.0, 0.6, 0.0),
    "S": (0.14, 0.60, -0.45, 0.65, 0.0, 0.5, 0.0),
    "l": (0.35, 0.38, 0.10, 0.0, 0.0, 1.0, 0.2),
    "r": (0.26, 0.40, -0.35, 0.55, 0.0, 0.3, 0.0),
    "w": (0.18, 0.28, -0.75, 1.0, 0.0, 0.0, 0.0),
    "j": (0.22, 0.42, 0.65, 0.0, 0.0, 0.3, 0.0),
    "k": (0.30, 0.34, 0.05, 0.0, 0.0, 0.1, 0.0),
    "h": (0.35, 0.32, 0.05, 0.0, 0.0, 0.0, 0.0),
}
# How much each class insists, for the same seven parameters.
_INSIST_REST = (2.0, 2.5, 1.5, 2.0, 1.0, 1.0, 1.0)
_INSIST_VOWEL = (1.2, 1.0, 1.0, 1.2, 1.5, 0.5, 0.6)
_INSIST = {
    "p": (1.0, 2.0, 0.15, 0.15, 2.0, 0.1, 1.0),
    "f": (1.6, 1.5, 0.35, 0.40, 3.0, 0.3, 1.0),
    "T": (1.0, 0.8, 0.30, 0.35, 2.0, 1.0, 3.0),
    "t": (0.9, 0.5, 0.20, 0.20, 1.0, 2.5, 1.0),
    "s": (1.6, 1.0, 0.50, 0.30, 1.0, 1.5, 1.0),
    "S": (1.5, 1.2, 1.20, 1.60, 1.0, 1.2, 1.0),
    "l": (0.6, 0.5, 0.20, 0.20, 1.0, 2.5, 1.0),
    "r": (0.8, 0.6, 0.70, 0.90, 1.0, 1.0, 1.0),
    "w": (1.3, 1.2, 1.60, 2.20, 1.0, 0.4, 1.0),
    "j": (0.9, 0.6, 0.90, 0.50, 1.0, 0.8, 1.0),
    "k": (0.4, 0.3, 0.10, 0.10, 1.0, 0.4, 1.0),
    "h": (0.15, 0.15, 0.10, 0.10, 1.0, 0.1, 1.0),
}
_CLASS_OF = {
    "p": "p", "b": "p", "m": "p", "f": "f", "v": "f", "T": "T", "D": "T", "t": "t", "d": "t", "n": "t", "*": "t",
    "s": "s", "z": "s", "S": "S", "Z": "S", "l": "l", "r": "r", "w": "w", "j": "j", "k": "k", "g": "k",
    "N": "k", "x": "k", "C": "k", "h": "h", "?": "h",
}
# espeak's two-letter vowels: (first, second, where in the phoneme the second begins).
_GLIDES = {
    "aI": ("a", "I", 0.55), "eI": ("e", "I", 0.5), "OI": ("O", "I", 0.5), "aU": ("a", "U", 0.5), "oU": ("o", "U", 0.45),
    "i@": ("I", "@", 0.6), "e@": ("E", "@", 0.6), "U@": ("U", "@", 0.6), "A@": ("A", "3", 0.7), "O@": ("O", "3", 0.7),
    "o@": ("O", "3", 0.7), "@L": ("@", "l", 0.4), "tS": ("t", "S", 0.3), "dZ": ("t", "S", 0.3),
}
_RISE, _FALL = 0.065, 0.050  # seconds: how early and how long a phoneme is felt outside its own time
_ROUND_REACH = 0.24  # rounded lips do not let the jaw fall further than this divided by their rounding
_REST_RISE, _REST_FALL = 0.050, 0.060


def _segments(phonemes: list[Phoneme]) -> list[tuple[str, float, float]]:
    """(class or "", start, end), long vowels of two letters cut in their halves."""
    out: list[tuple[str, float, float]] = []
    for p in phonemes:
        name = p.name.lstrip("'`,%=")
        if not name:
            out.append(("", p.start, p.end))
            continue
        parts = [name]
        for glide, (first, second, share) in _GLIDES.items():
            if name.startswith(glide):
                cut = p.start + share * (p.end - p.start)
                out += [(_class(first), p.start, cut), (_class(second), cut, p.end)]
                parts = []
                break
        out += [(_class(part), p.start, p.end) for part in parts]
    return out


def _class(name: str) -> str:
    if name[0] in _CLASS_OF:
        return _CLASS_OF[name[0]]
    return name[0] if name[0] in _VOWELS else "@"


def _dominance(time: np.ndarray, start: float, end: float, rise: float, fall: float) -> np.ndarray:
    """1 within the middle of the phoneme, falling off exponentially before and after it."""
    quarter = 0.25 * (end - start)
    before = np.clip((start + quarter) - time, 0, None)
    after = np.clip(time - (end - quarter), 0, None)
    return np.exp(-before / rise - after / fall)


def _bump(time: np.ndarray, start: float, end: float, slope: float) -> np.ndarray:
    """1 from start to end with smooth shoulders `slope` seconds wide outside."""
    distance = np.maximum(start - time, time - end)
    x = np.clip(1 - distance / slope, 0, 1)
    return x * x * (3 - 2 * x)


def _smooth(curve: np.ndarray, seconds: float) -> np.ndarray:
    """Gaussian of the given standard deviation along the first axis, edges repeated."""
    sigma = seconds * FPS * _FINE
    radius = int(4 * sigma) + 1
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(curve, [(radius, radius)] + [(0, 0)] * (curve.ndim - 1), mode="edge")
    return np.apply_along_axis(np.convolve, 0, padded, kernel, mode="valid")


def mouth_curves(phonemes: list[Phoneme], frames: int) -> np.ndarray:
    """[frames, 9] in the order of CHANNELS; row i is the mouth in the middle of video frame i."""
    time = (np.arange(frames * _FINE) + 0.5) / (FPS * _FINE)
    segments = _segments(phonemes)
    total = np.full((len(time), 7), 1e-6)
    value = np.zeros((len(time), 7))
    rest = np.zeros(len(time))
    closed = np.zeros(len(time))
    tucked = np.zeros(len(time))
    shown = np.zeros(len(time))
    for index, (kind, start, end) in enumerate(segments):
        if kind == "":
            # A pause below a tenth of a second is part of the speech around it.
            if end - start < 0.1:
                continue
            target, insist, rise, fall = _REST, _INSIST_REST, _REST_RISE, _REST_FALL
            rest += _bump(time, start + 0.08, end - 0.04, 0.12)
        else:
            vowel = kind in _VOWELS
            target = _VOWELS[kind] if vowel else _CONSONANTS[kind]
            insist = _INSIST_VOWEL if vowel else _INSIST[kind]
            rise, fall = _RISE, _FALL
        weight = _dominance(time, start, end, rise, fall)[:, None] * np.array(insist)
        total += weight
        value += weight * np.array(target)
        # A stop's closure comes before its burst, and one frame at least must show it.
        if kind == "p":
            closed = np.maximum(closed, _bump(time, min(start, end - 0.085) + 0.005, end - 0.025, 0.045))
        if kind == "f":
            tucked = np.maximum(tucked, _bump(time, start, max(end - 0.02, start + 0.05), 0.05))
        if kind == "T":
            shown = np.maximum(shown, _bump(time, start - 0.01, end - 0.01, 0.06))
    jaw, lips, wide, rounding, tuck, up, out = _smooth(value / total, 0.018).T
    rest = np.clip(_smooth(rest, 0.03), 0, 1)
    closed, tucked = _smooth(closed, 0.008), _smooth(tucked, 0.010)
    tuck = np.maximum(tuck * 0.4, tucked)
    jaw = jaw * (1 - rest)
    jaw = jaw * (1 - closed) + np.minimum(jaw, 0.12) * closed
    jaw = jaw * (1 - tuck) + np.minimum(jaw, 0.18) * tuck
    jaw = np.minimum(jaw, _ROUND_REACH / np.maximum(rounding, 0.01))
    lips = lips * (1 - closed) * (1 - rest)
    press = np.maximum(closed, 0.12 * rest)
    out = out * _smooth(shown, 0.010) * (1 - closed) * (1 - tuck)
    smile = 0.10 + 0.18 * rest
    fine = np.stack([jaw, lips, wide, rounding, press, tuck, up, out, smile], 1)
    return fine.reshape(frames, _FINE, -1)[:, _FINE // 2 - 1:_FINE // 2 + 1].mean(1).astype(np.float32)
