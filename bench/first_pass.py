"""A clip in which footage returns once at most: keeping what returns must not cost more than it saves.

The demo's own clip, 420 frames over footage of 256, with the cache as it is by itself and without one, in turn. Judged
by processor time, which other work on the machine disturbs least, and of that by the least of each.
"""
from __future__ import annotations

from pathlib import Path
from typing import Dict, List, NamedTuple

import end_to_end
from demo_footage import CHARACTER, DEMO, MODEL

OFF = ("--cache-mb", "0")


class FirstPass(NamedTuple):
    """Processor seconds of each round, and peak bytes, by whether there is a cache."""

    seconds: Dict[bool, List[float]]
    peaks: Dict[bool, int]

    @property
    def ratio(self) -> float:
        """How many times as fast the defaults are as no cache."""
        return min(self.seconds[False]) / min(self.seconds[True])


def measure(program: Path, folder: Path, threads: int, rounds: int, precisions: List[str]) -> Dict[str, FirstPass]:
    folder.mkdir(exist_ok=True)
    parts = end_to_end.Parts(folder, program, threads)
    command = [program, "render", "--model", MODEL, "--character", CHARACTER, "--audio", DEMO / "speech.wav",
               "--audio-encoder", DEMO / "models" / "audio_encoder.pth", "--threads", threads, "--json", "--quiet",
               "-o", folder / "first_pass.mp4"]
    found = {}
    for precision in precisions:
        runs: Dict[bool, List[end_to_end.Finished]] = {True: [], False: []}
        for _ in range(rounds):
            for cached, done in runs.items():
                done.append(end_to_end.run(parts, [*command, "--precision", precision, *(() if cached else OFF)]))
        found[precision] = FirstPass({cached: [each.processor for each in done] for cached, done in runs.items()},
                                     {cached: max(each.peak for each in done) for cached, done in runs.items()})
    return found
