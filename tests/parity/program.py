"""Runs the built viseme program; its path comes from the environment variable VISEME."""
from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple, Union

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("VISEME", REPOSITORY / "build" / "viseme")).resolve()
PATIENCE = float(os.environ.get("VISEME_PATIENCE", 1))  # for builds that are slow on purpose: tools/coverage.sh

DONE, USAGE, BAD_INPUT, NOT_WRITTEN, STOPPED = 0, 2, 3, 4, 5        # exit statuses

Argument = Union[str, int, float, Path]


class Finished(NamedTuple):
    """What a run left behind."""

    status: int
    out: str
    err: str


def viseme(*arguments: Argument, timeout: float = 120) -> Finished:
    """Runs the program to its end, whatever its exit status."""
    run = subprocess.run([str(PROGRAM), *map(str, arguments)], capture_output=True, text=True,
                         timeout=timeout * PATIENCE, stdin=subprocess.DEVNULL, check=False)
    return Finished(run.returncode, run.stdout, run.stderr)


def viseme_ok(*arguments: Argument, timeout: float = 120) -> Finished:
    """Runs the program and insists on success."""
    finished = viseme(*arguments, timeout=timeout)
    command = " ".join(map(str, arguments))
    assert finished.status == DONE, f"viseme {command}: exit status {finished.status}\n{finished.err}{finished.out}"
    return finished
