"""What pictures, videos, sounds and tables claim is judged before memory is taken for it."""
from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import bounded
import footage
import hostile_media
import sound
from test_bounds import EITHER, ordinary                                        # noqa: F401  (a fixture)

SIDE = 140


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset, a package and features, made once."""
    folder = tmp_path_factory.mktemp("good")
    drawn = footage.make(SIDE, SIDE, 80, 8)
    footage.write_dataset(folder / "dataset", drawn)
    footage.write_package(folder / "package", drawn)
    sound.write_wav(folder / "speech.wav", sound.babble(0.6))
    np.save(folder / "aud_ave.npy", np.zeros((10, 512), np.float32))
    return folder


def render(character: Path, good: Path, *arguments: object) -> bounded.Bounded:
    """A few frames of this character."""
    return bounded.run("render", "--model", bounded.SMALL, "--character", character, "--features", good / "aud_ave.npy",
                       "--frames", 4, "--quiet", "-o", character.parent / "out.mp4", *arguments)


@pytest.mark.parametrize("name", hostile_media.PICTURES)
def test_hostile_picture(name: str, good: Path, ordinary: float, tmp_path: Path) -> None:      # noqa: F811
    """As footage, as frames of another program, and as one side of a comparison."""
    suffix, make = hostile_media.PICTURES[name]
    path = tmp_path / "outputs" / f"output_frame_0000.{suffix}"
    path.parent.mkdir()
    make(path)
    for which in (0, 2):
        character = shutil.copytree(good / "dataset", tmp_path / f"dataset{which}")
        (character / "full_body_img" / f"{which}.jpg").unlink()
        shutil.copy(path, character / "full_body_img" / f"{which}.{suffix}")
        bounded.refused(render(character, good), ordinary, EITHER, "full_body_img")
    ran = bounded.run("compare", path, path, "--quiet")
    bounded.refused(ran, ordinary, EITHER, path.name)
    ran = bounded.run("diagnose", "--model", bounded.SMALL, "--character", good / "dataset", "--features",
                      good / "aud_ave.npy", "--outputs", path.parent, "--quiet")
    bounded.refused(ran, ordinary, EITHER, path.name)


@pytest.mark.parametrize("name", hostile_media.VIDEOS)
def test_hostile_video(name: str, good: Path, ordinary: float, tmp_path: Path) -> None:        # noqa: F811
    character = shutil.copytree(good / "package", tmp_path / "package")
    hostile_media.VIDEOS[name](character / "full_body_video.mp4")
    bounded.refused(render(character, good, "--resample-footage"), ordinary, EITHER)


@pytest.mark.parametrize("name", hostile_media.RECTANGLES)
def test_hostile_rectangles(name: str, good: Path, ordinary: float, tmp_path: Path) -> None:   # noqa: F811
    character = shutil.copytree(good / "package", tmp_path / "package")
    hostile_media.RECTANGLES[name](character / "crop_rectangles.json")
    bounded.refused(render(character, good), ordinary, EITHER, "crop_rectangles.json")


@pytest.mark.parametrize("name", hostile_media.LANDMARKS)
def test_hostile_landmarks(name: str, good: Path, ordinary: float, tmp_path: Path) -> None:    # noqa: F811
    character = shutil.copytree(good / "dataset", tmp_path / "dataset")
    hostile_media.LANDMARKS[name](character / "landmarks" / "2.lms")
    bounded.refused(render(character, good), ordinary, EITHER, "2.lms")


@pytest.mark.parametrize("name", hostile_media.SOUNDS)
def test_hostile_sound(name: str, ordinary: float, tmp_path: Path) -> None:                    # noqa: F811
    path = tmp_path / "hostile.wav"
    hostile_media.SOUNDS[name](path)
    ran = bounded.run("features", "--audio", path, "--mel", tmp_path / "mel.npy", "--quiet")
    bounded.refused(ran, ordinary, EITHER, str(path))
    assert not (tmp_path / "mel.npy").exists()


def test_sound_without_end(ordinary: float, tmp_path: Path) -> None:                           # noqa: F811
    """A recorder that was cut off leaves a length of 2^32: what is there counts."""
    hostile_media.wav(tmp_path / "cut.wav", data=hostile_media.MANY)
    ran = bounded.run("features", "--audio", tmp_path / "cut.wav", "--mel", tmp_path / "mel.npy", "--quiet")
    assert ran.finished.status == 0 and ran.peak < ordinary + bounded.ROOM, ran.finished.err
    assert len(np.load(tmp_path / "mel.npy")) == 2000 // 2 // 200 + 1
