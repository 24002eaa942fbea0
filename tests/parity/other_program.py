"""Frames as somebody else's program makes them, with the mistakes of this field.

Pictures are prepared and put back by `tests/reference/pipeline.py` and NumPy; `viseme infer` runs the network, which
other tests hold against PyTorch.
"""
from __future__ import annotations

from pathlib import Path
from typing import Callable, List, NamedTuple, Optional

import cv2
import numpy as np

import pipeline
from program import viseme_ok

GEOMETRY = pipeline.GEOMETRY["328"]
FORM = pipeline.WINDOWS["ave"]


#: Does something to a painted face, given the number of its frame.
Retouch = Callable[[np.ndarray, int], np.ndarray]


class Habits(NamedTuple):
    """What a program does; as it stands, everything right."""

    rgb_in: bool = False
    rgb_out: bool = False
    gain: float = 1             # pixels in [0, 1] are fed as gain x + offset
    offset: float = 0
    signed_out: bool = False    # the output is taken for [-1, 1]
    window: str = "centred"     # or "tiled", "zero"
    shift: int = 0              # rows by which the window lies too late
    mask: str = "family"        # or "none", "all", "lower"
    reference: Optional[int] = None     # footage frame that the unmasked face comes from
    crop: str = "cubic"
    whole_in: bool = False      # the square is fed without its rim
    whole_out: bool = False     # and the output stretched over all of it
    paste: int = cv2.INTER_CUBIC
    retouch: Optional[Retouch] = None

    @property
    def geometry(self) -> pipeline.Geometry:
        return GEOMETRY._replace(crop=GEOMETRY.size) if self.whole_in else GEOMETRY


MASKS = {"family": GEOMETRY.mask, "lower": (0, 160, 320, 160), "all": (0, 0, 320, 320)}


def face_of(character: pipeline.Character, frame: int, habits: Habits) -> np.ndarray:
    """What the program takes for the face, uint8 [S, S, 3]."""
    crop = pipeline.cut(character.frame(frame), character.squares[frame], habits.geometry, habits.crop)
    return pipeline.inner(crop, habits.geometry)


def visual_of(character: pipeline.Character, frame: int, habits: Habits) -> np.ndarray:
    """float32 [6, S, S]"""
    face = face_of(character, frame, habits)
    shown = face if habits.reference is None else face_of(character, habits.reference, habits)
    masked = face.copy()
    if habits.mask != "none":
        x, y, width, height = MASKS[habits.mask]
        masked[y:y + height, x:x + width] = 0
    both = [each[..., ::-1] if habits.rgb_in else each for each in (shown, masked)]
    planes = np.concatenate([each.transpose(2, 0, 1) for each in both]).astype(np.float32) / 255
    return planes * np.float32(habits.gain) + np.float32(habits.offset)


def window_of(features: np.ndarray, row: int, habits: Habits) -> np.ndarray:
    """float32 [A, H, W]"""
    if habits.window == "zero":
        return np.zeros(FORM.model_input, np.float32)
    if habits.window == "tiled":
        return np.tile(features[row], (FORM.rows, 1)).reshape(FORM.model_input)
    return pipeline.audio_window(features, row + habits.shift, FORM)


def paste(character: pipeline.Character, frame: int, face: np.ndarray, habits: Habits) -> np.ndarray:
    """The finished frame with a painted face, uint8 [S, S, 3]."""
    face = habits.retouch(face, frame) if habits.retouch else face
    result, (x1, y1, x2, y2) = character.frame(frame), character.squares[frame]
    whole = face
    if not habits.whole_out:
        whole = pipeline.cut(result, character.squares[frame], GEOMETRY, habits.crop)
        border = GEOMETRY.border
        whole[border:-border, border:-border] = face
    result[y1:y2, x1:x2] = cv2.resize(whole, (x2 - x1, y2 - y1), interpolation=habits.paste)
    return result


def decoded(output: np.ndarray, habits: Habits) -> np.ndarray:
    """float32 [3, S, S] -> uint8 [S, S, 3]"""
    face = pipeline.to_pixels(output / 2 + 0.5 if habits.signed_out else output)
    return face[..., ::-1] if habits.rgb_out else face


def infer(model: Path, visual: np.ndarray, audio: np.ndarray, folder: Path) -> np.ndarray:
    for name, value in (("visual", visual), ("audio", audio)):
        np.save(folder / f"{name}.npy", value)
    viseme_ok("infer", "--model", model, "--audio-mode", "ave", "--input", folder / "visual.npy",
              "--input", folder / "audio.npy", "-o", folder / "out.npy")
    return np.load(folder / "out.npy")


def paint(model: Path, folder: Path, numbers: List[int], habits: Habits, work: Path) -> List[np.ndarray]:
    """Footage frame i of the dataset in `folder` made to say its feature row i, for the numbers given."""
    character, features = pipeline.read_dataset(folder), np.load(folder / "aud_ave.npy")
    visual = np.stack([visual_of(character, i, habits) for i in numbers])
    audio = np.stack([window_of(features, i, habits) for i in numbers])
    outputs = infer(model, visual, audio, work)
    return [paste(character, i, decoded(output, habits), habits) for i, output in zip(numbers, outputs)]


def write_frames(folder: Path, frames: List[np.ndarray]) -> Path:
    """output_frame_0000.png and on."""
    folder.mkdir(parents=True)
    for i, frame in enumerate(frames):
        assert cv2.imwrite(str(folder / f"output_frame_{i:04d}.png"), frame)
    return folder
