"""What viseme promises of its speed, and whether it is so here."""
from __future__ import annotations

from typing import List, Mapping, NamedTuple, Optional

import numpy as np

from demo_footage import FRAMES
from end_to_end import CACHE_OFF, SHORT, EndToEnd, Render
from first_pass import FirstPass
from participants import PEERS
from quality import Quality
from rounds import Timed


class Must(NamedTuple):
    """A promise, or with `must` None a figure to set beside one; `measured` is None where there was no measuring."""

    what: str
    unit: str                   # "x", "fps", "MB", "s", "dB", "" for SSIM
    must: Optional[float]
    aim: Optional[float]
    measured: Optional[float]
    at_most: bool = False

    @property
    def kept(self) -> str:
        if self.measured is None:
            return "not measured"
        if self.must is None:
            return "not promised"
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


def of_quality(quality: Optional[Quality]) -> List[Must]:
    """Of the trained demo. Of every frame by itself; what is lost against the drawn faces, on average."""
    fast = quality.of.get("fast") if quality else None
    worst = f"--precision fast on the trained demo, the worst of {FRAMES} frames"
    return [
        Must(f"{worst}: PSNR to float32", "dB", 40, None, float(fast.psnr.min()) if fast else None),
        Must(f"{worst}: SSIM to float32", "", 0.99, None, float(fast.ssim.min()) if fast else None),
        Must("--precision fast on the trained demo: lost against the drawn faces", "dB", 0.3, None,
             quality.loss("fast") if fast else None, True)]


def speeds(render: Optional[Render], precision: str) -> "tuple[Optional[float], Optional[float]]":
    """How many times as fast as Python, and frames a second."""
    if not render or precision not in render.seconds:
        return None, None
    return (float(np.median(render.ratio(precision))), render.frames / float(np.median(render.seconds[precision])))


def of_full_width_renders(end: Optional[EndToEnd]) -> List[Must]:
    """Promised of the steady state, footage that returns; the same without it stands below each."""
    footages = [(f"footage of {SHORT} frames that returns", True), ("footage that does not return", False)]
    musts = []
    for options, who, *promised in (("float32", "float32", (2.0, 3.5), (20, 30)),
                                    ("--precision fast", "fast", (3.0, 6.0), (30, 60))):
        for unit, (must, aim) in zip(("x", "fps"), promised):
            for footage, returns in footages:
                found = speeds(end.renders.get(("full", returns)) if end else None, who)
                musts.append(Must(f"render, full width, 1280x720, {options}, {footage}"
                                  + (", against Python" if unit == "x" else ""), unit, must if returns else None,
                                  aim if returns else None, found[unit == "fps"]))
    return musts


def of_first_pass(first: Mapping[str, FirstPass]) -> List[Must]:
    return [Must(f"first pass of a short clip (the demo), {option}, defaults against cache off", "x", 1.0, None,
                 first[precision].ratio if precision in first else None)
            for precision, option in (("float32", "float32"), ("fast", "--precision fast"))]


def of_renders(end: Optional[EndToEnd]) -> List[Must]:
    return of_full_width_renders(end) + [
        Must("peak memory of a full-width float32 render, cache off", "MB", 400, None,
             end.memory[CACHE_OFF][end.seconds] / 1e6 if end else None, True),
        Must("full-width model loaded", "s", 0.3, None, float(np.median(end.load_ms)) / 1e3 if end else None, True),
        Must("first frame after the start, full width: the whole clip of one frame, to the complete file", "s", 0.5,
             None, float(np.median(end.first["full"][1])) if end else None, True),
    ]
