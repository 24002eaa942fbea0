"""Runs a command and says how long it took, of how much processor time, and how much memory it had at its peak, as a
last line of JSON.

    python bench/measured.py PROCESSORS COMMAND ...         PROCESSORS: 0,1

In a process of its own: what Linux reports as the peak of a child begins with the size of its parent, and this one is
small.
"""
import json
import os
import resource
import subprocess
import sys
import time


def main() -> None:
    os.sched_setaffinity(0, {int(each) for each in sys.argv[1].split(",")})
    start = time.perf_counter()
    run = subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"status": run.returncode, "seconds": seconds, "processor_seconds": used.ru_utime + used.ru_stime,
                      "peak_bytes": used.ru_maxrss * 1024, "out": run.stdout.decode()}))


if __name__ == "__main__":
    main()
