"""Trains the 328 lip-sync network at the mobile width for the drawn presenter.

    python train_unet.py CORPUS FRAMES ENCODER.pth AUDIO_BRANCH.pth OUTPUT [--patches N] [--fixed N] [--windows N] [--finish N]

The budget is a number of samples, the sum of four stages; OUTPUT gets 25.pth, 50.pth, 75.pth, 99.pth at that
percentage of it, and state.pt every few minutes, from which the same command goes on.

patches   patches of the picture through the whole network, references from anywhere: it learns to copy and to place a
          mouth.
fixed     the same with batch norm's statistics taken from whole pictures and fixed, so that small batches, and with
          them many steps, become possible.
windows   the network's encoder is fixed too, and the decoder learns windows, three quarters of them at the mouth, with
          the footage frame as its own reference as at inference (see unet_parts.py).
finish    the same with windows mostly at the picture's edges, and with squared errors in the loss too.

The audio branch comes trained (train_unet_audio.py) and stays as it is. Weights that are written are a running mean.
"""
from __future__ import annotations

import argparse
import copy
import math
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

import dataset
from audio_encoder import audio_windows, features, load_encoder
from checkpoints import save_half, save_whole
from corpus import FOOTAGE_FRAMES
from draw import drawn_clips
from train_encoder import spoilt
from unet_parts import decode_window, encode, estimate_statistics, freeze_statistics, make_unet, patch

BATCH, SMALL_BATCH = 8, 2
PATCH = 160
WINDOW = (128, 160)
PERCENTS = (25, 50, 75, 99)
PATCH_RATE, FIXED_RATE, WINDOW_RATE, FINISH_RATE = 3e-3, 1.5e-3, 1e-3, 6e-4
MEMORY = 1200     # samples that the running mean of the weights remembers
SAVE_EVERY = 240  # seconds
VERSIONS = 2      # of the sound of each clip: as it is, and spoilt


def _weight_map() -> np.ndarray:
    """[320, 320]: 1 far away, 5 at the mouth, soft between."""
    top, bottom, left, right = dataset.MOUTH
    weight = np.zeros((dataset.SIZE, dataset.SIZE), np.float32)
    weight[top:bottom, left:right] = 1
    return 1 + 4 * cv2.GaussianBlur(weight, (0, 0), 10)


def _fall(share: float) -> float:
    """Half a cosine from 1 to 0."""
    return 0.5 + 0.5 * math.cos(math.pi * share)


def loss_of(output: torch.Tensor, target: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Weighted absolute difference of colours and of their horizontal and vertical steps."""
    difference = output - target
    colour = (weight * difference.abs()).mean()
    across = (weight[..., 1:] * (difference[..., 1:] - difference[..., :-1]).abs()).mean()
    down = (weight[..., 1:, :] * (difference[:, :, 1:] - difference[:, :, :-1]).abs()).mean()
    return colour + 0.5 * (across + down)


def weight_of(whole: torch.Tensor, top: int, left: int, height: int, width: int) -> torch.Tensor:
    """The weight map in a window, zero in its outer two pixels unless they are the picture's own."""
    weight = whole[top:top + height, left:left + width].clone()
    weight[:2 if top > 0 else 0] = 0
    weight[height - 2 if top + height < dataset.SIZE else height:] = 0
    weight[:, :2 if left > 0 else 0] = 0
    weight[:, width - 2 if left + width < dataset.SIZE else width:] = 0
    return weight


class Material:
    """Crops, audio maps and the random choice of samples."""

    def __init__(self, corpus: Path, frames: Path, encoder_file: Path, branch: nn.Module, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.footage = dataset.crops(frames / "footage", FOOTAGE_FRAMES)
        count = dataset.drawn_so_far(frames / "drawn")
        self.drawn = dataset.crops(frames / "drawn", count)
        self.pose = dataset.pose_of(count)
        self.of_pose = [np.flatnonzero(self.pose == p) for p in range(FOOTAGE_FRAMES)]
        self.maps = self._audio_maps(corpus, count, load_encoder(encoder_file), branch)
        print(f"{count} drawn frames", flush=True)

    def _audio_maps(self, corpus: Path, count: int, encoder, branch: nn.Module) -> np.ndarray:
        """[VERSIONS, count, 256, 10, 10] float16: what the audio branch says about each drawn frame."""
        out = np.empty((VERSIONS, count, 256, 10, 10), np.float16)
        branch.eval()
        first = 0
        for path in drawn_clips(corpus):
            sound = np.load(path)["sound"]
            for version in range(VERSIONS):
                rows = features(encoder, sound if version == 0 else spoilt(sound, self.rng))
                use = np.arange(min(len(rows), count - first))
                with torch.no_grad():
                    for part in np.array_split(use, max(1, len(use) // 32)):
                        out[version, first + part] = branch(torch.from_numpy(audio_windows(rows, part))).numpy()
            first += len(rows)
            if first >= count:
                break
        return out

    def audio(self, chosen: np.ndarray) -> torch.Tensor:
        version = self.rng.integers(0, VERSIONS, len(chosen))
        return torch.from_numpy(self.maps[version, chosen].astype(np.float32))

    def targets(self, count: int) -> np.ndarray:
        return self.rng.integers(0, len(self.drawn), count)

    def references(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Reference and to-be-masked crops: mostly the footage frame of the same pose; else another drawn mouth on
        that pose; else any other frame, with the target itself masked."""
        reference, masked = self.footage[self.pose[chosen]], self.footage[self.pose[chosen]].copy()
        for i, target in enumerate(chosen):
            kind = self.rng.uniform()
            if kind < 0.25:
                reference[i] = masked[i] = self.drawn[self.rng.choice(self.of_pose[self.pose[target]])]
            elif kind < 0.40:
                reference[i], masked[i] = self.drawn[self.rng.integers(len(self.drawn))], self.drawn[target]
        return reference, masked

    def _place(self) -> tuple[int, int]:
        """Of a patch; three of five are around the mouth. Multiples of 32, which is a pixel of the audio map."""
        if self.rng.uniform() < 0.6:
            return int(self.rng.integers(0, 3)) * 32, int(self.rng.integers(1, 5)) * 32
        return int(self.rng.integers(0, 6)) * 32, int(self.rng.integers(0, 6)) * 32

    def patches(self, count: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, list[tuple[int, int]]]:
        """visual, audio map, target and place of each patch. Every patch has its own place, since batch norm would
        learn the colours of a common one."""
        chosen = self.targets(count)
        reference, masked = self.references(chosen)
        whole, sound = dataset.visual(reference, masked), self.audio(chosen)
        places = [self._place() for _ in chosen]
        visual = torch.stack([v[:, t:t + PATCH, l:l + PATCH] for v, (t, l) in zip(whole, places)])
        few = PATCH // 32
        sound = torch.stack([s[:, t // 32:t // 32 + few, l // 32:l // 32 + few] for s, (t, l) in zip(sound, places)])
        target = dataset.planes(np.stack([self.drawn[c, t:t + PATCH, l:l + PATCH] for c, (t, l) in zip(chosen, places)]))
        last = torch.channels_last
        return visual.contiguous(memory_format=last), sound.contiguous(memory_format=last), target, places

    def whole(self, count: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Whole pictures as at inference, with their audio maps."""
        out = []
        for _ in range(count):
            chosen = self.targets(4)
            footage = self.footage[self.pose[chosen]]
            out.append((dataset.visual(footage, footage), self.audio(chosen)))
        return out


def _window_place(rng: np.random.Generator, finish: bool) -> tuple[int, int]:
    """top and left of a window, even."""
    bottom, right = dataset.SIZE - WINDOW[0], dataset.SIZE - WINDOW[1]
    if rng.uniform() < (0.4 if finish else 0.75):
        return 52 + 2 * int(rng.integers(-4, 9)), 80 + 2 * int(rng.integers(-8, 9))
    top, left = 2 * int(rng.integers(0, bottom // 2 + 1)), 2 * int(rng.integers(0, right // 2 + 1))
    if finish:
        if rng.uniform() < 0.7:
            top = int(rng.choice([0, bottom]))
        if rng.uniform() < 0.7:
            left = int(rng.choice([0, right]))
    return top, left


class Skips:
    """The encoder's outputs for every footage frame, float16."""

    @torch.no_grad()
    def __init__(self, net: nn.Module, footage: np.ndarray) -> None:
        net.eval()
        levels = [[] for _ in range(6)]
        for i in range(0, len(footage), 4):
            part = footage[i:i + 4]
            for level, skip in zip(levels, encode(net, dataset.visual(part, part))):
                level.append(skip.half())
        self._levels = [torch.cat(level) for level in levels]

    def window(self, frames: np.ndarray, top: int, left: int) -> tuple[list[torch.Tensor], torch.Tensor]:
        index = torch.from_numpy(frames)
        finest = self._levels[0][index, :, top:top + WINDOW[0], left:left + WINDOW[1]]
        return [self._levels[i][index].float().contiguous(memory_format=torch.channels_last) for i in range(1, 6)], \
            finest.float().contiguous(memory_format=torch.channels_last)


class Trainer:
    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.encoder_until = args.patches + args.fixed
        self.windows_until = self.encoder_until + args.windows
        self.total = self.windows_until + args.finish
        self.done = 0
        self.net = make_unet().to(memory_format=torch.channels_last)
        self.net.audio_model.load_state_dict(torch.load(args.audio_branch))
        self.net.audio_model.requires_grad_(False)
        self.mean = copy.deepcopy(self.net)
        self.optimiser = torch.optim.AdamW([p for p in self.net.parameters() if p.requires_grad], lr=PATCH_RATE,
                                           weight_decay=1e-3)
        self.state_file = args.output / "state.pt"
        args.output.mkdir(parents=True, exist_ok=True)
        if self.state_file.exists():
            state = torch.load(self.state_file, weights_only=False)
            self.net.load_state_dict(state["net"])
            self.mean.load_state_dict(state["mean"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.done = state["done"]
            print(f"goes on from sample {self.done}", flush=True)
        self.material = Material(args.corpus, args.frames, args.encoder, self.net.audio_model, seed=100 + self.done)
        self.weight = torch.from_numpy(_weight_map())
        self.edges = self.weight + 5  # where the picture is pasted back a step would show as a line
        self.edges[3:-3, 3:-3] -= 5
        self.saved = time.time()
        self.begin = time.time()
        self.running = 0.0

    def save_state(self) -> None:
        save_whole({"net": self.net.state_dict(), "mean": self.mean.state_dict(),
                    "optimiser": self.optimiser.state_dict(), "done": self.done}, self.state_file)
        self.saved = time.time()

    def rate(self) -> float:
        """A short rise, then half a cosine in each stage; the second ends near zero."""
        if self.done < self.args.patches:
            share = self.done / self.args.patches
            return PATCH_RATE * min(1.0, share / 0.05 + 0.02) * (0.35 + 0.65 * _fall(share))
        if self.done < self.encoder_until:
            share = (self.done - self.args.patches) / self.args.fixed
            return FIXED_RATE * min(1.0, share / 0.01 + 0.1) * (0.3 + 0.7 * _fall(share))
        if self.done >= self.windows_until:
            return FINISH_RATE * (0.01 + 0.99 * _fall((self.done - self.windows_until) / max(1, self.args.finish)))
        share = (self.done - self.encoder_until) / self.args.windows
        return WINDOW_RATE * min(1.0, share / 0.01 + 0.1) * (0.01 + 0.99 * _fall(share))

    def step(self, loss: torch.Tensor, samples: int) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate()
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimiser.step()
        before, self.done = self.done, self.done + samples
        keep = math.exp(-samples / min(MEMORY, 100 + self.done / 2))
        with torch.no_grad():
            for slow, fast in zip(self.mean.parameters(), self.net.parameters()):
                slow.lerp_(fast, 1 - keep)
        value = loss.item()
        fresh = 0.004 * samples
        self.running = (1 - fresh) * self.running + fresh * value if self.running else value
        if self.done // 160 > before // 160:
            print(f"{self.done}/{self.total} loss {self.running:.4f} {time.time() - self.begin:.0f} s", flush=True)
        for percent in PERCENTS:
            mark = self.total * percent / 100
            if before < mark <= self.done:
                self.write(percent)
        if time.time() - self.saved > SAVE_EVERY:
            self.save_state()

    def write(self, percent: int) -> None:
        if self.done <= self.args.patches:
            estimate_statistics(self.mean, self.material.whole(8))
        save_half(self.mean.state_dict(), self.args.output / f"{percent}.pth")
        print(f"wrote {percent}.pth", flush=True)

    def _patches(self, until: int, batch: int) -> None:
        while self.done < until:
            visual, sound, target, places = self.material.patches(batch)
            weight = torch.stack([weight_of(self.weight, t, l, PATCH, PATCH)[None] for t, l in places])
            self.step(loss_of(patch(self.net, visual, sound), target, weight), batch)

    def _settle(self) -> None:
        """Between two stages: the running mean becomes the network."""
        self.net.load_state_dict(self.mean.state_dict())
        self.optimiser.state.clear()
        self.save_state()

    def run_patches(self) -> None:
        self.net.train()
        self.net.audio_model.eval()
        self._patches(self.args.patches, BATCH)
        if self.done == self.args.patches:
            estimate_statistics(self.mean, self.material.whole(12))
            self._settle()

    def run_fixed(self) -> None:
        freeze_statistics(self.net)
        self._patches(self.encoder_until, SMALL_BATCH)
        if self.done == self.encoder_until:
            self._settle()

    def run_windows(self) -> None:
        freeze_statistics(self.net)
        for part in (self.net.inc, self.net.down1, self.net.down2, self.net.down3, self.net.down4, self.net.down5):
            part.requires_grad_(False)
        skips = Skips(self.net, self.material.footage)
        print(f"windows from {time.time() - self.begin:.0f} s", flush=True)
        rng = self.material.rng
        while self.done < self.total:
            chosen = self.material.targets(SMALL_BATCH)
            finish = self.done >= self.windows_until
            top, left = _window_place(rng, finish)
            coarse, finest = skips.window(self.material.pose[chosen], top, left)
            output = decode_window(self.net, coarse, finest, self.material.audio(chosen), top, left)
            place = np.s_[:, top:top + WINDOW[0], left:left + WINDOW[1]]
            target = dataset.planes(self.material.drawn[chosen][place])
            weight = weight_of(self.edges if finish else self.weight, top, left, *WINDOW)
            loss = loss_of(output, target, weight)
            if finish:
                loss = loss + 2 * (weight * (output - target).square()).mean()
            self.step(loss, SMALL_BATCH)
        self.save_state()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("corpus", "frames", "encoder", "audio_branch", "output"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--patches", type=int, default=8000)
    parser.add_argument("--fixed", type=int, default=15_000)
    parser.add_argument("--windows", type=int, default=13_000)
    parser.add_argument("--finish", type=int, default=5000)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(args.threads)
    trainer = Trainer(args)
    trainer.run_patches()
    trainer.run_fixed()
    trainer.run_windows()


if __name__ == "__main__":
    main()
