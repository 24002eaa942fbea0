"""`viseme sweep`: its figures are OpenCV's, NumPy's and scikit-image's of the frames that `viseme frames` paints."""
from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity

import browser
import checkpoints
import footage
import networks
import pipeline
from pipeline import Geometry, Square
from program import BAD_INPUT, NOT_WRITTEN, REPOSITORY, USAGE, viseme, viseme_ok
from test_frames import CHANNELS, make_model

DEMO = REPOSITORY / "demo"
FRAMES, BLOCK = 12, 8       # frames of the synthetic character; pixels of a block


class Set(NamedTuple):
    """Checkpoints of one family with a character for them."""

    family: str
    models: Path            # folder of N.pth
    what: List[object]      # the arguments that name character and features
    character: Path


def unet_state(seed: int) -> "checkpoints.State":
    return checkpoints.unet("160", "ave", CHANNELS, 32, seed=seed).state_dict()


@pytest.fixture(name="narrow", scope="module")
def fixture_narrow(tmp_path_factory: pytest.TempPathFactory) -> Set:
    """Three narrow 160 models, 9.pth, 10.pth and 100.pth, and twelve frames."""
    folder = tmp_path_factory.mktemp("narrow")
    (folder / "models").mkdir()
    features = make_model(folder, "160").features_path
    for name, seed in (("9", 3), ("10", 4), ("100", 5)):
        checkpoints.save(unet_state(seed), folder / "models" / f"{name}.pth")
    character = footage.write_dataset(folder / "character", footage.make(200, 190, 100, FRAMES), ".png")
    return Set("160", folder / "models", ["--character", character, "--features", features], character)


@pytest.fixture(name="demo", scope="module")
def fixture_demo() -> Set:
    return Set("328", DEMO / "models", ["--character", DEMO / "character"], DEMO / "character")


def sweep(*arguments: object, timeout: float = 120) -> Dict[str, object]:
    return json.loads(viseme_ok("sweep", *arguments, "--json", "--quiet", timeout=timeout).out)


def by_label(told: Dict[str, object]) -> "Dict[str, Dict[str, object]]":
    return {row["checkpoint"]: row for row in told["checkpoints"]}


# --- figures ----------------------------------------------------------------------------------------------------------

class Painted(NamedTuple):
    """A frame as filmed and as painted, whole and as the network's face."""

    square: Square
    filmed: np.ndarray
    painted: np.ndarray
    filmed_face: np.ndarray
    painted_face: np.ndarray
    next_face: np.ndarray       # as filmed, one frame later


def film(character: Path, number: int) -> Tuple[np.ndarray, Square]:
    landmarks = pipeline.read_landmarks(character / "landmarks" / f"{number}.lms")
    path = next((character / "full_body_img").glob(f"{number}.*"))
    return cv2.imread(str(path)), pipeline.square_of_landmarks(landmarks)


def paint(of: Set, checkpoint: Path, number: int, folder: Path) -> Painted:
    """What `viseme frames` makes of one frame (and of the next, for its filmed face)."""
    viseme_ok("frames", "--model", checkpoint, *of.what, "--start", number, "--frames", 2, "-o", folder, "--quiet")
    filmed, square = film(of.character, number)
    face, comparison = (cv2.imread(str(folder / name)) for name in ("input_face_0000.png", "comparison_0000.png"))
    return Painted(square, filmed, cv2.imread(str(folder / "output_frame_0000.png")), face,
                   comparison[-len(face):, -len(face):], cv2.imread(str(folder / "input_face_0001.png")))


def decibels(a: np.ndarray, b: np.ndarray) -> float:
    return 10 * math.log10(255 ** 2 / np.mean((a.astype(np.float64) - b) ** 2))


def mask_of(frame: np.ndarray, square: Square, geometry: Geometry) -> np.ndarray:
    """The part of a whole frame that lies wholly inside the mask."""
    x1, y1, x2, y2 = square
    x, y, width, height = geometry.mask
    scale, border = (x2 - x1) / geometry.crop, geometry.border
    rows = slice(y1 + math.ceil((border + y) * scale), y1 + math.floor((border + y + height) * scale))
    columns = slice(x1 + math.ceil((border + x) * scale), x1 + math.floor((border + x + width) * scale))
    return frame[rows, columns]


def block_means(face: np.ndarray) -> np.ndarray:
    """[S / 8, S / 8, 3]"""
    n = len(face) // BLOCK
    return face[:n * BLOCK, :n * BLOCK].reshape(n, BLOCK, n, BLOCK, 3).mean(axis=(1, 3))


def mouth_of(frames: List[Painted], geometry: Geometry) -> np.ndarray:
    """bool [S / 8, S / 8]: the blocks that move most as filmed."""
    motion = sum(np.abs((block_means(f.next_face) - block_means(f.filmed_face)) @ (.114, .587, .299)) for f in frames)
    n = len(motion)
    x, y, width, height = geometry.mask
    at = np.arange(n) * BLOCK
    rows = (at >= y) & (at + BLOCK <= y + height)
    columns = (at >= x) & (at + BLOCK <= x + width) & (np.arange(n) * 4 >= n) & ((np.arange(n) + 1) * 4 <= 3 * n)
    motion[~np.outer(rows, columns)] = -1
    chosen = np.zeros(n * n, bool)
    chosen[np.argsort(motion, axis=None)[-(width // BLOCK * (height // BLOCK) // 10):]] = True
    return chosen.reshape(n, n)


def lasting_shift(frames: List[Painted], geometry: Geometry) -> float:
    """Mean CIEDE2000 between the mean colours over time of the mask's blocks."""
    x, y, width, height = geometry.mask
    labs = []
    for faces in ([f.filmed_face for f in frames], [f.painted_face for f in frames]):
        mean = np.mean(faces, axis=0)[y:y + height // BLOCK * BLOCK, x:x + width // BLOCK * BLOCK]
        blocks = mean.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK, 3).mean(axis=(1, 3))
        labs.append(rgb2lab(blocks[..., ::-1] / 255))
    return float(deltaE_ciede2000(*labs).mean())


def check_figures(told: Dict[str, object], row: Dict[str, object], frames: List[Painted], geometry: Geometry) -> None:
    masks = [(mask_of(f.filmed, f.square, geometry), mask_of(f.painted, f.square, geometry)) for f in frames]
    assert row["psnr_per_frame"] == pytest.approx([decibels(*pair) for pair in masks], abs=1e-6)
    assert row["trained"]["frames"] == len(told["frames"]) == len(frames)
    assert row["trained"]["psnr"] == pytest.approx(np.mean(row["psnr_per_frame"]), abs=1e-6)
    ssims = [structural_similarity(*pair, channel_axis=2, gaussian_weights=True, sigma=1.5,
                                   use_sample_covariance=False, data_range=255) for pair in masks]
    assert row["trained"]["ssim"] == pytest.approx(np.mean(ssims), abs=1e-5)
    mouth = np.kron(mouth_of(frames, geometry), np.ones((BLOCK, BLOCK))).astype(bool)
    mouths = [decibels(f.filmed_face[mouth], f.painted_face[mouth]) for f in frames]
    assert row["trained"]["mouth_psnr"] == pytest.approx(np.mean(mouths), abs=1e-6)
    assert row["delta_e"] == pytest.approx(lasting_shift(frames, geometry), abs=1e-3)
    assert row["sharpness"] > 0 and row["response"] > 0


@pytest.mark.parametrize("name", ("narrow", "demo"))
def test_figures_are_those_of_the_painted_frames(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    of: Set = request.getfixturevalue(name)
    paths = [of.models / "25.pth"] if name == "demo" else [of.models / "9.pth", of.models / "10.pth"]
    told = sweep(*paths, *of.what, "--frames", 3)
    assert len(told["frames"]) == 3 and told["held_out_frames"] == []
    for path in paths:
        frames = [paint(of, path, k, tmp_path / f"{path.stem}_{k}") for k in told["frames"]]
        check_figures(told, by_label(told)[path.name], frames, pipeline.GEOMETRY[of.family])


def test_frames_are_evenly_spread(narrow: Set) -> None:
    told = sweep(narrow.models / "9.pth", *narrow.what, "--frames", 3)
    assert told["frames"] == [2, 6, 10]
    assert sweep(narrow.models / "9.pth", *narrow.what, "--frames", -1)["frames"] == list(range(FRAMES))
    assert sweep(narrow.models / "9.pth", *narrow.what, "--frames", 99)["frames"] == list(range(FRAMES))
    told = sweep(narrow.models / "9.pth", *narrow.what, "--frames", 2, "--hold-out", 4)
    assert (told["frames"], told["held_out_frames"]) == ([2, 6], [9, 11])


# --- ranking ----------------------------------------------------------------------------------------------------------

@pytest.fixture(name="demo_sweep", scope="module")
def fixture_demo_sweep(demo: Set, tmp_path_factory: pytest.TempPathFactory) -> Tuple[str, Path]:
    """What it prints about the demo's four checkpoints, and the folder it writes."""
    folder = tmp_path_factory.mktemp("sweep") / "made" / "here"
    paths = [demo.models / f"{n}.pth" for n in (99, 25, 75, 50)]
    return viseme_ok("sweep", *paths, *demo.what, "-o", folder, timeout=300).out, folder


def test_the_demo_s_checkpoints_in_order(demo_sweep: Tuple[str, Path]) -> None:
    """25 < 50 < 75. Between 75 and 99 the footage does not decide: frames differ by more than they do."""
    out, folder = demo_sweep
    told = json.loads((folder / "sweep.json").read_text())
    assert [row["checkpoint"] for row in told["checkpoints"]][2:] == ["50.pth", "25.pth"]
    rows = by_label(told)
    assert rows["25.pth"]["trained"]["psnr"] + 3 < rows["50.pth"]["trained"]["psnr"]
    assert rows["50.pth"]["trained"]["psnr"] + .3 < rows["75.pth"]["trained"]["psnr"]
    assert [row["tied"] for row in told["checkpoints"]] == [True, True, False, False]
    first, second = told["checkpoints"][:2]
    assert abs(first["trained"]["psnr"] - second["trained"]["psnr"]) < second["margin_db"]
    assert first["trained"]["mouth_psnr"] >= second["trained"]["mouth_psnr"]
    assert told["best"] == first["checkpoint"]
    *_, last, _, page = out.rstrip("\n").split("\n")
    assert page == str(folder / "report.html")
    assert last == told["verdict"]
    assert last.startswith(f"{told['best']} is the best of 4: ") and f"A tie: {second['checkpoint']}" in last


def test_the_table_is_aligned(demo_sweep: Tuple[str, Path]) -> None:
    lines = demo_sweep[0].splitlines()
    assert len(lines) == 9 and len({len(line) for line in lines[:5]}) == 1
    assert lines[5].startswith("judged: ") and "--exact" in lines[5]
    assert lines[0].split() == ["rank", "checkpoint", "mask", "dB", "SSIM", "mouth", "dB", "sharpness", "colour",
                                "response"]
    assert [line.split()[:2] for line in lines[3:5]] == [["3", "50.pth"], ["4", "25.pth"]]


def test_the_margin_is_two_standard_errors(demo_sweep: Tuple[str, Path]) -> None:
    told = json.loads((demo_sweep[1] / "sweep.json").read_text())
    best = told["checkpoints"][0]
    assert best["margin_db"] == pytest.approx(.1)
    for row in told["checkpoints"][1:]:
        apart = np.subtract(best["psnr_per_frame"], row["psnr_per_frame"])
        error = apart.std(ddof=1) / math.sqrt(len(apart))
        assert row["margin_db"] == pytest.approx(max(.1, 2 * error), abs=1e-6)


def test_a_checkpoint_and_its_export_are_a_tie(narrow: Set, tmp_path: Path) -> None:
    viseme_ok("export", "--model", narrow.models / "9.pth", "--audio-mode", "ave", "-o", tmp_path / "9.onnx")
    rows = by_label(sweep(narrow.models / "9.pth", tmp_path / "9.onnx", narrow.models / "10.pth", *narrow.what))
    assert rows["9.onnx"]["tied"] and rows["9.pth"]["tied"] and not rows["10.pth"]["tied"]
    assert rows["9.onnx"]["trained"]["psnr"] == pytest.approx(rows["9.pth"]["trained"]["psnr"], abs=1e-3)


def painted_by(of: Set, checkpoint: Path, folder: Path) -> List[np.ndarray]:
    viseme_ok("frames", "--model", checkpoint, *of.what, "--frames", FRAMES, "-o", folder, "--quiet")
    return [cv2.imread(str(folder / f"output_frame_{i:04d}.png")) for i in range(FRAMES)]


def test_overfitting_is_named(narrow: Set, tmp_path: Path) -> None:
    """Footage whose first eight frames look as 100.pth paints and whose last four as 9.pth does."""
    early, late = (painted_by(narrow, narrow.models / f"{n}.pth", tmp_path / n) for n in ("9", "100"))
    squares = [film(narrow.character, i)[1] for i in range(FRAMES)]
    character = footage.write_dataset(tmp_path / "character", footage.Footage(late[:8] + early[8:], squares), ".png")
    what = ["--character", character, *narrow.what[2:]]
    models = [narrow.models / "9.pth", narrow.models / "100.pth"]
    told = sweep(*models, *what, "--hold-out", 4)
    rows = by_label(told)
    assert rows["100.pth"]["trained"]["psnr"] > rows["9.pth"]["trained"]["psnr"]
    assert rows["9.pth"]["held_out"]["psnr"] > rows["100.pth"]["held_out"]["psnr"]
    assert (told["best"], told["ranked_by"]) == ("9.pth", "held_out")
    assert told["held_out_frames"] == [8, 9, 10, 11] and told["frames"] == list(range(8))
    for row in told["checkpoints"]:
        assert row["held_out"]["psnr"] == pytest.approx(np.mean(row["psnr_per_frame"][8:]), abs=1e-6)
        assert row["trained"]["psnr"] == pytest.approx(np.mean(row["psnr_per_frame"][:8]), abs=1e-6)
    assert told["overfitting"].startswith("After 9.pth") and "100.pth is" in told["overfitting"]
    lines = viseme_ok("sweep", *models, *what, "--hold-out", 4).out.splitlines()
    assert lines[-2] == told["overfitting"] and lines[-1] == told["verdict"]
    without = sweep(*models, *what)
    assert (without["overfitting"], without["ranked_by"], len(without["frames"])) == (None, "trained", FRAMES)


def test_a_folder_stands_for_its_numbers(narrow: Set, tmp_path: Path) -> None:
    told = sweep(narrow.models, *narrow.what, "-o", tmp_path / "out")
    assert {row["number"] for row in told["checkpoints"]} == {9, 10, 100}
    assert [row["rank"] for row in told["checkpoints"]] == [1, 2, 3]
    named = sweep(*(narrow.models / f"{n}.pth" for n in (100, 9, 10)), *narrow.what, "-o", tmp_path / "out")
    assert named == told
    assert list(told["strip"]["psnr"]) == ["9.pth", "10.pth", "100.pth"]        # by number


# --- checkpoints that cannot be scored --------------------------------------------------------------------------------

def test_a_failing_checkpoint_is_a_row(narrow: Set, tmp_path: Path) -> None:
    state = unet_state(6)
    state["outc.conv.weight"][0] = float("nan")
    (tmp_path / "cut.pth").write_bytes((narrow.models / "9.pth").read_bytes()[:5000])
    encoder = checkpoints.seeded(networks.build("ave_encoder"), 6).state_dict()
    bad = {"1.pth": (tmp_path / "1.pth", "no such file"),
           "cut.pth": (tmp_path / "cut.pth", "cut.pth"),
           "encoder.pth": (checkpoints.save(encoder, tmp_path / "encoder.pth"), "AVE audio encoder"),
           "nan.pth": (checkpoints.save(state, tmp_path / "nan.pth"), "no numbers"),
           "other.pth": (checkpoints.save(checkpoints.unet("328", "ave", CHANNELS, 32).state_dict(),
                                          tmp_path / "other.pth"), "328 U-Net"),
           "wenet.pth": (checkpoints.save(checkpoints.unet("160", "wenet", networks.FULL).state_dict(),
                                          tmp_path / "wenet.pth"), "wenet")}
    arguments = [*(path for path, _ in bad.values()), narrow.models, *narrow.what, "--frames", 2]
    finished = viseme_ok("sweep", *arguments, "--json", "-o", tmp_path / "out")
    told = json.loads(finished.out)
    assert [row["error"] is None for row in told["checkpoints"]] == [True] * 3 + [False] * 6
    assert "6 could not be scored" in told["verdict"]
    for row in told["checkpoints"][3:]:
        assert row["rank"] is None and row["trained"] is None and row["psnr_per_frame"] == []
        assert bad[row["checkpoint"]][1] in row["error"], row["error"]
    assert json.loads((tmp_path / "out" / "sweep.json").read_text()) == told
    words = browser.drawn(tmp_path / "out" / "report.html").words
    assert all(name in words for name in bad)


def test_when_all_fail_the_first_error_speaks(narrow: Set, tmp_path: Path) -> None:
    encoder = checkpoints.save(checkpoints.seeded(networks.build("ave_encoder"), 6).state_dict(), tmp_path / "e.pth")
    finished = viseme("sweep", tmp_path / "d.pth", encoder, *narrow.what, "-o", tmp_path / "out")
    assert finished.status == BAD_INPUT and finished.err.count("\n") == 1 and finished.out == ""
    assert "none of 2" in finished.err and "d.pth: no such file" in finished.err
    assert not (tmp_path / "out").exists()


# --- files ------------------------------------------------------------------------------------------------------------

def test_the_page(demo_sweep: Tuple[str, Path]) -> None:
    folder = demo_sweep[1]
    told = json.loads((folder / "sweep.json").read_text())
    outline = browser.check_page(folder / "report.html")
    words = " ".join(outline.words)
    assert len(outline.all("img")) == 5 and told["verdict"] in words
    for row in told["checkpoints"]:
        assert f"{row['trained']['psnr']:.2f}" in words and row["checkpoint"] in words


def test_the_plot(demo_sweep: Tuple[str, Path]) -> None:
    root = ElementTree.parse(demo_sweep[1] / "sweep.svg").getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert root.tag == space + "svg"
    assert root.find(space + "title").text == "PSNR by checkpoint"
    texts = [element.text for element in root.iter(space + "text")]
    assert "mask" in texts and "mouth" in texts and "dB" in texts
    lines = [element.get("d") for element in root.iter(space + "path") if "line" in element.get("class", "").split()]
    drawn = [line for line in lines if len(re.findall("[MLml]", line)) == 4]
    assert len(drawn) == 2                                                          # four checkpoints, two series


@pytest.mark.parametrize("chosen", (None, 5))
def test_the_strip(narrow: Set, chosen: "int | None", tmp_path: Path) -> None:
    """The filmed face, then every checkpoint's, by number, as `viseme frames` paints them."""
    told = sweep(narrow.models, *narrow.what, "-o", tmp_path / "out", *(["--frame", chosen] if chosen else []))
    number = told["strip"]["frame"]
    spread = np.std([row["psnr_per_frame"] for row in told["checkpoints"]], axis=0)
    assert number == (told["frames"][int(np.argmax(spread))] if chosen is None else chosen)
    strip = cv2.imread(str(tmp_path / "out" / "strip.png"))
    size, gap = 160, 6
    assert strip.shape[1] == gap + 4 * (size + gap)
    for i, name in enumerate((None, "9", "10", "100")):
        painted = paint(narrow, narrow.models / f"{name or 9}.pth", number, tmp_path / f"{i}")
        cell = strip[-gap - size:-gap, gap + i * (size + gap):][:, :size]
        assert np.array_equal(cell, painted.filmed_face if name is None else painted.painted_face)
        if name is not None:
            assert told["strip"]["psnr"][f"{name}.pth"] == pytest.approx(
                by_label(told)[f"{name}.pth"]["psnr_per_frame"][told["frames"].index(number)], abs=1e-6)


# --- the command ------------------------------------------------------------------------------------------------------

KEYS = {"best", "verdict", "overfitting", "character", "kind", "audio_mode", "ranked_by", "frames", "held_out_frames",
        "checkpoints", "strip", "tie_db", "by_name", "version", "composite"}
ROW_KEYS = {"rank", "tied", "checkpoint", "path", "number", "sha256", "error", "trained", "held_out", "margin_db",
            "sharpness", "delta_e", "response", "psnr_per_frame"}


def test_the_json(narrow: Set) -> None:
    told = sweep(narrow.models, *narrow.what, "--frames", 2)
    assert set(told) == KEYS and told["strip"] is None and told["overfitting"] is None
    assert (told["kind"], told["audio_mode"]) == ("160 U-Net", "ave")
    for row in told["checkpoints"]:
        assert set(row) == ROW_KEYS and row["held_out"] is None and re.fullmatch("[0-9a-f]{64}", row["sha256"])
        assert row["path"] == str(narrow.models / row["checkpoint"])
    quiet = viseme_ok("sweep", narrow.models, *narrow.what, "--frames", 2, "--quiet")
    assert quiet.out == "" and quiet.err == ""


def check_refused(status: int, words: "Tuple[str, ...]", folder: Path, *arguments: object) -> None:
    """One line with these words on standard error, besides warnings, and nothing new in the folder."""
    before = sorted(folder.rglob("*"))
    finished = viseme("sweep", *arguments)
    assert finished.status == status, finished.err
    said = [line for line in finished.err.splitlines() if "warning:" not in line]
    assert finished.out == "" and len(said) == 1, finished.err
    for word in words:
        assert word in finished.err, finished.err
    assert sorted(folder.rglob("*")) == before


def test_refusals(narrow: Set, tmp_path: Path) -> None:
    one, out = narrow.models / "9.pth", ["-o", tmp_path / "out"]
    check_refused(USAGE, ("checkpoint",), tmp_path, *narrow.what, *out)
    check_refused(USAGE, ("--character",), tmp_path, one, *out)
    check_refused(USAGE, ("--frames 0",), tmp_path, one, *narrow.what, *out, "--frames", 0)
    check_refused(USAGE, ("--hold-out -1",), tmp_path, one, *narrow.what, *out, "--hold-out", -1)
    check_refused(USAGE, ("--hold-out 12", "12"), tmp_path, one, *narrow.what, *out, "--hold-out", 12)
    check_refused(USAGE, ("--frame 40", "40 rows"), tmp_path, one, *narrow.what, *out, "--frame", 40)
    check_refused(USAGE, ("--frame", "--output"), tmp_path, one, *narrow.what, "--frame", 4)
    check_refused(USAGE, ("aud_ave.npy", "--features"), tmp_path, one, *narrow.what[:2], *out)
    check_refused(USAGE, ("256",), tmp_path, *[f"{i}.pth" for i in range(257)], *narrow.what)
    check_refused(BAD_INPUT, ("nobody",), tmp_path, one, "--character", tmp_path / "nobody", *narrow.what[2:], *out)
    check_refused(BAD_INPUT, ("nothing.npy",), tmp_path, one, *narrow.what[:2], "--features",
                  tmp_path / "nothing.npy", *out)
    (tmp_path / "empty").mkdir()
    check_refused(BAD_INPUT, ("empty", "N.pth"), tmp_path, tmp_path / "empty", *narrow.what, *out)


def test_short_features_leave_no_frame_held_out(narrow: Set, tmp_path: Path) -> None:
    np.save(tmp_path / "short.npy", np.load(narrow.what[3])[:8])
    what = [narrow.models / "9.pth", *narrow.what[:2], "--features", tmp_path / "short.npy"]
    assert sweep(*what)["frames"] == list(range(8))
    check_refused(USAGE, ("--hold-out 4", "8 have"), tmp_path, *what, "--hold-out", 4)


def test_damaged_footage_ends_it(narrow: Set, tmp_path: Path) -> None:
    character = footage.write_dataset(tmp_path / "character", footage.make(200, 190, 100, 4))
    broken = character / "full_body_img" / "2.jpg"
    broken.write_bytes(broken.read_bytes()[:400])
    check_refused(BAD_INPUT, ("2.jpg",), tmp_path, narrow.models, "--character", character, *narrow.what[2:],
                  "-o", tmp_path / "out")


def test_targets_that_cannot_be_written(narrow: Set, tmp_path: Path) -> None:
    ready = [narrow.models / "9.pth", *narrow.what, "--frames", 1, "-o"]
    (tmp_path / "file").write_text("no folder")
    check_refused(NOT_WRITTEN, ("file",), tmp_path, *ready, tmp_path / "file")
    check_refused(NOT_WRITTEN, ("/proc/sweep",), tmp_path, *ready, "/proc/sweep")
