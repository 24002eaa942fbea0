"""viseme compare: every verdict, every refusal, the place where two networks part, the report."""
from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import cv2
import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch import nn

import browser
import checkpoints
import footage
import media
import networks
import pipeline
from program import BAD_INPUT, DONE, REPOSITORY, USAGE, viseme, viseme_ok

CHANNELS = (4, 8, 12, 20, 36)
NO = 1                                          # the exit status of "they differ"
CHANGED = "down2.maxpool_conv.0.double_conv.0.conv.6"
DEMO = REPOSITORY / "demo"


class Models(NamedTuple):
    """A narrow U-Net and variants of it."""

    network: nn.Module
    whole: Path
    changed: Path           # one weight is another
    rounded: Path           # stored as float16
    exported: Path          # ONNX, batch norm folded
    unfolded: Path          # ONNX as trained
    hubert: Path            # ONNX of the network that hears hubert


def export(network: nn.Module, inputs: Sequence[np.ndarray], path: Path, **options: Any) -> Path:
    axes = {name: {0: "batch"} for name in ("input", "audio", "output")}
    torch.onnx.export(network, tuple(map(torch.from_numpy, inputs)), str(path), opset_version=16,
                      input_names=["input", "audio"], output_names=["output"], dynamic_axes=axes, **options)
    return path


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    folder = tmp_path_factory.mktemp("models")
    network = checkpoints.unet("160", "ave", CHANNELS, 32, seed=3)
    inputs = checkpoints.inputs_of("160", "ave", CHANNELS, 1, 32)
    state = network.state_dict()
    whole = checkpoints.save(state, folder / "whole.pth")
    rounded = checkpoints.save(checkpoints.converted(state, torch.float16), folder / "rounded.pth")
    changed = {key: value.clone() for key, value in state.items()}
    changed[CHANGED + ".weight"][0, 0] += 2000
    changed_path = checkpoints.save(changed, folder / "changed.pth")
    exported = export(network, inputs, folder / "exported.onnx")
    unfolded = export(network, inputs, folder / "unfolded.onnx", do_constant_folding=False,
                      training=torch.onnx.TrainingMode.PRESERVE)
    hubert = export(checkpoints.unet("160", "hubert", CHANNELS, 32, seed=3),
                    checkpoints.inputs_of("160", "hubert", CHANNELS, 1, 32), folder / "hubert.onnx")
    return Models(network, whole, changed_path, rounded, exported, unfolded, hubert)


@pytest.fixture(scope="module")
def character(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Footage with features of its own."""
    folder = footage.write_dataset(tmp_path_factory.mktemp("footage") / "anna", footage.make(300, 260, 120, 12))
    np.save(folder / "aud_ave.npy", np.random.RandomState(5).normal(0, 2, (12, 512)).astype(np.float32))
    return folder


def run_frames(model: Path, character: Path, output: Path, count: int = 4, start: int = 0) -> Path:
    viseme_ok("frames", "--model", model, "--character", character, "--frames", count, "--start", start,
              "-o", output, "--quiet")
    return output


def compare(*arguments: object, status: int = DONE) -> Dict[str, Any]:
    finished = viseme("compare", *arguments, "--json")
    assert finished.status == status, finished.err
    return json.loads(finished.out)


def refused(*arguments: object, status: int = BAD_INPUT) -> str:
    finished = viseme("compare", *arguments)
    assert finished.status == status, finished.err + finished.out
    assert finished.out == "" and finished.err.count("\n") == 1
    return finished.err


def write_pictures(folder: Path, pictures: Sequence[np.ndarray], name: str = "output_frame_{:04d}.png",
                   first: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for i, picture in enumerate(pictures):
        assert cv2.imwrite(str(folder / name.format(first + i)), picture)
    return folder


def pictures_of(count: int, seed: int = 0, width: int = 120, height: int = 100) -> List[np.ndarray]:
    """Frames of a bright spot that moves over a textured ground."""
    random = np.random.RandomState(seed)
    ground = random.randint(60, 120, (height, width, 3)).astype(np.uint8)
    frames = []
    for i in range(count):
        frame = ground.copy()
        cv2.circle(frame, (20 + 9 * i, 50), 14, (40, 90, 210), cv2.FILLED)
        frames.append(frame)
    return frames


# --- verdicts ---------------------------------------------------------------------------------------------------------

def noisy(picture: np.ndarray, sigma: float) -> np.ndarray:
    noise = np.random.RandomState(1).normal(0, sigma, picture.shape)
    return np.clip(np.round(picture + noise), 0, 255).astype(np.uint8)


def one_byte_in(picture: np.ndarray, every: int) -> np.ndarray:
    changed = picture.copy()
    changed.reshape(-1)[::every] += 1
    return changed


@pytest.mark.parametrize("change,verdict,status", (
    (lambda p: p, "bit", DONE),
    (lambda p: one_byte_in(p, 1001), "numeric", DONE),
    (lambda p: one_byte_in(p, 900), "visual", DONE),
    (lambda p: noisy(p, 1.5), "visual", DONE),
    (lambda p: noisy(p, 4), "different", NO),
))
def test_pictures(change: Any, verdict: str, status: int, tmp_path: Path) -> None:
    frames = pictures_of(3)
    a = write_pictures(tmp_path / "a", frames)
    b = write_pictures(tmp_path / "b", [change(frame) for frame in frames], "theirs-{}.png")
    assert compare(a, b, status=status)["verdict"] == verdict


def test_one_frame_decides(tmp_path: Path) -> None:
    """Nothing is averaged over frames."""
    frames = pictures_of(30)
    other = list(frames)
    other[17] = noisy(frames[17], 12)
    report = compare(write_pictures(tmp_path / "a", frames), write_pictures(tmp_path / "b", other), status=NO)
    assert report["verdict"] == "different" and report["worst_frame"] == 17
    assert [frame["verdict"] for frame in report["per_frame"]].count("bit") == 29
    assert report["overall"]["pixels"]["psnr"] > 40     # which an average would have let pass


def test_a_still_background_hides_nothing(tmp_path: Path) -> None:
    """A mouth that is another one is seen, however large the picture."""
    frames = pictures_of(2, width=900, height=700)
    other = [frame.copy() for frame in frames]
    for frame in other:
        frame[600:640, 700:760] += 30
    report = compare(write_pictures(tmp_path / "a", frames), write_pictures(tmp_path / "b", other), status=NO)
    pixels = report["per_frame"][0]["pixels"]
    assert report["verdict"] == "different" and pixels["psnr"] > 40 and pixels["part_psnr"] < 40
    x, y, width, height = pixels["part"]
    assert x <= 700 and y <= 600 and x + width >= 760 and y + height >= 640 and width * height < 10000


@pytest.mark.parametrize("difference,verdict,status", ((0, "bit", DONE), (1.5e-6, "numeric", DONE),
                                                       (3e-5, "different", NO), (1e-3, "different", NO)))
def test_tensors(difference: float, verdict: str, status: int, tmp_path: Path) -> None:
    values = np.random.RandomState(2).uniform(0.1, 0.4, (5, 7, 11)).astype(np.float32)
    np.save(tmp_path / "a.npy", values)
    np.save(tmp_path / "b.npy", values + np.float32(difference))
    report = compare(tmp_path / "a.npy", tmp_path / "b.npy", status=status)
    assert report["verdict"] == verdict
    expected = np.abs(values.astype(np.float64) - (values + np.float32(difference)))
    assert report["overall"]["values"]["max"] == pytest.approx(expected.max(), rel=1e-6)
    assert report["overall"]["values"]["mean"] == pytest.approx(expected.mean(), rel=1e-6)


def test_not_a_number_is_a_difference(tmp_path: Path) -> None:
    values = np.ones((4, 4), np.float32)
    np.save(tmp_path / "a.npy", values)
    values[1, 2] = np.nan
    np.save(tmp_path / "b.npy", values)
    assert compare(tmp_path / "a.npy", tmp_path / "b.npy", status=NO)["verdict"] == "different"
    assert compare(tmp_path / "b.npy", tmp_path / "b.npy")["verdict"] == "bit"


@pytest.mark.parametrize("level,status", (("bit", NO), ("numeric", NO), ("visual", DONE)))
def test_require(level: str, status: int, tmp_path: Path) -> None:
    frames = pictures_of(1)
    a, b = write_pictures(tmp_path / "a", frames), write_pictures(tmp_path / "b", [noisy(frames[0], 1)])
    report = compare(a, b, "--require", level, status=status)
    assert report["satisfied"] == (status == DONE) and report["required"] == level
    assert "--require" in refused(a, b, "--require", "roughly", status=USAGE)


# --- figures ----------------------------------------------------------------------------------------------------------

def test_figures_are_scikit_images(tmp_path: Path) -> None:
    frames = pictures_of(2, width=131, height=77)
    other = [noisy(frame, 6) for frame in frames]
    report = compare(write_pictures(tmp_path / "a", frames), write_pictures(tmp_path / "b", other), status=NO)
    differences = []
    for a, b, found in zip(frames, other, report["per_frame"]):
        difference = np.abs(a.astype(int) - b)
        differences.append(difference)
        pixels = found["pixels"]
        ssim = structural_similarity(a, b, channel_axis=2, gaussian_weights=True, sigma=1.5,
                                     use_sample_covariance=False, data_range=255)
        assert pixels["psnr"] == pytest.approx(peak_signal_noise_ratio(a, b, data_range=255), abs=1e-6)
        assert pixels["ssim"] == pytest.approx(ssim, abs=1e-6)
        assert pixels["max"] == difference.max() and pixels["mean"] == pytest.approx(difference.mean(), abs=1e-8)
        assert pixels["identical_share"] == pytest.approx((difference.max(axis=2) == 0).mean(), abs=1e-8)
        for side, picture in (("a", a / 255), ("b", b / 255)):
            figures = found[side]
            expected = (picture.min(), picture.max(), picture.mean(), picture.std())
            assert (figures["min"], figures["max"], figures["mean"], figures["std"]) == pytest.approx(expected, abs=1e-8)
        assert found["mean_percent"] == pytest.approx(100 * (b.mean() - a.mean()) / a.mean(), abs=1e-6)
        assert found["std_percent"] == pytest.approx(100 * (b.std() - a.std()) / a.std(), abs=1e-6)
    overall = report["overall"]["pixels"]
    assert overall["histogram"] == np.bincount(np.concatenate(differences).ravel(), minlength=256).tolist()
    everything = np.concatenate(frames), np.concatenate(other)
    assert overall["psnr"] == pytest.approx(peak_signal_noise_ratio(*everything, data_range=255), abs=1e-6)


def test_output_of_a_checkpoint(models: Models, tmp_path: Path) -> None:
    """The checkpoint run here against what PyTorch wrote down."""
    visual, audio = checkpoints.inputs_of("160", "ave", CHANNELS, 3, 32)
    data = tmp_path / "data"
    data.mkdir()
    visual.tofile(data / "visual_input.bin")
    audio.tofile(data / "audio_input.bin")
    (data / "metadata.json").write_text(json.dumps({
        "num_frames": 3, "start_frame": 0, "visual_shape": visual.shape, "audio_shape": audio.shape,
        "dtype": "float32"}))
    np.save(tmp_path / "torch.npy", checkpoints.answer(models.network, [visual, audio]).single)
    report = compare(models.whole, tmp_path / "torch.npy", "--data", data)
    assert report["verdict"] in ("bit", "numeric") and report["frames"] == 3
    np.save(tmp_path / "two.npy", np.load(tmp_path / "torch.npy")[:2])
    assert "2 in" in refused(models.whole, tmp_path / "two.npy", "--data", data)
    assert "--data" in refused(models.whole, tmp_path / "torch.npy", status=USAGE)


def test_only_the_first_frames_are_compared(tmp_path: Path) -> None:
    """One run is longer: --frames takes as many of both; of videos a note says that they are compressed."""
    pictures = list(np.random.default_rng(3).integers(0, 256, (5, 64, 64, 3), dtype=np.uint8))
    long, short = write_pictures(tmp_path / "long", pictures), write_pictures(tmp_path / "short", pictures[:3])
    assert "do not correspond" in refused(long, short)
    assert compare(long, short, "--frames", 3)["frames"] == 3
    assert "do not correspond" in refused(long, short, "--frames", 4)
    videos = [tmp_path / "long.mp4", tmp_path / "short.mp4"]
    for folder, crf, video in ((long, 10, videos[0]), (short, 40, videos[1])):
        media.ffmpeg("-framerate", 25, "-i", folder / "output_frame_%04d.png", "-crf", crf, video)
    assert compare(*videos, "--frames", 2, status=NO)["frames"] == 2
    assert "NOTE: a video's compression" in viseme("compare", *videos, "--frames", 2).out


def test_frames_of_another_program(models: Models, character: Path, tmp_path: Path) -> None:
    """A checkpoint against the pictures that the Python pipeline makes with it."""
    own = pipeline.read_dataset(character)
    features = np.load(character / "aud_ave.npy")
    frames = [pipeline.render_frame(models.network, "160", pipeline.WINDOWS["ave"], own, features, i, i)
              for i in range(2, 5)]
    whole = write_pictures(tmp_path / "whole", [frame.frame for frame in frames], "{}.png")
    report = compare(models.whole, whole, "--character", character, "--start", 2)
    assert report["verdict"] in ("bit", "numeric") and report["start"] == 2
    faces = write_pictures(tmp_path / "faces", [frame.output_face for frame in frames], "face{:03d}.png")
    assert compare(models.whole, faces, "--character", character, "--start", 2)["verdict"] in ("bit", "numeric")
    report = compare(models.changed, whole, "--character", character, "--start", 2, status=NO)
    assert report["verdict"] == "different"


# --- refusals ---------------------------------------------------------------------------------------------------------

def test_other_counts_and_numbers(tmp_path: Path) -> None:
    frames = pictures_of(5)
    a = write_pictures(tmp_path / "a", frames)
    message = refused(a, write_pictures(tmp_path / "b", frames[:4]))
    assert "output_frame_0004.png" in message
    message = refused(a, write_pictures(tmp_path / "c", frames, first=1))
    assert "output_frame_0000.png" in message and "output_frame_0005.png" in message


def test_other_names(tmp_path: Path) -> None:
    for folder, names in (("a", ("x", "y")), ("b", ("x", "z"))):
        (tmp_path / folder).mkdir()
        for name in names:
            np.save(tmp_path / folder / f"{name}.npy", np.zeros(3, np.float32))
    message = refused(tmp_path / "a", tmp_path / "b")
    assert "y.npy" in message and "z.npy" in message


def test_other_sizes(tmp_path: Path) -> None:
    a = write_pictures(tmp_path / "a", pictures_of(2))
    message = refused(a, write_pictures(tmp_path / "b", pictures_of(2, width=121)))
    assert "120 x 100" in message and "121 x 100" in message
    np.save(tmp_path / "a.npy", np.zeros((2, 3), np.float32))
    np.save(tmp_path / "b.npy", np.zeros((3, 2), np.float32))
    assert "[2, 3]" in refused(tmp_path / "a.npy", tmp_path / "b.npy")


@pytest.mark.parametrize("shift", (1, 3, -2))
def test_shifted_pictures(shift: int, tmp_path: Path) -> None:
    """Found in the pictures themselves, through noise."""
    frames = pictures_of(12)
    first, other = max(0, -shift), max(0, shift)
    a = write_pictures(tmp_path / "a", frames[first:first + 8])
    b = write_pictures(tmp_path / "b", [noisy(frame, 2) for frame in frames[other:other + 8]])
    assert f"B's frame {first} equals A's frame {other}" in refused(a, b)


def test_other_start(models: Models, character: Path, tmp_path: Path) -> None:
    a = run_frames(models.whole, character, tmp_path / "a")
    b = run_frames(models.whole, character, tmp_path / "b", start=2)
    message = refused(a, b)
    assert "start" in message and "says 0" in message and "says 2" in message
    assert compare(models.whole, b, "--character", character)["verdict"] == "bit"     # the folder says where it starts
    assert "--start 1" in refused(models.whole, b, "--character", character, "--start", 1)
    (b / "summary.json").unlink()
    assert "input face" in refused(a, b)
    for path in b.glob("input_face_*"):
        path.unlink()
    assert "B's frame 0 equals A's frame 2" in refused(a, b)


def test_other_character(models: Models, character: Path, tmp_path: Path) -> None:
    a = run_frames(models.whole, character, tmp_path / "a", 2)
    b = shutil.copytree(a, tmp_path / "b")
    assert compare(a, b)["verdict"] == "bit"
    text = json.loads((b / "summary.json").read_text())
    (b / "summary.json").write_text(json.dumps({**text, "character": "/elsewhere/berta/"}))
    message = refused(a, b)
    assert "anna" in message and "berta" in message


def test_other_metadata(models: Models, character: Path, tmp_path: Path) -> None:
    for start in (0, 1):
        viseme_ok("dump", "--model", models.whole, "--character", character, "--frames", 2, "--start", start,
                  "-o", tmp_path / str(start), "--quiet")
    message = refused(tmp_path / "0", tmp_path / "1")
    assert "metadata.json says 0" in message and "metadata.json says 1" in message
    viseme_ok("dump", "--model", models.whole, "--character", character, "--frames", 3, "-o", tmp_path / "longer",
              "--quiet")
    message = refused(tmp_path / "0", tmp_path / "longer")
    assert "audio_input.bin [2] and visual_input.bin [2] (2)" in message and "only in A" in message
    report = compare(tmp_path / "0", tmp_path / "0")
    assert report["verdict"] == "bit" and report["frames"] == 4     # two of each tensor


def test_other_kind_of_network(models: Models, tmp_path: Path) -> None:
    other = checkpoints.save(checkpoints.unet("328", "ave", CHANNELS, 32).state_dict(), tmp_path / "328.pth")
    message = refused(models.whole, other)
    assert "160 U-Net" in message and "328 U-Net" in message


def test_a_video_is_a_side(tmp_path: Path) -> None:
    frames = pictures_of(4)
    video = footage.write_video(tmp_path / "film.mp4", frames)
    pictures = write_pictures(tmp_path / "a", frames)
    assert compare(video, video)["verdict"] == "bit"
    finished = viseme("compare", pictures, video, "--json")
    report = json.loads(finished.out)
    assert report["b"]["kind"] == "video" and report["frames"] == 4
    assert finished.status == (DONE if report["verdict"] == "visual" else NO)       # lossy: never equal in numbers
    assert "4 in" in refused(video, write_pictures(tmp_path / "b", frames[:3]))


def test_several_series(tmp_path: Path) -> None:
    frames = pictures_of(2)
    a = write_pictures(tmp_path / "a", frames, "left_{}.png")
    write_pictures(a, frames, "right_{}.png")
    message = refused(a, a)
    assert "left_" in message and "right_" in message


@pytest.mark.parametrize("arguments", ((), ("a",), ("a", "b", "c"), ("--stats", "x.json", "a"), ("a", "b", "--frames", 0),
                                       ("a", "b", "--pictures", -1), ("a", "b", "--nodes", "maybe"),
                                       ("a", "b", "--nowhere")))
def test_usage(arguments: Tuple[object, ...]) -> None:
    refused(*arguments, status=USAGE)


def test_figures_that_contradict_the_pictures(models: Models, character: Path, tmp_path: Path) -> None:
    """Equal pictures beside figures that are not of them."""
    a = run_frames(models.whole, character, tmp_path / "a", 3)
    b = shutil.copytree(a, tmp_path / "b")
    summary = json.loads((b / "summary.json").read_text())
    summary["per_frame"][1]["mean"] += 0.004
    (b / "summary.json").write_text(json.dumps(summary))
    report = compare(a, b, status=NO)
    assert report["verdict"] == "bit" and not report["satisfied"] and "frame 1" in report["notes"][0]


# --- columns of statistics --------------------------------------------------------------------------------------------

REPORT = [{"name": "PyTorch", "min": 0, "max": 1, "mean": 0.280694, "std": 0.273918},
          {"name": "ONNX (Python)", "min": 0, "max": 1, "mean": 0.280700, "std": 0.273910, "max_diff": 3,
           "mean_diff": 0.02},
          {"name": "ONNX (Go)", "min": 0, "max": 1, "mean": 0.285587, "std": 0.277607}]


def test_the_report_this_began_with(tmp_path: Path) -> None:
    """Two columns pass; the third is of other frames."""
    path = tmp_path / "figures.json"
    path.write_text(json.dumps({"columns": REPORT}))
    report = compare("--stats", path, status=NO)
    assert [column.get("consistent") for column in report["columns"]] == [None, True, False]
    assert report["columns"][2]["mean_steps"] == pytest.approx(1.248, abs=1e-3)
    text = viseme("compare", "--stats", path)
    assert text.status == NO and "ONNX (Go): mean +1.74 % off = 1.25/255" in text.out
    assert "other frames or other preprocessing" in text.out and text.out.count("OTHER FRAMES") == 1
    path.write_text(json.dumps({"columns": REPORT[:2]}))
    assert compare("--stats", path)["consistent"]
    path.write_text("name,mean,std\n" + "".join(f"{c['name']},{c['mean']},{c['std']}\n" for c in REPORT))
    assert not compare("--stats", path, status=NO)["consistent"]


def test_summaries_as_sides(models: Models, character: Path, tmp_path: Path) -> None:
    summaries = [run_frames(model, character, tmp_path / name, 2, start) / "summary.json" for name, model, start in (
        ("a", models.whole, 0), ("b", models.exported, 0), ("c", models.whole, 1), ("d", models.changed, 0))]
    assert compare(*summaries[:2])["consistent"]
    assert "frame 1" in refused(summaries[0], summaries[2])
    assert not compare(summaries[0], summaries[3], status=NO)["consistent"]


# --- networks ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("other", ("exported", "unfolded"))
def test_an_export_is_numerically_equal(other: str, models: Models, character: Path) -> None:
    report = compare(models.whole, getattr(models, other), "--character", character, "--frames", 2, "--nodes", "always")
    assert report["verdict"] in ("bit", "numeric")
    graph = report["graph"]
    assert graph["first_different"] is None and graph["first_structural"] is None
    assert graph["only_in_a"] == graph["only_in_b"] == 0 and graph["matched"] == len(graph["nodes"])
    assert {node["matched_by"] for node in graph["nodes"]} == {"structure"}
    assert graph["weights"]["compared_by"] == "layer" and graph["weights"]["different"] == []


def test_the_committed_exports_agree() -> None:
    """Today's two exporters write the same network in unlike ways."""
    fixtures = REPOSITORY / "tests/fixtures/onnx"
    report = compare(fixtures / "unet160_ave.traced.dynamic.onnx", fixtures / "unet160_ave.dynamo.dynamic.onnx",
                     "--nodes", "always")
    assert report["verdict"] in ("bit", "numeric") and "synthetic" in report["inputs"]
    assert report["graph"]["first_different"] is None and report["graph"]["first_structural"] is None


class TwoInputs(nn.Module):
    """No lip-sync network."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(2, 4, 1)

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.a(x)) + self.b(y)


class Swapped(nn.Module):
    """Takes the inputs of a network in the other order."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return self.network(x, y)


@pytest.fixture(scope="module")
def two_inputs(tmp_path_factory: pytest.TempPathFactory) -> Dict[str, Path]:
    """One network with two inputs, exported in many ways."""
    folder = tmp_path_factory.mktemp("two_inputs")
    network = checkpoints.seeded(TwoInputs(), 7)
    wide, narrow = torch.zeros(1, 3, 8, 8), torch.zeros(1, 2, 8, 8)
    for name, exported, inputs, axes in (
            ("one", network, (wide, narrow), {}), ("swapped", Swapped(network), (narrow, wide), {}),
            ("two", network, (torch.cat([wide] * 2), torch.cat([narrow] * 2)), {}),
            ("free", network, (wide, narrow), {"first": {0: "batch"}, "second": {0: "batch"}}),
            ("free_width", network, (wide, narrow), {"first": {3: "width"}, "second": {3: "width"}})):
        torch.onnx.export(exported.eval(), inputs, str(folder / f"{name}.onnx"), opset_version=16,
                          input_names=["first", "second"], dynamic_axes=axes)
    return {path.stem: path for path in folder.glob("*.onnx")}


@pytest.mark.parametrize("a,b", (("one", "swapped"), ("swapped", "free"), ("free", "free"), ("free", "two")))
def test_inputs_are_paired_by_shape(a: str, b: str, two_inputs: Dict[str, Path]) -> None:
    report = compare(two_inputs[a], two_inputs[b], "--nodes", "always")
    assert report["verdict"] in ("bit", "numeric") and report["graph"]["first_different"] is None


@pytest.mark.parametrize("a,b,said", (("one", "two", "batches of 1"), ("free_width", "one", "has a free axis")))
def test_inputs_that_do_not_pair(a: str, b: str, said: str, two_inputs: Dict[str, Path]) -> None:
    finished = viseme("compare", two_inputs[a], two_inputs[b], "--quiet")
    assert finished.status == BAD_INPUT and said in finished.err


def test_audio_encoders(tmp_path: Path) -> None:
    network = checkpoints.seeded(networks.build("ave_encoder"), 20)
    whole = checkpoints.save(network.state_dict(), tmp_path / "encoder.pth")
    viseme_ok("export", "--model", whole, "-o", tmp_path / "encoder.onnx")
    assert compare(whole, tmp_path / "encoder.onnx")["verdict"] in ("bit", "numeric")


@pytest.mark.parametrize("exported", (False, True))
def test_one_changed_weight_is_named(exported: bool, models: Models, character: Path) -> None:
    base = models.exported if exported else models.whole
    report = compare(base, models.changed, "--character", character, "--frames", 1, status=NO)
    first = report["graph"]["first_different"]
    assert first["b"] == CHANGED and (exported or first["a"] == CHANGED)
    assert first["max"] > 0 and not first["structural"]
    (weight,) = report["graph"]["weights"]["different"]
    assert exported or weight["name"] == CHANGED + ".weight"
    if not exported:
        assert weight["differing"] == 1 and weight["max"] == pytest.approx(2000, rel=1e-6)
    text = viseme("compare", base, models.changed, "--character", character, "--frames", 1)
    assert text.status == NO and text.out.startswith("DIFFERENT") and CHANGED in text.out


def test_float16_weights_are_listed(models: Models) -> None:
    finished = viseme("compare", models.whole, models.rounded, "--audio-mode", "ave", "--nodes", "always", "--json")
    assert finished.status in (DONE, NO)        # how far rounding the weights takes the output is the network's own
    weights = json.loads(finished.out)["graph"]["weights"]
    assert weights["compared_by"] == "key" and len(weights["different"]) > 100
    relative = [weight["relative"] for weight in weights["different"]]
    assert relative == sorted(relative, reverse=True) and 1e-5 < relative[0] < 1e-3


def test_another_stride_is_another_structure(models: Models) -> None:
    """ave and hubert checkpoints have the same weights; one stride is not the same."""
    message = refused(models.whole, models.hubert, "--audio-mode", "ave")
    assert "audio_model.conv3" in message and "stride 1 x 1" in message and "stride 2 x 2" in message


def test_an_undecided_checkpoint_follows_the_other_side(models: Models) -> None:
    assert "--audio-mode" in refused(models.whole, models.changed, status=USAGE)
    report = compare(models.exported, models.whole)
    assert report["verdict"] in ("bit", "numeric")


def test_the_demo(tmp_path: Path) -> None:
    """Two checkpoints of one training: seen to differ, and where."""
    report = compare(DEMO / "models/75.pth", DEMO / "models/99.pth", "--character", DEMO / "character", "--frames", 2,
                     status=NO)
    assert report["verdict"] == "different" and report["graph"]["first_structural"] is None
    assert report["graph"]["first_different"]["relative"] > 1e-4 and report["graph"]["weights"]["different"]


# --- what is written --------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def written(models: Models, character: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written") / "deep" / "report"
    finished = viseme("compare", models.whole, models.changed, "--character", character, "--frames", 3, "--pictures", 2,
                      "-o", folder)
    assert finished.status == NO and str(folder / "report.html") in finished.out
    return folder


def test_pictures_are_written(written: Path) -> None:
    report = json.loads((written / "compare.json").read_text())
    four, side = sorted(written.glob("four_way_*.png")), sorted(written.glob("side_by_side_*.png"))
    assert len(four) == len(side) == 2
    assert f"four_way_{report['worst_frame']:04d}.png" in [path.name for path in four]
    wide, narrow = cv2.imread(str(four[0])), cv2.imread(str(side[0]))
    assert wide.shape[1] >= 4 * 160 and wide.shape[0] >= 160 and narrow.shape[1] >= 2 * 160
    assert narrow.shape[0] == wide.shape[0] and narrow.shape[1] < wide.shape[1]
    assert sorted(path.name for path in written.iterdir() if path.suffix != ".png") == ["compare.json", "report.html"]


def test_the_difference_is_tenfold(models: Models, tmp_path: Path) -> None:
    """The last part of the four-way picture is |A - B| x 10."""
    frames = pictures_of(1)
    other = [frames[0] + 3]
    a, b = write_pictures(tmp_path / "a", frames), write_pictures(tmp_path / "b", other)
    compare(a, b, "-o", tmp_path / "out", status=NO)
    sheet = cv2.imread(str(tmp_path / "out/four_way_0000.png"))
    tenfold = np.all(sheet == 30, axis=2).sum()
    assert tenfold >= 120 * 100


def test_json_has_everything(written: Path) -> None:
    report = json.loads((written / "compare.json").read_text())
    assert {"verdict", "verdict_text", "required", "satisfied", "a", "b", "inputs", "start", "frames", "worst_frame",
            "overall", "per_frame", "notes", "graph", "meaning", "reason", "called_out", "furthest", "thresholds", "version",
            "composite"} == set(report)
    assert report["furthest"][0] == report["worst_frame"] and sorted(report["furthest"]) == [0, 1, 2]
    assert report["reason"] and report["meaning"] and report["a"]["label"] and report["b"]["label"]
    assert len(report["per_frame"]) == report["frames"] == 3
    for frame in report["per_frame"]:
        assert {"number", "name", "verdict", "a", "b", "mean_percent", "std_percent", "values", "pixels"} == set(frame)
    graph = report["graph"]
    assert len(graph["nodes"]) == graph["matched"] + graph["only_in_a"] + graph["only_in_b"]
    assert len(report["overall"]["pixels"]["histogram"]) == 256


def test_page_opens_in_a_browser(written: Path, tmp_path: Path) -> None:
    shot = tmp_path / "shot.png"
    outline = browser.check_page(written / "report.html")
    text = " ".join(outline.words)
    assert outline.all("svg") and "Different" in text and CHANGED in text and len(outline.all("img")) == 2
    subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--screenshot={shot}",
                    "--window-size=1100,2400", (written / "report.html").as_uri()], check=True, timeout=120,
                   capture_output=True)
    picture = cv2.imread(str(shot))
    assert picture.shape == (2400, 1100, 3)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 1000    # pictures and text, not an empty page


def test_a_page_of_many_frames(tmp_path: Path) -> None:
    """The page lists the hundred furthest apart; of the others it holds what its plots show."""
    frames = pictures_of(104, width=48, height=40)
    other = [noisy(frame, 3 + i % 7) for i, frame in enumerate(frames)]
    a, b = write_pictures(tmp_path / "a", frames), write_pictures(tmp_path / "b", other)
    compare(a, b, "--pictures", 0, "-o", tmp_path / "out", status=NO)
    page, told = tmp_path / "out" / "report.html", json.loads((tmp_path / "out" / "compare.json").read_text())
    held = browser.embedded(page, "facts")["per_frame"]
    assert len(held) == 104 and len(set(told["furthest"])) == 100
    for i, (frame, whole) in enumerate(zip(held, told["per_frame"])):
        pixels = whole["pixels"]
        assert frame == (whole if i in told["furthest"] else {
            "number": i, "pixels": {key: pixels[key] for key in ("max", "mean", "psnr")}})
    outline = browser.drawn(page)
    assert "The 100 frames furthest apart of 104" in " ".join(outline.words)
    assert len(outline.all("tr")) == 101 + 5 + 2                        # the frames, and the tables over all


def test_unwritable(tmp_path: Path) -> None:
    a = write_pictures(tmp_path / "a", pictures_of(1))
    (tmp_path / "file").write_text("")
    finished = viseme("compare", a, a, "-o", tmp_path / "file")
    assert finished.status == 4 and finished.err.count("\n") == 1


def test_long_runs_print_the_worst(tmp_path: Path) -> None:
    frames = pictures_of(40, width=420, height=64)
    other = [noisy(frame, 0.2 + 0.05 * (i % 7)) for i, frame in enumerate(frames)]
    a, b = write_pictures(tmp_path / "a", frames), write_pictures(tmp_path / "b", other)
    short, full = viseme("compare", a, b), viseme("compare", a, b, "--all")
    assert len([line for line in short.out.splitlines() if line.endswith(" equal")]) <= 21
    assert len([line for line in full.out.splitlines() if line.endswith(" equal")]) >= 40
    assert "* furthest apart" in short.out and "--all" in short.out
    assert viseme("compare", a, b, "--quiet").out == ""
