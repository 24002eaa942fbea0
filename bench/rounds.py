"""Turns of all runtimes on one case, round after round, and what is told from them."""
from __future__ import annotations

from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

import numpy as np

import cases
import worker
from participants import INT8, OURS, PEERS, Task

SLOW_MS, SLOW_ROUNDS = 1000, 3

Key = Tuple[str, int]           # who, threads


class Spread(NamedTuple):
    """Median and quartiles."""

    lower: float
    median: float
    upper: float


def spread(values: np.ndarray) -> Spread:
    return Spread(*map(float, np.percentile(values, [25, 50, 75])))


class Timed(NamedTuple):
    """A case: milliseconds of each turn (the same index is the same round; a slow peer has fewer), and whatever else
    was seen."""

    case: cases.Case
    largest: float                      # |number| in PyTorch's answer
    times: Dict[Key, np.ndarray]
    difference: Dict[Key, float]        # largest, to PyTorch float32
    versions: Dict[str, str]
    problems: Dict[str, str]

    def ratio(self, peer: str, ours: str, threads: int) -> Spread:
        """How many times as fast ours is, round by round."""
        theirs = self.times[peer, threads]
        return spread(theirs / self.times[ours, threads][:len(theirs)])

    def has(self, *who: str) -> bool:
        return all((each, threads) in self.times for each in who for threads in self.case.threads)


def takes_part(peer: str, case: cases.Case) -> bool:
    """One frame has no throughput; reduced peers are set beside viseme's fast precision, which only U-Nets have."""
    return {"openvino-throughput": case.batch > 1, **dict.fromkeys(INT8, case.is_unet)}.get(peer, True)


def start(case: cases.Case, task: Task, program: Path) -> List[worker.Worker]:
    """Everybody who may take part in this case, ready or not."""
    ours = [key for key in OURS if case.is_unet or key == "fresh"]
    peers = [key for key in PEERS if takes_part(key, case)]
    mode = case.mode if case.is_unet else None
    return ([worker.start_ours(key, task, program, mode) for key in ours]
            + [worker.start_peer(key, task) for key in peers])


def take_turns(ready: List[worker.Worker], rounds: int) -> Dict[str, np.ndarray]:
    """Every other round goes backwards, so that nobody always follows the same one. Whoever is very slow sits out
    after a few rounds."""
    times: Dict[str, List[float]] = {each.who: [] for each in ready}
    for number in range(rounds):
        for each in ready if number % 2 == 0 else reversed(ready):
            if number < SLOW_ROUNDS or times[each.who][-1] < SLOW_MS:
                times[each.who].append(each.turn())
            else:
                ready = [other for other in ready if other is not each]
    return {who: np.array(values) for who, values in times.items()}


def measure(case: cases.Case, folder: Path, program: Path, rounds: int) -> Timed:
    """All thread counts of a case, whose files lie in `folder`."""
    expected = np.load(folder / "expected.npy")
    found = Timed(case, float(np.abs(expected).max()), {}, {}, {}, {})
    for threads in case.threads:
        task = Task(case.key, folder, len(case.shapes), case.batch, threads)
        workers = start(case, task, program)
        try:
            ready = [each for each in workers if each.wait_until_ready()]
            found.problems.update({each.who: each.problem for each in workers if each.problem})
            for who, times in take_turns(ready, rounds).items():
                found.times[who, threads] = times
            for each in ready:
                answer = np.load(task.answer_file(each.who))
                found.difference[each.who, threads] = float(np.abs(answer.reshape(expected.shape) - expected).max())
                found.versions[each.who] = each.version
        finally:
            for each in workers:
                each.close()
    return found
