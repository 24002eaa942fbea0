"""tests/soak/hour.py - an hour of video in one render.

The demo's character at half its size, 60 frames of it, repainted by the narrow network of the tests; the demo's
sentence over and over is the speech. What matters here is how much of everything there is, not how it looks.

SPDX-License-Identifier: Apache-2.0
"""
from __future__ import annotations

import json
import subprocess
import time
import wave
from pathlib import Path
from typing import Dict, List

import held

FRAMES = 90_000
FPS = 25
FOOTAGE = 60
SIDE = 256              # of the footage, half the demo's
RSS_PERCENT = 2         # that memory may leave its median by, after the warm-up
WARM_SHARE = 0.05       # of the frames, and WARM_FRAMES at least: until every footage frame has come back, and the
WARM_FRAMES = 400       # encoder and the first fragments of the video are full
MARK_BEFORE_END = 5     # seconds: silence with a click in it
SILENCE = 0.4           # seconds on each side of the click
CLICK = 0.005


def shrink_character(demo: Path, target: Path) -> None:
    """The demo's character, its pictures and landmarks at half size."""
    pictures, landmarks = target / "full_body_img", target / "landmarks"
    pictures.mkdir(parents=True)
    landmarks.mkdir()
    subprocess.run(["ffmpeg", "-v", "error", "-start_number", "0", "-i", str(demo / "full_body_img" / "%d.jpg"),
                    "-frames:v", str(FOOTAGE), "-vf", f"scale={SIDE}:{SIDE}:flags=area", "-start_number", "0",
                    str(pictures / "%d.png")], check=True)
    for i in range(FOOTAGE):
        points = [[float(word) / 2 for word in line.split()]
                  for line in (demo / "landmarks" / f"{i}.lms").read_text().splitlines() if line.strip()]
        (landmarks / f"{i}.lms").write_text("".join(f"{x:.2f} {y:.2f}\n" for x, y in points))


def write_speech(sentence: Path, target: Path, seconds: float) -> float:
    """The sentence over and over, and near the end a click between silences; returns when it clicks."""
    with wave.open(str(sentence)) as given:
        form, rate, piece = given.getparams(), given.getframerate(), given.readframes(given.getnframes())
    if form.nchannels != 1 or form.sampwidth != 2:
        raise SystemExit(f"{sentence}: 16 bits, mono, is wanted")
    click = int((seconds - MARK_BEFORE_END) * rate)
    quiet, loud = int(SILENCE * rate), int(CLICK * rate)
    mark = bytes(2 * quiet) + b"\xff\x5f\x01\xa0" * (loud // 2) + bytes(2 * quiet)
    with wave.open(str(target), "wb") as out:
        out.setparams(form)
        left = int(seconds * rate)
        while left > 0:
            part = piece[:2 * min(left, len(piece) // 2)]
            out.writeframesraw(part)
            left -= len(part) // 2
    with open(target, "r+b") as file:       # 44 bytes of header stand before the samples
        file.seek(44 + 2 * (click - quiet))
        file.write(mark)
    return click / rate


def watch(process: subprocess.Popen, samples: List[held.Sample]) -> None:
    """A sample each second (ten a second of a short run), until the process ends."""
    while process.poll() is None:
        now = held.sample(process.pid)
        if now:
            samples.append(now)
        time.sleep(1 if len(samples) > 200 else 0.1)


def ask(video: Path, *what: str) -> str:
    """What ffprobe says of the video."""
    return subprocess.run(["ffprobe", "-v", "error", *what, "-of", "default=nw=1:nk=1", str(video)],
                          stdout=subprocess.PIPE, universal_newlines=True, check=True).stdout.strip()


def heard_at(video: Path, click: float) -> float:
    """When the click is heard in the video, by the loudest sample between the silences."""
    rate, before = 48000, SILENCE / 2
    raw = subprocess.run(["ffmpeg", "-v", "error", "-ss", f"{click - before:.6f}", "-i", str(video), "-t",
                          f"{2 * before:.6f}", "-f", "s16le", "-ac", "1", "-ar", str(rate), "-"],
                         stdout=subprocess.PIPE, check=True).stdout
    values = memoryview(raw).cast("h")
    loudest = max(range(len(values)), key=lambda i: abs(values[i]))
    return click - before + loudest / rate


def check_video(video: Path, frames: int, click: float) -> Dict[str, float]:
    """Frames that can be read, lengths, and how far the sound has drifted from the picture at the end."""
    packets = int(ask(video, "-select_streams", "v", "-count_packets", "-show_entries", "stream=nb_read_packets"))
    picture = float(ask(video, "-select_streams", "v", "-show_entries", "stream=duration"))
    sound = float(ask(video, "-select_streams", "a", "-show_entries", "stream=duration"))
    return {"video_frames": packets, "video_seconds": picture, "sound_seconds": sound,
            "click_given_at": click, "click_heard_at": round(heard_at(video, click), 6)}


def broken(figures: Dict[str, object], frames: int) -> List[str]:
    """The promises that were not kept."""
    memory, video = figures["memory"], figures["video"]
    frame = 1 / FPS
    checks = [
        (memory["rss_spread_percent"] <= RSS_PERCENT, f"memory left its median by {memory['rss_spread_percent']} %"),
        (memory["files"]["min"] == memory["files"]["max"], f"open files varied: {memory['files']}"),
        (memory["threads"]["min"] == memory["threads"]["max"], f"threads varied: {memory['threads']}"),
        (video["video_frames"] == frames, f"{video['video_frames']} frames instead of {frames}"),
        (abs(video["video_seconds"] - frames * frame) < frame, f"the picture lasts {video['video_seconds']} s"),
        (abs(video["sound_seconds"] - video["video_seconds"]) < frame, f"the sound lasts {video['sound_seconds']} s"),
        (abs(video["click_heard_at"] - video["click_given_at"]) < frame,
         f"a click at {video['click_given_at']} s is heard at {video['click_heard_at']} s"),
    ]
    return [text for kept, text in checks if not kept]


def run(program: Path, repository: Path, folder: Path, frames: int) -> Dict[str, object]:
    """Renders, watches and checks; the figures, with the promises that were broken."""
    demo = repository / "demo"
    character, speech, video = folder / "character", folder / "speech.wav", folder / "hour.mp4"
    shrink_character(demo / "character", character)
    click = write_speech(demo / "speech.wav", speech, frames / FPS + 0.2)
    command = [str(program), "render", "--model", repository / "tests/fixtures/onnx/unet160_ave.traced.fixed.onnx",
               "--character", character, "--audio", speech, "--audio-encoder", demo / "models/audio_encoder.pth",
               "--frames", frames, "--threads", 2, "--json", "-o", video]
    samples: List[held.Sample] = []
    process = subprocess.Popen([str(each) for each in command], stdout=subprocess.PIPE, universal_newlines=True)
    watch(process, samples)
    made = json.loads(process.stdout.read()) if process.returncode == 0 else {}
    if process.returncode != 0:
        return {"broken": [f"viseme render ended with {process.returncode}"]}
    end = len(samples)
    while end > 1 and samples[end - 1].threads < max(each.threads for each in samples):
        end -= 1            # the threads are gone: the file is being finished
    warm = samples[int(max(WARM_SHARE, WARM_FRAMES / frames) * end):end]
    figures = {"frames": made["frames"], "elapsed_s": round(made["elapsed_s"], 1), "fps": round(made["fps"], 1),
               "memory": held.spread(warm), "at_the_end": held.spread(samples[end:]) if samples[end:] else {},
               "video": check_video(video, frames, click), "mp4_bytes": video.stat().st_size}
    figures["broken"] = broken(figures, frames)
    return figures
