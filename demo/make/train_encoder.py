"""Trains the AVE audio encoder to hear what the mouth does.

    python train_encoder.py CORPUS OUTPUT.pth [--samples N]

The encoder sees 0.2 s of sound; a linear head, thrown away afterwards, must say from its 512 numbers where the mouth
is in the five video frames that the window covers, and whether there is silence. Many voices, levels, rooms and noises
make it indifferent to them. Finally every feature is scaled to unit variance and the file is written in float16.
"""
from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from audio_encoder import AveEncoder, features, load_encoder
from checkpoints import save_half
from mel import WINDOW, feature_frames, mel_spectrogram

AHEAD = 5       # video frames that a window covers
VERSIONS = 2    # noisy versions of each clip
TARGETS = 9 * AHEAD + 1


def spoilt(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another level, sometimes noise (white to brownish), sometimes an echo."""
    sound = sound * rng.uniform(0.15, 1.3)
    if rng.uniform() < 0.3:
        delay = int(rng.uniform(0.01, 0.05) * 16000)
        sound = sound + rng.uniform(0.1, 0.35) * np.append(np.zeros(delay), sound[:-delay])
    if rng.uniform() < 0.7:
        noise = rng.normal(size=len(sound))
        if rng.uniform() < 0.5:
            noise = np.convolve(noise, np.ones(4) / 2, mode="same")
        noise_level = np.abs(sound).max() * 10 ** rng.uniform(-4.0, -1.7)
        sound = sound + noise_level * noise
    return np.clip(sound, -1, 1)


def _targets(mouth: np.ndarray, mel: np.ndarray, count: int) -> np.ndarray:
    """[count, TARGETS] for the windows of a clip."""
    rows = np.pad(mouth, [(0, AHEAD), (0, 0)], mode="edge")
    curves = np.stack([rows[i:i + count] for i in range(AHEAD)], 1).reshape(count, -1)
    quiet = mel.mean(1) < -2.5
    silent = [quiet[min(int(3.2 * i), len(mel) - WINDOW):][:WINDOW].mean() for i in range(count)]
    return np.column_stack([curves, silent]).astype(np.float32)


class Windows:
    """All windows of all clips, drawn at random and disturbed a little more."""

    def __init__(self, folder: Path, seed: int) -> None:
        rng = np.random.default_rng(seed)
        mels, starts, targets, at = [], [], [], 0
        for path in sorted(folder.glob("*.npz")):
            clip = np.load(path)
            clean = mel_spectrogram(clip["sound"])
            count = feature_frames(len(clean))
            target = _targets(clip["mouth"], clean, count)
            first = np.minimum((80.0 * np.arange(count) / 25.0).astype(int), len(clean) - WINDOW)
            for version in range(VERSIONS):
                mels.append(clean if version == 0 else mel_spectrogram(spoilt(clip["sound"], rng)))
                starts.append(first + at)
                targets.append(target)
                at += len(clean)
        self._mel = np.concatenate(mels)
        self._starts = np.concatenate(starts)
        self._targets = np.concatenate(targets)
        self._rng = rng

    def __len__(self) -> int:
        return len(self._starts)

    def batch(self, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        chosen = self._rng.integers(0, len(self._starts), size)
        mel = self._mel[self._starts[chosen][:, None] + np.arange(WINDOW)].transpose(0, 2, 1).copy()
        # Another throat: all bands a little up or down. Another microphone: a tilted or bent response.
        shift = self._rng.integers(-2, 3, size)
        for i, s in enumerate(shift):
            if s:
                mel[i] = np.roll(mel[i], s, axis=0)
        band = np.linspace(-1, 1, mel.shape[1])
        tilt = self._rng.normal(0, 0.25, (size, 1)) * band + self._rng.normal(0, 0.2, (size, 1)) * (band ** 2 - 0.33)
        mel = np.clip(mel + np.where(mel > -3.9, tilt[:, :, None] + self._rng.normal(0, 0.25, (size, 1, 1)), 0), -4, 4)
        return torch.from_numpy(mel[:, None].astype(np.float32)), torch.from_numpy(self._targets[chosen])


@torch.no_grad()
def _calibrate(encoder: AveEncoder, data: Windows) -> None:
    """Batch norm's statistics over many windows, then unit variance of every feature (the last step is a ReLU, so
    a positive factor may be moved into the batch norm before it)."""
    norms = [m for m in encoder.modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    encoder.train()
    for _ in range(60):
        encoder(data.batch(128)[0])
    encoder.eval()
    rows = torch.cat([encoder(data.batch(256)[0]) for _ in range(16)])
    scale = 1 / rows.std(0).clamp(min=0.05)
    norms[-1].weight *= scale
    norms[-1].bias *= scale


def report(encoder: AveEncoder, head: nn.Linear, clip: Path) -> str:
    """Correlation of each curve with what the head hears in a clip, at the window's first frame + 2."""
    data = np.load(clip)
    rows = torch.from_numpy(features(encoder, data["sound"])[1:-1])
    with torch.no_grad():
        heard = head(rows)[:, 9 * 2:9 * 3].numpy()
    truth = data["mouth"][2:2 + len(heard)]
    heard = heard[:len(truth)]
    names = ["jaw", "lips", "wide", "round", "press", "tuck", "tongue_up", "tongue_out", "smile"]
    return " ".join(f"{n} {np.corrcoef(heard[:, i], truth[:, i])[0, 1]:.3f}" for i, n in enumerate(names))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--samples", type=int, default=40_000)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.manual_seed(7)
    torch.set_num_threads(args.threads)
    data = Windows(args.corpus / "heard", seed=7)
    print(f"{len(data)} windows")
    encoder, size = AveEncoder().to(memory_format=torch.channels_last), 32
    head = nn.Linear(512, TARGETS)
    weights = [*encoder.parameters(), *head.parameters()]
    steps = args.samples // size
    optimiser = torch.optim.AdamW(weights, lr=1.2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1.2e-3, steps, pct_start=0.05)
    importance = torch.ones(TARGETS)
    importance[0:9 * AHEAD:9] = 3.0  # the jaw is what the eye follows
    begin, mean = time.time(), 0.0
    encoder.train()
    for step in range(1, steps + 1):
        mel, target = data.batch(size)
        loss = (importance * (head(encoder(mel)) - target).square()).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        mean = loss.item() if step == 1 else 0.98 * mean + 0.02 * loss.item()
        if step % 100 == 0:
            print(f"step {step}/{steps} loss {mean:.5f} {time.time() - begin:.0f} s", flush=True)
        if step % 250 == 0:
            print("  held out:", report(encoder, head, args.corpus / "heldout.npz"), flush=True)
            encoder.train()
    print("held out:", report(encoder, head, args.corpus / "heldout.npz"))
    _calibrate(encoder, data)
    args.output.parent.mkdir(parents=True, exist_ok=True)
    save_half(encoder.state_dict(), args.output)
    rows = features(load_encoder(args.output), np.load(args.corpus / "heldout.npz")["sound"])
    print(f"features of the held-out speech: mean {rows.mean():.3f} std {rows.std():.3f} max {rows.max():.2f}")


if __name__ == "__main__":
    main()
