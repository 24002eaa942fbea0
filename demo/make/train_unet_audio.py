"""Teaches the network's audio branch to say where the mouth is, before any picture is involved.

    python train_unet_audio.py CORPUS ENCODER.pth OUTPUT.pth [--samples N]

Every one of the 10×10 places of the branch's output must tell, through one linear map, all mouth curves of the middle
frame of its window of features. This costs little, many voices can take part, and the picture part then finds in each
place all it needs. The branch stays as it is afterwards.
"""
from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from audio_encoder import audio_windows, features, load_encoder
from checkpoints import save_whole
from draw import drawn_clips
from train_encoder import spoilt
from unet_parts import make_unet

HEARD_CLIPS = 20
BATCH = 32


def _clips(corpus: Path, encoder, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All feature rows with 8 zeros around each clip, the padded position of each frame, and its mouth."""
    rows, places, mouths, at = [], [], [], 0
    paths = [*drawn_clips(corpus), *sorted((corpus / "heard").glob("*.npz"))[:HEARD_CLIPS]]
    for i, path in enumerate(paths):
        clip = np.load(path)
        sound = clip["sound"] if i % 2 == 0 else spoilt(clip["sound"], rng)
        padded = np.pad(features(encoder, sound), [(8, 8), (0, 0)])
        count = len(padded) - 16
        rows.append(padded)
        places.append(at + np.arange(count))
        mouths.append(clip["mouth"][:count])
        at += len(padded)
    return np.concatenate(rows), np.concatenate(places), np.concatenate(mouths)


def report(branch: nn.Module, head: nn.Module, encoder, clip: Path) -> str:
    data = np.load(clip)
    rows = features(encoder, data["sound"])
    branch.eval()
    with torch.no_grad():
        inputs = torch.from_numpy(audio_windows(rows, np.arange(len(rows))))
        heard = torch.cat([head(branch(part)).mean((2, 3)) for part in inputs.split(32)]).numpy()
    branch.train()
    names = ["jaw", "lips", "wide", "round", "press", "tuck", "tongue_up", "tongue_out", "smile"]
    return " ".join(f"{n} {np.corrcoef(heard[:, i], data['mouth'][:, i])[0, 1]:.3f}" for i, n in enumerate(names))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--samples", type=int, default=20_000)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.manual_seed(3)
    torch.set_num_threads(args.threads)
    rng = np.random.default_rng(3)
    encoder = load_encoder(args.encoder)
    rows, places, mouths = _clips(args.corpus, encoder, rng)
    print(f"{len(places)} frames", flush=True)
    branch = make_unet().audio_model.to(memory_format=torch.channels_last).train()
    head = nn.Conv2d(256, mouths.shape[1], 1)
    weights = [*branch.parameters(), *head.parameters()]
    steps = args.samples // BATCH
    optimiser = torch.optim.AdamW(weights, lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, steps, pct_start=0.1)
    importance = torch.ones(mouths.shape[1])
    importance[0] = 3.0
    begin, mean = time.time(), 0.0
    for step in range(1, steps + 1):
        chosen = rng.integers(0, len(places), BATCH)
        inputs = rows[places[chosen][:, None] + np.arange(16)].reshape(BATCH, 32, 16, 16)
        inputs = torch.from_numpy(inputs * rng.uniform(0.9, 1.1, (BATCH, 1, 1, 1)).astype(np.float32))
        target = torch.from_numpy(mouths[chosen])
        error = (head(branch(inputs)) - target[:, :, None, None]).square().mean((2, 3))
        loss = (importance * error).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        mean = loss.item() if step == 1 else 0.98 * mean + 0.02 * loss.item()
        if step % 50 == 0:
            print(f"step {step}/{steps} loss {mean:.5f} {time.time() - begin:.0f} s", flush=True)
        if step % 250 == 0 or step == steps:
            print("  held out:", report(branch, head, encoder, args.corpus / "heldout.npz"), flush=True)
    save_whole(branch.state_dict(), args.output)


if __name__ == "__main__":
    main()
