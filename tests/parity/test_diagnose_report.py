"""What `viseme diagnose` leaves: text, JSON, a page; and its exit statuses."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, NamedTuple, Tuple

import cv2
import numpy as np
import pytest

import browser
import footage
from diagnosis import CHARACTER, DEMO, FAULTS_FOUND, GLANCE, MODEL, check
from program import BAD_INPUT, DONE, NOT_WRITTEN, USAGE, Argument, Finished, viseme, viseme_ok

START = 100


class Report(NamedTuple):
    """A run with -o."""

    finished: Finished
    folder: Path
    told: Dict[str, Any]


def diagnose_to(folder: Path, *options: Argument) -> Report:
    finished = viseme("diagnose", *options, "-o", folder)
    assert finished.status in (DONE, FAULTS_FOUND), finished.err
    return Report(finished, folder, json.loads((folder / "diagnosis.json").read_text()))


@pytest.fixture(name="frames", scope="module")
def fixture_frames(tmp_path_factory: pytest.TempPathFactory) -> Tuple[Path, Path]:
    """Frames as they should be, and the same in R, G, B."""
    right, wrong = (tmp_path_factory.mktemp(name) for name in ("right", "wrong"))
    viseme_ok("frames", "--model", MODEL, "--character", CHARACTER, "--start", START, "--frames", 6, "-o", right)
    for path in right.glob("output_frame_*.png"):
        assert cv2.imwrite(str(wrong / path.name), cv2.imread(str(path))[..., ::-1])
    return right, wrong


@pytest.fixture(name="swapped_face", scope="module")
def fixture_swapped_face(frames: Tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The right frames with red and blue exchanged inside the square alone, as a network's output is taken for RGB."""
    folder = tmp_path_factory.mktemp("swapped")
    for path in frames[0].glob("output_frame_*.png"):
        frame = cv2.imread(str(path))
        frame[230:464, 140:374] = frame[230:464, 140:374, ::-1].copy()
        assert cv2.imwrite(str(folder / path.name), frame)
    return folder


@pytest.fixture(name="ill", scope="module")
def fixture_ill(swapped_face: Path, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A fault that is explained: outputs and checkpoint."""
    return diagnose_to(tmp_path_factory.mktemp("ill") / "report", "--outputs", swapped_face, "--start", START,
                       "--model", MODEL, "--character", CHARACTER, *GLANCE)


@pytest.fixture(name="well", scope="module")
def fixture_well(frames: Tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Report:
    """No fault, seen without a checkpoint."""
    return diagnose_to(tmp_path_factory.mktemp("well") / "report", "--outputs", frames[0], "--start", START,
                       "--character", CHARACTER)


# --- JSON -------------------------------------------------------------------------------------------------------------

def test_json_of_a_fault(ill: Report) -> None:
    check(ill.told, ill.finished.status)
    assert ill.finished.status == FAULTS_FOUND and ill.told["findings"][0]["code"] == "channel-order-out"
    assert ill.told["model"]["audio_mode"] == "ave" and ill.told["model"]["kind"] == "328 U-Net"
    assert ill.told["model"]["path"] == str(MODEL) and len(ill.told["model"]["sha256"]) == 64
    assert ill.told["data"]["frames"] == 256 and ill.told["examples"] == 2
    assert 240 < ill.told["data"]["side_mean"] < 260
    declared, *mistakes = ill.told["contracts"]
    assert declared["code"] == "declared" and declared["cost"] == 0
    for trial in mistakes:
        assert set(trial) == {"code", "words", "psnr", "ssim", "mouth", "cost"}
        assert trial["cost"] == pytest.approx(declared["psnr"] - trial["psnr"], abs=1e-6)
    assert ill.told["contract"] == next(t["words"] for t in mistakes if t["code"] == "channel-order-out")
    assert [shift["frames"] for shift in ill.told["sound"]["shifts"]] == list(range(-8, 9))
    painting = ill.told["painting"]
    assert painting["frames"] == 6 == len(painting["per_frame"])
    assert max(painting["per_frame"]) == pytest.approx(painting["per_frame"][painting["best_frame"] - START])
    assert min(painting["per_frame"]) == pytest.approx(painting["per_frame"][painting["worst_frame"] - START])


def test_json_without_a_checkpoint(well: Report) -> None:
    check(well.told, well.finished.status)
    assert well.told["model"] is None and "contracts" not in well.told and "sound" not in well.told
    assert well.told["painting"]["psnr"] > 25


def test_printed_json_is_the_file_s(swapped_face: Path, tmp_path: Path) -> None:
    finished = viseme("diagnose", "--outputs", swapped_face, "--character", CHARACTER, "--start", START, "--json",
                      "-o", tmp_path)
    assert finished.status == FAULTS_FOUND
    assert json.loads(finished.out) == json.loads((tmp_path / "diagnosis.json").read_text())


# --- text -------------------------------------------------------------------------------------------------------------

def test_text_of_a_fault(ill: Report) -> None:
    first = ill.told["findings"][0]
    headline, *rest = ill.finished.out.splitlines()
    assert first["title"] in headline
    text = "\n".join(rest)
    for part in (f"1. {first['title']} [contract]", first["text"], f"-> {first['advice']}", "as declared",
                 str(ill.folder / "report.html")):
        assert part in text
    assert f"measured {first['number']:.4g} {first['unit']}, threshold {first['threshold']:.4g}" in text


def test_text_of_none(well: Report) -> None:
    assert well.finished.out.startswith("No fault found.\n") and "->" not in well.finished.out


def test_quiet(frames: Tuple[Path, Path], swapped_face: Path) -> None:
    for outputs, status in ((frames[0], DONE), (swapped_face, FAULTS_FOUND)):
        finished = viseme("diagnose", "--outputs", outputs, "--character", CHARACTER, "--start", START, "--quiet")
        assert (finished.status, finished.out, finished.err) == (status, "", "")


# --- the page ---------------------------------------------------------------------------------------------------------

def words_of(text: str) -> str:
    return " ".join(text.split())


def test_page_of_a_fault(ill: Report) -> None:
    assert sorted(path.name for path in ill.folder.iterdir()) == ["diagnosis.json", "mistakes.png", "report.html"]
    outline = browser.check_page(ill.folder / "report.html")
    page, first = " ".join(outline.words), ill.told["findings"][0]
    for part in (first["title"], first["text"], first["advice"]):
        assert words_of(part) in page
    for trial in ill.told["contracts"]:
        assert words_of(trial["words"]) in page
    assert len(outline.all("img")) >= 6 and len(outline.all("svg")) >= 2
    shot = browser.screenshot(ill.folder / "report.html", ill.folder.parent / "ill.png", height=5000)
    assert browser.share(shot, browser.GROUNDS["bad"]) > 0.003
    assert browser.share(shot, browser.PAPER) < 0.9


def test_page_of_none(well: Report) -> None:
    assert sorted(path.name for path in well.folder.iterdir()) == ["diagnosis.json", "report.html"]
    outline = browser.check_page(well.folder / "report.html")
    assert "No fault found" in " ".join(outline.words) and len(outline.all("img")) >= 6
    shot = browser.screenshot(well.folder / "report.html", well.folder.parent / "well.png", height=2400)
    assert browser.share(shot, browser.GROUNDS["good"]) > 0.003
    assert browser.share(shot, browser.GROUNDS["bad"]) == 0


def test_the_picture_of_all_mistakes(ill: Report) -> None:
    """As many tiles as contracts, and the target: neither one face many times over nor empty."""
    sheet = cv2.imread(str(ill.folder / "mistakes.png"))
    assert sheet is not None and sheet.shape[0] * sheet.shape[1] >= len(ill.told["contracts"]) * 100 * 100
    assert sheet.std() > 20


# --- refusals ---------------------------------------------------------------------------------------------------------

def check_refused(status: int, words: "Tuple[str, ...]", *arguments: Argument) -> None:
    """One line with these words on standard error, and nothing else."""
    finished = viseme("diagnose", *arguments)
    assert finished.status == status, finished.err + finished.out
    assert finished.out == "" and finished.err.count("\n") == 1, finished.err
    for word in words:
        assert word in finished.err


def test_wrong_usage() -> None:
    both = ("--model", MODEL, "--character", CHARACTER)
    check_refused(USAGE, ("--character",), "--model", MODEL)
    check_refused(USAGE, ("--model", "--outputs"), "--character", CHARACTER)
    for option in ("--frames", "--run"):
        check_refused(USAGE, (option, "1 or more"), *both, option, 0)
    check_refused(USAGE, ("--start",), *both, "--start", -1)
    check_refused(USAGE, ("--frequency",), *both, "--frequency", 3)


def test_help() -> None:
    text = viseme_ok("diagnose", "--help").out
    for part in ("--model", "--character", "--outputs", "--against", "--json", "Example"):
        assert part in text


def test_what_is_not_there(tmp_path: Path) -> None:
    """A fault of the command line is an error, not a finding."""
    check_refused(BAD_INPUT, ("nobody",), "--model", MODEL, "--character", tmp_path / "nobody")
    check_refused(BAD_INPUT, ("no.pth",), "--model", tmp_path / "no.pth", "--character", CHARACTER)
    check_refused(BAD_INPUT, ("no.onnx",), "--model", MODEL, "--character", CHARACTER, *GLANCE,
                  "--against", tmp_path / "no.onnx")
    check_refused(BAD_INPUT, ("no.mp4",), "--outputs", tmp_path / "no.mp4", "--character", CHARACTER)
    check_refused(BAD_INPUT, ("no.npy",), "--model", MODEL, "--character", CHARACTER, "--features", tmp_path / "no.npy")


def test_a_character_without_features(tmp_path: Path) -> None:
    """Nothing can be heard on it: --features or --audio is asked for."""
    character = footage.write_dataset(tmp_path / "character", footage.make(200, 190, 100, 4))
    check_refused(USAGE, ("--features",), "--model", MODEL, "--character", character)


def test_outputs_that_are_none(tmp_path: Path) -> None:
    other = footage.write_dataset(tmp_path / "character", footage.make(200, 190, 100, 4))
    check_refused(BAD_INPUT, ("200 x 190", "512 x 512"), "--outputs", other / "full_body_img", "--character", CHARACTER)
    np.save(tmp_path / "tensor.npy", np.zeros((2, 3, 320, 320), np.float32))
    check_refused(BAD_INPUT, ("tensor.npy",), "--outputs", tmp_path / "tensor.npy", "--character", CHARACTER)
    check_refused(BAD_INPUT, ("99.pth",), "--outputs", DEMO / "models" / "99.pth", "--character", CHARACTER)


def test_a_report_that_cannot_be_written(frames: Tuple[Path, Path], tmp_path: Path) -> None:
    outputs = ("--outputs", frames[0], "--character", CHARACTER, "--start", START, "--quiet")
    check_refused(NOT_WRITTEN, ("/proc/report",), *outputs, "-o", "/proc/report")
    (tmp_path / "file").write_text("no folder")
    check_refused(NOT_WRITTEN, ("file",), *outputs, "-o", tmp_path / "file")
    (tmp_path / "report" / "report.html").mkdir(parents=True)
    check_refused(NOT_WRITTEN, ("report.html",), *outputs, "-o", tmp_path / "report")
