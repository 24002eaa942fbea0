"""How quickly `viseme serve` answers and how many it serves; `make bench BENCH=--live` runs it and writes
bench/RESULTS-live.md.

    .venv/bin/python bench/live.py [--build build] [--rounds 9] [--only reaction,places,load,idle] [--output FILE]

Needs `make`, Debian's Chromium and what `tools/setup.sh check` installs. Latencies are seen by a page in headless
Chromium on the same machine, decoding included; loads by clients that read packets and decode nothing. The machine
should do nothing else meanwhile.
"""
from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Callable, Dict, List

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY / part) for part in ("tests/parity", "tests/reference")]

import live_load                                                                # noqa: E402
import live_reaction                                                            # noqa: E402
import machine                                                                  # noqa: E402
from live_measured import Figure                                                # noqa: E402

HEAD = """# Talking live, measured

Written by `{command}`; not edited by hand.

{machine}

Server, clients and browser share these processors. Medians, and 95th percentiles in brackets, of {rounds} rounds.
Latencies are of a page in headless Chromium on loopback: from the call in the page until the decoded picture is there
(a lip that has moved: the mouth's region differs from rest by more than noise), or until the sound that was sent to the
loudspeaker is so. Loads are of clients that read packets and decode nothing.

"""

PARTS: Dict[str, Callable[..., List[Figure]]] = {
    "reaction": live_reaction.measure,
    "places": live_load.places,
    "load": live_load.speaking,
    "full": live_load.full_width,
    "idle": live_load.idle,
}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build", help="folder with viseme in it")
    parser.add_argument("--rounds", type=int, default=9, help="of each latency")
    parser.add_argument("--only", help="parts, comma-separated: " + ", ".join(PARTS) + "; prints instead of writing")
    parser.add_argument("--output", type=Path, default=REPOSITORY / "bench" / "RESULTS-live.md")
    arguments = parser.parse_args()
    arguments.parts = arguments.only.split(",") if arguments.only else list(PARTS)
    if set(arguments.parts) - set(PARTS) or arguments.rounds < 1:
        parser.error(f"--only knows {', '.join(PARTS)}; rounds are at least 1")
    return arguments


def table(figures: List[Figure]) -> str:
    rows = ["| | must | aim | here | reached |", "| --- | --- | --- | --- | --- |"]
    rows += [f"| {f.what} | {f.must_text} | {f.aim_text} | {f.here} | {f.reached} |" for f in figures]
    return "\n".join(rows) + "\n"


def main() -> None:
    arguments = parse()
    program, load = arguments.build.resolve() / "viseme", os.getloadavg()[0]
    figures: List[Figure] = []
    with tempfile.TemporaryDirectory() as scratch:
        for part in arguments.parts:
            print(f"{part} ...", file=sys.stderr, flush=True)
            found = PARTS[part](program, Path(scratch), arguments.rounds)
            print(table(found), file=sys.stderr, flush=True)
            figures += found
    told = HEAD.format(command="make bench BENCH=--live", machine="\n".join(machine.describe(program, load)), rounds=arguments.rounds)
    if not arguments.only:
        arguments.output.write_text(told + table(figures))
        print(f"written: {arguments.output}")


if __name__ == "__main__":
    main()
