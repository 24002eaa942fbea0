"""Composited frames before encoding, against the Python pipeline."""
from __future__ import annotations

import json
from pathlib import Path
from typing import List, NamedTuple, Optional, Sequence, Tuple

import cv2
import numpy as np
import pytest
from torch import nn

import checkpoints
import footage
import media
import networks
import pipeline
import sound
from footage import Footage
from pipeline import Character, Square
from program import viseme_ok

CHANNELS = (4, 8, 12, 20, 36)


class Model(NamedTuple):
    """A narrow U-Net, its file and feature rows for it."""

    family: str
    form: pipeline.WindowForm
    network: nn.Module
    path: Path
    features: np.ndarray
    features_path: Path


def make_model(folder: Path, family: str, mode: str = "ave", rows: int = 40, seed: int = 3) -> Model:
    """A narrow model whose window is that of the full width (the audio input is kept)."""
    form = pipeline.WINDOWS[mode]
    network = checkpoints.unet(family, mode, CHANNELS, form.model_input[0], seed=seed)
    path = checkpoints.save(network.state_dict(), folder / f"{family}_{mode}.pth")
    features = np.random.RandomState(seed).normal(0, 3, (rows, *form.row)).astype(np.float32)
    features_path = folder / f"{family}_{mode}.npy"
    np.save(features_path, features)
    return Model(family, form, network, path, features, features_path)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> "dict[str, Model]":
    """The ave models of both families."""
    folder = tmp_path_factory.mktemp("models")
    return {family: make_model(folder, family) for family in networks.FAMILIES}


def run(model: Model, character: Path, output: Path, count: int, start: int = 0, *options: object) -> None:
    viseme_ok("frames", "--model", model.path, "--character", character, "--features", model.features_path,
              "--frames", count, "--start", start, "--output", output, "--quiet", *options)


def check_frame(result: np.ndarray, expected: np.ndarray, square: Square, label: str) -> None:
    """Outside the square equal; inside at least 99.9 % of bytes equal and the rest off by one."""
    assert result.shape == expected.shape, label
    x1, y1, x2, y2 = square
    difference = np.abs(result.astype(np.int16) - expected)
    inside, outside = difference[y1:y2, x1:x2], difference.copy()
    outside[y1:y2, x1:x2] = 0
    furthest, equal, elsewhere = int(inside.max()), float((inside == 0).mean()), int(outside.max())
    assert elsewhere == 0, f"{label}: {elsewhere} off outside the square"
    assert furthest <= 1, f"{label}: {furthest} off inside the square, {equal:.4%} equal"
    assert equal >= 0.999, f"{label}: {equal:.4%} equal inside the square"


def check(model: Model, character: Character, output: Path, count: int, start: int = 0,
          templates: Optional[Sequence[int]] = None, crop_resize: Optional[str] = None,
          paste_resize: Optional[str] = None) -> None:
    """All pictures of a run: output_frame, input_face, comparison."""
    for i in range(count):
        template = templates[i] if templates else start + i
        expected = pipeline.render_frame(model.network, model.family, model.form, character, model.features, template,
                                         start + i, crop_resize, paste_resize)
        frame = cv2.imread(str(output / f"output_frame_{i:04d}.png"))
        check_frame(frame, expected.frame, character.squares[template], f"frame {i}")
        face = cv2.imread(str(output / f"input_face_{i:04d}.png"))
        assert np.array_equal(face, expected.input_face), f"input face {i}"
        comparison = cv2.imread(str(output / f"comparison_{i:04d}.png"))
        check_comparison(comparison, expected, i)
    assert not (output / f"output_frame_{count:04d}.png").exists()


def check_comparison(comparison: np.ndarray, expected: pipeline.Rendered, i: int) -> None:
    """Input and output face side by side, in this order."""
    size = expected.input_face.shape[0]
    left, right = comparison[-size:, :size], comparison[-size:, -size:]
    assert comparison.shape[1] >= 2 * size
    assert np.array_equal(left, expected.input_face), f"comparison {i}: input"
    difference = np.abs(right.astype(np.int16) - expected.output_face)
    assert difference.max() <= 1 and (difference == 0).mean() >= 0.999, f"comparison {i}: output"


# --- dataset folders --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("suffix", (".jpg", ".png"))
@pytest.mark.parametrize("family,side", (("328", 150), ("328", 361), ("160", 90), ("160", 231)))
def test_dataset(family: str, side: int, suffix: str, models: "dict[str, Model]", tmp_path: Path) -> None:
    """Squares smaller and larger than the crop; defaults of the family."""
    folder = footage.write_dataset(tmp_path / "character", footage.make(480, 400, side, 6), suffix)
    run(models[family], folder, tmp_path / "out", 4, 1)
    check(models[family], pipeline.read_dataset(folder), tmp_path / "out", 4, 1)


@pytest.mark.parametrize("crop_resize,paste_resize", (("area", "bilinear"), ("bilinear", "cubic"), ("cubic", "area"),
                                                      ("area", "area"), ("cubic", "bilinear")))
@pytest.mark.parametrize("family,side", (("328", 200), ("160", 200)))
def test_resize_options(family: str, side: int, crop_resize: str, paste_resize: str, models: "dict[str, Model]",
                        tmp_path: Path) -> None:
    folder = footage.write_dataset(tmp_path / "character", footage.make(300, 280, side, 3), ".png")
    run(models[family], folder, tmp_path / "out", 2, 0, "--crop-resize", crop_resize, "--paste-resize", paste_resize)
    check(models[family], pipeline.read_dataset(folder), tmp_path / "out", 2, 0, None, crop_resize, paste_resize)


ODD_SIDES = (1, 2, 3, 5, 13, 41, 83, 84, 85, 127, 163, 164, 165, 167, 168, 169, 191, 255, 327, 328, 329, 335, 336, 337,
             400, 419, 503, 504, 656, 673)


@pytest.mark.parametrize("crop_resize", ("cubic", "bilinear", "area"))
@pytest.mark.parametrize("family", networks.FAMILIES)
def test_crops_are_opencv_s(family: str, crop_resize: str, models: "dict[str, Model]", tmp_path: Path) -> None:
    """The face the network sees, byte for byte, over sizes around whole ratios and far from them."""
    width, height = 700, 690
    squares = [(5 + i % 7, 3 + i % 5, 5 + i % 7 + side, 3 + i % 5 + side) for i, side in enumerate(ODD_SIDES)]
    noise = np.random.RandomState(5).randint(0, 256, (height, width, 3)).astype(np.uint8)
    picture = np.where(np.arange(width)[None, :, None] % 100 < 50, noise, footage.draw(width, height, squares[-3], 1))
    folder = footage.write_dataset(tmp_path / "character", Footage([picture] * len(squares), squares), ".png")
    run(models[family], folder, tmp_path / "out", len(squares), 0, "--crop-resize", crop_resize)
    geometry = pipeline.GEOMETRY[family]
    for i, square in enumerate(squares):
        expected = pipeline.inner(pipeline.cut(picture, square, geometry, crop_resize), geometry)
        face = cv2.imread(str(tmp_path / "out" / f"input_face_{i:04d}.png"))
        assert np.array_equal(face, expected), f"{crop_resize} from {ODD_SIDES[i]} pixels"


@pytest.mark.parametrize("mode", ("hubert", "hubert_ultralight", "wenet", "wenet_ultralight"))
def test_modes(mode: str, models: "dict[str, Model]", tmp_path: Path) -> None:
    """Windows of every mode: rows before and behind the clip are zeros."""
    model = make_model(tmp_path, "160", mode, rows=5)
    folder = footage.write_dataset(tmp_path / "character", footage.make(200, 190, 100, 5))
    run(model, folder, tmp_path / "out", 5)
    check(model, pipeline.read_dataset(folder), tmp_path / "out", 5)


def test_features_from_a_wav(models: "dict[str, Model]", tmp_path: Path) -> None:
    """Sound through the AVE encoder gives the frames that its features give."""
    model = models["160"]
    encoder = checkpoints.seeded(networks.build("ave_encoder"), 19)
    encoder_path = checkpoints.save(encoder.state_dict(), tmp_path / "encoder.pth")
    audio = sound.write_wav(tmp_path / "speech.wav", sound.babble(1.0))
    features = pipeline.ave_features(pipeline.mel_spectrogram(pipeline.load_speech(audio)), encoder)
    folder = footage.write_dataset(tmp_path / "character", footage.make(200, 190, 100, 6))
    viseme_ok("frames", "--model", model.path, "--character", folder, "--audio", audio, "--audio-encoder",
              encoder_path, "--frames", 3, "--start", 2, "--output", tmp_path / "out", "--quiet")
    check(model._replace(features=features), pipeline.read_dataset(folder), tmp_path / "out", 3, 2)


def test_features_beside_the_footage(models: "dict[str, Model]", tmp_path: Path) -> None:
    """A dataset's own aud_ave.npy serves when nothing else is given."""
    model = models["160"]
    folder = footage.write_dataset(tmp_path / "character", footage.make(200, 190, 100, 3))
    np.save(folder / "aud_ave.npy", model.features)
    viseme_ok("frames", "--model", model.path, "--character", folder, "--frames", 2, "--output", tmp_path / "out",
              "--quiet")
    check(model, pipeline.read_dataset(folder), tmp_path / "out", 2)


def test_parsing(models: "dict[str, Model]", tmp_path: Path) -> None:
    model = models["160"]
    drawn = footage.make(220, 200, 120, 3)
    folder = footage.write_dataset(tmp_path / "character", drawn)
    footage.write_parsing(folder, drawn)
    run(model, folder, tmp_path / "with", 2, 0, "--parsing")
    check(model, pipeline.read_dataset(folder, parsing=True), tmp_path / "with", 2)
    run(model, folder, tmp_path / "without", 2)
    check(model, pipeline.read_dataset(folder), tmp_path / "without", 2)


@pytest.mark.parametrize("size", ((201, 173), (202, 173), (201, 174)))
def test_odd_frame_sizes(size: Tuple[int, int], models: "dict[str, Model]", tmp_path: Path) -> None:
    folder = footage.write_dataset(tmp_path / "character", footage.make(*size, 101, 2))
    run(models["160"], folder, tmp_path / "out", 2)
    check(models["160"], pipeline.read_dataset(folder), tmp_path / "out", 2)


@pytest.mark.parametrize("family", networks.FAMILIES)
def test_clipped_squares(family: str, models: "dict[str, Model]", tmp_path: Path) -> None:
    """Squares that leave the frame at the right, below, or both: clipped, resized all the same, with a warning."""
    squares = [(120, 50, 240, 170), (40, 100, 160, 220), (130, 90, 250, 210)]
    pictures = [footage.draw(210, 180, square, 50 + i) for i, square in enumerate(squares)]
    folder = footage.write_dataset(tmp_path / "character", Footage(pictures, squares), ".png")
    finished = viseme_ok("frames", "--model", models[family].path, "--character", folder, "--features",
                         models[family].features_path, "--frames", 3, "--output", tmp_path / "out")
    check(models[family], pipeline.read_dataset(folder), tmp_path / "out", 3)
    assert "warning" in finished.err.lower() and "clip" in finished.err.lower()


def test_grey_and_progressive_jpeg(models: "dict[str, Model]", tmp_path: Path) -> None:
    """Kinds of JPEG that cameras and editors leave: grey, progressive, 4:2:0 at low quality, 4:4:4."""
    drawn = footage.make(201, 187, 100, 4)
    folder = footage.write_dataset(tmp_path / "character", drawn)
    pictures = folder / "full_body_img"
    cv2.imwrite(str(pictures / "0.jpg"), cv2.cvtColor(drawn.pictures[0], cv2.COLOR_BGR2GRAY))
    cv2.imwrite(str(pictures / "1.jpg"), drawn.pictures[1], [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
    cv2.imwrite(str(pictures / "2.jpg"), drawn.pictures[2], [cv2.IMWRITE_JPEG_QUALITY, 20])
    media.ffmpeg("-i", pictures / "3.jpg", "-pix_fmt", "yuvj444p", "-q:v", "2", pictures / "new.jpg")
    (pictures / "new.jpg").rename(pictures / "3.jpg")
    run(models["160"], folder, tmp_path / "out", 4)
    check(models["160"], pipeline.read_dataset(folder), tmp_path / "out", 4)


# --- package folders --------------------------------------------------------------------------------------------------

def read_package(folder: Path) -> Character:
    """A package as the contract reads it: frames of the full body video, squares of the table."""
    pictures = media.frames(folder / "full_body_video.mp4")
    return Character(lambda i: pictures[i], pipeline.read_rectangles(folder / "crop_rectangles.json"))


@pytest.mark.parametrize("name,video", (
    ("bt709", {"matrix": ("bt709", "tv")}),
    ("bt601", {"matrix": ("bt601", "tv")}),
    ("full range", {"matrix": ("bt709", "pc")}),
    ("no tags", {"matrix": None}),
    ("B frames", {"crf": 18, "options": ("-bf", "3", "-g", "12")}),
    ("4:4:4", {"options": ("-pix_fmt", "yuv444p")}),
))
@pytest.mark.parametrize("family", networks.FAMILIES)
def test_package(family: str, name: str, video: dict, models: "dict[str, Model]", tmp_path: Path) -> None:
    folder = footage.write_package(tmp_path / "package", footage.make(240, 202, 120, 13), **video)
    run(models[family], folder, tmp_path / "out", 3, 9)
    check(models[family], read_package(folder), tmp_path / "out", 3, 9)


def test_package_features(models: "dict[str, Model]", tmp_path: Path) -> None:
    model = models["160"]
    folder = footage.write_package(tmp_path / "package", footage.make(200, 160, 100, 4))
    np.save(folder / "aud_ave.npy", model.features)
    viseme_ok("frames", "--model", model.path, "--character", folder, "--frames", 2, "--output", tmp_path / "out",
              "--quiet")
    check(model, read_package(folder), tmp_path / "out", 2)


@pytest.mark.parametrize("name,size", (("crops_328_video.mp4", 328), ("rois_320_video.mp4", 320),
                                       ("face_regions_320.mp4", 320)))
def test_package_of_crops_alone(name: str, size: int, models: "dict[str, Model]", tmp_path: Path) -> None:
    """Without the full body the crop is the frame; around 320 pixels the edge is replicated to 328."""
    folder = tmp_path / "package"
    folder.mkdir()
    whole = (0, 0, size, size)
    footage.write_video(folder / name, [footage.draw(size, size, whole, i) for i in range(4)])
    border = (328 - size) // 2
    pictures = [cv2.copyMakeBorder(each, border, border, border, border, cv2.BORDER_REPLICATE)
                for each in media.frames(folder / name)]
    run(models["328"], folder, tmp_path / "out", 2, 1)
    check(models["328"], Character(lambda i: pictures[i], [(0, 0, 328, 328)] * 4), tmp_path / "out", 2, 1)


def test_thirty_fps_footage_resampled(models: "dict[str, Model]", tmp_path: Path) -> None:
    """--resample-footage shows, at n / 25 s, the frame that stands in the 30 fps footage at that time."""
    folder = footage.write_package(tmp_path / "package", footage.make(200, 160, 100, 13), fps="30")
    run(models["160"], folder, tmp_path / "out", 5, 0, "--resample-footage")
    character = read_package(folder)
    nearest: List[int] = []
    for i in range(5):
        frame = cv2.imread(str(tmp_path / "out" / f"output_frame_{i:04d}.png"))
        corner = frame[:20, :40].astype(np.int16)                       # outside every square
        nearest.append(int(np.argmin([np.abs(corner - character.frame(k)[:20, :40]).sum() for k in range(13)])))
    for i, k in enumerate(nearest):
        assert abs(k / 30 - i / 25) <= 1 / 30 + 1e-9, nearest


# --- the report -------------------------------------------------------------------------------------------------------

def test_statistics(models: "dict[str, Model]", tmp_path: Path) -> None:
    """The table's figures are those of the network's output."""
    model = models["160"]
    folder = footage.write_dataset(tmp_path / "character", footage.make(200, 190, 100, 4))
    finished = viseme_ok("frames", "--model", model.path, "--character", folder, "--features", model.features_path,
                         "--frames", 3, "--output", tmp_path / "out")
    character = pipeline.read_dataset(folder)
    predictions = np.stack([pipeline.render_frame(model.network, model.family, model.form, character, model.features,
                                                  i, i).prediction for i in range(3)]).astype(np.float64)
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    found = {key: value for key, value in flatten(summary)}
    for name, value in (("min", predictions.min()), ("max", predictions.max()), ("mean", predictions.mean()),
                        ("std", predictions.std())):
        close = [key for key, number in found.items() if key.split(".")[-1] == name and abs(number - value) < 2e-5]
        assert close, f"{name} {value} is not in summary.json: {found}"
    for name in ("min", "max", "mean", "std"):
        assert name in finished.out.lower()


def flatten(table: object, prefix: str = "") -> "list[tuple[str, float]]":
    """Numbers in nested JSON objects with dotted names."""
    if isinstance(table, dict):
        return [pair for key, value in table.items() for pair in flatten(value, f"{prefix}.{key}" if prefix else key)]
    if isinstance(table, (int, float)) and not isinstance(table, bool):
        return [(prefix, float(table))]
    return []
