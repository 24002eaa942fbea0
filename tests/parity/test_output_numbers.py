"""What a network gives must be a picture: NaN, infinities and numbers far outside [0, 1] are never painted without a
word, neither in float32 nor in the fast precision."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Callable, List, NamedTuple

import numpy as np
import pytest
import torch
from torch import nn

import checkpoints
import footage
import networks
import pipeline
from program import BAD_INPUT, viseme, viseme_ok

CHANNELS = (4, 8, 12, 20, 36)
PRECISIONS = ("float32", "fast")


class Stage(NamedTuple):
    """A small character, and feature rows for four frames."""

    character: Path
    features: Path


@pytest.fixture(name="stage", scope="module")
def fixture_stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    folder = tmp_path_factory.mktemp("stage")
    character = footage.write_dataset(folder / "character", footage.make(200, 180, 90, 5))
    rows = np.random.RandomState(1).normal(0, 1, (4, *pipeline.WINDOWS["ave"].row)).astype(np.float32)
    np.save(folder / "aud_ave.npy", rows)
    return Stage(character, folder / "aud_ave.npy")


def write(folder: Path, change: Callable[[nn.Module], None]) -> Path:
    """A small 160 checkpoint, changed."""
    network = checkpoints.unet("160", "ave", CHANNELS, 32)
    with torch.no_grad():
        change(network)
    return checkpoints.save(network.state_dict(), folder / "model.pth")


def arguments(model: Path, stage: Stage, precision: str) -> List[object]:
    return ["--model", model, "--audio-mode", "ave", "--character", stage.character, "--features", stage.features,
            "--precision", precision]


def spoil(value: float) -> Callable[[nn.Module], None]:
    """One weight of a block that every frame passes."""
    def change(network: networks.LipSyncUNet) -> None:
        network.up4.conv.double_conv[0].conv[0].weight[1, 2] = value
    return change


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("value", (float("nan"), float("inf")))
def test_broken_weights_are_not_rendered(value: float, precision: str, stage: Stage, tmp_path: Path) -> None:
    model = write(tmp_path, spoil(value))
    refused = viseme("render", *arguments(model, stage, precision), "-o", tmp_path / "out.mp4")
    assert refused.status == BAD_INPUT
    last = refused.err.strip().splitlines()[-1]
    assert "NaN or infinite" in last and (str(model) in last or "float32" in last)
    assert list(tmp_path.glob("*.mp4")) == []


def test_frames_counts_what_is_not_finite(stage: Stage, tmp_path: Path) -> None:
    model = write(tmp_path, spoil(float("nan")))
    told = viseme_ok("frames", *arguments(model, stage, "float32"), "--frames", 2, "-o", tmp_path / "out")
    assert "first in frame 0" in told.err and "NaN or infinite" in told.err
    assert sum("not finite" in line for line in told.out.splitlines()) == 2
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["output"]["not_finite"] == 2 * 3 * 160 * 160


def test_a_checkpoint_with_nan_is_told_of_when_it_is_opened(tmp_path: Path) -> None:
    told = viseme_ok("inspect", write(tmp_path, spoil(float("nan"))), "--audio-mode", "ave")
    assert "1 weights in 1 tensor are NaN or infinite" in told.out + told.err
    assert "up4" in told.out + told.err


class Scaled(nn.Module):
    """A network that somebody exported with a scaling of its own."""

    def __init__(self, network: nn.Module, factor: float, shift: float) -> None:
        super().__init__()
        self.network, self.factor, self.shift = network, factor, shift

    def forward(self, visual: torch.Tensor, audio: torch.Tensor) -> torch.Tensor:
        return self.network(visual, audio) * self.factor + self.shift


def export(folder: Path, factor: float, shift: float) -> Path:
    network = Scaled(checkpoints.unet("160", "ave", CHANNELS, 32), factor, shift)
    shapes = networks.input_shapes("160", "ave", CHANNELS, 1, 32)
    torch.onnx.export(network, tuple(torch.zeros(shape) for shape in shapes), str(folder / "model.onnx"),
                      input_names=["input", "audio"], output_names=["output"], opset_version=13)
    return folder / "model.onnx"


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("factor,shift", ((255, 0), (2, -1), (1, 3)))
def test_pictures_in_another_range_are_refused(factor: float, shift: float, precision: str, stage: Stage,
                                               tmp_path: Path) -> None:
    model = export(tmp_path, factor, shift)
    refused = viseme("render", *arguments(model, stage, precision), "-o", tmp_path / "out.mp4")
    assert refused.status == BAD_INPUT and str(model) in refused.err and "[0, 1]" in refused.err
    assert list(tmp_path.glob("*.mp4")) == []
    told = viseme_ok("frames", *arguments(model, stage, precision), "--frames", 1, "-o", tmp_path / "out")
    assert "first in frame 0" in told.err and "[0, 1]" in told.err


def test_a_little_outside_is_told_of_once(stage: Stage, tmp_path: Path) -> None:
    model = export(tmp_path, 1.3, -0.15)
    told = viseme_ok("render", *arguments(model, stage, "float32"), "-o", tmp_path / "out.mp4")
    warnings = [line for line in told.err.splitlines() if "warning" in line]
    assert len([line for line in warnings if "cut off" in line]) == 1


def test_a_healthy_network_is_silent(stage: Stage, tmp_path: Path) -> None:
    model = write(tmp_path, lambda network: None)
    for precision in PRECISIONS:
        told = viseme_ok("render", *arguments(model, stage, precision), "-o", tmp_path / "out.mp4")
        assert "[0, 1]" not in told.err and "finite" not in told.err
