"""Face squares that nobody looked at: what is suspicious about them is told before the work, by every command that
paints; landmarks of another scheme are refused."""
from __future__ import annotations

from pathlib import Path
from typing import Callable, Dict, List, NamedTuple

import numpy as np
import pytest

import checkpoints
import footage
from program import BAD_INPUT, Argument, viseme, viseme_ok

COUNT = 24


class Parts(NamedTuple):
    """A network as narrow as can be, and features."""

    model: Path
    features: Path


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    folder = tmp_path_factory.mktemp("parts")
    network = checkpoints.unet("160", "ave", (2, 2, 2, 2, 2), 32)
    np.save(folder / "aud_ave.npy", np.random.RandomState(1).normal(0, 1, (COUNT, 512)).astype(np.float32))
    return Parts(checkpoints.save(network.state_dict(), folder / "model.pth"), folder / "aud_ave.npy")


def head(count: int = COUNT) -> footage.Footage:
    """One that drifts slowly, as heads do."""
    squares = [(30 + i // 4, 24 + i // 6, 102 + i // 4, 96 + i // 6) for i in range(count)]
    return footage.Footage([footage.draw(144, 128, square, i) for i, square in enumerate(squares)], squares)


def shifted(squares: List[footage.Square], at: int, dx: int, dy: int, dw: int = 0) -> List[footage.Square]:
    x1, y1, x2, y2 = squares[at]
    return [*squares[:at], (x1 + dx, y1 + dy, x2 + dx + dw, y2 + dy), *squares[at + 1:]]


def command(name: str, parts: Parts, character: Path, output: Path) -> List[Argument]:
    return [name, "--model", parts.model, "--character", character, "--features", parts.features, "--audio-mode", "ave",
            "--frames", 1, "--threads", 1, "-o", output / ("o.mp4" if name == "render" else "o")]


def warnings(said: str) -> List[str]:
    return [line for line in said.splitlines() if "warning" in line and "face square" in line]


@pytest.mark.parametrize("name", ("render", "frames", "dump"))
def test_what_is_right_is_passed_in_silence(name: str, parts: Parts, tmp_path: Path) -> None:
    character = footage.write_dataset(tmp_path / "c", head())
    assert not warnings(viseme_ok(*command(name, parts, character, tmp_path)).err)


SUSPICIOUS: Dict[str, Callable[[List[footage.Square]], List[footage.Square]]] = {
    "frame 9: the face square jumps": lambda squares: shifted(squares, 9, 28, 0),
    "frame 5: the face square is not square": lambda squares: shifted(squares, 5, 0, 0, 4),
    "the face square trembles": lambda squares: [(x1 + 5 * (i * i % 3 - 1), y1, x2 + 5 * (i * i % 3 - 1), y2)
                                                 for i, (x1, y1, x2, y2) in enumerate(squares)],
    "the face square leaves the picture": lambda squares: [(x1 + 44, y1, x2 + 44, y2) for x1, y1, x2, y2 in squares],
}


@pytest.mark.parametrize("name", ("render", "frames", "dump"))
@pytest.mark.parametrize("said", SUSPICIOUS)
def test_what_is_suspicious_is_told_once(said: str, name: str, parts: Parts, tmp_path: Path) -> None:
    filmed = head()
    character = footage.write_package(tmp_path / "c", filmed)
    footage.write_rectangles(character / "crop_rectangles.json", SUSPICIOUS[said](filmed.squares))
    lines = warnings(viseme_ok(*command(name, parts, character, tmp_path)).err)
    assert len(lines) == 1 and said in lines[0], lines


@pytest.mark.parametrize("name", ("render", "frames", "dump", "diagnose"))
@pytest.mark.parametrize("points", (68, 98))
def test_landmarks_of_another_scheme_are_refused(points: int, name: str, parts: Parts, tmp_path: Path) -> None:
    """No training is blamed for them."""
    filmed = head()
    character = footage.write_dataset(tmp_path / "c", filmed)
    for i, square in enumerate(filmed.squares):
        lines = [f"{x:.2f} {y:.2f}\n" for x, y in footage.landmarks_of(square, i)[:points]]
        (character / "landmarks" / f"{i}.lms").write_text("".join(lines))
    finished = viseme(*command(name, parts, character, tmp_path))
    assert finished.status == BAD_INPUT and f"0.lms: has {points} points" in finished.err


@pytest.mark.parametrize("name", ("render", "diagnose"))
def test_sizes_for_corners_are_refused(name: str, parts: Parts, tmp_path: Path) -> None:
    filmed = head()
    character = footage.write_package(tmp_path / "c", filmed)
    footage.write_rectangles(character / "crop_rectangles.json",
                             [(x1, y1, x2 - x1, y2 - y1) for x1, y1, x2, y2 in filmed.squares])
    finished = viseme(*command(name, parts, character, tmp_path))
    assert finished.status == BAD_INPUT and "x, y, width, height" in finished.err
