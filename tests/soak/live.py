"""tests/soak/live.py - a server for as long as one has patience: viewers that come and go, viewers that are suddenly
gone, and a face that speaks for an hour, its sound beside its lips.

SPDX-License-Identifier: Apache-2.0
"""
from __future__ import annotations

import socket
import statistics
import struct
import sys
import time
import wave
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

import held

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / part) for part in ("tests/parity", "tests/reference", "demo/make")]

import cv2                                                                      # noqa: E402
import numpy as np                                                              # noqa: E402

import faults                                                                   # noqa: E402
import live_client                                                              # noqa: E402
from live_client import I420, PCM, Packet, Server, Viewer, watch                # noqa: E402
from opening import opening                                                     # noqa: E402

CONNECTS, LOSSES, MINUTES = 1000, 100, 60
WARM = 50                   # connects before memory is looked at
RSS_GROWTH_KB = 8192        # that caches may still take after that
SETTLED = 15                # seconds until a viewer that is gone is forgotten
FILLING, STILL_KB = 3600, 512   # seconds at most until pictures at rest are made; growth that is none
SOUND_AGAINST_PICTURE = 0.040
WORDS_EVERY = 20            # seconds
CLICK = 0.002               # seconds, before the words


def options(demo: Path) -> List[object]:
    return ["--character", f"demo={demo / 'character'}", "--model", demo / "models" / "99.pth", "--audio-encoder",
            demo / "models" / "audio_encoder.pth", "--precision", "fast"]


def words(demo: Path) -> np.ndarray:
    """A click, and a second of the demo's speech."""
    with wave.open(str(demo / "speech.wav")) as given:
        rate, sound = given.getframerate(), np.frombuffer(given.readframes(given.getnframes()), "<i2")
    assert rate == 16000
    click = np.zeros(16000 // 5, np.int16)
    click[:int(CLICK * 16000)] = 24000
    return np.concatenate([click, sound[16000:3 * 16000]])


def come_and_go(server: Server, count: int, lost: bool, samples: List[held.Sample]) -> None:
    """Viewers one after the other, each seen a few packets; they hang up, or their connection breaks."""
    for _ in range(count):
        session = server.open_session()
        viewer = Viewer(server, session)
        watch([viewer], 5, lambda: viewer.counts[live_client.H264] >= 2)
        if lost:                # no FIN: the peer learns of it by a reset, or never
            viewer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            viewer.close()
        else:
            server.ask("DELETE", session["url"])
            viewer.close()
        now = held.sample(server.process.pid)
        assert now is not None, "the server is gone"
        samples.append(now)


class Said(NamedTuple):
    """One time that the words were said: seconds on the media clock."""

    click: float
    lips: float
    apart_at_arrival: float     # how much later the lips' picture was here than the click's sound


class Witness:
    """Finds the click in the sound and the first open mouth in the pictures."""

    def __init__(self, session: Dict[str, Any], squares: np.ndarray) -> None:
        self.session, self.squares = session, squares
        self.click: Optional[float] = None
        self.click_at = 0.0
        self.seen = False
        self.said: List[Said] = []

    def take(self, packet: Packet) -> None:
        if packet.kind == PCM and self.click is None:
            loud = np.nonzero(np.abs(np.frombuffer(packet.payload, "<i2").astype(int)) > 8000)[0]
            if len(loud):
                self.click, self.click_at = packet.time_us / 1e6 + loud[0] / 48000, packet.at
        elif packet.kind == I420 and self.click is not None and not self.seen and self._opening(packet) > 1:
            self.said.append(Said(self.click, packet.time_us / 1e6, packet.at - self.click_at))
            self.seen = True                    # until the words come again

    def again(self) -> None:
        self.click, self.seen = None, False

    def _opening(self, packet: Packet) -> float:
        width, height = self.session["width"] & ~1, self.session["height"] & ~1
        planes = np.frombuffer(packet.payload, np.uint8).reshape(height * 3 // 2, width)
        span = len(self.squares) - 1
        at = (round(packet.time_us * self.session["fps"] / 1e6) + 1) % (2 * span)
        x1, y1, x2, y2 = self.squares[at if at <= span else 2 * span - at]
        face = cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420)[y1:y2, x1:x2]
        return opening(cv2.resize(face, (328, 328), interpolation=cv2.INTER_CUBIC)[4:324, 4:324])


def speak_on(server: Server, demo: Path, minutes: float, samples: List[held.Sample]) -> List[Said]:
    session = server.open_session(media="raw")
    witness = Witness(session, np.array(faults.demo_squares()))
    viewer = Viewer(server, session, witness.take)
    sound, end = words(demo), time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        witness.again()
        viewer.speak(sound, 16000)
        watch([viewer], WORDS_EVERY)
        now = held.sample(server.process.pid)
        assert now is not None, "the server is gone"
        samples.append(now)
    server.ask("DELETE", session["url"])
    viewer.close()
    return witness.said


def grown(samples: List[held.Sample]) -> Dict[str, int]:
    """From after the warm-up to the end."""
    half = samples[len(samples) // 2:]
    return {"rss_kb": int(statistics.median(s.rss for s in half[-20:]) - statistics.median(s.rss for s in half[:20])),
            "files": samples[-1].files - samples[0].files, "threads": samples[-1].threads - samples[0].threads}


def settled(server: Server) -> held.Sample:
    time.sleep(SETTLED)
    now = held.sample(server.process.pid)
    assert now is not None, "the server is gone"
    return now


def filled(server: Server) -> held.Sample:
    """After what a server keeps of its footage has been made, which nobody who comes or goes changes: memory stands still."""
    last = settled(server)
    for _ in range(FILLING // SETTLED):
        now = settled(server)
        if now.rss - last.rss < STILL_KB:
            return now
        last = now
    raise AssertionError(f"caches still grow after {FILLING} s")


def drift(said: List[Said]) -> Dict[str, float]:
    """How far sound and lips part: the words are always the same, so their distance must be too."""
    apart = [each.lips - each.click for each in said]
    arrival = [each.apart_at_arrival for each in said]
    middle = statistics.median(apart)
    return {"times": len(said), "lips_after_click": round(middle, 4),
            "furthest": round(max(abs(each - middle) for each in apart), 4),
            "arrival_furthest": round(max(abs(each - statistics.median(arrival)) for each in arrival), 4)}


def run(program: Path, repository: Path, folder: Path, connects: int, losses: int, minutes: float) -> Dict[str, object]:
    demo = repository / "demo"
    broken: List[str] = []
    figures: Dict[str, object] = {"connects": connects, "losses": losses, "minutes": minutes}
    with live_client.serving(program, *options(demo), log=folder / "server.log") as server:
        come_and_go(server, WARM, False, [])
        begun = filled(server)
        for name, count, lost in (("connects", connects, False), ("losses", losses, True)):
            samples: List[held.Sample] = []
            come_and_go(server, count, lost, samples)
            after = settled(server)
            figures[f"after_{name}"] = {"rss_kb": after.rss - begun.rss, "files": after.files - begun.files,
                                        "threads": after.threads - begun.threads}
            if after.files > begun.files or after.threads > begun.threads:
                broken.append(f"{name}: descriptors or threads stay behind: {figures[f'after_{name}']}")
            if after.rss - begun.rss > RSS_GROWTH_KB:
                broken.append(f"{name}: memory grew by {after.rss - begun.rss} KiB")
        samples = []
        said = speak_on(server, demo, minutes, samples)
        figures["speech"] = {**drift(said), "grown": grown(samples)}
        if len(said) < 0.9 * 60 * minutes / WORDS_EVERY - 1:
            broken.append(f"of the words only {len(said)} were seen and heard")
        if figures["speech"]["furthest"] > SOUND_AGAINST_PICTURE:
            broken.append(f"sound and lips part by {figures['speech']['furthest']} s")
        status = server.end()
        if status:
            broken.append(f"the server ended with status {status}")
    figures["broken"] = broken
    return figures
