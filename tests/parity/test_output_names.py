"""Names of results that promise another kind of file are refused, with the name to use, before any work."""
from __future__ import annotations

from pathlib import Path

import pytest

from program import REPOSITORY, USAGE, viseme

ENCODER = REPOSITORY / "demo" / "models" / "audio_encoder.pth"


@pytest.mark.parametrize("suffix", (".webm", ".mkv", ".mov", ".gif", ".avi", ".mp3", ".png", ".ts", ".WEBM"))
def test_videos(suffix: str, tmp_path: Path) -> None:
    done = viseme("render", "--model", "m.pth", "--character", "c", "--audio", "a.wav", "--audio-encoder", "e.pth",
                  "-o", tmp_path / f"talking{suffix}")
    assert done.status == USAGE and str(tmp_path / "talking.mp4") in done.err


@pytest.mark.parametrize("name", ("talking.mp4", "talking.MP4", "talking.m4v", "talking"))
def test_videos_that_are_named_right(name: str, tmp_path: Path) -> None:
    done = viseme("render", "--model", "m.pth", "--character", "c", "--audio", "a.wav", "--audio-encoder", "e.pth",
                  "-o", tmp_path / name)
    assert "name it" not in done.err


@pytest.mark.parametrize("command,name,wanted", (
    (("features", "--audio", "a.wav", "--mel"), "mel.png", "mel.npy"),
    (("features", "--audio", "a.wav", "--audio-encoder", ENCODER, "-o"), "aud.npz", "aud.npy"),
    (("infer", "--model", "m.pth", "--input", "i.npy", "-o"), "out.bin", "out.npy"),
    (("export", "--model", "m.pth", "-o"), "out.pth", "out.onnx"),
    (("frames", "--model", "m.pth", "--character", "c", "-o"), "out.png", "out"),
    (("diagnose", "--model", "m.pth", "--character", "c", "-o"), "report.html", "report"),
    (("sweep", "m.pth", "--character", "c", "-o"), "report.json", "report")))
def test_other_results(command: tuple, name: str, wanted: str, tmp_path: Path) -> None:
    done = viseme(*command, tmp_path / name)
    assert done.status == USAGE and f"name it {tmp_path / wanted}\n" in done.err, done.err


def test_a_preset_that_there_is_not(tmp_path: Path) -> None:
    done = viseme("render", "--model", "m.pth", "--character", "c", "--audio", "a.wav", "--audio-encoder", "e.pth",
                  "--preset", "quick", "-o", tmp_path / "out.mp4")
    assert done.status == USAGE and "--preset quick" in done.err and "veryfast" in done.err
    assert "out.mp4" not in done.err
