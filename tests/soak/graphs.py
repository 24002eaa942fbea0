#!/usr/bin/env python3
"""Many random graphs against ONNX Runtime, and as many damaged ones: tests/soak/graphs.py [--count N] [--first SEED]

Writes build-soak/graphs.json; ends with 1 where one is answered wrongly. Seeds from 100,000 on: other graphs than those of
`make check`.

SPDX-License-Identifier: Apache-2.0
"""
from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Dict, List

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / "parity")]

import conformance                                                              # noqa: E402
import random_graphs                                                            # noqa: E402

AT_ONCE = 100                           # whose files are on disk together
SECONDS = 600                           # for so many
ISAS = ("portable", "avx2", "avxvnni", "avx512", "avx512vnni")      # where the processor lacks one, the best that it has


def run(first: int, count: int) -> Dict[str, List[str]]:
    """What was wrong with whole graphs, and with damaged ones."""
    found: Dict[str, List[str]] = {"wrong": [], "mishandled": []}
    for begin in range(first, first + count, AT_ONCE):
        seeds = range(begin, min(begin + AT_ONCE, first + count))
        os.environ["VISEME_ISA"] = ISAS[begin // AT_ONCE % len(ISAS)]
        for kind, runs in (("wrong", random_graphs.wrong), ("mishandled", random_graphs.mishandled)):
            with tempfile.TemporaryDirectory() as folder:
                try:
                    found[kind] += runs(conformance.runner(), seeds, Path(folder), SECONDS)
                except AssertionError as crash:
                    found[kind].append(str(crash))
        print(f"{seeds[-1] + 1 - first} graphs, {sum(map(len, found.values()))} wrong", flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--first", type=int, default=100_000)
    asked = parser.parse_args()
    start = time.monotonic()
    found = run(asked.first, asked.count)
    for line in [*found["wrong"], *found["mishandled"]]:
        print(line)
    figures = {"graphs": asked.count, "first": asked.first, "minutes": (time.monotonic() - start) / 60,
               "wrong": len(found["wrong"]), "mishandled": len(found["mishandled"])}
    path = REPOSITORY / "build-soak" / "graphs.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
