"""The lip-sync pipeline in Python (OpenCV, librosa, PyTorch), written from the data contract.

What viseme must reproduce, as small functions in the order in which data passes through them.
Pictures are uint8 [H, W, 3] in B, G, R; landmarks are pixels; sound is mono in [-1, 1] at 16 kHz.
OpenCV is Debian's 4.6: another build may resize with other roundings.
"""
from __future__ import annotations

import json
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import cv2
import librosa
import numpy as np
import scipy.signal
import torch
from torch import nn

SAMPLE_RATE = 16000         # samples a second that the mel is made from
MEL_RATE = 80               # mel frames a second
MEL_STEP = 16               # mel frames that one feature row sees
FEATURE_RATE = 25           # feature rows a second

Square = Tuple[int, int, int, int]      # x1, y1, x2, y2: left and top inside, right and bottom outside


class Geometry(NamedTuple):
    """Sizes in pixels that belong to a family."""

    crop: int                           # the square is resized to crop x crop
    size: int                           # the network sees the inner size x size
    mask: Tuple[int, int, int, int]     # x, y, w, h painted black inside that
    crop_resize: str                    # defaults of inference
    paste_resize: str

    @property
    def border(self) -> int:
        return (self.crop - self.size) // 2


GEOMETRY: Dict[str, Geometry] = {
    "328": Geometry(328, 320, (5, 5, 310, 305), "cubic", "cubic"),
    "160": Geometry(168, 160, (5, 5, 150, 145), "bilinear", "bilinear"),
}

INTERPOLATION: Dict[str, int] = {"bilinear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC, "area": cv2.INTER_AREA}


class WindowForm(NamedTuple):
    """How feature rows become the audio input."""

    rows: int                           # feature rows in a window
    row: Tuple[int, ...]                # shape of one row
    model_input: Tuple[int, int, int]   # [A, H, W]


WINDOWS: Dict[str, WindowForm] = {
    "ave": WindowForm(16, (512,), (32, 16, 16)),
    "hubert": WindowForm(16, (2, 1024), (32, 32, 32)),
    "hubert_ultralight": WindowForm(8, (2, 1024), (16, 32, 32)),
    "wenet": WindowForm(16, (16, 512), (256, 16, 32)),
    "wenet_ultralight": WindowForm(8, (16, 512), (128, 16, 32)),
}


# --- where the face is ------------------------------------------------------------------------------------------------

def read_landmarks(path: Path) -> np.ndarray:
    """`N.lms`, one `x y` a line -> int32 [110, 2], truncated towards zero."""
    rows = [np.array(line.split(), dtype=np.float32) for line in path.read_text().splitlines() if line.strip()]
    return np.array(rows, dtype=np.float32).astype(np.int32)


def square_of_landmarks(landmarks: np.ndarray) -> Square:
    """int32 [110, 2] -> the crop square in the frame."""
    left, top, right = int(landmarks[1][0]), int(landmarks[52][1]), int(landmarks[31][0])
    return left, top, right, top + (right - left)


def read_rectangles(path: Path) -> List[Square]:
    """`crop_rectangles.json` -> one square a frame, in frame order."""
    table = json.loads(path.read_text())
    return [tuple(table[key]["rect"]) for key in sorted(table, key=int)]


# --- from a picture to the network and back ---------------------------------------------------------------------------

def cut(frame: np.ndarray, square: Square, geometry: Geometry, how: str) -> np.ndarray:
    """frame [H, W, 3] -> the square (clipped as NumPy slices it) resized to [crop, crop, 3]."""
    x1, y1, x2, y2 = square
    return cv2.resize(frame[y1:y2, x1:x2], (geometry.crop, geometry.crop), interpolation=INTERPOLATION[how])


def inner(crop: np.ndarray, geometry: Geometry) -> np.ndarray:
    """[crop, crop, 3] -> [S, S, 3], a copy."""
    b = geometry.border
    return crop[b:b + geometry.size, b:b + geometry.size].copy()


def paint_mask(face: np.ndarray, geometry: Geometry) -> np.ndarray:
    """[S, S, 3] -> the same with the mouth rectangle black."""
    return cv2.rectangle(face.copy(), geometry.mask, (0, 0, 0), -1)


def visual_tensor(face: np.ndarray, geometry: Geometry) -> np.ndarray:
    """[S, S, 3] uint8 -> float32 [6, S, S] in [0, 1]: the face, then the masked face."""
    planes = [picture.transpose(2, 0, 1).astype(np.float32) / 255.0
              for picture in (face, paint_mask(face, geometry))]
    return np.concatenate(planes, axis=0)


def to_pixels(prediction: np.ndarray) -> np.ndarray:
    """float32 [3, S, S] in [0, 1] -> uint8 [S, S, 3], truncated."""
    return np.array(prediction.transpose(1, 2, 0) * 255, dtype=np.uint8)


def keep_by_parsing(parsing: np.ndarray) -> np.ndarray:
    """face parsing picture [h, w, 3] -> bool [h, w]: where the original picture stays."""
    return (parsing == (0, 0, 255)).all(axis=2) | (parsing == (255, 255, 255)).all(axis=2)


def composite(frame: np.ndarray, square: Square, crop: np.ndarray, face: np.ndarray, geometry: Geometry, how: str,
              parsing: Optional[np.ndarray] = None) -> np.ndarray:
    """frame [H, W, 3], crop [crop, crop, 3], repainted face [S, S, 3] -> the finished frame [H, W, 3].

    parsing is as large as the frame."""
    x1, y1, x2, y2 = square
    b = geometry.border
    whole = crop.copy()
    whole[b:b + geometry.size, b:b + geometry.size] = face
    original = frame[y1:y2, x1:x2]
    height, width = original.shape[:2]
    patch = cv2.resize(whole, (width, height), interpolation=INTERPOLATION[how])
    if parsing is not None:
        keep = keep_by_parsing(parsing[y1:y2, x1:x2])
        patch[keep] = original[keep]
    result = frame.copy()
    result[y1:y2, x1:x2] = patch
    return result


def bounce(frames: int, count: int) -> List[int]:
    """Template frames for `count` output frames over `frames` pictures: 5 -> 1 2 3 4 3 2 1 0 1 …"""
    order: List[int] = []
    index, step = 0, 1
    for _ in range(count):
        if frames > 1:
            if index >= frames - 1:
                step = -1
            if index < 1:
                step = 1
            index += step
        order.append(index)
    return order


# --- sound ------------------------------------------------------------------------------------------------------------

def load_speech(path: Path) -> np.ndarray:
    """Any file librosa reads -> float32 [samples] at 16 kHz: channels averaged, then resampled by soxr HQ."""
    samples, _ = librosa.load(str(path), sr=SAMPLE_RATE, mono=True)
    return samples


def mel_spectrogram(samples: np.ndarray) -> np.ndarray:
    """float [samples] at 16 kHz -> float64 [frames, 80] in [-4, 4], frames = 1 + samples // 200."""
    emphasised = scipy.signal.lfilter([1.0, -0.97], [1.0], samples.astype(np.float64))
    spectrum = librosa.stft(emphasised, n_fft=800, hop_length=200, win_length=800, pad_mode="constant")
    bands = librosa.filters.mel(sr=SAMPLE_RATE, n_fft=800, n_mels=80, fmin=55, fmax=7600)
    power = bands @ np.abs(spectrum)
    decibels = 20 * np.log10(np.maximum(1e-5, power)) - 20
    return np.clip(8 * ((decibels + 100) / 100) - 4, -4, 4).T


def feature_count(mel_frames: int) -> int:
    """T, feature frames that so many mel frames give (a features file has T + 2 rows)."""
    if mel_frames < MEL_STEP:
        raise ValueError(f"{mel_frames} mel frames are fewer than the {MEL_STEP} of one feature")
    return int((mel_frames - MEL_STEP) / 80. * 25.) + 2


def mel_windows(mel: np.ndarray) -> np.ndarray:
    """[frames, 80] -> float32 [T, 1, 80, 16], what the AVE encoder sees for each feature frame."""
    windows = []
    for i in range(feature_count(len(mel))):
        start = min(int(MEL_RATE * i / FEATURE_RATE), len(mel) - MEL_STEP)
        windows.append(mel[start:start + MEL_STEP].T[None])
    return np.asarray(windows, dtype=np.float32)


def ave_features(mel: np.ndarray, encoder: nn.Module, batch: int = 64) -> np.ndarray:
    """mel [frames, 80] -> float32 [T + 2, 512]: first and last row repeated once."""
    windows = torch.from_numpy(mel_windows(mel))
    with torch.no_grad():
        rows = torch.cat([encoder(part) for part in windows.split(batch)]).float().numpy()
    return np.concatenate([rows[:1], rows, rows[-1:]])


def audio_window(features: np.ndarray, frame: int, form: WindowForm) -> np.ndarray:
    """features [T, ...row] -> float32 [A, H, W]: rows frame - h … frame + h - 1, zeros outside the clip."""
    half = form.rows // 2
    window = np.zeros((form.rows, *form.row), dtype=np.float32)
    for k in range(form.rows):
        source = frame - half + k
        if 0 <= source < len(features):
            window[k] = features[source]
    return window.reshape(form.model_input)


# --- all of it --------------------------------------------------------------------------------------------------------

class Character(NamedTuple):
    """Footage: picture i (uint8 [H, W, 3]) and its square; parsing pictures are optional."""

    frame: Callable[[int], np.ndarray]
    squares: Sequence[Square]
    parsing: Optional[Callable[[int], np.ndarray]] = None


class Rendered(NamedTuple):
    """One finished frame and what led to it."""

    frame: np.ndarray           # uint8 [H, W, 3]
    input_face: np.ndarray      # uint8 [S, S, 3]
    output_face: np.ndarray     # uint8 [S, S, 3]
    prediction: np.ndarray      # float32 [3, S, S]


def read_dataset(folder: Path, parsing: bool = False) -> Character:
    """A dataset folder: `full_body_img/N.jpg|png`, `landmarks/N.lms`, optionally `parsing/N.png`."""
    pictures = {int(path.stem): path for path in (folder / "full_body_img").iterdir()
                if path.suffix in (".jpg", ".png")}
    squares = [square_of_landmarks(read_landmarks(folder / "landmarks" / f"{i}.lms")) for i in range(len(pictures))]
    return Character(lambda i: cv2.imread(str(pictures[i])), squares,
                     (lambda i: cv2.imread(str(folder / "parsing" / f"{i}.png"))) if parsing else None)


def render_frame(network: nn.Module, family: str, form: WindowForm, character: Character, features: np.ndarray,
                 template: int, row: int, crop_resize: Optional[str] = None,
                 paste_resize: Optional[str] = None) -> Rendered:
    """Footage frame `template` made to say feature row `row`."""
    geometry = GEOMETRY[family]
    frame, square = character.frame(template), character.squares[template]
    crop = cut(frame, square, geometry, crop_resize or geometry.crop_resize)
    face = inner(crop, geometry)
    visual = torch.from_numpy(visual_tensor(face, geometry))[None]
    audio = torch.from_numpy(audio_window(features, row, form))[None]
    with torch.no_grad():
        prediction = network(visual, audio)[0].numpy()
    output = to_pixels(prediction)
    parsing = character.parsing(template) if character.parsing else None
    result = composite(frame, square, crop, output, geometry, paste_resize or geometry.paste_resize, parsing)
    return Rendered(result, face, output, prediction)
