"""`viseme dump`: the raw tensors are the Python pipeline's, bit for bit, and what `viseme frames` paints from."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import cv2
import numpy as np
import pytest

import checkpoints
import footage
import networks
import pipeline
import sound
from pipeline import Character
from program import BAD_INPUT, NOT_WRITTEN, REPOSITORY, USAGE, viseme, viseme_ok
from test_frames import Model, make_model, read_package

FILES = ["audio_input.bin", "metadata.json", "visual_input.bin"]
DEMO = REPOSITORY / "demo"


class Dump(NamedTuple):
    """A folder as another program reads it."""

    metadata: Dict[str, object]
    visual: np.ndarray          # float32 [N, 6, S, S]
    audio: np.ndarray           # float32 [N, C, H, W]


def read_dump(folder: Path) -> Dump:
    """Three files and no more, their sizes as the shapes say."""
    assert sorted(path.name for path in folder.iterdir()) == FILES
    metadata = json.loads((folder / "metadata.json").read_text())
    arrays = []
    for name in ("visual", "audio"):
        array = np.fromfile(folder / f"{name}_input.bin", "<f4")
        assert array.size == np.prod(metadata[f"{name}_shape"])
        arrays.append(array.reshape(metadata[f"{name}_shape"]))
    return Dump(metadata, *arrays)


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    """Also the sign of a zero."""
    return a.shape == b.shape and a.tobytes() == np.ascontiguousarray(b).tobytes()


@pytest.fixture(name="models", scope="module")
def fixture_models(tmp_path_factory: pytest.TempPathFactory) -> "dict[str, Model]":
    """The ave models of both families."""
    folder = tmp_path_factory.mktemp("models")
    return {family: make_model(folder, family) for family in networks.FAMILIES}


def run(model: Model, character: Path, output: Path, count: int, start: int = 0, *options: object) -> Dump:
    viseme_ok("dump", "--model", model.path, "--character", character, "--features", model.features_path,
              "--frames", count, "--start", start, "--output", output, "--quiet", *options)
    return read_dump(output)


def check(dump: Dump, model: Model, character: Character, start: int, templates: Sequence[int],
          crop_resize: Optional[str] = None) -> None:
    """Every frame as the pipeline prepares it: footage frame templates[i] under feature row start + i."""
    geometry, count = pipeline.GEOMETRY[model.family], len(templates)
    assert dump.metadata == {"num_frames": count, "start_frame": start,
                             "visual_shape": [count, 6, geometry.size, geometry.size],
                             "audio_shape": [count, *model.form.model_input], "dtype": "float32"}
    for i, template in enumerate(templates):
        crop = pipeline.cut(character.frame(template), character.squares[template], geometry,
                            crop_resize or geometry.crop_resize)
        face = pipeline.inner(crop, geometry)
        assert same_bits(dump.visual[i], pipeline.visual_tensor(face, geometry)), f"visual {i}"
        assert same_bits(dump.audio[i], pipeline.audio_window(model.features, start + i, model.form)), f"audio {i}"


# --- the tensors ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("suffix", (".jpg", ".png"))
@pytest.mark.parametrize("family,side", (("328", 150), ("328", 361), ("160", 90), ("160", 231)))
def test_dataset(family: str, side: int, suffix: str, models: "dict[str, Model]", tmp_path: Path) -> None:
    folder = footage.write_dataset(tmp_path / "character", footage.make(480, 400, side, 6), suffix)
    dump = run(models[family], folder, tmp_path / "raw", 4, 1)
    check(dump, models[family], pipeline.read_dataset(folder), 1, (1, 2, 3, 4))


@pytest.mark.parametrize("mode", ("hubert", "hubert_ultralight", "wenet", "wenet_ultralight"))
def test_modes(mode: str, tmp_path: Path) -> None:
    """Windows of every mode: rows before and behind the clip are zeros."""
    model = make_model(tmp_path, "160", mode, rows=5)
    folder = footage.write_dataset(tmp_path / "character", footage.make(200, 190, 100, 5))
    check(run(model, folder, tmp_path / "raw", 5), model, pipeline.read_dataset(folder), 0, range(5))


@pytest.mark.parametrize("crop_resize", ("area", "bilinear", "cubic"))
def test_crop_option(crop_resize: str, models: "dict[str, Model]", tmp_path: Path) -> None:
    folder = footage.write_dataset(tmp_path / "character", footage.make(300, 280, 200, 2), ".png")
    dump = run(models["160"], folder, tmp_path / "raw", 2, 0, "--crop-resize", crop_resize)
    check(dump, models["160"], pipeline.read_dataset(folder), 0, (0, 1), crop_resize)


def test_package(models: "dict[str, Model]", tmp_path: Path) -> None:
    folder = footage.write_package(tmp_path / "character", footage.make(320, 240, 120, 12))
    dump = run(models["160"], folder, tmp_path / "raw", 4, 7)
    check(dump, models["160"], read_package(folder), 7, (7, 8, 9, 10))


def test_beyond_footage_and_features(models: "dict[str, Model]", tmp_path: Path) -> None:
    """Footage runs back and forth over start ... last; the last feature row ends it, however many were asked for."""
    model, start = models["160"], 3
    folder = footage.write_dataset(tmp_path / "character", footage.make(200, 190, 100, 6))
    there_and_back = (3, 4, 5, 4)
    rows = len(model.features) - start
    templates = [there_and_back[i % 4] for i in range(rows)]
    for count in (-1, 10 * rows):
        dump = run(model, folder, tmp_path / "raw", count, start)
        check(dump, model, pipeline.read_dataset(folder), start, templates)


def test_features_from_a_wav(models: "dict[str, Model]", tmp_path: Path) -> None:
    """The rows that `viseme features` gives, which other tests compare with librosa and PyTorch."""
    model = models["160"]
    encoder = checkpoints.save(checkpoints.seeded(networks.build("ave_encoder"), 19).state_dict(),
                               tmp_path / "encoder.pth")
    audio = sound.write_wav(tmp_path / "speech.wav", sound.babble(1.0))
    folder = footage.write_dataset(tmp_path / "character", footage.make(200, 190, 100, 6))
    viseme_ok("features", "--audio", audio, "--audio-encoder", encoder, "-o", tmp_path / "aud_ave.npy")
    viseme_ok("dump", "--model", model.path, "--character", folder, "--audio", audio, "--audio-encoder", encoder,
              "--frames", 3, "--start", 2, "-o", tmp_path / "raw")
    spoken = model._replace(features=np.load(tmp_path / "aud_ave.npy"))
    check(read_dump(tmp_path / "raw"), spoken, pipeline.read_dataset(folder), 2, (2, 3, 4))


def test_features_beside_the_footage(models: "dict[str, Model]", tmp_path: Path) -> None:
    """A dataset's own aud_ave.npy serves when nothing else is given, and settles the mode; ten frames by default."""
    model = models["160"]
    folder = footage.write_dataset(tmp_path / "character", footage.make(200, 190, 100, 12))
    np.save(folder / "aud_ave.npy", model.features)
    viseme_ok("dump", "--model", model.path, "--character", folder, "-o", tmp_path / "raw")
    check(read_dump(tmp_path / "raw"), model, pipeline.read_dataset(folder), 0, range(10))


# --- what it is for ---------------------------------------------------------------------------------------------------

def painted(folder: Path, count: int) -> "List[Tuple[np.ndarray, np.ndarray]]":
    """Input face and output face that `viseme frames` left."""
    pairs = []
    for i in range(count):
        face = cv2.imread(str(folder / f"input_face_{i:04d}.png"))
        comparison = cv2.imread(str(folder / f"comparison_{i:04d}.png"))
        pairs.append((face, comparison[-face.shape[0]:, -face.shape[1]:]))
    return pairs


@pytest.mark.parametrize("family", ("328", "160", "demo"))
def test_infer_gives_what_frames_paints(family: str, models: "dict[str, Model]", tmp_path: Path) -> None:
    count, start = 5, 2
    if family == "demo":
        what = ["--model", DEMO / "models" / "99.pth", "--character", DEMO / "character"]
    else:
        folder = footage.write_dataset(tmp_path / "character", footage.make(300, 280, 150, 5))
        what = ["--model", models[family].path, "--character", folder, "--features", models[family].features_path]
    viseme_ok("frames", *what, "--frames", count, "--start", start, "-o", tmp_path / "frames")
    viseme_ok("dump", *what, "--frames", count, "--start", start, "-o", tmp_path / "raw")
    viseme_ok("infer", *what[:2], "--data", tmp_path / "raw", "-o", tmp_path / "out.npy")
    dump, outputs = read_dump(tmp_path / "raw"), np.load(tmp_path / "out.npy")
    assert len(outputs) == count
    for i, (face, output) in enumerate(painted(tmp_path / "frames", count)):
        assert np.array_equal(np.rint(dump.visual[i, :3].transpose(1, 2, 0) * 255).astype(np.uint8), face)
        assert np.array_equal(pipeline.to_pixels(outputs[i]), output)
    told = json.loads((tmp_path / "frames" / "summary.json").read_text())["per_frame"]
    assert [row["mean"] for row in told] == pytest.approx([frame.mean(dtype=np.float64) for frame in outputs], abs=1e-8)


# --- the command ------------------------------------------------------------------------------------------------------

@pytest.fixture(name="character", scope="module")
def fixture_character(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return footage.write_dataset(tmp_path_factory.mktemp("footage") / "character", footage.make(200, 190, 100, 4))


def test_metadata_is_json_dump_s(models: "dict[str, Model]", character: Path, tmp_path: Path) -> None:
    """The bytes that Python's json.dump writes, keys in the order of the example."""
    run(models["328"], character, tmp_path / "raw", 2, 1)
    assert (tmp_path / "raw" / "metadata.json").read_bytes() == json.dumps(
        {"num_frames": 2, "start_frame": 1, "visual_shape": [2, 6, 320, 320], "audio_shape": [2, 32, 16, 16],
         "dtype": "float32"}).encode()


def test_what_it_prints(models: "dict[str, Model]", character: Path, tmp_path: Path) -> None:
    ready = ["dump", "--model", models["160"].path, "--character", character, "--features",
             models["160"].features_path, "--frames", 3, "--start", 1, "-o", tmp_path / "a" / "raw"]
    line = viseme_ok(*ready).out
    assert line.count("\n") == 1
    for part in (str(tmp_path / "a" / "raw"), "frames 1 to 3", "[3, 6, 160, 160]", "[3, 32, 16, 16]"):
        assert part in line
    told = json.loads(viseme_ok(*ready, "--json").out)
    assert (told["start"], told["frames"]) == (1, 3)
    assert (told["visual_shape"], told["audio_shape"]) == ([3, 6, 160, 160], [3, 32, 16, 16])
    quiet = viseme_ok(*ready, "--quiet")
    assert quiet.out == "" and quiet.err == ""
    read_dump(tmp_path / "a" / "raw")


def test_a_second_dump_replaces_the_first(models: "dict[str, Model]", character: Path, tmp_path: Path) -> None:
    run(models["328"], character, tmp_path / "raw", 3)
    dump = run(models["160"], character, tmp_path / "raw", 2, 1)
    check(dump, models["160"], pipeline.read_dataset(character), 1, (1, 2))


def check_refused(status: int, words: "Tuple[str, ...]", folder: Path, *arguments: object) -> None:
    """One line with these words on standard error, and nothing new in the folder."""
    before = sorted(folder.rglob("*"))
    finished = viseme("dump", *arguments)
    assert finished.status == status, finished.err
    assert finished.out == "" and finished.err.count("\n") == 1
    for word in words:
        assert word in finished.err
    assert sorted(folder.rglob("*")) == before


def test_refusals(models: "dict[str, Model]", character: Path, tmp_path: Path) -> None:
    model = models["160"]
    what = ["--model", model.path, "--character", character]
    rest = ["--features", model.features_path, "-o", tmp_path / "raw"]
    check_refused(USAGE, ("--model",), tmp_path, "--character", character, *rest)
    check_refused(USAGE, ("--character",), tmp_path, "--model", model.path, *rest)
    check_refused(USAGE, ("--output",), tmp_path, *what, *rest[:2])
    check_refused(USAGE, ("--frames 0",), tmp_path, *what, *rest, "--frames", 0)
    check_refused(USAGE, ("--start -1",), tmp_path, *what, *rest, "--start", -1)
    check_refused(USAGE, ("frames 0 to 3",), tmp_path, *what, *rest, "--start", 4)
    check_refused(USAGE, ("aud_ave.npy", "--features"), tmp_path, *what, "-o", tmp_path / "raw")
    check_refused(BAD_INPUT, ("nobody",), tmp_path, "--model", model.path, "--character", tmp_path / "nobody", *rest)
    short = tmp_path / "short.npy"
    np.save(short, model.features[:2])
    check_refused(USAGE, ("--start 3", "2 rows"), tmp_path, *what, "--features", short, "-o", tmp_path / "raw",
                  "--start", 3)


def test_models_that_have_no_such_inputs(models: "dict[str, Model]", character: Path, tmp_path: Path) -> None:
    encoder = checkpoints.save(checkpoints.seeded(networks.build("ave_encoder"), 6).state_dict(),
                               tmp_path / "encoder.pth")
    check_refused(BAD_INPUT, ("AVE audio encoder",), tmp_path, "--model", encoder, "--character", character,
                  "--features", models["160"].features_path, "-o", tmp_path / "raw")


def test_damaged_footage_leaves_nothing(models: "dict[str, Model]", tmp_path: Path) -> None:
    folder = footage.write_dataset(tmp_path / "character", footage.make(200, 190, 100, 4))
    broken = folder / "full_body_img" / "2.jpg"
    broken.write_bytes(broken.read_bytes()[:40])
    check_refused(BAD_INPUT, ("2.jpg",), tmp_path, "--model", models["160"].path, "--character", folder, "--features",
                  models["160"].features_path, "-o", tmp_path / "raw")


def test_targets_that_cannot_be_written(models: "dict[str, Model]", character: Path, tmp_path: Path) -> None:
    ready = ["--model", models["160"].path, "--character", character, "--features", models["160"].features_path, "-o"]
    (tmp_path / "file").write_text("no folder")
    check_refused(NOT_WRITTEN, ("file",), tmp_path, *ready, tmp_path / "file")
    check_refused(NOT_WRITTEN, ("/proc/raw",), tmp_path, *ready, "/proc/raw")
    (tmp_path / "raw" / "metadata.json").mkdir(parents=True)
    check_refused(NOT_WRITTEN, ("metadata.json", "folder"), tmp_path, *ready, tmp_path / "raw")
