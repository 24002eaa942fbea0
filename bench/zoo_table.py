#!/usr/bin/env python3
"""Runs the zoo of networks (tests/parity/zoo.py) and writes its table into docs/performance.md: how near the fast
precision is to float32 on frames seen and unseen, how much of each network stays float32, and what it gains.

    .venv/bin/python bench/zoo_table.py [--only TEXT ...] [--rounds N] [--runs N] [--isa NAME ...] [--output PAGE.md]

Times are `viseme bench --json` with one thread, float32 and fast in turn (A B A B), the best run of all rounds: on a shared
processor, whose rate changes for seconds at a time, medians of turns tell the neighbours apart and not the precisions.
With --only the table goes to standard output, as it is not the whole one.

SPDX-License-Identifier: Apache-2.0
"""
from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")     # PyTorch's threads must not spin while viseme is timed
REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY / "tests" / folder) for folder in ("reference", "golden", "parity")]

import torch                                                                    # noqa: E402

import zoo                                                                      # noqa: E402
import zoo_verdict                                                              # noqa: E402
from machine import processor_facts                                             # noqa: E402
from program import viseme_ok                                                   # noqa: E402

PAGE = REPOSITORY / "docs" / "performance.md"
BEGIN, END = "<!-- zoo: written by bench/zoo_table.py -->\n", "<!-- end of zoo -->"
ISAS = {"avx2": "avx2", "avx512vnni": "avx512_vnni"}    # name in VISEME_ISA, flag of the processor


class Row(NamedTuple):
    """A network on one instruction set."""

    name: str
    verdict: zoo_verdict.Verdict
    float32_ms: float
    fast_ms: float
    timed_with: int             # blocks in float32 while it was timed: bench decides by a sample of its own

    @property
    def gain(self) -> float:
        return self.float32_ms / self.fast_ms


def bench(animal: zoo.Animal, kept: zoo.Kept, precision: str, runs: int) -> Dict[str, Any]:
    done = viseme_ok("bench", "--model", kept.model, "--audio-mode", animal.audio_mode, "--precision", precision,
                     "--threads", 1, "--runs", runs, "--json", "--quiet")
    return json.loads(done.out)


def measure(animal: zoo.Animal, kept: zoo.Kept, folder: Path, rounds: int, runs: int) -> Row:
    """With the instruction set that VISEME_ISA says."""
    verdict = zoo_verdict.judge_kept(animal, kept, folder, again=False)
    turns: Dict[str, List[Dict[str, Any]]] = {"float32": [], "fast": []}
    for _ in range(rounds):
        for precision, found in turns.items():
            found.append(bench(animal, kept, precision, runs))
    float32_ms, fast_ms = (min(turn["min_ms"] for turn in found) for found in turns.values())
    return Row(animal.name, verdict, float32_ms, fast_ms, turns["fast"][0]["fast"]["float32_blocks"])


def run_zoo(animals: Sequence[zoo.Animal], isas: Sequence[str], rounds: int, runs: int) -> Dict[str, List[Row]]:
    """Each network is made once, and measured with each instruction set; told as it goes."""
    rows: Dict[str, List[Row]] = {isa: [] for isa in isas}
    for animal in animals:
        with tempfile.TemporaryDirectory() as folder:
            kept = zoo.keep(animal, Path(folder))
            for isa in isas:
                os.environ["VISEME_ISA"] = isa
                rows[isa].append(measure(animal, kept, Path(folder), rounds, runs))
                print(isa, cells(rows[isa][-1]), file=sys.stderr, flush=True)
    return rows


# --- the page ---------------------------------------------------------------------------------------------------------

def decibels(value: float) -> str:
    return "equal" if value == float("inf") else f"{value:.1f}"


def cells(row: Row) -> str:
    v = row.verdict
    kept = f"{v.float32_blocks} of {v.blocks}"
    if row.timed_with != v.float32_blocks:
        kept += f", timed with {row.timed_with}"
    return (f"| {row.name} | {decibels(v.sample)} | {decibels(v.worst)} | {kept} | {row.float32_ms:.1f} | "
            f"{row.fast_ms:.1f} | {row.gain:.2f} |")


def summary(rows: Sequence[Row]) -> str:
    worst = min(row.verdict.worst for row in rows)
    below = sum(min(row.verdict.worst, row.verdict.sample) < 40 for row in rows)
    wholly = sum(not row.verdict.used for row in rows)
    return (f"{len(rows)} networks: median speed-up **{median(row.gain for row in rows):.2f}**, worst frame "
            f"{decibels(worst)} dB, {below} below 40 dB, {wholly} wholly in float32.")


def section(isa: str, rows: Sequence[Row]) -> str:
    head = ["| network | sample, dB | worst other frame, dB | blocks in float32 | float32, ms | fast, ms | speed-up |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    return "\n".join([f"`VISEME_ISA={isa}`. {summary(rows)}", "", *head, *map(cells, rows)])


def report(rows: Dict[str, List[Row]], rounds: int, runs: int) -> str:
    said = f"{processor_facts()[0]}, 1 thread, batch 1; the best of {rounds} rounds of {runs} runs."
    return "\n\n".join([said, *(section(isa, found) for isa, found in rows.items())]) + "\n"


def write(page: Path, text: str) -> None:
    before, rest = page.read_text().split(BEGIN)
    page.write_text(f"{before}{BEGIN}{text}{END}{rest.split(END)[1]}")


def chosen(only: Optional[Sequence[str]]) -> List[zoo.Animal]:
    return [animal for animal in zoo.ZOO if not only or any(text in animal.name for text in only)]


def main() -> None:
    here = [isa for isa, flag in ISAS.items() if flag in processor_facts()[1]]
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--only", nargs="+", metavar="TEXT", help="networks whose name has one of these")
    parser.add_argument("--rounds", type=int, default=5, help="turns of float32 and fast (default 5)")
    parser.add_argument("--runs", type=int, default=10, help="runs in one turn (default 10)")
    parser.add_argument("--isa", nargs="+", default=here, choices=list(ISAS), help="default: those of this machine")
    parser.add_argument("--output", type=Path, default=PAGE,
                        help="page with the two marks (default docs/performance.md)")
    given = parser.parse_args()
    animals = chosen(given.only)
    if not animals or not given.isa:
        parser.error("no network has such a name" if given.isa else "this machine has no kernels for 16 bits")
    torch.set_num_threads(2)    # with one, Debian's PyTorch takes another path, many times as slow
    text = report(run_zoo(animals, given.isa, given.rounds, given.runs), given.rounds, given.runs)
    if given.only:
        print(text, end="")
    else:
        write(given.output, text)


if __name__ == "__main__":
    main()
