"""What goes wrong is said in one line that names the file, with the documented exit status."""
from __future__ import annotations

import os
import shutil
from collections import OrderedDict
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
import pytest
import torch

import checkpoints
import footage
import networks
import sound
from program import BAD_INPUT, NOT_WRITTEN, USAGE, Finished, viseme, viseme_ok

CHANNELS = (4, 8, 12, 20, 36)


class Parts(NamedTuple):
    """Good parts, to be spoilt one at a time; all live in one folder that a test owns."""

    folder: Path
    model: Path
    encoder: Path
    character: Path
    audio: Path
    features: Path


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of good parts, made once."""
    folder = tmp_path_factory.mktemp("good")
    checkpoints.save(checkpoints.unet("160", "ave", CHANNELS, 32).state_dict(), folder / "model.pth")
    checkpoints.save(checkpoints.seeded(networks.build("ave_encoder"), 19).state_dict(), folder / "encoder.pth")
    footage.write_dataset(folder / "character", footage.make(160, 140, 80, 4))
    sound.write_wav(folder / "speech.wav", sound.babble(0.6))
    np.save(folder / "aud_ave.npy", np.random.RandomState(1).normal(0, 1, (10, 512)).astype(np.float32))
    return folder


@pytest.fixture
def parts(good: Path, tmp_path: Path) -> Parts:
    """A copy of the good parts."""
    folder = tmp_path / "parts"
    shutil.copytree(good, folder)
    return Parts(folder, folder / "model.pth", folder / "encoder.pth", folder / "character", folder / "speech.wav",
                 folder / "aud_ave.npy")


def refused(finished: Finished, status: int, *words: str) -> str:
    """The one line on stderr, after checking that it is one and has the words (any case)."""
    assert finished.status == status, f"exit status {finished.status}\n{finished.err}"
    lines = finished.err.splitlines()
    assert len(lines) == 1, finished.err
    for word in words:
        assert word.lower() in lines[0].lower(), f"{word!r} is not in: {lines[0]}"
    return lines[0]


def render(parts: Parts, *options: object) -> Finished:
    """Renders with the AVE encoder; on failure nothing may be left behind but the frames before it."""
    output = parts.folder / "out" / "out.mp4"
    output.parent.mkdir(exist_ok=True)
    finished = viseme("render", "--model", parts.model, "--character", parts.character, "--audio", parts.audio,
                      "--audio-encoder", parts.encoder, "-o", output, *options)
    left = [path.name for path in output.parent.iterdir() if path.name not in finished.err]
    assert finished.status == 0 or not left, f"{left} left behind"
    return finished


def render_with_features(parts: Parts, *options: object) -> Finished:
    output = parts.folder / "out.mp4"
    finished = viseme("render", "--model", parts.model, "--character", parts.character, "--audio", parts.audio,
                      "--features", parts.features, "-o", output, *options)
    assert finished.status == 0 or not output.exists()
    return finished


def test_the_parts_are_good(parts: Parts) -> None:
    assert render(parts, "--quiet").status == 0
    assert render_with_features(parts, "--quiet").status == 0


# --- checkpoints ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("legacy", (False, True), ids=("zip", "stream"))
@pytest.mark.parametrize("share", (0.0, 0.0005, 0.01, 0.3, 0.9, 0.9999))
def test_truncated_checkpoint(share: float, legacy: bool, parts: Parts) -> None:
    checkpoints.save(torch.load(parts.model), parts.model, legacy)
    data = parts.model.read_bytes()
    parts.model.write_bytes(data[:int(len(data) * share)])
    refused(render(parts), BAD_INPUT, str(parts.model))


class RunsACommand:
    """Unpickled by Python, this would create a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Tuple[Callable[[str], int], Tuple[str]]:
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("legacy", (False, True), ids=("zip", "stream"))
def test_pickle_that_runs_a_command(legacy: bool, parts: Parts) -> None:
    trap = parts.folder / "trap"
    state = torch.load(parts.model)
    state["inc.inconv.0.conv.0.weight"] = RunsACommand(trap)
    checkpoints.save(state, parts.model, legacy)
    refused(render(parts), BAD_INPUT, str(parts.model), "system")
    refused(viseme("inspect", "--model", parts.model), BAD_INPUT, str(parts.model), "system")
    assert not trap.exists()


def pipe_at(path: Path) -> Path:
    """A pipe that nobody writes to, in the place of a file: who opens it to read waits for ever."""
    if path.exists():
        path.unlink()
    os.mkfifo(path)
    return path


@pytest.mark.parametrize("name", ("model.pth", "encoder.pth", "aud_ave.npy", "character/landmarks/1.lms",
                                  "character/full_body_img/0.jpg", "folder/7.pth"))
def test_a_pipe_in_the_place_of_a_file(name: str, parts: Parts) -> None:
    path = parts.folder / name
    path.parent.mkdir(exist_ok=True)
    if name.startswith("character/full_body_img") and not path.exists():
        path = path.with_suffix(".png")
    pipe_at(path)
    spoilt = parts._replace(model=path.parent) if name.startswith("folder") else parts
    run = render_with_features if name.startswith("aud") else render
    said = refused(run(spoilt), BAD_INPUT, path.name)
    assert "pipe" in said or "no such file" in said


def test_a_pipe_as_external_data(parts: Parts) -> None:
    onnx = pytest.importorskip("onnx")
    viseme_ok("export", "--model", parts.model, "--audio-mode", "ave", "-o", parts.folder / "plain.onnx")
    onnx.save(onnx.load(parts.folder / "plain.onnx"), str(parts.folder / "m.onnx"), save_as_external_data=True,
              location="m.data", size_threshold=0)
    pipe_at(parts.folder / "m.data")
    refused(viseme("inspect", parts.folder / "m.onnx"), BAD_INPUT, "m.onnx", "m.data", "pipe")
    (parts.folder / "m.data").unlink()
    refused(viseme("inspect", parts.folder / "m.onnx"), BAD_INPUT, "m.onnx: keeps its weights", "m.data", "beside")
    (parts.folder / "m.data").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    refused(viseme("inspect", parts.folder / "m.onnx"), BAD_INPUT, "m.onnx", "m.data", "git lfs pull")


@pytest.mark.parametrize("command", ("frames", "dump", "diagnose"))
def test_missing_features_of_the_footage_are_named(command: str, parts: Parts) -> None:
    """Without speech and without the dataset's own features."""
    ran = viseme(command, "--model", parts.model, "--character", parts.character, "-o", parts.folder / "out")
    refused(ran, USAGE, str(parts.character), "aud_ave.npy", "--features")


def test_an_encoder_that_is_not_used_is_said(parts: Parts) -> None:
    ran = render_with_features(parts, "--audio-encoder", parts.encoder)
    assert ran.status == 0 and f"--audio-encoder {parts.encoder} is not used" in ran.err


@pytest.mark.parametrize("content", (b"", b"hello, this is not a model\n" * 40, bytes(range(256)) * 16, b"PK\x03\x04"),
                         ids=("empty", "text", "bytes", "zip head"))
def test_not_a_checkpoint(content: bytes, parts: Parts) -> None:
    parts.model.write_bytes(content)
    refused(render(parts), BAD_INPUT, str(parts.model))


def test_missing_files(parts: Parts) -> None:
    for name in ("model", "encoder", "character", "audio"):
        missing = parts.folder / "not there"
        refused(render(parts._replace(**{name: missing})), BAD_INPUT, str(missing))


def test_folder_without_checkpoints(parts: Parts) -> None:
    empty = parts.folder / "empty"
    empty.mkdir()
    refused(render(parts._replace(model=empty)), BAD_INPUT, str(empty), ".pth")


def test_syncnet_as_model(parts: Parts) -> None:
    state = networks.build("syncnet", "ave", CHANNELS, 32).state_dict()
    checkpoints.save(state, parts.model)
    refused(render(parts), BAD_INPUT, str(parts.model), "SyncNet")


def test_ave_encoder_as_model(parts: Parts) -> None:
    for prefix in (True, False):
        network = networks.build("ave_encoder")
        checkpoints.save((network if prefix else network.audio_encoder).state_dict(), parts.model)
        refused(render(parts), BAD_INPUT, str(parts.model), "encoder")


def test_model_as_ave_encoder(parts: Parts) -> None:
    refused(render(parts._replace(encoder=parts.model)), BAD_INPUT, str(parts.model), "encoder")


@pytest.mark.parametrize("key", ("inc.inconv.0.conv.0.weight", "audio_model.conv3.bias", "outc.conv.weight",
                                 "up4.conv.double_conv.1.conv.7.running_var",
                                 "fuse_conv.0.double_conv.0.conv.3.weight"))
def test_missing_key(key: str, parts: Parts) -> None:
    state = torch.load(parts.model)
    del state[key]
    checkpoints.save(state, parts.model)
    refused(render(parts), BAD_INPUT, str(parts.model), key)


def test_extra_key(parts: Parts) -> None:
    state = torch.load(parts.model)
    state["attention.query.weight"] = torch.zeros(4, 4)
    checkpoints.save(state, parts.model)
    refused(render(parts), BAD_INPUT, str(parts.model), "attention.query.weight")


def test_wrong_shape(parts: Parts) -> None:
    key = "down2.maxpool_conv.0.double_conv.1.conv.3.weight"
    state = torch.load(parts.model)
    state[key] = state[key][:, :, :1]
    checkpoints.save(state, parts.model)
    refused(render(parts), BAD_INPUT, str(parts.model), key)


def test_integer_weights(parts: Parts) -> None:
    state = OrderedDict((key, value.to(torch.int8) if value.dim() == 4 else value)
                        for key, value in torch.load(parts.model).items())
    checkpoints.save(state, parts.model)
    refused(render(parts), BAD_INPUT, str(parts.model))


def test_mode_that_the_shapes_rule_out(parts: Parts) -> None:
    refused(render(parts, "--audio-mode", "wenet"), BAD_INPUT, str(parts.model), "wenet")


def test_ave_encoder_for_a_wenet_model(parts: Parts) -> None:
    """Speech gives ave features only: for wenet users bring the file."""
    checkpoints.save(checkpoints.unet("160", "wenet", CHANNELS, 256).state_dict(), parts.model)
    refused(render(parts), USAGE, str(parts.model), "wenet", "--features")


def test_undecided_audio_mode(parts: Parts) -> None:
    """Without features or encoder nothing tells ave from hubert."""
    finished = viseme("render", "--model", parts.model, "--character", parts.character, "--audio", parts.audio, "-o",
                      parts.folder / "out.mp4")
    refused(finished, USAGE, "--audio-mode")
    assert "ave or hubert" in viseme_ok("inspect", "--model", parts.model).out


def test_onnx_with_an_unknown_operator(fixtures: Path, parts: Parts) -> None:
    model = fixtures / "onnx" / "unknown_operator.onnx"
    np.save(parts.folder / "x.npy", np.zeros((1, 3, 8, 8), np.float32))
    finished = viseme("infer", "--model", model, "--input", parts.folder / "x.npy", "-o", parts.folder / "y.npy")
    refused(finished, BAD_INPUT, str(model), "Frobnicate")
    refused(render(parts._replace(model=model)), BAD_INPUT, str(model))


def test_truncated_onnx(fixtures: Path, parts: Parts) -> None:
    model = parts.folder / "model.onnx"
    data = sorted((fixtures / "onnx").glob("unet160*.onnx"))[0].read_bytes()
    for share in (0.01, 0.5, 0.999):
        model.write_bytes(data[:int(len(data) * share)])
        refused(render(parts._replace(model=model)), BAD_INPUT, str(model))


# --- character --------------------------------------------------------------------------------------------------------

def test_missing_landmarks(parts: Parts) -> None:
    (parts.character / "landmarks" / "2.lms").unlink()
    refused(render(parts), BAD_INPUT, "2.lms")
    shutil.rmtree(parts.character / "landmarks")
    refused(render(parts), BAD_INPUT, str(parts.character), "landmarks")


def test_landmarks_without_enough_points(parts: Parts) -> None:
    path = parts.character / "landmarks" / "1.lms"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:40]))
    refused(render(parts), BAD_INPUT, str(path))


@pytest.mark.parametrize("line", ("a b", "12.5", "nan nan", "1e30 4", ""),
                         ids=("letters", "one number", "nan", "huge", "empty"))
def test_damaged_landmarks(line: str, parts: Parts) -> None:
    path = parts.character / "landmarks" / "1.lms"
    lines = path.read_text().splitlines()
    lines[1] = line
    path.write_text("\n".join(lines[:52] if line == "" else lines) + "\n")
    refused(render(parts), BAD_INPUT, str(path))


@pytest.mark.parametrize("square", ((60, 40, 60, 40), (90, 40, 60, 10), (-3, 20, 60, 83), (20, -3, 80, 57),
                                    (161, 20, 200, 59), (20, 141, 60, 181)),
                         ids=("empty", "reversed", "left of 0", "above 0", "right of the frame", "below the frame"))
def test_square_that_holds_nothing(square: Tuple[int, int, int, int], parts: Parts) -> None:
    path = parts.character / "landmarks" / "3.lms"
    points = footage.landmarks_of((20, 20, 80, 80))
    points[1][0], points[52][1], points[31][0] = square[0], square[1], square[2]
    path.write_text("".join(f"{x:.3f} {y:.3f}\n" for x, y in points))
    refused(render(parts), BAD_INPUT, str(path))


def test_missing_picture(parts: Parts) -> None:
    (parts.character / "full_body_img" / "1.jpg").unlink()
    refused(render(parts), BAD_INPUT, str(parts.character), "1")


def test_damaged_picture(parts: Parts) -> None:
    path = parts.character / "full_body_img" / "1.jpg"
    path.write_bytes(path.read_bytes()[:500])
    refused(render(parts), BAD_INPUT, str(path))


def test_pictures_of_different_sizes(parts: Parts) -> None:
    drawn = footage.make(180, 140, 80, 4)
    other = footage.write_dataset(parts.folder / "other", drawn)
    shutil.copy(other / "full_body_img" / "2.jpg", parts.character / "full_body_img" / "2.jpg")
    refused(render(parts), BAD_INPUT, "2.jpg")


def test_folder_that_is_no_character(parts: Parts) -> None:
    empty = parts.folder / "empty"
    empty.mkdir()
    refused(render(parts._replace(character=empty)), BAD_INPUT, str(empty))


def test_thirty_fps_footage(parts: Parts) -> None:
    package = footage.write_package(parts.folder / "package", footage.make(160, 140, 80, 4), fps="30")
    refused(render(parts._replace(character=package)), BAD_INPUT, str(package), "30", "--resample-footage")
    assert render(parts._replace(character=package), "--resample-footage", "--quiet").status == 0


def test_damaged_rectangles(parts: Parts) -> None:
    package = footage.write_package(parts.folder / "package", footage.make(160, 140, 80, 4))
    table = package / "crop_rectangles.json"
    good_text = table.read_text()
    for text in ("", "{", "[]", "{}", good_text.replace('"rect"', '"box"'), good_text.replace("[", "[1, ", 1),
                 good_text.replace('"2"', '"7"'), '{"0": {"rect": ["a", 1, 2, 3]}}', "[" * 5000):
        table.write_text(text)
        refused(render(parts._replace(character=package)), BAD_INPUT, str(table))


# --- sound and features -----------------------------------------------------------------------------------------------

def test_too_short_audio(parts: Parts) -> None:
    sound.write_wav(parts.audio, sound.babble(0.1))
    refused(render(parts), BAD_INPUT, str(parts.audio))


def test_file_without_sound(parts: Parts) -> None:
    parts.audio.write_bytes(b"this is a letter, not a recording\n" * 100)
    refused(render(parts), BAD_INPUT, str(parts.audio))
    video = footage.write_video(parts.folder / "mute.mp4", footage.make(64, 64, 32, 3).pictures)
    refused(render(parts._replace(audio=video)), BAD_INPUT, str(video))


@pytest.mark.parametrize("shape", ((10, 100), (512,), (10, 16, 512), (0, 512), (10, 3, 1024)), ids=str)
def test_features_of_the_wrong_shape(shape: Sequence[int], parts: Parts) -> None:
    np.save(parts.features, np.zeros(shape, np.float32))
    refused(render_with_features(parts), BAD_INPUT, str(parts.features))


def test_hubert_features_for_an_ave_model(parts: Parts) -> None:
    np.save(parts.features, np.zeros((10, 2, 1024), np.float32))
    refused(render_with_features(parts, "--audio-mode", "ave"), BAD_INPUT, str(parts.features), "ave")


def test_damaged_features(parts: Parts) -> None:
    data = parts.features.read_bytes()
    for content in (b"", data[:60], data[:-5], b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'shape': (1"):
        parts.features.write_bytes(content)
        refused(render_with_features(parts), BAD_INPUT, str(parts.features))
    np.save(parts.features, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    refused(render_with_features(parts), BAD_INPUT, str(parts.features))


def test_inputs_that_do_not_fit(parts: Parts) -> None:
    visual, audio = checkpoints.inputs_of("160", "ave", CHANNELS, 1, 32)
    np.save(parts.folder / "visual.npy", visual)
    np.save(parts.folder / "audio.npy", audio[:, :31])
    np.save(parts.folder / "two.npy", np.concatenate([audio, audio]))
    for name, words in (("audio.npy", ("model.pth", "[1, 31, 16, 16]")), ("two.npy", ("1 and 2",))):
        finished = viseme("infer", "--model", parts.model, "--input", parts.folder / "visual.npy", "--input",
                          parts.folder / name, "-o", parts.folder / "out.npy")
        refused(finished, BAD_INPUT, *words)
        assert not (parts.folder / "out.npy").exists()


# --- several at once --------------------------------------------------------------------------------------------------

def spoil_a_little(parts: Parts) -> None:
    """Something to warn of in the model, in the encoder, and in the character."""
    for path in (parts.model, parts.encoder):
        state = torch.load(path)
        state["epoch"] = 3
        checkpoints.save(state, path)
    shutil.copy(parts.character / "landmarks" / "0.lms", parts.character / "landmarks" / "77.lms")


def test_warnings_come_in_the_order_of_the_inputs(parts: Parts) -> None:
    """Inputs are opened side by side, yet who is faster must not show."""
    spoil_a_little(parts)
    finished = render(parts, "--frames", 1)
    assert finished.status == 0, finished.err
    warnings = [line for line in finished.err.splitlines() if "ignored" in line]
    assert len(warnings) == 3, finished.err
    for line, path in zip(warnings, (parts.model, parts.encoder, parts.character)):
        assert str(path) in line, finished.err


def test_the_first_of_several_faults_is_told(parts: Parts) -> None:
    missing = parts.folder / "not there"
    names = ("model", "encoder", "audio", "character")
    for i, name in enumerate(names):
        spoilt = parts._replace(**{each: missing / each for each in names[i:]})
        refused(render(spoilt), BAD_INPUT, str(missing / name))


def test_no_warning_of_what_comes_after_a_fault(parts: Parts) -> None:
    spoil_a_little(parts)
    missing = parts.folder / "not there"
    refused(render(parts._replace(model=missing)), BAD_INPUT, str(missing))
    first, last = render(parts._replace(encoder=missing)).err.splitlines()
    assert str(parts.model) in first and str(missing) in last


# --- outputs ----------------------------------------------------------------------------------------------------------

def test_output_in_a_folder_that_does_not_exist(parts: Parts) -> None:
    target = parts.folder / "no such folder" / "out.mp4"
    finished = viseme("render", "--model", parts.model, "--character", parts.character, "--audio", parts.audio,
                      "--audio-encoder", parts.encoder, "-o", target)
    refused(finished, NOT_WRITTEN, str(target))


def test_outputs_that_cannot_be_files(parts: Parts) -> None:
    folder = parts.folder / "folder"
    folder.mkdir()
    (folder / "keep").write_text("something")
    finished = viseme("render", "--model", parts.model, "--character", parts.character, "--audio", parts.audio,
                      "--audio-encoder", parts.encoder, "-o", folder)
    refused(finished, NOT_WRITTEN, str(folder))
    finished = viseme("features", "--audio", parts.audio, "--audio-encoder", parts.encoder, "-o",
                      parts.audio / "aud_ave.npy")
    refused(finished, NOT_WRITTEN, "aud_ave.npy")
    finished = viseme("frames", "--model", parts.model, "--character", parts.character, "--features", parts.features,
                      "--frames", 1, "--output", parts.audio)
    refused(finished, NOT_WRITTEN, str(parts.audio))
    assert sorted(folder.iterdir()) == [folder / "keep"]


@pytest.mark.parametrize("what", ("model", "audio", "encoder"))
def test_a_video_does_not_replace_what_it_is_made_from(what: str, parts: Parts) -> None:
    output = getattr(parts, what)
    before = output.read_bytes()
    refused(viseme("render", "--model", parts.model, "--character", parts.character, "--audio", parts.audio,
                   "--audio-encoder", parts.encoder, "-o", output), USAGE, str(output), "another name")
    assert output.read_bytes() == before


def test_other_results_do_not_replace_what_they_are_made_from(parts: Parts) -> None:
    link, data = parts.folder / "link.npy", parts.folder / "data"
    link.symlink_to(parts.audio)
    viseme_ok("dump", "--model", parts.model, "--character", parts.character, "--features", parts.features, "--frames",
              1, "-o", data, "--quiet")
    before = {path: path.read_bytes() for path in (parts.model, parts.audio, parts.encoder, *data.iterdir())}
    for output in (parts.audio, parts.encoder, link):
        refused(viseme("features", "--audio", parts.audio, "--audio-encoder", parts.encoder, "-o", output), USAGE,
                str(output))
    refused(viseme("features", "--audio", parts.audio, "--mel", parts.audio), USAGE, str(parts.audio))
    for output in (parts.model, data / "audio_input.bin", data / "metadata.json"):
        refused(viseme("infer", "--model", parts.model, "--audio-mode", "ave", "--data", data, "-o", output), USAGE,
                str(output))
    refused(viseme("export", "--model", parts.model, "--audio-mode", "ave", "-o", parts.model), USAGE, str(parts.model))
    assert {path: path.read_bytes() for path in before} == before


# --- command line -----------------------------------------------------------------------------------------------------

USAGE_ERRORS: Dict[str, List[str]] = {
    "no command": [],
    "unknown command": ["rendr"],
    "unknown option": ["render", "--modle", "m.pth"],
    "missing option": ["render", "--character", "x", "--audio", "y", "-o", "z.mp4"],
    "missing value": ["render", "--model"],
    "not a number": ["frames", "--model", "m", "--character", "c", "--features", "f", "--frames", "ten", "--output",
                     "o"],
    "negative": ["frames", "--model", "m", "--character", "c", "--features", "f", "--frames", "-3", "--output", "o"],
    "no such mode": ["inspect", "--model", "m.pth", "--audio-mode", "whisper"],
    "no such resize": ["frames", "--model", "m", "--character", "c", "--features", "f", "--frames", "1", "--output",
                       "o", "--crop-resize", "nearest"],
    "stray word": ["infer", "--model", "m.pth", "--input", "a.npy", "-o", "o.npy", "stray"],
}


@pytest.mark.parametrize("name", USAGE_ERRORS)
def test_usage(name: str) -> None:
    finished = viseme(*USAGE_ERRORS[name])
    assert finished.status == USAGE
    assert finished.err.strip() and len(finished.err.splitlines()) <= 2


def test_an_instruction_set_that_is_not_known(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISEME_ISA", "AVX2")
    refused(viseme("inspect", "--model", parts.model), USAGE, "VISEME_ISA=AVX2", "avx512vnni")


@pytest.mark.parametrize("command", ("render", "frames", "infer", "dump", "features", "export", "inspect", "compare",
                                     "diagnose", "sweep", "bench", "verify"))
def test_help(command: str) -> None:
    finished = viseme_ok(command, "--help")
    assert f"viseme {command}" in finished.out and "xample" in finished.out
    assert not finished.err
