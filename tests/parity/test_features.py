"""Speech to mel and AVE features, against librosa and PyTorch."""
from __future__ import annotations

from pathlib import Path
from typing import Tuple

import numpy as np
import pytest
import soundfile
import torch
from torch import nn

import checkpoints
import librosa
import networks
import pipeline
import sound
from program import BAD_INPUT, viseme, viseme_ok

MEL_TOLERANCE = 1e-5
FEATURE_TOLERANCE = 1e-4        # relative to the largest feature


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Tuple[nn.Module, Path]:
    """An AVE encoder and its file."""
    network = checkpoints.seeded(networks.build("ave_encoder"), 19)
    path = tmp_path_factory.mktemp("encoder") / "audio_encoder.pth"
    return network, checkpoints.save(network.audio_encoder.state_dict(), path)


def features_of(audio: Path, encoder: Path, folder: Path) -> Tuple[np.ndarray, np.ndarray]:
    """`viseme features` -> features [T + 2, 512], mel [frames, 80]."""
    viseme_ok("features", "--audio", audio, "--audio-encoder", encoder, "-o", folder / "aud_ave.npy",
              "--mel", folder / "mel.npy")
    features, mel = np.load(folder / "aud_ave.npy"), np.load(folder / "mel.npy")
    assert features.dtype == np.float32 and mel.dtype == np.float32
    return features, mel


def check(audio: Path, reference: np.ndarray, encoder: Tuple[nn.Module, Path], folder: Path) -> None:
    """The file's features against those of `reference`, 16 kHz samples."""
    network, encoder_path = encoder
    features, mel = features_of(audio, encoder_path, folder)
    expected = pipeline.mel_spectrogram(reference)
    assert mel.shape == expected.shape
    difference = np.abs(mel - expected).max()
    assert difference <= MEL_TOLERANCE, f"mel is {difference:.3g} off"
    expected_features = pipeline.ave_features(expected, network)
    assert features.shape == expected_features.shape
    difference = np.abs(features - expected_features).max() / np.abs(expected_features).max()
    assert difference <= FEATURE_TOLERANCE, f"features are {difference:.3g} off"
    assert np.array_equal(features[0], features[1]) and np.array_equal(features[-1], features[-2])


@pytest.mark.parametrize("subtype", ("PCM_16", "PCM_24", "PCM_U8", "FLOAT", "DOUBLE"))
def test_wav_at_16_khz(subtype: str, encoder: Tuple[nn.Module, Path], tmp_path: Path) -> None:
    audio = sound.write_wav(tmp_path / "speech.wav", sound.babble(2.3), subtype=subtype)
    check(audio, pipeline.load_speech(audio), encoder, tmp_path)


def test_real_voice_at_48_khz(encoder: Tuple[nn.Module, Path], tmp_path: Path) -> None:
    check(sound.REAL_VOICE, pipeline.load_speech(sound.REAL_VOICE), encoder, tmp_path)


@pytest.mark.parametrize("rate,channels", ((44100, 2), (48000, 2), (22050, 1), (8000, 1), (11025, 2), (96000, 1)))
def test_other_rates_and_channels(rate: int, channels: int, encoder: Tuple[nn.Module, Path], tmp_path: Path) -> None:
    voices = np.stack([sound.babble(1.7, rate, seed) for seed in range(channels)], axis=1)
    audio = sound.write_wav(tmp_path / "speech.wav", voices, rate)
    check(audio, pipeline.load_speech(audio), encoder, tmp_path)


def test_loud_float_wav_is_not_clipped(encoder: Tuple[nn.Module, Path], tmp_path: Path) -> None:
    audio = sound.write_wav(tmp_path / "speech.wav", 6 * sound.babble(1.0), subtype="FLOAT")
    check(audio, pipeline.load_speech(audio), encoder, tmp_path)


@pytest.mark.parametrize("samples", (np.zeros(16000), np.full(16000, 0.25), np.eye(1, 16000, 8000)[0]),
                         ids=("silence", "constant", "click"))
def test_degenerate_sound(samples: np.ndarray, encoder: Tuple[nn.Module, Path], tmp_path: Path) -> None:
    audio = sound.write_wav(tmp_path / "speech.wav", samples)
    check(audio, pipeline.load_speech(audio), encoder, tmp_path)


@pytest.mark.parametrize("name,options", (
    ("speech.mp3", ("-b:a", "96k")),
    ("speech.m4a", ("-c:a", "aac", "-b:a", "96k")),
    ("speech.ogg", ("-c:a", "libvorbis")),
    ("speech.opus", ("-c:a", "libopus")),
    ("speech.flac", ()),
    ("speech.mkv", ("-c:a", "pcm_s16le")),
    ("speech.mp4", ("-f", "mp4", "-c:a", "aac", "-af", "atrim=start=0.4")),
))
def test_compressed(name: str, options: Tuple[str, ...], encoder: Tuple[nn.Module, Path], tmp_path: Path) -> None:
    """The samples are those that ffmpeg decodes, encoder delay removed; from there on it is librosa's way."""
    audio = sound.convert(sound.REAL_VOICE, tmp_path / name, *options)
    rate = int(sound.media.stream(audio, "audio")["sample_rate"])
    mono = librosa.to_mono(sound.decoded(audio).T)
    check(audio, librosa.resample(mono, orig_sr=rate, target_sr=pipeline.SAMPLE_RATE), encoder, tmp_path)


@pytest.mark.parametrize("order", ((1, 2), (2, 1)))
def test_channels_that_change(order: Tuple[int, int], encoder: Tuple[nn.Module, Path], tmp_path: Path) -> None:
    """Two MP3 files in one, as some recorders leave them: mono becomes stereo, or the other way round."""
    joined = tmp_path / "joined.mp3"
    plain = ("-write_xing", "0", "-id3v2_version", "0")
    for channels in order:
        unlike = ("-af", "pan=stereo|c0=c0|c1=0.3*c0") if channels == 2 else ()
        part = sound.convert(sound.REAL_VOICE, tmp_path / f"{channels}.mp3", *unlike, *plain)
        with joined.open("ab") as file:
            file.write(part.read_bytes())
    mean = sound.convert(joined, tmp_path / "mean.wav", "-af", "pan=mono|FC=FC+0.5*FL+0.5*FR", "-c:a", "pcm_f32le")
    mono, rate = soundfile.read(str(mean), dtype="float32")
    check(joined, librosa.resample(mono, orig_sr=rate, target_sr=pipeline.SAMPLE_RATE), encoder, tmp_path)


# Where T's formula in doubles and in integers part (384, 672), where rows are added, and around whole hops.
MEL_COUNTS = tuple(range(16, 40)) + (79, 80, 81, 100, 383, 384, 385, 672)


def test_lengths(encoder: Tuple[nn.Module, Path], tmp_path: Path) -> None:
    for count in MEL_COUNTS:
        for extra in ((0, 199) if count < 20 else (count % 200,)):
            samples = 200 * (count - 1) + extra
            audio = sound.write_wav(tmp_path / "speech.wav", sound.babble(samples / 16000))
            features, mel = features_of(audio, encoder[1], tmp_path)
            assert len(mel) == count, f"{samples} samples"
            assert len(features) == int((count - 16) / 80. * 25.) + 4, f"{samples} samples, {count} mel frames"


@pytest.mark.parametrize("samples", (0, 1, 399, 2999))
def test_too_short(samples: int, encoder: Tuple[nn.Module, Path], tmp_path: Path) -> None:
    audio = sound.write_wav(tmp_path / "tiny.wav", sound.babble(1)[4000:4000 + samples])
    finished = viseme("features", "--audio", audio, "--audio-encoder", encoder[1], "-o", tmp_path / "aud_ave.npy")
    assert finished.status == BAD_INPUT
    assert "tiny.wav" in finished.err
    assert not (tmp_path / "aud_ave.npy").exists()


def test_mel_alone_needs_no_encoder(tmp_path: Path) -> None:
    audio = sound.write_wav(tmp_path / "speech.wav", sound.babble(1.0))
    viseme_ok("features", "--audio", audio, "--mel", tmp_path / "mel.npy")
    expected = pipeline.mel_spectrogram(pipeline.load_speech(audio))
    assert np.abs(np.load(tmp_path / "mel.npy") - expected).max() <= MEL_TOLERANCE


def test_encoder_as_half_precision(encoder: Tuple[nn.Module, Path], tmp_path: Path) -> None:
    network = checkpoints.seeded(networks.build("ave_encoder"), 20)
    halves = checkpoints.converted(network.state_dict(), torch.float16)
    path = checkpoints.save(halves, tmp_path / "half.pth", legacy=True)
    audio = sound.write_wav(tmp_path / "speech.wav", sound.babble(1.0))
    check(audio, pipeline.load_speech(audio), (checkpoints.reloaded(network, halves), path), tmp_path)
