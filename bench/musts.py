"""What viseme promises of its speed, and whether it is so here."""
from __future__ import annotations

from typing import List, NamedTuple, Optional

import numpy as np

from end_to_end import EndToEnd
from participants import PEERS
from rounds import Timed


class Must(NamedTuple):
    """A promise: `measured` is None where nothing was measured for it."""

    what: str
    unit: str                   # "x", "fps", "MB", "s"
    must: float
    aim: Optional[float]
    measured: Optional[float]
    at_most: bool = False

    @property
    def kept(self) -> str:
        if self.measured is None:
            return "not measured"
        return "yes" if (self.measured <= self.must if self.at_most else self.measured >= self.must) else "**no**"


def ratio(timed: List[Timed], case: str, peer: str, ours: str, threads: int) -> Optional[float]:
    for each in timed:
        if each.case.key == case and (peer, threads) in each.times and (ours, threads) in each.times:
            return each.ratio(peer, ours, threads).median
    return None


def ahead_of(timed: List[Timed], peer: str) -> Must:
    """In every case and at every number of threads, nothing cached: the case where it is least so."""
    found = [(each.ratio(peer, "fresh", threads).median, each.case.title, threads)
             for each in timed for threads in each.case.threads if (peer, threads) in each.times]
    least, case, threads = min(found, default=(None, "all cases", 0))
    where = f"least in \"{case}\", {counted(threads)}" if found else case
    return Must(f"nothing cached, against {PEERS[peer]}: {where}", "x", 1.0, None, least)


def counted(threads: int) -> str:
    return "1 thread" if threads == 1 else f"{threads} threads"


def of_networks(timed: List[Timed]) -> List[Must]:
    rows = (("full width, float32, nothing cached", "full", "fresh", 1.5, 2.0),
            ("full width, float32, footage cached", "full", "cached", 2.2, 3.5),
            ("full width, --precision fast, footage cached", "full", "fast-cached", 4.0, 7.0),
            ("mobile width, float32, nothing cached", "mobile", "fresh", 1.5, 2.5),
            ("AVE encoder, batch of 25", "encoder", "fresh", 1.5, 2.0))
    musts = [Must(f"{what}, {counted(threads)}, against ONNX Runtime", "x", must, aim,
                  ratio(timed, case, "onnxruntime", ours, threads))
             for what, case, ours, must, aim in rows for threads in (1, 2)]
    return musts + [ahead_of(timed, peer) for peer in ("openvino", "openvino-throughput", "ncnn")]


def of_renders(end: Optional[EndToEnd]) -> List[Must]:
    full = end.renders.get("full") if end else None
    against = float(np.median(full.python / full.viseme)) if full else None
    fps = full.frames / float(np.median(full.viseme)) if full else None
    off = next((peak / 1e6 for what, peak in end.peaks.items() if what.startswith("full") and "-mb 0" in what),
               None) if full else None
    return [
        Must("render, full width, 1280x720, float32, against Python", "x", 2.0, 3.5, against),
        Must("render, full width, 1280x720, --precision fast, against Python", "x", 3.0, 6.0, None),
        Must("render, full width, 1280x720, float32", "fps", 20, 30, fps),
        Must("render, full width, 1280x720, --precision fast", "fps", 30, 60, None),
        Must("peak memory of a full-width float32 render, cache off", "MB", 400, None, off, at_most=True),
        Must("full-width model loaded", "s", 0.3, None, float(np.median(end.load_ms)) / 1e3 if end else None, True),
        Must("first frame after the start, full width", "s", 0.5, None,
             float(np.median(end.first["full"][1])) if full else None, True),
    ]
