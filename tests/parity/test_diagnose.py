"""`viseme diagnose` on a checkpoint and its footage: every fault that is planted is the first that is found."""
from __future__ import annotations

from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Sequence

import numpy as np
import pytest

import checkpoints
import faults
import networks
from diagnosis import CHARACTER, DEMO, GLANCE, LISTENING, MODEL, QUICK, Diagnosis, check_first, check_healthy, diagnose
from faults import Stage
from program import Argument, viseme_ok

ENCODER = DEMO / "models" / "audio_encoder.pth"


@pytest.fixture(name="exported", scope="module")
def fixture_exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's checkpoint as ONNX."""
    path = tmp_path_factory.mktemp("exported") / "99.onnx"
    viseme_ok("export", "--model", MODEL, "--audio-mode", "ave", "-o", path)
    return path


def on_footage(model: Path, character: Path = CHARACTER, options: Sequence[Argument] = QUICK) -> Diagnosis:
    return diagnose("--model", model, "--character", character, *options)


# --- the demo is well -------------------------------------------------------------------------------------------------

def test_the_demo_is_healthy(exported: Path) -> None:
    """As a user runs it, with its own export beside it."""
    found = on_footage(MODEL, options=("--against", exported))
    check_healthy(found)
    costs = {contract["code"]: contract["cost"] for contract in found.told["contracts"]}
    assert costs.pop("declared") == 0 and found.told["contract"] == "as declared"
    assert len(costs) >= 20 and all(costs[code] > 5 for code in (
        "channel-order", "pixel-range", "output-decoding", "mask-none", "reference-other", "output-stretched"))
    assert 0 <= found.told["runtime_difference"] < 5e-6
    assert found.told["sound"]["levels"] > 5


def test_the_export_is_healthy(exported: Path) -> None:
    check_healthy(on_footage(exported))


# --- contract: a network that was taught something else, as seen from the outside -------------------------------------

class Outside(NamedTuple):
    """An export with something done to what goes in and what comes out."""

    code: str
    visual: List[Stage] = []
    audio: List[Stage] = []
    output: List[Stage] = []


CONTRACTS = (
    Outside("channel-order", visual=faults.swapped(6), output=faults.swapped(3)),
    Outside("channel-order-in", visual=faults.swapped(6)),
    Outside("channel-order-out", output=faults.swapped(3)),
    Outside("pixel-range", visual=faults.scaled(.5, .5), output=faults.scaled(2, -1)),
    Outside("pixel-range-in", visual=faults.scaled(.5, .5)),
    Outside("pixel-range-bytes", visual=faults.scaled(1 / 255)),
    Outside("output-decoding", output=faults.scaled(2, -1)),
)


@pytest.mark.parametrize("fault", CONTRACTS, ids=lambda fault: fault.code)
def test_contract(fault: Outside, exported: Path, tmp_path: Path) -> None:
    model = faults.wrap(exported, tmp_path / "other.onnx", fault.visual, fault.audio, fault.output)
    found = on_footage(model)
    finding = check_first(found, fault.code)
    assert finding["stage"] == "contract" and finding["number"] > finding["threshold"]
    # Under the contract found, the network is the demo's: no fault is left that is not this one's.
    assert found.codes == [fault.code], found.why()


def test_footage_in_the_other_channel_order(tmp_path: Path) -> None:
    character = faults.rewrite(tmp_path / "character", lambda frame: frame[..., ::-1], 96)
    found = on_footage(MODEL, character, ("--frames", 4, "--run", 24))
    check_first(found, "channel-order")


# --- training ---------------------------------------------------------------------------------------------------------

TRAINING = (
    Outside("blur", output=faults.blurred(3)),
    Outside("colour-shift", output=faults.recoloured((-10, 4, 14))),
    Outside("seam", output=faults.rimmed(10, 20)),
    Outside("jitter", output=faults.flickering(6)),
    Outside("ignores-audio", audio=faults.scaled(0)),
)


@pytest.mark.parametrize("fault", TRAINING, ids=lambda fault: fault.code)
def test_training(fault: Outside, exported: Path, tmp_path: Path) -> None:
    model = faults.wrap(exported, tmp_path / "other.onnx", fault.visual, fault.audio, fault.output)
    found = on_footage(model)
    assert check_first(found, fault.code)["stage"] == "training"


def test_an_early_checkpoint() -> None:
    assert check_first(on_footage(DEMO / "models" / "25.pth"), "undertrained")["stage"] == "training"


def test_speech_while_the_filmed_mouth_rests(tmp_path: Path) -> None:
    """The network is heard talking on through a pause of the footage."""
    first, count = 60, 64
    rest = faults.resting()[first:first + count]
    assert 12 <= rest.sum() <= count / 2
    rows = faults.babble_at_rest(faults.demo_rows()[first:first + count], rest)
    character = faults.borrow(tmp_path / "character", rows, first, count)
    found = on_footage(MODEL, character, ("--frames", 6, "--run", count))
    check_first(found, "moves-in-silence")


# --- data -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("rows", (3, -3))
def test_lag(rows: int, tmp_path: Path) -> None:
    """Features that come later than their frames are found in later rows: a positive lag."""
    character = faults.borrow(tmp_path / "character", faults.moved(faults.demo_rows(), rows))
    found = on_footage(MODEL, character, LISTENING)
    finding = check_first(found, "lag")
    assert finding["number"] == rows and finding["unit"] == "frames"
    assert ("too late" if rows > 0 else "too early") in finding["title"] and "120 ms" in finding["title"]
    assert found.codes == ["lag"], found.why()


def test_foreign_audio(tmp_path: Path) -> None:
    """Another recording's features: of the right kind and, cut, of the right length."""
    path = tmp_path / "aud_ave.npy"
    viseme_ok("features", "--audio", DEMO / "speech.wav", "--audio-encoder", ENCODER, "-o", path)
    rows = np.load(path)[:256]
    assert len(rows) == 256
    check_first(on_footage(MODEL, faults.borrow(tmp_path / "character", rows), LISTENING), "foreign-audio")


def test_length(tmp_path: Path) -> None:
    rows = faults.demo_rows()
    finding = check_first(on_footage(MODEL, faults.borrow(tmp_path / "character", rows[:len(rows) * 4 // 5]),
                                     GLANCE), "length")
    assert finding["number"] == 256 - 204


def test_crop_side(tmp_path: Path) -> None:
    character = faults.rewrite(tmp_path / "character", faults.enlarge(2.5), 40, 2.5)
    finding = check_first(on_footage(MODEL, character, GLANCE), "crop-side")
    assert 615 < finding["number"] < 635 and finding["unit"] == "px"
    assert "dB" in finding["text"]


def test_frame_rate(tmp_path: Path) -> None:
    finding = check_first(on_footage(MODEL, faults.refilm(tmp_path / "character", 30, 100), GLANCE), "frame-rate")
    assert "30 frames a second" in finding["title"]


def test_landmark_jitter(tmp_path: Path) -> None:
    check_first(on_footage(MODEL, faults.shake(tmp_path / "character", 0.03, 96), GLANCE), "landmark-jitter")


# --- checkpoint -------------------------------------------------------------------------------------------------------

SPOILT: Dict[str, Callable[[faults.State], None]] = {
    "missing-keys": faults.without("up3."),
    "not-finite": faults.not_a_number("up2.conv.double_conv.0.conv.0.weight"),
    "untrained-batch-norm": faults.forget_statistics,
    "dead-weights": faults.empty("down4.maxpool_conv.0.double_conv.0.conv.1"),
    "dead-channels": faults.silence("down4.maxpool_conv.0.double_conv.0.conv.1"),
}


@pytest.mark.parametrize("code", SPOILT)
def test_spoilt_weights(code: str, tmp_path: Path) -> None:
    model = faults.spoil(MODEL, tmp_path / "spoilt.pth", SPOILT[code])
    assert check_first(on_footage(model, options=("--frames", 3, "--run", 8)), code)["stage"] == "checkpoint"


def test_a_file_broken_off(tmp_path: Path) -> None:
    check_first(on_footage(faults.truncated(MODEL, tmp_path / "99.pth"), options=GLANCE), "damaged-checkpoint")


def test_networks_of_another_kind(tmp_path: Path) -> None:
    syncnet = checkpoints.save(networks.build("syncnet", "ave", networks.MOBILE).state_dict(), tmp_path / "sync.pth")
    for model in (syncnet, ENCODER):
        finding = check_first(on_footage(model, options=GLANCE), "wrong-kind")
        assert finding["stage"] == "checkpoint"
    assert "--audio-encoder" in finding["advice"]


def test_features_of_another_mode(tmp_path: Path) -> None:
    """A network that hears wenet features, and a character that has only AVE's."""
    network = checkpoints.seeded(networks.build("328", "wenet", networks.MOBILE), 1)
    model = checkpoints.save(network.state_dict(), tmp_path / "wenet.pth")
    finding = check_first(on_footage(model, options=GLANCE), "wrong-mode")
    assert "wenet" in finding["text"]


# --- runtime ----------------------------------------------------------------------------------------------------------

def test_an_export_that_differs(exported: Path, tmp_path: Path) -> None:
    """Half-way through the network one convolution's weights are a tenth too large: it is named."""
    other, layer = faults.scale_weights(exported, tmp_path / "other.onnx", 40, 1.1)
    finding = check_first(on_footage(MODEL, options=(*GLANCE, "--against", other)), "export-differs")
    assert layer in finding["text"], finding["text"]
