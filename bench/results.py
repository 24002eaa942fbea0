"""The results as Markdown."""
from __future__ import annotations

from typing import Dict, List, Optional

import numpy as np

from end_to_end import FPS, HEIGHT, SHORT, WIDTH, EndToEnd, Render
from musts import Must, of_networks, of_renders
from participants import OURS, PEERS
from rounds import Spread, Timed, spread

HEAD = """# viseme beside other runtimes

Written by `{command}`; not edited by hand.
Rounds of turns: {rounds}; clips of each program: {clips}.

{machine}

All runtimes take turns on the same tensors, each in a process of its own that is stopped while it is not its turn, on
the same processors with the same number of threads. A turn is two runs, of which the second counts. A ratio is the
other's time over viseme's, round by round: above 1 viseme is faster. Figures are medians, with quartiles in brackets.
"Footage cached" is the steady state: each footage frame has been seen once.
"""


def table(titles: List[str], rows: List[List[str]]) -> List[str]:
    return ["| " + " | ".join(titles) + " |", "| " + " | ".join(["---"] * len(titles)) + " |",
            *("| " + " | ".join(row) + " |" for row in rows), ""]


def bracketed(s: Spread, digits: int) -> str:
    return f"{s.median:.{digits}f} ({s.lower:.{digits}f}-{s.upper:.{digits}f})"


def in_unit(value: Optional[float], unit: str) -> str:
    if value is None:
        return "-"
    digits = {"x": 2, "fps": 1, "MB": 0, "s": 2}[unit]
    return f"{value:.{digits}f}{'' if unit == 'x' else ' '}{unit}"


def promises(musts: List[Must]) -> List[str]:
    rows = [[each.what, ("at most " if each.at_most else "") + in_unit(each.must, each.unit),
             in_unit(each.aim, each.unit), in_unit(each.measured, each.unit), each.kept] for each in musts]
    return ["## What must be reached", "", *table(["", "must", "aim", "here", "reached"], rows)]


def network_rows(timed: Timed, threads: int) -> List[List[str]]:
    rows = []
    for who in [*OURS, *PEERS]:
        if (who, threads) not in timed.times:
            continue
        title = OURS[who][0] if who in OURS else f"{PEERS[who]} {timed.versions[who]}"
        ratios = ["" if who in OURS or (ours, threads) not in timed.times else
                  bracketed(timed.ratio(who, ours, threads), 2) for ours in OURS]
        rows.append([title, str(threads), bracketed(spread(timed.times[who, threads]), 1), *ratios,
                     f"{timed.difference[who, threads]:.1e}"])
    return rows


def network(timed: Timed) -> List[str]:
    """One case: whoever took part, at each number of threads."""
    titles = ["runtime", "threads", "ms", *(f"ratio to {title}" for title, _ in OURS.values()),
              "max difference to PyTorch"]
    rows = [row for threads in timed.case.threads for row in network_rows(timed, threads)]
    if not timed.case.is_unet:
        rows, titles = [row[:4] + row[5:] for row in rows], titles[:4] + titles[5:]
    lines = [f"## {timed.case.title}", "", f"Outputs up to {timed.largest:.3g}.", "", *table(titles, rows)]
    if timed.problems:
        lines += ["Not measured: " + "; ".join(f"{PEERS.get(who, who)}: {why}"
                                               for who, why in timed.problems.items()) + ".", ""]
    return lines


def fps(frames: int, seconds: np.ndarray) -> str:
    return bracketed(spread(frames / seconds), 1)


def render_rows(name: str, render: Render) -> List[List[str]]:
    rows = [["Python: OpenCV, ONNX Runtime, ffmpeg", render.python, ""],
            ["viseme", render.viseme, bracketed(spread(render.python / render.viseme), 2)],
            [f"viseme, footage of {SHORT} frames that returns", render.returning,
             bracketed(spread(render.python / render.returning), 2)]]
    return [[f"{name} width", who, fps(render.frames, seconds), ratio] for who, seconds, ratio in rows]


def rendering(end: EndToEnd) -> List[str]:
    lines = [f"## Rendering {end.seconds} s at {WIDTH}x{HEIGHT}", "",
             f"Checkpoint, footage and speech in, MP4 out ({FPS} fps, x264 veryfast, crf 18), two processors. viseme",
             "is timed from the start of the process; Python only after its imports. Footage of 256 frames does not",
             f"come back within {end.seconds} s, so that nothing is cached.", ""]
    lines += table(["model", "program", "frames a second", "ratio to Python"],
                   [row for name, render in end.renders.items() for row in render_rows(name, render)])
    lines += ["Between the two programs' videos: " + ", ".join(
        f"{render.psnr:.1f} dB PSNR ({name} width)" for name, render in end.renders.items()) + ".", ""]
    rows = [[f"{name} width", who, bracketed(spread(seconds), 2)]
            for name, pair in end.first.items() for who, seconds in zip(("Python", "viseme"), pair)]
    lines += ["A clip of one frame, from start (Python: from the end of its imports) to complete file:", "",
              *table(["model", "program", "seconds"], rows)]
    lines += [f"Full-width model opened and compiled in {bracketed(spread(end.load_ms), 0)} ms, first result of the",
              f"network {bracketed(spread(end.first_result_ms), 0)} ms after the start of opening.", ""]
    peaks = [[what, f"{peak / 1e6:.0f}"] for what, peak in end.peaks.items()]
    return lines + [f"Peak memory of `viseme render` (resident set of the whole process), footage of {SHORT} frames:",
                    "", *table(["clip", "MB"], peaks)]


def write(head: Dict[str, object], timed: List[Timed], end: Optional[EndToEnd]) -> str:
    """`head` has what HEAD names: command, machine, rounds, clips."""
    lines = [HEAD.format(**head),
             *promises(of_networks(timed) + of_renders(end))]
    for each in timed:
        lines += network(each)
    return "\n".join(lines + (rendering(end) if end else [])).rstrip() + "\n"
