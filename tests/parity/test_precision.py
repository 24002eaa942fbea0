"""`--precision fast`: how far 16 bits may lie from float32, on the trained demo, and all that they must not change.

Without AVX2 there are no kernels for them, and `fast` is float32: what is promised here holds there as well.
"""
from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import List, NamedTuple

import cv2
import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

import checkpoints
import media
import pipeline
import sound
from program import PROGRAM, REPOSITORY, USAGE, Finished, viseme, viseme_ok

DEMO = REPOSITORY / "demo"
MODEL, CHARACTER = DEMO / "models" / "99.pth", DEMO / "character"
SPREAD = range(10, 256, 30)             # frames of the demo's footage
PRECISIONS = ("float32", "fast")


class Inputs(NamedTuple):
    """One frame of the demo: what the network sees and hears as raw tensors, and the face as it is drawn."""

    frame: int
    raw: Path
    drawn: np.ndarray       # uint8 [S, S, 3]


@pytest.fixture(name="inputs", scope="module")
def fixture_inputs(tmp_path_factory: pytest.TempPathFactory) -> List[Inputs]:
    """Frames of the demo under its own speech: footage frame and feature row of the same number."""
    folder, character = tmp_path_factory.mktemp("inputs"), pipeline.read_dataset(CHARACTER)
    geometry = pipeline.GEOMETRY["328"]
    for frame in SPREAD:
        viseme_ok("dump", "--model", MODEL, "--audio-mode", "ave", "--character", CHARACTER, "--start", frame,
                  "--frames", 1, "-o", folder / str(frame), "--quiet")
    return [Inputs(frame, folder / str(frame), pipeline.inner(pipeline.cut(
        character.frame(frame), character.squares[frame], geometry, geometry.crop_resize), geometry))
        for frame in SPREAD]


def paint(model: Path, inputs: Inputs, precision: str, output: Path) -> np.ndarray:
    """The face as it reaches the video, uint8 [S, S, 3]."""
    viseme_ok("infer", "--model", model, "--audio-mode", "ave", "--data", inputs.raw, "--precision", precision,
              "-o", output, "--quiet")
    return pipeline.to_pixels(np.load(output)[0])


def repainted(face: np.ndarray) -> np.ndarray:
    """The mask's rectangle of [S, S, 3]."""
    x, y, width, height = pipeline.GEOMETRY["328"].mask
    return face[y:y + height, x:x + width]


def has_kernels() -> bool:
    """Does this processor, with what VISEME_ISA leaves of it, calculate in 16 bits?"""
    told = viseme_ok("bench", "--model", MODEL, "--audio-mode", "ave", "--precision", "fast", "--runs", 1)
    return "no kernels" not in told.err


# --- how near ---------------------------------------------------------------------------------------------------------

def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """SSIM with Wang's parameters."""
    return structural_similarity(one, other, channel_axis=2, gaussian_weights=True, sigma=1.5,
                                 use_sample_covariance=False, data_range=255)


@pytest.mark.parametrize("name", ("25", "99"))
def test_fast_is_near_float32_and_no_further_from_the_drawn_face(name: str, inputs: List[Inputs],
                                                                 tmp_path: Path) -> None:
    """46 dB and 0.99 for each frame; 0.3 dB lost over all."""
    model, distances, kernels = DEMO / "models" / f"{name}.pth", [], has_kernels()
    for each in inputs:
        drawn = repainted(each.drawn)
        exact, fast = (repainted(paint(model, each, precision, tmp_path / "out.npy")) for precision in PRECISIONS)
        distances.append([peak_signal_noise_ratio(drawn, face) for face in (exact, fast)])
        assert np.array_equal(exact, fast) == (not kernels), f"frame {each.frame}"
        if kernels:
            assert peak_signal_noise_ratio(exact, fast) >= 46, f"frame {each.frame}"
            assert likeness(exact, fast) >= 0.99, f"frame {each.frame}"
    exact, fast = np.mean(distances, axis=0)
    assert exact > 25, "the demo paints something else than what is drawn"
    assert exact - fast <= 0.3


@pytest.mark.parametrize("family,mode", (("328", "ave"), ("328", "hubert"), ("328", "wenet"), ("160", "ave"),
                                         ("160", "hubert"), ("160", "wenet")))
def test_every_family_and_mode(family: str, mode: str, tmp_path: Path) -> None:
    """Random weights, as near as the demo's; widths that are no multiple of a register."""
    channels = (20, 24, 40, 72, 136)
    network = checkpoints.unet(family, mode, channels)
    model = checkpoints.save(network.state_dict(), tmp_path / "model.pth")
    given = checkpoints.inputs_of(family, mode, channels, 1)
    paths = [tmp_path / f"input{i}.npy" for i in range(len(given))]
    for path, array in zip(paths, given):
        np.save(path, array)
    viseme_ok("infer", "--model", model, "--audio-mode", mode, *[word for path in paths for word in ("--input", path)],
              "--precision", "fast", "-o", tmp_path / "fast.npy", "--quiet")
    expected = checkpoints.answer(network, given).single
    assert peak_signal_noise_ratio(expected, np.load(tmp_path / "fast.npy"), data_range=1) >= 40


# --- the finished video -----------------------------------------------------------------------------------------------

class Stage(NamedTuple):
    """The demo's first frames, and rows for more than one pass over them."""

    model: Path
    character: Path
    features: Path


FOOTAGE, ROWS = 4, 11


@pytest.fixture(name="stage", scope="module")
def fixture_stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Footage that returns within the clip, so that what is kept of it is read."""
    folder = tmp_path_factory.mktemp("stage")
    for part, suffix in (("full_body_img", "jpg"), ("landmarks", "lms")):
        (folder / part).mkdir()
        for i in range(FOOTAGE):
            shutil.copy(CHARACTER / part / f"{i}.{suffix}", folder / part)
    np.save(folder / "aud_ave.npy", np.load(CHARACTER / "aud_ave.npy")[:ROWS])
    return Stage(MODEL, folder, folder / "aud_ave.npy")


def render(stage: Stage, output: Path, *options: object) -> Path:
    viseme_ok("render", "--model", stage.model, "--audio-mode", "ave", "--character", stage.character, "--features",
              stage.features, "-o", output, "--quiet", "--no-sign", *options)
    return output


def test_video_is_near_the_exact_one(stage: Stage, tmp_path: Path) -> None:
    exact, fast = (media.frames(render(stage, tmp_path / f"{precision}.mp4", "--crf", 0, "--precision", precision))
                   for precision in PRECISIONS)
    assert exact.shape == fast.shape and len(fast) == ROWS
    assert not has_kernels() or not np.array_equal(exact, fast)
    assert min(peak_signal_noise_ratio(*pair) for pair in zip(exact, fast)) >= 40


def test_float32_is_what_is_used_unasked(stage: Stage, tmp_path: Path) -> None:
    unasked = render(stage, tmp_path / "unasked.mp4", "--frames", 3).read_bytes()
    assert unasked == render(stage, tmp_path / "asked.mp4", "--frames", 3, "--precision", "float32").read_bytes()


def test_same_bytes_whatever_is_kept_of_the_footage(stage: Stage, tmp_path: Path) -> None:
    """All of it, some of it, nothing."""
    usual = render(stage, tmp_path / "usual.mp4", "--precision", "fast").read_bytes()
    for megabytes in (0, 12, 64):
        written = render(stage, tmp_path / "way.mp4", "--precision", "fast", "--cache-mb", megabytes).read_bytes()
        assert written == usual, f"--cache-mb {megabytes}"


def test_same_frames_on_any_number_of_threads(stage: Stage, tmp_path: Path) -> None:
    """Of the file only what x264 notes of its own threads differs: the pictures are looked at, lossless."""
    one, *others = (media.frames(render(stage, tmp_path / f"{threads}.mp4", "--precision", "fast", "--crf", 0,
                                        "--threads", threads)) for threads in (1, 2, 3))
    for other in others:
        assert np.array_equal(one, other)


def test_pieces_are_the_whole(stage: Stage, tmp_path: Path) -> None:
    lossless = ("--precision", "fast", "--crf", 0)
    whole = media.frames(render(stage, tmp_path / "whole.mp4", *lossless))
    pieces = [media.frames(render(stage, tmp_path / f"{start}.mp4", *lossless, "--start", start, "--frames", frames))
              for start, frames in ((0, 3), (3, 1), (4, ROWS - 4))]
    assert np.array_equal(np.concatenate(pieces), whole)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_frames_are_painted_as_infer_calculates(precision: str, inputs: List[Inputs], tmp_path: Path) -> None:
    """To the bit in float32; 16 bits have units of the footage's first frame there, and of their own input here."""
    viseme_ok("frames", "--model", MODEL, "--audio-mode", "ave", "--character", CHARACTER, "--start", inputs[3].frame,
              "--frames", 1, "--precision", precision, "-o", tmp_path, "--quiet")
    face = paint(MODEL, inputs[3], precision, tmp_path / "out.npy")
    painted = cv2.imread(str(tmp_path / "comparison_0000.png"))[-len(face):, -len(face):]
    if precision == "float32":
        assert np.array_equal(painted, face)
    else:
        assert peak_signal_noise_ratio(face, painted) >= 46


def test_inspect_says_what_the_choice_comes_to(stage: Stage, tmp_path: Path) -> None:
    """The same as what a render then paints with."""
    on = ("--character", stage.character, "--precision", "fast")
    told = json.loads(viseme_ok("inspect", stage.model, *on, "--audio-mode", "ave", "--json").out)["fast"]
    made = viseme_ok("render", "--model", stage.model, "--audio-mode", "ave", *on, "--features", stage.features, "--frames", 1,
                     "-o", tmp_path / "talking.mp4", "--json")
    assert told == json.loads(made.out)["fast"]
    assert told["blocks"] == 0 or told["psnr_db"] >= 40
    for alone in (on[:2], on[2:]):
        refused = viseme("inspect", stage.model, *alone)
        assert refused.status == USAGE and "--precision fast and --character together" in refused.err


def test_what_is_heard_is_not_made_fast(stage: Stage, tmp_path: Path) -> None:
    """The audio encoder of a fast render makes the rows that `viseme features` makes."""
    speech = ("--audio", sound.write_wav(tmp_path / "speech.wav", sound.babble(0.5)))
    encoder = ("--audio-encoder", DEMO / "models" / "audio_encoder.pth")
    viseme_ok("features", *speech, *encoder, "-o", tmp_path / "aud_ave.npy", "--quiet")
    stage = stage._replace(features=tmp_path / "aud_ave.npy")
    by_file = render(stage, tmp_path / "file.mp4", *speech, "--precision", "fast")
    viseme_ok("render", "--model", stage.model, "--character", stage.character, *speech, *encoder, "-o",
              tmp_path / "speech.mp4", "--precision", "fast", "--quiet", "--no-sign")
    assert (tmp_path / "speech.mp4").read_bytes() == by_file.read_bytes()


# --- without kernels, and wrong use -----------------------------------------------------------------------------------

def portable(*arguments: object) -> Finished:
    run = subprocess.run([str(PROGRAM), *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False,
                         stdin=subprocess.DEVNULL, env={**os.environ, "VISEME_ISA": "portable"})
    assert run.returncode == 0, run.stderr
    return Finished(run.returncode, run.stdout, run.stderr)


@pytest.fixture(name="narrow", scope="module")
def fixture_narrow(tmp_path_factory: pytest.TempPathFactory) -> "tuple[Path, List[object]]":
    """A narrow model, and the arguments that name its inputs."""
    folder, channels = tmp_path_factory.mktemp("narrow"), (4, 8, 12, 20, 36)
    network = checkpoints.unet("160", "ave", channels, 32)
    options: List[object] = ["--audio-mode", "ave"]
    for i, array in enumerate(checkpoints.inputs_of("160", "ave", channels, 1, 32)):
        np.save(folder / f"{i}.npy", array)
        options += ["--input", folder / f"{i}.npy"]
    return checkpoints.save(network.state_dict(), folder / "model.pth"), options


def test_without_kernels_it_is_float32_and_says_so(narrow: "tuple[Path, List[object]]", tmp_path: Path) -> None:
    model, options = narrow
    written = {}
    for precision in PRECISIONS:
        done = portable("infer", "--model", model, *options, "--precision", precision, "-o", tmp_path / "out.npy")
        written[precision] = (tmp_path / "out.npy").read_bytes()
        warnings = [line for line in done.err.splitlines() if "warning" in line.lower()]
        assert len(warnings) == (precision == "fast"), done.err
        assert all("fast" in line and "float32" in line for line in warnings)
    assert written["fast"] == written["float32"]


def test_render_without_kernels(stage: Stage, tmp_path: Path) -> None:
    arguments = ["render", "--model", stage.model, "--audio-mode", "ave", "--character", stage.character, "--features",
                 stage.features, "--frames", 1, "--no-sign", "-o"]
    done = portable(*arguments, tmp_path / "fast.mp4", "--precision", "fast")
    assert sum("float32 is used" in line for line in done.err.splitlines()) == 1
    portable(*arguments, tmp_path / "float32.mp4")
    assert (tmp_path / "fast.mp4").read_bytes() == (tmp_path / "float32.mp4").read_bytes()


COMMANDS = ("render", "frames", "infer", "bench", "inspect")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("wrong", ("half", "", "FAST"))
def test_other_precisions_are_refused(command: str, wrong: str, tmp_path: Path) -> None:
    refused = viseme(command, "--model", tmp_path / "none.pth", f"--precision={wrong}")
    assert refused.status == USAGE and refused.out == "" and len(refused.err.splitlines()) == 1
    assert all(word in refused.err for word in ("--precision", wrong, "float32", "fast"))


@pytest.mark.parametrize("command", COMMANDS)
def test_help_explains_it(command: str) -> None:
    lines = [line for line in viseme_ok(command, "--help").out.splitlines() if line.startswith("  --precision")]
    assert len(lines) == 1 and "float32 (default)" in lines[0] and "fast" in lines[0]
