"""tests/soak/held.py - what a process holds, as /proc tells it, and what may be promised of it.

SPDX-License-Identifier: Apache-2.0
"""
from __future__ import annotations

import os
import statistics
from typing import Dict, List, NamedTuple, Optional


class Sample(NamedTuple):
    """What a process holds at one moment."""

    rss: int        # KiB that lie in memory: its own and those of mapped files
    own: int        # KiB of these that are its own (heap, stacks)
    files: int      # open file descriptors
    threads: int


def sample(pid: int) -> Optional[Sample]:
    """None once the process has ended."""
    try:
        with open(f"/proc/{pid}/status") as status:
            fields = dict(line.split(":", 1) for line in status)
        files = len(os.listdir(f"/proc/{pid}/fd"))
        return Sample(int(fields["VmRSS"].split()[0]), int(fields["RssAnon"].split()[0]), files,
                      int(fields["Threads"]))
    except (OSError, KeyError, ValueError):
        return None


def spread(samples: List[Sample]) -> Dict[str, object]:
    """Least, middle and most of each, memory in KiB; the drift compares the last tenth with the first."""
    figures: Dict[str, object] = {"samples": len(samples)}
    for name in Sample._fields:
        values = [getattr(each, name) for each in samples]
        figures[name] = {"min": min(values), "median": statistics.median(values), "max": max(values)}
    tenth = max(1, len(samples) // 10)
    first, last = (statistics.median(each.rss for each in part) for part in (samples[:tenth], samples[-tenth:]))
    figures["rss_drift_percent"] = round(100 * (last - first) / first, 3)
    middle = figures["rss"]["median"]
    figures["rss_spread_percent"] = round(100 * max(figures["rss"]["max"] - middle,
                                                    middle - figures["rss"]["min"]) / middle, 3)
    return figures
