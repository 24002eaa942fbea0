"""Synthetic characters: moving patterns with landmarks, written as dataset or package folders. No real person."""
from __future__ import annotations

import json
from pathlib import Path
from typing import List, NamedTuple, Optional, Sequence, Tuple

import cv2
import numpy as np

import media
from pipeline import Square


class Footage(NamedTuple):
    """Pictures (uint8 [H, W, 3], B, G, R) and the crop square of each."""

    pictures: List[np.ndarray]
    squares: List[Square]


def draw(width: int, height: int, square: Square, seed: int) -> np.ndarray:
    """One picture: shaded ground, a face-like disc with features in the square, fine noise, three unlike channels."""
    random = np.random.RandomState(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    planes = [90 + 60 * np.sin(x / 23 + channel) * np.cos(y / 31 - channel) + 20 * channel for channel in range(3)]
    picture = np.stack(planes, axis=2)
    x1, y1, x2, y2 = square
    side = max(1, x2 - x1)
    cx, cy = (x1 + x2) / 2, (y1 + y2) / 2
    face = np.hypot(x - cx, (y - cy) * 0.9) < 0.52 * side
    shade = 1 - 0.5 * np.hypot(x - cx, y - cy) / side
    for channel, tone in enumerate((120, 150, 215)):
        picture[..., channel][face] = (tone * shade)[face]
    for dx, dy, rx, ry, tone in ((-.2, -.15, .07, .04, 40), (.2, -.15, .07, .04, 40), (0, .25, .18, .05, 90)):
        spot = ((x - cx - dx * side) / (rx * side)) ** 2 + ((y - cy - dy * side) / (ry * side)) ** 2 < 1
        picture[spot] = (tone, tone / 2, tone * 1.5)
    picture += random.normal(0, 4, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def wander(width: int, height: int, side: int, count: int) -> List[Square]:
    """A square that drifts inside the frame, changing its size a little."""
    squares = []
    for i in range(count):
        s = side + (i * 7) % 5 - 2
        x = int((width - s) / 2 + 0.25 * (width - s) * np.sin(0.9 * i))
        y = int((height - s) / 2 + 0.25 * (height - s) * np.cos(1.3 * i))
        squares.append((x, y, x + s, y + s))
    return squares


def make(width: int, height: int, side: int, count: int, seed: int = 1) -> Footage:
    """`count` pictures with a wandering square of about `side` pixels."""
    squares = wander(width, height, side, count)
    return Footage([draw(width, height, square, seed * 1000 + i) for i, square in enumerate(squares)], squares)


def landmarks_of(square: Square, seed: int = 0) -> np.ndarray:
    """float [110, 2] whose square, after truncation, is the given one; other points are anywhere."""
    x1, y1, x2, _ = square
    random = np.random.RandomState(seed)
    points = random.uniform(0, 1, (110, 2)) * (x2 - x1 or 1) + (x1, y1)
    points[1] = (x1 + 0.9, points[1][1])
    points[31] = (x2 + 0.25, points[31][1])
    points[52] = (points[52][0], y1 + 0.5)
    return points


def write_landmarks(path: Path, square: Square, seed: int = 0) -> None:
    """The text form, one `x y` a line."""
    path.write_text("".join(f"{x:.6f} {y:.6f}\n" for x, y in landmarks_of(square, seed)))


def write_dataset(folder: Path, footage: Footage, suffix: str = ".jpg", quality: int = 95) -> Path:
    """`full_body_img/N.jpg|png` and `landmarks/N.lms`."""
    (folder / "full_body_img").mkdir(parents=True)
    (folder / "landmarks").mkdir()
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if suffix == ".jpg" else []
    for i, (picture, square) in enumerate(zip(footage.pictures, footage.squares)):
        assert cv2.imwrite(str(folder / "full_body_img" / f"{i}{suffix}"), picture, options)
        write_landmarks(folder / "landmarks" / f"{i}.lms", square, i)
    return folder


def write_parsing(folder: Path, footage: Footage) -> None:
    """`parsing/N.png`: hair white, neck red (both keep the picture), skin and ground other colours."""
    (folder / "parsing").mkdir()
    for i, (picture, (x1, y1, x2, y2)) in enumerate(zip(footage.pictures, footage.squares)):
        parsing = np.full_like(picture, (255, 0, 85))
        third = (y2 - y1) // 3
        parsing[y1:y1 + third, x1:x2] = (255, 255, 255)
        parsing[y2 - third:y2, x1:x1 + (x2 - x1) // 2] = (0, 0, 255)
        parsing[y2 - third:y2, x1 + (x2 - x1) // 2:x2] = (0, 0, 254)      # nearly, but not, the colour that keeps
        assert cv2.imwrite(str(folder / "parsing" / f"{i}.png"), parsing)


def write_video(path: Path, pictures: Sequence[np.ndarray], fps: str = "25", crf: int = 4,
                options: Sequence[str] = (), matrix: Optional[Tuple[str, str]] = ("bt709", "tv")) -> Path:
    """H.264 yuv420p from pictures; `matrix` is what is converted by and tagged: (matrix, range)."""
    height, width = pictures[0].shape[:2]
    raw = path.with_suffix(".raw")
    raw.write_bytes(b"".join(picture.tobytes() for picture in pictures))
    scale, tags = "format=yuv420p", []
    if matrix is not None:
        space, scope = matrix
        scale = f"scale=out_color_matrix={space}:out_range={scope},format=yuv420p"
        tags = ["-colorspace", "bt709" if space == "bt709" else "smpte170m", "-color_range", scope]
    media.ffmpeg("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}", "-r", fps, "-i", raw,
                 "-vf", scale, "-c:v", "libx264", "-crf", crf, *tags, *options, path)
    raw.unlink()
    return path


def write_package(folder: Path, footage: Footage, fps: str = "25", **video: object) -> Path:
    """`full_body_video.mp4` and `crop_rectangles.json`."""
    folder.mkdir(parents=True)
    write_video(folder / "full_body_video.mp4", footage.pictures, fps, **video)
    write_rectangles(folder / "crop_rectangles.json", footage.squares)
    return folder


def write_rectangles(path: Path, squares: Sequence[Square]) -> None:
    """The table of crop squares, keys in an order that is not numeric."""
    table = {str(i): {"rect": list(square)} for i, square in enumerate(squares)}
    path.write_text(json.dumps({key: table[key] for key in sorted(table)}))
