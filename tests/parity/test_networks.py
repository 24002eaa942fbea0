"""Every family and mode, as people save them, against PyTorch on the same weights."""
from __future__ import annotations

import json
from collections import OrderedDict
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np
import pytest
import torch
from torch import nn

import checkpoints
import networks
from program import viseme_ok

NARROW = (4, 8, 12, 20, 36)
ODD = (7, 13, 29, 31, 37)
UNEVEN = (12, 20, 36, 52, 68)


def infer(model: Path, inputs: Sequence[np.ndarray], folder: Path, *options: str) -> np.ndarray:
    """`viseme infer` on arrays, in the given order."""
    arguments: List[object] = []
    for i, array in enumerate(inputs):
        np.save(folder / f"input{i}.npy", array)
        arguments += ["--input", folder / f"input{i}.npy"]
    viseme_ok("infer", "--model", model, *arguments, "-o", folder / "out.npy", *options)
    return np.load(folder / "out.npy")


def check(network: nn.Module, model: Path, inputs: Sequence[np.ndarray], folder: Path, *options: str) -> None:
    checkpoints.assert_close(infer(model, inputs, folder, *options), checkpoints.answer(network, inputs))


# --- families, modes, widths ------------------------------------------------------------------------------------------

ALL = [(family, mode) for family in networks.FAMILIES for mode in networks.MODES]


#: At full width PyTorch takes seconds a sample, so batches of three are run for one mode of each family there.
FULL_IN_THREES = (("328", "ave"), ("160", "hubert_ultralight"))


#: Modes differ in what hears, families in what sees: at full width each mode is run in one family, and both families are.
FULL = [("328", "ave"), *((family, mode) for family, mode in ALL if family == "160")]


@pytest.mark.parametrize("width,family,mode", [("full", *each) for each in FULL] + [("mobile", *each) for each in ALL])
def test_authors_widths(width: str, family: str, mode: str, tmp_path: Path) -> None:
    """Batches of 1 and 3; the sample alone must be answered as it is within its batch."""
    channels = {"full": networks.FULL, "mobile": networks.MOBILE}[width]
    network = checkpoints.unet(family, mode, channels, spelling="flat" if width == "mobile" else "nested")
    model = checkpoints.save(network.state_dict(), tmp_path / "model.pth", legacy=width == "mobile")
    batch = 3 if width == "mobile" or (family, mode) in FULL_IN_THREES else 1
    expected = checkpoints.answer(network, checkpoints.inputs_of(family, mode, channels, batch))
    for count in sorted({1, batch}):
        part = expected.first(count)
        checkpoints.assert_close(infer(model, part.inputs, tmp_path), part)


@pytest.mark.parametrize("channels", (NARROW, ODD, UNEVEN), ids=str)
@pytest.mark.parametrize("family,mode", ALL)
def test_other_widths(family: str, mode: str, channels: Tuple[int, ...], tmp_path: Path) -> None:
    network = checkpoints.unet(family, mode, channels, seed=2)
    model = checkpoints.save(network.state_dict(), tmp_path / "model.pth")
    check(network, model, checkpoints.inputs_of(family, mode, channels, 2), tmp_path)


@pytest.mark.parametrize("family", networks.FAMILIES)
@pytest.mark.parametrize("mode", ("ave", "hubert"))
def test_mobile_with_the_audio_input_kept(family: str, mode: str, tmp_path: Path) -> None:
    network = checkpoints.unet(family, mode, networks.MOBILE, 32, seed=3)
    model = checkpoints.save(network.state_dict(), tmp_path / "model.pth")
    check(network, model, checkpoints.inputs_of(family, mode, networks.MOBILE, 1, 32), tmp_path)


@pytest.mark.parametrize("threads", (1, 2, 3))
def test_threads(threads: int, tmp_path: Path) -> None:
    network = checkpoints.unet("160", "ave", UNEVEN, seed=4)
    model = checkpoints.save(network.state_dict(), tmp_path / "model.pth")
    check(network, model, checkpoints.inputs_of("160", "ave", UNEVEN, 1), tmp_path, "--threads", str(threads))


@pytest.mark.parametrize("isa", ("portable", "avx2", "avx512"))
@pytest.mark.parametrize("family", networks.FAMILIES)
def test_instruction_sets(family: str, isa: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """VISEME_ISA lowers what the program uses; what this processor lacks is simply its best again."""
    monkeypatch.setenv("VISEME_ISA", isa)
    network = checkpoints.unet(family, "ave", ODD, seed=4)
    model = checkpoints.save(network.state_dict(), tmp_path / "model.pth")
    check(network, model, checkpoints.inputs_of(family, "ave", ODD, 2), tmp_path)


def test_inputs_in_any_order(tmp_path: Path) -> None:
    network = checkpoints.unet("160", "hubert", NARROW)
    model = checkpoints.save(network.state_dict(), tmp_path / "model.pth")
    inputs = checkpoints.inputs_of("160", "hubert", NARROW, 1)
    expected = checkpoints.answer(network, inputs)
    checkpoints.assert_close(infer(model, inputs[::-1], tmp_path), expected)


def test_audio_mode_option_agrees_with_the_shapes(tmp_path: Path) -> None:
    network = checkpoints.unet("160", "ave", NARROW)
    model = checkpoints.save(network.state_dict(), tmp_path / "model.pth")
    check(network, model, checkpoints.inputs_of("160", "ave", NARROW, 1), tmp_path, "--audio-mode", "ave")


def test_folder_of_raw_tensors(tmp_path: Path) -> None:
    """`--data DIR`: visual_input.bin, audio_input.bin and metadata.json in place of .npy files."""
    network = checkpoints.unet("160", "ave", NARROW, seed=8)
    model = checkpoints.save(network.state_dict(), tmp_path / "model.pth")
    inputs = checkpoints.inputs_of("160", "ave", NARROW, 3)
    folder = tmp_path / "data"
    folder.mkdir()
    for name, array in zip(("visual_input", "audio_input"), inputs):
        array.astype("<f4").tofile(folder / f"{name}.bin")
    (folder / "metadata.json").write_text(json.dumps(
        {"num_frames": 3, "start_frame": 0, "visual_shape": list(inputs[0].shape),
         "audio_shape": list(inputs[1].shape), "dtype": "float32"}))
    viseme_ok("infer", "--model", model, "--data", folder, "-o", tmp_path / "out.npy")
    checkpoints.assert_close(np.load(tmp_path / "out.npy"), checkpoints.answer(network, inputs))


@pytest.mark.parametrize("gain", (0.0, 1e-30, 3e3))
def test_extreme_logits(gain: float, tmp_path: Path) -> None:
    """A sigmoid far into saturation, at 0.5, and with denormal weights stays PyTorch's."""
    network = checkpoints.unet("160", "ave", NARROW, seed=5)
    with torch.no_grad():
        network.outc.conv.weight *= gain
    model = checkpoints.save(network.state_dict(), tmp_path / "model.pth")
    inputs = checkpoints.inputs_of("160", "ave", NARROW, 1)
    expected = checkpoints.answer(network, inputs)
    result = infer(model, inputs, tmp_path)
    # Where the logits are of order 1 their relative error is magnified by the gain, PyTorch's own just as much.
    assert np.abs(result - expected.single).max() <= max(3 * expected.own, 6e-7)


# --- AVE encoder ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("prefix", (True, False))
@pytest.mark.parametrize("batch", (1, 5))
def test_ave_encoder(prefix: bool, batch: int, tmp_path: Path) -> None:
    network = checkpoints.seeded(networks.build("ave_encoder"), 6)
    state = network.state_dict() if prefix else network.audio_encoder.state_dict()
    model = checkpoints.save(state, tmp_path / "encoder.pth")
    inputs = checkpoints.inputs_of("ave_encoder", "", (), batch)
    expected = checkpoints.answer(network, inputs)
    result = infer(model, inputs, tmp_path)
    assert result.shape == (batch, 512)
    assert np.abs(result - expected.single).max() <= 3 * expected.own
    assert np.abs(result - expected.single).max() <= 1e-4 * np.abs(expected.single).max()


# --- files as people save them ----------------------------------------------------------------------------------------

def training_checkpoint(state: checkpoints.State, key: str) -> Dict[str, object]:
    """What a training script keeps beside the weights."""
    weight = nn.Parameter(torch.zeros(3))
    optimiser = torch.optim.Adam([weight], lr=1e-3)
    weight.sum().backward()
    optimiser.step()
    return {"epoch": 75, key: state, "optimizer": optimiser.state_dict(), "loss": 0.0123, "best": True,
            "history": [0.5, 0.25, None], "name": "Zoë", "step": torch.tensor(1234567890123), "big": 2 ** 70}


FILES: Dict[str, Callable[[checkpoints.State], object]] = {
    "plain": lambda state: state,
    "dict": lambda state: dict(state),
    "model": lambda state: training_checkpoint(state, "model"),
    "state_dict": lambda state: training_checkpoint(state, "state_dict"),
    "net": lambda state: {"net": state},
    "ema": lambda state: {"ema": state, "decay": 0.999},
    "module": lambda state: checkpoints.prefixed(state, "module."),
    "state_dict+module": lambda state: {"state_dict": checkpoints.prefixed(state, "module.")},
    "float16": lambda state: checkpoints.converted(state, torch.float16),
    "bfloat16": lambda state: checkpoints.converted(state, torch.bfloat16),
    "float64": lambda state: checkpoints.converted(state, torch.float64),
    "shared": checkpoints.sharing_one_storage,
    "strided": checkpoints.strided,
    "parameters": checkpoints.as_parameters,
    "no counters": lambda state: OrderedDict((key, value) for key, value in state.items()
                                             if not key.endswith("num_batches_tracked")),
    "any order": lambda state: OrderedDict(sorted(state.items(), key=lambda item: item[0][::-1])),
}


def state_within(content: object) -> Optional[checkpoints.State]:
    """The weights in a saved object, keys as the network spells them."""
    if isinstance(content, dict):
        for key in ("model", "state_dict", "net", "ema"):
            if key in content:
                content = content[key]
        return {key[len("module."):] if key.startswith("module.") else key: value for key, value in content.items()}
    return None


@pytest.mark.parametrize("legacy", (False, True), ids=("zip", "stream"))
@pytest.mark.parametrize("spelling", networks.SPELLINGS)
@pytest.mark.parametrize("form", FILES)
def test_saved_forms(form: str, spelling: str, legacy: bool, tmp_path: Path) -> None:
    network = checkpoints.unet("160", "ave", NARROW, spelling=spelling, seed=7)
    content = FILES[form](network.state_dict())
    model = checkpoints.save(content, tmp_path / "any name at all.bin", legacy)
    saved = state_within(content)
    complete = {**network.state_dict(), **saved}
    checkpoints.reloaded(network, complete)
    check(network, model, checkpoints.inputs_of("160", "ave", NARROW, 1), tmp_path)


def test_folder_takes_the_highest_number(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    saved = {}
    for number in (9, 75, 100):
        saved[number] = checkpoints.unet("160", "ave", NARROW, seed=number)
        checkpoints.save(saved[number].state_dict(), folder / f"{number}.pth")
    (folder / "notes.txt").write_text("not a checkpoint")
    inputs = checkpoints.inputs_of("160", "ave", NARROW, 1)
    check(saved[100], folder, inputs, tmp_path)
    check(saved[75], folder, inputs, tmp_path, "--checkpoint", "75")
