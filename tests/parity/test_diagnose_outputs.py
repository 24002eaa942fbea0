"""`viseme diagnose --outputs`: frames that other programs made, with the mistakes of this field."""
from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Sequence, Tuple

import cv2
import numpy as np
import pytest

import footage
import other_program
from diagnosis import CHARACTER, DEMO, GLANCE, MODEL, Diagnosis, check_first, check_healthy, diagnose
from other_program import Habits
from program import Argument, viseme_ok

ENCODER = DEMO / "models" / "audio_encoder.pth"
START, COUNT = 112, 8                                   # amid speech
ONSET = 100                                             # and where a pause ends
RUN = 48                                                # frames, where only pictures are judged


def explain(outputs: Path, *options: Argument) -> Diagnosis:
    """With the checkpoint at hand: what does the program do?"""
    return diagnose("--outputs", outputs, "--model", MODEL, "--character", CHARACTER, *GLANCE, *options)


def judge(outputs: Path, *options: Argument) -> Diagnosis:
    """The frames alone against the footage."""
    return diagnose("--outputs", outputs, "--character", CHARACTER, *options)


def made_by(habits: Habits, folder: Path, first: int = START, count: int = COUNT) -> Path:
    """Frames that a program of these habits makes of the demo."""
    frames = other_program.paint(MODEL, CHARACTER, list(range(first, first + count)), habits, folder)
    return other_program.write_frames(folder / "frames", frames)


# --- with the checkpoint: how the frames were made --------------------------------------------------------------------

HABITS: Dict[str, Habits] = {
    "channel-order": Habits(rgb_in=True, rgb_out=True),
    "channel-order-in": Habits(rgb_in=True),
    "channel-order-out": Habits(rgb_out=True),
    "pixel-range": Habits(gain=2, offset=-1, signed_out=True),
    "pixel-range-in": Habits(gain=2, offset=-1),
    "pixel-range-bytes": Habits(gain=255),
    "output-decoding": Habits(signed_out=True),
    "audio-tiled": Habits(window="tiled"),
    "audio-zero": Habits(window="zero"),
    "crop-linear": Habits(crop="bilinear"),
    "crop-area": Habits(crop="area"),
    "no-rim": Habits(whole_in=True, whole_out=True),
    "no-rim-in": Habits(whole_in=True),
    "output-stretched": Habits(whole_out=True),
    "mask-none": Habits(mask="none"),
    "mask-all": Habits(mask="all"),
    "mask-lower": Habits(mask="lower"),
    "paste-nearest": Habits(paste=cv2.INTER_NEAREST),
    "paste-linear": Habits(paste=cv2.INTER_LINEAR),
    "paste-area": Habits(paste=cv2.INTER_AREA),
}


@pytest.mark.parametrize("code", HABITS)
def test_one_mistake(code: str, tmp_path: Path) -> None:
    found = explain(made_by(HABITS[code], tmp_path), "--start", START)
    finding = check_first(found, code)
    assert finding["stage"] == "contract" and finding["number"] > finding["threshold"]
    assert found.of_stage("contract") == [code], found.why()


@pytest.mark.parametrize("reference", (0, START, 200), ids=("first", "begun", "any"))
def test_another_frame_as_reference(reference: int, tmp_path: Path) -> None:
    """The footage's first frame, that on which the program began, or any other."""
    check_first(explain(made_by(Habits(reference=reference), tmp_path), "--start", START), "reference-other")


@pytest.mark.parametrize("start", (START, ONSET), ids=("amid", "onset"))
@pytest.mark.parametrize("rows", (2, -2))
def test_lips_that_come_late(rows: int, start: int, tmp_path: Path) -> None:
    """A window that is not centred on its frame."""
    found = explain(made_by(Habits(shift=rows), tmp_path, start), "--start", start)
    finding = check_first(found, "lag")
    assert finding["stage"] == "contract" and finding["number"] == rows


@pytest.mark.parametrize("habits,codes", (
    (Habits(rgb_in=True, rgb_out=True, window="tiled"), ("channel-order", "audio-tiled")),
    (Habits(whole_out=True, paste=cv2.INTER_NEAREST), ("output-stretched", "paste-nearest")),
    (Habits(rgb_out=True, shift=3), ("channel-order-out", "lag")),
    (Habits(gain=2, offset=-1, shift=3), ("pixel-range-in", "lag")),
    (Habits(signed_out=True, window="zero"), ("output-decoding", "audio-zero")),
), ids=("order+tiled", "stretched+nearest", "order+lag", "range+lag", "decoding+zero"))
def test_two_mistakes(habits: Habits, codes: Tuple[str, str], tmp_path: Path) -> None:
    """Both are found, and no third."""
    found = explain(made_by(habits, tmp_path), "--start", START)
    assert sorted(found.of_stage("contract")) == sorted(codes), found.why()
    assert all(finding["number"] > finding["threshold"] for finding in found.findings if finding["unit"] == "dB")


def test_right_frames_are_healthy(tmp_path: Path) -> None:
    viseme_ok("frames", "--model", MODEL, "--character", CHARACTER, "--start", START, "--frames", COUNT, "-o", tmp_path)
    found = explain(tmp_path, "--start", START)
    check_healthy(found)
    assert found.told["contract"] == "as declared"


def test_right_frames_of_another_program_are_healthy(tmp_path: Path) -> None:
    check_healthy(explain(made_by(Habits(), tmp_path), "--start", START))


@pytest.mark.parametrize("speech", (("--audio", DEMO / "speech.wav", "--audio-encoder", ENCODER),
                                    ("--audio", CHARACTER / "speech_of_footage.wav",
                                     "--features", CHARACTER / "aud_ave.npy")), ids=("foreign", "own"))
def test_a_video_of_viseme_is_healthy(speech: Sequence[Argument], tmp_path: Path) -> None:
    """Lossy, on the bounce, and with another recording than the footage's: nothing is wrong with how it was made."""
    video = tmp_path / "talking.mp4"
    viseme_ok("render", "--model", MODEL, "--character", CHARACTER, *speech, "--frames", RUN, "-o", video, "--quiet")
    found = explain(video, *speech)
    check_healthy(found)
    assert found.told["contract"] == "as declared", found.why()


def test_a_video_whose_sound_is_not_given(tmp_path: Path) -> None:
    """Lips that say something else than the footage: unexplained, and no fault of that program's; how to find out."""
    video = tmp_path / "talking.mp4"
    viseme_ok("render", "--model", MODEL, "--character", CHARACTER, "--audio", DEMO / "speech.wav", "--audio-encoder",
              ENCODER, "--frames", 120, "-o", video, "--quiet")
    found = diagnose("--outputs", video, "--model", MODEL, "--character", CHARACTER)
    assert "--audio" in check_first(found, "unexplained")["advice"]
    assert found.codes == ["unexplained"], found.why()


def test_frames_of_other_footage(tmp_path: Path) -> None:
    drawn = footage.make(512, 512, 250, COUNT)
    outputs = other_program.write_frames(tmp_path / "frames", drawn.pictures)
    for found in (explain(outputs), judge(outputs)):
        assert check_first(found, "other-footage")["stage"] == "data"


def test_frames_of_another_checkpoint(tmp_path: Path) -> None:
    viseme_ok("frames", "--model", DEMO / "models" / "25.pth", "--character", CHARACTER, "--start", START,
              "--frames", COUNT, "-o", tmp_path)
    check_first(explain(tmp_path, "--start", START), "unexplained")


# --- without it: what the pictures show -------------------------------------------------------------------------------

@pytest.fixture(name="outputs", scope="module")
def fixture_outputs(tmp_path_factory: pytest.TempPathFactory) -> "List[np.ndarray]":
    """Faces as the network gives them, uint8 [S, S, 3], of the first frames."""
    work = tmp_path_factory.mktemp("outputs")
    faces: List[np.ndarray] = []

    def keep(face: np.ndarray, frame: int) -> np.ndarray:
        faces.append(face.copy())
        return face
    other_program.paint(MODEL, CHARACTER, list(range(RUN)), Habits(retouch=keep), work)
    return faces


def retouched(change: "other_program.Retouch", faces: "List[np.ndarray]", folder: Path) -> Path:
    """Frames with these faces, each changed."""
    character = other_program.pipeline.read_dataset(CHARACTER)
    habits = Habits(retouch=change)
    frames = [other_program.paste(character, i, face, habits) for i, face in enumerate(faces)]
    return other_program.write_frames(folder / "frames", frames)


def bytes_of(values: np.ndarray) -> np.ndarray:
    return np.clip(values, 0, 255).astype(np.uint8)


def blurred(face: np.ndarray, frame: int) -> np.ndarray:
    return cv2.GaussianBlur(face, (0, 0), 2.5)


def tinted(face: np.ndarray, frame: int) -> np.ndarray:
    return bytes_of(face.astype(np.float32) + (-10, 4, 14))


def framed(face: np.ndarray, frame: int) -> np.ndarray:
    """A rim of 8 pixels that is darker."""
    rim = np.full(face.shape, 25, np.float32)
    rim[8:-8, 8:-8] = 0
    return bytes_of(face - rim)


def flickering(face: np.ndarray, frame: int) -> np.ndarray:
    return bytes_of(face.astype(np.float32) + 6 * np.random.default_rng(frame).normal())


def shaken(face: np.ndarray, frame: int) -> np.ndarray:
    """Up to two pixels off its place, elsewhere in each frame."""
    right, down = np.random.default_rng(frame).uniform(-2, 2, 2)
    return cv2.warpAffine(face, np.float32([[1, 0, right], [0, 1, down]]), face.shape[:2],
                          borderMode=cv2.BORDER_REPLICATE)


LOOKS = {
    "channel-order": lambda face, frame: face[..., ::-1],
    "washed-out": lambda face, frame: bytes_of((face / 255 + 1) * 127.5),
    "too-dark": lambda face, frame: face // 2,
    "too-harsh": lambda face, frame: bytes_of(face.astype(np.float32) * 2 - 127.5),
    "blank": lambda face, frame: (face / 255).astype(np.uint8),
    "blur": blurred,
    "colour-shift": tinted,
    "seam": framed,
    "jitter": flickering,
}


@pytest.mark.parametrize("code", LOOKS)
def test_what_the_pictures_show(code: str, outputs: "List[np.ndarray]", tmp_path: Path) -> None:
    check_first(judge(retouched(LOOKS[code], outputs, tmp_path)), code)


def test_a_face_that_shakes(outputs: "List[np.ndarray]", tmp_path: Path) -> None:
    check_first(judge(retouched(shaken, outputs, tmp_path)), "jitter")


def test_a_mouth_that_stands_still(tmp_path: Path) -> None:
    """As a program makes it that feeds silence."""
    found = judge(made_by(Habits(window="zero"), tmp_path, 0, RUN))
    assert check_first(found, "still-mouth")["stage"] == "training"


def test_right_pictures_are_healthy(outputs: "List[np.ndarray]", tmp_path: Path) -> None:
    check_healthy(judge(retouched(lambda face, frame: face, outputs, tmp_path)))
