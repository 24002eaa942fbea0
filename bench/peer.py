"""One runtime in a process of its own: opens a case, says "ready", and runs when told to.

    python bench/peer.py RUNTIME CASE FOLDER INPUTS BATCH THREADS

The words are those of bench/viseme_worker.c: "ready" and facts as JSON once the answer of a first run lies in its
file; then for each line "turn" two runs, and the milliseconds of the second.
"""
from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from participants import Task
from runtimes import RUNTIMES


def main() -> None:
    who, case, folder, inputs, batch, threads = sys.argv[1:]
    task = Task(case, Path(folder), int(inputs), int(batch), int(threads))
    try:
        opened = RUNTIMES[who](task)
        np.save(task.answer_file(who), opened.run())
    except Exception as problem:                # whatever it is, this peer is out, and its line says why
        lines = str(problem).strip().splitlines() or [type(problem).__name__]
        print("failed", lines[0][:200], flush=True)
        return
    print("ready", json.dumps({"version": opened.version}), flush=True)
    for line in sys.stdin:
        if line.strip() != "turn":
            return
        opened.run()
        start = time.perf_counter()
        opened.run()
        print(f"{(time.perf_counter() - start) * 1e3:.6f}", flush=True)


if __name__ == "__main__":
    main()
