#!/usr/bin/env python3
"""Writes the tables of docs/reliability.md from the figures that the steps of `make soak` left in build-soak/.

    tools/write_reliability.py

A step whose figures are not there keeps the table that the page has.

SPDX-License-Identifier: Apache-2.0
"""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Dict, List

REPOSITORY = Path(__file__).resolve().parents[1]
FIGURES = REPOSITORY / "build-soak"
PAGE = REPOSITORY / "docs" / "reliability.md"
Figures = Dict[str, Any]


def rows(head: List[str], body: List[List[str]]) -> str:
    """A table, its first column to the left and the others to the right."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1)] + body
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def fuzz(figures: Figures) -> str:
    body = [[f"`{target}`", f"{f['executions'] / 1e6:.1f}", f"{f['cpu_seconds'] / 60:.0f}", str(f["edges"]),
             str(f["crashes"])] for target, f in sorted(figures.items())]
    return rows(["target", "executions, millions", "minutes of a processor", "edges reached", "open crashes"], body)


def graphs(figures: Figures) -> str:
    return rows(["random graphs", ""], [
        ["whole ones, and damaged ones, each", str(figures["graphs"])],
        ["answered otherwise than ONNX Runtime does", str(figures["wrong"])],
        ["damaged ones neither answered nor refused", str(figures["mishandled"])]])


def mib(kib: float) -> str:
    return f"{kib / 1024:.1f}"


def hour(figures: Figures) -> str:
    memory, video = figures["memory"], figures["video"]
    rss = memory["rss"]
    return rows(["an hour of video", ""], [
        ["frames asked for, frames in the file", f"{figures['frames']}, {video['video_frames']}"],
        ["resident memory, least / median / most, MiB", " / ".join(mib(rss[k]) for k in ("min", "median", "max"))],
        ["furthest from the median", f"{memory['rss_spread_percent']:.2f} %"],
        ["open files, threads: most", f"{memory['files']['max']}, {memory['threads']['max']}"],
        ["seconds of picture, of sound", f"{video['video_seconds']:.2f}, {video['sound_seconds']:.2f}"],
        ["a click spoken at, heard at, seconds", f"{video['click_given_at']:.3f}, {video['click_heard_at']:.3f}"]])


def renders(figures: Figures) -> str:
    rss = figures["rss_kib"]
    return rows([f"{figures['renders']} renders in one process", ""], [
        ["resident memory, least / median / most, MiB", " / ".join(mib(rss[k]) for k in ("min", "median", "max"))],
        ["growth, bytes a render", f"{figures['slope_bytes_a_render']:.0f}"],
        ["open files", ", ".join(map(str, figures["files"]))],
        ["threads between renders", ", ".join(map(str, figures["threads"]))]])


def live(figures: Figures) -> str:
    def stayed(name: str) -> str:
        left = figures[f"after_{name}"]
        return f"{left['rss_kb']} KiB, {left['files']} files, {left['threads']} threads"
    speech = figures["speech"]
    return rows(["a server", ""], [
        [f"{figures['connects']} viewers that hang up leave", stayed("connects")],
        [f"{figures['losses']} viewers that are suddenly gone leave, with those", stayed("losses")],
        ["minutes of speech, times the same words were said", f"{figures['minutes']:g}, {speech['times']}"],
        ["sound against lips, furthest from its median, seconds", f"{speech['furthest']:.3f}"],
        ["memory taken in the second half of it, KiB", str(speech["grown"]["rss_kb"])]])


def allocations(figures: Figures) -> str:
    body = [[name, str(f["requests"]), str(f["optional"]), str(f["with_all_after"])] for name, f in figures.items()]
    return rows(["command", "requests that failed alone", "of which it could do without", "with all after them"], body)


def libraries(figures: Figures) -> str:
    body = [[name, str(f["requests"]), str(f["runs"]), str(f["runs"] - sum(f["excused"].values())),
             str(sum(f["excused"].values()))] for name, f in figures.items()]
    return rows(["command", "requests of the process", "runs", "ended as promised", "met a fault of FFmpeg"], body)


def threads(figures: Figures) -> str:
    return rows(["the program under ThreadSanitizer", ""], [
        ["commands", str(figures["commands"])], ["reports", str(figures["tsan_reports"])],
        ["ended otherwise than they should", str(len(figures["broken"]))]])


def coverage(figures: Figures) -> str:
    body = [[f"`{room}/`", f"{percent:.1f}"] for room, percent in sorted(figures["rooms"].items())]
    return rows(["room", "lines run, %"], body + [["all", f"{figures['line_percent']:.1f}"]])


TABLES: Dict[str, Callable[[Figures], str]] = {
    "fuzz": fuzz, "graphs": graphs, "allocations": allocations, "libraries": libraries, "hour": hour, "renders": renders,
    "live": live, "threads": threads, "coverage": coverage,
}


def main() -> None:
    page = PAGE.read_text()
    for name, table in TABLES.items():
        path = FIGURES / f"{name}.json"
        if path.is_file():
            before, rest = page.split(f"<!-- {name}: written by tools/write_reliability.py -->\n")
            after = rest.split(f"<!-- end of {name} -->")[1]
            page = (f"{before}<!-- {name}: written by tools/write_reliability.py -->\n"
                    f"{table(json.loads(path.read_text()))}\n<!-- end of {name} -->{after}")
    PAGE.write_text(page)


if __name__ == "__main__":
    main()
