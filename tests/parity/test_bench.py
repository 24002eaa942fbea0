"""`viseme bench` says what it timed and on what; `bench/` judges its rounds rightly. How fast it is, no test asks."""
from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Dict

import numpy as np
import pytest

import checkpoints
import networks
from program import BAD_INPUT, REPOSITORY, USAGE, viseme, viseme_ok

sys.path.insert(0, str(REPOSITORY / "bench"))
import cases                                                                    # noqa: E402
import musts                                                                    # noqa: E402
import results                                                                  # noqa: E402
import rounds                                                                   # noqa: E402

CHANNELS = (4, 8, 12, 20, 36)
TIMES = ("min_ms", "lower_quartile_ms", "median_ms", "upper_quartile_ms")


@pytest.fixture(scope="module")
def unet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    network = checkpoints.unet("160", "ave", CHANNELS, 32)
    return checkpoints.save(network.state_dict(), tmp_path_factory.mktemp("bench") / "model.pth")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    network = checkpoints.seeded(networks.build("ave_encoder"), 19)
    return checkpoints.save(network.state_dict(), tmp_path_factory.mktemp("bench") / "encoder.pth")


def bench(*arguments: object) -> Dict[str, object]:
    """The JSON of a short run, every number of it finite and none negative."""
    told = json.loads(viseme_ok("bench", "--runs", 5, "--json", *arguments).out)
    for name, value in told.items():
        assert not isinstance(value, float) or (math.isfinite(value) and value >= 0), name
    return told


def check_times(told: Dict[str, object], prefix: str = "") -> None:
    """Quantiles in their order, and frames a second at the median."""
    times = [told[prefix + name] for name in TIMES]
    assert times == sorted(times) and times[0] > 0
    assert told[prefix + "fps"] == pytest.approx(1000 * told["batch"] / told[prefix + "median_ms"], rel=1e-6)


# --- viseme bench -----------------------------------------------------------------------------------------------------

def test_unet_is_timed_fresh_and_cached(unet: Path) -> None:
    told = bench("--model", unet, "--audio-mode", "ave", "--threads", 1)
    check_times(told)
    check_times(told, "cached_")
    facts = {"path": str(unet), "family": "160 U-Net", "audio_mode": "ave", "dtype": "float32",
             "widths": list(CHANNELS), "threads": 1, "batch": 1, "runs": 5, "cached": False}
    assert {name: told[name] for name in facts} == facts
    assert told["isa"] in ("portable", "avx2", "avx512")
    assert told["first_result_ms"] >= told["load_ms"] > 0
    assert min(told["weights_mb"], told["work_mb"], told["kept_mb"]) > 0


def test_batch_and_threads_are_as_asked(unet: Path) -> None:
    told = bench("--model", unet, "--audio-mode", "ave", "--threads", 2, "--batch", 3)
    assert (told["threads"], told["batch"]) == (2, 3)
    check_times(told)
    alone = bench("--model", unet, "--audio-mode", "ave", "--threads", 2)
    assert told["kept_mb"] == pytest.approx(alone["kept_mb"], rel=0.01), "of one footage frame, whatever the batch"


def test_cached_alone(unet: Path) -> None:
    told = bench("--model", unet, "--audio-mode", "ave", "--cached")
    assert told["cached"] is True
    assert all(told[name] == told["cached_" + name] for name in TIMES)


def test_encoder_is_timed_on_a_second_of_speech(encoder: Path) -> None:
    told = bench("--model", encoder)
    assert (told["family"], told["batch"], told["widths"], told["kept_mb"]) == ("AVE audio encoder", 25, [], 0)
    assert not any(name.startswith("cached_") for name in told)
    check_times(told)


def test_onnx_with_a_fixed_batch(fixtures: Path) -> None:
    model = fixtures / "onnx" / "unet160_ave.traced.fixed.onnx"
    told = bench("--model", model)
    check_times(told)
    refused = viseme("bench", "--model", model, "--batch", told["batch"] + 1)
    assert refused.status == BAD_INPUT and "fixed" in refused.err and model.name in refused.err


def test_mode_that_cannot_be_told_is_ave(unet: Path) -> None:
    done = viseme_ok("bench", "--model", unet, "--runs", 1, "--json")
    assert json.loads(done.out)["audio_mode"] == "ave"
    assert "--audio-mode" in done.err and len(done.err.splitlines()) == 1
    assert viseme_ok("bench", "--model", unet, "--runs", 1, "--quiet")[1:] == ("", "")
    assert bench("--model", unet, "--audio-mode", "hubert")["audio_mode"] == "hubert"


def test_table_for_people(unet: Path) -> None:
    out = viseme_ok("bench", "--model", unet, "--runs", 2, "--threads", 1).out
    for word in ("nothing cached", "footage cached", "1 thread,", "median", "weights", "fps"):
        assert word in out


@pytest.mark.parametrize("options, word", [
    (("--batch", 0), "--batch"), (("--batch", 100000), "batch"), (("--runs", 0), "--runs"),
    (("--runs", "many"), "--runs"), (("--threads", 1000), "--threads"), (("--audio-mode", "morse"), "morse")])
def test_wrong_use(unet: Path, options: "tuple[object, ...]", word: str) -> None:
    refused = viseme("bench", "--model", unet, *options)
    assert refused.status == USAGE and word in refused.err and len(refused.err.splitlines()) == 1
    assert refused.out == ""


def test_nothing_to_cache_or_to_open(encoder: Path, tmp_path: Path) -> None:
    refused = viseme("bench", "--model", encoder, "--cached")
    assert refused.status == USAGE and "--cached" in refused.err
    missing = viseme("bench", "--model", tmp_path / "none.pth")
    assert missing.status == BAD_INPUT and "none.pth" in missing.err
    assert viseme("bench").status == USAGE


# --- bench/ -----------------------------------------------------------------------------------------------------------

def timed(viseme_ms: float, peer_ms: float) -> rounds.Timed:
    """Three rounds of the full-width case in which the machine drifts and the ratio does not."""
    drift = np.array([1.0, 3.0, 2.0])
    times = {(who, threads): ms * drift for threads in (1, 2)
             for who, ms in (("fresh", viseme_ms), ("onnxruntime", peer_ms))}
    return rounds.Timed(cases.find("full"), 0.9, times, {key: 1e-6 for key in times},
                        {"fresh": "0", "onnxruntime": "0"}, {"ncnn": "no such module"})


def test_ratio_is_taken_round_by_round() -> None:
    assert timed(10, 17).ratio("onnxruntime", "fresh", 1) == pytest.approx((1.7, 1.7, 1.7))
    slow = timed(10, 170)
    slow.times["onnxruntime", 1] = slow.times["onnxruntime", 1][:2]         # sat out the last round
    assert slow.ratio("onnxruntime", "fresh", 1).median == pytest.approx(17)


@pytest.mark.parametrize("peer_ms, kept", [(14.9, "**no**"), (15.1, "yes")])
def test_promise_is_kept_or_not(peer_ms: float, kept: str) -> None:
    promise = musts.of_networks([timed(10, peer_ms)])[0]
    assert (promise.must, promise.kept) == (1.5, kept)


def test_what_was_not_measured_is_said() -> None:
    head = {"command": "make bench", "machine": "- none", "rounds": 3, "clips": 0}
    text = results.write(head, [timed(10, 20)], None)
    assert "ncnn: no such module" in text
    rows = [line for line in text.splitlines() if line.startswith("| mobile width")]
    assert rows and all("not measured" in row for row in rows)
