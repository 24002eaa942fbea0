"""Which marks of a video survive what is usually done to videos, written into a page between its two marks.

    VISEME=build/viseme .venv/bin/python docs/write_survival.py [page.md]

The demo is rendered for two seconds with every mark that there is; each operation is ffmpeg's own, its command in the table.
"""
from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Callable, Dict, List, Tuple

REPOSITORY = Path(__file__).resolve().parents[1]
DEMO = REPOSITORY / "demo"
sys.path[:0] = [str(REPOSITORY / "tests" / "parity")]

import media                                                                    # noqa: E402
import signing                                                                  # noqa: E402

PROGRAM = Path(os.environ.get("VISEME", REPOSITORY / "build" / "viseme"))
BEGIN, END = "<!-- survival: written by docs/write_survival.py -->", "<!-- end of survival -->"

#: What is done, and the command between `ffmpeg -i VIDEO` and the result.
OPERATIONS: List[Tuple[str, str]] = [
    ("nothing (copied as a file)", ""),
    ("put into another MP4, nothing encoded anew", "-c copy"),
    ("the same with every tag asked for", "-c copy -map_metadata 0 -movflags +faststart+use_metadata_tags"),
    ("into Matroska and back", "-c copy MKV -c copy"),
    ("cut to its first second", "-t 1 -c copy"),
    ("encoded anew, harder", "-crf 28 -c:a aac"),
    ("scaled to half its size", "-vf scale=iw/2:-2"),
    ("a tenth cut off all round", "-vf crop=iw*0.9:ih*0.9"),
    ("made a GIF", "-an GIF"),
    ("all tags taken away on purpose", "-c copy -map_metadata -1"),
]


def apply(operation: str, video: Path, folder: Path) -> Path:
    """Runs the steps; a word in capitals is the kind of file that a step writes."""
    steps: List[Tuple[List[str], str]] = []
    words: List[str] = []
    for word in shlex.split(operation):
        if word in ("MKV", "GIF"):
            steps.append((words, word.lower()))
            words = []
        else:
            words.append(word)
    if words or not steps and operation:
        steps.append((words, "mp4"))
    for number, (options, suffix) in enumerate(steps):
        result = folder / f"{number}.{suffix}"
        media.ffmpeg("-i", video, *options, result)
        video = result
    return video


def manifest(path: Path) -> str:
    """C2PA, by the c2pa library."""
    try:
        return "yes" if signing.read(path).state in ("Valid", "Trusted") else "yes, broken"
    except signing.c2pa.C2paError:
        return "no"


def tag(name: str) -> Callable[[Path], str]:
    def look(path: Path) -> str:
        found = media.probe(path)
        tags: Dict[str, str] = dict(found["format"].get("tags", {}))
        return "yes" if any(key.lower() == name for key in tags) else "no"
    return look


def label(path: Path) -> str:
    """Half of the corner black, some of it white, on every frame."""
    for frame in media.frames(path):
        height, width = frame.shape[:2]
        corner = frame[height // 50:height // 16, width * 6 // 10:width * 96 // 100].astype(int)
        if (corner.max(axis=2) < 90).mean() < 0.15 or (corner.min(axis=2) > 165).mean() < 0.05:
            return "no"
    return "yes"


MARKS: Dict[str, Callable[[Path], str]] = {
    "manifest (C2PA)": manifest,
    "XMP": lambda path: "yes" if b"<x:xmpmeta" in path.read_bytes() else "no",
    "comment": tag("comment"),
    "`AIGC`": tag("aigc"),
    "`--label`": label,
}


def table(folder: Path) -> str:
    """Markdown."""
    video = folder / "talking.mp4"
    subprocess.run([PROGRAM, "render", "--model", DEMO / "models" / "99.pth", "--character", DEMO / "character", "--audio",
                    DEMO / "speech.wav", "--audio-encoder", DEMO / "models" / "audio_encoder.pth", "--frames", "50",
                    "--label", "eu", "--aigc-producer", "example", "--aigc-id", "1", "--quiet", "-o", video], check=True)
    lines = ["| done to the video | ffmpeg's options | " + " | ".join(MARKS) + " |", "| --- | --- |" + " --- |" * len(MARKS)]
    for number, (what, operation) in enumerate(OPERATIONS):
        work = folder / str(number)
        work.mkdir()
        result = apply(operation, video, work)
        told = " | ".join(look(result) for look in MARKS.values())
        lines.append(f"| {what} | {f'`{operation}`' if operation else ''} | {told} |")
    return "\n".join(lines)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = f"{BEGIN}\n{table(Path(folder))}\n{END}"
    if len(sys.argv) < 2:
        print(text)
        return
    page = Path(sys.argv[1])
    before, rest = page.read_text().split(BEGIN)
    page.write_text(before + text + rest.split(END)[1])


if __name__ == "__main__":
    main()
