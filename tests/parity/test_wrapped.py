"""Checkpoints as other trainers wrap them: the weights are found, whatever lies around them, and which were taken is said."""
from __future__ import annotations

import argparse
import io
import json
import pathlib
import types
import zipfile
from collections import OrderedDict, defaultdict
from pathlib import Path
from typing import Callable, Dict, Tuple

import numpy as np
import pytest
import torch
from torch import nn

import checkpoints
import networks
from program import BAD_INPUT, viseme, viseme_ok

CHANNELS = (2, 4, 6, 8, 10)
State = Dict[str, torch.Tensor]


class Averaged:
    """What trainers call ModelEMA: an object that holds a copy of the network."""

    def __init__(self, module: nn.Module) -> None:
        self.decay, self.updates, self.module = 0.999, 7, module


class Settings(dict):
    """A dict of a class of its own, as EasyDict and OmegaConf are."""


class Outer(nn.Module):
    """What a trainer's module looks like: the network and something else."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.generator = network
        self.discriminator = nn.Linear(3, 2)


@pytest.fixture(scope="module")
def network() -> networks.LipSyncUNet:
    return checkpoints.unet("160", "ave", CHANNELS, 32)


def beside(state: State) -> State:
    """A dict with something of every kind beside the weights."""
    return {"model": state, "loss": np.float64(0.01), "args": argparse.Namespace(lr=1e-3, path=pathlib.PurePosixPath("/a")),
            "where": pathlib.PosixPath("/x/y"), "metrics": defaultdict(list, a=[1.0]), "best": np.array([1.0, 2.0]),
            "dtype": np.dtype("float32"), "settings": Settings(a=1), "set": frozenset([1]), "complex": 1j,
            "range": range(3), "simple": types.SimpleNamespace(a=1), "kind": networks.LipSyncUNet}


Wrap = Callable[[networks.LipSyncUNet], object]

#: name: (how it is wrapped, the container and the prefix that must be told)
WRAPPED: Dict[str, Tuple[Wrap, str, str]] = {
    "everything": (lambda n: beside(n.state_dict()), "model", ""),
    "lightning": (lambda n: {"state_dict": {"model." + k: v for k, v in n.state_dict().items()}, "epoch": 3},
                  "state_dict", "model."),
    "net": (lambda n: {"net." + k: v for k, v in n.state_dict().items()}, "", "net."),
    "module.model": (lambda n: OrderedDict(("module.model." + k, v) for k, v in n.state_dict().items()), "",
                     "module.model."),
    "generator": (lambda n: {"generator": n.state_dict(), "epoch": 3}, "generator", ""),
    "netG": (lambda n: {"netG": n.state_dict(), "netD": nn.Linear(2, 2).state_dict()}, "netG", ""),
    "params_ema": (lambda n: {"params_ema": n.state_dict()}, "params_ema", ""),
    "deep": (lambda n: {"checkpoint": {"trainer": {"unet": n.state_dict()}}}, "checkpoint.trainer.unet", ""),
    "tuple": (lambda n: (n.state_dict(), {"epoch": 3}), "[0]", ""),
    "list": (lambda n: [3, {"weights": n.state_dict()}], "[1].weights", ""),
    "ema object": (lambda n: {"ema": Averaged(n), "epoch": 3}, "ema.module", ""),
    "dict of a class": (lambda n: Settings(n.state_dict()), "", ""),
    "whole network": (lambda n: n, "", ""),
    "whole trainer": (Outer, "", "generator."),
    "data parallel": (lambda n: {"model": nn.DataParallel(n)}, "model", "module."),
}


#: Those that the older stream writes otherwise.
OLDER = ("everything", "whole network")


@pytest.mark.parametrize("name,legacy", [(name, False) for name in WRAPPED] + [(name, True) for name in OLDER])
def test_weights_are_found(name: str, legacy: bool, network: networks.LipSyncUNet, tmp_path: Path) -> None:
    wrap, container, prefix = WRAPPED[name]
    path = tmp_path / "wrapped.pth"
    torch.save(wrap(network), path, _use_new_zipfile_serialization=not legacy)
    told = json.loads(viseme_ok("inspect", path, "--json").out)
    assert (told["family"], told["container"], told["prefix"]) == ("160 U-Net", container, prefix)
    assert told["widths"] == list(CHANNELS)
    assert not any("missing" in note for note in told["notes"])


@pytest.mark.parametrize("name", ("everything", "whole trainer"))
def test_numbers_are_the_network_s(name: str, network: networks.LipSyncUNet, tmp_path: Path) -> None:
    torch.save(WRAPPED[name][0](network), tmp_path / "wrapped.pth")
    inputs = checkpoints.inputs_of("160", "ave", CHANNELS, 1, 32)
    for i, array in enumerate(inputs):
        np.save(tmp_path / f"{i}.npy", array)
    viseme_ok("infer", "--model", tmp_path / "wrapped.pth", "--audio-mode", "ave", "--input", tmp_path / "0.npy",
              "--input", tmp_path / "1.npy", "-o", tmp_path / "out.npy")
    checkpoints.assert_close(np.load(tmp_path / "out.npy"), checkpoints.answer(network, inputs))


def test_of_two_sets_the_plain_one_is_taken_and_said(network: networks.LipSyncUNet, tmp_path: Path) -> None:
    state = network.state_dict()
    torch.save({"params_ema": state, "params": {k: v.clone() for k, v in state.items()}}, tmp_path / "two.pth")
    told = json.loads(viseme_ok("inspect", tmp_path / "two.pth", "--json").out)
    assert told["container"] == "params"
    assert any("params is used, params_ema is not" in note for note in told["notes"])


def test_what_does_not_belong_to_the_network_is_counted(network: networks.LipSyncUNet, tmp_path: Path) -> None:
    torch.save(Outer(network).state_dict(), tmp_path / "both.pth")
    told = json.loads(viseme_ok("inspect", tmp_path / "both.pth", "--json").out)
    assert told["prefix"] == "generator." and any("2 tensors whose keys do not begin" in n for n in told["notes"])


@pytest.mark.parametrize("behind", (b"\n", b"\0" * 1000, b"<!-- saved -->" * 7000), ids=("line", "zeros", "98 KB"))
def test_bytes_behind_the_archive(behind: bytes, network: networks.LipSyncUNet, tmp_path: Path) -> None:
    path = tmp_path / "behind.pth"
    torch.save(network.state_dict(), path)
    path.write_bytes(path.read_bytes() + behind)
    viseme_ok("inspect", path)


def test_an_object_without_weights_is_named(tmp_path: Path) -> None:
    torch.save(argparse.Namespace(lr=1), tmp_path / "options.pth")
    ran = viseme("inspect", tmp_path / "options.pth")
    assert ran.status == BAD_INPUT and "argparse.Namespace" in ran.err and len(ran.err.splitlines()) == 1


class Command:
    """What a pickle that runs a command looks like."""

    def __init__(self, touched: Path) -> None:
        self.touched = touched

    def __reduce__(self) -> Tuple[object, ...]:
        import os
        return os.system, (f"touch {self.touched}",)


@pytest.mark.parametrize("legacy", (False, True), ids=("zip", "legacy"))
def test_commands_are_refused_and_not_run(legacy: bool, network: networks.LipSyncUNet, tmp_path: Path) -> None:
    torch.save({"model": network.state_dict(), "args": Command(tmp_path / "ran")}, tmp_path / "evil.pth",
               _use_new_zipfile_serialization=not legacy)
    ran = viseme("inspect", tmp_path / "evil.pth")
    assert ran.status == BAD_INPUT and "posix.system" in ran.err and "nothing was run" in ran.err
    assert not (tmp_path / "ran").exists()


def zipped(content: bytes, entry: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(entry, content)
    return out.getvalue()


#: what is given as a model: the words that must name it, and the way out
FOREIGN: Dict[str, Tuple[Callable[[bytes], bytes], Tuple[str, ...]]] = {
    "page.pth": (lambda pth: b"<!DOCTYPE html><html>", ("web page", "download")),
    "error.pth": (lambda pth: b'{"message": "Not Found"}', ("JSON", ".pth")),
    "pointer.onnx": (lambda pth: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", ("LFS", "git lfs pull")),
    "m.safetensors": (lambda pth: b"\x40" + bytes(7) + b'{"a":{}}'.ljust(64), ("safetensors", "torch.save")),
    "m.param": (lambda pth: b"7767517\n3 3\n", ("ncnn", ".onnx")),
    "m.engine": (lambda pth: b"ftrt" + bytes(100), ("TensorRT", ".onnx")),
    "m.tflite": (lambda pth: b"\x1c\0\0\0TFL3" + bytes(100), ("TensorFlow Lite", ".onnx")),
    "m.ort": (lambda pth: b"\x08\0\0\0ORTM" + bytes(100), ("ONNX Runtime", ".onnx")),
    "m.xml": (lambda pth: b'<?xml version="1.0"?>\n<net name="g" version="11"></net>', ("OpenVINO", ".onnx")),
    "m.h5": (lambda pth: b"\x89HDF\r\n\x1a\n" + bytes(100), ("HDF5", ".onnx")),
    "m.gz": (lambda pth: b"\x1f\x8b\x08" + bytes(100), ("gzip", "zcat")),
    "m.xz": (lambda pth: b"\xfd7zXZ\0" + bytes(100), ("xz", "xzcat")),
    "m.zst": (lambda pth: b"\x28\xb5\x2f\xfd" + bytes(100), ("zstd", "zstdcat")),
    "m.7z": (lambda pth: b"7z\xbc\xaf\x27\x1c" + bytes(100), ("7z", "7z x")),
    "m.zip": (lambda pth: zipped(pth, "checkpoint/99.pth"), ("checkpoint/99.pth", "unzip")),
    "m.npz": (lambda pth: zipped(b"", "arr_0.npy"), (".npz", ".pth")),
    "empty.pth": (lambda pth: b"", ("empty", "download")),
    "cut.pth": (lambda pth: pth[:len(pth) // 2], ("cut short", "download")),
    "m.pkl": (lambda pth: b"\x80\x04}.", ("pickle", "torch.save")),
    "m.bin": (lambda pth: b"\x01\x02\x03\x04" * 100, ("neither", ".pth")),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_files_are_named(name: str, network: networks.LipSyncUNet, tmp_path: Path) -> None:
    out = io.BytesIO()
    torch.save(network.state_dict(), out)
    make, words = FOREIGN[name]
    (tmp_path / name).write_bytes(make(out.getvalue()))
    ran = viseme("inspect", tmp_path / name)
    assert ran.status == BAD_INPUT and len(ran.err.splitlines()) == 1
    assert all(word in ran.err for word in (name, *words)), ran.err


def test_a_script_s_weights_can_be_taken_out(tmp_path: Path) -> None:
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), str(tmp_path / "script.pt"))
    ran = viseme("inspect", tmp_path / "script.pt")
    assert ran.status == BAD_INPUT and "TorchScript" in ran.err and "torch.jit.load" in ran.err
