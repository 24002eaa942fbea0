"""Sound as it is given: loudspeaker channels, files joined, streamed or through a pipe, of another length than the
features, and files that are no sound at all."""
from __future__ import annotations

import base64
import os
import struct
import subprocess
import threading
from pathlib import Path
from typing import NamedTuple, Tuple

import numpy as np
import pytest

import checkpoints
import footage
import librosa
import networks
import pipeline
import sound
from program import BAD_INPUT, PROGRAM, Finished, viseme, viseme_ok

MEL_TOLERANCE = 1e-3        # ffmpeg's mono is rounded to 16 bits


class Stage(NamedTuple):
    model: Path
    encoder: Path
    character: Path
    audio: Path


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """A narrow 160 model, an AVE encoder, three frames of footage and a second of babble."""
    folder = tmp_path_factory.mktemp("stage")
    network = checkpoints.unet("160", "ave", (4, 8, 12, 20, 36), 32, seed=3)
    encoder = checkpoints.seeded(networks.build("ave_encoder"), 19)
    return Stage(checkpoints.save(network.state_dict(), folder / "model.pth"),
                 checkpoints.save(encoder.state_dict(), folder / "encoder.pth"),
                 footage.write_dataset(folder / "character", footage.make(200, 160, 100, 3)),
                 sound.write_wav(folder / "speech.wav", sound.babble(1.0)))


def render(stage: Stage, audio: Path, output: Path, *options: object) -> Finished:
    return viseme("render", "--model", stage.model, "--character", stage.character, "--audio", audio, "-o", output,
                  "--preset", "ultrafast", "--no-sign", *(options or ("--audio-encoder", stage.encoder)))


def mel(audio: Path, folder: Path) -> Tuple[np.ndarray, str]:
    """The mel spectrogram that viseme makes, and what it says to it."""
    done = viseme_ok("features", "--audio", audio, "--mel", folder / "mel.npy")
    return np.load(folder / "mel.npy"), done.err


@pytest.mark.parametrize("layout", ("5.1", "5.1(side)", "7.1", "quad", "3.0", "2.1"))
def test_loudspeakers_are_mixed_as_ffmpeg_does(layout: str, stage: Stage, tmp_path: Path) -> None:
    """In the features, and in the sound track."""
    count = {"5.1": 6, "5.1(side)": 6, "7.1": 8, "quad": 4, "3.0": 3, "2.1": 3}[layout]
    voices = np.stack([sound.babble(1.0, 48000, seed) for seed in range(count)], axis=1)
    plain = sound.write_wav(tmp_path / "plain.wav", voices, 48000)
    audio = sound.convert(plain, tmp_path / "speech.wav", "-af", f"channelmap=channel_layout={layout}")
    mono, _ = librosa.load(str(sound.convert(audio, tmp_path / "mono.wav", "-ac", "1")), sr=None)
    made, told = mel(audio, tmp_path)
    expected = pipeline.mel_spectrogram(librosa.resample(mono, orig_sr=48000, target_sr=16000))
    assert told == "" and np.median(np.abs(made - expected)) < MEL_TOLERANCE
    assert render(stage, audio, tmp_path / "out.mp4").status == 0
    track = sound.decoded(tmp_path / "out.mp4", 48000)
    assert track.shape[1] == 1
    track = track[:40000, 0]
    assert np.corrcoef(track, mono[:40000])[0, 1] > 0.98
    assert np.std(track) == pytest.approx(np.std(mono[:40000]), rel=0.05)


@pytest.mark.parametrize("name", ("s.wav", "s.aiff", "s.caf", "s.w64", "s.m4a"))
def test_joined_files_are_told(name: str, stage: Stage, tmp_path: Path) -> None:
    one = sound.convert(stage.audio, tmp_path / name)
    assert mel(one, tmp_path)[1] == ""
    joined = tmp_path / f"joined{one.suffix}"
    joined.write_bytes(one.read_bytes() * 2)
    assert "another file of its kind follows" in mel(joined, tmp_path)[1]


def test_a_header_that_tells_too_little(stage: Stage, tmp_path: Path) -> None:
    data = bytearray(stage.audio.read_bytes())
    data[40:44] = struct.pack("<I", 16000)
    (tmp_path / "short.wav").write_bytes(data)
    assert "bytes follow behind its declared end" in mel(tmp_path / "short.wav", tmp_path)[1]


def test_tags_behind_the_samples_are_no_sound(stage: Stage, tmp_path: Path) -> None:
    data = stage.audio.read_bytes() + b"LIST" + struct.pack("<I", 8) + b"INFOabcd" + bytes(9000)
    (tmp_path / "tagged.wav").write_bytes(data)
    assert mel(tmp_path / "tagged.wav", tmp_path)[1] == ""


def streamed(audio: Path, riff: int, size: int) -> bytes:
    data = bytearray(audio.read_bytes())
    assert data[36:40] == b"data"
    data[4:8], data[40:44] = struct.pack("<I", riff), struct.pack("<I", size)
    return bytes(data)


SIZES = ((2 ** 32 - 1, 2 ** 32 - 1), (2 ** 31 - 1, 2 ** 31 - 37), (2000000036, 2000000000), (0, 0),
         (2 ** 32 - 1, 2 ** 32 - 37), (2 ** 31 - 1, 2 ** 31 - 4096 + 1))


@pytest.mark.parametrize("riff,size", SIZES)
def test_streamed_sizes_are_normal(riff: int, size: int, stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "streamed.wav").write_bytes(streamed(stage.audio, riff, size))
    made, told = mel(tmp_path / "streamed.wav", tmp_path)
    assert told == "" and np.array_equal(made, mel(stage.audio, tmp_path)[0])


def test_a_cut_file_is_still_told(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "cut.wav").write_bytes(stage.audio.read_bytes()[:20001])
    assert "damaged sound" in mel(tmp_path / "cut.wav", tmp_path)[1]


def test_streamed_files_joined_are_told(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "joined.wav").write_bytes(streamed(stage.audio, 2 ** 32 - 1, 2 ** 32 - 1) * 2)
    assert "another WAV file begins" in mel(tmp_path / "joined.wav", tmp_path)[1]


@pytest.mark.parametrize("seconds,rows,word", ((1.0, 40, "has no sound"), (3.0, 25, "was cut"), (1.4, 25, "rows")))
def test_features_and_sound_of_unequal_length(seconds: float, rows: int, word: str, stage: Stage,
                                              tmp_path: Path) -> None:
    audio = sound.write_wav(tmp_path / "speech.wav", sound.babble(seconds))
    np.save(tmp_path / "aud_ave.npy", np.random.RandomState(1).randn(rows, 512).astype(np.float32))
    done = render(stage, audio, tmp_path / "out.mp4", "--features", tmp_path / "aud_ave.npy", "--audio-mode", "ave")
    assert done.status == 0
    assert word in done.err and f"{rows / 25:.2f} s ({rows} rows" in done.err and f"{seconds:.2f} s" in done.err


@pytest.mark.parametrize("rows,options", ((25, ()), (28, ()), (60, ("--frames", 20)), (25, ("--start", 10))))
def test_nearly_equal_lengths_are_fine(rows: int, options: Tuple[object, ...], stage: Stage, tmp_path: Path) -> None:
    np.save(tmp_path / "aud_ave.npy", np.random.RandomState(1).randn(rows, 512).astype(np.float32))
    done = render(stage, stage.audio, tmp_path / "out.mp4", "--features", tmp_path / "aud_ave.npy", "--audio-mode",
                  "ave", *options)
    assert (done.status, done.err) == (0, "")


# --- pipes ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("suffix", (".wav", ".m4a"))
def test_render_reads_a_pipe(suffix: str, stage: Stage, tmp_path: Path) -> None:
    """/dev/stdin and a FIFO give what the file gives."""
    audio = stage.audio if suffix == ".wav" else sound.convert(stage.audio, tmp_path / "speech.m4a")
    assert render(stage, audio, tmp_path / "file.mp4").status == 0
    expected = (tmp_path / "file.mp4").read_bytes()
    with audio.open("rb") as file, subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE) as cat:
        run = subprocess.run([str(PROGRAM), "render", "--model", str(stage.model), "--character", str(stage.character),
                              "--audio", "/dev/stdin", "--audio-encoder", str(stage.encoder), "--preset", "ultrafast",
                              "--no-sign", "-o", str(tmp_path / "stdin.mp4")], stdin=cat.stdout, capture_output=True, text=True,
                             timeout=120, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=fifo.write_bytes, args=(audio.read_bytes(),))
    writer.start()
    assert render(stage, fifo, tmp_path / "fifo.mp4").status == 0
    writer.join()
    assert (tmp_path / "stdin.mp4").read_bytes() == (tmp_path / "fifo.mp4").read_bytes() == expected


# --- no sound at all --------------------------------------------------------------------------------------------------

def foreign(kind: str, audio: Path) -> bytes:
    samples = audio.read_bytes()[44:]
    return {"json": b'{"error": {"message": "invalid key"}}\n', "html": b"\n<!DOCTYPE html><title>502</title>\n",
            "base64": base64.b64encode(audio.read_bytes()), "wrapped": base64.encodebytes(audio.read_bytes()),
            "url": b"data:audio/wav;base64," + base64.b64encode(audio.read_bytes()), "text": b"Too many requests\n",
            "samples": samples, "empty": b"", "gzip": b"\x1f\x8b\x08" + bytes(100), "array": b"\x93NUMPY" + bytes(99),
            "lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"}[kind]


@pytest.mark.parametrize("kind,words", (
    ("json", ("JSON", "invalid key")), ("html", ("web page", "502")), ("base64", ("base64 -d",)),
    ("wrapped", ("base64 -d",)), ("url", ("base64", "sed")), ("text", ("Too many requests",)),
    ("samples", ("-f s16le", "header")), ("empty", ("empty",)), ("gzip", ("gunzip",)), ("array", ("--features",)),
    ("lfs", ("git lfs pull",))))
def test_files_that_are_no_sound(kind: str, words: Tuple[str, ...], stage: Stage, tmp_path: Path) -> None:
    for suffix in (".wav", ".mp3", ".raw", ".pcm", "") if kind == "samples" else (".wav", ".mp3"):
        path = tmp_path / f"given{suffix}"
        path.write_bytes(foreign(kind, stage.audio))
        done = viseme("features", "--audio", path, "--mel", tmp_path / "mel.npy")
        assert done.status == BAD_INPUT and done.err.count("\n") == 1
        assert all(word in done.err for word in words), done.err
