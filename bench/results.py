"""The results as Markdown."""
from __future__ import annotations

from typing import Dict, List, Optional, Sequence

import numpy as np

from end_to_end import FPS, HEIGHT, LONG, SHORT, WIDTH, EndToEnd, Render
from musts import Must, of_networks, of_quality, of_renders
from participants import FAST, MEASURES, OURS, PEERS
from quality import MODEL, Quality
from rounds import Spread, Timed, spread

HEAD = """# viseme beside other runtimes

Written by `{command}`; not edited by hand.
Rounds of turns: {rounds}; clips of each program: {clips}.

{machine}

All runtimes take turns on the same tensors, each in a process of its own that is stopped while it is not its turn, on
the same processors with the same number of threads. A turn is two runs, of which the second counts. A ratio is the
other's time over viseme's, round by round: above 1 viseme is faster. Figures are medians, with quartiles in brackets.
"Footage cached" is the steady state: each footage frame has been seen once. "Fast" is `--precision fast`, 16 bits; what
is not called so is float32.
"""

DEMO_TITLE = "on the trained demo, to float32: PSNR, SSIM (means)"


def table(titles: List[str], rows: List[List[str]]) -> List[str]:
    return ["| " + " | ".join(titles) + " |", "| " + " | ".join(["---"] * len(titles)) + " |",
            *("| " + " | ".join(row) + " |" for row in rows), ""]


def bracketed(s: Spread, digits: int) -> str:
    return f"{s.median:.{digits}f} ({s.lower:.{digits}f}-{s.upper:.{digits}f})"


def in_unit(value: Optional[float], unit: str) -> str:
    if value is None:
        return "-"
    digits = {"x": 2, "fps": 1, "MB": 0, "s": 2, "dB": 2, "": 4}[unit]
    return f"{value:.{digits}f}{unit if unit == 'x' else f' {unit}'}".rstrip()


def promises(musts: List[Must]) -> List[str]:
    rows = [[each.what, ("at most " if each.at_most else "") + in_unit(each.must, each.unit),
             in_unit(each.aim, each.unit), in_unit(each.measured, each.unit), each.kept] for each in musts]
    return ["## What must be reached", "", *table(["", "must", "aim", "here", "reached"], rows),
            "Renders are judged in the steady state, over footage that returns; the same over footage that does not,",
            "of which nothing can be kept, stands below each. The frames a second were set on two cores of a Xeon with",
            "AVX-512: such rates depend on the machine.", ""]


# --- networks ---------------------------------------------------------------------------------------------------------

def title(who: str, timed: Timed) -> str:
    return OURS[who][0] if who in OURS else f"{PEERS[who]} {timed.versions[who]}"


def ratio(timed: Timed, who: str, ours: str, threads: int) -> str:
    if who in OURS or (ours, threads) not in timed.times:
        return ""
    return bracketed(timed.ratio(who, ours, threads), 2)


def measures(timed: Timed) -> Sequence[str]:
    """Ways of viseme that take part and have a column of ratios."""
    return MEASURES if timed.case.is_unet else MEASURES[:1]


def likeness(quality: Optional[Quality]) -> str:
    return f"{np.mean(quality.psnr):.1f} dB, {np.mean(quality.ssim):.4f}" if quality else "not measured"


def network_rows(timed: Timed, threads: int, quality: Optional[Quality]) -> List[List[str]]:
    rows = []
    for who in [*OURS, *PEERS]:
        if (who, threads) not in timed.times:
            continue
        demo = [likeness(quality) if who in FAST else ""] if timed.case.is_unet else []
        rows.append([title(who, timed), str(threads), bracketed(spread(timed.times[who, threads]), 1),
                     *(ratio(timed, who, ours, threads) for ours in measures(timed)),
                     f"{timed.difference[who, threads]:.1e}", *demo])
    return rows


def network(timed: Timed, quality: Optional[Quality]) -> List[str]:
    """One case: whoever took part, at each number of threads."""
    titles = ["runtime", "threads", "ms", *(f"ratio to {OURS[ours][0]}" for ours in measures(timed)),
              "max difference to PyTorch", *([DEMO_TITLE] if timed.case.is_unet else [])]
    rows = [row for threads in timed.case.threads for row in network_rows(timed, threads, quality)]
    lines = [f"## {timed.case.title}", "", f"Outputs up to {timed.largest:.3g}.", "", *table(titles, rows)]
    if timed.problems:
        lines += ["Not measured: " + "; ".join(f"{OURS[who][0] if who in OURS else PEERS.get(who, who)}: {why}"
                                               for who, why in timed.problems.items()) + ".", ""]
    return lines


def precision(quality: Quality) -> List[str]:
    def row(what: str, values: np.ndarray, digits: int) -> List[str]:
        return [what, *(f"{figure(values):.{digits}f}" for figure in (np.mean, np.median, np.min, np.max))]
    return ["## What the fast precision costs", "",
            f"The trained demo ({MODEL.name}) under its own speech, {len(quality.frames)} frames spread over the",
            "footage, in 8 bits, over the rectangle that the network paints. The footage is drawn: the right face is",
            "known.", "",
            *table(["", "mean", "median", "least", "most"], [
                row("PSNR, fast to float32, dB", quality.psnr, 2), row("SSIM, fast to float32", quality.ssim, 4),
                row("PSNR, float32 to the drawn face, dB", quality.truth_float32, 2),
                row("PSNR, fast to the drawn face, dB", quality.truth_fast, 2),
                row("lost by a frame against the drawn face, dB", quality.truth_float32 - quality.truth_fast, 2)])]


# --- renders ----------------------------------------------------------------------------------------------------------

PROGRAMS = {"python": "Python: OpenCV, ONNX Runtime, ffmpeg", "float32": "viseme",
            "fast": "viseme --precision fast"}


def render_rows(name: str, short: bool, render: Render) -> List[List[str]]:
    footage = f"{SHORT} frames, returns" if short else "does not return"
    return [[f"{name} width", footage, PROGRAMS[who], bracketed(spread(render.frames / seconds), 1),
             "" if who == "python" else bracketed(spread(render.ratio(who)), 2),
             "" if who == "python" else f"{render.psnr[who]:.1f} dB"] for who, seconds in render.seconds.items()]


def memory(end: EndToEnd) -> List[str]:
    """Peaks by length of clip."""
    lengths = sorted({length for peaks in end.memory.values() for length in peaks})
    rows = [[what, *(f"{peaks[length] / 1e6:.0f}" if length in peaks else "" for length in lengths)]
            for what, peaks in end.memory.items()]
    return [f"Peak memory of `viseme render` in MB (resident set of the whole process), footage of {SHORT} frames that",
            "returns, by the length of the clip:", "",
            *table(["", *(f"{length} s" for length in lengths)], rows),
            *([] if LONG in lengths else [f"Clips of {LONG} s were not rendered: `--long` does.", ""])]


def rendering(end: EndToEnd) -> List[str]:
    lines = [f"## Rendering {end.seconds} s at {WIDTH}x{HEIGHT}", "",
             f"Checkpoint, footage and speech in, MP4 out ({FPS} fps, x264 veryfast, crf 18), two processors. viseme",
             "is timed from the start of the process; Python only after its imports. Of footage that does not return",
             "within the clip nothing is kept.", ""]
    if end.seconds * FPS <= SHORT:
        lines[-1:] = [f"Clips this short end before {SHORT} frames of footage return: no steady state is seen.", ""]
    lines += table(["model", "footage", "program", "frames a second", "ratio to Python", "PSNR to Python's video"],
                   [row for (name, short), render in end.renders.items() for row in render_rows(name, short, render)])
    rows = [[f"{name} width", who, bracketed(spread(seconds), 2)]
            for name, pair in end.first.items() for who, seconds in zip(("Python", "viseme"), pair)]
    lines += ["A clip of one frame, from start (Python: from the end of its imports) to complete file:", "",
              *table(["model", "program", "seconds"], rows)]
    lines += [f"Full-width model opened and compiled in {bracketed(spread(end.load_ms), 0)} ms, first result of the",
              f"network {bracketed(spread(end.first_result_ms), 0)} ms after the start of opening.", ""]
    return lines + memory(end)


def write(head: Dict[str, object], timed: List[Timed], quality: Optional[Quality], end: Optional[EndToEnd]) -> str:
    """`head` has what HEAD names: command, machine, rounds, clips."""
    lines = [HEAD.format(**head), *promises(of_networks(timed) + of_quality(quality) + of_renders(end))]
    for each in timed:
        lines += network(each, quality)
    lines += precision(quality) if quality else []
    return "\n".join(lines + (rendering(end) if end else [])).rstrip() + "\n"
