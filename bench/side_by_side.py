"""viseme beside ONNX Runtime, OpenVINO, ncnn and PyTorch; `make bench` runs it and writes bench/RESULTS.md.

    .venv-bench/bin/python bench/side_by_side.py [--quick] [--rounds 15] [--only full,encoder,render] [--long]
                                                 [--output FILE]

Needs `make`, bench/viseme_worker in the build folder, and the venv that `tools/setup.sh bench` makes. The machine
should do nothing else meanwhile.
"""
from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Dict, List, Optional

import cases
import demo_footage
import end_to_end
import first_pass
import machine
import quality
import quantise
import results
import rounds

REPOSITORY = Path(__file__).resolve().parents[1]
QUICK = {"mobile", "encoder", "quality", "render"}      # with --quick


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build", help="folder with viseme in it")
    parser.add_argument("--quick", action="store_true", help="two rounds of the small cases, clips of a second; to see "
                        "that it works. Prints instead of writing bench/RESULTS.md")
    parser.add_argument("--rounds", type=int, default=15, help="turns of each runtime in each case")
    parser.add_argument("--clips", type=int, default=3, help="clips of each program and model")
    parser.add_argument("--only", help="cases, comma-separated: " + ", ".join(c.key for c in cases.CASES)
                        + ", quality, render, first-pass")
    parser.add_argument("--long", action="store_true", help=f"renders of {end_to_end.LONG} s as well, for how memory "
                        "grows: a quarter of an hour more")
    parser.add_argument("--output", type=Path, help="default: bench/RESULTS.md")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.clips = 2, 1
    known = {case.key for case in cases.CASES} | {"quality", "render", "first-pass"}
    arguments.only = set(arguments.only.split(",")) if arguments.only else QUICK if arguments.quick else known
    if arguments.only - known or arguments.rounds < 1 or arguments.clips < 1:
        parser.error(f"--only knows {', '.join(sorted(known))}; rounds and clips are at least 1")
    return arguments


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def command() -> str:
    """How to get these results again, wherever the build folder is."""
    options = sys.argv[1:]
    if "--build" in options:
        place = options.index("--build")
        del options[place:place + 2]
    return "make bench" + (f" BENCH=\"{' '.join(options)}\"" if options else "")


def prepare(case: cases.Case, folder: Path) -> Path:
    """The case's files and the peers' 8-bit copies, made when they are first needed; their folder."""
    own = folder / case.key
    if not own.exists():
        cases.write(own, case)
        if case.is_unet:
            quantise.make_all(own, case.batch)
    return own


def time_networks(arguments: argparse.Namespace, folder: Path) -> List[rounds.Timed]:
    timed = []
    for case in (case for case in cases.CASES if case.key in arguments.only):
        say(case.title)
        worker = arguments.build.resolve() / "bench" / "viseme_worker"
        timed.append(rounds.measure(case, prepare(case, folder), worker, arguments.rounds))
    return timed


def judge_quality(arguments: argparse.Namespace, folder: Path, fast: bool) -> Dict[str, quality.Quality]:
    """By case: of the trained demo, and of the seeded network where that is timed."""
    if "quality" not in arguments.only:
        return {}
    found = {}
    for key in ("mobile", "full"):
        case = cases.find(key)
        if case.trained or key in arguments.only:
            say(f"quality of reduced precision: {case.title}")
            found[key] = quality.measure(arguments.build.resolve() / "viseme", prepare(case, folder), fast)
    return found


def time_renders(arguments: argparse.Namespace, folder: Path, fast: bool) -> Optional[end_to_end.EndToEnd]:
    if "render" not in arguments.only:
        return None
    say("rendering")
    seconds, longer = (1, [3]) if arguments.quick else (10, [60])
    longer += [end_to_end.LONG] if arguments.long else []
    folder.mkdir()
    parts = end_to_end.make(folder, arguments.build.resolve() / "viseme", min(2, len(os.sched_getaffinity(0))),
                            (seconds, *longer))
    return end_to_end.measure(parts, seconds, longer, arguments.clips, fast)


def time_first_pass(arguments: argparse.Namespace, folder: Path, fast: bool) -> Dict[str, first_pass.FirstPass]:
    if "first-pass" not in arguments.only:
        return {}
    say("first pass of a short clip")
    return first_pass.measure(arguments.build.resolve() / "viseme", folder, min(2, len(os.sched_getaffinity(0))),
                              arguments.clips, ["float32", "fast"] if fast else ["float32"])


def main() -> None:
    arguments, load = parse(), os.getloadavg()[0]
    program = arguments.build.resolve() / "viseme"
    facts, fast = machine.describe(program, load), machine.has_fast(program, demo_footage.MODEL)
    with tempfile.TemporaryDirectory(prefix="viseme-bench-") as name:
        timed = time_networks(arguments, Path(name))
        likeness = judge_quality(arguments, Path(name), fast)
        end = time_renders(arguments, Path(name) / "render", fast)
        first = time_first_pass(arguments, Path(name) / "first-pass", fast)
    text = results.write({"command": command(), "machine": "\n".join(facts), "rounds": arguments.rounds,
                          "clips": arguments.clips}, timed, likeness, end, first)
    if arguments.quick and not arguments.output:
        print(text, end="")
        return
    output = arguments.output or REPOSITORY / "bench" / "RESULTS.md"
    temporary = output.with_suffix(".part")
    temporary.write_text(text)
    temporary.replace(output)
    say(f"{output} is written")


if __name__ == "__main__":
    main()
