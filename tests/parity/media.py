"""ffmpeg and ffprobe as witnesses: what is in a file, and which pixels."""
from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Dict, List, Union

import numpy as np

Argument = Union[str, int, float, Path]

#: How viseme converts video to B, G, R, in the words of ffmpeg's scale filter: exact arithmetic, and chroma where
#: H.264 has it unless a stream says otherwise, at the left of its two luma columns.
SCALE = "scale=flags=accurate_rnd+full_chroma_int+full_chroma_inp+bilinear"
SCALE_420 = SCALE + ":in_h_chr_pos=0:in_v_chr_pos=128"


def ffmpeg(*arguments: Argument) -> None:
    """Runs ffmpeg, overwriting its output."""
    run = subprocess.run(["ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-y", *map(str, arguments)],
                         capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr


def probe(path: Path, *options: Argument) -> Dict[str, Any]:
    """ffprobe's view of streams and format."""
    run = subprocess.run(["ffprobe", "-hide_banner", "-loglevel", "error", "-of", "json", "-show_streams",
                          "-show_format", *map(str, options), str(path)],
                         capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def stream(path: Path, kind: str, *options: Argument) -> Dict[str, Any]:
    """The file's only stream of a kind, "video" or "audio"."""
    found = [each for each in probe(path, *options)["streams"] if each["codec_type"] == kind]
    assert len(found) == 1, f"{path} has {len(found)} {kind} streams"
    return found[0]


def frames(path: Path) -> np.ndarray:
    """Every frame of a video, uint8 [n, H, W, 3] in B, G, R, by the stream's own matrix and range."""
    size = stream(path, "video")
    scale = SCALE_420 if "420" in size["pix_fmt"] else SCALE
    run = subprocess.run(["ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-i", str(path),
                          "-vf", f"{scale},format=bgr24", "-fps_mode", "passthrough",
                          "-f", "rawvideo", "-"], capture_output=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    return np.frombuffer(run.stdout, np.uint8).reshape(-1, size["height"], size["width"], 3)


def frame_times(path: Path) -> List[float]:
    """Presentation times of the video frames, seconds."""
    table = probe(path, "-select_streams", "v", "-show_entries", "frame=pts_time")
    return [float(each["pts_time"]) for each in table["frames"]]
