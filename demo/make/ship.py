"""Puts what ships into place: the character, the held-out speech and the trained weights.

    python ship.py CORPUS FRAMES TRAINED ENCODER.pth DEMO
"""
from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np

from audio_encoder import features, load_encoder
from corpus import SHIPPED_FRAMES
from mel import HOP, WINDOW, feature_frames
from speech import read_wav, write_wav

LIMIT = 40_000_000  # bytes, of everything that ships


def samples_of(frames: int) -> int:
    """The shortest sound with that many feature rows."""
    count = WINDOW
    while feature_frames(count) + 2 < frames:
        count += 1
    return (count - 1) * HOP


def short_landmarks(source: Path, target: Path) -> None:
    """Rounded down to a tenth of a pixel, which no truncation to whole pixels notices."""
    points = np.floor(np.loadtxt(source) * 10) / 10
    target.write_text("".join(f"{x:.1f} {y:.1f}\n" for x, y in points))


def main() -> None:
    corpus, frames, trained, encoder_file, demo = map(Path, sys.argv[1:6])
    character, models = demo / "character", demo / "models"
    shutil.rmtree(character, ignore_errors=True)
    models.mkdir(parents=True, exist_ok=True)
    for folder in ("full_body_img", "landmarks"):
        (character / folder).mkdir(parents=True)
    for i in range(SHIPPED_FRAMES):
        shutil.copy(frames / "footage" / "full_body_img" / f"{i}.jpg", character / "full_body_img")
        short_landmarks(frames / "footage" / "landmarks" / f"{i}.lms", character / "landmarks" / f"{i}.lms")
    write_wav(demo / "speech.wav", np.load(corpus / "heldout.npz")["sound"])
    sound = np.load(corpus / "footage.npz")["sound"]
    write_wav(character / "speech_of_footage.wav", sound[:samples_of(SHIPPED_FRAMES)])
    rows = features(load_encoder(encoder_file), read_wav(character / "speech_of_footage.wav"))
    np.save(character / "aud_ave.npy", rows.astype(np.float32))
    shutil.copy(encoder_file, models / "audio_encoder.pth")
    for percent in (25, 50, 75, 99):
        if (trained / f"{percent}.pth").exists():
            shutil.copy(trained / f"{percent}.pth", models)
    shipped = [p for folder in (character, models) for p in folder.rglob("*") if p.is_file()] + [demo / "speech.wav"]
    size = sum(p.stat().st_size for p in shipped)
    print(f"{len(shipped)} files, {size / 1e6:.1f} MB")
    if size > LIMIT:
        raise SystemExit(f"more than {LIMIT / 1e6:.0f} MB: lower the footage's JPEG quality in draw.py")


if __name__ == "__main__":
    main()
