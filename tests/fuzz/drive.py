#!/usr/bin/python3
"""Runs fuzz targets under libFuzzer, and keeps a ledger of what they have had; `tools/soak.sh fuzz` calls it.

A round is one run of one target. The ledger, build-soak/fuzz.json, gathers rounds over calls:

    {"TARGET": {"executions": N, "cpu_seconds": N, "edges": N, "crashes": N, "revisions": ["abc1234", ...]}}

edges: of the instrumented code, reached by the corpus; crashes: inputs in build-fuzz/crashes/TARGET/, which whoever
mends the fault moves to tests/fuzz/regressions/TARGET/. Exit status 1 when there is one.
"""
from __future__ import annotations

import argparse
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Dict, List

FUZZ = Path(__file__).resolve().parent
ROOT = FUZZ.parents[1]
BUILD = ROOT / "build-fuzz"
LEDGER = ROOT / "build-soak" / "fuzz.json"

#: The goal for each target: so many executions, or so much of a processor's time.
EXECUTIONS, CPU_SECONDS = 10_000_000, 1800
#: target -> largest input in bytes, dictionary; quick ones first
TARGETS: Dict[str, Any] = {
    "npy": (4096, "npy"), "metadata": (4096, "json"), "crop_rectangles": (4096, "json"), "lms": (4096, None),
    "exif": (256, None), "wav_stream": (512, None), "stun": (512, None), "rtcp": (1024, None), "multipart": (2048, None),
    "chat_stream": (2048, "json"), "sdp": (8192, "sdp"), "message": (4096, "json"), "arguments": (2048, "arguments"),
    "cbor": (1024, None), "cose": (2048, None), "certificate": (1024, None), "bmff": (2048, None), "manifests": (4096, None),
    "pickle": (8192, "pickle"), "figures": (4096, "json"),
    "features": (16384, "npy"), "onnx": (65536, "onnx"), "engine": (8192, "onnx"), "pth": (100_000, "pickle"),
}
#: What is distilled stays small, in bytes; a few whole networks are there under names of their own.
LARGEST_KEPT = {"onnx": 6000, "pth": 6000}
ROUND_SECONDS = 150
#: Errors of any kind end the run; a wanted block that is too large is a finding too (malloc_limit_mb).
ENVIRONMENT = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=0:quarantine_size_mb=16:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}
lock = threading.Lock()
failed = threading.Event()


def revision() -> str:
    """The commit that is checked out, with a + when the sources differ from it."""
    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True).stdout.strip()
    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "src") else "")


def read_ledger() -> Dict[str, Any]:
    return json.loads(LEDGER.read_text()) if LEDGER.exists() else {}


def crashes(target: str) -> List[Path]:
    return sorted(path for path in (BUILD / "crashes" / target).glob("*") if not path.name.startswith("slow-unit"))


def record(target: str, executions: int, cpu: float, edges: int) -> Dict[str, Any]:
    LEDGER.parent.mkdir(exist_ok=True)
    with lock, LEDGER.with_suffix(".lock").open("w") as other_calls:
        fcntl.flock(other_calls, fcntl.LOCK_EX)
        ledger = read_ledger()
        entry = ledger.setdefault(target, {"executions": 0, "cpu_seconds": 0, "edges": 0, "crashes": 0,
                                           "revisions": []})
        entry["executions"] += executions
        entry["cpu_seconds"] = round(entry["cpu_seconds"] + cpu, 1)
        entry["edges"] = max(entry["edges"], edges)
        entry["crashes"] = len(crashes(target))
        if revision() not in entry["revisions"]:
            entry["revisions"].append(revision())
        new = LEDGER.with_suffix(".tmp")
        new.write_text(json.dumps(ledger, indent=2) + "\n")
        new.replace(LEDGER)
        return entry


def reached(entry: Dict[str, Any]) -> bool:
    return entry.get("executions", 0) >= EXECUTIONS or entry.get("cpu_seconds", 0) >= CPU_SECONDS


def command(target: str, seconds: int) -> List[str]:
    max_len, dictionary = TARGETS[target]
    corpus = BUILD / "corpus" / target
    for folder in (corpus, BUILD / "crashes" / target):
        folder.mkdir(parents=True, exist_ok=True)
    kept = [str(folder) for folder in (FUZZ / "corpus" / target, FUZZ / "regressions" / target) if folder.is_dir()]
    options = [f"-max_total_time={seconds}", f"-max_len={max_len}", "-timeout=300", "-report_slow_units=100",
               "-rss_limit_mb=2048", "-malloc_limit_mb=600", "-detect_leaks=1", "-close_fd_mask=3",
               "-print_final_stats=1", f"-artifact_prefix={BUILD / 'crashes' / target}/"]
    if dictionary:
        options.append(f"-dict={FUZZ / dictionary}.dict")
    return [str(BUILD / "tests" / "fuzz" / f"fuzz_{target}"), *options, str(corpus), *kept]


def run_round(target: str, seconds: int) -> bool:
    """One run; false when it ended in a crash."""
    log = BUILD / "crashes" / f"{target}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as out:
        process = subprocess.Popen(command(target, seconds), stdout=subprocess.DEVNULL, stderr=out,
                                   env={**os.environ, **ENVIRONMENT})
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    text = log.read_text(errors="replace")
    executed = re.search(r"stat::number_of_executed_units: (\d+)", text)
    counts = re.findall(r"^#(\d+)\t.* cov: (\d+)", text, re.MULTILINE)
    executions = int(executed[1]) if executed else int(counts[-1][0]) if counts else 0
    entry = record(target, executions, used.ru_utime + used.ru_stime, int(counts[-1][1]) if counts else 0)
    print(f"{time.strftime('%H:%M:%S')} {target}: {entry['executions']:,} executions, {entry['cpu_seconds']:.0f} CPU "
          f"seconds, {entry['edges']} edges, {entry['crashes']} crashes", flush=True)
    if process.returncode == 0 and not crashes(target):
        return True
    print(f"{target}: libFuzzer ended with {process.returncode}; see {log} and {log.with_suffix('')}/", flush=True)
    return False


def distil(target: str) -> None:
    """Leaves in tests/fuzz/corpus the smallest inputs that together reach every edge that the corpus reaches, and what
    somebody gave a name there; libFuzzer names by SHA-1."""
    kept, working, new = FUZZ / "corpus" / target, BUILD / "snapshot" / target, BUILD / "distilled" / target
    for folder in (working, new):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in (kept, working, new):
        folder.mkdir(parents=True, exist_ok=True)
    for path in [*kept.iterdir(), *(BUILD / "corpus" / target).iterdir()]:  # a copy: other runs replace files there
        try:
            if path.stat().st_size <= LARGEST_KEPT.get(target, TARGETS[target][0]):
                shutil.copy(path, working)
        except FileNotFoundError:
            pass
    subprocess.run([str(BUILD / "tests" / "fuzz" / f"fuzz_{target}"), "-merge=1", "-use_counters=0", "-close_fd_mask=3",
                    f"-max_len={TARGETS[target][0]}", str(new), str(working)],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **ENVIRONMENT})
    for path in kept.iterdir():
        if re.fullmatch("[0-9a-f]{40}", path.name):
            path.unlink()
    for path in sorted(new.iterdir()):
        path.replace(kept / path.name)
    sizes = [path.stat().st_size for path in kept.iterdir()]
    print(f"{target}: {len(sizes)} inputs, {sum(sizes)} bytes", flush=True)


def work(queue: List[str], goal: bool, seconds: float, until: float) -> None:
    """Gives targets rounds of so many seconds in turn until then; one with a goal until it has reached it."""
    while not failed.is_set():
        with lock:
            if not queue:
                return
            target = queue.pop(0)
            entry = read_ledger().get(target, {})
        if goal and reached(entry):
            continue
        left = int(until - time.monotonic())
        if left <= 0:
            return
        try:
            clean = run_round(target, min(int(seconds), left))
        except OSError as error:
            print(f"{target}: {error}", flush=True)
            clean = False
        if not clean:
            failed.set()
        with lock:
            queue.append(target)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--goal", action="store_true", help="until each target has what it should have")
    parser.add_argument("--minutes", type=float, help="at most so long in all (default: 4 without --goal)")
    parser.add_argument("--parallel", type=int, default=1, metavar="N", help="so many targets at a time")
    parser.add_argument("--distil", action="store_true", help="no fuzzing: distil the corpus into tests/fuzz/corpus")
    parser.add_argument("target", nargs="*", choices=[[], *TARGETS], help="default: all")
    options = parser.parse_args()
    if options.distil:
        for target in options.target or TARGETS:
            distil(target)
        return 0
    minutes = options.minutes if options.minutes else (1e6 if options.goal else 4)
    queue = list(options.target or TARGETS)
    share = 60 * minutes * options.parallel / len(queue)  # each is to have a turn
    workers = [threading.Thread(target=work, args=(queue, options.goal, max(5, min(ROUND_SECONDS, share)),
                                                   time.monotonic() + 60 * minutes)) for _ in range(options.parallel)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return 1 if failed.is_set() else 0


if __name__ == "__main__":
    sys.exit(main())
