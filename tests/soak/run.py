#!/usr/bin/env python3
"""tests/soak/run.py - long runs: does viseme keep its memory, its files and its threads?

    tests/soak/run.py hour [--frames N] [--program build/viseme]
    tests/soak/run.py renders [--renders N] [--program build/tests/soak/renders]
    tests/soak/run.py live [--connects N] [--losses N] [--minutes N] [--program build/viseme]

`hour` renders 90,000 frames (an hour at 25 frames a second) with speech through the demo's audio encoder, asks /proc
each second what the process holds, and has ffprobe and ffmpeg check the video. `renders` makes 2,500 renders in one
process through the C API (renders.c). `live` has `viseme serve` serve 1,000 viewers that hang up and 100 that are
suddenly gone, and then one for an hour, whose lips and sound it compares. Each prints its figures, writes them into build-soak/NAME.json and ends with 1
where a promise is broken. Wants Python 3 and Debian's ffmpeg; `live` OpenCV as well.

SPDX-License-Identifier: Apache-2.0
"""
from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Dict

import hour
import renders

REPOSITORY = Path(__file__).resolve().parents[2]
RESULTS = REPOSITORY / "build-soak"


def finish(name: str, figures: Dict[str, object]) -> int:
    """Writes and prints the figures; the exit status."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))
    for line in figures["broken"]:
        print(f"tests/soak/run.py {name}: {line}", file=sys.stderr)
    return 1 if figures["broken"] else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("hour", "renders", "live"))
    parser.add_argument("--program", type=Path, help="build/viseme, or build/tests/soak/renders")
    parser.add_argument("--frames", type=int, default=hour.FRAMES, help="of the hour (default %(default)s)")
    parser.add_argument("--renders", type=int, default=renders.RENDERS, help="(default %(default)s)")
    parser.add_argument("--connects", type=int, default=1000, help="viewers that hang up (default %(default)s)")
    parser.add_argument("--losses", type=int, default=100, help="viewers that are gone (default %(default)s)")
    parser.add_argument("--minutes", type=float, default=60, help="of speech (default %(default)s)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="viseme-soak-") as folder:
        if given.what == "hour":
            program = given.program or REPOSITORY / "build" / "viseme"
            figures = hour.run(program.resolve(), REPOSITORY, Path(folder), given.frames)
        elif given.what == "live":
            import live
            program = given.program or REPOSITORY / "build" / "viseme"
            figures = live.run(program.resolve(), REPOSITORY, Path(folder), given.connects, given.losses, given.minutes)
        else:
            program = given.program or REPOSITORY / "build" / "tests" / "soak" / "renders"
            figures = renders.run(program.resolve(), REPOSITORY, Path(folder), given.renders)
    return finish(given.what, figures)


if __name__ == "__main__":
    sys.exit(main())
