"""In silence the mouth rests, and what is spoken is painted as ever: the footage's own words with pauses of digital silence and
of a room's noise between them, with the gate and without. Squares that stand still."""
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence

import cv2
import numpy as np
import pytest
import soundfile

import checkpoints
import faults
import footage
import media
import sound
from diagnosis import CHARACTER, DEMO, MODEL
from program import USAGE, viseme, viseme_ok

sys.path.insert(0, str(DEMO / "make"))
from opening import opening                                                     # noqa: E402

RATE, FRAME = 16000, 640
SAID = (range(49, 83), range(104, 137))                                         # frames of the footage, closed at both ends
PAUSE = 32                                                                      # frames
BEFORE, AFTER = 8, 13           # frames by which speaking begins before the sound and is over after it (speech_gate.h)


class Take(NamedTuple):
    frames: np.ndarray
    told: Dict[str, Any]


def parts() -> List[np.ndarray]:
    """Words of the footage, and behind them digital silence, and a room's noise at -50 dBFS."""
    speech, rate = soundfile.read(str(CHARACTER / "speech_of_footage.wav"), dtype="float32")
    assert rate == RATE
    noise = np.random.default_rng(1).normal(0, 10 ** (-50 / 20), PAUSE * FRAME)
    first, second = (speech[said.start * FRAME:said.stop * FRAME] for said in SAID)
    return [first, np.zeros(PAUSE * FRAME), second, noise]


def spans() -> List[range]:
    ends = np.cumsum([0] + [len(part) // FRAME for part in parts()])
    return [range(int(a), int(b)) for a, b in zip(ends, ends[1:])]


def render(folder: Path, name: str, *more: str) -> Take:
    speech = sound.write_wav(folder / "speech.wav", np.concatenate(parts()).astype(np.float32))
    told = viseme_ok("render", "--model", MODEL, "--character", CHARACTER, "--audio", speech, "--audio-encoder",
                     DEMO / "models" / "audio_encoder.pth", "--precision", "fast", "--crf", 0, "--preset", "ultrafast",
                     "--footage-start", 40, "--json", "-o", folder / name, *more, timeout=300).out
    return Take(media.frames(folder / name), json.loads(told))


@pytest.fixture(scope="module")
def resting(tmp_path_factory: pytest.TempPathFactory) -> Take:
    return render(tmp_path_factory.mktemp("resting"), "o.mp4")


@pytest.fixture(scope="module")
def restless(tmp_path_factory: pytest.TempPathFactory) -> Take:
    return render(tmp_path_factory.mktemp("restless"), "o.mp4", "--no-rest")


def footage_under(i: int, first: int = 40, count: int = 256) -> int:
    span = count - 1 - first
    at = (i + 1) % (2 * span)
    return first + (at if at <= span else 2 * span - at)


def opening_in(frame: np.ndarray, square: Sequence[int]) -> float:
    """Of the mouth, as the demo's own evaluation measures it."""
    x1, y1, x2, y2 = square
    return opening(cv2.resize(frame[y1:y2, x1:x2], (328, 328), interpolation=cv2.INTER_CUBIC)[4:324, 4:324])


def openings(take: Take) -> np.ndarray:
    squares = faults.demo_squares()
    return np.array([opening_in(frame, squares[footage_under(i)]) for i, frame in enumerate(take.frames)])


def inner(span: range, frames: int) -> range:
    """A pause without what belongs to the speech around it."""
    return range(span.start + AFTER, min(span.stop - BEFORE, frames))


def test_mouth_rests_in_pauses(resting: Take, restless: Take) -> None:
    open_ = openings(resting)
    pauses = [i for span in (spans()[1], spans()[3]) for i in inner(span, len(open_))]
    assert len(pauses) >= 20
    assert np.mean(open_[pauses] < 1) >= 0.98
    assert resting.told["rested"] >= 0.5 * len(pauses)
    assert restless.told["rested"] == 0


def test_what_is_spoken_is_painted_as_ever(resting: Take, restless: Take) -> None:
    """From some frames before the sound to some behind it the bytes are the same: no onset can be late."""
    assert len(resting.frames) == len(restless.frames)
    for span in (spans()[0], spans()[2]):
        for i in range(max(span.start - 4, 0), span.stop + 3):
            assert np.array_equal(resting.frames[i], restless.frames[i]), i
    changed = [i for i, (a, b) in enumerate(zip(resting.frames, restless.frames)) if not np.array_equal(a, b)]
    assert changed, "the room's noise is painted as silence"


def drawn_openings(frames: int) -> np.ndarray:
    """How far the mouth is open in the footage where these words were said; in the pauses it is closed."""
    squares = faults.demo_squares()
    truth = np.zeros(frames)
    for span, said in zip((spans()[0], spans()[2]), SAID):
        for i, number in zip(span, said):
            picture = cv2.imread(str(next((CHARACTER / "full_body_img").glob(f"{number}.*"))))
            truth[i] = opening_in(picture, squares[number])
    return truth


def test_opening_follows_the_drawn_truth_no_less(resting: Take, restless: Take) -> None:
    truth = drawn_openings(len(resting.frames))
    with_gate, without = (np.corrcoef(openings(take), truth)[0, 1] for take in (resting, restless))
    assert with_gate >= without - 0.005 and with_gate > 0.85, (with_gate, without)


def test_start_in_the_middle_gives_the_same_frames(resting: Take, tmp_path: Path) -> None:
    """Levels are learnt from the recording's begin on, wherever the clip begins."""
    begin = spans()[1].start + 3
    part = render(tmp_path, "part.mp4", "--start", str(begin), "--frames", "12")
    assert part.told["frames"] == 12 and 0 < part.told["rested"] < 12
    for i in range(12):
        assert np.array_equal(part.frames[i], resting.frames[begin + i]), i


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    network = checkpoints.unet("160", "ave", (2, 2, 2, 2, 2), 32)
    return checkpoints.save(network.state_dict(), tmp_path_factory.mktemp("narrow") / "model.pth")


def test_features_of_a_file_rest_by_the_sound(narrow: Path, tmp_path: Path) -> None:
    """Rows of a file tell no silence; the recording beside them does, and without one nothing rests."""
    rows = np.random.RandomState(1).normal(0, 1, (60, 512)).astype(np.float32)
    np.save(tmp_path / "rows.npy", rows)
    character = footage.write_dataset(tmp_path / "c", footage.make(128, 128, 80, 3))
    still = sound.write_wav(tmp_path / "still.wav", np.zeros(60 * FRAME, np.float32))
    common = ["render", "--model", narrow, "--character", character, "--features", tmp_path / "rows.npy", "--audio-mode",
              "ave", "--json", "-o", tmp_path / "o.mp4"]
    assert json.loads(viseme_ok(*common, "--audio", still).out)["rested"] == 60
    assert json.loads(viseme_ok(*common, "--audio", still, "--exact").out)["rested"] == 0
    assert json.loads(viseme_ok(*common).out)["rested"] == 0


def trembling(pictures: np.ndarray) -> float:
    return float(np.abs(np.diff(pictures.astype(int), 2, axis=0)).mean())


def test_smooth_stills_a_trembling_square(narrow: Path, tmp_path: Path) -> None:
    """The picture stands still, the square of each frame is off by up to 2 pixels."""
    random = np.random.default_rng(2)
    count, still = 30, (24, 20, 104, 100)
    picture = footage.draw(128, 128, still, 1)
    squares = [(x, y, x + 80, y + 80) for x, y in (np.array(still[:2]) + random.integers(-2, 3, (count, 2))).tolist()]
    character = footage.write_dataset(tmp_path / "c", footage.Footage([picture] * count, squares))
    np.save(tmp_path / "rows.npy", np.zeros((count, 512), np.float32))
    common = ["render", "--model", narrow, "--character", character, "--features", tmp_path / "rows.npy", "--audio-mode",
              "ave", "--crf", 0, "-o", tmp_path / "o.mp4"]
    measured = []
    for smooth in (0, 8):
        viseme_ok(*common, "--smooth", smooth)
        measured.append(trembling(media.frames(tmp_path / "o.mp4")[8:-8]))
    assert measured[0] > 0.05 and measured[1] < measured[0] / 3, measured
    refused = viseme(*common, "--smooth", 3, "--exact")
    assert refused.status == USAGE and "--smooth" in refused.err
