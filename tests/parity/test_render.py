"""The finished MP4: what is in it, that it is in sync, that it is the same each time, that memory stays put."""
from __future__ import annotations

import hashlib
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

import numpy as np
import pytest
from torch import nn

import bounded
import checkpoints
import footage
import media
import networks
import pipeline
import sound
from program import PROGRAM, viseme_ok

CHANNELS = (4, 8, 12, 20, 36)


class Stage(NamedTuple):
    """What a render needs, and the same for Python."""

    network: nn.Module
    model: Path
    encoder: Path
    character: Path
    audio: Path
    features: np.ndarray
    features_path: Path


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """A narrow 160 model, an AVE encoder, seven frames of footage and three seconds of babble."""
    folder = tmp_path_factory.mktemp("stage")
    network = checkpoints.unet("160", "ave", CHANNELS, 32, seed=3)
    encoder = checkpoints.seeded(networks.build("ave_encoder"), 19)
    audio = sound.write_wav(folder / "speech.wav", sound.babble(3.0))
    features = pipeline.ave_features(pipeline.mel_spectrogram(pipeline.load_speech(audio)), encoder)
    np.save(folder / "features.npy", features)
    return Stage(network, checkpoints.save(network.state_dict(), folder / "model.pth"),
                 checkpoints.save(encoder.state_dict(), folder / "encoder.pth"),
                 footage.write_dataset(folder / "character", footage.make(200, 160, 100, 7)), audio, features,
                 folder / "features.npy")


def render(stage: Stage, output: Path, *options: object, features: bool = False) -> Path:
    source = ("--features", stage.features_path) if features else ("--audio-encoder", stage.encoder)
    viseme_ok("render", "--model", stage.model, "--character", stage.character, "--audio", stage.audio, *source,
              "-o", output, "--quiet", *options)
    return output


def packet_times(path: Path, kind: str) -> List[float]:
    """Presentation times of a stream's packets in order, seconds."""
    table = media.probe(path, "-select_streams", kind[0], "-show_entries", "packet=pts_time")
    return sorted(float(packet["pts_time"]) for packet in table["packets"])


def lag(result: np.ndarray, expected: np.ndarray, rate: int) -> float:
    """Seconds by which `result` is late against `expected` (mono), by cross-correlation."""
    size = 1 << int(np.ceil(np.log2(len(result) + len(expected))))
    product = np.fft.rfft(result, size) * np.conj(np.fft.rfft(expected, size))
    peak = int(np.argmax(np.fft.irfft(product, size)))
    return (peak - size if peak > size // 2 else peak) / rate


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """dB between two uint8 pictures."""
    return float(10 * np.log10(255 ** 2 / max(1e-9, np.square(a.astype(np.float64) - b).mean())))


# --- content ----------------------------------------------------------------------------------------------------------

def test_streams(stage: Stage, tmp_path: Path) -> None:
    output = render(stage, tmp_path / "out.mp4")
    video, audio = media.stream(output, "video", "-count_frames"), media.stream(output, "audio")
    assert (video["codec_name"], video["pix_fmt"]) == ("h264", "yuv420p")
    assert (video["width"], video["height"]) == (200, 160)
    assert video["r_frame_rate"] == video["avg_frame_rate"] == "25/1"
    assert int(video["nb_read_frames"]) == len(stage.features)
    assert float(video["duration"]) == pytest.approx(len(stage.features) / 25, abs=1e-3)
    assert float(video["start_time"]) == 0
    assert audio["codec_name"] == "aac"
    assert float(audio["duration"]) == pytest.approx(3.0, abs=0.04)
    assert packet_times(output, "video") == pytest.approx([i / 25 for i in range(len(stage.features))], abs=1e-4)
    assert sorted(tmp_path.iterdir()) == [output], "something else was left behind"


def test_what_is_kept_of_footage_changes_nothing(stage: Stage, tmp_path: Path) -> None:
    """Seven frames bounce eleven times under three seconds; kept for all, for one of them, or not at all."""
    written = [render(stage, tmp_path / f"{megabytes}.mp4", "--no-sign", "--cache-mb", megabytes).read_bytes()
               for megabytes in (64, 3, 0)]
    assert written[0] == written[1] == written[2]
    assert render(stage, tmp_path / "default.mp4", "--no-sign").read_bytes() == written[0]


def test_what_returns_once_takes_little_memory(stage: Stage, tmp_path: Path) -> None:
    """Thirty of forty frames come back once. What the network would keep of them, 2 MB each, would not pay."""
    character = footage.write_dataset(tmp_path / "character", footage.make(200, 160, 100, 40))
    def peak(*options: object) -> float:
        done = bounded.run("render", "--model", stage.model, "--character", character, "--audio", stage.audio,
                           "--features", stage.features_path, "-o", tmp_path / "out.mp4", "--quiet", "--threads", 2,
                           *options)
        assert done.finished.status == 0, done.finished.err
        return done.peak
    assert peak() < peak("--cache-mb", 0) + 20


def test_frames_are_the_pipeline_s(stage: Stage, tmp_path: Path) -> None:
    """Decoded frames show the bounce order and the right feature rows."""
    output = render(stage, tmp_path / "out.mp4", "--crf", 4, "--exact")
    decoded = media.frames(output)
    character = pipeline.read_dataset(stage.character)
    form = pipeline.WINDOWS["ave"]
    assert len(decoded) == len(stage.features)
    for i, template in list(enumerate(pipeline.bounce(7, len(decoded))))[::3]:
        expected, late, early = (pipeline.render_frame(stage.network, "160", form, character, stage.features, template,
                                                       row).frame for row in (i, i - 1, i + 1))
        quality = psnr(decoded[i], expected)
        assert quality > 28, f"frame {i}"
        assert quality > max(psnr(decoded[i], late), psnr(decoded[i], early)), f"frame {i} says another row"
        assert np.abs(decoded[i].mean((0, 1)) - expected.mean((0, 1))).max() < 1.5, f"colours of frame {i}"


def test_sound_is_in_step(stage: Stage, tmp_path: Path) -> None:
    output = render(stage, tmp_path / "out.mp4")
    given = sound.decoded(stage.audio, 16000, 1)[:, 0]
    coded = sound.decoded(output, 16000, 1)[:, 0]
    assert abs(lag(coded, given, 16000)) <= 0.01
    assert np.corrcoef(coded[:40000], given[:40000])[0, 1] > 0.9


@pytest.mark.parametrize("rate,channels", ((48000, 1), (44100, 2), (8000, 1)))
def test_speech_of_other_kinds(rate: int, channels: int, stage: Stage, tmp_path: Path) -> None:
    """The track is the given speech, whatever its rate and channels."""
    voices = np.stack([sound.babble(1.5, rate, seed) for seed in range(channels)], axis=1)
    audio = sound.write_wav(tmp_path / "speech.wav", voices, rate)
    output = render(stage._replace(audio=audio), tmp_path / "out.mp4")
    given, coded = sound.decoded(audio, 16000, 1)[:, 0], sound.decoded(output, 16000, 1)[:, 0]
    assert abs(lag(coded, given, 16000)) <= 0.01
    assert float(media.stream(output, "audio")["duration"]) == pytest.approx(1.5, abs=0.04)


@pytest.mark.parametrize("size,matrix", (((1280, 720), "bt709"), ((320, 240), "smpte170m")))
def test_colour_tags(size: Tuple[int, int], matrix: str, stage: Stage, tmp_path: Path) -> None:
    """Matrix and range stand in the stream, and conversion went by the same matrix."""
    drawn = footage.make(*size, 100, 2)
    character = footage.write_dataset(tmp_path / "character", drawn, ".png")
    output = render(stage._replace(character=character), tmp_path / "out.mp4", "--frames", 3, "--crf", 4)
    video = media.stream(output, "video")
    assert (video["color_space"], video["color_range"]) == (matrix, "tv")
    assert video.get("color_primaries") == matrix and video.get("color_transfer") in (matrix, "smpte170m", "bt709")
    corner = (slice(0, 60), slice(0, 60))                                       # outside every square
    for frame, template in zip(media.frames(output), pipeline.bounce(2, 3)):
        expected = drawn.pictures[template][corner]
        assert np.abs(frame[corner].mean((0, 1)) - expected.mean((0, 1))).max() < 1.5


def track_size(path: Path) -> Tuple[float, float]:
    """Width and height in the video track's header box: the size a player is asked to show."""
    data = path.read_bytes()
    sizes = []
    position = data.find(b"tkhd")
    while position >= 0:
        end = position - 4 + int.from_bytes(data[position - 4:position], "big")
        sizes.append(tuple(int.from_bytes(data[at:at + 4], "big") / 65536 for at in (end - 8, end - 4)))
        position = data.find(b"tkhd", position + 4)
    return max(sizes)


@pytest.mark.parametrize("size", ((201, 160), (200, 161), (201, 161)))
def test_odd_sizes(size: Tuple[int, int], stage: Stage, tmp_path: Path) -> None:
    """Coded with one row or column more, which the container crops away."""
    drawn = footage.make(*size, 100, 3)
    character = footage.write_dataset(tmp_path / "character", drawn, ".png")
    output = render(stage._replace(character=character), tmp_path / "out.mp4", "--frames", 2, "--crf", 4)
    frames = media.frames(output)
    assert frames.shape[1:3] in ((size[1] + size[1] % 2, size[0] + size[0] % 2), (size[1], size[0]))
    assert track_size(output) == size
    above = slice(0, 20)                                                        # no square reaches there
    assert psnr(frames[0][above, :size[0]], drawn.pictures[1][above]) > 28


def test_wenet_runs_at_20_fps(stage: Stage, tmp_path: Path) -> None:
    form = pipeline.WINDOWS["wenet"]
    network = checkpoints.unet("160", "wenet", CHANNELS, form.model_input[0], seed=3)
    model = checkpoints.save(network.state_dict(), tmp_path / "model.pth")
    np.save(tmp_path / "aud_wenet.npy", np.random.RandomState(1).normal(0, 1, (30, *form.row)).astype(np.float32))
    viseme_ok("render", "--model", model, "--character", stage.character, "--audio", stage.audio, "--features",
              tmp_path / "aud_wenet.npy", "-o", tmp_path / "out.mp4", "--quiet", "--resample-footage")
    video = media.stream(tmp_path / "out.mp4", "video", "-count_frames")
    assert (video["avg_frame_rate"], int(video["nb_read_frames"])) == ("20/1", 30)


def test_frame_rate_option(stage: Stage, tmp_path: Path) -> None:
    output = render(stage, tmp_path / "out.mp4", "--fps", 20, "--resample-footage", features=True)
    video = media.stream(output, "video", "-count_frames")
    assert (video["avg_frame_rate"], int(video["nb_read_frames"])) == ("20/1", len(stage.features))


def test_crf_and_preset(stage: Stage, tmp_path: Path) -> None:
    sizes = [render(stage, tmp_path / f"{crf}.mp4", "--crf", crf, "--preset", preset).stat().st_size
             for crf, preset in ((10, "ultrafast"), (35, "medium"))]
    assert sizes[0] > 2 * sizes[1]


def test_metadata(stage: Stage, tmp_path: Path) -> None:
    """The file says that a machine made the picture, with which program and which checkpoint."""
    output = render(stage, tmp_path / "out.mp4")
    data = output.read_bytes()
    digest = hashlib.sha256(stage.model.read_bytes()).hexdigest()
    version = viseme_ok("--version").out.split()[1]
    tags = " ".join(media.probe(output)["format"]["tags"].values())
    for text in (digest, version):
        assert text in tags
    packet = data[data.index(b"<x:xmpmeta"):data.index(b"</x:xmpmeta>") + len(b"</x:xmpmeta>")].decode()
    xmp = " ".join([part for element in ElementTree.fromstring(packet).iter()
                    for part in (*element.attrib.values(), element.text or "")])
    source_type = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    for text in (source_type, digest, version):
        assert text in xmp


# --- the same each time -----------------------------------------------------------------------------------------------

def test_same_bytes_twice(stage: Stage, tmp_path: Path) -> None:
    """On any number of threads: x264's own do not follow --threads."""
    written = {render(stage, tmp_path / "a.mp4", "--no-sign", "--threads", threads).read_bytes()
               for threads in (1, 1, 2, 5)}
    assert len(written) == 1


def test_pieces_are_the_whole(stage: Stage, tmp_path: Path) -> None:
    whole = media.frames(render(stage, tmp_path / "whole.mp4", "--crf", 0))
    count, joined = len(whole), []
    for start, frames in ((0, 11), (11, 30), (41, count - 41)):
        piece = render(stage, tmp_path / f"{start}.mp4", "--crf", 0, "--start", start, "--frames", frames)
        joined.append(media.frames(piece))
        assert len(joined[-1]) == frames
        given, coded = sound.decoded(stage.audio, 16000, 1)[:, 0], sound.decoded(piece, 16000, 1)[:, 0]
        part = given[start * 640:(start + frames) * 640]
        assert abs(lag(coded[:len(part)], part, 16000)) <= 0.01
    assert np.array_equal(np.concatenate(joined), whole)


def test_bounce_over_the_footage_from_k_on(stage: Stage, tmp_path: Path) -> None:
    """--footage-start K: the footage before frame K is never shown."""
    output = render(stage, tmp_path / "out.mp4", "--footage-start", 4, "--frames", 6, "--crf", 4)
    pictures = pipeline.read_dataset(stage.character)
    corner = (slice(0, 12), slice(0, 200))                                      # no square reaches there
    for frame, template in zip(media.frames(output), pipeline.bounce(3, 6)):
        differences = [np.square(frame[corner].astype(float) - pictures.frame(k)[corner]).sum() for k in range(7)]
        assert int(np.argmin(differences)) == 4 + template


def test_features_in_place_of_an_encoder(stage: Stage, tmp_path: Path) -> None:
    """A features file gives the video that its sound gives; but a file does not tell what silence is painted from."""
    viseme_ok("features", "--audio", stage.audio, "--audio-encoder", stage.encoder, "-o", tmp_path / "aud_ave.npy")
    by_encoder = render(stage, tmp_path / "a.mp4", "--no-sign", "--no-rest")
    by_file = render(stage._replace(features_path=tmp_path / "aud_ave.npy"), tmp_path / "b.mp4", "--no-sign",
                     "--no-rest", features=True)
    assert by_encoder.read_bytes() == by_file.read_bytes()


def test_silence_renders_with_a_warning(stage: Stage, tmp_path: Path) -> None:
    audio = sound.write_wav(tmp_path / "silence.wav", np.zeros(16000))
    finished = viseme_ok("render", "--model", stage.model, "--character", stage.character, "--audio", audio,
                         "--audio-encoder", stage.encoder, "-o", tmp_path / "out.mp4")
    assert int(media.stream(tmp_path / "out.mp4", "video", "-count_frames")["nb_read_frames"]) == 24
    assert "warning" in finished.err.lower() and "silen" in finished.err.lower()


def test_progress_is_plain_lines_without_a_terminal(stage: Stage, tmp_path: Path) -> None:
    finished = viseme_ok("render", "--model", stage.model, "--character", stage.character, "--audio", stage.audio,
                         "--audio-encoder", stage.encoder, "-o", tmp_path / "out.mp4")
    text = finished.out + finished.err
    assert "\r" not in text and "\x1b" not in text
    assert "fps" in text


# --- four minutes -----------------------------------------------------------------------------------------------------

MINUTES = 4  # an hour of it: tools/soak.sh hour
ROWS = MINUTES * 60 * 25


def sampled_run(arguments: List[object], timeout: float) -> List[Tuple[float, int]]:
    """Runs viseme and samples (seconds since start, peak resident set so far in KiB)."""
    started, samples = time.monotonic(), []
    with subprocess.Popen([str(PROGRAM), *map(str, arguments)], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE) as process:
        while process.poll() is None:
            assert time.monotonic() - started < timeout, "too slow"
            try:
                status: Dict[str, str] = dict(line.split(":", 1) for line in
                                              Path(f"/proc/{process.pid}/status").read_text().splitlines())
                samples.append((time.monotonic() - started, int(status["VmHWM"].split()[0])))
            except (OSError, KeyError):
                pass                                        # it has just ended
            time.sleep(0.05)
        assert process.returncode == 0, process.stderr.read().decode()
    return samples


def test_minutes_in_constant_memory(tmp_path: Path) -> None:
    """Memory does not grow, and sound and picture still agree at the end."""
    network = checkpoints.unet("160", "ave", (2, 2, 2, 2, 2), 32)
    model = checkpoints.save(network.state_dict(), tmp_path / "model.pth")
    character = footage.write_dataset(tmp_path / "character", footage.make(96, 96, 60, 5))
    random = np.random.RandomState(1)
    np.save(tmp_path / "aud_ave.npy", random.normal(0, 1, (ROWS, 512)).astype(np.float32))
    seconds = np.arange(MINUTES * 60 * 16000) / 16000
    audio = sound.write_wav(tmp_path / "speech.wav", 0.2 * random.randn(len(seconds)) * (seconds % 1 < 0.3))
    samples = sampled_run(["render", "--model", model, "--character", character, "--audio", audio, "--features",
                           tmp_path / "aud_ave.npy", "-o", tmp_path / "out.mp4", "--quiet", "--preset", "ultrafast",
                           "--threads", 1], timeout=900)

    early = next(peak for at, peak in samples if at >= 0.2 * samples[-1][0])
    assert samples[-1][1] - early <= 2 * 1024, f"{early} KiB after a fifth, {samples[-1][1]} KiB at the end"

    times = packet_times(tmp_path / "out.mp4", "video")
    assert len(times) == ROWS and times[-1] == pytest.approx((ROWS - 1) / 25, abs=1e-3)
    given, coded = sound.decoded(audio)[:, 0], sound.decoded(tmp_path / "out.mp4", 16000, 1)[:, 0]
    for minute in (0, MINUTES // 2, MINUTES - 1):
        part = slice((minute * 60 + 50) * 16000, (minute * 60 + 59) * 16000)
        assert abs(lag(coded[part], given[part], 16000)) <= 0.01, f"minute {minute}"
