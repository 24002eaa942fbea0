"""Speech-like sound without a speaker, written and converted in many forms."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import scipy.signal
import soundfile

import media

#: 48 kHz mono, a woman's voice; part of Debian's alsa-utils.
REAL_VOICE = Path("/usr/share/sounds/alsa/Front_Center.wav")


def babble(seconds: float, rate: int = 16000, seed: int = 1) -> np.ndarray:
    """float64 [samples]: a buzz through three wandering resonances, in syllables with pauses; peak 0.5."""
    random = np.random.RandomState(seed)
    count = int(round(seconds * rate))
    time = np.arange(count) / rate
    pitch = 120 + 20 * np.sin(2 * np.pi * 0.7 * time) + 5 * np.sin(2 * np.pi * 5.3 * time)
    buzz = np.diff(np.floor(np.cumsum(pitch) / rate), prepend=0.0) + 0.02 * random.randn(count)
    voice = np.zeros(count)
    block = max(1, rate // 10)
    for low, high, gain in ((300, 800, 1.0), (900, 2200, 0.5), (2300, 3200, 0.25)):
        state = np.zeros(2)
        for start in range(0, count, block):
            centre = random.uniform(low, high)
            pole = np.exp(-np.pi * 90 / rate) * np.exp(2j * np.pi * centre / rate)
            part, state = scipy.signal.lfilter([1.0], [1.0, -2 * pole.real, abs(pole) ** 2],
                                               buzz[start:start + block], zi=state)
            voice[start:start + block] += gain * part
    syllables = np.clip(np.sin(2 * np.pi * 2.1 * time + seed) + 0.5, 0, 1) * (np.sin(2 * np.pi * 0.31 * time) > -0.8)
    voice *= syllables
    return 0.5 * voice / max(1e-9, np.abs(voice).max()) if count else voice


def write_wav(path: Path, samples: np.ndarray, rate: int = 16000, subtype: str = "PCM_16") -> Path:
    """samples [n] or [n, channels]."""
    soundfile.write(str(path), samples, rate, subtype=subtype)
    return path


def convert(source: Path, target: Path, *options: str) -> Path:
    """Another container or codec by ffmpeg."""
    media.ffmpeg("-i", source, *options, target)
    return target


def decoded(path: Path, rate: int = 0, channels: int = 0) -> np.ndarray:
    """Any sound file -> float32 [n, channels] as ffmpeg decodes it; rate or channels 0 leave them as they are."""
    wav = path.with_name(path.name + ".decoded.wav")
    options = (["-ar", str(rate)] if rate else []) + (["-ac", str(channels)] if channels else [])
    media.ffmpeg("-i", path, "-vn", *options, "-c:a", "pcm_f32le", wav)
    samples, _ = soundfile.read(str(wav), dtype="float32", always_2d=True)
    return samples
