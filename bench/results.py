"""The results as Markdown."""
from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Sequence

import numpy as np

from demo_footage import CALIBRATION, FRAMES, MODEL
from end_to_end import FPS, HEIGHT, LONG, SHORT, WIDTH, EndToEnd, Render
from first_pass import FirstPass
from musts import Must, counted, of_first_pass, of_networks, of_quality, of_renders
from participants import INT8, MEASURES, OURS, PEERS, PRECISION
from quality import Likeness, Quality
from rounds import Spread, Timed, spread

HEAD = """# viseme beside other runtimes

Written by `{command}`; not edited by hand.
Rounds of turns: {rounds}; clips of each program: {clips}.

{machine}

All runtimes take turns on the same tensors, each in a process of its own that is stopped while it is not its turn, on
the same processors with the same number of threads. A turn is two runs, of which the second counts. A ratio is the
other's time over viseme's, round by round: above 1 viseme is faster. Figures are medians, with quartiles in brackets.
"Footage cached" is the steady state: each footage frame has been seen once. "Fast" is `--precision fast`, 16 bits;
"int8" is a peer's network quantised by its own tools; what is called neither is float32.
"""

DEMO_TITLE = "on the trained demo, to float32: PSNR worst and mean, SSIM mean"
ALIKE = 90                              # dB from which pictures count as the same

Qualities = Mapping[str, Quality]       # by key of the case


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


def likeness(who: str, quality: Optional[Quality]) -> Optional[Likeness]:
    """Of the pictures that this way of viseme or this peer paints."""
    return quality.of.get(PRECISION.get(who, who)) if quality else None


def is_reduced(who: str) -> bool:
    return who in INT8 or PRECISION.get(who) == "fast"


def in_db(value: float) -> str:
    """Of pictures that hardly a pixel tells apart, how few they are is chance."""
    return f"{value:.1f}" if value < ALIKE else f"above {ALIKE}"


def in_brief(who: str, quality: Optional[Quality]) -> str:
    found = likeness(who, quality)
    if not is_reduced(who) or not found:
        return "not measured" if is_reduced(who) else ""
    return f"{in_db(found.psnr.min())}, {in_db(found.psnr.mean())} dB, {found.ssim.mean():.4f}"


def network_rows(timed: Timed, threads: int, quality: Optional[Quality]) -> List[List[str]]:
    rows = []
    for who in [*OURS, *PEERS]:
        if (who, threads) not in timed.times:
            continue
        demo = [in_brief(who, quality)] if timed.case.is_unet else []
        rows.append([title(who, timed), str(threads), bracketed(spread(timed.times[who, threads]), 1),
                     *(ratio(timed, who, ours, threads) for ours in measures(timed)),
                     f"{timed.difference[who, threads]:.1e}", *demo])
    return rows


def network(timed: Timed, quality: Optional[Quality]) -> List[str]:
    """One case: whoever took part, at each number of threads. `quality` is the trained demo's."""
    titles = ["runtime", "threads", "ms", *(f"ratio to {OURS[ours][0]}" for ours in measures(timed)),
              "max difference to PyTorch", *([DEMO_TITLE] if timed.case.is_unet else [])]
    rows = [row for threads in timed.case.threads for row in network_rows(timed, threads, quality)]
    lines = [f"## {timed.case.title}", "", f"Outputs up to {timed.largest:.3g}.", "", *table(titles, rows)]
    if timed.problems:
        lines += ["Not measured: " + "; ".join(f"{OURS[who][0] if who in OURS else PEERS.get(who, who)}: {why}"
                                               for who, why in timed.problems.items()) + ".", ""]
    return lines


# --- reduced precision ------------------------------------------------------------------------------------------------

#: Who stands in the tables of time and likeness: float32, then fewer bits.
COMPARED = ("fresh", "cached", "onnxruntime", "openvino", "fast", "fast-cached", *INT8)


def milliseconds(timed: Timed, who: str, threads: int) -> str:
    return bracketed(spread(timed.times[who, threads]), 1) if (who, threads) in timed.times else "-"


def likeness_cells(who: str, quality: Optional[Quality]) -> List[str]:
    """PSNR and SSIM, each the worst frame and the mean."""
    found = likeness(who, quality)
    if not found:
        return ["-", "-"]
    if PRECISION.get(who) == "float32":
        return ["what others are compared with", ""]
    return [f"{in_db(found.psnr.min())}, {in_db(found.psnr.mean())}",
            f"{found.ssim.min():.4f}, {found.ssim.mean():.4f}"]


def lost(who: str, quality: Optional[Quality]) -> str:
    if not likeness(who, quality):
        return "-"
    return f"{round(quality.loss(PRECISION.get(who, who)), 2) + 0:.2f}"        # no -0.00


def time_and_likeness(timed: Timed, qualities: Qualities) -> List[str]:
    """One case: a line for each precision of viseme, ONNX Runtime and OpenVINO."""
    demo, case = qualities.get("mobile"), timed.case
    networks = {"the trained demo": demo, **({} if case.trained else {"these seeded weights": qualities.get(case.key)})}
    titles = ["runtime", *(f"ms, {counted(threads)}" for threads in case.threads),
              *(f"on {name}: {figure} (worst, mean)" for name in networks for figure in ("PSNR, dB", "SSIM")),
              "lost against the drawn faces, dB (demo)"]
    rows = [[title(who, timed) if timed.has(who) else f"{OURS[who][0] if who in OURS else PEERS[who]}, not measured",
             *(milliseconds(timed, who, threads) for threads in case.threads),
             *(cell for quality in networks.values() for cell in likeness_cells(who, quality)), lost(who, demo)]
            for who in COMPARED]
    return [f"### {case.title}", "", *table(titles, rows)]


def reduced(timed: List[Timed], qualities: Qualities) -> List[str]:
    """Time and decibels side by side, of the networks whose quality is measured."""
    chosen = [each for each in timed if each.case.key in ("mobile", "full")]
    if not chosen:
        return []
    text = ["## Time and likeness: reduced precision beside reduced peers", "",
            f"Likeness to viseme's float32 of the painted rectangle, in 8 bits, over {FRAMES} frames of the demo's",
            f"footage; the int8 networks were calibrated on {CALIBRATION} others of it. The weights of the full width",
            "are seeded: its times are those of any network of its size, but what it paints is no picture, and its own",
            "likeness says only how such a network bears reduced precision. The demo's, beside it, is that of the",
            "demo's own table.", ""]
    return text + [line for each in chosen for line in time_and_likeness(each, qualities)]


def precision(quality: Quality) -> List[str]:
    fast, float32 = quality.of["fast"], quality.of["float32"]

    def row(what: str, values: np.ndarray, digits: int) -> List[str]:
        return [what, *(f"{figure(values):.{digits}f}" for figure in (np.mean, np.median, np.min, np.max))]
    return ["## What the fast precision costs", "",
            f"The trained demo ({MODEL.name}) under its own speech, {len(quality.frames)} frames spread over the",
            "footage, in 8 bits, over the rectangle that the network paints. The footage is drawn: the right face is",
            "known.", "",
            *table(["", "mean", "median", "least", "most"], [
                row("PSNR, fast to float32, dB", fast.psnr, 2), row("SSIM, fast to float32", fast.ssim, 4),
                row("PSNR, float32 to the drawn face, dB", float32.truth, 2),
                row("PSNR, fast to the drawn face, dB", fast.truth, 2),
                row("lost by a frame against the drawn face, dB", float32.truth - fast.truth, 2)])]


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


def first_passes(first: Mapping[str, FirstPass]) -> List[str]:
    rows = [[precision, "as it is by itself" if cached else "--cache-mb 0", f"{min(seconds):.2f}",
             f"{each.peaks[cached] / 1e6:.0f}"] for precision, each in first.items()
            for cached, seconds in each.seconds.items()]
    return ["## First pass of a short clip", "", "The demo's clip: 420 frames over footage of 256, of which a part",
            "returns, once. Least processor time of each in turn, two threads:", "",
            *table(["precision", "cache", "seconds of processor time", "peak memory, MB"], rows)]


def write(head: Dict[str, object], timed: List[Timed], qualities: Qualities, end: Optional[EndToEnd],
          first: Optional[Mapping[str, FirstPass]] = None) -> str:
    """`head` has what HEAD names: command, machine, rounds, clips."""
    demo = qualities.get("mobile")
    lines = [HEAD.format(**head), *promises(of_networks(timed) + of_quality(demo) + of_renders(end)
                                              + of_first_pass(first or {})),
             *reduced(timed, qualities)]
    for each in timed:
        lines += network(each, demo)
    lines += precision(demo) if demo and "fast" in demo.of else []
    lines += rendering(end) if end else []
    return "\n".join(lines + (first_passes(first) if first else [])).rstrip() + "\n"
