"""Measures the demo against the truth, which the project can draw for any speech.

    python evaluate.py CORPUS FRAMES DEMO [--every N] [--images DIR] [--sheet FILE.png] [--results FILE.md]

DEMO is the shipped folder (character, speech.wav, models). For the held-out speech every frame is predicted as a
renderer would (the footage in bounce order, each frame its own reference) and compared with FRAMES/heldout. With
--images the predictions are pictures that another program made from the 99 percent checkpoint instead: files that
sort in frame order, 320×320 crops or whole frames (`ffmpeg -i demo.mp4 DIR/%05d.png`).
"""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Optional

import cv2
import numpy as np
import torch

import dataset
from audio_encoder import audio_windows, features, load_encoder
from corpus import SHIPPED_FRAMES
from opening import opening
from speech import read_wav
from unet_parts import make_unet

COMMAND = "demo/make/run.sh evaluate"


def psnr(error: float) -> float:
    """Of a mean squared error of 8-bit values."""
    return float(10 * np.log10(255.0 ** 2 / max(error, 1e-9)))


def squared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a.astype(np.float32) - b.astype(np.float32)) ** 2


@dataclass
class Truth:
    """What is compared with, for the frames that are looked at."""

    frames: np.ndarray
    images: np.ndarray       # drawn with the held-out speech
    references: np.ndarray   # the footage frame under each
    opening: np.ndarray      # pixels
    pause: np.ndarray        # the mouth has been told to rest


def read_truth(frames: Path, demo: Path, every: int) -> Truth:
    total = len(np.load(frames / "heldout" / "curves.npy"))
    if dataset.drawn_so_far(frames / "heldout") < total:
        raise SystemExit(f"{frames / 'heldout'}: not all {total} frames are drawn yet: run draw.py")
    chosen = np.arange(0, total, every)
    images = np.stack([_read_crop(frames / "heldout", i, i) for i in chosen])
    pose = dataset.pose_of(total, SHIPPED_FRAMES)[chosen]
    references = np.stack([_read_crop(demo / "character", p, p) for p in pose])
    curves = np.load(frames / "heldout" / "curves.npy")[chosen]
    return Truth(chosen, images, references, np.array([opening(i) for i in images]), curves[:, 0] + curves[:, 1] < 0.02)


def _read_crop(folder: Path, picture: int, landmarks: int) -> np.ndarray:
    image = cv2.imread(str(folder / "full_body_img" / f"{picture}.jpg"))
    return dataset.crop(image, dataset.crop_square(folder / "landmarks" / f"{landmarks}.lms"))


@torch.no_grad()
def predict(model: Path, truth: Truth, rows: np.ndarray) -> np.ndarray:
    """[frames, 320, 320, 3], truncated to 8 bits as renderers do."""
    net = make_unet()
    net.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in torch.load(model).items()})
    net = net.eval().to(memory_format=torch.channels_last)
    windows = audio_windows(rows, truth.frames)
    out = np.empty_like(truth.images)
    for i in range(0, len(out), 4):
        part = truth.references[i:i + 4]
        result = net(dataset.visual(part, part), torch.from_numpy(windows[i:i + 4]))
        out[i:i + 4] = (result.permute(0, 2, 3, 1).numpy() * 255).astype(np.uint8)
    return out


def read_images(folder: Path, truth: Truth, demo: Path) -> np.ndarray:
    files = sorted(p for p in folder.iterdir() if p.suffix in (".png", ".jpg"))
    pose = dataset.pose_of(len(files), SHIPPED_FRAMES)
    out = np.empty_like(truth.images)
    for k, i in enumerate(truth.frames):
        image = cv2.imread(str(files[i]))
        if image.shape[:2] != (dataset.SIZE, dataset.SIZE):
            image = dataset.crop(image, dataset.crop_square(demo / "character" / "landmarks" / f"{pose[i]}.lms"))
        out[k] = image
    return out


@dataclass
class Figures:
    name: str
    crop: float         # dB, mean over frames
    mouth: float        # dB, of the mean squared error of all frames
    left_alone: float   # the same with the reference's mouth
    correlation: float
    closed: float       # share of pause frames


def measure(name: str, images: np.ndarray, truth: Truth) -> Figures:
    top, bottom, left, right = dataset.MOUTH
    box = np.s_[top:bottom, left:right]
    errors = [float(squared(a, b).mean()) for a, b in zip(images, truth.images)]
    mouth = [float(squared(a[box], b[box]).mean()) for a, b in zip(images, truth.images)]
    alone = [float(squared(a[box], b[box]).mean()) for a, b in zip(truth.references, truth.images)]
    opened = np.array([opening(i) for i in images])
    reach = truth.opening.max() - truth.opening.min()
    closed = (opened[truth.pause] <= 0.1 * reach).mean() if truth.pause.any() else float("nan")
    return Figures(name, float(np.mean([psnr(e) for e in errors])), psnr(float(np.mean(mouth))),
                   psnr(float(np.mean(alone))), correlation(opened, truth.opening), float(closed))


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else 0.0


def sheet(images: np.ndarray, truth: Truth, file: Path) -> None:
    """Prediction over truth, for 24 frames spread over the clip."""
    chosen = np.linspace(0, len(images) - 1, 24).astype(int)
    tiles = [np.concatenate([images[i], truth.images[i]])[:, 40:280] for i in chosen]
    rows = [np.concatenate(tiles[i:i + 8], 1) for i in range(0, 24, 8)]
    cv2.imwrite(str(file), cv2.resize(np.concatenate(rows), None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA))


def table(figures: list[Figures]) -> Iterator[str]:
    yield ("| checkpoint | crop, dB | mouth's box, dB | above the reference's mouth, dB | opening: correlation | "
           "closed in pauses |")
    yield "| --- | --- | --- | --- | --- | --- |"
    for f in figures:
        yield (f"| {f.name} | {f.crop:.2f} | {f.mouth:.2f} | {f.mouth - f.left_alone:+.2f} | {f.correlation:.3f} | "
               f"{100 * f.closed:.1f} % |")


def results(figures: list[Figures], shuffled: Optional[float], truth: Truth, every: int) -> str:
    last = figures[-1]
    lines = [
        "# How good the demo is",
        "",
        f"Written by `{COMMAND}`; not edited by hand.",
        "",
        "The held-out speech (`demo/speech.wav`: sentences and a voice that no training heard) is drawn by the project's",
        "own renderer, frame by frame, over the head poses of the footage, and the network's frames are compared with",
        f"that truth: {len(truth.frames)} frames" + (f", every {every}th of the clip." if every > 1 else ", all."),
        "",
        *table(figures),
        "",
        "| asked | measured | |",
        "| --- | --- | --- |",
    ]
    checks = [
        ("mean PSNR of the crop ≥ 30 dB", f"{last.crop:.2f} dB", last.crop >= 30),
        ("mouth's box ≥ 5 dB above leaving the reference's mouth", f"{last.mouth - last.left_alone:+.2f} dB",
         last.mouth - last.left_alone >= 5),
        ("correlation of mouth opening with the truth ≥ 0.85", f"{last.correlation:.3f}", last.correlation >= 0.85),
        ("opening ≤ 10 % of its range in ≥ 95 % of pause frames",
         f"{100 * last.closed:.1f} % of {int(truth.pause.sum())}", last.closed >= 0.95),
    ]
    if shuffled is not None:
        checks.insert(3, ("the same with the features shuffled in time < 0.3", f"{shuffled:.3f}", shuffled < 0.3))
    lines += [f"| {asked} | {value} | {'yes' if good else 'no'} |" for asked, value, good in checks]
    lines += [
        "",
        "What is measured: the 320×320 crop as the network gives it, 8 bits. The mouth's box is rows "
        f"{dataset.MOUTH[0]}-{dataset.MOUTH[1]} and columns",
        f"{dataset.MOUTH[2]}-{dataset.MOUTH[3]} of it; its figure is the PSNR of the mean squared error of all frames.",
        "Opening is the mean number of teeth, tongue and dark pixels a column in the middle columns of the mouth",
        "(`opening.py`), the same rule for prediction and truth. Pause frames are those whose drawn mouth rests.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("frames", type=Path)
    parser.add_argument("demo", type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--models", nargs="*", default=["25", "50", "75", "99"])
    parser.add_argument("--images", type=Path)
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--results", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    truth = read_truth(args.frames, args.demo, args.every)
    shuffled = None
    if args.images:
        images = read_images(args.images, truth, args.demo)
        figures = [measure(str(args.images), images, truth)]
    else:
        encoder = load_encoder(args.demo / "models" / "audio_encoder.pth")
        rows = features(encoder, read_wav(args.demo / "speech.wav"))
        figures = []
        for name in args.models:
            images = predict(args.demo / "models" / f"{name}.pth", truth, rows)
            figures.append(measure(name, images, truth))
        mixed = np.random.default_rng(0).permutation(rows)
        other = predict(args.demo / "models" / f"{args.models[-1]}.pth", truth, mixed)
        shuffled = correlation(np.array([opening(i) for i in other]), truth.opening)
    text = results(figures, shuffled, truth, args.every)
    print(text)
    if args.results:
        args.results.write_text(text)
    if args.sheet:
        sheet(images, truth, args.sheet)


if __name__ == "__main__":
    main()
