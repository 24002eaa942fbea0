"""The speech of the demo: what is drawn, what is only heard, what is held out.

    python corpus.py OUTPUT

writes OUTPUT/footage.npz, heldout.npz, drawn_*.npz and heard/*.npz: `sound` (16 kHz) and `mouth` [T, 9] at 25 fps.
"""
from __future__ import annotations

import itertools
import sys
from pathlib import Path

import numpy as np

from mel import HOP, WINDOW, feature_frames
from sentences import DRAWN, FOOTAGE, HEARD, HELD_OUT
from speech import RATE, Espeak, Utterance, Voice, join, silence, with_noise_floor
from visemes import mouth_curves

FOOTAGE_FRAMES = 300  # of the take: every head pose that training sees
SHIPPED_FRAMES = 256  # the take's first part, which is the demo character
FOOTAGE_VOICE = Voice("en-us+f2", 155, 50, 55)
HELD_OUT_VOICE = Voice("gmw/en-GB-x-rp+f3", 150, 48, 60)  # neither f3 nor m4 occurs anywhere else

# The drawn sentences are said by these, in turn.
DRAWN_VOICES = [Voice("en-us", 160, 45), Voice("en-us+f2", 155, 55), Voice("gmw/en-GB-x-rp+m3", 165, 40),
                Voice("gmw/en+f4", 160, 60)]

_BASES = ["en-us", "gmw/en", "gmw/en-GB-x-rp", "gmw/en-US-nyc"]
_VARIANTS = ["", "+f1", "+f2", "+f4", "+f5", "+m1", "+m2", "+m3", "+m5", "+m6", "+m7", "+Annie", "+klatt2", "+steph",
             "+edward", "+linda", "+adam", "+belinda", "+Michael", "+Andy", "+anika", "+pablo", "+max", "+rob"]


def _paragraph(espeak: Espeak, texts: list[str], voice: Voice, pauses: list[float]) -> Utterance:
    parts = [silence(pauses[0])]
    for text, pause in zip(texts, itertools.cycle(pauses[1:])):
        parts += [espeak.say(text, voice), silence(pause)]
    return join(parts)


def _fit(utterance: Utterance, frames: int) -> Utterance:
    """Cut or lengthened so that the sound has exactly `frames` feature rows."""
    lengths = [n for n in range(1, 4 * frames) if n >= WINDOW and feature_frames(n) + 2 == frames]
    samples = (lengths[len(lengths) // 2] - 1) * HOP + HOP // 2
    if utterance.seconds * RATE < samples:
        return join([utterance, silence(samples / RATE - utterance.seconds)])
    if any(p.name and p.end * RATE > samples for p in utterance.phonemes):
        raise ValueError(f"{utterance.seconds:.2f} s of speech do not fit in {frames} frames")
    return Utterance(utterance.sound[:samples], utterance.phonemes)


def rows_of(samples: int) -> int:
    """Feature rows, and so video frames, of a sound of that length."""
    return feature_frames(samples // HOP + 1) + 2


def _save(path: Path, utterance: Utterance, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = rows_of(len(utterance.sound))
    np.savez(path, sound=with_noise_floor(utterance.sound, seed), mouth=mouth_curves(utterance.phonemes, frames))


def footage(espeak: Espeak) -> Utterance:
    return _fit(_paragraph(espeak, FOOTAGE, FOOTAGE_VOICE, [0.35, 0.45, 0.35]), FOOTAGE_FRAMES)


def held_out(espeak: Espeak) -> Utterance:
    return _paragraph(espeak, HELD_OUT, HELD_OUT_VOICE, [0.5, 0.6, 0.7])


def drawn(espeak: Espeak) -> list[Utterance]:
    """One clip a voice; each has its share of the drawn sentences."""
    count = len(DRAWN_VOICES)
    return [_paragraph(espeak, DRAWN[i::count], voice, [0.3, 0.35, 0.5]) for i, voice in enumerate(DRAWN_VOICES)]


def heard(espeak: Espeak, rounds: int, seed: int):
    """`rounds` times every sentence, each time by another random voice, rate and pitch."""
    rng = np.random.default_rng(seed)
    voices = [base + variant for base in _BASES for variant in _VARIANTS]
    for _ in range(rounds):
        order = rng.permutation(HEARD + DRAWN + FOOTAGE)
        for some in np.array_split(order, 12):
            voice = Voice(str(rng.choice(voices)), int(rng.integers(130, 195)), int(rng.integers(25, 80)),
                          int(rng.integers(30, 80)))
            yield voice, _paragraph(espeak, [str(t) for t in some], voice, list(rng.uniform(0.1, 0.9, 4)))


def main() -> None:
    output = Path(sys.argv[1])
    espeak = Espeak()
    _save(output / "footage.npz", footage(espeak), 1)
    _save(output / "heldout.npz", held_out(espeak), 2)
    for i, utterance in enumerate(drawn(espeak)):
        _save(output / f"drawn_{i}.npz", utterance, 10 + i)
    seconds = 0.0
    for i, (_, utterance) in enumerate(heard(espeak, rounds=6, seed=5)):
        _save(output / "heard" / f"{i:03d}.npz", utterance, 100 + i)
        seconds += utterance.seconds
    print(f"heard: {seconds / 60:.1f} minutes")


if __name__ == "__main__":
    main()
