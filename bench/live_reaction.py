"""How soon a page sees and hears what its face was given (live_reaction.js is evaluated in a page of the server)."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List

import numpy as np

import faults
from live_browser import Chromium, Page
from live_client import serving
from live_load import demo_options, speech
from live_measured import Figure, latency

SCRIPT = Path(__file__).with_suffix(".js")
RATE, LOUD, SECONDS = 16000, 1000, 5


def from_the_first_word() -> List[int]:
    """The demo's speech from its first sound on, so that what is waited for is there at once."""
    samples = speech()
    first = int(np.argmax(np.abs(samples.astype(int)) > LOUD))
    return [int(value) for value in samples[first:first + SECONDS * RATE]]


class Watched:
    """A page whose face is looked at."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.run(SCRIPT.read_text())
        page.run(f"void (globalThis.squares = {json.dumps([list(map(int, s)) for s in faults.demo_squares()])}, "
                 f"globalThis.words = {json.dumps(from_the_first_word())})")

    def open(self, **options: str) -> float:
        return float(self.page.run(f"(globalThis.face = new Reaction(squares, {json.dumps(options)})).open()"))

    def rest(self) -> None:
        """Until nothing is said and the mouth is shut, for a second."""
        self.page.run("(async () => { await new Promise((next) => setTimeout(next, 1000)); await face.until(() => "
                      "face.pictures.slice(-25).every((picture) => picture.opening <= 1), 30000); })()")

    def speak(self, pace: bool) -> Dict[str, float]:
        return dict(self.page.run(f"face.speak(words, {RATE}, {json.dumps(pace)})"
                                  ".then(({lip, sound}) => ({lip, sound}))"))

    def interrupt(self) -> Dict[str, Any]:
        return dict(self.page.run("face.interrupt()"))

    def close(self) -> None:
        self.page.run("face.close()")


def openings(watched: Watched, rounds: int) -> List[float]:
    out = []
    for _ in range(rounds):
        out.append(watched.open())
        watched.close()
    return out


def answers(watched: Watched, rounds: int, pace: bool, **options: str) -> Dict[str, List[float]]:
    """Of sentences that are interrupted after a while, one after the other."""
    out: Dict[str, List[float]] = {"lip": [], "sound": [], "silence": [], "rest": [], "position": []}
    watched.open(**options)
    for _ in range(rounds):
        watched.rest()
        spoken = watched.speak(pace)
        watched.page.run("new Promise((next) => setTimeout(next, 700))")
        stopped = watched.interrupt()
        for key, value in {**spoken, **stopped}.items():
            if value is not None:
                out[key].append(float(value))
    watched.close()
    return out


def measure(program: Path, scratch: Path, rounds: int) -> List[Figure]:
    with serving(program, *demo_options(), log=scratch / "reaction.log") as server, Chromium() as browser:
        watched = Watched(browser.open(server.url + "/healthz"))
        first = openings(watched, rounds)
        burst = answers(watched, rounds, False)
        full = answers(watched, rounds, True)
        short = answers(watched, rounds, True, look_ahead="short")
    return [
        latency("sound in one piece -> first moved lip", burst["lip"], 300, 150),
        latency("sound at the pace of speech -> the same, full look-ahead", full["lip"], 700, 600),
        latency("the same, short look-ahead", short["lip"], 400, 300),
        latency("interrupt -> silence", burst["silence"], 250, 150),
        latency("interrupt -> mouth at rest", burst["rest"], 400, 300),
        Figure("interruptions whose position was told", f"{len(burst['position'])} of {rounds}",
               float(len(burst["position"])), rounds, rounds, "", at_most=False),
        latency("session asked for -> first picture", first, 600, 300),
    ]
