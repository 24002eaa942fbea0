"""Speech from espeak-ng with the time of every phoneme.

The library is used directly (ctypes on libespeak-ng.so.1), because only it reports phoneme events; the program does
not.
"""
from __future__ import annotations

import ctypes
import ctypes.util
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

RATE = 16000

_SYNCHRONOUS = 2
_PHONEME_EVENTS = 1
_UTF8 = 1
_END_PAUSE = 0x1000
_EVENT_PHONEME = 7
_PARAM_RATE, _PARAM_PITCH, _PARAM_RANGE = 1, 3, 4


class _EventId(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    ]


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True)
class Phoneme:
    """A phoneme in espeak's spelling ("" is a pause), in seconds from the start of the sound."""

    name: str
    start: float
    end: float


@dataclass
class Utterance:
    """Sound (mono float32 in [-1, 1], 16 kHz) and what is said in it."""

    sound: np.ndarray
    phonemes: list[Phoneme]

    @property
    def seconds(self) -> float:
        return len(self.sound) / RATE


@dataclass(frozen=True)
class Voice:
    """An espeak-ng voice ("en-us+f2"), words a minute, pitch and its range in 0..99."""

    name: str
    rate: int = 160
    pitch: int = 50
    range: int = 50


class Espeak:
    """One espeak-ng engine. The library has global state, so a process should hold one."""

    def __init__(self) -> None:
        self._lib = ctypes.CDLL(ctypes.util.find_library("espeak-ng") or "libespeak-ng.so.1")
        self._native_rate = self._lib.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONEME_EVENTS)
        if self._native_rate <= 0:
            raise RuntimeError("espeak-ng does not start: is espeak-ng-data installed?")
        self._blocks: list[np.ndarray] = []
        self._marks: list[tuple[float, str]] = []
        self._callback = _CALLBACK(self._receive)
        self._lib.espeak_SetSynthCallback(self._callback)

    def _receive(self, samples, count, events) -> int:
        if samples and count > 0:
            self._blocks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        i = 0
        while events[i].type != 0:
            if events[i].type == _EVENT_PHONEME:
                # The union's bytes, not its C string: a name of eight bytes has no end mark.
                raw = ctypes.string_at(ctypes.addressof(events[i].id), 8).split(b"\0")[0]
                self._marks.append((events[i].audio_position / 1000.0, raw.decode("utf-8", "replace")))
            i += 1
        return 0

    def say(self, text: str, voice: Voice) -> Utterance:
        """Speaks `text`, scaled to a peak of 0.7."""
        if self._lib.espeak_SetVoiceByName(voice.name.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {voice.name!r}")
        for parameter, value in ((_PARAM_RATE, voice.rate), (_PARAM_PITCH, voice.pitch), (_PARAM_RANGE, voice.range)):
            self._lib.espeak_SetParameter(parameter, value, 0)
        self._blocks, self._marks = [], []
        data = text.encode() + b"\0"
        self._lib.espeak_Synth(data, ctypes.c_size_t(len(data)), 0, 0, 0, _UTF8 | _END_PAUSE, None, None)
        self._lib.espeak_Synchronize()
        native = np.concatenate(self._blocks).astype(np.float64) / 32768.0
        sound = resample_poly(native, RATE, self._native_rate)
        sound *= 0.7 / max(1e-9, np.abs(sound).max())
        return Utterance(sound.astype(np.float32), _phonemes(self._marks, len(sound) / RATE))


def _phonemes(marks: list[tuple[float, str]], end: float) -> list[Phoneme]:
    marks = sorted(marks, key=lambda m: m[0])
    ends = [m[0] for m in marks[1:]] + [end]
    out = []
    for (start, name), stop in zip(marks, ends):
        if stop > start:
            name = name.strip()
            pause = not name or name[0] in "_;|" or name == "("
            out.append(Phoneme("" if pause else name, start, min(stop, end)))
    return out


def silence(seconds: float) -> Utterance:
    return Utterance(np.zeros(round(seconds * RATE), np.float32), [Phoneme("", 0.0, seconds)])


def join(parts: list[Utterance]) -> Utterance:
    """The parts one after the other."""
    phonemes, at = [], 0.0
    for part in parts:
        phonemes += [Phoneme(p.name, p.start + at, p.end + at) for p in part.phonemes]
        at += part.seconds
    return Utterance(np.concatenate([p.sound for p in parts]), phonemes)


def with_noise_floor(sound: np.ndarray, seed: int, level: float = 1e-4) -> np.ndarray:
    """A recording is never digitally silent: adds white noise of the given standard deviation."""
    noise = np.random.default_rng(seed).normal(0.0, level, len(sound))
    return (sound + noise).astype(np.float32)


def write_wav(path: Path, sound: np.ndarray) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.clip(np.rint(sound * 32767.0), -32768, 32767).astype("<i2").tobytes())


def read_wav(path: Path) -> np.ndarray:
    """Mono 16 kHz 16-bit, which is what write_wav writes."""
    with wave.open(str(path), "rb") as source:
        if (source.getnchannels(), source.getsampwidth(), source.getframerate()) != (1, 2, RATE):
            raise ValueError(f"{path}: not mono 16-bit {RATE} Hz")
        return np.frombuffer(source.readframes(source.getnframes()), "<i2").astype(np.float32) / 32768.0
