"""`viseme bench` says what it timed and on what; `bench/` judges its rounds rightly. How fast it is, no test asks."""
from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Dict

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

import checkpoints
import networks
from program import BAD_INPUT, REPOSITORY, USAGE, viseme, viseme_ok

sys.path.insert(0, str(REPOSITORY / "bench"))
import cases                                                                    # noqa: E402
import demo_footage                                                             # noqa: E402
import end_to_end
import first_pass                                                               # noqa: E402
import musts                                                                    # noqa: E402
import quality                                                                  # noqa: E402
import quantise                                                                 # noqa: E402
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
             "widths": list(CHANNELS), "threads": 1, "batch": 1, "runs": 5, "cached": False,
             "precision": "float32"}
    assert {name: told[name] for name in facts} == facts
    assert told["isa"] in ("portable", "neon", "avx2", "avxvnni", "avx512", "avx512vnni")
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


def test_the_fast_precision_is_timed(unet: Path) -> None:
    told = bench("--model", unet, "--audio-mode", "ave", "--precision", "fast")
    check_times(told)
    check_times(told, "cached_")


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
    """Three rounds of the full-width case in which the machine drifts and the ratio does not. Fast takes half of
    float32's time, and there were no kernels for it on one thread."""
    drift = np.array([1.0, 3.0, 2.0])
    taken = {"fresh": viseme_ms, "fast-cached": viseme_ms / 2, "onnxruntime": peer_ms}
    times = {(who, threads): ms * drift for threads in (1, 2) for who, ms in taken.items()
             if (who, threads) != ("fast-cached", 1)}
    return rounds.Timed(cases.find("full"), 0.9, times, {key: 1e-6 for key in times}, {who: "0" for who in taken},
                        {"ncnn": "no such module", "fast-cached": "no kernels"})


def test_ratio_is_taken_round_by_round() -> None:
    assert timed(10, 17).ratio("onnxruntime", "fresh", 1) == pytest.approx((1.7, 1.7, 1.7))
    slow = timed(10, 170)
    slow.times["onnxruntime", 1] = slow.times["onnxruntime", 1][:2]         # sat out the last round
    assert slow.ratio("onnxruntime", "fresh", 1).median == pytest.approx(17)


@pytest.mark.parametrize("peer_ms, kept", [(14.9, "**no**"), (15.1, "yes")])
def test_promise_is_kept_or_not(peer_ms: float, kept: str) -> None:
    promise = musts.of_networks([timed(10, peer_ms)])[0]
    assert (promise.must, promise.kept) == (1.5, kept)


def test_fast_has_a_promise_and_a_column_of_its_own() -> None:
    one, two = (promise for promise in musts.of_networks([timed(10, 21)]) if "--precision fast" in promise.what)
    assert (one.kept, two.kept) == ("not measured", "yes") and two.measured == pytest.approx(4.2)
    rows = [[cell.strip() for cell in line.split("|")] for line in results.network(timed(10, 21), None)
            if line.startswith("|")]
    column = rows[0].index("ratio to viseme, fast, footage cached")
    peers = [row for row in rows if row[1].startswith("ONNX Runtime")]
    assert [row[column][:4] for row in peers] == ["", "4.20"]


def rows_of(text: str, start: str) -> "list[list[str]]":
    """Cells of the table rows that begin so."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()
            if line.startswith(f"| {start}")]


HEAD = {"command": "make bench", "machine": "- none", "rounds": 3, "clips": 0}


def test_what_was_not_measured_is_said() -> None:
    text = results.write(HEAD, [timed(10, 20)], {}, None)
    assert "ncnn: no such module" in text and "viseme, fast, footage cached: no kernels" in text
    for start, count in (("mobile width", 2), ("--precision fast on the trained demo", 3), ("render, full width", 8)):
        rows = rows_of(text, start)
        assert len(rows) == count and all(row[3:] == ["-", "not measured"] for row in rows)


def rendered(python: float, float32: float, fast: float) -> end_to_end.Render:
    """Three clips of 250 frames by each, in seconds."""
    seconds = {"python": python, "float32": float32, "fast": fast}
    return end_to_end.Render(250, {who: np.full(3, each) for who, each in seconds.items()},
                             {who: 10 ** 8 for who in seconds}, {"float32": 50.0, "fast": 45.0})


def test_renders_are_judged_in_the_steady_state() -> None:
    """Footage that returns keeps its promises here, and what does not return is told below each."""
    renders = {(model, returns): rendered(25, 10 / times, 5 / times) for model in ("mobile", "full")
               for returns, times in ((True, 1), (False, 0.5))}
    pair = (np.ones(3), np.full(3, 0.4))
    end = end_to_end.EndToEnd(10, renders, {"full": pair, "mobile": pair},
                              {end_to_end.CACHE_OFF: {10: 401 * 10 ** 6},
                               "mobile width": {10: 10 ** 8, 60: 2 * 10 ** 8}}, np.full(3, 200), np.full(3, 300))
    text = results.write(HEAD, [], {}, end)
    assert [row[3:] for row in rows_of(text, "render, full width")] == [
        ["2.50x", "yes"], ["1.25x", "not promised"], ["25.0 fps", "yes"], ["12.5 fps", "not promised"],
        ["5.00x", "yes"], ["2.50x", "not promised"], ["50.0 fps", "yes"], ["25.0 fps", "not promised"]]
    assert [row[4] for row in rows_of(text, "peak memory")] == ["**no**"]
    assert rows_of(text, "mobile width | 100")[0][1:] == ["100", "200"]
    assert "Clips of 600 s were not rendered" in text and "no steady state" not in text
    assert "no steady state" in results.write(HEAD, [], {}, end._replace(seconds=1, memory={
        end_to_end.CACHE_OFF: {1: 10 ** 8}, "mobile width": {1: 10 ** 8}}))


@pytest.mark.parametrize("cached, kept", [(9.9, "yes"), (10.1, "**no**")])
def test_first_pass_is_judged_by_the_least_of_each(cached: float, kept: str) -> None:
    """What little returns in a short clip must not cost more than it saves."""
    first = {"float32": first_pass.FirstPass({True: [cached, 30], False: [20, 10]},
                                             {True: 2 * 10 ** 8, False: 10 ** 8})}
    text = results.write(HEAD, [], {}, None, first)
    assert [row[4] for row in rows_of(text, "first pass of a short clip")] == [kept, "not measured"]
    assert rows_of(text, "float32 | as it is by itself")[0][2:] == [f"{cached:.2f}", "200"]


def judged(psnr: float, ssim: float, loss: float, who: str = "fast") -> quality.Quality:
    """A good frame, and one with these figures."""
    exact = quality.Likeness(np.full(2, np.inf), np.ones(2), np.array([30.0, 32.0]))
    return quality.Quality([0, 1], {"float32": exact, who: quality.Likeness(
        np.array([60, psnr]), np.array([1, ssim]), np.array([30.0, 32.0 - 2 * loss]))})


@pytest.mark.parametrize("figures, kept", [((40.1, 0.991, 0.29), ["yes"] * 3), ((39.9, 0.989, 0.31), ["**no**"] * 3)])
def test_quality_is_judged_by_the_worst_frame(figures: "tuple[float, float, float]", kept: "list[str]") -> None:
    assert [promise.kept for promise in musts.of_quality(judged(*figures))] == kept
    assert [promise.measured for promise in musts.of_quality(judged(*figures))] == pytest.approx(figures)


def test_quality_is_scikit_image_s() -> None:
    random = np.random.RandomState(1)
    one = random.randint(0, 256, (61, 47, 3)).astype(np.uint8)
    other = np.clip(one + random.normal(0, 20, one.shape), 0, 255).astype(np.uint8)
    assert quality.decibels(one, other) == pytest.approx(peak_signal_noise_ratio(one, other), abs=1e-9)
    assert quality.similarity(one, other) == pytest.approx(
        structural_similarity(one, other, channel_axis=2, gaussian_weights=True, sigma=1.5,
                              use_sample_covariance=False, data_range=255), abs=1e-9)
    assert quality.similarity(one, one) == pytest.approx(1)


def test_quality_without_fast_kernels_promises_nothing() -> None:
    peers = judged(40, 1, 0, who="onnxruntime-int8")
    assert {promise.kept for promise in musts.of_quality(peers)} == {"not measured"}
    assert "What the fast precision costs" not in results.write(HEAD, [], {"mobile": peers}, None)


def test_frames_are_spread_over_the_footage() -> None:
    assert demo_footage.spread_over(256, 4) == [32, 96, 160, 224]
    assert len(set(demo_footage.judged(256))) == demo_footage.FRAMES >= 32


@pytest.mark.parametrize("total", [96, 256, 1000])
def test_no_peer_is_judged_on_what_it_was_calibrated_on(total: int) -> None:
    chosen = set(demo_footage.calibration(total))
    assert len(chosen) == demo_footage.CALIBRATION and max(chosen) < total
    assert not chosen & set(demo_footage.judged(total))


def test_reduced_peers_stand_beside_fast_with_time_and_decibels() -> None:
    """One was timed and judged, the other could not be made."""
    case = timed(10, 17)
    case.times.update({("onnxruntime-int8", threads): np.full(3, 12.0) for threads in (1, 2)})
    case.versions["onnxruntime-int8"] = "1"
    qualities = {"mobile": judged(38.5, 0.98, 0.1, "onnxruntime-int8"), "full": judged(33, 0.9, 9, "onnxruntime-int8")}
    lines = results.reduced([case], qualities)
    rows = rows_of("\n".join(lines), "ONNX Runtime, int8") + rows_of("\n".join(lines), "OpenVINO, int8")
    assert rows == [["ONNX Runtime, int8 (QDQ) 1", "12.0 (12.0-12.0)", "12.0 (12.0-12.0)", "38.5, 49.2",
                     "0.9800, 0.9900", "33.0, 46.5", "0.9000, 0.9500", "0.10"],
                    ["OpenVINO, int8, not measured", "-", "-", "-", "-", "-", "-", "-"]]
    assert "seeded weights" in "\n".join(lines)


def test_pictures_that_are_the_same_have_no_figure() -> None:
    assert [results.in_db(value) for value in (46.25, 93.0, np.inf)] == ["46.2", "above 90", "above 90"]


def test_no_reduced_peer_where_viseme_has_no_fast_precision() -> None:
    assert not rounds.takes_part("onnxruntime-int8", cases.find("encoder"))
    assert all(rounds.takes_part(who, cases.find("full")) for who in ("onnxruntime-int8", "openvino-int8"))


def test_a_copy_that_could_not_be_made_says_why(tmp_path: Path) -> None:
    quantise.make_all(tmp_path, 1)                                              # nothing to calibrate on there
    with pytest.raises(RuntimeError, match="cannot be quantised here: .*calibrate"):
        quantise.made(tmp_path, "onnxruntime-int8")


def test_tools_that_are_not_there_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "calibration0.npy", np.zeros((1, 1), np.float32))
    monkeypatch.setitem(sys.modules, "nncf", None)
    monkeypatch.setitem(sys.modules, "torch", sys.modules["torch"])            # put back afterwards
    monkeypatch.setattr(sys, "argv", ["quantise.py", "openvino-int8", str(tmp_path), "1"])
    with pytest.raises(SystemExit, match="cannot be installed here: .*nncf"):
        quantise.main()
