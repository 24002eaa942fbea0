"""Runs viseme and says how much memory it took: what a file claims must be judged before memory is taken for it."""
from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple, Tuple

from program import PROGRAM, REPOSITORY, Argument, Finished

SMALL = REPOSITORY / "tests" / "fixtures" / "onnx" / "unet160_ave.traced.fixed.onnx"
MEASURE = Path(__file__).with_name("measure.py")
ROOM = 150                  # MB that a hostile file may cost beyond an ordinary run
ADDRESSES = 4 << 30         # bytes: an allocation of what a file claims fails, and the exit status would say so
SECONDS = 10.0              # of processor time; an ordinary run takes a tenth of one


class Bounded(NamedTuple):
    """What a run left behind, and what it took."""

    finished: Finished
    peak: float             # MB that lay in memory at most
    seconds: float          # of processor time


def run(*arguments: Argument, timeout: float = 120) -> Bounded:
    """Runs the program to its end within ADDRESSES."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        command = [sys.executable, "-S", "-E", str(MEASURE), str(ADDRESSES), str(out), str(err), str(PROGRAM)]
        process = subprocess.Popen([*command, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   text=True)
        try:
            took = json.loads(process.communicate(timeout=timeout)[0])
        finally:
            process.terminate()         # and with it the program, where it did not end in time
            process.wait()
        return Bounded(Finished(took["status"], out.read_text(), err.read_text()), took["peak"], took["seconds"])


def refused(bounded: Bounded, ordinary: float, statuses: Tuple[int, ...], *words: str) -> str:
    """One line of error with the words, little memory, little time; returns the line."""
    finished = bounded.finished
    assert finished.status in statuses, f"exit status {finished.status}\n{finished.err}{finished.out}"
    assert len(finished.err.splitlines()) == 1, finished.err
    for word in words:
        assert word.lower() in finished.err.lower(), finished.err
    assert bounded.peak < ordinary + ROOM, f"{bounded.peak:.0f} MB, ordinarily {ordinary:.0f}\n{finished.err}"
    assert bounded.seconds < SECONDS, f"{bounded.seconds:.1f} s\n{finished.err}"
    return finished.err
