"""ONNX files as PyTorch's exporters write them, against ONNX Runtime on the same file and against PyTorch."""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Sequence

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

import checkpoints
import footage
import networks
from program import viseme_ok
from test_networks import infer

NARROW = (4, 8, 12, 20, 36)
OPSETS = (11, 13, 16, 17)
NAMES = (("input", "audio"), ("visual_input", "audio_input"))


def export(network: nn.Module, inputs: Sequence[np.ndarray], path: Path, opset: int, dynamic: bool,
           folded: bool = True, names: Sequence[str] = NAMES[0], **options: Any) -> Path:
    """torch.onnx.export; `folded` merges batch norm into convolutions, otherwise BatchNormalization stays."""
    mode = torch.onnx.TrainingMode.EVAL if folded else torch.onnx.TrainingMode.PRESERVE
    axes: Dict[str, Dict[int, str]] = {name: {0: "batch"} for name in (*names, "output")} if dynamic else {}
    torch.onnx.export(network, tuple(map(torch.from_numpy, inputs)), str(path), opset_version=opset, training=mode,
                      input_names=list(names), output_names=["output"], dynamic_axes=axes, **options)
    return path


def runtime(path: Path, inputs: Sequence[np.ndarray]) -> np.ndarray:
    """ONNX Runtime's answer."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.log_severity_level = 3                          # errors only
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, {each.name: value for each, value in zip(session.get_inputs(), inputs)})[0]


def check(network: nn.Module, path: Path, inputs: Sequence[np.ndarray], folder: Path) -> None:
    """viseme against PyTorch and against ONNX Runtime."""
    result = infer(path, inputs, folder)
    expected = checkpoints.answer(network, inputs)
    checkpoints.assert_close(result, expected)
    peer = runtime(path, inputs)
    difference = np.abs(result - peer)
    if difference.max() > 6e-7:                             # as checkpoints.assert_close has it
        assert difference.max() <= min(5e-5, 3 * max(expected.own, np.abs(peer - expected.double).max()))
    assert difference.mean() <= 2e-6


def operators(path: Path) -> "set[str]":
    return {node.op_type for node in onnx.load(str(path), load_external_data=False).graph.node}


@pytest.mark.parametrize("folded", (True, False), ids=("folded", "batchnorm"))
@pytest.mark.parametrize("dynamic", (True, False), ids=("dynamic", "fixed"))
@pytest.mark.parametrize("opset", OPSETS)
def test_export(opset: int, dynamic: bool, folded: bool, tmp_path: Path) -> None:
    network = checkpoints.unet("160", "ave", NARROW, seed=opset)
    sample = checkpoints.inputs_of("160", "ave", NARROW, 1)
    path = export(network, sample, tmp_path / "model.onnx", opset, dynamic, folded, NAMES[opset % 2])
    assert ("BatchNormalization" in operators(path)) != folded
    check(network, path, sample, tmp_path)
    if dynamic:
        check(network, path, checkpoints.inputs_of("160", "ave", NARROW, 3), tmp_path)


@pytest.mark.parametrize("dynamic", (True, False), ids=("dynamic", "fixed"))
@pytest.mark.parametrize("family,mode", (("328", "ave"), ("328", "hubert"), ("328", "wenet"), ("160", "hubert"),
                                         ("160", "hubert_ultralight"), ("160", "wenet"), ("160", "wenet_ultralight")))
def test_families_and_modes(family: str, mode: str, dynamic: bool, tmp_path: Path) -> None:
    """An export shows conv3's stride, so the audio mode needs no option."""
    network = checkpoints.unet(family, mode, NARROW, seed=2)
    sample = checkpoints.inputs_of(family, mode, NARROW, 1)
    path = export(network, sample, tmp_path / "model.onnx", 13, dynamic)
    check(network, path, sample, tmp_path)


def test_full_width(tmp_path: Path) -> None:
    network = checkpoints.unet("328", "ave")
    sample = checkpoints.inputs_of("328", "ave", networks.FULL, 1)
    check(network, export(network, sample, tmp_path / "model.onnx", 11, True), sample, tmp_path)


def test_fixed_batch_of_two(tmp_path: Path) -> None:
    network = checkpoints.unet("160", "ave", NARROW)
    sample = checkpoints.inputs_of("160", "ave", NARROW, 2)
    check(network, export(network, sample, tmp_path / "model.onnx", 16, False), sample, tmp_path)


@pytest.mark.parametrize("options", ({"do_constant_folding": False}, {"keep_initializers_as_inputs": True}), ids=str)
def test_export_options(options: Dict[str, bool], tmp_path: Path) -> None:
    network = checkpoints.unet("160", "ave", NARROW)
    sample = checkpoints.inputs_of("160", "ave", NARROW, 1)
    path = export(network, sample, tmp_path / "model.onnx", 13, True, **options)
    check(network, path, sample, tmp_path)


@pytest.mark.parametrize("one_file", (True, False), ids=("one file", "file per tensor"))
def test_external_data(one_file: bool, tmp_path: Path) -> None:
    network = checkpoints.unet("160", "ave", NARROW)
    sample = checkpoints.inputs_of("160", "ave", NARROW, 1)
    plain = export(network, sample, tmp_path / "plain.onnx", 13, True)
    folder = tmp_path / "external"
    folder.mkdir()
    onnx.save_model(onnx.load(str(plain)), str(folder / "model.onnx"), save_as_external_data=True,
                    all_tensors_to_one_file=one_file, location="weights.bin" if one_file else None, size_threshold=16)
    assert (folder / "model.onnx").stat().st_size < plain.stat().st_size
    check(network, folder / "model.onnx", sample, tmp_path)


def test_ave_encoder(tmp_path: Path) -> None:
    network = checkpoints.seeded(networks.build("ave_encoder"), 6)
    inputs = checkpoints.inputs_of("ave_encoder", "", (), 3)
    path = export(network, inputs, tmp_path / "encoder.onnx", 13, True, names=("mel",))
    expected = checkpoints.answer(network, inputs)
    result = infer(path, inputs, tmp_path)
    scale = np.abs(expected.single).max()
    assert np.abs(result - expected.single).max() <= max(3 * expected.own, 1e-6 * scale)
    assert np.abs(result - runtime(path, inputs)).max() <= 1e-4 * scale


# --- committed files of today's exporters -----------------------------------------------------------------------------

FILES = ("unet160_ave.traced.fixed", "unet160_ave.traced.dynamic", "unet160_ave.dynamo.fixed",
         "unet160_ave.dynamo.dynamic", "unet160_ave.external.dynamic", "unet160_hubert.dynamo.dynamic",
         "unet160_wenet.dynamo.dynamic", "unet328_ave.dynamo.dynamic")


@pytest.mark.parametrize("name", FILES)
def test_current_exporters(name: str, fixtures: Path, tmp_path: Path) -> None:
    """PyTorch's answer is stored beside the file; ONNX Runtime runs it here and now."""
    path = fixtures / "onnx" / f"{name}.onnx"
    stored = np.load(fixtures / "onnx" / f"{name.split('.')[0]}.npz")
    inputs = [stored["visual"].astype(np.float32) / 255, stored["audio"].astype(np.float32)]
    if name.endswith("fixed"):
        results = [infer(path, [value[i:i + 1] for value in inputs], tmp_path) for i in range(len(inputs[0]))]
        peers = [runtime(path, [value[i:i + 1] for value in inputs]) for i in range(len(inputs[0]))]
        result, peer = np.concatenate(results), np.concatenate(peers)
    else:
        result, peer = infer(path, inputs, tmp_path), runtime(path, inputs)
    assert result.shape == tuple(stored["shape"])
    limit = min(5e-5, max(3 * float(stored["own"]), 6e-7))
    step = int(np.ceil(result.size / stored["output"].size))
    difference = np.abs(result.ravel()[::step] - stored["output"])
    assert difference.max() <= limit and difference.mean() <= 2e-6
    difference = np.abs(result - peer)
    assert difference.max() <= max(limit, 2e-6) and difference.mean() <= 2e-6


def test_frames_from_an_export(tmp_path: Path) -> None:
    """A fixed-batch .onnx paints the frames that its .pth paints."""
    network = checkpoints.unet("160", "ave", NARROW, 32, seed=3)
    sample = checkpoints.inputs_of("160", "ave", NARROW, 1, 32)
    model = checkpoints.save(network.state_dict(), tmp_path / "model.pth")
    exported = export(network, sample, tmp_path / "model.onnx", 17, False)
    character = footage.write_dataset(tmp_path / "character", footage.make(180, 160, 90, 3))
    np.save(tmp_path / "aud_ave.npy", np.random.RandomState(1).normal(0, 1, (9, 512)).astype(np.float32))
    for path, folder in ((model, "pth"), (exported, "onnx")):
        viseme_ok("frames", "--model", path, "--character", character, "--features", tmp_path / "aud_ave.npy",
                  "--frames", 3, "--output", tmp_path / folder, "--quiet")
    for picture in sorted((tmp_path / "pth").glob("*.png")):
        a, b = (footage.cv2.imread(str(tmp_path / each / picture.name)).astype(np.int16) for each in ("pth", "onnx"))
        assert np.abs(a - b).max() <= 1 and (a == b).mean() >= 0.999


def test_inspect_tells_the_mode(fixtures: Path) -> None:
    for name, mode in (("unet160_ave", "ave"), ("unet160_hubert", "hubert"), ("unet160_wenet", "wenet")):
        finished = viseme_ok("inspect", "--model", fixtures / "onnx" / f"{name}.dynamo.dynamic.onnx")
        assert mode in finished.out and "ave or hubert" not in finished.out
