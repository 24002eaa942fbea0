"""`viseme export`: the .onnx passes ONNX's own checks and gives the checkpoint's numbers in ONNX Runtime."""
from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper, shape_inference
from torch import nn

import checkpoints
import networks
from program import BAD_INPUT, NOT_WRITTEN, REPOSITORY, USAGE, Finished, viseme, viseme_ok
from test_networks import ALL, FULL_IN_THREES, NARROW, ODD, infer
from test_onnx import runtime

CLOSE = 5e-5            # the product's tolerance on network output
UNET_NAMES = (["input", "audio"], ["output"])
AVE_NAMES = (["mel"], ["features"])
OPTION = {"ave": "ave", "hubert": "hubert", "hubert_ultralight": "hubert", "wenet": "wenet",
          "wenet_ultralight": "wenet"}
DEMO = REPOSITORY / "demo" / "models" / "99.pth"


def torch_run(network: nn.Module, inputs: Sequence[np.ndarray]) -> np.ndarray:
    with torch.no_grad():
        return network(*map(torch.from_numpy, inputs)).numpy()


def shapes(values: Sequence[onnx.ValueInfoProto]) -> "List[Tuple[str, List[object]]]":
    """Names and axes as declared, a free axis by its name."""
    return [(value.name, [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim])
            for value in values]


def load_checked(path: Path) -> onnx.ModelProto:
    """The file, once the checker and strict shape inference have nothing against it."""
    onnx.checker.check_model(str(path), full_check=True)
    model = onnx.load(str(path))
    onnx.checker.check_model(model, full_check=True)
    shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    assert model.ir_version == 8
    assert [(each.domain, each.version) for each in model.opset_import] == [("", 17)]
    return model


def check_form(path: Path, inputs: Sequence[np.ndarray], output: np.ndarray,
               names: "Tuple[List[str], List[str]]" = UNET_NAMES) -> onnx.ModelProto:
    """Names and shapes as promised, the batch free."""
    model = load_checked(path)
    assert shapes(model.graph.input) == [(name, ["batch", *array.shape[1:]]) for name, array in zip(names[0], inputs)]
    assert shapes(model.graph.output) == [(names[1][0], ["batch", *output.shape[1:]])]
    return model


def check_numbers(pth: Path, path: Path, inputs: Sequence[np.ndarray], expected: np.ndarray, folder: Path,
                  close: float = CLOSE) -> None:
    """PyTorch, ONNX Runtime and viseme agree, all samples together and the first alone."""
    whole, alone = runtime(path, inputs), runtime(path, [array[:1] for array in inputs])
    own = infer(pth, inputs, folder)
    for result in (whole, own):
        assert result.dtype == np.float32 and result.shape == expected.shape
        assert np.abs(result - expected).max() <= close
    assert np.abs(whole - own).max() <= close
    assert np.abs(alone - expected[:1]).max() <= close
    assert np.array_equal(infer(path, inputs, folder), own)         # the same graph, so the same bits


def export(pth: Path, path: Path, *options: object) -> Finished:
    return viseme_ok("export", "--model", pth, "-o", path, *options)


# --- families, modes, widths ------------------------------------------------------------------------------------------

#: At full width PyTorch takes seconds a sample: each way of hearing once there.
FULL = [("328", "ave"), ("160", "hubert_ultralight"), ("160", "wenet")]


@pytest.mark.parametrize("width,family,mode", [("full", *each) for each in FULL] + [("mobile", *each) for each in ALL])
def test_authors_widths(width: str, family: str, mode: str, tmp_path: Path) -> None:
    channels = {"full": networks.FULL, "mobile": networks.MOBILE}[width]
    network = checkpoints.unet(family, mode, channels, spelling="flat" if width == "mobile" else "nested")
    pth = checkpoints.save(network.state_dict(), tmp_path / "model.pth")
    batch = 3 if width == "mobile" or (family, mode) in FULL_IN_THREES else 1
    inputs = checkpoints.inputs_of(family, mode, channels, batch)
    expected = torch_run(network, inputs)
    export(pth, tmp_path / "model.onnx", "--audio-mode", OPTION[mode])
    check_form(tmp_path / "model.onnx", inputs, expected)
    check_numbers(pth, tmp_path / "model.onnx", inputs, expected, tmp_path)


@pytest.mark.parametrize("channels", (NARROW, ODD), ids=str)
@pytest.mark.parametrize("family,mode", (("328", "ave"), ("160", "hubert"), ("160", "wenet")))
def test_other_widths(family: str, mode: str, channels: "Tuple[int, ...]", tmp_path: Path) -> None:
    network = checkpoints.unet(family, mode, channels, seed=2)
    pth = checkpoints.save(network.state_dict(), tmp_path / "model.pth")
    inputs = checkpoints.inputs_of(family, mode, channels, 3)
    expected = torch_run(network, inputs)
    export(pth, tmp_path / "model.onnx", "--audio-mode", OPTION[mode])
    check_form(tmp_path / "model.onnx", inputs, expected)
    check_numbers(pth, tmp_path / "model.onnx", inputs, expected, tmp_path)


@pytest.mark.parametrize("prefix", (True, False))
def test_ave_encoder(prefix: bool, tmp_path: Path) -> None:
    network = checkpoints.seeded(networks.build("ave_encoder"), 6)
    state = network.state_dict() if prefix else network.audio_encoder.state_dict()
    pth = checkpoints.save(state, tmp_path / "encoder.pth")
    inputs = checkpoints.inputs_of("ave_encoder", "", (), 3)
    expected = torch_run(network, inputs)
    export(pth, tmp_path / "encoder.onnx")
    check_form(tmp_path / "encoder.onnx", inputs, expected, AVE_NAMES)
    # Features are not within [0, 1] and are held to 1e-4 relative.
    check_numbers(pth, tmp_path / "encoder.onnx", inputs, expected, tmp_path, 1e-4 * np.abs(expected).max())


def test_the_demo(tmp_path: Path) -> None:
    """A trained checkpoint, stored as float16."""
    export(DEMO, tmp_path / "99.onnx", "--audio-mode", "ave")
    state = {key: value.float() for key, value in torch.load(DEMO).items()}
    widths = [state[f"down{i}.maxpool_conv.0.double_conv.1.conv.7.weight"].shape[0] for i in range(1, 6)]
    network = networks.build("328", "ave", widths, state["audio_model.conv1.conv.0.weight"].shape[1])
    network.load_state_dict(state, strict=True)
    inputs = checkpoints.inputs_of("328", "ave", widths, 3, state["audio_model.conv1.conv.0.weight"].shape[1])
    expected = torch_run(network.eval(), inputs)
    check_form(tmp_path / "99.onnx", inputs, expected)
    check_numbers(DEMO, tmp_path / "99.onnx", inputs, expected, tmp_path)


# --- what the file holds ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("form", ("float32", "float16", "bfloat16", "module", "legacy"))
def test_weights_keep_their_keys_and_values(form: str, tmp_path: Path) -> None:
    """Initializers are float32, named by the state dict's keys; nothing is folded away."""
    network = checkpoints.unet("160", "ave", NARROW, seed=7)
    saved = state = network.state_dict()
    if form in ("float16", "bfloat16"):
        saved = state = checkpoints.converted(state, getattr(torch, form))
    if form == "module":
        saved = checkpoints.prefixed(state, "module.")
    pth = checkpoints.save(saved, tmp_path / "model.pth", legacy=form == "legacy")
    export(pth, tmp_path / "model.onnx", "--audio-mode", "ave")
    model = load_checked(tmp_path / "model.onnx")
    found = {each.name: each for each in model.graph.initializer}
    wanted = {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}
    assert set(found) == set(wanted) | {f"up{i}.up.scales" for i in range(1, 5)}
    for key, value in wanted.items():
        assert found[key].data_type == onnx.TensorProto.FLOAT and found[key].HasField("raw_data")
        assert np.array_equal(numpy_helper.to_array(found[key]), value.float().numpy())
    names = [node.name for node in model.graph.node]
    assert len(set(names)) == len(names)
    assert {key.rsplit(".", 1)[0] for key in wanted} <= set(names)


def test_float16_gives_the_numbers_of_its_float32(tmp_path: Path) -> None:
    network = checkpoints.unet("160", "hubert", NARROW, seed=8)
    state = checkpoints.converted(network.state_dict(), torch.float16)
    pth = checkpoints.save(state, tmp_path / "model.pth")
    checkpoints.reloaded(network, state)
    inputs = checkpoints.inputs_of("160", "hubert", NARROW, 3)
    export(pth, tmp_path / "model.onnx", "--audio-mode", "hubert")
    check_numbers(pth, tmp_path / "model.onnx", inputs, torch_run(network, inputs), tmp_path)


def test_it_says_what_it_is(tmp_path: Path) -> None:
    network = checkpoints.unet("160", "wenet", NARROW)
    pth = checkpoints.save(checkpoints.converted(network.state_dict(), torch.float16), tmp_path / "model.pth")
    export(pth, tmp_path / "model.onnx")
    model = load_checked(tmp_path / "model.onnx")
    version = viseme_ok("--version").out.split()[1]
    assert (model.producer_name, model.producer_version) == ("viseme", version)
    assert "160 U-Net" in model.doc_string and "wenet" in model.doc_string
    labels: Dict[str, str] = {each.key: each.value for each in model.metadata_props}
    assert labels == {"source_sha256": hashlib.sha256(pth.read_bytes()).hexdigest(), "family": "160 U-Net",
                      "audio_mode": "wenet", "weights_dtype": "float16"}


def test_same_checkpoint_same_bytes(tmp_path: Path) -> None:
    network = checkpoints.unet("160", "ave", NARROW)
    pth = checkpoints.save(network.state_dict(), tmp_path / "model.pth")
    for name in ("a.onnx", "b.onnx"):
        export(pth, tmp_path / name, "--audio-mode", "ave")
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


# --- the command ------------------------------------------------------------------------------------------------------

@pytest.fixture(name="pth", scope="module")
def fixture_pth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that could be ave or hubert."""
    network = checkpoints.unet("160", "ave", NARROW)
    return checkpoints.save(network.state_dict(), tmp_path_factory.mktemp("pth") / "7.pth")


def test_what_it_prints(pth: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    line = export(pth, path, "--audio-mode", "hubert").out
    assert line.count("\n") == 1
    for part in (str(path), "opset 17", "input [batch, 6, 160, 160]", "audio [batch, 4, 32, 32]",
                 "output [batch, 3, 160, 160]", "MB"):
        assert part in line
    told = json.loads(export(pth, path, "--audio-mode", "hubert", "--json").out)
    assert told["output"] == str(path) and told["bytes"] == path.stat().st_size and told["opset"] == 17
    assert told["inputs"] == [{"name": "input", "shape": ["batch", 6, 160, 160]},
                              {"name": "audio", "shape": ["batch", 4, 32, 32]}]
    assert told["outputs"] == [{"name": "output", "shape": ["batch", 3, 160, 160]}]
    assert told["source_sha256"] == hashlib.sha256(pth.read_bytes()).hexdigest()
    quiet = export(pth, path, "--audio-mode", "hubert", "--quiet")
    assert quiet.out == "" and quiet.err == ""


def test_folders_and_existing_files(pth: Path, tmp_path: Path) -> None:
    """The checkpoint asked for of a folder; a file that is there already is replaced."""
    path = tmp_path / "model.onnx"
    path.write_bytes(b"something else")
    export(pth.parent, path, "--checkpoint", "7", "--audio-mode", "ave")
    load_checked(path)
    assert [each.name for each in tmp_path.iterdir()] == ["model.onnx"]


def check_refused(status: int, words: "Tuple[str, ...]", folder: Path, *arguments: object) -> None:
    """One line with these words on standard error, and nothing new in the folder."""
    before = sorted(folder.iterdir())
    finished = viseme("export", *arguments)
    assert finished.status == status, finished.err
    assert finished.out == "" and finished.err.count("\n") == 1
    for word in words:
        assert word in finished.err
    assert sorted(folder.iterdir()) == before


def test_refusals(pth: Path, fixtures: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    check_refused(USAGE, ("--model",), tmp_path, "-o", path)
    check_refused(USAGE, ("--output",), tmp_path, "--model", pth)
    check_refused(USAGE, ("ave and hubert", "--audio-mode"), tmp_path, "--model", pth, "-o", path)
    check_refused(BAD_INPUT, ("wenet",), tmp_path, "--model", pth, "-o", path, "--audio-mode", "wenet")
    check_refused(USAGE, ("ONNX already",), tmp_path, "--model", fixtures / "onnx" / "unet160_ave.traced.fixed.onnx",
                  "-o", path)
    check_refused(BAD_INPUT, ("nothing.pth",), tmp_path, "--model", tmp_path / "nothing.pth", "-o", path)
    check_refused(USAGE, ("7.pth", "name it", "7.onnx"), pth.parent, "--model", pth, "-o", pth, "--audio-mode", "ave")
    torch.load(pth)


def test_targets_that_cannot_be_written(pth: Path, tmp_path: Path) -> None:
    ready = ("--model", pth, "--audio-mode", "ave", "-o")
    check_refused(NOT_WRITTEN, ("nowhere",), tmp_path, *ready, tmp_path / "nowhere" / "model.onnx")
    check_refused(NOT_WRITTEN, ("folder",), tmp_path, *ready, tmp_path)
    check_refused(NOT_WRITTEN, ("/dev/full",), tmp_path, *ready, "/dev/full")
    check_refused(NOT_WRITTEN, ("/proc/model.onnx",), tmp_path, *ready, "/proc/model.onnx")
