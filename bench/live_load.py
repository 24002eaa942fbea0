"""How many are served at full frame rate, and what becomes of one too many."""
from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple

import numpy as np
import soundfile

import cases
import demo_footage
import end_to_end
from live_client import H264, Server, Viewer, serving, watch
from live_measured import Figure
from machine import has_vnni

REPOSITORY = Path(__file__).resolve().parents[1]
DEMO = REPOSITORY / "demo"
LATE = 0.01                     # the share of late frames up to which a rate counts as kept
WATCHED = 15                    # seconds
MOST = 16                       # speaking sessions that are tried
IDLE_STEPS = (40, 300)


def demo_options(*more: object) -> List[object]:
    return ["--character", f"demo={DEMO / 'character'}", "--model", DEMO / "models" / "99.pth", "--audio-encoder",
            DEMO / "models" / "audio_encoder.pth", "--precision", "fast", *more]


def speech() -> np.ndarray:
    samples, rate = soundfile.read(str(DEMO / "speech.wav"), dtype="int16")
    assert rate == 16000
    return samples


class Kept(NamedTuple):
    sessions: int               # that ran
    late: float                 # share of the frames that were due
    rate: float                 # frames a second of the slowest
    processors: float           # that the server kept busy


def counted(server: Server, viewers: List[Viewer], seconds: float, meanwhile: Callable[[], None] = lambda: None) -> Kept:
    """What the server does for so long, and whether it is in time."""
    before, busy = server.metrics(), server.processor_seconds()
    frames, began = [viewer.counts[H264] for viewer in viewers], time.monotonic()
    while time.monotonic() < began + seconds:
        meanwhile()
        watch(viewers, 0.2)
    passed, after = time.monotonic() - began, server.metrics()
    late, every = (after.get(name, 0) - before.get(name, 0) for name in ("viseme_frames_late_total", "viseme_frames_total"))
    rates = [(viewer.counts[H264] - old) / passed for viewer, old in zip(viewers, frames)]
    return Kept(len(viewers), late / max(every, 1), min(rates, default=0), (server.processor_seconds() - busy) / passed)


class Talking:
    """Viewers whose faces speak without end: the same speech again and again, sent in bursts as a speech maker does."""

    def __init__(self, server: Server, count: int, samples: np.ndarray) -> None:
        self.server, self.samples = server, samples
        self.viewers: List[Viewer] = []
        self.refused = 0
        self.next_push = 0.0
        for _ in range(count):
            self.join()

    def join(self) -> bool:
        """One more; not where the server refuses the session or its speech."""
        status, _, body = self.server.ask("POST", "/v1/sessions", {"transport": "ws"})
        if status != 201:
            self.refused = status
            return False
        troubles: List[Dict[str, Any]] = []
        viewer = Viewer(self.server, json.loads(body), hear=lambda told: troubles.append(told))
        viewer.push(self.samples, 16000)
        watch([*self.viewers, viewer], 20, lambda: any(told["type"] in ("agent.speak_started", "error") for told in troubles))
        if any(told["type"] == "error" for told in troubles):
            self.refused = 503
            viewer.close()
            self.server.ask("DELETE", json.loads(body)["url"])
            return False
        self.viewers.append(viewer)
        return True

    def speak_on(self) -> None:
        """Each has sound for some seconds ahead at any time."""
        if time.monotonic() >= self.next_push:
            for viewer in self.viewers:
                viewer.push(self.samples, 16000)
            self.next_push = time.monotonic() + len(self.samples) / 16000

    def run(self, seconds: float) -> Kept:
        """Keeps them talking and counts."""
        self.next_push = time.monotonic()
        return counted(self.server, self.viewers, seconds, self.speak_on)

    def close(self) -> None:
        for viewer in self.viewers:
            viewer.close()


def keeps(kept: Kept, fps: float = 25) -> bool:
    return kept.late <= LATE and kept.rate >= 0.98 * fps


def told(kept: Kept) -> str:
    return f"{kept.sessions} at {kept.rate:.1f} frames a second, {kept.late:.1%} late, {kept.processors:.2f} processors"


def speaking(program: Path, scratch: Path, rounds: int) -> List[Figure]:
    """One more at a time until the server refuses; what it admitted must keep its rate."""
    with serving(program, *demo_options("--max-sessions", MOST + 1), log=scratch / "speaking.log") as server:
        talking = Talking(server, 0, speech())
        while len(talking.viewers) < MOST and talking.join():
            pass
        kept = talking.run(WATCHED)
        refused = talking.refused
        talking.close()
    must, aim = (3, 6) if has_vnni() else (2, 4)
    return [Figure("speaking sessions at 25 frames a second, demo character, fast", told(kept),
                   float(kept.sessions) if keeps(kept) else 0.0, must, aim, "", at_most=False),
            Figure("one more than that", f"refused with {refused}" if refused else "never refused",
                   float(refused == 503), 1, 1, "", at_most=False)]


def full_width(program: Path, scratch: Path, rounds: int) -> List[Figure]:
    """Full width on 1280x720: as it is seen first, and once what depends on the footage alone is kept."""
    end_to_end.make_character(scratch / "wide", demo_footage.length())
    cases.torch.save(cases.build(cases.find("full")).state_dict(), scratch / "full.pth")
    options = ["--character", f"wide={scratch / 'wide'}", "--model", scratch / "full.pth", "--audio-encoder",
               DEMO / "models" / "audio_encoder.pth", "--precision", "fast"]
    with serving(program, *options, log=scratch / "full.log") as server:
        talking = Talking(server, 1, speech())
        passes = [talking.run(WATCHED) for _ in range(2)]
        talking.close()
    return [Figure(f"the same, full width 1280x720, {when}", told(kept), float(kept.sessions) if keeps(kept) else 0.0, 1, 1,
                   "", at_most=False)
            for when, kept in zip(("the footage's first pass", "after it"), passes)]


def idle(program: Path, scratch: Path, rounds: int) -> List[Figure]:
    """Viewers of a face that says nothing, more and more of them."""
    best = Kept(0, 0, 0, 0)
    with serving(program, *demo_options("--max-sessions", IDLE_STEPS[-1]), log=scratch / "idle.log") as server:
        talking = Talking(server, 0, speech())
        for count in IDLE_STEPS:
            while len(talking.viewers) < count:
                status, _, body = server.ask("POST", "/v1/sessions", {"transport": "ws"})
                if status != 201:
                    break
                talking.viewers.append(Viewer(server, json.loads(body)))
                watch(talking.viewers, 0.02)
            watch(talking.viewers, 25)              # the loop is encoded once
            kept = counted(server, talking.viewers, WATCHED)
            if not keeps(kept):
                break
            best = kept
            if len(talking.viewers) < count:
                break
        talking.close()
    return [Figure("idle viewers", told(best), float(best.sessions), 40, 300, "", at_most=False)]


def _free_again(server: Server, gone: bool, patience: float) -> float:
    """Milliseconds until the only place is free again: after DELETE, or after a viewer that is just gone."""
    session = server.open_session()
    viewer = Viewer(server, session)
    watch([viewer], 0.5)
    began = time.monotonic()
    if gone:
        viewer.close()
    else:
        server.ask("DELETE", session["url"])
    while time.monotonic() < began + patience:
        status, _, body = server.ask("POST", "/v1/sessions", {"transport": "ws"})
        if status == 201:
            passed = time.monotonic() - began
            server.ask("DELETE", json.loads(body)["url"])
            viewer.close()
            return 1000 * passed
        time.sleep(0.005)
    return float("inf")


def places(program: Path, scratch: Path, rounds: int) -> List[Figure]:
    """With one place: when it is free again."""
    with serving(program, *demo_options("--max-sessions", 1), log=scratch / "places.log") as server:
        deleted = [_free_again(server, False, 30) for _ in range(rounds)]
        gone = [_free_again(server, True, 30) for _ in range(3)]
    return [Figure("place free again after DELETE", f"{np.median(deleted):.0f} ms ({np.percentile(deleted, 95):.0f})",
                   float(np.median(deleted)), 100, 100),
            Figure("place free again after the viewer is gone", f"{np.median(gone) / 1000:.1f} s",
                   float(np.max(gone)), 12000, 12000)]
