"""How near the fast precision is to float32 on a network of the zoo, on its sample and on what it has not seen."""
from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import List, NamedTuple, Tuple

import numpy as np

import zoo
from program import viseme_ok


class Verdict(NamedTuple):
    """Decibels to a peak of 1; infinite where bytes are equal."""

    used: bool                  # is anything in 16 bits?
    blocks: int
    float32_blocks: int
    sample: float               # the frame that the decision was made by
    others: Tuple[float, ...]   # each of the other frames
    exact: float                # float32 to PyTorch, on the sample
    again: bool                 # a second run, on two threads, has decided the same and written the same bytes
    same: bool                  # are the bytes those of float32?

    @property
    def worst(self) -> float:
        return min(self.others)


def decibels(got: np.ndarray, want: np.ndarray) -> float:
    error = np.mean((got.astype(np.float64) - want) ** 2)
    return float("inf") if error == 0 else float(-10 * np.log10(error))


def _run(animal: zoo.Animal, kept: zoo.Kept, precision: str, threads: int, folder: Path) -> Tuple[np.ndarray, dict]:
    """Results of all frames, and what was decided."""
    inputs = [word for path in kept.inputs for word in ("--input", path)]
    done = viseme_ok("infer", "--model", kept.model, "--audio-mode", animal.audio_mode, *inputs, "--precision",
                     precision, "--threads", threads, "-o", folder / "out.npy", "--json", "--quiet")
    return np.load(folder / "out.npy"), json.loads(done.out).get("fast", {})


def judge_kept(animal: zoo.Animal, kept: zoo.Kept, folder: Path, again: bool = True) -> Verdict:
    """What runs of files that are there say."""
    exact, _ = _run(animal, kept, "float32", 1, folder)
    fast, decision = _run(animal, kept, "fast", 1, folder)
    agrees = True
    if again:
        second, other = _run(animal, kept, "fast", 2, folder)
        agrees = decision == other and second.tobytes() == fast.tobytes()
    frames: List[float] = [decibels(*pair) for pair in zip(fast, exact)]
    return Verdict(decision["used"], decision["blocks"], decision["float32_blocks"], frames[0], tuple(frames[1:]),
                   decibels(exact[:1], kept.single), agrees, fast.tobytes() == exact.tobytes())


def judge(animal: zoo.Animal) -> Verdict:
    with tempfile.TemporaryDirectory() as folder:
        return judge_kept(animal, zoo.keep(animal, Path(folder)), Path(folder))
