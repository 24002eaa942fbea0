"""`viseme render` beside the same job in Python: footage of 1280x720, speech, checkpoint in; MP4 out.

The footage is the demo's, enlarged: all of it, which does not return within a short clip, or its first frames, which
do. The speech is the demo's, repeated to the length wanted. Both programs get the same files, the same processors,
x264's veryfast at crf 18, and run in turn.
"""
from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import wave
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import cv2
import numpy as np

import cases
from worker import processors

HERE = Path(__file__).resolve().parent
DEMO = HERE.parent / "demo"
WIDTH, HEIGHT, FPS = 1280, 720, 25
SHORT = 50                      # frames of the footage that comes back several times within a clip
LONG = 600                      # seconds of the longest clip, only on request
CACHE_OFF = "full width, --cache-mb 0"


class Parts(NamedTuple):
    """Everything that both programs are given."""

    folder: Path
    program: Path
    threads: int

    def model(self, name: str, suffix: str) -> Path:
        return self.folder / f"{name}{suffix}"

    def character(self, short: bool) -> Path:
        return self.folder / ("short" if short else "long")

    def speech(self, seconds: int) -> Path:
        return self.folder / f"speech{seconds}.wav"


class Finished(NamedTuple):
    """A run: seconds of wall clock (Python's without its imports), peak bytes of memory, what it printed, and seconds
    of processor time."""

    seconds: float
    peak: int
    out: Dict[str, float]
    processor: float


# --- making the parts -------------------------------------------------------------------------------------------------

def enlarge(picture: np.ndarray) -> np.ndarray:
    """The square picture at full height over a blurred, wider self."""
    wide = cv2.resize(picture, (WIDTH, WIDTH), interpolation=cv2.INTER_LINEAR)
    frame = cv2.blur(wide[(WIDTH - HEIGHT) // 2:(WIDTH + HEIGHT) // 2], (25, 25))
    left = (WIDTH - HEIGHT) // 2
    frame[:, left:left + HEIGHT] = cv2.resize(picture, (HEIGHT, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return frame


def make_character(folder: Path, frames: int) -> None:
    """The first frames of the demo's footage as a dataset folder."""
    (folder / "full_body_img").mkdir(parents=True)
    (folder / "landmarks").mkdir()
    for i in range(frames):
        picture = cv2.imread(str(DEMO / "character" / "full_body_img" / f"{i}.jpg"))
        cv2.imwrite(str(folder / "full_body_img" / f"{i}.jpg"), enlarge(picture), [cv2.IMWRITE_JPEG_QUALITY, 95])
        points = np.loadtxt(DEMO / "character" / "landmarks" / f"{i}.lms") * (HEIGHT / picture.shape[0])
        np.savetxt(folder / "landmarks" / f"{i}.lms", points + ((WIDTH - HEIGHT) / 2, 0), fmt="%.3f")


def make_speech(path: Path, seconds: int) -> None:
    with wave.open(str(DEMO / "speech.wav")) as source:
        form, sound = source.getparams(), source.readframes(source.getnframes())
    size = seconds * form.framerate * form.sampwidth * form.nchannels
    with wave.open(str(path), "wb") as target:
        target.setparams(form)
        target.writeframes((sound * (size // len(sound) + 1))[:size])


def make_models(parts: Parts) -> None:
    """The demo's own mobile network and encoder, and a full-width one; each as checkpoint and, exported, as ONNX."""
    cases.torch.save(cases.build(cases.find("full")).state_dict(), parts.model("full", ".pth"))
    os.symlink(DEMO / "models" / "99.pth", parts.model("mobile", ".pth"))
    os.symlink(DEMO / "models" / "audio_encoder.pth", parts.model("encoder", ".pth"))
    for name in ("full", "mobile", "encoder"):
        mode = [] if name == "encoder" else ["--audio-mode", "ave"]
        subprocess.run([str(parts.program), "export", "--model", str(parts.model(name, ".pth")), *mode, "-o",
                        str(parts.model(name, ".onnx")), "--quiet"], check=True)


def make(folder: Path, program: Path, threads: int, lengths: Sequence[int]) -> Parts:
    parts = Parts(folder, program, threads)
    frames = len(list((DEMO / "character" / "full_body_img").iterdir()))
    make_character(parts.character(short=False), frames)
    make_character(parts.character(short=True), min(SHORT, frames))
    make_models(parts)
    for seconds in lengths:
        make_speech(parts.speech(seconds), seconds)
    return parts


# --- running ----------------------------------------------------------------------------------------------------------

def run(parts: Parts, command: Sequence[object]) -> Finished:
    cpus = ",".join(map(str, processors(parts.threads)))
    done = subprocess.run([sys.executable, "-S", "-E", str(HERE / "measured.py"), cpus, *map(str, command)],
                          stdout=subprocess.PIPE, check=True, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    if told["status"]:
        raise SystemExit(f"{' '.join(map(str, command))}: exit status {told['status']}")
    return Finished(told["seconds"], told["peak_bytes"], json.loads(told["out"]),
                    told["processor_seconds"])


def viseme(parts: Parts, model: str, seconds: int, short: bool = False, frames: Optional[int] = None,
           options: Sequence[str] = ()) -> Finished:
    """Wall clock of the whole process, which composites as Python does."""
    return run(parts, [
        parts.program, "render", "--model", parts.model(model, ".pth"), "--character", parts.character(short),
        "--audio", parts.speech(seconds), "--audio-encoder", parts.model("encoder", ".pth"), "--threads",
        parts.threads, "--frames", frames or seconds * FPS, "--json", "--quiet", "--exact", "-o",
        parts.folder / "viseme.mp4", *options])


def python(parts: Parts, model: str, seconds: int, short: bool = False, frames: Optional[int] = None) -> Finished:
    """Wall clock after the imports."""
    done = run(parts, [
        sys.executable, HERE / "python_pipeline.py", parts.model(model, ".onnx"), parts.model("encoder", ".onnx"),
        parts.character(short), parts.speech(seconds), parts.folder / "python.mp4", parts.threads,
        frames or seconds * FPS])
    return done._replace(seconds=done.out["seconds"])


def psnr(parts: Parts) -> float:
    """Decibels between the two programs' last videos: both painted the same frames."""
    told = subprocess.run(["ffmpeg", "-hide_banner", "-i", str(parts.folder / "viseme.mp4"), "-i",
                           str(parts.folder / "python.mp4"), "-lavfi", "psnr", "-f", "null", "-"],
                          stderr=subprocess.PIPE, text=True, check=True).stderr
    return float(re.search(r"average:(\S+)", told).group(1))


# --- what is measured -------------------------------------------------------------------------------------------------

class Render(NamedTuple):
    """Clips of one model over one footage, by who made them: "python", "float32", "fast"."""

    frames: int
    seconds: Dict[str, np.ndarray]          # of wall clock, of each round
    peaks: Dict[str, int]                   # bytes, the highest of all rounds
    psnr: Dict[str, float]                  # decibels between viseme's last video and Python's

    def ratio(self, who: str) -> np.ndarray:
        """How many times as fast as Python, round by round."""
        return self.seconds["python"] / self.seconds[who]


class EndToEnd(NamedTuple):
    """Renders by model and whether their footage returns; one-frame clips in seconds; milliseconds of loading."""

    seconds: int
    renders: Dict[Tuple[str, bool], Render]
    first: Dict[str, Tuple[np.ndarray, np.ndarray]]         # by model: Python, viseme
    memory: Dict[str, Dict[int, int]]                       # what was rendered: bytes at the peak by seconds of clip
    load_ms: np.ndarray
    first_result_ms: np.ndarray


def clips(parts: Parts, model: str, short: bool, seconds: int, rounds: int, precisions: Sequence[str]) -> Render:
    runs: Dict[str, List[Finished]] = {who: [] for who in ("python", *precisions)}
    likeness: Dict[str, float] = {}
    for number in range(rounds):
        runs["python"].append(python(parts, model, seconds, short))
        for precision in precisions:
            runs[precision].append(viseme(parts, model, seconds, short, options=["--precision", precision]))
            if number == rounds - 1:
                likeness[precision] = psnr(parts)
    return Render(seconds * FPS, {who: np.array([each.seconds for each in done]) for who, done in runs.items()},
                  {who: max(each.peak for each in done) for who, done in runs.items()}, likeness)


def first_frames(parts: Parts, model: str, seconds: int, rounds: int) -> Tuple[np.ndarray, np.ndarray]:
    """Clips of one frame, whole: from start until the file is complete."""
    pairs = [(python(parts, model, seconds, frames=1).seconds, viseme(parts, model, seconds, frames=1).seconds)
             for _ in range(rounds)]
    return tuple(np.array(pairs).T)


def loading(parts: Parts, rounds: int) -> Tuple[np.ndarray, np.ndarray]:
    told = [run(parts, [parts.program, "bench", "--model", parts.model("full", ".pth"), "--audio-mode", "ave",
                        "--threads", parts.threads, "--runs", 1, "--json"]).out for _ in range(rounds)]
    return (np.array([each["load_ms"] for each in told]), np.array([each["first_result_ms"] for each in told]))


def memory(parts: Parts, renders: Dict[Tuple[str, bool], Render], seconds: int,
           longer: Sequence[int]) -> Dict[str, Dict[int, int]]:
    """Peaks over the footage that returns; the mobile width in longer clips as well, for how memory grows."""
    def peaks(model: str, lengths: Sequence[int], *options: str) -> Dict[int, int]:
        return {length: viseme(parts, model, length, short=True, options=options).peak for length in lengths}
    full, mobile = renders["full", True].peaks, renders["mobile", True].peaks
    fast = {"full width, --precision fast": {seconds: full["fast"]}} if "fast" in full else {}
    return {"full width": {seconds: full["float32"]}, **fast,
            CACHE_OFF: peaks("full", [seconds], "--cache-mb", "0"),
            "mobile width": {seconds: mobile["float32"], **peaks("mobile", longer)},
            "mobile width, --cache-mb 0": peaks("mobile", [seconds, *longer], "--cache-mb", "0")}


def measure(parts: Parts, seconds: int, longer: Sequence[int], rounds: int, fast: bool) -> EndToEnd:
    """Clips of `seconds`, and of `longer` for how memory grows. The full-width clips take most of the time."""
    precisions = ("float32", "fast") if fast else ("float32",)
    renders = {(model, short): clips(parts, model, short, seconds, rounds, precisions)
               for model in ("mobile", "full") for short in (True, False)}
    peaks = memory(parts, renders, seconds, longer)
    first = {model: first_frames(parts, model, seconds, max(rounds, 3)) for model in ("mobile", "full")}
    return EndToEnd(seconds, renders, first, peaks, *loading(parts, max(rounds, 3)))
