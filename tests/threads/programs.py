#!/usr/bin/env python3
"""tests/threads/programs.py - the whole program under ThreadSanitizer.

    tests/threads/programs.py

Runs every command that has threads on the demo's character with the narrow network of the tests, with one thread and
several, to its end, into an error and into a signal; then the tests of this folder that take long. Both are built
in build-threads, with -Db_sanitize=thread. Wants Python 3 and Debian's ffmpeg. Writes build-soak/threads.json; ends
with 1 where TSan reports anything, or a command ends otherwise than it should.

SPDX-License-Identifier: Apache-2.0
"""
from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Dict, List, NamedTuple, Union

REPOSITORY = Path(__file__).resolve().parents[2]
RESULT = REPOSITORY / "build-soak" / "threads.json"
BUILD = REPOSITORY / "build-threads"
NARROW = REPOSITORY / "tests" / "fixtures" / "onnx" / "unet160_ave.traced.dynamic.onnx"
DEMO = REPOSITORY / "demo"
FOOTAGE = 24            # frames of it that are used
SPEECH = 2.5            # seconds
STOPPED_PAIRS = 100     # of clips, in test_stops.c
SUPPRESSIONS = REPOSITORY / "tests" / "threads" / "tsan.supp"
TSAN_STATUS = 66        # what a program ends with after a report
DONE, NO, BAD_INPUT = 0, 1, 3

PROGRAM = BUILD / "viseme"
STOPS = BUILD / "tests" / "threads" / "test_threads_stops"
JUDGES = BUILD / "tests" / "threads" / "test_threads_judges"

Word = Union[str, int, Path]


class Run(NamedTuple):
    """A command line (of viseme, where it begins with no path), and how it may end."""

    words: List[Word]
    statuses: tuple = (DONE,)
    interrupt: float = 0        # seconds until SIGINT; 0: never


def build() -> None:
    """All that is run, under TSan; ninja sees what is to be done."""
    if not (BUILD / "build.ninja").exists():
        subprocess.run(["meson", "setup", str(BUILD), "-Dtests=enabled", "-Dwerror=true", "-Db_sanitize=thread",
                        "-Db_lundef=false", "-Doptimization=1", "-Ddebug=true"], check=True, stdout=subprocess.DEVNULL,
                       cwd=REPOSITORY)
    targets = [str(path.relative_to(BUILD)) for path in (PROGRAM, STOPS, JUDGES)]
    subprocess.run(["ninja", "-C", str(BUILD), "--quiet", *targets], check=True)


def make_inputs(folder: Path) -> None:
    """anna/: some of the demo's footage; package/: the same as a video; damaged/: a frame cut short; speech.wav."""
    pictures, landmarks = "full_body_img", "landmarks"
    for name in (pictures, landmarks):
        (folder / "anna" / name).mkdir(parents=True)
    for i in range(FOOTAGE):
        shutil.copy(DEMO / "character" / pictures / f"{i}.jpg", folder / "anna" / pictures)
        shutil.copy(DEMO / "character" / landmarks / f"{i}.lms", folder / "anna" / landmarks)
    shutil.copy(DEMO / "character" / "aud_ave.npy", folder / "anna")
    shutil.copytree(folder / "anna", folder / "damaged")
    with open(folder / "damaged" / pictures / "9.jpg", "r+b") as picture:
        picture.truncate(1000)
    package = folder / "package"
    package.mkdir()
    ffmpeg = ["ffmpeg", "-v", "error", "-nostdin", "-y"]
    subprocess.run(ffmpeg + ["-framerate", "25", "-i", str(folder / "anna" / pictures / "%d.jpg"), "-pix_fmt",
                             "yuv420p", str(package / "full_body_video.mp4")], check=True)
    squares = {str(i): {"rect": square(folder / "anna" / landmarks / f"{i}.lms")} for i in range(FOOTAGE)}
    (package / "crop_rectangles.json").write_text(json.dumps(squares))
    subprocess.run(ffmpeg + ["-i", str(DEMO / "speech.wav"), "-t", str(SPEECH), "-ar", "44100",
                             str(folder / "speech.wav")], check=True)


def square(landmarks: Path) -> List[int]:
    """The crop square of a frame, as the contract has it."""
    points = [[int(float(word)) for word in line.split()] for line in landmarks.read_text().splitlines() if line]
    left, right, top = points[1][0], points[31][0], points[52][1]
    return [left, top, right, top + right - left]


def commands(folder: Path) -> List[Run]:
    """What is run, one after the other; later ones read what earlier ones wrote."""
    anna, package, out = folder / "anna", folder / "package", folder / "out"
    speech = ["--audio", folder / "speech.wav", "--audio-encoder", DEMO / "models" / "audio_encoder.pth"]
    rows = ["--features", anna / "aud_ave.npy"]
    narrow = ["--model", NARROW]

    def render(character: Path, *more: Word, **how: object) -> Run:
        words = ["render", *narrow, "--character", character, "--preset", "ultrafast", "-o", folder / "video.mp4"]
        return Run([*words, *more], **how)

    return [
        *(render(anna, *rows, "--frames", 50, "--threads", n) for n in (1, 2, 3, 4)),
        render(anna, *rows, "--frames", 50, "--threads", 4, "--cache-mb", 0),
        render(anna, *rows, "--frames", 50, "--threads", 3, "--precision", "fast"),
        render(anna, *speech, "--threads", 4),
        render(package, *speech, "--threads", 3, "--cache-mb", 4),
        render(anna, *rows, "--frames", 1, "--threads", 4),
        render(folder / "damaged", *rows, "--frames", 50, "--threads", 4, statuses=(BAD_INPUT,)),
        render(anna, *rows, "--threads", 4, statuses=(DONE, 5), interrupt=4),
        Run(["frames", *narrow, "--character", anna, "--frames", 10, "--threads", 3, "-o", out / "frames"]),
        Run(["dump", *narrow, "--character", package, *rows, "--frames", 6, "--threads", 3, "-o", out / "dump"]),
        Run(["infer", *narrow, "--data", out / "dump", "--threads", 4, "-o", folder / "result.npy"]),
        Run(["features", *speech, "--threads", 3, "--mel", folder / "mel.npy", "-o", folder / "rows.npy"]),
        Run(["diagnose", *narrow, "--character", anna, "--frames", 3, "--run", 8, "--threads", 3, "-o",
             out / "diagnosis"], (DONE, NO)),
        Run(["compare", NARROW, NARROW, "--character", anna, "--frames", 3, "--nodes", "always", "--threads", 3, "-o",
             out / "comparison"]),
        Run(["sweep", NARROW, NARROW.with_name("unet160_ave.traced.fixed.onnx"), "--character", anna, "--frames", 6,
             "--threads", 3, "-o", out / "sweep"]),
        Run(["bench", *narrow, "--runs", 3, "--threads", 4]),
        Run([STOPS, NARROW, STOPPED_PAIRS]),
        Run([JUDGES, NARROW]),
    ]


def run_one(run: Run, log: str) -> int:
    """The exit status; reports go to files that begin with `log`."""
    options = f"suppressions={SUPPRESSIONS}:log_path={log}:exitcode={TSAN_STATUS}"
    words = [str(word) for word in (run.words if isinstance(run.words[0], Path) else [PROGRAM, *run.words])]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=REPOSITORY,
                               env={**os.environ, "TSAN_OPTIONS": options})
    try:
        _, errors = process.communicate(timeout=run.interrupt or 1800)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=1800)
    if process.returncode not in run.statuses:
        sys.stderr.write(errors.decode(errors="replace")[-2000:])
    return process.returncode


def judge(folder: Path) -> Dict[str, object]:
    """Runs all; the figures."""
    broken, reports, started = [], 0, time.monotonic()
    runs = commands(folder)
    for number, run in enumerate(runs):
        line = " ".join(map(str, run.words)).replace(str(folder), "…").replace(str(REPOSITORY) + "/", "")
        print(f"[{number + 1}/{len(runs)}] {line}", flush=True)
        status = run_one(run, str(folder / f"tsan{number}"))
        for log in folder.glob(f"tsan{number}.*"):
            text = log.read_text(errors="replace")
            reports += len(re.findall("^WARNING: ThreadSanitizer", text, re.M))
            sys.stderr.write(text[:6000])
        if status not in run.statuses:
            broken.append(f"exit status {status}: {line}")
    return {"commands": len(runs), "tsan_reports": reports, "broken": broken,
            "seconds": round(time.monotonic() - started, 1)}


def main() -> int:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    build()
    with tempfile.TemporaryDirectory(prefix="viseme-threads-") as folder:
        make_inputs(Path(folder))
        figures = judge(Path(folder))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))
    return 1 if figures["tsan_reports"] or figures["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
