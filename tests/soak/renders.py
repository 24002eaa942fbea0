"""tests/soak/renders.py - thousands of renders in one process; what it holds must not grow.

SPDX-License-Identifier: Apache-2.0
"""
from __future__ import annotations

import subprocess
import time
from pathlib import Path
from statistics import median
from typing import Dict, List, Tuple

import hour

RENDERS = 2500          # 2,000 of them judged
WARM_SHARE = 0.2        # of the renders, and WARM_LEAST at least: until allocators and caches have settled. Each thread
                        # of a render takes one of malloc's arenas as it happens; all have been filled once after 450
WARM_LEAST = 12
SLOPE = 1024            # bytes that memory may grow by with each render
RSS_PERCENT = 2         # that the last tenth may lie above the median
Row = Tuple[str, int, int, int]     # kind, KiB in memory, files, threads


def slope_of(values: List[float]) -> float:
    """The least-squares line's rise from one value to the next."""
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    spread = sum((i - middle) ** 2 for i in range(len(values)))
    return sum((i - middle) * (value - mean) for i, value in enumerate(values)) / spread if spread else 0.0


def judge(rows: List[Row], wanted: int) -> Dict[str, object]:
    """Figures after the warm-up, with the promises that were broken."""
    warm = rows[max(WARM_LEAST, int(WARM_SHARE * len(rows))):]
    memory = [row[1] for row in warm]
    tenth = max(6, len(memory) // 10)       # all kinds of renders
    middle, last = median(memory), median(memory[-tenth:])
    slope = slope_of(memory) * 1024
    figures: Dict[str, object] = {
        "renders": len(rows), "judged": len(warm),
        "rss_kib": {"min": min(memory), "median": middle, "max": max(memory), "last_tenth": last},
        "slope_bytes_a_render": round(slope, 1),
        "files": sorted({row[2] for row in warm}), "threads": sorted({row[3] for row in warm}),
    }
    checks = [
        (len(rows) == wanted, f"{len(rows)} renders instead of {wanted}"),
        (slope < SLOPE, f"memory grows by {slope:.0f} bytes a render"),
        (last <= middle * (1 + RSS_PERCENT / 100), f"at the end {last:.0f} KiB are held, in the middle {middle:.0f}"),
        (len(figures["files"]) == 1, f"open files: {figures['files']}"),
        (figures["threads"] == [1], f"threads after a render: {figures['threads']}"),
    ]
    figures["broken"] = [text for kept, text in checks if not kept]
    return figures


def run(program: Path, repository: Path, folder: Path, count: int) -> Dict[str, object]:
    """Prepares the inputs, renders, and judges."""
    demo, fixtures = repository / "demo", repository / "tests" / "fixtures" / "onnx"
    character, speech, bad = folder / "character", folder / "speech.wav", folder / "bad.onnx"
    model = fixtures / "unet160_ave.traced.fixed.onnx"
    hour.shrink_character(demo / "character", character)
    hour.write_speech(demo / "speech.wav", speech, 8)
    bad.write_bytes(model.read_bytes()[:50_000])
    command = [program, model, character, demo / "character" / "aud_ave.npy", speech,
               demo / "models" / "audio_encoder.pth", bad, folder, count]
    start = time.monotonic()
    done = subprocess.run([str(each) for each in command], stdout=subprocess.PIPE, universal_newlines=True, check=False)
    rows = [(words[0], *map(int, words[1:])) for words in map(str.split, done.stdout.splitlines())]
    if done.returncode != 0 or len(rows) <= WARM_LEAST:
        return {"broken": [f"the program ended with {done.returncode} after {len(rows)} renders"]}
    return {"elapsed_s": round(time.monotonic() - start, 1), **judge(rows, count)}
