"""Processes that wait for their turn. Whoever is not running is stopped, so that no thread of it can spin."""
from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import List, Optional, Sequence

from participants import OURS, Task

HERE = Path(__file__).resolve().parent
PR_SET_PDEATHSIG = 1


def processors(count: int) -> List[int]:
    """So many of the processors that this process may use, one of each core before a second of any."""
    allowed, first, second, seen = sorted(os.sched_getaffinity(0)), [], [], set()
    for cpu in allowed:
        path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        core = path.read_text().strip() if path.exists() else str(cpu)
        (second if core in seen else first).append(cpu)
        seen.add(core)
    return (first + second)[:count]


class Worker:
    """A runtime's process, from its start to `close`."""

    def __init__(self, who: str, command: Sequence[str], threads: int) -> None:
        self.who, self.problem, self.version = who, None, ""
        cpus = processors(threads)
        libc = ctypes.CDLL(None)

        def prepare() -> None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            os.sched_setaffinity(0, cpus)
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
                                        text=True, preexec_fn=prepare,
                                        env={**os.environ, "OMP_NUM_THREADS": str(threads)})

    def last_words(self) -> str:
        self.process.wait()
        self.errors.seek(0)
        return (self.errors.read().strip().splitlines() or ["ended without a word"])[-1]

    def wait_until_ready(self) -> bool:
        """False, with `problem` set, for a runtime that cannot take part."""
        line = self.process.stdout.readline()
        while line and not line.startswith(("ready ", "failed ")):      # some libraries greet
            line = self.process.stdout.readline()
        if line.startswith("ready "):
            self.version = json.loads(line[6:])["version"]
            self.process.send_signal(signal.SIGSTOP)
            return True
        self.problem = line[7:].strip() or self.last_words()
        return False

    def turn(self) -> float:
        """Milliseconds of one run."""
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write("turn\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.who} ended in the middle: {self.last_words()}")
        self.process.send_signal(signal.SIGSTOP)
        return float(line)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.errors):
            pipe.close()


def start_peer(who: str, task: Task) -> Worker:
    command = [sys.executable, str(HERE / "peer.py"), who, task.case, str(task.folder), str(task.inputs),
               str(task.batch), str(task.threads)]
    return Worker(who, command, task.threads)


def start_ours(who: str, task: Task, program: Path, mode: Optional[str]) -> Worker:
    command = [str(program), str(task.folder / "model.pth"), "--threads", str(task.threads), "--batch",
               str(task.batch), "--output", str(task.answer_file(who)), *OURS[who][1],
               *(["--audio-mode", mode] if mode else []), *map(str, task.input_files)]
    return Worker(who, command, task.threads)
