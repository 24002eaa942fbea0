"""Lays out every frame that is drawn, and has the presenter drawn.

    python draw.py CORPUS FRAMES [--threads N] [--only NAME …]

FRAMES/footage   the character's own footage, in the JPEG quality that ships
FRAMES/drawn     the footage's poses in bounce order with the mouth saying the drawn sentences: what the network learns
FRAMES/heldout   the poses that ship with the mouth saying the held-out speech: the truth it is measured against

Each folder gets curves.npy before its frames; frames that exist are kept, so an interrupted run goes on where it was.
"""
from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

import numpy as np

from corpus import FOOTAGE_FRAMES, SHIPPED_FRAMES
from motion import bounce, head_motion, with_mouth

PRESENTER = Path(__file__).resolve().parents[2] / "build" / "demo" / "presenter"
SEED = 11
FOOTAGE_QUALITY, TRUTH_QUALITY = 74, 95
_PORTION = 50  # frames drawn by one call


def drawn_clips(corpus: Path) -> list[Path]:
    return sorted(corpus.glob("drawn_*.npz"))


def layout(corpus: Path) -> dict[str, np.ndarray]:
    """Rows of the renderer for each folder."""
    poses = head_motion(FOOTAGE_FRAMES, SEED)
    mouths = {
        "footage": np.load(corpus / "footage.npz")["mouth"],
        "drawn": np.concatenate([np.load(path)["mouth"] for path in drawn_clips(corpus)]),
        "heldout": np.load(corpus / "heldout.npz")["mouth"],
    }
    order = {
        "footage": np.arange(FOOTAGE_FRAMES),
        "drawn": bounce(len(mouths["drawn"]), FOOTAGE_FRAMES),
        "heldout": bounce(len(mouths["heldout"]), SHIPPED_FRAMES),
    }
    return {name: with_mouth(poses[order[name]], mouth) for name, mouth in mouths.items()}


def _forget_changed(rows: np.ndarray, folder: Path) -> None:
    """Removes frames whose row is not what it was when they were drawn."""
    curves = folder / "curves.npy"
    old = np.load(curves) if curves.exists() else np.empty((0, rows.shape[1]), np.float32)
    same = min(len(old), len(rows))
    changed = np.flatnonzero((old[:same] != rows[:same]).any(1)).tolist()
    for i in [*changed, *range(same, len(old))]:
        (folder / "landmarks" / f"{i}.lms").unlink(missing_ok=True)
        (folder / "full_body_img" / f"{i}.jpg").unlink(missing_ok=True)
    np.save(curves, rows)


def draw(rows: np.ndarray, folder: Path, quality: int, threads: int) -> None:
    """Draws what is missing. Landmarks are written after the picture, so they tell that it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    _forget_changed(rows, folder)
    missing = [i for i in range(len(rows)) if not (folder / "landmarks" / f"{i}.lms").exists()]
    while missing:
        first = missing[0]
        count = sum(1 for i, frame in enumerate(missing[:_PORTION]) if frame == first + i)
        subprocess.run([PRESENTER, "--curves", folder / "curves.npy", "--output", folder, "--first", str(first),
                        "--count", str(count), "--threads", str(threads), "--quality", str(quality)], check=True)
        missing = missing[count:]
        print(f"{folder.name}: {first + count}/{len(rows)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("frames", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=["footage", "drawn", "heldout"])
    args = parser.parse_args()
    rows = layout(args.corpus)
    for name in args.only:
        quality = FOOTAGE_QUALITY if name == "footage" else TRUTH_QUALITY
        draw(rows[name], args.frames / name, quality, args.threads)


if __name__ == "__main__":
    main()
